//! Comparison of codes, URIs and QR codes with other programs.
//!
//! `.ci/interop.sh` runs it with pyotp, otplib, pquerna/otp and zbar. `interop corpus FOLDER` reads
//! texts that other projects test with, and reports how many are read.

#![allow(clippy::indexing_slicing, reason = "an index of a JSON value that is missing is null")]

extern crate alloc;

use alloc::collections::BTreeMap;
use core::error::Error;
use std::{env, fs, io, path::Path, process::ExitCode};

use second_factor::{
    Secret, UnixTime,
    gateway::{Credential, Endpoint, InvalidWebhook, twilio::Webhooks},
    otp::{
        Algorithm, Digits, Hotp, InvalidKeyUri, KeyKind, KeyUri, Migration, Period, Steam, Step,
        Totp, TotpParameters, Warning,
    },
    qr::QrCode,
};
use serde_json::{Value, json};

type Outcome<T> = Result<T, Box<dyn Error>>;

fn main() -> ExitCode {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let outcome = match words[..] {
        ["generate", seed, count] => generate(seed, count),
        ["check"] => check(),
        ["qr", folder, seed, count] => draw(Path::new(folder), seed, count),
        ["corpus", folder] => corpus(Path::new(folder)),
        _ => {
            Err("interop generate SEED COUNT | check | qr FOLDER SEED COUNT | corpus FOLDER".into())
        }
    };
    if let Err(error) = outcome {
        eprintln!("interop: {error}");
        return ExitCode::FAILURE;
    }
    ExitCode::SUCCESS
}

/// Prints random keys, one JSON object a line, with a code of each.
fn generate(seed: &str, count: &str) -> Outcome<()> {
    let mut random = Random(seed.parse()?);
    for _ in 0..count.parse::<u32>()? {
        let (uri, time) = (random.key()?, random.time());
        let text = uri.expose_uri();
        println!("{}", json!({ "uri": text.expose(), "time": time, "code": code(&uri, time)? }));
    }
    Ok(())
}

/// Reads keys of another program with a code of each, and compares the codes and names.
fn check() -> Outcome<()> {
    let mut areas = BTreeMap::<String, u32>::new();
    for line in io::stdin().lines() {
        let line: Value = serde_json::from_str(&line?)?;
        let time = line["time"].as_u64().ok_or("no time")?;
        let codes: Vec<&str> = match &line["codes"] {
            Value::Array(codes) => codes.iter().filter_map(Value::as_str).collect(),
            _ => vec![line["code"].as_str().ok_or("no code")?],
        };
        let keys = read(line["uri"].as_str().ok_or("no uri")?)?;
        if keys.len() != codes.len() {
            return Err(format!("{} keys of {}: {line}", keys.len(), codes.len()).into());
        }
        for (key, theirs) in keys.iter().zip(codes) {
            let ours = code(key, time)?;
            if ours != theirs {
                return Err(format!("{ours} is not {theirs}: {line}").into());
            }
            let is_named = |field: &str, name: Option<&str>| {
                line[field].as_str().is_none_or(|theirs| name == Some(theirs))
            };
            if !is_named("issuer", key.issuer()) || !is_named("account", Some(key.account())) {
                return Err(format!("{:?}, {:?}: {line}", key.issuer(), key.account()).into());
            }
            *areas.entry(line["from"].as_str().unwrap_or("unnamed").into()).or_default() += 1;
        }
    }
    for (area, count) in &areas {
        println!("interop: {count} codes of {area} are equal");
    }
    if areas.is_empty() { Err("nothing was compared".into()) } else { Ok(()) }
}

/// The keys of a URI or of an export.
fn read(text: &str) -> Outcome<Vec<KeyUri>> {
    if !text.starts_with("otpauth-migration:") {
        return Ok(vec![KeyUri::import(text).map_err(|error| format!("{error}: {text}"))?.0]);
    }
    let entries = Migration::parse(text)?.into_entries().into_iter();
    let keys: Result<_, _> = entries.map(|entry| entry.into_key().map(|(key, _)| key)).collect();
    Ok(keys?)
}

/// The code of `time`, or of the counter in the URI.
fn code(uri: &KeyUri, time: u64) -> Outcome<String> {
    let (secret, now) = (uri.secret(), UnixTime::from_secs(time));
    let code = match uri.kind() {
        KeyKind::Hotp { algorithm, digits, counter } => {
            Hotp::with(secret, algorithm, digits).code(counter)
        }
        KeyKind::Steam => Steam::new(secret).code(now),
        KeyKind::Totp(parameters) => {
            Totp::with(secret, parameters).code(now).ok_or("no step at this time")?
        }
        kind => return Err(format!("unknown kind: {kind:?}").into()),
    };
    Ok(code.expose().to_owned())
}

/// Writes QR codes as PNG and as text for a terminal, and the texts that they must contain.
fn draw(folder: &Path, seed: &str, count: &str) -> Outcome<()> {
    let mut random = Random(seed.parse()?);
    for number in 0..count.parse::<u32>()? {
        let uri = random.key()?.expose_uri();
        let image = QrCode::new(&uri)?.expose_png(4)?;
        fs::write(folder.join(format!("{number:03}.png")), image.expose())?;
        fs::write(folder.join(format!("{number:03}.txt")), format!("{}\n", uri.expose()))?;
    }
    Ok(())
}

/// Reports how many texts of other projects are read, by project and by reason.
fn corpus(folder: &Path) -> Outcome<()> {
    let read = |name: &str| -> Outcome<Vec<Value>> {
        Ok(serde_json::from_str(&fs::read_to_string(folder.join(name))?)?)
    };
    let mut counts = BTreeMap::<(String, String), u32>::new();
    let mut refused = Vec::new();
    for (area, entry) in read("uris.json")?
        .iter()
        .map(|entry| ("uri", entry))
        .chain(read("migrations.json")?.iter().map(|entry| ("migration", entry)))
    {
        let (source, text) = (entry["src"].as_str(), entry["text"].as_str());
        let (source, text) = (source.unwrap_or("unnamed"), text.ok_or("no text")?);
        let results = match area {
            "uri" => vec![outcome(KeyUri::import(text), || KeyUri::danger_import_short(text))],
            _ => match Migration::parse(text) {
                // Only a look shows whether a key is short, and the look consumes it.
                Ok(export) => export
                    .into_entries()
                    .into_iter()
                    .map(|entry| {
                        let refused = || Err(InvalidKeyUri::SecretMissing);
                        outcome(entry.danger_into_short_key(), refused)
                    })
                    .collect(),
                Err(error) => vec![format!("refused: {error}")],
            },
        };
        for result in results {
            if result.starts_with("refused") {
                refused.push(format!("{area}, {source}: {result}: {text}"));
            }
            *counts.entry((area.to_owned(), result)).or_default() += 1;
        }
    }
    for ((area, result), count) in &counts {
        println!("{count:>5}  {area}: {result}");
    }
    signatures(&serde_json::from_str(&fs::read_to_string(folder.join("signatures.json"))?)?)?;
    refused.iter().for_each(|line| println!("{line}"));
    Ok(())
}

/// Checks signatures of the request that the tests of Twilio's libraries share.
fn signatures(vectors: &Value) -> Outcome<()> {
    let token = Credential::new("12345".to_owned())?;
    let hooks = Webhooks::new(&token, Endpoint::new("https://mycompany.com")?);
    let accepts = |signature: &str| -> Outcome<bool> {
        let request = http::Request::post("/myapp.php?foo=1&bar=2")
            .header("content-type", "application/x-www-form-urlencoded")
            .header("x-twilio-signature", signature)
            .body(
                "CallSid=CA1234567890ABCDE&Digits=1234&From=%2B14158675309&To=%2B18005551212\
                 &Caller=%2B14158675309",
            )?;
        Ok(!matches!(hooks.status(&request), Err(InvalidWebhook::Signature)))
    };
    // With and without the port in the URL. The signature of another body must not pass.
    for (name, is_valid) in [("expected", true), ("port443", true), ("body", false)] {
        let signature = vectors["twilio"][name].as_str().ok_or("no signature")?;
        let verdict = match (accepts(signature)?, is_valid) {
            (true, true) => "accepted",
            (false, false) => "refused, as it must be",
            _ => return Err(format!("signature {name:?}: not as expected").into()),
        };
        println!("{:>5}  signature: {verdict}", 1);
    }
    Ok(())
}

type Imported = Result<(KeyUri, Vec<Warning>), InvalidKeyUri>;

fn outcome(imported: Imported, short: impl FnOnce() -> Imported) -> String {
    let read = |(_, warnings): (KeyUri, Vec<Warning>)| {
        if warnings.is_empty() { "read".to_owned() } else { "read with warnings".to_owned() }
    };
    match imported {
        Ok(key) => read(key),
        Err(error @ InvalidKeyUri::Secret(_)) => match short() {
            Ok(_) => "read by the door for short secrets".into(),
            Err(_) => format!("refused: {error}"),
        },
        Err(error) => format!("refused: {error}"),
    }
}

/// Repeatable test data (`splitmix64`).
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    fn below(&mut self, end: u64) -> u64 {
        self.next() % end
    }

    /// Up to the year 2200.
    fn time(&mut self) -> u64 {
        self.below(7_258_118_400)
    }

    /// A name without the characters that some of the other programs misread.
    fn name(&mut self) -> String {
        let symbols: Vec<char> = "abcXYZ019 .-_@'!~,äßé€日本🔑".chars().collect();
        let length = 1 + self.below(20);
        let count = symbols.len() as u64;
        let name = (0..length).filter_map(|_| symbols.get(self.below(count) as usize).copied());
        format!("n{}n", name.collect::<String>())
    }

    fn key(&mut self) -> Outcome<KeyUri> {
        let bytes: Vec<u8> = (0..16 + self.below(49)).map(|_| self.next() as u8).collect();
        let secret = Secret::new(&bytes)?;
        let (issuer, account) = (self.name(), self.name());
        let algorithm = match self.below(3) {
            0 => Algorithm::Sha1,
            1 => Algorithm::Sha256,
            _ => Algorithm::Sha512,
        };
        let digits = Digits::new(6 + self.below(3) as u8)?;
        let period = Period::new(15 + self.below(106))?;
        Ok(match self.below(16) {
            0 => KeyUri::steam(&account, &secret)?,
            1..4 => KeyUri::totp(&issuer, &account, &secret, TotpParameters::new())?,
            4..8 => {
                // Below 2^53, the numbers of JSON in other languages.
                let counter = Step::new(self.below(1 << 53));
                KeyUri::hotp(&issuer, &account, &secret, algorithm, digits, counter)?
            }
            _ => {
                let parameters = TotpParameters::new().with_algorithm(algorithm);
                let parameters = parameters.with_digits(digits).with_period(period);
                KeyUri::totp(&issuer, &account, &secret, parameters)?
            }
        })
    }
}
