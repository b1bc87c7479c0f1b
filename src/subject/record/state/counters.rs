//! Failure counts in a state.

use super::State;
use crate::subject::record::{
    device::Device,
    factor_times::FactorTimes,
    fields::Id,
    lane::Lane,
    limiter::{Counter, LaneLimiters, Limiter, Tally},
};

impl State {
    /// Returns the failure count that `tally` names, or `None` if nothing is counted there.
    pub(crate) fn limiter(&self, tally: Tally) -> Option<&Limiter> {
        let Tally { counter, lane } = tally;
        match counter {
            Counter::Enrollment(id) => self.enrolling.limiter(&self.address_count(&id)?),
            Counter::PinRehearsal => self.factors.pin.as_ref().map(|pin| &pin.rehearsals),
            Counter::SignInRequest => Some(&self.sign_in_requests.limiter),
            Counter::Unguessable => None,
            Counter::Registration => match lane {
                Lane::Known(id) => self.device(&id).map(|device| &device.limiter),
                Lane::Anonymous | Lane::Passed => Some(&self.registration.limiter),
            },
            counter => {
                let limiters = self.limiters(counter)?;
                match lane {
                    Lane::Known(id) => self.device(&id).map(|device| &device.limiter),
                    Lane::Anonymous | Lane::Passed => Some(limiters.of(lane)),
                }
            }
        }
    }

    /// Returns a mutable reference, like [`limiter`](Self::limiter).
    pub(crate) fn limiter_mut(&mut self, tally: Tally) -> Option<&mut Limiter> {
        let Tally { counter, lane } = tally;
        match counter {
            Counter::Enrollment(id) => {
                let count = self.address_count(&id)?;
                self.enrolling.limiter_mut(&count)
            }
            Counter::PinRehearsal => self.factors.pin.as_mut().map(|pin| &mut pin.rehearsals),
            Counter::SignInRequest => Some(&mut self.sign_in_requests.limiter),
            Counter::Unguessable => None,
            Counter::Registration => match lane {
                Lane::Known(id) => self.device_mut(&id).map(|device| &mut device.limiter),
                Lane::Anonymous | Lane::Passed => Some(&mut self.registration.limiter),
            },
            counter => {
                self.limiters(counter)?;
                match lane {
                    Lane::Known(id) => self.device_mut(&id).map(|device| &mut device.limiter),
                    Lane::Anonymous | Lane::Passed => {
                        Some(self.limiters_mut(counter)?.of_mut(lane))
                    }
                }
            }
        }
    }

    /// Returns the counts of the factor behind `counter`, if it has one for each lane.
    fn limiters(&self, counter: Counter) -> Option<&LaneLimiters> {
        let factors = &self.factors;
        match counter {
            Counter::Address(id) => factors.by_id(&id).map(|proven| &proven.limiters),
            Counter::BackupCode => factors.backup.as_ref()?.limiters.as_ref(),
            Counter::Hotp => factors.hotp.as_ref().map(|hotp| &hotp.limiters),
            Counter::HotpResync => factors.hotp.as_ref().map(|hotp| &hotp.resync),
            Counter::Pin => factors.pin.as_ref().map(|pin| &pin.limiters),
            Counter::Totp => factors.totp.as_ref().map(|totp| &totp.limiters),
            Counter::Enrollment(_)
            | Counter::PinRehearsal
            | Counter::Registration
            | Counter::SignInRequest
            | Counter::Unguessable => None,
        }
    }

    /// Returns a mutable reference, like [`limiters`](Self::limiters).
    fn limiters_mut(&mut self, counter: Counter) -> Option<&mut LaneLimiters> {
        let factors = &mut self.factors;
        match counter {
            Counter::Address(id) => factors.by_id_mut(&id).map(|proven| &mut proven.limiters),
            Counter::BackupCode => factors.backup.as_mut()?.limiters.as_mut(),
            Counter::Hotp => factors.hotp.as_mut().map(|hotp| &mut hotp.limiters),
            Counter::HotpResync => factors.hotp.as_mut().map(|hotp| &mut hotp.resync),
            Counter::Pin => factors.pin.as_mut().map(|pin| &mut pin.limiters),
            Counter::Totp => factors.totp.as_mut().map(|totp| &mut totp.limiters),
            Counter::Enrollment(_)
            | Counter::PinRehearsal
            | Counter::Registration
            | Counter::SignInRequest
            | Counter::Unguessable => None,
        }
    }

    fn address_count(&self, enrollment: &Id) -> Option<Id> {
        self.enrollment(enrollment)?.count()
    }

    /// Returns the counter for failures of backup codes: none, unless the codes were imported.
    pub(crate) fn backup_counter(&self) -> Counter {
        let set = self.factors.backup.as_ref();
        match set.and_then(|set| set.limiters.as_ref()) {
            Some(_) => Counter::BackupCode,
            None => Counter::Unguessable,
        }
    }

    pub(crate) fn device(&self, id: &Id) -> Option<&Device> {
        self.devices.iter().find(|device| device.id == *id)
    }

    pub(crate) fn device_mut(&mut self, id: &Id) -> Option<&mut Device> {
        self.devices.iter_mut().find(|device| device.id == *id)
    }

    /// Returns whether the factor behind `tally` is disabled there.
    ///
    /// The two counts of an HOTP token disable both single codes and resynchronization. A disabled
    /// PIN cannot be rehearsed.
    pub(crate) fn is_disabled(&self, tally: Tally) -> bool {
        let Tally { counter, lane } = tally;
        let is_disabled = |counter: Counter, lane| {
            self.limiter(counter.in_lane(lane)).is_some_and(|of| of.is_disabled)
        };
        match counter {
            Counter::Hotp | Counter::HotpResync => {
                let is_retired = self.factors.hotp.as_ref().is_some_and(|hotp| hotp.is_retired);
                let counters = [Counter::Hotp, Counter::HotpResync];
                is_retired || counters.into_iter().any(|counter| is_disabled(counter, lane))
            }
            Counter::PinRehearsal => {
                is_disabled(Counter::Pin, Lane::Passed) || is_disabled(counter, lane)
            }
            counter => is_disabled(counter, lane),
        }
    }

    /// Clears the failures of a factor that succeeded, and returns how many there were.
    ///
    /// The success ends the row in its lane, and in the lanes that prove less.
    pub(crate) fn clear_failures(&mut self, tally: Tally) -> u32 {
        let Tally { counter, lane } = tally;
        let (hotp, one) = ([Counter::Hotp, Counter::HotpResync], [counter]);
        let counters = if hotp.contains(&counter) { &hotp[..] } else { &one[..] };
        let row = |counter: &Counter| self.limiter(counter.in_lane(lane)).map_or(0, Limiter::row);
        let failures = match lane {
            Lane::Known(_) => row(&counter),
            Lane::Anonymous | Lane::Passed => counters.iter().map(row).sum(),
        };
        for counter in counters {
            match (self.limiters_mut(*counter), counter, lane) {
                (Some(limiters), ..) => limiters.succeed(lane),
                (None, Counter::Registration, Lane::Known(_)) => self.registration.limiter.lift(),
                (None, ..) => {
                    let limiter = self.limiter_mut(counter.in_lane(lane));
                    limiter.into_iter().for_each(Limiter::clear);
                }
            }
        }
        if let Lane::Known(id) = lane {
            self.device_mut(&id).into_iter().for_each(|device| device.limiter.clear());
        }
        failures
    }

    /// Returns the times of enrollment and last use of the factor behind `counter`.
    pub(crate) fn times_mut(&mut self, counter: Counter) -> Option<&mut FactorTimes> {
        let factors = &mut self.factors;
        match counter {
            Counter::Address(id) => factors.by_id_mut(&id).map(|proven| &mut proven.times),
            Counter::BackupCode => factors.backup.as_mut().map(|set| &mut set.times),
            Counter::Hotp | Counter::HotpResync => {
                factors.hotp.as_mut().map(|hotp| &mut hotp.times)
            }
            Counter::Pin | Counter::PinRehearsal => factors.pin.as_mut().map(|pin| &mut pin.times),
            // Each app has its own times, which its check changes.
            Counter::Totp => None,
            // They count no enrolled factor.
            Counter::Enrollment(_)
            | Counter::Registration
            | Counter::SignInRequest
            | Counter::Unguessable => None,
        }
    }
}
