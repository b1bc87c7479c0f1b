//! Budgets, countries and the guard for texted notices.

#![allow(clippy::unwrap_used, reason = "helpers of tests may panic")]

use crate::support::{
    App, ROOT, World, fresh, item_of, mail, prove,
    slow::{DAY, cheap},
};
use second_factor::{
    Address, Channel, FactorKind, FirstFactor, Keys, Policy, SubjectId, Verified, Verifier,
    block_on,
    host::{Event, SendContext, SendDecision, SendGuard, WhenUnknown},
    message::Content,
    policy::Countries,
    status::WhatsApp,
    testkit::SeededEntropy,
};

/// The notices by text message since the last call.
fn texts(world: &World) -> Vec<Event> {
    let messages = core::iter::from_fn(|| world.phone.take());
    let texts = messages.filter(|message| message.channel() == Channel::Sms);
    let notices = texts.filter_map(|message| match message.content() {
        Content::Notice(event) => Some(event.clone()),
        _ => None,
    });
    notices.collect()
}

/// Switches WhatsApp on and off.
async fn toggle(world: &World, verified: &Verified, times: usize) {
    let number = item_of(world, FactorKind::Phone).await;
    for at in 0..times {
        let setting = if at % 2 == 0 { WhatsApp::Allowed } else { WhatsApp::Forbidden };
        world.verifier.set_whatsapp(verified, &number, setting).await.unwrap();
    }
}

/// The finding: 3,000 texts by as many toggles at one instant, and 1,500 by 500 devices.
#[test]
fn finding_a01_one_proof_causes_few_texts() {
    block_on(async {
        let world = World::with(cheap());
        let (app, verified) = world.with_app().await;
        let _ = world.with_phone(&verified).await;
        let _ = texts(&world);
        let verified = fresh(&world, &app).await;
        toggle(&world, &verified, 3000).await;
        let sent = texts(&world).len();
        assert!((1..=3).contains(&sent), "{sent}: half of five, since it is routine");
        let waits = world.log.take();
        assert!(waits.iter().any(|event| matches!(event, Event::NoticeWaits { .. })));
        // The other half is left for what is serious.
        let _ = world.verifier.sign_out_everywhere(&verified).await.unwrap();
        assert_eq!(texts(&world), [Event::SignedOutEverywhere]);
        let mut times = vec![world.clock.time(); sent + 1];
        for _ in 0..4 * 48 {
            world.clock.advance(900);
            let verified = fresh(&world, &app).await;
            let _ = world.verifier.sign_out_everywhere(&verified).await.unwrap();
            let _ = world.verifier.deliver_pending(&world.alice).await.unwrap();
            times.extend(texts(&world).iter().map(|_| world.clock.time()));
        }
        assert!(times.len() > 15, "{times:?}");
        for (most, secs) in [(5, 3600), (10, DAY)] {
            let spans = times.windows(most + 1).map(|span| span[most].since(span[0]));
            assert!(spans.min().is_none_or(|least| least >= secs), "{most} in {secs} s: {times:?}");
        }
    });
}

#[test]
fn finding_a01_number_has_a_budget_over_all_subjects() {
    block_on(async {
        let world = World::with(cheap());
        let mut all = 0;
        for at in 0..12 {
            let subject = SubjectId::new(format!("subject-{at}")).unwrap();
            let other = World { alice: subject, ..world_like(&world) };
            let (app, verified) = other.with_app().await;
            let sent = other.verifier.enroll_address(&verified, &other.number).await;
            let Ok(sent) = sent else { break };
            let code = other.read_code();
            let _ = other.verifier.confirm(&other.alice, &sent, &code).await.unwrap();
            let verified = fresh(&other, &app).await;
            let _ = other.verifier.sign_out_everywhere(&verified).await.unwrap();
            all += texts(&other).len();
        }
        assert_eq!(all, 5, "an hour");
    });
}

/// Emails cost little, but a flood of them buries the one that matters.
#[test]
fn finding_a01_one_proof_causes_few_emails() {
    block_on(async {
        let world = World::with(cheap());
        let (app, verified) = world.with_settled_app().await;
        let _ = world.with_phone(&verified).await;
        let verified = fresh(&world, &app).await;
        let _ = prove(&world, &verified, &mail()).await.unwrap();
        let _ = (world.notices(), world.log.take());
        let mailed =
            |world: &World| world.notices().into_iter().filter(|(_, to)| *to == mail()).count();
        let verified = fresh(&world, &app).await;
        toggle(&world, &verified, 300).await;
        let sent = mailed(&world);
        assert!((8..=10).contains(&sent), "{sent}: half of twenty, since it is routine");
        assert!(world.log.take().iter().any(|event| matches!(event, Event::NoticeWaits { .. })));
        // The other half is left for what is serious.
        let _ = world.verifier.sign_out_everywhere(&verified).await.unwrap();
        assert_eq!(mailed(&world), 1);
        let mut times = vec![world.clock.time(); sent + 1];
        for _ in 0..3 * 24 * 12 {
            world.clock.advance(300);
            let verified = fresh(&world, &app).await;
            let _ = world.verifier.sign_out_everywhere(&verified).await.unwrap();
            times.extend((0..mailed(&world)).map(|_| world.clock.time()));
        }
        assert!(times.len() > 100, "{}", times.len());
        for (most, secs) in [(20, 3600), (60, DAY)] {
            let spans = times.windows(most + 1).map(|span| span[most].since(span[0]));
            assert!(spans.min().is_none_or(|least| least >= secs), "{most} in {secs} s: {times:?}");
        }
    });
}

#[test]
fn finding_a01_mailbox_has_a_budget_over_all_subjects() {
    block_on(async {
        let world = World::with(cheap());
        let mut all = 0;
        for at in 0..40 {
            let alice = SubjectId::new(format!("subject-{at}")).unwrap();
            let number = Address::phone(&format!("+1415{at:03}0100")).unwrap();
            let other = World { alice, number, ..world_like(&world) };
            let (app, verified) = other.with_app().await;
            let sent = other.verifier.enroll_address(&verified, &mail()).await;
            // The codes have a budget too.
            let Ok(sent) = sent else { continue };
            let code = other.read_code();
            let _ = other.verifier.confirm(&other.alice, &sent, &code).await.unwrap();
            for _ in 0..10 {
                let verified = fresh(&other, &app).await;
                let _ = other.verifier.sign_out_everywhere(&verified).await.unwrap();
            }
            all += other.notices().into_iter().filter(|(_, to)| *to == mail()).count();
        }
        assert_eq!(all, 20, "an hour");
    });
}

/// An attacker with many numbers of one range earns from notices too.
#[test]
fn finding_a01_prefix_has_a_budget_of_notices() {
    block_on(async {
        let policy = Policy::builder().danger_cheap_hashes().prefix_sends(96, 240).build().unwrap();
        let world = World::with(policy);
        let (mut all, mut codes) = (0, 0);
        for at in 0..80 {
            let alice = SubjectId::new(format!("subject-{at}")).unwrap();
            let number = Address::phone(&format!("+1415555{at:04}")).unwrap();
            let other = World { alice, number, ..world_like(&world) };
            let (app, verified) = other.with_app().await;
            // Every code is converted, so that the budget of codes is not used up.
            let Ok(sent) = other.verifier.enroll_address(&verified, &other.number).await else {
                continue;
            };
            codes += 1;
            let code = other.read_code();
            let _ = other.verifier.confirm(&other.alice, &sent, &code).await.unwrap();
            for _ in 0..5 {
                let verified = fresh(&other, &app).await;
                let _ = other.verifier.sign_out_everywhere(&verified).await.unwrap();
            }
            all += texts(&other).len();
        }
        assert!(codes > 70, "{codes}");
        // The periods of its eight records begin at different times.
        assert!((30..=240).contains(&all), "{all}, and 400 without it");
    });
}

/// Another handle of the same world.
fn world_like(world: &World) -> World {
    World {
        store: world.store.clone(),
        clock: world.clock.clone(),
        phone: world.phone.clone(),
        log: world.log.clone(),
        verifier: world.verifier.clone(),
        alice: world.alice.clone(),
        number: world.number.clone(),
    }
}

#[test]
fn finding_a01_notices_obey_the_list_of_countries() {
    block_on(async {
        let world = World::with(cheap());
        let (app, verified) = world.with_app().await;
        let _ = world.with_phone(&verified).await;
        let verified = fresh(&world, &app).await;
        let _ = (texts(&world), world.log.take());
        let policy = Policy::builder()
            .danger_cheap_hashes()
            .countries(Countries::only(&["+44"]).unwrap())
            .build()
            .unwrap();
        let elsewhere = world.verifier.under(&policy);
        let _ = elsewhere.sign_out_everywhere(&verified).await.unwrap();
        assert!(texts(&world).is_empty());
        let lost = Event::NoticeNotSent {
            event: "signed_out_everywhere",
            address: Some(world.number.masked()),
        };
        let reported = world.log.take_occurrences();
        assert!(reported.iter().any(|one| *one.event() == lost));
        let out = reported.iter().find(|one| *one.event() == Event::SignedOutEverywhere).unwrap();
        assert!(out.lacks_notice(), "the application must notify the user");
    });
}

#[derive(Clone, Copy)]
struct Fixed(SendDecision);

impl SendGuard for Fixed {
    async fn advise(&self, asked: &SendContext<'_>) -> SendDecision {
        if asked.purpose().is_none() { self.0 } else { SendDecision::Send }
    }
}

#[test]
fn finding_a01_notices_pass_the_guard() {
    let lost = ("notice_not_sent", 0);
    for (decision, unknown, (reported, sent)) in [
        (SendDecision::Send, WhenUnknown::Refuse, ("signed_out_everywhere", 1)),
        (SendDecision::Refuse, WhenUnknown::Refuse, lost),
        (SendDecision::SimSwapped, WhenUnknown::Refuse, lost),
        (SendDecision::Unknown, WhenUnknown::Send, ("signed_out_everywhere", 1)),
        (SendDecision::Unknown, WhenUnknown::Refuse, ("notice_waits", 0)),
    ] {
        block_on(async {
            let mut world = World::with(cheap());
            let (store, phone) = (world.store.clone(), world.phone.clone());
            world.verifier = Verifier::builder("Example", store, phone, Keys::new(ROOT))
                .first_factor(FirstFactor::Password)
                .policy(cheap())
                .clock(world.clock.clone())
                .entropy(SeededEntropy::new(4))
                .listener(world.log.clone())
                .send_guard(Fixed(decision), unknown)
                .build()
                .unwrap();
            let (app, verified) = world.with_app().await;
            let _ = world.with_phone(&verified).await;
            let verified = fresh(&world, &app).await;
            world.clock.advance(60);
            let _ = (texts(&world), world.log.take());
            let _ = world.verifier.sign_out_everywhere(&verified).await.unwrap();
            assert_eq!(texts(&world).len(), sent, "{decision:?}");
            let events = world.log.take();
            assert!(events.iter().any(|event| event.name() == reported), "{events:?}");
        });
    }
}

/// A mailbox costs little. It is notified of everything, and the number of what is serious.
#[test]
fn routine_change_is_not_texted_if_there_is_a_mailbox() {
    block_on(async {
        let world = World::with(cheap());
        let (app, verified) = world.with_app().await;
        let _ = world.with_phone(&verified).await;
        world.clock.advance(2 * DAY);
        let verified = fresh(&world, &app).await;
        let _ = prove(&world, &verified, &mail()).await.unwrap();
        let _ = world.notices();
        toggle(&world, &verified, 1).await;
        let notified: Vec<Address> = world.notices().into_iter().map(|(_, to)| to).collect();
        assert_eq!(notified, [mail()]);
        let _ = world.verifier.sign_out_everywhere(&verified).await.unwrap();
        let mut notified: Vec<Address> = world.notices().into_iter().map(|(_, to)| to).collect();
        notified.sort_by_key(|to| *to == mail());
        assert_eq!(notified, [world.number.clone(), mail()]);
    });
}

/// Each call at the returned time sends something.
#[test]
fn notice_is_sent_at_the_time_returned_for_it() {
    // The budget of an hour is used up by this subject, or by another one with the same number.
    for is_by_another in [false, true] {
        block_on(async {
            let world = World::with(cheap());
            let (app, verified) = world.with_app().await;
            let _ = world.with_phone(&verified).await;
            world.clock.advance(2 * DAY);
            let another = SubjectId::new("another").unwrap();
            let another = World { alice: another, ..world_like(&world) };
            if is_by_another {
                let (app, verified) = another.with_app().await;
                let _ = another.with_phone(&verified).await;
                use_up_texts(&another, &app).await;
            } else {
                use_up_texts(&world, &app).await;
            }
            let verified = fresh(&world, &app).await;
            let _ = world.verifier.new_backup_codes(&verified).await.unwrap();
            let _ = world.verifier.sign_out_everywhere(&verified).await.unwrap();
            assert_eq!(texts(&world), [], "there is no room");
            let mut calls = 0;
            while let Some(at) = world.verifier.deliver_pending(&world.alice).await.unwrap() {
                assert_eq!(calls == 0, texts(&world).is_empty(), "call {calls}");
                world.clock.set(at.as_secs());
                calls += 1;
            }
            assert_eq!((calls, texts(&world).len()), (2, 1));
        });
    }
}

/// Signs out everywhere, every two minutes, until no text is sent.
async fn use_up_texts(world: &World, app: &App) {
    let _ = texts(world);
    loop {
        world.clock.advance(120);
        let verified = fresh(world, app).await;
        let _ = world.verifier.sign_out_everywhere(&verified).await.unwrap();
        if texts(world).is_empty() {
            break;
        }
    }
}
