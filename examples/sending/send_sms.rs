//! Verification of a phone number by SMS through Twilio.
//!
//! `cargo run -p second-factor-sending --bin send_sms -- "+1 415 555 0100"`
//!
//! With `TWILIO_ACCOUNT_SID`, `TWILIO_API_KEY`, `TWILIO_API_SECRET` and `TWILIO_FROM` in the
//! environment, the program sends. Without them, or with `--dry-run`, it prints the request.

mod client;
mod host;

use host::Outcome;
use second_factor::{
    Address, Delivery, FirstFactor, MemoryStorage, Message, SubjectId, UnixTime, Verifier,
    block_on,
    delivery::{Receipt, Undelivered},
    gateway::twilio::{Account, Messages, receipt},
    message::Sender,
};

/// Delivers SMS through Twilio.
struct Twilio {
    texts: Messages,
    is_dry: bool,
}

impl Delivery for Twilio {
    async fn deliver(&self, message: Message) -> Result<Receipt, Undelivered> {
        let request = self.texts.request(&message, UnixTime::now()?)?;
        if self.is_dry {
            client::show(&request, message.code().map_or("?", |code| code.expose()));
            return Ok(Receipt::new("dry run"));
        }
        receipt(&client::send(request)?)
    }
}

fn main() -> Outcome<()> {
    let is_dry =
        host::is_dry(&["TWILIO_ACCOUNT_SID", "TWILIO_API_KEY", "TWILIO_API_SECRET", "TWILIO_FROM"]);
    let account = Account::with_api_key(
        &host::setting("TWILIO_ACCOUNT_SID", "AC00000000000000000000000000000000"),
        &host::setting("TWILIO_API_KEY", "SK00000000000000000000000000000000"),
        &client::credential("TWILIO_API_SECRET")?,
    )?;
    // If your account lacks `Message Redaction`, add `.retain()`.
    let texts = Messages::from_number(account, &host::setting("TWILIO_FROM", "+14155550111"))?;
    let sender = Sender::new("Example")?.with_origin("example.com")?;
    let delivery = Twilio { texts, is_dry };
    let verifier = Verifier::new(sender, MemoryStorage::new(), delivery, host::keys()?)?;
    let verifier = verifier.after(FirstFactor::Password);
    block_on(run(&verifier, is_dry))
}

async fn run(verifier: &Verifier, is_dry: bool) -> Outcome<()> {
    let alice = SubjectId::new("alice")?;
    let number = Address::phone(&host::address("+1 415 555 0100"))?;
    let sent = verifier.enroll_address(&alice, &number).await?;
    if !is_dry {
        let _verified = verifier.confirm(&alice, &sent, &host::typed()?).await?;
        println!("{} is verified.", number.masked());
    }
    Ok(())
}
