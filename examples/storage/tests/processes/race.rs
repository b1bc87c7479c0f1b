//! The race itself: processes that try each prize at one moment, and what they may come to.

use std::{
    collections::BTreeMap,
    env, fs,
    io::{self, BufRead as _, BufReader, Write as _},
    process::{Child, ChildStderr, ChildStdin, Command, Stdio},
    time::Duration,
};

use second_factor::Verifier;

use crate::{
    place::Place,
    prizes::{Outcome, Prize, prepare},
    servers::{restart, unused_name},
};

/// What goes wrong in the middle of a race.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Trouble {
    /// Two processes are killed.
    Kill,
    None,
    /// The server of this name crashes and comes back.
    Restart(&'static str),
}

/// Lets processes race for every prize, with this trouble, and sees that each was won once.
pub async fn race(place: &Place, trouble: Trouble) {
    let prizes = prepare(place).await;
    let plan = env::temp_dir().join(unused_name());
    fs::write(&plan, prizes.iter().map(|prize| prize.line() + "\n").collect::<String>()).unwrap();
    let mut racers: Vec<Racer> =
        (0..RACERS).map(|_| Racer::start(&place.name(), plan.to_str().unwrap())).collect();
    racers.iter_mut().for_each(Racer::wait);
    let mut restarting = None;
    for at in 0..prizes.len() {
        // All at one moment, whoever was slow with the prize before.
        tokio::time::sleep(SLOT).await;
        racers.iter_mut().for_each(|racer| racer.go(at));
        match trouble {
            Trouble::Kill if at % KILL_EVERY == KILL_EVERY - 1 && at / KILL_EVERY < 2 => {
                tokio::time::sleep(HALF_WAY).await;
                racers[at / KILL_EVERY].child.kill().unwrap();
            }
            Trouble::Restart(name) if at == prizes.len() / 4 => {
                restarting = Some(tokio::spawn(restart(name)));
            }
            Trouble::Restart(_) if at == prizes.len() / 2 => {
                let _ = restarting.take().unwrap().await.unwrap().unwrap();
            }
            _ => {}
        }
    }
    let told: Vec<(usize, Outcome)> = racers.into_iter().flat_map(Racer::told).collect();
    fs::remove_file(plan).unwrap();
    judge(place, trouble, &prizes, &told).await;
    place.clear_away();
}

async fn judge(place: &Place, trouble: Trouble, prizes: &[Prize], told: &[(usize, Outcome)]) {
    let verifier = place.builder().await.build().unwrap();
    let mut wrong: BTreeMap<&str, usize> = BTreeMap::new();
    for (at, prize) in prizes.iter().enumerate() {
        let its: Vec<&Outcome> =
            told.iter().filter(|(its, _)| *its == at).map(|(_, outcome)| outcome).collect();
        let won: Vec<&str> = its.iter().filter_map(|outcome| outcome.won()).collect();
        // A second after the server came back, it is as if it had never been away.
        let is_calm = match trouble {
            Trouble::Kill => false,
            Trouble::None => true,
            Trouble::Restart(_) => at >= prizes.len() * 3 / 4,
        };
        if is_calm {
            assert_eq!(its.len(), RACERS, "{}: a racer is missing", prize.what);
            assert!(!its.contains(&&Outcome::Error), "{} was not answered", prize.what);
        }
        match prize.what.as_str() {
            "guess" => {
                assert!(won.is_empty(), "a wrong code was accepted");
                let tries = its.iter().filter(|outcome| outcome.is_refused("Wrong")).count();
                *wrong.entry(&prize.subject).or_default() += tries;
            }
            "device" => one_token(&verifier, prize, &won).await,
            _ => {
                // Once more, when it is over: it is gone, or nobody had it.
                let again = prize.attempt(&verifier).await.won().is_some();
                let times = won.len() + usize::from(again);
                assert!(times <= 1, "{} was won {times} times: {its:?}", prize.what);
                if is_calm {
                    assert_eq!(won.len(), 1, "{} was won by nobody: {its:?}", prize.what);
                }
            }
        }
    }
    for tries in wrong.into_values() {
        assert!(tries <= BUDGET, "{tries} tries, and {BUDGET} are allowed");
        if trouble == Trouble::None {
            assert_eq!(tries, BUDGET, "a try was counted and not answered");
        }
    }
    let won = told.iter().filter(|(_, outcome)| outcome.won().is_some()).count();
    let failed = told.iter().filter(|(_, outcome)| *outcome == Outcome::Error).count();
    println!("{trouble:?}: {} tries, {won} won, {failed} not answered", told.len());
    if let Trouble::Restart(_) = trouble {
        assert!(failed > 0, "the server was not away while they raced");
    }
}

/// All who show one token at once are given one token, under different seals: whichever of them is
/// used first, the others are it too, and the one that was shown is a thief's from then on.
async fn one_token(verifier: &Verifier, shown: &Prize, given: &[&str]) {
    for token in given {
        let next = shown.with(token).attempt(verifier).await;
        assert!(next.won().is_some(), "it was given to somebody, and is refused: {next:?}");
    }
    if !given.is_empty() {
        let again = shown.attempt(verifier).await;
        assert!(again.is_refused("Stolen"), "a token that was replaced: {again:?}");
    }
}

/// A process that races.
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
        assert_eq!(line.trim(), "ready", "a racer does not start");
    }

    /// Lets it try this prize. One that was killed does not hear it.
    fn go(&mut self, prize: usize) {
        let _ = self.input.write_all(format!("{prize}\n").as_bytes());
    }

    /// What it told before it ended: the number of a prize, and what became of it.
    fn told(mut self) -> Vec<(usize, Outcome)> {
        drop(self.input);
        let mut told = Vec::new();
        for line in self.output.lines() {
            let line = line.unwrap();
            // One that was killed may have been half-way through a line, and panics are in its way.
            let Some((at, outcome)) = line.split_once(": ") else { continue };
            if let Ok(at) = at.parse() {
                told.push((at, Outcome::read(outcome)));
            }
        }
        self.child.wait().unwrap();
        told
    }
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "another process of the races"]
async fn as_a_racer() {
    let (Ok(place), Ok(plan)) = (env::var("PLACE"), env::var("PLAN")) else { return };
    let plan = fs::read_to_string(plan).unwrap();
    let prizes: Vec<Prize> = plan.lines().map(Prize::read).collect();
    let verifier = Place::named(&place).builder().await.build().unwrap();
    eprintln!("ready");
    for line in io::stdin().lines() {
        let at: usize = line.unwrap().parse().unwrap();
        let outcome = prizes[at].attempt(&verifier).await;
        eprintln!("{at}: {}", outcome.text());
    }
}

/// Wrong codes until a factor waits.
const BUDGET: usize = 5;
/// About as long as an attempt has begun and not ended.
const HALF_WAY: Duration = Duration::from_millis(2);
const KILL_EVERY: usize = 8;
const RACERS: usize = 6;
/// The time between two prizes.
const SLOT: Duration = Duration::from_millis(50);
