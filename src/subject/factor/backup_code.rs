//! Single-use backup codes.

mod codes;

use alloc::{string::String, vec::Vec};

use minicbor::bytes::ByteArray;
use subtle::{Choice, ConstantTimeEq as _};

pub use self::codes::BackupCodes;
pub(crate) use self::codes::canonical;
use super::{
    hashing::{Drawn, HashContext, HashInput},
    slow_task::{Legacy, SlowAttempt, SlowTask},
};
use crate::{
    denial::{Denial, Reason},
    keys::Generation,
    moment::Moment,
    subject::record::{
        backup_set::{BackupSet, Origin, StoredBackupCode},
        factor_times::FactorTimes,
        factors::Factors,
        lease::LeaseTarget,
        limiter::LaneLimiters,
        slow_hash::{Salt, SlowHash},
    },
    time::UnixTime,
    wiped::Wiped,
};

/// Generates new codes, and prepares them for hashing.
pub(crate) fn begin(
    count: u8,
    context: &HashContext<'_>,
    moment: &mut Moment,
) -> Drawn<BackupCodes> {
    let HashContext { keys, record, .. } = context;
    let (generation, pepper) = keys.newest_pepper();
    let selector = |text: &str| pepper.backup_selector(record, text);
    let codes = BackupCodes::generate(count, moment, selector);
    let inputs = codes.canonical().map(|text| hash_input(text, context, moment)).collect();
    Drawn { record: *record, generation, inputs, value: codes }
}

/// Returns the input of the slow hash of one code, in the generation that seals.
pub(crate) fn hash_input(
    canonical: &str,
    context: &HashContext<'_>,
    moment: &mut Moment,
) -> HashInput {
    let HashContext { keys, record, cost } = context;
    let (_, pepper) = keys.newest_pepper();
    HashInput {
        selector: pepper.backup_selector(record, canonical),
        input: pepper.slow_input(record, PURPOSE, canonical),
        salt: Salt::draw(*cost, moment),
    }
}

/// Enrolls a set of codes, and returns whether it replaces an earlier set.
pub(crate) fn confirm(
    factors: &mut Factors,
    (generation, codes): (Generation, Vec<StoredBackupCode>),
    origin: Origin,
    now: UnixTime,
) -> bool {
    let limiters = (origin == Origin::Imported).then(LaneLimiters::new);
    let times = FactorTimes::new(now);
    factors.backup.replace(BackupSet { codes, limiters, times, generation }).is_some()
}

/// Returns the stored form of hashed codes.
pub(crate) fn stored(hashes: &[(u16, SlowHash)]) -> impl Iterator<Item = StoredBackupCode> {
    let fresh = |(selector, hash): &(u16, SlowHash)| StoredBackupCode::Fresh {
        selector: *selector,
        hash: hash.clone(),
    };
    hashes.iter().map(fresh)
}

/// Returns the canonical form of `typed`, or an error if it is not a backup code.
pub(crate) fn check_form(typed: &str) -> Result<Wiped<String>, Denial> {
    canonical(typed).ok_or(Denial::new(Reason::Malformed))
}

/// Prepares the slow check of a code, or refuses it at once.
///
/// A code without the selector of an unused code costs no slow hash. Otherwise, a caller who has
/// only a first factor could keep the owner's codes busy, locked or disabled. 64 of its 80 bits are
/// then left to guess (STD N-36). An imported code may be short, so each attempt at it has a slow
/// check and is counted.
pub(crate) fn check(
    set: Option<&BackupSet>,
    typed: &str,
    canonical: &str,
    context: &HashContext<'_>,
) -> Result<SlowAttempt, Reason> {
    let HashContext { keys, record, cost } = context;
    let pepper = match set {
        // If its generation was dropped, the set must be generated again.
        Some(set) => keys.pepper(set.generation).ok_or(Reason::Disabled)?,
        None => keys.newest_pepper().1,
    };
    let mark = pepper.backup_mark(record, canonical);
    let selector = pepper.backup_selector(record, canonical);
    let (mut is_used, mut found, mut legacy) = (Choice::from(0), Vec::new(), Vec::new());
    let codes = set.map_or(&[][..], |set| &set.codes);
    for (place, code) in (0..).zip(codes) {
        match code {
            StoredBackupCode::Used(its) => is_used |= its.ct_eq(&mark[..]),
            StoredBackupCode::Fresh { selector: its, hash } => {
                found.push((its.ct_eq(&selector), place, hash));
            }
            StoredBackupCode::Legacy(hash) => legacy.push((place, hash.clone())),
        }
    }
    let found = found.into_iter().filter(|(has_selector, ..)| bool::from(*has_selector));
    let mut against: Vec<_> = found.map(|(_, place, hash)| (place, hash.clone())).collect();
    // STD N-29: a replay is reported and not counted.
    let replay = bool::from(is_used).then_some(Reason::Replayed);
    let is_imported = set.is_some_and(|set| set.limiters.is_some());
    if !is_imported && against.is_empty() {
        return Err(replay.unwrap_or(Reason::Incorrect));
    }
    if against.is_empty() {
        // The cost is that of this set and not of the policy, because timing would reveal the
        // selector.
        let of_set = set.and_then(|set| set.hashes().next());
        let dummy = of_set.map_or_else(|| SlowHash::dummy(*cost), SlowHash::dummy_like);
        against.push((DUMMY, dummy));
    }
    let legacy = Legacy { typed: Wiped::new(typed.trim().into()), hashes: legacy };
    let typed = pepper.slow_input(record, PURPOSE, canonical);
    Ok(SlowAttempt {
        target: LeaseTarget::BackupCode { mark: (*mark).into() },
        task: SlowTask { typed, against, legacy, remote: None, renewal: None },
        // From outside, a replay of an imported code looks and costs like an incorrect code.
        refusal: replay,
    })
}

/// Consumes the code at `place`.
///
/// Returns the number of codes left, or `None` if no code is at `place`.
///
/// The write that records the success spends the code (STD N-32).
pub(crate) fn spend(
    set: &mut BackupSet,
    place: u8,
    mark: &ByteArray<32>,
    now: UnixTime,
) -> Option<u8> {
    *set.codes.get_mut(usize::from(place))? = StoredBackupCode::Used(*mark);
    set.times.touch(now);
    Some(set.left())
}

/// Removes the codes, and returns whether there were any.
pub(crate) fn remove(factors: &mut Factors) -> bool {
    factors.backup.take().is_some()
}

/// Separates the keyed hashes of backup codes from those of PINs.
pub(super) const PURPOSE: &[u8] = b"backup";
/// The place of a hash that matches nothing.
const DUMMY: u8 = u8::MAX;

#[cfg(test)]
mod tests {
    use alloc::format;

    use super::*;
    use crate::{id::SubjectId, keys::Keys, policy::Policy};

    const SELECTORS: [u16; 10] = [0, 1, 255, 256, 257, 4096, 32767, 32768, 65534, 65535];

    fn keys() -> Keys {
        Keys::new(core::array::from_fn(|at| at as u8))
    }

    /// A set of ten codes, whose hashes have a different cost than the policy's.
    fn set(origin: Origin, selector: impl Fn(usize) -> u16) -> BackupSet {
        let then = Policy::builder().danger_cheap_hashes().build().unwrap().hash_cost();
        let hash = SlowHash::dummy(then);
        let fresh = |at| StoredBackupCode::Fresh { selector: selector(at), hash: hash.clone() };
        let mut factors = Factors::default();
        let codes = (Generation::FIRST, (0..10).map(fresh).collect());
        confirm(&mut factors, codes, origin, UnixTime::from_secs(0));
        factors.backup.unwrap()
    }

    fn guess(set: &BackupSet, number: usize) -> Result<SlowAttempt, Reason> {
        let keys = keys();
        let record = keys.subject_record(&SubjectId::new("alice").unwrap());
        let context = HashContext { keys: &keys, record, cost: Policy::default().hash_cost() };
        let typed = format!("ABCD-EFGH-JKMN-{number:04}");
        check(Some(set), &typed, &canonical(&typed).unwrap(), &context)
    }

    /// With ten hashes for each guess, guesses would overload a server.
    #[test]
    fn guess_at_an_imported_code_costs_one_hash() {
        let set = set(Origin::Imported, |at| SELECTORS[at]);
        let written = |hash: &SlowHash| minicbor::to_vec(hash).unwrap();
        let of_set = set.hashes().next().map(written);
        for number in 0..200 {
            let attempt = guess(&set, number).ok().unwrap();
            let [(_, its)] = &attempt.task.against[..] else { panic!("not one hash") };
            // With another cost, timing would reveal that no code has this selector.
            assert_eq!(Some(written(its)), of_set);
        }
    }

    #[test]
    fn guess_without_a_selector_costs_no_hash() {
        let set = set(Origin::Generated, |at| SELECTORS[at]);
        let misses = (0..9999).filter(|number| {
            let refused = guess(&set, *number).err();
            assert!(refused.is_none_or(|reason| reason == Reason::Incorrect));
            refused.is_some()
        });
        // Ten selectors of 65,536: on average, 1.5 of 9,999 guesses have one of them.
        assert!((9_990..9_999).contains(&misses.count()));
    }

    #[test]
    fn guess_is_compared_with_each_code_of_its_selector() {
        let keys = keys();
        let record = keys.subject_record(&SubjectId::new("alice").unwrap());
        let text = canonical("ABCD-EFGH-JKMN-0007").unwrap();
        let its = keys.newest_pepper().1.backup_selector(&record, &text);
        let set = set(Origin::Generated, |at| if at % 4 == 1 { its } else { its ^ 1 << at });
        let attempt = guess(&set, 7).ok().unwrap();
        let places: Vec<u8> = attempt.task.against.iter().map(|(place, _)| *place).collect();
        assert_eq!(places, [1, 5, 9]);
        assert_eq!(guess(&set, 8).err(), Some(Reason::Incorrect));
    }
}
