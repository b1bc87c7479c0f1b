//! Verification of an email address over SMTP.
//!
//! `cargo run -p second-factor-sending --bin send_email -- alice@example.com`
//!
//! With `SMTP_HOST`, `SMTP_USER`, `SMTP_PASSWORD` and `MAIL_FROM` in the environment, the program
//! sends over TLS. Without them, or with `--dry-run`, it prints the email.

mod host;
mod mail;

use host::Outcome;
use lettre::{SmtpTransport, Transport as _, transport::smtp::authentication::Credentials};
use second_factor::{
    Address, Delivery, FirstFactor, MemoryStorage, Message, SubjectId, Verifier, block_on,
    delivery::{Receipt, Undelivered},
    message::Sender,
};

/// Delivers emails over SMTP.
struct Smtp {
    from: String,
    /// `None` in a dry run.
    server: Option<SmtpTransport>,
}

impl Delivery for Smtp {
    async fn deliver(&self, message: Message) -> Result<Receipt, Undelivered> {
        let from = self.from.parse().map_err(|_| Undelivered::Misconfigured)?;
        let mail = mail::mail(&message, from).map_err(|_| Undelivered::Misconfigured)?;
        let Some(server) = &self.server else {
            let code = message.code().map_or("?", |code| code.expose());
            // Long lines are wrapped, and the code could be split by a line break.
            let whole = String::from_utf8_lossy(&mail.formatted()).replace("=\r\n", "");
            println!("{}", host::masked(&whole, code));
            return Ok(Receipt::new("dry run"));
        };
        match server.send(&mail) {
            Ok(answer) => Ok(Receipt::new(answer.message().collect::<String>())),
            // 5xx: the mailbox does not exist, or refuses this sender.
            Err(error) if error.is_permanent() => Err(Undelivered::Unreachable),
            Err(error) if error.is_transient() => Err(Undelivered::Unavailable),
            Err(_) => Err(Undelivered::Unknown),
        }
    }
}

fn main() -> Outcome<()> {
    let is_dry = host::is_dry(&["SMTP_HOST", "SMTP_USER", "SMTP_PASSWORD", "MAIL_FROM"]);
    let server = if is_dry {
        None
    } else {
        let (user, password) = (host::setting("SMTP_USER", ""), host::setting("SMTP_PASSWORD", ""));
        let relay = SmtpTransport::relay(&host::setting("SMTP_HOST", ""))?;
        Some(relay.credentials(Credentials::new(user, password)).build())
    };
    let from = host::setting("MAIL_FROM", "Example <no-reply@example.com>");
    let sender = Sender::new("Example")?.with_origin("example.com")?;
    let delivery = Smtp { from, server };
    let verifier = Verifier::new(sender, MemoryStorage::new(), delivery, host::keys()?)?;
    let verifier = verifier.after(FirstFactor::Password);
    block_on(run(&verifier, is_dry))
}

async fn run(verifier: &Verifier, is_dry: bool) -> Outcome<()> {
    let alice = SubjectId::new("alice")?;
    let mailbox = Address::email(&host::address("alice@example.com"))?;
    let sent = verifier.enroll_address(&alice, &mailbox).await?;
    if !is_dry {
        let _verified = verifier.confirm(&alice, &sent, &host::typed()?).await?;
        println!("{} is verified.", mailbox.masked());
    }
    Ok(())
}
