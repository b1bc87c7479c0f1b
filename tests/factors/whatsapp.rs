//! WhatsApp: a channel to a proven number, with consent.

#![allow(clippy::indexing_slicing, clippy::unwrap_used, reason = "helpers of tests may panic")]

use crate::support::{App, World, fresh_for, item_of, mail, prove, reason};
use second_factor::{
    Address, Challenge, Channel, CodeRequest, Error, FactorKind, ItemId, Reason, Verified,
    block_on,
    enrollment::Authority,
    host::Event,
    purpose::Operation,
    status::{FactorStatus, WhatsApp},
};

/// A subject with an app and a proven number.
async fn with_number() -> (World, App, Verified) {
    let world = World::new();
    let (app, verified) = world.with_app().await;
    let _ = world.with_phone(&verified).await;
    world.clock.advance(60);
    (world, app, verified)
}

/// The owner's setting for the number.
async fn set(
    world: &World,
    authority: impl Into<Authority>,
    setting: WhatsApp,
) -> Result<(), Error> {
    let number = item_of(world, FactorKind::Phone).await;
    world.verifier.set_whatsapp(authority, &number, setting).await
}

async fn by(world: &World, to: &Address, channel: Channel) -> Challenge {
    let request = CodeRequest::to_address(to).by(channel);
    world.verifier.send_code(&world.alice, request).await.unwrap()
}

/// The channel of the code received, if any.
fn channel(world: &World) -> Option<Channel> {
    let messages = core::iter::from_fn(|| world.phone.take());
    let mut codes = messages.filter(|message| message.code().is_some());
    codes.next().map(|message| message.channel())
}

#[test]
fn whatsapp_requires_consent_of_the_owner() {
    block_on(async {
        let (world, _, verified) = with_number().await;
        let _ = by(&world, &world.number, Channel::WhatsApp).await;
        assert!(world.got_no_code(), "it looks like any other");
        set(&world, &verified, WhatsApp::Allowed).await.unwrap();
        world.clock.advance(60);
        let _ = by(&world, &world.number, Channel::WhatsApp).await;
        assert_eq!(channel(&world), Some(Channel::WhatsApp));
        assert!(world.log.take().contains(&Event::ChannelAllowed(Channel::WhatsApp)));
    });
}

#[test]
fn status_shows_whether_a_number_allows_whatsapp() {
    block_on(async {
        let (world, _, verified) = with_number().await;
        let shown = async || {
            let status = world.verifier.status(&world.alice).await.unwrap();
            status.factors().iter().map(FactorStatus::takes_whatsapp).collect::<Vec<_>>()
        };
        assert_eq!(shown().await, [false, false]);
        set(&world, &verified, WhatsApp::Allowed).await.unwrap();
        assert_eq!(shown().await.into_iter().filter(|takes| *takes).count(), 1, "not the app");
        set(&world, &verified, WhatsApp::Forbidden).await.unwrap();
        assert_eq!(shown().await, [false, false]);
    });
}

#[test]
fn whatsapp_code_signs_in_and_has_no_bound_line() {
    block_on(async {
        let (world, _, verified) = with_number().await;
        set(&world, &verified, WhatsApp::Allowed).await.unwrap();
        let sent = by(&world, &world.number, Channel::WhatsApp).await;
        let message = loop {
            let message = world.phone.take().unwrap();
            if message.code().is_some() {
                break message;
            }
        };
        assert!(!message.expose_text().expose().contains('@'));
        let code = crate::support::code_of(&message);
        assert!(world.try_code(&sent, &code).await.is_ok());
    });
}

#[test]
fn resend_by_another_channel_supersedes_the_first() {
    block_on(async {
        let (world, _, verified) = with_number().await;
        set(&world, &verified, WhatsApp::Allowed).await.unwrap();
        let (sent, first) = world.send_to(&world.number).await;
        world.clock.advance(60);
        world
            .verifier
            .send_code(&world.alice, CodeRequest::again(&sent).by(Channel::WhatsApp))
            .await
            .unwrap();
        let second = world.read_code();
        assert_eq!(reason(world.try_code(&sent, &first).await), Reason::Superseded);
        assert!(world.try_code(&sent, &second).await.is_ok());
    });
}

#[test]
fn unproven_number_is_reached_by_text_message_only() {
    block_on(async {
        let (world, _, verified) = with_number().await;
        set(&world, &verified, WhatsApp::Allowed).await.unwrap();
        let other = Address::phone("+14155550199").unwrap();
        let _ = by(&world, &other, Channel::WhatsApp).await;
        assert!(world.got_no_code(), "the number is not proven");
        world.clock.advance(60);
        let verifier = &world.verifier;
        let sent = verifier
            .send_code(&world.alice, CodeRequest::register(&other).by(Channel::WhatsApp))
            .await;
        assert!(sent.is_ok() && world.got_no_code());
    });
}

#[test]
fn unsuitable_channel_sends_nothing() {
    block_on(async {
        let (world, app, verified) = with_number().await;
        let _ = prove(&world, &verified, &mail()).await.unwrap();
        for channel in [Channel::Email, Channel::Push] {
            world.clock.advance(600);
            let _ = by(&world, &world.number, channel).await;
            assert!(world.got_no_code(), "{channel:?}");
        }
        let now = fresh_for(&world, &app, Operation::Manage).await;
        for kind in [FactorKind::Email, FactorKind::Totp] {
            let item = item_of(&world, kind).await;
            let refused = world.verifier.set_whatsapp(&now, &item, WhatsApp::Allowed).await;
            assert_eq!(reason(refused), Reason::NotFound, "only a number has WhatsApp");
        }
    });
}

#[test]
fn allowing_whatsapp_is_authorized_and_forbidding_voids() {
    block_on(async {
        let (world, app, verified) = with_number().await;
        world.clock.advance(600);
        let late = set(&world, &verified, WhatsApp::Allowed).await;
        assert_eq!(reason(late), Reason::Unauthorized);
        let now = fresh_for(&world, &app, Operation::Manage).await;
        set(&world, &now, WhatsApp::Allowed).await.unwrap();
        let sent = by(&world, &world.number, Channel::WhatsApp).await;
        let code = world.read_code();
        set(&world, &now, WhatsApp::Forbidden).await.unwrap();
        assert_eq!(reason(world.try_code(&sent, &code).await), Reason::NotFound);
        assert!(world.log.take().contains(&Event::ChannelForbidden(Channel::WhatsApp)));
        world.clock.advance(120);
        let _ = by(&world, &world.number, Channel::WhatsApp).await;
        assert!(world.got_no_code());
        let other = <ItemId as core::str::FromStr>::from_str("00000000000000000000000000").unwrap();
        let unknown = world.verifier.set_whatsapp(&now, &other, WhatsApp::Allowed).await;
        assert_eq!(reason(unknown), Reason::NotFound);
    });
}

#[test]
fn reproving_a_number_does_not_use_whatsapp() {
    block_on(async {
        let (world, app, verified) = with_number().await;
        set(&world, &verified, WhatsApp::Allowed).await.unwrap();
        let now = fresh_for(&world, &app, Operation::Manage).await;
        let sent = world.verifier.enroll_address(&now, &world.number).await.unwrap();
        assert_eq!(channel(&world), Some(Channel::Sms));
        world.clock.advance(60);
        let again = world
            .verifier
            .send_code(&world.alice, CodeRequest::again(&sent).by(Channel::WhatsApp))
            .await;
        assert!(again.is_ok() && world.got_no_code());
    });
}

#[test]
fn registration_never_uses_or_reveals_whatsapp() {
    block_on(async {
        let mut seen = Vec::new();
        for is_allowed in [false, true] {
            let (world, _, verified) = with_number().await;
            if is_allowed {
                set(&world, &verified, WhatsApp::Allowed).await.unwrap();
            }
            let _ = channel(&world);
            let (verifier, number) = (&world.verifier, &world.number);
            let begun = verifier
                .send_code(&world.alice, CodeRequest::register(number).by(Channel::WhatsApp));
            let begun = begun.await.unwrap();
            assert!(world.got_no_code());
            world.clock.set(begun.resend_at().unwrap().as_secs());
            let sent =
                verifier.send_code(&world.alice, CodeRequest::register(number)).await.unwrap();
            world.clock.set(sent.resend_at().unwrap().as_secs());
            let _ = channel(&world);
            let again = verifier
                .send_code(&world.alice, CodeRequest::again(&sent).by(Channel::WhatsApp))
                .await
                .unwrap();
            assert!(world.got_no_code());
            let show = |one: &Challenge| {
                (one.masked().to_owned(), one.channel(), one.alternatives().to_vec())
            };
            seen.push([show(&begun), show(&sent), show(&again)]);
        }
        assert_eq!(seen.first(), seen.last());
    });
}

#[test]
fn failure_100_unproven_number_offers_no_whatsapp() {
    block_on(async {
        let (world, _, _) = with_number().await;
        let absent = second_factor::SubjectId::new("unknown").unwrap();
        let mut seen = Vec::new();
        for subject in [&world.alice, &absent] {
            let sent =
                world.verifier.send_code(subject, CodeRequest::to_address(&world.number)).await;
            let sent = sent.unwrap();
            let ways: Vec<_> = sent.alternatives().iter().map(|way| way.channel()).collect();
            seen.push((sent.channel(), ways));
        }
        assert_eq!(seen[0], (Some(Channel::Sms), vec![Channel::Voice]));
        assert_eq!(seen[0], seen[1]);
    });
}

#[test]
fn proven_email_offers_the_same_channels_as_an_unproven() {
    block_on(async {
        let (world, app, _) = with_number().await;
        let permission = fresh_for(&world, &app, Operation::Manage).await;
        let _ = prove(&world, &permission, &mail()).await.unwrap();
        world.clock.advance(60);
        let other = Address::email("mallory@example.com").unwrap();
        let (verifier, purpose) = (&world.verifier, Operation::Recover);
        let real = verifier
            .send_code(&world.alice, CodeRequest::to_address(&mail()).purpose(purpose))
            .await
            .unwrap();
        world.clock.advance(600);
        let decoy = verifier
            .send_code(&world.alice, CodeRequest::to_address(&other).purpose(purpose))
            .await
            .unwrap();
        assert!(
            real.alternatives().is_empty() && decoy.alternatives().is_empty(),
            "a mailbox has no call"
        );
        assert_eq!(real.channel(), decoy.channel());
    });
}

#[test]
fn code_request_debug_output_shows_only_its_kind() {
    let number = Address::phone("+14155550100").unwrap();
    let wish = CodeRequest::to_address(&number).by(Channel::WhatsApp);
    assert_eq!(format!("{wish:?}"), "CodeRequest(address)");
}
