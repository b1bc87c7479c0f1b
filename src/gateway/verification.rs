//! Provider-managed codes.
//!
//! [`twilio::Verify`](super::twilio::Verify) and [`vonage::Verify`](super::vonage::Verify) build
//! three requests each. *Start* generates and sends a code, *check* compares the input of the user
//! with the code, and *cancel* ends the verification. Your client sends these requests, in your
//! [`RemoteCodes`](crate::delivery::RemoteCodes). Your application never sees the code. The
//! [manual](crate::manual::delivery) lists the consequences.
//!
//! ```
//! use second_factor::delivery::{RemoteAnswer, RemoteCodes, RemoteId, RemoteStart, Undelivered};
//! use second_factor::gateway::{Body, twilio};
//!
//! struct Provider(twilio::Verify);
//!
//! impl RemoteCodes for Provider {
//!     async fn start(&self, start: &RemoteStart) -> Result<RemoteId, Undelivered> {
//!         let request = self.0.start(start.address(), start.channel(), start.language())?;
//!         twilio::started(&send(request).await.ok_or(Undelivered::Unavailable)?)
//!     }
//!
//!     async fn check(&self, id: &RemoteId, typed: &str) -> RemoteAnswer {
//!         match self.0.check(id, typed) {
//!             Ok(request) => match send(request).await {
//!                 Some(answer) => twilio::checked(&answer, id),
//!                 None => RemoteAnswer::Unreachable,
//!             },
//!             Err(invalid) => invalid.into(),
//!         }
//!     }
//!
//!     async fn cancel(&self, id: &RemoteId) {
//!         let _ = send(self.0.cancel(id)).await;
//!     }
//! }
//!
//! /// Sends with your client. Returns `None` if no response came.
//! async fn send(request: http::Request<Body>) -> Option<http::Response<Vec<u8>>> {
//! #   let _ = request;
//! #   None
//! }
//! # let _ = |verify| Provider(verify);
//! ```

use crate::{
    address::{Address, AddressKind},
    channel::Channel,
    delivery::{RemoteAnswer, RemoteId, Undelivered},
    message::LayoutError,
};

/// The error returned when the input cannot be a code of any provider.
///
/// Treat such input as an incorrect code, without a request to the provider.
///
/// # Example
///
/// ```
/// use second_factor::gateway::{Credential, vonage};
/// use second_factor::delivery::{RemoteAnswer, RemoteId};
/// use second_factor::Policy;
///
/// let account = vonage::Account::new("abcd1234", &Credential::new(String::from("secret"))?)?;
/// let verify = vonage::Verify::new(account, "Example", &Policy::default())?;
/// let refused = verify.check(&RemoteId::new("c11236f4")?, "123 456").unwrap_err();
/// assert_eq!(refused.to_string(), "a code has 4 to 10 digits");
/// assert_eq!(RemoteAnswer::from(refused), RemoteAnswer::Incorrect);
/// # Ok::<(), Box<dyn core::error::Error>>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a code has 4 to 10 digits")]
#[non_exhaustive]
pub struct InvalidCode;

impl From<InvalidCode> for RemoteAnswer {
    fn from(_: InvalidCode) -> Self {
        Self::Incorrect
    }
}

/// The delivery status of a provider-managed code, as the provider reports it.
///
/// A report never verifies the user; only [`RemoteAnswer::Correct`] does. When you start a
/// verification, store its id with the [reference](crate::delivery::RemoteStart::reference) of the
/// start. When a report arrives, pass this reference to
/// [`delivery_report`](crate::verifier::Operations::delivery_report), which replaces a lost code by
/// the fallback channel.
///
/// # Example
///
/// ```
/// use second_factor::{UnixTime, delivery::RemoteId, gateway::{InvalidWebhook, vonage}};
///
/// /// Returns whether to fall back to the next channel.
/// fn is_lost(
///     hooks: &vonage::Webhooks,
///     request: &http::Request<Vec<u8>>,
///     waiting: &RemoteId,
///     now: UnixTime,
/// ) -> Result<bool, InvalidWebhook> {
///     let report = hooks.verification(request, now)?;
///     let report = report.filter(|report| report.id() == waiting);
///     Ok(report.is_some_and(|report| report.outcome().is_err()))
/// }
/// # let _ = is_lost;
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VerificationReport {
    id: RemoteId,
    outcome: Result<(), Undelivered>,
}

impl VerificationReport {
    pub(super) const fn new(id: RemoteId, outcome: Result<(), Undelivered>) -> Self {
        Self { id, outcome }
    }

    /// Returns the id of the verification.
    #[must_use]
    pub const fn id(&self) -> &RemoteId {
        &self.id
    }

    /// Returns `Ok` if the code was delivered.
    ///
    /// # Errors
    ///
    /// Returns the reason why the code was not delivered.
    pub const fn outcome(&self) -> Result<(), Undelivered> {
        self.outcome
    }
}

/// Returns `typed` if it can be a code of a provider.
pub(super) fn code(typed: &str) -> Result<&str, InvalidCode> {
    let is_code = (4..=10).contains(&typed.len()) && typed.bytes().all(|b| b.is_ascii_digit());
    if is_code { Ok(typed) } else { Err(InvalidCode) }
}

/// Returns the provider's name for `channel`, if the channel can reach `to`.
pub(super) fn word(
    channel: Channel,
    to: &Address,
    words: &[(Channel, &'static str)],
) -> Result<&'static str, LayoutError> {
    let is_number = to.kind() == AddressKind::Phone;
    let known = words.iter().filter(|_| is_number).find(|(known, _)| *known == channel);
    known.map(|(_, word)| *word).ok_or(LayoutError::OtherChannel)
}

/// Maps the failure of a start without an id: `Unknown` becomes `Unavailable`.
///
/// A code without an id cannot be checked, even if it was sent.
pub(super) fn unnamed(why: Undelivered) -> Undelivered {
    if why == Undelivered::Unknown { Undelivered::Unavailable } else { why }
}
