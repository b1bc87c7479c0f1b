//! TOTP: codes of authenticator apps (RFC 6238).

use alloc::{boxed::Box, string::String, vec::Vec};

use super::{Attempt, check_digits};
use crate::{
    denial::{Denial, Reason},
    id::ItemId,
    moment::Moment,
    otp::{Digits, Found, Step, Totp, TotpParameters, Window},
    policy::{MAX_TOTP_APPS, Policy},
    secret::{GENERATED_BYTES, Secret},
    subject::record::{
        factor_times::FactorTimes,
        factors::Factors,
        limiter::{LaneLimiters, Limiter},
        open_codes::NewFactor,
        totp::{AppMut, FurtherApp, TotpFactor},
    },
    time::UnixTime,
};

/// An app whose first code was correct, or that another application had enrolled.
pub(crate) struct ConfirmedApp {
    pub(crate) secret: Box<Secret>,
    pub(crate) parameters: TotpParameters,
    /// The step of its last code, which is consumed and cannot also sign in.
    pub(crate) last: Option<Step>,
    pub(crate) label: Option<String>,
}

/// The effect of a newly confirmed app on the apps that are already enrolled.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum EarlierApps {
    Replaced,
    Stay,
}

/// Generates a secret for a new app.
pub(crate) fn begin(
    parameters: TotpParameters,
    label: Option<String>,
    moment: &mut Moment,
) -> (NewFactor, Secret) {
    // RFC 6238 §3 R5: each enrollment has its own secret.
    let drawn = moment.secret::<GENERATED_BYTES>();
    let secret = Secret::new(&*drawn).expect("20 bytes are within the limits");
    (NewFactor::Totp { secret: Box::new(secret.clone()), parameters, label }, secret)
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

/// Returns the effect of another app on the enrolled apps, or `None` if there is no room for it.
///
/// Under a policy that allows one app, the new app replaces it, so that the user can change apps.
pub(crate) fn earlier_apps(
    factors: &Factors,
    policy: &Policy,
    has_lost_apps: bool,
) -> Option<EarlierApps> {
    let (count, most) = (factors.totp.as_ref().map_or(0, TotpFactor::count), policy.totp_apps());
    if has_lost_apps || most == 1 {
        Some(EarlierApps::Replaced)
    } else {
        (count < usize::from(most)).then_some(EarlierApps::Stay)
    }
}

/// Enrolls an app, and returns whether it replaces earlier ones.
pub(crate) fn confirm(
    factors: &mut Factors,
    app: ConfirmedApp,
    earlier: EarlierApps,
    moment: &mut Moment,
) -> bool {
    let ConfirmedApp { secret, parameters, last, label } = app;
    let times = FactorTimes::new(moment.now());
    match &mut factors.totp {
        Some(totp) if earlier == EarlierApps::Stay => {
            let id = moment.bytes().into();
            let app = FurtherApp { id, secret, parameters, last, times, ahead: None, label };
            totp.further.push(app);
            // The owner is there, with a fresh proof: STD N-41 allows the factor after it is
            // enrolled again. The slow count stays, because it counts guesses at every app.
            totp.limiters.each_mut().for_each(Limiter::lift);
            false
        }
        earlier => {
            let (limiters, further) = (LaneLimiters::new(), Vec::new());
            let (ahead, id) = (None, None);
            earlier
                .replace(TotpFactor {
                    secret,
                    parameters,
                    last,
                    limiters,
                    times,
                    ahead,
                    id,
                    label,
                    further,
                })
                .is_some()
        }
    }
}

/// Returns an error unless `typed` could be a code of an authenticator app.
pub(crate) fn check_form(typed: &str) -> Result<(), Denial> {
    check_digits(typed, 6..=9)
}

/// Checks a code with every enrolled app. Also returns the label of the app that accepted it.
///
/// The work is that of the maximum number of apps. Otherwise, timing would reveal how many are
/// enrolled, or how many digits their codes have (law 8). No app is skipped after a match (law 9).
pub(crate) fn check(
    factor: &mut Option<TotpFactor>,
    typed: &str,
    now: UnixTime,
    policy: &Policy,
) -> (Attempt, Option<String>) {
    let window = policy.window();
    let (mut found, mut searched) = ([Found::Nothing; MAX_TOTP_APPS], 0);
    for (app, found) in factor.iter_mut().flat_map(TotpFactor::apps_mut).zip(&mut found) {
        *found = search(&app, typed, now, window);
        searched += usize::from(usize::from(app.parameters.digits().count()) == typed.len());
    }
    // A code of another length is not searched for, so the dummies have the length of this one.
    let digits = u8::try_from(typed.len()).ok().and_then(|count| Digits::new(count).ok());
    let dummy = policy.totp().with_digits(digits.unwrap_or_default());
    for _ in searched..usize::from(policy.totp_apps()) {
        dummy_check(dummy, typed, now, window);
    }
    // Law 3: a code that one app accepted must not be accepted again by another, whose code is the
    // same by chance. All of them consume it, and one that has consumed it refuses it for all.
    if found.contains(&Found::Used) {
        return (Attempt::Replayed, None);
    }
    let mut label = None;
    let mut is_correct = false;
    for (app, found) in factor.iter_mut().flat_map(TotpFactor::apps_mut).zip(found) {
        let Found::Fresh(step) = found else { continue };
        // RFC 6238 §5.2, STD N-25: the write that records the success consumes the step.
        *app.last = Some(step);
        app.times.touch(now);
        is_correct = true;
        label = label.or_else(|| app.label.clone());
    }
    let attempt = match (is_correct, searched) {
        (true, _) => Attempt::Correct,
        (false, 0) => Attempt::Refused(Reason::Malformed),
        (false, _) => Attempt::Incorrect,
    };
    (attempt, label)
}

/// Searches the window of one app.
fn search(app: &AppMut<'_>, typed: &str, now: UnixTime, window: Window) -> Found {
    match Totp::with(app.secret, app.parameters).find(typed, now, window, *app.last) {
        Found::Fresh(step) if Some(step.get()) == *app.ahead => Found::Used,
        found => found,
    }
}

/// Does the same work as the search of one app.
///
/// Otherwise, timing would reveal that fewer are enrolled (law 8).
pub(crate) fn dummy_check(parameters: TotpParameters, typed: &str, now: UnixTime, window: Window) {
    let secret = Secret::new(&[0; 20]).expect("20 bytes are within the limits");
    let found = Totp::with(&secret, parameters).find(typed, now, window, None);
    core::hint::black_box(found == Found::Nothing);
}

/// Removes an app, and returns whether there was one with this id.
pub(crate) fn remove(factors: &mut Factors, id: &ItemId) -> bool {
    TotpFactor::remove(&mut factors.totp, id)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn app_is_removed_only_by_its_own_id() {
        let mut moment = Moment::new(UnixTime::from_secs(1_800_000_000), [1; 32]);
        let mut factors = Factors::default();
        for _ in 0..MAX_TOTP_APPS {
            let drawn = moment.secret::<GENERATED_BYTES>();
            let secret = Box::new(Secret::new(&*drawn).unwrap());
            let app =
                ConfirmedApp { secret, parameters: TotpParameters::new(), last: None, label: None };
            confirm(&mut factors, app, EarlierApps::Stay, &mut moment);
        }
        for left in (0..MAX_TOTP_APPS).rev() {
            assert!(!remove(&mut factors, &ItemId::new([0; 16])));
            let apps = factors.totp.as_ref().unwrap();
            assert_eq!(apps.count(), left + 1);
            let id = apps.apps().next().unwrap().id;
            assert!(remove(&mut factors, &id));
            assert!(!remove(&mut factors, &id));
            assert_eq!(factors.totp.as_ref().map_or(0, TotpFactor::count), left);
        }
    }
}
