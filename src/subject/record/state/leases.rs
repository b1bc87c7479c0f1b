//! Leases of slow checks in a state.

use super::State;
use crate::subject::record::{
    fields::Id,
    lane::Lane,
    lease::{Lease, LeaseTarget},
    limiter::{Counter, Tally},
    open_codes::OpenCode,
};

impl State {
    /// Returns the lease of a lane. Only the other attempts of this lane wait for it.
    pub(crate) fn lease(&self, lane: Lane) -> Option<&Lease> {
        self.leases.iter().find(|lease| lease.lane == lane)
    }

    pub(crate) fn take_lease(&mut self, id: &Id) -> Option<Lease> {
        let place = self.leases.iter().position(|lease| lease.id == *id)?;
        Some(self.leases.remove(place))
    }
}

impl Lease {
    /// Returns the count of its failure, or `None` if the code is no longer open.
    pub(crate) fn tally(&self, state: &State) -> Option<Tally> {
        Some(match &self.target {
            LeaseTarget::BackupCode { .. } => state.backup_counter().in_lane(self.lane),
            LeaseTarget::Pin => Counter::Pin.in_lane(self.lane),
            LeaseTarget::PinRehearsal => Counter::PinRehearsal.in_lane(self.lane),
            LeaseTarget::ProviderCode { .. } => self.target.open_code(state)?.tally,
            LeaseTarget::SupportCode => Counter::Unguessable.in_lane(self.lane),
        })
    }
}

impl LeaseTarget {
    /// Returns the provider-managed code, if it is still open.
    pub(crate) fn open_code<'s>(&self, state: &'s State) -> Option<OpenCode<'s>> {
        let Self::ProviderCode { code, provider_id } = self else { return None };
        let is_it = |open: &OpenCode<'_>| {
            open.sent.id == *code && open.sent.provider_id() == Some(provider_id)
        };
        state.open_codes().find(is_it)
    }
}
