//! How single fields of other modules' types are written into a record and read back.

/// The random name of something within a record.
pub(super) type Id = minicbor::bytes::ByteArray<16>;

pub(super) mod secret {
    use minicbor::{Decoder, Encoder, bytes::ByteSlice, decode::Error, encode as enc};

    use crate::Secret;

    pub(in crate::subject) fn encode<C, W: enc::Write>(
        secret: &Secret,
        e: &mut Encoder<W>,
        _: &mut C,
    ) -> Result<(), enc::Error<W::Error>> {
        e.bytes(secret.expose_bytes())?.ok()
    }

    pub(in crate::subject) fn decode<C>(d: &mut Decoder<'_>, _: &mut C) -> Result<Secret, Error> {
        // An imported secret may be short; whoever let it in asked for that by name.
        Secret::danger_short(d.bytes()?).map_err(|_| Error::message("secret"))
    }

    pub(in crate::subject) fn cbor_len<C>(secret: &Secret, _: &mut C) -> usize {
        minicbor::len::<&ByteSlice>(secret.expose_bytes().into())
    }
}

pub(super) mod address {
    use alloc::string::String;

    use minicbor::{Decoder, Encoder, decode::Error, encode as enc};

    use crate::{Address, address::AddressKind};

    pub(in crate::subject) fn encode<C, W: enc::Write>(
        address: &Address,
        e: &mut Encoder<W>,
        _: &mut C,
    ) -> Result<(), enc::Error<W::Error>> {
        e.encode(parts(address))?.ok()
    }

    pub(in crate::subject) fn decode<C>(d: &mut Decoder<'_>, _: &mut C) -> Result<Address, Error> {
        let (kind, text): (u8, String) = d.decode()?;
        match kind {
            0 => Address::phone(&text).ok(),
            1 => Address::email(&text).ok(),
            _ => None,
        }
        .ok_or_else(|| Error::message("address"))
    }

    pub(in crate::subject) fn cbor_len<C>(address: &Address, _: &mut C) -> usize {
        minicbor::len(parts(address))
    }

    fn parts(address: &Address) -> (u8, &str) {
        (u8::from(address.kind() == AddressKind::Email), address.expose())
    }
}

pub(super) mod step {
    use minicbor::{Decoder, Encoder, decode::Error, encode as enc};

    use crate::otp::Step;

    pub(in crate::subject) fn encode<C, W: enc::Write>(
        step: &Option<Step>,
        e: &mut Encoder<W>,
        _: &mut C,
    ) -> Result<(), enc::Error<W::Error>> {
        e.encode(step.map(Step::get))?.ok()
    }

    pub(in crate::subject) fn decode<C>(
        d: &mut Decoder<'_>,
        _: &mut C,
    ) -> Result<Option<Step>, Error> {
        Ok(d.decode::<Option<u64>>()?.map(Step::new))
    }

    pub(in crate::subject) fn cbor_len<C>(step: &Option<Step>, _: &mut C) -> usize {
        minicbor::len(step.map(Step::get))
    }
}

pub(super) mod parameters {
    use minicbor::{Decoder, Encoder, decode::Error, encode as enc};

    use crate::otp::{Algorithm, Digits, Period, TotpParameters};

    pub(in crate::subject) fn encode<C, W: enc::Write>(
        parameters: &TotpParameters,
        e: &mut Encoder<W>,
        _: &mut C,
    ) -> Result<(), enc::Error<W::Error>> {
        e.encode(parts(parameters))?.ok()
    }

    pub(in crate::subject) fn decode<C>(
        d: &mut Decoder<'_>,
        _: &mut C,
    ) -> Result<TotpParameters, Error> {
        let (algorithm, digits, period): (u8, u8, u8) = d.decode()?;
        let unknown = |_| Error::message("parameters");
        Ok(TotpParameters::new()
            .with_algorithm(algorithm_from(algorithm)?)
            .with_digits(Digits::new(digits).map_err(unknown)?)
            .with_period(Period::new(u64::from(period)).map_err(unknown)?))
    }

    pub(in crate::subject) fn cbor_len<C>(parameters: &TotpParameters, _: &mut C) -> usize {
        minicbor::len(parts(parameters))
    }

    fn parts(parameters: &TotpParameters) -> (u8, u8, u8) {
        let algorithm = algorithm_number(parameters.algorithm());
        (algorithm, parameters.digits().count(), parameters.period().as_secs())
    }

    pub(super) const fn algorithm_number(algorithm: Algorithm) -> u8 {
        match algorithm {
            Algorithm::Sha1 => 0,
            Algorithm::Sha256 => 1,
            Algorithm::Sha512 => 2,
        }
    }

    pub(super) fn algorithm_from(number: u8) -> Result<Algorithm, Error> {
        match number {
            0 => Ok(Algorithm::Sha1),
            1 => Ok(Algorithm::Sha256),
            2 => Ok(Algorithm::Sha512),
            _ => Err(Error::message("algorithm")),
        }
    }
}

pub(super) mod hotp {
    use minicbor::{Decoder, Encoder, decode::Error, encode as enc};

    use super::parameters::{algorithm_from, algorithm_number};
    use crate::otp::{Algorithm, Digits};

    type Parameters = (Algorithm, Digits);

    pub(in crate::subject) fn encode<C, W: enc::Write>(
        parameters: &Parameters,
        e: &mut Encoder<W>,
        _: &mut C,
    ) -> Result<(), enc::Error<W::Error>> {
        e.encode(parts(parameters))?.ok()
    }

    pub(in crate::subject) fn decode<C>(
        d: &mut Decoder<'_>,
        _: &mut C,
    ) -> Result<Parameters, Error> {
        let (algorithm, digits): (u8, u8) = d.decode()?;
        let digits = Digits::new(digits).map_err(|_| Error::message("digits"))?;
        Ok((algorithm_from(algorithm)?, digits))
    }

    pub(in crate::subject) fn cbor_len<C>(parameters: &Parameters, _: &mut C) -> usize {
        minicbor::len(parts(parameters))
    }

    fn parts(parameters: &Parameters) -> (u8, u8) {
        (algorithm_number(parameters.0), parameters.1.count())
    }
}

pub(super) mod agreement {
    use alloc::{string::String, vec::Vec};

    use minicbor::{CborLen as _, Decoder, Encoder, decode::Error, encode as enc};

    use crate::purpose::Agreement;

    pub(in crate::subject) fn encode<C, W: enc::Write>(
        agreement: &Option<Agreement>,
        e: &mut Encoder<W>,
        _: &mut C,
    ) -> Result<(), enc::Error<W::Error>> {
        e.encode(parts(agreement))?.ok()
    }

    pub(in crate::subject) fn decode<C>(
        d: &mut Decoder<'_>,
        _: &mut C,
    ) -> Result<Option<Agreement>, Error> {
        let Some(fields) = d.decode::<Option<Vec<(String, String)>>>()? else {
            return Ok(None);
        };
        let fields = fields.iter().map(|(name, value)| (name.as_str(), value.as_str()));
        Agreement::new(fields).map(Some).map_err(|_| Error::message("agreement"))
    }

    pub(in crate::subject) fn cbor_len<C>(agreement: &Option<Agreement>, c: &mut C) -> usize {
        parts(agreement).cbor_len(c)
    }

    fn parts(agreement: &Option<Agreement>) -> Option<Vec<(&str, &str)>> {
        agreement.as_ref().map(|agreement| agreement.fields().collect())
    }
}

pub(super) mod purpose {
    use minicbor::{
        CborLen as _, Decoder, Encoder, bytes::ByteArray, decode::Error, encode as enc,
    };

    use crate::Purpose;

    pub(in crate::subject) fn encode<C, W: enc::Write>(
        purpose: &Purpose,
        e: &mut Encoder<W>,
        _: &mut C,
    ) -> Result<(), enc::Error<W::Error>> {
        e.encode(parts(purpose))?.ok()
    }

    pub(in crate::subject) fn decode<C>(d: &mut Decoder<'_>, _: &mut C) -> Result<Purpose, Error> {
        let (tag, hash): (u8, Option<ByteArray<32>>) = d.decode()?;
        Purpose::from_parts(tag, hash.map(|hash| *hash)).ok_or_else(|| Error::message("purpose"))
    }

    pub(in crate::subject) fn cbor_len<C>(purpose: &Purpose, c: &mut C) -> usize {
        parts(purpose).cbor_len(c)
    }

    fn parts(purpose: &Purpose) -> (u8, Option<ByteArray<32>>) {
        (purpose.tag(), purpose.agreement().map(|hash| (*hash).into()))
    }
}

pub(super) mod push_address {
    use alloc::string::String;

    use minicbor::{CborLen as _, Decoder, Encoder, decode::Error, encode as enc};

    use crate::Address;

    pub(in crate::subject) fn encode<C, W: enc::Write>(
        mark: &Option<Address>,
        e: &mut Encoder<W>,
        _: &mut C,
    ) -> Result<(), enc::Error<W::Error>> {
        e.encode(mark.as_ref().map(Address::expose))?.ok()
    }

    pub(in crate::subject) fn decode<C>(
        d: &mut Decoder<'_>,
        _: &mut C,
    ) -> Result<Option<Address>, Error> {
        let mark: Option<String> = d.decode()?;
        mark.map(|text| Address::push(&text)).transpose().map_err(|_| Error::message("mark"))
    }

    pub(in crate::subject) fn cbor_len<C>(mark: &Option<Address>, c: &mut C) -> usize {
        mark.as_ref().map(Address::expose).cbor_len(c)
    }
}
