//! The trusted device whose token a client presents.

use subtle::ConstantTimeEq as _;

use super::subject::{Context, Subject};
use crate::{
    keys::TextKind,
    subject::record::{device::Device, device_token::TokenContent},
    wiped::Wiped,
};

/// The device that a client presents by a token.
pub(crate) enum PresentedDevice {
    /// The token is unknown or expired.
    Invalid,
    /// The client presents no token.
    Missing,
    /// The token belongs to another subject of the same browser.
    OtherSubject,
    /// The token was superseded, and presented again: there are two copies of it.
    Superseded { place: usize },
    /// The device is trusted.
    Trusted { place: usize, hash: [u8; 16], successor: Wiped<[u8; 32]> },
}

impl PresentedDevice {
    /// Reads the token of the client. Nothing changes.
    pub(crate) fn of(subject: &Subject<'_>) -> Self {
        let Context { keys, record_id, device_token, now, .. } = &subject.context;
        let Some(token) = device_token else { return Self::Missing };
        let opened = keys.open_text(TextKind::Device, token.expose()).ok();
        let Some(named) = opened.as_deref().and_then(|plain| TokenContent::read(plain)) else {
            return Self::Invalid;
        };
        if named.record != record_id.as_bytes() {
            return Self::OtherSubject;
        }
        let is_it = |known: &Device| bool::from(known.series.ct_eq(named.series));
        let devices = &subject.state.devices;
        let found = devices.iter().enumerate().find(|(_, known)| is_it(known));
        let Some((place, device)) = found.filter(|(_, device)| !device.is_expired(*now)) else {
            return Self::Invalid;
        };
        let hash = keys.device_hash(record_id, named.series, named.secret);
        if !bool::from(hash.ct_eq(&*device.current) | hash.ct_eq(&*device.next)) {
            return Self::Superseded { place };
        }
        let successor = keys.next_device_secret(record_id, named.series, named.secret);
        Self::Trusted { place, hash, successor }
    }
}

/// The trusted device that the client presents.
pub(crate) fn trusted_device<'s>(subject: &'s Subject<'_>) -> Option<&'s Device> {
    match PresentedDevice::of(subject) {
        PresentedDevice::Trusted { place, .. } => subject.state.devices.get(place),
        _ => None,
    }
}
