//! Whether a change to the factors is allowed, by whom and of what. Changes nothing.

use super::{
    Authority, Enroller, Subject,
    authority::{Basis, Permission},
    enroll::most_of,
    span::Span,
};
use crate::{
    Address, FactorKind, Purpose,
    factor::FactorSet,
    verdict::{Denial, Reason},
};

impl Subject<'_> {
    /// Whether `enroller` may add a factor.
    ///
    /// What is begun on the host's word ends when a first factor stands: the generation moves then.
    pub(super) fn check_enroller(&self, enroller: &Enroller) -> Result<(), Denial> {
        self.require_record()?;
        if enroller.subject != self.id {
            return Err(Denial::new(Reason::Unauthorized));
        }
        match enroller.basis {
            Basis::Proven(right) => self.check_permission(&right)?,
            // FAILURES 70: a password alone adds nothing where a factor stands.
            Basis::HostAssertion if self.state.factors.protect() => {
                return Err(Denial::new(Reason::Unauthorized));
            }
            Basis::HostAssertion => self.check_not_quarantined()?,
        }
        self.check_reset()
    }

    pub(super) fn check_authority(&self, authority: &Authority) -> Result<(), Denial> {
        self.require_record()?;
        if authority.subject != self.id {
            return Err(Denial::new(Reason::Unauthorized));
        }
        self.check_permission(&authority.right)
    }

    fn check_permission(&self, right: &Permission) -> Result<(), Denial> {
        let holds = self.version.is_some()
            && right.epoch == self.state.epoch
            && right.purpose.gives_authority()
            // STD O-11: the policy decides with what factors are managed, whatever else they prove.
            && right.factors.meets(self.policy.factor_set(Purpose::Manage))
            // FAILURES 109: where a PIN stands, nothing changes without it.
            && (self.state.factors.pin.is_none() || right.factors.contains(FactorKind::Pin))
            && (right.purpose != Purpose::Register || !self.has_factor_besides_pin())
            && !Span::new(right.at, self.policy.management_age()).is_over(self.now());
        if !holds {
            return Err(Denial::new(Reason::Unauthorized));
        }
        let by_number_alone =
            right.purpose == Purpose::Register && !right.factors.contains(FactorKind::Pin);
        if by_number_alone { self.check_not_quarantined() } else { Ok(()) }
    }

    /// FAILURES 112: whoever took a number over must not add what its owner could not remove by
    /// taking it back. The owner has a day for that.
    fn check_not_quarantined(&self) -> Result<(), Denial> {
        match self.state.registering.quarantined_until(self.now()) {
            Some(until) => Err(Denial::until(Reason::Quarantined, until)),
            None => Ok(()),
        }
    }

    /// Whether anything but a PIN protects: then a proof with nothing before it gives no right.
    pub(super) fn has_factor_besides_pin(&self) -> bool {
        let mut standing = self.state.factors.each();
        standing.any(|one| one.protects && one.kind != FactorKind::Pin)
    }

    /// Whether a factor of this kind would be of use: a first one that could not sign in or could not
    /// manage would lock its owner out.
    pub(super) fn check_kind(&self, kind: FactorKind) -> Result<(), Denial> {
        self.check_kind_among(kind, FactorSet::of(&[kind]))
    }

    /// As [`check_kind`](Self::check_kind), for one of several that are added at once.
    pub(super) fn check_kind_among(
        &self,
        kind: FactorKind,
        added: FactorSet,
    ) -> Result<(), Denial> {
        let [sign_in, manage] =
            [Purpose::SignIn, Purpose::Manage].map(|purpose| self.policy.factor_set(purpose));
        if !kind.can_be_only_factor() {
            return Err(Denial::new(Reason::NotAllowed));
        }
        let is_for_recovery = kind == FactorKind::Email && !sign_in.contains(kind);
        let can_be_first = manage.meets(added) || self.state.factors.protect();
        if is_for_recovery || (sign_in.contains(kind) && can_be_first) {
            return Ok(());
        }
        Err(Denial::new(Reason::NotAllowed))
    }

    /// Whether the policy names email for signing in; else it is for recovery.
    pub(super) const fn is_email_a_factor(&self) -> bool {
        self.policy.factor_set(Purpose::SignIn).contains(FactorKind::Email)
    }

    /// Whether there is room for one more address of its kind, or it stands already.
    pub(super) fn check_room(&self, address: &Address) -> Result<(), Denial> {
        let others =
            self.state.factors.addresses.iter().filter(|proven| {
                proven.address.kind() == address.kind() && proven.address != *address
            });
        if others.count() < most_of(address.kind()) {
            Ok(())
        } else {
            Err(Denial::new(Reason::TooMany))
        }
    }
}
