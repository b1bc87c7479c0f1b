//! Systems that did not know what came before the second factor.
//!
//! Each of the first six tests is named after a system that got it wrong.

use second_factor::{
    Address, Ceremony, CeremonyRequest, Challenge, Client, CodeRequest, Error, FactorKind,
    FirstFactor, Handle, HotpToken, Keys, MemoryStorage, NewDevice, NewSecurityKey, Next, Policy,
    Proof, Purpose, Reason, RequestAnswer, RequestedFrom, Secret, SecurityKeyOutcome, SignIn,
    Verified, Verifier, block_on,
    id::ItemId,
    otp::{Hotp, Step},
    purpose::Operation,
    sign_in::Offers,
    testkit::MessageLog,
};

use crate::support::{App, ROOT, World, mail, not, prove, reason};

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

/// The same mailbox as [`mail`], as somebody else wrote it.
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
    let verified = verifier.confirm_security_key(&world.alice, begun, key).await.unwrap();
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
        let again = Proof::security_key(&ceremony, passed(&key, false)).after(&half);
        let half = pending(alone.verify(&world.alice, again).await);
        let proof = app_proof(&world, &app).after(&half);
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
        let verified = verifier.confirm(&world.alice, &enrollment, &code).await.unwrap();
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
fn password_alone_adds_no_passkey_beside_a_factor() {
    block_on(async {
        let world = World::new();
        let (_, verified) = world.with_app().await;
        let begun = world.verifier.enroll_security_key(&world.alice, b"").await;
        assert_eq!(reason(begun), Reason::Unauthorized);
        assert!(world.verifier.enroll_security_key(&verified, b"").await.is_ok());
    });
}

/// The counterexample to a default: a forgotten `after` made a code alone a sign-in.
#[test]
fn unnamed_first_factor_is_an_error_of_every_sign_in() {
    block_on(async {
        let world = World::new();
        let (app, verified) = world.with_app().await;
        let _ = world.with_phone(&verified).await;
        let key = Keys::new(ROOT);
        let unnamed = Verifier::builder("Example", world.store.clone(), MessageLog::new(), key)
            .clock(world.clock.clone())
            .build()
            .unwrap();
        let alice = &world.alice;
        let is_unnamed = |error: Option<Error>| matches!(error, Some(Error::NoFirstFactor));
        assert!(is_unnamed(unnamed.next(alice).await.err()));
        let from = RequestedFrom::new("Firefox", "Lisbon");
        for operation in [SIGN_IN, RECOVER] {
            assert!(is_unnamed(unnamed.offers(alice, operation).await.err()));
            let request = CodeRequest::to_address(&world.number).purpose(operation);
            assert!(is_unnamed(unnamed.send_code(alice, request).await.err()));
            let ceremony = CeremonyRequest::new(b"").purpose(operation);
            assert!(is_unnamed(unnamed.begin_security_key(alice, ceremony).await.err()));
            assert!(is_unnamed(unnamed.request_sign_in(alice, operation, &from).await.err()));
        }
        let proof = app_proof(&world, &app);
        assert!(is_unnamed(unnamed.verify(alice, proof.clone()).await.err()));
        let recovery = unnamed.verify_for(alice, Purpose::Recover, proof.clone()).await;
        assert!(is_unnamed(recovery.err()));
        assert!(is_unnamed(unnamed.enroll_totp(alice, "alice").await.err()));
        let token = HotpToken::new(&Secret::new(&[7; 20]).unwrap());
        assert!(is_unnamed(unnamed.enroll_hotp(alice, &token).await.err()));
        assert!(is_unnamed(unnamed.enroll_address(alice, &mail()).await.err()));
        assert!(is_unnamed(unnamed.enroll_security_key(alice, b"").await.err()));
        // Within a session, and for a registration, there is nothing to name.
        let stepped_up = unnamed.verify_for(alice, Purpose::StepUp, proof).await;
        assert!(stepped_up.is_ok());
        assert!(unnamed.offers(alice, Operation::Manage).await.is_ok());
        let request = CodeRequest::register(&world.number);
        assert!(unnamed.send_code(alice, request).await.is_ok());
        assert!(unnamed.enroll_totp(&verified, "alice").await.is_ok());
    });
}

#[test]
fn nothing_first_signs_in_by_no_single_guessable_factor() {
    block_on(async {
        let world = World::new();
        let verifier = world.verifier.after(FirstFactor::None);
        // A session must rest on something.
        assert_eq!(reason(verifier.next(&world.alice).await), Reason::NotEnrolled);
        let (app, verified) = world.with_app().await;
        let _ = world.with_phone(&verified).await;
        assert_eq!(reason(verifier.next(&world.alice).await), Reason::NotAllowed);
        let sent = verifier.send_code(&world.alice, CodeRequest::to_address(&world.number)).await;
        assert_eq!(reason(sent), Reason::NotAllowed);
        let proof = app_proof(&world, &app);
        let refused = verifier.verify(&world.alice, proof.clone()).await;
        assert_eq!(reason(refused), Reason::NotAllowed);
        assert!(world.verifier.verify(&world.alice, proof).await.is_ok(), "it was not consumed");
        // A code that was sent after a password was of a sign-in with a password.
        let (sent, code) = world.send_to(&world.number).await;
        let verified = verifier.verify(&world.alice, Proof::sent_code(&sent, &code)).await.unwrap();
        assert_eq!(verified.first_factor(), &FirstFactor::Password);
    });
}

#[test]
fn nothing_first_does_not_recognize_a_device() {
    block_on(async {
        let world = World::new();
        let (app, _) = world.with_app().await;
        let proof = app_proof(&world, &app).trusting(NewDevice::new("Firefox"));
        let verified = world.verifier.verify(&world.alice, proof).await.unwrap();
        let client = Client::new("the cookie of Firefox").unwrap();
        let client = client.device(verified.device_token().unwrap());
        let verifier = world.verifier.for_client(client);
        let alone = verifier.after(FirstFactor::None);
        assert_eq!(reason(alone.next(&world.alice).await), Reason::NotAllowed);
        let next = verifier.next(&world.alice).await.unwrap();
        let Next::Done(sign_in @ SignIn::Recognized(_)) = next else { panic!("it is trusted") };
        assert_eq!((sign_in.level(), sign_in.amr()), (1, vec!["pwd"]));
        assert_eq!(sign_in.first_factor(), &FirstFactor::Password);
    });
}

#[test]
fn device_that_asks_cannot_approve_its_own_request() {
    block_on(async {
        let world = World::new();
        let (app, _) = world.with_app().await;
        let mut devices = Vec::new();
        for label in ["laptop", "phone"] {
            let proof = app_proof(&world, &app).trusting(NewDevice::new(label));
            let verified = world.verifier.verify(&world.alice, proof).await.unwrap();
            devices.push(verified.device_token().unwrap().clone());
        }
        world.clock.advance(60);
        let [laptop, phone] = &devices[..] else { panic!("two are trusted") };
        let on = |cookie: &str, token| {
            let client = Client::new(format!("the cookie of {cookie}")).unwrap();
            world.verifier.for_client(client.device(token))
        };
        let from = RequestedFrom::new("Firefox", "Lisbon");
        let asks = on("laptop", laptop);
        let request = asks.request_sign_in(&world.alice, SIGN_IN, &from).await.unwrap();
        // A new cookie makes it no other device.
        assert!(on("another", laptop).pending_request(&world.alice).await.unwrap().is_none());
        let other = on("phone", phone);
        let shown = other.pending_request(&world.alice).await.unwrap().unwrap();
        let number = RequestAnswer::Approve(request.number().expose());
        other.answer_request(&world.alice, &shown, number).await.unwrap();
        let proof = Proof::sign_in_request(&request);
        assert_eq!(asks.verify(&world.alice, proof).await.unwrap().level(), 2);
    });
}

/// Two browsers, two sign-ins: what is stored is what counts.
#[test]
fn stored_first_factor_counts_and_a_later_one_does_not() {
    block_on(async {
        let world = World::with(with_email());
        let (_, verified) = world.with_app().await;
        let _ = prove(&world, &verified, &mail()).await.unwrap();
        let _ = world.with_phone(&verified).await;
        let [one, other] = ["one browser", "another one"].map(|place| {
            let client = Client::new(format!("the cookie of {place}")).unwrap();
            world.verifier.for_client(client)
        });
        let alice = &world.alice;
        let firsts = [
            FirstFactor::Password,
            email(Address::email("bob@example.com").unwrap()),
            FirstFactor::Federated { amr: vec!["otp".into()], address: None },
        ];
        for stored in &firsts {
            for named in firsts.iter().chain([&FirstFactor::None, &email(mail())]) {
                let (by, request) = (one.after(stored), CodeRequest::to_address(&mail()));
                let (sent, code) = send(&world, &by, request).await;
                let proof = || Proof::sent_code(&sent, &code);
                let stolen = other.after(stored).verify(alice, proof()).await;
                assert_eq!(reason(stolen), Reason::OtherClient);
                let verified = one.after(named).verify(alice, proof()).await.unwrap();
                assert_eq!(verified.first_factor(), stored, "{named:?}");
            }
        }
        // A resend keeps it, too.
        let request = CodeRequest::to_address(&mail());
        let (sent, _) = send(&world, &one.after(&firsts[1]), request).await;
        let again = CodeRequest::again(&sent);
        let (sent, code) = send(&world, &one.after(FirstFactor::Password), again).await;
        let proof = Proof::sent_code(&sent, &code);
        let verified = one.after(FirstFactor::Password).verify(alice, proof).await.unwrap();
        assert_eq!(verified.first_factor(), &firsts[1]);
    });
}

#[test]
fn partial_proof_keeps_its_first_factor_until_it_is_complete() {
    block_on(async {
        let world = World::new();
        let (app, verified) = world.with_app().await;
        let begun = world.verifier.enroll_security_key(&verified, b"").await.unwrap();
        let (key, _) = confirm_key(&world, &world.verifier, &begun, "blue").await;
        let alone = world.verifier.after(FirstFactor::None);
        let half = pending(by_key(&world, &alone, passed(&key, false)).await);
        // The password came later, so it does not count.
        let proof = app_proof(&world, &app).after(&half);
        let verified = world.verifier.verify(&world.alice, proof).await.unwrap();
        assert_eq!((verified.first_factor(), verified.level()), (&FirstFactor::None, 1));
        // A ceremony that began after nothing does not become one after a password.
        let ceremony = alone.begin_security_key(&world.alice, b"").await.unwrap();
        let proof = Proof::security_key(&ceremony, passed(&key, false));
        let _ = pending(world.verifier.verify(&world.alice, proof).await);
        let ceremony = world.verifier.begin_passkey(b"").unwrap();
        let proof = Proof::security_key(&ceremony, passed(&key, false));
        let _ = pending(world.verifier.verify(&world.alice, proof).await);
    });
}

/// Two different channels in all: an address that came first is one of them, a password is none.
#[test]
fn recovery_counts_an_address_that_came_first() {
    block_on(async {
        let world = World::with(with_email());
        let (app, verified) = world.with_app().await;
        let _ = prove(&world, &verified, &mail()).await.unwrap();
        let recover = async |first: FirstFactor| {
            let verifier = world.verifier.after(first);
            let proof = app_proof(&world, &app);
            verifier.verify_for(&world.alice, Purpose::Recover, proof).await
        };
        assert!(recover(email(mail())).await.is_ok());
        assert!(recover(FirstFactor::Phone(world.number.clone())).await.is_ok());
        let passkey =
            FirstFactor::Passkey { key: ItemId::of("1"), user_verified: true, device_bound: true };
        for first in [FirstFactor::Password, google(mail()), FirstFactor::None, passkey] {
            assert_eq!(reason(recover(first.clone()).await), Reason::AnotherFactorDue, "{first:?}");
        }
        // Another mailbox is of the same kind.
        let verifier = world.verifier.after(email(Address::email("bob@example.com").unwrap()));
        let request = CodeRequest::to_address(&mail()).purpose(RECOVER);
        let (sent, code) = send(&world, &verifier, request).await;
        let proof = Proof::sent_code(&sent, &code);
        let refused = verifier.verify_for(&world.alice, Purpose::Recover, proof).await;
        assert_eq!(reason(refused), Reason::AnotherFactorDue);
    });
}

#[test]
fn mailbox_that_came_first_does_not_reset_the_pin() {
    block_on(async {
        let world = World::with(with_email());
        let (app, verified) = world.with_app().await;
        let _ = prove(&world, &verified, &mail()).await.unwrap();
        world.verifier.set_pin(&verified, "493817").await.unwrap();
        let first = world.verifier.after(email(mail_in_capitals()));
        let half = first.verify(&world.alice, app_proof(&world, &app)).await.unwrap_err();
        let due = half.pending_pin().unwrap();
        let request = || CodeRequest::to_address(&mail()).purpose(Operation::ResetPin);
        let refused = first.send_code(&world.alice, request()).await;
        assert_eq!(reason(refused), Reason::SameChannel);
        // Nor by a code that was requested after a password.
        let (sent, code) = send(&world, &world.verifier, request()).await;
        let reset = || Proof::pin_reset(due, &sent, &code);
        assert_eq!(reason(first.verify(&world.alice, reset()).await), Reason::SameChannel);
        let by_password = world.verifier.verify(&world.alice, reset()).await;
        assert_eq!(reason(by_password), Reason::SameChannel);
        // Which it does not consume.
        let half = world.verifier.verify(&world.alice, app_proof(&world, &app)).await.unwrap_err();
        let proof = Proof::pin_reset(half.pending_pin().unwrap(), &sent, &code);
        assert!(world.verifier.verify(&world.alice, proof).await.is_ok());
    });
}

#[test]
fn address_that_came_first_is_not_enrolled_as_the_only_factor() {
    block_on(async {
        let world = World::with(with_email());
        let verifier = world.verifier.after(email(mail()));
        let refused = verifier.enroll_address(&world.alice, &mail_in_capitals()).await;
        assert_eq!(reason(refused), Reason::SameChannel);
        assert!(world.got_no_code());
        let (_, verified) = world.with_app().await;
        assert!(verifier.enroll_address(&verified, &mail()).await.is_ok(), "it has another factor");
        // Where email recovers and does not sign in, it is no factor.
        let world = World::new();
        let verifier = world.verifier.after(email(mail()));
        assert!(verifier.enroll_address(&world.alice, &mail()).await.is_ok());
    });
}

#[test]
fn registration_follows_nothing_whatever_is_named() {
    block_on(async {
        let world = World::new();
        let verifier = world.verifier.after(FirstFactor::Phone(world.number.clone()));
        let request = CodeRequest::register(&world.number);
        let (sent, code) = send(&world, &verifier, request).await;
        let proof = Proof::sent_code(&sent, &code);
        let registered = verifier.register(&world.alice, proof).await.unwrap();
        assert_eq!(registered.first_factor(), &FirstFactor::None);
        assert_eq!((registered.level(), registered.amr()), (1, vec!["otp", "sms"]));
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

/// A subject with a factor of every kind.
struct Everything {
    world: World,
    app: App,
    token: Secret,
    counter: u64,
    codes: Vec<String>,
    phone: Verifier,
    keys: [ItemId; 2],
}

impl Everything {
    async fn new() -> Self {
        let world = World::over(MemoryStorage::new(), with_email());
        let (app, verified) = world.with_app().await;
        let token = Secret::new(&[7; 20]).unwrap();
        let begun = world.verifier.enroll_hotp(&verified, &HotpToken::new(&token)).await.unwrap();
        let code = Hotp::new(&token).code(Step::new(0)).expose().to_owned();
        let _ = world.verifier.confirm(&world.alice, &begun, &code).await.unwrap();
        let _ = prove(&world, &verified, &mail()).await.unwrap();
        let _ = world.with_phone(&verified).await;
        let mut keys = Vec::new();
        for name in ["blue", "red"] {
            let begun = world.verifier.enroll_security_key(&verified, b"").await.unwrap();
            keys.push(confirm_key(&world, &world.verifier, &begun, name).await.0);
        }
        let codes = world.verifier.new_backup_codes(&verified).await.unwrap();
        let codes = codes.expose().iter().map(|code| code.expose().to_owned()).collect();
        let proof = app_proof(&world, &app).trusting(NewDevice::new("phone"));
        let verified = world.verifier.verify(&world.alice, proof).await.unwrap();
        let client = Client::new("the cookie of the phone").unwrap();
        let phone = world.verifier.for_client(client.device(verified.device_token().unwrap()));
        world.clock.advance(60);
        let keys = [keys[0], keys[1]];
        Self { world, app, token, counter: 1, codes, phone, keys }
    }

    /// The proofs that a sign-in after `first` can try, each with its kind.
    ///
    /// A proof that cannot begin after it begins after a password, as an attacker would try.
    async fn proof(&mut self, first: &Verifier, kind: Way, operation: Operation) -> Proof {
        let world = &self.world;
        match kind {
            Way::App => app_proof(world, &self.app),
            Way::Backup => Proof::backup_code(self.codes.pop().unwrap()),
            Way::Token => {
                self.counter += 1;
                let code = Hotp::new(&self.token).code(Step::new(self.counter - 1));
                Proof::hotp(code.expose())
            }
            Way::Email | Way::Phone => {
                let address = if kind == Way::Email { mail() } else { world.number.clone() };
                let request = CodeRequest::to_address(&address).purpose(operation);
                let (sent, code) = send(world, first, request).await;
                Proof::sent_code(&sent, &code)
            }
            Way::Key(place, is_user_verified) => {
                let request = CeremonyRequest::new(b"").purpose(operation);
                let ceremony = first.begin_security_key(&world.alice, request).await.unwrap();
                Proof::security_key(&ceremony, passed(&self.keys[place], is_user_verified))
            }
            Way::Request => {
                let from = RequestedFrom::new("Firefox", "Lisbon");
                let request = first.request_sign_in(&world.alice, operation, &from).await.unwrap();
                let shown = self.phone.pending_request(&world.alice).await.unwrap().unwrap();
                let number = RequestAnswer::Approve(request.number().expose());
                self.phone.answer_request(&world.alice, &shown, number).await.unwrap();
                Proof::sign_in_request(&request)
            }
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Way {
    App,
    Backup,
    Email,
    Key(usize, bool),
    Phone,
    Request,
    Token,
}

impl Way {
    const ALL: [Self; 10] = [
        Self::App,
        Self::Backup,
        Self::Email,
        Self::Key(0, false),
        Self::Key(0, true),
        Self::Key(1, false),
        Self::Key(1, true),
        Self::Phone,
        Self::Request,
        Self::Token,
    ];

    fn kind(self) -> FactorKind {
        match self {
            Self::App => FactorKind::Totp,
            Self::Backup => FactorKind::BackupCode,
            Self::Email => FactorKind::Email,
            Self::Key(..) => KEY,
            Self::Phone => FactorKind::Phone,
            Self::Request => FactorKind::SignInRequest,
            Self::Token => FactorKind::Hotp,
        }
    }

    /// Whether it is the channel of the first factor.
    fn is_same(self, first: &FirstFactor, keys: &[ItemId; 2], number: &Address) -> bool {
        let is_mail =
            |address: &Address| address.expose().to_lowercase() == mail().expose().to_lowercase();
        match (self, first) {
            (Self::Email, FirstFactor::Email(address)) => is_mail(address),
            (Self::Email, FirstFactor::Federated { address: Some(address), .. }) => {
                is_mail(address)
            }
            (Self::Phone, FirstFactor::Phone(address)) => address == number,
            (Self::Key(place, _), FirstFactor::Passkey { key, .. }) => *key == keys[place],
            _ => false,
        }
    }
}

/// What the rules say, written down a second time.
#[derive(Debug, PartialEq, Eq)]
enum Expected {
    Complete,
    Half,
    NotAllowed,
    SameChannel,
}

fn expected(first: &FirstFactor, way: Way, operation: Operation, is_same: bool) -> Expected {
    if is_same {
        return Expected::SameChannel;
    }
    if operation == RECOVER {
        return match first {
            FirstFactor::Email(_) if way != Way::Email => Expected::Complete,
            FirstFactor::Phone(_) if way != Way::Phone => Expected::Complete,
            _ => Expected::Half,
        };
    }
    match (first, way) {
        (FirstFactor::None, Way::Key(_, true)) => Expected::Complete,
        (FirstFactor::None, Way::Key(_, false)) => Expected::Half,
        (FirstFactor::None, _) => Expected::NotAllowed,
        (FirstFactor::Passkey { user_verified: false, .. }, Way::Key(_, false)) => Expected::Half,
        _ => Expected::Complete,
    }
}

/// All first factors, all kinds, both operations: one channel never signs in twice.
#[test]
fn no_channel_counts_twice_by_any_way() {
    block_on(async {
        let number = Address::phone("+14155550100").unwrap();
        let mut seen = Vec::new();
        for at in 0..14 {
            let mut everything = Everything::new().await;
            let keys = everything.keys;
            let passkey = |key, user_verified| FirstFactor::Passkey {
                key,
                user_verified,
                device_bound: false,
            };
            let federated = |address| FirstFactor::Federated { amr: Vec::new(), address };
            let firsts = [
                FirstFactor::Password,
                FirstFactor::None,
                email(mail()),
                email(mail_in_capitals()),
                email(Address::email("bob@example.com").unwrap()),
                FirstFactor::Phone(number.clone()),
                FirstFactor::Phone(Address::phone("+14155550199").unwrap()),
                passkey(keys[0], false),
                passkey(keys[0], true),
                passkey(ItemId::of("elsewhere"), false),
                passkey(ItemId::of("elsewhere"), true),
                federated(Some(mail())),
                federated(Some(Address::email("bob@example.com").unwrap())),
                federated(None),
            ];
            let first = &firsts[at];
            for operation in [SIGN_IN, RECOVER] {
                for way in Way::ALL {
                    let is_same = way.is_same(first, &keys, &number);
                    let expected = expected(first, way, operation, is_same);
                    let found = attempt(&mut everything, first, way, operation).await;
                    assert_eq!(found, expected, "{first:?} {way:?} {operation:?}");
                    seen.push(found);
                }
            }
        }
        for expected in
            [Expected::Complete, Expected::Half, Expected::NotAllowed, Expected::SameChannel]
        {
            assert!(seen.contains(&expected), "{expected:?}");
        }
    });
}

async fn attempt(
    everything: &mut Everything,
    first: &FirstFactor,
    way: Way,
    operation: Operation,
) -> Expected {
    // A new browser each time: a half of an earlier sign-in must not be completed.
    let cookie = format!("the cookie of a browser after {first:?} by {way:?} for {operation:?}");
    let browser = Client::new(cookie).unwrap();
    let password = everything.world.verifier.for_client(browser);
    let verifier = password.after(first);
    let alice = everything.world.alice.clone();
    let is_offered = match verifier.offers(&alice, operation).await {
        Ok(offers) => offers.iter().any(|offer| offer.kind() == way.kind()),
        Err(_) => false,
    };
    // An address or a request that is refused at once is never proven.
    let begun = match way {
        Way::Email | Way::Phone => {
            let address = if way == Way::Email { mail() } else { everything.world.number.clone() };
            let request = CodeRequest::to_address(&address).purpose(operation);
            verifier.send_code(&alice, request).await.err()
        }
        Way::Request => {
            let from = RequestedFrom::new("Firefox", "Lisbon");
            verifier.request_sign_in(&alice, operation, &from).await.err()
        }
        _ => None,
    };
    let refused = begun.and_then(|error| error.denial().map(|denial| denial.reason()));
    let found = match refused {
        Some(Reason::NotAllowed) => Expected::NotAllowed,
        Some(Reason::SameChannel) => Expected::SameChannel,
        _ => {
            // What was begun above is replaced.
            everything.world.clock.advance(120);
            while everything.world.phone.take().is_some() {}
            let proof = everything.proof(&verifier, way, operation).await;
            let answer = if operation == SIGN_IN {
                verifier.verify(&alice, proof.clone()).await.map(|verified| {
                    assert_eq!(verified.first_factor(), first);
                    assert_eq!(verified.factors(), [way.kind()]);
                })
            } else {
                verifier.verify_for(&alice, Purpose::Recover, proof.clone()).await.map(drop)
            };
            match answer {
                Ok(()) => Expected::Complete,
                Err(error) => match error.denial().unwrap().reason() {
                    Reason::AnotherFactorDue => Expected::Half,
                    Reason::NotAllowed => Expected::NotAllowed,
                    Reason::SameChannel => Expected::SameChannel,
                    other => panic!("{other:?}"),
                },
            }
        }
    };
    let is_refused = matches!(found, Expected::NotAllowed | Expected::SameChannel);
    // One ceremony is for both keys.
    let is_kind_open = way.kind() == KEY && !matches!(first, FirstFactor::None);
    assert!(is_offered != is_refused || is_kind_open, "{first:?} {way:?} {operation:?} {found:?}");
    found
}

#[test]
fn incorrect_code_to_another_channel_is_still_counted() {
    block_on(async {
        let world = World::with(with_email());
        let _ = prove(&world, &world.alice, &mail()).await.unwrap();
        let verifier = world.verifier.after(FirstFactor::Phone(world.number.clone()));
        let (sent, code) = send(&world, &verifier, CodeRequest::to_address(&mail())).await;
        let proof = Proof::sent_code(&sent, not(&code));
        assert_eq!(reason(verifier.verify(&world.alice, proof).await), Reason::Incorrect);
    });
}
