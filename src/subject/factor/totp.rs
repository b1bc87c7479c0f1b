//! TOTP: codes of authenticator apps (RFC 6238).

use alloc::boxed::Box;

use super::{Attempt, check_digits};
use crate::{
    denial::{Denial, Reason},
    moment::Moment,
    otp::{Found, Step, Totp, TotpParameters, Window},
    secret::{GENERATED_BYTES, Secret},
    subject::record::{
        factor_times::FactorTimes, factors::Factors, limiter::LaneLimiters, open_codes::NewFactor,
        totp::TotpFactor,
    },
    time::UnixTime,
};

/// Generates a secret for a new app.
pub(crate) fn begin(parameters: TotpParameters, moment: &mut Moment) -> (NewFactor, Secret) {
    // RFC 6238 §3 R5: each enrollment has its own secret.
    let drawn = moment.secret::<GENERATED_BYTES>();
    let secret = Secret::new(&*drawn).expect("20 bytes are within the limits");
    (NewFactor::Totp { secret: Box::new(secret.clone()), parameters }, secret)
}

/// Returns the step of the first code of a new app, or `None` if the code is incorrect.
pub(crate) fn check_first(
    secret: &Secret,
    parameters: TotpParameters,
    typed: &str,
    now: UnixTime,
    window: Window,
) -> Option<Step> {
    match Totp::with(secret, parameters).find(typed, now, window, None) {
        Found::Fresh(step) => Some(step),
        Found::Nothing | Found::Used => None,
    }
}

/// Enrolls an app, and returns whether it replaces an earlier one.
///
/// `last` is the step of the app's first code, which is consumed and cannot also sign in.
pub(crate) fn confirm(
    factors: &mut Factors,
    secret: Box<Secret>,
    parameters: TotpParameters,
    last: Option<Step>,
    now: UnixTime,
) -> bool {
    let (limiters, times) = (LaneLimiters::new(), FactorTimes::new(now));
    let totp = TotpFactor { secret, parameters, last, limiters, times, ahead: None };
    factors.totp.replace(totp).is_some()
}

/// Returns an error unless `typed` could be a code of an authenticator app.
pub(crate) fn check_form(typed: &str) -> Result<(), Denial> {
    check_digits(typed, 6..=9)
}

/// Checks a code of the enrolled app.
pub(crate) fn check(
    factor: &mut TotpFactor,
    typed: &str,
    now: UnixTime,
    window: Window,
) -> Attempt {
    let totp = Totp::with(&factor.secret, factor.parameters);
    let digits = usize::from(factor.parameters.digits().count());
    match totp.find(typed, now, window, factor.last) {
        Found::Fresh(step) if Some(step.get()) == factor.ahead => Attempt::Replayed,
        Found::Fresh(step) => {
            // RFC 6238 §5.2, STD N-25: the write that records the success consumes the step.
            factor.last = Some(step);
            Attempt::Correct
        }
        Found::Used => Attempt::Replayed,
        Found::Nothing if typed.len() != digits => Attempt::Refused(Reason::Malformed),
        Found::Nothing => Attempt::Incorrect,
    }
}

/// Does the same work as [`check`] if no app is enrolled.
///
/// Otherwise, timing would reveal that none is enrolled (law 8).
pub(crate) fn dummy_check(parameters: TotpParameters, typed: &str, now: UnixTime, window: Window) {
    let secret = Secret::new(&[0; 20]).expect("20 bytes are within the limits");
    let found = Totp::with(&secret, parameters).find(typed, now, window, None);
    core::hint::black_box(found == Found::Nothing);
}

/// Removes the app, and returns whether there was one.
pub(crate) fn remove(factors: &mut Factors) -> bool {
    factors.totp.take().is_some()
}
