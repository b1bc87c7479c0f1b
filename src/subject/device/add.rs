//! Known devices from successful attempts.

use alloc::string::String;

use crate::{
    event::Event,
    policy::{DeviceLimits, MAX_DEVICES},
    purpose::Operation,
    sign_in::{DeviceToken, verified::Proven},
    subject::{
        decision::{
            presented_device::known_device,
            subject::{Context, Subject},
        },
        manage::permissions::{may_be_known, may_trust},
        record::{
            device::{Device, Rank, StoredToken, Trust},
            device_token::TokenContent,
            fields::Id,
            lifetime::Lifetime,
            limiter::Limiter,
            new_device::NewDevice,
        },
    },
};

/// Makes the client a known or trusted device.
///
/// Returns its token, unless the device is unchanged.
pub(super) fn add(subject: &mut Subject<'_>, proven: &Proven) -> Option<DeviceToken> {
    let trust = subject.context.trust.take().filter(|_| may_trust(subject, proven));
    let has_client = subject.context.client.is_known();
    if trust.is_none() && !(has_client && may_be_known(subject, proven)) {
        return None;
    }
    let now = subject.now();
    if trust.is_some() {
        subject.state.begin_quarantine_with_trusted_device(now);
    }
    let presented = known_device(subject).map(|device| device.id);
    let id = match presented {
        Some(id) => id,
        None => begin(subject, trust.is_some())?,
    };
    if proven.operation == Operation::Register {
        subject.state.registration.device = Some(id);
    }
    let secret = subject.moment.secret();
    let lifetime = Lifetime::new(now, subject.policy().device_secs());
    let Context { keys, record_id, .. } = &subject.context;
    let (generation, pepper) = keys.newest_pepper();
    let device = subject.state.device_mut(&id)?;
    device.last_used_at = now.as_secs();
    let is_trusted = trust.is_some();
    if let Some(NewDevice { label, push }) = trust {
        // The tokens before it may have been copied, and opened nothing.
        device.rotation = device.rotation.saturating_add(1);
        device.label = label;
        let hash = pepper.device_hash(record_id, &device.series, &secret);
        device.trust = Some(Trust {
            first_rotation: device.rotation,
            current: StoredToken::new(hash, now, generation),
            successor: None,
            lifetime,
            push,
        });
    } else if presented.is_some() {
        return None;
    }
    let content = TokenContent {
        record: record_id.bytes(),
        series: &device.series,
        rotation: device.rotation,
        secret: &secret,
    };
    let token = content.seal(keys, generation)?;
    if is_trusted {
        subject.report(Event::DeviceAdded);
    }
    Some(token)
}

/// Adds a device, or returns `None` if there is no room.
fn begin(subject: &mut Subject<'_>, is_trusted: bool) -> Option<Id> {
    let now = subject.now();
    subject.state.devices.retain(|device| !device.is_expired(now));
    while subject.state.devices.len() >= MAX_DEVICES {
        // The record is bounded. A trusted device gives way to a trusted one only.
        let places = subject.state.devices.iter().enumerate();
        let (place, rank, _) = places
            .map(|(place, device)| (place, device.rank(now), device.last_used_at))
            .min_by_key(|(_, rank, used)| (*rank, *used))?;
        match rank {
            Rank::Trusted if !is_trusted => return None,
            Rank::Trusted => subject.end_device(place, Event::DeviceRemoved),
            Rank::CameBack | Rank::SeenOnce => subject.remove_at(place),
        }
    }
    let shared = match subject.policy().device_limits() {
        DeviceLimits::Each => None,
        DeviceLimits::Shared => subject.state.devices.first().map(|device| device.limiter),
    };
    let (id, series): (Id, [u8; 16]) = (subject.moment.bytes().into(), subject.moment.bytes());
    subject.state.devices.push(Device {
        id,
        series: series.into(),
        label: String::new(),
        created_at: now.as_secs(),
        last_used_at: now.as_secs(),
        rotation: 0,
        limiter: shared.unwrap_or_else(Limiter::new),
        trust: None,
    });
    Some(id)
}
