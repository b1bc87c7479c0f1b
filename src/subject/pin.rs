//! The two-step PIN: setting it, asking for it, practising it. Removing a forgotten one is in `reset`.

mod reminder;
mod reset;
mod rules;

use core::fmt;

use minicbor::{CborLen, Decode, Encode};

pub use self::rules::{InvalidPin, NewPin};
use self::{reminder::Reminder, reset::Reset};
use super::{
    Authority, Checked, Decision, Subject,
    fields::{Id, purpose},
    limiter::{Gate, Limiter},
    slow_hash::{Salt, SlowHash},
    state::Times,
    work::{Foreign, LeaseOf, Task},
};
use crate::{
    FactorKind, Handle, Purpose, UnixTime,
    event::Event,
    id::HandleKind,
    verdict::{Denial, Reason, Recognized},
    wiped::Wiped,
};

/// What is kept of a PIN.
#[derive(Encode, Decode, CborLen)]
#[cbor(map)]
pub(super) struct Pin {
    #[n(0)]
    hash: SlowHash,
    #[n(1)]
    pub(super) limiter: Limiter,
    #[n(2)]
    pub(super) times: Times,
    #[n(3)]
    reminder: Reminder,
    #[n(4)]
    reset: Option<Reset>,
}

/// What a try of the PIN is for.
#[derive(Clone, Encode, Decode, CborLen)]
pub(super) enum PinUse {
    /// For a proof that was right and waits for it.
    #[n(0)]
    SignIn {
        #[n(0)]
        id: Id,
        #[cbor(n(1), with = "purpose")]
        purpose: Purpose,
    },
    /// For remembering it.
    #[n(1)]
    Practice,
}

impl Pin {
    /// When the person is to be asked for it again.
    pub(super) const fn remind_at(&self) -> UnixTime {
        self.reminder.ends()
    }

    /// When it will be removed, if somebody asked for that.
    pub(super) fn reset_at(&self) -> Option<UnixTime> {
        self.reset.as_ref().map(Reset::ends_at)
    }

    pub(super) fn is_in_future(&self, now: UnixTime) -> bool {
        self.reminder.is_in_future(now)
            || self.reset.as_ref().is_some_and(|reset| reset.is_in_future(now))
    }

    pub(super) fn repair(&mut self, now: UnixTime) {
        self.reminder.repair(now);
        if let Some(reset) = &mut self.reset {
            reset.repair(now);
        }
    }

    pub(super) const fn remind_earlier(&mut self, now: UnixTime) {
        self.reminder = self.reminder.shorter(now);
    }
}

impl Subject<'_> {
    /// Draws the salt of a new PIN. Nothing is written yet: hash it, then
    /// [`install`](Self::install_pin) it.
    ///
    /// # Errors
    ///
    /// A [`Denial`]: no right, the PIN is one that a stranger would try first
    /// ([`Reason::TooCommon`]), or it is a first PIN too soon after somebody new came in
    /// ([`Reason::Quarantined`]) and no `older` device agrees.
    pub fn draw_pin(
        mut self,
        authority: &Authority,
        pin: &NewPin,
        older: Option<&Recognized>,
    ) -> Result<DrawnPin, Denial> {
        self.check_pin(authority, pin, older)?;
        Ok(DrawnPin {
            input: self.keys.slow_input(&self.record_id, b"pin", pin.expose()),
            salt: Salt::draw(self.policy.hash_cost(), &mut self.moment),
        })
    }

    /// Sets a PIN, or changes the one that stands.
    ///
    /// # Errors
    ///
    /// As [`draw_pin`](Self::draw_pin), since the record may have changed.
    pub fn install_pin(
        mut self,
        authority: &Authority,
        pin: &NewPin,
        older: Option<&Recognized>,
        hashed: &HashedPin,
    ) -> Decision<()> {
        self.check_pin(authority, pin, older)?;
        let now = self.now();
        let pin = Pin {
            hash: hashed.0.clone(),
            limiter: Limiter::new(),
            times: Times::new(now),
            reminder: Reminder::new(0, now),
            reset: None,
        };
        let event = match self.state.factors.pin.replace(pin) {
            Some(_) => {
                // STD N-23: what was proven with the old one counts no longer.
                self.advance_epoch();
                Event::FactorReplaced(FactorKind::Pin)
            }
            None => {
                // FAILURES 109: where a PIN stands, nothing changes without it, nor ends what was begun.
                self.state.enrollments.clear();
                self.state.ceremonies.clear();
                Event::FactorAdded(FactorKind::Pin)
            }
        };
        self.events.push(event);
        Ok(self.commit(Ok(())))
    }

    /// Checks the PIN so that it is not forgotten. A try like any other, and it proves nothing.
    ///
    /// # Errors
    ///
    /// A [`Denial`]: it is no PIN at all, or the PIN is locked.
    pub fn rehearse_pin(self, typed: &str) -> Decision<Checked> {
        let task = self.pin_task(typed)?;
        let Some(pin) = &self.state.factors.pin else {
            let reason = self.require_record().map_or(Reason::Absent, |()| Reason::NotEnrolled);
            return self.refuse_slowly(reason, task);
        };
        if let Gate::Locked(until) = pin.limiter.gate(self.now()) {
            return Err(Denial::until(Reason::Locked, until));
        }
        self.reserve(LeaseOf::Pin(PinUse::Practice), task)
    }

    pub(super) fn verify_pin(
        self,
        purpose: Purpose,
        due: &Handle,
        typed: &str,
    ) -> Decision<Checked> {
        let task = self.pin_task(typed)?;
        let Some(pin) = &self.state.factors.pin else {
            let reason = self.require_record().map_or(Reason::Absent, |()| Reason::NotEnrolled);
            return self.refuse_slowly(reason, task);
        };
        if let Gate::Locked(until) = pin.limiter.gate(self.now()) {
            return Err(Denial::until(Reason::Locked, until));
        }
        let Some(due) = self.due(HandleKind::PinDue, due) else {
            return self.refuse_slowly(Reason::NotFound, task);
        };
        if let Some(reason) = due.void(&self, purpose) {
            return self.refuse_slowly(reason, task);
        }
        let of = PinUse::SignIn { id: due.id, purpose };
        self.reserve(LeaseOf::Pin(of), task)
    }

    fn pin_task(&self, typed: &str) -> Result<Task, Denial> {
        if !(rules::SHORTEST..=rules::LONGEST).contains(&typed.len()) {
            return Err(Denial::new(Reason::Malformed));
        }
        let hash = self.state.factors.pin.as_ref().map(|pin| (0, pin.hash.clone()));
        Ok(Task {
            typed: self.keys.slow_input(&self.record_id, b"pin", typed),
            against: hash.into_iter().collect(),
            foreign: Foreign::default(),
            asks: None,
        })
    }

    pub(super) fn accept_pin(mut self, used: &PinUse, failures: u32) -> Decision<Checked> {
        let due = match used {
            PinUse::SignIn { id, purpose } => {
                // What it was asked for may have ended while it was checked.
                let Some(place) = self.state.partial_proofs.iter().position(|due| due.id == *id)
                else {
                    // It was right: the try that was counted for it is taken back.
                    return Ok(self.commit(Err(Denial::new(Reason::NotFound))));
                };
                Some((self.state.partial_proofs.remove(place), *purpose))
            }
            PinUse::Practice => None,
        };
        let now = self.now();
        if let Some(pin) = &mut self.state.factors.pin {
            pin.times.touch(now);
            pin.reminder = pin.reminder.longer(now);
            // FAILURES 109: whoever knows it does not need it removed.
            if pin.reset.take().is_some() {
                self.events.push(Event::PinResetCancelled);
            }
        }
        let Some((due, purpose)) = due else {
            return Ok(self.commit(Ok(Checked::Practiced)));
        };
        if due.life.is_over(now) {
            return Ok(self.commit(Err(Denial::new(Reason::Expired))));
        }
        self.record_success(FactorKind::Pin, purpose, failures);
        self.proceed(purpose, due.factors().with(FactorKind::Pin))
    }

    fn check_pin(
        &self,
        authority: &Authority,
        pin: &NewPin,
        older: Option<&Recognized>,
    ) -> Result<(), Denial> {
        self.check_authority(authority)?;
        let mut addresses = self.state.factors.addresses.iter();
        if addresses.any(|proven| pin.is_end_of(proven.address.expose())) {
            return Err(Denial::new(Reason::TooCommon));
        }
        // FAILURES 95, 112: whoever came in by a stolen call must not lock the owner out for good.
        let quarantine = self.state.quarantine.waits_until(self.now());
        let agrees = older.is_some_and(|older| self.is_older(older));
        match quarantine.filter(|_| self.state.factors.pin.is_none() && !agrees) {
            Some(until) => Err(Denial::until(Reason::Quarantined, until)),
            None => Ok(()),
        }
    }
}

/// A new PIN that is to be hashed before it counts.
///
/// # Example
///
/// ```
/// use second_factor::subject::{DrawnPin, HashedPin};
///
/// fn elsewhere(drawn: DrawnPin) -> Option<HashedPin> {
///     std::thread::spawn(move || drawn.hash()).join().ok()?
/// }
/// # let _ = elsewhere;
/// ```
#[must_use = "a PIN that is not hashed and installed is none"]
pub struct DrawnPin {
    input: Wiped<[u8; 32]>,
    salt: Salt,
}

impl DrawnPin {
    /// Hashes it; `None` when there is no memory for it.
    #[must_use]
    pub fn hash(self) -> Option<HashedPin> {
        self.salt.hash(&self.input).map(HashedPin)
    }
}

impl fmt::Debug for DrawnPin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("DrawnPin(redacted)")
    }
}

/// A PIN that can be [installed](Subject::install_pin).
///
/// # Example
///
/// See [`DrawnPin`].
pub struct HashedPin(SlowHash);

impl fmt::Debug for HashedPin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("HashedPin(redacted)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        Keys, Policy, SubjectId,
        factor::FactorSet,
        policy::HashCost,
        record::{Record, Swap},
        subject::{Moment, Opened, Proof, Settled, Transition},
    };

    const NOON: UnixTime = UnixTime::from_secs(1_800_000_000);
    #[test]
    fn practice_moves_the_reminder_and_a_wrong_answer_does_not() {
        let keys = Keys::new(core::array::from_fn(|at| at as u8));
        let policy = Policy::builder().danger_cheap_hashes().build().unwrap();
        let alice = SubjectId::new("alice").unwrap();
        let (mut record, mut drawn) = (None, 1);
        let mut open = |record: &Option<Record>| {
            drawn += 1;
            let moment = Moment::new(NOON, [drawn; 32]);
            match Subject::open(&keys, &policy, &alice, record.as_ref(), moment).unwrap() {
                Opened::Ready(subject) => subject,
                Opened::NeedsRepair(_) => panic!("no clock was wrong"),
            }
        };
        let settle = |record: &mut Option<Record>, decided: Transition<Checked>| {
            let written = decided.record().clone();
            let Settled::Done { outcome, .. } = decided.settle(Swap::Commit) else { panic!("won") };
            *record = Some(written);
            outcome
        };
        let mut begun = open(&None);
        let input = keys.slow_input(&begun.record_id, b"pin", "493817");
        let hash = Salt::draw(HashCost::Cheap, &mut begun.moment).hash(&input).unwrap();
        let (limiter, times) = (Limiter::new(), Times::new(NOON));
        let reminder = Reminder::new(2, NOON);
        begun.state.factors.pin = Some(Pin { hash, limiter, times, reminder, reset: None });
        let due = begun.proceed(Purpose::SignIn, FactorSet::of(&[FactorKind::Totp])).unwrap();
        let due = *settle(&mut record, due).unwrap_err().pin_due().unwrap();
        let answer = Proof::pin(&due, "905213");
        type Try<'a> = &'a dyn Fn(Subject<'_>) -> Decision<Checked>;
        let tries: [(Try<'_>, u64); 4] = [
            (&|subject| subject.rehearse_pin("905213"), 3),
            (&|subject| subject.verify(Purpose::SignIn, &answer), 3),
            (&|subject| subject.rehearse_pin("493817"), 7),
            (&|subject| subject.verify(Purpose::SignIn, &Proof::pin(&due, "493817")), 14),
        ];
        for (attempt, days) in tries {
            let begun = attempt(open(&record)).unwrap();
            let Ok(Checked::SlowCheck(work)) = settle(&mut record, begun) else {
                panic!("it is slow")
            };
            let result = work.run();
            let ended = open(&record).conclude(&result).unwrap();
            let _ = settle(&mut record, ended);
            let pin = open(&record).state.factors.pin.unwrap();
            assert_eq!(pin.remind_at(), NOON.plus(days * 24 * 60 * 60));
        }
    }

    #[test]
    fn failure_107_without_the_root_no_pin_fits_the_hash() {
        let keys = |first: u8| Keys::new(core::array::from_fn(|at| first + at as u8));
        let (ours, theirs) = (keys(1), keys(2));
        let record = ours.subject_record(&SubjectId::new("alice").unwrap());
        let other = ours.subject_record(&SubjectId::new("bob").unwrap());
        let salt = Salt::draw(HashCost::Cheap, &mut Moment::new(NOON, [1; 32]));
        let hash = salt.hash(&ours.slow_input(&record, b"pin", "004938")).unwrap();
        let mut found = 0;
        for candidate in (0..10_000).map(|number| alloc::format!("{number:06}")) {
            found +=
                usize::from(hash.is_of(&ours.slow_input(&record, b"pin", &candidate)).unwrap_u8());
            assert!(!bool::from(hash.is_of(&theirs.slow_input(&record, b"pin", &candidate))));
        }
        assert_eq!(found, 1, "whoever has the root finds it");
        for input in [
            ours.slow_input(&other, b"pin", "004938"),
            ours.slow_input(&record, b"backup", "004938"),
        ] {
            assert!(!bool::from(hash.is_of(&input)), "it is of one subject, and of its PIN");
        }
    }
}
