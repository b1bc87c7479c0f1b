//! Fallback channels: at once, on a late report, on a timer.

#![allow(clippy::unwrap_used, reason = "helpers of tests may panic")]

use core::time::Duration;

use crate::support::{
    App, ROOT, World, item_of, not, opened, reason, registration,
    watched::{Fault, Watched},
};
use second_factor::{
    Address, Challenge, Channel, Client, CodeRequest, Error, FactorKind, Keys, Message, Policy,
    Proof, Reason, Storage as _, Verified, block_on,
    delivery::Undelivered::{self, Misconfigured, Unavailable, Unknown, Unreachable},
    enrollment::Authority,
    host::Event,
    policy::{PolicyBuilder, Route, UnsafePolicy},
    purpose::Operation,
    sans_io::Settled,
    status::WhatsApp,
    storage::Swap,
};

const ALL: [(Channel, Duration); 3] = [
    (Channel::Sms, Duration::from_secs(60)),
    (Channel::WhatsApp, Duration::from_secs(40)),
    (Channel::Voice, Duration::from_secs(60)),
];
const LOST: Result<(), Undelivered> = Err(Unreachable);

/// A subject with a number that allows WhatsApp messages, under this route.
async fn over(route: &[(Channel, Duration)]) -> (World, App) {
    let world = World::with(roomy().route(route).build().unwrap());
    let (app, verified) = world.with_app().await;
    let _ = world.with_phone(&verified).await;
    set_whatsapp(&world, &verified, WhatsApp::Allowed).await;
    world.clock.advance(60);
    let _ = (codes(&world), world.log.take());
    (world, app)
}

/// Budgets that no test here uses up.
fn roomy() -> PolicyBuilder {
    Policy::builder().address_sends(16, 24).subject_sends(20, 40)
}

async fn set_whatsapp(world: &World, authority: impl Into<Authority>, setting: WhatsApp) {
    let number = item_of(world, FactorKind::Phone).await;
    world.verifier.set_whatsapp(authority, &number, setting).await.unwrap();
}

/// The messages with codes, the oldest first.
fn codes(world: &World) -> Vec<Message> {
    let mut messages = world.phone.take_all();
    messages.retain(|message| message.code().is_some());
    messages
}

/// The channels of the codes received.
fn channels(world: &World) -> Vec<Channel> {
    codes(world).iter().map(Message::channel).collect()
}

async fn challenge(world: &World) -> Challenge {
    let number = item_of(world, FactorKind::Phone).await;
    world.verifier.send_code(&world.alice, &number).await.unwrap()
}

async fn enter(world: &World, to: &Challenge, message: &Message) -> Result<Verified, Error> {
    let typed = message.code().unwrap().expose().to_owned();
    world.verifier.verify(&world.alice, Proof::sent_code(to, &typed)).await
}

async fn report(
    world: &World,
    message: &Message,
    outcome: Result<(), Undelivered>,
) -> Option<Challenge> {
    world.verifier.operations().delivery_report(message.reference(), outcome).await.unwrap()
}

#[test]
fn unreachable_channel_falls_back_at_once() {
    block_on(async {
        let (world, _) = over(&ALL).await;
        world.phone.fail_by(Channel::Sms, Some(Unreachable));
        let sent = challenge(&world).await;
        assert_eq!(sent.channel(), Some(Channel::WhatsApp), "the page shows the channel");
        let came = codes(&world);
        assert_eq!(came.iter().map(Message::channel).collect::<Vec<_>>(), [Channel::WhatsApp]);
        assert!(enter(&world, &sent, &came[0]).await.is_ok());
        world.phone.fail_by(Channel::WhatsApp, Some(Unreachable));
        let sent = challenge(&world).await;
        assert_eq!(
            (sent.channel(), channels(&world)),
            (Some(Channel::Voice), vec![Channel::Voice])
        );
    });
}

#[test]
fn exhausted_route_reports_the_last_reason() {
    block_on(async {
        let (world, _) = over(&ALL).await;
        world.phone.fail_with(Some(Unreachable));
        let answer =
            world.verifier.send_code(&world.alice, CodeRequest::to_address(&world.number)).await;
        assert!(answer.as_ref().is_err_and(|error| error.retry_at().is_some()));
        let Err(Error::Undelivered { challenge, why: Unreachable, .. }) = answer else {
            panic!("{answer:?}")
        };
        assert_eq!(challenge.channel(), Some(Channel::Voice));
        let failed = world.log.take();
        let tries = failed.iter().filter(|event| **event == Event::CodeNotSent(Operation::SignIn));
        assert_eq!(tries.count(), 3);
    });
}

#[test]
fn temporary_or_unknown_failures_do_not_fall_back() {
    for why in [Misconfigured, Unavailable, Unknown] {
        block_on(async {
            let (world, _) = over(&ALL).await;
            world.phone.fail_by(Channel::Sms, Some(why));
            let _ = world
                .verifier
                .send_code(&world.alice, CodeRequest::to_address(&world.number))
                .await;
            assert!(!channels(&world).contains(&Channel::WhatsApp), "{why:?}");
        });
    }
}

#[test]
fn report_of_a_lost_code_falls_back_once() {
    block_on(async {
        let (world, _) = over(&ALL).await;
        let sent = challenge(&world).await;
        let first = codes(&world).remove(0);
        let moved = report(&world, &first, LOST).await.unwrap();
        assert_eq!(moved.handle(), sent.handle(), "the handle stays the same");
        for _ in 0..3 {
            assert!(
                report(&world, &first, LOST).await.is_none(),
                "a repeated report sends nothing"
            );
        }
        let came = codes(&world);
        assert_eq!(came.len(), 1);
        assert_eq!(came[0].channel(), Channel::WhatsApp);
        assert_eq!(reason(enter(&world, &sent, &first).await), Reason::Superseded);
        assert!(enter(&world, &sent, &came[0]).await.is_ok());
        assert!(world.log.take().contains(&Event::CodeLost));
    });
}

#[test]
fn reports_fall_back_to_the_end_of_the_route() {
    block_on(async {
        let (world, _) = over(&ALL).await;
        let sent = challenge(&world).await;
        let mut last = codes(&world).remove(0);
        for next in [Channel::WhatsApp, Channel::Voice] {
            assert!(report(&world, &last, LOST).await.is_some());
            last = codes(&world).remove(0);
            assert_eq!(last.channel(), next);
        }
        assert!(report(&world, &last, LOST).await.is_none());
        assert!(channels(&world).is_empty());
        assert!(
            enter(&world, &sent, &last).await.is_ok(),
            "the last code stays valid, as it may have arrived"
        );
    });
}

#[test]
fn forged_reference_is_ignored() {
    block_on(async {
        let (world, _) = over(&ALL).await;
        let _ = challenge(&world).await;
        let real = codes(&world).remove(0);
        let changed = not(real.reference());
        for text in ["", "x", &changed, &real.reference()[1..], &"A".repeat(100_000)] {
            assert!(
                world.verifier.operations().delivery_report(text, LOST).await.unwrap().is_none()
            );
        }
        assert!(channels(&world).is_empty());
        assert!(real.reference().len() <= 100, "carriers accept no more");
        let is_plain = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
        assert!(real.reference().chars().all(is_plain));
    });
}

#[test]
fn failure_030_fallback_of_a_registration_uses_its_own_budget() {
    block_on(async {
        let (world, _) = over(&[
            (Channel::Sms, Duration::from_secs(60)),
            (Channel::Voice, Duration::from_secs(60)),
        ])
        .await;
        let (alice, number) = (&world.alice, &world.number);
        let mut sent = 0;
        // However many codes strangers request, the owner's own sends remain.
        while sent < 12 {
            match world.verifier.send_code(alice, CodeRequest::register(number)).await {
                Ok(_) => {
                    let first = codes(&world).pop().unwrap();
                    sent += 1 + usize::from(report(&world, &first, LOST).await.is_some());
                }
                Err(error) => world.clock.set(error.retry_at().unwrap().as_secs()),
            }
            let _ = codes(&world);
        }
        let keys = Keys::new(ROOT);
        let record = world.store.load(&keys.subject_record(alice)).await.unwrap();
        let policy = Policy::default();
        let subject = opened(&keys, &policy, alice, record.as_ref(), world.clock.time());
        assert!(subject.plan(&CodeRequest::to_address(number), [1; 16]).is_ok());
    });
}

#[test]
fn storage_failure_during_fallback_is_returned() {
    for good in 0..4 {
        block_on(async {
            let store = Watched::default();
            let policy = Policy::builder().route(&ALL).build().unwrap();
            let world = crate::support::World::over(store.clone(), policy);
            let _ = world.with_phone(&world.alice).await;
            world.clock.advance(60);
            let _ = world
                .verifier
                .send_code(&world.alice, CodeRequest::to_address(&world.number))
                .await;
            let message = world.phone.take().unwrap();
            store.fail_after(good, Fault::Before);
            let answer =
                world.verifier.operations().delivery_report(message.reference(), LOST).await;
            assert!(matches!(answer, Err(Error::Storage(_))), "{good}: {answer:?}");
        });
    }
}

#[test]
fn overdue_message_has_no_next_deadline() {
    block_on(async {
        let (world, _) = over(&ALL).await;
        let _ = challenge(&world).await;
        let (keys, policy) = (Keys::new(ROOT), roomy().route(&ALL).build().unwrap());
        let record = world.store.load(&keys.subject_record(&world.alice)).await.unwrap();
        let due = |secs| {
            let now = world.clock.time().plus(secs);
            let subject = opened(&keys, &policy, &world.alice, record.as_ref(), now);
            let count = subject.overdue().len();
            match subject.advance().unwrap().settle(Swap::Conflict) {
                Settled::Done { outcome, .. } => (count, outcome.unwrap()),
                _ => panic!("there is nothing to write"),
            }
        };
        assert_eq!(due(59), (0, Some(world.clock.time().plus(60))));
        assert_eq!(due(60), (1, None));
    });
}

#[test]
fn channel_timeout_falls_back_by_timer() {
    block_on(async {
        let (world, _) = over(&ALL).await;
        let (verifier, alice) = (&world.verifier, &world.alice);
        assert_eq!(verifier.operations().advance(alice).await.unwrap(), None, "nothing was sent");
        let sent = challenge(&world).await;
        let begun = world.clock.time();
        let mut seen = channels(&world);
        assert_eq!(verifier.operations().advance(alice).await.unwrap(), Some(begun.plus(60)));
        world.clock.set(begun.as_secs() + 59);
        assert_eq!(verifier.operations().advance(alice).await.unwrap(), Some(begun.plus(60)));
        world.clock.set(begun.as_secs() + 60);
        assert_eq!(verifier.operations().advance(alice).await.unwrap(), Some(begun.plus(100)));
        assert_eq!(
            verifier.operations().advance(alice).await.unwrap(),
            Some(begun.plus(100)),
            "once"
        );
        world.clock.set(begun.as_secs() + 100);
        assert_eq!(verifier.operations().advance(alice).await.unwrap(), None, "no channel is left");
        let came = codes(&world);
        seen.extend(came.iter().map(Message::channel));
        assert_eq!(seen, [Channel::Sms, Channel::WhatsApp, Channel::Voice]);
        assert!(enter(&world, &sent, came.last().unwrap()).await.is_ok());
    });
}

#[test]
fn delivered_converted_or_expired_code_has_no_fallback() {
    block_on(async {
        let (world, _) = over(&ALL).await;
        let (verifier, alice) = (&world.verifier, &world.alice);
        let _ = challenge(&world).await;
        let message = codes(&world).remove(0);
        for _ in 0..2 {
            assert!(report(&world, &message, Ok(())).await.is_none());
        }
        world.clock.advance(60);
        assert_eq!(verifier.operations().advance(alice).await.unwrap(), None, "it arrived");

        let sent = challenge(&world).await;
        let message = codes(&world).remove(0);
        assert!(enter(&world, &sent, &message).await.is_ok());
        world.clock.advance(60);
        assert_eq!(verifier.operations().advance(alice).await.unwrap(), None, "it was converted");
        assert!(report(&world, &message, LOST).await.is_none());
        assert!(report(&world, &message, Ok(())).await.is_none());

        let _ = challenge(&world).await;
        let message = codes(&world).remove(0);
        world.clock.advance(301);
        assert_eq!(verifier.operations().advance(alice).await.unwrap(), None, "it has expired");
        world.clock.advance(300);
        assert!(report(&world, &message, LOST).await.is_none());
        assert!(channels(&world).is_empty());
    });
}

#[test]
fn delivered_code_reported_lost_later_has_no_fallback() {
    block_on(async {
        let (world, _) = over(&ALL).await;
        let sent = challenge(&world).await;
        let message = codes(&world).remove(0);
        let _ = report(&world, &message, Ok(())).await;
        let _ = world.log.take();
        assert!(report(&world, &message, LOST).await.is_none());
        assert!(channels(&world).is_empty() && world.log.take().is_empty());
        assert!(enter(&world, &sent, &message).await.is_ok());
    });
}

#[test]
fn locked_enrollment_has_no_fallback() {
    block_on(async {
        let (world, app) = over(&ALL).await;
        let other = Address::phone("+14155550142").unwrap();
        let permission = crate::support::fresh_for(&world, &app, Operation::Manage).await;
        let sent = world.verifier.enroll_address(&permission, &other).await.unwrap();
        let message = codes(&world).remove(0);
        for _ in 0..5 {
            let _ = world.verifier.confirm(&world.alice, &sent, "000000").await;
        }
        assert!(report(&world, &message, LOST).await.is_none());
        assert!(channels(&world).is_empty());
    });
}

#[test]
fn delivery_report_of_an_earlier_code_covers_no_later_one() {
    block_on(async {
        let (world, _) = over(&ALL).await;
        let sent = challenge(&world).await;
        let message = codes(&world).remove(0);
        let _ = report(&world, &message, Ok(())).await;
        world.clock.advance(30);
        let _ = world.verifier.send_code(&world.alice, CodeRequest::again(&sent)).await.unwrap();
        let again = world.clock.time();
        assert_eq!(
            world.verifier.operations().advance(&world.alice).await.unwrap(),
            Some(again.plus(60))
        );
    });
}

#[test]
fn whatsapp_is_skipped_without_the_owners_consent() {
    block_on(async {
        let world = World::with(roomy().route(&ALL).build().unwrap());
        let (_, verified) = world.with_app().await;
        let _ = world.with_phone(&verified).await;
        world.clock.advance(60);
        let _ = codes(&world);
        let sent = challenge(&world).await;
        let first = codes(&world).remove(0);
        assert!(sent.alternatives().iter().all(|way| way.channel() == Channel::Voice));
        let _ = report(&world, &first, LOST).await.unwrap();
        assert_eq!(channels(&world), [Channel::Voice]);
    });
}

#[test]
fn route_may_begin_with_whatsapp_where_it_is_allowed() {
    block_on(async {
        let route =
            [(Channel::WhatsApp, Duration::from_secs(30)), (Channel::Sms, Duration::from_secs(60))];
        let (world, app) = over(&route).await;
        let _ = challenge(&world).await;
        assert_eq!(channels(&world), [Channel::WhatsApp]);
        let (registering, _) = registration::send(&world).await.unwrap();
        assert_eq!(registering.channel(), Some(Channel::Sms), "its owner is not proven yet");
        let permission = crate::support::fresh_for(&world, &app, Operation::Manage).await;
        let sent = challenge(&world).await;
        assert_eq!(sent.channel(), Some(Channel::WhatsApp));
        set_whatsapp(&world, &permission, WhatsApp::Forbidden).await;
        let _ = codes(&world);
        world.clock.set(sent.resend_at().unwrap().as_secs());
        let void = world.verifier.send_code(&world.alice, CodeRequest::again(&sent)).await.unwrap();
        assert!(channels(&world).is_empty(), "codes sent by WhatsApp are void");
        world.clock.set(void.resend_at().unwrap().as_secs());
        let sent = challenge(&world).await;
        assert_eq!((sent.channel(), channels(&world)), (Some(Channel::Sms), vec![Channel::Sms]));
        // An unproven address starts with a text message.
        let other = Address::phone("+14155550142").unwrap();
        world.clock.advance(60);
        let permission = crate::support::fresh_for(&world, &app, Operation::Manage).await;
        let _ = world.verifier.enroll_address(&permission, &other).await.unwrap();
        assert_eq!(channels(&world), [Channel::Sms]);
    });
}

#[test]
fn failure_095_voice_call_is_never_the_first_channel() {
    block_on(async {
        let (world, _) = over(&[(Channel::Sms, Duration::from_secs(60))]).await;
        let by_voice = world
            .verifier
            .send_code(&world.alice, CodeRequest::to_address(&world.number).by(Channel::Voice));
        let decoy = by_voice.await.unwrap();
        assert!(channels(&world).is_empty(), "it looks like any other");
        world.clock.set(decoy.resend_at().unwrap().as_secs());
        let sent = challenge(&world).await;
        assert_eq!(channels(&world), [Channel::Sms]);
        let times: Vec<_> =
            sent.alternatives().iter().map(|way| (way.channel(), way.available_at())).collect();
        let next = sent.resend_at().unwrap();
        assert_eq!(times, [(Channel::WhatsApp, next), (Channel::Voice, next)]);
        world.clock.set(next.as_secs());
        let called = world
            .verifier
            .send_code(&world.alice, CodeRequest::again(&sent).by(Channel::Voice))
            .await
            .unwrap();
        let call = codes(&world).remove(0);
        assert_eq!((call.channel(), called.channel()), (Channel::Voice, Some(Channel::Voice)));
        assert!(enter(&world, &sent, &call).await.is_ok());
    });
    let voice_first = Policy::builder().route(&[
        (Channel::Voice, Duration::from_secs(60)),
        (Channel::Sms, Duration::from_secs(60)),
    ]);
    assert_eq!(voice_first.build().unwrap_err(), UnsafePolicy::Route);
}

#[test]
fn registration_offers_a_call_and_hides_whatsapp() {
    block_on(async {
        let (world, _) = over(&ALL).await;
        let (sent, _) = registration::send(&world).await.unwrap();
        let ways: Vec<Channel> = sent.alternatives().iter().map(|way| way.channel()).collect();
        assert_eq!(ways, [Channel::Voice]);
        world.clock.set(sent.resend_at().unwrap().as_secs());
        let _ = world
            .verifier
            .send_code(&world.alice, CodeRequest::again(&sent).by(Channel::Voice))
            .await
            .unwrap();
        let call = codes(&world).remove(0);
        assert_eq!(call.channel(), Channel::Voice);
        let typed = call.code().unwrap().expose().to_owned();
        assert!(registration::answer(&world, &sent, &typed).await.is_ok());
    });
}

#[test]
fn fallback_code_is_bound_to_the_requesting_client() {
    block_on(async {
        let (world, _) = over(&ALL).await;
        let client = || Client::new("the browser that asked").unwrap();
        let here = world.verifier.for_client(client());
        let sent =
            here.send_code(&world.alice, CodeRequest::to_address(&world.number)).await.unwrap();
        let first = codes(&world).remove(0);
        assert!(report(&world, &first, LOST).await.is_some());
        let second = codes(&world).remove(0);
        assert_eq!(reason(enter(&world, &sent, &second).await), Reason::OtherClient);
        let typed = second.code().unwrap().expose().to_owned();
        assert!(here.verify(&world.alice, Proof::sent_code(&sent, &typed)).await.is_ok());
    });
}

#[test]
fn every_channel_uses_the_same_budget() {
    block_on(async {
        let policy = Policy::builder().route(&ALL).subject_sends(6, 6).build().unwrap();
        let world = World::with(policy);
        let (_, verified) = world.with_app().await;
        let _ = world.with_phone(&verified).await;
        set_whatsapp(&world, &verified, WhatsApp::Allowed).await;
        world.clock.advance(60);
        let _ = codes(&world);
        let _ = challenge(&world).await;
        let first = codes(&world).remove(0);
        assert!(report(&world, &first, LOST).await.is_some(), "it is the third send");
        let second = codes(&world).remove(0);
        assert!(report(&world, &second, LOST).await.is_none(), "the budget is used up");
        assert!(channels(&world).is_empty());
    });
}

#[test]
fn report_of_a_cancelled_code_sends_nothing() {
    block_on(async {
        let (world, _) = over(&ALL).await;
        let stranger = world.verifier.for_client(Client::new("an attacker's browser").unwrap());
        let _ =
            stranger.send_code(&world.alice, CodeRequest::to_address(&world.number)).await.unwrap();
        let message = codes(&world).remove(0);
        world.verifier.report_unrequested(&world.alice).await.unwrap();
        assert!(report(&world, &message, LOST).await.is_none());
        assert!(channels(&world).is_empty());
    });
}

#[test]
fn route_requires_one_to_three_distinct_phone_channels() {
    let refused = |route: &[(Channel, Duration)]| {
        assert_eq!(roomy().route(route).build().unwrap_err(), UnsafePolicy::Route);
    };
    refused(&[]);
    refused(&[(Channel::Email, Duration::from_secs(60))]);
    refused(&[(Channel::Push, Duration::from_secs(60))]);
    refused(&[(Channel::Sms, Duration::from_secs(60)), (Channel::Sms, Duration::from_secs(60))]);
    refused(&[(Channel::Sms, Duration::from_secs(9))]);
    refused(&[(Channel::Sms, Duration::from_secs(301))]);
    refused(&[(Channel::Sms, Duration::from_secs(60)); 4]);
    let policy = Policy::builder().route(&ALL).build().unwrap();
    assert!(policy.route().steps().eq(ALL));
    assert!(Route::default().steps().all(|(channel, _)| channel != Channel::Voice));
}

#[test]
fn late_failure_unrelated_to_the_number_has_no_fallback() {
    for why in [Misconfigured, Unavailable, Undelivered::Unknown] {
        block_on(async {
            let (world, _) = over(&ALL).await;
            let _ = challenge(&world).await;
            let message = codes(&world).remove(0);
            assert!(report(&world, &message, Err(why)).await.is_none());
            assert!(channels(&world).is_empty());
            let is_lost = world.log.take().contains(&Event::CodeLost);
            assert_eq!(is_lost, why != Unknown, "{why:?}");
        });
    }
}
