//! Trust in devices.

use crate::{
    UnixTime,
    policy::QUARANTINE,
    sign_in::Recognized,
    subject::{
        decision::subject::Subject,
        record::{device::Device, lifetime::Lifetime, limiter::LockState, state::State},
    },
};

/// Whether sign-in requests are locked or off; `None` if no device can answer one.
pub(crate) fn request_state(state: &State, now: UnixTime) -> Option<LockState> {
    if state.devices.iter().all(|device| device.is_expired(now)) {
        return None;
    }
    let requests = &state.sign_in_requests;
    Some(if requests.is_off { LockState::Disabled } else { requests.limiter.state(now) })
}

/// Whether a recognized device is still trusted.
pub(crate) fn is_trusted(subject: &Subject<'_>, device: &Recognized) -> bool {
    let is_it = |known: &Device| {
        *known.id == *device.device().as_bytes() && !known.is_expired(subject.now())
    };
    device.subject() == &subject.context.id
        && device.epoch() == subject.state.epoch
        && subject.state.devices.iter().any(is_it)
}

/// Whether a device may confirm what a new device must wait for.
///
/// It must have been trusted for longer than that wait: the first of two new devices must not
/// confirm for the second (FAILURES 95, 112).
pub(crate) fn is_older(subject: &Subject<'_>, device: &Recognized) -> bool {
    let is_new = !Lifetime::new(device.created_at(), QUARANTINE).is_over(subject.now());
    is_trusted(subject, device) && !is_new
}
