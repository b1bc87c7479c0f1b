//! The report of the conformance checks.

use alloc::{borrow::Cow, string::String, vec::Vec};
use core::{error::Error, fmt};

use super::Clause;

/// The result of a check: passed, skipped, or failed by a violation.
pub(super) type CheckResult = Result<CheckOutcome, Violation>;

/// The result of [`check_storage`](super::check_storage).
///
/// `Display` writes a readable report.
///
/// # Example
///
/// ```
/// use second_factor::testkit::storage::{CheckOutcome, StorageReport};
///
/// fn is_complete(report: &StorageReport) -> bool {
///     report.checks().iter().all(|check| matches!(check.outcome(), CheckOutcome::Passed))
/// }
/// # let _ = is_complete;
/// ```
#[derive(Clone, Debug)]
pub struct StorageReport {
    checks: Vec<Check>,
}

impl StorageReport {
    pub(super) const fn new(checks: Vec<Check>) -> Self {
        Self { checks }
    }

    /// Returns every check, both run and skipped, in the order of the contract.
    #[must_use]
    pub fn checks(&self) -> &[Check] {
        &self.checks
    }

    /// Returns the clauses that the store violates, in the order of the contract.
    #[must_use]
    pub fn violated_clauses(&self) -> Vec<Clause> {
        let mut clauses = Clause::ALL.to_vec();
        clauses.retain(|clause| self.violations().any(|violation| violation.clause() == *clause));
        clauses
    }

    /// Returns the violation of each failed check.
    pub fn violations(&self) -> impl Iterator<Item = &Violation> {
        self.checks.iter().filter_map(|check| match &check.outcome {
            CheckOutcome::Failed(violation) => Some(violation),
            CheckOutcome::Passed | CheckOutcome::Skipped(_) => None,
        })
    }

    pub(super) fn is_clean(&self) -> bool {
        self.violations().next().is_none()
    }

    fn count(&self, is: impl Fn(&CheckOutcome) -> bool) -> usize {
        self.checks.iter().filter(|check| is(&check.outcome)).count()
    }
}

impl fmt::Display for StorageReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let passed = self.count(|outcome| matches!(outcome, CheckOutcome::Passed));
        let failed = self.count(|outcome| matches!(outcome, CheckOutcome::Failed(_)));
        let skipped = self.count(|outcome| matches!(outcome, CheckOutcome::Skipped(_)));
        writeln!(f, "storage contract: {passed} passed, {failed} failed, {skipped} skipped")?;
        for clause in Clause::ALL {
            writeln!(f, "\n{clause}")?;
            let under = self.checks.iter().filter(|check| check.shown_under() == clause);
            under.into_iter().try_for_each(|check| write!(f, "{check}"))?;
        }
        Ok(())
    }
}

/// One check, with its outcome.
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
    outcome: CheckOutcome,
}

impl Check {
    pub(super) const fn new(name: &'static str, clause: Clause, outcome: CheckOutcome) -> Self {
        Self { name, clause, outcome }
    }

    /// Returns the name of the check, which states the requirement.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        self.name
    }

    /// Returns the clause that the check tests.
    ///
    /// The check may find a violation of another clause: see [`Violation::clause`].
    #[must_use]
    pub const fn clause(&self) -> Clause {
        self.clause
    }

    /// Returns whether the check passed, failed or was skipped.
    #[must_use]
    pub const fn outcome(&self) -> &CheckOutcome {
        &self.outcome
    }

    const fn shown_under(&self) -> Clause {
        match &self.outcome {
            CheckOutcome::Failed(violation) => violation.clause,
            CheckOutcome::Passed | CheckOutcome::Skipped(_) => self.clause,
        }
    }
}

impl fmt::Display for Check {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.outcome {
            CheckOutcome::Failed(violation) => {
                writeln!(f, "  FAILED   {}", self.name)?;
                writeln!(f, "           expected:  {}", violation.expected)?;
                writeln!(f, "           the store: {}", violation.found)
            }
            CheckOutcome::Passed => writeln!(f, "  passed   {}", self.name),
            CheckOutcome::Skipped(why) => writeln!(f, "  skipped  {}: {why}", self.name),
        }
    }
}

/// The outcome of a [`Check`].
///
/// # Example
///
/// ```
/// use second_factor::testkit::storage::CheckOutcome;
///
/// assert!(matches!(CheckOutcome::Skipped("no restart"), CheckOutcome::Skipped(_)));
/// ```
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum CheckOutcome {
    /// The store violates a clause.
    Failed(Violation),
    /// The store does what the contract requires.
    Passed,
    /// The check did not run, for this reason.
    Skipped(&'static str),
}

/// A violation of the storage contract.
///
/// # Example
///
/// ```
/// use second_factor::testkit::storage::Violation;
///
/// fn line(violation: &Violation) -> String {
///     format!("{}: {} instead of {}", violation.clause(), violation.found(), violation.expected())
/// }
/// # let _ = line;
/// ```
#[derive(Clone, Debug)]
pub struct Violation {
    clause: Clause,
    expected: Cow<'static, str>,
    found: String,
}

impl Violation {
    pub(in crate::testkit) fn new(
        clause: Clause,
        expected: impl Into<Cow<'static, str>>,
        found: impl Into<String>,
    ) -> Self {
        Self { clause, expected: expected.into(), found: found.into() }
    }

    /// Assigns the violation to another clause.
    pub(super) fn under(self, clause: Clause) -> Self {
        Self { clause, ..self }
    }

    /// Returns the violated clause.
    #[must_use]
    pub const fn clause(&self) -> Clause {
        self.clause
    }

    /// Returns the result that the contract requires.
    #[must_use]
    pub fn expected(&self) -> &str {
        &self.expected
    }

    /// Returns the result of the store.
    #[must_use]
    pub fn found(&self) -> &str {
        &self.found
    }
}

impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { clause, expected, found } = self;
        write!(f, "clause {clause} Expected: {expected}. The store: {found}")
    }
}

impl Error for Violation {}

/// The error returned when a store violates the contract.
///
/// `Debug` and `Display` write the whole report.
///
/// # Example
///
/// ```
/// use second_factor::testkit::storage::{Clause, Rejected};
///
/// fn bytes_are_unchanged(rejected: &Rejected) -> bool {
///     !rejected.report().violated_clauses().contains(&Clause::Bytes)
/// }
/// # let _ = bytes_are_unchanged;
/// ```
#[derive(Clone)]
pub struct Rejected {
    report: StorageReport,
}

impl Rejected {
    pub(super) const fn new(report: StorageReport) -> Self {
        Self { report }
    }

    /// Returns the report with the outcome of every check.
    #[must_use]
    pub const fn report(&self) -> &StorageReport {
        &self.report
    }
}

impl fmt::Display for Rejected {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the store violates the storage contract\n\n{}", self.report)
    }
}

impl fmt::Debug for Rejected {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl Error for Rejected {}
