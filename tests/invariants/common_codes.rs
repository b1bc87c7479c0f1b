//! Common and constant codes.

#![allow(clippy::unwrap_used, reason = "a test may panic")]

use crate::support::{World, reason};
use second_factor::{Proof, Reason, SubjectId, block_on, purpose::Operation};

#[test]
fn failure_123_no_common_code_is_accepted() {
    const COMMON_CODES: [&str; 16] = [
        "000000", "111111", "222222", "333333", "444444", "555555", "666666", "777777", "888888",
        "999999", "123456", "654321", "012345", "121212", "112233", "424242",
    ];
    block_on(async {
        for seed in 0..4 {
            let store = second_factor::MemoryStorage::new();
            let world = World::seeded(store, second_factor::Policy::default(), seed);
            let (app, verified) = world.with_app().await;
            let _ = world.with_phone(&verified).await;
            for typed in COMMON_CODES {
                world.wait_out(Operation::SignIn, second_factor::FactorKind::Totp).await;
                let now = app.step(&world.clock);
                let is_correct = (now - 1..=now + 1).any(|step| app.code_at(step) == typed);
                assert_eq!(world.try_app(typed).await.is_ok(), is_correct, "{typed}");
            }
            for typed in COMMON_CODES {
                let (sent, code) = world.send_to(&world.number).await;
                assert_eq!(world.try_code(&sent, typed).await.is_ok(), typed == code, "{typed}");
                world.wait_out(Operation::SignIn, second_factor::FactorKind::Phone).await;
            }
            for name in ["admin", "root", "test", "demo", "0"] {
                let name = SubjectId::new(name).unwrap();
                for typed in COMMON_CODES {
                    let answer = world.verifier.verify(&name, Proof::totp(typed)).await;
                    assert_eq!(reason(answer), Reason::NotEnrolled);
                }
            }
        }
    });
}

#[test]
fn failure_123_source_contains_no_constant_code() {
    let mut found = Vec::new();
    let mut seen = 0;
    let mut folders = vec![std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("src")];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|its| its == "rs") {
                let text = std::fs::read_to_string(&path).unwrap();
                let code = text.split("\nmod tests {").next().unwrap_or_default();
                seen += 1;
                found.extend(constants(code).map(|text| format!("{}: {text}", path.display())));
            }
        }
    }
    assert!(seen > 100, "only {seen} files were found");
    // The refused PINs, the code of a preview that no record holds, and tests.
    let allowed = ["pin/new_pin.rs", "testkit/preview.rs", "/tests.rs"];
    found.retain(|one| !allowed.iter().any(|file| one.contains(file)));
    assert_eq!(found, Vec::<String>::new());
    assert_eq!(constants("let x = \"000000\";").collect::<Vec<_>>(), ["000000"]);
}

/// Texts of six to ten digits in compiled code.
fn constants(code: &str) -> impl Iterator<Item = &str> {
    let lines = code.lines().filter(|line| !line.trim_start().starts_with("//"));
    let texts = lines.flat_map(|line| line.split('"').skip(1).step_by(2));
    texts.filter(|text| {
        (6..=10).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit())
    })
}
