//! What a record of a subject holds, in memory and in bytes. Decides nothing.

use alloc::{string::String, vec::Vec};

use minicbor::{CborLen, Decode, Encode, bytes::ByteArray};

use super::{limiter::Limiter, sent::SentCode, span::Span};
use crate::{
    Address, Secret,
    factor::FactorKind,
    otp::{Step, TotpParameters},
};

/// Everything that is kept of a subject.
///
/// Maps with numbered fields, so that fields can be added; every addition moves the format number
/// of the record (`keys::seal::FORMAT`), so that a release that does not know a field never drops it.
#[derive(Encode, Decode, CborLen)]
#[cbor(map)]
pub(super) struct State {
    /// Moves when what was proven before must count no longer. Begins at a random number, so that a
    /// record that was deleted and made again does not take up old grants.
    #[n(0)]
    pub(super) generation: u64,
    #[n(1)]
    pub(super) app: Option<App>,
    #[n(2)]
    pub(super) addresses: Vec<ProvenAddress>,
    #[n(3)]
    pub(super) pendings: Vec<Pending>,
    #[n(4)]
    pub(super) challenges: Vec<OpenChallenge>,
    #[n(5)]
    pub(super) pace: Pace,
    /// When messages were sent in the last day.
    #[n(6)]
    pub(super) sends: Vec<u64>,
    /// Wrong first codes of enrollments. Waits, and never disables: there is nothing to enroll again.
    #[n(7)]
    pub(super) enrolling: Limiter,
}

impl State {
    pub(super) const fn new(generation: u64) -> Self {
        Self {
            generation,
            app: None,
            addresses: Vec::new(),
            pendings: Vec::new(),
            challenges: Vec::new(),
            pace: Pace { sends: 0, wait: Span::new(crate::UnixTime::from_secs(0), 0) },
            sends: Vec::new(),
            enrolling: Limiter::new(),
        }
    }

    pub(super) fn address(&self, id: &Id) -> Option<&ProvenAddress> {
        self.addresses.iter().find(|proven| proven.id == *id)
    }

    /// The failure counters of all factors.
    pub(super) fn limiters(&mut self) -> impl Iterator<Item = (FactorKind, &mut Limiter)> {
        let app = self.app.iter_mut().map(|app| (FactorKind::App, &mut app.limiter));
        app.chain(self.addresses.iter_mut().map(|a| (a.address.kind(), &mut a.limiter)))
    }
}

/// The authenticator app.
#[derive(Encode, Decode, CborLen)]
#[cbor(map)]
pub(super) struct App {
    #[cbor(n(0), with = "secret")]
    pub(super) secret: Secret,
    #[cbor(n(1), with = "parameters")]
    pub(super) parameters: TotpParameters,
    /// The last step accepted, if one was. Never falls (FAILURES 15).
    #[cbor(n(2), with = "step")]
    pub(super) last: Option<Step>,
    #[n(3)]
    pub(super) limiter: Limiter,
}

/// An address that its owner has proven.
#[derive(Encode, Decode, CborLen)]
#[cbor(map)]
pub(super) struct ProvenAddress {
    #[n(0)]
    pub(super) id: Id,
    #[cbor(n(1), with = "address")]
    pub(super) address: Address,
    #[n(2)]
    pub(super) limiter: Limiter,
}

/// A factor that waits for its first code.
#[derive(Encode, Decode, CborLen)]
#[cbor(map)]
pub(super) struct Pending {
    #[n(0)]
    pub(super) id: Id,
    #[n(1)]
    pub(super) life: Span,
    #[n(2)]
    pub(super) wrong: u8,
    /// Whether it was begun on the host's word alone, while nothing was enrolled.
    #[n(3)]
    pub(super) on_word: bool,
    #[n(4)]
    pub(super) what: PendingFactor,
}

#[derive(Encode, Decode, CborLen)]
pub(super) enum PendingFactor {
    #[n(0)]
    App {
        #[cbor(n(0), with = "secret")]
        secret: Secret,
        #[cbor(n(1), with = "parameters")]
        parameters: TotpParameters,
    },
    #[n(1)]
    Address {
        #[cbor(n(0), with = "address")]
        address: Address,
        #[n(1)]
        sent: SentCode,
    },
}

impl PendingFactor {
    pub(super) const fn kind(&self) -> FactorKind {
        match self {
            Self::App { .. } => FactorKind::App,
            Self::Address { address, .. } => address.kind(),
        }
    }
}

/// A code that was sent to a proven address and waits for its answer.
#[derive(Encode, Decode, CborLen)]
#[cbor(map)]
pub(super) struct OpenChallenge {
    #[n(0)]
    pub(super) address: Id,
    #[n(1)]
    pub(super) sent: SentCode,
}

/// How fast codes follow each other, whatever challenge they belong to.
#[derive(Clone, Copy, Default, Encode, Decode, CborLen)]
pub(super) struct Pace {
    /// Codes sent since the last success or the last long silence.
    #[n(0)]
    pub(super) sends: u8,
    /// The wait before the next one.
    #[n(1)]
    pub(super) wait: Span,
}

pub(super) type Id = ByteArray<16>;

mod secret {
    use super::*;
    use minicbor::{Decoder, Encoder, decode, encode};

    pub(super) fn encode<C, W: encode::Write>(
        secret: &Secret,
        e: &mut Encoder<W>,
        _: &mut C,
    ) -> Result<(), encode::Error<W::Error>> {
        e.bytes(secret.expose_bytes())?.ok()
    }

    pub(super) fn decode<C>(d: &mut Decoder<'_>, _: &mut C) -> Result<Secret, decode::Error> {
        // An imported secret may be short; whoever let it in asked for that by name.
        Secret::danger_short(d.bytes()?).map_err(|_| decode::Error::message("secret"))
    }

    pub(super) fn cbor_len<C>(secret: &Secret, _: &mut C) -> usize {
        minicbor::len(minicbor::bytes::ByteSlice::from_slice(secret.expose_bytes()))
    }
}

mod address {
    use super::*;
    use minicbor::{Decoder, Encoder, decode, encode};

    pub(super) fn encode<C, W: encode::Write>(
        address: &Address,
        e: &mut Encoder<W>,
        _: &mut C,
    ) -> Result<(), encode::Error<W::Error>> {
        e.encode(parts(address))?.ok()
    }

    pub(super) fn decode<C>(d: &mut Decoder<'_>, _: &mut C) -> Result<Address, decode::Error> {
        let (kind, text): (u8, String) = d.decode()?;
        match kind {
            0 => Address::phone(&text).ok(),
            1 => Address::email(&text).ok(),
            _ => None,
        }
        .ok_or_else(|| decode::Error::message("address"))
    }

    pub(super) fn cbor_len<C>(address: &Address, _: &mut C) -> usize {
        minicbor::len(parts(address))
    }

    fn parts(address: &Address) -> (u8, &str) {
        (u8::from(address.kind() == FactorKind::Email), address.expose())
    }
}

mod step {
    use super::*;
    use minicbor::{Decoder, Encoder, decode, encode};

    pub(super) fn encode<C, W: encode::Write>(
        step: &Option<Step>,
        e: &mut Encoder<W>,
        _: &mut C,
    ) -> Result<(), encode::Error<W::Error>> {
        e.encode(step.map(Step::get))?.ok()
    }

    pub(super) fn decode<C>(
        d: &mut Decoder<'_>,
        _: &mut C,
    ) -> Result<Option<Step>, decode::Error> {
        Ok(d.decode::<Option<u64>>()?.map(Step::new))
    }

    pub(super) fn cbor_len<C>(step: &Option<Step>, _: &mut C) -> usize {
        minicbor::len(step.map(Step::get))
    }
}

mod parameters {
    use super::*;
    use crate::otp::{Algorithm, Digits, Period};
    use minicbor::{Decoder, Encoder, decode, encode};

    pub(super) fn encode<C, W: encode::Write>(
        parameters: &TotpParameters,
        e: &mut Encoder<W>,
        _: &mut C,
    ) -> Result<(), encode::Error<W::Error>> {
        e.encode(parts(parameters))?.ok()
    }

    pub(super) fn decode<C>(
        d: &mut Decoder<'_>,
        _: &mut C,
    ) -> Result<TotpParameters, decode::Error> {
        let (algorithm, digits, period): (u8, u8, u8) = d.decode()?;
        let unknown = |_| decode::Error::message("parameters");
        let algorithm = match algorithm {
            0 => Algorithm::Sha1,
            1 => Algorithm::Sha256,
            2 => Algorithm::Sha512,
            _ => return Err(decode::Error::message("algorithm")),
        };
        Ok(TotpParameters::new()
            .with_algorithm(algorithm)
            .with_digits(Digits::new(digits).map_err(unknown)?)
            .with_period(Period::new(u64::from(period)).map_err(unknown)?))
    }

    pub(super) fn cbor_len<C>(parameters: &TotpParameters, _: &mut C) -> usize {
        minicbor::len(parts(parameters))
    }

    fn parts(parameters: &TotpParameters) -> (u8, u8, u8) {
        let algorithm = match parameters.algorithm() {
            Algorithm::Sha1 => 0,
            Algorithm::Sha256 => 1,
            Algorithm::Sha512 => 2,
        };
        (algorithm, parameters.digits().count(), parameters.period().as_secs())
    }
}
