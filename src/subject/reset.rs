//! An administrator's reset: every factor is removed, and for a while the first one may be enrolled
//! anew. Knows no administrator: who is one is the host's to say.

use alloc::string::String;

use super::{Decision, Subject, span::Span};
use crate::{
    event::Event,
    verdict::{Denial, Reason},
};

/// Who resets a subject, and why.
///
/// Told to the host's [listener](crate::host::Listener), and kept nowhere.
///
/// # Input
///
/// Both have 1 to 200 bytes without control characters.
///
/// # Example
///
/// ```
/// use second_factor::subject::Reset;
///
/// let reset = Reset::new("carol, support", "lost phone, passport seen, case 4711")?;
/// assert_eq!(reset.actor(), "carol, support");
/// assert!(Reset::new("carol, support", "").is_err(), "nobody resets for no reason");
/// # Ok::<(), second_factor::subject::InvalidReset>(())
/// ```
///
/// # Source
///
/// PCI DSS 4.0.1 §8.5.1; [FAILURES 122](crate::manual::threats).
#[derive(Clone, Debug)]
pub struct Reset {
    actor: String,
    reason: String,
}

impl Reset {
    /// A reset by `actor`, for this reason.
    ///
    /// # Errors
    ///
    /// [`InvalidReset`].
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

    /// Who does it.
    #[must_use]
    pub fn actor(&self) -> &str {
        &self.actor
    }

    /// Why.
    #[must_use]
    pub fn reason(&self) -> &str {
        &self.reason
    }
}

/// An actor or a reason that says nothing, or too much.
///
/// # Example
///
/// ```
/// let error = second_factor::subject::Reset::new("", "").unwrap_err();
/// assert!(error.to_string().starts_with("an actor and a reason have 1 to 200 bytes"));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("an actor and a reason have 1 to 200 bytes, none a control character")]
#[non_exhaustive]
pub struct InvalidReset;

impl Subject<'_> {
    /// Removes every factor on the word of an administrator.
    ///
    /// A first one may be enrolled anew for as long as the policy's
    /// [`reset_life`](crate::Policy::reset_life).
    ///
    /// # Errors
    ///
    /// None before the write.
    pub fn reset(mut self, reset: &Reset) -> Decision<()> {
        self.drop_factors();
        // The administrator has seen who it is.
        self.state.quarantine = Span::none();
        self.state.registering.end_quarantine();
        // PCI DSS 8.5.1 (STD M-03): a way round is limited in time.
        self.state.reset = Some(Span::new(self.now(), self.policy.reset_life()));
        let Reset { actor, reason } = reset.clone();
        self.events.push(Event::Reset { actor, reason });
        Ok(self.commit(Ok(())))
    }

    /// FAILURES 122: refuses where a reset was forgotten, so that no account stays open by it.
    pub(super) fn check_reset(&self) -> Result<(), Denial> {
        let is_over = |life: Span| life.is_over(self.now());
        if !self.state.factors.protect() && self.state.reset.is_some_and(is_over) {
            return Err(Denial::new(Reason::Expired));
        }
        Ok(())
    }
}

const LONGEST: usize = 200;
