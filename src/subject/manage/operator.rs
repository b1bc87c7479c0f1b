//! Operators who act for support.

use alloc::string::String;

/// Who acts on a subject for support, and why.
///
/// Your application's [listener](crate::host::Listener) receives both, and no record stores them.
/// Applications pass them to [`Verifier::support`](crate::Verifier::support).
///
/// # Input
///
/// Both have 1 to 200 bytes without control characters.
///
/// # Source
///
/// PCI DSS 4.0.1 §8.5.1; [FAILURES 122](crate::manual::threats).
///
/// # Example
///
/// ```
/// use second_factor::sans_io::Operator;
///
/// let operator = Operator::new("carol, support", "lost phone, passport seen, case 4711")?;
/// assert_eq!(operator.actor(), "carol, support");
/// assert!(Operator::new("carol, support", "").is_err(), "an act needs a reason");
/// # Ok::<(), second_factor::verifier::InvalidSupport>(())
/// ```
#[derive(Clone, Debug)]
pub struct Operator {
    actor: String,
    reason: String,
}

impl Operator {
    /// Creates an operator who is called `actor` and acts for `reason`.
    ///
    /// # Errors
    ///
    /// Returns [`InvalidSupport`] if a text is empty, too long, or has control characters.
    pub fn new(actor: &str, reason: &str) -> Result<Self, InvalidSupport> {
        if !is_text(actor) {
            Err(InvalidSupport::Actor)
        } else if !is_text(reason) {
            Err(InvalidSupport::Reason)
        } else {
            Ok(Self { actor: actor.into(), reason: reason.into() })
        }
    }

    /// Returns who acts.
    #[must_use]
    pub fn actor(&self) -> &str {
        &self.actor
    }

    /// Returns why.
    #[must_use]
    pub fn reason(&self) -> &str {
        &self.reason
    }
}

/// An argument of an act of support is out of bounds.
///
/// # Example
///
/// ```
/// use second_factor::{sans_io::Operator, verifier::InvalidSupport};
///
/// assert_eq!(Operator::new("", "case 4711").unwrap_err(), InvalidSupport::Actor);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum InvalidSupport {
    /// The name of the operator is empty, too long, or has control characters.
    #[error("an actor has 1 to 200 bytes, without control characters")]
    Actor,
    /// A support code is valid for less than a minute, or for more than a day.
    #[error("a support code is valid for 1 minute to 24 hours")]
    Lifetime,
    /// The reason is empty, too long, or has control characters.
    #[error("a reason has 1 to 200 bytes, without control characters")]
    Reason,
}

fn is_text(text: &str) -> bool {
    (1..=LONGEST).contains(&text.len())
        && !text.trim().is_empty()
        && !text.contains(char::is_control)
}

const LONGEST: usize = 200;
