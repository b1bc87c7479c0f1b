//! Confirmation of enrollments by a first use.

use super::{
    admit::Admission, checked::Checked, goal::Goal, subject::Subject, transition::Decision,
};
use crate::{
    address::{Address, AddressKind},
    amr::Methods,
    assurance::Evidence,
    denial::Reason,
    event::Event,
    factor::FactorKind,
    id::{Handle, HandleKind},
    otp::{Digits, Step},
    purpose::Operation,
    subject::{
        factor::{
            Attempt, hotp,
            security_key::{self, input::NewSecurityKey},
            sent_code::{self, Known, NewAddress},
            totp::{self, ConfirmedApp, EarlierApps},
        },
        record::{
            addresses::{RestsOn, withdraw_at_protection},
            fields::Id,
            lane::Lane,
            limiter::Counter,
            open_codes::{EnrollmentBasis, NewFactor, OpenEnrollment},
            quarantine::Quarantined,
        },
    },
    typed::Typed,
};

impl Subject<'_> {
    /// Confirms an enrollment with its first code, after which the factor is enrolled.
    ///
    /// # Errors
    ///
    /// Returns a [`Denial`](crate::denial::Denial) that needs no write if the input is malformed,
    /// or if first codes of the address are locked. Every other refusal is the outcome of the
    /// transition.
    pub fn confirm(mut self, enrollment: &Handle, typed: &str) -> Decision<Checked> {
        self.effects.operation = Some(Operation::Enroll);
        let typed = Typed::new(typed).code();
        let typed = typed.text();
        sent_code::check_form(typed)?;
        self.bind("confirm", &[typed.as_bytes()]);
        let now = self.now();
        let is_it = |open: &OpenEnrollment| enrollment.is(HandleKind::Enrollment, &open.id);
        let Some(open) = self.state.enrollments.iter().find(|open| is_it(open)) else {
            let policy = self.policy();
            totp::dummy_check(policy.totp(), typed, now, policy.window());
            return self.refuse(Reason::NotFound);
        };
        let lane = self.lane(Operation::Enroll);
        let (id, kind, goal) = (open.id, open.factor.kind(), goal_of(open, lane));
        // `admit` and `record_attempt` require an enrolled factor. An app or a token is counted only
        // in its enrollment. `install_enrollment` ends the count of an address, so its failures must
        // be read first.
        // All callers share one count.
        let tally = Counter::Enrollment(id).in_lane(Lane::Passed);
        if let Some(limiter) = self.state.limiter(tally) {
            limiter.state(now).check_unlocked()?;
        }
        let (attempt, matched) = self.check_first_code(open, typed);
        if matches!(attempt, Attempt::Correct) {
            let failures = self.clear_failures(tally);
            self.install_enrollment(&id, matched);
            return self.accept(kind, goal, failures);
        }
        self.record_attempt(Admission { kind, tally, refusal: None }, goal, attempt)
    }

    /// Confirms an enrollment with the key that a WebAuthn crate registered.
    ///
    /// # Errors
    ///
    /// Returns no error before the write: every refusal is the outcome of the transition.
    pub fn confirm_security_key(
        mut self,
        enrollment: &str,
        key: &NewSecurityKey,
    ) -> Decision<Checked> {
        const KIND: FactorKind = FactorKind::SecurityKey;
        self.effects.operation = Some(Operation::Enroll);
        let ceremony = match self.open_ceremony(enrollment, Some(Operation::Enroll)) {
            Ok(ceremony) => ceremony,
            Err(reason) => return self.refuse(reason),
        };
        let Some(basis) = ceremony.basis().cloned() else {
            return self.refuse(Reason::NotFound);
        };
        if self.check_reset().is_err() {
            return self.refuse(Reason::Expired);
        }
        // FAILURES 109: once a PIN is set, nothing must change without it. An enrollment that was
        // begun before must not be completed.
        if self.state.factors.pin.is_some() && !basis.with_pin {
            return self.refuse(Reason::NotFound);
        }
        // Several enrollments may have begun when there was room for one key.
        if security_key::is_full(&self.state.factors) {
            return self.refuse(Reason::TooMany);
        }
        // FAILURES 14: the write that adds the key consumes the ceremony.
        self.state.ceremonies.add(ceremony.id, ceremony.issued_at());
        let was_protected = self.state.factors.protect();
        security_key::confirm(&mut self.state.factors, key, &mut self.moment);
        self.note_installed(Event::FactorAdded(KIND), was_protected, &basis, &[]);
        let goal = goal_with(KIND, &basis, self.lane(Operation::Enroll));
        self.accept(KIND, goal, 0)
    }

    /// Checks the first code.
    ///
    /// For an app or a token, also returns the step that the code matched.
    fn check_first_code(&self, open: &OpenEnrollment, typed: &str) -> (Attempt, Option<Step>) {
        let (now, policy) = (self.now(), self.policy());
        let (attempt, matched) = match &open.factor {
            NewFactor::Address { address, sent, .. } => {
                let context = self.code_context(address.expose());
                let caller = self.caller(Operation::Enroll);
                (sent_code::check(sent, &context, typed, &caller), None)
            }
            NewFactor::Hotp { token } => {
                let found = hotp::check_first(token, typed, policy.look_ahead());
                (first_attempt(typed, token.digits(), found), found)
            }
            NewFactor::Totp { secret, parameters, label: _ } => {
                let found = totp::check_first(secret, *parameters, typed, now, policy.window());
                (first_attempt(typed, parameters.digits(), found), found)
            }
        };
        // FAILURES 41: another client must not complete it.
        if !open.basis.client.matches(&self.context.client) {
            return (Attempt::Refused(Reason::OtherClient), None);
        }
        if open.lifetime.is_over(now) || self.check_reset().is_err() {
            return (Attempt::Refused(Reason::Expired), None);
        }
        // Several enrollments may have begun when there was room for one app.
        if matches!(open.factor, NewFactor::Totp { .. }) && self.earlier_apps(&open.basis).is_none()
        {
            return (Attempt::Refused(Reason::TooMany), None);
        }
        (attempt, matched)
    }

    /// Returns the effect of another app on the enrolled apps, or `None` if there is no room for
    /// it.
    pub(in crate::subject) fn earlier_apps(&self, basis: &EnrollmentBasis) -> Option<EarlierApps> {
        let has_lost_apps = basis.proof.is_some_and(|proof| proof.has_lost_apps);
        totp::earlier_apps(&self.state.factors, self.policy(), has_lost_apps)
    }

    /// Enrolls the factor of this enrollment, whose first code was correct.
    pub(in crate::subject) fn install_enrollment(&mut self, id: &Id, matched: Option<Step>) {
        let Some(place) = self.state.enrollments.iter().position(|open| open.id == *id) else {
            return;
        };
        let OpenEnrollment { factor, basis, .. } = self.state.enrollments.remove(place);
        let (now, kind) = (self.now(), factor.kind());
        let was_protected = self.state.factors.protect();
        let (added, replaced) = (Event::FactorAdded(kind), Event::FactorReplaced(kind));
        let (event, with) = match factor {
            NewFactor::Address { address, count, .. } => {
                self.state.enrolling.end(&count);
                self.note_conversion(&address);
                let event = match self.install_address(address.clone(), basis.rests_on) {
                    Known::No => added,
                    Known::Proven => replaced,
                    Known::Withdrawn => Event::AddressConfirmed(kind),
                };
                (event, Some(address))
            }
            NewFactor::Hotp { token } => {
                let replaces = hotp::confirm(&mut self.state.factors, token, matched, now);
                (if replaces { replaced } else { added }, None)
            }
            NewFactor::Totp { secret, parameters, label } => {
                self.effects.app_label.clone_from(&label);
                // It was checked before that there is room.
                let earlier = self.earlier_apps(&basis).unwrap_or(EarlierApps::Replaced);
                let app = ConfirmedApp { secret, parameters, last: matched, label };
                let factors = &mut self.state.factors;
                let replaces = totp::confirm(factors, app, earlier, &mut self.moment);
                (if replaces { replaced } else { added }, None)
            }
        };
        self.note_installed(event, was_protected, &basis, with.as_slice());
    }

    /// Adds a proven address, and returns whether it was known before.
    pub(in crate::subject) fn install_address(
        &mut self,
        address: Address,
        rests_on: RestsOn,
    ) -> Known {
        let is_factor = match address.kind() {
            AddressKind::Email => self.is_email_a_factor(),
            AddressKind::Phone => true,
            AddressKind::Push => false,
        };
        let new = NewAddress { address, is_factor, rests_on };
        sent_code::confirm(&mut self.state.factors, new, &mut self.moment)
    }

    /// Applies the consequences of a newly enrolled factor.
    ///
    /// `with` is the address of the factor, if it is one.
    fn note_installed(
        &mut self,
        event: Event,
        was_protected: bool,
        basis: &EnrollmentBasis,
        with: &[Address],
    ) {
        // FAILURES 62: the first factor revokes what was prepared or proven before it. A
        // replacement revokes what was proven with the old factor (STD N-23).
        let replaces = matches!(event, Event::FactorReplaced(_));
        let begins_protection = !was_protected && self.state.factors.protect();
        if begins_protection {
            self.state.begin_epoch(&mut self.moment);
            self.state.end_devices(&mut self.moment);
            self.effects.begins_protection = true;
            self.begin_protection(basis.rests_on, with);
        }
        if replaces {
            self.state.advance_epoch(&mut self.moment);
        }
        self.state.registration.is_known = true;
        self.report(event);
    }

    /// Applies the start of protection, which invalidates what was planted before it (FAILURES 62).
    ///
    /// `by` is the basis of the factor, and `with` are the addresses that begin protection. The
    /// caller must end everything that was begun before.
    pub(in crate::subject) fn begin_protection(&mut self, by: RestsOn, with: &[Address]) {
        withdraw_at_protection(&mut self.state.factors.addresses, by, with);
        // An administrator who ordered a reset has identified the user.
        if by == RestsOn::HostAssertion && self.state.reset.is_none() {
            // An attacker with the password may have enrolled the factor, so the owner has time to
            // undo it.
            let now = self.now();
            self.state.quarantines.begin(Quarantined::FirstFactor, now);
        }
    }

    /// Returns whether email is a factor for signing in. Otherwise it is for recovery only.
    pub(in crate::subject) fn is_email_a_factor(&self) -> bool {
        self.policy().factor_set(Operation::SignIn).contains(FactorKind::Email)
    }
}

/// Returns the attempt to confirm an app or a token whose code matched this step.
fn first_attempt(typed: &str, digits: Digits, matched: Option<Step>) -> Attempt {
    if usize::from(digits.count()) != typed.len() {
        Attempt::Refused(Reason::Malformed)
    } else if matched.is_some() {
        Attempt::Correct
    } else {
        Attempt::Incorrect
    }
}

/// Returns the goal of an attempt to confirm this enrollment.
pub(in crate::subject) fn goal_of(open: &OpenEnrollment, lane: Lane) -> Goal {
    let goal = goal_with(open.factor.kind(), &open.basis, lane);
    Goal {
        methods: match &open.factor {
            NewFactor::Address { sent, .. } => sent.methods(),
            NewFactor::Hotp { .. } | NewFactor::Totp { .. } => goal.methods,
        },
        ..goal
    }
}

/// Returns the goal of an enrollment of this kind of factor, which began with `basis`.
fn goal_with(kind: FactorKind, basis: &EnrollmentBasis, lane: Lane) -> Goal {
    Goal {
        first_factor: basis.first_factor.clone(),
        proven: pin_of(basis.with_pin),
        began_with: basis.proof,
        ..Goal::new(Operation::Enroll, kind, lane)
    }
}

fn pin_of(with_pin: bool) -> Evidence {
    const PIN: FactorKind = FactorKind::Pin;
    let none = Evidence::default();
    if with_pin { none.with(PIN, Methods::of(PIN)) } else { none }
}
