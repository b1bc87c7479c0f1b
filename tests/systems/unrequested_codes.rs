//! Unrequested codes: notified, cancelled, and never a lockout.

use second_factor::{
    CodeRequest, FactorKind, FirstFactor, Proof, Reason, SubjectId, block_on, host::Event,
    purpose::Operation,
};

use crate::{
    DAY, HOUR, Visitor,
    support::{World, devices::NotRecognized::Ignored, not, reason, registration::cheap},
    was_reported,
};

const REGISTER: Operation = Operation::Register;
const SIGN_IN: Operation = Operation::SignIn;

/// Alice's number is proven since yesterday.
async fn set_up_yesterday(world: &World) {
    let _ = world.with_phone(&world.alice).await;
    world.clock.advance(DAY);
    let _ = (world.log.take(), world.notices());
}

/// A visitor who has entered the password.
fn visit<'w>(world: &'w World, place: &str) -> Visitor<'w> {
    Visitor::after(FirstFactor::Password, world, place)
}

#[test]
fn unrequested_code_is_cancelled_by_reporting_it() {
    block_on(async {
        let world = cheap();
        set_up_yesterday(&world).await;
        let (alice, thief) = (visit(&world, "her phone"), visit(&world, "a thief"));
        let sent = thief.request_code(REGISTER).await.unwrap();
        // The text itself tells her what the code is for and not to share it.
        let message = world.phone.take().unwrap();
        assert_eq!(message.address(), &world.number);
        let text = message.expose_text();
        assert!(text.expose().contains("to register this number"));
        assert!(text.expose().contains("Never share it. We will never ask you for it."));
        let code = message.code().unwrap().expose().to_owned();

        alice.verifier.report_unrequested(&world.alice).await.unwrap();
        assert!(was_reported(&world, &Event::CodeReportedUnrequested(REGISTER)));
        let typed = thief.verify(REGISTER, Proof::sent_code(&sent, &code)).await;
        assert_eq!(reason(typed), Reason::NotFound);
        let more = thief.request_code(REGISTER).await.unwrap_err();
        assert_eq!(more.denial().unwrap().reason(), Reason::ReportedByOwner);
        assert_eq!(more.retry_at(), Some(world.clock.time().plus(DAY)));
        assert!(world.got_no_code());
        assert!(alice.verify_by_text(SIGN_IN).await.is_ok(), "she can still sign in");
    });
}

#[test]
fn unrequested_sign_in_code_reveals_a_known_password() {
    block_on(async {
        let world = cheap();
        set_up_yesterday(&world).await;
        let (alice, thief) = (visit(&world, "her phone"), visit(&world, "a thief"));
        let (_, kept) = alice.link_by_text(SIGN_IN, "Alice's phone").await;
        world.clock.advance(HOUR);
        let sent = thief.request_code(SIGN_IN).await.unwrap();
        let code = world.read_code();
        alice.verifier.report_unrequested(&world.alice).await.unwrap();
        assert!(
            was_reported(&world, &Event::CodeReportedUnrequested(SIGN_IN)),
            "the application requires a new password"
        );
        world.verifier.password_changed(&world.alice).await.unwrap();
        assert_eq!(
            reason(thief.verify(SIGN_IN, Proof::sent_code(&sent, &code)).await),
            Reason::NotFound
        );
        assert_eq!(alice.recognize(&kept).await.unwrap_err(), Ignored, "known, and not trusted");
        assert!(alice.verify_by_text(SIGN_IN).await.is_ok());
    });
}

#[test]
fn abandoned_sign_in_is_reported_without_the_owner() {
    block_on(async {
        let world = cheap();
        set_up_yesterday(&world).await;
        let (alice, thief) = (visit(&world, "her phone"), visit(&world, "a thief"));
        let _ = thief.request_code(SIGN_IN).await.unwrap();
        world.clock.advance(HOUR);
        assert!(alice.verify_by_text(SIGN_IN).await.is_ok());
        assert!(was_reported(&world, &Event::SignInAbandoned(SIGN_IN)));
    });
}

#[test]
fn flood_of_codes_is_capped_over_all_accounts() {
    block_on(async {
        let world = cheap();
        set_up_yesterday(&world).await;
        let mut came = 0;
        // Every minute of a day another attacker, each for their own account.
        for n in 0..24 * 60 {
            let stranger = visit(&world, &format!("stranger {n}"));
            let account = SubjectId::new(format!("account {n}")).unwrap();
            let asked = stranger
                .verifier
                .send_code(&account, CodeRequest::to_address(&world.number).purpose(REGISTER))
                .await;
            if let Err(error) = &asked {
                assert_eq!(error.denial().unwrap().reason(), Reason::SendLimit);
            }
            came += usize::from(asked.is_ok());
            world.clock.advance(60);
        }
        assert_eq!(came, 6, "half of the daily budget of a number");
        assert_eq!(world.codes(), 6);
        assert!(visit(&world, "her phone").request_code(SIGN_IN).await.is_ok(), "at once");
    });
}

#[test]
fn strangers_guessing_never_delay_the_owner() {
    block_on(async {
        let world = cheap();
        set_up_yesterday(&world).await;
        let alice = visit(&world, "her phone");
        let mut guesses = 0;
        for n in 0..48 {
            let stranger = visit(&world, &format!("stranger {n}"));
            if let Ok(sent) = stranger.request_code(REGISTER).await {
                let incorrect = not(&world.read_code());
                for _ in 0..5 {
                    let guess =
                        stranger.verify(REGISTER, Proof::sent_code(&sent, &incorrect)).await;
                    guesses += usize::from(reason(guess) == Reason::Incorrect);
                }
            }
            world.clock.advance(HOUR / 2);
        }
        assert!(guesses > 5, "{guesses}");
        let events = world.log.take();
        assert!(!events.contains(&Event::FactorLocked(FactorKind::Phone)));
        let sent = alice.request_code(SIGN_IN).await.unwrap();
        let code = world.read_code();
        assert!(alice.verify(SIGN_IN, Proof::sent_code(&sent, &code)).await.is_ok());
    });
}

#[test]
fn report_keeps_what_the_owner_requested() {
    block_on(async {
        let world = cheap();
        set_up_yesterday(&world).await;
        let (alice, thief) = (visit(&world, "her phone"), visit(&world, "a thief"));
        let hers = alice.request_code(SIGN_IN).await.unwrap();
        let code = world.read_code();
        let _ = thief.request_code(REGISTER).await.unwrap();
        let unasked = world.read_code();
        alice.verifier.report_unrequested(&world.alice).await.unwrap();
        let mixed_up = alice.verify(SIGN_IN, Proof::sent_code(&hers, &unasked)).await;
        assert_eq!(reason(mixed_up), Reason::Incorrect);
        assert!(alice.verify(SIGN_IN, Proof::sent_code(&hers, &code)).await.is_ok());
        // A second report, with nothing left to cancel, looks the same.
        alice.verifier.report_unrequested(&world.alice).await.unwrap();
        assert!(!matches!(world.log.take().last(), Some(Event::CodeReportedUnrequested(_))));
    });
}
