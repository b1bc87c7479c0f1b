//! Pending notices.

use alloc::vec::Vec;

use minicbor::{CborLen, Decode, Encode};

use super::{
    fields::{Id, address},
    lifetime::is_in_future,
};
use crate::{
    address::Address,
    event::Event,
    time::{DAY, UnixTime},
};

/// The pending notices, oldest first.
///
/// The commit of a change also writes its notice, so the user is notified even if the process
/// crashes after the commit.
#[derive(Encode, Decode, CborLen)]
#[cbor(transparent)]
pub(crate) struct Outbox(#[n(0)] Vec<Waiting>);

/// One event, and the addresses that were removed with it.
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
    removed: Vec<RemovedAddress>,
}

#[derive(Clone, Encode, Decode, CborLen)]
struct RemovedAddress(#[cbor(n(0), with = "address")] Address);

impl Outbox {
    pub(crate) const fn new() -> Self {
        Self(Vec::new())
    }

    /// Adds a notice of `event`, including for the addresses that it removed.
    pub(crate) fn add(&mut self, event: &Event, removed: &[Address], id: [u8; 16], now: UnixTime) {
        let Some((tag, number)) = event.mark() else {
            return;
        };
        let removed = removed.iter().cloned().map(RemovedAddress).collect();
        self.0.push(Waiting { id: id.into(), tag, number, at: now.as_secs(), removed });
        // The size of the record is limited. An event whose notice is dropped still reaches the
        // listener.
        while self.0.len() > MOST || self.removed() > MOST {
            self.0.remove(0);
        }
    }

    /// Returns the number of removed addresses in the outbox.
    fn removed(&self) -> usize {
        self.0.iter().map(|waiting| waiting.removed.len()).sum()
    }

    /// Drops notices that have been pending for a day, and their addresses.
    pub(crate) fn drop_stale(&mut self, now: UnixTime) {
        self.0.retain(|waiting| {
            let at = UnixTime::from_secs(waiting.at);
            now.since(at) < u64::from(DAY) && !is_in_future(at, now)
        });
    }

    /// Returns the notices, one for each proven address and each removed address of the event.
    pub(crate) fn pending<'a>(
        &'a self,
        proven: &[&'a Address],
    ) -> Vec<([u8; 16], Event, &'a Address)> {
        self.0.iter().flat_map(|waiting| waiting.pending(proven)).collect()
    }

    pub(crate) fn remove(&mut self, ids: &[[u8; 16]]) {
        self.0.retain(|waiting| !ids.contains(&waiting.id));
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl Waiting {
    fn pending<'a>(&'a self, proven: &[&'a Address]) -> Vec<([u8; 16], Event, &'a Address)> {
        let Some(event) = Event::from_mark(self.tag, self.number) else {
            return Vec::new();
        };
        let mut addresses: Vec<&Address> = Vec::new();
        let removed = self.removed.iter().map(|removed| &removed.0);
        for address in proven.iter().copied().chain(removed) {
            if !addresses.contains(&address) {
                addresses.push(address);
            }
        }
        addresses.into_iter().map(|address| (*self.id, event.clone(), address)).collect()
    }
}

/// The maximum number of notices, and of removed addresses.
const MOST: usize = 16;

#[cfg(test)]
mod tests {
    use alloc::format;

    use super::*;

    #[test]
    fn outbox_holds_as_many_as_it_has_room_for() {
        let removed = [Address::email("a@example.com").unwrap()];
        let mut outbox = Outbox::new();
        for at in 0..2 * MOST {
            outbox.add(&Event::TurnedOff, &removed, [at as u8; 16], UnixTime::from_secs(0));
            assert_eq!(outbox.0.len(), (at + 1).min(MOST));
        }
    }

    #[test]
    fn outbox_takes_five_kib_and_holds_the_newest() {
        let host = format!("{}.{}.{}.ex", "d".repeat(63), "d".repeat(63), "d".repeat(58));
        let long = |name: &str| Address::email(&format!("{}@{host}", name.repeat(62))).unwrap();
        let all: Vec<Address> = ["a", "b", "c", "d", "e"].map(long).into();
        let mut outbox = Outbox::new();
        for at in 0..100_u8 {
            let now = UnixTime::from_secs(u64::MAX - 1000);
            let removed = all.get(..usize::from(at % 6)).unwrap_or_default();
            outbox.add(&Event::BackupCodesLow(at), removed, [at; 16], now);
            assert!(minicbor::len(&outbox) <= 5 * 1024, "{} bytes", minicbor::len(&outbox));
            let last = outbox.0.last().map(|waiting| (*waiting.id, waiting.removed.len()));
            assert_eq!(last, Some(([at; 16], removed.len())));
        }
        assert!(minicbor::len(&outbox) > 2 * 1024, "the addresses are stored");
    }
}
