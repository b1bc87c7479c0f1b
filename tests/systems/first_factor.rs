//! Systems that did not know the first factor.
//!
//! Each of the first six tests is named after a system that got it wrong.

mod channels;
mod rules;
mod stored;
mod unnamed;

use second_factor::{
    Address, Challenge, CodeRequest, Error, FactorKind, FirstFactor, Handle, ItemId, Next, Policy,
    Proof, Purpose, Reason, SignIn, Verified, Verifier, block_on,
    enrollment::NewSecurityKey,
    proof::{Ceremony, SecurityKeyOutcome},
    purpose::Operation,
    sign_in::Offers,
};

use crate::support::{App, World, mail, prove, reason};

const KEY: FactorKind = FactorKind::SecurityKey;
const RECOVER: Operation = Operation::Recover;
const SIGN_IN: Operation = Operation::SignIn;

/// Cheap hashes, and codes by email for signing in.
fn with_email() -> Policy {
    let kinds = [
        FactorKind::BackupCode,
        FactorKind::Email,
        FactorKind::Hotp,
        FactorKind::Phone,
        KEY,
        FactorKind::SignInRequest,
        FactorKind::Totp,
    ];
    let builder = Policy::builder().danger_cheap_hashes();
    let builder = builder.only(SIGN_IN, &kinds).only(RECOVER, &kinds);
    builder.only(Operation::Manage, &kinds).build().unwrap()
}

/// The same mailbox as [`mail`], in another spelling.
fn mail_in_capitals() -> Address {
    Address::email("Alice@Example.COM").unwrap()
}

fn email(address: Address) -> FirstFactor {
    FirstFactor::Email(address)
}

fn google(address: Address) -> FirstFactor {
    FirstFactor::Federated { amr: vec!["mfa".into(), "pwd".into()], address: Some(address) }
}

async fn confirm_key(
    world: &World,
    verifier: &Verifier,
    begun: &Ceremony,
    name: &str,
) -> (ItemId, Verified) {
    let key = NewSecurityKey::new(name, b"a public key").unwrap();
    let confirmed = verifier.confirm_security_key(&world.alice, begun, key).await.unwrap();
    let verified = confirmed.verified().unwrap();
    let status = verifier.status(&world.alice).await.unwrap();
    let found = status.security_keys().iter().find(|key| key.name() == name).unwrap();
    (*found.id(), verified)
}

fn passed(key: &ItemId, is_user_verified: bool) -> SecurityKeyOutcome {
    SecurityKeyOutcome::passed(key, b"a public key").user_verified(is_user_verified)
}

/// Answers a new ceremony with this key.
async fn by_key(
    world: &World,
    verifier: &Verifier,
    outcome: SecurityKeyOutcome,
) -> Result<Verified, Error> {
    let ceremony = verifier.begin_security_key(&world.alice, b"").await?;
    verifier.verify(&world.alice, Proof::security_key(&ceremony, outcome)).await
}

fn app_proof(world: &World, app: &App) -> Proof {
    world.clock.advance(30);
    Proof::totp(app.code(&world.clock))
}

fn offered(offers: &Offers) -> Vec<FactorKind> {
    offers.iter().map(|offer| offer.kind()).collect()
}

fn pending(refused: Result<Verified, Error>) -> Handle {
    *refused.unwrap_err().pending_factor().expect("another factor is due")
}

/// better-auth 10322 and 11287: a magic link or a mailed code was a complete sign-in.
#[test]
fn better_auth_link_or_code_first_still_asks_for_a_factor() {
    block_on(async {
        let world = World::with(with_email());
        let (app, verified) = world.with_app().await;
        let _ = prove(&world, &verified, &mail()).await.unwrap();
        for first in [email(mail()), FirstFactor::Phone(world.number.clone())] {
            let verifier = world.verifier.after(&first);
            let Ok(Next::Prove(offers)) = verifier.next(&world.alice).await else {
                panic!("a factor is enrolled")
            };
            assert!(offered(&offers).contains(&FactorKind::Totp));
            let verified = verifier.verify(&world.alice, app_proof(&world, &app)).await.unwrap();
            assert_eq!(verified.first_factor(), &first);
            assert_eq!((verified.level(), verified.amr()), (1, vec!["mca", "otp"]));
        }
    });
}

/// Kratos 4317: the mailbox of the first step was the second step too.
#[test]
fn kratos_mailbox_of_the_first_step_is_no_second_step() {
    block_on(async {
        let world = World::with(with_email());
        let _ = prove(&world, &world.alice, &mail()).await.unwrap();
        for first in [email(mail()), email(mail_in_capitals()), google(mail_in_capitals())] {
            let verifier = world.verifier.after(&first);
            assert_eq!(reason(verifier.next(&world.alice).await), Reason::SameChannel);
            let sent = verifier.send_code(&world.alice, CodeRequest::to_address(&mail())).await;
            assert_eq!(reason(sent), Reason::SameChannel);
        }
        assert!(world.got_no_code());
        // After a password it is a second channel.
        let (sent, code) = world.send_to(&mail()).await;
        let verified = world.try_code(&sent, &code).await.unwrap();
        assert_eq!((verified.level(), verified.amr()), (1, vec!["mca", "otp", "pwd"]));
    });
}

/// Zitadel 12575 and Nextcloud 869: a passkey that verified its user was asked for a code too, and
/// each answer led back to the first page.
#[test]
fn zitadel_user_verified_passkey_is_asked_for_nothing_more() {
    block_on(async {
        let world = World::new();
        let (_, verified) = world.with_app().await;
        let begun = world.verifier.enroll_security_key(&verified, b"").await.unwrap();
        let (key, _) = confirm_key(&world, &world.verifier, &begun, "blue").await;
        for device_bound in [false, true] {
            for key in [key, ItemId::of("a passkey of the application")] {
                let first = FirstFactor::Passkey { key, user_verified: true, device_bound };
                let next = world.verifier.after(&first).next(&world.alice).await.unwrap();
                let Next::Done(SignIn::Verified(verified)) = next else {
                    panic!("nothing more is required")
                };
                assert_eq!(verified.factors(), [KEY]);
                assert_eq!(verified.level(), if device_bound { 3 } else { 2 });
                let kind = if device_bound { "hwk" } else { "swk" };
                let amr = verified.amr();
                assert!(amr.contains(&kind) && amr.contains(&"mfa"), "{amr:?}");
            }
        }
        // The same for a ceremony of this crate, which no password preceded.
        let verifier = world.verifier.after(FirstFactor::None);
        let ceremony = verifier.begin_passkey(b"").unwrap();
        let proof = Proof::security_key(&ceremony, passed(&key, true));
        let verified = verifier.verify(&world.alice, proof).await.unwrap();
        assert_eq!((verified.first_factor(), verified.level()), (&FirstFactor::None, 2));
    });
}

/// voidauth 361: a passkey that did not verify its user counted as two factors.
#[test]
fn voidauth_passkey_without_user_verification_is_one_factor() {
    block_on(async {
        let world = World::new();
        let (app, verified) = world.with_app().await;
        let begun = world.verifier.enroll_security_key(&verified, b"").await.unwrap();
        let (key, _) = confirm_key(&world, &world.verifier, &begun, "blue").await;

        let alone = world.verifier.after(FirstFactor::None);
        let Ok(Next::Prove(offers)) = alone.next(&world.alice).await else {
            panic!("a key is enrolled")
        };
        assert_eq!(offered(&offers), [KEY]);
        let half = pending(by_key(&world, &alone, passed(&key, false)).await);
        // Now the page offers the rest.
        let offers = alone.offers(&world.alice, SIGN_IN).await.unwrap();
        assert_eq!(offered(&offers), [KEY, FactorKind::Totp]);
        // The same key is no factor of another kind.
        let ceremony = alone.begin_security_key(&world.alice, b"").await.unwrap();
        let again = Proof::security_key(&ceremony, passed(&key, false)).after(half);
        let half = pending(alone.verify(&world.alice, again).await);
        let proof = app_proof(&world, &app).after(half);
        let verified = alone.verify(&world.alice, proof).await.unwrap();
        assert_eq!(verified.factors(), [KEY, FactorKind::Totp]);
        assert_eq!(verified.level(), 1, "two things that she has");

        let first = FirstFactor::Passkey { key, user_verified: false, device_bound: true };
        let verifier = world.verifier.after(first);
        let Ok(Next::Prove(offers)) = verifier.next(&world.alice).await else {
            panic!("another factor is required")
        };
        assert_eq!(offered(&offers), [FactorKind::Totp]);
        let verified = verifier.verify(&world.alice, app_proof(&world, &app)).await.unwrap();
        assert_eq!(verified.level(), 1);
    });
}

/// better-auth 1279: who signed in by another service could not manage factors, because there was no
/// password to ask for again.
#[test]
fn better_auth_social_user_manages_factors_without_password() {
    block_on(async {
        let world = World::new();
        let verifier = world.verifier.after(google(mail()));
        let enrollment = verifier.enroll_totp(&world.alice, "alice").await.unwrap();
        let app = App::scan(enrollment.expose_secret().expose());
        let code = app.code(&world.clock);
        let confirmed = verifier.confirm(&world.alice, &enrollment, &code).await.unwrap();
        let verified = confirmed.verified().unwrap();
        assert_eq!((verified.first_factor(), verified.level()), (&google(mail()), 2));
        assert_eq!(verified.amr(), ["mfa", "otp"], "the values of the other service are apart");
        assert_eq!(verifier.new_backup_codes(&verified).await.unwrap().expose().len(), 10);
        let proof = app_proof(&world, &app);
        let grant = verifier.verify_for(&world.alice, Purpose::Manage, proof).await.unwrap();
        assert!(verifier.turn_off(&grant).await.is_ok());
    });
}

/// A password alone registered a passkey, which then counted as the second factor.
#[test]
fn password_alone_adds_no_passkey_after_a_factor() {
    block_on(async {
        let world = World::new();
        let (_, verified) = world.with_app().await;
        let begun = world.verifier.enroll_security_key(&world.alice, b"").await;
        assert_eq!(reason(begun), Reason::Unauthorized);
        assert!(world.verifier.enroll_security_key(&verified, b"").await.is_ok());
    });
}

/// Has a code sent as soon as that is allowed.
async fn send(world: &World, by: &Verifier, request: CodeRequest) -> (Challenge, String) {
    for _ in 0..6 {
        match by.send_code(&world.alice, request.clone()).await {
            Ok(sent) => return (sent, world.read_code()),
            Err(error) => {
                world.clock.set(error.retry_at().expect("the error has a retry time").as_secs());
            }
        }
    }
    panic!("the send is still refused after six waits")
}
