//! Properties of all names, parameters and texts.

use proptest::{collection::vec, prelude::*};

use crate::*;

/// Any name that a constructor accepts, rich in characters with a meaning in URIs.
fn name() -> impl Strategy<Value = String> {
    let character = prop_oneof![
        any::<char>(),
        prop::sample::select(
            "%&+?#/ =@;,.~-_'\"<>\\éß\u{301}\u{200d}\u{1f511}aZ09".chars().collect::<Vec<_>>()
        ),
    ];
    vec(character, 1..60)
        .prop_map(|chars| {
            let name: String = chars.into_iter().filter(|c| !c.is_control() && *c != ':').collect();
            name.trim_start_matches(' ').to_owned()
        })
        .prop_filter("a name", |name| !name.is_empty() && name.len() <= 255)
}

fn algorithm() -> impl Strategy<Value = Algorithm> {
    prop::sample::select(vec![Algorithm::Sha1, Algorithm::Sha256, Algorithm::Sha512])
}

fn digits() -> impl Strategy<Value = Digits> {
    (6_u8..=9).prop_map(|count| Digits::new(count).unwrap())
}

fn kind() -> impl Strategy<Value = KeyKind> {
    let totp = (algorithm(), digits(), 15_u64..=120).prop_map(|(algorithm, digits, secs)| {
        KeyKind::Totp(
            TotpParameters::new()
                .with_algorithm(algorithm)
                .with_digits(digits)
                .with_period(Period::new(secs).unwrap()),
        )
    });
    let hotp = (algorithm(), digits(), any::<u64>()).prop_map(|(algorithm, digits, counter)| {
        KeyKind::Hotp { algorithm, digits, counter: Step::new(counter) }
    });
    prop_oneof![totp, hotp, Just(KeyKind::Steam)]
}

fn uri() -> impl Strategy<Value = KeyUri> {
    (name(), name(), vec(any::<u8>(), 16..=64), kind()).prop_map(
        |(issuer, account, bytes, kind)| {
            let secret = Secret::new(&bytes).unwrap();
            match kind {
                KeyKind::Totp(parameters) => KeyUri::totp(&issuer, &account, &secret, parameters),
                KeyKind::Hotp { algorithm, digits, counter } => {
                    KeyUri::hotp(&issuer, &account, &secret, algorithm, digits, counter)
                }
                _ => KeyUri::steam(&account, &secret),
            }
            .unwrap()
        },
    )
}

fn assert_same(left: &KeyUri, right: &KeyUri) {
    assert_eq!(left.kind(), right.kind());
    assert_eq!(names(left), names(right));
    assert_eq!(left.secret().expose_bytes(), right.secret().expose_bytes());
}

/// Checks that both parsers agree, and that a parsed URI round-trips through its own text.
fn assert_parsers_agree(text: &str) {
    let strict = KeyUri::parse(text);
    let Ok((uri, warnings)) = KeyUri::import(text) else {
        assert!(strict.is_err(), "{text:?}");
        return;
    };
    match strict {
        Ok(strict) => assert_same(&strict, &uri),
        Err(error) => assert_eq!(error, InvalidKeyUri::Forgivable(error_of(&warnings, error))),
    }
    let written = uri.expose_uri();
    assert_same(&uri, &KeyUri::import(written.expose()).unwrap().0);
}

/// The warning that `error` contains, which `import` must have returned as well.
fn error_of(warnings: &[Warning], error: InvalidKeyUri) -> Warning {
    *warnings.iter().find(|warning| InvalidKeyUri::Forgivable(**warning) == error).unwrap()
}

proptest! {
    #[test]
    fn uri_round_trips_through_text(uri in uri()) {
        let text = uri.expose_uri();
        assert!(text.expose().is_ascii() && text.expose().len() <= 4096);
        assert_same(&uri, &KeyUri::parse(text.expose()).unwrap());
        assert_same(&uri, &KeyUri::import(text.expose()).unwrap().0);
    }

    #[test]
    fn default_parameters_import_without_a_warning(issuer in name(), account in name()) {
        prop_assert_eq!(KeyUri::import(&written(&issuer, &account)).unwrap().1, []);
    }

    #[test]
    fn no_text_makes_a_parser_panic(text in vec(any::<char>(), 0..200)) {
        let text: String = text.into_iter().collect();
        assert_parsers_agree(&text);
        assert_parsers_agree(&format!("otpauth://totp/{text}"));
        assert_parsers_agree(&format!("otpauth://hotp/a?secret={SECRET}&{text}"));
    }

    #[test]
    fn no_mutated_uri_makes_a_parser_panic(
        uri in uri(),
        changes in vec((any::<prop::sample::Index>(), change()), 1..6),
    ) {
        let text = uri.expose_uri();
        let mut chars: Vec<char> = text.expose().chars().collect();
        for (at, (cut, put)) in changes {
            let at = at.index(chars.len() + 1);
            chars.splice(at..chars.len().min(at + cut), put.chars());
        }
        assert_parsers_agree(&chars.into_iter().collect::<String>());
    }
}

/// How many characters are removed, and what replaces them.
fn change() -> impl Strategy<Value = (usize, String)> {
    let pieces = [
        "%",
        "%2",
        "%00",
        "%3A",
        ":",
        "&",
        "=",
        "?",
        "#",
        "/",
        "+",
        " ",
        "\0",
        "0",
        "9",
        "é",
        "&secret=",
        "&digits=",
        "&period=0",
        "&issuer=",
        "&counter=1",
        "&encoder=steam",
        "steam",
    ];
    let put = prop_oneof![
        prop::sample::select(pieces.to_vec()).prop_map(str::to_owned),
        any::<char>().prop_map(String::from),
    ];
    (0_usize..4, put)
}
