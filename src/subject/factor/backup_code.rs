//! Backup codes, each of which is used once.

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
    moment::Moment,
    subject::record::{
        backup_set::{BackupSet, StoredBackupCode},
        factor_times::FactorTimes,
        factors::Factors,
        lease::LeaseTarget,
        limiter::Limiter,
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
    let selector = |text: &str| keys.backup_selector(record, text);
    let codes = BackupCodes::generate(count, moment, selector);
    let inputs = codes.canonical().map(|text| hash_input(text, context, moment)).collect();
    Drawn { record: *record, inputs, value: codes }
}

/// The input of the slow hash of one code.
pub(crate) fn hash_input(
    canonical: &str,
    context: &HashContext<'_>,
    moment: &mut Moment,
) -> HashInput {
    let HashContext { keys, record, cost } = context;
    HashInput {
        selector: keys.backup_selector(record, canonical),
        input: keys.slow_input(record, PURPOSE, canonical),
        salt: Salt::draw(*cost, moment),
    }
}

/// Enrolls a set of codes; returns whether it replaces one.
pub(crate) fn confirm(factors: &mut Factors, codes: Vec<StoredBackupCode>, now: UnixTime) -> bool {
    let (limiter, times) = (Limiter::new(), FactorTimes::new(now));
    factors.backup.replace(BackupSet { codes, limiter, times }).is_some()
}

/// The stored form of hashed codes.
pub(crate) fn stored(hashes: &[(u8, SlowHash)]) -> impl Iterator<Item = StoredBackupCode> {
    let fresh = |(selector, hash): &(u8, SlowHash)| StoredBackupCode::Fresh {
        selector: *selector,
        hash: hash.clone(),
    };
    hashes.iter().map(fresh)
}

/// Returns the canonical form of `typed`, or an error if it is not a backup code.
pub(crate) fn check_form(typed: &str) -> Result<Wiped<String>, Denial> {
    canonical(typed).ok_or(Denial::new(Reason::Malformed))
}

/// Prepares the slow check of a code.
///
/// Without a set, it has a hash that matches no input (law 8).
pub(crate) fn check(
    set: Option<&BackupSet>,
    typed: &str,
    canonical: &str,
    context: &HashContext<'_>,
) -> SlowAttempt {
    let HashContext { keys, record, cost } = context;
    let mark = keys.backup_mark(record, canonical);
    let selector = keys.backup_selector(record, canonical);
    let (mut is_used, mut against, mut legacy) = (Choice::from(0), Vec::new(), Vec::new());
    let codes = set.map_or(&[][..], |set| &set.codes);
    for (place, code) in (0..).zip(codes) {
        match code {
            StoredBackupCode::Used(its) => is_used |= its.ct_eq(&mark[..]),
            StoredBackupCode::Fresh { selector: its, hash } if *its == selector => {
                against.push((place, hash.clone()));
            }
            StoredBackupCode::Fresh { .. } => {}
            StoredBackupCode::Legacy(hash) => legacy.push((place, hash.clone())),
        }
    }
    if against.is_empty() {
        // At the cost of this set and not at the policy's: timing would reveal the selector.
        let of_set = set.and_then(|set| set.hashes().next());
        let dummy = of_set.map_or_else(|| SlowHash::dummy(*cost), SlowHash::dummy_like);
        against.push((DUMMY, dummy));
    }
    let legacy = Legacy { typed: Wiped::new(typed.trim().into()), hashes: legacy };
    let typed = keys.slow_input(record, PURPOSE, canonical);
    SlowAttempt {
        target: LeaseTarget::BackupCode { mark: (*mark).into() },
        task: SlowTask { typed, against, legacy, remote: None },
        // STD N-29: a replay is reported and not counted. From outside it looks and costs the same.
        refusal: bool::from(is_used).then_some(Reason::Replayed),
    }
}

/// Spends the code at `place`.
///
/// Returns how many are left, or `None` if there is no such code.
///
/// The write that records the success spends the code (STD N-32).
pub(crate) fn spend(set: &mut BackupSet, place: u8, mark: &ByteArray<32>) -> Option<u8> {
    *set.codes.get_mut(usize::from(place))? = StoredBackupCode::Used(*mark);
    Some(set.left())
}

/// Removes the codes; returns whether there were any.
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

    /// At ten hashes for each guess, guesses would overload a server.
    #[test]
    fn guess_costs_one_hash_and_seldom_two() {
        let keys = Keys::new(core::array::from_fn(|at| at as u8));
        let record = keys.subject_record(&SubjectId::new("alice").unwrap());
        // The set was hashed at another cost than the policy's.
        let then = Policy::builder().danger_cheap_hashes().build().unwrap().hash_cost();
        let now = HashContext { keys: &keys, record, cost: Policy::default().hash_cost() };
        let written = |hash: &SlowHash| minicbor::to_vec(hash).unwrap();
        let hash = SlowHash::dummy(then);
        let fresh = |selector| StoredBackupCode::Fresh { selector, hash: hash.clone() };
        let mut factors = Factors::default();
        confirm(&mut factors, (0..10).map(fresh).collect(), UnixTime::from_secs(0));
        let guess = |number: usize| {
            let typed = format!("ABCD-EFGH-JKMN-{number:04}");
            let text = canonical(&typed).unwrap();
            let attempt = check(factors.backup.as_ref(), &typed, &text, &now);
            // With another cost, timing would reveal that no code has this selector.
            let against = &attempt.task.against;
            assert!(against.iter().all(|(_, its)| written(its) == written(&hash)));
            against.len()
        };
        let hashes: usize = (0..200).map(guess).sum();
        assert!((200..220).contains(&hashes), "{hashes}");
    }
}
