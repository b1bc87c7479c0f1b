//! What the person is still to be told, kept in the record until it was sent. Sends nothing.

use alloc::vec::Vec;
use core::fmt;

use minicbor::{CborLen, Decode, Encode};

use super::{
    Subject, Transition,
    fields::{Id, address},
    span::is_in_future,
    state::Factors,
};
use crate::{
    Address, Message, UnixTime,
    event::Event,
    factor::FactorSet,
    id::RecordId,
    keys::Keys,
    message::{Channel, Inside, Sender},
    policy::Notices,
    time::DAY,
};

/// The notices that wait, the oldest first.
///
/// They are written by the commit that they tell of, so that no change goes untold because a process
/// died after it.
#[derive(Encode, Decode, CborLen)]
#[cbor(transparent)]
pub(super) struct Outbox(#[n(0)] Vec<Waiting>);

/// One thing to tell, and one address besides those that stand: the one that was just removed.
#[derive(Encode, Decode, CborLen)]
#[cbor(map)]
struct Waiting {
    #[n(0)]
    id: Id,
    #[n(1)]
    tag: u8,
    #[n(2)]
    number: u64,
    #[n(3)]
    at: u64,
    #[n(4)]
    besides: Vec<Kept>,
}

#[derive(Clone, Encode, Decode, CborLen)]
struct Kept(#[cbor(n(0), with = "address")] Address);

impl Outbox {
    pub(super) const fn new() -> Self {
        Self(Vec::new())
    }

    /// Writes down what the person is to be told, at the addresses that stand and `besides`.
    pub(super) fn note(&mut self, event: &Event, besides: &[Address], id: [u8; 16], now: UnixTime) {
        let Some((tag, number)) = event.mark() else {
            return;
        };
        let besides = besides.iter().cloned().map(Kept).collect();
        self.0.push(Waiting { id: id.into(), tag, number, at: now.as_secs(), besides });
        // A record has a bound. What falls out was told to the listener all the same.
        while self.0.len() > MOST || self.besides() > MOST {
            self.0.remove(0);
        }
    }

    /// How many addresses are kept in it besides those that stand.
    fn besides(&self) -> usize {
        self.0.iter().map(|waiting| waiting.besides.len()).sum()
    }

    /// Lets go of what waited for a day, with the addresses that are in it.
    pub(super) fn drop_stale(&mut self, now: UnixTime) {
        self.0.retain(|waiting| {
            let at = UnixTime::from_secs(waiting.at);
            now.since(at) < u64::from(DAY) && !is_in_future(at, now)
        });
    }

    /// What waits, once for each address.
    pub(super) fn notices(&self, factors: &Factors) -> Vec<Notice> {
        self.0.iter().flat_map(|waiting| waiting.notices(factors)).collect()
    }

    pub(super) fn forget(&mut self, ids: &[[u8; 16]]) {
        self.0.retain(|waiting| !ids.contains(&waiting.id));
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl Waiting {
    fn notices(&self, factors: &Factors) -> Vec<Notice> {
        let Some(event) = Event::from_mark(self.tag, self.number) else {
            return Vec::new();
        };
        let mut addresses: Vec<&Address> =
            factors.addresses.iter().map(|proven| &proven.address).collect();
        addresses.extend(self.besides.iter().map(|kept| &kept.0));
        let mut notified: Vec<Notice> = Vec::new();
        for address in addresses {
            if notified.iter().all(|notice| notice.address != *address) {
                let (event, address) = (event.clone(), address.clone());
                notified.push(Notice { id: *self.id, event, address });
            }
        }
        notified
    }
}

impl Subject<'_> {
    /// Takes out of the record what the person was told.
    ///
    /// Settle it after the notices of [`Settled::Done`](super::Settled::Done) were given to the carrier.
    pub fn notified(mut self, notices: &[Notice]) -> Transition<()> {
        if self.version.is_none() || self.state.outbox.is_empty() {
            return self.decoy(Ok(()));
        }
        let ids: Vec<[u8; 16]> = notices.iter().map(|notice| *notice.id()).collect();
        self.state.outbox.forget(&ids);
        self.commit(Ok(()))
    }

    /// Puts what the person is to be told into the record, by the write that it tells of.
    pub(super) fn fill_outbox(&mut self) {
        // Whoever is added later is not told of what came before.
        let is_nobody = self.state.factors.addresses.is_empty() && self.gone.is_empty();
        if is_nobody || self.policy.notices() == Notices::LeftToHost {
            return;
        }
        for event in &self.events {
            if is_told(event, self.first_locks) {
                let now = self.moment.now();
                self.state.outbox.note(event, &self.gone, self.moment.bytes(), now);
            }
        }
    }

    /// The addresses that stand and those that have just gone.
    pub(super) fn addresses(&self) -> Vec<Address> {
        let standing = self.state.factors.addresses.iter().map(|proven| &proven.address);
        standing.chain(&self.gone).cloned().collect()
    }

    /// What happened, each with the addresses at which the person is to be told of it.
    pub(super) fn telling(self) -> Vec<(Event, Vec<Address>)> {
        let tell = |event: Event| {
            let is_told = is_told(&event, self.first_locks);
            (event, if is_told { self.told_at.clone() } else { Vec::new() })
        };
        self.events.into_iter().map(tell).collect()
    }
}

/// Whether the person is to be told of it.
fn is_told(event: &Event, first_locks: FactorSet) -> bool {
    match event {
        // STD O-05: told once, at the first lock; the waits that follow are the same story.
        Event::FactorLocked(kind) => first_locks.contains(*kind),
        other => other.is_for_the_user(),
    }
}

/// Something that happened, to be told at one address.
///
/// For hosts that drive the core: send [`message`](Self::message), whatever becomes of it, then settle
/// [`Subject::notified`](super::Subject::notified).
///
/// # Example
///
/// See [`Settled`](super::Settled).
pub struct Notice {
    id: [u8; 16],
    event: Event,
    address: Address,
}

impl Notice {
    /// Where it is to be told.
    #[must_use]
    pub const fn address(&self) -> &Address {
        &self.address
    }

    /// What happened.
    #[must_use]
    pub const fn event(&self) -> &Event {
        &self.event
    }

    /// The message. Made again it is the same, with the same reference: told twice is told once.
    #[must_use]
    pub fn message(&self, keys: &Keys, record: &RecordId, sender: &Sender) -> Message {
        Message {
            address: self.address.clone(),
            channel: Channel::first_for(&self.address),
            inside: Inside::Notice(self.event.clone()),
            reference: keys.notice_reference(record, &self.id, self.address.expose()),
            sender: sender.clone(),
        }
    }

    pub(super) const fn id(&self) -> &[u8; 16] {
        &self.id
    }
}

impl fmt::Debug for Notice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Notice").field("event", &self.event).finish_non_exhaustive()
    }
}

/// Notices, and addresses that they name besides those that stand.
const MOST: usize = 16;

#[cfg(test)]
mod tests {
    use alloc::format;

    use super::*;

    #[test]
    fn as_many_are_kept_as_there_is_room_for() {
        let gone = [Address::email("a@example.com").unwrap()];
        let mut outbox = Outbox::new();
        for at in 0..2 * MOST {
            outbox.note(&Event::TurnedOff, &gone, [at as u8; 16], UnixTime::from_secs(0));
            assert_eq!(outbox.0.len(), (at + 1).min(MOST));
        }
    }

    #[test]
    fn it_takes_five_kib_at_most_and_keeps_the_newest() {
        let host = format!("{}.{}.{}.ex", "d".repeat(63), "d".repeat(63), "d".repeat(58));
        let long = |name: &str| Address::email(&format!("{}@{host}", name.repeat(62))).unwrap();
        let gone: Vec<Address> = ["a", "b", "c", "d", "e"].map(long).into();
        let mut outbox = Outbox::new();
        for at in 0..100_u8 {
            let now = UnixTime::from_secs(u64::MAX - 1000);
            let besides = gone.get(..usize::from(at % 6)).unwrap_or_default();
            outbox.note(&Event::BackupCodesLow(at), besides, [at; 16], now);
            assert!(minicbor::len(&outbox) <= 5 * 1024, "{} bytes", minicbor::len(&outbox));
            let last = outbox.0.last().map(|waiting| (*waiting.id, waiting.besides.len()));
            assert_eq!(last, Some(([at; 16], besides.len())));
        }
        assert!(minicbor::len(&outbox) > 2 * 1024, "they are kept");
    }
}
