//! Reminders, so that the user does not forget the PIN.

use crate::{
    subject::record::{lifetime::Cooldown, pin::Reminder},
    time::UnixTime,
};

impl Reminder {
    pub(crate) const fn new(level: u8, now: UnixTime) -> Self {
        let days = match level {
            0 => 1,
            1 => 3,
            2 => 7,
            3 => 14,
            _ => 28,
        };
        Self { level, wait: Cooldown::new(now, days * 24 * 60 * 60) }
    }

    pub(crate) const fn longer(self, now: UnixTime) -> Self {
        Self::new(if self.level < LAST_LEVEL { self.level + 1 } else { LAST_LEVEL }, now)
    }

    pub(crate) const fn shorter(self, now: UnixTime) -> Self {
        Self::new(self.level.saturating_sub(1), now)
    }

    pub(crate) const fn ends_at(&self) -> UnixTime {
        self.wait.ends_at()
    }
}

/// The level with the longest interval.
const LAST_LEVEL: u8 = 4;

#[cfg(test)]
mod tests {
    use super::*;

    const NOON: UnixTime = UnixTime::from_secs(1_800_000_000);
    const DAY: u64 = 24 * 60 * 60;

    #[test]
    fn interval_grows_with_correct_pins_and_shrinks_with_incorrect() {
        let mut reminder = Reminder::new(0, NOON);
        let days = |reminder: &Reminder, now| reminder.ends_at().since(now) / DAY;
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
}
