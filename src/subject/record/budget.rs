//! Stored send budgets of addresses and phone prefixes.

use minicbor::{CborLen, Decode, Encode};

use super::{
    clock_fault::{HasTimes, StoredTime},
    codec::Stored,
    lifetime::Cooldown,
    send_history::SendHistory,
};
use crate::{
    keys::PREFIX_SHARDS,
    policy::{PrefixLimits, SendLimits},
    time::{DAY, HOUR, UnixTime},
};

/// Sends to one address, by all subjects.
#[derive(Default, Encode, Decode, CborLen)]
#[cbor(map)]
pub(crate) struct AddressBudget {
    #[n(0)]
    pub(crate) sends: SendHistory,
    #[n(1)]
    pub(crate) notices: SendHistory,
    /// Sends at known devices, which have half of the budget. `sends` has the others.
    #[n(2)]
    pub(crate) known: Option<SendHistory>,
}

/// Codes sent to one phone prefix, and how many were converted (FAILURES 91).
#[derive(Default, Encode, Decode, CborLen)]
#[cbor(map)]
pub(crate) struct PrefixTallies {
    #[n(0)]
    hour: Tally,
    #[n(1)]
    day: Tally,
    /// Notices, which are never converted and must not use up the budget of codes.
    #[n(2)]
    notices: Option<NoticeTallies>,
}

#[derive(Default, Encode, Decode, CborLen)]
#[cbor(map)]
struct NoticeTallies {
    #[n(0)]
    hour: Tally,
    #[n(1)]
    day: Tally,
}

#[derive(Encode, Decode, CborLen)]
#[cbor(map)]
struct Tally {
    #[n(0)]
    period: Cooldown,
    #[n(1)]
    sent: u32,
    #[n(2)]
    converted: u32,
}

impl Stored for AddressBudget {}

impl Stored for PrefixTallies {}

impl PrefixTallies {
    /// Returns the time at which the next send is permitted, or `None` if it is permitted now.
    ///
    /// An attacker who is paid for messages converts none of them. Each conversion permits two
    /// sends, so that a prefix of real users is not limited. The limit is at least that of one
    /// number, which is `one`.
    pub(crate) fn full_until(
        &self,
        limits: &PrefixLimits,
        one: &SendLimits,
        now: UnixTime,
    ) -> Option<UnixTime> {
        full_until((&self.hour, &self.day), limits, one, now)
    }

    /// Like [`full_until`](Self::full_until), for the next notice.
    pub(crate) fn notices_full_until(
        &self,
        limits: &PrefixLimits,
        one: &SendLimits,
        now: UnixTime,
    ) -> Option<UnixTime> {
        let notices = self.notices.as_ref()?;
        full_until((&notices.hour, &notices.day), limits, one, now)
    }

    pub(crate) fn record_send(&mut self, now: UnixTime) {
        record_send((&mut self.hour, &mut self.day), now);
    }

    pub(crate) fn record_notice(&mut self, now: UnixTime) {
        let NoticeTallies { hour, day } = self.notices.get_or_insert_default();
        record_send((hour, day), now);
    }

    pub(crate) fn record_conversion(&mut self) {
        for tally in [&mut self.hour, &mut self.day] {
            // A code that was sent before the period must not enlarge its budget without a send.
            tally.converted = tally.converted.saturating_add(1).min(tally.sent);
        }
    }
}

fn full_until(
    (hour, day): (&Tally, &Tally),
    limits: &PrefixLimits,
    one: &SendLimits,
    now: UnixTime,
) -> Option<UnixTime> {
    let over = |tally: &Tally, limit: u16, one: u8| {
        let room = limit.div_ceil(u16::from(PREFIX_SHARDS)).max(u16::from(one));
        let room = u32::from(room);
        let is_full =
            tally.sent.saturating_sub(tally.converted) >= room.saturating_add(tally.converted);
        tally.period.ends_after(now).filter(|_| is_full)
    };
    over(hour, limits.an_hour, one.an_hour).max(over(day, limits.a_day, one.a_day))
}

fn record_send((hour, day): (&mut Tally, &mut Tally), now: UnixTime) {
    for (tally, secs) in [(hour, HOUR), (day, DAY)] {
        if tally.period.is_over(now) {
            *tally = Tally { period: Cooldown::new(now, secs), sent: 0, converted: 0 };
        }
        tally.sent = tally.sent.saturating_add(1);
    }
}

impl Default for Tally {
    fn default() -> Self {
        Self { period: Cooldown::none(), sent: 0, converted: 0 }
    }
}

impl HasTimes for AddressBudget {
    fn visit_times(&mut self, visit: &mut dyn FnMut(StoredTime<'_>)) {
        let Self { sends, notices, known } = self;
        sends.visit_times(visit);
        notices.visit_times(visit);
        known.visit_times(visit);
    }
}

impl HasTimes for NoticeTallies {
    fn visit_times(&mut self, visit: &mut dyn FnMut(StoredTime<'_>)) {
        let Self { hour, day } = self;
        hour.visit_times(visit);
        day.visit_times(visit);
    }
}

impl HasTimes for Tally {
    fn visit_times(&mut self, visit: &mut dyn FnMut(StoredTime<'_>)) {
        let Self { period, sent: _, converted: _ } = self;
        period.visit_times(visit);
    }
}

impl HasTimes for PrefixTallies {
    fn visit_times(&mut self, visit: &mut dyn FnMut(StoredTime<'_>)) {
        let Self { hour, day, notices } = self;
        hour.visit_times(visit);
        day.visit_times(visit);
        notices.visit_times(visit);
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

    fn repair(tallies: &mut PrefixTallies, now: UnixTime) -> bool {
        let had_fault = tallies.has_clock_fault(now);
        tallies.repair_times(now);
        had_fault
    }

    fn sent(times: usize, when: UnixTime) -> PrefixTallies {
        let mut tallies = PrefixTallies::default();
        (0..times).for_each(|_| tallies.record_send(when));
        tallies
    }

    #[test]
    fn time_of_a_notice_from_the_future_is_repaired() {
        let now = at(1_000_000);
        let mut tallies = PrefixTallies::default();
        tallies.record_notice(now.plus(300));
        assert!(repair(&mut tallies, now) && !repair(&mut tallies, now));
    }

    #[test]
    fn record_has_an_eighth_of_the_limit() {
        let now = at(1_000_000);
        assert_eq!(sent(1, now).full_until(&LIMITS, &ONE, now), None);
        assert_eq!(sent(2, now).full_until(&LIMITS, &ONE, now), Some(now.plus(3600)));
        assert_eq!(sent(2, now).full_until(&LIMITS, &ONE, now.plus(3600)), None);
    }

    #[test]
    fn record_has_at_least_the_limit_of_one_number() {
        let (now, one) = (at(1_000_000), SendLimits { an_hour: 3, a_day: 9 });
        assert_eq!(sent(2, now).full_until(&LIMITS, &one, now), None);
        assert_eq!(sent(3, now).full_until(&LIMITS, &one, now), Some(now.plus(3600)));
    }

    #[test]
    fn day_counts_on_when_the_hour_is_over() {
        let now = at(1_000_000);
        let mut tallies = sent(2, now);
        for hour in 1..3 {
            assert_eq!(tallies.full_until(&LIMITS, &ONE, now.plus(hour * 3600)), None);
            tallies.record_send(now.plus(hour * 3600));
        }
        tallies.record_send(now.plus(3 * 3600));
        let full = tallies.full_until(&LIMITS, &ONE, now.plus(4 * 3600));
        assert_eq!(full, Some(now.plus(24 * 3600)));
    }

    #[test]
    fn each_conversion_makes_room_for_two_sends() {
        let now = at(1_000_000);
        let mut tallies = sent(2, now);
        tallies.record_conversion();
        for _ in 0..2 {
            assert_eq!(tallies.full_until(&LIMITS, &ONE, now), None);
            tallies.record_send(now);
        }
        assert!(tallies.full_until(&LIMITS, &ONE, now).is_some());
    }

    #[test]
    fn conversions_never_exceed_sends() {
        let now = at(1_000_000);
        let mut tallies = sent(1, now);
        (0..100).for_each(|_| tallies.record_conversion());
        (0..3).for_each(|_| tallies.record_send(now));
        assert!(tallies.full_until(&LIMITS, &ONE, now).is_some_and(|until| until > now));
    }

    #[test]
    fn notices_and_codes_use_up_only_their_own_budget() {
        let now = at(1_000_000);
        let mut tallies = sent(2, now);
        assert_eq!(tallies.notices_full_until(&LIMITS, &ONE, now), None);
        tallies.record_conversion();
        (0..2).for_each(|_| tallies.record_notice(now));
        assert_eq!(tallies.notices_full_until(&LIMITS, &ONE, now), Some(now.plus(3600)));
        assert_eq!(tallies.full_until(&LIMITS, &ONE, now), None);
    }

    #[test]
    fn future_time_waits_no_longer_than_its_length() {
        let now = at(1_000_000);
        let mut tallies = sent(50, at(1 << 40));
        assert!(repair(&mut tallies, now));
        assert_eq!(tallies.full_until(&LIMITS, &ONE, now), Some(now.plus(24 * 3600)));
        assert!(!repair(&mut tallies, now));
    }

    #[test]
    fn future_day_is_repaired_with_a_valid_hour() {
        let now = at(1_000_000);
        let mut tallies = sent(1, at(1 << 40));
        tallies.hour = sent(1, now).hour;
        assert!(repair(&mut tallies, now));
        assert!(!repair(&mut tallies, now));
    }
}
