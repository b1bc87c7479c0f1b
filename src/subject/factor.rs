//! The factors, one file each.
//!
//! Every file has the same functions: `begin` an enrollment, `confirm` it, `check` an attempt,
//! `remove` the factor. A check concerns one factor; [`decision`](super::decision) counts and
//! reports.

pub(crate) mod backup_code;
pub(crate) mod hashing;
pub(crate) mod hotp;
pub(crate) mod pin;
pub(crate) mod security_key;
pub(crate) mod sent_code;
pub(crate) mod sign_in_request;
pub(crate) mod slow_task;
pub(crate) mod support_code;
pub(crate) mod totp;

use core::ops::RangeInclusive;

use self::slow_task::SlowAttempt;
use super::record::{client_binding::ClientBinding, lifetime::Lifetime};
use crate::{
    denial::{Denial, Reason},
    purpose::Operation,
    time::UnixTime,
};

/// What the check of an attempt found.
pub(crate) enum Attempt {
    /// It is correct, and consumed in the state that is about to be written (law 3).
    Correct,
    /// It is incorrect, and is counted as a failure.
    Incorrect,
    /// It is refused and not counted: it cannot be a guess.
    Refused(Reason),
    /// It was accepted before.
    Replayed,
    /// It needs a slow check.
    Slow(SlowAttempt),
}

/// Who makes an attempt, for what, and when.
pub(crate) struct Caller {
    pub(crate) client: ClientBinding,
    pub(crate) now: UnixTime,
    pub(crate) purpose: Operation,
}

impl Caller {
    /// Why this caller must not use what was created for another (law 4).
    pub(crate) fn mismatch(&self, purpose: Operation, client: &ClientBinding) -> Option<Reason> {
        if purpose != self.purpose {
            Some(Reason::OtherPurpose)
        } else if !client.matches(&self.client) {
            Some(Reason::OtherClient)
        } else {
            None
        }
    }

    /// As [`mismatch`](Self::mismatch), or [`Reason::Expired`] if the lifetime is over.
    pub(crate) fn refusal(
        &self,
        purpose: Operation,
        client: &ClientBinding,
        lifetime: &Lifetime,
    ) -> Option<Reason> {
        let is_expired = lifetime.is_over(self.now);
        self.mismatch(purpose, client).or_else(|| is_expired.then_some(Reason::Expired))
    }
}

/// Returns an error unless `typed` has ASCII digits only, of one of these lengths.
pub(crate) fn check_digits(typed: &str, lengths: RangeInclusive<usize>) -> Result<(), Denial> {
    if lengths.contains(&typed.len()) && typed.bytes().all(|byte| byte.is_ascii_digit()) {
        Ok(())
    } else {
        Err(Denial::new(Reason::Malformed))
    }
}
