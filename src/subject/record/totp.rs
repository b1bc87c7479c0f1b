//! The stored TOTP app.

use alloc::boxed::Box;

use minicbor::{CborLen, Decode, Encode};

use super::{
    clock_fault::{HasTimes, StoredTime},
    factor_times::FactorTimes,
    fields::{parameters, secret, step},
    limiter::LaneLimiters,
};
use crate::{
    otp::{Step, TotpParameters},
    secret::Secret,
};

/// An enrolled authenticator app.
#[derive(Encode, Decode, CborLen)]
#[cbor(map)]
pub(crate) struct TotpFactor {
    #[cbor(n(0), with = "secret")]
    pub(crate) secret: Box<Secret>,
    #[cbor(n(1), with = "parameters")]
    pub(crate) parameters: TotpParameters,
    /// The last step accepted, if there was one. It never decreases (FAILURES 15).
    #[cbor(n(2), with = "step", has_nil)]
    pub(crate) last: Option<Step>,
    #[n(3)]
    pub(crate) limiters: LaneLimiters,
    #[n(4)]
    pub(crate) times: FactorTimes,
    /// A step that a server with a wrong clock accepted, and that is still to come.
    ///
    /// `last` was repaired then, so that later codes are accepted again (law 10). This one was used.
    #[n(5)]
    pub(crate) ahead: Option<u64>,
}

impl HasTimes for TotpFactor {
    fn visit_times(&mut self, visit: &mut dyn FnMut(StoredTime<'_>)) {
        // The factors visit all their limiters.
        let Self { last, ahead, parameters, secret: _, limiters: _, times: _ } = self;
        let period = parameters.period().as_secs().into();
        visit(StoredTime::Step { last, ahead, period });
    }
}
