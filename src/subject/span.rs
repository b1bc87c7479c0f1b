//! A *when* and a *how long*: the one way in which a record keeps time.

use minicbor::{CborLen, Decode, Encode};

use crate::UnixTime;

/// A time that began and the seconds that it lasts.
///
/// A beginning more than two minutes in the future is a clock fault (law 10): read as a life the
/// span is over, read as a wait it begins again. [`repair`](Self::repair) makes the second true.
#[derive(Clone, Copy, Encode, Decode, CborLen)]
pub(super) struct Span {
    #[n(0)]
    from: u64,
    #[n(1)]
    secs: u32,
}

impl Span {
    /// A life that is over, a wait that has ended.
    pub(super) const fn none() -> Self {
        Self { from: 0, secs: 0 }
    }

    pub(super) const fn new(from: UnixTime, secs: u32) -> Self {
        Self { from: from.as_secs(), secs }
    }

    /// Whether a life of this span has ended.
    pub(super) const fn is_over(&self, now: UnixTime) -> bool {
        self.is_in_future(now) || now.since(UnixTime::from_secs(self.from)) >= self.secs as u64
    }

    /// When a wait of this span ends, if it has not.
    pub(super) fn waits_until(&self, now: UnixTime) -> Option<UnixTime> {
        let from = if self.is_in_future(now) { now } else { UnixTime::from_secs(self.from) };
        // A beginning a little ahead of this server's clock is a beginning now: nobody waits longer
        // than the length.
        let until = core::cmp::min(from, now).plus(u64::from(self.secs));
        (until > now).then_some(until)
    }

    pub(super) const fn began(&self) -> UnixTime {
        UnixTime::from_secs(self.from)
    }

    pub(super) const fn ends(&self) -> UnixTime {
        UnixTime::from_secs(self.from).plus(self.secs as u64)
    }

    pub(super) const fn is_in_future(&self, now: UnixTime) -> bool {
        is_in_future(UnixTime::from_secs(self.from), now)
    }

    /// Lets a wait begin again if its beginning is a clock fault.
    pub(super) const fn repair(&mut self, now: UnixTime) {
        if self.is_in_future(now) {
            self.from = now.as_secs();
        }
    }
}

/// Law 10: whether `when` is so far in the future that some clock was wrong.
pub(super) const fn is_in_future(when: UnixTime, now: UnixTime) -> bool {
    when.since(now) > TOLERANCE
}

const TOLERANCE: u64 = 120;

#[cfg(test)]
mod tests {
    use super::*;

    const START: UnixTime = UnixTime::from_secs(10_000);

    #[test]
    fn a_life_ends_at_its_last_second() {
        let life = Span::new(START, 300);
        assert!(!life.is_over(START.plus(299)));
        assert!(life.is_over(START.plus(300)));
        assert_eq!(life.ends(), START.plus(300));
    }

    #[test]
    fn a_life_that_begins_in_the_future_is_over() {
        let life = Span::new(START.plus(121), 300);
        assert!(life.is_over(START));
        assert!(!Span::new(START.plus(120), 300).is_over(START), "clocks differ a little");
    }

    #[test]
    fn a_wait_is_never_longer_than_its_length() {
        for ahead in [0, 1, 120, 121, 1_000_000, u64::MAX - 10_000] {
            let wait = Span::new(START.plus(ahead), 30);
            assert_eq!(wait.waits_until(START), Some(START.plus(30)), "{ahead}");
        }
        assert_eq!(Span::new(START, 30).waits_until(START.plus(30)), None);
    }

    #[test]
    fn a_mended_wait_begins_now_and_ends() {
        let mut wait = Span::new(START.plus(1_000_000), 30);
        wait.repair(START);
        assert_eq!(wait.waits_until(START.plus(29)), Some(START.plus(30)));
        assert_eq!(wait.waits_until(START.plus(30)), None);
    }

    #[test]
    fn nothing_wraps_at_the_end_of_time() {
        let end = UnixTime::from_secs(u64::MAX);
        let span = Span::new(end, u32::MAX);
        assert_eq!(span.ends(), end);
        assert_eq!(span.waits_until(end), None);
        assert!(!Span::new(end, 1).is_over(end));
    }
}
