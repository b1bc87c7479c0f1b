//! Effects of a decision in addition to its write.

use alloc::vec::Vec;

use crate::{address::Address, event::Event, factor::FactorSet, id::RecordId, purpose::Operation};

/// The reports of a decision, and their recipients.
#[derive(Default)]
pub(crate) struct Effects {
    pub(crate) events: Vec<Event>,
    /// Sign-ins whose next step never followed. The first write that drops them reports them.
    pub(crate) abandoned: Vec<Operation>,
    /// Addresses that this decision removes. They are notified of the removal too.
    pub(crate) removed: Vec<Address>,
    /// Kinds of factors that were locked for the first time since their last success.
    pub(crate) first_locks: FactorSet,
    pub(crate) conversion: Option<Conversion>,
    /// The address that was proven by this decision, and by those that it resumes.
    pub(crate) proven: Option<Address>,
}

impl Effects {
    /// Returns whether the user is notified of `event`.
    pub(crate) fn is_for_the_user(&self, event: &Event) -> bool {
        is_for_the_user(event, self.first_locks)
    }

    /// Returns the events, each with the addresses at which to notify the user.
    pub(crate) fn into_events(self, addresses: &[Address]) -> Vec<(Event, Vec<Address>)> {
        let Self { events, first_locks, .. } = self;
        let with_addresses = |event| {
            let is_notified = is_for_the_user(&event, first_locks);
            (event, if is_notified { addresses.to_vec() } else { Vec::new() })
        };
        events.into_iter().map(with_addresses).collect()
    }
}

fn is_for_the_user(event: &Event, first_locks: FactorSet) -> bool {
    match event {
        // STD O-05: the user is notified of the first lock, and not of the locks that follow.
        Event::FactorLocked(kind) => first_locks.contains(*kind),
        other => other.is_for_the_user(),
    }
}

/// A record that the user entered a code that was sent.
///
/// Write it after the commit, on a best-effort basis. It enlarges the budget of the phone prefix.
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
