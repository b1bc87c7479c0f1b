//! Races for the prizes of this crate, through a fault.

use std::{
    collections::BTreeMap,
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use second_factor::{
    SubjectId, UnixTime, Verifier,
    sign_in::{Next, SignIn},
    testkit::{ManualClock, MessageLog},
};
use tokio::task::JoinSet;

use crate::{
    engine::Engine,
    place::{Place, Role},
    prizes::{Outcome, Prize, prepare},
};

/// What was won too often.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    /// The number of prizes.
    pub prizes: usize,
    /// The prizes that were won twice or more.
    pub twice: usize,
    /// The subjects whose incorrect codes were checked more often than allowed.
    pub over_budget: usize,
    /// The subjects that a password alone let in, although they have a factor.
    pub unprotected: usize,
}

impl Tally {
    pub fn add(&mut self, other: Self) {
        self.prizes += other.prizes;
        self.twice += other.twice;
        self.over_budget += other.over_budget;
        self.unprotected += other.unprotected;
    }

    pub const fn is_clean(&self) -> bool {
        self.twice + self.over_budget + self.unprotected == 0
    }
}

/// A race that goes on until it is ended.
pub struct Race {
    place: Place,
    now: UnixTime,
    prizes: Vec<Prize>,
    results: Arc<Mutex<Vec<(usize, Outcome)>>>,
    unprotected: Arc<Mutex<Vec<String>>>,
    is_over: Arc<AtomicBool>,
    racers: JoinSet<()>,
}

impl Race {
    /// Makes the prizes, and starts the racers.
    pub async fn begin(place: Place, now: UnixTime) -> Self {
        // With reads that lag, the prizes could not be made.
        let engine = match place.engine {
            Engine::EtcdSerializable => Engine::Etcd,
            Engine::GaleraDefaults => Engine::Galera,
            Engine::NatsDirect => Engine::Nats,
            other => other,
        };
        let prizes = prepare(&Place { engine, role: Role::Setup }).await;
        let (results, unprotected) = (Arc::default(), Arc::default());
        let (is_over, racers) = (Arc::new(AtomicBool::new(false)), JoinSet::new());
        let mut race = Self { place, now, prizes, results, unprotected, is_over, racers };
        for racer in 0..RACERS {
            let verifier = race.verifier().await;
            race.racers.spawn(race.racer(racer, verifier));
        }
        race
    }

    /// The clock does not advance, so that no code expires during a fault.
    async fn verifier(&self) -> Verifier {
        let clock = ManualClock::at(self.now.as_secs());
        self.place.builder(MessageLog::new()).await.clock(clock).build().unwrap()
    }

    /// Attempts each prize until it is answered, with pauses, so that the fault hits in the middle.
    fn racer(&self, racer: usize, verifier: Verifier) -> impl Future<Output = ()> + Send + use<> {
        let (prizes, results) = (self.prizes.clone(), Arc::clone(&self.results));
        let (unprotected, is_over) = (Arc::clone(&self.unprotected), Arc::clone(&self.is_over));
        async move {
            for (at, prize) in prizes.iter().enumerate() {
                if !is_over.load(Ordering::SeqCst) {
                    tokio::time::sleep(PACE).await;
                }
                for _ in 0..TRIES {
                    let outcome = prize.attempt(&verifier).await;
                    let is_answered = outcome != Outcome::Error;
                    results.lock().unwrap().push((at, outcome));
                    if is_answered {
                        break;
                    }
                    tokio::time::sleep(PACE).await;
                }
                // Every racer looks, and each at another time.
                if at % RACERS == racer && is_unprotected(&verifier, prize).await {
                    unprotected.lock().unwrap().push(prize.subject.clone());
                }
            }
        }
    }

    /// Ends the race after the fault, attempts each prize once more, and counts.
    pub async fn end(mut self) -> Tally {
        self.is_over.store(true, Ordering::SeqCst);
        while let Some(ended) = self.racers.join_next().await {
            ended.unwrap();
        }
        let verifier = self.verifier().await;
        let results = std::mem::take(&mut *self.results.lock().unwrap());
        let mut tally = Tally { prizes: self.prizes.len(), ..Tally::default() };
        let mut checked: BTreeMap<&str, usize> = BTreeMap::new();
        for (at, prize) in self.prizes.iter().enumerate() {
            let its = results.iter().filter(|(its, _)| *its == at).map(|(_, outcome)| outcome);
            match prize.what.as_str() {
                "guess" => {
                    let counted = its.filter(|it| it.is_refused("Incorrect")).count();
                    *checked.entry(&prize.subject).or_default() += counted;
                }
                // The successor of a token is the same for all who show the token.
                "device" => {
                    let successors: Vec<&str> = its.filter_map(Outcome::won).collect();
                    tally.twice += usize::from(successors.windows(2).any(|two| two[0] != two[1]));
                }
                _ => {
                    let won = its.filter_map(Outcome::won).count();
                    let again = answered(&verifier, prize).await.won().is_some();
                    tally.twice += usize::from(won + usize::from(again) > 1);
                }
            }
            if is_unprotected(&verifier, prize).await {
                self.unprotected.lock().unwrap().push(prize.subject.clone());
            }
        }
        tally.over_budget = checked.values().filter(|checked| **checked > BUDGET).count();
        let mut unprotected = self.unprotected.lock().unwrap();
        unprotected.sort();
        unprotected.dedup();
        tally.unprotected = unprotected.len();
        tally
    }
}

/// Attempts a prize until it is answered.
async fn answered(verifier: &Verifier, prize: &Prize) -> Outcome {
    for _ in 0..TRIES {
        let outcome = prize.attempt(verifier).await;
        if outcome != Outcome::Error {
            return outcome;
        }
        tokio::time::sleep(PACE).await;
    }
    Outcome::Error
}

/// Whether the password alone lets this subject in.
async fn is_unprotected(verifier: &Verifier, prize: &Prize) -> bool {
    let subject = SubjectId::new(&prize.subject).unwrap();
    // A registration code is for a subject without a factor.
    let is_enrolled = prize.what != "registration";
    let next = verifier.next(&subject).await;
    is_enrolled && matches!(next, Ok(Next::Done(SignIn::Unprotected(_))))
}

/// Incorrect codes until a factor is locked.
const BUDGET: usize = 5;
const RACERS: usize = 4;
/// The time between two prizes.
const PACE: Duration = Duration::from_millis(150);
/// Attempts at a prize while the database does not answer.
const TRIES: usize = 200;
