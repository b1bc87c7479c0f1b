//! "I did not ask for this code": what others had sent dies, and they wait. Tells nobody anything.

use alloc::vec::Vec;

use minicbor::{CborLen, Decode, Encode, bytes::ByteArray};
use subtle::ConstantTimeEq as _;

use super::{Decision, Subject, span::Span};
use crate::{
    Purpose, UnixTime,
    event::Event,
    policy::DISOWNED_FOR,
    verdict::{Denial, Reason},
};

/// The clients to which no code is sent for a while, the oldest first.
#[derive(Encode, Decode, CborLen)]
#[cbor(transparent)]
pub(super) struct Held(#[n(0)] Vec<HeldClient>);

#[derive(Encode, Decode, CborLen)]
#[cbor(map)]
struct HeldClient {
    #[n(0)]
    client: ByteArray<32>,
    #[n(1)]
    wait: Span,
}

impl Held {
    pub(super) const fn new() -> Self {
        Self(Vec::new())
    }

    /// Holds `client` back from now on.
    fn hold(&mut self, client: [u8; 32], now: UnixTime) {
        let is_other = |held: &HeldClient| !bool::from(held.client.ct_eq(&client));
        self.0.retain(|held| is_other(held) && held.wait.waits_until(now).is_some());
        // A record has a bound.
        if self.0.len() == MOST {
            self.0.remove(0);
        }
        self.0.push(HeldClient { client: client.into(), wait: Span::new(now, DISOWNED_FOR) });
    }

    /// Until when `client` is held back, if it is.
    fn until(&self, client: &[u8; 32], now: UnixTime) -> Option<UnixTime> {
        let found = self.0.iter().find(|held| bool::from(held.client.ct_eq(client)))?;
        found.wait.waits_until(now)
    }

    pub(super) fn is_fault(&self, now: UnixTime) -> bool {
        self.0.iter().any(|held| held.wait.is_fault(now))
    }

    pub(super) fn mend(&mut self, now: UnixTime) {
        self.0.iter_mut().for_each(|held| held.wait.mend(now));
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
    pub fn disown(mut self) -> Decision<()> {
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
        state.dues.retain(|due| {
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
                self.state.held.hold(client, now);
            }
            self.events.push(Event::CodeDisowned(purpose));
        }
        Ok(self.commit(Ok(())))
    }

    /// Whether a code may be sent to the client that asks.
    pub(super) fn check_not_held(&self) -> Result<(), Denial> {
        let now = self.now();
        match self.client.as_ref().and_then(|client| self.state.held.until(client, now)) {
            Some(until) => Err(Denial::until(Reason::Disowned, until)),
            None => Ok(()),
        }
    }
}

const MOST: usize = 8;
