//! Events and notices that wait to be delivered.

#[cfg(test)]
mod tests;

use alloc::vec::Vec;
use core::{cmp::Reverse, mem};

use minicbor::{CborLen, Decode, Encode};

use super::{
    addresses::ProvenAddress,
    clock_fault::{HasTimes, StoredTime},
    factors::Factors,
    fields::{Id, address, kept_event, operation},
    lifetime::Cooldown,
};
use crate::{
    address::Address,
    event::{Event, Priority},
    purpose::Operation,
    time::{DAY, HOUR, MINUTE, UnixTime},
};

/// The events that wait, oldest first. Events of one kind and factor share an entry.
///
/// The commit of a change also writes its event, so that the event is delivered even if the process
/// crashes after the commit.
#[derive(Encode, Decode, CborLen)]
#[cbor(transparent)]
pub(crate) struct Outbox(#[n(0)] pub(crate) Vec<Waiting>);

/// An event, and the recipients that have not received it.
#[derive(Encode, Decode, CborLen)]
#[cbor(map)]
pub(crate) struct Waiting {
    /// A new id each time the event happens, so that an acknowledgement names what was delivered.
    #[n(0)]
    pub(crate) id: Id,
    #[cbor(n(1), with = "kept_event")]
    pub(crate) event: Event,
    /// The time at which it first happened.
    #[n(2)]
    pub(crate) at: u64,
    /// The seconds between its first and its last time.
    #[n(3)]
    pub(crate) last: u32,
    #[n(4)]
    pub(crate) count: u16,
    /// The lease of the process that delivers it, or the wait until another process may.
    #[n(5)]
    pub(crate) wait: Cooldown,
    /// The operation of the proof. It is also `None` for a transaction, whose hash would not fit.
    #[cbor(n(6), with = "operation", has_nil)]
    pub(crate) operation: Option<Operation>,
    /// Whether the listener has accepted it.
    #[n(7)]
    pub(crate) is_reported: bool,
    /// The proven addresses to notify.
    #[n(8)]
    pub(crate) to: Vec<AddressTag>,
    /// The addresses to notify that are no longer proven.
    #[n(9)]
    pub(crate) removed: Vec<RemovedAddress>,
}

/// The first bytes of the id of a proven address. Among five ids, two are equal once in 2^28.
#[derive(Clone, Copy, PartialEq, Eq, Encode, Decode, CborLen)]
#[cbor(transparent)]
pub(crate) struct AddressTag(#[n(0)] u32);

/// An address that was removed, and the time at which it was proven.
#[derive(Clone, Encode, Decode, CborLen)]
pub(crate) struct RemovedAddress {
    #[cbor(n(0), with = "address")]
    pub(crate) address: Address,
    #[n(1)]
    pub(crate) enrolled_at: u64,
}

impl Outbox {
    pub(crate) const fn new() -> Self {
        Self(Vec::new())
    }

    /// Adds an event. Returns the event without room: this one, or a less serious one.
    ///
    /// Among the most serious events, the first ones stay: a flood must not displace the change
    /// that an attacker made first.
    pub(crate) fn add(&mut self, new: Waiting) -> Option<Waiting> {
        let lost = self.insert(new);
        // An attacker can add and remove addresses: those that were proven longest stay.
        while self.0.iter().map(|waiting| waiting.removed.len()).sum::<usize>() > MAX_REMOVED {
            let all = self.0.iter_mut().flat_map(|waiting| &mut waiting.removed);
            let Some(newest) = all.map(|removed| removed.enrolled_at).max() else { break };
            let holder = self.0.iter_mut().rev().find_map(|waiting| {
                let place = waiting.removed.iter().rposition(|one| one.enrolled_at == newest)?;
                Some((waiting, place))
            });
            let Some((waiting, place)) = holder else { break };
            waiting.removed.remove(place);
        }
        lost
    }

    fn insert(&mut self, new: Waiting) -> Option<Waiting> {
        if let Some(known) = self.0.iter_mut().find(|known| known.event.is_same_kind(&new.event)) {
            known.happen_again(new);
            return None;
        }
        // One place is reserved for the count of those without one.
        let is_count = |waiting: &Waiting| matches!(waiting.event, Event::ManyChanges(_));
        let others = self.0.iter().filter(|waiting| !is_count(waiting)).count();
        if others < MAX_EVENTS - 1 {
            self.0.push(new);
            return None;
        }
        let priority = new.event.priority();
        let places = self.0.iter().enumerate().filter(|(_, waiting)| !is_count(waiting));
        let least =
            places.min_by_key(|(place, waiting)| (waiting.event.priority(), Reverse(*place)));
        match least {
            Some((place, waiting)) if waiting.event.priority() < priority => {
                let evicted = self.0.remove(place);
                self.0.push(new);
                Some(evicted)
            }
            _ if priority == Priority::Serious => {
                self.count_change(&new);
                Some(new)
            }
            _ => Some(new),
        }
    }

    /// Counts a serious event for which there is no room.
    fn count_change(&mut self, lost: &Waiting) {
        let before = self.0.iter().find_map(|waiting| match waiting.event {
            Event::ManyChanges(count) => Some(count),
            _ => None,
        });
        let event = Event::ManyChanges(before.unwrap_or(0).saturating_add(1));
        let at = UnixTime::from_secs(lost.at);
        let (to, removed) = (lost.to.clone(), lost.removed.clone());
        let mut id = lost.id;
        // It is another occurrence.
        if let Some(last) = id.last_mut() {
            *last ^= 1;
        }
        let many = Waiting { to, removed, ..Waiting::new(id, event, None, at) };
        match self.0.iter_mut().find(|waiting| matches!(waiting.event, Event::ManyChanges(_))) {
            Some(known) => known.happen_again(many),
            None => self.0.push(many),
        }
    }

    /// Removes and returns events that have waited for a day.
    pub(crate) fn take_stale(&mut self, now: UnixTime) -> Vec<Waiting> {
        let is_stale = |waiting: &Waiting| now.since(waiting.at()) >= u64::from(DAY);
        let (stale, waiting) = mem::take(&mut self.0).into_iter().partition(is_stale);
        self.0 = waiting;
        stale
    }

    /// Returns the events that no other process is delivering, and whose wait is over.
    pub(crate) fn due(&mut self, now: UnixTime) -> impl Iterator<Item = &mut Waiting> {
        self.0.iter_mut().filter(move |waiting| waiting.wait.is_over(now))
    }

    pub(crate) fn by_id_mut(&mut self, id: &[u8; 16]) -> Option<&mut Waiting> {
        self.0.iter_mut().find(|waiting| *waiting.id == *id)
    }

    /// Returns the time at which the next event is due, or `None` if no event waits.
    pub(crate) fn due_at(&self, now: UnixTime) -> Option<UnixTime> {
        self.0.iter().map(|waiting| waiting.wait.ends_after(now).unwrap_or(now)).min()
    }

    pub(crate) fn remove(&mut self, id: &[u8; 16]) {
        self.0.retain(|waiting| *waiting.id != *id);
    }
}

impl Waiting {
    pub(crate) fn new(id: Id, event: Event, operation: Option<Operation>, now: UnixTime) -> Self {
        Self {
            id,
            event,
            at: now.as_secs(),
            last: 0,
            count: 1,
            wait: Cooldown::none(),
            operation: operation.filter(|operation| operation.agreement().is_none()),
            is_reported: false,
            to: Vec::new(),
            removed: Vec::new(),
        }
    }

    /// Sets the addresses to notify.
    pub(crate) fn to<'a>(
        mut self,
        proven: impl Iterator<Item = &'a ProvenAddress>,
        removed: impl Iterator<Item = RemovedAddress>,
    ) -> Self {
        self.to = proven.map(AddressTag::of).take(MAX_ADDRESSES).collect();
        self.removed = removed.collect();
        self
    }

    pub(crate) const fn at(&self) -> UnixTime {
        UnixTime::from_secs(self.at)
    }

    /// Returns the event as the user and the carrier may see it, without text that support entered.
    pub(crate) fn shown_event(&self) -> Event {
        self.event.mark().and_then(Event::from_mark).unwrap_or_else(|| self.event.clone())
    }

    /// Returns the time at which it last happened.
    pub(crate) const fn last_at(&self) -> UnixTime {
        self.at().plus(self.last as u64)
    }

    /// Records that an event of the same kind happened again, and must be delivered again.
    fn happen_again(&mut self, new: Self) {
        let since = new.at.saturating_sub(self.at);
        self.id = new.id;
        self.event = new.event;
        self.last = u32::try_from(since).unwrap_or(u32::MAX);
        self.count = self.count.saturating_add(1);
        self.wait = new.wait;
        self.operation = new.operation;
        self.is_reported = false;
        self.to = new.to;
        // The address of an earlier removal that was not notified yet.
        let is_new = |removed: &RemovedAddress| {
            self.removed.iter().all(|known| known.address != removed.address)
        };
        let added: Vec<RemovedAddress> = new.removed.into_iter().filter(is_new).collect();
        self.removed.extend(added);
    }

    /// Returns the addresses that are still to be notified: proven ones, then removed ones.
    pub(crate) fn targets(&self, factors: &Factors) -> Vec<Address> {
        let is_due = |proven: &&ProvenAddress| self.to.contains(&AddressTag::of(proven));
        let mut targets: Vec<Address> =
            factors.notified().filter(is_due).map(|proven| proven.address.clone()).collect();
        for removed in &self.removed {
            if !targets.contains(&removed.address) {
                targets.push(removed.address.clone());
            }
        }
        targets
    }

    /// Records that an address was notified, or never will be.
    pub(crate) fn finish(&mut self, address: &Address, factors: &Factors) {
        self.removed.retain(|removed| removed.address != *address);
        if let Some(proven) = factors.by_address(address) {
            self.to.retain(|tag| *tag != AddressTag::of(proven));
        }
    }

    /// Returns the time to try again after a carrier was unavailable. The wait grows with the age.
    pub(crate) fn retry_at(&self, now: UnixTime) -> UnixTime {
        now.plus(now.since(self.at()).clamp(u64::from(MINUTE), u64::from(HOUR)))
    }
}

/// Returns the id under which an event's message to an address is charged.
///
/// A repetition has the same id, so it is charged once.
pub(crate) fn message_id(event: &[u8; 16], address: &Address) -> [u8; 16] {
    let mut id = *event;
    let sum = address
        .expose()
        .bytes()
        .fold(0_u32, |sum, byte| sum.wrapping_mul(31).wrapping_add(u32::from(byte)));
    for (byte, mixed) in id.iter_mut().zip(sum.to_be_bytes()) {
        *byte ^= mixed;
    }
    id
}

impl RemovedAddress {
    pub(crate) fn of(proven: &ProvenAddress) -> Self {
        Self { address: proven.address.clone(), enrolled_at: proven.times.enrolled_at().as_secs() }
    }
}

impl AddressTag {
    fn of(proven: &ProvenAddress) -> Self {
        let [a, b, c, d, ..] = *proven.id;
        Self(u32::from_be_bytes([a, b, c, d]))
    }
}

impl HasTimes for Outbox {
    fn visit_times(&mut self, visit: &mut dyn FnMut(StoredTime<'_>)) {
        for waiting in &mut self.0 {
            let Waiting {
                at,
                wait,
                id: _,
                event: _,
                last: _,
                count: _,
                operation: _,
                is_reported: _,
                to: _,
                removed: _,
            } = waiting;
            visit(StoredTime::Instant(at));
            wait.visit_times(visit);
        }
    }
}

/// The maximum number of events.
const MAX_EVENTS: usize = 16;
/// The maximum number of removed addresses, over all events.
const MAX_REMOVED: usize = 5;
/// The maximum number of proven addresses of one event, which is that of a subject.
const MAX_ADDRESSES: usize = 5;
