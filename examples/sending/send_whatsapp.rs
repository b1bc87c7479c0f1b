//! Signs somebody in by a WhatsApp message through Meta's Cloud API.
//!
//! `cargo run -p second-factor-sending --bin send_whatsapp -- "+1 415 555 0100"`
//!
//! With `WHATSAPP_NUMBER_ID`, `WHATSAPP_TOKEN` and `WHATSAPP_TEMPLATE` (an authentication template with a button
//! that copies, in English) in the environment it sends; without them, or with `--dry-run`, it shows
//! what it would send.

mod client;
mod host;

use host::Outcome;
use second_factor::{
    Address, Delivery, Import, MemoryStorage, Message, Policy, Proof, Purpose, Secret, SubjectId,
    Verifier, block_on,
    delivery::{Receipt, Undelivered},
    gateway::whatsapp::{Button, CloudApi, Template, receipt},
    message::Channel,
    otp::{Totp, TotpParameters},
};

/// Carries WhatsApp messages. What goes by other channels is left to others.
struct Meta {
    api: CloudApi,
    is_dry: bool,
}

impl Delivery for Meta {
    async fn deliver(&self, message: Message) -> Result<Receipt, Undelivered> {
        let request = self.api.request(&message, client::now())?;
        if self.is_dry {
            client::show(&request, message.code().map_or("?", |code| code.expose()));
            return Ok(Receipt::new("dry run"));
        }
        receipt(&client::send(request)?)
    }
}

fn main() -> Outcome<()> {
    let is_dry = host::is_dry(&["WHATSAPP_NUMBER_ID", "WHATSAPP_TOKEN", "WHATSAPP_TEMPLATE"]);
    let policy = Policy::default();
    let name = host::setting("WHATSAPP_TEMPLATE", "sign_in_code");
    let template = Template::new(&name, Button::CopyCode, &policy)?;
    let api = CloudApi::new(
        &host::setting("WHATSAPP_API_VERSION", "v23.0"),
        &host::setting("WHATSAPP_NUMBER_ID", "106540352242922"),
        &client::credential("WHATSAPP_TOKEN")?,
        template,
    )?;
    let verifier = Verifier::builder(MemoryStorage::new(), Meta { api, is_dry }, host::keys()?)
        .issuer("Example")
        .policy(policy)
        .build()?;
    block_on(run(&verifier, is_dry))
}

async fn run(verifier: &Verifier, is_dry: bool) -> Outcome<()> {
    let alice = SubjectId::new("alice")?;
    let number = Address::phone(&host::address("+1 415 555 0100"))?;

    // WhatsApp is a way to a number that was proven before, and only once its owner allowed it. Here an app and
    // the number come from an older system, and the app shows who allows.
    let secret = Secret::generate()?;
    let before =
        Import::new().address(number.clone())?.app(&secret, TotpParameters::new(), None)?;
    verifier.import(&alice, before).await?;
    let code = Totp::new(&secret).code(client::now()).ok_or("the clock is before 1970")?;
    let verified = verifier.verify_for(&alice, Purpose::Manage, Proof::totp(code.expose())).await?;
    verifier.allow_whatsapp(&verified, &number).await?;

    let by = Channel::WhatsApp;
    let sent = verifier.challenge_by(&alice, &number, Purpose::SignIn, by).await?;
    if !is_dry {
        let proof = host::typed()?;
        let _verified = verifier.verify(&alice, Proof::sent_code(&sent, &proof)).await?;
        println!("Signed in.");
    }
    Ok(())
}
