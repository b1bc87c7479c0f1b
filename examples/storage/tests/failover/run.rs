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
    fault::{Fault, KINDS, Kind},
    place::{Place, Role},
    race::{Race, Tally},
};

/// What a history under some faults showed.
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
        let verdict = if self.holds() { "held" } else { "DID NOT HOLD" };
        write!(f, "{report}")?;
        let mut gaps: BTreeMap<&str, Vec<f64>> = BTreeMap::new();
        for outage in report.outages() {
            gaps.entry(outage.name()).or_default().push(outage.longest_gap().as_secs_f64());
        }
        for (name, gaps) in &mut gaps {
            gaps.sort_by(f64::total_cmp);
            let count = gaps.len();
            let median = f64::midpoint(gaps[(count - 1) / 2], gaps[count / 2]);
            let worst = gaps[count - 1];
            writeln!(f, "fault | {engine:?} | {name} | {count} | {median:.1} s | {worst:.1} s")?;
        }
        let found: Vec<String> = report
            .findings()
            .iter()
            .map(|finding| format!("{} x clause {}", finding.count(), finding.clause()))
            .collect();
        let (faults, commits, took) = (report.outages().len(), report.commits(), took.as_secs());
        let Tally { prizes, twice, over_budget, unprotected } = tally;
        write!(
            f,
            "result | {engine:?} | {faults} faults in {took} s | {verdict} | {commits} commits | \
             {found:?} | {twice} of {prizes} prizes twice | {over_budget} over budget | \
             {unprotected} unprotected"
        )
    }
}

/// Disturbs an engine `FAULTS` times, in one history.
pub async fn run(engine: Engine, faults: usize) -> Outcome {
    under(engine, KINDS.into_iter().cycle().take(count(faults))).await
}

/// Disturbs an engine with a wrong setting by each kind alone, in a history for each.
///
/// Each of these kinds must show the setting. Without a fault, it must not show.
pub async fn bites(engine: Engine, kinds: &[Kind]) {
    let calm = under(engine, [Kind::Calm]).await;
    assert!(calm.holds(), "without a fault: {calm}");
    for kind in kinds {
        let outcome = under(engine, core::iter::repeat_n(*kind, count(2))).await;
        assert!(!outcome.holds(), "{} was survived: {outcome}", kind.name());
    }
}

fn count(default: usize) -> usize {
    env::var("FAULTS").map_or(default, |faults| faults.parse().unwrap())
}

/// Disturbs an engine, under a history and races for the prizes of this crate.
pub async fn under(engine: Engine, kinds: impl IntoIterator<Item = Kind>) -> Outcome {
    let (place, began) = (Place { engine, role: Role::Worker }, Instant::now());
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
    for (number, kind) in kinds.into_iter().enumerate() {
        engine.settle().await.unwrap();
        let race = Race::begin(place, SystemClock::new().now().unwrap()).await;
        let fault = Fault::new(kind, engine);
        history.disturb(&fault, engine.fault_length(kind)).await.unwrap();
        let its = race.end().await;
        println!("{number}: {kind:?}, {its:?}, {} s", began.elapsed().as_secs());
        tally.add(its);
    }
    // What a failover loses may come to light when the old leader is back.
    engine.settle().await.unwrap();
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
