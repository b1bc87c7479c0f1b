//! Factors that are accepted for each operation.

use crate::{
    factor::{FactorKind, FactorSet},
    purpose::Operation,
};

/// The factors that are accepted for each configurable operation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct FactorSets {
    pub(super) manage: FactorSet,
    pub(super) recover: FactorSet,
    pub(super) sign_in: FactorSet,
    pub(super) step_up: FactorSet,
    pub(super) transaction: FactorSet,
}

impl FactorSets {
    // STD N-03, A-04: email proves an address. It is a factor only if the policy names it.
    pub(super) const DEFAULT: Self = Self {
        // A sign-in request is approved by a device that has only a cookie. An attacker with a copy
        // of the cookie and the password must not step up, change factors or pay (NIST SP 800-63B-4
        // §5.1). A sign-in request therefore only signs in.
        manage: FactorSet::of(&[
            FactorKind::Totp,
            FactorKind::BackupCode,
            FactorKind::Phone,
            FactorKind::SecurityKey,
            FactorKind::Hotp,
        ]),
        // STD N-39: two proofs of different kinds are required. A code by email counts as one.
        recover: FactorSet::of(&[
            FactorKind::Totp,
            FactorKind::BackupCode,
            FactorKind::Email,
            FactorKind::Phone,
            FactorKind::SecurityKey,
            FactorKind::Hotp,
        ]),
        sign_in: FactorSet::of(&[
            FactorKind::Totp,
            FactorKind::BackupCode,
            FactorKind::Phone,
            FactorKind::SignInRequest,
            FactorKind::SecurityKey,
            FactorKind::Hotp,
        ]),
        step_up: FactorSet::of(&[
            FactorKind::Totp,
            FactorKind::BackupCode,
            FactorKind::Phone,
            FactorKind::SecurityKey,
            FactorKind::Hotp,
        ]),
        // STD M-02: only factors that can show the agreement and are bound to it. A TOTP app or an
        // HOTP token generates the same code for every amount.
        transaction: FactorSet::of(&[FactorKind::Phone, FactorKind::SecurityKey]),
    };

    pub(super) const fn of(&self, operation: Operation) -> FactorSet {
        match operation {
            Operation::Manage => self.manage,
            Operation::Recover => self.recover,
            // The factors that can be proven without an earlier proof.
            Operation::Register => FactorSet::of(&[FactorKind::Phone, FactorKind::Email]),
            // FAILURES 109: only the recovery address, which is always proven together with another
            // factor.
            Operation::ResetPin => FactorSet::of(&[FactorKind::Email]),
            Operation::SignIn => self.sign_in,
            Operation::StepUp => self.step_up,
            Operation::Transaction(_) => self.transaction,
            // Only the `confirm` functions prove an enrollment, and they do not read the policy.
            Operation::Enroll => FactorSet::of(&[]),
        }
    }

    /// Sets the factors of `operation`, and returns whether they can be set.
    pub(super) const fn set(&mut self, operation: Operation, kinds: FactorSet) -> bool {
        match operation {
            Operation::Manage => self.manage = kinds,
            Operation::Recover => self.recover = kinds,
            Operation::SignIn => self.sign_in = kinds,
            Operation::StepUp => self.step_up = kinds,
            Operation::Transaction(_) => self.transaction = kinds,
            Operation::Enroll | Operation::Register | Operation::ResetPin => return false,
        }
        true
    }

    pub(super) const fn each(&self) -> [FactorSet; 5] {
        let Self { manage, recover, sign_in, step_up, transaction } = *self;
        [manage, recover, sign_in, step_up, transaction]
    }

    /// Returns the sets with `kind` added to the operations that it can prove.
    pub(super) const fn with(self, kind: FactorKind) -> Self {
        let sign_in = self.sign_in.with(kind);
        match kind {
            // A device with only a cookie approves it.
            FactorKind::SignInRequest => Self { sign_in, ..self },
            #[cfg(feature = "rehearsal")]
            FactorKind::Rehearsal => Self { sign_in, ..self },
            // STD M-02: these factors cannot show the agreement.
            FactorKind::BackupCode | FactorKind::Hotp | FactorKind::Totp => Self {
                manage: self.manage.with(kind),
                recover: self.recover.with(kind),
                sign_in,
                step_up: self.step_up.with(kind),
                ..self
            },
            FactorKind::Email | FactorKind::Phone | FactorKind::Pin | FactorKind::SecurityKey => {
                Self {
                    manage: self.manage.with(kind),
                    recover: self.recover.with(kind),
                    sign_in,
                    step_up: self.step_up.with(kind),
                    transaction: self.transaction.with(kind),
                }
            }
        }
    }

    /// Returns the sets without `kind`.
    pub(super) const fn without(self, kind: FactorKind) -> Self {
        let Self { manage, recover, sign_in, step_up, transaction } = self;
        Self {
            manage: manage.without(kind),
            recover: recover.without(kind),
            sign_in: sign_in.without(kind),
            step_up: step_up.without(kind),
            transaction: transaction.without(kind),
        }
    }

    /// Returns the sets in which only `kinds` may sign in and manage.
    ///
    /// A factor that may not sign in must not remove one that may.
    pub(super) const fn narrowed(self, kinds: FactorSet) -> Self {
        Self { manage: self.manage.and(kinds), sign_in: self.sign_in.and(kinds), ..self }
    }

    /// Returns the factors that both sets allow.
    pub(super) const fn and(self, other: Self) -> Self {
        Self {
            manage: self.manage.and(other.manage),
            recover: self.recover.and(other.recover),
            sign_in: self.sign_in.and(other.sign_in),
            step_up: self.step_up.and(other.step_up),
            transaction: self.transaction.and(other.transaction),
        }
    }
}
