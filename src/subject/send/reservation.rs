//! Reservation of a send in its budgets.

use super::{
    request::{CodeRequest, CodeRequestKind},
    target::{Target, pool_of},
};
use crate::{
    denial::{Denial, Reason},
    id::RecordId,
    keys::{Keys, RecordKind},
    moment::Moment,
    policy::{Policy, SendLimits},
    record::{Record, Version},
    subject::{
        decision::{
            effects::Conversion,
            notice::Notice,
            subject::Subject,
            transition::{Decision, Transition},
        },
        record::{
            budget::{AddressBudget, PrefixTallies},
            clock_fault::HasTimes,
            codec::{self, Stored, Unreadable, seal_budget},
            send_history::SendHistory,
            send_pool::SendPool,
        },
    },
    time::UnixTime,
};

/// A send that is being charged to its budgets.
///
/// It starts with [`Subject::plan`](crate::sans_io::Subject::plan). [Check](BudgetCharge::check)
/// all of its [charges](Self::charges) first, so that a refusal charges nothing. Then apply each
/// charge in turn. When no charge is left, pass the reservation to
/// [`Subject::send`](crate::sans_io::Subject::send), which accepts it once.
///
/// The budgets are charged before the code is generated, and are never refunded. If the process
/// crashes in between, the charges remain although nothing was sent. They also remain if another
/// send exhausts a later budget between the check and the charge.
///
/// # Source
///
/// OWASP ASVS 5.0.0 2.4.1; [FAILURES 91](crate::manual::threats).
///
/// # Example
///
/// ```
/// use second_factor::{Keys, Policy, storage::Record};
/// use second_factor::sans_io::{BudgetCharge, Decision, Moment, Reservation, Unreadable};
///
/// /// Load the record of the charge, decide, swap and settle. After a conflict, load it again.
/// fn decide(
///     charge: &BudgetCharge, keys: &Keys, policy: &Policy, stored: Option<&Record>,
///     moment: Moment,
/// ) -> Result<Decision<Reservation>, Unreadable> {
///     charge.apply(keys, policy, stored, moment)
/// }
/// # let _ = decide;
/// ```
#[derive(Clone, Debug)]
#[must_use = "a charged budget is not refunded"]
pub struct Reservation {
    plan: SendPlan,
    send: [u8; 16],
    /// The number of its budgets that are charged.
    charged: usize,
}

/// The budgets of a send.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct SendPlan {
    pub(crate) subject: RecordId,
    pub(crate) address: RecordId,
    pub(crate) prefix: Option<RecordId>,
    /// Whether the charges only imitate a send, and nothing is sent (FAILURES 100).
    pub(crate) is_decoy: bool,
    pub(crate) share: Share,
}

impl SendPlan {
    /// Returns the budgets of a send to `target`.
    pub(crate) fn of(subject: &Subject<'_>, target: &Target, request: &CodeRequest) -> Self {
        let (state, keys) = (&subject.state, subject.context.keys);
        let (address, is_decoy) = match (target, &request.kind) {
            (Target::Address { address, .. }, _) => (Some(address), false),
            (Target::Decoy, CodeRequestKind::Address { address, .. }) => (Some(address), true),
            (Target::Decoy, _) => (None, true),
        };
        let is_claim = |address| state.factors.by_address(address).is_none();
        let share = match (pool_of(subject, request, target), address) {
            (SendPool::Known, _) => Share::Known,
            // Nothing was proven before a registration, even if the address is.
            (SendPool::Anonymous, Some(_)) => Share::Claim,
            // A decoy looks like a challenge, which only a proven address gets.
            (SendPool::Passed, Some(address)) if !is_decoy && is_claim(address) => Share::Claim,
            (SendPool::Anonymous | SendPool::Passed, _) => Share::Passed,
        };
        let record = subject.context.record_id;
        let prefix = match address {
            Some(address) => keys.prefix_record(address),
            // That of a dummy phone number, since most codes go to phone numbers.
            None => Some(keys.dummy_prefix_record()),
        };
        let address = match address.filter(|_| !is_decoy) {
            Some(address) => keys.budget_record(address),
            // FAILURES 100: the budget of the address would show what its owner receives.
            None => keys.decoy_budget_record(&record, address),
        };
        Self { subject: record, address, prefix, is_decoy, share }
    }
}

/// The part of the budgets that a message may use.
///
/// Half of the budget of an address is reserved for known devices. Half of the budget of a phone
/// prefix is reserved for proven numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Share {
    /// A code to an address that any caller can claim.
    Claim,
    /// A code to a proven address, at a known device.
    Known,
    /// A notice, with the limits of its kind. Notices have budgets of their own.
    Notice(SendLimits),
    /// A code to a proven address, after a first factor.
    Passed,
}

/// A charge to one budget.
///
/// # Example
///
/// See [`Reservation`].
#[derive(Clone, Debug)]
#[must_use = "a send needs all of its charges"]
pub struct BudgetCharge {
    id: RecordId,
    kind: BudgetKind,
    of: Reservation,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum BudgetKind {
    Address,
    Prefix,
}

/// The state of one budget.
trait Budget: HasTimes + Default + Stored {
    /// Returns an error if one more send is over the limit.
    fn check(&self, of: &Reservation, policy: &Policy, now: UnixTime) -> Result<(), Denial>;

    /// Charges one send.
    fn record(&mut self, of: &Reservation, now: UnixTime);
}

impl Reservation {
    pub(crate) const fn begin(plan: SendPlan, send: [u8; 16]) -> Self {
        Self { plan, send, charged: 0 }
    }

    /// Returns the budgets to charge before a notice is sent.
    ///
    /// An address and a phone prefix have a budget for the notices of all subjects, separate from
    /// their budget for codes. The budget of the subject is already charged.
    pub fn of_notice(keys: &Keys, notice: &Notice) -> Self {
        let plan = SendPlan {
            subject: notice.record,
            address: keys.budget_record(&notice.address),
            prefix: keys.prefix_record(&notice.address),
            is_decoy: false,
            share: Share::Notice(notice.limits),
        };
        Self::begin(plan, notice.message_id())
    }

    /// Returns the next charge, or `None` if every budget is charged.
    #[must_use]
    pub fn next(&self) -> Option<BudgetCharge> {
        self.charges().next()
    }

    /// Returns the charges that are left, in the order in which they are applied.
    pub fn charges(&self) -> impl Iterator<Item = BudgetCharge> {
        let prefix = self.plan.prefix.map(|id| (BudgetKind::Prefix, id));
        let budgets = [(BudgetKind::Address, self.plan.address)].into_iter().chain(prefix);
        let left = budgets.skip(self.charged);
        left.map(|(kind, id)| BudgetCharge { id, kind, of: self.clone() })
    }

    pub(crate) const fn send(&self) -> &[u8; 16] {
        &self.send
    }

    pub(crate) const fn is_decoy(&self) -> bool {
        self.plan.is_decoy
    }

    pub(crate) fn is_charged_for(&self, plan: &SendPlan) -> bool {
        self.plan == *plan && self.next().is_none()
    }
}

impl BudgetCharge {
    /// Returns the id of the budget's record.
    #[must_use]
    pub const fn record_id(&self) -> &RecordId {
        &self.id
    }

    /// Checks the budget without a write.
    ///
    /// # Errors
    ///
    /// Returns [`Unreadable`] if these keys do not open the record. The inner error is a [`Denial`]
    /// if the budget is exhausted until [`Denial::retry_at`].
    pub fn check(
        &self,
        keys: &Keys,
        policy: &Policy,
        record: Option<&Record>,
        now: UnixTime,
    ) -> Result<Result<(), Denial>, Unreadable> {
        match self.kind {
            BudgetKind::Address => self.examine::<AddressBudget>(keys, policy, record, now),
            BudgetKind::Prefix => self.examine::<PrefixTallies>(keys, policy, record, now),
        }
    }

    fn examine<B: Budget>(
        &self,
        keys: &Keys,
        policy: &Policy,
        record: Option<&Record>,
        now: UnixTime,
    ) -> Result<Result<(), Denial>, Unreadable> {
        let Some(record) = record else { return Ok(Ok(())) };
        let place = (self.kind.record_kind(), &self.id);
        let mut budget = codec::open_budget::<B>(keys, place, record)?.unwrap_or_default();
        // The charge writes the repair, or the wait would restart each time the record is opened.
        if budget.has_clock_fault(now) {
            return Ok(Ok(()));
        }
        Ok(budget.check(&self.of, policy, now))
    }

    /// Charges the budget. The outcome is the reservation with this charge applied.
    ///
    /// # Errors
    ///
    /// Returns [`Unreadable`] if these keys do not open the record. The inner error is a [`Denial`]
    /// that needs no write, if the budget is exhausted until [`Denial::retry_at`].
    pub fn apply(
        &self,
        keys: &Keys,
        policy: &Policy,
        record: Option<&Record>,
        moment: Moment,
    ) -> Result<Decision<Reservation>, Unreadable> {
        match self.kind {
            BudgetKind::Address => self.charge::<AddressBudget>(keys, policy, record, moment),
            BudgetKind::Prefix => self.charge::<PrefixTallies>(keys, policy, record, moment),
        }
    }

    fn charge<B: Budget>(
        &self,
        keys: &Keys,
        policy: &Policy,
        record: Option<&Record>,
        mut moment: Moment,
    ) -> Result<Decision<Reservation>, Unreadable> {
        let place = (self.kind.record_kind(), &self.id);
        keys.bind_to_record(&mut moment, place, record);
        let mut budget = match record {
            Some(record) => codec::open_budget::<B>(keys, place, record)?.unwrap_or_default(),
            None => B::default(),
        };
        let now = moment.now();
        let had_fault = budget.has_clock_fault(now);
        budget.repair_times(now);
        let outcome = match budget.check(&self.of, policy, now) {
            Ok(()) => {
                budget.record(&self.of, now);
                Ok(self.charged())
            }
            // A repair must be written, or the wait would restart each time the record is opened.
            Err(denial) if had_fault => Err(denial),
            Err(denial) => return Ok(Err(denial)),
        };
        let version = record.map(Record::version);
        // FAILURES 100: a decoy is refused where a send would be. It spends a budget of its own, and
        // none of the numbers that share a prefix.
        let is_shared = self.kind == BudgetKind::Prefix;
        let expected = if self.of.is_decoy() && is_shared { Some(Version::NEVER) } else { version };
        let record = seal_budget(keys, place, version, &budget, &mut moment);
        Ok(Ok(Transition::new(self.id, expected, record, outcome)))
    }

    /// Returns the reservation with this charge applied.
    fn charged(&self) -> Reservation {
        let charged = self.of.charged.saturating_add(1);
        Reservation { charged, ..self.of.clone() }
    }
}

impl BudgetKind {
    const fn record_kind(self) -> RecordKind {
        match self {
            Self::Address => RecordKind::Budget,
            Self::Prefix => RecordKind::Prefix,
        }
    }
}

impl Budget for AddressBudget {
    fn check(&self, of: &Reservation, policy: &Policy, now: UnixTime) -> Result<(), Denial> {
        const NONE: &SendHistory = &SendHistory::new();
        let limits = policy.address_limits();
        let (sends, limits) = match of.plan.share {
            Share::Claim | Share::Passed => (&self.sends, limits.half()),
            Share::Known => (self.known.as_ref().unwrap_or(NONE), limits.known_half()),
            Share::Notice(limits) => (&self.notices, limits),
        };
        match sends.full_until(&limits, now) {
            Some(until) if !sends.contains(&of.send) => {
                Err(Denial::until(Reason::SendLimit, until))
            }
            _ => Ok(()),
        }
    }

    fn record(&mut self, of: &Reservation, now: UnixTime) {
        let sends = match of.plan.share {
            Share::Claim | Share::Passed => &mut self.sends,
            Share::Known => self.known.get_or_insert_default(),
            Share::Notice(_) => &mut self.notices,
        };
        // If the answer was lost and the charge is repeated, the send is charged once.
        if !sends.contains(&of.send) {
            sends.record(of.send, now);
        }
    }
}

impl Budget for PrefixTallies {
    fn check(&self, of: &Reservation, policy: &Policy, now: UnixTime) -> Result<(), Denial> {
        let (all, one) = (policy.prefix_limits(), policy.address_limits());
        let until = match of.plan.share {
            Share::Claim => self.full_until(&all.half(), &one.half(), now),
            Share::Known | Share::Passed => self.full_until(all, one, now),
            Share::Notice(one) => self.notices_full_until(all, &one, now),
        };
        match until {
            Some(until) => Err(Denial::until(Reason::PrefixSendLimit, until)),
            None => Ok(()),
        }
    }

    fn record(&mut self, of: &Reservation, now: UnixTime) {
        match of.plan.share {
            Share::Claim | Share::Known | Share::Passed => self.record_send(now),
            Share::Notice(_) => self.record_notice(now),
        }
    }
}

impl Conversion {
    /// Returns the id of the record with the budget of the phone prefix.
    #[must_use]
    pub const fn record_id(&self) -> &RecordId {
        &self.id
    }

    /// Records the conversion, or returns `None` if there is no budget to change.
    ///
    /// # Errors
    ///
    /// Returns [`Unreadable`] if these keys do not open the record.
    pub fn record(
        self,
        keys: &Keys,
        record: Option<&Record>,
        mut moment: Moment,
    ) -> Result<Option<Transition<()>>, Unreadable> {
        let Some(record) = record else { return Ok(None) };
        let place = (RecordKind::Prefix, &self.id);
        keys.bind_to_record(&mut moment, place, Some(record));
        let Some(mut tallies) = codec::open_budget::<PrefixTallies>(keys, place, record)? else {
            return Ok(None);
        };
        tallies.record_conversion();
        let version = Some(record.version());
        let next = seal_budget(keys, place, version, &tallies, &mut moment);
        Ok(Some(Transition::new(self.id, version, next, Ok(()))))
    }
}
