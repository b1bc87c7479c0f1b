//! Clients that a report of the owner blocks.

use alloc::vec::Vec;

use minicbor::{CborLen, Decode, Encode};

use super::{
    client_binding::ClientBinding,
    clock_fault::{HasTimes, StoredTime},
    lifetime::Cooldown,
};
use crate::{policy::BLOCKED_FOR, time::UnixTime};

/// Clients whose codes or sign-in requests the owner reported as unrequested.
#[derive(Encode, Decode, CborLen)]
#[cbor(transparent)]
pub(crate) struct BlockedClients(#[n(0)] Vec<BlockedClient>);

#[derive(Encode, Decode, CborLen)]
#[cbor(map)]
struct BlockedClient {
    #[n(0)]
    client: ClientBinding,
    #[n(1)]
    block: Cooldown,
}

impl BlockedClients {
    pub(crate) const fn new() -> Self {
        Self(Vec::new())
    }

    /// Blocks `client`. What was requested without a client blocks none.
    pub(crate) fn block(&mut self, client: ClientBinding, now: UnixTime) {
        if !client.is_known() {
            return;
        }
        self.0.retain(|blocked| {
            !blocked.client.is_same_known_client(&client) && !blocked.block.is_over(now)
        });
        // The record is bounded: the oldest block is dropped.
        if self.0.len() == MOST {
            self.0.remove(0);
        }
        self.0.push(BlockedClient { client, block: Cooldown::new(now, BLOCKED_FOR) });
    }

    /// When the block of `client` ends, if it is blocked.
    pub(crate) fn until(&self, client: &ClientBinding, now: UnixTime) -> Option<UnixTime> {
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
