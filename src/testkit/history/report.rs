//! The report on a history.

use alloc::{string::String, vec::Vec};
use core::{fmt, time::Duration};

use super::{
    judge::{Verdict, judge},
    log::{Answer, Kind, Log},
};
use crate::testkit::storage::{Clause, Violation};

/// The result of [`History::judge`](super::History::judge).
///
/// `Display` writes a readable report.
///
/// # Example
///
/// ```
/// use second_factor::testkit::history::HistoryReport;
///
/// fn check(report: &HistoryReport) {
///     assert!(report.findings().is_empty(), "{report}");
/// }
/// # let _ = check;
/// ```
#[derive(Clone, Debug)]
pub struct HistoryReport {
    counts: Counts,
    findings: Vec<Finding>,
    outages: Vec<Outage>,
}

#[derive(Clone, Copy, Debug, Default)]
struct Counts {
    records: usize,
    commits: u64,
    conflicts: u64,
    failures: u64,
    loads: u64,
}

impl HistoryReport {
    pub(super) fn new(log: &Log, limit: Duration) -> Self {
        let mut counts = Counts { records: log.records(), ..Counts::default() };
        for call in log.calls() {
            let count = match (call.answer, call.kind) {
                (Answer::Committed, _) => &mut counts.commits,
                (Answer::Refused, _) => &mut counts.conflicts,
                (Answer::Found(_) | Answer::Odd(_), _) => &mut counts.loads,
                (Answer::Failed | Answer::Hung | Answer::Open, Kind::Load | Kind::Swap { .. }) => {
                    &mut counts.failures
                }
            };
            *count += 1;
        }
        let mut found: Vec<(Verdict, u64, String)> = Vec::new();
        judge(log, limit, |verdict, history| {
            match found.iter_mut().find(|(known, ..)| *known == verdict) {
                Some((_, count, _)) => *count += 1,
                None => found.push((verdict, 1, history)),
            }
        });
        let in_order = |verdict| found.iter().find(move |(known, ..)| *known == verdict);
        let findings = Verdict::ALL.into_iter().filter_map(in_order);
        let findings = findings.map(|(verdict, count, history)| Finding {
            violation: Violation::new(verdict.clause(), verdict.expected(), history.clone()),
            count: *count,
        });
        Self { counts, findings: findings.collect(), outages: outages(log) }
    }

    /// Returns the violations, in the order of the contract. A correct store has none.
    #[must_use]
    pub fn findings(&self) -> &[Finding] {
        &self.findings
    }

    /// Returns the time without commits for each disturbance.
    #[must_use]
    pub fn outages(&self) -> &[Outage] {
        &self.outages
    }

    /// Returns the number of swaps that returned a commit.
    #[must_use]
    pub const fn commits(&self) -> u64 {
        self.counts.commits
    }
}

impl fmt::Display for HistoryReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Counts { records, commits, conflicts, failures, loads } = self.counts;
        writeln!(
            f,
            "history of {records} records: {commits} commits, {conflicts} conflicts, \
             {loads} loads, {failures} calls without an answer"
        )?;
        for outage in &self.outages {
            let longest = outage.longest_gap.as_secs_f64();
            writeln!(f, "  fault    {}: no commit for {longest:.3} s", outage.name)?;
        }
        for finding in &self.findings {
            let (violation, count) = (&finding.violation, finding.count);
            writeln!(f, "  VIOLATED {}", violation.clause())?;
            writeln!(f, "           expected:   {}", violation.expected())?;
            writeln!(f, "           violations: {count}, first: {}", violation.found())?;
        }
        Ok(())
    }
}

/// A kind of violation in a history, and the number of its occurrences.
///
/// # Example
///
/// ```
/// use second_factor::testkit::history::Finding;
///
/// fn line(finding: &Finding) -> String {
///     format!("{} x {}", finding.count(), finding.violation())
/// }
/// # let _ = line;
/// ```
#[derive(Clone, Debug)]
pub struct Finding {
    violation: Violation,
    count: u64,
}

impl Finding {
    /// Returns the violated clause.
    #[must_use]
    pub const fn clause(&self) -> Clause {
        self.violation.clause()
    }

    /// Returns the first violation, with its part of the history.
    #[must_use]
    pub const fn violation(&self) -> &Violation {
        &self.violation
    }

    /// Returns the number of calls that violate the clause in this way.
    #[must_use]
    pub const fn count(&self) -> u64 {
        self.count
    }
}

/// The time without commits that a disturbance caused.
///
/// # Example
///
/// ```
/// use second_factor::testkit::history::Outage;
///
/// fn line(outage: &Outage) -> String {
///     format!("{}: {:?}", outage.name(), outage.longest_gap())
/// }
/// # let _ = line;
/// ```
#[derive(Clone, Copy, Debug)]
pub struct Outage {
    name: &'static str,
    longest_gap: Duration,
}

impl Outage {
    /// Returns the name of the disturbance.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        self.name
    }

    /// Returns the longest time without a commit, from the disturbance to recovery.
    #[must_use]
    pub const fn longest_gap(&self) -> Duration {
        self.longest_gap
    }
}

fn outages(log: &Log) -> Vec<Outage> {
    let commits = log.calls().iter().filter(|call| call.answer == Answer::Committed);
    let mut ended: Vec<Duration> = commits.map(|call| call.ended_at).collect();
    ended.sort_unstable();
    let outage = |fault: &super::log::Fault| {
        let until = fault.recovered_at.unwrap_or(Duration::MAX);
        let during = ended.iter().filter(|at| (fault.began_at..=until).contains(*at));
        let (longest, last) = during
            .fold((Duration::ZERO, fault.began_at), |(longest, last), at| {
                (longest.max(at.saturating_sub(last)), *at)
            });
        let open = fault.recovered_at.is_none().then(|| log.now().saturating_sub(last));
        let longest_gap = longest.max(open.unwrap_or(Duration::ZERO));
        Outage { name: fault.name, longest_gap }
    };
    log.faults().iter().map(outage).collect()
}
