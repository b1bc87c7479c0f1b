//! Properties that every kind of factor has.

use super::{
    factor_times::FactorTimes,
    limiter::{Limiter, LockState},
};
use crate::{address::Address, factor::FactorKind, id::ItemId, time::UnixTime};

/// The properties that factors of every kind have.
pub(crate) struct FactorSummary<'a> {
    pub(crate) kind: FactorKind,
    /// The id, for forms.
    pub(crate) id: ItemId,
    pub(crate) address: Option<&'a Address>,
    pub(crate) times: FactorTimes,
    /// Its failure counter, or `None` if its failures are not counted.
    pub(crate) limiter: Option<&'a Limiter>,
    /// The second counter of an HOTP token.
    pub(crate) second_limiter: Option<&'a Limiter>,
    /// Whether the factor makes a second factor required.
    pub(crate) protects: bool,
    /// Whether an earlier offer includes it, as for a second security key.
    pub(crate) is_further: bool,
    /// Whether its owner allows codes by WhatsApp.
    pub(crate) takes_whatsapp: bool,
    /// Whether it is an address that must be proven again.
    pub(crate) is_withdrawn: bool,
}

impl<'a> FactorSummary<'a> {
    /// Returns a factor that protects and is the only one of its kind.
    pub(crate) fn of(kind: FactorKind, times: FactorTimes, limiter: Option<&'a Limiter>) -> Self {
        Self {
            kind,
            id: ItemId::of_factor(kind, times.enrolled_at()),
            address: None,
            times,
            limiter,
            second_limiter: None,
            protects: true,
            takes_whatsapp: false,
            is_further: false,
            is_withdrawn: false,
        }
    }

    /// Returns whether the factor accepts attempts, which are single codes for an HOTP token.
    pub(crate) fn lock_state(&self, now: UnixTime) -> LockState {
        match self.limiter {
            _ if self.is_disabled() => LockState::Disabled,
            Some(limiter) => limiter.state(now),
            None => LockState::Open,
        }
    }

    pub(crate) fn is_disabled(&self) -> bool {
        self.limiters().any(|limiter| limiter.is_disabled)
    }

    fn limiters(&self) -> impl Iterator<Item = &Limiter> {
        self.limiter.into_iter().chain(self.second_limiter)
    }
}
