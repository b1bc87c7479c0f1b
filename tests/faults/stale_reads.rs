//! Reads from a server that lost its role.

#![allow(clippy::unwrap_used, reason = "helpers of tests may panic")]

use alloc::sync::Arc;
use core::convert::Infallible;
use std::{collections::HashMap, sync::Mutex};

use crate::support::{NOON, World, devices::on};
use second_factor::{
    Error, NewDevice, Next, Policy, Proof, SignIn, UnixTime, block_on,
    policy::{Requirement, SignInByRead},
    storage::{Record, RecordId, Storage, Swap, Version},
};

type Records = HashMap<RecordId, Record>;

/// A store with current swaps, whose loads may be of an earlier time.
#[derive(Clone, Default)]
struct Replicated {
    now: Arc<Mutex<Records>>,
    /// What this server saw last.
    then: Option<Records>,
}

impl Replicated {
    fn stale(&self) -> Self {
        Self { then: Some(self.now.lock().unwrap().clone()), now: self.now.clone() }
    }
}

impl Storage for Replicated {
    type Error = Infallible;

    async fn load(&self, id: &RecordId) -> Result<Option<Record>, Infallible> {
        Ok(match &self.then {
            Some(then) => then.get(id).cloned(),
            None => self.now.lock().unwrap().get(id).cloned(),
        })
    }

    async fn compare_and_swap(
        &self,
        id: &RecordId,
        expected: Option<Version>,
        record: &Record,
    ) -> Result<Swap, Infallible> {
        let mut now = self.now.lock().unwrap();
        if now.get(id).map(Record::version) != expected {
            return Ok(Swap::Conflict);
        }
        now.insert(*id, record.clone());
        Ok(Swap::Commit)
    }
}

/// Whether `next` opens a session without a proof, or could after the enrollment is postponed.
fn opens(next: Result<Next, Error>) -> bool {
    match next {
        Ok(Next::Done(SignIn::Recognized(_) | SignIn::Unprotected(_))) => true,
        Ok(Next::Enroll(required)) => required.postpone().is_some(),
        Ok(Next::Prove(_)) | Err(Error::Busy) => false,
        other => panic!("{other:?}"),
    }
}

fn policy(reads: SignInByRead, requirement: Requirement) -> Policy {
    let builder = Policy::builder().danger_cheap_hashes().enrollment(requirement);
    builder.sign_in_by_read(reads).build().unwrap()
}

/// Tries the password, and the device if there is one, at servers that saw the record at each step of
/// its history. Returns for each answer whether the record was current, and whether a session opens.
async fn answers(reads: SignInByRead, requirement: Requirement) -> Vec<(bool, bool)> {
    let world = World::over(Replicated::default(), policy(reads, requirement));
    let id = world.verifier.operations().record_id(&world.alice);
    let _ = world.verifier.next(&world.alice).await.unwrap();
    let mut servers = vec![world.store.stale()];
    let (app, _) = world.with_app().await;
    servers.push(world.store.stale());
    let proof = Proof::totp(app.code(&world.clock)).trusting(NewDevice::new("Firefox"));
    let verified = world.verifier.verify(&world.alice, proof).await.unwrap();
    let token = verified.device_token().unwrap().expose().to_owned();
    servers.push(world.store.stale());
    world.verifier.sign_out_everywhere(&verified).await.unwrap();
    servers.push(world.store.stale());
    world.clock.advance(30);
    let verified = world.try_app(&app.code(&world.clock)).await.unwrap();
    world.verifier.turn_off(&verified).await.unwrap();
    servers.push(world.store.stale());
    world.clock.advance(30);
    let mut answers = Vec::new();
    for server in servers {
        let process = World::seeded(server.clone(), policy(reads, requirement), 2);
        for verifier in [process.verifier.clone(), on(&process, &token)] {
            // An answer may be a write, which this server does not see.
            let is_current = server.load(&id).await == world.store.load(&id).await;
            answers.push((is_current, opens(verifier.next(&world.alice).await)));
        }
    }
    answers
}

fn requirements() -> [Requirement; 2] {
    let later = UnixTime::from_secs(NOON + 86_400);
    [Requirement::Optional, Requirement::RequiredBy(later)]
}

#[test]
fn stale_primary_opens_sessions_without_the_policy() {
    for requirement in requirements() {
        let answers = block_on(answers(SignInByRead::Accept, requirement));
        let stale = answers.iter().filter(|answer| **answer == (false, true)).count();
        assert!(stale >= 2, "an enrolled subject, and a removed device: {answers:?}");
    }
}

#[test]
fn stale_primary_opens_no_session_under_the_policy() {
    for requirement in requirements() {
        let answers = block_on(answers(SignInByRead::Confirm, requirement));
        assert!(answers.iter().all(|answer| *answer != (false, true)), "{answers:?}");
        // A server that is current answers. Its sign-in is a write, which the next server misses.
        assert!(answers.contains(&(true, true)), "{answers:?}");
    }
}
