//! Enrollments by several clients at once.

#![allow(clippy::unwrap_used, reason = "helpers of tests may panic")]

use second_factor::{
    Address, Client, Reason, Secret, Verifier, block_on,
    enrollment::HotpToken,
    otp::{Hotp, Step},
};

use crate::support::{App, World, not, reason};

fn client(world: &World, number: u8) -> Verifier {
    world.verifier.for_client(Client::new([number; 16]).unwrap())
}

/// Begins to enroll an app.
async fn begin(world: &World, by: &Verifier) -> (second_factor::Handle, App) {
    let begun = by.enroll_totp(&world.alice, "alice").await.unwrap();
    (*begun.handle(), App::scan(begun.expose_secret().expose()))
}

#[test]
fn finding_s17_app_is_confirmed_by_its_client_only() {
    block_on(async {
        let world = World::new();
        let (owner, other) = (client(&world, 1), client(&world, 2));
        let (begun, app) = begin(&world, &owner).await;
        for by in [&other, &world.verifier] {
            let answer = by.confirm(&world.alice, begun, &app.code(&world.clock)).await;
            assert_eq!(reason(answer), Reason::OtherClient);
        }
        assert!(owner.confirm(&world.alice, begun, &app.code(&world.clock)).await.is_ok());
    });
}

#[test]
fn finding_s17_token_is_confirmed_by_its_client_only() {
    block_on(async {
        let world = World::new();
        let secret = Secret::new(&[7; 20]).unwrap();
        let code = Hotp::new(&secret).code(Step::new(0));
        let (owner, other) = (client(&world, 1), client(&world, 2));
        let begun = owner.enroll_hotp(&world.alice, &HotpToken::new(&secret)).await.unwrap();
        let answer = other.confirm(&world.alice, begun, code.expose()).await;
        assert_eq!(reason(answer), Reason::OtherClient);
        // It is not counted: the owner's enrollment must not end by it.
        for _ in 0..5 {
            let answer = other.confirm(&world.alice, begun, &not(code.expose())).await;
            assert_eq!(reason(answer), Reason::OtherClient);
        }
        assert!(owner.confirm(&world.alice, begun, code.expose()).await.is_ok());
    });
}

/// An attacker who has the password must not prevent the first enrollment.
#[test]
fn first_enrollment_cannot_be_ended_by_another_client() {
    block_on(async {
        let world = World::new();
        let owner = client(&world, 1);
        let (begun, app) = begin(&world, &owner).await;
        for number in [2, 3, 2, 3, 2, 3] {
            let attacker = client(&world, number);
            let (planted, theirs) = begin(&world, &attacker).await;
            for _ in 0..5 {
                let incorrect = theirs.incorrect(&world.clock);
                let answer = attacker.confirm(&world.alice, planted, &incorrect).await;
                assert_eq!(reason(answer), Reason::Incorrect);
            }
            // Five incorrect codes end that enrollment, and lock nothing.
            let answer =
                attacker.confirm(&world.alice, planted, &theirs.incorrect(&world.clock)).await;
            assert_eq!(reason(answer), Reason::NotFound);
        }
        assert!(owner.confirm(&world.alice, begun, &app.code(&world.clock)).await.is_ok());
    });
}

#[test]
fn fourth_client_cannot_enroll_until_one_ends() {
    block_on(async {
        let world = World::new();
        let clients = [1, 2, 3].map(|number| client(&world, number));
        let mut begun = vec![];
        for by in &clients {
            begun.push(begin(&world, by).await);
            world.clock.advance(60);
        }
        let fourth = client(&world, 4);
        let refused = fourth.enroll_totp(&world.alice, "alice").await;
        assert_eq!(reason(refused), Reason::TooMany);
        // Another kind has its own three, and a client can begin again.
        assert!(fourth.enroll_address(&world.alice, &world.number).await.is_ok());
        let again = begin(&world, &clients[2]).await;
        let (old, app) = begun.pop().unwrap();
        let answer = clients[2].confirm(&world.alice, old, &app.code(&world.clock)).await;
        assert_eq!(reason(answer), Reason::NotFound, "it was replaced by its client");
        // The first one expires after ten minutes.
        world.clock.advance(420);
        assert!(fourth.enroll_totp(&world.alice, "alice").await.is_ok());
        let (begun, app) = begun.swap_remove(1);
        let answer = clients[1].confirm(&world.alice, begun, &app.code(&world.clock)).await;
        assert!(answer.is_ok());
        let answer = clients[2].confirm(&world.alice, again.0, &again.1.code(&world.clock)).await;
        assert_eq!(reason(answer), Reason::NotFound, "the first factor ends the others");
    });
}

#[test]
fn incorrect_first_codes_lock_their_address_only() {
    block_on(async {
        let world = World::new();
        let (owner, attacker) = (client(&world, 1), client(&world, 2));
        let other = Address::phone("+14155550102").unwrap();
        let sent = attacker.enroll_address(&world.alice, &other).await.unwrap();
        let code = world.read_code();
        for nth in 1..=5 {
            let refused = attacker.confirm(&world.alice, &sent, &not(&code)).await.unwrap_err();
            let until = (nth == 5).then_some(world.clock.time().plus(30));
            assert_eq!(refused.retry_at(), until);
            assert_eq!(reason::<()>(Err(refused)), Reason::Incorrect);
        }
        let refused = attacker.confirm(&world.alice, &sent, &code).await;
        assert_eq!(reason(refused), Reason::NotFound, "it ended");
        let (begun, app) = begin(&world, &owner).await;
        world.clock.advance(29);
        let sent = owner.enroll_address(&world.alice, &world.number).await.err();
        assert!(sent.is_none_or(|error| error.denial().unwrap().reason() != Reason::Locked));
        assert_eq!(reason(owner.enroll_address(&world.alice, &other).await), Reason::Locked);
        assert!(owner.confirm(&world.alice, begun, &app.code(&world.clock)).await.is_ok());
    });
}

/// A further code to the same address is no further five guesses.
#[test]
fn count_of_an_address_outlives_its_enrollment() {
    block_on(async {
        let world = World::new();
        let mut waits = vec![];
        for _ in 0..3 {
            let sent = loop {
                match world.verifier.enroll_address(&world.alice, &world.number).await {
                    Ok(sent) => break sent,
                    Err(error) => world.clock.set(error.retry_at().unwrap().as_secs()),
                }
            };
            let code = world.read_code();
            let mut refused = None;
            while refused.is_none() {
                let answer = world.verifier.confirm(&world.alice, &sent, &not(&code)).await;
                refused = answer.unwrap_err().retry_at();
            }
            waits.push(refused.unwrap().since(world.clock.time()));
        }
        assert_eq!(waits, [30, 60, 120]);
    });
}
