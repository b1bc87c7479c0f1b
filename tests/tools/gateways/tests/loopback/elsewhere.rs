//! Provider-managed codes and SIM swap lookups in a verifier.

#![allow(clippy::unwrap_used, reason = "a failing test should panic")]

use std::{sync::Arc, time::Duration};

use second_factor::{
    Address, CodeRequest, Error, FirstFactor, Keys, MemoryStorage, Proof, Reason, SubjectId,
    Verifier, block_on,
    delivery::{RemoteAnswer, RemoteCodes, RemoteId, RemoteStart, Undelivered},
    enrollment::Import,
    gateway::{
        camara::{SimSwap, SimSwaps, sim_swap},
        twilio, vonage,
    },
    host::{SendContext, SendDecision, SendGuard, WhenUnknown},
    testkit::{ManualClock, MessageLog},
};
use second_factor_gateways::{ELSEWHERE, Gateways, Play, SWAPPED, Service, keys, send};

const PATIENCE: Duration = Duration::from_secs(4);
const NUMBER: &str = "+14155550100";

/// Codes of Twilio Verify, as an application uses them.
struct ByTwilio(twilio::Verify);

impl RemoteCodes for ByTwilio {
    async fn start(&self, start: &RemoteStart) -> Result<RemoteId, Undelivered> {
        let request = self.0.start(start.address(), start.channel(), start.language())?;
        twilio::started(&send(request, PATIENCE).map_err(|_| Undelivered::Unavailable)?)
    }

    async fn check(&self, id: &RemoteId, typed: &str) -> RemoteAnswer {
        let Ok(request) = self.0.check(id, typed) else { return RemoteAnswer::Incorrect };
        let answer = send(request, PATIENCE);
        answer.map_or(RemoteAnswer::Unreachable, |answer| twilio::checked(&answer, id))
    }

    async fn cancel(&self, id: &RemoteId) {
        let _ = send(self.0.cancel(id), PATIENCE);
    }
}

/// Codes of Vonage Verify.
struct ByVonage(vonage::Verify);

impl RemoteCodes for ByVonage {
    async fn start(&self, start: &RemoteStart) -> Result<RemoteId, Undelivered> {
        let request = self.0.start(start.address(), start.channel(), start.language())?;
        vonage::started(&send(request, PATIENCE).map_err(|_| Undelivered::Unavailable)?)
    }

    async fn check(&self, id: &RemoteId, typed: &str) -> RemoteAnswer {
        let Ok(request) = self.0.check(id, typed) else { return RemoteAnswer::Incorrect };
        let answer = send(request, PATIENCE);
        answer.map_or(RemoteAnswer::Unreachable, |answer| vonage::checked(&answer, id))
    }

    async fn cancel(&self, id: &RemoteId) {
        let _ = send(self.0.cancel(id), PATIENCE);
    }
}

/// A SIM swap lookup at an operator.
struct Operator(SimSwaps);

impl SendGuard for Operator {
    async fn advise(&self, asked: &SendContext<'_>) -> SendDecision {
        let Ok(request) = self.0.request(asked.address()) else { return SendDecision::Send };
        let answer = send(request, asked.deadline());
        answer.map_or(SimSwap::Unknown, |answer| sim_swap(&answer)).into()
    }
}

struct World {
    gateways: Gateways,
    verifier: Verifier,
    clock: ManualClock,
    alice: SubjectId,
    number: Address,
}

/// Creates Alice with this number, for provider-managed codes.
fn world<R: RemoteCodes + 'static>(
    number: &str,
    unknown: WhenUnknown,
    remote: impl FnOnce(&Gateways) -> R,
) -> World {
    let gateways = Gateways::open();
    let clock = ManualClock::at(1_800_000_000);
    let root = core::array::from_fn(|at| u8::try_from(at).unwrap());
    let verifier =
        Verifier::builder("Example", MemoryStorage::new(), MessageLog::new(), Keys::new(root))
            .first_factor(FirstFactor::Password)
            .clock(clock.clone())
            .remote_codes(Arc::new(remote(&gateways)))
            .send_guard(Operator(keys::sim_swaps(&gateways)), unknown)
            .build()
            .unwrap();
    let alice = SubjectId::new("alice").unwrap();
    let number = Address::phone(number).unwrap();
    let import = Import::new().address(number.clone()).unwrap();
    block_on(verifier.operations().import(&alice, import)).unwrap();
    World { gateways, verifier, clock, alice, number }
}

fn by_twilio(gateways: &Gateways) -> ByTwilio {
    ByTwilio(keys::twilio_verify(gateways))
}

fn by_vonage(gateways: &Gateways) -> ByVonage {
    ByVonage(keys::vonage_verify(gateways))
}

impl World {
    fn code(&self) -> String {
        self.gateways.taken().pop().unwrap().words
    }

    async fn send(&self) -> Result<second_factor::Challenge, Error> {
        self.verifier.send_code(&self.alice, CodeRequest::to_address(&self.number)).await
    }
}

fn reason<T>(answer: Result<T, Error>) -> Option<Reason> {
    answer.err().and_then(|error| error.denial().map(|denial| denial.reason()))
}

#[test]
fn provider_code_is_accepted_once_after_an_incorrect_one() {
    let unknown = WhenUnknown::Refuse;
    for world in [world(NUMBER, unknown, by_twilio), world(NUMBER, unknown, by_vonage)] {
        block_on(async {
            let first = world.send().await.unwrap();
            let lost = world.code();
            // A new start cancels the pending code, which Twilio would send again and Vonage would
            // refuse.
            world.clock.advance(30);
            let sent =
                world.verifier.send_code(&world.alice, CodeRequest::again(&first)).await.unwrap();
            let code = world.code();
            assert_ne!(lost, code);
            for (typed, expected) in
                [(&lost, Some(Reason::Incorrect)), (&code, None), (&code, Some(Reason::NotFound))]
            {
                let answer =
                    world.verifier.verify(&world.alice, Proof::sent_code(&sent, typed)).await;
                assert_eq!(reason(answer), expected);
            }
        });
    }
}

#[test]
fn failing_provider_verifies_no_code_and_spends_attempts() {
    let unknown = WhenUnknown::Refuse;
    for world in [world(NUMBER, unknown, by_twilio), world(NUMBER, unknown, by_vonage)] {
        block_on(async {
            let sent = world.send().await.unwrap();
            let code = world.code();
            let proof = Proof::sent_code(&sent, &code);
            for play in [Play::Fails(503, "<html>"), Play::Fails(429, "{}")] {
                world.gateways.plan(play);
                let answer = world.verifier.verify(&world.alice, proof.clone()).await;
                assert!(matches!(answer, Err(Error::CheckLost)), "{play:?}");
                world.clock.advance(10);
            }
            assert!(world.verifier.verify(&world.alice, proof).await.is_ok());

            // A lost response has spent the code.
            let sent = world.send().await.unwrap();
            let code = world.code();
            let proof = Proof::sent_code(&sent, &code);
            world.gateways.plan(Play::Garbles);
            let answer = world.verifier.verify(&world.alice, proof.clone()).await;
            assert!(matches!(answer, Err(Error::CheckLost)));
            world.clock.advance(10);
            let again = world.verifier.verify(&world.alice, proof).await;
            assert_eq!(reason(again), Some(Reason::Incorrect), "counted");
        });
    }
}

#[test]
fn swapped_sim_gets_no_code_and_unknown_follows_the_setting() {
    for (number, unknown, expected) in [
        (SWAPPED, WhenUnknown::Send, Some(Reason::SimSwapped)),
        (ELSEWHERE, WhenUnknown::Refuse, Some(Reason::GuardRefused)),
        (ELSEWHERE, WhenUnknown::Send, None),
        (NUMBER, WhenUnknown::Refuse, None),
    ] {
        let world = world(number, unknown, by_twilio);
        assert_eq!(reason(block_on(world.send())), expected, "{number}");
        let taken = world.gateways.taken();
        let is_sent = taken.iter().any(|taken| taken.service == Service::TwilioVerify);
        assert_eq!(is_sent, expected.is_none(), "{number}");
    }
}
