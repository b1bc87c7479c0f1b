//! The report of the probe.

use alloc::{string::String, vec::Vec};
use core::fmt;

use super::Attack;

/// The result of every attack.
///
/// `Display` writes a readable report: a line with the totals, then each attack with the expected
/// result and what the endpoint did.
///
/// # Example
///
/// ```
/// use second_factor::testkit::probe::{Flawed, ProbeReport};
///
/// fn test(report: ProbeReport) -> Result<(), Flawed> {
///     let report = report.check()?;
///     assert_eq!(report.successful_attacks().count(), 0);
///     Ok(())
/// }
/// # let _ = test;
/// ```
#[derive(Clone, Debug)]
#[must_use = "it says whether the endpoint is vulnerable"]
pub struct ProbeReport {
    findings: Vec<ProbeFinding>,
}

impl ProbeReport {
    pub(super) const fn new(findings: Vec<ProbeFinding>) -> Self {
        Self { findings }
    }

    /// Returns the report if the endpoint resisted every attack on its features.
    ///
    /// # Errors
    ///
    /// Returns [`Flawed`], which contains the report, if an attack succeeded or could not be tried.
    pub fn check(self) -> Result<Self, Flawed> {
        let is_fine = |finding: &ProbeFinding| {
            matches!(finding.outcome, ProbeOutcome::Resisted(_) | ProbeOutcome::Skipped(_))
        };
        let has_resisted =
            |finding: &ProbeFinding| matches!(finding.outcome, ProbeOutcome::Resisted(_));
        // A report without a tried attack shows nothing.
        match self.findings.iter().all(is_fine) && self.findings.iter().any(has_resisted) {
            true => Ok(self),
            false => Err(Flawed(self)),
        }
    }

    /// Returns the attacks that succeeded.
    pub fn successful_attacks(&self) -> impl Iterator<Item = Attack> {
        let succeeded =
            self.findings.iter().filter(|one| matches!(one.outcome, ProbeOutcome::Vulnerable(_)));
        succeeded.map(|finding| finding.attack)
    }

    /// Returns the result of each attack, in the order in which the attacks ran.
    #[must_use]
    pub fn findings(&self) -> &[ProbeFinding] {
        &self.findings
    }
}

impl fmt::Display for ProbeReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let count = |word| self.findings.iter().filter(|one| one.outcome.word() == word).count();
        write!(f, "{} attacks:", self.findings.len())?;
        for (at, word) in WORDS.into_iter().enumerate() {
            write!(f, "{} {} {word}", if at == 0 { "" } else { "," }, count(word))?;
        }
        writeln!(f)?;
        self.findings.iter().try_for_each(|finding| write!(f, "\n{finding}"))
    }
}

/// The result of one attack.
///
/// # Example
///
/// ```
/// use second_factor::testkit::probe::{ProbeFinding, ProbeOutcome};
///
/// fn is_vulnerable(finding: &ProbeFinding) -> bool {
///     matches!(finding.outcome(), ProbeOutcome::Vulnerable(_))
/// }
/// # let _ = is_vulnerable;
/// ```
#[derive(Clone, Debug)]
pub struct ProbeFinding {
    attack: Attack,
    outcome: ProbeOutcome,
}

impl ProbeFinding {
    pub(super) const fn new(attack: Attack, outcome: ProbeOutcome) -> Self {
        Self { attack, outcome }
    }

    /// Returns the attack that was tried.
    #[must_use]
    pub const fn attack(&self) -> Attack {
        self.attack
    }

    /// Returns the outcome, with a description of what the endpoint did.
    #[must_use]
    pub const fn outcome(&self) -> &ProbeOutcome {
        &self.outcome
    }
}

impl fmt::Display for ProbeFinding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { attack, outcome } = self;
        let (word, did) = (outcome.word(), outcome.did());
        writeln!(f, "{word:<12} {attack} (FAILURES {})", attack.failure())?;
        writeln!(f, "             tried:    {}", attack.tried())?;
        writeln!(f, "             expected: {}", attack.expected())?;
        writeln!(f, "             happened: {did}")
    }
}

/// The outcome of an attack, and a description of what the endpoint did.
///
/// # Example
///
/// See [`ProbeFinding`].
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ProbeOutcome {
    /// The attack could not be tried.
    ///
    /// The endpoint failed, or an earlier step of the attack had an unexpected result.
    Inconclusive(String),
    /// The endpoint resisted the attack.
    Resisted(String),
    /// The endpoint does not offer the attacked feature.
    Skipped(String),
    /// The attack succeeded.
    Vulnerable(String),
}

impl ProbeOutcome {
    /// Returns a short description of what the endpoint did.
    #[must_use]
    pub fn did(&self) -> &str {
        match self {
            Self::Inconclusive(did)
            | Self::Resisted(did)
            | Self::Skipped(did)
            | Self::Vulnerable(did) => did,
        }
    }

    const fn word(&self) -> &'static str {
        match self {
            Self::Inconclusive(_) => "inconclusive",
            Self::Resisted(_) => "resisted",
            Self::Skipped(_) => "skipped",
            Self::Vulnerable(_) => "VULNERABLE",
        }
    }
}

/// The error returned when an endpoint is vulnerable or could not be tested.
///
/// The error contains the [`ProbeReport`]. `Debug` output equals `Display`, so that `unwrap` in a
/// test prints the readable report.
///
/// # Example
///
/// See [`ProbeReport`].
#[derive(Clone, thiserror::Error)]
#[error("{0}")]
pub struct Flawed(ProbeReport);

impl Flawed {
    /// Returns the report with the result of every attack.
    pub const fn report(&self) -> &ProbeReport {
        &self.0
    }
}

impl fmt::Debug for Flawed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0)
    }
}

const WORDS: [&str; 4] = ["resisted", "VULNERABLE", "inconclusive", "skipped"];
