//! How many codes went to numbers that begin alike, and how many were entered. Sends nothing.

use alloc::vec::Vec;
use core::fmt;

use minicbor::{CborLen, Decode, Encode};

use super::{Moment, Transition, Unreadable, budget::write, codec::open, span::Span};
use crate::{
    Keys, UnixTime,
    id::RecordId,
    keys::{PREFIX_SHARDS, RecordKind},
    policy::{PrefixLimits, SendLimits},
    record::Record,
    time::{DAY, HOUR},
};

/// What went to numbers that begin alike, within an hour and within a day.
///
/// Counts, not a list: an honest town may be sent thousands. Each begins with a send and ends with its
/// time.
#[derive(Encode, Decode, CborLen)]
#[cbor(map)]
pub(super) struct PrefixTallies {
    #[n(0)]
    hour: Tally,
    #[n(1)]
    day: Tally,
}

#[derive(Encode, Decode, CborLen)]
#[cbor(map)]
struct Tally {
    #[n(0)]
    time: Span,
    #[n(1)]
    sent: u32,
    #[n(2)]
    conversion: u32,
}

impl PrefixTallies {
    pub(super) const fn new() -> Self {
        Self { hour: Tally::new(), day: Tally::new() }
    }

    /// When there is room for one more, if there is none now.
    ///
    /// FAILURES 91: whoever is paid for messages has them sent and enters none, so those that were
    /// entered make room for as many more. There is room for what `one` number may be sent, so that
    /// whoever is not reached is held up by the budget of the number first.
    pub(super) fn full_until(
        &self,
        limits: &PrefixLimits,
        one: &SendLimits,
        now: UnixTime,
    ) -> Option<UnixTime> {
        let over = |tally: &Tally, limit: u16, one: u8| {
            let room = limit.div_ceil(u16::from(PREFIX_SHARDS)).max(u16::from(one));
            let room = u32::from(room);
            let is_full = tally.sent.saturating_sub(tally.conversion)
                >= room.saturating_add(tally.conversion);
            tally.time.waits_until(now).filter(|_| is_full)
        };
        over(&self.hour, limits.an_hour, one.an_hour).max(over(&self.day, limits.a_day, one.a_day))
    }

    pub(super) fn note_send(&mut self, now: UnixTime) {
        for (tally, secs) in [(&mut self.hour, HOUR), (&mut self.day, DAY)] {
            if tally.time.is_over(now) {
                *tally = Tally { time: Span::new(now, secs), sent: 0, conversion: 0 };
            }
            tally.sent = tally.sent.saturating_add(1);
        }
    }

    fn record_conversion(&mut self) {
        for tally in [&mut self.hour, &mut self.day] {
            // What was sent before the time began is no sign of what was sent since.
            tally.conversion = tally.conversion.saturating_add(1).min(tally.sent);
        }
    }

    /// Lets times begin again that lie in the future; whether there were any.
    pub(super) fn repair(&mut self, now: UnixTime) -> bool {
        let was_fault = self.hour.time.is_in_future(now) || self.day.time.is_in_future(now);
        self.hour.time.repair(now);
        self.day.time.repair(now);
        was_fault
    }
}

impl Tally {
    const fn new() -> Self {
        Self { time: Span::none(), sent: 0, conversion: 0 }
    }
}

/// A code that went to a phone number was entered: to be noted in the record of the numbers that begin
/// like it, best effort.
///
/// What is never noted only makes less room for such numbers.
///
/// # Example
///
/// ```
/// use second_factor::{Keys, storage::Record};
/// use second_factor::subject::{Conversion, Moment, Transition, Unreadable};
///
/// fn note(
///     keys: &Keys, conversion: Conversion, stored: Option<&Record>, moment: Moment,
/// ) -> Result<Option<Transition<()>>, Unreadable> {
///     conversion.note(keys, stored, moment)
/// }
/// # let _ = note;
/// ```
#[derive(Clone, Copy)]
pub struct Conversion {
    id: RecordId,
}

impl Conversion {
    pub(super) const fn new(id: RecordId) -> Self {
        Self { id }
    }

    /// The record to load.
    #[must_use]
    pub const fn record_id(&self) -> &RecordId {
        &self.id
    }

    /// What to write; `None`, if there is nothing to note it in.
    ///
    /// # Errors
    ///
    /// [`Unreadable`]: these keys do not open the record.
    pub fn note(
        self,
        keys: &Keys,
        record: Option<&Record>,
        mut moment: Moment,
    ) -> Result<Option<Transition<()>>, Unreadable> {
        let Some(record) = record else { return Ok(None) };
        let place = (RecordKind::Prefix, &self.id);
        let (mut tallies, _) = open::<PrefixTallies>(keys, place, record)?;
        tallies.record_conversion();
        let version = Some(record.version());
        let next = write(keys, place, version, &tallies, &mut moment);
        Ok(Some(Transition::new(self.id, version, next, Ok(()), Vec::new())))
    }
}

impl fmt::Debug for Conversion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Conversion")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LIMITS: PrefixLimits = PrefixLimits { an_hour: 16, a_day: 40 };
    const ONE: SendLimits = SendLimits { an_hour: 1, a_day: 1 };

    fn at(secs: u64) -> UnixTime {
        UnixTime::from_secs(secs)
    }

    fn sent(times: usize, when: UnixTime) -> PrefixTallies {
        let mut tallies = PrefixTallies::new();
        (0..times).for_each(|_| tallies.note_send(when));
        tallies
    }

    #[test]
    fn a_record_has_an_eighth_of_the_room() {
        let now = at(1_000_000);
        assert_eq!(sent(1, now).full_until(&LIMITS, &ONE, now), None);
        assert_eq!(sent(2, now).full_until(&LIMITS, &ONE, now), Some(now.plus(3600)));
        assert_eq!(sent(2, now).full_until(&LIMITS, &ONE, now.plus(3600)), None);
    }

    #[test]
    fn it_has_at_least_the_room_of_one_number() {
        let (now, one) = (at(1_000_000), SendLimits { an_hour: 3, a_day: 9 });
        assert_eq!(sent(2, now).full_until(&LIMITS, &one, now), None);
        assert_eq!(sent(3, now).full_until(&LIMITS, &one, now), Some(now.plus(3600)));
    }

    #[test]
    fn the_day_counts_on_when_the_hour_is_over() {
        let now = at(1_000_000);
        let mut tallies = sent(2, now);
        for hour in 1..3 {
            assert_eq!(tallies.full_until(&LIMITS, &ONE, now.plus(hour * 3600)), None);
            tallies.note_send(now.plus(hour * 3600));
        }
        tallies.note_send(now.plus(3 * 3600));
        let full = tallies.full_until(&LIMITS, &ONE, now.plus(4 * 3600));
        assert_eq!(full, Some(now.plus(24 * 3600)));
    }

    #[test]
    fn each_code_that_is_entered_makes_room_for_itself_and_one_more() {
        let now = at(1_000_000);
        let mut tallies = sent(2, now);
        tallies.record_conversion();
        for _ in 0..2 {
            assert_eq!(tallies.full_until(&LIMITS, &ONE, now), None);
            tallies.note_send(now);
        }
        assert!(tallies.full_until(&LIMITS, &ONE, now).is_some());
    }

    #[test]
    fn no_more_count_as_entered_than_were_sent() {
        let now = at(1_000_000);
        let mut tallies = sent(1, now);
        (0..100).for_each(|_| tallies.record_conversion());
        (0..3).for_each(|_| tallies.note_send(now));
        assert!(tallies.full_until(&LIMITS, &ONE, now).is_some_and(|until| until > now));
    }

    #[test]
    fn a_time_in_the_future_holds_nobody_up_for_longer_than_its_length() {
        let now = at(1_000_000);
        let mut tallies = sent(50, at(1 << 40));
        assert!(tallies.repair(now));
        assert_eq!(tallies.full_until(&LIMITS, &ONE, now), Some(now.plus(24 * 3600)));
        assert!(!tallies.repair(now));
    }

    #[test]
    fn a_day_in_the_future_is_a_fault_where_the_hour_is_none() {
        let now = at(1_000_000);
        let mut tallies = sent(1, at(1 << 40));
        tallies.hour = sent(1, now).hour;
        assert!(tallies.repair(now));
        assert!(!tallies.repair(now));
    }
}
