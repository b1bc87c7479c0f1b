//! Failure counts in a state.

use super::State;
use crate::{
    factor::FactorKind,
    subject::record::{
        factor_times::FactorTimes,
        fields::Id,
        limiter::{Counter, Limiter},
    },
};

impl State {
    fn address_count(&self, enrollment: &Id) -> Option<Id> {
        self.enrollment(enrollment)?.count()
    }

    /// The failure count that `counter` names.
    pub(crate) fn limiter(&self, counter: Counter) -> Option<&Limiter> {
        let factors = &self.factors;
        match counter {
            Counter::Address(id) => factors.by_id(&id).map(|proven| &proven.limiter),
            Counter::BackupCode => factors.backup.as_ref().map(|set| &set.limiter),
            Counter::Enrollment(id) => self.enrolling.limiter(&self.address_count(&id)?),
            Counter::Hotp => factors.hotp.as_ref().map(|hotp| &hotp.limiter),
            Counter::HotpResync => factors.hotp.as_ref().map(|hotp| &hotp.resync),
            Counter::Pin => factors.pin.as_ref().map(|pin| &pin.limiter),
            Counter::PinRehearsal => factors.pin.as_ref().map(|pin| &pin.rehearsals),
            Counter::Registration => Some(&self.registration.limiter),
            Counter::SignInRequest => Some(&self.sign_in_requests.limiter),
            Counter::SupportCode => self.support_code.as_ref().map(|code| &code.limiter),
            Counter::Totp => factors.totp.as_ref().map(|totp| &totp.limiter),
        }
    }

    /// As [`limiter`](Self::limiter).
    pub(crate) fn limiter_mut(&mut self, counter: Counter) -> Option<&mut Limiter> {
        if let Counter::Enrollment(id) = counter {
            let count = self.address_count(&id)?;
            return self.enrolling.limiter_mut(&count);
        }
        let factors = &mut self.factors;
        match counter {
            Counter::Address(id) => factors.by_id_mut(&id).map(|proven| &mut proven.limiter),
            Counter::BackupCode => factors.backup.as_mut().map(|set| &mut set.limiter),
            Counter::Enrollment(_) => None,
            Counter::Hotp => factors.hotp.as_mut().map(|hotp| &mut hotp.limiter),
            Counter::HotpResync => factors.hotp.as_mut().map(|hotp| &mut hotp.resync),
            Counter::Pin => factors.pin.as_mut().map(|pin| &mut pin.limiter),
            Counter::PinRehearsal => factors.pin.as_mut().map(|pin| &mut pin.rehearsals),
            Counter::Registration => Some(&mut self.registration.limiter),
            Counter::SignInRequest => Some(&mut self.sign_in_requests.limiter),
            Counter::SupportCode => self.support_code.as_mut().map(|code| &mut code.limiter),
            Counter::Totp => factors.totp.as_mut().map(|totp| &mut totp.limiter),
        }
    }

    /// Whether the factor behind `counter` is disabled.
    ///
    /// The two counts of an HOTP token disable both single codes and resynchronization. A disabled PIN
    /// cannot be rehearsed.
    pub(crate) fn is_disabled(&self, counter: Counter) -> bool {
        let is_disabled = |counter| self.limiter(counter).is_some_and(|of| of.is_disabled);
        match counter {
            Counter::Hotp | Counter::HotpResync => {
                is_disabled(Counter::Hotp) || is_disabled(Counter::HotpResync)
            }
            Counter::PinRehearsal => {
                is_disabled(Counter::Pin) || is_disabled(Counter::PinRehearsal)
            }
            other => is_disabled(other),
        }
    }

    /// Clears the failures of a factor that succeeded, and returns how many there were.
    pub(crate) fn clear_failures(&mut self, counter: Counter) -> u32 {
        let mut clear = |counter| {
            self.limiter_mut(counter).map_or(0, |limiter| {
                let failures = limiter.row();
                limiter.clear();
                failures
            })
        };
        match counter {
            Counter::Hotp | Counter::HotpResync => {
                clear(Counter::Hotp) + clear(Counter::HotpResync)
            }
            other => clear(other),
        }
    }

    /// The kind of the factor behind `counter`, as events name it.
    pub(crate) fn kind_of(&self, counter: Counter) -> Option<FactorKind> {
        Some(match counter {
            Counter::Address(id) => self.factors.by_id(&id)?.address.kind().into(),
            Counter::BackupCode | Counter::SupportCode => FactorKind::BackupCode,
            Counter::Enrollment(id) => self.enrollment(&id)?.factor.kind(),
            Counter::Hotp | Counter::HotpResync => FactorKind::Hotp,
            Counter::Pin | Counter::PinRehearsal => FactorKind::Pin,
            Counter::Registration => self.registration.open.as_ref()?.address.kind().into(),
            Counter::SignInRequest => FactorKind::SignInRequest,
            Counter::Totp => FactorKind::Totp,
        })
    }

    /// When the factor behind `counter` was enrolled and used.
    pub(crate) fn times_mut(&mut self, counter: Counter) -> Option<&mut FactorTimes> {
        let factors = &mut self.factors;
        match counter {
            Counter::Address(id) => factors.by_id_mut(&id).map(|proven| &mut proven.times),
            Counter::BackupCode => factors.backup.as_mut().map(|set| &mut set.times),
            Counter::Hotp | Counter::HotpResync => {
                factors.hotp.as_mut().map(|hotp| &mut hotp.times)
            }
            Counter::Pin | Counter::PinRehearsal => factors.pin.as_mut().map(|pin| &mut pin.times),
            Counter::Totp => factors.totp.as_mut().map(|totp| &mut totp.times),
            // They count no enrolled factor.
            Counter::Enrollment(_)
            | Counter::Registration
            | Counter::SignInRequest
            | Counter::SupportCode => None,
        }
    }
}
