//! Operators who act for support.

use alloc::string::String;

use crate::error::{Invalid, What};

/// The employee who performs a support operation, and the reason.
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
/// # Ok::<(), second_factor::error::Invalid>(())
/// ```
#[derive(Clone, Debug)]
pub struct Operator {
    actor: String,
    reason: String,
}

impl Operator {
    /// Creates an operator with a name and a reason.
    ///
    /// # Errors
    ///
    /// Returns [`Invalid`] if a string is empty, too long, or contains a control character.
    pub fn new(actor: &str, reason: &str) -> Result<Self, Invalid> {
        if !is_text(actor) {
            Err(Invalid(What::Actor))
        } else if !is_text(reason) {
            Err(Invalid(What::ActReason))
        } else {
            Ok(Self { actor: actor.into(), reason: reason.into() })
        }
    }

    /// Returns the name of the operator.
    #[must_use]
    pub fn actor(&self) -> &str {
        &self.actor
    }

    /// Returns the reason for the operation.
    #[must_use]
    pub fn reason(&self) -> &str {
        &self.reason
    }
}

fn is_text(text: &str) -> bool {
    (1..=LONGEST).contains(&text.len())
        && !text.trim().is_empty()
        && !text.contains(char::is_control)
}

const LONGEST: usize = 200;
