//! Send cooldowns and budgets, per subject and per address.

use crate::support::{NOON, World, reason};
use second_factor::{Address, Client, CodeRequest, Policy, Proof, Reason, SubjectId, block_on};

#[test]
fn failure_092_resend_cooldown_doubles_each_time() {
    block_on(async {
        let world = World::with(
            Policy::builder().address_sends(16, 24).subject_sends(20, 40).build().unwrap(),
        );
        let _ = world.with_phone(&world.alice).await;
        let mut sent = world
            .verifier
            .send_code(&world.alice, CodeRequest::to_address(&world.number))
            .await
            .unwrap();
        let mut waits = vec![];
        while let Some(resend_at) = sent.resend_at() {
            waits.push(resend_at.since(world.clock.time()));
            world.clock.set(resend_at.as_secs() - 1);
            let early = world
                .verifier
                .send_code(&world.alice, CodeRequest::again(&sent))
                .await
                .unwrap_err();
            assert_eq!(early.retry_at(), Some(resend_at));
            // A new challenge does not bypass the cooldown.
            let anew = world
                .verifier
                .send_code(&world.alice, CodeRequest::to_address(&world.number))
                .await;
            assert_eq!(reason(anew), Reason::TooSoon);
            world.clock.set(resend_at.as_secs());
            sent = world.verifier.send_code(&world.alice, CodeRequest::again(&sent)).await.unwrap();
        }
        assert_eq!(waits, [30, 60, 120, 240]);
        assert_eq!(world.codes(), 5);
        world.clock.advance(240);
        assert_eq!(
            reason(world.verifier.send_code(&world.alice, CodeRequest::again(&sent)).await),
            Reason::SendLimit
        );
    });
}

#[test]
fn failure_091_unproven_claims_use_half_an_address_budget() {
    block_on(async {
        let policy = Policy::builder().address_sends(4, 6).build().unwrap();
        let world = World::with(policy);
        for (name, is_sent) in [("a", true), ("b", true), ("c", false), ("d", false)] {
            let subject = SubjectId::new(name).unwrap();
            let number = Address::phone("tel:+1 415 555 0100").unwrap();
            let answer = world.verifier.enroll_address(&subject, &number).await;
            match is_sent {
                true => assert!(answer.is_ok()),
                false => assert_eq!(reason(answer), Reason::SendLimit),
            }
        }
        assert_eq!(world.codes(), 2);
        world.clock.advance(3600);
        let subject = SubjectId::new("e").unwrap();
        assert!(world.verifier.enroll_address(&subject, &world.number).await.is_ok());
        world.clock.advance(3600);
        let answer = world.verifier.enroll_address(&subject, &world.number).await;
        assert_eq!(answer.unwrap_err().retry_at().unwrap().as_secs(), NOON + 86_400);
    });
}

#[test]
fn strangers_cannot_use_up_the_owners_budget() {
    block_on(async {
        let world = World::with(Policy::builder().address_sends(6, 6).build().unwrap());
        let _ = world.with_phone(&world.alice).await;
        world.clock.advance(60);
        let here = || Client::new("the browser of the owner").unwrap();
        let browser = world.verifier.for_client(here());
        let to = CodeRequest::to_address(&world.number);
        let sent = browser.send_code(&world.alice, to).await.unwrap();
        let proof = Proof::sent_code(&sent, world.read_code());
        let verified = browser.verify(&world.alice, proof).await.unwrap();
        for name in ["a", "b", "c", "d"] {
            let stranger = SubjectId::new(name).unwrap();
            let _ = world.verifier.enroll_address(&stranger, &world.number).await;
        }
        assert_eq!(world.codes(), 1, "half of six, of which the owner used two");
        let known = Client::new("the browser of the owner")
            .unwrap()
            .device(verified.device_token().unwrap());
        let owner = world.verifier.for_client(known);
        for is_sent in [true, true, true, false] {
            world.clock.advance(300);
            let sent = owner.send_code(&world.alice, CodeRequest::to_address(&world.number)).await;
            match is_sent {
                true => assert!(sent.is_ok()),
                false => assert_eq!(reason(sent), Reason::SendLimit),
            }
        }
    });
}

#[test]
fn subject_budget_covers_all_its_addresses() {
    block_on(async {
        let world = World::with(Policy::builder().subject_sends(6, 20).build().unwrap());
        for (n, is_sent) in [(0, true), (1, true), (2, true), (3, false)] {
            let number = Address::phone(&format!("+1415555010{n}")).unwrap();
            let answer = world.verifier.enroll_address(&world.alice, &number).await;
            assert_eq!(answer.is_ok(), is_sent, "{n}");
            world.clock.advance(300);
        }
    });
}
