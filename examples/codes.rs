//! TOTP codes without a verifier or a store.
//!
//! Reads lines of the form `algorithm digits period time secret` from standard input, and prints
//! the TOTP code of each line.
//!
//! Run it with `echo 'sha1 6 30 59 GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ' | cargo run --example codes`.

use std::{io, process::ExitCode};

use second_factor::{
    Secret, UnixTime,
    otp::{Algorithm, Digits, Period, Totp, TotpParameters},
};

fn main() -> ExitCode {
    for (number, line) in (1..).zip(io::stdin().lines()) {
        match line.map_err(Into::into).and_then(|line| code(&line)) {
            Ok(code) => println!("{code}"),
            Err(error) => {
                // Report the line number and the reason, but never the line, which contains a
                // secret.
                eprintln!("codes: line {number}: {error}");
                return ExitCode::FAILURE;
            }
        }
    }
    ExitCode::SUCCESS
}

fn code(line: &str) -> Result<String, Box<dyn core::error::Error>> {
    let fields: Vec<&str> = line.split_whitespace().collect();
    let [algorithm, digits, period, time, secret] = fields.as_slice() else {
        return Err("expected `algorithm digits period time secret`".into());
    };
    let algorithm = match *algorithm {
        "sha1" => Algorithm::Sha1,
        "sha256" => Algorithm::Sha256,
        "sha512" => Algorithm::Sha512,
        _ => return Err("the algorithm must be sha1, sha256 or sha512".into()),
    };
    let parameters = TotpParameters::new()
        .with_algorithm(algorithm)
        .with_digits(Digits::new(digits.parse()?)?)
        .with_period(Period::new(period.parse()?)?);
    let totp = Totp::with(&Secret::from_base32(secret)?, parameters);
    let code = totp
        .code(UnixTime::from_secs(time.parse()?))
        .ok_or("the time is before the first period")?;
    Ok(code.expose().to_owned())
}
