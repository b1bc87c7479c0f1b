//! The sans-I/O core without `Verifier`.
//!
//! Shows how to do your own input and output around the core. The store is a `HashMap` behind a
//! mutex, and the code is synchronous. Each decision has four steps: load, open, decide, swap. Then
//! `settle` returns the outcome or reports a conflict.
//!
//! Run it with `cargo run --example drive_it_yourself`.

use std::{collections::HashMap, sync::Mutex};

use second_factor::{
    FirstFactor, Keys, Policy, Proof, Secret, SubjectId, UnixTime, Verified,
    enrollment::Enroller,
    host::{Entropy as _, SystemEntropy},
    message::Sender,
    otp::Totp,
    purpose::Operation,
    sans_io::{
        Checked, Decision, Moment, Opened, RootSentinel, Settled, Subject, TotpAccount, Transition,
    },
    storage::{Record, RecordId, Swap, Version},
};

type Result<T, E = Box<dyn core::error::Error>> = core::result::Result<T, E>;

struct Service {
    keys: Keys,
    policy: Policy,
    now: UnixTime,
    store: Mutex<HashMap<RecordId, Record>>,
}

impl Service {
    fn load(&self, id: &RecordId) -> Result<Option<Record>> {
        Ok(self.store.lock().map_err(|_| "poisoned")?.get(id).cloned())
    }

    /// Compares the version and swaps the record under one lock.
    fn swap(&self, id: &RecordId, expected: Option<Version>, record: &Record) -> Result<Swap> {
        let mut store = self.store.lock().map_err(|_| "poisoned")?;
        if store.get(id).map(Record::version) != expected {
            return Ok(Swap::Conflict);
        }
        store.insert(*id, record.clone());
        Ok(Swap::Commit)
    }

    /// Returns the time and 32 random bytes for one decision.
    fn moment(&self) -> Result<Moment> {
        let mut seed = [0; 32];
        SystemEntropy::new().fill(&mut seed)?;
        Ok(Moment::new(self.now, seed))
    }

    /// Stores a decision, or returns `None` after a conflict.
    ///
    /// After a conflict, decide again.
    fn settle<T>(&self, transition: Transition<T>) -> Result<Option<T>> {
        let (id, expected) = (transition.record_id(), transition.expected());
        let swap = self.swap(id, expected, transition.record())?;
        match transition.settle(swap) {
            Settled::Conflict => Ok(None),
            Settled::BrokenStore => Err("the store does not compare versions".into()),
            Settled::Done { outcome, occurrences, .. } => {
                occurrences.iter().for_each(|one| println!("  event: {:?}", one.event()));
                Ok(Some(outcome?))
            }
        }
    }

    /// Makes one decision about a subject, and repeats it after a conflict.
    fn decide<T>(&self, id: &SubjectId, decide: impl Fn(Subject<'_>) -> Decision<T>) -> Result<T> {
        let (keys, policy) = (&self.keys, &self.policy);
        for _ in 0..16 {
            let record = self.load(&keys.subject_record(id))?;
            let opened = Subject::open(keys, policy, id, record.as_ref(), self.moment()?)?;
            let settled = match opened {
                Opened::NeedsRepair(repair) => self.settle(repair)?.and(None),
                Opened::RolledBack(_) => return Err("the store lost later versions".into()),
                Opened::Ready(subject) => {
                    // The password was correct.
                    self.settle(decide(subject.after(&FirstFactor::Password))?)?
                }
            };
            if let Some(outcome) = settled {
                return Ok(outcome);
            }
        }
        Err("too many conflicts".into())
    }

    /// Verifies a proof.
    ///
    /// The slow check of a PIN or backup code runs between two decisions, on any thread.
    fn verify(&self, id: &SubjectId, proof: &Proof) -> Result<Verified> {
        let mut checked = self.decide(id, |subject| subject.verify(Operation::SignIn, proof))?;
        if let Checked::SlowCheck(check) = checked {
            let result = check.run();
            checked = self.decide(id, |subject| subject.conclude(&result))?;
        }
        match checked {
            Checked::Proven(proven) => Ok(proven.verified().ok_or("it was not for signing in")?),
            Checked::Practiced | Checked::ProviderFailed | Checked::SlowCheck(_) => {
                Err("expected a verified sign-in".into())
            }
        }
    }
}

fn main() -> Result<()> {
    let (keys, now) = (Keys::generate()?, UnixTime::from_secs(1_800_000_000));
    let mut service = Service { keys, policy: Policy::default(), now, store: Mutex::default() };

    // Detects incorrect keys, with which all records would seem to be missing.
    let sentinel = service.load(&RootSentinel::record_id())?;
    if !RootSentinel::check(&service.keys, sentinel.as_ref())? {
        let moment = service.moment()?;
        service.settle(RootSentinel::write(&service.keys, sentinel.as_ref(), moment))?;
    }
    let (alice, sender) = (SubjectId::new("user-42")?, Sender::new("Example")?);
    let (enroller, account) = (Enroller::from(&alice), TotpAccount::new("alice")?);
    let enrollment =
        service.decide(&alice, |subject| subject.enroll_totp(&enroller, &sender, &account))?;
    let app = Totp::new(&Secret::from_base32(enrollment.expose_secret().expose())?);
    let code_at =
        |at| app.code(at).map(|code| code.expose().to_owned()).ok_or("the clock is before 1970");
    let code = code_at(service.now)?;
    let _ = service.decide(&alice, |subject| subject.confirm(enrollment.handle(), &code))?;

    service.now = UnixTime::from_secs(now.as_secs() + 30);
    let code = code_at(service.now)?;
    println!("{:?}", service.verify(&alice, &Proof::totp(&code))?);
    let replayed = service.verify(&alice, &Proof::totp(&code)).err();
    let error = replayed.ok_or("a code was accepted twice")?;
    println!("The same code again: {error}.");
    Ok(())
}
