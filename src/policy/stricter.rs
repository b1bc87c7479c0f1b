//! Stricter policies, combined or for one sign-in.

use core::cmp::{max_by_key, min};

use super::{Policy, UnsafePolicy};
use crate::{
    factor::{FactorKind, FactorSet},
    otp::{Algorithm, TotpParameters, Window},
};

impl Policy {
    /// Returns a policy that is at least as strict as both, setting by setting.
    ///
    /// Use it for a user with two roles, or for a role within a tenant. The result allows the
    /// factors and countries that both policies allow. It has the lower limits, the longer locks
    /// and the earlier enrollment deadline. The result has the shorter of the two
    /// [routes](super::Route), because a route grants no permission. The order of the two policies
    /// has no effect.
    ///
    /// # Errors
    ///
    /// Returns [`UnsafePolicy::NoFactor`] if the policies have no factor in common for an
    /// operation. Refuse the sign-in, and correct the policies.
    ///
    /// # Example
    ///
    /// ```
    /// use second_factor::{FactorKind, Policy, purpose::Operation};
    ///
    /// let administrator = Policy::builder().forbid(FactorKind::Phone).build()?;
    /// let tenant = Policy::builder().code_digits(8).forbid(FactorKind::BackupCode).build()?;
    /// let both = administrator.and(&tenant)?;
    /// assert_eq!(both.code_digits(), 8);
    /// let forbidden = [FactorKind::Phone, FactorKind::BackupCode];
    /// assert!(both.factors(Operation::SignIn).all(|kind| !forbidden.contains(&kind)));
    /// # Ok::<(), second_factor::policy::UnsafePolicy>(())
    /// ```
    #[doc(alias = "merge")]
    #[doc(alias = "combine")]
    #[doc(alias = "intersection")]
    pub fn and(&self, other: &Self) -> Result<Self, UnsafePolicy> {
        // If two values satisfy any other rule of the builder, the stricter value satisfies it too.
        let sets = self.sets.and(other.sets);
        if sets.each().iter().any(|set| set.is_empty()) {
            return Err(UnsafePolicy::NoFactor);
        }
        Ok(Self {
            absent: self.absent.and(other.absent),
            address_sends: self.address_sends.and(other.address_sends),
            backup_codes: min(self.backup_codes, other.backup_codes),
            code_digits: self.code_digits.max(other.code_digits),
            code_lifetime: min(self.code_lifetime, other.code_lifetime),
            countries: self.countries.and(&other.countries),
            device_lifetime: min(self.device_lifetime, other.device_lifetime),
            device_limits: self.device_limits.and(other.device_limits),
            failures: self.failures.and(other.failures),
            hash_cost: self.hash_cost.max(other.hash_cost),
            is_narrowed: self.is_narrowed || other.is_narrowed,
            late_enrollment: self.late_enrollment.and(other.late_enrollment),
            look_ahead: min(self.look_ahead, other.look_ahead),
            management_max_age: min(self.management_max_age, other.management_max_age),
            notices: self.notices.and(other.notices),
            prefix_sends: self.prefix_sends.and(other.prefix_sends),
            requirement: self.requirement.and(other.requirement),
            reset_lifetime: min(self.reset_lifetime, other.reset_lifetime),
            route: self.route.and(other.route),
            sets,
            sign_in_by_read: self.sign_in_by_read.and(other.sign_in_by_read),
            support_codes: self.support_codes.and(other.support_codes),
            subject_sends: self.subject_sends.and(other.subject_sends),
            totp: stricter_totp(self.totp, other.totp),
            totp_apps: min(self.totp_apps, other.totp_apps),
            window: stricter_window(self.window, other.window),
        })
    }

    /// Returns this policy with only these kinds of factors for signing in.
    ///
    /// Use it for a sign-in that your application considers risky. Kinds that this policy does not
    /// allow stay forbidden. If no kind is allowed, every sign-in is refused. A trusted device is
    /// not a kind of factor, so it does not replace the second factor.
    /// [Managing](crate::purpose::Operation::Manage) is limited to the same kinds, so that a
    /// forbidden factor cannot enroll an allowed one.
    ///
    /// # Example
    ///
    /// ```
    /// use second_factor::{FactorKind, Policy, purpose::Operation};
    ///
    /// let at_risk = Policy::default().only(&[FactorKind::SecurityKey, FactorKind::Email]);
    /// assert!(at_risk.factors(Operation::SignIn).eq([FactorKind::SecurityKey]));
    /// assert_eq!(Policy::default().only(&[]).factors(Operation::SignIn).count(), 0);
    /// ```
    #[doc(alias = "risk")]
    #[doc(alias = "adaptive")]
    #[must_use]
    pub fn only(&self, kinds: &[FactorKind]) -> Self {
        let sets = self.sets.narrowed(FactorSet::of(kinds));
        Self { is_narrowed: true, sets, ..self.clone() }
    }
}

fn stricter_totp(one: TotpParameters, another: TotpParameters) -> TotpParameters {
    let bits = |algorithm: &Algorithm| match algorithm {
        Algorithm::Sha1 => 160,
        Algorithm::Sha256 => 256,
        Algorithm::Sha512 => 512,
    };
    // The builder accepts one value of the start time.
    one.with_algorithm(max_by_key(one.algorithm(), another.algorithm(), bits))
        .with_digits(one.digits().max(another.digits()))
        .with_period(one.period().min(another.period()))
}

fn stricter_window(one: Window, another: Window) -> Window {
    let (past, future) = (min(one.past(), another.past()), min(one.future(), another.future()));
    // Both windows were valid, so this one is valid.
    Window::new(past, future).unwrap_or(Window::NONE)
}
