//! Effects of a decision besides its write.

use alloc::vec::Vec;

use crate::{address::Address, event::Event, factor::FactorSet, id::RecordId, purpose::Operation};

/// What a decision reports, and to whom.
#[derive(Default)]
pub(crate) struct Effects {
    pub(crate) events: Vec<Event>,
    /// Sign-ins whose next step never came. The first write that drops them reports them.
    pub(crate) abandoned: Vec<Operation>,
    /// Addresses that this decision removes. They are notified of it too.
    pub(crate) removed: Vec<Address>,
    /// Kinds of factors that were locked for the first time since their last success.
    pub(crate) first_locks: FactorSet,
    /// Whether this decision adds the first factor that protects the subject.
    pub(crate) begins_protection: bool,
    pub(crate) conversion: Option<Conversion>,
    /// The address that this decision and those that it resumes proved.
    pub(crate) proven: Option<Address>,
}

impl Effects {
    /// Whether the user is notified of `event`.
    pub(crate) fn is_for_the_user(&self, event: &Event) -> bool {
        is_for_the_user(event, self.first_locks)
    }

    /// The events, each with the addresses at which the user is to be notified of it.
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
        // STD O-05: the user is notified at the first lock, and not of those that follow.
        Event::FactorLocked(kind) => first_locks.contains(*kind),
        other => other.is_for_the_user(),
    }
}

/// The conversion of a sent code: the user entered it.
///
/// Record it after the commit, best effort. It makes room in the budget of the phone prefix.
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
