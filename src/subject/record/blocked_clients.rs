//! Clients that a report by the owner blocks.

use alloc::vec::Vec;

use minicbor::{CborLen, Decode, Encode};

use super::{
    client_binding::{ClientBinding, PresentedClient},
    clock_fault::{HasTimes, StoredTime},
    lifetime::Cooldown,
};
use crate::{policy::BLOCKED_FOR, time::UnixTime};

/// Clients whose codes or sign-in requests the owner reported as unrequested.
#[derive(Encode, Decode, CborLen)]
#[cbor(transparent)]
pub(crate) struct BlockedClients(#[n(0)] pub(crate) Vec<BlockedClient>);

#[derive(Encode, Decode, CborLen)]
#[cbor(map)]
pub(crate) struct BlockedClient {
    #[n(0)]
    pub(crate) client: ClientBinding,
    #[n(1)]
    pub(crate) block: Cooldown,
}

impl BlockedClients {
    pub(crate) const fn new() -> Self {
        Self(Vec::new())
    }

    /// Blocks `client`. A request without a client blocks no client.
    pub(crate) fn block(&mut self, client: ClientBinding, now: UnixTime) {
        if !client.is_known() {
            return;
        }
        self.0.retain(|blocked| {
            !bool::from(blocked.client.is(&client)) && !blocked.block.is_over(now)
        });
        // The size of the record is limited, so the oldest block is dropped.
        if self.0.len() == MOST {
            self.0.remove(0);
        }
        self.0.push(BlockedClient { client, block: Cooldown::new(now, BLOCKED_FOR) });
    }

    /// Returns the time at which the block of `client` ends, or `None` if it is not blocked.
    pub(crate) fn until(&self, client: &PresentedClient, now: UnixTime) -> Option<UnixTime> {
        let found = self.0.iter().find(|blocked| blocked.client.is_same_known_client(client))?;
        found.block.ends_after(now)
    }
}

impl HasTimes for BlockedClients {
    fn visit_times(&mut self, visit: &mut dyn FnMut(StoredTime<'_>)) {
        for BlockedClient { client: _, block } in &mut self.0 {
            block.visit_times(visit);
        }
    }
}

const MOST: usize = 8;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{client::Client, id::SubjectId, keys::Keys};

    #[test]
    fn report_without_a_client_lifts_no_block() {
        let keys = Keys::new(core::array::from_fn(|at| at as u8));
        let record = keys.subject_record(&SubjectId::new("alice").unwrap());
        let client = PresentedClient::of(&keys, Some(&Client::new([7; 16]).unwrap()), &record);
        let (none, now) = (PresentedClient::default(), UnixTime::from_secs(1_800_000_000));
        let mut blocked = BlockedClients::new();
        blocked.block(client.binding(), now);
        (0..MOST).for_each(|_| blocked.block(none.binding(), now));
        assert!(blocked.until(&client, now).is_some());
        assert!(blocked.until(&none, now).is_none());
    }
}
