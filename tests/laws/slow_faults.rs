//! A store that fails at any call of slow work, of a PIN's removal or of a transaction, before or after
//! the effect: nobody is let in by it, nothing passes twice, and the person gets in afterwards.

#![allow(
    clippy::indexing_slicing,
    clippy::unwrap_used,
    reason = "helpers may stop where they stand"
)]

use crate::support::{
    fresh, mail,
    slow::{Alice, DAY, PIN, builder, printed},
    watched::{Fault, Watched},
};
use second_factor::{
    Error, Handle, Proof, Purpose, block_on, host::Event, policy::Notices, purpose::Agreement,
    subject::Factor,
};

const OTHER_PIN: &str = "285906";

/// What a person does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Deed {
    Advance,
    Agree,
    Backup,
    BeginReset,
    ChallengeTransaction,
    ChangePin,
    NewCodes,
    Pin,
    Practise,
    ResetPin,
    RevokePin,
    SetPin,
}

const ALL: [Deed; 12] = [
    Deed::Advance,
    Deed::Agree,
    Deed::Backup,
    Deed::BeginReset,
    Deed::ChallengeTransaction,
    Deed::ChangePin,
    Deed::NewCodes,
    Deed::Pin,
    Deed::Practise,
    Deed::ResetPin,
    Deed::RevokePin,
    Deed::SetPin,
];

/// A person in the middle of everything.
struct Middle {
    alice: Alice<Watched>,
    /// Where a PIN stands: what waits for it, and a code that removes it.
    due: Option<(Handle, Handle, String)>,
    /// Where none stands: a code for an agreement.
    agreed: Option<(Handle, String)>,
}

fn agreement() -> Agreement {
    Agreement::new([("amount", "25.00 EUR"), ("payee", "Bob")]).unwrap()
}

impl Middle {
    async fn of(deed: Deed) -> Self {
        // Telling the person comes after the answer is certain; its faults have tests of their own.
        let policy = builder().notices(Notices::LeftToHost).build().unwrap();
        let mut alice = Alice::over(Watched::default(), policy).await;
        let (verifier, id) = (alice.world.verifier.clone(), alice.world.alice.clone());
        let _ = alice.world.with_phone(&alice.proof).await;
        let sent = verifier.enroll_address(&alice.proof, &mail()).await;
        let sent = match sent {
            Ok(sent) => sent,
            Err(error) => {
                alice.world.clock.set(error.retry_at().unwrap().as_secs());
                verifier.enroll_address(&alice.proof, &mail()).await.unwrap()
            }
        };
        let _ = verifier.confirm(&id, &sent, &alice.world.read_code()).await.unwrap();
        alice.codes = printed(verifier.new_backup_codes(&alice.proof).await.unwrap());
        alice.world.clock.advance(60);
        let has_pin =
            !matches!(deed, Deed::Agree | Deed::Backup | Deed::ChallengeTransaction | Deed::SetPin);
        if !has_pin {
            alice.proof = fresh(&alice.world, &alice.app, Purpose::SignIn).await;
            let mut agreed = None;
            if deed == Deed::Agree {
                let number = &alice.world.number;
                let sent = verifier.challenge_transaction(&id, number, &agreement()).await.unwrap();
                agreed = Some((*sent.handle(), alice.world.read_code()));
            }
            return Self { alice, due: None, agreed };
        }
        verifier.set_pin(&alice.proof, PIN).await.unwrap();
        let due = alice.due().await;
        alice.proof = alice.try_pin(&due, PIN).await.unwrap();
        let due = alice.due().await;
        let sent = verifier.challenge(&id, &mail(), Purpose::ResetPin).await.unwrap();
        let code = alice.world.read_code();
        if deed == Deed::Advance {
            let _ = verifier.begin_pin_reset(&id, &due).await.unwrap();
            alice.world.clock.advance(4 * DAY);
        }
        Self { alice, due: Some((due, *sent.handle(), code)), agreed: None }
    }

    async fn does(&self, deed: Deed) -> Result<(), Error> {
        let (alice, world) = (&self.alice, &self.alice.world);
        let (verifier, id) = (&world.verifier, &world.alice);
        match deed {
            Deed::Advance => verifier.advance(id).await.map(drop),
            Deed::Agree => {
                let (sent, code) = self.agreed.as_ref().unwrap();
                let proof = Proof::code(sent, code);
                verifier.verify_for(id, agreement().purpose(), proof).await.map(drop)
            }
            Deed::Backup => alice.try_backup(&alice.codes[0]).await.map(drop),
            Deed::BeginReset => {
                let (due, ..) = self.due.as_ref().unwrap();
                verifier.begin_pin_reset(id, due).await.map(drop)
            }
            Deed::ChallengeTransaction => {
                verifier.challenge_transaction(id, &world.number, &agreement()).await.map(drop)
            }
            Deed::ChangePin => verifier.set_pin(&alice.proof, OTHER_PIN).await,
            Deed::NewCodes => verifier.new_backup_codes(&alice.proof).await.map(drop),
            Deed::Pin => {
                let (due, ..) = self.due.as_ref().unwrap();
                alice.try_pin(due, PIN).await.map(drop)
            }
            Deed::Practise => verifier.practise_pin(id, PIN).await,
            Deed::ResetPin => {
                let (due, sent, code) = self.due.as_ref().unwrap();
                verifier.reset_pin(id, due, sent, code).await.map(drop)
            }
            Deed::RevokePin => verifier.revoke(&alice.proof, Factor::Pin).await,
            Deed::SetPin => verifier.set_pin(&alice.proof, PIN).await,
        }
    }

    /// Whether the app lets her in, and the PIN behind it if one stands.
    async fn gets_in(&self) -> bool {
        let (alice, world) = (&self.alice, &self.alice.world);
        world.clock.advance(30);
        match world.try_app(&alice.app.code(&world.clock)).await {
            Ok(_) => true,
            Err(error) => {
                let due = error.pin_due().expect("the PIN is due");
                alice.try_pin(due, PIN).await.is_ok() || alice.try_pin(due, OTHER_PIN).await.is_ok()
            }
        }
    }
}

/// Every deed with a fault in every one of its calls, before and after the effect.
fn every_fault(mut check: impl AsyncFnMut(Deed, Fault, Result<(), Error>, &Middle)) {
    block_on(async {
        for deed in ALL {
            let middle = Middle::of(deed).await;
            let _ = middle.alice.world.store.take();
            middle.does(deed).await.unwrap_or_else(|error| panic!("{deed:?}: {error:?}"));
            let calls = middle.alice.world.store.take().len();
            for (call, fault) in
                (0..calls).flat_map(|call| [(call, Fault::Before), (call, Fault::After)])
            {
                let middle = Middle::of(deed).await;
                let _ = middle.alice.world.log.take();
                middle.alice.world.store.fail_after(call, fault);
                let answer = middle.does(deed).await;
                assert!(middle.alice.world.store.heal(), "{deed:?} made fewer calls");
                check(deed, fault, answer, &middle).await;
            }
        }
    });
}

#[test]
fn failure_113_an_error_at_any_call_of_slow_work_is_an_error() {
    every_fault(async |deed, fault, answer, middle| {
        assert!(matches!(answer, Err(Error::Storage(_))), "{deed:?} {fault:?}");
        let events = middle.alice.world.log.take();
        let told = events.iter().any(|event| matches!(event, Event::Verified(..)));
        assert!(!told, "{deed:?} {fault:?}");
        assert!(middle.alice.world.got_no_code(), "{deed:?} {fault:?}");
    });
}

#[test]
fn failure_114_after_an_error_at_any_call_of_slow_work_the_person_gets_in() {
    every_fault(async |deed, fault, _, middle| {
        middle.alice.world.clock.advance(60);
        assert!(middle.gets_in().await, "{deed:?} {fault:?}");
        let verifier = &middle.alice.world.verifier;
        if deed == Deed::Backup {
            assert!(middle.alice.try_backup(&middle.alice.codes[1]).await.is_ok(), "{fault:?}");
            let proof = fresh(&middle.alice.world, &middle.alice.app, Purpose::SignIn).await;
            let codes = printed(verifier.new_backup_codes(&proof).await.unwrap());
            assert!(middle.alice.try_backup(&codes[0]).await.is_ok(), "{fault:?}");
        }
    });
}

#[test]
fn what_an_error_was_answered_to_passes_once_more_at_most() {
    every_fault(async |deed, fault, _, middle| {
        let mut passed = 0;
        for _ in 0..3 {
            middle.alice.world.clock.advance(10);
            passed += usize::from(middle.does(deed).await.is_ok());
        }
        match deed {
            Deed::Advance | Deed::BeginReset | Deed::ChallengeTransaction | Deed::Practise => {}
            // A code is spent, and the right to change ends with the change.
            _ => assert!(passed <= 1, "{deed:?} {fault:?}"),
        }
        if fault == Fault::Before {
            assert!(passed >= 1, "{deed:?}: what did not take effect can be done again");
        }
    });
}
