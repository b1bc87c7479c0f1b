//! What came of the attacks, for a person to read and for a test to check.

use alloc::{string::String, vec::Vec};
use core::fmt;

use super::Attack;

/// What came of every attack.
///
/// `Display` is for a person: a line with the sums, then each attack with what was tried, what was
/// expected and what the endpoint did.
///
/// # Example
///
/// ```
/// use second_factor::testkit::probe::{Flawed, Report};
///
/// fn the_test(report: Report) -> Result<(), Flawed> {
///     let report = report.check()?;
///     println!("{report}");
///     Ok(())
/// }
/// # let _ = the_test;
/// ```
#[derive(Clone, Debug)]
#[must_use = "it says whether the endpoint held"]
pub struct Report {
    findings: Vec<Finding>,
}

impl Report {
    pub(super) const fn new(findings: Vec<Finding>) -> Self {
        Self { findings }
    }

    /// The report, if no attack succeeded and all that the endpoint offers could be tried.
    ///
    /// # Errors
    ///
    /// [`Flawed`], which is the report.
    pub fn check(self) -> Result<Self, Flawed> {
        let is_fine =
            |finding: &Finding| matches!(finding.outcome, Outcome::Held(_) | Outcome::Skipped(_));
        let has_held = |finding: &Finding| matches!(finding.outcome, Outcome::Held(_));
        // Where nothing was tried, nothing held.
        match self.findings.iter().all(is_fine) && self.findings.iter().any(has_held) {
            true => Ok(self),
            false => Err(Flawed(self)),
        }
    }

    /// The attacks that succeeded.
    pub fn fell(&self) -> impl Iterator<Item = Attack> {
        let fell = self.findings.iter().filter(|one| matches!(one.outcome, Outcome::Fell(_)));
        fell.map(|finding| finding.attack)
    }

    /// What came of each, in the order in which they were tried.
    #[must_use]
    pub fn findings(&self) -> &[Finding] {
        &self.findings
    }
}

impl fmt::Display for Report {
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

/// What came of one attack.
///
/// # Example
///
/// ```
/// use second_factor::testkit::probe::{Finding, Outcome};
///
/// fn is_bad(finding: &Finding) -> bool {
///     matches!(finding.outcome(), Outcome::Fell(_))
/// }
/// # let _ = is_bad;
/// ```
#[derive(Clone, Debug)]
pub struct Finding {
    attack: Attack,
    outcome: Outcome,
}

impl Finding {
    pub(super) const fn new(attack: Attack, outcome: Outcome) -> Self {
        Self { attack, outcome }
    }

    /// Which attack.
    #[must_use]
    pub const fn attack(&self) -> Attack {
        self.attack
    }

    /// What came of it.
    #[must_use]
    pub const fn outcome(&self) -> &Outcome {
        &self.outcome
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { attack, outcome } = self;
        let (word, did) = (outcome.word(), outcome.did());
        writeln!(f, "{word:<8} {attack} (FAILURES {})", attack.failure())?;
        writeln!(f, "         tried:    {}", attack.tried())?;
        writeln!(f, "         expected: {}", attack.expected())?;
        writeln!(f, "         happened: {did}")
    }
}

/// How an attack ended, and what the endpoint did.
///
/// # Example
///
/// See [`Finding`].
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Outcome {
    /// The endpoint did not answer, or not as it must for the attack to be tried at all.
    Broke(String),
    /// The attack succeeded.
    Fell(String),
    /// The endpoint held.
    Held(String),
    /// The endpoint does not offer what is attacked.
    Skipped(String),
}

impl Outcome {
    /// What the endpoint did, in a few words.
    #[must_use]
    pub fn did(&self) -> &str {
        match self {
            Self::Broke(did) | Self::Fell(did) | Self::Held(did) | Self::Skipped(did) => did,
        }
    }

    const fn word(&self) -> &'static str {
        match self {
            Self::Broke(_) => "broke",
            Self::Fell(_) => "FELL",
            Self::Held(_) => "held",
            Self::Skipped(_) => "skipped",
        }
    }
}

/// A [`Report`] of an endpoint that fell to an attack or did not answer.
///
/// `Debug` is the report as a person reads it, since that is what a test prints that unwraps it.
///
/// # Example
///
/// See [`Report`].
#[derive(Clone, thiserror::Error)]
#[error("{0}")]
pub struct Flawed(Report);

impl Flawed {
    /// The report.
    pub const fn report(&self) -> &Report {
        &self.0
    }
}

impl fmt::Debug for Flawed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0)
    }
}

const WORDS: [&str; 4] = ["held", "FELL", "broke", "skipped"];
