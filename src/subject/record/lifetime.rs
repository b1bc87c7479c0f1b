//! Lifetimes and cooldowns.
//!
//! A record stores a start and a length (law 10). A start that is up to two minutes ahead of this
//! server's clock is accepted, because the clocks of servers differ.

use minicbor::{CborLen, Decode, Encode};

use crate::time::UnixTime;

/// The time for which a value is valid.
///
/// A start that is more than two minutes in the future is a clock fault, and the lifetime is over.
#[derive(Clone, Copy, Encode, Decode, CborLen)]
#[cbor(transparent)]
pub(crate) struct Lifetime(#[n(0)] Span);

impl Lifetime {
    /// Returns a lifetime that is over at any time.
    pub(crate) const fn ended() -> Self {
        Self(Span::NONE)
    }

    pub(crate) const fn new(from: UnixTime, secs: u32) -> Self {
        Self(Span::new(from, secs))
    }

    /// Returns this lifetime, limited to `secs` seconds.
    pub(crate) const fn at_most(self, secs: u32) -> Self {
        let Self(Span { from, secs: own }) = self;
        Self(Span { from, secs: if own < secs { own } else { secs } })
    }

    pub(crate) const fn is_over(&self, now: UnixTime) -> bool {
        self.is_in_future(now) || now.since(self.0.start()) >= self.0.secs as u64
    }

    pub(crate) const fn start(&self) -> UnixTime {
        self.0.start()
    }

    pub(crate) const fn expires_at(&self) -> UnixTime {
        self.0.end()
    }

    pub(crate) const fn is_in_future(&self, now: UnixTime) -> bool {
        is_in_future(self.0.start(), now)
    }
}

/// The time for which an action must wait.
///
/// A start that is more than two minutes in the future is a clock fault, and the cooldown starts
/// again.
#[derive(Clone, Copy, Encode, Decode, CborLen)]
#[cbor(transparent)]
pub(crate) struct Cooldown(#[n(0)] Span);

impl Cooldown {
    /// Returns a cooldown that is over at any time.
    pub(crate) const fn none() -> Self {
        Self(Span::NONE)
    }

    pub(crate) const fn new(from: UnixTime, secs: u32) -> Self {
        Self(Span::new(from, secs))
    }

    /// Returns the time at which the cooldown ends, or `None` if it is over.
    pub(crate) fn ends_after(&self, now: UnixTime) -> Option<UnixTime> {
        // A start ahead of this server's clock counts as now, so that the cooldown never exceeds
        // its length.
        let until = core::cmp::min(self.0.start(), now).plus(u64::from(self.0.secs));
        (until > now).then_some(until)
    }

    pub(crate) fn is_over(&self, now: UnixTime) -> bool {
        self.ends_after(now).is_none()
    }

    pub(crate) const fn start(&self) -> UnixTime {
        self.0.start()
    }

    pub(crate) const fn ends_at(&self) -> UnixTime {
        self.0.end()
    }

    pub(crate) const fn is_in_future(&self, now: UnixTime) -> bool {
        is_in_future(self.0.start(), now)
    }

    /// Starts the cooldown again if its start is a clock fault.
    pub(crate) const fn repair(&mut self, now: UnixTime) {
        if self.is_in_future(now) {
            self.0.from = now.as_secs();
        }
    }
}

#[derive(Clone, Copy, Encode, Decode, CborLen)]
struct Span {
    #[n(0)]
    from: u64,
    #[n(1)]
    secs: u32,
}

impl Span {
    const NONE: Self = Self { from: 0, secs: 0 };

    const fn new(from: UnixTime, secs: u32) -> Self {
        Self { from: from.as_secs(), secs }
    }

    const fn start(&self) -> UnixTime {
        UnixTime::from_secs(self.from)
    }

    const fn end(&self) -> UnixTime {
        self.start().plus(self.secs as u64)
    }
}

/// Returns whether `when` is a clock fault: more than two minutes in the future (law 10).
pub(crate) const fn is_in_future(when: UnixTime, now: UnixTime) -> bool {
    when.since(now) > TOLERANCE
}

/// Returns the latest time that is not a clock fault.
pub(crate) const fn latest_valid(now: UnixTime) -> UnixTime {
    now.plus(TOLERANCE)
}

/// The permitted difference between two clocks, in seconds.
pub(crate) const TOLERANCE: u64 = 120;

#[cfg(test)]
mod tests {
    use super::*;

    const START: UnixTime = UnixTime::from_secs(10_000);

    #[test]
    fn lifetime_ends_at_its_last_second() {
        let lifetime = Lifetime::new(START, 300);
        assert!(!lifetime.is_over(START.plus(299)));
        assert!(lifetime.is_over(START.plus(300)));
        assert_eq!(lifetime.expires_at(), START.plus(300));
    }

    #[test]
    fn lifetime_that_starts_in_the_future_is_over() {
        assert!(Lifetime::new(START.plus(121), 300).is_over(START));
        assert!(!Lifetime::new(START.plus(120), 300).is_over(START), "clocks differ slightly");
    }

    #[test]
    fn cooldown_is_never_longer_than_its_length() {
        for ahead in [0, 1, 120, 121, 1_000_000, u64::MAX - 10_000] {
            let cooldown = Cooldown::new(START.plus(ahead), 30);
            assert_eq!(cooldown.ends_after(START), Some(START.plus(30)), "{ahead}");
        }
        assert_eq!(Cooldown::new(START, 30).ends_after(START.plus(30)), None);
    }

    #[test]
    fn repaired_cooldown_starts_now_and_ends() {
        let mut cooldown = Cooldown::new(START.plus(1_000_000), 30);
        cooldown.repair(START);
        assert_eq!(cooldown.ends_after(START.plus(29)), Some(START.plus(30)));
        assert_eq!(cooldown.ends_after(START.plus(30)), None);
    }

    #[test]
    fn end_of_time_does_not_wrap() {
        let end = UnixTime::from_secs(u64::MAX);
        assert_eq!(Lifetime::new(end, u32::MAX).expires_at(), end);
        assert_eq!(Cooldown::new(end, u32::MAX).ends_after(end), None);
        assert!(!Lifetime::new(end, 1).is_over(end));
    }
}
