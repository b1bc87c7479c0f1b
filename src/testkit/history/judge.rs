//! The check of a history.

use alloc::{format, string::String, vec, vec::Vec};
use core::time::Duration;

use super::{
    append::Append,
    log::{Answer, Call, Kind, Log},
};
use crate::testkit::storage::Clause;

/// The ways in which a store can violate the contract.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Verdict {
    ConflictTookEffect,
    Forked,
    Hung,
    LostCommit,
    LostRead,
    MissingRecord,
    NoProgress,
    OddBytes,
    OtherId,
    StaleLoad,
    TornRead,
}

impl Verdict {
    pub(super) const ALL: [Self; 11] = [
        Self::Forked,
        Self::TornRead,
        Self::LostCommit,
        Self::LostRead,
        Self::OddBytes,
        Self::OtherId,
        Self::StaleLoad,
        Self::MissingRecord,
        Self::ConflictTookEffect,
        Self::Hung,
        Self::NoProgress,
    ];

    pub(super) const fn clause(self) -> Clause {
        match self {
            Self::Forked | Self::TornRead => Clause::Swap,
            Self::LostCommit | Self::LostRead => Clause::Commit,
            Self::OddBytes => Clause::Bytes,
            Self::OtherId => Clause::Ids,
            Self::StaleLoad | Self::MissingRecord => Clause::Load,
            Self::ConflictTookEffect => Clause::Doubt,
            Self::Hung | Self::NoProgress => Clause::End,
        }
    }

    pub(super) const fn expected(self) -> &'static str {
        match self {
            Self::ConflictTookEffect => "a swap that returned a conflict has no effect",
            Self::Forked => "of two swaps that expect the same version, one commits",
            Self::Hung => "every call ends within the limit",
            Self::LostCommit => "a committed swap is part of the last record's chain",
            Self::LostRead => "what a load returned is part of the last record's chain",
            Self::MissingRecord => "no load returns None after a commit",
            Self::NoProgress => "every record commits again within the limit after a fault",
            Self::OddBytes => "a load returns bytes that a swap wrote",
            Self::OtherId => "a load returns a record of its id",
            Self::StaleLoad => "a load returns every change that was visible before it began",
            Self::TornRead => "a load returns the version and the bytes of one swap",
        }
    }
}

/// Checks the log, and calls `find` with each violation and its calls.
///
/// For each record, the last answered load determines the chain.
pub(super) fn judge(log: &Log, limit: Duration, mut find: impl FnMut(Verdict, String)) {
    let order = Order::new(log);
    order.swaps(log, &mut find);
    order.loads(log, &mut find);
    for call in log.calls() {
        let took = call.ended_at.saturating_sub(call.began_at);
        if call.answer == Answer::Hung || took > limit {
            find(Verdict::Hung, log.text(call));
        }
    }
    for fault in log.faults().iter().filter(|fault| fault.recovered_at.is_none()) {
        let (name, at) = (fault.name, fault.began_at.as_secs_f64());
        find(Verdict::NoProgress, format!("did not after the fault `{name}` at {at:.3} s"));
    }
}

/// The place of each append in the chain of its record.
///
/// The first append has place 1. An append outside of the chain has place 0.
struct Order(Vec<u32>);

impl Order {
    fn new(log: &Log) -> Self {
        let mut last = vec![None; log.records()];
        for call in log.calls() {
            if let (Answer::Found(found), Some(last)) = (call.answer, last.get_mut(call.record)) {
                *last = Some(found);
            }
        }
        let mut places = vec![0; log.appends()];
        for last in last.into_iter().flatten() {
            let mut chain = Vec::new();
            let mut next = last;
            while let Some(append) = next {
                // Each append expects an earlier one, so a chain has an end.
                chain.push(append);
                next = log.swap(append).and_then(|swap| swap.expected());
            }
            for (append, place) in chain.into_iter().rev().zip(1..) {
                if let Some(its) = places.get_mut(append.place()) {
                    *its = place;
                }
            }
        }
        Self(places)
    }

    fn place(&self, append: Append) -> u32 {
        self.0.get(append.place()).copied().unwrap_or(0)
    }

    /// Checks the results of all swaps.
    ///
    /// Every commit must be in the chain, no two commits may have the same predecessor, and no
    /// conflict may be in the chain.
    fn swaps(&self, log: &Log, find: &mut impl FnMut(Verdict, String)) {
        // The committed swap that follows each append, and the first of each record.
        let mut after: Vec<Option<&Call>> = vec![None; log.appends()];
        let mut first: Vec<Option<&Call>> = vec![None; log.records()];
        for call in log.calls() {
            let Kind::Swap { append, expected } = call.kind else { continue };
            let is_in_chain = self.place(append) > 0;
            match call.answer {
                Answer::Refused if is_in_chain => {
                    find(Verdict::ConflictTookEffect, log.text(call));
                }
                Answer::Committed => {
                    if !is_in_chain {
                        find(Verdict::LostCommit, log.text(call));
                    }
                    let follower = match expected {
                        None => first.get_mut(call.record),
                        Some(expected) => after.get_mut(expected.place()),
                    };
                    let Some(follower) = follower else { continue };
                    match follower {
                        None => *follower = Some(call),
                        Some(other) => {
                            let text = format!("{}; {}", log.text(other), log.text(call));
                            find(Verdict::Forked, text);
                        }
                    }
                }
                _ => {}
            }
        }
    }

    /// Checks that each load returns every commit that was visible when it began.
    fn loads(&self, log: &Log, find: &mut impl FnMut(Verdict, String)) {
        let mut events: Vec<Option<Event<'_>>> = Vec::new();
        events.resize_with(usize::try_from(log.events()).unwrap_or(0), || None);
        for call in log.calls() {
            put(&mut events, Some(call.began), Event::Began(call));
            put(&mut events, call.ended, Event::Ended(call));
        }
        // The newest change of each record that was visible, with the call that showed it.
        let mut visible: Vec<(u32, Option<&Call>)> = vec![(0, None); log.records()];
        // What was visible when each running call began, by the event.
        let mut floors: Vec<(u32, Option<&Call>)> = vec![(0, None); events.len()];
        for event in events.into_iter().flatten() {
            match event {
                Event::Began(call) => {
                    let now = visible.get(call.record).copied();
                    if let (Some(floor), Some(now)) = (floors.get_mut(index(call.began)), now) {
                        *floor = now;
                    }
                }
                Event::Ended(call) => {
                    let floor = floors.get(index(call.began)).copied().unwrap_or((0, None));
                    let shown = self.shown(log, call, floor, find);
                    let visible = visible.get_mut(call.record);
                    if let Some(visible) = visible.filter(|visible| shown > visible.0) {
                        *visible = (shown, Some(call));
                    }
                }
            }
        }
    }

    /// Checks one answer, and returns the place in the chain that it showed, or 0.
    fn shown(
        &self,
        log: &Log,
        call: &Call,
        (floor, before): (u32, Option<&Call>),
        find: &mut impl FnMut(Verdict, String),
    ) -> u32 {
        let against = |call: &Call| match before {
            Some(before) => format!("{}, after {}", log.text(call), log.text(before)),
            None => log.text(call),
        };
        match (call.answer, call.kind) {
            (Answer::Committed, Kind::Swap { append, .. }) => self.place(append),
            (Answer::Found(None), _) => {
                if floor > 0 {
                    find(Verdict::MissingRecord, against(call));
                }
                0
            }
            (Answer::Found(Some(append)), _) => {
                let (place, wrote) = (self.place(append), log.swap(append));
                match wrote.map(|wrote| wrote.answer) {
                    // A lost commit is reported once, at its swap.
                    _ if place > 0 && place < floor => find(Verdict::StaleLoad, against(call)),
                    Some(Answer::Refused) if place == 0 => {
                        find(Verdict::ConflictTookEffect, log.text(call));
                    }
                    Some(Answer::Failed | Answer::Hung | Answer::Open) if place == 0 => {
                        find(Verdict::LostRead, log.text(call));
                    }
                    _ => {}
                }
                place
            }
            (Answer::Odd(place), _) => {
                let verdict = match log.odd(place) {
                    Some(odd) if odd.is_of_other_id => Verdict::OtherId,
                    Some(odd) if odd.is_torn => Verdict::TornRead,
                    _ => Verdict::OddBytes,
                };
                find(verdict, log.text(call));
                0
            }
            _ => 0,
        }
    }
}

enum Event<'a> {
    Began(&'a Call),
    Ended(&'a Call),
}

fn put<'a>(events: &mut [Option<Event<'a>>], at: Option<u64>, event: Event<'a>) {
    if let Some(place) = at.and_then(|at| events.get_mut(index(at))) {
        *place = Some(event);
    }
}

fn index(event: u64) -> usize {
    usize::try_from(event).unwrap_or(usize::MAX)
}

impl Call {
    /// Returns the append that a swap expects to follow.
    const fn expected(&self) -> Option<Append> {
        match self.kind {
            Kind::Swap { expected, .. } => expected,
            Kind::Load => None,
        }
    }
}
