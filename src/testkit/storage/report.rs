//! What the checks found, for a person to read.

use alloc::{borrow::Cow, string::String, vec::Vec};
use core::{error::Error, fmt};

use super::Clause;

/// What [`check_storage`](super::check_storage) found. Its `Display` is for a person.
///
/// # Example
///
/// ```
/// use second_factor::testkit::storage::{Outcome, Report};
///
/// fn says_all(report: &Report) -> bool {
///     report.checks().iter().all(|check| matches!(check.outcome(), Outcome::Passed))
/// }
/// # let _ = says_all;
/// ```
#[derive(Clone, Debug)]
pub struct Report {
    checks: Vec<Check>,
}

impl Report {
    pub(super) const fn new(checks: Vec<Check>) -> Self {
        Self { checks }
    }

    /// Every check, in the order of the contract.
    #[must_use]
    pub fn checks(&self) -> &[Check] {
        &self.checks
    }

    /// The clauses that are broken, in the order of the contract.
    #[must_use]
    pub fn broken(&self) -> Vec<Clause> {
        let mut clauses = Clause::ALL.to_vec();
        clauses.retain(|clause| self.findings().any(|finding| finding.clause() == *clause));
        clauses
    }

    /// What was found to be broken.
    pub fn findings(&self) -> impl Iterator<Item = &Finding> {
        self.checks.iter().filter_map(|check| match &check.outcome {
            Outcome::Broken(finding) => Some(finding),
            Outcome::Passed | Outcome::Skipped(_) => None,
        })
    }

    pub(super) fn is_clean(&self) -> bool {
        self.findings().next().is_none()
    }

    fn count(&self, is: impl Fn(&Outcome) -> bool) -> usize {
        self.checks.iter().filter(|check| is(&check.outcome)).count()
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let kept = self.count(|outcome| matches!(outcome, Outcome::Passed));
        let broken = self.count(|outcome| matches!(outcome, Outcome::Broken(_)));
        let skipped = self.count(|outcome| matches!(outcome, Outcome::Skipped(_)));
        writeln!(f, "the contract of a store: {kept} kept, {broken} broken, {skipped} skipped")?;
        for clause in Clause::ALL {
            writeln!(f, "\n{clause}")?;
            let under = self.checks.iter().filter(|check| check.shown_under() == clause);
            under.into_iter().try_for_each(|check| write!(f, "{check}"))?;
        }
        Ok(())
    }
}

/// One check, and how it ended.
///
/// # Example
///
/// ```
/// use second_factor::testkit::storage::Check;
///
/// fn line(check: &Check) -> String {
///     format!("{} ({})", check.name(), check.clause())
/// }
/// # let _ = line;
/// ```
#[derive(Clone, Debug)]
pub struct Check {
    name: &'static str,
    clause: Clause,
    outcome: Outcome,
}

impl Check {
    pub(super) const fn new(name: &'static str, clause: Clause, outcome: Outcome) -> Self {
        Self { name, clause, outcome }
    }

    /// What must be true.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        self.name
    }

    /// The clause that it was made for. What it finds may break another: see [`Finding::clause`].
    #[must_use]
    pub const fn clause(&self) -> Clause {
        self.clause
    }

    /// How it ended.
    #[must_use]
    pub const fn outcome(&self) -> &Outcome {
        &self.outcome
    }

    const fn shown_under(&self) -> Clause {
        match &self.outcome {
            Outcome::Broken(finding) => finding.clause,
            Outcome::Passed | Outcome::Skipped(_) => self.clause,
        }
    }
}

impl fmt::Display for Check {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.outcome {
            Outcome::Broken(finding) => {
                writeln!(f, "  BROKEN   {}", self.name)?;
                writeln!(f, "           expected:  {}", finding.expected)?;
                writeln!(f, "           the store: {}", finding.found)
            }
            Outcome::Passed => writeln!(f, "  kept     {}", self.name),
            Outcome::Skipped(why) => writeln!(f, "  skipped  {}: {why}", self.name),
        }
    }
}

/// How a [`Check`] ended.
///
/// # Example
///
/// ```
/// use second_factor::testkit::storage::Outcome;
///
/// assert!(matches!(Outcome::Skipped("no restart"), Outcome::Skipped(_)));
/// ```
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum Outcome {
    /// The store broke a clause.
    Broken(Finding),
    /// The store did what the contract asks.
    Passed,
    /// The check was not made, and why.
    Skipped(&'static str),
}

/// What a store did that it must not do.
///
/// # Example
///
/// ```
/// use second_factor::testkit::storage::Finding;
///
/// fn line(finding: &Finding) -> String {
///     format!("{}: {} instead of {}", finding.clause(), finding.found(), finding.expected())
/// }
/// # let _ = line;
/// ```
#[derive(Clone, Debug)]
pub struct Finding {
    clause: Clause,
    expected: Cow<'static, str>,
    found: String,
}

impl Finding {
    pub(super) fn new(
        clause: Clause,
        expected: impl Into<Cow<'static, str>>,
        found: impl Into<String>,
    ) -> Self {
        Self { clause, expected: expected.into(), found: found.into() }
    }

    /// The same, as it breaks another clause.
    pub(super) fn under(self, clause: Clause) -> Self {
        Self { clause, ..self }
    }

    /// The clause that is broken.
    #[must_use]
    pub const fn clause(&self) -> Clause {
        self.clause
    }

    /// What the contract asks for.
    #[must_use]
    pub fn expected(&self) -> &str {
        &self.expected
    }

    /// What the store did.
    #[must_use]
    pub fn found(&self) -> &str {
        &self.found
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { clause, expected, found } = self;
        write!(f, "clause {clause} Expected: {expected}. The store: {found}")
    }
}

impl Error for Finding {}

/// The store breaks the contract. `Debug` and `Display` are the whole report.
///
/// # Example
///
/// ```
/// use second_factor::testkit::storage::{Clause, Rejected};
///
/// fn keeps_bytes(rejected: &Rejected) -> bool {
///     !rejected.report().broken().contains(&Clause::Bytes)
/// }
/// # let _ = keeps_bytes;
/// ```
#[derive(Clone)]
pub struct Rejected {
    report: Report,
}

impl Rejected {
    pub(super) const fn new(report: Report) -> Self {
        Self { report }
    }

    /// What was found.
    #[must_use]
    pub const fn report(&self) -> &Report {
        &self.report
    }
}

impl fmt::Display for Rejected {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the store does not keep its contract\n\n{}", self.report)
    }
}

impl fmt::Debug for Rejected {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl Error for Rejected {}
