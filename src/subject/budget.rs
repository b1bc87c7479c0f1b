//! How many messages may go to one address, over all subjects. Sends nothing.

use alloc::vec::Vec;
use core::fmt;

use minicbor::{CborLen, Decode, Encode};

use super::{
    Decision, Moment, SendPlan, Transition, Unreadable,
    codec::{next_version, open, seal},
    span::is_fault,
    state::Id,
};
use crate::{
    UnixTime,
    id::RecordId,
    keys::{Keys, RecordKind},
    policy::{Policy, SendLimits},
    record::{Record, Version},
    verdict::{Denial, Reason},
};

/// The record of what was sent to one address, by whomever.
///
/// A send is [reserved](Self::reserve) here before its code is drawn, and never given back: whatever
/// dies on the way has spent a send and given none (STD A-31, FAILURES 91).
pub struct Budget<'a> {
    keys: &'a Keys,
    policy: &'a Policy,
    id: RecordId,
    version: Option<Version>,
    state: Spent,
}

#[derive(Default, Encode, Decode, CborLen)]
#[cbor(map)]
struct Spent {
    /// The sends of the last day, the oldest first.
    #[n(0)]
    sends: Vec<Send>,
}

#[derive(Encode, Decode, CborLen)]
struct Send {
    #[n(0)]
    id: Id,
    #[n(1)]
    at: u64,
}

impl<'a> Budget<'a> {
    /// Opens what the store keeps under the id that the plan names.
    ///
    /// # Errors
    ///
    /// [`Unreadable`] when there is a record that these keys do not open. Then nothing is sent.
    pub fn open(
        keys: &'a Keys,
        policy: &'a Policy,
        plan: &SendPlan,
        record: Option<&Record>,
    ) -> Result<Self, Unreadable> {
        let id = *plan.budget();
        let state = match record {
            Some(record) => open(keys, (RecordKind::Budget, &id), record)?,
            None => Spent::default(),
        };
        Ok(Self { keys, policy, id, version: record.map(Record::version), state })
    }

    /// Takes one send, named by `send`, out of the budget. Asking twice for one name takes one.
    ///
    /// # Errors
    ///
    /// A [`Denial`] for [`Reason::Budget`] when the address was written to as often as it may be.
    pub fn reserve(
        mut self,
        plan: &SendPlan,
        send: [u8; 16],
        mut moment: Moment,
    ) -> Decision<Reserved> {
        let now = moment.now();
        let reserved = Reserved { budget: self.id, is_decoy: plan.is_decoy() };
        if plan.is_decoy() {
            return Ok(self.write(Some(Version::NEVER), &mut moment, reserved));
        }
        // A time in the future is a clock fault: count it as now, so that it ends in a day.
        for send in &mut self.state.sends {
            if is_fault(UnixTime::from_secs(send.at), now) {
                send.at = now.as_secs();
            }
        }
        self.state.sends.retain(|send| is_recent(send.at, DAY, now));
        if !self.state.sends.iter().any(|known| *known.id == send) {
            let times = self.state.sends.iter().map(|send| send.at);
            if let Some(until) = full_until(times, self.policy.address_sends(), now) {
                return Err(Denial::until(Reason::Budget, until));
            }
            self.state.sends.push(Send { id: send.into(), at: now.as_secs() });
        }
        let expected = self.version;
        Ok(self.write(expected, &mut moment, reserved))
    }

    fn write(
        self,
        expected: Option<Version>,
        moment: &mut Moment,
        reserved: Reserved,
    ) -> Transition<Reserved> {
        let version = next_version(self.version, moment);
        let place = (RecordKind::Budget, &self.id);
        let forget = moment.now().plus(DAY);
        let record = seal(self.keys, place, version, &self.state, Some(forget), moment);
        Transition::new(self.id, expected, record, Ok(reserved), Vec::new())
    }
}

impl fmt::Debug for Budget<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Budget").field("id", &self.id).finish_non_exhaustive()
    }
}

/// One send, taken out of the budget of an address. [`Subject::send`](super::Subject::send) takes it.
#[derive(Debug)]
#[must_use = "a send that is reserved is spent"]
pub struct Reserved {
    budget: RecordId,
    is_decoy: bool,
}

impl Reserved {
    /// Whether this is a send that `plan` planned, to that very address.
    pub(super) fn is_for(&self, plan: &SendPlan) -> bool {
        self.budget == *plan.budget() && self.is_decoy == plan.is_decoy()
    }
}

/// When there is room for one more, if there is none now. `times` has the oldest first.
pub(super) fn full_until(
    times: impl DoubleEndedIterator<Item = u64> + Clone,
    limits: &SendLimits,
    now: UnixTime,
) -> Option<UnixTime> {
    let over = |count: u8, secs: u64| {
        // The oldest of the last `count` must leave the span.
        let first = times.clone().rev().nth(usize::from(count).saturating_sub(1))?;
        is_recent(first, secs, now).then(|| UnixTime::from_secs(first).plus(secs))
    };
    over(limits.an_hour, HOUR).max(over(limits.a_day, DAY))
}

pub(super) const fn is_recent(at: u64, secs: u64, now: UnixTime) -> bool {
    now.since(UnixTime::from_secs(at)) < secs
}

pub(super) const DAY: u64 = 24 * HOUR;
const HOUR: u64 = 60 * 60;

#[cfg(test)]
mod tests {
    use super::*;

    const LIMITS: SendLimits = SendLimits { an_hour: 2, a_day: 3 };

    fn until(times: &[u64], now: u64) -> Option<u64> {
        full_until(times.iter().copied(), &LIMITS, UnixTime::from_secs(now)).map(UnixTime::as_secs)
    }

    #[test]
    fn a_limit_of_two_is_two() {
        assert_eq!(until(&[], 10_000), None);
        assert_eq!(until(&[10_000], 10_000), None);
        assert_eq!(until(&[10_000, 10_001], 10_002), Some(13_600));
        assert_eq!(until(&[10_000, 10_001], 13_600), None);
    }

    #[test]
    fn the_later_of_hour_and_day_counts() {
        assert_eq!(until(&[0, 50_000, 60_000], 60_001), Some(86_400));
        assert_eq!(until(&[0, 86_000, 86_001], 86_399), Some(89_600));
    }

    #[test]
    fn a_send_in_the_future_counts_as_recent() {
        assert_eq!(until(&[10_050, 10_060], 10_000), Some(13_650));
    }
}
