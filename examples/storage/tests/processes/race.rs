//! A race of several processes for each prize.

use std::{
    collections::BTreeMap,
    env, fs,
    io::{self, BufRead as _, BufReader, Write as _},
    process::{Child, ChildStderr, ChildStdin, Command, Stdio},
    time::Duration,
};

use second_factor::{Verifier, testkit::MessageLog};

use crate::{
    place::Place,
    prizes::{Outcome, Prize, prepare},
    servers::{control, unused_name},
};

/// A fault in the middle of a race.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// Two processes are killed.
    Kill,
    None,
    /// The server with this name crashes and restarts.
    Restart(&'static str),
}

/// Runs a race for every prize, with this fault, and checks that each was won at most once.
pub async fn race(place: &Place, fault: Fault) {
    let prizes = prepare(place).await;
    let plan = env::temp_dir().join(unused_name());
    fs::write(&plan, prizes.iter().map(|prize| prize.line() + "\n").collect::<String>()).unwrap();
    let mut racers: Vec<Racer> =
        (0..RACERS).map(|_| Racer::start(&place.name(), plan.to_str().unwrap())).collect();
    racers.iter_mut().for_each(Racer::wait);
    let mut restarting = None;
    for at in 0..prizes.len() {
        // All processes start at the same time, even if one is still busy with the previous prize.
        tokio::time::sleep(SLOT).await;
        racers.iter_mut().for_each(|racer| racer.go(at));
        match fault {
            Fault::Kill if at % KILL_EVERY == KILL_EVERY - 1 && at / KILL_EVERY < 2 => {
                tokio::time::sleep(HALF_WAY).await;
                racers[at / KILL_EVERY].child.kill().unwrap();
            }
            Fault::Restart(name) if at == prizes.len() / 4 => {
                restarting = Some(tokio::spawn(control("restart", name)));
            }
            Fault::Restart(_) if at == prizes.len() / 2 => {
                let _ = restarting.take().unwrap().await.unwrap().unwrap();
            }
            _ => {}
        }
    }
    let results: Vec<(usize, Outcome)> = racers.into_iter().flat_map(Racer::results).collect();
    fs::remove_file(plan).unwrap();
    judge(place, fault, &prizes, &results).await;
    place.remove();
}

async fn judge(place: &Place, fault: Fault, prizes: &[Prize], results: &[(usize, Outcome)]) {
    let verifier = place.builder(MessageLog::new()).await.build().unwrap();
    let mut attempts: BTreeMap<&str, usize> = BTreeMap::new();
    for (at, prize) in prizes.iter().enumerate() {
        let its: Vec<&Outcome> =
            results.iter().filter(|(its, _)| *its == at).map(|(_, outcome)| outcome).collect();
        let won: Vec<&str> = its.iter().filter_map(|outcome| outcome.won()).collect();
        // In the last quarter, the server has been back for a second and must have recovered.
        let is_calm = match fault {
            Fault::Kill => false,
            Fault::None => true,
            Fault::Restart(_) => at >= prizes.len() * 3 / 4,
        };
        if is_calm {
            assert_eq!(its.len(), RACERS, "{}: a racer is missing", prize.what);
            assert!(!its.contains(&&Outcome::Error), "{} had an error", prize.what);
        }
        match prize.what.as_str() {
            "guess" => {
                assert!(won.is_empty(), "an incorrect code was accepted");
                let checked = its.iter().filter(|it| it.is_refused("Incorrect")).count();
                *attempts.entry(&prize.subject).or_default() += checked;
            }
            "device" => one_token(&verifier, prize, &won).await,
            _ => {
                // One more attempt after the race: it succeeds only if no process won the prize.
                let again = prize.attempt(&verifier).await.won().is_some();
                let times = won.len() + usize::from(again);
                assert!(times <= 1, "{} was won {times} times: {its:?}", prize.what);
                if is_calm {
                    assert_eq!(won.len(), 1, "{} was not won: {its:?}", prize.what);
                }
            }
        }
    }
    for checked in attempts.into_values() {
        assert!(checked <= BUDGET, "{checked} attempts were checked, {BUDGET} are allowed");
        if fault == Fault::None {
            assert_eq!(checked, BUDGET, "an attempt was counted without a result");
        }
    }
    let won = results.iter().filter(|(_, outcome)| outcome.won().is_some()).count();
    let failed = results.iter().filter(|(_, outcome)| *outcome == Outcome::Error).count();
    println!("{fault:?}: {} attempts, {won} won, {failed} errors", results.len());
    if let Fault::Restart(_) = fault {
        assert!(failed > 0, "the server was not down during the race");
    }
}

/// Checks the tokens that racing processes received for one device token.
///
/// All processes received the same successor. The previous token is accepted a little longer.
async fn one_token(verifier: &Verifier, shown: &Prize, received: &[&str]) {
    for token in received {
        let next = shown.with(token).attempt(verifier).await;
        assert!(next.won().is_some(), "a received token was refused: {next:?}");
    }
    if !received.is_empty() {
        assert!(received.iter().all(|token| token == &received[0]), "two successors");
        let again = shown.attempt(verifier).await;
        assert!(again.won().is_some(), "a late request was refused: {again:?}");
    }
}

/// A process in the race.
struct Racer {
    child: Child,
    input: ChildStdin,
    output: BufReader<ChildStderr>,
}

impl Racer {
    fn start(place: &str, plan: &str) -> Self {
        let mut command = Command::new(env::current_exe().unwrap());
        command.args(["--exact", "race::as_a_racer", "--ignored", "--nocapture"]);
        command.env("PLACE", place).env("PLAN", plan);
        // Standard output belongs to the test harness.
        command.stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::piped());
        let mut child = command.spawn().unwrap();
        let input = child.stdin.take().unwrap();
        let output = BufReader::new(child.stderr.take().unwrap());
        Self { child, input, output }
    }

    fn wait(&mut self) {
        let mut line = String::new();
        self.output.read_line(&mut line).unwrap();
        assert_eq!(line.trim(), "ready", "a racer did not start");
    }

    /// Starts the attempt on this prize. Does nothing for a killed process.
    fn go(&mut self, prize: usize) {
        let _ = self.input.write_all(format!("{prize}\n").as_bytes());
    }

    /// Returns the results that the process printed: the index of a prize, and the outcome.
    fn results(mut self) -> Vec<(usize, Outcome)> {
        drop(self.input);
        let mut results = Vec::new();
        for line in self.output.lines() {
            let line = line.unwrap();
            // Skips incomplete lines of a killed process, and panic messages.
            let Some((at, outcome)) = line.split_once(": ") else { continue };
            if let Ok(at) = at.parse() {
                results.push((at, Outcome::read(outcome)));
            }
        }
        self.child.wait().unwrap();
        results
    }
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "runs in a child process of the races"]
async fn as_a_racer() {
    let (Ok(place), Ok(plan)) = (env::var("PLACE"), env::var("PLAN")) else { return };
    let plan = fs::read_to_string(plan).unwrap();
    let prizes: Vec<Prize> = plan.lines().map(Prize::read).collect();
    let verifier = Place::named(&place).builder(MessageLog::new()).await.build().unwrap();
    eprintln!("ready");
    for line in io::stdin().lines() {
        let at: usize = line.unwrap().parse().unwrap();
        let outcome = prizes[at].attempt(&verifier).await;
        eprintln!("{at}: {}", outcome.text());
    }
}

/// The number of incorrect codes until a factor is locked.
const BUDGET: usize = 5;
/// A delay that ends in the middle of an attempt.
const HALF_WAY: Duration = Duration::from_millis(2);
const KILL_EVERY: usize = 8;
const RACERS: usize = 6;
/// The time between two prizes.
const SLOT: Duration = Duration::from_millis(50);
