//! What the besieged accounts and the application received.

use alloc::{collections::BTreeMap, rc::Rc, sync::Arc};
use core::sync::atomic::{AtomicU64, Ordering};
use std::{
    collections::HashSet,
    sync::{Mutex, MutexGuard},
};

use second_factor::{
    Address, Delivery, Message,
    delivery::{Receipt, Undelivered},
    host::{Certainty, Event, Occurrence},
    message::Content,
};

use super::{Account, Attack, Caller, OWNER, Siege};
use crate::DAY;

/// A change that was answered, between two times.
#[derive(Debug)]
pub struct Change {
    /// The name of its event.
    pub event: &'static str,
    pub begun: u64,
    pub ended: u64,
}

/// A message that was received.
#[derive(Clone)]
struct Received {
    at: u64,
    address: Address,
    language: String,
    /// The code, or the name of the event of a notice.
    code: Option<String>,
    event: Option<&'static str>,
    reference: String,
}

/// The carrier of the besieged accounts, which keeps every message.
#[derive(Clone)]
pub struct Post {
    now: Arc<AtomicU64>,
    received: Arc<Mutex<Vec<Received>>>,
}

impl Post {
    pub fn new(now: Arc<AtomicU64>) -> Self {
        Self { now, received: Arc::default() }
    }

    /// The number of messages so far.
    pub fn len(&self) -> usize {
        self.all().len()
    }

    pub fn take(&self) -> usize {
        self.all().drain(..).len()
    }

    /// The newest code to `address` since there were `before` messages.
    pub fn code(&self, before: usize, address: &Address, language: &str) -> Option<String> {
        let all = self.all();
        let of = |one: &&Received| one.address == *address && one.language == language;
        all[before..].iter().filter(of).rev().find_map(|one| one.code.clone())
    }

    fn all(&self) -> MutexGuard<'_, Vec<Received>> {
        self.received.lock().unwrap()
    }
}

impl Delivery for Post {
    async fn deliver(&self, message: Message) -> Result<Receipt, Undelivered> {
        let event = match message.content() {
            Content::Notice(event) => Some(event.name()),
            _ => None,
        };
        self.all().push(Received {
            at: self.now.load(Ordering::Relaxed),
            address: message.address().clone(),
            language: message.language().tag().to_owned(),
            code: message.code().map(|code| code.expose().to_owned()),
            event,
            reference: message.reference().to_owned(),
        });
        Ok(Receipt::new(message.reference()))
    }
}

impl Siege {
    /// After the day: what still waits is delivered, and everything received is checked.
    pub fn close(self: &Rc<Self>) {
        let mut heard = self.service.heard.take_occurrences();
        for account in &self.accounts {
            self.check_reports(&account.borrow(), &heard);
        }
        self.for_each(|siege, who| async move {
            let (id, caller) = (siege.id(who), Caller::new(0, OWNER));
            while let Some(Some(later)) =
                siege.ask(&caller, async |v| v.deliver_pending(&id).await).await.ran.answer()
            {
                siege.sleep(later.as_secs().saturating_sub(siege.now()) + 2).await;
            }
        });
        let messages = self.service.post.all().clone();
        heard.extend(self.service.heard.take_occurrences());
        for account in &self.accounts {
            let account = account.borrow();
            self.check_account(&account, &messages, &heard);
            check_windows("codes for one account", &account.sent, CODES_FOR_ONE);
            if let Some(another) = &account.another {
                let to = [another, &account.mailbox];
                let of = |one: &&Received| one.event.is_some() && to.contains(&&one.address);
                let mut charged = HashSet::new();
                let is_first = |one: &&Received| charged.insert(one.reference.clone());
                let sent = messages.iter().filter(of).filter(is_first);
                let times: Vec<u64> = sent.map(|one| one.at).collect();
                check_windows("emails to one account", &times, EMAILS);
            }
        }
        check_budgets(&messages);
        let known: Vec<&Occurrence> =
            heard.iter().filter(|one| one.event().is_for_the_user()).collect();
        for notice in messages.iter().filter(|one| one.event.is_some()) {
            let is_it = |one: &&Occurrence| {
                notice.event == Some(one.event().name())
                    && one.notified().contains(&notice.address)
                    && one.at().as_secs() <= notice.at + SKEW
            };
            assert!(known.iter().any(is_it), "I14: notified, not reported: {:?}", notice.event);
        }
    }

    /// Every change reached the listener, at the third visit after it at the latest.
    fn check_reports(&self, account: &Account, heard: &[Occurrence]) {
        let last = self.until.get() - 3 * self.period.get();
        for Change { event, begun, ended } in &account.changes {
            let is_it = |one: &Occurrence| {
                *one.subject() == account.id
                    && one.certainty() == Certainty::Certain
                    && one.event().name() == *event
                    && one.at().as_secs() <= ended + SKEW
                    && one.last_at().as_secs() + SKEW >= *begun
            };
            let is_reported = *ended > last || heard.iter().any(is_it);
            assert!(is_reported, "I14: not reported: {event}, {:?}", account.attack);
        }
    }

    /// Every event that was reported reached the owner.
    fn check_account(&self, account: &Account, messages: &[Received], heard: &[Occurrence]) {
        let heard: Vec<&Occurrence> = heard
            .iter()
            .filter(|one| *one.subject() == account.id && one.certainty() == Certainty::Certain)
            .collect();
        let notices = |name: &str, from: u64| {
            let mut all = messages.iter().filter(|one| one.address == account.mailbox);
            all.any(|one| one.event == Some(name) && one.at + SKEW >= from)
        };
        for one in heard.iter().filter(|one| is_kept(one)) {
            let (name, at) = (one.event().name(), one.at().as_secs());
            self.service.note(&format!("siege: reported: {name}"));
            let is_given_up = account.attack == Attack::Pumps && heard.iter().any(|other| {
                let event =
                    matches!(other.event(), Event::NoticeNotSent { event, .. } if *event == name);
                event && other.at().as_secs() + SKEW >= at
            });
            assert!(
                notices(name, at) || is_given_up,
                "I14: the owner was not notified: {one:?} of {:?}",
                account.attack
            );
        }
        if let Some(planted) = &account.planted {
            let code = messages.iter().find(|one| one.address == *planted && one.code.is_some());
            assert!(code.is_none(), "I13: a planted address received a code");
        }
    }
}

/// Whether the user must be notified of it. Of the locks of a factor, only the first is kept.
fn is_kept(one: &Occurrence) -> bool {
    let is_lock = matches!(one.event(), Event::FactorLocked(_));
    one.event().is_for_the_user() && !(is_lock && one.notified().is_empty())
}

/// No address, and no prefix, received more than its budgets allow.
fn check_budgets(messages: &[Received]) {
    let mut charged = HashSet::new();
    let mut sent: BTreeMap<(String, bool), Vec<u64>> = BTreeMap::new();
    for one in messages {
        // A notice that is repeated after a crash is charged once.
        if !charged.insert((one.address.clone(), one.reference.clone())) {
            continue;
        }
        let mut keys = vec![one.address.expose().to_owned()];
        if one.address.expose().starts_with(PUMPED) {
            keys.push(PUMPED.to_owned());
        }
        for key in keys {
            sent.entry((key, one.code.is_some())).or_default().push(one.at);
        }
    }
    for ((key, are_codes), times) in sent {
        // The periods of a prefix are fixed: two of them overlap any other.
        let [an_hour, a_day] = match (key == PUMPED, are_codes, key.contains('@')) {
            (true, ..) => PREFIX_SHARE.map(|share| 2 * share),
            (_, true, _) => CODES,
            (_, false, false) => TEXTS,
            (_, false, true) => EMAILS,
        };
        check_windows(&format!("{key}, codes: {are_codes}"), &times, [an_hour, a_day]);
    }
}

fn check_windows(what: &str, times: &[u64], [an_hour, a_day]: [usize; 2]) {
    for (most, secs) in [(an_hour, 3600), (a_day, DAY)] {
        let spans = times.windows(most + 1).map(|span| span[most] - span[0]);
        let least = spans.min().unwrap_or(u64::MAX);
        assert!(least >= secs - SLACK, "I12: {what}: more than {most} in {secs} s");
    }
}

/// The messages in an hour and in a day: codes to an address, and notices.
const CODES: [usize; 2] = [8, 12];
/// Half at known devices, half elsewhere, and as many for registration.
const CODES_FOR_ONE: [usize; 2] = [15, 30];
const TEXTS: [usize; 2] = [5, 10];
const EMAILS: [usize; 2] = [20, 60];
/// One of the eight records of a prefix.
const PREFIX_SHARE: [usize; 2] = [12, 30];
pub const PUMPED: &str = "+8821600";
/// The difference between two clocks, in seconds.
const SKEW: u64 = 2;
/// How long a message can be on its way, in seconds: from a paused process, or again from the next
/// visit after a crash.
const SLACK: u64 = 600;
