//! Verification of proofs by the factor of their kind.

use alloc::boxed::Box;

use super::{
    admit::Admission,
    checked::Checked,
    effects::Conversion,
    goal::Goal,
    subject::{Context, Subject},
    transition::Decision,
};
use crate::{
    address::Address,
    denial::Reason,
    factor::FactorKind,
    id::{Handle, HandleKind},
    purpose::Operation,
    subject::{
        factor::{
            Attempt, backup_code, hotp, pin,
            security_key::{self, input::SecurityKeyOutcome, sealed::CeremonyContent},
            sent_code::{self, CodeContext},
            sign_in_request,
            slow_task::SlowTask,
            support_code, totp,
        },
        proof::{Offered, Proof},
        record::{
            limiter::Counter,
            open_codes::{OpenCode, Slot},
        },
    },
    typed::Typed,
};

impl<'a> Subject<'a> {
    /// Checks `proof` for `purpose`.
    ///
    /// # Errors
    ///
    /// Returns a [`Denial`](crate::denial::Denial) that needs no write if the input is malformed, or
    /// if the factor is locked or not allowed by the policy. Every other refusal is the outcome of
    /// the transition.
    pub fn verify(mut self, purpose: Operation, proof: &Proof) -> Decision<Checked> {
        self.context.trust.clone_from(&proof.trust);
        let label = proof.trust.as_ref().map_or("", |device| device.label.as_str());
        self.bind("verify", &[&[purpose.tag()][..], proof.typed().as_bytes(), label.as_bytes()]);
        self.effects.operation = Some(purpose);
        let after = proof.after.as_ref();
        match &proof.what {
            Offered::BackupCode { typed } => {
                let goal = self.goal(purpose, FactorKind::BackupCode, after, None);
                self.verify_backup_code(goal, typed.text())
            }
            Offered::Hotp { typed } => {
                let goal = self.goal(purpose, FactorKind::Hotp, after, None);
                self.verify_hotp(goal, hotp::Typed::Code(typed.code().text()))
            }
            Offered::HotpResync { first, second } => {
                let (first, second) = (first.code(), second.code());
                let goal = self.goal(purpose, FactorKind::Hotp, after, None);
                self.verify_hotp(goal, hotp::Typed::Pair(first.text(), second.text()))
            }
            Offered::Pin { due, typed } => self.verify_pin(purpose, due, typed.pin().text()),
            Offered::PinReset { due, challenge, typed } => {
                self.verify_pin_reset(purpose, due, challenge, typed.code().text())
            }
            #[cfg(feature = "rehearsal")]
            Offered::Rehearsal { key } => self.verify_rehearsal(purpose, after, key),
            Offered::SecurityKey { ceremony, outcome } => {
                self.verify_security_key(purpose, after, ceremony.as_str(), outcome)
            }
            Offered::SentCode { challenge, typed } => {
                let open = self.state.open_code(challenge);
                let stored = open.and_then(|open| open.first_factor);
                let goal = self.goal(purpose, FactorKind::Phone, after, stored);
                self.verify_sent_code(goal, challenge, typed.code().text())
            }
            Offered::SignInRequest { request } => {
                let open = self.state.sign_in_requests.open.as_ref();
                let open = open.filter(|open| request.is(HandleKind::Request, &open.id));
                let stored = open.and_then(|open| open.first_factor.as_ref());
                let goal = self.goal(purpose, FactorKind::SignInRequest, after, stored);
                self.verify_sign_in_request(goal, request)
            }
            Offered::Totp { typed } => {
                let goal = self.goal(purpose, FactorKind::Totp, after, None);
                self.verify_totp(goal, typed.code().text())
            }
        }
    }

    /// Checks the PIN as a rehearsal, so that the user does not forget it.
    ///
    /// A correct PIN proves nothing. Three incorrect PINs disable rehearsals until the PIN is
    /// entered for a proof, and are not counted elsewhere.
    ///
    /// # Errors
    ///
    /// Returns a [`Denial`](crate::denial::Denial) that needs no write if the input is malformed.
    pub fn rehearse_pin(mut self, typed: &str) -> Decision<Checked> {
        let typed = Typed::new(typed).pin();
        let typed = typed.text();
        pin::check_form(typed)?;
        let lane = self.lane(Operation::StepUp);
        let goal = Goal::new(Operation::SignIn, FactorKind::Pin, lane);
        let admission = self.admit(FactorKind::Pin, &goal, Counter::PinRehearsal)?;
        let (admission, task) = (self.admit_pin(admission), self.pin_task(typed));
        self.record_attempt(admission, goal, Attempt::Slow(Box::new(pin::rehearse(task))))
    }

    fn verify_totp(mut self, goal: Goal, typed: &str) -> Decision<Checked> {
        totp::check_form(typed)?;
        let admission = self.admit(FactorKind::Totp, &goal, Counter::Totp)?;
        let (now, policy) = (self.now(), self.policy());
        let (attempt, label) = totp::check(&mut self.state.factors.totp, typed, now, policy);
        self.effects.app_label = label;
        self.record_attempt(admission, goal, attempt)
    }

    fn verify_hotp(mut self, goal: Goal, typed: hotp::Typed<'_>) -> Decision<Checked> {
        typed.check_form()?;
        let admission = self.admit(FactorKind::Hotp, &goal, typed.counter())?;
        let look_ahead = self.policy().look_ahead();
        let attempt = match &mut self.state.factors.hotp {
            Some(factor) => hotp::check(factor, typed, look_ahead),
            None => {
                hotp::dummy_check(typed, look_ahead);
                Attempt::Incorrect
            }
        };
        self.record_attempt(admission, goal, attempt)
    }

    fn verify_sent_code(
        mut self,
        goal: Goal,
        challenge: &Handle,
        typed: &str,
    ) -> Decision<Checked> {
        sent_code::check_form(typed)?;
        let found = self.state.open_code(challenge);
        let Some(open) = found.filter(|open| !matches!(open.slot, Slot::Enrollment(_))) else {
            sent_code::dummy_check(&self.code_context("+10000000000"), typed);
            return self.refuse(Reason::NotFound);
        };
        let goal = Goal { lane: open.tally.lane, ..goal };
        let admission = self.admit(open.address.kind().into(), &goal, open.tally.counter)?;
        let context = self.code_context(open.address.expose());
        let attempt = sent_code::check(open.sent, &context, typed, &self.caller(goal.purpose));
        let slot = open.slot;
        let first = goal.first_factor.as_ref();
        let is_first = first.is_some_and(|first| first.is_address(open.address));
        let goal = Goal { methods: open.sent.methods(), ..goal };
        match attempt {
            // A mismatch takes precedence over a disabled factor: the code belongs to another
            // caller.
            Attempt::Refused(reason @ (Reason::OtherClient | Reason::OtherPurpose)) => {
                self.refuse(reason)
            }
            _ if is_first => self.refuse(Reason::SameChannel),
            Attempt::Correct => {
                self.consume_sent_code(slot);
                self.record_attempt(admission, goal, Attempt::Correct)
            }
            other => self.record_attempt(admission, goal, other),
        }
    }

    fn verify_backup_code(self, goal: Goal, typed: &str) -> Decision<Checked> {
        const KIND: FactorKind = FactorKind::BackupCode;
        let text = backup_code::check_form(typed)?;
        self.check_may_prove(KIND, &goal)?;
        let (context, uses) = (self.hash_context(), self.policy().support_codes());
        let issued = self.state.support_code.as_ref();
        let by_support = issued.and_then(|code| {
            support_code::check(code, &text, (goal.purpose, uses), self.now(), &context)
        });
        let set = self.state.factors.backup.as_ref();
        let (counter, checked) = match by_support {
            Some(slow) => (Counter::Unguessable, Ok(slow)),
            None => {
                let checked = backup_code::check(set, typed, &text, &context);
                (self.state.backup_counter(), checked)
            }
        };
        match checked {
            Ok(slow) => {
                let admission = self.admit(KIND, &goal, counter)?;
                self.record_attempt(admission, goal, Attempt::Slow(Box::new(slow)))
            }
            Err(_) if set.is_none() => self.refuse_not_enrolled(),
            // A documented exception to law 8: it costs no slow check, even if the codes are
            // locked.
            Err(reason) => self.record_unguessable(KIND, goal, Err(reason)),
        }
    }

    fn verify_pin(
        mut self,
        purpose: Operation,
        partial: &Handle,
        typed: &str,
    ) -> Decision<Checked> {
        pin::check_form(typed)?;
        let found = self.state.partial_proof(HandleKind::PinDue, partial);
        let first_factor = found.and_then(|found| found.first_factor.clone());
        let lane = self.lane_after(purpose, first_factor.as_ref());
        let resumes = Some((*partial.id()).into());
        let goal = Goal { resumes, ..Goal::new(purpose, FactorKind::Pin, lane) };
        let admission = self.admit(FactorKind::Pin, &goal, Counter::Pin)?;
        let (admission, task) = (self.admit_pin(admission), self.pin_task(typed));
        let allowed = self.policy().factor_set(purpose);
        let slow = pin::check(&self.state, partial, &self.caller(purpose), allowed, task);
        self.record_attempt(admission, goal, Attempt::Slow(Box::new(slow)))
    }

    fn pin_task(&mut self, typed: &str) -> SlowTask {
        let context = self.hash_context();
        pin::task(&self.state.factors, typed, &context, &mut self.moment)
    }

    /// Refuses a PIN whose generation was dropped, after a check of the same cost.
    fn admit_pin(&self, admission: Admission) -> Admission {
        let refusal = pin::refusal(&self.state.factors, self.context.keys);
        Admission { refusal: admission.refusal.or(refusal), ..admission }
    }

    /// Checks a code to the recovery address, in place of the PIN that `partial` is waiting for.
    fn verify_pin_reset(
        self,
        purpose: Operation,
        partial: &Handle,
        challenge: &Handle,
        typed: &str,
    ) -> Decision<Checked> {
        let found = self.state.partial_proof(HandleKind::PinDue, partial);
        if found.is_some_and(|found| found.purpose != purpose) {
            sent_code::check_form(typed)?;
            return self.refuse(Reason::OtherPurpose);
        }
        // The mailbox of the first factor must not count twice.
        let first_factor = found.and_then(|found| found.first_factor.clone());
        let resumes = Some((*partial.id()).into());
        let lane = self.lane(Operation::ResetPin);
        let goal = Goal::new(Operation::ResetPin, FactorKind::Email, lane);
        let goal = Goal { resumes, first_factor, ..goal };
        self.verify_sent_code(goal, challenge, typed)
    }

    fn verify_security_key(
        mut self,
        purpose: Operation,
        after: Option<&Handle>,
        text: &str,
        outcome: &SecurityKeyOutcome,
    ) -> Decision<Checked> {
        outcome.check_form()?;
        let ceremony = self.open_ceremony(text, Some(purpose));
        let stored = ceremony.as_ref().ok().and_then(|ceremony| ceremony.first_factor.as_ref());
        let goal = self.goal(purpose, FactorKind::SecurityKey, after, stored);
        let goal = Goal { methods: outcome.methods(), ..goal };
        let admission = self.admit(FactorKind::SecurityKey, &goal, Counter::Unguessable)?;
        if self.state.factors.security_keys.is_empty() {
            return self.refuse_not_enrolled();
        }
        let first = goal.first_factor.as_ref();
        let is_first = |key| first.is_some_and(|first| first.is_key(key));
        if outcome.key().is_some_and(is_first) {
            return self.refuse(Reason::SameChannel);
        }
        let now = self.now();
        let checked = ceremony.and_then(|ceremony| {
            security_key::check(&mut self.state.factors.security_keys, outcome, now)?;
            // Law 3: the write that records the success consumes the ceremony.
            self.state.ceremonies.add(ceremony.id, ceremony.issued_at());
            Ok(())
        });
        self.record_unguessable(admission.kind, goal, checked)
    }

    /// Opens a sealed ceremony that may still be accepted, for this purpose or for its own.
    ///
    /// Returns an error with the reason if it must not be accepted.
    pub(in crate::subject) fn open_ceremony(
        &self,
        text: &str,
        purpose: Option<Operation>,
    ) -> Result<CeremonyContent, Reason> {
        let Context { keys, record_id, .. } = &self.context;
        let ceremony = CeremonyContent::open(keys, text).ok_or(Reason::NotFound)?;
        let caller = self.ceremony_caller(purpose.unwrap_or(ceremony.purpose));
        ceremony
            .refusal(&caller, record_id, self.state.epoch)
            .or_else(|| security_key::refusal(&self.state.ceremonies, &ceremony))
            .map_or(Ok(ceremony), Err)
    }

    fn verify_sign_in_request(mut self, goal: Goal, request: &Handle) -> Decision<Checked> {
        let kind = FactorKind::SignInRequest;
        let admission = self.admit(kind, &goal, Counter::SignInRequest)?;
        let caller = self.caller(goal.purpose);
        let attempt = sign_in_request::check(&mut self.state.sign_in_requests, request, &caller);
        self.record_attempt(admission, goal, attempt)
    }

    /// Records the conversion of a correct code, and removes the code from the state.
    ///
    /// STD N-09: the write that records the success consumes the code.
    pub(in crate::subject) fn consume_sent_code(&mut self, slot: Slot) {
        let found = self.state.open_codes().find(|open| open.slot == slot);
        let Some(OpenCode { address, .. }) = found else { return };
        self.note_conversion(&address.clone());
        match slot {
            Slot::Challenge(place) => drop(self.state.challenges.remove(place)),
            Slot::Registration(place) => drop(self.state.registration.open.remove(place)),
            // Its enrollment becomes a factor.
            Slot::Enrollment(_) => {}
        }
    }

    /// Records that a code to `address` was converted, which proves the address.
    pub(in crate::subject) fn note_conversion(&mut self, address: &Address) {
        self.effects.conversion =
            self.context.keys.prefix_record(address).map(|id| Conversion { id });
        self.effects.proven = Some(address.clone());
    }

    pub(in crate::subject) fn code_context<'c>(&'c self, address: &'c str) -> CodeContext<'c> {
        CodeContext {
            keys: self.context.keys,
            policy: self.context.policy,
            record: &self.context.record_id,
            address,
        }
    }
}
