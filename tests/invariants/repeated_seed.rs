//! Two processes that resume with one seed.

#![allow(clippy::indexing_slicing, clippy::unwrap_used, reason = "a test may panic")]

use alloc::collections::BTreeSet;

use crate::support::{NOON, ROOT, World};
use second_factor::{
    Client, FirstFactor, Keys, Policy, Proof, SubjectId, UnixTime, block_on,
    message::Sender,
    proof::Ceremony,
    purpose::Operation,
    sans_io::{
        CeremonyState, Moment, Opened, RootSentinel, Settled, Subject, TotpAccount, Transition,
    },
    storage::{Record, Storage as _, Swap},
};

/// What an operation wrote and drew.
struct Drawn {
    name: String,
    /// Everything that must not occur in another operation.
    parts: Vec<Vec<u8>>,
}

fn keys() -> Keys {
    Keys::new(ROOT)
}

fn seed(now: u64) -> Moment {
    Moment::new(UnixTime::from_secs(now), [7; 32])
}

/// The nonce and the version of a record.
fn of_record(record: &Record) -> Vec<Vec<u8>> {
    vec![record.bytes()[5..29].to_vec(), record.version().get().to_be_bytes().to_vec()]
}

/// Runs a decision on a subject, and returns what it wrote and what `shown` finds in the outcome.
fn decided<T>(
    name: &str,
    (subject, record): (&str, Option<&Record>),
    decide: impl FnOnce(Subject<'_>) -> Transition<T>,
    shown: impl FnOnce(T) -> Vec<Vec<u8>>,
) -> Drawn {
    let (keys, policy) = (keys(), Policy::default());
    let id = SubjectId::new(subject).unwrap();
    let now = NOON + 60;
    let Ok(Opened::Ready(opened)) = Subject::open(&keys, &policy, &id, record, seed(now)) else {
        panic!("it opens")
    };
    let decided = decide(opened);
    let mut parts = of_record(decided.record());
    if let Settled::Done { outcome: Ok(value), .. } = decided.settle(Swap::Commit) {
        parts.extend(shown(value));
    }
    Drawn { name: name.to_owned(), parts }
}

/// Operations of two subjects under one seed, at one time.
fn operations(alice: &Record) -> Vec<Drawn> {
    let sender = Sender::new("Example").unwrap();
    let client = |n: u8| Client::new([n; 16]).unwrap();
    let known = ("alice", Some(alice));
    let mut all = Vec::new();
    for subject in ["bob", "carol"] {
        for account in ["b", "c"] {
            let name = format!("an app of {subject} for {account}");
            let begin = |open: Subject<'_>| {
                let id = SubjectId::new(subject).unwrap();
                open.enroll_totp(&(&id).into(), &sender, &TotpAccount::new(account).unwrap())
                    .unwrap()
            };
            all.push(decided(&name, (subject, None), begin, |enrollment| {
                let secret = enrollment.expose_secret();
                let secret = second_factor::Secret::from_base32(secret.expose()).unwrap();
                vec![secret.expose_bytes().to_vec(), enrollment.handle().to_string().into()]
            }));
        }
        all.push(decided(
            &format!("a record of {subject}"),
            (subject, None),
            |open| open.create(),
            |()| Vec::new(),
        ));
    }
    for number in 0..4_u8 {
        let typed = format!("00000{number}");
        let name = format!("the code {typed}");
        let verify = |open: Subject<'_>| {
            open.after(&FirstFactor::Password)
                .verify(Operation::SignIn, &Proof::totp(&typed))
                .unwrap()
        };
        all.push(decided(&name, known, verify, |_| Vec::new()));
        let name = format!("the code 000000 of client {number}");
        let verify = |open: Subject<'_>| {
            open.after(&FirstFactor::Password)
                .for_client(&client(number))
                .verify(Operation::SignIn, &Proof::totp("000000"))
                .unwrap()
        };
        all.push(decided(&name, known, verify, |_| Vec::new()));
    }
    for n in [1, 2] {
        let state = CeremonyState::new(&[n; 9]).unwrap();
        let ceremony = Ceremony::begin_passkey(&keys(), &state, None, seed(NOON + 60));
        let parts =
            vec![ceremony.challenge().to_vec(), ceremony.expose().as_bytes()[..32].to_vec()];
        all.push(Drawn { name: format!("a ceremony with state {n}"), parts });
    }
    let sentinel = RootSentinel::write(&keys(), None, seed(NOON + 60));
    all.push(Drawn { name: "the sentinel".into(), parts: of_record(sentinel.record()) });
    all
}

#[test]
fn finding_s29_repeated_seed_repeats_no_other_operation() {
    let world = World::new();
    let record = block_on(async {
        let _ = world.with_app().await;
        let id = world.verifier.operations().record_id(&world.alice);
        world.store.load(&id).await.unwrap().unwrap()
    });
    let all = operations(&record);
    let mut seen: BTreeSet<Vec<u8>> = BTreeSet::new();
    for Drawn { name, parts } in &all {
        let windows: BTreeSet<Vec<u8>> =
            parts.iter().flat_map(|part| part.windows(8)).map(<[u8]>::to_vec).collect();
        assert!(seen.is_disjoint(&windows), "{name} shares bytes with another operation");
        seen.extend(windows);
    }
    assert!(all.len() >= 17, "{}", all.len());
    // The same operation with the same inputs may write the same bytes.
    for (one, other) in all.iter().zip(operations(&record)) {
        assert_eq!(one.parts, other.parts, "{}", one.name);
    }
}
