//! Single use of ceremonies.

use alloc::{collections::BTreeSet, rc::Rc};

use proptest::prelude::*;
use second_factor::{
    Error, MemoryStorage, Policy, Proof, Reason, Verified, block_on,
    enrollment::NewSecurityKey,
    host::Event,
    proof::{Ceremony, SecurityKeyOutcome},
};

use super::{SIGN_IN, add, answer, begin, confirm, first, keys, passed, try_key};
use crate::{
    support::{NOON, World, reason},
    walk::{Stepping, Task, every_order},
};

#[test]
fn ceremony_is_accepted_once() {
    block_on(async {
        let world = World::new();
        let _ = add(&world, "blue").await;
        let ceremony = begin(&world, SIGN_IN).await;
        let correct = passed(first(&ceremony));
        for _ in 0..3 {
            let refused = answer(&world, &ceremony, SecurityKeyOutcome::failed()).await;
            assert_eq!(reason(refused), Reason::SecurityKeyFailed);
        }
        let _ = answer(&world, &ceremony, correct.clone()).await.unwrap();
        let _ = world.log.take();
        for outcome in [correct, SecurityKeyOutcome::failed()] {
            let again = answer(&world, &ceremony, outcome).await;
            assert_eq!(reason(again), Reason::Replayed);
            let kind = second_factor::FactorKind::SecurityKey;
            assert_eq!(world.log.take(), [Event::ReplayRefused(kind)]);
        }
    });
}

#[test]
fn concurrent_answers_have_one_winner_in_every_order() {
    let before = World::new();
    let texts = block_on(async {
        let _ = add(&before, "blue").await;
        let passkey = before.verifier.begin_passkey(b"").unwrap();
        [begin(&before, SIGN_IN).await, passkey].map(|ceremony| ceremony.expose().to_owned())
    });
    let key = block_on(keys(&before))[0].0;
    for text in texts {
        let begin = || -> Vec<Task<Result<Verified, Error>>> {
            let world = Rc::new(World::seeded(Stepping(before.copy()), Policy::default(), 2));
            let answer = |credential: &'static [u8]| -> Task<_> {
                let (world, text) = (Rc::clone(&world), text.clone());
                Box::pin(async move {
                    let outcome = SecurityKeyOutcome::passed(&key, credential);
                    let proof = Proof::security_key(&text, outcome.user_verified(true));
                    let verified = world.verifier.verify(&world.alice, proof).await?;
                    let stored = &keys(&world).await[0].1;
                    assert_eq!(stored, credential, "the winner's credential is stored");
                    Ok(verified)
                })
            };
            vec![answer(b"one"), answer(b"other")]
        };
        let orders = every_order(begin, |outcomes| {
            assert_eq!(outcomes.iter().filter(|outcome| outcome.is_ok()).count(), 1);
            let lost = outcomes.into_iter().find(Result::is_err).unwrap();
            assert_eq!(reason(lost), Reason::Replayed);
        });
        assert!(orders > 5, "{orders}");
    }
}

#[test]
fn different_ceremonies_are_both_accepted_in_every_order() {
    let before = World::new();
    let texts = block_on(async {
        let _ = add(&before, "blue").await;
        [begin(&before, SIGN_IN).await, begin(&before, SIGN_IN).await]
            .map(|ceremony| ceremony.expose().to_owned())
    });
    let key = block_on(keys(&before))[0].0;
    let begin = || -> Vec<Task<Result<Verified, Error>>> {
        let world = Rc::new(World::seeded(Stepping(before.copy()), Policy::default(), 2));
        let answer = |text: String| -> Task<_> {
            let world = Rc::clone(&world);
            Box::pin(async move {
                let proof = Proof::security_key(&text, passed(key));
                world.verifier.verify(&world.alice, proof).await
            })
        };
        texts.clone().map(answer).into()
    };
    every_order(begin, |outcomes| assert!(outcomes.iter().all(Result::is_ok)));
}

#[test]
fn concurrent_confirmations_enroll_one_key_in_every_order() {
    let before = World::new();
    let text = block_on(async {
        let verified = add(&before, "blue").await;
        let begun = before.verifier.enroll_security_key(&verified, b"").await.unwrap();
        begun.expose().to_owned()
    });
    let begin = || -> Vec<Task<(bool, usize)>> {
        let world = Rc::new(World::seeded(Stepping(before.copy()), Policy::default(), 2));
        let confirm = |name: &'static str| -> Task<_> {
            let (world, text) = (Rc::clone(&world), text.clone());
            Box::pin(async move {
                let (key, verifier) = (NewSecurityKey::new(name, b"1").unwrap(), &world.verifier);
                let confirmed = verifier.confirm_security_key(&world.alice, &text, key).await;
                (confirmed.is_ok(), keys(&world).await.len())
            })
        };
        vec![confirm("red"), confirm("green")]
    };
    every_order(begin, |outcomes| {
        assert_eq!(outcomes.iter().filter(|(is_confirmed, _)| *is_confirmed).count(), 1);
        assert!(outcomes.iter().all(|(_, enrolled)| *enrolled == 2), "{outcomes:?}");
    });
}

#[test]
fn replay_is_refused_after_its_id_was_dropped() {
    block_on(async {
        let world = World::new();
        let _ = add(&world, "blue").await;
        let ceremony = begin(&world, SIGN_IN).await;
        let _ = answer(&world, &ceremony, passed(first(&ceremony))).await.unwrap();
        for wait in [80, 10, 209, 1, 3600] {
            world.clock.advance(wait);
            world.verifier.operations().reseal(&world.alice).await.unwrap();
            let again = answer(&world, &ceremony, passed(first(&ceremony))).await;
            let expected = if wait == 80 { Reason::Replayed } else { Reason::Expired };
            assert_eq!(reason(again), expected);
        }
        // The id was dropped by a clock that was a year ahead for one write.
        world.clock.set(NOON + 5000);
        let ceremony = begin(&world, SIGN_IN).await;
        let _ = answer(&world, &ceremony, passed(first(&ceremony))).await.unwrap();
        world.clock.advance(crate::support::YEAR);
        world.verifier.operations().reseal(&world.alice).await.unwrap();
        world.clock.set(NOON + 5001);
        let again = answer(&world, &ceremony, passed(first(&ceremony))).await;
        assert_eq!(reason(again), Reason::Expired);
        assert!(try_key(&world).await.is_ok());
    });
}

#[test]
fn twenty_ceremonies_in_a_row_are_each_accepted_once() {
    block_on(async {
        let world = World::new();
        let _ = add(&world, "blue").await;
        let oldest = begin(&world, SIGN_IN).await;
        let mut accepted: Vec<Ceremony> = vec![];
        for _ in 0..20 {
            world.clock.advance(2);
            let ceremony = begin(&world, SIGN_IN).await;
            let _ = answer(&world, &ceremony, passed(first(&ceremony))).await.unwrap();
            accepted.push(ceremony);
            for old in &accepted {
                assert!(answer(&world, old, passed(first(old))).await.is_err());
            }
        }
        let refused = answer(&world, &oldest, passed(first(&oldest))).await;
        assert_eq!(reason(refused), Reason::Expired, "newer ones have displaced it");
    });
}

#[test]
fn ceremony_of_a_restored_backup_is_refused_after_the_restore() {
    block_on(async {
        let world = World::new();
        let _ = add(&world, "blue").await;
        let ceremonies = [begin(&world, SIGN_IN).await, world.verifier.begin_passkey(b"").unwrap()];
        let (key, backup) = (keys(&world).await[0].0, world.copy());
        for ceremony in &ceremonies {
            let _ = answer(&world, ceremony, passed(key)).await.unwrap();
        }
        let restored: World<MemoryStorage> = World::seeded(backup, Policy::default(), 2);
        restored.verifier.operations().after_restore(&restored.alice).await.unwrap();
        for ceremony in &ceremonies {
            let again = answer(&restored, ceremony, passed(key)).await;
            assert!(matches!(reason(again), Reason::NotFound | Reason::Expired));
        }
        restored.clock.advance(1);
        assert!(try_key(&restored).await.is_ok());
    });
}

#[test]
fn failure_014_key_enrollment_is_confirmed_once() {
    block_on(async {
        let world = World::new();
        let begun = world.verifier.enroll_security_key(&world.alice, b"").await.unwrap();
        let verified = confirm(&world, &begun, "blue").await.unwrap();
        assert_eq!(reason(confirm(&world, &begun, "red").await), Reason::NotFound);
        // The first one advanced the epoch, which ended it anyway.
        let begun = world.verifier.enroll_security_key(&verified, b"").await.unwrap();
        let _ = confirm(&world, &begun, "red").await.unwrap();
        assert_eq!(reason(confirm(&world, &begun, "green").await), Reason::Replayed);
        assert_eq!(keys(&world).await.len(), 2);
    });
}

/// One step of a history.
#[derive(Clone, Debug)]
enum Step {
    Answer(usize),
    Begin,
    Reseal,
    SetClock(u64),
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let time = prop_oneof![3 => 0..400_u64, 1 => Just(crate::support::YEAR)];
    let step = prop_oneof![
        4 => Just(Step::Begin),
        6 => (0..40_usize).prop_map(Step::Answer),
        1 => Just(Step::Reseal),
        2 => time.prop_map(|ahead| Step::SetClock(NOON + ahead)),
    ];
    proptest::collection::vec(step, 1..80)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    /// The clock jumps in both directions. Ceremonies from the future are left out after a repair:
    /// the law excludes a clock that has the same fault twice.
    #[test]
    fn no_history_accepts_a_ceremony_twice(steps in steps()) {
        block_on(async {
            let world = World::new();
            let _ = add(&world, "blue").await;
            let (mut begun, mut accepted) = (Vec::<Ceremony>::new(), BTreeSet::<String>::new());
            for step in steps {
                match step {
                    Step::Answer(_) if begun.is_empty() => {}
                    Step::Answer(at) => {
                        let ceremony = &begun[at % begun.len()];
                        if answer(&world, ceremony, passed(first(ceremony))).await.is_ok() {
                            assert!(accepted.insert(ceremony.expose().into()), "it is accepted again");
                        }
                    }
                    Step::Begin => begun.push(begin(&world, SIGN_IN).await),
                    Step::Reseal => world.verifier.operations().reseal(&world.alice).await.unwrap(),
                    Step::SetClock(now) => world.clock.set(now),
                }
                if world.log.take().contains(&Event::ClockFault) {
                    let now = world.clock.time();
                    begun.retain(|ceremony| ceremony.expires_at() <= now.plus(90 + 120));
                }
            }
        });
    }
}
