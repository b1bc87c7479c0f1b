//! Encoding of other modules' types as fields of a record.
//!
//! A constructor for public input never reads a record. Otherwise, a stricter constructor would
//! make stored records unreadable.

use alloc::{boxed::Box, string::String, vec::Vec};

use minicbor::bytes::{ByteArray, ByteSlice};

use crate::{
    address::{Address, AddressKind},
    amr::Methods,
    channel::{Channel, ChannelSet},
    event::Event,
    factor::FactorSet,
    first_factor::FirstFactor,
    id::ItemId,
    keys::Generation,
    otp::{Algorithm, Digits, Period, Step, TotpParameters},
    purpose::{Agreement, Operation},
    remote::RemoteId,
    secret::Secret,
    wiped::Wiped,
};

pub(crate) type Id = ByteArray<16>;

/// Defines a module for `#[cbor(with = "…")]` from two functions.
///
/// `$to` returns the value to encode. `$from` decodes a value, or returns `None` if it is not
/// valid.
///
/// For an `Option`, the module also makes `#[cbor(has_nil)]` possible: an absent field is `None`,
/// and `None` is not encoded. Without it, a new field would make every stored record unreadable.
macro_rules! field {
    ($name:ident: Option<$type:ty>, $to:path, $from:path) => {
        field!(@ $name: Option<$type>, $to, $from;
            pub(crate) const fn nil() -> Option<Option<$type>> {
                Some(None)
            }

            pub(crate) const fn is_nil(value: &Option<$type>) -> bool {
                value.is_none()
            }
        );
    };
    ($name:ident: $type:ty, $to:path, $from:path) => {
        field!(@ $name: $type, $to, $from;);
    };
    (@ $name:ident: $type:ty, $to:path, $from:path; $($nil:item)*) => {
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

            $($nil)*
        }
    };
}

/// A field that is absent while it has its default value. Absence is the only way to store that
/// value.
pub(crate) mod unless_default {
    use minicbor::{CborLen, Decode, Decoder, Encode, Encoder};

    use super::Skipped;

    pub(crate) fn encode<C, T: Encode<C>, W: minicbor::encode::Write>(
        value: &T,
        e: &mut Encoder<W>,
        context: &mut C,
    ) -> Result<(), minicbor::encode::Error<W::Error>> {
        value.encode(e, context)
    }

    pub(crate) fn decode<'b, C, T: Decode<'b, C>>(
        d: &mut Decoder<'b>,
        context: &mut C,
    ) -> Result<T, minicbor::decode::Error> {
        T::decode(d, context)
    }

    pub(crate) fn cbor_len<C, T: CborLen<C>>(value: &T, context: &mut C) -> usize {
        value.cbor_len(context)
    }

    #[expect(clippy::unnecessary_wraps, reason = "the encoding of fields expects an option")]
    pub(crate) fn nil<T: Default>() -> Option<T> {
        Some(T::default())
    }

    pub(crate) fn is_nil<T: Skipped>(value: &T) -> bool {
        value.is_default()
    }
}

/// A value whose default is not stored.
pub(crate) trait Skipped: Default {
    fn is_default(&self) -> bool;
}

impl Skipped for bool {
    fn is_default(&self) -> bool {
        !*self
    }
}

impl<T> Skipped for Vec<T> {
    fn is_default(&self) -> bool {
        self.is_empty()
    }
}

impl Skipped for Generation {
    fn is_default(&self) -> bool {
        self.is_first()
    }
}

field!(secret: Box<Secret>, secret_bytes, secret_of);
field!(address: Address, address_parts, address_of);
field!(wiped: Wiped<Vec<u8>>, wiped_bytes, wiped_of);
field!(proven_address: Option<Address>, proven_parts, proven_of);
field!(push_address: Option<Address>, push_text, push_of);
field!(step: Option<Step>, step_number, step_of);
field!(parameters: TotpParameters, totp_parts, totp_of);
field!(hotp: (Algorithm, Digits), hotp_parts, hotp_of);
field!(agreement: Option<Agreement>, agreement_fields, agreement_of);
field!(purpose: Operation, purpose_parts, purpose_of);
field!(operation: Option<Operation>, operation_tag, operation_of);
field!(kept_event: Event, event_mark, Event::from_mark);
field!(first_factor: Option<FirstFactor>, first_factor_parts, first_factor_of);
field!(methods: Methods, methods_bits, methods_of);
field!(factors: FactorSet, factor_bits, FactorSet::from_bits);
field!(some_factors: Option<FactorSet>, some_factor_bits, some_factors_of);
field!(channel: Channel, channel_bit, Channel::from_bit);
field!(channels: ChannelSet, channel_bits, ChannelSet::from_bits);
field!(provider_id: RemoteId, provider_id_text, provider_id_of);

#[expect(clippy::borrowed_box, reason = "the macro passes the field")]
fn secret_bytes(secret: &Box<Secret>) -> &ByteSlice {
    secret.expose_bytes().into()
}

/// Decodes a secret into a box, because moving a value leaves an unwiped copy behind.
fn secret_of(bytes: &ByteSlice) -> Option<Box<Secret>> {
    Secret::from_record(bytes).map(Box::new)
}

fn wiped_bytes(bytes: &Wiped<Vec<u8>>) -> &ByteSlice {
    bytes.as_slice().into()
}

fn wiped_of(bytes: &ByteSlice) -> Option<Wiped<Vec<u8>>> {
    Some(Wiped::new(bytes.to_vec()))
}

fn address_parts(address: &Address) -> (u8, &str) {
    (u8::from(address.kind() == AddressKind::Email), address.expose())
}

fn address_of((kind, text): (u8, String)) -> Option<Address> {
    let kind = match kind {
        0 => AddressKind::Phone,
        1 => AddressKind::Email,
        _ => return None,
    };
    Some(Address::from_record(kind, text))
}

fn proven_parts(address: &Option<Address>) -> Option<(u8, &str)> {
    address.as_ref().map(address_parts)
}

fn proven_of(parts: Option<(u8, String)>) -> Option<Option<Address>> {
    let Some(parts) = parts else { return Some(None) };
    address_of(parts).map(Some)
}

fn push_text(address: &Option<Address>) -> Option<&str> {
    address.as_ref().map(Address::expose)
}

#[expect(clippy::unnecessary_wraps, reason = "the macro passes a failure on")]
fn push_of(text: Option<String>) -> Option<Option<Address>> {
    Some(text.map(|text| Address::from_record(AddressKind::Push, text)))
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
            .with_digits(digits_of(digits)?)
            .with_period(Period::from_record(period)?),
    )
}

fn hotp_parts(parameters: &(Algorithm, Digits)) -> (u8, u8) {
    (algorithm_number(parameters.0), parameters.1.count())
}

fn hotp_of((algorithm, digits): (u8, u8)) -> Option<(Algorithm, Digits)> {
    Some((algorithm_of(algorithm)?, digits_of(digits)?))
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

const fn digits_of(count: u8) -> Option<Digits> {
    match count {
        6 => Some(Digits::Six),
        7 => Some(Digits::Seven),
        8 => Some(Digits::Eight),
        9 => Some(Digits::Nine),
        _ => None,
    }
}

fn agreement_fields(agreement: &Option<Agreement>) -> Option<Vec<(&str, &str)>> {
    agreement.as_ref().map(|agreement| agreement.fields().collect())
}

#[expect(clippy::unnecessary_wraps, reason = "the macro passes a failure on")]
fn agreement_of(fields: Option<Vec<(String, String)>>) -> Option<Option<Agreement>> {
    Some(fields.map(Agreement::from_record))
}

fn purpose_parts(purpose: &Operation) -> (u8, Option<ByteArray<32>>) {
    (purpose.tag(), purpose.agreement().map(|hash| (*hash).into()))
}

fn purpose_of((tag, hash): (u8, Option<ByteArray<32>>)) -> Option<Operation> {
    Operation::from_parts(tag, hash.map(|hash| *hash))
}

fn operation_tag(operation: &Option<Operation>) -> Option<u8> {
    operation.as_ref().map(|operation| operation.tag())
}

fn operation_of(tag: Option<u8>) -> Option<Option<Operation>> {
    let Some(tag) = tag else { return Some(None) };
    Operation::from_parts(tag, None).map(Some)
}

/// Returns the mark of a stored event. An event without a mark would not open again.
fn event_mark(event: &Event) -> (u8, u64) {
    event.mark().unwrap_or_default()
}

/// The parts of a first factor: its kind, flags, the address and the id of the key.
type FirstFactorParts<T> = (u8, u32, Option<(u8, T)>, Option<Id>);

fn first_factor_parts(first: &Option<FirstFactor>) -> Option<FirstFactorParts<&str>> {
    Some(match first.as_ref()? {
        FirstFactor::None => (0, 0, None, None),
        FirstFactor::Password => (1, 0, None, None),
        FirstFactor::Email(address) | FirstFactor::Phone(address) => {
            (2, 0, Some(address_parts(address)), None)
        }
        FirstFactor::Passkey { key, user_verified, device_bound } => {
            let flags = u32::from(*user_verified) | u32::from(*device_bound) << 1;
            (3, flags, None, Some((*key.as_bytes()).into()))
        }
        FirstFactor::Federated { amr, address } => {
            (4, Methods::of_names(amr).bits(), address.as_ref().map(address_parts), None)
        }
    })
}

fn first_factor_of(parts: Option<FirstFactorParts<String>>) -> Option<Option<FirstFactor>> {
    let Some((kind, flags, address, key)) = parts else { return Some(None) };
    let address = match address {
        Some(parts) => Some(address_of(parts)?),
        None => None,
    };
    Some(Some(match (kind, flags, address, key) {
        (0, 0, None, None) => FirstFactor::None,
        (1, 0, None, None) => FirstFactor::Password,
        (2, 0, Some(address), None) => FirstFactor::Email(address).normalized(),
        (3, 0..=3, None, Some(key)) => FirstFactor::Passkey {
            key: ItemId::new(*key),
            user_verified: flags & 1 != 0,
            device_bound: flags & 2 != 0,
        },
        (4, bits, address, None) => {
            let amr = Methods::from_bits(bits)?.names().map(String::from).collect();
            FirstFactor::Federated { amr, address }
        }
        _ => return None,
    }))
}

const fn methods_bits(methods: &Methods) -> u32 {
    methods.bits()
}

const fn methods_of(bits: u32) -> Option<Methods> {
    Methods::from_bits(bits)
}

const fn factor_bits(factors: &FactorSet) -> u16 {
    factors.bits()
}

fn some_factor_bits(factors: &Option<FactorSet>) -> Option<u16> {
    factors.as_ref().map(factor_bits)
}

fn some_factors_of(bits: Option<u16>) -> Option<Option<FactorSet>> {
    let Some(bits) = bits else { return Some(None) };
    FactorSet::from_bits(bits).map(Some)
}

const fn channel_bit(channel: &Channel) -> u8 {
    channel.bit()
}

const fn channel_bits(channels: &ChannelSet) -> u8 {
    channels.bits()
}

fn provider_id_text(id: &RemoteId) -> &str {
    id.as_str()
}

#[expect(clippy::unnecessary_wraps, reason = "the macro passes a failure on")]
fn provider_id_of(text: String) -> Option<RemoteId> {
    Some(RemoteId::from_record(text))
}

#[cfg(test)]
mod tests;
