//! django-otp.

use crate::{
    rows::{SECRET, app, code_of_now_was_used, codes_sign_in, imported, number, rows, text, unhex},
    support::reason,
};
use second_factor::{
    FactorKind, Proof, Reason, Secret, UnixTime, block_on,
    enrollment::{HotpToken, Import, InvalidImport},
    otp::{Digits, Hotp, Period, Step, TotpParameters},
};
use serde_json::Value;

/// Imports the confirmed devices of one user.
pub fn import(rows: &Value) -> Result<Import, Box<dyn core::error::Error>> {
    let (totp, hotp) = (&rows["otp_totp_totpdevice"], &rows["otp_hotp_hotpdevice"]);
    let mut import = Import::new();
    if totp["confirmed"] == true {
        let parameters = TotpParameters::new()
            .with_digits(digits(totp)?)
            .with_period(Period::new(number(&totp["step"]))?)
            .with_start(UnixTime::from_secs(number(&totp["t0"])));
        // -1 if no code was accepted.
        let last = totp["last_t"].as_u64().map(Step::new);
        import = import.totp(&secret(totp)?, parameters, last)?;
    }
    if hotp["confirmed"] == true {
        let token = HotpToken::new(&secret(hotp)?)
            .with_digits(digits(hotp)?)
            .with_counter(Step::new(number(&hotp["counter"])));
        import = import.hotp(token);
    }
    let tokens = rows["otp_static_statictoken"].as_array().into_iter().flatten();
    Ok(import.backup_codes(tokens.map(|row| text(&row["token"])))?)
}

fn secret(device: &Value) -> Result<Secret, second_factor::secret::InvalidSecret> {
    Secret::new(&unhex(text(&device["key"])))
}

fn digits(device: &Value) -> Result<Digits, second_factor::otp::InvalidParameter> {
    Digits::new(u8::try_from(number(&device["digits"])).unwrap_or(0))
}

#[test]
fn totp_device_continues_after_its_last_step() {
    block_on(async {
        let world = imported(import(&rows("django_otp")).unwrap()).await;
        code_of_now_was_used(&world, &app(SECRET, TotpParameters::new())).await;
    });
}

#[test]
fn hotp_device_continues_at_its_counter() {
    block_on(async {
        let world = imported(import(&rows("django_otp")).unwrap()).await;
        let secret = Secret::new(SECRET).unwrap();
        let hotp = Hotp::with(&secret, second_factor::otp::Algorithm::Sha1, Digits::Eight);
        let verify = async |counter| {
            let code = hotp.code(Step::new(counter));
            world.verifier.verify(&world.alice, Proof::hotp(code.expose())).await
        };
        assert_eq!(reason(verify(40).await), Reason::Incorrect);
        assert_eq!(verify(41).await.unwrap().factors(), [FactorKind::Hotp]);
    });
}

#[test]
fn static_tokens_are_backup_codes() {
    block_on(async {
        let rows = rows("django_otp");
        let world = imported(import(&rows).unwrap()).await;
        let tokens = rows["otp_static_statictoken"].as_array().unwrap();
        codes_sign_in(&world, tokens.iter().map(|row| text(&row["token"]))).await;
    });
}

#[test]
fn unconfirmed_device_is_not_imported() {
    let mut rows = rows("django_otp");
    rows["otp_totp_totpdevice"]["confirmed"] = false.into();
    rows["otp_totp_totpdevice"]["key"] = "not even a key".into();
    assert!(import(&rows).is_ok());
}

/// Its codes cannot be computed from steps that begin in 1970.
#[test]
fn device_with_another_start_is_refused() {
    let mut rows = rows("django_otp");
    rows["otp_totp_totpdevice"]["t0"] = 1.into();
    let error = import(&rows).err().unwrap().downcast::<InvalidImport>().unwrap();
    assert_eq!(*error, InvalidImport::Start);
}
