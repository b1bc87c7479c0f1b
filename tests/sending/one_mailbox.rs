//! One budget and one channel for all spellings of an address.

use crate::support::{World, reason};
use second_factor::{
    Address, Challenge, CodeRequest, Error, FirstFactor, Keys, Reason, SubjectId, block_on,
    message::Content,
};

use crate::support::ROOT;

fn record(address: &str) -> second_factor::storage::RecordId {
    let address = match address.starts_with('+') {
        true => Address::phone(address).unwrap(),
        false => Address::email(address).unwrap(),
    };
    Keys::new(ROOT).budget_record(&address)
}

async fn register(world: &World, at: usize, address: &str) -> Result<Challenge, Error> {
    let subject = SubjectId::new(format!("subject-{at}")).unwrap();
    let address = Address::email(address).unwrap();
    world.verifier.send_code(&subject, CodeRequest::register(&address)).await
}

#[test]
fn finding_a04_tagged_mailbox_has_one_budget() {
    block_on(async {
        let world = World::new();
        for at in 0..200 {
            let answer = register(&world, at, &format!("alice+{at}@gmail.com")).await;
            if at >= 4 {
                assert_eq!(reason(answer), Reason::SendLimit, "{at}");
            }
        }
        assert_eq!(world.codes(), 4, "half of eight an hour");
    });
}

#[test]
fn finding_a04_message_goes_to_the_address_as_typed() {
    block_on(async {
        let world = World::new();
        for (at, typed) in ["Alice+News@Example.com", "A.Lice@googlemail.com"].iter().enumerate() {
            let _ = register(&world, at, typed).await.unwrap();
            let message = world.phone.take().unwrap();
            assert!(matches!(message.content(), Content::Code { .. }));
            let (local, _) = typed.split_once('@').unwrap();
            assert!(message.address().expose().starts_with(local), "{typed}");
        }
    });
}

#[test]
fn finding_a04_spellings_of_a_mailbox_share_a_budget() {
    for (one, other, is_same) in [
        ("alice@example.com", "ALICE+x@example.com", true),
        ("alice+x@example.com", "alice+y+z@example.com", true),
        ("a.l.ice@gmail.com", "alice+x@googlemail.com", true),
        ("alice@gmail.com", "alicf@gmail.com", false),
        ("a.lice@example.com", "alice@example.com", false),
        ("alice@example.com", "alice@example.org", false),
        ("alice@gmail.com", "alice@gmail.com.example", false),
        ("alice-x@example.com", "alice@example.com", false),
    ] {
        assert_eq!(record(one) == record(other), is_same, "{one} {other}");
    }
}

/// A carrier drops the trunk prefix, or refuses the call.
#[test]
fn finding_i12_number_with_a_trunk_prefix_shares_a_budget() {
    for (one, other, is_same) in [
        ("+442079460018", "+4402079460018", true),
        ("+442079460018", "+44 00 2079460018", true),
        ("+4930901820", "+49 030 901820", true),
        ("+35312345678", "+353 01 2345678", true),
        ("+14155550100", "+1 0415 555 0100", true),
        ("+442079460018", "+442079460019", false),
        ("+442079460018", "+442079460180", false),
        ("+3531234567", "+3530123456", false),
        ("+100000", "+1000000", true),
    ] {
        assert_eq!(record(one) == record(other), is_same, "{one} {other}");
    }
}

#[test]
fn finding_a04_tagged_mailbox_is_the_same_channel() {
    block_on(async {
        let policy = second_factor::Policy::builder()
            .allow(second_factor::FactorKind::Email)
            .build()
            .unwrap();
        let world = World::with(policy);
        let mail = Address::email("alice+2fa@gmail.com").unwrap();
        let first = Address::email("a.lice@googlemail.com").unwrap();
        let enroller = world.verifier.after(FirstFactor::Email(first.clone()));
        // As the only factor, it could not be used after the same mailbox.
        let answer = enroller.enroll_address(&world.alice, &mail).await;
        assert_eq!(reason(answer), Reason::SameChannel);
        let sent = world.verifier.enroll_address(&world.alice, &mail).await.unwrap();
        let code = world.read_code();
        let _ = world.verifier.confirm(&world.alice, &sent, &code).await.unwrap();
        world.clock.advance(600);
        let again = CodeRequest::to_address(&mail);
        let answer = enroller.send_code(&world.alice, again).await;
        assert_eq!(reason(answer), Reason::SameChannel);
    });
}
