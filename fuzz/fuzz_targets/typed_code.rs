//! Fuzzing of typed codes.
//!
//! A text is accepted as a proof only if it is the code, in any grouping.

#![no_main]
#![allow(dead_code, reason = "the tests use more of this module")]

#[path = "../../tests/support/mod.rs"]
mod support;

use std::sync::OnceLock;

use libfuzzer_sys::fuzz_target;
use second_factor::{
    Handle, MemoryStorage, Proof, Secret, block_on,
    enrollment::HotpToken,
    otp::{Hotp, Step},
};

use crate::support::{
    App, World,
    slow::{PIN, cheap, printed},
};

/// A user with every factor except a PIN, and a user with a PIN.
struct Fixture {
    open: World,
    app: App,
    token: Hotp,
    sent: Handle,
    code: String,
    backup: Vec<String>,
    guarded: World,
    due: Handle,
}

static FIXTURE: OnceLock<Fixture> = OnceLock::new();

fuzz_target!(|text: &str| {
    let fixture = FIXTURE.get_or_init(|| block_on(prepare()));
    check(fixture, text);
    // A prefix or suffix makes a correct code incorrect, unless it only groups the digits.
    for code in [&fixture.app.code(&fixture.open.clock), &fixture.code] {
        check(fixture, &format!("{text}{code}"));
        check(fixture, &format!("{code}{text}"));
    }
    if let Some((first, second)) = text.split_once(' ') {
        pair(fixture, first, second);
    }
});

async fn prepare() -> Fixture {
    let open = World::over(MemoryStorage::new(), cheap());
    let (app, verified) = open.with_app().await;
    let _ = open.with_phone(&verified).await;
    let secret = Secret::new(b"12345678901234567890").unwrap();
    let begun = open.verifier.enroll_hotp(&verified, &HotpToken::new(&secret)).await.unwrap();
    let token = Hotp::new(&secret);
    let first = token.code(Step::new(0));
    let verified = open.verifier.confirm(&open.alice, &begun, first.expose()).await.unwrap();
    let backup = printed(open.verifier.new_backup_codes(&verified).await.unwrap());
    let (sent, code) = open.send_to(&open.number).await;
    let sent = *sent.handle();

    let guarded = World::over(MemoryStorage::new(), cheap());
    let (other, verified) = guarded.with_settled_app().await;
    guarded.verifier.set_pin(&verified, PIN).await.unwrap();
    guarded.clock.advance(30);
    let answer = guarded.try_app(&other.code(&guarded.clock)).await;
    let due = *answer.unwrap_err().pending_pin().expect("the PIN is due");
    Fixture { open, app, token, sent, code, backup, guarded, due }
}

fn check(fixture: &Fixture, text: &str) {
    let (open, guarded) = (&fixture.open, &fixture.guarded);
    let typed = code_of(text);
    let step = fixture.app.step(&open.clock);
    // Enrollment used up the previous step.
    let is_app = (step..=step + 1).any(|step| fixture.app.code_at(step) == typed);
    let is_token = (1..=4).any(|at| fixture.token.code(Step::new(at)).expose() == typed);
    let is_backup = fixture.backup.iter().any(|code| canonical(code) == canonical(&typed));
    for (name, proof, is_correct) in [
        ("app", Proof::totp(text), is_app),
        ("token", Proof::hotp(text), is_token),
        ("code", Proof::sent_code(&fixture.sent, text), fixture.code == typed),
        ("backup", Proof::backup_code(text), is_backup),
    ] {
        assert_eq!(accepted(open, proof), is_correct, "{name}: {text:?}");
    }
    assert_eq!(accepted(guarded, Proof::pin(&fixture.due, text)), typed == PIN, "PIN: {text:?}");
    // The text as the handle of a challenge.
    if let Ok(handle) = text.parse::<Handle>() {
        let proof = Proof::sent_code(&handle, &fixture.code);
        assert_eq!(accepted(open, proof), handle == fixture.sent, "{text:?}");
        assert!(!accepted(open, Proof::sign_in_request(&handle)));
    }
}

fn pair(fixture: &Fixture, first: &str, second: &str) {
    let at = |step: u64| fixture.token.code(Step::new(step)).expose().to_owned();
    let is_correct =
        (1..=101).any(|step| at(step) == code_of(first) && at(step + 1) == code_of(second));
    assert_eq!(accepted(&fixture.open, Proof::hotp_resync(first, second)), is_correct);
}

/// Returns whether the proof is accepted, in a copy of the world. Inputs do not affect each other.
fn accepted(world: &World, proof: Proof) -> bool {
    let copy = World::over(world.copy(), cheap());
    copy.clock.set(world.clock.time().as_secs());
    match block_on(copy.verifier.verify(&copy.alice, proof)) {
        Ok(_) => true,
        Err(error) => error.pending_pin().is_some(),
    }
}

/// Reads a code as people type it: grouped, and in the digits of a script. An independent
/// implementation.
fn code_of(text: &str) -> String {
    let trimmed = if text.len() > 1024 { "" } else { text.trim() };
    let trimmed = if trimmed.len() > 64 { "" } else { trimmed };
    let is_hyphen = |c: char| "-‐‑‒–—―−".contains(c);
    let typed = trimmed.chars().filter(|c| !c.is_whitespace() && !is_hyphen(*c));
    let scripts = ["٠١٢٣٤٥٦٧٨٩", "۰۱۲۳۴۵۶۷۸۹", "０１２３４５６７８９"];
    let digit = |c: char| {
        let found = scripts.iter().find_map(|digits| digits.chars().position(|one| one == c));
        found.map_or(c, |at| char::from(b'0' + at as u8))
    };
    typed.map(digit).collect()
}

/// Normalizes a backup code: case, hyphens and look-alikes. An independent implementation.
fn canonical(text: &str) -> String {
    text.chars()
        .filter(|c| !matches!(c, '-' | ' '))
        .map(|c| match c.to_ascii_uppercase() {
            'O' => '0',
            'I' | 'L' => '1',
            other => other,
        })
        .collect()
}
