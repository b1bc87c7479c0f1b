//! Registration as people know it from WhatsApp: a number is proven with nothing before it; a PIN
//! keeps out whoever takes the number over; and a PIN that was forgotten goes after a week.
//!
//! `cargo run --example whatsapp_registration`

use second_factor::{
    Address, Error, Handle, Keys, MemoryStorage, Proof, Purpose, SubjectId, Verified, Verifier,
    block_on,
    testkit::{ManualClock, MessageLog},
};

type Outcome<T> = Result<T, Box<dyn core::error::Error + Send + Sync>>;

const DAY: u64 = 24 * 60 * 60;

struct App {
    verifier: Verifier,
    clock: ManualClock,
    phone: MessageLog,
    number: Address,
    account: SubjectId,
}

fn main() -> Outcome<()> {
    block_on(run())
}

async fn run() -> Outcome<()> {
    let (clock, phone) = (ManualClock::at(1_800_000_000), MessageLog::new());
    let root = core::array::from_fn(|place| place as u8 ^ 0x33);
    let verifier = Verifier::builder(MemoryStorage::new(), phone.clone(), Keys::new(root))
        .issuer("Chat")
        .clock(clock.clone())
        .build()?;
    let number = Address::phone("+1 415 555 0100")?;
    let app = App { verifier, clock, phone, number, account: SubjectId::new("account-7")? };

    step("Alice registers her number, leaves an address for news, and sets a PIN");
    let registered = app.register().await?;
    println!("Registered with {:?}.", registered.factors());
    let mail = Address::email("alice@example.com")?;
    let sent = app.verifier.enroll_address(&registered, &mail).await?;
    let _proven = app.verifier.confirm(&app.account, &sent, &app.read()).await?;
    app.verifier.set_pin(&registered, "493817").await?;

    step("A new phone: the code, then the PIN; the old phone is signed out");
    app.clock.advance(DAY);
    let due = app.as_far_as_the_pin().await?;
    let proof = Proof::pin(&due, "493817");
    let registered = app.verifier.verify_for(&app.account, Purpose::Register, proof).await?;
    println!("Registered with {:?}. End the sessions from before.", registered.factors());

    step("Somebody took the number over, and guesses the PIN");
    app.clock.advance(DAY);
    let due = app.as_far_as_the_pin().await?;
    for guess in ["000000", "123456", "194719", "201012", "696969", "159159"] {
        let proof = Proof::pin(&due, guess);
        match app.verifier.verify_for(&app.account, Purpose::Register, proof).await {
            Ok(_) => return Err("a guess was right".into()),
            Err(error) => match error.retry_at() {
                Some(until) => println!("{guess}: wait {} s", until.since(app.clock.time())),
                None => println!("{guess}: {error}"),
            },
        }
    }

    step("They ask to have it removed. Alice, who uses it, hears of that and keeps it");
    let ends = app.verifier.begin_pin_reset(&app.account, &due).await?;
    println!("In {} days it would go.", ends.since(app.clock.time()) / DAY);
    app.clock.advance(DAY);
    let due = app.as_far_as_the_pin().await?;
    let proof = Proof::pin(&due, "493817");
    let _alice = app.verifier.verify_for(&app.account, Purpose::Register, proof).await?;
    println!("It stays.");

    step("Alice forgets it herself: a week later it is gone");
    let due = app.as_far_as_the_pin().await?;
    app.verifier.begin_pin_reset(&app.account, &due).await?;
    for _ in 0..8 {
        app.clock.advance(DAY);
        app.verifier.advance(&app.account).await?; // from a timer of the application
    }
    println!("Registered with {:?}.", app.register().await?.factors());
    Ok(())
}

impl App {
    /// Asks for a code and types it. `Err` for everything but the end of the matter.
    async fn register(&self) -> Result<Verified, Error> {
        self.clock.advance(3600); // codes are sent at distances
        let (verifier, purpose) = (&self.verifier, Purpose::Register);
        let sent = verifier.challenge(&self.account, &self.number, purpose).await?;
        let typed = self.read();
        verifier.verify_for(&self.account, purpose, Proof::sent_code(&sent, &typed)).await
    }

    /// What the person reads, on the phone and in the mailbox; the code among it.
    fn read(&self) -> String {
        let mut typed = String::new();
        while let Some(message) = self.phone.take() {
            println!("  [{}] {}", message.address().masked(), message.expose_text().expose());
            if let Some(code) = message.code() {
                code.expose().clone_into(&mut typed);
            }
        }
        typed
    }

    async fn as_far_as_the_pin(&self) -> Outcome<Handle> {
        match self.register().await {
            Ok(_) => Err("the PIN was not asked for".into()),
            Err(error) => Ok(*error.pin_due().ok_or("the code was refused")?),
        }
    }
}

fn step(title: &str) {
    println!("\n== {title}");
}
