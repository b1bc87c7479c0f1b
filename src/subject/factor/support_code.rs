//! Backup codes that support issues.

use alloc::vec;

use minicbor::bytes::ByteArray;
use subtle::ConstantTimeEq as _;

use super::{
    backup_code::{BackupCodes, PURPOSE, hash_input},
    hashing::{HashContext, HashInput},
    slow_task::{Legacy, SlowAttempt, SlowTask},
};
use crate::{
    denial::Reason,
    id::RecordId,
    keys::{Generation, Pepper},
    moment::Moment,
    policy::SupportCodeUse,
    purpose::Operation,
    subject::record::{
        lease::LeaseTarget, lifetime::Lifetime, slow_hash::SlowHash,
        support_code::StoredSupportCode,
    },
    time::UnixTime,
};

/// Generates a code, and the input of its slow hash.
pub(crate) fn begin(
    context: &HashContext<'_>,
    moment: &mut Moment,
) -> (BackupCodes, vec::Vec<HashInput>) {
    let code = BackupCodes::generate(1, moment, |_| 0);
    let inputs = code.canonical().map(|text| hash_input(text, context, moment)).collect();
    (code, inputs)
}

/// Returns the stored form of a hashed code, or `None` if its generation is not known.
pub(crate) fn stored(
    canonical: &str,
    (generation, hash): (Generation, SlowHash),
    lifetime: Lifetime,
    context: &HashContext<'_>,
) -> Option<StoredSupportCode> {
    let selector = selector(context.keys.pepper(generation)?, &context.record, canonical);
    Some(StoredSupportCode { selector, hash, lifetime, is_used: false, generation })
}

/// Prepares the slow check of a code, or returns `None`.
///
/// Returns `None` if the input is not the support code, or if the generation of the support code
/// was dropped. The selector has 32 bits. One in four billion backup codes shares it, and is
/// refused as long as the support code is stored. An attacker must guess the other 48 bits, with
/// one slow hash for each guess.
pub(crate) fn check(
    code: &StoredSupportCode,
    canonical: &str,
    (purpose, uses): (Operation, SupportCodeUse),
    now: UnixTime,
    context: &HashContext<'_>,
) -> Option<SlowAttempt> {
    let HashContext { keys, record, .. } = context;
    let pepper = keys.pepper(code.generation)?;
    let selector = selector(pepper, record, canonical);
    if !bool::from(selector.ct_eq(&*code.selector)) {
        return None;
    }
    let refusal = if code.is_used {
        Some(Reason::Replayed)
    } else if code.lifetime.is_over(now) {
        Some(Reason::Expired)
    } else {
        (!uses.allows(purpose)).then_some(Reason::NotAllowed)
    };
    let task = SlowTask {
        typed: pepper.slow_input(record, PURPOSE, canonical),
        against: vec![(0, code.hash.clone())],
        legacy: Legacy::default(),
        remote: None,
        renewal: None,
    };
    Some(SlowAttempt { target: LeaseTarget::SupportCode, task, refusal })
}

/// Returns the first bytes of the keyed hash, by which a code is found.
fn selector(pepper: Pepper<'_>, record: &RecordId, canonical: &str) -> ByteArray<4> {
    let [a, b, c, d, ..] = *pepper.backup_mark(record, canonical);
    [a, b, c, d].into()
}
