//! The security settings.
//!
//! Enrollment, removal, devices and sign-in requests.

pub(crate) mod addresses;
pub(crate) mod backup_codes;
pub(crate) mod devices;
pub(crate) mod held_form;
pub(crate) mod hotp;
pub(crate) mod overview;
pub(crate) mod pin;
pub(crate) mod required;
pub(crate) mod security_keys;
pub(crate) mod sign_in_requests;
pub(crate) mod totp;

use axum::{extract::FromRequestParts, http::request::Parts};
use second_factor::{ItemId, sign_in::Confirmed};
use serde::Deserialize;

use crate::{context::Context, data::Stage, failure::Failure, two_factor::TwoFactor};

/// A user who may open the settings: signed in, or recovering the account.
pub(crate) struct Settings(pub(crate) Context);

impl FromRequestParts<TwoFactor> for Settings {
    type Rejection = Failure;

    async fn from_request_parts(
        parts: &mut Parts,
        two_factor: &TwoFactor,
    ) -> Result<Self, Failure> {
        let mut context = Context::load(parts, two_factor).await?;
        match context.data.stage {
            Stage::SignedIn | Stage::Recovering => context.check_current().await?,
            Stage::Proving | Stage::Enrolling => return Err(context.sign_in_first()),
        }
        Ok(Self(context))
    }
}

/// A user who may add a factor: one of the [`Settings`], or one who must add a factor to sign in.
pub(crate) struct Enrolling(pub(crate) Context);

impl FromRequestParts<TwoFactor> for Enrolling {
    type Rejection = Failure;

    async fn from_request_parts(
        parts: &mut Parts,
        two_factor: &TwoFactor,
    ) -> Result<Self, Failure> {
        let context = Context::load(parts, two_factor).await?;
        if context.data.stage == Stage::Enrolling && context.data.subject.is_some() {
            return Ok(Self(context));
        }
        Settings::from_request_parts(parts, two_factor).await.map(|Settings(context)| Self(context))
    }
}

/// The code of an enrollment.
#[derive(Deserialize)]
pub(crate) struct CodeBody {
    code: String,
}

/// The item that a button is next to.
#[derive(Deserialize)]
pub(crate) struct ItemBody {
    id: ItemId,
}

/// Completes the enrollment of any factor, and ends all other sessions.
///
/// A required enrollment signs in. After a recovery, the user signs in with the new factor, because
/// a grant does not open a session.
async fn after_enrollment(context: &mut Context, confirmed: Confirmed) -> Result<(), Failure> {
    context.data.enrollment = None;
    let (epoch, stage) = (confirmed.epoch(), context.data.stage);
    if stage != Stage::SignedIn || context.data.grant.is_none() {
        // The first factor, or a recovery whose grant a replaced factor ended.
        let grant = context.verifier()?.grant(&confirmed)?;
        context.store_grant(&grant);
    }
    context.set_epoch(epoch)?;
    if let (Some(verified), true) = (confirmed.verified(), stage != Stage::SignedIn) {
        return context.sign_in(verified).await;
    }
    if stage == Stage::SignedIn {
        context.data.is_proven = true;
    }
    context.save().await
}

/// Returns the page after an enrollment: what the user asked for, or the settings.
///
/// After a recovery only the settings are open, until the user signs in with the new factor.
fn after(context: &mut Context) -> String {
    let is_open = context.data.stage != Stage::Recovering;
    context.data.then.take_if(|_| is_open).unwrap_or_else(|| PATH.into())
}

pub(crate) const PATH: &str = "/two-factor/settings";
