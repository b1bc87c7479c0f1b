//! Instruction counts of a whole `verify` with its store.
//!
//! Every kind of refusal is measured.

use core::hint::black_box;

use second_factor::{
    CodeRequest, Policy, Proof, Reason, SubjectId, block_on,
    enrollment::HotpToken,
    otp::{Hotp, Step},
};

use crate::{
    secrets::{KEY, secret},
    store::Store,
    support::{App, World, not, reason, slow},
    valgrind::count,
};

type Place = World<Store>;

/// The code of a TOTP app.
pub fn totp(group: &str) {
    block_on(async {
        for (name, expected) in [
            ("unknown subject", Reason::NotEnrolled),
            ("nothing enrolled", Reason::NotEnrolled),
            ("incorrect", Reason::Incorrect),
            ("replayed", Reason::Replayed),
            ("expired", Reason::Incorrect),
        ] {
            let place = place(Policy::default());
            let (app, _) = place.with_app_now().await;
            let mut typed = app.code(&place.clock);
            match expected {
                Reason::Replayed => place.clock.advance(30),
                _ => place.clock.advance(600),
            }
            if name == "incorrect" {
                typed = app.incorrect(&place.clock);
            }
            let subject = subject(name, &place).await;
            refused(group, name, &place, &subject, Proof::totp(&typed), expected);
        }
    });
}

/// A refused code, under a policy that allows one TOTP app.
pub fn totp_of_one_app(group: &str) {
    block_on(async {
        for name in ["incorrect", "expired"] {
            let one = Policy::builder().totp_apps(1).build().expect("a policy");
            let place = place(one);
            let (app, _) = place.with_app_now().await;
            let earlier = app.code(&place.clock);
            place.clock.advance(600);
            let typed = if name == "expired" { earlier } else { app.incorrect(&place.clock) };
            refused(group, name, &place, &place.alice, Proof::totp(&typed), Reason::Incorrect);
        }
    });
}

/// An incorrect code, for subjects with one, two and three TOTP apps.
pub fn totp_apps(group: &str) {
    block_on(async {
        for (name, further) in [("one app", 0), ("two apps", 1), ("three apps", 2)] {
            let place = place(Policy::default());
            let (app, verified) = place.with_app_now().await;
            for _ in 0..further {
                let begun = place.verifier.enroll_totp(&verified, "alice").await;
                let begun = begun.expect("there is room");
                let another = App::scan(begun.expose_secret().expose());
                let code = another.code(&place.clock);
                let confirmed = place.verifier.confirm(&place.alice, &begun, &code).await;
                drop(confirmed.expect("it is correct"));
            }
            place.clock.advance(600);
            let proof = Proof::totp(app.incorrect(&place.clock));
            refused(group, name, &place, &place.alice, proof, Reason::Incorrect);
        }
    });
}

/// The code of a HOTP token.
pub fn hotp(group: &str) {
    block_on(async {
        let secret = secret(KEY);
        let code = |counter| Hotp::new(&secret).code(Step::new(counter)).expose().to_owned();
        for (name, typed, expected) in [
            ("unknown subject", code(50), Reason::NotEnrolled),
            ("nothing enrolled", code(50), Reason::NotEnrolled),
            ("incorrect", code(50), Reason::Incorrect),
            ("replayed", code(3), Reason::Replayed),
            ("expired", code(1), Reason::Incorrect),
        ] {
            let place = place(Policy::default());
            let (verifier, alice) = (&place.verifier, &place.alice);
            let begun =
                verifier.enroll_hotp(alice, &HotpToken::new(&secret)).await.expect("the first");
            drop(verifier.confirm(alice, &begun, &code(3)).await.expect("it is correct"));
            let subject = subject(name, &place).await;
            refused(group, name, &place, &subject, Proof::hotp(&typed), expected);
        }
    });
}

/// A sent code.
pub fn sent_code(group: &str) {
    block_on(async {
        for (name, expected) in [
            ("unknown subject", Reason::NotFound),
            ("nothing enrolled", Reason::NotFound),
            ("incorrect", Reason::Incorrect),
            ("replayed", Reason::NotFound),
            ("expired", Reason::Expired),
            ("superseded", Reason::Superseded),
        ] {
            let place = place(Policy::default());
            drop(place.with_phone(&place.alice).await);
            place.clock.advance(3600);
            let (mut challenge, mut code) = place.send_to(&place.number).await;
            match name {
                "incorrect" => code = not(&code),
                "replayed" => drop(place.try_code(&challenge, &code).await.expect("it is correct")),
                "expired" => place.clock.advance(301),
                "superseded" => {
                    place.clock.advance(60);
                    let again = place
                        .verifier
                        .send_code(&place.alice, CodeRequest::again(&challenge))
                        .await;
                    challenge = again.expect("it is time");
                }
                _ => {}
            }
            let subject = subject(name, &place).await;
            refused(group, name, &place, &subject, Proof::sent_code(&challenge, &code), expected);
        }
    });
}

/// A backup code, with its slow hash.
pub fn backup_code(group: &str) {
    block_on(async {
        for (name, expected) in [
            ("unknown subject", Reason::NotEnrolled),
            ("nothing enrolled", Reason::NotEnrolled),
            ("incorrect", Reason::Incorrect),
            ("replayed", Reason::Replayed),
        ] {
            let place = place(slow::cheap());
            let (_, verified) = place.with_app().await;
            let codes =
                place.verifier.new_backup_codes(&verified).await.expect("an app is enrolled");
            let codes = slow::printed(codes);
            let first = Proof::backup_code(&codes[0]);
            drop(place.verifier.verify(&place.alice, first).await.expect("it is correct"));
            let typed = if name == "incorrect" { slow::INCORRECT_CODE } else { &codes[0] };
            let subject = subject(name, &place).await;
            refused(group, name, &place, &subject, Proof::backup_code(typed), expected);
        }
    });
}

async fn subject(name: &str, place: &Place) -> SubjectId {
    match name {
        "unknown subject" => SubjectId::new("carol").expect("a name"),
        "nothing enrolled" => {
            let david = SubjectId::new("david").expect("a name");
            place.verifier.operations().create(&david).await.expect("the store works");
            david
        }
        _ => place.alice.clone(),
    }
}

fn place(policy: Policy) -> Place {
    let place = World::over(Store::default(), policy);
    // A verifier checks once whether the store was created with its keys.
    let unknown = SubjectId::new("unknown").expect("a name");
    drop(block_on(place.verifier.verify(&unknown, Proof::totp("000000"))));
    place
}

fn refused(
    group: &str,
    name: &str,
    place: &Place,
    subject: &SubjectId,
    proof: Proof,
    expected: Reason,
) {
    let answer = count(group, name, || block_on(place.verifier.verify(subject, black_box(proof))));
    assert_eq!(reason(answer), expected, "{group}: {name}");
}
