//! The PIN, which is asked for behind every other proof, and what helps whoever forgot it.

use axum::{
    Form,
    extract::State,
    response::{IntoResponse as _, Redirect, Response},
};
use second_factor::{FactorKind, Handle, Proof, Purpose};
use serde::{Deserialize, Serialize};

use super::{Prover, codes::Sent};
use crate::{
    App,
    page::typed,
    trouble::{Trouble, span},
};

/// The PIN is due.
#[derive(Clone, Serialize, Deserialize)]
pub struct Due {
    handle: String,
    /// The code that removes it.
    pub sent: Option<Sent>,
}

impl Due {
    pub fn new(handle: &Handle) -> Self {
        Self { handle: handle.to_string(), sent: None }
    }

    fn handle(&self) -> Result<Handle, Trouble> {
        Handle::parse(&self.handle).map_err(|_| Trouble::Odd)
    }
}

#[derive(Deserialize)]
pub struct Pin {
    pin: String,
}

#[derive(Deserialize)]
pub struct Code {
    code: String,
}

pub async fn pin(
    prover: Prover,
    State(app): State<App>,
    Form(form): Form<Pin>,
) -> Result<Response, Trouble> {
    // guide: pin
    let due = prover.open.pin.as_ref().ok_or(Trouble::Odd)?.handle()?;
    let proof = Proof::pin(&due, &form.pin);
    let proven = prover.verifier.verify_for(&prover.subject, prover.purpose(), proof).await;
    prover.settle(proven, "pin", &app).await
    // end of guide
}

/// Sends a code to the recovery address; where there is none, begins the week after which the PIN goes.
pub async fn forgotten(mut prover: Prover, State(app): State<App>) -> Result<Response, Trouble> {
    let mut open = prover.open.pin.take().ok_or(Trouble::Odd)?;
    let (verifier, subject, page) = (&prover.verifier, &prover.subject, prover.page());
    let status = verifier.status(subject).await?;
    let mailbox = status.factors().iter().find(|factor| factor.kind() == FactorKind::Email);
    let mailbox = mailbox.and_then(|mailbox| mailbox.id()).and_then(|id| status.address(id));
    if let Some(mailbox) = mailbox {
        let sent = verifier.challenge(subject, mailbox, Purpose::ResetPin).await;
        if let Ok(challenge) = &sent {
            open.sent = Some(Sent::new(challenge, String::new()));
        }
        prover.open.pin = Some(open);
        prover.keep().await?;
        return match sent {
            Ok(_) => Ok(Redirect::to(page).into_response()),
            Err(error) => prover.visitor.refused(&error, &app, page).await,
        };
    }
    let begun = verifier.begin_pin_reset(subject, &open.handle()?).await;
    prover.open.pin = Some(open);
    prover.keep().await?;
    match begun {
        Ok(ends) => {
            let wait = span(ends.since(app.now()?));
            let words = format!("Your PIN will be gone in {wait}, if it is not used before.");
            prover.visitor.done(&words, page).await
        }
        Err(error) => prover.visitor.refused(&error, &app, page).await,
    }
}

/// Removes the PIN by the code from the recovery address.
pub async fn mail(
    prover: Prover,
    State(app): State<App>,
    Form(form): Form<Code>,
) -> Result<Response, Trouble> {
    let open = prover.open.pin.as_ref().ok_or(Trouble::Odd)?;
    let sent = open.sent.as_ref().ok_or(Trouble::Odd)?.handle()?;
    let (due, typed) = (open.handle()?, typed(&form.code));
    let proven = prover.verifier.reset_pin(&prover.subject, &due, &sent, &typed).await;
    prover.settle(proven, "pin", &app).await
}
