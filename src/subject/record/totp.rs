//! The stored TOTP app.

use minicbor::{CborLen, Decode, Encode};

use super::{
    factor_times::FactorTimes,
    fields::{parameters, secret, step},
    limiter::Limiter,
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
    pub(crate) secret: Secret,
    #[cbor(n(1), with = "parameters")]
    pub(crate) parameters: TotpParameters,
    /// The last accepted step, if any. It never decreases (FAILURES 15).
    #[cbor(n(2), with = "step")]
    pub(crate) last: Option<Step>,
    #[n(3)]
    pub(crate) limiter: Limiter,
    #[n(4)]
    pub(crate) times: FactorTimes,
}
