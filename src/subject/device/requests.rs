//! Sign-in requests to trusted devices, and their answers.

use crate::{
    denial::{Denial, Reason},
    event::Event,
    factor::FactorKind,
    id::{Handle, HandleKind},
    message::Sender,
    purpose::Operation,
    subject::{
        decision::{
            presented_device::{known_device, trusted_device},
            subject::Subject,
            transition::Decision,
        },
        factor::{
            check_digits,
            sign_in_request::{
                self, NewRequest,
                request::{RequestAnswer, RequestedFrom, SignInRequest},
            },
        },
        manage::trust::{push, request_state},
        outgoing::Outgoing,
        record::{
            lane::Lane,
            limiter::{Counter, LockState},
            sign_in_requests::OpenRequest,
        },
    },
    typed::Typed,
};

/// Sends a request to the trusted devices, in place of an earlier one.
pub(super) fn begin(
    mut subject: Subject<'_>,
    purpose: Operation,
    from: &RequestedFrom,
    sender: &Sender,
) -> Decision<Outgoing<SignInRequest>> {
    subject.check_allowed(FactorKind::SignInRequest, purpose)?;
    subject.check_can_begin(FactorKind::SignInRequest, purpose)?;
    subject.check_client_not_blocked()?;
    let now = subject.now();
    let lane = subject.lane(purpose);
    match request_state(&subject, lane) {
        None => return subject.refuse(Reason::NotEnrolled),
        Some(LockState::Disabled) => return subject.refuse(Reason::Disabled),
        Some(state) => state.check_unlocked()?,
    }
    let client = subject.context.client.binding();
    let first_factor = subject.first_factor_for(purpose);
    let asked_by = known_device(&subject).map(|device| device.id);
    let requests = &subject.state.sign_in_requests;
    if let Some(until) = sign_in_request::precedence(requests, asked_by.as_ref(), now) {
        return Err(Denial::until(Reason::TooSoon, until));
    }
    let shown = [from.device.as_bytes(), from.location.as_bytes()];
    subject.bind("sign-in request", &[&[purpose.tag()][..], shown[0], shown[1]]);
    let new = NewRequest { purpose, client, from, asked_by, first_factor };
    let requests = &mut subject.state.sign_in_requests;
    let begun = sign_in_request::begin(requests, &new, &mut subject.moment);
    let (request, shown) = match begun {
        Ok(begun) => begun,
        Err(LockState::Locked(until)) => {
            return Ok(subject.commit(Err(Denial::until(Reason::TooSoon, until))));
        }
        Err(LockState::Disabled | LockState::Open) => {
            subject.report(Event::RequestsOff);
            return Ok(subject.commit(Err(Denial::new(Reason::Disabled))));
        }
    };
    subject.report(Event::RequestCreated);
    let policy = subject.policy();
    let others = subject.state.devices.iter().filter(|device| Some(device.id) != asked_by);
    let trusts = others.filter_map(|device| device.trust(policy, now));
    let addresses = trusts.filter_map(|trust| trust.push.as_ref());
    let mut outgoing = Outgoing::new(request);
    outgoing.messages = addresses.map(|to| push(&subject, to, &shown, sender)).collect();
    Ok(subject.commit(Ok(outgoing)))
}

/// Answers the pending request.
pub(super) fn answer(
    mut subject: Subject<'_>,
    request: &Handle,
    answer: RequestAnswer<'_>,
) -> Decision<()> {
    let typed;
    let answer = if let RequestAnswer::Approve(number) = answer {
        typed = Typed::new(number).code();
        check_digits(typed.text(), 2..=2)?;
        RequestAnswer::Approve(typed.text())
    } else {
        answer
    };
    let found = answerable(&subject);
    if !found.is_some_and(|open| request.is(HandleKind::Request, &open.shown)) {
        return subject.refuse(Reason::NotFound);
    }
    if let (RequestAnswer::NotMe, Some(open)) = (answer, found) {
        // The client must not continue to disturb the owner, as after a report of unrequested
        // codes.
        let (client, now) = (open.client, subject.now());
        subject.state.blocked_clients.block(client, now);
    }
    let Some(event) = sign_in_request::confirm(&mut subject.state.sign_in_requests, answer) else {
        // All devices that answer share one count.
        let tally = Counter::SignInRequest.in_lane(Lane::Passed);
        let denial = subject.record_failure(tally, FactorKind::SignInRequest, None);
        return Ok(subject.commit(Err(denial)));
    };
    subject.report(event);
    Ok(subject.commit(Ok(())))
}

/// Returns the request that the presented device may answer.
pub(super) fn answerable<'s>(subject: &'s Subject<'_>) -> Option<&'s OpenRequest> {
    let device = trusted_device(subject)?;
    let requests = &subject.state.sign_in_requests;
    sign_in_request::answerable(requests, device, &subject.context.client, subject.now())
}
