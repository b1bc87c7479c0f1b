//! Trust in devices, and their answers to sign-in requests.

use crate::{
    address::Address,
    channel::Channel,
    id::{Handle, HandleKind},
    message::{Inside, Message, Sender},
    policy::{QUARANTINE, REQUEST_LIFE},
    subject::{
        decision::{
            presented_device::{known_device, trusted_device},
            subject::Subject,
        },
        factor::sign_in_request,
        record::{
            device::{Device, Trust},
            lane::Lane,
            lifetime::Lifetime,
            limiter::{Counter, LockState},
        },
    },
};

/// Returns whether requests are locked or disabled in this lane, or `None` without a device to
/// answer.
///
/// The requesting device cannot answer its own request. A caller who has proven nothing must not
/// disturb the user.
pub(crate) fn request_state(subject: &Subject<'_>, lane: Lane) -> Option<LockState> {
    let (state, policy, now) = (&subject.state, subject.policy(), subject.now());
    let asks = known_device(subject).map(|device| device.id);
    if lane == Lane::Anonymous {
        return None;
    }
    let can_answer =
        |device: &Device| device.trust(policy, now).is_some() && Some(device.id) != asks;
    if !state.devices.iter().any(can_answer) {
        return None;
    }
    let refusals = sign_in_request::refusals(&state.sign_in_requests, asks.as_ref(), now);
    let limiter = state.limiter(Counter::SignInRequest.in_lane(lane))?;
    Some(match (refusals, limiter.state(now)) {
        (LockState::Locked(one), LockState::Locked(other)) => LockState::Locked(one.max(other)),
        (LockState::Open, state) => state,
        (refusals, _) => refusals,
    })
}

/// Returns whether the presented device may permit a change that a new device has quarantined.
///
/// The device must have been trusted for longer than the quarantine. Otherwise, the first of two
/// new devices could confirm for the second (FAILURES 95, 112).
pub(crate) fn presents_older_device(subject: &Subject<'_>) -> bool {
    let is_old = |trust: &Trust| Lifetime::new(trust.began_at(), QUARANTINE).is_over(subject.now());
    trusted_device(subject).and_then(|device| device.trust.as_ref()).is_some_and(is_old)
}

/// Returns the push message of a sign-in request, which contains only an opaque id.
pub(crate) fn push(
    subject: &Subject<'_>,
    to: &Address,
    shown: &[u8; 16],
    sender: &Sender,
) -> Message {
    let (keys, record) = (subject.context.keys, &subject.context.record_id);
    Message {
        address: to.clone(),
        channel: Channel::Push,
        inside: Inside::Request {
            shown: Handle::new(HandleKind::Request, *shown),
            sent: subject.now(),
            expires: subject.now().plus(u64::from(REQUEST_LIFE)),
        },
        reference: keys.notice_reference(record, shown, to.expose()),
        sender: sender.clone(),
    }
}
