//! Sign-in requests.
//!
//! A new device begins a request and shows a number. The user approves the request by typing this
//! number on a trusted device.

pub(crate) mod request;

use subtle::ConstantTimeEq as _;

use self::request::{PendingRequest, RequestAnswer, RequestedFrom, SignInRequest};
use super::{Attempt, Caller};
use crate::{
    code::Code,
    denial::Reason,
    event::Event,
    first_factor::FirstFactor,
    id::{Handle, HandleKind},
    moment::Moment,
    policy::{REQUEST_LIFE, UNSUCCESSFUL_REQUESTS},
    purpose::Operation,
    subject::record::{
        client_binding::{ClientBinding, PresentedClient},
        device::Device,
        fields::Id,
        lane::Lane,
        lifetime::Lifetime,
        limiter::LockState,
        sign_in_requests::{DeviceRequest, OpenRequest, SignInRequests, StoredAnswer},
    },
    time::{HOUR, UnixTime},
};

/// The purpose and the origin of a new request.
pub(crate) struct NewRequest<'a> {
    pub(crate) purpose: Operation,
    pub(crate) client: ClientBinding,
    pub(crate) from: &'a RequestedFrom,
    /// The known device on which the request begins.
    pub(crate) asked_by: Option<Id>,
    /// The first factor, for a purpose that depends on one.
    pub(crate) first_factor: Option<FirstFactor>,
}

/// Begins a request, which replaces an earlier one.
///
/// Also returns the id for the devices that answer. Returns an error if too many earlier requests
/// from this caller's lane had no success (FAILURES 102).
pub(crate) fn begin(
    requests: &mut SignInRequests,
    new: &NewRequest<'_>,
    moment: &mut Moment,
) -> Result<(SignInRequest, [u8; 16]), LockState> {
    let now = moment.now();
    let replaced = requests.open.as_ref().map(|open| u64::from(open.number));
    end_unsuccessful(requests, now);
    match refusals(requests, new.asked_by.as_ref(), now) {
        LockState::Open => {}
        refused => return Err(refused),
    }
    let (id, shown) = (moment.bytes(), moment.bytes());
    let number = next_number(replaced, moment);
    requests.open = Some(OpenRequest {
        id: id.into(),
        shown: shown.into(),
        number: u8::try_from(number).unwrap_or_default(),
        purpose: new.purpose,
        client: new.client,
        device: new.from.device.clone(),
        location: new.from.location.clone(),
        lifetime: Lifetime::new(now, REQUEST_LIFE),
        answer: StoredAnswer::Waiting,
        first_factor: new.first_factor.clone(),
        asked_by: new.asked_by,
    });
    let request = SignInRequest {
        handle: Handle::new(HandleKind::Request, id),
        number: Code::decimal(number, 2),
        expires_at: now.plus(u64::from(REQUEST_LIFE)),
    };
    Ok((request, shown))
}

/// Returns the pending request if `device` may answer it.
///
/// The device must have been trusted before the request began, and must not be the requesting
/// device.
pub(crate) fn answerable<'r>(
    requests: &'r SignInRequests,
    device: &Device,
    client: &PresentedClient,
    now: UnixTime,
) -> Option<&'r OpenRequest> {
    let open = requests.open.as_ref()?;
    let waits = open.answer == StoredAnswer::Waiting && !open.lifetime.is_over(now);
    // FAILURES 104: the requesting device must not answer its own request.
    let trust = device.trust.as_ref();
    let is_older = trust.is_some_and(|trust| trust.began_at() < open.lifetime.start());
    let is_other = open.asked_by != Some(device.id) && !open.client.is_same_known_client(client);
    (waits && is_older && is_other).then_some(open)
}

/// Returns the request in the form that an answering device shows.
pub(crate) fn pending(open: &OpenRequest) -> PendingRequest {
    PendingRequest {
        handle: Handle::new(HandleKind::Request, *open.shown),
        device: open.device.clone(),
        location: open.location.clone(),
        purpose: open.purpose,
        expires_at: open.lifetime.expires_at(),
    }
}

/// Stores the answer of a trusted device, or returns `None` if the typed number is incorrect.
///
/// An incorrect number ends the request, so an attacker has one guess (STD N-01, FAILURES 103).
pub(crate) fn confirm(requests: &mut SignInRequests, answer: RequestAnswer<'_>) -> Option<Event> {
    let open = requests.open.as_mut()?;
    let (stored, event) = match answer {
        RequestAnswer::Approve(typed) => {
            let number = Code::decimal(u64::from(open.number), 2);
            if !bool::from(number.expose().as_bytes().ct_eq(typed.as_bytes())) {
                requests.open = None;
                return None;
            }
            (StoredAnswer::Approved, Event::RequestApproved)
        }
        RequestAnswer::Cancel => (StoredAnswer::Cancelled, Event::RequestCancelled),
        RequestAnswer::NotMe => {
            (StoredAnswer::ReportedUnrequested, Event::RequestReportedUnrequested)
        }
    };
    open.answer = stored;
    Some(event)
}

/// Checks whether the request was approved.
pub(crate) fn check(requests: &mut SignInRequests, request: &Handle, caller: &Caller) -> Attempt {
    let open = requests.open.as_ref();
    let found = open.filter(|open| request.is(HandleKind::Request, &open.id));
    let Some(open) = found else {
        return Attempt::Refused(Reason::NotFound);
    };
    if let Some(reason) = caller.refusal(open.purpose, &open.client, &open.lifetime) {
        return Attempt::Refused(reason);
    }
    match open.answer {
        StoredAnswer::Approved => {
            // STD N-09: the write that records the success consumes the request.
            requests.open = None;
            Attempt::Correct
        }
        StoredAnswer::Cancelled => Attempt::Refused(Reason::Cancelled),
        StoredAnswer::ReportedUnrequested => Attempt::Refused(Reason::ReportedByOwner),
        StoredAnswer::Waiting => Attempt::Refused(Reason::Pending),
    }
}

/// Returns whether earlier requests without success disable or lock further ones.
///
/// After a first factor alone, requests are disabled. At a known device, they are only locked until
/// the hour is over. A caller who has only a first factor must not disable requests there (law 12).
pub(crate) fn refusals(requests: &SignInRequests, device: Option<&Id>, now: UnixTime) -> LockState {
    let Some(device) = device else {
        return if requests.is_off { LockState::Disabled } else { LockState::Open };
    };
    let all = requests.by_devices.iter().flatten().filter(|request| request.device == *device);
    let recent = all.filter(|request| is_recent(request.at, now));
    match recent.clone().map(|request| request.at).min() {
        Some(first) if recent.count() >= UNSUCCESSFUL_REQUESTS => {
            LockState::Locked(UnixTime::from_secs(first).plus(u64::from(HOUR)))
        }
        _ => LockState::Open,
    }
}

/// Returns the time at which the pending request of a known device ends, for a caller without a
/// known device.
///
/// A caller who has only a first factor must not replace this request.
pub(crate) fn precedence(
    requests: &SignInRequests,
    device: Option<&Id>,
    now: UnixTime,
) -> Option<UnixTime> {
    let open = requests.open.as_ref().filter(|open| {
        let waits = matches!(open.answer, StoredAnswer::Approved | StoredAnswer::Waiting);
        waits && open.asked_by.is_some() && !open.lifetime.is_over(now)
    });
    open.filter(|_| device.is_none()).map(|open| open.lifetime.expires_at())
}

/// Enables requests again, after the user has entered a code in `lane`.
pub(crate) fn turn_on(requests: &mut SignInRequests, lane: Lane) {
    if let (Lane::Known(device), Some(by_devices)) = (lane, &mut requests.by_devices) {
        by_devices.retain(|request| request.device != device);
    }
    requests.is_off = false;
    requests.unsuccessful.clear();
}

/// Ends the pending request. The counts are retained.
pub(crate) fn remove(requests: &mut SignInRequests) {
    requests.open = None;
}

/// Generates a number that differs from that of the replaced request.
///
/// A user who types the number of the earlier request must not approve the later one.
fn next_number(replaced: Option<u64>, moment: &mut Moment) -> u64 {
    let Some(replaced) = replaced else { return moment.below(NUMBERS) };
    let number = moment.below(NUMBERS - 1);
    if number < replaced { number } else { number + 1 }
}

/// Ends the pending request, and disables requests after too many without success.
fn end_unsuccessful(requests: &mut SignInRequests, now: UnixTime) {
    // STD N-13, A-19: reported and cancelled requests count too, because they disturb the user as
    // much. Incorrect numbers are counted by the limiter.
    let has_no_success = |open: &OpenRequest| open.answer != StoredAnswer::Approved;
    if let Some(open) = requests.open.take().filter(has_no_success) {
        let at = open.lifetime.start().as_secs();
        match open.asked_by {
            Some(device) => {
                requests.by_devices.get_or_insert_default().push(DeviceRequest { device, at });
            }
            None => requests.unsuccessful.push(at),
        }
    }
    requests.unsuccessful.retain(|at| is_recent(*at, now));
    if let Some(by_devices) = &mut requests.by_devices {
        by_devices.retain(|request| is_recent(request.at, now));
    }
    requests.is_off = requests.unsuccessful.len() >= UNSUCCESSFUL_REQUESTS;
}

fn is_recent(at: u64, now: UnixTime) -> bool {
    now.since(UnixTime::from_secs(at)) < u64::from(HOUR)
}

/// The number of two-digit numbers.
const NUMBERS: u64 = 100;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn number_is_every_one_but_that_of_the_replaced_request() {
        let mut moment = Moment::new(UnixTime::from_secs(0), [1; 32]);
        for replaced in [None, Some(0), Some(1), Some(50), Some(98), Some(99)] {
            let mut seen = [false; 100];
            // A particular number of 99 is missed with a probability of 1 in 10^17.
            for _ in 0..4000 {
                let number = next_number(replaced, &mut moment);
                seen[usize::try_from(number).unwrap()] = true;
            }
            for (number, is_seen) in (0..).zip(seen) {
                assert_eq!(is_seen, Some(number) != replaced, "{replaced:?} {number}");
            }
        }
    }
}
