//! Helpers for trusted devices and sign-in requests.

use second_factor::{
    Address, DeviceToken, Error, NewDevice, Proof, RequestAnswer, RequestedFrom, SignInRequest,
    Storage, Verified, purpose::Operation, sign_in::Recognized,
};

use super::{App, World, fresh};

pub const HOUR: u64 = 60 * 60;
pub const DAY: u64 = 24 * HOUR;

/// A subject with an app and a trusted device, and the token of that device.
pub async fn with_device() -> (World, App, String) {
    let world = World::new();
    let (app, _) = world.with_app().await;
    let token = trust(&world, &app, "Firefox").await;
    (world, app, token)
}

/// A subject with an app and a trusted phone that was recognized.
pub async fn with_old_phone() -> (World, App, Recognized) {
    let (world, app, token) = with_device().await;
    world.clock.advance(60);
    let phone = recognize(&world, &token).await.unwrap();
    (world, app, phone)
}

/// Signs in with the app on a new device and trusts it. Returns the token of the device.
pub async fn trust<S>(world: &World<S>, app: &App, label: &str) -> String
where
    S: Storage + Clone + 'static,
{
    let verified = fresh(world, app).await;
    trust_by(world, &verified, &NewDevice::new(label)).await.unwrap()
}

/// As [`trust`], for a device to which requests are pushed.
pub async fn trust_pushed(world: &World, app: &App, mark: &str) -> String {
    let verified = fresh(world, app).await;
    let device = NewDevice::new("phone").with_push(&Address::push(mark).unwrap());
    trust_by(world, &verified, &device).await.unwrap()
}

pub async fn trust_by<S>(
    world: &World<S>,
    verified: &Verified,
    device: &NewDevice,
) -> Result<String, Error>
where
    S: Storage + Clone + 'static,
{
    Ok(world.verifier.trust_device(verified, device).await?.expose().to_owned())
}

pub async fn recognize<S>(world: &World<S>, token: &str) -> Result<Recognized, Error>
where
    S: Storage + Clone + 'static,
{
    world.verifier.recognize(&world.alice, &DeviceToken::from_text(token)).await
}

/// Recognizes a device and stores its new token, as a browser does.
pub async fn visit<S>(world: &World<S>, token: &mut String) -> Recognized
where
    S: Storage + Clone + 'static,
{
    let device = recognize(world, token).await.unwrap();
    *token = device.token().expose().to_owned();
    device
}

pub async fn request<S>(world: &World<S>) -> SignInRequest
where
    S: Storage + Clone + 'static,
{
    try_request(world, Operation::SignIn).await.unwrap()
}

pub async fn try_request<S>(world: &World<S>, purpose: Operation) -> Result<SignInRequest, Error>
where
    S: Storage + Clone + 'static,
{
    let from = RequestedFrom::new("Firefox", "Lisbon");
    world.verifier.request_sign_in(&world.alice, purpose, &from).await
}

/// Answers the request that is pending on `phone`.
pub async fn answer<S>(
    world: &World<S>,
    phone: &Recognized,
    answer: RequestAnswer<'_>,
) -> Result<(), Error>
where
    S: Storage + Clone + 'static,
{
    let pending = world.verifier.pending_request(phone).await?.expect("a request is pending");
    world.verifier.answer_request(phone, &pending, answer).await
}

/// Types the number of `request` into `phone`.
pub async fn approve<S>(
    world: &World<S>,
    phone: &Recognized,
    request: &SignInRequest,
) -> Result<(), Error>
where
    S: Storage + Clone + 'static,
{
    answer(world, phone, RequestAnswer::Approve(request.number().expose())).await
}

/// The requesting device redeems its request.
pub async fn redeem<S>(world: &World<S>, request: &SignInRequest) -> Result<Verified, Error>
where
    S: Storage + Clone + 'static,
{
    world.verifier.verify(&world.alice, Proof::sign_in_request(request)).await
}

/// A different number of two digits.
pub fn other_number(request: &SignInRequest) -> String {
    super::not(request.number().expose())
}
