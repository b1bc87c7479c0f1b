//! A device to trust.

use alloc::string::String;

use super::label::shortened;
use crate::address::{Address, AddressKind};

/// A device that the user wants to trust.
///
/// # Input
///
/// The label, such as `Firefox, Lisbon`, identifies the device to the user in a list. Control
/// characters and other invisible characters are removed. The label is truncated to 64 characters.
///
/// # Example
///
/// ```
/// use second_factor::NewDevice;
///
/// let device = NewDevice::new("Firefox, Lisbon");
/// assert_eq!(format!("{device:?}"), "NewDevice(redacted)");
/// ```
#[derive(Clone)]
pub struct NewDevice {
    pub(crate) label: String,
    pub(crate) push: Option<Address>,
}

impl NewDevice {
    /// Creates a device with this label.
    #[must_use]
    pub fn new(label: &str) -> Self {
        Self { label: shortened(label), push: None }
    }

    /// Sets the [push address](Address::push) for sign-in requests.
    ///
    /// An address of another kind is ignored.
    #[must_use]
    pub fn with_push(mut self, address: &Address) -> Self {
        self.push = (address.kind() == AddressKind::Push).then(|| address.clone());
        self
    }
}

redacted!(NewDevice);
