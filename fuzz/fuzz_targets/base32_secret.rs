//! Fuzzing of secrets as Base32 text.
//!
//! A secret has one strict text. The lenient parser returns the same secret.

#![no_main]

use libfuzzer_sys::fuzz_target;
use second_factor::{Secret, secret::InvalidSecret};

fuzz_target!(|text: &str| {
    let strict = Secret::from_base32(text);
    let imported = Secret::import_base32(text);
    if let Ok(secret) = &strict {
        assert!((16..=64).contains(&secret.expose_bytes().len()));
        // The strict form is canonical: writing the secret returns the same text.
        assert_eq!(secret.expose_base32().expose(), text);
        let same = imported.as_ref().expect("strict text can be imported");
        assert_eq!(same.expose_bytes(), secret.expose_bytes());
    }
    if let Ok(secret) = &imported {
        let written = secret.expose_base32();
        let again = Secret::from_base32(written.expose()).expect("written text is valid");
        assert_eq!(again.expose_bytes(), secret.expose_bytes());
        // Independent implementation: upper case, without the ignored characters.
        let bare: String = text.chars().filter(|c| !matches!(c, ' ' | '-' | '=')).collect();
        // The bits after the last byte are dropped, which changes the last letter.
        let upper = bare.to_ascii_uppercase();
        assert_eq!(text == written.expose(), strict.is_ok());
        let (text, all_but_one) = (written.expose(), written.expose().len() - 1);
        assert_eq!((upper.len(), upper.get(..all_but_one)), (text.len(), text.get(..all_but_one)));
    }
    match (imported, Secret::danger_import_short(text)) {
        (Ok(long), Ok(short)) => assert_eq!(long.expose_bytes(), short.expose_bytes()),
        (Ok(_), Err(error)) => panic!("{error:?} for a secret that is long enough"),
        (Err(InvalidSecret::TooShort { .. }), Ok(short)) => {
            assert!((10..16).contains(&short.expose_bytes().len()));
        }
        (Err(error), Ok(_)) => panic!("{error:?} is treated as short"),
        (Err(_), Err(_)) => {}
    }
    if let Ok(secret) = Secret::new(text.as_bytes()) {
        let written = secret.expose_base32();
        let again = Secret::from_base32(written.expose()).expect("written text is valid");
        assert_eq!(again.expose_bytes(), text.as_bytes());
        assert!(written.expose_groups().all(|group| group.len() <= 4));
    }
});
