//! The stored HOTP token.

use alloc::boxed::Box;

use minicbor::{CborLen, Decode, Encode};

use super::{
    factor_times::FactorTimes,
    fields::{hotp, secret, step},
    limiter::LaneLimiters,
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
    pub(crate) limiters: LaneLimiters,
    /// Failures of resynchronization, counted apart from those of single codes.
    #[n(2)]
    pub(crate) resync: LaneLimiters,
    #[n(3)]
    pub(crate) times: FactorTimes,
    /// Whether it must be enrolled again: a restored store may have rolled its counter back.
    #[n(4)]
    pub(crate) is_retired: bool,
}

/// The secret and the counter of a token.
#[derive(Clone, Encode, Decode, CborLen)]
#[cbor(map)]
pub(crate) struct HotpState {
    #[cbor(n(0), with = "secret")]
    pub(crate) secret: Box<Secret>,
    #[cbor(n(1), with = "hotp")]
    pub(crate) parameters: (Algorithm, Digits),
    /// The counter value expected next, or `None` when all values are used up.
    #[cbor(n(2), with = "step", has_nil)]
    pub(crate) next: Option<Step>,
    /// The counter value accepted last, if there was one.
    #[cbor(n(3), with = "step", has_nil)]
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
