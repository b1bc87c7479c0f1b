//! Detection of code spraying across subjects.

use core::sync::atomic::{AtomicBool, AtomicU32, AtomicU64, Ordering::Relaxed};

use crate::{factor::FactorKind, host::Event, time::UnixTime};

/// Counts the correct and incorrect proofs of all subjects in this process.
///
/// A window is ten minutes long. The detector finds an attacker who makes a few guesses for each of
/// many subjects, which the failure count of one subject does not reveal. It reports the attack,
/// and does not block any request.
///
/// The counts are approximate. If two threads increment a count at the same time, one increment may
/// be lost, which delays an alarm by one failure.
pub(super) struct SprayDetector {
    now: AtomicU64,
    window_start: AtomicU64,
    correct: AtomicU32,
    incorrect: AtomicU32,
    is_reported: AtomicBool,
}

impl SprayDetector {
    pub(super) const fn new() -> Self {
        Self {
            now: AtomicU64::new(0),
            window_start: AtomicU64::new(0),
            correct: AtomicU32::new(0),
            incorrect: AtomicU32::new(0),
            is_reported: AtomicBool::new(false),
        }
    }

    /// Sets the current time.
    pub(super) fn advance_to(&self, now: UnixTime) {
        self.now.store(now.as_secs(), Relaxed);
    }

    /// Returns the time that was last set.
    pub(super) fn now(&self) -> UnixTime {
        UnixTime::from_secs(self.now.load(Relaxed))
    }

    /// Counts an event, and returns whether spraying must be reported.
    ///
    /// Spraying is reported once in a window.
    pub(super) fn record(&self, event: &Event) -> bool {
        let count = match event {
            Event::Verified(..) => &self.correct,
            // A signature cannot be guessed.
            Event::IncorrectProof(FactorKind::SecurityKey) => return false,
            Event::IncorrectProof(_) => &self.incorrect,
            _ => return false,
        };
        self.start_window_if_over();
        let _before = count.fetch_add(1, Relaxed);
        let (correct, incorrect) = (self.correct.load(Relaxed), self.incorrect.load(Relaxed));
        // Users occasionally mistype. More incorrect than correct proofs indicate an attack.
        incorrect >= ALARM_AT && incorrect > correct && !self.is_reported.swap(true, Relaxed)
    }

    /// Starts a new window if the current one is over, or if the clock went back.
    fn start_window_if_over(&self) {
        let (now, start) = (self.now.load(Relaxed), self.window_start.load(Relaxed));
        if now.checked_sub(start).is_none_or(|age| age >= WINDOW) {
            self.window_start.store(now, Relaxed);
            self.correct.store(0, Relaxed);
            self.incorrect.store(0, Relaxed);
            self.is_reported.store(false, Relaxed);
        }
    }
}

const WINDOW: u64 = 600;
const ALARM_AT: u32 = 200;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::purpose::Operation;

    const INCORRECT: Event = Event::IncorrectProof(FactorKind::Totp);
    const CORRECT: Event = Event::Verified(FactorKind::Totp, Operation::SignIn);

    fn alarms(detector: &SprayDetector, events: impl Iterator<Item = Event>) -> usize {
        events.filter(|event| detector.record(event)).count()
    }

    #[test]
    fn spraying_is_reported_once_in_a_window() {
        let detector = SprayDetector::new();
        detector.advance_to(UnixTime::from_secs(1_000_000));
        assert_eq!(alarms(&detector, core::iter::repeat_n(INCORRECT, 199)), 0);
        assert_eq!(alarms(&detector, core::iter::repeat_n(INCORRECT, 1)), 1);
        assert_eq!(alarms(&detector, core::iter::repeat_n(INCORRECT, 1000)), 0);
        detector.advance_to(UnixTime::from_secs(1_000_600));
        assert_eq!(alarms(&detector, core::iter::repeat_n(INCORRECT, 200)), 1);
    }

    #[test]
    fn spraying_needs_more_incorrect_than_correct_proofs() {
        let detector = SprayDetector::new();
        detector.advance_to(UnixTime::from_secs(1_000_000));
        assert_eq!(alarms(&detector, core::iter::repeat_n(CORRECT, 200)), 0);
        assert_eq!(alarms(&detector, core::iter::repeat_n(INCORRECT, 200)), 0);
        assert_eq!(alarms(&detector, core::iter::repeat_n(INCORRECT, 1)), 1);
    }

    #[test]
    fn spraying_is_not_reported_for_mistyped_codes() {
        let detector = SprayDetector::new();
        detector.advance_to(UnixTime::from_secs(1_000_000));
        let busy = (0..3000).map(|at| if at % 3 == 0 { INCORRECT } else { CORRECT });
        assert_eq!(alarms(&detector, busy), 0);
    }

    #[test]
    fn spraying_is_not_reported_for_few_failures_or_clock_steps() {
        let detector = SprayDetector::new();
        for at in 0..1000 {
            detector.advance_to(UnixTime::from_secs(1_000_000 + at * 6));
            assert!(!detector.record(&INCORRECT));
        }
        detector.advance_to(UnixTime::from_secs(5));
        assert!(!detector.record(&INCORRECT));
    }

    #[test]
    fn spraying_is_not_reported_for_security_keys() {
        let detector = SprayDetector::new();
        let failed = Event::IncorrectProof(FactorKind::SecurityKey);
        assert_eq!(alarms(&detector, core::iter::repeat_n(failed, 1000)), 0);
    }
}
