//! Twenty calls that a new user guesses.
//!
//! Nine compile. The search of the documentation finds the other eleven.

use std::{fs, path::Path};

use second_factor::{
    Address, Error, FactorKind, FirstFactor, Handle, Keys, MemoryStorage, NoDelivery, Proof,
    SubjectId, UnixTime, Verifier, block_on,
};

/// Each line of the second block is a guess that compiles as it was guessed.
async fn nine_guesses() -> Result<(), Box<dyn core::error::Error>> {
    let verifier = Verifier::new("Example", MemoryStorage::new(), NoDelivery, Keys::generate()?)?;
    let (verifier, alice) = (verifier.after(FirstFactor::Password), SubjectId::from(42));

    let enrollment = verifier.enroll_totp(&alice, "alice@example.com").await?;
    let svg = enrollment.qr().expose_svg();
    let refused: Error = verifier.confirm(&alice, &enrollment, "123 456").await.unwrap_err();
    let is_on: bool = verifier.status(&alice).await?.is_protected();
    let number = Address::phone("+1 415 555 0100")?;
    let verified = verifier.verify(&alice, Proof::totp(String::from("123 456\n"))).await;
    let handle: Handle = enrollment.handle().to_string().parse()?;
    let session: String = serde_json::to_string(&(&alice, &handle))?;
    let now: std::time::SystemTime = UnixTime::from_secs(1_800_000_000).into();

    let answer = (refused.http_status(), refused.is_safe_to_show(), FactorKind::Totp.as_str());
    assert!(svg.expose().starts_with("<svg") && !is_on && verified.is_err());
    assert_eq!((answer, number.masked().contains("555")), ((401, false, "totp"), false));
    assert!(session.starts_with("[\"42\"") && now > std::time::UNIX_EPOCH);
    Ok(())
}

/// Guesses that do not compile; each is a search word.
const WORDS: [&str; 11] = [
    "disable",
    "generate_secret",
    "has_totp",
    "is_enabled",
    "list_factors",
    "qr_svg",
    "regenerate_backup_codes",
    "remember_device",
    "remove_factor",
    "send_sms",
    "verify_totp",
];

#[test]
fn nine_of_twenty_guesses_compile_and_run() {
    let (_, function) = include_str!("guesses.rs").split_once("\nasync fn nine_guesses").unwrap();
    let guesses = function.split("\n\n").nth(1).unwrap().matches("    let ").count();
    assert_eq!((guesses, guesses + WORDS.len()), (9, 20));
    block_on(nine_guesses()).unwrap();
}

#[test]
fn eleven_of_twenty_guesses_are_found_by_the_search() {
    let sources = sources(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src"));
    for word in WORDS {
        assert!(sources.contains(&format!("#[doc(alias = \"{word}\")]")), "{word} finds nothing");
        assert!(!sources.contains(&format!("pub fn {word}(")), "{word} exists");
        assert!(!sources.contains(&format!("pub async fn {word}(")), "{word} exists");
    }
}

fn sources(folder: &Path) -> String {
    let entries = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let text = |path: std::path::PathBuf| match path.is_dir() {
        true => sources(&path),
        false => fs::read_to_string(path).unwrap_or_default(),
    };
    entries.map(text).collect()
}
