//! One engine through many faults.

use std::{
    collections::BTreeMap,
    env, fmt,
    time::{Duration, Instant},
};

use second_factor::{
    host::{Clock as _, SystemClock},
    testkit::history::{History, HistoryReport},
};
use tokio::task::JoinSet;

use crate::{
    engine::Engine,
    fault::{Fault, KINDS},
    place::{Place, Role},
    race::{Race, Tally},
};

pub struct Outcome {
    engine: Engine,
    report: HistoryReport,
    tally: Tally,
    took: Duration,
}

impl Outcome {
    /// Whether nothing was lost, old or won twice.
    pub fn holds(&self) -> bool {
        self.report.findings().is_empty() && self.tally.is_clean()
    }
}

impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { engine, report, tally, took } = self;
        let verdict = if self.holds() { "holds" } else { "DOES NOT HOLD" };
        writeln!(f, "{engine:?} {verdict} in {} s: {tally:?}", took.as_secs())?;
        write!(f, "{report}")?;
        let mut gaps: BTreeMap<&str, Vec<f64>> = BTreeMap::new();
        for outage in report.outages() {
            gaps.entry(outage.name()).or_default().push(outage.longest_gap().as_secs_f64());
        }
        for (name, gaps) in &mut gaps {
            gaps.sort_by(f64::total_cmp);
            let (median, worst) = (gaps[gaps.len() / 2], gaps[gaps.len() - 1]);
            writeln!(f, "fault | {name} | {} | {median:.1} s | {worst:.1} s", gaps.len())?;
        }
        Ok(())
    }
}

/// Disturbs an engine `FAULTS` times, under a history and races for the prizes of this crate.
pub async fn run(engine: Engine) -> Outcome {
    let (place, began) = (Place { engine, role: Role::Worker }, Instant::now());
    let faults: usize = env::var("FAULTS").map_or(20, |faults| faults.parse().unwrap());
    engine.settle().await.unwrap();
    let history = History::new(4, engine.patience());
    let mut workers = JoinSet::new();
    for worker in 0..APPENDERS + READERS {
        let (history, store) = (history.clone(), place.open().await);
        workers.spawn(async move {
            if worker < APPENDERS {
                history.append(&store).await;
            } else {
                history.read(&store).await;
            }
        });
    }
    let mut tally = Tally::default();
    for (number, kind) in KINDS.into_iter().cycle().take(faults).enumerate() {
        engine.settle().await.unwrap();
        let race = Race::begin(place, SystemClock::new().now().unwrap()).await;
        let fault = Fault::new(kind, engine);
        history.disturb(&fault, engine.fault_length()).await.unwrap();
        let its = race.end().await;
        println!("{number}: {kind:?}, {its:?}, {} s", began.elapsed().as_secs());
        tally.add(its);
    }
    history.stop();
    while let Some(ended) = workers.join_next().await {
        ended.unwrap();
    }
    let report = history.judge(&place.open().await).await;
    let outcome = Outcome { engine, report, tally, took: began.elapsed() };
    println!("{outcome}");
    outcome
}

const APPENDERS: usize = 6;
const READERS: usize = 2;
