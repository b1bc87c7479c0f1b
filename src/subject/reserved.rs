//! A send while it is taken out of its budgets, one after the other. Takes nothing itself.

use super::SendPlan;
use crate::{id::RecordId, keys::RecordKind};

/// One send, taken out of its budgets when nothing is [due](Self::due) any more.
/// [`Subject::send`](super::Subject::send) takes it once.
///
/// # Example
///
/// See [`Budget`](super::Budget).
#[derive(Clone, Debug)]
#[must_use = "a send that is reserved is spent"]
pub struct Reserved {
    plan: SendPlan,
    send: [u8; 16],
    /// How many of the budgets of the plan it was taken out of.
    taken: usize,
}

/// One budget out of which a send is still to be taken.
///
/// # Example
///
/// ```
/// use second_factor::subject::{Due, Reserved};
///
/// fn record_to_load(reserved: &Reserved) -> Option<[u8; 16]> {
///     reserved.due().map(|due| *due.record_id().as_bytes())
/// }
/// # let _ = record_to_load;
/// ```
#[derive(Clone, Debug)]
#[must_use = "it is to be taken"]
pub struct Due {
    id: RecordId,
    purse: Purse,
    of: Reserved,
}

/// Of what a budget is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Purse {
    /// Of one address.
    Address,
    /// Of numbers that begin alike.
    Prefix,
}

impl Purse {
    pub(super) const fn kind(self) -> RecordKind {
        match self {
            Self::Address => RecordKind::Budget,
            Self::Prefix => RecordKind::Prefix,
        }
    }
}

impl Reserved {
    /// A send as it was planned, taken out of no budget yet.
    ///
    /// `send` is its name: random, and the same however often this is tried.
    pub const fn begin(plan: SendPlan, send: [u8; 16]) -> Self {
        Self { plan, send, taken: 0 }
    }

    /// The next budget to take it out of; `None`: it is paid.
    #[must_use]
    pub fn due(&self) -> Option<Due> {
        let (purse, id) = self.plan.purses().nth(self.taken)?;
        Some(Due { id, purse, of: self.clone() })
    }

    /// The random name of the send.
    pub(super) const fn send(&self) -> &[u8; 16] {
        &self.send
    }

    /// Whether this is a send that `plan` planned: of that subject, to that very address, and paid.
    pub(super) fn is_for(&self, plan: &SendPlan) -> bool {
        self.plan == *plan && self.due().is_none()
    }
}

impl Due {
    /// The record of the budget.
    #[must_use]
    pub const fn record_id(&self) -> &RecordId {
        &self.id
    }

    pub(super) const fn purse(&self) -> Purse {
        self.purse
    }

    pub(super) const fn plan(&self) -> &SendPlan {
        &self.of.plan
    }

    pub(super) const fn send(&self) -> &[u8; 16] {
        &self.of.send
    }

    /// The send, taken out of this budget too.
    pub(super) const fn taken(self) -> Reserved {
        let Self { mut of, .. } = self;
        of.taken = of.taken.saturating_add(1);
        of
    }
}
