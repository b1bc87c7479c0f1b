//! Decoys: what an unproven address answers.

use crate::support::{ROOT, World, item_of, reason};
use second_factor::{
    Address, Challenge, Channel, CodeRequest, Error, FactorKind, Keys, Policy, Reason,
    Storage as _, SubjectId, block_on, status::WhatsApp,
};

fn other() -> Address {
    Address::phone("+14155560199").unwrap()
}

/// All that a page could show.
fn shown(answer: Result<Challenge, Error>) -> Result<String, (Reason, Option<u64>)> {
    match answer {
        Ok(sent) => {
            let ways: Vec<_> =
                sent.alternatives().iter().map(|way| (way.channel(), way.available_at())).collect();
            let times = (sent.expires_at(), sent.resend_at());
            Ok(format!("{:?} {:?} {times:?} {ways:?}", sent.digits(), sent.channel()))
        }
        Err(error) => {
            Err((error.denial().unwrap().reason(), error.retry_at().map(|at| at.as_secs())))
        }
    }
}

/// Alice with a proven number that takes WhatsApp.
async fn with_whatsapp(policy: Policy) -> World {
    let world = World::with(policy);
    let verified = world.with_phone(&world.alice).await.verified().unwrap();
    let number = item_of(&world, FactorKind::Phone).await;
    world.verifier.set_whatsapp(&verified, &number, WhatsApp::Allowed).await.unwrap();
    world.clock.advance(90_000);
    world
}

#[test]
fn finding_s25_whatsapp_reveals_no_proven_number() {
    block_on(async {
        for channel in [None, Some(Channel::Sms), Some(Channel::WhatsApp)] {
            let asked = |world: World, address: Address| async move {
                let request = CodeRequest::to_address(&address);
                let request = channel.into_iter().fold(request, CodeRequest::by);
                shown(world.verifier.send_code(&world.alice, request).await)
            };
            let world = with_whatsapp(Policy::default()).await;
            let number = world.number.clone();
            let real = asked(world, number).await;
            let decoy = asked(with_whatsapp(Policy::default()).await, other()).await;
            assert_eq!(real, decoy, "{channel:?}");
        }
        // Who names the number by its id knows that it is proven.
        let world = with_whatsapp(Policy::default()).await;
        let number = item_of(&world, FactorKind::Phone).await;
        let sent = world.verifier.send_code(&world.alice, &number).await.unwrap();
        let ways: Vec<_> = sent.alternatives().iter().map(|way| way.channel()).collect();
        assert_eq!(ways, [Channel::WhatsApp, Channel::Voice]);
    });
}

#[test]
fn finding_s25_decoy_waits_and_ends_like_an_ordinary_account() {
    block_on(async {
        for sends in [(3, 5), (8, 12)] {
            let policy = || Policy::builder().address_sends(sends.0, sends.1).build().unwrap();
            let asked = |address: Option<Address>| async move {
                let world = with_whatsapp(policy()).await;
                let address = address.unwrap_or(world.number.clone());
                let mut answers = Vec::new();
                for wait in [0, 10, 30, 60, 600, 600, 600, 600, 600, 600, 3600, 3600, 3600, 3600] {
                    world.clock.advance(wait);
                    let request = CodeRequest::to_address(&address);
                    answers.push(shown(world.verifier.send_code(&world.alice, request).await));
                }
                answers
            };
            assert_eq!(asked(None).await, asked(Some(other())).await);
        }
    });
}

#[test]
fn finding_s25_decoy_does_not_show_the_budget_of_another() {
    block_on(async {
        let world = World::with(Policy::builder().address_sends(4, 4).build().unwrap());
        let _ = world.with_phone(&world.alice).await;
        let mallory = SubjectId::new("mallory").unwrap();
        world.clock.advance(60);
        let owner = CodeRequest::to_address(&world.number);
        let _ = world.verifier.send_code(&world.alice, owner.clone()).await.unwrap();
        world.clock.advance(60);
        let spent = world.verifier.send_code(&world.alice, owner.clone()).await;
        assert_eq!(reason(spent), Reason::SendLimit);
        let answer = world.verifier.send_code(&mallory, owner).await;
        assert!(answer.is_ok(), "another account shows what the owner received");
    });
}

/// A decoy spends no budget that another number needs.
#[test]
fn finding_s25_decoy_charges_no_number_and_no_prefix() {
    block_on(async {
        let world = World::new();
        let keys = Keys::new(ROOT);
        let request = CodeRequest::to_address(&other());
        assert!(world.verifier.send_code(&world.alice, request).await.is_ok());
        for id in [Some(keys.budget_record(&other())), keys.prefix_record(&other())] {
            assert!(world.store.load(&id.unwrap()).await.unwrap().is_none());
        }
        assert_eq!(world.codes(), 0);
    });
}

/// A refusal by any budget leaves the others as they were.
#[test]
fn finding_a06_prefix_refusal_charges_no_address() {
    block_on(async {
        let world = World::new();
        let keys = Keys::new(ROOT);
        let mut refused = 0;
        for at in 0..100 {
            let number = Address::phone(&format!("+1415555{at:04}")).unwrap();
            let subject = SubjectId::new(format!("subject-{at}")).unwrap();
            let prefix = keys.prefix_record(&number).unwrap();
            let before = world.store.load(&prefix).await.unwrap();
            if let Err(error) = world.verifier.enroll_address(&subject, &number).await {
                assert_eq!(error.denial().unwrap().reason(), Reason::PrefixSendLimit);
                refused += 1;
                let record = world.store.load(&keys.budget_record(&number)).await.unwrap();
                assert!(record.is_none(), "the number was charged");
                assert_eq!(world.store.load(&prefix).await.unwrap(), before);
            }
        }
        assert!(refused > 40, "{refused}");
    });
}

#[test]
fn finding_a06_address_refusal_charges_no_prefix() {
    block_on(async {
        let world = World::with(Policy::builder().address_sends(2, 2).build().unwrap());
        let keys = Keys::new(ROOT);
        let prefix = keys.prefix_record(&world.number).unwrap();
        let bob = SubjectId::new("bob").unwrap();
        let _ = world.verifier.enroll_address(&world.alice, &world.number).await.unwrap();
        let before = world.store.load(&prefix).await.unwrap();
        let answer = world.verifier.enroll_address(&bob, &world.number).await;
        assert_eq!(reason(answer), Reason::SendLimit);
        assert_eq!(world.store.load(&prefix).await.unwrap(), before);
    });
}
