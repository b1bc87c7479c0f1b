//! Confirmation of a payment with a code bound to it.
//!
//! Shows a message that states the amount and the payee, and a code that is valid for exactly this
//! payment, once.
//!
//! Run it with `cargo run --example transaction`.

use second_factor::{
    Address, CodeRequest, FirstFactor, Handle, Keys, MemoryStorage, Proof, SubjectId, Verifier,
    block_on, error::Invalid, purpose::Agreement, testkit::MessageLog,
};

type Result<T, E = Box<dyn core::error::Error + Send + Sync>> = core::result::Result<T, E>;

/// A payment that waits for confirmation.
///
/// Store the payment on the server: never read it from the form that contains the code.
#[derive(Clone)]
struct Payment {
    amount: String,
    payee: String,
}

impl Payment {
    /// Builds the agreement from the payment each time, so that any change is detected.
    fn agreement(&self) -> Result<Agreement, Invalid> {
        Agreement::new([("amount", &*self.amount), ("payee", &*self.payee)])
    }
}

fn main() -> Result<()> {
    block_on(run())
}

async fn run() -> Result<()> {
    let phone = MessageLog::new();
    let keys = Keys::generate()?;
    let verifier = Verifier::new("Example Bank", MemoryStorage::new(), phone.clone(), keys)?;
    let verifier = verifier.after(FirstFactor::Password);
    let alice = SubjectId::new("user-42")?;

    // Done once: Alice confirms her phone number.
    let number = Address::phone("+1 415 555 0100")?;
    let sent = verifier.enroll_address(&alice, &number).await?;
    let _confirmed = verifier.confirm(&alice, &sent, &read(&phone)?).await?;

    let payment = Payment { amount: "25.00 EUR".into(), payee: "Bob, DE89 3704 0044".into() };
    let sent = verifier
        .send_code(&alice, CodeRequest::to_address(&number).agreement(&payment.agreement()?))
        .await?;
    let code = read(&phone)?;

    // An attacker changes the payee after the message was sent. The code is invalid for this
    // payment.
    let changed = Payment { payee: "Eve, DE02 1203 0000".into(), ..payment.clone() };
    match pay(&verifier, &alice, &changed, sent.handle(), &code).await {
        Ok(()) => return Err("the changed payment was accepted".into()),
        Err(error) => println!("Paying Eve: {error}."),
    }

    // The code is valid once, for the payment that Alice read.
    pay(&verifier, &alice, &payment, sent.handle(), &code).await?;
    match pay(&verifier, &alice, &payment, sent.handle(), &code).await {
        Ok(()) => Err("the code was accepted twice".into()),
        Err(error) => {
            println!("Paying Bob again: {error}.");
            Ok(())
        }
    }
}

async fn pay(
    verifier: &Verifier,
    alice: &SubjectId,
    payment: &Payment,
    challenge: &Handle,
    code: &str,
) -> Result<()> {
    let purpose = payment.agreement()?.purpose();
    let _agreed = verifier.verify_for(alice, purpose, Proof::sent_code(challenge, code)).await?;
    println!("Paid {} to {}.", payment.amount, payment.payee);
    Ok(())
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
