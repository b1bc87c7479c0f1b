//! Any text for any kind of proof: it is right where it is the very code, and nowhere else.

#![no_main]
#![allow(dead_code, reason = "the world is that of the tests, which use more of it")]

#[path = "../../tests/support/mod.rs"]
mod support;

use std::sync::OnceLock;

use libfuzzer_sys::fuzz_target;
use second_factor::{
    Error, Handle, MemoryStorage, Proof, Purpose, Secret, Verified, block_on,
    otp::{Hotp, Step},
    HotpToken,
};

use crate::support::{
    App, World,
    slow::{PIN, cheap, printed},
};

/// Somebody with everything but a PIN, and somebody with a PIN.
struct Held {
    open: World,
    app: App,
    token: Hotp,
    sent: Handle,
    code: String,
    backup: Vec<String>,
    guarded: World,
    due: Handle,
}

// A world holds nothing that two threads may not share; the fuzzer has one thread.
static HELD: OnceLock<Held> = OnceLock::new();

fuzz_target!(|text: &str| {
    let held = HELD.get_or_init(|| block_on(prepare()));
    check(held, text);
    // What comes before or after a right code makes it a wrong one.
    for right in [&held.app.code(&held.open.clock), &held.code] {
        check(held, &format!("{text}{right}"));
        check(held, &format!("{right}{text}"));
    }
    if let Some((first, second)) = text.split_once(' ') {
        pair(held, first, second);
    }
});

async fn prepare() -> Held {
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
    let (other, verified) = guarded.with_app().await;
    guarded.verifier.set_pin(&verified, PIN).await.unwrap();
    guarded.clock.advance(30);
    let answer = guarded.try_app(&other.code(&guarded.clock)).await;
    let due = *answer.unwrap_err().pin_due().expect("the PIN is due");
    Held { open, app, token, sent, code, backup, guarded, due }
}

fn check(held: &Held, text: &str) {
    let (open, guarded) = (&held.open, &held.guarded);
    let step = held.app.step(&open.clock);
    // The step before was spent by enrolling.
    let is_app = (step..=step + 1).any(|step| held.app.code_at(step) == text);
    let is_token = (1..=11).any(|at| held.token.code(Step::new(at)).expose() == text);
    let is_backup = held.backup.iter().any(|code| canonical(code) == canonical(text));
    for (what, proof, is_right) in [
        ("app", Proof::totp(text), is_app),
        ("token", Proof::hotp(text), is_token),
        ("code", Proof::sent_code(&held.sent, text), held.code == text),
        ("backup", Proof::backup_code(text), is_backup),
    ] {
        assert_eq!(accepted(open, proof), is_right, "{what}: {text:?}");
    }
    assert_eq!(accepted(guarded, Proof::pin(&held.due, text)), text == PIN, "PIN: {text:?}");
    // What somebody else was sent, is about to enroll, or has made up.
    if let Ok(handle) = Handle::parse(text) {
        let proof = Proof::sent_code(&handle, &held.code);
        assert_eq!(accepted(open, proof), handle == held.sent, "{text:?}");
        assert!(!accepted(open, Proof::sign_in_request(&handle)));
    }
}

fn pair(held: &Held, first: &str, second: &str) {
    let at = |step: u64| held.token.code(Step::new(step)).expose().to_owned();
    let is_right = (1..=101).any(|step| at(step) == first && at(step + 1) == second);
    assert_eq!(accepted(&held.open, Proof::hotp_resync(first, second)), is_right);
}

/// Whether it is taken, in a copy of the world: so that no input sees what another did.
fn accepted(world: &World, proof: Proof<'_>) -> bool {
    let copy = World::over(world.copy(), cheap());
    copy.clock.set(world.clock.time().as_secs());
    let answer: Result<Verified, Error> =
        block_on(copy.verifier.verify_for(&copy.alice, Purpose::SignIn, proof));
    match answer {
        Ok(_) => true,
        Err(error) => error.pin_due().is_some(),
    }
}

/// A backup code as a person may type it, by another hand: no case, no hyphens, no look-alikes.
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
