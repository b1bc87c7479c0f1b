//! Sign-in requests: begun on a new device, answered on a trusted one by typing a number.

mod values;

use alloc::{string::String, vec::Vec};

use minicbor::{CborLen, Decode, Encode, bytes::ByteArray};
use subtle::ConstantTimeEq as _;

pub use self::values::{
    PendingRequest, RequestAnswer, RequestedFrom, RequestedSignIn, SignInRequest,
};
use super::{
    Checked, Decision, Subject,
    app::is_code,
    fields::{Id, agreement, purpose},
    limiter::{Gate, Limiter},
    span::{Span, is_in_future},
};
use crate::{
    Address, FactorKind, Handle, Keys, Message, Purpose, UnixTime,
    code::Code,
    event::Event,
    id::{HandleKind, RecordId},
    message::{Channel, Inside, Sender},
    policy::{REQUEST_LIFE, UNANSWERED_REQUESTS},
    purpose::Agreement,
    time::HOUR,
    verdict::{Denial, Reason, Recognized},
};

/// What is kept of sign-in requests.
#[derive(Encode, Decode, CborLen)]
#[cbor(map)]
pub(super) struct SignInRequests {
    /// Wrong numbers. They wait and never disable: nothing could be enrolled again.
    #[n(0)]
    limiter: Limiter,
    #[n(1)]
    open: Option<OpenRequest>,
    /// When requests came that nobody answered, or that were not the owner's, within the last hour.
    #[n(2)]
    unanswered: Vec<u64>,
    /// Too many of them: off until a code is used (FAILURES 102).
    #[n(3)]
    is_off: bool,
}

#[derive(Encode, Decode, CborLen)]
#[cbor(map)]
struct OpenRequest {
    /// By what the device that asks knows it.
    #[n(0)]
    id: Id,
    /// By what a device that answers knows it: another name, since it travels through a push service.
    #[n(1)]
    shown: Id,
    #[n(2)]
    number: u8,
    #[cbor(n(3), with = "purpose")]
    purpose: Purpose,
    #[cbor(n(4), with = "agreement")]
    agreement: Option<Agreement>,
    #[n(5)]
    client: Option<ByteArray<32>>,
    #[n(6)]
    device: String,
    #[n(7)]
    place: String,
    #[n(8)]
    life: Span,
    #[n(9)]
    answer: Answered,
}

#[derive(Clone, Copy, PartialEq, Eq, Encode, Decode, CborLen)]
enum Answered {
    #[n(0)]
    Approved,
    #[n(1)]
    Cancelled,
    #[n(2)]
    ReportedUnrequested,
    #[n(3)]
    Waiting,
}

impl SignInRequests {
    pub(super) const fn new() -> Self {
        Self { limiter: Limiter::new(), open: None, unanswered: Vec::new(), is_off: false }
    }

    /// Ends what is open; the counts stay.
    pub(super) fn cancel(&mut self) {
        self.open = None;
    }

    /// A code was used: whoever uses codes is there to answer.
    pub(super) fn turn_on(&mut self) {
        self.is_off = false;
        self.unanswered.clear();
    }

    pub(super) fn is_in_future(&self, now: UnixTime) -> bool {
        let ahead = |at: &u64| is_in_future(UnixTime::from_secs(*at), now);
        self.limiter.is_in_future(now)
            || self.open.as_ref().is_some_and(|open| open.life.is_in_future(now))
            || self.unanswered.iter().any(ahead)
    }

    pub(super) fn repair(&mut self, now: UnixTime) {
        self.limiter.repair(now);
        self.open.take_if(|open| open.life.is_in_future(now));
        for at in &mut self.unanswered {
            if is_in_future(UnixTime::from_secs(*at), now) {
                *at = now.as_secs();
            }
        }
    }

    /// Where requests are on, puts the one that was open aside; says whether they are off from now on.
    fn put_aside(&mut self, now: UnixTime) -> bool {
        // STD N-13, A-19: whoever says "not me" each time is pestered as well as who says nothing.
        let is_nobodys = |open: &OpenRequest| {
            matches!(open.answer, Answered::ReportedUnrequested | Answered::Waiting)
        };
        if let Some(open) = self.open.take().filter(is_nobodys) {
            self.unanswered.push(open.life.began().as_secs());
        }
        self.unanswered.retain(|at| now.since(UnixTime::from_secs(*at)) < u64::from(HOUR));
        self.is_off = self.unanswered.len() >= UNANSWERED_REQUESTS;
        self.is_off
    }
}

impl Subject<'_> {
    /// Puts a sign-in request to the devices that are trusted, in place of any before.
    ///
    /// # Errors
    ///
    /// A [`Denial`] that needs no write: the policy does not allow it, or wrong numbers were typed too
    /// often. That nobody could answer, or that too many requests went unanswered, comes out of the
    /// transition.
    pub fn request_sign_in(
        mut self,
        (purpose, agreement): (Purpose, Option<&Agreement>),
        from: &RequestedFrom,
        sender: &Sender,
    ) -> Decision<RequestedSignIn> {
        let now = self.now();
        let is_whole = match agreement {
            Some(agreement) => agreement.purpose() == purpose,
            // FAILURES 105: who agrees must see to what.
            None => !matches!(purpose, Purpose::Transaction(_)),
        };
        if !is_whole || !self.policy.factor_set(purpose).contains(FactorKind::SignInRequest) {
            return Err(Denial::new(Reason::NotAllowed));
        }
        match self.requests_gate() {
            None => return self.refuse(Reason::NotEnrolled),
            Some(Gate::Disabled) => return self.refuse(Reason::Disabled),
            Some(Gate::Locked(until)) => return Err(Denial::until(Reason::Locked, until)),
            Some(Gate::Open) => {}
        }
        if self.state.sign_in_requests.put_aside(now) {
            self.events.push(Event::RequestsOff);
            return Ok(self.commit(Err(Denial::new(Reason::Disabled))));
        }
        let (id, shown) = (self.moment.bytes(), self.moment.bytes());
        let number = self.moment.below(NUMBERS);
        self.state.sign_in_requests.open = Some(OpenRequest {
            id: Id::from(id),
            shown: Id::from(shown),
            number: u8::try_from(number).unwrap_or_default(),
            purpose,
            agreement: agreement.cloned(),
            client: self.client.map(Into::into),
            device: from.device.clone(),
            place: from.place.clone(),
            life: Span::new(now, REQUEST_LIFE),
            answer: Answered::Waiting,
        });
        self.events.push(Event::RequestCreated);
        let live = self.state.devices.iter().filter(|device| !device.life.is_over(now));
        let marks = live.filter_map(|device| device.push());
        let push =
            Push { keys: self.keys, record: &self.record_id, shown: &shown, sent: now, sender };
        let messages = marks.map(|mark| push.to(mark)).collect();
        let request = SignInRequest {
            handle: Handle::new(HandleKind::Request, id),
            number: Code::decimal(number, 2),
            expires_at: now.plus(u64::from(REQUEST_LIFE)),
        };
        Ok(self.commit(Ok(RequestedSignIn { request, messages })))
    }

    /// The request that waits for an answer, for a device that was trusted before it came.
    #[must_use]
    pub fn pending_request(&self, device: &Recognized) -> Option<PendingRequest> {
        let open = self.answerable(device)?;
        Some(PendingRequest {
            handle: Handle::new(HandleKind::Request, *open.shown),
            device: open.device.clone(),
            place: open.place.clone(),
            purpose: open.purpose,
            agreement: open.agreement.clone(),
            expires_at: open.life.ends(),
        })
    }

    /// Answers the request that waits.
    ///
    /// # Errors
    ///
    /// A [`Denial`] that needs no write: what was typed is no number of two digits. Every other refusal
    /// comes out of the transition.
    pub fn answer_request(
        mut self,
        device: &Recognized,
        request: &Handle,
        answer: RequestAnswer<'_>,
    ) -> Decision<()> {
        if matches!(answer, RequestAnswer::Approve(typed) if !is_code(typed, 2..=2)) {
            return Err(Denial::new(Reason::Malformed));
        }
        let found = self.answerable(device);
        let found = found.filter(|open| request.is(HandleKind::Request, &open.shown));
        let Some(number) = found.map(|open| open.number) else {
            return self.refuse(Reason::NotFound);
        };
        let (now, limits) = (self.now(), self.policy.failures_without_end());
        let answered = match answer {
            RequestAnswer::Approve(typed) => {
                // STD N-01, FAILURES 103: a number that was guessed or taken from elsewhere ends the request.
                let shown = Code::decimal(u64::from(number), 2);
                if !bool::from(shown.expose().as_bytes().ct_eq(typed.as_bytes())) {
                    self.state.sign_in_requests.open = None;
                    self.state.sign_in_requests.limiter.fail(&limits, now);
                    self.events.push(Event::IncorrectProof(FactorKind::SignInRequest));
                    return Ok(self.commit(Err(Denial::new(Reason::Incorrect))));
                }
                self.events.push(Event::RequestApproved);
                Answered::Approved
            }
            RequestAnswer::Cancel => {
                self.events.push(Event::RequestCancelled);
                Answered::Cancelled
            }
            RequestAnswer::NotMe => {
                self.events.push(Event::RequestReportedUnrequested);
                Answered::ReportedUnrequested
            }
        };
        if let Some(open) = &mut self.state.sign_in_requests.open {
            open.answer = answered;
        }
        Ok(self.commit(Ok(())))
    }

    pub(super) fn verify_request(
        mut self,
        purpose: Purpose,
        request: &Handle,
    ) -> Decision<Checked> {
        if !self.policy.factor_set(purpose).contains(FactorKind::SignInRequest) {
            return Err(Denial::new(Reason::NotAllowed));
        }
        let open = self.state.sign_in_requests.open.as_ref();
        let Some(open) = open.filter(|open| request.is(HandleKind::Request, &open.id)) else {
            return self.refuse(Reason::NotFound);
        };
        let is_for = match (&open.client, &self.client) {
            (None, None) => true,
            (Some(bound), Some(client)) => bool::from(bound.ct_eq(client)),
            (None, Some(_)) | (Some(_), None) => false,
        };
        let reason = match open.answer {
            _ if open.purpose != purpose => Reason::OtherPurpose,
            _ if !is_for => Reason::OtherClient,
            _ if open.life.is_over(self.now()) => Reason::Expired,
            Answered::Waiting => Reason::Pending,
            Answered::Cancelled => Reason::Cancelled,
            Answered::ReportedUnrequested => Reason::ReportedByOwner,
            Answered::Approved => {
                // STD N-09: the write that records the success consumes the request.
                self.state.sign_in_requests.open = None;
                let failures = self.state.sign_in_requests.limiter.failures();
                self.state.sign_in_requests.limiter.clear();
                return self.accept(FactorKind::SignInRequest, purpose, failures);
            }
        };
        self.refuse(reason)
    }

    /// Until when requests wait, or whether they are off; `None`: nobody could answer one.
    pub(super) fn requests_gate(&self) -> Option<Gate> {
        let now = self.now();
        if self.state.devices.iter().all(|device| device.life.is_over(now)) {
            return None;
        }
        match self.state.sign_in_requests.is_off {
            true => Some(Gate::Disabled),
            false => Some(self.state.sign_in_requests.limiter.gate(now)),
        }
    }

    /// The request that `device` may answer: one that came after the device was trusted.
    fn answerable(&self, device: &Recognized) -> Option<&OpenRequest> {
        let open = self.state.sign_in_requests.open.as_ref()?;
        let waits = open.answer == Answered::Waiting && !open.life.is_over(self.now());
        // FAILURES 104: an old device answers, not the one that asks.
        let is_older = device.created_at() < open.life.began();
        (waits && is_older && self.is_trusted(device)).then_some(open)
    }
}

/// A push to one device: an opaque name and nothing else.
struct Push<'p> {
    keys: &'p Keys,
    record: &'p RecordId,
    shown: &'p [u8; 16],
    sent: UnixTime,
    sender: &'p Sender,
}

impl Push<'_> {
    fn to(&self, mark: &Address) -> Message {
        Message {
            address: mark.clone(),
            channel: Channel::Push,
            inside: Inside::Request {
                shown: Handle::new(HandleKind::Request, *self.shown),
                sent: self.sent,
                expires: self.sent.plus(u64::from(REQUEST_LIFE)),
            },
            reference: self.keys.notice_reference(self.record, self.shown, mark.expose()),
            sender: self.sender.clone(),
        }
    }
}

/// The numbers of two digits.
const NUMBERS: u64 = 100;
