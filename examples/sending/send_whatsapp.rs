//! Sign-in with a WhatsApp message through Meta's Cloud API.
//!
//! `cargo run -p second-factor-sending --bin send_whatsapp -- "+1 415 555 0100"`
//!
//! With `WHATSAPP_NUMBER_ID`, `WHATSAPP_TOKEN` and `WHATSAPP_TEMPLATE` in the environment, the
//! program sends. The template is an authentication template in English, with a copy-code button.
//! Without these variables, or with `--dry-run`, the program prints the request.

mod client;
mod host;

use host::Outcome;
use second_factor::{
    Address, Channel, CodeRequest, Delivery, FactorKind, FirstFactor, MemoryStorage, Message,
    Policy, Proof, Purpose, Secret, SubjectId, UnixTime, Verifier, block_on,
    delivery::{Receipt, Undelivered},
    enrollment::Import,
    gateway::whatsapp::{Button, CloudApi, Template, receipt},
    otp::{Totp, TotpParameters},
    status::WhatsApp,
};

/// Delivers WhatsApp messages only.
struct Meta {
    api: CloudApi,
    is_dry: bool,
}

impl Delivery for Meta {
    async fn deliver(&self, message: Message) -> Result<Receipt, Undelivered> {
        let request = self.api.request(&message, UnixTime::now()?)?;
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
    let verifier =
        Verifier::builder("Example", MemoryStorage::new(), Meta { api, is_dry }, host::keys()?)
            .first_factor(FirstFactor::Password)
            .policy(policy)
            .build()?;
    block_on(run(&verifier, is_dry))
}

async fn run(verifier: &Verifier, is_dry: bool) -> Outcome<()> {
    let alice = SubjectId::new("alice")?;
    let number = Address::phone(&host::address("+1 415 555 0100"))?;

    // WhatsApp messages go only to verified numbers whose owner has allowed them. Here, a TOTP app
    // and the number are imported from an older system, and the owner allows WhatsApp with a TOTP
    // code.
    let secret = Secret::generate()?;
    let imported =
        Import::new().address(number.clone())?.totp(&secret, TotpParameters::new(), None)?;
    verifier.operations().import(&alice, imported).await?;
    let code = Totp::new(&secret).code(UnixTime::now()?).ok_or("the clock is before 1970")?;
    let grant = verifier.verify_for(&alice, Purpose::Manage, Proof::totp(code.expose())).await?;
    let status = verifier.status(&alice).await?;
    let phone = status.factors().iter().find(|factor| factor.kind() == FactorKind::Phone);
    let id = phone.ok_or("the number was not imported")?.id();
    verifier.set_whatsapp(&grant, id, WhatsApp::Allowed).await?;

    let by = Channel::WhatsApp;
    let sent = verifier.send_code(&alice, CodeRequest::to_address(&number).by(by)).await?;
    if !is_dry {
        let proof = host::typed()?;
        let _verified = verifier.verify(&alice, Proof::sent_code(&sent, &proof)).await?;
        println!("Signed in.");
    }
    Ok(())
}
