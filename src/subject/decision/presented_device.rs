//! The device whose token a client presents.

use subtle::ConstantTimeEq as _;

use super::subject::{Context, Subject};
use crate::{
    id::RecordId,
    keys::{Generation, Keys},
    policy::{DEVICE_GRACE, DEVICE_ROTATION},
    sign_in::DeviceToken,
    subject::record::{
        device::{Device, Trust},
        device_token::TokenContent,
        lifetime::TOLERANCE,
    },
    time::UnixTime,
};

/// The device that a client presents by a token.
pub(crate) enum PresentedDevice {
    /// The token no longer identifies the device, but does not indicate theft.
    ///
    /// Either its successor was returned and perhaps lost, or the store was restored from a backup
    /// that is older than the token. In both cases another client may have the other token, so the
    /// series ends.
    Ended { place: usize },
    /// The token is unknown or expired.
    Invalid,
    /// The device is known and not trusted, or the token is from before it was trusted.
    Known,
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
    FirstUse { hash: [u8; 16], generation: Generation },
    /// The predecessor of the current token was used, in a late request.
    Late,
    /// The current token was used, and its successor is returned.
    Successor { again: bool, next: NextToken },
}

/// The successor of a token, the same each time it is derived.
pub(crate) struct NextToken {
    pub(crate) hash: [u8; 16],
    pub(crate) generation: Generation,
    pub(crate) text: DeviceToken,
}

impl PresentedDevice {
    /// Reads the token of the client, without changing anything.
    pub(crate) fn of(subject: &Subject<'_>) -> Self {
        let Context { keys, policy, record_id, device_token, now, .. } = &subject.context;
        if device_token.is_none() {
            return Self::Missing;
        }
        let Some(named) = token_content(subject) else { return Self::Invalid };
        if named.record != record_id.as_bytes() {
            return Self::OtherSubject;
        }
        let Some((place, device)) = device_of(subject, &named) else { return Self::Invalid };
        let trust = device.trust(policy, *now);
        match trust.filter(|trust| named.rotation >= trust.first_rotation) {
            Some(trust) => {
                Self::of_trusted(place, (device, trust), &named, (keys, record_id), *now)
            }
            None => Self::Known,
        }
    }

    /// Classifies a token of this trusted device, by its number and its hash.
    ///
    /// FAILURES 82: a token is superseded when its successor was used. Requests that were sent with
    /// the token before may arrive a little later, at a server whose clock differs.
    fn of_trusted(
        place: usize,
        (device, trust): (&Device, &Trust),
        named: &TokenContent<'_>,
        (keys, record): (&Keys, &RecordId),
        now: UnixTime,
    ) -> Self {
        let hash = |generation, secret: &[u8; 32]| {
            Some(keys.pepper(generation)?.device_hash(record, named.series, secret))
        };
        let next_secret =
            |generation| keys.next_device_secret(generation, record, named.series, named.secret);
        let (shown, current) = (u64::from(named.rotation), u64::from(device.rotation));
        let trusted = |token| Self::Trusted { place, token };
        if shown + 1 < current {
            Self::Superseded { place }
        } else if shown < current {
            let is_late = trust.current.age(now) <= DEVICE_GRACE + TOLERANCE;
            let generation = trust.current.generation;
            let next = next_secret(generation).and_then(|next| hash(generation, &next));
            if next.is_some_and(|next| trust.current.is(&next)) && is_late {
                trusted(TokenUse::Late)
            } else {
                Self::Superseded { place }
            }
        } else if shown > current {
            let next = trust.successor.as_ref().filter(|_| shown == current + 1);
            let generation = next.map(|next| next.generation).unwrap_or_default();
            match next.zip(hash(generation, named.secret)) {
                Some((next, hash)) if next.is(&hash) => {
                    trusted(TokenUse::FirstUse { hash, generation })
                }
                // The store was restored from before this token.
                _ => Self::Ended { place },
            }
        } else if hash(trust.current.generation, named.secret)
            .is_some_and(|hash| trust.current.is(&hash))
        {
            let (newest, _) = keys.newest_pepper();
            let (again, generation) = match &trust.successor {
                None if trust.current.age(now) < DEVICE_ROTATION => {
                    return trusted(TokenUse::Current);
                }
                None => (false, newest),
                Some(next) if next.age(now) < DEVICE_GRACE => (true, next.generation),
                Some(_) => return Self::Ended { place },
            };
            let (record, series) = (record.bytes(), named.series);
            let rotation = device.rotation.saturating_add(1);
            let next = next_secret(generation).and_then(|secret| {
                let next = TokenContent { record, series, rotation, secret: &secret };
                let text = next.seal(keys, generation)?;
                Some(NextToken { hash: hash(generation, &secret)?, generation, text })
            });
            // If the generation of the successor was dropped, it cannot be handed out again.
            next.map_or(Self::Ended { place }, |next| trusted(TokenUse::Successor { again, next }))
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

/// Returns the known device that the client presents, by any token of its series.
///
/// The device selects only a lane, which opens nothing. Only the seal, the record and the series
/// are therefore checked: an older token is accepted, nothing is written, and no theft is reported.
pub(crate) fn known_device<'s>(subject: &'s Subject<'_>) -> Option<&'s Device> {
    let named = token_content(subject)?;
    if named.record != subject.context.record_id.as_bytes() {
        return None;
    }
    device_of(subject, &named).map(|(_, device)| device)
}

fn token_content<'s>(subject: &'s Subject<'_>) -> Option<TokenContent<'s>> {
    TokenContent::read(subject.context.device_text.as_ref()?)
}

/// Returns the device of a token of this subject, unless it had no success for a year.
fn device_of<'s>(
    subject: &'s Subject<'_>,
    named: &TokenContent<'_>,
) -> Option<(usize, &'s Device)> {
    let is_it = |device: &Device| bool::from(device.series.ct_eq(named.series));
    let mut devices = subject.state.devices.iter().enumerate();
    let found = devices.find(|(_, device)| is_it(device));
    found.filter(|(_, device)| !device.is_expired(subject.context.now))
}

#[cfg(test)]
mod tests {
    use alloc::string::String;

    use super::*;
    use crate::subject::record::{device::StoredToken, lifetime::Lifetime, limiter::Limiter};

    const NOW: UnixTime = UnixTime::from_secs(1_800_000_000);

    #[test]
    fn token_with_another_secret_is_never_trusted() {
        let keys = Keys::new(core::array::from_fn(|at| at as u8));
        let (record, series) = (RecordId::new([1; 16]), [2; 16]);
        let (first, pepper) = keys.newest_pepper();
        let next = |of: &[u8; 32]| *keys.next_device_secret(first, &record, &series, of).unwrap();
        let before = [3; 32];
        let current = next(&before);
        let successor = next(&current);
        let stored = |secret: &[u8; 32]| {
            StoredToken::new(pepper.device_hash(&record, &series, secret), NOW, first)
        };
        let device = Device {
            id: [4; 16].into(),
            series: series.into(),
            label: String::new(),
            created_at: NOW.as_secs(),
            last_used_at: NOW.as_secs(),
            rotation: 5,
            limiter: Limiter::new(),
            trust: None,
        };
        let trust = Trust {
            first_rotation: 0,
            current: stored(&current),
            successor: Some(stored(&successor)),
            lifetime: Lifetime::new(NOW, 1_000),
            push: None,
        };
        for (rotation, correct) in [(4, before), (5, current), (6, successor)] {
            for secret in [before, current, successor, [9; 32]] {
                let (record_id, secret) = (&[1; 16], &secret);
                let named = TokenContent { record: record_id, series: &series, rotation, secret };
                let presented = PresentedDevice::of_trusted(
                    0,
                    (&device, &trust),
                    &named,
                    (&keys, &record),
                    NOW,
                );
                let is_trusted = matches!(presented, PresentedDevice::Trusted { .. });
                assert_eq!(is_trusted, *secret == correct, "{rotation}");
            }
        }
    }
}
