//! The trusted device whose token a client presents.

use subtle::ConstantTimeEq as _;

use super::subject::{Context, Subject};
use crate::{
    id::RecordId,
    keys::{Keys, TextKind},
    policy::{DEVICE_GRACE, DEVICE_ROTATION},
    sign_in::DeviceToken,
    subject::record::{device::Device, device_token::TokenContent, lifetime::TOLERANCE},
    time::UnixTime,
};

/// The device that a client presents by a token.
pub(crate) enum PresentedDevice {
    /// The token no longer identifies the device, but does not indicate theft.
    ///
    /// Either its successor was returned and perhaps lost, or the store was restored from before
    /// the token. In both cases another client may have the other token, so the series ends.
    Ended { place: usize },
    /// The token is unknown or expired.
    Invalid,
    /// The client presents no token.
    Missing,
    /// The token belongs to another subject of the same browser.
    OtherSubject,
    /// The superseded token was presented again, so there are two copies of it.
    Superseded { place: usize },
    /// The device is trusted.
    Trusted { place: usize, token: TokenUse },
}

/// The change that the use of a token causes.
pub(crate) enum TokenUse {
    /// The current token was used, and nothing rotates.
    Current,
    /// The successor was used, and becomes the current token.
    FirstUse { hash: [u8; 16] },
    /// The predecessor of the current token was used, in a late request.
    Late,
    /// The current token was used, and its successor is returned.
    Successor { again: bool, hash: [u8; 16], text: DeviceToken },
}

impl PresentedDevice {
    /// Reads the token of the client, without changing anything.
    pub(crate) fn of(subject: &Subject<'_>) -> Self {
        let Context { keys, policy, record_id, device_token, now, .. } = &subject.context;
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
        let Some((place, device)) = found.filter(|(_, device)| !device.is_expired(policy, *now))
        else {
            return Self::Invalid;
        };
        Self::of_device(place, device, &named, (keys, record_id), *now)
    }

    /// Returns the result for a token of this device, with its number and hash.
    ///
    /// FAILURES 82: a token is superseded when its successor was used. Earlier requests with it may
    /// arrive slightly later, at a server whose clock differs.
    fn of_device(
        place: usize,
        device: &Device,
        named: &TokenContent<'_>,
        (keys, record): (&Keys, &RecordId),
        now: UnixTime,
    ) -> Self {
        let hash = keys.device_hash(record, named.series, named.secret);
        let secret = keys.next_device_secret(record, named.series, named.secret);
        let next_hash = keys.device_hash(record, named.series, &secret);
        let (shown, current) = (u64::from(named.rotation), u64::from(device.rotation));
        let trusted = |token| Self::Trusted { place, token };
        if shown + 1 < current {
            Self::Superseded { place }
        } else if shown < current {
            let is_late = device.current.age(now) <= DEVICE_GRACE + TOLERANCE;
            match device.current.is(&next_hash) && is_late {
                true => trusted(TokenUse::Late),
                false => Self::Superseded { place },
            }
        } else if shown > current {
            match &device.successor {
                Some(next) if shown == current + 1 && next.is(&hash) => {
                    trusted(TokenUse::FirstUse { hash })
                }
                // The store was restored from before this token.
                _ => Self::Ended { place },
            }
        } else if device.current.is(&hash) {
            let again = match &device.successor {
                None if device.current.age(now) < DEVICE_ROTATION => {
                    return trusted(TokenUse::Current);
                }
                None => false,
                Some(next) if next.age(now) < DEVICE_GRACE => true,
                Some(_) => return Self::Ended { place },
            };
            let (record, series) = (record.bytes(), named.series);
            let rotation = device.rotation.saturating_add(1);
            let next = TokenContent { record, series, rotation, secret: &secret };
            let text = next.seal(keys);
            trusted(TokenUse::Successor { again, hash: next_hash, text })
        } else {
            Self::Invalid
        }
    }
}

/// Returns the trusted device that the client presents.
pub(crate) fn trusted_device<'s>(subject: &'s Subject<'_>) -> Option<&'s Device> {
    match PresentedDevice::of(subject) {
        PresentedDevice::Trusted { place, .. } => subject.state.devices.get(place),
        _ => None,
    }
}
