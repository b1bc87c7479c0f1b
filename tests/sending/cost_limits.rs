//! Limits on cost: phone prefixes, countries, the send guard.

#![allow(clippy::unwrap_used, reason = "helpers of tests may panic")]

use alloc::sync::Arc;
use core::{
    net::IpAddr,
    sync::atomic::{AtomicUsize, Ordering},
    time::Duration,
};
use std::{sync::Mutex, thread};

use crate::support::answer::Prove as _;
use crate::support::{NOON, ROOT, World, reason, watched::Watched};
use second_factor::{
    Address, Challenge, Channel, Client, CodeRequest, Error, FirstFactor, Keys, MemoryStorage,
    Policy, Reason, SubjectId, Verifier, block_on,
    enrollment::Import,
    host::{Event, SendContext, SendDecision, SendGuard, WhenUnknown},
    policy::{Countries, UnsafePolicy},
    purpose::Operation,
    testkit::{EventLog, ManualClock, MessageLog},
};

/// One of ten thousand numbers with the same prefix.
fn number(at: usize) -> Address {
    Address::phone(&format!("+1415555{at:04}")).unwrap()
}

fn subject(at: usize) -> SubjectId {
    SubjectId::new(format!("subject-{at}")).unwrap()
}

/// A new subject claims a number and has a code sent to it.
async fn claim(world: &World, at: usize) -> Result<Challenge, Error> {
    world.verifier.enroll_address(&subject(at), &number(at)).await
}

/// The same, and enters the code.
async fn prove(world: &World, at: usize) {
    let sent = claim(world, at).await.unwrap();
    let code = world.read_code();
    let _ = world.verifier.confirm(&subject(at), &sent, &code).await.unwrap();
}

#[test]
fn failure_091_prefix_budget_stops_a_hundred_numbers() {
    block_on(async {
        let world = World::new();
        let mut refused = 0;
        for at in 0..100 {
            if let Err(error) = claim(&world, at).await {
                assert_eq!(error.denial().unwrap().reason(), Reason::PrefixSendLimit);
                assert_eq!(error.retry_at().unwrap().as_secs(), NOON + 3600);
                refused += 1;
            }
        }
        let sent = world.codes();
        assert_eq!(sent + refused, 100);
        // Unproven numbers share half of 96, spread over eight records: six each.
        assert!((40..=48).contains(&sent), "{sent} were sent");
        let stopped = world.log.take().into_iter().filter(|event| *event == Event::PrefixStopped);
        assert_eq!(stopped.count(), refused);
        // Other prefixes are unaffected.
        let other = Address::phone("+14155560100").unwrap();
        assert!(world.verifier.enroll_address(&subject(100), &other).await.is_ok());
    });
}

#[test]
fn failure_091_prefix_budget_refills_hourly_up_to_the_daily_cap() {
    block_on(async {
        let world = World::new();
        let mut sent = 0;
        for hour in 0..24 {
            world.clock.set(NOON + hour * 3600);
            for at in 0..100 {
                sent += usize::from(
                    claim(&world, at + 100 * usize::try_from(hour).unwrap()).await.is_ok(),
                );
            }
        }
        // Half of 240, in eight records: fifteen each.
        assert_eq!(sent, 120);
    });
}

#[test]
fn converted_codes_extend_the_prefix_budget() {
    block_on(async {
        let world = World::new();
        for at in 0..200 {
            prove(&world, at).await;
        }
    });
}

#[test]
fn sign_in_and_registration_conversions_extend_the_budget() {
    block_on(async {
        let world = World::new();
        for at in 0..40 {
            let sent =
                world.verifier.send_code(&subject(at), CodeRequest::register(&number(at))).await;
            let (sent, code) = (sent.unwrap(), world.read_code());
            let proof = second_factor::Proof::sent_code(&sent, &code);
            let _ =
                world.verifier.prove_for(&subject(at), Operation::Register, proof).await.unwrap();
        }
        for at in 40..120 {
            let import = Import::new().address(number(at)).unwrap();
            world.verifier.operations().import(&subject(at), import).await.unwrap();
            let sent =
                world.verifier.send_code(&subject(at), CodeRequest::to_address(&number(at))).await;
            let (sent, code) = (sent.unwrap(), world.read_code());
            let proof = second_factor::Proof::sent_code(&sent, &code);
            let _ = world.verifier.verify(&subject(at), proof).await.unwrap();
        }
    });
}

#[test]
fn unproven_numbers_use_at_most_half_of_a_prefix_budget() {
    block_on(async {
        let world = World::new();
        for at in 0..500 {
            let _ = claim(&world, at).await;
        }
        let before = world.codes();
        for at in 1000..1008 {
            let import = Import::new().address(number(at)).unwrap();
            world.verifier.operations().import(&subject(at), import).await.unwrap();
            let sent =
                world.verifier.send_code(&subject(at), CodeRequest::to_address(&number(at))).await;
            assert!(sent.is_ok(), "{sent:?} after {before}");
            let (sent, code) = (sent.unwrap(), world.read_code());
            let proof = second_factor::Proof::sent_code(&sent, &code);
            assert!(world.verifier.verify(&subject(at), proof).await.is_ok());
        }
    });
}

#[test]
fn email_addresses_have_no_prefix_budget() {
    block_on(async {
        let policy = Policy::builder().prefix_sends(8, 8).build().unwrap();
        let world = World::with(policy);
        for at in 0..100 {
            let mail = Address::email(&format!("a{at}@example.com")).unwrap();
            assert!(world.verifier.enroll_address(&subject(at), &mail).await.is_ok());
        }
    });
}

#[test]
fn prefix_limits_outside_bounds_are_refused() {
    for (an_hour, a_day, is_fine) in
        [(8, 8, true), (10_000, 10_000, true), (7, 8, false), (9, 8, false), (8, 10_001, false)]
    {
        let built = Policy::builder().prefix_sends(an_hour, a_day).build();
        assert_eq!(built.is_ok(), is_fine, "{an_hour} {a_day}");
        assert!(is_fine || built.unwrap_err() == UnsafePolicy::PrefixSends);
    }
}

#[test]
fn sign_in_succeeds_when_its_conversion_cannot_be_recorded() {
    block_on(async {
        let world = World::over(Watched::default(), Policy::default());
        let _ = world.with_phone(&world.alice).await;
        let (sent, code) = world.send_to(&world.number).await;
        // Two calls for the answer, then the conversion.
        world.store.fail_after(2, crate::support::watched::Fault::Before);
        assert!(world.try_code(&sent, &code).await.is_ok());
    });
}

#[test]
fn failure_091_fifty_concurrent_requests_at_a_budget_of_two() {
    let store = MemoryStorage::new();
    let policy = Policy::builder().address_sends(4, 4).build().unwrap();
    let (phone, shared) = (MessageLog::new(), Address::phone("+14155550100").unwrap());
    let verifier = Verifier::builder("Example", store, phone.clone(), Keys::new(ROOT))
        .first_factor(FirstFactor::Password)
        .policy(policy)
        .clock(ManualClock::at(NOON))
        .build()
        .unwrap();
    for at in 0..50 {
        let import = Import::new().address(shared.clone()).unwrap();
        block_on(verifier.operations().import(&subject(at), import)).unwrap();
    }
    let sent = AtomicUsize::new(0);
    thread::scope(|scope| {
        for at in 0..50 {
            let (verifier, shared, sent) = (verifier.clone(), &shared, &sent);
            scope.spawn(move || {
                // A caller that lost every round retries.
                loop {
                    match block_on(
                        verifier.send_code(&subject(at), CodeRequest::to_address(shared)),
                    ) {
                        Ok(_) => _ = sent.fetch_add(1, Ordering::Relaxed),
                        Err(Error::Busy) => continue,
                        Err(error) => {
                            assert_eq!(error.denial().unwrap().reason(), Reason::SendLimit)
                        }
                    }
                    break;
                }
            });
        }
    });
    assert_eq!(sent.into_inner(), 2);
    assert_eq!(core::iter::from_fn(|| phone.take()).count(), 2);
}

#[test]
fn failure_091_forbidden_country_receives_no_code() {
    block_on(async {
        let countries = Countries::only(&["+1"]).unwrap().except(&["+1876"]).unwrap();
        let world = World::with(Policy::builder().countries(countries).build().unwrap());
        let _ = world.with_phone(&world.alice).await;
        let abroad = Address::phone("+18765550100").unwrap();
        let import = Import::new().address(abroad.clone()).unwrap();
        world.verifier.operations().import(&subject(1), import).await.unwrap();

        let claimed = world.verifier.enroll_address(&subject(2), &abroad).await;
        assert_eq!(reason(claimed), Reason::NotAllowed);
        for (subject, purpose) in [
            (subject(1), Operation::SignIn), // its own number
            (subject(3), Operation::SignIn), // not its number
            (subject(1), Operation::Register),
        ] {
            let sent = world
                .verifier
                .send_code(&subject, CodeRequest::to_address(&abroad).purpose(purpose))
                .await;
            assert_eq!(reason(sent), Reason::NotAllowed);
        }
        assert_eq!(world.codes(), 0);
    });
}

#[test]
fn resend_to_a_newly_forbidden_country_is_refused() {
    block_on(async {
        let (store, clock, phone) =
            (MemoryStorage::new(), ManualClock::at(NOON), MessageLog::new());
        let verifier = |countries| {
            let policy = Policy::builder().countries(countries).build().unwrap();
            Verifier::builder("Example", store.clone(), phone.clone(), Keys::new(ROOT))
                .first_factor(FirstFactor::Password)
                .policy(policy)
                .clock(clock.clone())
                .build()
                .unwrap()
        };
        let before = verifier(Countries::all());
        let sent = before.enroll_address(&subject(1), &number(1)).await.unwrap();
        clock.advance(30);
        let after = verifier(Countries::only(&["+44"]).unwrap());
        assert_eq!(
            reason(after.send_code(&subject(1), CodeRequest::again(&sent)).await),
            Reason::NotAllowed
        );
        assert!(before.send_code(&subject(1), CodeRequest::again(&sent)).await.is_ok());
    });
}

/// A guard that returns one decision and records what it was asked.
#[derive(Clone)]
struct FixedGuard(SendDecision, Arc<Mutex<Vec<Asked>>>);

type Asked = (SubjectId, String, Option<Operation>, Option<IpAddr>, Duration);

impl SendGuard for FixedGuard {
    async fn advise(&self, asked: &SendContext<'_>) -> SendDecision {
        self.1.lock().unwrap().push((
            asked.subject().clone(),
            asked.address().expose().to_owned(),
            asked.purpose(),
            asked.network(),
            asked.deadline(),
        ));
        self.0
    }
}

/// A world whose guard returns `advice`; Alice has a phone.
struct Guarded {
    verifier: Verifier,
    clock: ManualClock,
    phone: MessageLog,
    log: EventLog,
    asked: Arc<Mutex<Vec<Asked>>>,
}

fn guarded(advice: SendDecision, unknown: WhenUnknown) -> Guarded {
    let (clock, phone, log) = (ManualClock::at(NOON), MessageLog::new(), EventLog::new());
    let says = FixedGuard(advice, Arc::default());
    let verifier =
        Verifier::builder("Example", MemoryStorage::new(), phone.clone(), Keys::new(ROOT))
            .first_factor(FirstFactor::Password)
            .clock(clock.clone())
            .listener(log.clone())
            .send_guard(says.clone(), unknown)
            .build()
            .unwrap();
    let import = Import::new().address(number(1)).unwrap();
    block_on(verifier.operations().import(&subject(1), import)).unwrap();
    let _ = log.take();
    Guarded { verifier, clock, phone, log, asked: says.1 }
}

#[test]
fn send_guard_decision_is_followed_and_reported() {
    use {SendDecision::*, WhenUnknown as When};
    let cases = [
        (Send, When::Refuse, None),
        (Unknown, When::Send, None),
        (Unknown, When::Refuse, Some((Reason::GuardRefused, Event::SendRefused))),
        (Refuse, When::Send, Some((Reason::GuardRefused, Event::SendRefused))),
        (SimSwapped, When::Send, Some((Reason::SimSwapped, Event::SimSwapped))),
    ];
    for (advice, unknown, refusal) in cases {
        let it = guarded(advice, unknown);
        let sent =
            block_on(it.verifier.send_code(&subject(1), CodeRequest::to_address(&number(1))));
        assert_eq!(it.phone.take().is_some(), refusal.is_none(), "{advice:?}");
        match refusal {
            None => assert!(sent.is_ok()),
            Some((why, event)) => {
                assert_eq!(reason(sent), why);
                assert_eq!(it.log.take(), [event]);
            }
        }
    }
}

#[test]
fn send_guard_is_asked_once_per_challenge_with_its_context() {
    block_on(async {
        let it = guarded(SendDecision::Send, WhenUnknown::Refuse);
        let client = Client::new(b"the cookie of a browser").unwrap();
        let from = client.network("203.0.113.77".parse().unwrap());
        let browser = it.verifier.for_client(from);
        let sent = browser
            .send_code(&subject(1), CodeRequest::to_address(&number(1)).purpose(Operation::StepUp))
            .await
            .unwrap();
        it.clock.advance(30);
        assert!(browser.send_code(&subject(1), CodeRequest::again(&sent)).await.is_ok());
        let cut = Some("203.0.113.0".parse().unwrap());
        let expected = (
            subject(1),
            number(1).expose().to_owned(),
            Some(Operation::StepUp),
            cut,
            Duration::from_secs(2),
        );
        assert_eq!(*it.asked.lock().unwrap(), [expected]);
    });
}

#[test]
fn send_guard_network_is_truncated_to_a_customer_prefix() {
    block_on(async {
        let it = guarded(SendDecision::Send, WhenUnknown::Refuse);
        for (at, (address, cut)) in
            [("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::"), ("::ffff:203.0.113.77", "203.0.113.0")]
                .into_iter()
                .enumerate()
        {
            let client = Client::new([7; 16]).unwrap().network(address.parse().unwrap());
            let id = subject(10 + at);
            let _ = it.verifier.for_client(client).enroll_address(&id, &number(2)).await.unwrap();
            let asked = it.asked.lock().unwrap().pop().unwrap();
            assert_eq!(asked.3, Some(cut.parse().unwrap()));
            assert_eq!(asked.2, Some(Operation::Enroll));
        }
    });
}

#[test]
fn failure_100_guard_runs_for_decoys_without_an_event() {
    block_on(async {
        let it = guarded(SendDecision::SimSwapped, WhenUnknown::Refuse);
        for id in [1, 2] {
            let answer =
                it.verifier.send_code(&subject(id), CodeRequest::to_address(&number(1))).await;
            assert_eq!(reason(answer), Reason::SimSwapped);
        }
        assert_eq!(it.asked.lock().unwrap().len(), 2);
        assert_eq!(it.log.take(), [Event::SimSwapped]);
    });
}

#[test]
fn send_guard_calls_are_limited_by_the_budgets() {
    block_on(async {
        let it = guarded(SendDecision::Refuse, WhenUnknown::Refuse);
        for _ in 0..50 {
            let answer =
                it.verifier.send_code(&subject(1), CodeRequest::to_address(&number(1))).await;
            assert!(answer.is_err());
        }
        assert_eq!(it.asked.lock().unwrap().len(), 4, "half of eight");
        assert!(it.phone.take().is_none());
    });
}

#[test]
fn send_guard_runs_before_a_code_on_any_channel() {
    block_on(async {
        let it = guarded(SendDecision::Refuse, WhenUnknown::Refuse);
        for channel in [Channel::Sms, Channel::WhatsApp] {
            let (id, number) = (subject(1), number(1));
            let sent = it.verifier.send_code(&id, CodeRequest::to_address(&number).by(channel));
            assert_eq!(reason(sent.await), Reason::GuardRefused);
        }
    });
}
