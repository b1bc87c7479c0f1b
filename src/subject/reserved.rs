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
pub struct Reservation {
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
/// use second_factor::subject::{BudgetCharge, Reservation};
///
/// fn record_to_load(reservation: &Reservation) -> Option<[u8; 16]> {
///     reservation.next().map(|charge| *charge.record_id().as_bytes())
/// }
/// # let _ = record_to_load;
/// ```
#[derive(Clone, Debug)]
#[must_use = "it is to be taken"]
pub struct BudgetCharge {
    id: RecordId,
    budget_kind: BudgetKind,
    of: Reservation,
}

/// Of what a budget is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum BudgetKind {
    /// Of one address.
    Address,
    /// Of numbers that begin alike.
    Prefix,
}

impl BudgetKind {
    pub(super) const fn kind(self) -> RecordKind {
        match self {
            Self::Address => RecordKind::Budget,
            Self::Prefix => RecordKind::Prefix,
        }
    }
}

impl Reservation {
    /// A send as it was planned, taken out of no budget yet.
    ///
    /// `send` is its name: random, and the same however often this is tried.
    pub const fn begin(plan: SendPlan, send: [u8; 16]) -> Self {
        Self { plan, send, taken: 0 }
    }

    /// The next budget to take it out of; `None`: it is paid.
    #[must_use]
    pub fn next(&self) -> Option<BudgetCharge> {
        let (budget_kind, id) = self.plan.budgets().nth(self.taken)?;
        Some(BudgetCharge { id, budget_kind, of: self.clone() })
    }

    /// The random name of the send.
    pub(super) const fn send(&self) -> &[u8; 16] {
        &self.send
    }

    /// Whether this is a send that `plan` planned: of that subject, to that very address, and paid.
    pub(super) fn is_for(&self, plan: &SendPlan) -> bool {
        self.plan == *plan && self.next().is_none()
    }
}

impl BudgetCharge {
    /// The record of the budget.
    #[must_use]
    pub const fn record_id(&self) -> &RecordId {
        &self.id
    }

    pub(super) const fn budget_kind(&self) -> BudgetKind {
        self.budget_kind
    }

    pub(super) const fn plan(&self) -> &SendPlan {
        &self.of.plan
    }

    pub(super) const fn send(&self) -> &[u8; 16] {
        &self.of.send
    }

    /// The send, taken out of this budget too.
    pub(super) const fn taken(self) -> Reservation {
        let Self { mut of, .. } = self;
        of.taken = of.taken.saturating_add(1);
        of
    }
}
