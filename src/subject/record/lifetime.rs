//! Lifetimes and cooldowns.
//!
//! A record stores a start and a length (law 10). A start that is up to two minutes ahead of this
//! server's clock is accepted, because the clocks of servers differ.

use minicbor::{CborLen, Decode, Encode};

use crate::time::{DAY, HOUR, UnixTime};

/// The time for which a value is valid.
///
/// A start that is more than two minutes in the future is a clock fault, and the lifetime is over.
#[derive(Clone, Copy, Encode, Decode, CborLen)]
#[cbor(transparent)]
pub(crate) struct Lifetime(#[n(0)] pub(crate) Span);

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

    /// Returns whether its start is a clock fault.
    ///
    /// A lifetime of a day or more, such as that of a device, tolerates five minutes. A server
    /// whose clock is somewhat fast must not sign its users out on all other servers.
    pub(crate) const fn is_in_future(&self, now: UnixTime) -> bool {
        let tolerance = if self.0.secs >= DAY { LONG_TOLERANCE } else { TOLERANCE };
        self.0.start().since(now) > tolerance
    }
}

/// The time for which an action must wait.
///
/// A start that is more than two minutes in the future is a clock fault: the cooldown starts again.
/// On a server with a fast clock, the cooldown still ends at its original time. Otherwise, each
/// repair by another server would end its wait early (law 10).
#[derive(Clone, Copy, Encode, Decode, CborLen)]
pub(crate) struct Cooldown {
    #[n(0)]
    pub(crate) from: u64,
    #[n(1)]
    pub(crate) secs: u32,
    /// The start before the repair, for servers with a fast clock.
    #[n(2)]
    pub(crate) ahead: Option<u64>,
}

impl Cooldown {
    /// Returns a cooldown that is over at any time.
    pub(crate) const fn none() -> Self {
        Self { from: 0, secs: 0, ahead: None }
    }

    pub(crate) const fn new(from: UnixTime, secs: u32) -> Self {
        Self { from: from.as_secs(), secs, ahead: None }
    }

    /// Returns the time at which the cooldown ends, or `None` if it is over.
    pub(crate) fn ends_after(&self, now: UnixTime) -> Option<UnixTime> {
        let ahead = self.ahead.map(UnixTime::from_secs).filter(|from| !is_in_future(*from, now));
        [Some(self.start()), ahead]
            .into_iter()
            .flatten()
            // A start ahead of this server's clock counts as now, so that the cooldown never exceeds
            // its length.
            .map(|from| core::cmp::min(from, now).plus(u64::from(self.secs)))
            .filter(|until| *until > now)
            .max()
    }

    pub(crate) fn is_over(&self, now: UnixTime) -> bool {
        self.ends_after(now).is_none()
    }

    pub(crate) const fn start(&self) -> UnixTime {
        UnixTime::from_secs(self.from)
    }

    pub(crate) const fn ends_at(&self) -> UnixTime {
        self.start().plus(self.secs as u64)
    }

    pub(crate) const fn is_in_future(&self, now: UnixTime) -> bool {
        is_in_future(self.start(), now)
    }

    /// Starts the cooldown again if its start is a clock fault.
    pub(crate) const fn repair(&mut self, now: UnixTime) {
        if self.is_in_future(now) {
            // A quarantine of days would otherwise apply again when the faulty time comes.
            self.ahead = if self.secs <= HOUR { Some(self.from) } else { None };
            self.from = now.as_secs();
        }
    }
}

#[derive(Clone, Copy, Encode, Decode, CborLen)]
pub(crate) struct Span {
    #[n(0)]
    pub(crate) from: u64,
    #[n(1)]
    pub(crate) secs: u32,
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
/// The same for lifetimes of a day or more.
const LONG_TOLERANCE: u64 = 300;

#[cfg(test)]
mod tests {
    use super::*;

    const START: UnixTime = UnixTime::from_secs(10_000);

    #[test]
    fn limited_lifetime_is_the_shorter_one() {
        for (limit, ends) in [(299, 299), (300, 300), (301, 300)] {
            let lifetime = Lifetime::new(START, 300).at_most(limit);
            assert_eq!(lifetime.expires_at(), START.plus(ends));
        }
    }

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
    fn finding_s19_repaired_cooldown_is_not_over_for_a_clock_ahead() {
        let ahead = START.plus(93_600);
        for secs in [30, 3600] {
            let mut cooldown = Cooldown::new(ahead, secs);
            cooldown.repair(START);
            assert_eq!(cooldown.ends_after(START), Some(START.plus(u64::from(secs))));
            assert_eq!(cooldown.ends_after(ahead.plus(1)), Some(ahead.plus(u64::from(secs))));
            assert!(cooldown.is_over(ahead.plus(u64::from(secs))));
            // It never waits longer than its length, and a second repair changes nothing.
            assert!(cooldown.is_over(START.plus(u64::from(secs))));
            cooldown.repair(START.plus(7));
            assert_eq!(cooldown.ends_after(START), Some(START.plus(u64::from(secs))));
        }
        let mut quarantine = Cooldown::new(ahead, 604_800);
        quarantine.repair(START);
        assert!(quarantine.is_over(START.plus(604_800)));
        assert_eq!(quarantine.ends_after(ahead), Some(START.plus(604_800)));
    }

    #[test]
    fn finding_a10_long_lifetime_tolerates_five_minutes() {
        for (secs, tolerance) in [(300, 120), (86_399, 120), (86_400, 300), (2_592_000, 300)] {
            assert!(!Lifetime::new(START.plus(tolerance), secs).is_over(START), "{secs}");
            assert!(Lifetime::new(START.plus(tolerance + 1), secs).is_over(START), "{secs}");
        }
    }

    #[test]
    fn end_of_time_does_not_wrap() {
        let end = UnixTime::from_secs(u64::MAX);
        assert_eq!(Lifetime::new(end, u32::MAX).expires_at(), end);
        assert_eq!(Cooldown::new(end, u32::MAX).ends_after(end), None);
        assert!(!Lifetime::new(end, 1).is_over(end));
    }
}
