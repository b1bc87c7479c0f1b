//! Leases of slow checks in a state.

use super::State;
use crate::subject::record::{
    lease::{Lease, LeaseTarget},
    limiter::Counter,
    open_codes::OpenCode,
    registration::Lane,
};

impl State {
    pub(crate) const fn lease(&self, lane: Lane) -> &Option<Lease> {
        match lane {
            Lane::Authenticated => &self.lease,
            Lane::Registration => &self.registration.lease,
        }
    }

    pub(crate) const fn lease_mut(&mut self, lane: Lane) -> &mut Option<Lease> {
        match lane {
            Lane::Authenticated => &mut self.lease,
            Lane::Registration => &mut self.registration.lease,
        }
    }
}

impl LeaseTarget {
    /// Returns the counter of its failures, or `None` if the code is no longer pending.
    pub(crate) fn counter(&self, state: &State) -> Option<Counter> {
        match self {
            Self::BackupCode { .. } => Some(Counter::BackupCode),
            Self::Pin => Some(Counter::Pin),
            Self::PinRehearsal => Some(Counter::PinRehearsal),
            Self::ProviderCode { .. } => Some(self.open_code(state)?.counter),
            Self::SupportCode => Some(Counter::SupportCode),
        }
    }

    /// Returns the provider-managed code, if it is still pending.
    pub(crate) fn open_code<'s>(&self, state: &'s State) -> Option<OpenCode<'s>> {
        let Self::ProviderCode { code, provider_id } = self else { return None };
        let is_it = |open: &OpenCode<'_>| {
            open.sent.id == *code && open.sent.provider_id() == Some(provider_id)
        };
        state.open_codes().find(is_it)
    }

    /// Returns the lane whose other attempts wait for this one.
    ///
    /// Any caller may guess a registration code, so it must not delay other attempts (FAILURES 30).
    pub(crate) fn lane(&self, state: &State) -> Lane {
        match self.counter(state) {
            Some(Counter::Registration) => Lane::Registration,
            _ => Lane::Authenticated,
        }
    }
}
