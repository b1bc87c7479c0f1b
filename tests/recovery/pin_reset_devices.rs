//! PIN reset: stages, and cancellation by a trusted device.

#![allow(clippy::unwrap_used, reason = "helpers of tests may panic")]

use crate::support::{
    App, World, YEAR,
    devices::{
        DAY, HOUR, NotRecognized::Ignored, on, recognize, recognize_by, supersede, with_device,
    },
    fresh, mail, prove, reason,
    watched::Watched,
};
use second_factor::{
    CodeRequest, FactorKind, Handle, NewDevice, Policy, Proof, Reason, Storage, SubjectId,
    block_on, host::Event, purpose::Operation,
};

const PIN: &str = "493817";

fn cheap() -> Policy {
    Policy::builder().danger_cheap_hashes().build().unwrap()
}

/// Signs in with the app up to the PIN step.
async fn sign_in_until_pin<S: Storage + Clone + 'static>(world: &World<S>, app: &App) -> Handle {
    world.clock.advance(30);
    let error = world.try_app(&app.code(&world.clock)).await.unwrap_err();
    *error.pending_pin().expect("the PIN is due")
}

/// Signs in with the app and the PIN. Returns the token of the device, which is trusted.
async fn trust<S: Storage + Clone + 'static>(world: &World<S>, app: &App, label: &str) -> String {
    let due = sign_in_until_pin(world, app).await;
    let proof = Proof::pin(due, PIN).trusting(NewDevice::new(label));
    let verified = world.verifier.verify(&world.alice, proof).await.unwrap();
    verified.device_token().unwrap().expose().to_owned()
}

/// A subject with an app, a PIN and an older device.
struct Owner<S: Storage + Clone + 'static> {
    world: World<S>,
    app: App,
    older: String,
}

impl<S: Storage + Clone + 'static> Owner<S> {
    async fn over(store: S) -> Self {
        let world = World::over(store, cheap());
        let (app, verified) = world.with_settled_app().await;
        world.verifier.set_pin(&verified, PIN).await.unwrap();
        let older = trust(&world, &app, "older").await;
        Self { world, app, older }
    }

    /// Begins the PIN reset after a pending PIN step. Returns its end.
    async fn begin_reset(&self) -> u64 {
        let due = sign_in_until_pin(&self.world, &self.app).await;
        let ends = self.world.verifier.begin_pin_reset(&self.world.alice, &due).await;
        ends.unwrap().as_secs()
    }

    async fn try_cancel(&self, token: &str) -> Option<Reason> {
        let cancelled = on(&self.world, token).cancel_pin_reset(&self.world.alice).await;
        cancelled.err().map(|error| error.denial().expect("a denial").reason())
    }

    /// Lets a week and a day pass with daily notices. Returns whether the PIN is removed.
    async fn is_gone_after_a_week(&self) -> bool {
        self.is_gone_after(8).await
    }

    async fn is_gone_after(&self, days: u64) -> bool {
        for _ in 0..days {
            self.world.clock.advance(DAY);
            self.world.verifier.operations().advance(&self.world.alice).await.unwrap();
        }
        self.is_gone().await
    }

    async fn is_gone(&self) -> bool {
        self.world.clock.advance(30);
        self.world.try_app(&self.app.code(&self.world.clock)).await.is_ok()
    }
}

async fn owner() -> Owner<second_factor::MemoryStorage> {
    Owner::over(second_factor::MemoryStorage::new()).await
}

#[test]
fn finding_s02_pin_removed_by_mail_quarantines_the_next() {
    block_on(async {
        let world = World::with(cheap());
        let (app, verified) = world.with_settled_app().await;
        let _ = prove(&world, &verified, &mail()).await.unwrap();
        world.verifier.set_pin(&verified, PIN).await.unwrap();
        let _ = trust(&world, &app, "hers").await;
        world.clock.advance(DAY);
        // An attacker with the password, the app and the mailbox.
        let due = sign_in_until_pin(&world, &app).await;
        let request = CodeRequest::to_address(&mail()).purpose(Operation::ResetPin);
        let sent = world.verifier.send_code(&world.alice, request).await.unwrap();
        let proof = Proof::pin_reset(due, &sent, world.read_code());
        let theirs = world.verifier.verify(&world.alice, proof).await.unwrap();
        let removed = world.clock.time();
        let refused = world.verifier.set_pin(&theirs, PIN).await.unwrap_err();
        assert_eq!(refused.retry_at(), Some(removed.plus(DAY)));
        assert_eq!(refused.denial().unwrap().reason(), Reason::Quarantined);
    });
}

#[test]
fn failure_110_older_device_cancels_the_reset() {
    block_on(async {
        let owner = owner().await;
        let older = &owner.older;
        assert_eq!(owner.try_cancel(older).await, Some(Reason::NotFound), "there is no reset");
        let _ = owner.begin_reset().await;
        assert_eq!(owner.try_cancel(older).await, None);
        assert!(owner.world.log.take().contains(&Event::PinResetCancelled));
        assert_eq!(owner.try_cancel(older).await, Some(Reason::NotFound), "once");
        assert!(!owner.is_gone_after_a_week().await);
    });
}

#[test]
fn failure_110_device_of_the_same_second_is_not_older() {
    block_on(async {
        let owner = owner().await;
        let (world, app) = (&owner.world, &owner.app);
        // A later device is trusted by the PIN, which ends the reset.
        let due = sign_in_until_pin(world, app).await;
        let same = trust(world, app, "newer").await;
        let ends = world.verifier.begin_pin_reset(&world.alice, &due).await.unwrap().as_secs();
        world.clock.set(ends - 6 * DAY);
        assert!(recognize(world, &same).await.is_ok());
        assert_eq!(owner.try_cancel(&same).await, Some(Reason::NotFound));
        assert!(owner.is_gone_after(6).await, "nor did its visit restart the week");
    });
}

#[test]
fn failure_110_visit_of_an_older_device_restarts_the_week() {
    block_on(async {
        let owner = owner().await;
        let begun = owner.begin_reset().await - 7 * DAY;
        owner.world.clock.set(begun + 6 * DAY);
        owner.world.verifier.operations().advance(&owner.world.alice).await.unwrap();
        owner.world.verifier.operations().advance(&owner.world.alice).await.unwrap();
        assert!(recognize(&owner.world, &owner.older).await.is_ok());
        let due = sign_in_until_pin(&owner.world, &owner.app).await;
        let ends = owner.world.verifier.begin_pin_reset(&owner.world.alice, &due).await.unwrap();
        assert_eq!(ends.as_secs(), begun + 13 * DAY);
        let _ = owner.world.log.take();
        owner.world.clock.set(begun + 8 * DAY);
        let _ = sign_in_until_pin(&owner.world, &owner.app).await;
        owner.world.clock.set(begun + 6 * DAY);
        assert!(owner.is_gone_after_a_week().await);
        let reported = owner.world.log.take();
        let reported =
            reported.iter().filter(|event| matches!(event, Event::PinResetReminder(_))).count();
        assert_eq!(reported, 2, "its stages are notified again");
    });
}

#[test]
fn failure_110_visit_that_opens_no_session_restarts_the_week() {
    block_on(async {
        let owner = owner().await;
        let (world, alice) = (&owner.world, &owner.world.alice);
        let begun = owner.begin_reset().await - 7 * DAY;
        world.clock.set(begun + 6 * DAY);
        let narrow = world.verifier.under(&cheap().only(&[FactorKind::Totp, FactorKind::Pin]));
        assert_eq!(recognize_by(&narrow, alice, &owner.older).await.unwrap_err(), Ignored);
        let due = sign_in_until_pin(world, &owner.app).await;
        let ends = world.verifier.begin_pin_reset(alice, &due).await.unwrap();
        assert_eq!(ends.as_secs(), begun + 13 * DAY);
    });
}

#[test]
fn failure_110_visit_is_recorded_separately_for_the_reset() {
    block_on(async {
        let owner = owner().await;
        let begun = owner.begin_reset().await - 7 * DAY;
        // The first visit is recorded as a use but too soon for the reset; the second the other way
        // round.
        for at in [HOUR - 15, HOUR + 60] {
            owner.world.clock.set(begun + at);
            let _ = recognize(&owner.world, &owner.older).await.unwrap();
        }
        let due = sign_in_until_pin(&owner.world, &owner.app).await;
        let ends = owner.world.verifier.begin_pin_reset(&owner.world.alice, &due).await.unwrap();
        assert_eq!(ends.as_secs(), begun + HOUR + 60 + 7 * DAY);
    });
}

#[test]
fn failure_110_week_without_notices_is_not_over() {
    block_on(async {
        let owner = owner().await;
        let ends = owner.begin_reset().await;
        owner.world.clock.set(ends + 30 * DAY);
        for sign_in in 0..4 {
            assert!(!owner.is_gone().await, "sign-in {sign_in}");
        }
        owner.world.clock.set(ends + 31 * DAY);
        assert!(!owner.is_gone().await, "a day from the last notice");
        owner.world.clock.advance(60);
        assert!(owner.is_gone().await);
    });
}

#[test]
fn failure_110_removed_pin_ends_devices_and_permissions() {
    block_on(async {
        let owner = owner().await;
        let _ = owner.begin_reset().await;
        assert!(owner.is_gone_after_a_week().await);
        let older = recognize(&owner.world, &owner.older).await;
        assert_eq!(older.unwrap_err(), Ignored, "known, and not trusted");
    });
}

#[test]
fn failure_110_signed_out_device_cannot_cancel() {
    block_on(async {
        let owner = owner().await;
        let _ = owner.begin_reset().await;
        on(&owner.world, &owner.older).sign_out_device(&owner.world.alice).await.unwrap();
        assert_eq!(owner.try_cancel(&owner.older).await, Some(Reason::NotFound));
        assert!(owner.is_gone_after_a_week().await);
    });
}

#[test]
fn failure_110_clock_fault_makes_no_device_older() {
    block_on(async {
        let owner = owner().await;
        let newer = trust(&owner.world, &owner.app, "newer").await;
        let now = owner.world.clock.time().as_secs();
        owner.world.clock.set(now + YEAR);
        let _ = owner.begin_reset().await;
        owner.world.clock.set(now);
        assert_eq!(owner.try_cancel(&newer).await, Some(Reason::NotFound), "begun as of now");
        assert_eq!(owner.try_cancel(&owner.older).await, None);
    });
}

#[test]
fn failure_110_restarted_week_notifies_its_stages_again() {
    block_on(async {
        let owner = owner().await;
        let (world, now) = (&owner.world, owner.world.clock.time().as_secs());
        let due = sign_in_until_pin(world, &owner.app).await;
        // Far enough ahead to be a fault, without using up future steps of the app.
        for ahead in [240, 240 + 4 * DAY, 240 + 6 * DAY] {
            world.clock.set(now + ahead);
            let _ = world.verifier.begin_pin_reset(&world.alice, &due).await;
            world.verifier.operations().advance(&world.alice).await.unwrap();
        }
        world.clock.set(now);
        world.verifier.operations().advance(&world.alice).await.unwrap();
        let _ = owner.world.log.take();
        assert!(owner.is_gone_after_a_week().await);
        let reported = owner.world.log.take();
        let reported =
            reported.iter().filter(|event| matches!(event, Event::PinResetReminder(_))).count();
        assert_eq!(reported, 2);
    });
}

#[test]
fn pending_reset_limits_writes_of_an_older_device() {
    block_on(async {
        let owner = Owner::over(Watched::default()).await;
        let _ = owner.begin_reset().await;
        let _ = recognize(&owner.world, &owner.older).await.unwrap();
        let _ = owner.world.store.take();
        for _ in 0..3 {
            for _ in 0..20 {
                owner.world.clock.advance(HOUR / 20);
                let _ = recognize(&owner.world, &owner.older).await.unwrap();
            }
            assert!(owner.world.store.commits() <= 2, "once as a use, once for the reset");
        }
    });
}

#[test]
fn failure_110_device_of_another_subject_cannot_cancel() {
    block_on(async {
        let owner = owner().await;
        let _ = owner.begin_reset().await;
        // The same seed generates other ids for another subject.
        let mut other = World::with(cheap());
        other.alice = SubjectId::new("bob").unwrap();
        let (app, verified) = other.with_settled_app().await;
        other.verifier.set_pin(&verified, PIN).await.unwrap();
        let bobs = trust(&other, &app, "older").await;
        let (at_bobs, at_alices) = (
            recognize(&other, &bobs).await.unwrap(),
            recognize(&owner.world, &owner.older).await.unwrap(),
        );
        assert_ne!(at_bobs.device(), at_alices.device());
        assert_eq!(owner.try_cancel(&bobs).await, Some(Reason::NotFound));
        assert_eq!(owner.try_cancel(&owner.older).await, None);
    });
}

#[test]
fn finding_s07_no_new_reset_for_a_week_after_a_device_ended_one() {
    block_on(async {
        let owner = owner().await;
        let (world, alice) = (&owner.world, &owner.world.alice);
        let _ = owner.begin_reset().await;
        assert_eq!(owner.try_cancel(&owner.older).await, None);
        let until = world.clock.time().plus(7 * DAY);
        let due = sign_in_until_pin(world, &owner.app).await;
        let refused = world.verifier.begin_pin_reset(alice, &due).await.unwrap_err();
        assert_eq!(refused.denial().unwrap().reason(), Reason::TooSoon);
        assert_eq!(refused.retry_at(), Some(until));
        world.clock.set(until.as_secs());
        assert_eq!(owner.begin_reset().await, until.plus(30 + 7 * DAY).as_secs());
    });
}

/// The holder of a copied device token also has a proof, and must not add a factor.
#[test]
fn theft_of_a_device_ends_what_was_begun_before_it() {
    block_on(async {
        let (world, app, stolen) = with_device().await;
        supersede(&world, &stolen).await;
        let verified = fresh(&world, &app).await;
        let enrollment = world.verifier.enroll_totp(&verified, "alice").await.unwrap();
        assert!(recognize(&world, &stolen).await.is_err());
        assert!(world.log.take().contains(&Event::DeviceStolen));
        let typed = App::scan(enrollment.expose_secret().expose()).code(&world.clock);
        let confirmed = world.verifier.confirm(&world.alice, &enrollment, &typed).await;
        assert_eq!(reason(confirmed), Reason::NotFound);
    });
}
