//! The factors, in one file each.
//!
//! Every file has the same functions: `begin` an enrollment, `confirm` it, `check` an attempt,
//! `remove` the factor. A check concerns one factor. [`decision`](super::decision) counts and
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

use alloc::boxed::Box;
use core::ops::RangeInclusive;

use self::slow_task::SlowAttempt;
use super::record::{
    client_binding::{ClientBinding, PresentedClient},
    lifetime::Lifetime,
};
use crate::{
    denial::{Denial, Reason},
    purpose::Operation,
    time::UnixTime,
};

/// The result of the check of an attempt.
pub(crate) enum Attempt {
    /// The attempt is correct, and is consumed in the state to be written (law 3).
    Correct,
    /// The attempt is incorrect, and is counted as a failure.
    Incorrect,
    /// The attempt is refused and not counted, because it cannot be a guess.
    Refused(Reason),
    /// The code was accepted before.
    Replayed,
    /// The attempt needs a slow check.
    Slow(Box<SlowAttempt>),
}

/// The caller of an attempt, with its purpose and time.
pub(crate) struct Caller {
    pub(crate) client: PresentedClient,
    pub(crate) now: UnixTime,
    pub(crate) purpose: Operation,
}

impl Caller {
    /// Returns why this caller must not use what was created for another caller (law 4).
    pub(crate) fn mismatch(&self, purpose: Operation, client: &ClientBinding) -> Option<Reason> {
        if purpose != self.purpose {
            Some(Reason::OtherPurpose)
        } else if !client.matches(&self.client) {
            Some(Reason::OtherClient)
        } else {
            None
        }
    }

    /// Returns the [`mismatch`](Self::mismatch), or [`Reason::Expired`] if the lifetime is over.
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

/// Returns an error unless `typed` has only ASCII digits and one of these lengths.
pub(crate) fn check_digits(typed: &str, lengths: RangeInclusive<usize>) -> Result<(), Denial> {
    if lengths.contains(&typed.len()) && typed.bytes().all(|byte| byte.is_ascii_digit()) {
        Ok(())
    } else {
        Err(Denial::new(Reason::Malformed))
    }
}
