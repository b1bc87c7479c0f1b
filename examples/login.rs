//! Two-factor sign-in in a terminal.
//!
//! Shows how to enroll an authenticator app and a phone number, and how to sign in with either.
//! Also shows what happens when a code is replayed or guessed.
//!
//! Run it with `cargo run --example login`, and have an authenticator app ready. A script may also
//! write the input to standard input, one line for each prompt.

use std::{
    io::{self, BufRead as _, IsTerminal as _, Write as _},
    process::ExitCode,
    sync::mpsc,
    time::{SystemTime, UNIX_EPOCH},
};

use second_factor::{
    Address, Challenge, CodeRequest, Delivery, Enrollment, Error, FirstFactor, Keys, MemoryStorage,
    Message, Next, Proof, SubjectId, Verified, Verifier, block_on,
    delivery::{Receipt, Undelivered},
    message::Sender,
};

type Result<T, E = Box<dyn core::error::Error>> = core::result::Result<T, E>;

fn main() -> ExitCode {
    match block_on(run()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("login: {error}");
            ExitCode::FAILURE
        }
    }
}

async fn run() -> Result<()> {
    let (phone, messages) = mpsc::channel();
    // A real application reads its root key from a secret manager and never changes it.
    let keys = Keys::generate()?;
    let sender = Sender::new("Second Factor Demo")?.with_origin("example.com")?;
    let verifier = Verifier::new(sender, MemoryStorage::new(), Phone(phone), keys)?;
    // The password, which your application checks, was correct.
    let verifier = verifier.after(FirstFactor::Password);
    let alice = SubjectId::new("user-42")?;

    heading("1. Add an authenticator app");
    let enrollment = verifier.enroll_totp(&alice, "alice@example.com").await?;
    show_enrollment(&enrollment);
    let verified = loop {
        let code = ask("Code from your authenticator app")?;
        match verifier.confirm(&alice, &enrollment, &code).await {
            Ok(verified) => break verified,
            Err(error) => retry(&error)?,
        }
    };
    println!("Authenticator app added.");

    heading("2. Add a phone number");
    let number = Address::phone("+1 415 555 0100")?;
    let sent = verifier.enroll_address(&verified, &number).await?;
    show_messages(&messages, &sent);
    loop {
        let code = ask("Code from the message")?;
        match verifier.confirm(&alice, &sent, &code).await {
            Ok(_) => break println!("Phone number added."),
            Err(error) => retry(&error)?,
        }
    }

    heading("3. Sign in with the authenticator app");
    let Next::Prove(offers) = verifier.next(&alice).await? else {
        return Err("expected a second factor".into());
    };
    for offer in &offers {
        let to = offer.masked().unwrap_or_default();
        println!("  - {:?} {to}", offer.kind());
    }
    println!("Each code works once. Wait {} s for the next one.", 30 - seconds()? % 30);
    let used = loop {
        let code = ask("Next code from your authenticator app")?;
        match verifier.verify(&alice, Proof::totp(&code)).await {
            Ok(verified) => {
                print_sign_in(&verified);
                break code;
            }
            Err(error) => retry(&error)?,
        }
    };

    heading("4. An attacker saw your code and enters it again");
    match verifier.verify(&alice, Proof::totp(&used)).await {
        Ok(_) => return Err("a code was accepted twice".into()),
        Err(error) => print_refusal(&error)?,
    }

    heading("5. Sign in with a code by text message");
    let sent = verifier.send_code(&alice, CodeRequest::to_address(&number)).await?;
    show_messages(&messages, &sent);
    loop {
        let code = ask("Code from the message")?;
        match verifier.verify(&alice, Proof::sent_code(&sent, &code)).await {
            Ok(verified) => break print_sign_in(&verified),
            Err(error) => retry(&error)?,
        }
    }

    heading("6. An attacker who has your password guesses codes");
    for guess in ["123456", "111111", "000000", "121212", "654321", "777777"] {
        print!("{guess}: ");
        match verifier.verify(&alice, Proof::totp(guess)).await {
            Ok(_) => println!("accepted: the chance of this was 3 in a million"),
            Err(error) => print_refusal(&error)?,
        }
    }
    println!("The authenticator app is locked. The phone number still works.");
    Ok(())
}

/// A simulated phone. The receiver of the channel reads its messages.
struct Phone(mpsc::Sender<Message>);

impl Delivery for Phone {
    async fn deliver(&self, message: Message) -> Result<Receipt, Undelivered> {
        let receipt = Receipt::new(message.reference());
        self.0.send(message).map_err(|_| Undelivered::Unavailable)?;
        Ok(receipt)
    }
}

/// Prints the messages that the phone received.
fn show_messages(messages: &mpsc::Receiver<Message>, sent: &Challenge) {
    println!("Sent to {}.", sent.masked());
    for message in messages.try_iter() {
        let text = message.expose_text();
        println!("  ╭─ {:?} {}", message.channel(), "─".repeat(52));
        text.expose().lines().for_each(|line| println!("  │ {line}"));
        println!("  ╰{}", "─".repeat(58));
    }
}

/// Prints the QR code, and the secret for users who cannot scan it.
fn show_enrollment(enrollment: &Enrollment) {
    println!("Scan this with your authenticator app:\n");
    println!("{}", enrollment.qr().expose_terminal().expose());
    let secret = enrollment.expose_secret();
    let groups: Vec<&str> = secret.expose_groups().collect();
    println!("Or enter this secret: {}", groups.join(" "));
}

fn print_sign_in(verified: &Verified) {
    println!("✔ signed in with {:?}", verified.factors());
}

/// Prints the message for a refused proof. Any other error ends the example.
fn print_refusal(error: &Error) -> Result<()> {
    if error.denial().is_none() {
        return Err(error.to_string().into());
    }
    match error.retry_at() {
        Some(time) => {
            let wait = time.as_secs().saturating_sub(seconds()?);
            println!("✘ too many incorrect codes: wait {wait} s");
        }
        None => println!("✘ {error}"),
    }
    Ok(())
}

/// Lets the user try again until the factor is locked.
fn retry(error: &Error) -> Result<()> {
    print_refusal(error)?;
    match error.retry_at() {
        Some(_) => {
            Err("too many incorrect codes: check the clock of your phone and start again".into())
        }
        None => Ok(()),
    }
}

fn ask(question: &str) -> io::Result<String> {
    print!("{question}: ");
    io::stdout().flush()?;
    let mut line = String::new();
    if io::stdin().lock().read_line(&mut line)? == 0 {
        return Err(io::Error::new(io::ErrorKind::UnexpectedEof, "no input"));
    }
    if !io::stdin().is_terminal() {
        println!();
    }
    // Your application removes spaces: the library accepts only the exact digits.
    Ok(line.chars().filter(|symbol| !symbol.is_whitespace()).collect())
}

fn heading(text: &str) {
    println!("\n{text}\n");
}

fn seconds() -> Result<u64> {
    Ok(SystemTime::now().duration_since(UNIX_EPOCH)?.as_secs())
}
