//! Encoding of other modules' types as fields of a record.

use alloc::{string::String, vec::Vec};

use minicbor::bytes::{ByteArray, ByteSlice};

use crate::{
    Address, Secret,
    address::AddressKind,
    operation::Operation,
    otp::{Algorithm, Digits, Period, Step, TotpParameters},
    purpose::Agreement,
};

pub(crate) type Id = ByteArray<16>;

/// Makes a module for `#[cbor(with = "…")]` from two functions.
///
/// `$to` returns what is encoded. `$from` returns the value, or `None` if what was decoded is not
/// valid.
macro_rules! field {
    ($name:ident: $type:ty, $to:path, $from:path) => {
        pub(crate) mod $name {
            #[allow(clippy::wildcard_imports, reason = "the types of this file")]
            use super::*;

            pub(crate) fn encode<C, W: minicbor::encode::Write>(
                value: &$type,
                e: &mut minicbor::Encoder<W>,
                _: &mut C,
            ) -> Result<(), minicbor::encode::Error<W::Error>> {
                e.encode($to(value))?.ok()
            }

            pub(crate) fn decode<C>(
                d: &mut minicbor::Decoder<'_>,
                _: &mut C,
            ) -> Result<$type, minicbor::decode::Error> {
                $from(d.decode()?)
                    .ok_or_else(|| minicbor::decode::Error::message(stringify!($name)))
            }

            pub(crate) fn cbor_len<C>(value: &$type, _: &mut C) -> usize {
                minicbor::len($to(value))
            }
        }
    };
}

field!(secret: Secret, secret_bytes, secret_of);
field!(address: Address, address_parts, address_of);
field!(push_address: Option<Address>, push_text, push_of);
field!(step: Option<Step>, step_number, step_of);
field!(parameters: TotpParameters, totp_parts, totp_of);
field!(hotp: (Algorithm, Digits), hotp_parts, hotp_of);
field!(agreement: Option<Agreement>, agreement_fields, agreement_of);
field!(purpose: Operation, purpose_parts, purpose_of);

fn secret_bytes(secret: &Secret) -> &ByteSlice {
    secret.expose_bytes().into()
}

/// A secret may be short: the application that imported it accepted that.
fn secret_of(bytes: &ByteSlice) -> Option<Secret> {
    Secret::danger_short(bytes).ok()
}

fn address_parts(address: &Address) -> (u8, &str) {
    (u8::from(address.kind() == AddressKind::Email), address.expose())
}

fn address_of((kind, text): (u8, String)) -> Option<Address> {
    match kind {
        0 => Address::phone(&text).ok(),
        1 => Address::email(&text).ok(),
        _ => None,
    }
}

fn push_text(address: &Option<Address>) -> Option<&str> {
    address.as_ref().map(Address::expose)
}

fn push_of(text: Option<String>) -> Option<Option<Address>> {
    text.map(|text| Address::push(&text)).transpose().ok()
}

fn step_number(step: &Option<Step>) -> Option<u64> {
    step.map(Step::get)
}

#[expect(clippy::unnecessary_wraps, reason = "the macro passes a failure on")]
fn step_of(number: Option<u64>) -> Option<Option<Step>> {
    Some(number.map(Step::new))
}

fn totp_parts(parameters: &TotpParameters) -> (u8, u8, u8) {
    let algorithm = algorithm_number(parameters.algorithm());
    (algorithm, parameters.digits().count(), parameters.period().as_secs())
}

fn totp_of((algorithm, digits, period): (u8, u8, u8)) -> Option<TotpParameters> {
    Some(
        TotpParameters::new()
            .with_algorithm(algorithm_of(algorithm)?)
            .with_digits(Digits::new(digits).ok()?)
            .with_period(Period::new(u64::from(period)).ok()?),
    )
}

fn hotp_parts(parameters: &(Algorithm, Digits)) -> (u8, u8) {
    (algorithm_number(parameters.0), parameters.1.count())
}

fn hotp_of((algorithm, digits): (u8, u8)) -> Option<(Algorithm, Digits)> {
    Some((algorithm_of(algorithm)?, Digits::new(digits).ok()?))
}

const fn algorithm_number(algorithm: Algorithm) -> u8 {
    match algorithm {
        Algorithm::Sha1 => 0,
        Algorithm::Sha256 => 1,
        Algorithm::Sha512 => 2,
    }
}

const fn algorithm_of(number: u8) -> Option<Algorithm> {
    match number {
        0 => Some(Algorithm::Sha1),
        1 => Some(Algorithm::Sha256),
        2 => Some(Algorithm::Sha512),
        _ => None,
    }
}

fn agreement_fields(agreement: &Option<Agreement>) -> Option<Vec<(&str, &str)>> {
    agreement.as_ref().map(|agreement| agreement.fields().collect())
}

fn agreement_of(fields: Option<Vec<(String, String)>>) -> Option<Option<Agreement>> {
    let Some(fields) = fields else { return Some(None) };
    let fields = fields.iter().map(|(name, value)| (name.as_str(), value.as_str()));
    Agreement::new(fields).ok().map(Some)
}

fn purpose_parts(purpose: &Operation) -> (u8, Option<ByteArray<32>>) {
    (purpose.tag(), purpose.agreement().map(|hash| (*hash).into()))
}

fn purpose_of((tag, hash): (u8, Option<ByteArray<32>>)) -> Option<Operation> {
    Operation::from_parts(tag, hash.map(|hash| *hash))
}
