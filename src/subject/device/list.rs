//! Trusted devices as the application sees them.

use alloc::string::String;
use core::fmt;

use crate::{id::ItemId, time::UnixTime};

/// A trusted device, for a list of devices.
///
/// # Example
///
/// ```
/// use second_factor::status::TrustedDevice;
///
/// fn line(device: &TrustedDevice) -> String {
///     format!("{} <button name=device value={}>Sign out</button>", device.label(), device.id())
/// }
/// # let _ = line;
/// ```
pub struct TrustedDevice {
    pub(crate) id: ItemId,
    pub(crate) label: String,
    pub(crate) created_at: UnixTime,
    pub(crate) last_used_at: UnixTime,
    pub(crate) expires_at: UnixTime,
    pub(crate) is_current: bool,
}

impl TrustedDevice {
    /// Returns the time at which the device was first trusted.
    #[must_use]
    pub const fn created_at(&self) -> UnixTime {
        self.created_at
    }

    /// Returns the time at which the device's trust expires.
    #[must_use]
    pub const fn expires_at(&self) -> UnixTime {
        self.expires_at
    }

    /// Returns the id of the device, for forms.
    #[must_use]
    pub const fn id(&self) -> &ItemId {
        &self.id
    }

    /// Returns whether the verifier's client presents this [device](crate::Client::device).
    #[must_use]
    pub const fn is_current(&self) -> bool {
        self.is_current
    }

    /// Returns the label of the device.
    ///
    /// Escape it in HTML, because a browser supplied it.
    #[must_use]
    pub fn label(&self) -> &str {
        &self.label
    }

    /// Returns the time of the last use of the device, to within 12 hours.
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
