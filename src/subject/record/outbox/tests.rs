use alloc::{format, vec};

use super::*;
use crate::{
    factor::FactorKind,
    subject::record::{
        addresses::RestsOn, clock_fault::HasTimes as _, factor_times::FactorTimes,
        limiter::LaneLimiters,
    },
};

const NOW: UnixTime = UnixTime::from_secs(1_000_000);

fn waiting(id: u8, event: Event) -> Waiting {
    Waiting::new([id; 16].into(), event, None, NOW)
}

/// Every event that a record stores, once.
fn all_events() -> Vec<Event> {
    let kinds = FactorKind::ALL.map(|kind| u64::from(kind.bit()));
    let numbers = || kinds.into_iter().chain([0]);
    let marks = (1..=26).flat_map(|tag| numbers().map(move |number| (tag, number)));
    let mut events: Vec<Event> = Vec::new();
    for event in marks.filter_map(Event::from_mark) {
        // It only counts the others.
        if !matches!(event, Event::ManyChanges(_))
            && !events.iter().any(|known| known.is_same_kind(&event))
        {
            events.push(event);
        }
    }
    events
}

fn of(priority: Priority) -> Vec<Event> {
    let events = all_events().into_iter().filter(|event| event.priority() == priority);
    let events: Vec<Event> = events.collect();
    assert!(!events.is_empty(), "a test of no event would pass");
    events
}

fn events(outbox: &Outbox) -> Vec<&Event> {
    outbox.0.iter().map(|waiting| &waiting.event).collect()
}

/// The finding: sixteen trusted devices evicted the removal of a factor.
#[test]
fn finding_s10_noise_does_not_evict_what_came_first() {
    let mut outbox = Outbox::new();
    let theft = Event::FactorRemoved(FactorKind::Totp);
    assert!(outbox.add(waiting(0, theft.clone())).is_none());
    for round in 0..100 {
        for (id, event) in (1..).zip(all_events()) {
            let _ = outbox.add(waiting(id, event));
            assert!(outbox.0.len() <= MAX_EVENTS);
            assert_eq!(outbox.0[0].event, theft, "round {round}");
        }
    }
}

#[test]
fn first_serious_events_stay_and_the_others_are_counted() {
    let mut outbox = Outbox::new();
    let serious = of(Priority::Serious);
    let (first, rest) = serious.split_at(MAX_EVENTS - 1);
    assert!(rest.len() > 3, "only {} kinds", serious.len());
    for event in first {
        assert!(outbox.add(waiting(1, event.clone())).is_none());
    }
    for (at, event) in (1..).zip(rest) {
        let id = u8::try_from(at).unwrap();
        let lost = outbox.add(waiting(id, event.clone())).unwrap();
        assert_eq!(lost.event, *event, "it is reported once");
        let (many, stayed) = outbox.0.split_last().unwrap();
        assert_eq!(many.event, Event::ManyChanges(at));
        assert_ne!(many.id, lost.id, "it is another occurrence");
        assert!(stayed.iter().map(|waiting| &waiting.event).eq(first));
    }
    let before = outbox.0.last().unwrap().event.clone();
    for event in of(Priority::Routine) {
        assert!(outbox.add(waiting(99, event)).is_some(), "there is no room");
    }
    assert_eq!(outbox.0.last().unwrap().event, before, "only serious events are counted");
}

#[test]
fn message_ids_of_events_and_of_addresses_differ() {
    let address = |n: u32| Address::email(&format!("user{n}@example.com")).unwrap();
    let id = |event: u32, n| message_id(&[u8::try_from(event).unwrap(); 16], &address(n));
    for ids in
        [(0..256).map(|of| id(of, 0)).collect::<Vec<_>>(), (0..256).map(|n| id(7, n)).collect()]
    {
        let mut sorted = ids.clone();
        sorted.sort_unstable();
        sorted.dedup();
        assert_eq!(sorted.len(), ids.len());
    }
}

/// For one address, each bit of the id of an event is a bit of the id of its message.
#[test]
fn message_ids_of_events_that_differ_in_one_bit_differ() {
    let address = Address::phone("+14155550100").unwrap();
    let zero = message_id(&[0; 16], &address);
    for bit in 0..128 {
        let id = message_id(&(1_u128 << bit).to_be_bytes(), &address);
        assert_ne!(id, zero, "bit {bit}");
    }
}

#[test]
fn serious_event_evicts_the_newest_of_the_least_serious() {
    let mut outbox = Outbox::new();
    let (routine, warnings) = (of(Priority::Routine), of(Priority::Warning));
    for event in routine.iter().chain(warnings.iter().take(3)) {
        let _ = outbox.add(waiting(1, event.clone()));
    }
    while outbox.0.len() < MAX_EVENTS - 1 {
        let missing = of(Priority::Serious);
        let next = missing.iter().find(|event| !events(&outbox).contains(event)).unwrap();
        assert!(outbox.add(waiting(1, next.clone())).is_none());
    }
    let theft = Event::PinReset;
    assert!(!events(&outbox).contains(&&theft));
    let evicted = outbox.add(waiting(2, theft.clone())).unwrap();
    assert_eq!(Some(&evicted.event), routine.last());
    assert!(events(&outbox).contains(&&theft));
    assert!(events(&outbox).contains(&&routine[0]));
    // One that is as little serious as the least has no room.
    let again = outbox.add(waiting(3, evicted.event.clone())).unwrap();
    assert_eq!(again.event, evicted.event);
}

#[test]
fn event_that_happens_again_is_delivered_again() {
    let mut outbox = Outbox::new();
    let _ = outbox.add(waiting(1, Event::BackupCodesLow(3)));
    outbox.0[0].is_reported = true;
    outbox.0[0].wait = Cooldown::new(NOW, 60);
    let later = Waiting { at: NOW.as_secs() + 7, ..waiting(2, Event::BackupCodesLow(2)) };
    assert!(outbox.add(later).is_none());
    let [known] = &outbox.0[..] else { panic!("it is one") };
    assert_eq!((known.count, known.at(), known.last_at()), (2, NOW, NOW.plus(7)));
    assert_eq!(known.event, Event::BackupCodesLow(2), "what holds now");
    assert_eq!(*known.id, [2; 16], "an acknowledgement of the first does not finish it");
    assert!(!known.is_reported && known.wait.is_over(NOW));
}

fn removed(name: &str, enrolled_at: u64) -> RemovedAddress {
    let host = format!("{}.{}.{}.ex", "d".repeat(63), "d".repeat(63), "d".repeat(58));
    let address = Address::email(&format!("{}@{host}", name.repeat(62))).unwrap();
    RemovedAddress { address, enrolled_at }
}

#[test]
fn removed_addresses_that_were_proven_longest_stay() {
    let mut outbox = Outbox::new();
    let theirs = (b'b'..b'z').map(char::from).zip(200..);
    let theirs = theirs.map(|(name, at)| removed(&format!("{name}"), at));
    for (event, address) in of(Priority::Serious).into_iter().zip(theirs) {
        let _ = outbox.add(waiting(1, event).to([].iter(), [address].into_iter()));
    }
    let hers = waiting(2, Event::FactorRemoved(FactorKind::Email));
    let _ = outbox.add(hers.to([].iter(), [removed("a", 100)].into_iter()));
    let all: Vec<u64> = outbox
        .0
        .iter()
        .flat_map(|waiting| waiting.removed.iter().map(|removed| removed.enrolled_at))
        .collect();
    assert_eq!(all.len(), MAX_REMOVED);
    assert!(all.contains(&100), "{all:?}");
}

#[test]
fn repeated_event_lists_each_removed_address_once() {
    let mut outbox = Outbox::new();
    for names in [&["a"][..], &["a", "b"], &["b", "a"], &["c"]] {
        let again = waiting(1, Event::FactorRemoved(FactorKind::Email));
        let gone = names.iter().map(|name| removed(name, 100));
        assert!(outbox.add(again.to([].iter(), gone)).is_none());
    }
    let [known] = &outbox.0[..] else { panic!("it is one") };
    let gone: Vec<_> = known.removed.iter().map(|removed| removed.address.clone()).collect();
    assert_eq!(gone, ["a", "b", "c"].map(|name| removed(name, 100).address));
}

fn proven(at: u8) -> ProvenAddress {
    ProvenAddress {
        id: [at; 16].into(),
        address: Address::email(&format!("{at}@example.com")).unwrap(),
        limiters: LaneLimiters::new(),
        is_factor: true,
        times: FactorTimes::new(NOW),
        takes_whatsapp: false,
        rests_on: RestsOn::Proof,
    }
}

#[test]
fn full_outbox_takes_three_kib() {
    let mut outbox = Outbox::new();
    let addresses: Vec<ProvenAddress> = (250..255).map(proven).collect();
    let late = UnixTime::from_secs(u64::MAX - 1);
    let serious = of(Priority::Serious);
    for (event, name) in
        serious.iter().cycle().take(100).zip(["a", "b", "c", "d", "e"].iter().cycle())
    {
        let new = Waiting {
            count: u16::MAX,
            last: u32::MAX,
            wait: Cooldown::new(late, u32::MAX),
            is_reported: true,
            ..Waiting::new([255; 16].into(), event.clone(), Some(Operation::ResetPin), late)
        };
        let new = new.to(addresses.iter(), [removed(name, u64::MAX)].into_iter());
        let _ = outbox.add(new);
        let size = minicbor::len(&outbox);
        assert!(size <= 3 << 10, "{size} bytes");
    }
    assert!(minicbor::len(&outbox) > 2 << 10);
    assert_eq!(minicbor::len(Outbox::new()), 1);
}

#[test]
fn notified_address_is_no_target_any_more() {
    let addresses = vec![proven(1), proven(2)];
    let mut factors = Factors { addresses, ..Factors::default() };
    let gone = RemovedAddress::of(&proven(3));
    let new = waiting(1, Event::TurnedOff).to(factors.addresses.iter(), [gone].into_iter());
    let mut outbox = Outbox::new();
    let _ = outbox.add(new);
    // One that is proven later must not be notified of it.
    factors.addresses.push(proven(4));
    for left in (0..3).rev() {
        let targets = outbox.0[0].targets(&factors);
        assert_eq!(targets.len(), left + 1);
        outbox.0[0].finish(&targets[0], &factors);
    }
    assert!(outbox.0[0].targets(&factors).is_empty());
}

/// Law 10: an event from a clock that was ahead is neither dropped nor hidden.
#[test]
fn event_from_the_future_waits_no_longer_than_a_lease() {
    let mut outbox = Outbox::new();
    let ahead = NOW.plus(1_000_000);
    let mut new = Waiting::new([1; 16].into(), Event::TurnedOff, None, ahead);
    new.wait = Cooldown::new(ahead, 60);
    let _ = outbox.add(new);
    assert!(outbox.has_clock_fault(NOW));
    outbox.repair_times(NOW);
    assert!(!outbox.has_clock_fault(NOW));
    assert_eq!(outbox.due_at(NOW), Some(NOW.plus(60)));
    assert!(outbox.take_stale(NOW.plus(60)).is_empty());
    assert_eq!(outbox.due(NOW.plus(60)).count(), 1);
}

/// Law 7: an entry that this release does not understand makes the record unreadable.
#[test]
fn unknown_stored_event_is_refused() {
    let mut outbox = Outbox::new();
    let _ = outbox.add(waiting(1, Event::TurnedOff));
    let bytes = minicbor::to_vec(&outbox).unwrap();
    assert!(minicbor::decode::<Outbox>(&bytes).is_ok());
    let place = bytes.windows(3).position(|part| part == [0x82, 6, 0]).unwrap();
    for (tag, number) in [(0, 0), (6, 1), (25, 0), (1, 3)] {
        let mut other = bytes.clone();
        (other[place + 1], other[place + 2]) = (tag, number);
        assert!(minicbor::decode::<Outbox>(&other).is_err(), "{tag} {number}");
    }
}
