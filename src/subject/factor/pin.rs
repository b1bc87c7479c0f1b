//! The two-step PIN.

pub(crate) mod new_pin;
mod reminder;
mod reset;

use alloc::vec;

use self::new_pin::{LONGEST, NewPin, SHORTEST};
use super::{
    Caller,
    hashing::{Drawn, HashContext, HashInput},
    slow_task::{Legacy, Renewed, SlowAttempt, SlowTask},
};
use crate::{
    denial::{Denial, Reason},
    factor::{FactorKind, FactorSet},
    id::{Handle, HandleKind},
    keys::{Generation, Keys},
    moment::Moment,
    subject::record::{
        factor_times::FactorTimes,
        factors::Factors,
        lease::LeaseTarget,
        limiter::{LaneLimiters, Limiter},
        pin::{PinFactor, PinReset, Reminder},
        slow_hash::{Salt, SlowHash},
        state::State,
    },
    time::UnixTime,
};

/// Prepares a new PIN for hashing.
pub(crate) fn begin(pin: NewPin, context: &HashContext<'_>, moment: &mut Moment) -> Drawn<NewPin> {
    let (generation, input) = hash_input(pin.expose(), context, moment);
    Drawn { record: context.record, generation, inputs: vec![input], value: pin }
}

/// Returns the input of the slow hash of a PIN, in the generation that seals.
fn hash_input(
    pin: &str,
    context: &HashContext<'_>,
    moment: &mut Moment,
) -> (Generation, HashInput) {
    let HashContext { keys, record, cost } = context;
    let (generation, pepper) = keys.newest_pepper();
    let input = pepper.slow_input(record, PURPOSE, pin);
    (generation, HashInput { selector: 0, input, salt: Salt::draw(*cost, moment) })
}

/// Sets the PIN, and returns whether it replaces an earlier one.
pub(crate) fn confirm(
    factors: &mut Factors,
    (generation, hash): (Generation, SlowHash),
    now: UnixTime,
) -> bool {
    let (limiters, rehearsals) = (LaneLimiters::new(), Limiter::new());
    let (times, reminder) = (FactorTimes::new(now), Reminder::new(0, now));
    let reset = None;
    // The owner, who proved the earlier PIN, ends its reset.
    let next_reset = factors.pin.as_mut().and_then(|earlier| {
        earlier.end_reset(now);
        earlier.next_reset
    });
    let pin =
        PinFactor { hash, limiters, times, reminder, reset, rehearsals, generation, next_reset };
    factors.pin.replace(pin).is_some()
}

/// Returns an error unless `typed` could be a PIN.
pub(crate) fn check_form(typed: &str) -> Result<(), Denial> {
    if (SHORTEST..=LONGEST).contains(&typed.len()) {
        Ok(())
    } else {
        Err(Denial::new(Reason::Malformed))
    }
}

/// Returns why the PIN must be refused if its generation was dropped. It must be set again.
pub(crate) fn refusal(factors: &Factors, keys: &Keys) -> Option<Reason> {
    let pin = factors.pin.as_ref()?;
    keys.pepper(pin.generation).is_none().then_some(Reason::Disabled)
}

/// Prepares the slow check of the PIN for a partial proof.
pub(crate) fn check(
    state: &State,
    partial: &Handle,
    caller: &Caller,
    allowed: FactorSet,
    task: SlowTask,
) -> SlowAttempt {
    let found = state.partial_proof(HandleKind::PinDue, partial);
    let refusal = match found {
        Some(partial) => {
            // A mismatch takes precedence, because the step belongs to another caller.
            let refusal = caller.refusal(partial.purpose, &partial.client, &partial.lifetime);
            let is_allowed = partial.can_continue(FactorKind::Pin, allowed);
            refusal.or((!is_allowed).then_some(Reason::NotAllowed))
        }
        None => Some(Reason::NotFound),
    };
    SlowAttempt { target: LeaseTarget::Pin, task, refusal }
}

/// Prepares the slow check of the PIN for a rehearsal.
pub(crate) const fn rehearse(task: SlowTask) -> SlowAttempt {
    SlowAttempt { target: LeaseTarget::PinRehearsal, task, refusal: None }
}

/// Returns the input of a slow check of the PIN.
///
/// If a later generation seals now, a correct PIN is hashed again for it.
pub(crate) fn task(
    factors: &Factors,
    typed: &str,
    context: &HashContext<'_>,
    moment: &mut Moment,
) -> SlowTask {
    let (newest, pepper) = context.keys.newest_pepper();
    let stored = factors.pin.as_ref();
    let generation = stored.map_or(newest, |pin| pin.generation);
    let renewal = (generation < newest).then(|| hash_input(typed, context, moment).1);
    let pepper = context.keys.pepper(generation).unwrap_or(pepper);
    SlowTask {
        typed: pepper.slow_input(&context.record, PURPOSE, typed),
        against: stored.map(|pin| (0, pin.hash.clone())).into_iter().collect(),
        legacy: Legacy::default(),
        remote: None,
        renewal: renewal.map(|input| (newest, input)),
    }
}

/// Stores the hash of a later generation, unless the PIN was changed during the check.
pub(crate) fn renew(pin: &mut PinFactor, renewed: &Renewed) {
    let Renewed { from, generation, hash } = renewed;
    if pin.hash.has_salt_of(from) {
        (pin.generation, pin.hash) = (*generation, hash.clone());
    }
}

/// Records that the PIN was correct, and returns whether this cancels its reset.
pub(crate) fn accept(pin: &mut PinFactor, now: UnixTime) -> bool {
    pin.times.touch(now);
    pin.reminder = pin.reminder.longer(now);
    // FAILURES 109: a user who knows the PIN does not need it removed.
    pin.end_reset(now)
}

/// Shortens the time to the next reminder, after an incorrect rehearsal.
pub(crate) const fn remind_sooner(pin: &mut PinFactor, now: UnixTime) {
    pin.reminder = pin.reminder.shorter(now);
}

/// Begins the wait before the PIN is removed, after a proof with `factors`.
///
/// Returns the time at which the wait ends.
pub(crate) fn begin_reset(pin: &mut PinFactor, factors: FactorSet, now: UnixTime) -> UnixTime {
    pin.reset.insert(PinReset::new(factors, now)).ends_at()
}

/// Removes the PIN, and returns whether there was one.
pub(crate) fn remove(factors: &mut Factors) -> bool {
    factors.pin.take().is_some()
}

/// Separates the keyed hashes of PINs from those of backup codes.
const PURPOSE: &[u8] = b"pin";

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{id::SubjectId, policy::HashCost, subject::HashMemory};

    const NOON: UnixTime = UnixTime::from_secs(1_800_000_000);

    #[test]
    fn failure_107_pin_hash_needs_the_key_root() {
        let keys = |first: u8| Keys::new(core::array::from_fn(|at| first + at as u8));
        let (ours, theirs) = (keys(1), keys(2));
        let record = ours.subject_record(&SubjectId::new("alice").unwrap());
        let other = ours.subject_record(&SubjectId::new("bob").unwrap());
        let salt = Salt::draw(HashCost::Cheap, &mut Moment::new(NOON, [1; 32]));
        let mut memory = HashMemory::default();
        let hash = salt
            .hash(&ours.newest_pepper().1.slow_input(&record, b"pin", "004938"), &mut memory)
            .unwrap();
        let mut found = 0;
        for candidate in (0..10_000).map(|number| alloc::format!("{number:06}")) {
            found += usize::from(
                hash.is_of(
                    &ours.newest_pepper().1.slow_input(&record, b"pin", &candidate),
                    &mut memory,
                )
                .unwrap_u8(),
            );
            assert!(!bool::from(hash.is_of(
                &theirs.newest_pepper().1.slow_input(&record, b"pin", &candidate),
                &mut memory
            )));
        }
        assert_eq!(found, 1, "with the root it is found");
        for input in [
            ours.newest_pepper().1.slow_input(&other, b"pin", "004938"),
            ours.newest_pepper().1.slow_input(&record, b"backup", "004938"),
        ] {
            assert!(
                !bool::from(hash.is_of(&input, &mut memory)),
                "it is bound to the subject and to its PIN"
            );
        }
    }

    /// Another process, with older keys, may change the PIN during a check.
    #[test]
    fn renewal_replaces_only_the_hash_that_was_checked() {
        let mut moment = Moment::new(NOON, [1; 32]);
        let mut memory = HashMemory::default();
        // Of one PIN: its hashes differ by their salts.
        let mut hash =
            || Salt::draw(HashCost::Cheap, &mut moment).hash(&[7; 32], &mut memory).unwrap();
        let (checked, changed, renewed) = (hash(), hash(), hash());
        let generation = minicbor::decode(&[1]).unwrap();
        assert!(generation > Generation::FIRST);
        for (stored, expected) in [(&checked, generation), (&changed, Generation::FIRST)] {
            let mut factors = Factors::default();
            confirm(&mut factors, (Generation::FIRST, stored.clone()), NOON);
            let mut pin = factors.pin.unwrap();
            let (from, hash) = (checked.clone(), renewed.clone());
            renew(&mut pin, &Renewed { from, generation, hash });
            assert_eq!(pin.generation, expected);
        }
    }

    /// Each further hash costs tens of milliseconds.
    #[test]
    fn pin_is_hashed_again_only_for_a_later_generation() {
        let root = |first: u8| core::array::from_fn(|at| first + at as u8);
        let one = Keys::new(root(1));
        let opening = Keys::new(root(1)).opening(2, root(2)).unwrap();
        let sealing = Keys::new(root(1)).sealing(2, root(2)).unwrap();
        let mut moment = Moment::new(NOON, [1; 32]);
        for (set, checked, renews) in [
            (&one, &one, false),
            (&one, &opening, false),
            (&one, &sealing, true),
            (&sealing, &sealing, false),
            (&sealing, &opening, false),
        ] {
            let record = one.subject_record(&SubjectId::new("alice").unwrap());
            let [set, checked] =
                [set, checked].map(|keys| HashContext { keys, record, cost: HashCost::Cheap });
            let drawn = begin(NewPin::new("493817").unwrap(), &set, &mut moment);
            let hashed = drawn.hash().unwrap();
            let mut factors = Factors::default();
            confirm(&mut factors, (hashed.generation, hashed.hashes[0].1.clone()), NOON);
            let task = task(&factors, "493817", &checked, &mut moment);
            assert_eq!(task.renewal.is_some(), renews);
        }
    }
}
