//! Effects of a decision besides its write.

use alloc::vec::Vec;

use crate::{Address, Purpose, event::Event, factor::FactorSet, id::RecordId};

/// What a decision reports, and to whom.
#[derive(Default)]
pub(crate) struct Effects {
    pub(crate) events: Vec<Event>,
    /// Sign-ins whose next step never came. The first write that drops them reports them.
    pub(crate) abandoned: Vec<Purpose>,
    /// Addresses that this decision removes. They are notified of it too.
    pub(crate) removed: Vec<Address>,
    /// Kinds of factors that were locked for the first time since their last success.
    pub(crate) first_locks: FactorSet,
    pub(crate) conversion: Option<Conversion>,
}

impl Effects {
    /// Whether the user is notified of `event`.
    pub(crate) fn is_for_the_user(&self, event: &Event) -> bool {
        match event {
            // STD O-05: the user is notified of the first lock only.
            Event::FactorLocked(kind) => self.first_locks.contains(*kind),
            other => other.is_for_the_user(),
        }
    }

    /// The events, each with the addresses at which the user is to be notified of it.
    pub(crate) fn into_events(self, addresses: &[Address]) -> Vec<(Event, Vec<Address>)> {
        let is_notified: Vec<bool> =
            self.events.iter().map(|event| self.is_for_the_user(event)).collect();
        let to = |is_notified| if is_notified { addresses.to_vec() } else { Vec::new() };
        self.events.into_iter().zip(is_notified.into_iter().map(to)).collect()
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
