//! Trusted devices as a host sees them. Decides nothing.

use alloc::string::String;
use core::fmt;

use super::short;
#[cfg(doc)]
use crate::verdict::Recognized;
use crate::{Address, UnixTime, address::AddressKind, id::ItemId, secret::SecretText};

/// A device that a person wants to trust.
///
/// # Input
///
/// The label is what the person will know it by in the list, such as `Firefox, Lisbon`: control
/// characters, line expires_at and marks of direction are left out, and it is cut to 64 characters.
///
/// # Example
///
/// ```
/// use second_factor::subject::NewDevice;
///
/// let device = NewDevice::new("Firefox, Lisbon");
/// assert_eq!(format!("{device:?}"), "NewDevice(redacted)");
/// ```
#[derive(Clone)]
pub struct NewDevice {
    pub(super) label: String,
    pub(super) push: Option<Address>,
}

impl NewDevice {
    /// A device with this label.
    #[must_use]
    pub fn new(label: &str) -> Self {
        Self { label: short(label), push: None }
    }

    /// The same, with the [mark](Address::push) by which sign-in requests are pushed to it. Any other
    /// address is left out.
    #[must_use]
    pub fn with_push(mut self, mark: &Address) -> Self {
        self.push = (mark.kind() == AddressKind::Push).then(|| mark.clone());
        self
    }
}

impl fmt::Debug for NewDevice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("NewDevice(redacted)")
    }
}

/// One line of the list of devices.
///
/// # Example
///
/// ```
/// use second_factor::subject::TrustedDevice;
///
/// fn line(device: &TrustedDevice) -> String {
///     format!("{} <button name=device value={}>Sign out</button>", device.label(), device.id())
/// }
/// # let _ = line;
/// ```
pub struct TrustedDevice {
    pub(super) id: ItemId,
    pub(super) label: String,
    pub(super) created_at: UnixTime,
    pub(super) last_used_at: UnixTime,
    pub(super) expires_at: UnixTime,
}

impl TrustedDevice {
    /// When it is trusted no longer.
    #[must_use]
    pub const fn expires_at(&self) -> UnixTime {
        self.expires_at
    }

    /// Its public name, for the form behind a button.
    #[must_use]
    pub const fn id(&self) -> &ItemId {
        &self.id
    }

    /// What the person knows it by. Escape it: a browser said it.
    #[must_use]
    pub fn label(&self) -> &str {
        &self.label
    }

    /// Since when it is trusted.
    #[must_use]
    pub const fn created_at(&self) -> UnixTime {
        self.created_at
    }

    /// When it was last seen, to the hour.
    #[must_use]
    pub const fn last_used_at(&self) -> UnixTime {
        self.last_used_at
    }
}

impl fmt::Debug for TrustedDevice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TrustedDevice")
            .field("id", &self.id)
            .field("created_at", &self.created_at)
            .field("expires_at", &self.expires_at)
            .finish_non_exhaustive()
    }
}

/// The token of a trusted device: keep it in a cookie of that browser, or in the app.
///
/// It changes at use: put the one that [`Recognized::token`] gives in its place, always.
///
/// # Security
///
/// `HttpOnly`, `Secure`, `SameSite=Lax` or stricter. It is sealed; whoever sees it can use it once,
/// and is found out at the next use of the real device.
///
/// # Example
///
/// ```
/// use second_factor::subject::DeviceToken;
///
/// let from_the_cookie = DeviceToken::from_text("anything at all");
/// assert_eq!(format!("{from_the_cookie:?}"), "DeviceToken(redacted)");
/// ```
pub struct DeviceToken(pub(super) SecretText);

impl DeviceToken {
    /// A token whose text was kept. Whether it is one shows when it is used.
    #[must_use]
    pub fn from_text(text: &str) -> Self {
        Self(SecretText::new(String::from(text)))
    }

    /// The text to keep.
    #[must_use]
    pub fn expose(&self) -> &str {
        self.0.expose()
    }
}

impl fmt::Debug for DeviceToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("DeviceToken(redacted)")
    }
}
