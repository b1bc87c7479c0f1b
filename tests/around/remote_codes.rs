//! Codes that are made, sent and checked by a service elsewhere, counted and decided about here.

#![allow(clippy::unwrap_used, reason = "helpers may stop where they stand")]

use alloc::{collections::BTreeMap, sync::Arc};
use core::{
    pin::pin,
    task::{Context, Poll, Waker},
};
use std::sync::{Mutex, MutexGuard};

use crate::support::{NOON, ROOT, mail, not, reason};
use second_factor::{
    Address, Client, Error, FactorKind, Handle, Keys, MemoryStorage, Policy, Proof, Purpose,
    SubjectId, Verified, Verifier, block_on,
    delivery::{DeliveryOutcome, RemoteAnswer, RemoteCodes, RemoteId, RemoteStart, Undelivered},
    host::Event,
    message::Channel,
    purpose::Agreement,
    subject::{Challenge, Import},
    testkit::{EventLog, ManualClock, MessageLog},
    verdict::Reason,
};

/// A verification service: makes a code for each start, and says once that it is right.
#[derive(Clone, Default)]
pub(super) struct Elsewhere(Arc<Mutex<State>>);

#[derive(Default)]
pub(super) struct State {
    /// By their names, the codes that are alive.
    pub(super) codes: BTreeMap<String, String>,
    /// What the phone showed, the newest last.
    pub(super) phone: Vec<(Channel, String)>,
    reference: String,
    /// When the last one was to end, and how it is shown.
    started: Option<(u64, String)>,
    names: u32,
    pub(super) checks: u32,
    pub(super) cancels: u32,
    refuses: Vec<Undelivered>,
    pub(super) is_down: bool,
    /// It sends the code that is under way once more.
    pub(super) repeats: bool,
    /// It does not answer before it is asked again.
    pub(super) pauses: bool,
}

impl Elsewhere {
    pub(super) fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap()
    }

    /// The code that came last.
    pub(super) fn code(&self) -> String {
        self.state().phone.last().unwrap().1.clone()
    }
}

impl RemoteCodes for Elsewhere {
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
        if state.is_down {
            return RemoteAnswer::Unreachable;
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
    pub(super) service: Elsewhere,
    pub(super) clock: ManualClock,
    pub(super) log: EventLog,
    /// What does not go through the service.
    pub(super) post: MessageLog,
    pub(super) alice: SubjectId,
    pub(super) number: Address,
}

pub(super) fn world() -> World {
    world_with(Policy::default())
}

/// Alice has a proven number, and codes are made elsewhere.
pub(super) fn world_with(policy: Policy) -> World {
    let (service, clock, post, log) =
        (Elsewhere::default(), ManualClock::at(NOON), MessageLog::new(), EventLog::new());
    let verifier = Verifier::builder(MemoryStorage::new(), post.clone(), Keys::new(ROOT))
        .issuer("Example")
        .policy(policy)
        .clock(clock.clone())
        .listener(log.clone())
        .remote_codes(service.clone())
        .build()
        .unwrap();
    let alice = SubjectId::new("alice").unwrap();
    let number = Address::phone("+14155550100").unwrap();
    let import = Import::new().address(number.clone()).unwrap();
    block_on(verifier.import(&alice, import)).unwrap();
    let _ = (log.take(), post.take());
    World { verifier, service, clock, log, post, alice, number }
}

impl World {
    pub(super) async fn send(&self) -> Challenge {
        self.verifier.challenge(&self.alice, &self.number, Purpose::SignIn).await.unwrap()
    }

    pub(super) async fn try_code(
        &self,
        challenge: &(impl AsRef<Handle> + Sync),
        typed: &str,
    ) -> Result<Verified, Error> {
        self.verifier.verify(&self.alice, Proof::sent_code(challenge, typed)).await
    }
}

#[test]
fn a_code_made_elsewhere_signs_in_once_and_is_told_like_any_other() {
    block_on(async {
        let world = world();
        let sent = world.send().await;
        assert!(world.post.take().is_none(), "nothing was made here");
        assert_eq!((sent.digits(), sent.masked()), (6, "+1 ••••• 00"));
        let code = world.service.code();
        let verified = world.try_code(&sent, &code).await.unwrap();
        assert!(verified.factors().iter().eq(&[FactorKind::Phone]));
        assert_eq!(verified.purpose(), Purpose::SignIn);
        let (ends, shown) = world.service.state().started.take().unwrap();
        assert_eq!(ends, NOON + 300);
        assert!(shown.starts_with("RemoteStart {") && !shown.contains("4155550100"), "{shown}");
        let told = world.log.take();
        let (kind, purpose) = (FactorKind::Phone, Purpose::SignIn);
        assert_eq!(told, [Event::CodeSent(purpose), Event::Verified(kind, purpose)]);
        let checks = world.service.state().checks;
        assert_eq!(reason(world.try_code(&sent, &code).await), Reason::NotFound);
        assert_eq!(world.service.state().checks, checks, "there is nothing to ask about");
    });
}

#[test]
fn an_arc_passes_on_what_is_called_off() {
    let service = Elsewhere::default();
    let id = RemoteId::new("VE1").unwrap();
    block_on(Arc::new(service.clone()).cancel(&id));
    assert_eq!(service.state().cancels, 1);
}

#[test]
fn a_wrong_code_is_counted_before_it_is_asked_about() {
    block_on(async {
        let world = world();
        let sent = world.send().await;
        let wrong = not(&world.service.code());
        for _ in 0..5 {
            assert_eq!(reason(world.try_code(&sent, &wrong).await), Reason::Incorrect);
        }
        assert_eq!(
            reason(world.verifier.challenge(&world.alice, &world.number, Purpose::SignIn).await),
            Reason::Locked
        );
        assert_eq!(world.service.state().checks, 5);
        let told = world.log.take();
        assert_eq!(
            told.iter().filter(|e| **e == Event::IncorrectProof(FactorKind::Phone)).count(),
            5
        );
        assert!(told.contains(&Event::FactorLocked(FactorKind::Phone)));
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
fn a_right_code_forgets_the_wrong_ones_before_it() {
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
fn when_the_service_does_not_answer_nobody_gets_in_and_the_try_counts() {
    block_on(async {
        let world = world();
        let sent = world.send().await;
        let code = world.service.code();
        world.service.state().is_down = true;
        for _ in 0..4 {
            assert!(matches!(world.try_code(&sent, &code).await, Err(Error::CheckLost)));
            world.clock.advance(10);
        }
        world.service.state().is_down = false;
        assert!(world.try_code(&sent, &code).await.is_ok());
        let told = world.log.take();
        assert!(told.contains(&Event::SuccessAfterFailures(FactorKind::Phone, 4)), "{told:?}");
    });
}

#[test]
fn what_is_void_here_is_not_asked_about() {
    block_on(async {
        let world = world();
        let sent = world.send().await;
        let code = world.service.code();
        let other = world.verifier.for_client(Client::new([7; 16]).unwrap());
        let proof = Proof::sent_code(&sent, &code);
        let of_other = other.verify(&world.alice, proof).await;
        assert_eq!(reason(of_other), Reason::OtherClient);
        let step_up = world.verifier.verify_for(&world.alice, Purpose::StepUp, proof).await;
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
fn another_code_for_a_challenge_ends_the_one_before_there_too() {
    block_on(async {
        let world = world();
        let sent = world.send().await;
        let first = world.service.code();
        world.clock.advance(30);
        let again = world.verifier.resend(&world.alice, &sent).await.unwrap();
        assert_eq!(world.service.state().cancels, 1);
        assert_eq!(world.service.state().codes.len(), 1);
        assert_eq!(reason(world.try_code(&again, &first).await), Reason::Incorrect);
        assert!(world.try_code(&again, &world.service.code()).await.is_ok());
    });
}

#[test]
fn a_number_has_one_code_elsewhere_whatever_it_is_for() {
    block_on(async {
        let world = world();
        let sign_in = world.send().await;
        let code = world.service.code();
        world.clock.advance(30);
        let (alice, number) = (&world.alice, &world.number);
        let step_up = world.verifier.challenge(alice, number, Purpose::StepUp).await.unwrap();
        assert_eq!(world.service.state().codes.len(), 1, "a service may have one code for all");
        assert_eq!(reason(world.try_code(&sign_in, &code).await), Reason::NotFound);
        let proof = Proof::sent_code(&step_up, &code);
        let crossed = world.verifier.verify_for(alice, Purpose::StepUp, proof).await;
        assert_eq!(reason(crossed), Reason::Incorrect);
    });
}

#[test]
fn mail_and_what_is_agreed_to_are_made_here() {
    block_on(async {
        let world = world();
        let agreement = Agreement::new([("amount", "10 EUR"), ("payee", "Bob")]).unwrap();
        let (alice, number) = (&world.alice, &world.number);
        let sent = world.verifier.challenge_transaction(alice, number, &agreement).await.unwrap();
        let message = world.post.take().unwrap();
        let proof = Proof::sent_code(&sent, message.code().unwrap().expose());
        assert!(world.verifier.verify_for(alice, agreement.purpose(), proof).await.is_ok());
        let bob = SubjectId::new("bob").unwrap();
        let enrolling = world.verifier.enroll_address(&bob, &mail()).await.unwrap();
        let message = core::iter::from_fn(|| world.post.take()).last().unwrap();
        let typed = message.code().unwrap().expose();
        assert!(world.verifier.confirm(&bob, &enrolling, typed).await.is_ok());
        assert_eq!(world.service.state().names, 0);
    });
}

#[test]
fn a_service_that_does_not_reach_a_number_by_one_channel_is_asked_for_the_next() {
    block_on(async {
        let policy = Policy::builder().route(&[(Channel::Sms, 60), (Channel::Voice, 60)]);
        let world = world_with(policy.build().unwrap());
        world.service.state().refuses = vec![Undelivered::Unreachable];
        let sent = world.send().await;
        assert_eq!(world.service.state().phone.last().unwrap().0, Channel::Voice);
        assert!(world.try_code(&sent, &world.service.code()).await.is_ok());
    });
}

#[test]
fn a_code_that_is_reported_lost_or_waits_too_long_goes_by_the_next_channel() {
    block_on(async {
        let route = [(Channel::Sms, 60), (Channel::Voice, 60)];
        for by_report in [true, false] {
            let world = world_with(Policy::builder().route(&route).build().unwrap());
            let sent = world.send().await;
            if by_report {
                let reference = world.service.state().reference.clone();
                let lost = DeliveryOutcome::Undelivered(Undelivered::Unreachable);
                assert!(world.verifier.report(&reference, lost).await.unwrap().is_some());
                assert!(world.verifier.report(&reference, lost).await.unwrap().is_none());
            } else {
                world.clock.advance(60);
                let _ = world.verifier.advance(&world.alice).await.unwrap();
            }
            assert_eq!(world.service.state().phone.len(), 2);
            assert_eq!(world.service.state().phone.last().unwrap().0, Channel::Voice);
            assert_eq!(world.service.state().codes.len(), 1, "the one before was cancelled");
            assert!(world.try_code(&sent, &world.service.code()).await.is_ok());
        }
    });
}

#[test]
fn a_start_of_which_nobody_can_tell_has_no_name_and_is_not_sent() {
    block_on(async {
        let world = world();
        world.service.state().refuses = vec![Undelivered::Unknown];
        let answer = world.verifier.challenge(&world.alice, &world.number, Purpose::SignIn).await;
        let Err(Error::Undelivered { challenge, why: Undelivered::Unavailable, .. }) = answer
        else {
            panic!("{answer:?}")
        };
        assert_eq!(world.log.take(), [Event::CodeNotSent(Purpose::SignIn)]);
        assert_eq!(reason(world.try_code(&challenge, "123456").await), Reason::NotFound);
        // No try was spent, and another code can be had.
        world.clock.advance(30);
        let again = world.verifier.resend(&world.alice, &challenge).await.unwrap();
        assert!(world.try_code(&again, &world.service.code()).await.is_ok());
    });
}

#[test]
fn failure_100_nothing_is_started_for_an_address_that_is_not_proven() {
    block_on(async {
        let world = world();
        let bob = SubjectId::new("bob").unwrap();
        assert!(world.verifier.challenge(&bob, &world.number, Purpose::SignIn).await.is_ok());
        assert_eq!(world.service.state().names, 0);
    });
}

#[test]
fn failure_016_of_many_guesses_at_once_one_is_asked_about() {
    block_on(async {
        let world = world();
        let sent = world.send().await;
        let wrong = not(&world.service.code());
        world.service.state().pauses = true;
        let proof = Proof::sent_code(&sent, &wrong);
        let mut guesses: Vec<_> =
            (0..50).map(|_| Box::pin(world.verifier.verify(&world.alice, proof))).collect();
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
fn a_code_that_was_replaced_while_it_was_asked_about_lets_nobody_in() {
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
        // The service hears of the other start, and answers to the first as if it had not.
        let name = world.service.state().codes.keys().next().unwrap().clone();
        let _ = world.verifier.resend(&world.alice, &sent).await.unwrap();
        world.service.state().codes.insert(name, code.clone());
        assert!(asked.await.is_err());
    });
}

#[test]
fn failure_018_whoever_goes_away_at_any_await_has_spent_the_try_and_got_nothing_twice() {
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
