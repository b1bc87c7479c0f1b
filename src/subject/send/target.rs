//! The target of a code request: address, purpose and channel.

use super::request::{CodeRequest, CodeRequestKind};
use crate::{
    address::{Address, AddressKind},
    channel::Channel,
    denial::{Denial, Reason},
    id::{Handle, HandleKind},
    policy::REGISTRATION_SLOW,
    purpose::Operation,
    subject::{
        decision::subject::Subject,
        manage::{authority::Enroller, permissions},
        record::{
            addresses::ProvenAddress,
            lane::Lane,
            limiter::{Counter, LockState},
            open_codes::{EnrollmentBasis, OpenCode, Slot},
            send_pool::SendPool,
            state::State,
        },
        send::reference::SendReference,
    },
};

/// The target of a request.
pub(crate) enum Target {
    Address {
        address: Address,
        place: Place,
        channel: Channel,
    },
    /// Nothing is sent, because the address is not proven or the handle is unknown.
    Decoy,
}

/// The place of a code: a new place, or that of a pending code.
#[derive(Clone)]
pub(crate) enum Place {
    New(NewPlace),
    /// The place of a pending code, which the new code replaces.
    Open(Slot),
}

/// A place for a first code.
#[derive(Clone)]
pub(crate) enum NewPlace {
    Challenge(Operation),
    Enrollment(EnrollmentBasis),
    Registration,
}

impl Place {
    pub(crate) const fn enrolls(&self) -> bool {
        matches!(self, Self::New(NewPlace::Enrollment(_)) | Self::Open(Slot::Enrollment(_)))
    }

    pub(crate) const fn is_resend(&self) -> bool {
        matches!(self, Self::Open(_))
    }

    /// Returns whether the code proves an address that need not be proven yet.
    pub(crate) const fn proves_address(&self) -> bool {
        self.enrolls() || self.registers()
    }

    pub(crate) const fn registers(&self) -> bool {
        matches!(self, Self::New(NewPlace::Registration) | Self::Open(Slot::Registration(_)))
    }

    /// Returns the kind of the code's handle.
    pub(crate) const fn handle_kind(&self) -> HandleKind {
        if self.enrolls() { HandleKind::Enrollment } else { HandleKind::Challenge }
    }

    /// Returns whether the message of another code shows the agreement.
    pub(crate) fn shows_agreement(&self, state: &State) -> bool {
        let Self::Open(Slot::Challenge(at)) = self else { return false };
        state.challenges.get(*at).is_some_and(|open| open.sent.agreement.is_some())
    }
}

impl NewPlace {
    pub(crate) const fn purpose(&self) -> Operation {
        match self {
            Self::Challenge(purpose) => *purpose,
            Self::Enrollment(_) => Operation::Enroll,
            Self::Registration => Operation::Register,
        }
    }
}

impl Target {
    /// Finds the target of `request`, or returns an error if nothing may be sent.
    pub(crate) fn of(subject: &Subject<'_>, request: &CodeRequest) -> Result<Self, Denial> {
        let now = subject.now();
        let is_fallback = matches!(request.kind, CodeRequestKind::Fallback { .. });
        if !is_fallback && !matches!(request.kind, CodeRequestKind::Enroll { .. }) {
            subject.check_client_not_blocked()?;
        }
        let target = match &request.kind {
            CodeRequestKind::Again { handle } => resend(subject, handle)?,
            CodeRequestKind::Fallback { sent } => fallback(subject, sent)?,
            // STD M-02: the message must show the agreement, so a transaction needs its text.
            CodeRequestKind::Address {
                operation: Operation::Transaction(_),
                agreement: None,
                ..
            } => return Err(Denial::new(Reason::NotAllowed)),
            CodeRequestKind::Address { address, operation, .. } => {
                check_country(subject, address)?;
                challenge(subject, address, *operation)?
            }
            // `Subject::resolve` replaces the id with the address.
            CodeRequestKind::Item { .. } => return Err(Denial::new(Reason::NotFound)),
            CodeRequestKind::Enroll { enroller, address } => {
                check_country(subject, address)?;
                enrollment(subject, enroller, address)?
            }
        };
        let wanted = request.channel.or(request.guessed().map(Channel::first_for));
        let target = target.by(&subject.state, wanted);
        // These apply to decoys too, or the backoff and the budget would reveal them.
        let (pool, state) = (pool_of(subject, request, &target), &subject.state);
        let wait = pool.waits_until(state, now);
        if let Some(until) = wait.filter(|_| !is_fallback) {
            return Err(Denial::until(Reason::TooSoon, until));
        }
        let policy = subject.policy();
        let mut full = pool.full_until(state, policy.subject_limits(), now);
        if matches!((&target, &request.kind), (Self::Decoy, CodeRequestKind::Again { .. })) {
            // The handle of a decoy names no address, whose budget would be used up by now.
            full = full.max(pool.full_until(state, policy.address_limits(), now));
        }
        match full {
            Some(until) => Err(Denial::until(Reason::SendLimit, until)),
            None => Ok(target),
        }
    }

    fn new(subject: &Subject<'_>, address: &Address, place: NewPlace) -> Self {
        let place = Place::New(place);
        let channel = subject.state.first_channel(subject.policy(), address, &place);
        Self::Address { address: address.clone(), place, channel }
    }

    /// Sets the channel. If the address does not accept it, the target is a decoy.
    fn by(self, state: &State, wanted: Option<Channel>) -> Self {
        match (self, wanted) {
            (Self::Address { address, place, .. }, Some(channel)) => {
                if state.accepts(&address, &place, channel) {
                    Self::Address { address, place, channel }
                } else {
                    Self::Decoy
                }
            }
            (target, _) => target,
        }
    }
}

fn check_country(subject: &Subject<'_>, address: &Address) -> Result<(), Denial> {
    if subject.policy().countries().allow(address) {
        Ok(())
    } else {
        Err(Denial::new(Reason::NotAllowed))
    }
}

fn challenge(
    subject: &Subject<'_>,
    address: &Address,
    purpose: Operation,
) -> Result<Target, Denial> {
    if purpose == Operation::Register {
        check_registration(subject, address)?;
        return Ok(Target::new(subject, address, NewPlace::Registration));
    }
    subject.check_allowed(address.kind().into(), purpose)?;
    subject.check_can_begin(address.kind().into(), purpose)?;
    subject.check_is_other_channel(address, purpose)?;
    let takes_all = purpose.takes_recovery_address();
    let takes_all = takes_all && subject.recovery_addresses_count();
    let counts =
        |proven: &&ProvenAddress| !proven.is_withdrawn() && (proven.is_factor || takes_all);
    let proven = subject.state.factors.by_address(address).filter(counts);
    let tally = |id| Counter::Address(id).in_lane(subject.lane(purpose));
    let limiter = proven.and_then(|proven| subject.state.limiter(tally(proven.id)));
    let Some(state) = limiter.map(|limiter| limiter.state(subject.now())) else {
        return Ok(Target::Decoy);
    };
    state.check_unlocked()?;
    match state {
        LockState::Open => Ok(Target::new(subject, address, NewPlace::Challenge(purpose))),
        LockState::Disabled | LockState::Locked(_) => Ok(Target::Decoy),
    }
}

fn enrollment(
    subject: &Subject<'_>,
    enroller: &Enroller,
    address: &Address,
) -> Result<Target, Denial> {
    let basis = permissions::check_enroller(subject, enroller)?;
    permissions::check_kind(subject, address.kind().into())?;
    permissions::check_room(subject, address)?;
    permissions::check_can_enroll(subject, address.kind().into())?;
    check_first_codes(subject, address)?;
    check_can_follow(subject, address, &basis)?;
    Ok(Target::new(subject, address, NewPlace::Enrollment(basis)))
}

/// Returns an error while incorrect first codes lock the enrollment of `address`.
fn check_first_codes(subject: &Subject<'_>, address: &Address) -> Result<(), Denial> {
    let count = (*subject.context.keys.budget_record(address).bytes()).into();
    // No enrollment may be open yet, so there is no `Counter` of one.
    let limiter = subject.state.enrolling.limiter(&count);
    limiter.map_or(Ok(()), |limiter| limiter.state(subject.now()).check_unlocked())
}

/// Returns an error if the address would be the only factor and was also the first factor.
///
/// One channel does not count twice, so such an address could not sign in.
fn check_can_follow(
    subject: &Subject<'_>,
    address: &Address,
    basis: &EnrollmentBasis,
) -> Result<(), Denial> {
    let is_factor = address.kind() != AddressKind::Email || subject.is_email_a_factor();
    let is_first = basis.first_factor.as_ref().is_some_and(|first| first.is_address(address));
    if is_first && is_factor && !subject.state.factors.protect() {
        return Err(Denial::new(Reason::SameChannel));
    }
    Ok(())
}

fn resend(subject: &Subject<'_>, handle: &Handle) -> Result<Target, Denial> {
    match subject.state.open_code(handle) {
        Some(open) if open.sent.client.matches(&subject.context.client) => again(subject, &open),
        _ => Ok(Target::Decoy),
    }
}

/// Returns another code, in place of one that did not reach its address.
///
/// This crate sends the code itself. No client requests it and no backoff applies, but the budgets
/// do.
fn fallback(subject: &Subject<'_>, sent: &SendReference) -> Result<Target, Denial> {
    let not_found = Denial::new(Reason::NotFound);
    let found = subject.state.newest(sent).filter(|open| !open.sent.was_delivered);
    let open = found.ok_or(not_found)?;
    let fallback = subject.state.fallback_channel(subject.policy(), &open);
    let channel = fallback.ok_or(not_found)?;
    match again(subject, &open)? {
        Target::Address { address, place, .. } => Ok(Target::Address { address, place, channel }),
        Target::Decoy => Err(not_found),
    }
}

/// Returns another code in place of a pending one, by the same channel.
fn again(subject: &Subject<'_>, open: &OpenCode<'_>) -> Result<Target, Denial> {
    let OpenCode { sent, address, slot, tally, .. } = *open;
    let (now, place) = (subject.now(), Place::Open(slot));
    check_country(subject, address)?;
    if place.registers() {
        check_registration(subject, address)?;
    }
    if place.enrolls() {
        subject.check_reset()?;
        check_first_codes(subject, address)?;
    }
    if let Some(limiter) = subject.state.limiter(tally).filter(|_| !place.proves_address()) {
        let state = limiter.state(now);
        state.check_unlocked()?;
        if state == LockState::Disabled {
            return Ok(Target::Decoy);
        }
    }
    if !sent.can_be_sent_again(now) {
        return Err(Denial::new(Reason::SendLimit));
    }
    // The channel is still allowed, because forbidding a channel ends its codes.
    Ok(Target::Address { address: address.clone(), place, channel: sent.channel })
}

/// Returns an error unless `address` may be registered.
fn check_registration(subject: &Subject<'_>, address: &Address) -> Result<(), Denial> {
    // In an emptied database, it would create a subject without its PIN.
    subject.require_record()?;
    subject.check_reset()?;
    subject.check_allowed(address.kind().into(), Operation::Register)?;
    let (now, lane) = (subject.now(), subject.lane(Operation::Register));
    let Some(limiter) = subject.state.limiter(Counter::Registration.in_lane(lane)) else {
        return Err(Denial::new(Reason::NotFound));
    };
    limiter.state(now).check_unlocked()?;
    let client = &subject.context.client;
    if let Some(until) = subject.state.registrations_full_until(lane, client, now) {
        return Err(Denial::until(Reason::SendLimit, until));
    }
    // A code that was sent always has one attempt. Codes are therefore what bounds the guesses.
    let slow = limiter.slow.filter(|_| lane == Lane::Anonymous);
    match slow.map(|slow| slow.is_below_at(REGISTRATION_SLOW, now)) {
        Some(until) if until > now => Err(Denial::until(Reason::SendLimit, until)),
        _ => Ok(()),
    }
}

/// Returns the lane of `request`, which for another code is the lane of the first code.
pub(crate) fn lane_of(subject: &Subject<'_>, request: &CodeRequest) -> Lane {
    let open = match &request.kind {
        CodeRequestKind::Address { operation, .. } => return subject.lane(*operation),
        CodeRequestKind::Enroll { .. } => return subject.lane(Operation::Enroll),
        CodeRequestKind::Item { .. } => None,
        CodeRequestKind::Again { handle } => {
            let open = subject.state.open_code(handle);
            open.filter(|open| open.sent.client.matches(&subject.context.client))
        }
        CodeRequestKind::Fallback { sent } => subject.state.newest(sent),
    };
    // The handle of a decoy. The first request was recorded in the lane of its caller.
    open.map_or_else(|| subject.lane(Operation::SignIn), |open| open.tally.lane)
}

/// Returns the pool to which a request to `target` is charged.
pub(crate) fn pool_of(subject: &Subject<'_>, request: &CodeRequest, target: &Target) -> SendPool {
    if matches!(request.kind, CodeRequestKind::Enroll { .. }) {
        return SendPool::Passed;
    }
    let is_claim = match target {
        Target::Address { address, .. } => subject.state.factors.by_address(address).is_none(),
        // It must look like a challenge, which only a proven address gets.
        Target::Decoy => false,
    };
    match SendPool::of_lane(lane_of(subject, request)) {
        // Any client can claim an address, so a known device pays for a claim like the others.
        SendPool::Known if is_claim => SendPool::Passed,
        pool => pool,
    }
}
