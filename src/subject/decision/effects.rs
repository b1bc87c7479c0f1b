//! Effects of a decision in addition to its write.

use alloc::{string::String, vec::Vec};

use crate::{
    address::Address, event::Event, factor::FactorSet, id::RecordId, purpose::Operation,
    subject::record::outbox::RemovedAddress,
};

/// The reports of a decision, and their recipients.
#[derive(Default)]
pub(crate) struct Effects {
    pub(crate) events: Vec<Event>,
    /// The operation of the proof, if there is one.
    pub(crate) operation: Option<Operation>,
    /// Sign-ins whose next step never followed. The first write that drops them reports them.
    pub(crate) abandoned: Vec<Operation>,
    /// Addresses that this decision removes. They are notified of it too.
    pub(crate) removed: Vec<RemovedAddress>,
    /// Kinds of factors that were locked for the first time since their last success.
    pub(crate) first_locks: FactorSet,
    /// Whether this decision adds the first factor that protects the subject.
    pub(crate) begins_protection: bool,
    pub(crate) conversion: Option<Conversion>,
    /// The name of the TOTP app that this decision adds or removes, or whose code it accepts.
    pub(crate) app_label: Option<String>,
    /// The address that was proven by this decision, and by those that it resumes.
    pub(crate) proven: Option<Address>,
    /// Whether the user already knows of every event, and is not notified.
    pub(crate) is_silent: bool,
}

impl Effects {
    /// Returns whether the user is notified of `event`, so that the record must store it.
    pub(crate) fn is_kept(&self, event: &Event) -> bool {
        !self.is_silent
            && match event {
                // STD O-05: the user is notified at the first lock, and not of those that follow.
                Event::FactorLocked(kind) => self.first_locks.contains(*kind),
                other => other.is_for_the_user(),
            }
    }
}

/// A record that the user entered a code that was sent.
///
/// Write it after the commit, on a best-effort basis. A conversion enlarges the budget of the phone
/// prefix.
///
/// # Example
///
/// ```
/// use second_factor::{Keys, storage::Record};
/// use second_factor::sans_io::{Conversion, Moment, Transition, Unreadable};
///
/// fn decide(
///     conversion: Conversion, keys: &Keys, stored: Option<&Record>, moment: Moment,
/// ) -> Result<Option<Transition<()>>, Unreadable> {
///     conversion.record(keys, stored, moment)      // `None`: there is no budget to change
/// }
/// # let _ = decide;
/// ```
#[derive(Clone, Copy)]
pub struct Conversion {
    pub(crate) id: RecordId,
}

redacted!(Conversion);
