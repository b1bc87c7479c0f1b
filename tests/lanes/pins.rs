//! The PIN in its lanes.

use second_factor::{Client, Handle, Proof, Reason, Verifier, block_on, host::Event};

use super::{browser, device, sign_in};
use crate::support::{
    World, reason,
    registration::{cheap, register, register_until_pin, try_pin},
};

const PIN: &str = "493817";
const INCORRECT: &str = "905213";

async fn set_pin(world: &World) {
    let registered = register(world).await.unwrap();
    world.verifier.set_pin(&registered, PIN).await.unwrap();
}

/// Fails with the PIN at registration until it is refused otherwise.
async fn fail_at_registration(world: &World) -> u32 {
    let mut failures = 0;
    loop {
        let due = register_until_pin(world).await;
        loop {
            let refused = try_pin(world, &due, INCORRECT).await.unwrap_err();
            match (refused.denial().unwrap().reason(), refused.retry_at()) {
                (Reason::Incorrect, until) => {
                    failures += 1;
                    until.into_iter().for_each(|until| world.clock.set(until.as_secs()));
                }
                (Reason::Disabled, _) => return failures,
                (Reason::Expired | Reason::NotFound, _) => break,
                (_, until) => world.clock.set(until.unwrap().as_secs()),
            }
        }
    }
}

#[test]
fn finding_s07_thief_of_the_number_disables_no_pin_elsewhere() {
    block_on(async {
        let world = cheap();
        let owner = Client::new("the phone of the owner").unwrap();
        let at_owner = world.verifier.for_client(owner);
        let owned = World { verifier: at_owner.clone(), ..world };
        set_pin(&owned).await;
        let thief = Client::new("the phone of a thief").unwrap();
        let world = World { verifier: owned.verifier.for_client(thief), ..owned };
        assert_eq!(fail_at_registration(&world).await, 10);
        // The owner registered last, and is known at registration.
        let world = World { verifier: at_owner, ..world };
        let due = register_until_pin(&world).await;
        assert!(try_pin(&world, &due, PIN).await.is_ok());
        // A correct PIN elsewhere opens the door that the thief closed.
        let stranger = Client::new("the phone of another thief").unwrap();
        let verifier = world.verifier.for_client(stranger);
        let world = World { verifier, ..world };
        let due = register_until_pin(&world).await;
        assert_eq!(reason(try_pin(&world, &due, INCORRECT).await), Reason::Incorrect);
        let due = register_until_pin(&world).await;
        let proof = Proof::pin(due, PIN);
        assert!(world.verifier.register(&world.alice, proof).await.is_ok());
    });
}

#[test]
fn finding_s07_app_of_the_owner_ends_the_reset_of_a_thief() {
    block_on(async {
        let world = cheap();
        let (app, verified) = world.with_settled_app().await;
        let _ = world.with_phone(&verified).await;
        world.verifier.set_pin(&verified, PIN).await.unwrap();
        let thief = Client::new("the phone of a thief").unwrap();
        let at_thief = World { verifier: world.verifier.for_client(thief), ..world };
        let due = register_until_pin(&at_thief).await;
        let begun = at_thief.verifier.begin_pin_reset(&at_thief.alice, &due).await;
        assert!(begun.is_ok());
        let due = register_until_pin(&at_thief).await;
        let _ = at_thief.log.take();
        // The owner forgot the PIN too, and has the app.
        let refused = at_thief.try_app(&app.code(&at_thief.clock)).await;
        assert_eq!(reason(refused), Reason::PinDue);
        assert!(at_thief.log.take().contains(&Event::PinResetCancelled));
        let again = at_thief.verifier.begin_pin_reset(&at_thief.alice, &due).await.unwrap_err();
        assert_eq!(again.retry_at(), Some(at_thief.clock.time().plus(7 * 24 * 60 * 60)));
    });
}

/// A thief of one factor, after the password, does not displace the PIN step of the owner.
#[test]
fn pin_step_at_a_known_device_is_displaced_only_there() {
    block_on(async {
        let world = cheap();
        let (app, verified) = world.with_settled_app().await;
        world.verifier.set_pin(&verified, PIN).await.unwrap();
        let until_pin = async |at: &Verifier| {
            world.clock.advance(30);
            let refused = sign_in(&world, at, &app).await.unwrap_err();
            *refused.pending_pin().expect("the PIN is due")
        };
        let try_pin =
            async |at: &Verifier, due: &Handle| at.verify(&world.alice, Proof::pin(due, PIN)).await;
        let new = browser(&world, "the owner");
        let token = try_pin(&new, &until_pin(&new).await).await.unwrap();
        let owner = device(&world, token.device_token().unwrap().expose());
        let thief = browser(&world, "a thief");
        for begins_first in [true, false] {
            let mut due = None;
            if begins_first {
                due = Some(until_pin(&owner).await);
            }
            for _ in 0..4 {
                let _ = until_pin(&thief).await;
            }
            let due = match due {
                Some(due) => due,
                None => until_pin(&owner).await,
            };
            for _ in 0..4 {
                let _ = until_pin(&thief).await;
            }
            assert!(try_pin(&owner, &due).await.is_ok(), "{begins_first}");
        }
        // The owner's own lane is bounded too.
        let first = until_pin(&owner).await;
        for _ in 0..4 {
            let _ = until_pin(&owner).await;
        }
        assert_eq!(reason(try_pin(&owner, &first).await), Reason::NotFound);
    });
}
