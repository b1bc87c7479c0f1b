//! What the page of the second step shows.

use second_factor::{FactorKind, Offer, UnixTime, sign_in::Offers};
use serde::Serialize;

use super::ActiveFlow;
use crate::{
    data::{Flow, OpenRequest, PinStep, SentCode},
    text::Text,
};

#[derive(Serialize)]
pub(super) struct SecondStep {
    pub(super) page: &'static str,
    pub(super) purpose: Flow,
    /// The methods to choose from. The page leads with the selected one.
    pub(super) methods: Vec<Method>,
    pub(super) sent: Option<SentCode>,
    pub(super) request: Option<OpenRequest>,
    pub(super) pin: Option<PinStep>,
    /// Whether the browser can be made trusted.
    pub(super) can_trust: bool,
    pub(super) trust: bool,
    pub(super) has_partial_proof: bool,
    /// Whether a form was lost on the way, and must be sent again.
    pub(super) form_was_lost: bool,
    /// When support must be asked: the way on if no method can be used.
    pub(super) no_method: bool,
}

#[derive(Serialize)]
pub(super) struct Method {
    /// The value of the query `method`: the kind, or the id of an address.
    pub(super) method: String,
    #[serde(with = "kind_name")]
    pub(super) kind: FactorKind,
    pub(super) label: String,
    pub(super) masked: Option<String>,
    pub(super) retry_at: Option<u64>,
    pub(super) last_used_at: Option<u64>,
    pub(super) is_selected: bool,
}

mod kind_name {
    use second_factor::FactorKind;
    use serde::Serializer;

    pub(super) fn serialize<S: Serializer>(kind: &FactorKind, to: S) -> Result<S::Ok, S::Error> {
        to.serialize_str(kind.as_str())
    }
}

impl SecondStep {
    pub(super) fn new(
        flow: &ActiveFlow,
        offers: Option<&Offers>,
        asked: Option<&str>,
        now: UnixTime,
    ) -> Self {
        let (state, text) = (&flow.state, flow.context.text());
        let has_webauthn = flow.context.two_factor.0.webauthn.is_some();
        let usable = |offer: &&Offer| has_webauthn || offer.kind() != FactorKind::SecurityKey;
        let offers: Vec<&Offer> =
            offers.into_iter().flat_map(Offers::iter).filter(usable).collect();
        let selected = select(&offers, asked, now).map(method_of);
        let methods = offers.iter().map(|offer| {
            let method = method_of(offer);
            Method {
                is_selected: selected.as_ref() == Some(&method),
                method,
                kind: offer.kind(),
                label: label(offer, text),
                masked: offer.masked().map(str::to_owned),
                retry_at: offer.retry_at().filter(|at| *at > now).map(UnixTime::as_secs),
                last_used_at: offer.last_used_at().map(UnixTime::as_secs),
            }
        });
        let now = now.as_secs();
        let methods: Vec<Method> = methods.collect();
        Self {
            page: "second_step",
            purpose: state.flow,
            no_method: methods.is_empty() && state.pin.is_none(),
            methods,
            sent: state.sent_code.clone().filter(|sent| sent.expires_at > now),
            request: state.request.clone().filter(|request| request.expires_at > now),
            pin: state.pin.clone(),
            can_trust: state.flow == Flow::SignIn,
            trust: state.trust,
            has_partial_proof: state.partial_proof.is_some(),
            form_was_lost: flow.context.data.form_was_lost,
        }
    }
}

/// Returns the method that the user asked for, or the one used last, if it is available now.
///
/// A backup code is for emergencies and never leads while there is another method.
fn select<'o>(offers: &[&'o Offer], asked: Option<&str>, now: UnixTime) -> Option<&'o Offer> {
    let asked = offers.iter().find(|offer| Some(method_of(offer).as_str()) == asked);
    let is_available = |offer: &&&Offer| offer.retry_at().is_none_or(|at| at <= now);
    let available = || offers.iter().filter(is_available);
    let everyday = available().filter(|offer| offer.kind() != FactorKind::BackupCode);
    // The offers are strongest first, and the first of two equal times leads.
    let used_last = everyday
        .reduce(|best, next| if next.last_used_at() > best.last_used_at() { next } else { best });
    asked.or(used_last).or_else(|| available().next()).or_else(|| offers.first()).copied()
}

/// Returns the query value of a method.
fn method_of(offer: &Offer) -> String {
    match offer.kind() {
        FactorKind::Email | FactorKind::Phone => offer.id().to_string(),
        kind => kind.as_str().to_owned(),
    }
}

fn label(offer: &Offer, text: Text) -> String {
    match (offer.kind(), offer.masked()) {
        (_, Some(masked)) => text.with("Code to {}", masked),
        (FactorKind::SignInRequest, None) => text.of("Approve on a trusted device").to_owned(),
        (kind, None) => name(kind, text).to_owned(),
    }
}

/// Returns the name of a factor on pages.
pub(super) fn name(kind: FactorKind, text: Text) -> &'static str {
    text.of(match kind {
        FactorKind::Totp => "Authenticator app",
        FactorKind::BackupCode => "Backup code",
        FactorKind::Email => "Email",
        FactorKind::Phone => "Phone",
        FactorKind::Pin => "Two-step PIN",
        FactorKind::SignInRequest => "Sign-in request",
        FactorKind::SecurityKey => "Security key or passkey",
        FactorKind::Hotp => "Hardware token",
        _ => "Other method",
    })
}
