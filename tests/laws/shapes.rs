//! Structured text in place of codes and identifiers.

#![allow(clippy::unwrap_used, reason = "a test may panic")]

use crate::support::{World, reason, slow::Alice};
use second_factor::{
    Address, Handle, Proof, Purpose, SubjectId, block_on,
    otp::KeyUri,
    subject::{DeviceToken, Grant},
    verdict::Reason,
};

/// A correct code in the forms that a form, a JSON body or a query language could give it.
fn shapes(code: &str) -> Vec<String> {
    let (first, rest) = code.split_at(1);
    vec![
        format!("[\"{code}\"]"),
        format!("[{code}]"),
        format!("{{\"code\":\"{code}\"}}"),
        format!("\"{code}\""),
        format!("{code},{code}"),
        format!("{code}&code={code}"),
        format!("{code};{code}"),
        format!("{code}\0"),
        format!("{code}.0"),
        format!("+{code}"),
        format!("0x{code}"),
        format!("{first}_{rest}"),
        format!("{first}e{rest}"),
        format!("{first}%{rest}"),
        r#"{"$ne":null}"#.into(),
        r#"{"$gt":""}"#.into(),
        "null".into(),
        "true".into(),
        "[]".into(),
        "{}".into(),
        "*".into(),
        "' OR '1'='1".into(),
    ]
}

#[test]
fn failure_053_structured_text_is_not_a_code() {
    block_on(async {
        let world = World::new();
        let (app, verified) = world.with_app().await;
        let _ = world.with_phone(&verified).await;
        let (sent, code) = world.send_to(&world.number).await;
        for shape in shapes(&app.code(&world.clock)) {
            assert_eq!(reason(world.try_app(&shape).await), Reason::Malformed, "{shape}");
        }
        for shape in shapes(&code) {
            assert_eq!(reason(world.try_code(&sent, &shape).await), Reason::Malformed, "{shape}");
        }
        // None of them was counted as a guess: the code is still accepted.
        assert!(world.try_code(&sent, &code).await.is_ok());
        assert!(world.try_app(&app.code(&world.clock)).await.is_ok());
    });
}

#[test]
fn failure_053_structured_text_is_not_an_identifier() {
    block_on(async {
        let alice = Alice::with_codes().await;
        let (world, verifier) = (&alice.world, &alice.world.verifier);
        for shape in shapes("14155550100") {
            // `+` and digits are a number; with anything around them they are not.
            let is_number = shape == "+14155550100";
            assert_eq!(Address::phone(&shape).is_ok(), is_number, "{shape}");
            assert!(Handle::parse(&shape).is_err(), "{shape}");
            assert!(KeyUri::parse(&shape).is_err(), "{shape}");
            assert!(verifier.authority(&world.alice, &Grant::from_text(&shape)).is_err());
            let token = DeviceToken::from_text(&shape);
            assert!(verifier.recognize(&world.alice, &token).await.is_err(), "{shape}");
        }
        for shape in shapes("a@example.com") {
            assert!(shape == "+a@example.com" || is_plain(&shape), "{shape}");
        }
        let handle = sent_handle(world).await;
        for shape in shapes(&handle) {
            assert!(Handle::parse(&shape).is_err(), "{shape}");
        }
        for shape in shapes(&alice.codes[0].replace('-', "")) {
            world.wait_out(Purpose::SignIn, second_factor::FactorKind::BackupCode).await;
            assert!(alice.try_backup(&shape).await.is_err(), "{shape}");
        }
    });
}

/// Whether it is refused as an address, or names exactly one mailbox.
fn is_plain(shape: &str) -> bool {
    Address::email(shape).is_err()
        || (shape.matches('@').count() == 1
            && !shape.contains([',', ';', '"', '[', '<', ' ', '\0']))
}

async fn sent_handle(world: &World) -> String {
    let sent = world.verifier.challenge(&world.alice, &world.number, Purpose::SignIn).await;
    sent.unwrap().handle().to_string()
}

#[test]
fn failure_123_no_common_code_is_accepted() {
    const FAVOURITES: [&str; 16] = [
        "000000", "111111", "222222", "333333", "444444", "555555", "666666", "777777", "888888",
        "999999", "123456", "654321", "012345", "121212", "112233", "424242",
    ];
    block_on(async {
        for seed in 0..4 {
            let store = second_factor::MemoryStorage::new();
            let world = World::seeded(store, second_factor::Policy::default(), seed);
            let (app, verified) = world.with_app().await;
            let _ = world.with_phone(&verified).await;
            for typed in FAVOURITES {
                world.wait_out(Purpose::SignIn, second_factor::FactorKind::Totp).await;
                let now = app.step(&world.clock);
                let is_right = (now - 1..=now + 1).any(|step| app.code_at(step) == typed);
                assert_eq!(world.try_app(typed).await.is_ok(), is_right, "{typed}");
            }
            for typed in FAVOURITES {
                let (sent, code) = world.send_to(&world.number).await;
                assert_eq!(world.try_code(&sent, typed).await.is_ok(), typed == code, "{typed}");
                world.wait_out(Purpose::SignIn, second_factor::FactorKind::Phone).await;
            }
            for name in ["admin", "root", "test", "demo", "0"] {
                let name = SubjectId::new(name).unwrap();
                for typed in FAVOURITES {
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
    let allowed = ["pin/rules.rs", "testkit/preview.rs", "/tests.rs"];
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
