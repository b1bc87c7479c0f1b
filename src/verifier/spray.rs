//! Guessing a little at very many subjects: what no count of one subject shows. Counts, and stops nobody.

use core::sync::atomic::{AtomicBool, AtomicU32, AtomicU64, Ordering::Relaxed};

use crate::{UnixTime, host::Event};

/// What this process saw of all subjects within ten minutes.
///
/// Loose on purpose: a count that is lost between two threads moves an alarm by one.
pub(super) struct Spray {
    now: AtomicU64,
    began: AtomicU64,
    right: AtomicU32,
    wrong: AtomicU32,
    is_told: AtomicBool,
}

impl Spray {
    pub(super) const fn new() -> Self {
        Self {
            now: AtomicU64::new(0),
            began: AtomicU64::new(0),
            right: AtomicU32::new(0),
            wrong: AtomicU32::new(0),
            is_told: AtomicBool::new(false),
        }
    }

    /// The time as it was last told.
    pub(super) fn is(&self, now: UnixTime) {
        self.now.store(now.as_secs(), Relaxed);
    }

    /// Counts an event; whether it is time for an alarm.
    pub(super) fn sees(&self, event: &Event) -> bool {
        let count = match event {
            Event::Verified(..) => &self.right,
            Event::IncorrectProof(_) => &self.wrong,
            _ => return false,
        };
        self.begin_again();
        let _before = count.fetch_add(1, Relaxed);
        let (right, wrong) = (self.right.load(Relaxed), self.wrong.load(Relaxed));
        // People mistype now and then; where more is wrong than right, somebody guesses.
        wrong >= ALARM_AT && wrong > right && !self.is_told.swap(true, Relaxed)
    }

    /// Begins anew when its time is over, or when a clock went back.
    fn begin_again(&self) {
        let (now, began) = (self.now.load(Relaxed), self.began.load(Relaxed));
        if now.checked_sub(began).is_none_or(|age| age >= WINDOW) {
            self.began.store(now, Relaxed);
            self.right.store(0, Relaxed);
            self.wrong.store(0, Relaxed);
            self.is_told.store(false, Relaxed);
        }
    }
}

const WINDOW: u64 = 600;
const ALARM_AT: u32 = 200;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{FactorKind, Purpose};

    const WRONG: Event = Event::IncorrectProof(FactorKind::Totp);
    const RIGHT: Event = Event::Verified(FactorKind::Totp, Purpose::SignIn);

    fn alarms(spray: &Spray, events: impl Iterator<Item = Event>) -> usize {
        events.filter(|event| spray.sees(event)).count()
    }

    #[test]
    fn the_two_hundredth_wrong_one_is_an_alarm_and_the_next_are_none() {
        let spray = Spray::new();
        spray.is(UnixTime::from_secs(1_000_000));
        assert_eq!(alarms(&spray, core::iter::repeat_n(WRONG, 199)), 0);
        assert_eq!(alarms(&spray, core::iter::repeat_n(WRONG, 1)), 1);
        assert_eq!(alarms(&spray, core::iter::repeat_n(WRONG, 1000)), 0);
        spray.is(UnixTime::from_secs(1_000_600));
        assert_eq!(alarms(&spray, core::iter::repeat_n(WRONG, 200)), 1);
    }

    #[test]
    fn as_many_wrong_as_right_are_no_alarm() {
        let spray = Spray::new();
        spray.is(UnixTime::from_secs(1_000_000));
        assert_eq!(alarms(&spray, core::iter::repeat_n(RIGHT, 200)), 0);
        assert_eq!(alarms(&spray, core::iter::repeat_n(WRONG, 200)), 0);
        assert_eq!(alarms(&spray, core::iter::repeat_n(WRONG, 1)), 1);
    }

    #[test]
    fn where_more_is_right_than_wrong_people_mistype() {
        let spray = Spray::new();
        spray.is(UnixTime::from_secs(1_000_000));
        let busy = (0..3000).map(|at| if at % 3 == 0 { WRONG } else { RIGHT });
        assert_eq!(alarms(&spray, busy), 0);
    }

    #[test]
    fn a_slow_trickle_and_a_clock_that_falls_back_are_no_alarm() {
        let spray = Spray::new();
        for at in 0..1000 {
            spray.is(UnixTime::from_secs(1_000_000 + at * 6));
            assert!(!spray.sees(&WRONG));
        }
        spray.is(UnixTime::from_secs(5));
        assert!(!spray.sees(&WRONG));
    }
}
