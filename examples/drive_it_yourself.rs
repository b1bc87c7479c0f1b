//! Without the verifier: your own input and output around the pure core.
//!
//! Here the store is a `HashMap` behind a lock and nothing is asynchronous. Each decision is four
//! steps: load, open, decide, swap; then `settle` gives the answer, or says: again.
//!
//! `cargo run --example drive_it_yourself`

use std::{collections::HashMap, sync::Mutex};

use second_factor::{
    Enroller, Keys, Policy, Proof, Purpose, Secret, SubjectId, UnixTime, Verified,
    host::{Entropy as _, SystemEntropy},
    message::Sender,
    otp::Totp,
    sans_io::{
        Account, Checked, Decision, Moment, Opened, RootSentinel, Settled, Subject, Transition,
    },
    storage::{Record, RecordId, Swap, Version},
};

type Outcome<T> = Result<T, Box<dyn core::error::Error>>;

struct Host {
    keys: Keys,
    policy: Policy,
    now: UnixTime,
    store: Mutex<HashMap<[u8; 16], Record>>,
}

impl Host {
    fn load(&self, id: &RecordId) -> Outcome<Option<Record>> {
        Ok(self.store.lock().map_err(|_| "poisoned")?.get(id.as_bytes()).cloned())
    }

    /// The compare-and-swap: under one lock, by version.
    fn swap(&self, id: &RecordId, expected: Option<Version>, record: &Record) -> Outcome<Swap> {
        let mut store = self.store.lock().map_err(|_| "poisoned")?;
        if store.get(id.as_bytes()).map(Record::version) != expected {
            return Ok(Swap::Conflict);
        }
        store.insert(*id.as_bytes(), record.clone());
        Ok(Swap::Commit)
    }

    /// A time, and 32 bytes that serve once.
    fn moment(&self) -> Outcome<Moment> {
        let mut seed = [0; 32];
        SystemEntropy::new().fill(&mut seed)?;
        Ok(Moment::new(self.now, seed))
    }

    /// `None`: another writer came first, decide again.
    fn settle<T>(&self, decided: Transition<T>) -> Outcome<Option<T>> {
        let swap = self.swap(decided.record_id(), decided.expected(), decided.record())?;
        match decided.settle(swap) {
            Settled::Conflict => Ok(None),
            Settled::BrokenStore => Err("the store does not compare versions".into()),
            Settled::Done { outcome, events, .. } => {
                events.iter().for_each(|(event, _)| println!("  event: {event:?}"));
                Ok(Some(outcome?))
            }
        }
    }

    fn decide<T>(&self, id: &SubjectId, how: impl Fn(Subject<'_>) -> Decision<T>) -> Outcome<T> {
        let (keys, policy) = (&self.keys, &self.policy);
        for _ in 0..16 {
            let record = self.load(&keys.subject_record(id))?;
            let opened = Subject::open(keys, policy, id, record.as_ref(), self.moment()?)?;
            let settled = match opened {
                Opened::NeedsRepair(mending) => self.settle(mending)?.and(None),
                Opened::Ready(subject) => self.settle(how(subject)?)?,
            };
            if let Some(answer) = settled {
                return Ok(answer);
            }
        }
        Err("too many writers".into())
    }

    /// Slow work (PINs, backup codes) is done between two decisions, wherever you like.
    fn verify(&self, id: &SubjectId, proof: &Proof<'_>) -> Outcome<Verified> {
        let mut checked = self.decide(id, |subject| subject.verify(Purpose::SignIn, proof))?;
        if let Checked::SlowCheck(work) = checked {
            let worked = work.run();
            checked = self.decide(id, |subject| subject.conclude(&worked))?;
        }
        match checked {
            Checked::Verified(verified) => Ok(verified),
            Checked::Practiced | Checked::SlowCheck(_) => Err("that was no sign-in".into()),
        }
    }
}

fn main() -> Outcome<()> {
    let mut root = [0; 32];
    SystemEntropy::new().fill(&mut root)?;
    let (keys, now) = (Keys::new(root), UnixTime::from_secs(1_800_000_000));
    let mut host = Host { keys, policy: Policy::default(), now, store: Mutex::default() };

    // Before a missing record is believed: was the store begun with these keys?
    if !RootSentinel::check(&host.keys, host.load(&RootSentinel::record_id())?.as_ref())? {
        host.settle(RootSentinel::begin(&host.keys, host.moment()?))?;
    }
    let (alice, sender) = (SubjectId::new("user-42")?, Sender::new("Example")?);
    let (enroller, account) = (Enroller::from(&alice), Account::new("alice")?);
    let enrollment = host.decide(&alice, |one| one.enroll_totp(&enroller, &sender, &account))?;
    let app = Totp::new(&Secret::from_base32(enrollment.expose_secret().expose())?);
    let code = |at| app.code(at).map(|code| code.expose().to_owned()).ok_or("before 1970");
    let typed = code(host.now)?;
    let _ = host.decide(&alice, |subject| subject.confirm(enrollment.handle(), &typed))?;

    host.now = UnixTime::from_secs(now.as_secs() + 30);
    let typed = code(host.now)?;
    println!("{:?}", host.verify(&alice, &Proof::totp(&typed))?);
    let again = host.verify(&alice, &Proof::totp(&typed)).err().ok_or("a code is right once")?;
    println!("again: {again}");
    Ok(())
}
