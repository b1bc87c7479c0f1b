//! Agreeing to a payment: the code is sent with amount and payee, and is good for exactly these.
//!
//! `cargo run --example transaction`

use second_factor::{
    Address, Handle, Keys, MemoryStorage, Proof, SubjectId, Verifier, block_on,
    host::{Entropy as _, SystemEntropy},
    purpose::{Agreement, InvalidAgreement},
    testkit::MessageLog,
};

type Outcome<T> = Result<T, Box<dyn core::error::Error + Send + Sync>>;

/// What the bank is about to do. It lives on the server, never in the form that brings the code.
#[derive(Clone)]
struct Payment {
    amount: String,
    payee: String,
}

impl Payment {
    /// Built again from the payment itself whenever it is needed: what changed is seen.
    fn agreement(&self) -> Result<Agreement, InvalidAgreement> {
        Agreement::new([("amount", &*self.amount), ("payee", &*self.payee)])
    }
}

fn main() -> Outcome<()> {
    block_on(run())
}

async fn run() -> Outcome<()> {
    let mut root = [0; 32];
    SystemEntropy::new().fill(&mut root)?;
    let phone = MessageLog::new();
    let verifier = Verifier::builder(MemoryStorage::new(), phone.clone(), Keys::new(root))
        .issuer("Example Bank")
        .build()?;
    let alice = SubjectId::new("user-42")?;

    // Once: the number is proven.
    let number = Address::phone("+1 415 555 0100")?;
    let sent = verifier.enroll_address(&alice, &number).await?;
    let _proven = verifier.confirm(&alice, &sent, &read(&phone)?).await?;

    let payment = Payment { amount: "25.00 EUR".into(), payee: "Bob, DE89 3704 0044".into() };
    let sent = verifier.challenge_transaction(&alice, &number, &payment.agreement()?).await?;
    let typed = read(&phone)?;

    // Somebody changes the payee between the message and the click: the code is void.
    let changed = Payment { payee: "Eve, DE02 1203 0000".into(), ..payment.clone() };
    match pay(&verifier, &alice, &changed, sent.handle(), &typed).await {
        Ok(()) => return Err("Eve was paid".into()),
        Err(error) => println!("Paying Eve: {error}."),
    }

    // For what was read and agreed to, it is right, once.
    pay(&verifier, &alice, &payment, sent.handle(), &typed).await?;
    match pay(&verifier, &alice, &payment, sent.handle(), &typed).await {
        Ok(()) => Err("Bob was paid twice".into()),
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
    typed: &str,
) -> Outcome<()> {
    let purpose = payment.agreement()?.purpose();
    let agreed = verifier.verify_for(alice, purpose, Proof::sent_code(challenge, typed)).await?;
    println!("Paid {} to {}, agreed to by {:?}.", payment.amount, payment.payee, agreed.factors());
    Ok(())
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
