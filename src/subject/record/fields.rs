//! Encoding of other modules' types as fields of a record.

use alloc::{string::String, vec::Vec};

use minicbor::bytes::{ByteArray, ByteSlice};

use crate::{
    address::{Address, AddressKind},
    amr::Methods,
    first_factor::FirstFactor,
    id::ItemId,
    otp::{Algorithm, Digits, Period, Step, TotpParameters},
    purpose::{Agreement, Operation},
    secret::Secret,
};

pub(crate) type Id = ByteArray<16>;

/// Defines a module for `#[cbor(with = "…")]` from two functions.
///
/// `$to` returns the value to encode. `$from` returns the decoded value, or `None` if it is
/// invalid.
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
field!(proven_address: Option<Address>, proven_parts, proven_of);
field!(push_address: Option<Address>, push_text, push_of);
field!(step: Option<Step>, step_number, step_of);
field!(parameters: TotpParameters, totp_parts, totp_of);
field!(hotp: (Algorithm, Digits), hotp_parts, hotp_of);
field!(agreement: Option<Agreement>, agreement_fields, agreement_of);
field!(purpose: Operation, purpose_parts, purpose_of);
field!(first_factor: Option<FirstFactor>, first_factor_parts, first_factor_of);
field!(methods: Methods, methods_bits, methods_of);

fn secret_bytes(secret: &Secret) -> &ByteSlice {
    secret.expose_bytes().into()
}

/// An imported secret may be short, because the other application accepted it.
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

/// A first factor: its kind, flags, the address and the id of the key.
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

#[cfg(test)]
mod tests {
    use alloc::vec;

    use super::*;

    fn firsts() -> Vec<FirstFactor> {
        let mailbox = Address::email("alice@example.com").unwrap();
        let number = Address::phone("+14155550100").unwrap();
        let key = ItemId::of("a key");
        let mut firsts = vec![
            FirstFactor::None,
            FirstFactor::Password,
            FirstFactor::Email(mailbox.clone()),
            FirstFactor::Phone(number),
        ];
        for (user_verified, device_bound) in
            [(false, false), (false, true), (true, false), (true, true)]
        {
            firsts.push(FirstFactor::Passkey { key, user_verified, device_bound });
        }
        for address in [None, Some(mailbox)] {
            for amr in [&[][..], &["pwd"], &["face", "mfa", "wia"]] {
                let amr = amr.iter().copied().map(String::from).collect();
                firsts.push(FirstFactor::Federated { amr, address: address.clone() });
            }
        }
        firsts
    }

    fn written(parts: impl minicbor::Encode<()>) -> Vec<u8> {
        minicbor::to_vec(parts).unwrap()
    }

    fn read(bytes: &[u8]) -> Option<Option<FirstFactor>> {
        first_factor_of(minicbor::decode(bytes).unwrap())
    }

    #[test]
    fn first_factor_round_trips_through_a_record() {
        for first in firsts().into_iter().map(Some).chain([None]) {
            assert_eq!(read(&written(first_factor_parts(&first))), Some(first));
        }
    }

    /// Law 7: data from a later release must not be read as something else.
    #[test]
    fn first_factor_of_unknown_parts_is_refused() {
        let key: Option<Id> = Some([1; 16].into());
        let mailbox = Some((1, "alice@example.com"));
        for parts in [
            (5, 0, None, None),
            (0, 1, None, None),
            (1, 0, mailbox, None),
            (1, 0, None, key),
            (2, 0, None, None),
            (2, 1, mailbox, None),
            (2, 0, Some((2, "token")), None),
            (2, 0, Some((1, "nobody")), None),
            (3, 0, None, None),
            (3, 4, None, key),
            (3, 0, mailbox, key),
            (4, 1 << 21, None, None),
            (4, 0, None, key),
        ] {
            assert_eq!(read(&written(Some(parts))), None, "{parts:?}");
        }
    }

    #[test]
    fn first_factor_is_normalized_before_it_is_stored() {
        let number = Address::phone("+14155550100").unwrap();
        let push = Address::push("token").unwrap();
        let amr = |names: &[&str]| names.iter().copied().map(String::from).collect();
        for (named, stored) in [
            (FirstFactor::Email(number.clone()), FirstFactor::Phone(number)),
            (FirstFactor::Phone(push.clone()), FirstFactor::None),
            (
                FirstFactor::Federated { amr: amr(&["pwd", "ngcmfa", "otp"]), address: Some(push) },
                FirstFactor::Federated { amr: amr(&["otp", "pwd"]), address: None },
            ),
        ] {
            assert_eq!(named.normalized(), stored);
        }
        assert!(firsts().iter().all(|first| first.normalized() == *first));
    }
}
