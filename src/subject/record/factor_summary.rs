//! Properties that every kind of factor has.

use super::{
    factor_times::FactorTimes,
    lane::Lane,
    limiter::{LaneLimiters, LockState},
};
use crate::{address::Address, factor::FactorKind, id::ItemId, time::UnixTime};

/// The properties that factors of every kind have.
pub(crate) struct FactorSummary<'a> {
    pub(crate) kind: FactorKind,
    /// The id, for forms.
    pub(crate) id: ItemId,
    pub(crate) address: Option<&'a Address>,
    /// The user's name for it.
    pub(crate) label: Option<&'a str>,
    pub(crate) times: FactorTimes,
    /// Its failure counts; `None` if its failures are not counted.
    pub(crate) limiters: Option<&'a LaneLimiters>,
    /// The second counts of an HOTP token.
    pub(crate) second_limiters: Option<&'a LaneLimiters>,
    /// Whether it must be enrolled again, independently of the counts.
    pub(crate) is_retired: bool,
    /// Whether it makes a second factor required.
    pub(crate) protects: bool,
    /// Whether another offer includes it, as for a second app or security key.
    pub(crate) is_further: bool,
    /// Whether its owner allows codes by WhatsApp.
    pub(crate) takes_whatsapp: bool,
    /// Whether it is an address that must be proven again.
    pub(crate) is_withdrawn: bool,
}

impl<'a> FactorSummary<'a> {
    /// Creates a factor that protects the subject and is the only one of its kind.
    pub(crate) fn of(
        kind: FactorKind,
        times: FactorTimes,
        limiters: Option<&'a LaneLimiters>,
    ) -> Self {
        Self {
            kind,
            id: ItemId::of_factor(kind, times.enrolled_at()),
            address: None,
            label: None,
            times,
            limiters,
            second_limiters: None,
            is_retired: false,
            protects: true,
            takes_whatsapp: false,
            is_further: false,
            is_withdrawn: false,
        }
    }

    /// Returns whether it accepts attempts in this lane; for an HOTP token, attempts with single
    /// codes.
    ///
    /// At a known device, the count of the device applies to all factors.
    pub(crate) fn lock_state(&self, lane: Lane, now: UnixTime) -> LockState {
        match self.limiters {
            _ if self.is_disabled_in(lane) => LockState::Disabled,
            Some(limiters) if !matches!(lane, Lane::Known(_)) => limiters.of(lane).state(now),
            _ => LockState::Open,
        }
    }

    /// Returns whether it is disabled for clients that present no known device.
    pub(crate) fn is_disabled(&self) -> bool {
        self.is_disabled_in(Lane::Passed)
    }

    fn is_disabled_in(&self, lane: Lane) -> bool {
        let mut limiters = self.limiters.into_iter().chain(self.second_limiters);
        let is_disabled = match lane {
            Lane::Known(_) => false,
            Lane::Anonymous | Lane::Passed => limiters.any(|of| of.of(lane).is_disabled),
        };
        self.is_retired || is_disabled
    }
}
