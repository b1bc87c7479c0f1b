//! The site that a code is bound to is the one that the builder was given, whatever a request brings.

#![allow(clippy::unwrap_used, reason = "a test stops where it stands")]

use second_factor::{
    Address, Client, Purpose, SubjectId, block_on, message::Language, purpose::Agreement,
};

use crate::{
    readers::{Bound, browser, strict},
    support::World,
};

const EVIL: &str = "evil.example";

#[test]
fn failure_098_nothing_that_a_request_brings_changes_the_site_of_a_code() {
    block_on(async {
        let world = World::new();
        let (_, verified) = world.with_app().await;
        let _ = world.with_phone(&verified).await;
        // Everything that a host takes out of a request: a cookie, a language, names, words.
        let client = Client::new(format!("Host: {EVIL}, X-Forwarded-Host: {EVIL}")).unwrap();
        let verifier = world.verifier.for_client(client).in_language(Language::new("de").unwrap());
        let id = &world.alice;
        let agreement = Agreement::new([("payee", EVIL), ("site", "https://evil.example/@x")]);
        let mut told = vec![];
        for purpose in [Purpose::SignIn, Purpose::Manage, Purpose::StepUp, Purpose::Register] {
            world.clock.advance(900);
            let _ = verifier.challenge(id, &world.number, purpose).await.unwrap();
            told.push(world.phone.take().unwrap());
        }
        world.clock.advance(4000);
        let _ =
            verifier.challenge_transaction(id, &world.number, &agreement.unwrap()).await.unwrap();
        told.push(world.phone.take().unwrap());
        let other = SubjectId::new(EVIL).unwrap();
        let number = Address::phone("+14155550177").unwrap();
        let _ = world.verifier.enroll_address(&other, &number).await.unwrap();
        told.push(world.phone.take().unwrap());
        for message in told {
            let code = message.code().unwrap().expose().to_owned();
            let ours = Bound { host: "example.com".into(), code, embedded: None };
            let text = message.expose_text();
            let read = (strict(text.expose()), browser(text.expose()));
            assert_eq!(read, (Some(ours.clone()), Some(ours)), "{}", text.expose());
        }
    });
}
