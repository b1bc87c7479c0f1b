//! What a gateway's webhook says, and why it is not believed.

use alloc::string::String;

use crate::delivery::Outcome;

/// What became of one message, as its gateway tells it: what
/// [`Verifier::report`](crate::Verifier::report) takes in.
///
/// A webhook that comes twice, late or out of turn does no harm: it names one send by number, and what
/// is said of any but the newest, or said again, sends nothing.
///
/// # Example
///
/// ```
/// use second_factor::{Error, Verifier, gateway::Report};
///
/// async fn take_in(verifier: &Verifier, reports: Vec<Report>) -> Result<(), Error> {
///     for report in reports {
///         verifier.report(report.reference(), report.outcome()).await?;
///     }
///     Ok(())
/// }
/// # let _ = take_in;
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Report {
    reference: String,
    outcome: Outcome,
}

impl Report {
    /// Of the message with this reference, if it could be one of ours.
    pub(super) fn new(reference: &str, outcome: Outcome) -> Option<Self> {
        let is_reference = (1..=100).contains(&reference.len())
            && reference.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_'));
        is_reference.then(|| Self { reference: reference.into(), outcome })
    }

    /// What became of it.
    #[must_use]
    pub const fn outcome(&self) -> Outcome {
        self.outcome
    }

    /// The [reference](crate::Message::reference) of the message.
    #[must_use]
    pub fn reference(&self) -> &str {
        &self.reference
    }
}

/// Why a webhook is not believed. Answer it *403*, and look into the log: it is either a forger or a setting.
///
/// # Example
///
/// ```
/// use second_factor::gateway::{Credential, InvalidWebhook, whatsapp::Webhooks};
/// # use second_factor::UnixTime;
/// # let now = UnixTime::from_secs(1_800_000_000);
///
/// let secret = Credential::new(String::from("app-secret"))?;
/// let hooks = Webhooks::new(&secret, &Credential::new(String::from("verify-token"))?);
/// let unsigned = http::Request::new("{}");
/// assert_eq!(hooks.statuses(&unsigned, now).unwrap_err(), InvalidWebhook::Signature);
/// # Ok::<(), second_factor::gateway::InvalidSetting>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum InvalidWebhook {
    /// It is signed, and is not what this page is for.
    #[error("the webhook is not of the kind that this page takes")]
    Malformed,
    /// It was signed too long ago, or in the future.
    #[error("the webhook was signed at another time")]
    Outdated,
    /// It has no signature, or one that is not of the gateway over what came.
    #[error("the webhook is not signed by the gateway")]
    Signature,
}
