//! Pools of sends, one for each lane.

use super::{
    lane::Lane,
    send_history::{Backoff, KnownSends, SendHistory},
    state::State,
};
use crate::{
    policy::{RESEND_WAITS, SendLimits},
    purpose::Operation,
    time::UnixTime,
};

/// The sends that share a backoff and a part of the budgets.
///
/// An attacker who has only a first factor, or nothing, must not use up the sends of a known device
/// (law 12).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum SendPool {
    /// Codes that any caller may request.
    Anonymous,
    /// Codes to a proven address, at a known device.
    Known,
    /// Codes after a first factor, and those that prove another address.
    Passed,
}

impl SendPool {
    /// Returns the pool of the codes that prove `purpose` in this lane.
    pub(crate) const fn of_proof(purpose: Operation, lane: Lane) -> Self {
        match purpose {
            Operation::Enroll => Self::Passed,
            _ => Self::of_lane(lane),
        }
    }

    pub(crate) const fn of_lane(lane: Lane) -> Self {
        match lane {
            Lane::Anonymous => Self::Anonymous,
            Lane::Known(_) => Self::Known,
            Lane::Passed => Self::Passed,
        }
    }

    fn backoff(self, state: &State) -> Backoff {
        match self {
            Self::Anonymous => state.registration.backoff,
            Self::Known => state.known_sends.as_ref().map_or(Backoff::new(), |of| of.backoff),
            Self::Passed => state.backoff,
        }
    }

    fn sends_mut(self, state: &mut State) -> (&mut Backoff, &mut SendHistory) {
        match self {
            Self::Anonymous => (&mut state.registration.backoff, &mut state.registration.sends),
            Self::Known => {
                let KnownSends { backoff, sends } =
                    state.known_sends.get_or_insert(KnownSends::new());
                (backoff, sends)
            }
            Self::Passed => (&mut state.backoff, &mut state.sends),
        }
    }

    /// Returns the end of the backoff, or `None` if it is over.
    pub(crate) fn waits_until(self, state: &State, now: UnixTime) -> Option<UnixTime> {
        self.backoff(state).waits_until(now)
    }

    /// Returns the time at which this part of the subject's budget is available, or `None` if it is
    /// now.
    pub(crate) fn full_until(
        self,
        state: &State,
        limits: &SendLimits,
        now: UnixTime,
    ) -> Option<UnixTime> {
        match self {
            Self::Anonymous => state.registration.sends.full_until(&limits.half(), now),
            Self::Known => state.known_sends.as_ref()?.sends.full_until(&limits.known_half(), now),
            Self::Passed => state.sends.full_until(&limits.half(), now),
        }
    }

    /// Records a send, and returns the time at which the next send is permitted.
    pub(crate) fn record(self, state: &mut State, id: [u8; 16], now: UnixTime) -> UnixTime {
        let next = self.backoff(state).next(now, |before| {
            let wait = RESEND_WAITS.get(usize::from(before)).or(RESEND_WAITS.last());
            wait.copied().unwrap_or_default()
        });
        let (backoff, sends) = self.sends_mut(state);
        *backoff = next;
        sends.record(id, now);
        next.ends_at()
    }

    /// Ends the backoff after a success.
    pub(crate) fn end_backoff(self, state: &mut State) {
        match self {
            Self::Anonymous => state.registration.backoff = Backoff::new(),
            Self::Known => {
                state.known_sends.iter_mut().for_each(|of| of.backoff = Backoff::new());
            }
            Self::Passed => state.backoff = Backoff::new(),
        }
    }
}

/// Returns whether this send was recorded before, in any pool.
pub(crate) fn was_sent(state: &State, id: &[u8; 16]) -> bool {
    state.sends.contains(id)
        || state.registration.sends.contains(id)
        || state.known_sends.as_ref().is_some_and(|of| of.sends.contains(id))
}
