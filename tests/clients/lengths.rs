//! How much an application writes.

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
        ("registration", include_str!("registration.rs"), 40),
        ("required_enrollment", include_str!("required_enrollment.rs"), 75),
        ("settings", include_str!("settings.rs"), 50),
        ("step_up", include_str!("step_up.rs"), 22),
        ("support_desk", include_str!("support_desk.rs"), 19),
        ("passkey_first", include_str!("../../examples/passkey_first.rs"), 120),
        ("magic_link_first", include_str!("../../examples/magic_link_first.rs"), 120),
    ] {
        let length = length(text);
        assert!((10..=most).contains(&length), "{name} has {length} lines");
    }
}
