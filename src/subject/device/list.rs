//! Devices as the application sees them.

use alloc::string::String;
use core::fmt;

use crate::{id::ItemId, policy::Policy, subject::record::device::Device, time::UnixTime};

/// A device at which the user succeeded before, for a list of devices.
///
/// Failures at this device are counted separately from those of other clients. A trusted device
/// also replaces the second factor.
///
/// # Example
///
/// ```
/// use second_factor::status::KnownDevice;
///
/// fn line(device: &KnownDevice) -> String {
///     format!("{} <button name=device value={}>Sign out</button>", device.label(), device.id())
/// }
/// # let _ = line;
/// ```
pub struct KnownDevice {
    pub(crate) id: ItemId,
    pub(crate) label: String,
    pub(crate) created_at: UnixTime,
    pub(crate) last_used_at: UnixTime,
    pub(crate) expires_at: UnixTime,
    pub(crate) is_current: bool,
    pub(crate) trusted_until: Option<UnixTime>,
}

impl KnownDevice {
    pub(super) fn new(device: &Device, policy: &Policy, now: UnixTime, is_current: bool) -> Self {
        let trust = device.trust(policy, now);
        let trusted_until = trust.map(|of| of.lifetime.at_most(policy.device_secs()).expires_at());
        Self {
            id: ItemId::new(*device.id),
            is_current,
            label: device.label.clone(),
            created_at: device.created_at(),
            last_used_at: device.last_used_at(),
            expires_at: device.expires_at(),
            trusted_until,
        }
    }

    /// Returns the time of the first success.
    #[must_use]
    pub const fn created_at(&self) -> UnixTime {
        self.created_at
    }

    /// Returns the time at which the device is forgotten.
    ///
    /// This is 365 days after the last success at the device.
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

    /// Returns the label of the device, which is empty until the device is trusted.
    ///
    /// Escape the label in pages, because the browser supplied it.
    #[must_use]
    pub fn label(&self) -> &str {
        &self.label
    }

    /// Returns the time of the last use of the device, to within 12 hours.
    #[must_use]
    pub const fn last_used_at(&self) -> UnixTime {
        self.last_used_at
    }

    /// Returns the time until which the device is trusted, or `None`.
    #[must_use]
    pub const fn trusted_until(&self) -> Option<UnixTime> {
        self.trusted_until
    }
}

impl fmt::Debug for KnownDevice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("KnownDevice")
            .field("id", &self.id)
            .field("created_at", &self.created_at)
            .field("expires_at", &self.expires_at)
            .field("trusted_until", &self.trusted_until)
            .finish_non_exhaustive()
    }
}
