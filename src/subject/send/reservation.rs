//! Reservation of a send in its budgets.

use super::{
    request::{CodeRequest, CodeRequestKind},
    target::{Target, lane_of},
};
use crate::{
    denial::{Denial, Reason},
    id::RecordId,
    keys::{Keys, RecordKind},
    moment::Moment,
    policy::{NOTICE_LIMITS, Policy, SendLimits},
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
            lane::Lane,
        },
    },
    time::UnixTime,
};

/// A send that is being charged to its budgets.
///
/// It starts with [`Subject::plan`](crate::sans_io::Subject::plan). [Check](BudgetCharge::check) all
/// of its [charges](Self::charges), so that a refusal charges nothing. Then apply each charge in
/// turn. When none is left, pass the reservation to
/// [`Subject::send`](crate::sans_io::Subject::send), which accepts it once.
///
/// The budgets are charged before the code is generated, and never refunded: a process that
/// crashes in between has spent a send and sent nothing. Only if another send fills a budget between
/// the check and the charge, an earlier charge stays.
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
    /// Whether it is a notice, which has a budget of its own.
    pub(crate) is_notice: bool,
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
        let share = match address {
            // Nothing was proven before a registration, even if the address is.
            Some(_) if lane_of(subject, request) == Lane::Anonymous => Share::Half,
            // A decoy looks like a challenge, which only a proven address gets.
            Some(address) if !is_decoy && is_claim(address) => Share::Half,
            _ => Share::All,
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
        Self { subject: record, address, prefix, is_decoy, share, is_notice: false }
    }
}

/// The part of a budget that a send may use.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Share {
    /// The whole budget, because the address is proven.
    All,
    /// Half of the budget, because any caller can claim an address. The other half is reserved for
    /// its owner.
    Half,
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

    /// Returns what to charge before a notice is sent; `None` if it costs nothing.
    ///
    /// The number has a budget of notices over all subjects, apart from that of codes. That of the
    /// subject is charged already.
    #[must_use]
    pub fn of_notice(keys: &Keys, notice: &Notice) -> Option<Self> {
        notice.address.prefix()?;
        let plan = SendPlan {
            subject: notice.record,
            address: keys.budget_record(&notice.address),
            // A notice is never converted. The budget of the number bounds what it can cost.
            prefix: None,
            is_decoy: false,
            share: if notice.is_routine { Share::Half } else { Share::All },
            is_notice: true,
        };
        Some(Self::begin(plan, notice.message_id()))
    }

    /// Returns the next charge; `None` if every budget is charged.
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

    fn limits(&self, limits: &SendLimits) -> SendLimits {
        match self.plan.share {
            Share::All => *limits,
            Share::Half => limits.half(),
        }
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
    /// Returns [`Unreadable`] if these keys do not open the record. The inner error is a [`Denial`]:
    /// the budget is spent until [`Denial::retry_at`].
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
    /// that needs no write: the budget is exhausted until [`Denial::retry_at`].
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
        let (sends, limits) = match of.plan.is_notice {
            true => (&self.notices, &NOTICE_LIMITS),
            false => (&self.sends, policy.address_limits()),
        };
        match sends.full_until(&of.limits(limits), now) {
            Some(until) if !sends.contains(&of.send) => {
                Err(Denial::until(Reason::SendLimit, until))
            }
            _ => Ok(()),
        }
    }

    fn record(&mut self, of: &Reservation, now: UnixTime) {
        let sends = if of.plan.is_notice { &mut self.notices } else { &mut self.sends };
        // If the answer was lost and the charge is repeated, the send is charged once.
        if !sends.contains(&of.send) {
            sends.record(of.send, now);
        }
    }
}

impl Budget for PrefixTallies {
    fn check(&self, of: &Reservation, policy: &Policy, now: UnixTime) -> Result<(), Denial> {
        let limits = match of.plan.share {
            Share::All => *policy.prefix_limits(),
            Share::Half => policy.prefix_limits().half(),
        };
        let one = of.limits(policy.address_limits());
        match self.full_until(&limits, &one, now) {
            Some(until) => Err(Denial::until(Reason::PrefixSendLimit, until)),
            None => Ok(()),
        }
    }

    fn record(&mut self, _: &Reservation, now: UnixTime) {
        self.record_send(now);
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
