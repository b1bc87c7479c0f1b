//! Delivery reports and rejected webhooks.

use alloc::string::String;

use crate::delivery::Undelivered;

/// The delivery status of one message, as its gateway reports it.
///
/// Pass the report to
/// [`Operations::delivery_report`](crate::verifier::Operations::delivery_report).
///
/// Duplicate, late and reordered webhooks are harmless, because each report identifies one send. A
/// repeated report, or a report on an older send, does not cause another send.
///
/// # Example
///
/// ```
/// use second_factor::{Error, Verifier, gateway::DeliveryReport};
///
/// async fn process(verifier: &Verifier, reports: Vec<DeliveryReport>) -> Result<(), Error> {
///     for report in reports {
///         verifier.operations().delivery_report(report.reference(), report.outcome()).await?;
///     }
///     Ok(())
/// }
/// # let _ = process;
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DeliveryReport {
    reference: String,
    outcome: Result<(), Undelivered>,
}

impl DeliveryReport {
    /// Creates a report, or returns `None` if the reference is malformed.
    pub(super) fn new(reference: &str, outcome: Result<(), Undelivered>) -> Option<Self> {
        let is_reference = (1..=100).contains(&reference.len())
            && reference.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_'));
        is_reference.then(|| Self { reference: reference.into(), outcome })
    }

    /// Returns `Ok` if the message reached the device or the mailbox.
    ///
    /// # Errors
    ///
    /// Returns the reason why the message did not reach it.
    pub const fn outcome(&self) -> Result<(), Undelivered> {
        self.outcome
    }

    /// Returns the [reference](crate::Message::reference) of the message.
    #[must_use]
    pub fn reference(&self) -> &str {
        &self.reference
    }
}

/// The error returned when a webhook is rejected.
///
/// Respond with status 403, and log the error. Either the webhook is forged, or a setting is
/// incorrect.
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
    /// The content is malformed, too long, or intended for another page.
    #[error("the webhook is malformed or meant for another page")]
    Malformed,
    /// The signature is too old, or its date is in the future.
    #[error("the signature of the webhook is too old or dated in the future")]
    Outdated,
    /// The signature is missing, or does not match the content.
    #[error("the webhook is not signed by the gateway")]
    Signature,
}
