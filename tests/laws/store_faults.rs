//! A store that fails at any of its calls, before or after the effect, lets nobody in and nobody
//! down.

#![allow(clippy::unwrap_used, reason = "helpers may stop where they stand")]

use crate::support::{
    App, ROOT, World,
    watched::{Fault, Watched},
};
use second_factor::{
    Error, Handle, Keys, Next, Policy, Proof, Purpose, Verified, block_on,
    policy::Notices,
    storage::{Record, Storage as _, Version},
    subject::{Challenge, Factor},
};

/// What a person does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Deed {
    Challenge,
    Confirm,
    EnrollAddress,
    EnrollApp,
    Next,
    Open,
    Resend,
    Revoke,
    TurnOff,
    VerifyApp,
    VerifyCode,
}

const ALL: [Deed; 11] = [
    Deed::Challenge,
    Deed::Confirm,
    Deed::EnrollAddress,
    Deed::EnrollApp,
    Deed::Next,
    Deed::Open,
    Deed::Resend,
    Deed::Revoke,
    Deed::TurnOff,
    Deed::VerifyApp,
    Deed::VerifyCode,
];

/// A person with an app, a phone, a code on its way and a new app half enrolled.
struct Alice {
    world: World<Watched>,
    app: App,
    new_app: App,
    enrollment: Handle,
    sent: Challenge,
    code: String,
    proof: Verified,
}

impl Alice {
    async fn new() -> Self {
        // Telling the person comes after the answer is certain; its faults have tests of their own.
        let policy = Policy::builder().notices(Notices::LeftToHost).build().unwrap();
        let world = World::over(Watched::default(), policy);
        let (app, verified) = world.with_app().await;
        let _ = world.with_phone(&verified).await;
        let enrollment = world.verifier.enroll_totp(&verified, "alice").await.unwrap();
        let new_app = App::scan(enrollment.expose_secret().expose());
        let (sent, code) = world.send_to(&world.number).await;
        world.clock.advance(30);
        let proof = world.try_app(&app.code(&world.clock)).await.unwrap();
        world.clock.advance(30);
        Self { world, app, new_app, enrollment: *enrollment.handle(), sent, code, proof }
    }

    async fn does(&self, deed: Deed) -> Result<(), Error> {
        let (world, verifier) = (&self.world, &self.world.verifier);
        let (alice, number, clock) = (&world.alice, &world.number, &world.clock);
        match deed {
            Deed::Challenge => verifier.challenge(alice, number, Purpose::SignIn).await.map(drop),
            Deed::Confirm => {
                let code = self.new_app.code(clock);
                verifier.confirm(alice, &self.enrollment, &code).await.map(drop)
            }
            Deed::EnrollAddress => verifier.enroll_address(&self.proof, number).await.map(drop),
            Deed::EnrollApp => verifier.enroll_totp(&self.proof, "alice").await.map(drop),
            Deed::Next => verifier.next(alice, Purpose::SignIn).await.map(drop),
            Deed::Open => verifier.create(alice).await,
            Deed::Resend => verifier.resend(alice, &self.sent).await.map(drop),
            Deed::Revoke => verifier.revoke(&self.proof, Factor::Address(number)).await,
            Deed::TurnOff => verifier.turn_off(&self.proof).await,
            Deed::VerifyApp => world.try_app(&self.app.code(clock)).await.map(drop),
            Deed::VerifyCode => world.try_code(&self.sent, &self.code).await.map(drop),
        }
    }

    /// Whether her app, the old one or the new one, lets her in.
    async fn gets_in_by_app(&self) -> bool {
        let clock = &self.world.clock;
        self.world.try_app(&self.app.code(clock)).await.is_ok()
            || self.world.try_app(&self.new_app.code(clock)).await.is_ok()
    }

    async fn gets_in_by_phone(&self) -> bool {
        let (sent, code) = self.world.send_to(&self.world.number).await;
        self.world.try_code(&sent, &code).await.is_ok()
    }
}

/// Every deed with a fault in every one of its calls, before and after the effect.
fn every_fault(mut check: impl AsyncFnMut(Deed, Fault, Result<(), Error>, &Alice)) {
    block_on(async {
        for deed in ALL {
            let alice = Alice::new().await;
            let _ = alice.world.store.take();
            alice.does(deed).await.unwrap_or_else(|error| panic!("{deed:?}: {error:?}"));
            let calls = alice.world.store.take().len();
            for (call, fault) in
                (0..calls).flat_map(|call| [(call, Fault::Before), (call, Fault::After)])
            {
                let alice = Alice::new().await;
                alice.world.store.fail_after(call, fault);
                let answer = alice.does(deed).await;
                assert!(alice.world.store.heal(), "{deed:?} made fewer calls");
                check(deed, fault, answer, &alice).await;
            }
        }
    });
}

#[test]
fn failure_113_an_error_at_any_call_is_an_error() {
    every_fault(async |deed, fault, answer, _| {
        assert!(matches!(answer, Err(Error::Storage(_))), "{deed:?} {fault:?}");
    });
}

#[test]
fn failure_113_after_an_error_at_any_call_the_factors_still_protect() {
    every_fault(async |deed, fault, _, alice| {
        let next = alice.world.verifier.next(&alice.world.alice, Purpose::SignIn).await.unwrap();
        match (deed, fault) {
            // Whether the write took effect could not be told: it may have.
            (Deed::TurnOff, Fault::After) => {}
            _ => assert!(matches!(next, Next::Prove(_)), "{deed:?} {fault:?}"),
        }
    });
}

#[test]
fn failure_114_after_an_error_at_any_call_the_person_gets_in() {
    every_fault(async |deed, fault, _, alice| {
        alice.world.clock.advance(60);
        match (deed, fault) {
            (Deed::TurnOff, Fault::After) => {}
            (Deed::Revoke, Fault::After) => assert!(alice.gets_in_by_app().await),
            _ => {
                assert!(alice.gets_in_by_app().await, "{deed:?} {fault:?}");
                assert!(alice.gets_in_by_phone().await, "{deed:?} {fault:?}");
            }
        }
    });
}

#[test]
fn failure_099_nothing_is_sent_before_its_challenge_is_committed() {
    every_fault(async |deed, fault, _, alice| {
        assert!(alice.world.phone.is_empty(), "{deed:?} {fault:?}");
    });
}

#[test]
fn what_is_told_is_committed() {
    every_fault(async |deed, fault, _, alice| {
        let told = alice.world.log.take().len();
        let before = Alice::new().await.world.log.take().len();
        assert_eq!(told, before, "{deed:?} {fault:?}");
    });
}

#[test]
fn failure_113_a_record_that_does_not_open_neither_verifies_nor_unprotects() {
    block_on(async {
        let alice = Alice::new().await;
        let (world, id) = (&alice.world, Keys::new(ROOT).subject_record(&alice.world.alice));
        let record = world.store.load(&id).await.unwrap().unwrap();
        let (version, bytes) = (record.version(), record.bytes());
        for torn in [
            Record::new(version, vec![], None),
            Record::new(version, bytes[..bytes.len() / 2].into(), None),
            Record::new(Version::new(version.get() ^ 1), bytes.into(), None),
            Record::new(Version::new(0), bytes.into(), None),
        ] {
            let current = world.store.load(&id).await.unwrap().map(|record| record.version());
            let _ = world.store.compare_and_swap(&id, current, &torn).await.unwrap();
            for deed in ALL {
                let answer = alice.does(deed).await;
                assert!(matches!(answer, Err(Error::Unreadable(_))), "{deed:?}");
            }
        }
    });
}

#[test]
fn an_error_while_a_code_is_used_spends_it_at_most() {
    block_on(async {
        for (fault, is_spent) in [(Fault::Before, false), (Fault::After, true)] {
            let alice = Alice::new().await;
            let world = &alice.world;
            world.store.fail_after(1, fault);
            let code = alice.app.code(&world.clock);
            assert!(matches!(world.try_app(&code).await, Err(Error::Storage(_))));
            let again = world.verifier.verify(&world.alice, Proof::totp(&code)).await;
            assert_eq!(again.is_err(), is_spent, "{fault:?}");
        }
    });
}
