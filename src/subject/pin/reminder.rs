//! When the PIN is asked for so that it is not forgotten. Asks nobody.

use minicbor::{CborLen, Decode, Encode};

use super::super::span::Span;
use crate::UnixTime;

/// When the person is to be asked again, so that the PIN is not forgotten.
#[derive(Clone, Copy, Encode, Decode, CborLen)]
pub(super) struct Reminder {
    #[n(0)]
    level: u8,
    #[n(1)]
    wait: Span,
}

impl Reminder {
    pub(super) const fn new(level: u8, now: UnixTime) -> Self {
        let days = match level {
            0 => 1,
            1 => 3,
            2 => 7,
            3 => 14,
            _ => 28,
        };
        Self { level, wait: Span::new(now, days * 24 * 60 * 60) }
    }

    pub(super) const fn longer(self, now: UnixTime) -> Self {
        Self::new(if self.level < LAST_LEVEL { self.level + 1 } else { LAST_LEVEL }, now)
    }

    pub(super) const fn shorter(self, now: UnixTime) -> Self {
        Self::new(self.level.saturating_sub(1), now)
    }

    pub(super) const fn ends(&self) -> UnixTime {
        self.wait.ends()
    }

    pub(super) const fn is_in_future(&self, now: UnixTime) -> bool {
        self.wait.is_in_future(now)
    }

    pub(super) const fn repair(&mut self, now: UnixTime) {
        self.wait.repair(now);
    }
}

const LAST_LEVEL: u8 = 4;

#[cfg(test)]
mod tests {
    use super::*;

    const NOON: UnixTime = UnixTime::from_secs(1_800_000_000);
    const DAY: u64 = 24 * 60 * 60;

    #[test]
    fn each_right_pin_is_asked_for_later_and_each_wrong_one_sooner() {
        let mut reminder = Reminder::new(0, NOON);
        let days = |reminder: &Reminder, now| reminder.ends().since(now) / DAY;
        let mut asked = alloc::vec![days(&reminder, NOON)];
        for at in 1..7 {
            let now = NOON.plus(at * DAY);
            reminder = reminder.longer(now);
            asked.push(days(&reminder, now));
        }
        assert_eq!(asked, [1, 3, 7, 14, 28, 28, 28]);
        asked.clear();
        for _ in 0..5 {
            reminder = reminder.shorter(NOON);
            asked.push(days(&reminder, NOON));
        }
        assert_eq!(asked, [14, 7, 3, 1, 1]);
    }

    #[test]
    fn a_reminder_from_the_future_is_a_fault_and_begins_again() {
        let mut reminder = Reminder::new(0, NOON.plus(365 * DAY));
        assert!(reminder.is_in_future(NOON));
        reminder.repair(NOON);
        assert!(!reminder.is_in_future(NOON));
        assert_eq!(reminder.ends(), NOON.plus(DAY));
    }
}
