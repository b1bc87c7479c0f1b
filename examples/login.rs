//! A sign-in with a second factor, in a terminal: enroll an app, sign in with it, sign in with a
//! code by text message, see a replay refused and a lock.
//!
//! `cargo run --example login`, with an authenticator app at hand. Answers may also come from a
//! script on standard input, one a line.

use std::{
    io::{self, BufRead as _, IsTerminal as _, Write as _},
    process::ExitCode,
    sync::mpsc,
    time::{SystemTime, UNIX_EPOCH},
};

use second_factor::{
    Address, Challenge, Delivery, Enrollment, Error, Keys, MemoryStorage, Message, Next, Proof,
    Purpose, SubjectId, Verified, Verifier, block_on,
    delivery::{Receipt, Undelivered},
    host::{Entropy as _, SystemEntropy},
};

type Outcome<T> = Result<T, Box<dyn core::error::Error>>;

fn main() -> ExitCode {
    match block_on(run()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("login: {error}");
            ExitCode::FAILURE
        }
    }
}

async fn run() -> Outcome<()> {
    let (phone, messages) = mpsc::channel();
    let verifier = Verifier::builder(MemoryStorage::new(), Phone(phone), Keys::new(root()?))
        .issuer("Second Factor Demo")
        .origin("example.com")
        .build()?;
    let alice = SubjectId::new("user-42")?;

    heading("1. Add an authenticator app");
    let enrollment = verifier.enroll_totp(&alice, "alice@example.com").await?;
    show(&enrollment);
    let proof = loop {
        let typed = ask("The code that your app shows")?;
        match verifier.confirm(&alice, &enrollment, &typed).await {
            Ok(proof) => break proof,
            Err(error) => again(&error)?,
        }
    };
    println!("The app is yours.");

    heading("2. Add a phone number");
    let number = Address::phone("+1 415 555 0100")?;
    let sent = verifier.enroll_address(&proof, &number).await?;
    ring(&messages, &sent);
    loop {
        let typed = ask("The code that we sent")?;
        match verifier.confirm(&alice, &sent, &typed).await {
            Ok(_) => break println!("The number is yours."),
            Err(error) => again(&error)?,
        }
    }

    heading("3. Sign in with the app");
    let Next::Prove(offers) = verifier.next(&alice, Purpose::SignIn).await? else {
        return Err("two factors stand, so one is due".into());
    };
    for offer in &offers {
        let to = offer.address().map(Address::masked).unwrap_or_default();
        println!("  - {:?} {to}", offer.kind());
    }
    println!("A code works once, so wait for the next one ({} s).", 30 - seconds()? % 30);
    let used = loop {
        let typed = ask("The code that your app shows now")?;
        match verifier.verify(&alice, Proof::totp(&typed)).await {
            Ok(proof) => {
                signed_in(&proof);
                break typed;
            }
            Err(error) => again(&error)?,
        }
    };

    heading("4. Somebody looked over your shoulder and types the same code");
    match verifier.verify(&alice, Proof::totp(&used)).await {
        Ok(_) => return Err("a code was accepted twice".into()),
        Err(error) => refused(&error)?,
    }

    heading("5. Sign in with a code by text message");
    let sent = verifier.challenge(&alice, &number, Purpose::SignIn).await?;
    ring(&messages, &sent);
    loop {
        let typed = ask("The code that we sent")?;
        match verifier.verify(&alice, Proof::sent_code(&sent, &typed)).await {
            Ok(proof) => break signed_in(&proof),
            Err(error) => again(&error)?,
        }
    }

    heading("6. Somebody who has your password guesses");
    for guess in ["123456", "111111", "000000", "121212", "654321", "777777"] {
        print!("{guess}: ");
        match verifier.verify(&alice, Proof::totp(guess)).await {
            Ok(_) => println!("a hit, at 3 in a million; it will not be one again"),
            Err(error) => refused(&error)?,
        }
    }
    println!("The app waits; the phone, which nobody guessed at, still works.");
    Ok(())
}

/// The phone of this example: what is sent to it is read from the other end.
struct Phone(mpsc::Sender<Message>);

impl Delivery for Phone {
    async fn deliver(&self, message: Message) -> Result<Receipt, Undelivered> {
        let receipt = Receipt::new(message.reference());
        self.0.send(message).map_err(|_| Undelivered::Unavailable)?;
        Ok(receipt)
    }
}

/// Shows what the phone got.
fn ring(messages: &mpsc::Receiver<Message>, sent: &Challenge) {
    println!("Sent to {}.", sent.masked());
    for message in messages.try_iter() {
        let text = message.expose_text();
        println!("  ╭─ {:?} {}", message.channel(), "─".repeat(52));
        text.expose().lines().for_each(|line| println!("  │ {line}"));
        println!("  ╰{}", "─".repeat(58));
    }
}

/// Draws the QR code, with the secret beside it for those who cannot scan.
fn show(enrollment: &Enrollment) {
    println!("Scan this with your authenticator app:\n");
    println!("{}", enrollment.qr().expose_terminal().expose());
    let secret = enrollment.expose_secret();
    let groups: Vec<&str> = secret.expose_groups().collect();
    println!("or type this secret into it: {}", groups.join(" "));
}

fn signed_in(proof: &Verified) {
    println!("✔ signed in, by {:?}", proof.factors());
}

/// Says what a person may know of a refusal. What is no refusal ends the example.
fn refused(error: &Error) -> Outcome<()> {
    if error.denial().is_none() {
        return Err(error.to_string().into());
    }
    match error.retry_at() {
        Some(time) => {
            let wait = time.as_secs().saturating_sub(seconds()?);
            println!("✘ too many wrong codes: wait {wait} s");
        }
        None => println!("✘ {error}"),
    }
    Ok(())
}

/// Lets the person type once more, until too many codes were wrong.
fn again(error: &Error) -> Outcome<()> {
    refused(error)?;
    match error.retry_at() {
        Some(_) => Err("start again, and check the clock of your phone".into()),
        None => Ok(()),
    }
}

fn ask(question: &str) -> io::Result<String> {
    print!("{question}: ");
    io::stdout().flush()?;
    let mut line = String::new();
    if io::stdin().lock().read_line(&mut line)? == 0 {
        return Err(io::Error::new(io::ErrorKind::UnexpectedEof, "no answer came"));
    }
    if !io::stdin().is_terminal() {
        println!();
    }
    // Friendliness is the form's part: the library takes exactly the digits.
    Ok(line.chars().filter(|symbol| !symbol.is_whitespace()).collect())
}

fn heading(text: &str) {
    println!("\n{text}\n");
}

fn seconds() -> Outcome<u64> {
    Ok(SystemTime::now().duration_since(UNIX_EPOCH)?.as_secs())
}

/// A real application reads its root from a secret manager, and keeps it for ever.
fn root() -> Outcome<[u8; 32]> {
    let mut root = [0; 32];
    SystemEntropy::new().fill(&mut root)?;
    Ok(root)
}
