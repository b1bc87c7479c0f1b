//! "I did not ask for this code": what others had sent dies, and they wait. Tells nobody anything.

use alloc::vec::Vec;

use minicbor::{CborLen, Decode, Encode, bytes::ByteArray};
use subtle::ConstantTimeEq as _;

use super::{Decision, Subject, span::Span};
use crate::{
    Purpose, UnixTime,
    event::Event,
    policy::BLOCKED_FOR,
    verdict::{Denial, Reason},
};

/// The clients to which no code is sent for a while, the oldest first.
#[derive(Encode, Decode, CborLen)]
#[cbor(transparent)]
pub(super) struct BlockedClients(#[n(0)] Vec<BlockedClient>);

#[derive(Encode, Decode, CborLen)]
#[cbor(map)]
struct BlockedClient {
    #[n(0)]
    client: ByteArray<32>,
    #[n(1)]
    wait: Span,
}

impl BlockedClients {
    pub(super) const fn new() -> Self {
        Self(Vec::new())
    }

    /// Holds `client` back from now on.
    fn block(&mut self, client: [u8; 32], now: UnixTime) {
        let is_other = |blocked: &BlockedClient| !bool::from(blocked.client.ct_eq(&client));
        self.0.retain(|blocked| is_other(blocked) && blocked.wait.waits_until(now).is_some());
        // A record has a bound.
        if self.0.len() == MOST {
            self.0.remove(0);
        }
        self.0.push(BlockedClient { client: client.into(), wait: Span::new(now, BLOCKED_FOR) });
    }

    /// Until when `client` is blocked back, if it is.
    fn until(&self, client: &[u8; 32], now: UnixTime) -> Option<UnixTime> {
        let found = self.0.iter().find(|blocked| bool::from(blocked.client.ct_eq(client)))?;
        found.wait.waits_until(now)
    }

    pub(super) fn is_in_future(&self, now: UnixTime) -> bool {
        self.0.iter().any(|blocked| blocked.wait.is_in_future(now))
    }

    pub(super) fn repair(&mut self, now: UnixTime) {
        self.0.iter_mut().for_each(|blocked| blocked.wait.repair(now));
    }
}

impl Subject<'_> {
    /// Ends every code, and every proof that waits for another, that was not made for the client that
    /// asks, and sends no code to those clients for a day.
    ///
    /// What was made for no client ends too, and holds nobody back. The owner need prove nothing: it
    /// only takes away, and the answer is the same whether there was something to take.
    ///
    /// # Errors
    ///
    /// None.
    pub fn report_unrequested(mut self) -> Decision<()> {
        let mine = self.client;
        let is_mine = |client: Option<&[u8; 32]>| match (&mine, client) {
            (Some(mine), Some(client)) => bool::from(mine.ct_eq(client)),
            (None, _) | (_, None) => false,
        };
        let mut disowned: Vec<(Purpose, Option<[u8; 32]>)> = Vec::new();
        let state = &mut self.state;
        state.challenges.retain(|open| {
            let keep = is_mine(open.sent.client());
            if !keep {
                disowned.push((open.sent.purpose(), open.sent.client().copied()));
            }
            keep
        });
        if let Some(open) = state.registering.open.take_if(|open| !is_mine(open.sent.client())) {
            disowned.push((Purpose::Register, open.sent.client().copied()));
        }
        // The code of a proof that waits for more was right, and may have been talked out of the owner.
        state.partial_proofs.retain(|due| {
            let keep = is_mine(due.client());
            if !keep {
                disowned.push((due.purpose, due.client().copied()));
            }
            keep
        });
        if disowned.is_empty() {
            // Law 8: a report of nothing writes nothing.
            return Ok(self.decoy(Ok(())));
        }
        let now = self.now();
        for (purpose, client) in disowned {
            if let Some(client) = client {
                self.state.blocked_clients.block(client, now);
            }
            self.events.push(Event::CodeReportedUnrequested(purpose));
        }
        Ok(self.commit(Ok(())))
    }

    /// Whether a code may be sent to the client that asks.
    pub(super) fn check_client_not_blocked(&self) -> Result<(), Denial> {
        let now = self.now();
        match self.client.as_ref().and_then(|client| self.state.blocked_clients.until(client, now))
        {
            Some(until) => Err(Denial::until(Reason::ReportedByOwner, until)),
            None => Ok(()),
        }
    }
}

const MOST: usize = 8;
