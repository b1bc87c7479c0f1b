//! Services that make and check codes themselves: what is asked of them, and what they answer.
//!
//! [`twilio::Verify`](super::twilio::Verify) and [`vonage::Verify`](super::vonage::Verify) make three
//! requests each: *start* has a code made and sent, *check* asks about what was typed, *cancel* ends
//! it. Your client sends them, in a [`RemoteCodes`](crate::delivery::RemoteCodes) of yours. The code never
//! reaches you, and what is lost by that stands in the [manual](crate::manual::delivery).
//!
//! ```
//! use second_factor::delivery::{RemoteAnswer, RemoteCodes, RemoteId, RemoteStart, Undelivered};
//! use second_factor::gateway::{Body, twilio};
//!
//! struct Elsewhere(twilio::Verify);
//!
//! impl RemoteCodes for Elsewhere {
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
//!             Err(no_code) => no_code.into(),
//!         }
//!     }
//!
//!     async fn cancel(&self, id: &RemoteId) {
//!         let _ = send(self.0.cancel(id)).await;
//!     }
//! }
//!
//! /// With the client that you have; `None` for every answer that did not come.
//! async fn send(request: http::Request<Body>) -> Option<http::Response<Vec<u8>>> {
//! #   let _ = request;
//! #   None
//! }
//! # let _ = |verify| Elsewhere(verify);
//! ```

use crate::{
    Address,
    address::AddressKind,
    delivery::{Outcome, RemoteAnswer, RemoteId, Undelivered},
    message::{Channel, LayoutError},
};

/// A text that is no code of any service, and so is wrong without asking.
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

/// What became of a code that a service sent, as the service tells it later.
///
/// It lets nobody in, whatever it says: that is for [`RemoteAnswer::Correct`] alone. Keep the
/// [reference](crate::delivery::RemoteStart::reference) of the start beside the name, and
/// [`report`](crate::Verifier::report) it, so that a code that is lost goes by the next channel.
///
/// # Example
///
/// ```
/// use second_factor::{UnixTime, delivery::RemoteId, gateway::{InvalidWebhook, vonage}};
/// use second_factor::delivery::Outcome;
///
/// /// Whether to go on to the next channel.
/// fn is_lost(
///     hooks: &vonage::Webhooks,
///     request: &http::Request<Vec<u8>>,
///     waiting: &RemoteId,
///     now: UnixTime,
/// ) -> Result<bool, InvalidWebhook> {
///     let report = hooks.verification(request, now)?;
///     let is_its = report.filter(|report| report.id() == waiting);
///     Ok(is_its.is_some_and(|report| matches!(report.outcome(), Outcome::Undelivered(_))))
/// }
/// # let _ = is_lost;
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VerificationReport {
    id: RemoteId,
    outcome: Outcome,
}

impl VerificationReport {
    pub(super) const fn new(id: RemoteId, outcome: Outcome) -> Self {
        Self { id, outcome }
    }

    /// Which verification.
    #[must_use]
    pub const fn id(&self) -> &RemoteId {
        &self.id
    }

    /// What became of its code.
    #[must_use]
    pub const fn outcome(&self) -> Outcome {
        self.outcome
    }
}

/// What was typed, if a service could have made it.
pub(super) fn code(typed: &str) -> Result<&str, InvalidCode> {
    let is_code = (4..=10).contains(&typed.len()) && typed.bytes().all(|b| b.is_ascii_digit());
    if is_code { Ok(typed) } else { Err(InvalidCode) }
}

/// The word that a service has for `channel`, which is to reach `to`.
pub(super) fn word(
    channel: Channel,
    to: &Address,
    words: &[(Channel, &'static str)],
) -> Result<&'static str, LayoutError> {
    let is_number = to.kind() == AddressKind::Phone;
    let known = words.iter().filter(|_| is_number).find(|(known, _)| *known == channel);
    known.map(|(_, word)| *word).ok_or(LayoutError::OtherChannel)
}

/// What follows from a start that has no name: there is nothing to ask about, whatever was sent.
pub(super) fn unnamed(why: Undelivered) -> Undelivered {
    if why == Undelivered::Unknown { Undelivered::Unavailable } else { why }
}
