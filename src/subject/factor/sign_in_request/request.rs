//! Sign-in requests as devices see them.

use alloc::string::String;
use core::fmt;

use crate::{
    code::Code, id::Handle, purpose::Operation, subject::record::label::shortened, time::UnixTime,
};

/// The origin of a sign-in request, as the answering user sees it.
///
/// # Input
///
/// Text for users, from what your application knows of the request: the browser, and a place that
/// it looked up by the network address. Control characters, and others that are not shown, are
/// removed, and each text is cut to 64 characters.
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

/// A sign-in request, as the requesting device shows it with its number.
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
    /// Returns when the request expires.
    #[must_use]
    pub const fn expires_at(&self) -> UnixTime {
        self.expires_at
    }

    /// Returns the text to store between two requests.
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

/// A sign-in request, as an answering device shows it.
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
    /// Returns the requesting device. Escape it in pages: a browser named it.
    #[must_use]
    pub fn device(&self) -> &str {
        &self.device
    }

    /// Returns when the request expires.
    #[must_use]
    pub const fn expires_at(&self) -> UnixTime {
        self.expires_at
    }

    /// Returns the handle to answer with.
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
    /// The user must type it: a tap or a choice of several is not enough
    /// (NIST SP 800-63B-4 §3.1.3). It is read as a [`Proof`](crate::Proof) reads a code: spaces and
    /// hyphens are removed.
    Approve(&'a str),
    /// Cancels the user's own request.
    Cancel,
    /// Reports that the request is not the user's: an attacker has the password.
    ///
    /// The client that requested it is blocked for a day.
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
