//! Registration by phone number with a PIN, as on WhatsApp.
//!
//! Shows registration without a password, a PIN that protects against a number takeover, and the
//! removal of a forgotten PIN after a week.
//!
//! Run it with `cargo run --example whatsapp_registration`.

use second_factor::{
    Address, CodeRequest, Error, FirstFactor, Handle, Keys, MemoryStorage, Proof, SubjectId,
    Verifier, block_on,
    purpose::Operation,
    sign_in::Registered,
    testkit::{ManualClock, MessageLog},
};

type Result<T, E = Box<dyn core::error::Error + Send + Sync>> = core::result::Result<T, E>;

const DAY: u64 = 24 * 60 * 60;

struct App {
    verifier: Verifier,
    clock: ManualClock,
    phone: MessageLog,
    number: Address,
    account: SubjectId,
}

fn main() -> Result<()> {
    block_on(run())
}

async fn run() -> Result<()> {
    let (clock, phone) = (ManualClock::at(1_800_000_000), MessageLog::new());
    let root = core::array::from_fn(|i| i as u8 ^ 0x33);
    let verifier = Verifier::builder("Chat", MemoryStorage::new(), phone.clone(), Keys::new(root))
        .first_factor(FirstFactor::None)
        .clock(clock.clone())
        .build()?;
    let number = Address::phone("+1 415 555 0100")?;
    let app = App { verifier, clock, phone, number, account: SubjectId::new("account-7")? };

    step("Alice registers her number, adds an email address for notices, and sets a PIN");
    let registered = app.register().await?;
    println!("Registered with {:?}.", registered.factors());
    let email = Address::email("alice@example.com")?;
    let sent = app.verifier.enroll_address(&registered, &email).await?;
    let _confirmed = app.verifier.confirm(&app.account, &sent, &app.read()).await?;
    app.verifier.set_pin(&registered, "493817").await?;

    step("Alice registers a new phone with a code and the PIN, which signs out the old phone");
    app.clock.advance(DAY);
    let pin_step = app.register_up_to_pin().await?;
    let proof = Proof::pin(pin_step, "493817");
    let registered = app.verifier.register(&app.account, proof).await?;
    println!("Registered with {:?}. Now end all earlier sessions.", registered.factors());

    step("An attacker takes over the number and guesses the PIN");
    app.clock.advance(DAY);
    let pin_step = app.register_up_to_pin().await?;
    for guess in ["000000", "123456", "194719", "201012", "696969", "159159"] {
        let proof = Proof::pin(pin_step, guess);
        match app.verifier.register(&app.account, proof).await {
            Ok(_) => return Err("a guess was correct".into()),
            Err(error) => match error.retry_at() {
                Some(until) => println!("{guess}: locked for {} s", until.since(app.clock.time())),
                None => println!("{guess}: {error}"),
            },
        }
    }

    step(
        "The attacker requests removal of the PIN. Alice is notified, and cancels it with her PIN",
    );
    let removed_at = app.verifier.begin_pin_reset(&app.account, &pin_step).await?;
    println!("The PIN would be removed in {} days.", removed_at.since(app.clock.time()) / DAY);
    app.clock.advance(DAY);
    let pin_step = app.register_up_to_pin().await?;
    let proof = Proof::pin(pin_step, "493817");
    let _alice = app.verifier.register(&app.account, proof).await?;
    println!("The PIN remains set.");

    step("Alice forgets the PIN: it is removed after a week");
    app.clock.advance(7 * DAY); // a cancelled removal cannot begin again for a week
    let pin_step = app.register_up_to_pin().await?;
    app.verifier.begin_pin_reset(&app.account, &pin_step).await?;
    for _ in 0..8 {
        app.clock.advance(DAY);
        app.verifier.operations().advance(&app.account).await?; // from a timer of your application
    }
    println!("Registered with {:?}.", app.register().await?.factors());
    Ok(())
}

impl App {
    /// Requests a code and enters it.
    async fn register(&self) -> Result<Registered, Error> {
        self.clock.advance(3600); // Past the resend cooldown.
        let (verifier, purpose) = (&self.verifier, Operation::Register);
        let sent = verifier
            .send_code(&self.account, CodeRequest::to_address(&self.number).purpose(purpose))
            .await?;
        let code = self.read();
        verifier.register(&self.account, Proof::sent_code(&sent, &code)).await
    }

    /// Prints all messages on the phone and in the mailbox, and returns the last code.
    fn read(&self) -> String {
        let mut code = String::new();
        for message in self.phone.take_all() {
            println!("  [{}] {}", message.address().masked(), message.expose_text().expose());
            if let Some(sent) = message.code() {
                sent.expose().clone_into(&mut code);
            }
        }
        code
    }

    /// Registers up to the PIN, and returns the handle of the PIN step.
    async fn register_up_to_pin(&self) -> Result<Handle> {
        match self.register().await {
            Ok(_) => Err("the PIN step was skipped".into()),
            Err(error) => Ok(*error.pending_pin().ok_or("the code was refused")?),
        }
    }
}

fn step(title: &str) {
    println!("\n== {title}");
}
