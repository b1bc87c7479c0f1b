//! What a decision reports to the application and to the user.

use alloc::{string::String, vec::Vec};
use core::mem;

use super::{
    notice::{Notice, Report},
    subject::Subject,
};
use crate::{
    address::{Address, AddressKind},
    denial::Denial,
    event::{Event, Occurrence, Priority},
    policy::{MAILED_NOTICES, Notices, SendLimits, TEXTED_NOTICES},
    subject::record::{
        addresses::ProvenAddress,
        lifetime::Cooldown,
        outbox::{RemovedAddress, Waiting, message_id},
        send_history::SendHistory,
    },
    time::{MINUTE, UnixTime},
};

/// Whether the process of this decision delivers the waiting events.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Leases {
    Left,
    Taken,
}

/// Reports events without storing them, because nothing is written.
pub(crate) fn passing(subject: &mut Subject<'_>, denial: Option<&Denial>) -> Report {
    let events = mem::take(&mut subject.effects.events);
    let mut report = Report::default();
    for event in events {
        report.occurrences.push(occurrence(subject, event, denial));
    }
    report
}

/// Stores the events that must arrive, and takes the lease of those that are due.
pub(crate) fn keep(subject: &mut Subject<'_>, denial: Option<&Denial>, leases: Leases) -> Report {
    let now = subject.now();
    let mut report = Report::default();
    subject.state.notices.drop_old(now);
    subject.state.mailed_notices.iter_mut().for_each(|sends| sends.drop_old(now));
    for stale in subject.state.outbox.take_stale(now) {
        give_up(subject, stale, &mut report);
    }
    for event in mem::take(&mut subject.effects.events) {
        if !subject.effects.is_kept(&event) {
            report.occurrences.push(occurrence(subject, event, denial));
            continue;
        }
        let (waiting, refused) = waiting(subject, event.clone());
        for address in refused {
            report.occurrences.push(not_sent(subject, &event, Some(&address)));
        }
        let id = *waiting.id;
        if let Some(lost) = subject.state.outbox.add(waiting) {
            give_up(subject, lost, &mut report);
        }
        // It stays the event of this decision, which may know more than the record stores.
        if leases == Leases::Taken {
            lease_one(subject, &id, Some((event, denial)), &mut report);
        }
    }
    // What waited, and the count of what had no room.
    if leases == Leases::Taken {
        lease(subject, &mut report);
    }
    report
}

/// Records what was delivered. Returns whether anything changed.
pub(crate) fn acknowledge(
    subject: &mut Subject<'_>,
    taken: &[Occurrence],
    notices: &[Notice],
) -> bool {
    let now = subject.now();
    let is_left = subject.policy().notices() == Notices::LeftToApplication;
    let taken_ids = taken.iter().filter(|one| one.is_kept).map(|one| one.id);
    let mut ids: Vec<[u8; 16]> = taken_ids.chain(notices.iter().map(|notice| notice.id)).collect();
    ids.sort_unstable();
    ids.dedup();
    let mut has_changed = false;
    for id in ids {
        let state = &mut subject.state;
        // Another one has taken its place if it happened again, or if another process was first.
        let Some(waiting) = state.outbox.by_id_mut(&id) else { continue };
        has_changed = true;
        waiting.is_reported |= taken.iter().any(|one| one.id == id);
        let mut retry_at: Option<UnixTime> = None;
        for notice in notices.iter().filter(|notice| notice.id == id) {
            match notice.postponed {
                None => waiting.finish(&notice.address, &state.factors),
                Some(at) => retry_at = Some(retry_at.map_or(at, |known| known.min(at))),
            }
        }
        let targets = waiting.targets(&state.factors);
        if waiting.is_reported && (is_left || targets.is_empty()) {
            state.outbox.remove(&id);
            continue;
        }
        if !waiting.is_reported {
            let soon = waiting.retry_at(now);
            retry_at = Some(retry_at.map_or(soon, |known| known.min(soon)));
        }
        let full = targets.iter().filter_map(|address| {
            sends(&mut state.notices, &mut state.mailed_notices, address)
                .full_until(&limits(&waiting.event, address), now)
        });
        let until = retry_at.or(full.min()).unwrap_or(waiting.retry_at(now));
        waiting.wait = wait_until(until, now);
    }
    has_changed
}

/// Takes the lease of each event that is due.
fn lease(subject: &mut Subject<'_>, report: &mut Report) {
    let now = subject.now();
    let due: Vec<[u8; 16]> = subject.state.outbox.due(now).map(|waiting| *waiting.id).collect();
    for id in due {
        lease_one(subject, &id, None, report);
    }
}

/// Takes the lease of one event, and adds what is to be delivered.
///
/// `just` is the event as it just happened, and the refusal that came with it.
fn lease_one(
    subject: &mut Subject<'_>,
    id: &[u8; 16],
    just: Option<(Event, Option<&Denial>)>,
    report: &mut Report,
) {
    let (now, record) = (subject.now(), subject.context.record_id);
    let is_left = subject.policy().notices() == Notices::LeftToApplication;
    let (epoch, of, network) =
        (subject.state.epoch, subject.context.id.clone(), subject.context.network);
    let (operation, label) = (subject.effects.operation, subject.effects.app_label.clone());
    let state = &mut subject.state;
    let Some(waiting) = state.outbox.by_id_mut(id) else { return };
    waiting.wait = Cooldown::new(now, LEASE);
    let targets = waiting.targets(&state.factors);
    let mut delayed: Option<UnixTime> = None;
    let mut is_sent = false;
    for address in targets.iter().filter(|_| !is_left) {
        // STD A-31: a text message costs money, and a flood of emails buries the one that matters.
        // A repetition is charged once.
        let (message, limits) = (message_id(id, address), limits(&waiting.event, address));
        let sends = sends(&mut state.notices, &mut state.mailed_notices, address);
        if !sends.contains(&message) {
            if let Some(until) = sends.full_until(&limits, now) {
                delayed = Some(delayed.map_or(until, |known| known.min(until)));
                continue;
            }
            sends.record(message, now);
        }
        is_sent = true;
        report.notices.push(Notice {
            id: *id,
            event: waiting.shown_event(),
            address: address.clone(),
            record,
            limits,
            next_attempt: waiting.retry_at(now),
            postponed: None,
        });
    }
    if !waiting.is_reported {
        let mut occurrence = Occurrence {
            last_at: waiting.last_at(),
            count: waiting.count,
            epoch: Some(epoch),
            operation: waiting.operation,
            notified: targets,
            is_kept: true,
            ..Occurrence::new(*id, waiting.at(), of.clone(), waiting.event.clone())
        };
        if let Some((event, denial)) = just {
            occurrence.label = label.filter(|_| event.is_of_an_app());
            (occurrence.event, occurrence.network) = (event, network);
            occurrence.operation = operation;
            occurrence.reason = denial.map(Denial::reason);
        }
        report.occurrences.push(occurrence);
    } else if !is_sent {
        // There is nothing to deliver now, and so nothing to acknowledge.
        waiting.wait = wait_until(delayed.unwrap_or(waiting.retry_at(now)), now);
    }
    if let Some(retry_at) = delayed {
        let waits = Event::NoticeWaits { retry_at };
        report.occurrences.push(occurrence(subject, waits, None));
    }
}

/// Reports an event that is no longer stored, and each notice that was not sent.
fn give_up(subject: &mut Subject<'_>, lost: Waiting, report: &mut Report) {
    let targets = lost.targets(&subject.state.factors);
    let lost_event = lost.event.clone();
    if !lost.is_reported {
        report.occurrences.push(Occurrence {
            last_at: lost.last_at(),
            count: lost.count,
            epoch: Some(subject.state.epoch),
            operation: lost.operation,
            ..Occurrence::new(*lost.id, lost.at(), subject.context.id.clone(), lost.event)
        });
    }
    if subject.policy().notices() == Notices::Sent {
        for address in targets {
            report.occurrences.push(not_sent(subject, &lost_event, Some(&address)));
        }
    }
}

/// Returns an event to store, with the addresses to notify, and those that the policy does not
/// allow.
fn waiting(subject: &mut Subject<'_>, event: Event) -> (Waiting, Vec<Address>) {
    let (id, now) = (subject.moment.bytes().into(), subject.now());
    let (state, policy) = (&subject.state, subject.policy());
    let waiting = Waiting::new(id, event.clone(), subject.effects.operation, now);
    let removed = subject.effects.removed.iter();
    if policy.notices() == Notices::LeftToApplication {
        return (waiting.to(state.factors.notified(), removed.cloned()), Vec::new());
    }
    // STD N-55: every address is notified. But what is not serious need not cost a text message if
    // there is a mailbox, and a withdrawn one does not count (FAILURES 62).
    let is_mailed = event.priority() == Priority::Routine && state.factors.has_mailbox();
    let is_wanted = |proven: &&ProvenAddress| !(is_mailed && proven.address.prefix().is_some());
    let is_allowed = |address: &Address| policy.countries().allow(address);
    let wanted = || state.factors.notified().filter(is_wanted);
    let to = wanted().filter(|proven| is_allowed(&proven.address));
    let also = removed.clone().filter(|removed| is_allowed(&removed.address)).cloned();
    let refused = wanted().map(|proven| &proven.address);
    let refused = refused.chain(removed.map(|removed: &RemovedAddress| &removed.address));
    let refused = refused.filter(|address| !is_allowed(address)).cloned().collect();
    (waiting.to(to, also), refused)
}

/// Returns an occurrence of this decision that is reported once.
fn occurrence(subject: &mut Subject<'_>, event: Event, denial: Option<&Denial>) -> Occurrence {
    let (id, at) = (subject.moment.bytes(), subject.now());
    let label = subject.effects.app_label.as_ref().filter(|_| event.is_of_an_app());
    Occurrence {
        label: label.cloned(),
        epoch: Some(subject.state.epoch),
        operation: subject.effects.operation,
        network: subject.context.network,
        reason: denial.map(Denial::reason),
        ..Occurrence::new(id, at, subject.context.id.clone(), event)
    }
}

fn not_sent(subject: &mut Subject<'_>, event: &Event, address: Option<&Address>) -> Occurrence {
    let address: Option<String> = address.map(Address::masked);
    occurrence(subject, Event::NoticeNotSent { event: event.name(), address }, None)
}

/// Returns the history in which a notice to this address is counted: text messages or emails.
fn sends<'s>(
    texted: &'s mut SendHistory,
    mailed: &'s mut Option<SendHistory>,
    address: &Address,
) -> &'s mut SendHistory {
    match address.kind() {
        AddressKind::Email => mailed.get_or_insert_default(),
        _ => texted,
    }
}

/// Returns the limits for a notice of `event`.
///
/// Routine notices have half of the limits, so that a flood of them leaves room for serious ones.
const fn limits(event: &Event, address: &Address) -> SendLimits {
    let all = match address.kind() {
        AddressKind::Email => MAILED_NOTICES,
        _ => TEXTED_NOTICES,
    };
    match event.priority() {
        Priority::Routine => all.half(),
        Priority::Serious | Priority::Warning => all,
    }
}

fn wait_until(until: UnixTime, now: UnixTime) -> Cooldown {
    Cooldown::new(now, u32::try_from(until.since(now)).unwrap_or(u32::MAX))
}

/// The time for which one process may deliver an event, which is longer than a carrier may take.
const LEASE: u32 = MINUTE;
