//! Reset of a subject by an administrator.

use alloc::string::String;

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
/// # Ok::<(), second_factor::InvalidReset>(())
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
    /// Returns [`InvalidReset`] if a text is empty, too long, or has control characters.
    pub fn new(actor: &str, reason: &str) -> Result<Self, InvalidReset> {
        let is_text = |text: &str| {
            (1..=LONGEST).contains(&text.len())
                && !text.trim().is_empty()
                && !text.contains(char::is_control)
        };
        if !is_text(actor) || !is_text(reason) {
            return Err(InvalidReset);
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

/// The actor or the reason of a reset is out of bounds.
///
/// # Example
///
/// ```
/// let error = second_factor::Reset::new("", "").unwrap_err();
/// assert!(error.to_string().starts_with("an actor and a reason have 1 to 200 bytes"));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("an actor and a reason have 1 to 200 bytes, without control characters")]
#[non_exhaustive]
pub struct InvalidReset;

const LONGEST: usize = 200;
