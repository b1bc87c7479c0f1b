//! How much an application writes.

/// The program that a reader of the README pastes.
fn readme() -> &'static str {
    let (_, rest) = include_str!("../../README.md").split_once("\n```rust,no_run\n").unwrap();
    rest.split("\n```\n").next().unwrap()
}

/// The lines of a client, without blank lines, comments and tests.
fn length(text: &str) -> usize {
    let client = text.split("\n// What the test").next().unwrap();
    let is_code = |line: &&str| {
        let line = line.trim();
        !line.is_empty() && !line.starts_with("//") && !line.starts_with("#![")
    };
    client.lines().filter(is_code).count()
}

#[test]
fn clients_stay_short() {
    for (name, text, most) in [
        ("README", readme(), 40),
        ("registration", include_str!("registration.rs"), 40),
        ("required_enrollment", include_str!("required_enrollment.rs"), 75),
        ("settings", include_str!("settings.rs"), 50),
        ("step_up", include_str!("step_up.rs"), 22),
        ("support_desk", include_str!("support_desk.rs"), 19),
        ("sms", include_str!("../../examples/sending/sms.rs"), 25),
        // 45 lines, and those that check the settings and bound the time of a call.
        ("sqlx_sqlite", include_str!("../../examples/storage/sqlx_sqlite.rs"), 50),
        // `second-factor-axum` says this number in its documentation.
        ("password", include_str!("../../examples/axum/examples/password.rs"), 60),
    ] {
        let length = length(text);
        assert!((10..=most).contains(&length), "{name} has {length} lines");
    }
}

#[test]
fn examples_of_first_factors_have_under_120_lines() {
    for (name, text) in [
        ("magic_link_first", include_str!("../../examples/magic_link_first.rs")),
        ("passkey_first", include_str!("../../examples/passkey_first.rs")),
    ] {
        let length = text.lines().count();
        assert!((10..120).contains(&length), "{name} has {length} lines");
    }
}
