//! Two-factor authentication as on Instagram.
//!
//! Shows an authenticator app, a phone number, backup codes, a trusted device, and a sign-in
//! request that is approved on that device.
//!
//! Run it with `cargo run --example instagram_two_factor`.

use second_factor::{
    Address, Channel, Client, CodeRequest, FactorKind, FirstFactor, Keys, MemoryStorage, NewDevice,
    Next, Proof, Secret, SubjectId, Verified, Verifier, block_on,
    otp::Totp,
    proof::{RequestAnswer, RequestedFrom},
    purpose::Operation,
    status::WhatsApp,
    testkit::{ManualClock, MessageLog},
};

type Result<T, E = Box<dyn core::error::Error + Send + Sync>> = core::result::Result<T, E>;

fn main() -> Result<()> {
    block_on(run())
}

async fn run() -> Result<()> {
    // The manual clock avoids real waiting. The message log acts as Alice's phone.
    let (clock, phone) = (ManualClock::at(1_800_000_000), MessageLog::new());
    let root = core::array::from_fn(|i| i as u8 ^ 0x5a);
    let verifier =
        Verifier::builder("Pictures", MemoryStorage::new(), phone.clone(), Keys::new(root))
            .first_factor(FirstFactor::Password)
            .clock(clock.clone())
            .build()?;
    let alice = SubjectId::new("user-42")?;

    step("Turn on two-factor authentication: authenticator app, phone number, backup codes");
    let enrollment = verifier.enroll_totp(&alice, "alice").await?;
    let app = Totp::new(&Secret::from_base32(enrollment.expose_secret().expose())?);
    let app_code = |clock: &ManualClock| -> Result<String> {
        Ok(app.code(clock.time()).ok_or("the clock is before 1970")?.expose().to_owned())
    };
    let verified = verifier.confirm(&alice, &enrollment, &app_code(&clock)?).await?;
    let number = Address::phone("+1 415 555 0100")?;
    let sent = verifier.enroll_address(&verified, &number).await?;
    let _confirmed = verifier.confirm(&alice, &sent, &read(&phone)?).await?;
    let codes = verifier.new_backup_codes(&verified).await?.expose();
    let [first, rest @ ..] = codes.as_slice() else {
        return Err("expected ten backup codes".into());
    };
    println!("Backup codes to print: {} and {} more", first.expose(), rest.len());

    step("Sign in on the phone with the authenticator app, and trust the phone");
    clock.advance(30);
    print_offers(&verifier, &alice).await?;
    let proof = Proof::totp(app_code(&clock)?).trusting(NewDevice::new("Alice's phone"));
    let verified = verifier.verify(&alice, proof).await?;
    print_sign_in(&verified);
    let device = verified.device_token().ok_or("the phone is trusted")?;
    // From now on, requests of the phone present its cookie.
    let on_phone = verifier.for_client(Client::new("the session of the phone")?.device(device));

    step("Sign in on a laptop with a WhatsApp code, after turning on WhatsApp for the number");
    clock.advance(60);
    let status = verifier.status(&alice).await?;
    let mut factors = status.factors().iter();
    let number = factors.find(|one| one.kind() == FactorKind::Phone).ok_or("a number")?.id();
    verifier.set_whatsapp(&verified, number, WhatsApp::Allowed).await?;
    let sent = verifier.send_code(&alice, CodeRequest::to(number).by(Channel::WhatsApp)).await?;
    println!("We sent a {}-digit code to {}.", sent.digits(), sent.masked());
    print_sign_in(&verifier.verify(&alice, Proof::sent_code(&sent, &read(&phone)?)).await?);

    step("Sign in on a tablet, and approve it on the phone");
    clock.advance(60);
    let from = RequestedFrom::new("Tablet", "Lisbon, Portugal");
    let request = verifier.request_sign_in(&alice, Operation::SignIn, &from).await?;
    println!("Tablet: enter {} on your phone.", request.number().expose());
    let pending = on_phone.pending_request(&alice).await?.ok_or("no pending request")?;
    println!("Phone: {} in {} wants to sign in.", pending.device(), pending.location());
    let answer = RequestAnswer::Approve(request.number().expose());
    on_phone.answer_request(&alice, &pending, answer).await?;
    print_sign_in(&verifier.verify(&alice, Proof::sign_in_request(&request)).await?);

    step("Lose the phone: sign in with a backup code, and sign out everywhere");
    clock.advance(60);
    let verified = verifier.verify(&alice, Proof::backup_code(first.expose())).await?;
    print_sign_in(&verified);
    verifier.sign_out_everywhere(&verified).await?;
    let is_asked = matches!(on_phone.next(&alice).await?, Next::Prove(_));
    println!("The lost phone is {}.", if is_asked { "signed out" } else { "still trusted" });
    for message in phone.take_all() {
        println!("  [{}] {}", message.address().masked(), message.expose_text().expose());
    }
    Ok(())
}

async fn print_offers(verifier: &Verifier, alice: &SubjectId) -> Result<()> {
    let Next::Prove(offers) = verifier.next(alice).await? else {
        return Err("expected a second factor".into());
    };
    for offer in &offers {
        let to = offer.masked().unwrap_or_default();
        println!("  - {:?} {to}", offer.kind());
    }
    Ok(())
}

fn print_sign_in(verified: &Verified) {
    println!("Signed in with {:?}.", verified.factors());
}

fn step(title: &str) {
    println!("\n== {title}");
}

/// Prints the messages on the phone up to the next code, and returns that code.
fn read(phone: &MessageLog) -> Result<String> {
    loop {
        let message = phone.take().ok_or("expected a message")?;
        println!("  [{}] {}", message.address().masked(), message.expose_text().expose());
        if let Some(code) = message.code() {
            return Ok(code.expose().to_owned());
        }
    }
}
