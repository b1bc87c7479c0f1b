//! How many messages may go to one address, and to numbers that begin alike, over all subjects. Sends
//! nothing.

use alloc::vec::Vec;
use core::fmt;

use minicbor::{CborLen, Decode, Encode};

use super::{
    Decision, Due, Moment, Reserved, Transition, Unreadable,
    codec::{next_version, open, seal},
    prefix::Tallies,
    request::Share,
    reserved::Purse,
    sends::Sends,
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
/// use second_factor::subject::{Budget, Decision, Due, Moment, Reserved, Unreadable};
///
/// fn take(
///     keys: &Keys, policy: &Policy, due: Due, stored: Option<&Record>, moment: Moment,
/// ) -> Result<Decision<Reserved>, Unreadable> {
///     Ok(Budget::open(keys, policy, due, stored, moment)?.reserve())
/// }
/// # let _ = take;
/// ```
pub struct Budget<'a> {
    keys: &'a Keys,
    policy: &'a Policy,
    version: Option<Version>,
    due: Due,
    moment: Moment,
    state: Spent,
}

/// What is kept, by what it is of.
enum Spent {
    Address(OfAddress),
    Prefix(Tallies),
}

#[derive(Default, Encode, Decode, CborLen)]
#[cbor(map)]
struct OfAddress {
    #[n(0)]
    sends: Sends,
}

impl<'a> Budget<'a> {
    /// Opens what the store keeps under the id of what is [due](Reserved::due).
    ///
    /// # Errors
    ///
    /// [`Unreadable`] when there is a record that these keys do not open. Then nothing is sent.
    pub fn open(
        keys: &'a Keys,
        policy: &'a Policy,
        due: Due,
        record: Option<&Record>,
        moment: Moment,
    ) -> Result<Self, Unreadable> {
        let place = (due.purse().kind(), due.record_id());
        let state = match (due.purse(), record) {
            (Purse::Address, Some(record)) => Spent::Address(open(keys, place, record)?.0),
            (Purse::Address, None) => Spent::Address(OfAddress::default()),
            (Purse::Prefix, Some(record)) => Spent::Prefix(open(keys, place, record)?.0),
            (Purse::Prefix, None) => Spent::Prefix(Tallies::new()),
        };
        Ok(Self { keys, policy, version: record.map(Record::version), due, moment, state })
    }

    /// Takes one send out of the budget. Asking an address twice for one send takes one.
    ///
    /// # Errors
    ///
    /// A [`Denial`]: [`Reason::Budget`] when the address was written to as often as it may be,
    /// [`Reason::PrefixBudget`] when too few of the codes to numbers like it were ever entered.
    pub fn reserve(mut self) -> Decision<Reserved> {
        let now = self.moment.now();
        let was_fault = self.mend(now);
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
    fn mend(&mut self, now: UnixTime) -> bool {
        match &mut self.state {
            Spent::Address(OfAddress { sends }) => {
                let was_fault = sends.is_fault(now);
                sends.mend(now);
                was_fault
            }
            Spent::Prefix(tallies) => tallies.mend(now),
        }
    }

    fn take(&mut self, now: UnixTime) -> Result<(), Denial> {
        let is_half = self.due.plan().share() == Share::Half;
        match &mut self.state {
            Spent::Address(OfAddress { sends }) => {
                if sends.contains(self.due.send()) {
                    return Ok(());
                }
                let limits = *self.policy.address_sends();
                let limits = if is_half { limits.half() } else { limits };
                if let Some(until) = sends.full_until(&limits, now) {
                    return Err(Denial::until(Reason::Budget, until));
                }
                sends.note(*self.due.send(), now);
            }
            Spent::Prefix(tallies) => {
                let limits = (*self.policy.prefix_sends(), *self.policy.address_sends());
                let (limits, one) =
                    if is_half { (limits.0.half(), limits.1.half()) } else { limits };
                if let Some(until) = tallies.full_until(&limits, &one, now) {
                    return Err(Denial::until(Reason::PrefixBudget, until));
                }
                tallies.note_send(now);
            }
        }
        Ok(())
    }

    fn write(mut self, outcome: Result<Reserved, Denial>) -> Transition<Reserved> {
        // FAILURES 100: a decoy is refused where a send would be, and takes nothing.
        let is_decoy = self.due.plan().is_decoy();
        let expected = if is_decoy { Some(Version::NEVER) } else { self.version };
        let id = *self.due.record_id();
        let place = (self.due.purse().kind(), &id);
        let record = match &self.state {
            Spent::Address(sends) => write(self.keys, place, self.version, sends, &mut self.moment),
            Spent::Prefix(tallies) => {
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
