//! Magic-link-first: the mailbox is not a second factor.
//!
//! Shows which factors are offered after a link and after a password. The session between two
//! requests stores the first factor.
//!
//! Run it with `cargo run --example magic_link_first`.

use second_factor::{
    Address, Challenge, Error, FactorKind, FirstFactor, ItemId, Keys, MemoryStorage, Next, Policy,
    Proof, Reason, SubjectId, Verified, Verifier, block_on,
    purpose::Operation,
    testkit::{ManualClock, MessageLog},
};
use serde::{Deserialize, Serialize};

type Result<T, E = Box<dyn core::error::Error + Send + Sync>> = core::result::Result<T, E>;

/// The data that the session stores between the link and the second factor.
#[derive(Deserialize, Serialize)]
struct Pending {
    subject: SubjectId,
    first: FirstFactor,
}

impl Pending {
    /// Creates the state after a correct link.
    ///
    /// Your application looks up the mailbox that it sent the link to.
    const fn by_link(subject: SubjectId, mailbox: Address) -> Self {
        Self { subject, first: FirstFactor::Email(mailbox) }
    }

    async fn next(&self, app: &Verifier) -> Result<Next, Error> {
        app.after(&self.first).next(&self.subject).await
    }

    async fn send(&self, app: &Verifier, item: &ItemId) -> Result<Challenge, Error> {
        app.after(&self.first).send_code(&self.subject, item).await
    }

    async fn verify(&self, app: &Verifier, proof: Proof) -> Result<Verified, Error> {
        app.after(&self.first).verify(&self.subject, proof).await
    }
}

fn main() -> Result<()> {
    block_on(run())
}

async fn run() -> Result<()> {
    let (clock, inbox) = (ManualClock::at(1_800_000_000), MessageLog::new());
    let policy = Policy::builder().allow(FactorKind::Email).build()?;
    let app = Verifier::builder("Example", MemoryStorage::new(), inbox.clone(), Keys::generate()?)
        .policy(policy)
        .clock(clock.clone())
        .build()?;
    let (alice, mailbox) = (SubjectId::new("alice")?, Address::email("alice@example.com")?);
    let number = Address::phone("+1 415 555 0100")?;
    let read = || {
        let mut codes = core::iter::from_fn(|| inbox.take());
        codes.find_map(|message| Some(message.code()?.expose().to_owned())).ok_or("no code came")
    };

    // Alice signed up by a link. She adds her phone, and the mailbox for days without the phone.
    let by_link = app.after(FirstFactor::Email(mailbox.clone()));
    let sent = by_link.enroll_address(&alice, &number).await?;
    let verified = by_link.confirm(&alice, &sent, &read()?).await?;
    let sent = by_link.enroll_address(&verified, &mailbox).await?;
    let _ = by_link.confirm(&alice, &sent, &read()?).await?;
    clock.advance(3600);

    // A sign-in by a link. Between two requests, the session is a string.
    let session = serde_json::to_string(&Pending::by_link(alice.clone(), mailbox.clone()))?;
    let pending: Pending = serde_json::from_str(&session)?;
    let Next::Prove(offers) = pending.next(&app).await? else {
        return Err("a phone protects".into());
    };
    let kinds: Vec<_> = offers.iter().map(|offer| offer.kind()).collect();
    println!("After a link to the mailbox: {kinds:?}.");
    let phone = offers.iter().next().ok_or("a phone is offered")?;
    let sent = pending.send(&app, phone.id()).await?;
    let verified = pending.verify(&app, Proof::sent_code(&sent, read()?)).await?;
    println!("Signed in at level {} by {:?}.", verified.level(), verified.amr());

    // After a password, the mailbox is another channel.
    let after_password = app.after(FirstFactor::Password);
    let offers = after_password.offers(&alice, Operation::SignIn).await?;
    let kinds: Vec<_> = offers.iter().map(|offer| offer.kind()).collect();
    println!("After a password: {kinds:?}.");

    // A code to the mailbox of the link would count one factor twice. The session, not the form,
    // determines the first factor.
    let mailbox = offers.iter().find(|offer| offer.kind() == FactorKind::Email);
    let mailbox = mailbox.ok_or("the mailbox is offered")?.id();
    let refused = pending.send(&app, mailbox).await.err().ok_or("a code was sent")?;
    assert_eq!(refused.reason(), Some(Reason::SameChannel));
    println!("A code to the mailbox of the link: {refused}.");
    Ok(())
}
