//! How many messages may go to one address, and to numbers that begin alike, over all subjects. Sends
//! nothing.

use alloc::vec::Vec;
use core::fmt;

use minicbor::{CborLen, Decode, Encode};

use super::{
    BudgetCharge, Decision, Moment, Reservation, Transition, Unreadable,
    codec::{next_version, open, seal},
    prefix::PrefixTallies,
    request::Share,
    reserved::BudgetKind,
    sends::SendHistory,
};
use crate::{
    UnixTime,
    id::RecordId,
    keys::{Keys, RecordKind},
    policy::Policy,
    record::{Record, Version},
    time::DAY,
    verdict::{Denial, Reason},
};

/// The record of what was sent to one address, or to numbers that begin alike, by whomever.
///
/// A send is [reserved](Self::reserve) here before its code is drawn, and never given back: whatever
/// dies on the way has spent a send and given none (OWASP ASVS 5.0.0 2.4.1;
/// [FAILURES 91](crate::manual::threats)).
///
/// # Example
///
/// The [`Verifier`](crate::Verifier) does this for you; by hand it is
///
/// ```
/// use second_factor::{Policy, Keys, storage::Record};
/// use second_factor::subject::{Budget, Decision, BudgetCharge, Moment, Reservation, Unreadable};
///
/// fn take(
///     keys: &Keys, policy: &Policy, due: BudgetCharge, stored: Option<&Record>, moment: Moment,
/// ) -> Result<Decision<Reservation>, Unreadable> {
///     Ok(Budget::open(keys, policy, due, stored, moment)?.reserve())
/// }
/// # let _ = take;
/// ```
pub struct Budget<'a> {
    keys: &'a Keys,
    policy: &'a Policy,
    version: Option<Version>,
    due: BudgetCharge,
    moment: Moment,
    state: BudgetState,
}

/// What is kept, by what it is of.
enum BudgetState {
    Address(AddressBudget),
    Prefix(PrefixTallies),
}

#[derive(Default, Encode, Decode, CborLen)]
#[cbor(map)]
struct AddressBudget {
    #[n(0)]
    sends: SendHistory,
}

impl<'a> Budget<'a> {
    /// Opens what the store keeps under the id of what is [due](Reservation::due).
    ///
    /// # Errors
    ///
    /// [`Unreadable`] when there is a record that these keys do not open. Then nothing is sent.
    pub fn open(
        keys: &'a Keys,
        policy: &'a Policy,
        due: BudgetCharge,
        record: Option<&Record>,
        moment: Moment,
    ) -> Result<Self, Unreadable> {
        let place = (due.budget_kind().kind(), due.record_id());
        let state = match (due.budget_kind(), record) {
            (BudgetKind::Address, Some(record)) => {
                BudgetState::Address(open(keys, place, record)?.0)
            }
            (BudgetKind::Address, None) => BudgetState::Address(AddressBudget::default()),
            (BudgetKind::Prefix, Some(record)) => BudgetState::Prefix(open(keys, place, record)?.0),
            (BudgetKind::Prefix, None) => BudgetState::Prefix(PrefixTallies::new()),
        };
        Ok(Self { keys, policy, version: record.map(Record::version), due, moment, state })
    }

    /// Takes one send out of the budget. Asking an address twice for one send takes one.
    ///
    /// # Errors
    ///
    /// A [`Denial`]: [`Reason::SendLimit`] when the address was written to as often as it may be,
    /// [`Reason::PrefixSendLimit`] when too few of the codes to numbers like it were ever entered.
    pub fn reserve(mut self) -> Decision<Reservation> {
        let now = self.moment.now();
        let was_fault = self.repair(now);
        match self.take(now) {
            Ok(()) => {
                let reserved = self.due.clone().taken();
                Ok(self.write(Ok(reserved)))
            }
            // What was mended must be written, or it would begin again at every look.
            Err(denial) if was_fault => Ok(self.write(Err(denial))),
            Err(denial) => Err(denial),
        }
    }

    /// Sets times right that lie in the future.
    fn repair(&mut self, now: UnixTime) -> bool {
        match &mut self.state {
            BudgetState::Address(AddressBudget { sends }) => {
                let was_fault = sends.is_in_future(now);
                sends.repair(now);
                was_fault
            }
            BudgetState::Prefix(tallies) => tallies.repair(now),
        }
    }

    fn take(&mut self, now: UnixTime) -> Result<(), Denial> {
        let needs_another_factor = self.due.plan().share() == Share::Half;
        match &mut self.state {
            BudgetState::Address(AddressBudget { sends }) => {
                if sends.contains(self.due.send()) {
                    return Ok(());
                }
                let limits = *self.policy.address_sends();
                let limits = if needs_another_factor { limits.half() } else { limits };
                if let Some(until) = sends.full_until(&limits, now) {
                    return Err(Denial::until(Reason::SendLimit, until));
                }
                sends.note(*self.due.send(), now);
            }
            BudgetState::Prefix(tallies) => {
                let limits = (*self.policy.prefix_sends(), *self.policy.address_sends());
                let (limits, one) =
                    if needs_another_factor { (limits.0.half(), limits.1.half()) } else { limits };
                if let Some(until) = tallies.full_until(&limits, &one, now) {
                    return Err(Denial::until(Reason::PrefixSendLimit, until));
                }
                tallies.note_send(now);
            }
        }
        Ok(())
    }

    fn write(mut self, outcome: Result<Reservation, Denial>) -> Transition<Reservation> {
        // FAILURES 100: a decoy is refused where a send would be, and takes nothing.
        let is_decoy = self.due.plan().is_decoy();
        let expected = if is_decoy { Some(Version::NEVER) } else { self.version };
        let id = *self.due.record_id();
        let place = (self.due.budget_kind().kind(), &id);
        let record = match &self.state {
            BudgetState::Address(sends) => {
                write(self.keys, place, self.version, sends, &mut self.moment)
            }
            BudgetState::Prefix(tallies) => {
                write(self.keys, place, self.version, tallies, &mut self.moment)
            }
        };
        Transition::new(id, expected, record, outcome, Vec::new())
    }
}

impl fmt::Debug for Budget<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Budget").field("id", self.due.record_id()).finish_non_exhaustive()
    }
}

/// The record of a state that nobody needs after a day.
pub(super) fn write<S: Encode<()> + CborLen<()>>(
    keys: &Keys,
    place: (RecordKind, &RecordId),
    version: Option<Version>,
    state: &S,
    moment: &mut Moment,
) -> Record {
    let version = next_version(version, moment);
    let forget = moment.now().plus(u64::from(DAY));
    seal(keys, place, version, state, Some(forget), moment)
}
