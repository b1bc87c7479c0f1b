//! Helpers for trusted devices and sign-in requests.

use second_factor::{
    Address, Client, DeviceToken, Error, NewDevice, Next, Policy, Proof, SignIn, Storage,
    SubjectId, Verified, Verifier,
    proof::{RequestAnswer, RequestedFrom, SignInRequest},
    purpose::Operation,
    sign_in::Recognized,
};

use super::{App, World};

pub const HOUR: u64 = 60 * 60;
pub const DAY: u64 = 24 * HOUR;
/// How long after the first use of a token its predecessor is accepted.
pub const LATE: u64 = 60 + 120;

/// A subject with an app and a trusted device, and the token of that device.
pub async fn with_device() -> (World, App, String) {
    let world = World::new();
    let (app, _) = world.with_app().await;
    let token = trust(&world, &app, "Firefox").await;
    (world, app, token)
}

/// A subject with an app and a phone that has been trusted for a minute, and its token.
pub async fn with_old_phone() -> (World, App, String) {
    with_old_phone_under(Policy::default()).await
}

/// As [`with_old_phone`], under this policy.
pub async fn with_old_phone_under(policy: Policy) -> (World, App, String) {
    let world = World::with(policy);
    let (app, _) = world.with_app().await;
    let mut token = trust(&world, &app, "Firefox").await;
    world.clock.advance(60);
    let _ = visit(&world, &mut token).await;
    (world, app, token)
}

/// Why a device was not recognized.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NotRecognized {
    /// Nothing says that the token is invalid: another subject's, or none.
    Ignored,
    /// The browser is to delete the token.
    Invalid,
    /// The call failed.
    Failed,
}

/// The client that presents this token.
pub fn client(token: &str) -> Client {
    Client::new("the binding of a trusted device").unwrap().device(&DeviceToken::from_text(token))
}

/// The verifier for the device that presents this token.
pub fn on<S: Storage + Clone + 'static>(world: &World<S>, token: &str) -> Verifier {
    world.verifier.for_client(client(token))
}

/// Signs in with the app on a new device and trusts it. Returns the token of the device.
pub async fn trust<S>(world: &World<S>, app: &App, label: &str) -> String
where
    S: Storage + Clone + 'static,
{
    trust_by(world, app, NewDevice::new(label)).await.unwrap()
}

/// As [`trust`], for a device to which requests are pushed.
pub async fn trust_pushed(world: &World, app: &App, mark: &str) -> String {
    let device = NewDevice::new("phone").with_push(&Address::push(mark).unwrap());
    trust_by(world, app, device).await.unwrap()
}

/// As [`trust`], for this device.
pub async fn trust_by<S>(world: &World<S>, app: &App, device: NewDevice) -> Result<String, Error>
where
    S: Storage + Clone + 'static,
{
    world.clock.advance(30);
    let proof = Proof::totp(app.code(&world.clock)).trusting(device);
    let verified = world.verifier.verify(&world.alice, proof).await?;
    let token = verified.device_token().expect("a sign-in by an app trusts its device");
    Ok(token.expose().to_owned())
}

/// Presents the token at a sign-in.
pub async fn recognize<S>(world: &World<S>, token: &str) -> Result<Recognized, NotRecognized>
where
    S: Storage + Clone + 'static,
{
    recognize_by(&world.verifier, &world.alice, token).await
}

/// As [`recognize`], for any verifier and subject.
pub async fn recognize_by(
    verifier: &Verifier,
    subject: &SubjectId,
    token: &str,
) -> Result<Recognized, NotRecognized> {
    match verifier.for_client(client(token)).next(subject).await {
        Ok(Next::Done(SignIn::Recognized(recognized))) => Ok(recognized),
        Ok(Next::Prove(offers)) if offers.has_invalid_device_token() => Err(NotRecognized::Invalid),
        Ok(_) => Err(NotRecognized::Ignored),
        Err(_) => Err(NotRecognized::Failed),
    }
}

/// Recognizes a device and stores its new token, as a browser does.
pub async fn visit<S>(world: &World<S>, token: &mut String) -> Recognized
where
    S: Storage + Clone + 'static,
{
    let device = recognize(world, token).await.unwrap();
    keep(token, &device);
    device
}

/// Stores the successor of a token, if one was handed out.
pub fn keep(token: &mut String, device: &Recognized) {
    if let Some(successor) = device.successor() {
        *token = successor.expose().to_owned();
    }
}

/// Half a day later, a successor is handed out and used.
pub async fn rotate<S>(world: &World<S>, token: &mut String)
where
    S: Storage + Clone + 'static,
{
    world.clock.advance(DAY / 2);
    assert!(visit(world, token).await.successor().is_some(), "it is time to rotate");
    assert!(visit(world, token).await.successor().is_none());
}

/// As [`rotate`], and so long ago that the token before is certainly a copy.
pub async fn supersede<S>(world: &World<S>, token: &str)
where
    S: Storage + Clone + 'static,
{
    rotate(world, &mut token.to_owned()).await;
    world.clock.advance(LATE + 1);
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

/// Answers the request that is pending on the phone with this token.
pub async fn answer<S>(
    world: &World<S>,
    phone: &str,
    answer: RequestAnswer<'_>,
) -> Result<(), Error>
where
    S: Storage + Clone + 'static,
{
    let phone = on(world, phone);
    let pending = phone.pending_request(&world.alice).await?.expect("a request is pending");
    phone.answer_request(&world.alice, &pending, answer).await
}

/// Types the number of `request` into the phone with this token.
pub async fn approve<S>(world: &World<S>, phone: &str, request: &SignInRequest) -> Result<(), Error>
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
