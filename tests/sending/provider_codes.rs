//! Provider-managed codes.
//!
//! A verification service creates, sends and checks them.

#![allow(clippy::unwrap_used, reason = "helpers of tests may panic")]

use alloc::{collections::BTreeMap, sync::Arc};
use core::{
    pin::pin,
    task::{Context, Poll, Waker},
    time::Duration,
};
use std::sync::{Mutex, MutexGuard};

use crate::support::answer::Prove as _;
use crate::support::{NOON, ROOT, mail, not, reason};
use second_factor::{
    Address, Challenge, Channel, Client, CodeRequest, DeviceToken, Error, FactorKind, FirstFactor,
    Handle, Keys, MemoryStorage, Policy, Proof, Reason, SubjectId, Verified, Verifier, block_on,
    delivery::{RemoteAnswer, RemoteCodes, RemoteId, RemoteStart, Undelivered},
    enrollment::Import,
    host::Event,
    purpose::{Agreement, Operation},
    testkit::{EventLog, ManualClock, MessageLog},
};

/// A verification service: creates a code for each start and accepts it once.
#[derive(Clone, Default)]
pub(super) struct Provider(Arc<Mutex<State>>);

#[derive(Default)]
pub(super) struct State {
    /// The valid codes, by their names.
    pub(super) codes: BTreeMap<String, String>,
    /// The codes received, the newest last.
    pub(super) phone: Vec<(Channel, String)>,
    reference: String,
    /// The expiry and the `Debug` text of the last start.
    started: Option<(u64, String)>,
    names: u32,
    pub(super) checks: u32,
    pub(super) cancels: u32,
    refuses: Vec<Undelivered>,
    /// What it answers during an outage.
    pub(super) is_down: Option<RemoteAnswer>,
    /// It sends the current code again.
    pub(super) repeats: bool,
    /// It answers only at the second poll.
    pub(super) pauses: bool,
}

impl Provider {
    pub(super) fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap()
    }

    /// The code received last.
    pub(super) fn code(&self) -> String {
        self.state().phone.last().unwrap().1.clone()
    }
}

impl RemoteCodes for Provider {
    async fn start(&self, start: &RemoteStart) -> Result<RemoteId, Undelivered> {
        let pauses = self.state().pauses;
        if pauses {
            pause().await;
        }
        let mut state = self.state();
        if let Some(why) = state.refuses.pop() {
            return Err(why);
        }
        if state.repeats {
            let name = state.codes.keys().next().unwrap();
            return Ok(RemoteId::new(name).unwrap());
        }
        state.names += 1;
        state.reference = start.reference().to_owned();
        state.started = Some((start.expires_at().as_secs(), format!("{start:?}")));
        let (name, code) = (format!("VE{}", state.names), format!("{:06}", state.names * 7919));
        state.codes.insert(name.clone(), code.clone());
        state.phone.push((start.channel(), code));
        Ok(RemoteId::new(&name).unwrap())
    }

    async fn check(&self, id: &RemoteId, typed: &str) -> RemoteAnswer {
        let pauses = self.state().pauses;
        if pauses {
            pause().await;
        }
        let mut state = self.state();
        state.checks += 1;
        if let Some(answer) = state.is_down {
            return answer;
        }
        match state.codes.get(id.as_str()) {
            None => RemoteAnswer::NotFound,
            Some(code) if code == typed => {
                state.codes.remove(id.as_str());
                RemoteAnswer::Correct
            }
            Some(_) => RemoteAnswer::Incorrect,
        }
    }

    async fn cancel(&self, id: &RemoteId) {
        let mut state = self.state();
        state.cancels += 1;
        state.codes.remove(id.as_str());
    }
}

async fn pause() {
    let mut waited = false;
    core::future::poll_fn(|context| {
        context.waker().wake_by_ref();
        if core::mem::replace(&mut waited, true) { Poll::Ready(()) } else { Poll::Pending }
    })
    .await;
}

pub(super) struct World {
    pub(super) verifier: Verifier,
    pub(super) service: Provider,
    pub(super) clock: ManualClock,
    pub(super) log: EventLog,
    /// Messages that bypass the service.
    pub(super) post: MessageLog,
    pub(super) alice: SubjectId,
    pub(super) number: Address,
}

pub(super) fn world() -> World {
    world_with(Policy::default())
}

/// Alice has a proven number, and a service manages the codes.
pub(super) fn world_with(policy: Policy) -> World {
    let (service, clock, post, log) =
        (Provider::default(), ManualClock::at(NOON), MessageLog::new(), EventLog::new());
    let verifier =
        Verifier::builder("Example", MemoryStorage::new(), post.clone(), Keys::new(ROOT))
            .first_factor(FirstFactor::Password)
            .policy(policy)
            .clock(clock.clone())
            .listener(log.clone())
            .remote_codes(service.clone())
            .build()
            .unwrap();
    let alice = SubjectId::new("alice").unwrap();
    let number = Address::phone("+14155550100").unwrap();
    let import = Import::new().address(number.clone()).unwrap();
    block_on(verifier.operations().import(&alice, import)).unwrap();
    let _ = (log.take(), post.take());
    World { verifier, service, clock, log, post, alice, number }
}

impl World {
    pub(super) async fn send(&self) -> Challenge {
        self.verifier.send_code(&self.alice, CodeRequest::to_address(&self.number)).await.unwrap()
    }

    pub(super) async fn try_code(
        &self,
        challenge: impl Into<Handle>,
        typed: &str,
    ) -> Result<Verified, Error> {
        self.verifier.verify(&self.alice, Proof::sent_code(challenge, typed)).await
    }
}

#[test]
fn provider_code_signs_in_once_and_is_reported() {
    block_on(async {
        let world = world();
        let sent = world.send().await;
        assert!(world.post.take().is_none(), "no code was generated here");
        assert_eq!((sent.digits(), sent.masked()), (6, "+1 ••••• 00"));
        let code = world.service.code();
        let verified = world.try_code(&sent, &code).await.unwrap();
        assert!(verified.factors().iter().eq(&[FactorKind::Phone]));
        let (ends, shown) = world.service.state().started.take().unwrap();
        assert_eq!(ends, NOON + 300);
        assert!(shown.starts_with("RemoteStart {") && !shown.contains("4155550100"), "{shown}");
        let reported = world.log.take();
        let (kind, purpose) = (FactorKind::Phone, Operation::SignIn);
        assert_eq!(reported, [Event::CodeSent(purpose), Event::Verified(kind, purpose)]);
        let checks = world.service.state().checks;
        assert_eq!(reason(world.try_code(&sent, &code).await), Reason::NotFound);
        assert_eq!(world.service.state().checks, checks, "there is nothing to check");
    });
}

#[test]
fn arc_of_a_provider_forwards_cancellation() {
    let service = Provider::default();
    let id = RemoteId::new("VE1").unwrap();
    block_on(Arc::new(service.clone()).cancel(&id));
    assert_eq!(service.state().cancels, 1);
}

#[test]
fn incorrect_provider_code_is_counted_before_its_check() {
    block_on(async {
        let world = world();
        let sent = world.send().await;
        let incorrect = not(&world.service.code());
        for _ in 0..5 {
            assert_eq!(reason(world.try_code(&sent, &incorrect).await), Reason::Incorrect);
        }
        assert_eq!(
            reason(
                world
                    .verifier
                    .send_code(&world.alice, CodeRequest::to_address(&world.number))
                    .await
            ),
            Reason::Locked
        );
        assert_eq!(world.service.state().checks, 5);
        let reported = world.log.take();
        assert_eq!(
            reported.iter().filter(|e| **e == Event::IncorrectProof(FactorKind::Phone)).count(),
            5
        );
        assert!(reported.contains(&Event::FactorLocked(FactorKind::Phone)));
        world.clock.advance(30);
        let code = world.service.code();
        assert_eq!(
            reason(world.try_code(&sent, &code).await),
            Reason::NotFound,
            "the lock voids it"
        );
    });
}

#[test]
fn correct_provider_code_resets_the_failure_count() {
    block_on(async {
        let world = world();
        for _ in 0..4 {
            let sent = world.send().await;
            let code = world.service.code();
            for _ in 0..4 {
                assert_eq!(reason(world.try_code(&sent, &not(&code)).await), Reason::Incorrect);
            }
            assert!(world.try_code(&sent, &code).await.is_ok());
            assert!(world.log.take().contains(&Event::SuccessAfterFailures(FactorKind::Phone, 4)));
        }
    });
}

#[test]
fn finding_a07_provider_outage_counts_and_locks_nothing() {
    block_on(async {
        for fails in [RemoteAnswer::Unreachable, RemoteAnswer::Misconfigured] {
            let world = world();
            let sent = world.send().await;
            let code = world.service.code();
            assert_eq!(reason(world.try_code(&sent, &not(&code)).await), Reason::Incorrect);
            world.service.state().is_down = Some(fails);
            for typed in [&code, &not(&code)].into_iter().cycle().take(60) {
                // No lock, and no lease either: the next attempt need not wait.
                assert!(matches!(world.try_code(&sent, typed).await, Err(Error::CheckLost)));
            }
            world.service.state().is_down = None;
            assert!(world.try_code(&sent, &code).await.is_ok());
            let reported = world.log.take();
            let one = Event::SuccessAfterFailures(FactorKind::Phone, 1);
            assert!(reported.contains(&one), "{reported:?}");
            let ends = [Event::FactorDisabled(FactorKind::Phone)];
            assert!(!reported.iter().any(|event| ends.contains(event)), "{reported:?}");
        }
    });
}

/// Guesses that the service checked stay counted, also between outages.
#[test]
fn finding_a07_outage_gives_no_further_guess() {
    block_on(async {
        let world = world();
        let sent = world.send().await;
        let incorrect = not(&world.service.code());
        for failures in 1..=5 {
            world.service.state().is_down = Some(RemoteAnswer::Unreachable);
            assert!(matches!(world.try_code(&sent, &incorrect).await, Err(Error::CheckLost)));
            world.service.state().is_down = None;
            let error = world.try_code(&sent, &incorrect).await.unwrap_err();
            assert_eq!(error.denial().unwrap().reason(), Reason::Incorrect);
            assert_eq!(error.retry_at().is_some(), failures == 5, "{failures}");
        }
        assert_eq!(world.service.state().checks, 10);
        assert_ne!(reason(world.try_code(&sent, &incorrect).await), Reason::Incorrect);
        assert_eq!(world.service.state().checks, 10, "it is locked");
    });
}

#[test]
fn void_provider_code_is_not_checked() {
    block_on(async {
        let world = world();
        let sent = world.send().await;
        let code = world.service.code();
        let other = world.verifier.for_client(Client::new([7; 16]).unwrap());
        let proof = Proof::sent_code(&sent, &code);
        let of_other = other.verify(&world.alice, proof.clone()).await;
        assert_eq!(reason(of_other), Reason::OtherClient);
        let step_up =
            world.verifier.prove_for(&world.alice, Operation::StepUp, proof.clone()).await;
        assert_eq!(reason(step_up), Reason::OtherPurpose);
        let bob = SubjectId::new("bob").unwrap();
        assert_eq!(reason(world.verifier.verify(&bob, proof).await), Reason::NotFound);
        let short = Proof::sent_code(&sent, "1234567");
        assert_eq!(reason(world.verifier.verify(&world.alice, short).await), Reason::Malformed);
        world.clock.advance(300);
        assert_eq!(reason(world.try_code(&sent, &code).await), Reason::Expired);
        assert_eq!(world.service.state().checks, 0);
    });
}

#[test]
fn resend_cancels_the_previous_provider_code() {
    block_on(async {
        let world = world();
        let sent = world.send().await;
        let first = world.service.code();
        world.clock.advance(30);
        let again =
            world.verifier.send_code(&world.alice, CodeRequest::again(&sent)).await.unwrap();
        assert_eq!(world.service.state().cancels, 1);
        assert_eq!(world.service.state().codes.len(), 1);
        assert_eq!(reason(world.try_code(&again, &first).await), Reason::Incorrect);
        assert!(world.try_code(&again, &world.service.code()).await.is_ok());
    });
}

#[test]
fn number_has_one_provider_code_across_purposes() {
    block_on(async {
        let world = world();
        let sign_in = world.send().await;
        let code = world.service.code();
        world.clock.advance(30);
        let (alice, number) = (&world.alice, &world.number);
        let step_up = world
            .verifier
            .send_code(alice, CodeRequest::to_address(number).purpose(Operation::StepUp))
            .await
            .unwrap();
        assert_eq!(world.service.state().codes.len(), 1, "a service may have one code for all");
        assert_eq!(reason(world.try_code(&sign_in, &code).await), Reason::NotFound);
        let proof = Proof::sent_code(&step_up, &code);
        let crossed = world.verifier.prove_for(alice, Operation::StepUp, proof).await;
        assert_eq!(reason(crossed), Reason::Incorrect);
    });
}

/// The client of a known device of Alice, which proved her number.
pub(super) async fn known_device(world: &World) -> Client {
    let client = Client::new("the browser of the owner").unwrap();
    let verifier = world.verifier.for_client(client.clone());
    let request = CodeRequest::to_address(&world.number);
    let sent = verifier.send_code(&world.alice, request).await.unwrap();
    let proof = Proof::sent_code(&sent, world.service.code());
    let verified = verifier.verify(&world.alice, proof).await.unwrap();
    let token = verified.device_token().unwrap().expose().to_owned();
    client.device(&DeviceToken::from_text(&token))
}

/// R6: as for codes that this crate generates.
#[test]
fn finding_r06_provider_code_of_another_lane_is_kept() {
    block_on(async {
        let world = world();
        let owner = world.verifier.for_client(known_device(&world).await);
        world.clock.advance(3600);
        let request = || CodeRequest::to_address(&world.number);
        let sent = owner.send_code(&world.alice, request()).await.unwrap();
        let code = world.service.code();
        let _ = world.send().await;
        assert_eq!(world.service.state().codes.len(), 2);
        let proof = Proof::sent_code(&sent, code);
        assert!(owner.verify(&world.alice, proof).await.is_ok());
    });
}

#[test]
fn email_and_transaction_codes_bypass_the_provider() {
    block_on(async {
        let world = world();
        let agreement = Agreement::new([("amount", "10 EUR"), ("payee", "Bob")]).unwrap();
        let (alice, number) = (&world.alice, &world.number);
        let sent = world
            .verifier
            .send_code(alice, CodeRequest::to_address(number).agreement(&agreement))
            .await
            .unwrap();
        let message = world.post.take().unwrap();
        let proof = Proof::sent_code(&sent, message.code().unwrap().expose());
        assert!(world.verifier.prove_for(alice, agreement.purpose(), proof).await.is_ok());
        let bob = SubjectId::new("bob").unwrap();
        let enrolling = world.verifier.enroll_address(&bob, &mail()).await.unwrap();
        let message = core::iter::from_fn(|| world.post.take()).last().unwrap();
        let typed = message.code().unwrap().expose();
        assert!(world.verifier.confirm(&bob, &enrolling, typed).await.is_ok());
        assert_eq!(world.service.state().names, 0);
    });
}

#[test]
fn unreachable_provider_channel_falls_back() {
    block_on(async {
        let policy = Policy::builder().route(&[
            (Channel::Sms, Duration::from_secs(60)),
            (Channel::Voice, Duration::from_secs(60)),
        ]);
        let world = world_with(policy.build().unwrap());
        world.service.state().refuses = vec![Undelivered::Unreachable];
        let sent = world.send().await;
        assert_eq!(world.service.state().phone.last().unwrap().0, Channel::Voice);
        assert!(world.try_code(&sent, &world.service.code()).await.is_ok());
    });
}

#[test]
fn lost_or_overdue_provider_code_falls_back() {
    block_on(async {
        let route =
            [(Channel::Sms, Duration::from_secs(60)), (Channel::Voice, Duration::from_secs(60))];
        for by_report in [true, false] {
            let world = world_with(Policy::builder().route(&route).build().unwrap());
            let sent = world.send().await;
            if by_report {
                let reference = world.service.state().reference.clone();
                let lost = Err(Undelivered::Unreachable);
                assert!(
                    world
                        .verifier
                        .operations()
                        .delivery_report(&reference, lost)
                        .await
                        .unwrap()
                        .is_some()
                );
                assert!(
                    world
                        .verifier
                        .operations()
                        .delivery_report(&reference, lost)
                        .await
                        .unwrap()
                        .is_none()
                );
            } else {
                world.clock.advance(60);
                let _ = world.verifier.operations().advance(&world.alice).await.unwrap();
            }
            assert_eq!(world.service.state().phone.len(), 2);
            assert_eq!(world.service.state().phone.last().unwrap().0, Channel::Voice);
            assert_eq!(world.service.state().codes.len(), 1, "the previous code was cancelled");
            assert!(world.try_code(&sent, &world.service.code()).await.is_ok());
        }
    });
}

#[test]
fn unknown_start_is_not_sent_and_has_no_name() {
    block_on(async {
        let world = world();
        world.service.state().refuses = vec![Undelivered::Unknown];
        let answer =
            world.verifier.send_code(&world.alice, CodeRequest::to_address(&world.number)).await;
        let Err(Error::Undelivered { challenge, why: Undelivered::Unavailable, .. }) = answer
        else {
            panic!("{answer:?}")
        };
        assert_eq!(world.log.take(), [Event::CodeNotSent(Operation::SignIn)]);
        assert_eq!(reason(world.try_code(&challenge, "123456").await), Reason::NotFound);
        // No attempt was counted, and another code can be requested.
        world.clock.advance(30);
        let again =
            world.verifier.send_code(&world.alice, CodeRequest::again(&challenge)).await.unwrap();
        assert!(world.try_code(&again, &world.service.code()).await.is_ok());
    });
}

#[test]
fn failure_100_unproven_address_starts_no_provider_code() {
    block_on(async {
        let world = world();
        let bob = SubjectId::new("bob").unwrap();
        assert!(
            world.verifier.send_code(&bob, CodeRequest::to_address(&world.number)).await.is_ok()
        );
        assert_eq!(world.service.state().names, 0);
    });
}

#[test]
fn failure_016_of_many_concurrent_guesses_one_is_checked() {
    block_on(async {
        let world = world();
        let sent = world.send().await;
        let incorrect = not(&world.service.code());
        world.service.state().pauses = true;
        let proof = Proof::sent_code(&sent, &incorrect);
        let mut guesses: Vec<_> =
            (0..50).map(|_| Box::pin(world.verifier.verify(&world.alice, proof.clone()))).collect();
        let mut context = Context::from_waker(Waker::noop());
        let mut reasons = Vec::new();
        while !guesses.is_empty() {
            guesses.retain_mut(|guess| match guess.as_mut().poll(&mut context) {
                Poll::Ready(answer) => {
                    reasons.push(reason(answer));
                    false
                }
                Poll::Pending => true,
            });
        }
        assert_eq!(reasons.iter().filter(|why| **why == Reason::Incorrect).count(), 1);
        assert_eq!(world.service.state().checks, 1);
    });
}

#[test]
fn provider_code_replaced_during_its_check_is_refused() {
    block_on(async {
        let world = world();
        let sent = world.send().await;
        let code = world.service.code();
        world.clock.advance(30);
        world.service.state().pauses = true;
        let proof = Proof::sent_code(&sent, &code);
        let mut asked = pin!(world.verifier.verify(&world.alice, proof));
        let mut context = Context::from_waker(Waker::noop());
        assert!(asked.as_mut().poll(&mut context).is_pending());
        // The service forgets the second start and answers the first as if it were current.
        let name = world.service.state().codes.keys().next().unwrap().clone();
        let _ = world.verifier.send_code(&world.alice, CodeRequest::again(&sent)).await.unwrap();
        world.service.state().codes.insert(name, code.clone());
        assert!(asked.await.is_err());
    });
}

#[test]
fn failure_018_dropped_provider_check_spends_the_attempt() {
    for awaits in 0..6 {
        block_on(async {
            let world = world();
            let sent = world.send().await;
            let code = world.service.code();
            world.service.state().pauses = true;
            let proof = Proof::sent_code(&sent, &code);
            let mut answers = 0;
            {
                let mut asked = pin!(world.verifier.verify(&world.alice, proof));
                let mut context = Context::from_waker(Waker::noop());
                for _ in 0..awaits {
                    if let Poll::Ready(answer) = asked.as_mut().poll(&mut context) {
                        answers += usize::from(answer.is_ok());
                        break;
                    }
                }
            }
            world.clock.advance(10);
            answers += usize::from(world.try_code(&sent, &code).await.is_ok());
            assert_eq!(answers, 1, "dropped after {awaits}");
        });
    }
}

/// An attempt whose caller goes away while the service is asked.
pub(super) fn lose_check(world: &World, sent: &Challenge, typed: &str) {
    world.service.state().pauses = true;
    let proof = Proof::sent_code(sent, typed);
    let mut asked = pin!(world.verifier.verify(&world.alice, proof));
    let mut context = Context::from_waker(Waker::noop());
    assert!(asked.as_mut().poll(&mut context).is_pending());
    world.service.state().pauses = false;
}

#[test]
fn provider_is_not_asked_for_a_disabled_number() {
    block_on(async {
        let world = world();
        let send = async || loop {
            let request = CodeRequest::to_address(&world.number);
            match world.verifier.send_code(&world.alice, request).await {
                Ok(sent) => return sent,
                Err(error) => world.clock.set(error.retry_at().expect("it is enabled").as_secs()),
            }
        };
        for failures in 1..=30 {
            let sent = send().await;
            let code = world.service.code();
            lose_check(&world, &sent, &code);
            world.clock.advance(10);
            if failures == 30 {
                // The lost check is not settled yet, so its code is still there.
                assert_eq!(reason(world.try_code(&sent, &code).await), Reason::Disabled);
            }
        }
        assert_eq!(world.service.state().checks, 0);
    });
}
