//! The public types of sign-in requests.

use alloc::string::String;
use core::fmt;

use crate::{
    code::Code, id::Handle, purpose::Operation, subject::record::label::shortened, time::UnixTime,
};

/// The origin of a sign-in request, as shown to the user who answers.
///
/// # Input
///
/// Pass what your application knows about the request: the browser, and the location of its network
/// address. Control characters and other invisible characters are removed. Each string is truncated
/// to 64 characters.
///
/// # Example
///
/// ```
/// use second_factor::proof::RequestedFrom;
///
/// let from = RequestedFrom::new("Firefox on Linux", "Lisbon, Portugal");
/// assert_eq!(format!("{from:?}"), "RequestedFrom(redacted)");
/// ```
#[derive(Clone)]
pub struct RequestedFrom {
    pub(crate) device: String,
    pub(crate) location: String,
}

impl RequestedFrom {
    /// Creates the origin of a request from a device and a location.
    #[must_use]
    pub fn new(device: &str, location: &str) -> Self {
        Self { device: shortened(device), location: shortened(location) }
    }
}

redacted!(RequestedFrom);

/// A sign-in request, for display on the requesting device.
///
/// # Example
///
/// ```
/// use second_factor::proof::SignInRequest;
///
/// fn page(request: &SignInRequest) -> String {
///     format!("On your other device, type {}", request.number().expose())
/// }
/// # let _ = page;
/// ```
pub struct SignInRequest {
    pub(crate) handle: Handle,
    pub(crate) number: Code,
    pub(crate) expires_at: UnixTime,
}

impl SignInRequest {
    /// Returns the time at which the request expires.
    #[must_use]
    pub const fn expires_at(&self) -> UnixTime {
        self.expires_at
    }

    /// Returns the handle, which your application stores between its polls.
    #[must_use]
    pub const fn handle(&self) -> &Handle {
        &self.handle
    }

    /// Returns the two digits to show, on the requesting device only.
    #[must_use]
    pub const fn number(&self) -> &Code {
        &self.number
    }
}

impl From<&SignInRequest> for Handle {
    fn from(value: &SignInRequest) -> Self {
        value.handle
    }
}

impl fmt::Debug for SignInRequest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SignInRequest")
            .field("expires_at", &self.expires_at)
            .finish_non_exhaustive()
    }
}

/// A sign-in request, for display on the trusted device that answers it.
///
/// # Example
///
/// ```
/// use second_factor::proof::PendingRequest;
///
/// fn page(pending: &PendingRequest) -> String {
///     let (device, location) = (pending.device(), pending.location());
///     format!("Sign-in from {device}, {location}. Type the number it shows.")
/// }
/// # let _ = page;
/// ```
pub struct PendingRequest {
    pub(crate) handle: Handle,
    pub(crate) device: String,
    pub(crate) location: String,
    pub(crate) purpose: Operation,
    pub(crate) expires_at: UnixTime,
}

impl PendingRequest {
    /// Returns the name of the requesting device.
    ///
    /// Escape it in HTML, because a browser supplied it.
    #[must_use]
    pub fn device(&self) -> &str {
        &self.device
    }

    /// Returns the time at which the request expires.
    #[must_use]
    pub const fn expires_at(&self) -> UnixTime {
        self.expires_at
    }

    /// Returns the handle that identifies the request in the answer.
    #[must_use]
    pub const fn handle(&self) -> &Handle {
        &self.handle
    }

    /// Returns the location of the requesting device.
    #[must_use]
    pub fn location(&self) -> &str {
        &self.location
    }

    /// Returns the purpose of the request.
    #[must_use]
    pub const fn purpose(&self) -> Operation {
        self.purpose
    }
}

impl From<&PendingRequest> for Handle {
    fn from(value: &PendingRequest) -> Self {
        value.handle
    }
}

impl fmt::Debug for PendingRequest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PendingRequest")
            .field("purpose", &self.purpose)
            .field("expires_at", &self.expires_at)
            .finish_non_exhaustive()
    }
}

/// The user's answer to a sign-in request.
///
/// # Example
///
/// ```
/// use second_factor::proof::RequestAnswer;
///
/// assert_eq!(format!("{:?}", RequestAnswer::Approve("07")), "RequestAnswer(approve)");
/// ```
#[derive(Clone, Copy)]
#[expect(clippy::exhaustive_enums, reason = "there are three buttons")]
pub enum RequestAnswer<'a> {
    /// Approves the request with the number that the other device shows.
    ///
    /// The user must type the number: a tap, or a choice from several numbers, is not sufficient
    /// (NIST SP 800-63B-4 §3.1.3). Spaces and hyphens are removed, as for the codes of a
    /// [`Proof`](crate::Proof).
    Approve(&'a str),
    /// Cancels a request that the user made.
    Cancel,
    /// Reports a request that the user did not make.
    ///
    /// The requester knows the password. The requesting client is blocked for a day.
    NotMe,
}

impl fmt::Debug for RequestAnswer<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Approve(_) => "RequestAnswer(approve)",
            Self::Cancel => "RequestAnswer(cancel)",
            Self::NotMe => "RequestAnswer(not me)",
        })
    }
}
