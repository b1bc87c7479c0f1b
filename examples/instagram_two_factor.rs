//! Two-factor as people know it from Instagram: an app, a phone number, backup codes, a browser that
//! is remembered, and a sign-in approved on the phone that is signed in already.
//!
//! `cargo run --example instagram_two_factor`

use second_factor::{
    Address, Keys, MemoryStorage, NewDevice, Next, Proof, Purpose, RequestAnswer, RequestedFrom,
    Secret, SubjectId, Verified, Verifier, block_on,
    message::Channel,
    otp::Totp,
    testkit::{ManualClock, MessageLog},
};

type Outcome<T> = Result<T, Box<dyn core::error::Error + Send + Sync>>;

fn main() -> Outcome<()> {
    block_on(run())
}

async fn run() -> Outcome<()> {
    // A clock that is told the time, so that minutes do not have to pass; a phone to read.
    let (clock, phone) = (ManualClock::at(1_800_000_000), MessageLog::new());
    let root = core::array::from_fn(|place| place as u8 ^ 0x5a);
    let verifier = Verifier::builder(MemoryStorage::new(), phone.clone(), Keys::new(root))
        .issuer("Pictures")
        .clock(clock.clone())
        .build()?;
    let alice = SubjectId::new("user-42")?;

    step("Turn two-factor on: an authenticator app, a phone number, backup codes");
    let enrollment = verifier.enroll_totp(&alice, "alice").await?;
    let app = Totp::new(&Secret::from_base32(enrollment.expose_secret().expose())?);
    let typed = |clock: &ManualClock| -> Outcome<String> {
        Ok(app.code(clock.time()).ok_or("it is after 1970")?.expose().to_owned())
    };
    let fresh = verifier.confirm(&alice, &enrollment, &typed(&clock)?).await?;
    let number = Address::phone("+1 415 555 0100")?;
    let sent = verifier.enroll_address(&fresh, &number).await?;
    let _proven = verifier.confirm(&alice, &sent, &read(&phone)?).await?;
    let sheet = verifier.new_backup_codes(&fresh).await?.expose();
    let [first, rest @ ..] = sheet.as_slice() else { return Err("there are ten".into()) };
    println!("Backup codes to print: {}, and {} more", first.expose(), rest.len());

    step("Sign in on the phone, with the app, and stay signed in there");
    clock.advance(30);
    offers(&verifier, &alice).await?;
    let verified = verifier.verify(&alice, Proof::totp(&typed(&clock)?)).await?;
    signed_in(&verified);
    let kept = verifier.trust_device(&verified, &NewDevice::new("Alice's phone")).await?;

    step("Sign in on a laptop, with a WhatsApp message: for a proven number, and only at her wish");
    clock.advance(60);
    verifier.allow_whatsapp(&verified, &number).await?;
    let sent = verifier.challenge_by(&alice, &number, Purpose::SignIn, Channel::WhatsApp).await?;
    println!("We sent {} digits to {}.", sent.digits(), sent.masked());
    signed_in(&verifier.verify(&alice, Proof::sent_code(&sent, &read(&phone)?)).await?);

    step("Sign in on a tablet, approved on the phone");
    clock.advance(60);
    let from = RequestedFrom::new("Tablet", "Lisbon, Portugal");
    let request = verifier.request_sign_in(&alice, Purpose::SignIn, &from).await?;
    println!("Tablet: type {} on your phone.", request.number().expose());
    let on_phone = verifier.recognize(&alice, &kept).await?; // and its cookie changes
    let pending = verifier.pending_request(&on_phone).await?.ok_or("it waits")?;
    println!("Phone: {} in {} wants to sign in.", pending.device(), pending.location());
    let answer = RequestAnswer::Approve(request.number().expose());
    verifier.answer_request(&on_phone, &pending, answer).await?;
    signed_in(&verifier.verify(&alice, Proof::sign_in_request(&request)).await?);

    step("The phone is lost: a backup code, and everything else signed out");
    clock.advance(60);
    let verified = verifier.verify(&alice, Proof::backup_code(first.expose())).await?;
    signed_in(&verified);
    verifier.sign_out_everywhere(&verified).await?;
    let lost = verifier.recognize(&alice, on_phone.token()).await;
    println!("The lost phone is {}.", if lost.is_err() { "a stranger now" } else { "trusted" });
    while let Some(message) = phone.take() {
        println!("  [{}] {}", message.address().masked(), message.expose_text().expose());
    }
    Ok(())
}

async fn offers(verifier: &Verifier, alice: &SubjectId) -> Outcome<()> {
    let Next::Prove(offers) = verifier.next(alice, Purpose::SignIn).await? else {
        return Err("factors stand, so one is due".into());
    };
    for offer in offers {
        let to = offer.address().map(Address::masked).unwrap_or_default();
        println!("  - {:?} {to}", offer.kind());
    }
    Ok(())
}

fn signed_in(verified: &Verified) {
    println!("Signed in with {:?}.", verified.factors());
}

fn step(title: &str) {
    println!("\n== {title}");
}

/// What the person reads on the phone, and the code that they type.
fn read(phone: &MessageLog) -> Outcome<String> {
    loop {
        let message = phone.take().ok_or("a message has come")?;
        println!("  [{}] {}", message.address().masked(), message.expose_text().expose());
        if let Some(code) = message.code() {
            return Ok(code.expose().to_owned());
        }
    }
}
