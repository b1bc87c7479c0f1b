//! How many messages may go to one address, over all subjects. Sends nothing.

use alloc::vec::Vec;
use core::fmt;

use minicbor::{CborLen, Decode, Encode};

use super::{
    Decision, Moment, SendPlan, Transition, Unreadable,
    codec::{next_version, open, seal},
    request::Share,
    sends::{DAY, Sends},
};
use crate::{
    id::RecordId,
    keys::{Keys, RecordKind},
    policy::Policy,
    record::{Record, Version},
    verdict::{Denial, Reason},
};

/// The record of what was sent to one address, by whomever.
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
/// use second_factor::subject::{Budget, Decision, Moment, Reserved, SendPlan, Unreadable};
///
/// fn reserve(
///     keys: &Keys, policy: &Policy, plan: &SendPlan, stored: Option<&Record>, moment: Moment,
/// ) -> Result<Decision<Reserved>, Unreadable> {
///     let send_id = [7; 16];               // random, the same however often this is tried
///     Ok(Budget::open(keys, policy, plan, stored, moment)?.reserve(send_id))
/// }
/// # let _ = reserve;
/// ```
pub struct Budget<'a> {
    keys: &'a Keys,
    policy: &'a Policy,
    id: RecordId,
    version: Option<Version>,
    plan: SendPlan,
    moment: Moment,
    state: Spent,
}

#[derive(Default, Encode, Decode, CborLen)]
#[cbor(map)]
struct Spent {
    #[n(0)]
    sends: Sends,
}

impl<'a> Budget<'a> {
    /// Opens what the store keeps under the id that the plan names.
    ///
    /// # Errors
    ///
    /// [`Unreadable`] when there is a record that these keys do not open. Then nothing is sent.
    pub fn open(
        keys: &'a Keys,
        policy: &'a Policy,
        plan: &SendPlan,
        record: Option<&Record>,
        moment: Moment,
    ) -> Result<Self, Unreadable> {
        let id = *plan.budget();
        let state = match record {
            Some(record) => open(keys, (RecordKind::Budget, &id), record)?.0,
            None => Spent::default(),
        };
        let version = record.map(Record::version);
        Ok(Self { keys, policy, id, version, plan: plan.clone(), moment, state })
    }

    /// Takes one send, named by `send`, out of the budget. Asking twice for one name takes one.
    ///
    /// # Errors
    ///
    /// A [`Denial`] for [`Reason::Budget`] when the address was written to as often as it may be.
    pub fn reserve(mut self, send: [u8; 16]) -> Decision<Reserved> {
        let now = self.moment.now();
        let was_fault = self.state.sends.is_fault(now);
        self.state.sends.mend(now);
        let reserved = Reserved { plan: self.plan.clone(), send };
        if self.state.sends.contains(&send) {
            return Ok(self.write(Ok(reserved)));
        }
        let limits = match self.plan.share() {
            Share::All => *self.policy.address_sends(),
            Share::Half => self.policy.address_sends().half(),
        };
        if let Some(until) = self.state.sends.full_until(&limits, now) {
            let denial = Denial::until(Reason::Budget, until);
            // What was mended must be written, or it would begin again at every look.
            return if was_fault { Ok(self.write(Err(denial))) } else { Err(denial) };
        }
        self.state.sends.note(send, now);
        Ok(self.write(Ok(reserved)))
    }

    fn write(mut self, outcome: Result<Reserved, Denial>) -> Transition<Reserved> {
        // FAILURES 100: a decoy is refused where a send would be, and takes nothing.
        let expected = if self.plan.is_decoy() { Some(Version::NEVER) } else { self.version };
        let version = next_version(self.version, &mut self.moment);
        let place = (RecordKind::Budget, &self.id);
        let forget = self.moment.now().plus(DAY);
        let record = seal(self.keys, place, version, &self.state, Some(forget), &mut self.moment);
        Transition::new(self.id, expected, record, outcome, Vec::new())
    }
}

impl fmt::Debug for Budget<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Budget").field("id", &self.id).finish_non_exhaustive()
    }
}

/// One send, taken out of the budget of an address. [`Subject::send`](super::Subject::send) takes it
/// once.
#[derive(Debug)]
#[must_use = "a send that is reserved is spent"]
pub struct Reserved {
    plan: SendPlan,
    send: [u8; 16],
}

impl Reserved {
    /// The random name of the send.
    pub(super) const fn send(&self) -> &[u8; 16] {
        &self.send
    }

    /// Whether this is a send that `plan` planned: of that subject, to that very address.
    pub(super) fn is_for(&self, plan: &SendPlan) -> bool {
        self.plan == *plan
    }
}
