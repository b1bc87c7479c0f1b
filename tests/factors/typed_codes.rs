//! Codes as users type them, in groups and scripts.

#![allow(clippy::indexing_slicing, clippy::unwrap_used, reason = "a failed test may panic")]

use proptest::{collection::vec, prelude::*, sample::select};
use second_factor::{
    FactorKind, MemoryStorage, Proof, Reason, Secret, SubjectId, block_on,
    enrollment::HotpToken,
    otp::{Hotp, Step},
};

use crate::support::{
    App, World, reason,
    slow::{Alice, INCORRECT_PIN, PIN, cheap},
    watched::{Call, Watched},
};

const SEPARATORS: [char; 9] =
    [' ', '-', '\t', '\n', '\u{a0}', '\u{202f}', '\u{2011}', '\u{2013}', '\u{2212}'];
/// The zeros of ASCII, full-width, Arabic-Indic and Persian digits.
const ZEROS: [char; 4] = ['0', '\u{ff10}', '\u{660}', '\u{6f0}'];
const SECRET: &[u8] = b"12345678901234567890";

/// The code in the digits of another script.
fn in_script(code: &str, zero: char) -> String {
    let digit = |symbol: char| match symbol.to_digit(10) {
        Some(digit) => char::from_u32(u32::from(zero) + digit).unwrap(),
        None => symbol,
    };
    code.chars().map(digit).collect()
}

/// What a user may type instead of the code.
fn spellings(code: &str) -> Vec<String> {
    let (first, rest) = code.split_at(code.len() / 2);
    let grouped = SEPARATORS.map(|separator| format!("{first}{separator}{rest}"));
    let scripts = ZEROS.map(|zero| in_script(code, zero));
    let around = format!(" \u{a0}{code}\r\n");
    grouped.into_iter().chain(scripts).chain([around]).collect()
}

/// What is not the code, although it contains it.
fn misspellings(code: &str) -> [String; 5] {
    [
        format!("{code}."),
        format!("+{code}"),
        format!("{code}\u{966}"),
        code.replace(&code[..1], "\u{966}"),
        format!("{code}{}", " ".repeat(64)) + "0",
    ]
}

fn token_code(counter: u64) -> String {
    Hotp::new(&Secret::new(SECRET).unwrap()).code(Step::new(counter)).expose().to_owned()
}

#[test]
fn totp_code_is_accepted_in_every_spelling() {
    block_on(async {
        let world = World::new();
        let (app, _) = world.with_app().await;
        for at in 0..spellings("000000").len() {
            world.clock.advance(30);
            let code = app.code(&world.clock);
            for typed in misspellings(&code) {
                assert_eq!(reason(world.try_app(&typed).await), Reason::Malformed, "{typed:?}");
            }
            let typed = &spellings(&code)[at];
            assert!(world.try_app(typed).await.is_ok(), "{typed:?}");
            assert_eq!(reason(world.try_app(&code).await), Reason::Replayed, "it is one code");
        }
    });
}

#[test]
fn sent_code_is_accepted_in_every_spelling() {
    block_on(async {
        let world = World::new();
        let _ = world.with_phone(&world.alice).await;
        for at in 0..spellings("000000").len() {
            let (sent, code) = world.send_to(&world.number).await;
            for typed in misspellings(&code) {
                let refused = reason(world.try_code(&sent, &typed).await);
                assert_eq!(refused, Reason::Malformed, "{typed:?}");
            }
            let typed = &spellings(&code)[at];
            assert!(world.try_code(&sent, typed).await.is_ok(), "{typed:?}");
        }
    });
}

#[test]
fn hotp_codes_are_accepted_in_every_spelling() {
    block_on(async {
        let world = World::new();
        let token = HotpToken::new(&Secret::new(SECRET).unwrap());
        let begun = world.verifier.enroll_hotp(&world.alice, &token).await.unwrap();
        let first = &spellings(&token_code(0))[0];
        let _ = world.verifier.confirm(&world.alice, &begun, first).await.unwrap();
        let mut counter = 1;
        for at in 0..spellings("000000").len() {
            let typed = &spellings(&token_code(counter))[at];
            let answer = world.verifier.verify(&world.alice, Proof::hotp(typed)).await;
            assert!(answer.is_ok(), "{typed:?}");
            let pair = [counter + 50, counter + 51].map(token_code);
            let [first, second] = pair.map(|code| spellings(&code)[at].clone());
            let proof = Proof::hotp_resync(&first, &second);
            let answer = world.verifier.verify(&world.alice, proof).await;
            assert!(answer.is_ok(), "{first:?}, {second:?}");
            counter += 52;
        }
    });
}

#[test]
fn backup_code_is_accepted_in_every_spelling() {
    block_on(async {
        let mut alice = Alice::with_codes().await;
        let all = spellings("0000").len();
        for at in 0..all {
            if alice.codes.is_empty() {
                let fresh = crate::support::fresh(&alice.world, &alice.app).await;
                let codes = alice.world.verifier.new_backup_codes(&fresh).await.unwrap();
                alice.codes = crate::support::slow::printed(codes);
            }
            let code = alice.codes.pop().unwrap();
            let typed = &spellings(&code)[at];
            assert!(alice.try_backup(typed).await.is_ok(), "{typed:?}");
            assert_eq!(reason(alice.try_backup(&code).await), Reason::Replayed);
        }
    });
}

#[test]
fn pin_is_accepted_in_every_spelling() {
    block_on(async {
        let alice = Alice::with_pin().await;
        let (verifier, id) = (&alice.world.verifier, &alice.world.alice);
        for typed in spellings(PIN) {
            let due = alice.due().await;
            assert_eq!(reason(alice.try_pin(&due, INCORRECT_PIN).await), Reason::Incorrect);
            let verified = alice.try_pin(&due, &typed).await.unwrap();
            assert!(verified.factors().contains(&FactorKind::Pin), "{typed:?}");
            assert!(verifier.rehearse_pin(id, &typed).await.is_ok(), "{typed:?}");
        }
        // It is set as it is verified.
        let due = alice.due().await;
        let verified = alice.try_pin(&due, PIN).await.unwrap();
        verifier.set_pin(&verified, "28 59-06").await.unwrap();
        let due = alice.due().await;
        assert!(alice.try_pin(&due, "285906").await.is_ok());
    });
}

#[test]
fn pin_of_letters_is_not_normalized() {
    block_on(async {
        let alice = Alice::with_codes().await;
        let pin = "tin - can 7";
        alice.world.verifier.set_pin(&alice.proof, pin).await.unwrap();
        for other in ["tin-can7", "tin - can \u{ff17}", "tincan7"] {
            let due = alice.due().await;
            assert_eq!(reason(alice.try_pin(&due, other).await), Reason::Incorrect, "{other}");
        }
        let due = alice.due().await;
        assert!(alice.try_pin(&due, &format!(" {pin}\n")).await.is_ok());
    });
}

#[test]
fn first_code_is_confirmed_in_every_spelling() {
    block_on(async {
        let world = World::new();
        for at in 0..spellings("000000").len() {
            let enrollment = world.verifier.enroll_totp(&world.alice, "alice").await.unwrap();
            let app = App::scan(enrollment.expose_secret().expose());
            let code = app.code(&world.clock);
            for typed in misspellings(&code) {
                let refused = world.verifier.confirm(&world.alice, &enrollment, &typed).await;
                assert_eq!(reason(refused), Reason::Malformed, "{typed:?}");
            }
            let typed = &spellings(&code)[at];
            let verified = world.verifier.confirm(&world.alice, &enrollment, typed).await;
            world.verifier.turn_off(&verified.unwrap()).await.unwrap();
        }
    });
}

/// Text that is no code of any length and no PIN is no guess, whether a factor is enrolled or not.
#[test]
fn text_that_is_no_code_costs_one_load() {
    block_on(async {
        let store = Watched::over(MemoryStorage::new());
        let alice = Alice::pin_over(store.clone(), cheap()).await;
        let (verifier, enrolled) = (&alice.world.verifier, &alice.world.alice);
        let due = alice.due().await;
        let enrollment = verifier.enroll_totp(&alice.proof, "other").await.unwrap();
        let absent = SubjectId::new("bob").unwrap();
        let _ = (store.take(), alice.world.log.take());
        for subject in [enrolled, &absent] {
            for typed in ["", "12345", "12345a", "abcdef", "123.456", "12345678901"] {
                let proofs = [
                    Proof::totp(typed),
                    Proof::hotp(typed),
                    Proof::hotp_resync(typed, "123456"),
                    Proof::hotp_resync("123456", typed),
                    Proof::sent_code(due, typed),
                    Proof::pin_reset(due, due, typed),
                ];
                for proof in proofs {
                    let refused = verifier.verify(subject, proof.clone()).await;
                    assert_eq!(reason(refused), Reason::Malformed, "{proof:?} {typed:?}");
                    assert_eq!(store.take(), [Call::Load], "{proof:?} {typed:?}");
                }
                let refused = verifier.confirm(subject, &enrollment, typed).await;
                assert_eq!(reason(refused), Reason::Malformed, "{typed:?}");
                assert_eq!(store.take(), [Call::Load], "{typed:?}");
            }
            for typed in ["", "49381", &"7".repeat(65)] {
                let refused = verifier.verify(subject, Proof::pin(due, typed)).await;
                assert_eq!(reason(refused), Reason::Malformed, "{typed:?}");
                let refused = verifier.rehearse_pin(subject, typed).await;
                assert_eq!(reason(refused), Reason::Malformed, "{typed:?}");
                assert_eq!(store.take(), [Call::Load; 2], "{typed:?}");
            }
        }
        assert!(alice.world.log.take().is_empty());
    });
}

proptest! {
    #[test]
    fn separators_change_no_code_and_digits_do(
        gaps in vec((0..=6_usize, select(&SEPARATORS[..])), 0..12),
        zero in select(&ZEROS[..]),
        changed in 0..6_usize,
        by in 1..10_u32,
    ) {
        let spell = |code: &str| {
            let mut symbols: Vec<char> = in_script(code, zero).chars().collect();
            for (at, separator) in &gaps {
                symbols.insert(*at, *separator);
            }
            symbols.into_iter().collect::<String>()
        };
        let change = |code: &str| {
            let digit = |(at, symbol): (usize, char)| match symbol.to_digit(10) {
                Some(digit) if at == changed => char::from_digit((digit + by) % 10, 10).unwrap(),
                _ => symbol,
            };
            code.chars().enumerate().map(digit).collect::<String>()
        };
        let world = World::new();
        block_on(async {
            let (app, verified) = world.with_app().await;
            let _ = world.with_phone(&verified).await;
            world.clock.advance(60);
            let (code, step) = (app.code(&world.clock), app.step(&world.clock));
            let other = change(&code);
            let is_in_the_window = (step - 2..=step + 2).any(|near| app.code_at(near) == other);
            if !is_in_the_window {
                let refused = world.try_app(&spell(&other)).await;
                assert_eq!(reason(refused), Reason::Incorrect);
            }
            assert!(world.try_app(&spell(&code)).await.is_ok(), "{:?}", spell(&code));
            let (sent, code) = world.send_to(&world.number).await;
            let refused = world.try_code(&sent, &spell(&change(&code))).await;
            assert_eq!(reason(refused), Reason::Incorrect);
            assert!(world.try_code(&sent, &spell(&code)).await.is_ok(), "{:?}", spell(&code));
        });
    }
}
