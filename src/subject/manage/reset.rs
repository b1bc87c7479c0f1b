//! Reset of a subject by an administrator.

use alloc::string::String;

use crate::error::{Invalid, What};

/// Who resets a subject, and why.
///
/// It is reported to your application's [listener](crate::host::Listener), and is not stored.
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
/// use second_factor::Reset;
///
/// let reset = Reset::new("carol, support", "lost phone, passport seen, case 4711")?;
/// assert_eq!(reset.actor(), "carol, support");
/// assert!(Reset::new("carol, support", "").is_err(), "a reset needs a reason");
/// # Ok::<(), second_factor::error::Invalid>(())
/// ```
#[derive(Clone, Debug)]
pub struct Reset {
    actor: String,
    reason: String,
}

impl Reset {
    /// Creates a reset by `actor` for `reason`.
    ///
    /// # Errors
    ///
    /// Returns [`Invalid`] if a text is empty, too long, or has control characters.
    pub fn new(actor: &str, reason: &str) -> Result<Self, Invalid> {
        let is_text = |text: &str| {
            (1..=LONGEST).contains(&text.len())
                && !text.trim().is_empty()
                && !text.contains(char::is_control)
        };
        if !is_text(actor) || !is_text(reason) {
            return Err(Invalid(What::Actor));
        }
        Ok(Self { actor: actor.into(), reason: reason.into() })
    }

    /// Returns who resets the subject.
    #[must_use]
    pub fn actor(&self) -> &str {
        &self.actor
    }

    /// Returns why it is reset.
    #[must_use]
    pub fn reason(&self) -> &str {
        &self.reason
    }
}

const LONGEST: usize = 200;
