//! totp-rs, in the columns that applications write by hand.

use crate::rows::{SECRET, algorithm, app, app_signs_in, imported, number, rows, text, unhex};
use second_factor::{
    Secret, block_on,
    enrollment::Import,
    otp::{Algorithm, Digits, KeyKind, KeyUri, Period, TotpParameters},
};
use serde_json::Value;

type Imported = Result<Import, Box<dyn core::error::Error>>;

/// `Secret::Encoded`, or `TOTP::get_secret_base32`: the parameters are in the code of the caller.
fn of_base32(column: &str, parameters: TotpParameters) -> Imported {
    let secret = Secret::import_base32(column)?;
    Ok(Import::new().totp(&secret, parameters, None)?)
}

/// `Secret::Raw`, or `TOTP::secret`.
fn of_bytes(column: &[u8], parameters: TotpParameters) -> Imported {
    Ok(Import::new().totp(&Secret::new(column)?, parameters, None)?)
}

/// `TOTP::get_url`.
fn of_url(column: &str) -> Imported {
    let (uri, _) = KeyUri::import(column)?;
    let KeyKind::Totp(parameters) = uri.kind() else { return Err("not a TOTP app".into()) };
    Ok(Import::new().totp(uri.secret(), parameters, None)?)
}

/// `TOTP` by serde, as JSON (feature `serde_support`).
fn of_serde(column: &Value) -> Imported {
    let bytes = column["secret"].as_array().into_iter().flatten();
    let secret: Vec<u8> =
        bytes.filter_map(Value::as_u64).filter_map(|b| b.try_into().ok()).collect();
    let parameters = TotpParameters::new()
        .with_algorithm(algorithm(text(&column["algorithm"])))
        .with_digits(Digits::new(u8::try_from(number(&column["digits"]))?)?)
        .with_period(Period::new(number(&column["step"]))?);
    of_bytes(&secret, parameters)
}

#[test]
fn base32_column_signs_in() {
    block_on(async {
        let parameters = TotpParameters::new();
        let import = of_base32(text(&rows("totp_rs")["encoded"]), parameters).unwrap();
        app_signs_in(&imported(import).await, &app(SECRET, parameters)).await;
    });
}

#[test]
fn bytes_column_signs_in() {
    block_on(async {
        let parameters = TotpParameters::new().with_digits(Digits::Eight);
        let import = of_bytes(&unhex(text(&rows("totp_rs")["raw"])), parameters).unwrap();
        app_signs_in(&imported(import).await, &app(SECRET, parameters)).await;
    });
}

#[test]
fn url_column_keeps_its_parameters() {
    block_on(async {
        let import = of_url(text(&rows("totp_rs")["url"])).unwrap();
        let parameters =
            TotpParameters::new().with_digits(Digits::Eight).with_algorithm(Algorithm::Sha512);
        app_signs_in(&imported(import).await, &app(SECRET, parameters)).await;
    });
}

#[test]
fn serde_column_keeps_its_parameters() {
    block_on(async {
        let import = of_serde(&rows("totp_rs")["serde"]).unwrap();
        let parameters = TotpParameters::new().with_algorithm(Algorithm::Sha256);
        app_signs_in(&imported(import).await, &app(SECRET, parameters)).await;
    });
}
