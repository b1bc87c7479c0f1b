//! The PIN in its lanes.

use second_factor::{Client, Proof, Reason, block_on, host::Event};

use crate::support::{
    World, reason,
    registration::{cheap, register, register_until_pin, try_pin},
};

const PIN: &str = "493817";
const WRONG: &str = "905213";

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
            let refused = try_pin(world, &due, WRONG).await.unwrap_err();
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
        assert_eq!(reason(try_pin(&world, &due, WRONG).await), Reason::Incorrect);
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
