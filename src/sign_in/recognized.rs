//! Recognized devices.

use alloc::string::String;
use core::fmt;

use super::DeviceToken;
use crate::{
    first_factor::FirstFactor,
    id::{ItemId, SubjectId},
    time::UnixTime,
};

/// A trusted device that was recognized by its token.
///
/// After a first factor, your application may accept it in place of a second factor. It is weaker
/// than [`Verified`](crate::Verified): it permits no changes, does not extend the trust, and cannot
/// become an [`Authority`](crate::enrollment::Authority) (NIST SP 800-63B-4 §5.1). Only this crate
/// creates it. Its [successor](Self::successor), if any, replaces the presented token.
///
/// # Example
///
/// ```
/// use second_factor::sign_in::Recognized;
///
/// fn open_session(device: &Recognized) -> (String, Option<String>) {
///     let cookie = device.successor();
///     let cookie = cookie.map(|token| format!("device={}; HttpOnly; Secure", token.expose()));
///     (device.subject().to_string(), cookie)
/// }
/// # let _ = open_session;
/// ```
#[doc(alias = "remember me")]
#[doc(alias = "trusted browser")]
#[must_use = "its successor must be stored, or the device is no longer recognized"]
pub struct Recognized {
    pub(crate) subject: SubjectId,
    pub(crate) device: ItemId,
    pub(crate) label: String,
    pub(crate) created_at: UnixTime,
    pub(crate) recognized_at: UnixTime,
    pub(crate) epoch: u64,
    pub(crate) successor: Option<DeviceToken>,
    pub(crate) first_factor: FirstFactor,
}

impl Recognized {
    /// Returns the time at which the device was recognized.
    #[must_use]
    pub const fn recognized_at(&self) -> UnixTime {
        self.recognized_at
    }

    /// Returns the id of the device, for forms.
    ///
    /// [`revoke`](crate::Verifier::revoke) accepts it.
    #[must_use]
    pub const fn device(&self) -> &ItemId {
        &self.device
    }

    /// Returns the label by which the user knows the device.
    ///
    /// Escape the label in HTML.
    #[must_use]
    pub fn label(&self) -> &str {
        &self.label
    }

    /// Returns the time at which the device was first trusted.
    #[must_use]
    pub const fn created_at(&self) -> UnixTime {
        self.created_at
    }

    /// Returns the subject that trusts the device.
    #[must_use]
    pub const fn subject(&self) -> &SubjectId {
        &self.subject
    }

    /// Returns the token to store in place of the presented one, or `None`.
    ///
    /// It is `None` if the presented token does not rotate. Do not set the cookie again in this
    /// case, because a late response would replace a newer token.
    #[must_use]
    pub const fn successor(&self) -> Option<&DeviceToken> {
        self.successor.as_ref()
    }

    /// Returns the first factor of the sign-in.
    #[must_use]
    pub const fn first_factor(&self) -> &FirstFactor {
        &self.first_factor
    }

    /// Returns the epoch of the subject, to store in the session.
    #[must_use]
    pub const fn epoch(&self) -> u64 {
        self.epoch
    }
}

impl fmt::Debug for Recognized {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Recognized")
            .field("device", &self.device)
            .field("created_at", &self.created_at)
            .field("recognized_at", &self.recognized_at)
            .finish_non_exhaustive()
    }
}
