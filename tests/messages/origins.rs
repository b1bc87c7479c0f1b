//! The origin that a code is bound to.

#![allow(clippy::unwrap_used, reason = "a test may panic")]

use second_factor::{
    Address, Client, CodeRequest, SubjectId, block_on,
    message::Language,
    purpose::{Agreement, Operation},
};

use crate::{
    readers::{Bound, browser, strict},
    support::World,
};

const EVIL: &str = "evil.example";

#[test]
fn failure_098_request_data_cannot_change_the_origin() {
    block_on(async {
        let world = World::new();
        let (_, verified) = world.with_app().await;
        let _ = world.with_phone(&verified).await;
        // Everything that an application takes from a request: a cookie, a language, names, texts.
        let client = Client::new(format!("Host: {EVIL}, X-Forwarded-Host: {EVIL}")).unwrap();
        let verifier = world.verifier.for_client(client).in_language(Language::new("de").unwrap());
        let id = &world.alice;
        let agreement = Agreement::new([("payee", EVIL), ("site", "https://evil.example/@x")]);
        let mut messages = vec![];
        for purpose in
            [Operation::SignIn, Operation::Manage, Operation::StepUp, Operation::Register]
        {
            world.clock.advance(900);
            let _ = verifier
                .send_code(id, CodeRequest::to_address(&world.number).purpose(purpose))
                .await
                .unwrap();
            messages.push(world.phone.take().unwrap());
        }
        world.clock.advance(4000);
        let _ = verifier
            .send_code(id, CodeRequest::to_address(&world.number).agreement(&agreement.unwrap()))
            .await
            .unwrap();
        messages.push(world.phone.take().unwrap());
        let other = SubjectId::new(EVIL).unwrap();
        let number = Address::phone("+14155550177").unwrap();
        let _ = world.verifier.enroll_address(&other, &number).await.unwrap();
        messages.push(world.phone.take().unwrap());
        for message in messages {
            let code = message.code().unwrap().expose().to_owned();
            let ours = Bound { host: "example.com".into(), code, embedded: None };
            let text = message.expose_text();
            let read = (strict(text.expose()), browser(text.expose()));
            assert_eq!(read, (Some(ours.clone()), Some(ours)), "{}", text.expose());
        }
    });
}
