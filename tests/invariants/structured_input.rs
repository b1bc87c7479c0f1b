//! Structured text in place of codes and identifiers.

#![allow(clippy::unwrap_used, reason = "a test may panic")]

use crate::support::{
    World,
    devices::{NotRecognized, recognize},
    reason,
    slow::Alice,
};
use second_factor::{
    Address, CodeRequest, Grant, Handle, Reason, block_on, otp::KeyUri, purpose::Operation,
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
            assert!(shape.parse::<Handle>().is_err(), "{shape}");
            assert!(KeyUri::parse(&shape).is_err(), "{shape}");
            let grant = Grant::from_text(&world.alice, &shape);
            let refused = reason(verifier.turn_off(&grant).await);
            assert_eq!(refused, Reason::Unauthorized, "{shape}");
            let recognized = recognize(world, &shape).await;
            assert_eq!(recognized.unwrap_err(), NotRecognized::Invalid, "{shape}");
        }
        for shape in shapes("a@example.com") {
            assert!(shape == "+a@example.com" || is_plain(&shape), "{shape}");
        }
        let handle = sent_handle(world).await;
        for shape in shapes(&handle) {
            assert!(shape.parse::<Handle>().is_err(), "{shape}");
        }
        for shape in shapes(&alice.codes[0].replace('-', "")) {
            world.wait_out(Operation::SignIn, second_factor::FactorKind::BackupCode).await;
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
    let sent = world.verifier.send_code(&world.alice, CodeRequest::to_address(&world.number)).await;
    sent.unwrap().handle().to_string()
}
