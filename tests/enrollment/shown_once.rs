//! Secrets that are shown once, and pages without any.

#![allow(clippy::indexing_slicing, clippy::unwrap_used, reason = "helpers of tests may panic")]

use crate::support::{App, NOON, World, mail, prove, reason, slow::Alice};
use second_factor::{
    Address, Reason, SubjectId, block_on,
    otp::{Algorithm, KeyKind, KeyUri, Step, Totp, TotpParameters},
};

#[test]
fn failure_069_secrets_are_shown_only_at_enrollment() {
    block_on(async {
        let alice = Alice::with_codes().await;
        let (world, verifier) = (&alice.world, &alice.world.verifier);
        let begun = verifier.enroll_totp(&alice.proof, "alice").await.unwrap();
        let secret = begun.expose_secret().expose().to_owned();
        let code = App::scan(&secret).code(&world.clock);
        let verified = verifier.confirm(&world.alice, &begun, &code).await.unwrap();
        let grant = verifier.grant(&verified).unwrap();
        let second = verifier.enroll_totp(&verified, "alice").await.unwrap();
        let pages = [
            format!("{:?}", verifier.status(&world.alice).await.unwrap()),
            format!("{:?}", verifier.next(&world.alice).await.unwrap()),
            format!("{verified:?} {grant:?} {verifier:?} {second:?}"),
            format!("{} {}", grant.expose(), second.handle()),
            second.expose_uri().expose().to_owned(),
            second.expose_secret().expose().to_owned(),
            format!("{:?} {:?}", world.log.take(), world.notices()),
        ];
        let again = verifier.new_backup_codes(&verified).await.unwrap();
        let pages = pages.into_iter().chain(crate::support::slow::printed(again));
        for page in pages {
            assert!(!page.contains(&secret), "{page}");
            assert!(alice.codes.iter().all(|code| !page.contains(code)), "{page}");
        }
    });
}

#[test]
fn failure_084_every_secret_has_twenty_bytes() {
    block_on(async {
        let world = World::new();
        for n in 0..50 {
            let subject = SubjectId::new(format!("subject {n}")).unwrap();
            let begun = world.verifier.enroll_totp(&subject, "alice").await.unwrap();
            // 160 bits: 20 bytes, which are 32 characters of 5 bits.
            assert_eq!(begun.expose_secret().expose().len(), 32);
            let uri = KeyUri::parse(begun.expose_uri().expose()).unwrap();
            assert_eq!(uri.secret().expose_bytes().len(), 20);
        }
    });
}

#[test]
fn failure_089_edited_uri_does_not_change_verification() {
    block_on(async {
        let world = World::new();
        let begun = world.verifier.enroll_totp(&world.alice, "alice").await.unwrap();
        let secret = KeyUri::parse(begun.expose_uri().expose()).unwrap();
        // A URI without the parameter means SHA-1.
        let edited = format!("{}&algorithm=SHA256", begun.expose_uri().expose());
        let edited = KeyUri::parse(&edited).unwrap();
        let KeyKind::Totp(parameters) = edited.kind() else { panic!("it is a TOTP URI") };
        assert_eq!(parameters, TotpParameters::new().with_algorithm(Algorithm::Sha256));
        let step = Step::new(NOON / 30);
        let weak = Totp::with(edited.secret(), parameters);
        let typed = weak.code_at(step).expose().to_owned();
        let answer = world.verifier.confirm(&world.alice, &begun, &typed).await;
        assert_eq!(reason(answer), Reason::Incorrect);
        let correct = Totp::new(secret.secret()).code_at(step).expose().to_owned();
        let _ = world.verifier.confirm(&world.alice, &begun, &correct).await.unwrap();
        world.clock.advance(30);
        let typed = weak.code_at(Step::new(NOON / 30 + 1)).expose().to_owned();
        assert_eq!(reason(world.try_app(&typed).await), Reason::Incorrect);
    });
}

#[test]
fn failure_094_challenge_page_reveals_nothing_of_its_code() {
    block_on(async {
        let world = World::new();
        let (_, verified) = world.with_app().await;
        let _ = prove(&world, &verified, &mail()).await.unwrap();
        let (mut handles, mut codes) = (vec![], vec![]);
        for n in 0..100 {
            let subject = SubjectId::new(format!("subject {n}")).unwrap();
            let number = Address::phone(&format!("+1415{n:03}0100")).unwrap();
            let sent = world.verifier.enroll_address(&subject, &number).await.unwrap();
            let code = world.read_code();
            let page = format!(
                "{} {} {} {:?} {:?} {:?} {sent:?}",
                sent.handle(),
                sent.masked(),
                sent.digits(),
                sent.channel(),
                sent.alternatives(),
                sent.resend_at(),
            );
            let letters: String = page.chars().filter(char::is_ascii_alphanumeric).collect();
            assert!(!page.contains(&code) && !letters.contains(&code), "{page} {code}");
            let backwards: String = code.chars().rev().collect();
            assert!(!letters.contains(&backwards), "{page} {code}");
            handles.push(sent.handle().to_string());
            codes.push(code);
        }
        // The handle is random and not derived from the code: one code, two handles, all distinct.
        let second = World::seeded(second_factor::MemoryStorage::new(), Default::default(), 1);
        second.clock.set(NOON + 7);
        let sent = second.verifier.enroll_address(&second.alice, &second.number).await.unwrap();
        assert!(!handles.contains(&sent.handle().to_string()));
        handles.sort();
        handles.dedup();
        assert_eq!(handles.len(), 100);
        codes.sort();
        codes.dedup();
        assert!(codes.len() > 95, "the codes are random too");
    });
}
