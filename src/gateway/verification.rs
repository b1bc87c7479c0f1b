//! Services that make and check codes themselves: what is asked of them, and what they answer.
//!
//! [`twilio::Verify`](super::twilio::Verify) and [`vonage::Verify`](super::vonage::Verify) make three
//! requests each: *start* has a code made and sent, *check* asks about what was typed, *cancel* ends
//! it. Your client sends them. The code never reaches you, and what is lost by that stands in the
//! [manual](crate::manual::delivery).
//!
//! ```
//! use second_factor::gateway::{Body, twilio, verification::{Checked, VerificationId}};
//!
//! async fn check(verify: &twilio::Verify, id: &VerificationId, typed: &str) -> Checked {
//!     match verify.check(id, typed) {
//!         Ok(request) => match send(request).await {
//!             Some(answer) => twilio::checked(&answer, id),
//!             None => Checked::Unreachable,
//!         },
//!         Err(no_code) => no_code.into(),
//!     }
//! }
//!
//! /// With the client that you have; `None` for every answer that did not come.
//! async fn send(request: http::Request<Body>) -> Option<http::Response<Vec<u8>>> {
//! #   let _ = request;
//! #   None
//! }
//! # let _ = check;
//! ```

use alloc::string::String;

use super::{InvalidSetting, setting};
use crate::{
    Address,
    address::AddressKind,
    delivery::{Outcome, Undelivered},
    message::{Channel, Unfit},
};

/// The name that a service has for one verification.
///
/// Keep it with what waits for the code. It is no secret: nothing is verified without the code.
///
/// # Input
///
/// 1 to 64 letters, digits, dots, hyphens and underscores: it goes into paths as it is.
///
/// # Example
///
/// ```
/// use second_factor::gateway::verification::VerificationId;
///
/// let id = VerificationId::new("VE0123456789abcdef0123456789abcdef")?;
/// assert_eq!(id.as_str(), "VE0123456789abcdef0123456789abcdef");
/// assert!(VerificationId::new("VE01/../../Services").is_err());
/// # Ok::<(), second_factor::gateway::InvalidSetting>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VerificationId(String);

impl VerificationId {
    /// The verification with this name, which was kept since it was started.
    ///
    /// # Errors
    ///
    /// [`InvalidSetting::Name`].
    pub fn new(text: &str) -> Result<Self, InvalidSetting> {
        Ok(Self(setting::name(text)?.into()))
    }

    /// The name.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// What a service says of what was typed.
///
/// [`Right`](Self::Right) alone lets somebody in, and is said by nothing but the service's own word for it,
/// about the verification that was asked about.
///
/// # Example
///
/// ```
/// use second_factor::gateway::{twilio, verification::{Checked, VerificationId}};
///
/// let id = VerificationId::new("VE1")?;
/// let answer = http::Response::new(r#"{"sid":"VE1","status":"approved","valid":true}"#);
/// assert_eq!(twilio::checked(&answer, &id), Checked::Right);
/// let another = http::Response::new(r#"{"sid":"VE2","status":"approved","valid":true}"#);
/// assert_eq!(twilio::checked(&another, &id), Checked::Unreachable);
/// # Ok::<(), second_factor::gateway::InvalidSetting>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[must_use]
#[non_exhaustive]
pub enum Checked {
    /// There is nothing to check any more: it ended, was cancelled or used, or was guessed at too
    /// often. Start anew.
    Gone,
    /// The service refused the application: tell the operator. For the person it is as
    /// [`Unreachable`](Self::Unreachable).
    Misconfigured,
    /// It is the code. The service takes it no second time.
    Right,
    /// Nobody can tell. The code may be spent by now.
    Unreachable,
    /// It is not the code.
    Wrong,
}

/// A text that is no code of any service, and so is wrong without asking.
///
/// # Example
///
/// ```
/// use second_factor::gateway::{Credential, vonage};
/// use second_factor::gateway::verification::{Checked, VerificationId};
/// use second_factor::Policy;
///
/// let account = vonage::Account::new("abcd1234", &Credential::new(String::from("secret"))?)?;
/// let verify = vonage::Verify::new(account, "Example", &Policy::default())?;
/// let refused = verify.check(&VerificationId::new("c11236f4")?, "123 456").unwrap_err();
/// assert_eq!(refused.to_string(), "a code has 4 to 10 digits");
/// assert_eq!(Checked::from(refused), Checked::Wrong);
/// # Ok::<(), second_factor::gateway::InvalidSetting>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a code has 4 to 10 digits")]
#[non_exhaustive]
pub struct InvalidCode;

impl From<InvalidCode> for Checked {
    fn from(_: InvalidCode) -> Self {
        Self::Wrong
    }
}

/// What became of a code that a service sent, as the service tells it later.
///
/// It lets nobody in, whatever it says: that is for [`Checked::Right`] alone.
///
/// # Example
///
/// ```
/// use second_factor::{UnixTime, gateway::{InvalidWebhook, verification::VerificationId, vonage}};
/// use second_factor::delivery::Outcome;
///
/// /// Whether to go on to the next channel.
/// fn is_lost(
///     hooks: &vonage::Webhooks,
///     request: &http::Request<Vec<u8>>,
///     waiting: &VerificationId,
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
    id: VerificationId,
    outcome: Outcome,
}

impl VerificationReport {
    pub(super) const fn new(id: VerificationId, outcome: Outcome) -> Self {
        Self { id, outcome }
    }

    /// Which verification.
    #[must_use]
    pub const fn id(&self) -> &VerificationId {
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
) -> Result<&'static str, Unfit> {
    let is_number = to.kind() == AddressKind::Phone;
    let known = words.iter().filter(|_| is_number).find(|(known, _)| *known == channel);
    known.map(|(_, word)| *word).ok_or(Unfit::OtherChannel)
}

/// What follows from a start that has no name: there is nothing to ask about, whatever was sent.
pub(super) fn unnamed(why: Undelivered) -> Undelivered {
    if why == Undelivered::Unclear { Undelivered::NotNow } else { why }
}
