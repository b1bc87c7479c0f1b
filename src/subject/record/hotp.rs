//! The stored HOTP token.

use minicbor::{CborLen, Decode, Encode};

use super::{
    factor_times::FactorTimes,
    fields::{hotp, secret, step},
    limiter::Limiter,
};
use crate::{
    otp::{Algorithm, Digits, Step},
    secret::Secret,
};

/// An enrolled HOTP token.
#[derive(Encode, Decode, CborLen)]
#[cbor(map)]
pub(crate) struct HotpFactor {
    #[n(0)]
    pub(crate) token: HotpState,
    #[n(1)]
    pub(crate) limiter: Limiter,
    /// Failures of resynchronization, counted separately from those of single codes.
    #[n(2)]
    pub(crate) resync: Limiter,
    #[n(3)]
    pub(crate) times: FactorTimes,
}

/// The secret and the counter of a token.
#[derive(Clone, Encode, Decode, CborLen)]
#[cbor(map)]
pub(crate) struct HotpState {
    #[cbor(n(0), with = "secret")]
    pub(crate) secret: Secret,
    #[cbor(n(1), with = "hotp")]
    pub(crate) parameters: (Algorithm, Digits),
    /// The next counter value, or `None` if the counter is exhausted.
    #[cbor(n(2), with = "step")]
    pub(crate) next: Option<Step>,
    /// The last accepted counter value, if any.
    #[cbor(n(3), with = "step")]
    pub(crate) last: Option<Step>,
}

impl HotpState {
    pub(crate) const fn digits(&self) -> Digits {
        self.parameters.1
    }

    /// Advances the counter past `matched`.
    pub(crate) fn accept(&mut self, matched: Step) {
        self.next = matched.next();
        self.last = Some(matched);
    }
}
