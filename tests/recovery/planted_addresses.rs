//! Addresses that were proven before protection began.
//!
//! An attacker with the password or the number must not plant one that helps later (FAILURES 62).

#![allow(clippy::unwrap_used, reason = "helpers of tests may panic")]

use core::time::Duration;

use second_factor::{
    Address, Client, CodeRequest, Error, FactorKind, NewDevice, Offer, Proof, Purpose, Reason,
    Secret, Verifier, block_on,
    enrollment::{Enroller, Import, NewSecurityKey},
    host::Event,
    otp::TotpParameters,
    purpose::Operation,
    sign_in::Registered,
};

use crate::support::{App, World, fresh, mail, prove, reason, registration::cheap};

const DAY: u64 = 24 * 60 * 60;
const PIN: &str = "493817";
const RECOVER: Operation = Operation::Recover;

fn thief_mail() -> Address {
    Address::email("mallory@example.net").unwrap()
}

/// The world as the client of this name sees it.
fn at(world: &World, place: &str) -> Verifier {
    world.verifier.for_client(Client::new(format!("the cookie of {place}")).unwrap())
}

/// Registers the number at this client. If a PIN is set, it is asked for next.
async fn register_at(world: &World, client: &Verifier) -> Result<Registered, Error> {
    loop {
        let sent = client.send_code(&world.alice, CodeRequest::register(&world.number)).await;
        match sent {
            Ok(sent) => {
                let proof = Proof::sent_code(&sent, world.read_code());
                return client.register(&world.alice, proof).await;
            }
            Err(error) => world.clock.set(error.retry_at().unwrap().as_secs()),
        }
    }
}

/// Proves a mailbox at this client.
async fn prove_at(
    world: &World,
    client: &Verifier,
    enroller: impl Into<Enroller>,
    mailbox: &Address,
) {
    let sent = client.enroll_address(enroller, mailbox).await.unwrap();
    let _ = client.confirm(&world.alice, &sent, &world.read_code()).await.unwrap();
}

/// Whether `address` receives a code for this purpose, as soon as one may be sent.
async fn receives(world: &World, address: &Address, purpose: Operation) -> bool {
    let request = || CodeRequest::to_address(address).purpose(purpose);
    while let Err(error) = world.verifier.send_code(&world.alice, request()).await {
        world.clock.set(error.retry_at().expect("it may be sent later").as_secs());
    }
    core::iter::from_fn(|| world.phone.take())
        .any(|message| message.code().is_some() && message.address() == address)
}

/// Whether the settings page shows the mailbox as withdrawn; `None` if it is not there.
async fn is_withdrawn(world: &World) -> Option<bool> {
    let status = world.verifier.status(&world.alice).await.unwrap();
    let mailbox = status.factors().iter().find(|factor| factor.kind() == FactorKind::Email)?;
    Some(mailbox.is_withdrawn())
}

async fn offers_mail(world: &World, purpose: Operation) -> bool {
    let offers = world.verifier.offers(&world.alice, purpose).await;
    offers.is_ok_and(|offers| offers.iter().any(|offer: &Offer| offer.kind() == FactorKind::Email))
}

/// A thief with the password proved a mailbox. The owner then enrolled an app, a number and a PIN.
async fn planted_by_password() -> (World, App) {
    let world = cheap();
    let _ = prove(&world, &world.alice, &thief_mail()).await.unwrap();
    let (app, _) = world.with_settled_app().await;
    let _ = world.with_phone(&fresh(&world, &app).await).await;
    world.verifier.set_pin(&fresh(&world, &app).await, PIN).await.unwrap();
    world.clock.advance(30);
    let _ = (world.log.take(), world.notices());
    (world, app)
}

#[test]
fn finding_s01_planted_mailbox_removes_no_pin() {
    block_on(async {
        let (world, app) = planted_by_password().await;
        let typed = app.code(&world.clock);
        let due = *world.try_app(&typed).await.unwrap_err().pending_pin().unwrap();
        let sent = world
            .verifier
            .send_code(
                &world.alice,
                CodeRequest::to_address(&thief_mail()).purpose(Operation::ResetPin),
            )
            .await
            .unwrap();
        assert!(world.got_no_code());
        let proof = Proof::pin_reset(due, &sent, "000000");
        assert_eq!(reason(world.verifier.verify(&world.alice, proof).await), Reason::NotFound);
        assert!(world.verifier.status(&world.alice).await.unwrap().pin().is_some());
    });
}

#[test]
fn finding_s01_planted_mailbox_proves_nothing() {
    block_on(async {
        let (world, _) = planted_by_password().await;
        assert_eq!(is_withdrawn(&world).await, Some(true));
        for purpose in [RECOVER, Operation::ResetPin] {
            assert!(!receives(&world, &thief_mail(), purpose).await, "{purpose:?}");
            assert!(!offers_mail(&world, purpose).await, "{purpose:?}");
        }
    });
}

#[test]
fn finding_s01_planted_mailbox_blocks_no_import() {
    for mailboxes in [1, 2] {
        block_on(async {
            let world = World::new();
            let planted = (0..mailboxes).map(|at| format!("mallory-{at}@example.net"));
            for planted in planted {
                let planted = Address::email(&planted).unwrap();
                let _ = prove(&world, &world.alice, &planted).await.unwrap();
                world.clock.advance(DAY);
            }
            let secret = Secret::new(&[7; 20]).unwrap();
            let hers = ["alice@example.com", "alice@example.org"];
            let mut import = Import::new().totp(&secret, TotpParameters::new(), None).unwrap();
            for hers in hers {
                import = import.address(Address::email(hers).unwrap()).unwrap();
            }
            world.verifier.operations().import(&world.alice, import).await.unwrap();
            let status = world.verifier.status(&world.alice).await.unwrap();
            assert!(status.was_imported() && status.is_protected());
            for one in status.factors() {
                assert!(!one.is_withdrawn(), "hers took the place of the planted ones");
            }
            assert!(receives(&world, &mail(), RECOVER).await);
            assert!(!receives(&world, &thief_mail(), RECOVER).await);
        });
    }
}

/// A subject has at most two mailboxes.
#[test]
fn import_removes_planted_mailboxes_only_for_lack_of_room() {
    let mailbox = |at: usize| Address::email(&format!("mailbox-{at}@example.net")).unwrap();
    let numbers = ["+14155550101", "+14155550102", "+14155550103"];
    for (planted, imported) in [0, 1, 2]
        .into_iter()
        .flat_map(|planted| [0..0, 0..1, 0..2, 1..2, 1..3, 2..4].map(|range| (planted, range)))
    {
        block_on(async {
            let world = World::new();
            for at in 0..planted {
                let _ = prove(&world, &world.alice, &mailbox(at)).await.unwrap();
                world.clock.advance(DAY);
            }
            let mut import = Import::new();
            for number in numbers {
                import = import.address(Address::phone(number).unwrap()).unwrap();
            }
            for at in imported.clone() {
                import = import.address(mailbox(at)).unwrap();
            }
            let _ = world.log.take();
            world.verifier.operations().import(&world.alice, import).await.unwrap();
            let others = (0..planted).filter(|at| !imported.contains(at)).count();
            let expected = (others + imported.len()).saturating_sub(2);
            let removed = Event::FactorRemoved(FactorKind::Email);
            let events = world.log.take();
            let removed = events.iter().filter(|event| **event == removed).count();
            assert_eq!(removed, expected, "{planted} planted, {imported:?} imported");
            let status = world.verifier.status(&world.alice).await.unwrap();
            let left = numbers.len() + others + imported.len() - expected;
            assert_eq!(status.factors().len(), left, "{planted} planted, {imported:?} imported");
        });
    }
}

#[test]
fn finding_s01_planted_mailbox_stays_after_an_import() {
    block_on(async {
        let world = World::new();
        let _ = prove(&world, &world.alice, &thief_mail()).await.unwrap();
        let import = Import::new().address(world.number.clone()).unwrap();
        world.verifier.operations().import(&world.alice, import).await.unwrap();
        assert_eq!(is_withdrawn(&world).await, Some(true));
        assert!(!receives(&world, &thief_mail(), RECOVER).await);
        assert!(receives(&world, &world.number, RECOVER).await);
    });
}

#[test]
fn finding_s01_planted_mailbox_of_a_number_thief() {
    block_on(async {
        let world = cheap();
        let (owner, thief) = (at(&world, "the owner"), at(&world, "a thief"));
        let theirs = register_at(&world, &thief).await.unwrap();
        prove_at(&world, &thief, &theirs, &thief_mail()).await;
        let _ = register_at(&world, &owner).await.unwrap();
        assert_eq!(is_withdrawn(&world).await, Some(true), "another client has the number");
        world.clock.advance(DAY);
        let hers = register_at(&world, &owner).await.unwrap();
        owner.set_pin(&hers, PIN).await.unwrap();
        // The thief has the number once more.
        world.clock.advance(DAY);
        let due = *register_at(&world, &thief).await.unwrap_err().pending_pin().unwrap();
        assert!(!receives(&world, &thief_mail(), Operation::ResetPin).await);
        let request = CodeRequest::to_address(&thief_mail()).purpose(Operation::ResetPin);
        world.clock.advance(600);
        let sent = thief.send_code(&world.alice, request).await.unwrap();
        assert!(world.got_no_code());
        let proof = Proof::pin_reset(due, &sent, "000000");
        assert!(thief.register(&world.alice, proof).await.is_err());
        assert!(world.verifier.status(&world.alice).await.unwrap().pin().is_some());
    });
}

/// A step that someone takes before the mailbox is looked at.
#[derive(Clone, Copy, Debug)]
enum Step {
    /// An app, on the word of the application.
    AppOnWord,
    /// An app, by the newest registration.
    AppByNumber,
    /// A security key, on the word of the application.
    KeyOnWord,
    /// The mailbox, on the word of the application.
    MailOnWord,
    /// The mailbox, by the newest registration.
    MailByNumber,
    /// The number as a factor, by the newest registration.
    PhoneByNumber,
    /// The PIN, by the newest registration.
    Pin,
    /// A registration at this client, with the PIN if one is set.
    Register(&'static str),
    /// As [`Register`](Self::Register), with a PIN that was forgotten a week ago.
    RegisterAfterWeek(&'static str),
    Wait,
}

async fn take(world: &World, step: Step, newest: &mut Option<Registered>) {
    let (verifier, alice) = (&world.verifier, &world.alice);
    let registered = || newest.as_ref().expect("a registration came first");
    match step {
        Step::AppOnWord => {
            let _ = world.with_app().await;
        }
        Step::AppByNumber => {
            let begun = verifier.enroll_totp(registered(), "alice").await.unwrap();
            let code = App::scan(begun.expose_secret().expose()).code(&world.clock);
            let _ = verifier.confirm(alice, &begun, &code).await.unwrap();
        }
        Step::KeyOnWord => {
            let begun = verifier.enroll_security_key(alice, b"").await.unwrap();
            let key = NewSecurityKey::new("blue", b"key").unwrap();
            let _ = verifier.confirm_security_key(alice, &begun, key).await.unwrap();
        }
        Step::MailOnWord => drop(prove(world, alice, &mail()).await.unwrap()),
        Step::MailByNumber => drop(prove(world, registered(), &mail()).await.unwrap()),
        Step::PhoneByNumber => drop(world.with_phone(registered()).await),
        Step::Pin => {
            let _ = verifier.set_pin(registered(), PIN).await.unwrap();
        }
        Step::Register(place) => {
            let client = at(world, place);
            let done = match register_at(world, &client).await {
                Ok(registered) => registered,
                Err(error) => {
                    let due = *error.pending_pin().expect("only the PIN is missing");
                    client.register(alice, Proof::pin(due, PIN)).await.unwrap()
                }
            };
            *newest = Some(done);
        }
        Step::RegisterAfterWeek(place) => {
            let client = at(world, place);
            let due = *register_at(world, &client).await.unwrap_err().pending_pin().unwrap();
            let _ = client.begin_pin_reset(alice, &due).await.unwrap();
            for _ in 0..8 {
                world.clock.advance(DAY);
                verifier.operations().advance(alice).await.unwrap();
            }
            *newest = Some(register_at(world, &client).await.unwrap());
        }
        Step::Wait => world.clock.advance(DAY),
    }
}

/// What is enrolled, and whether the mailbox stays.
const CASES: [(&[Step], bool); 19] = {
    use Step::*;
    [
        (&[MailOnWord], true),
        (&[MailOnWord, AppOnWord], false),
        (&[MailOnWord, KeyOnWord], false),
        (&[MailOnWord, Register("hers"), Wait, Register("hers"), Pin], false),
        (&[MailOnWord, Register("hers"), Wait, Register("hers"), AppByNumber], false),
        (&[Register("hers"), MailByNumber, Pin], true),
        (&[Register("hers"), MailByNumber, AppByNumber], true),
        (&[Register("hers"), MailByNumber, PhoneByNumber], true),
        (&[Register("hers"), MailByNumber, AppOnWord], false),
        (&[Register("hers"), MailByNumber, KeyOnWord], false),
        (&[Register("theirs"), MailByNumber, Register("hers"), Wait, Register("hers"), Pin], false),
        (&[Register("theirs"), MailByNumber, Register("hers"), Wait, AppOnWord], false),
        (&[Register("hers"), MailByNumber, Register("new")], false),
        (&[Register("hers"), MailByNumber, Register("hers"), Pin], true),
        (&[Register("hers"), MailByNumber, Pin, Register("new")], true),
        (&[Register("hers"), Pin, Register("hers"), MailByNumber, Register("new")], true),
        (&[Register("hers"), MailByNumber, Pin, RegisterAfterWeek("new")], false),
        (&[Register("hers"), Pin, Register("hers"), MailByNumber, RegisterAfterWeek("new")], true),
        (
            &[
                Register("hers"),
                Pin,
                Register("hers"),
                MailByNumber,
                RegisterAfterWeek("new"),
                Wait,
                Register("new"),
                Pin,
            ],
            false,
        ),
    ]
};

#[test]
fn finding_s01_address_stays_only_by_the_same_number() {
    for (steps, stays) in CASES {
        block_on(async {
            let world = cheap();
            let mut newest = None;
            for step in steps {
                take(&world, *step, &mut newest).await;
            }
            assert_eq!(is_withdrawn(&world).await, Some(!stays), "{steps:?}");
            assert_eq!(receives(&world, &mail(), RECOVER).await, stays, "{steps:?}");
        });
    }
}

#[test]
fn finding_s01_mailbox_that_reset_the_pin_stays() {
    block_on(async {
        let world = cheap();
        let (owner, new) = (at(&world, "hers"), at(&world, "new"));
        let hers = register_at(&world, &owner).await.unwrap();
        prove_at(&world, &owner, &hers, &mail()).await;
        owner.set_pin(&hers, PIN).await.unwrap();
        let due = *register_at(&world, &new).await.unwrap_err().pending_pin().unwrap();
        let request = CodeRequest::to_address(&mail()).purpose(Operation::ResetPin);
        let sent = new.send_code(&world.alice, request).await.unwrap();
        let proof = Proof::pin_reset(due, &sent, world.read_code());
        let _ = new.register(&world.alice, proof).await.unwrap();
        assert_eq!(is_withdrawn(&world).await, Some(false), "it was proven besides the number");
    });
}

#[test]
fn withdrawn_address_is_confirmed_by_a_fresh_proof() {
    block_on(async {
        let world = cheap();
        let _ = prove(&world, &world.alice, &mail()).await.unwrap();
        let (app, _) = world.with_settled_app().await;
        world.clock.advance(30);
        let proof = Proof::totp(app.code(&world.clock)).trusting(NewDevice::new("Firefox"));
        let verified = world.verifier.verify(&world.alice, proof).await.unwrap();
        assert_eq!(is_withdrawn(&world).await, Some(true));
        let by_word = world.verifier.enroll_address(&world.alice, &mail()).await;
        assert_eq!(reason(by_word), Reason::Unauthorized);
        let _ = (world.log.take(), world.notices());
        let _ = prove(&world, &verified, &mail()).await.unwrap();
        let confirmed = Event::AddressConfirmed(FactorKind::Email);
        assert!(world.log.take().contains(&confirmed));
        assert!(world.notices().iter().any(|(event, _)| *event == confirmed));
        assert_eq!(is_withdrawn(&world).await, Some(false));
        assert_eq!(world.verifier.epoch(&world.alice).await.unwrap(), verified.epoch());
        let status = world.verifier.status(&world.alice).await.unwrap();
        assert_eq!(status.devices().len(), 1, "the device is still trusted");
        assert!(offers_mail(&world, RECOVER).await && receives(&world, &mail(), RECOVER).await);
    });
}

#[test]
fn withdrawn_address_is_notified_and_never_instead() {
    block_on(async {
        let (world, app) = planted_by_password().await;
        let due = *world.try_app(&app.code(&world.clock)).await.unwrap_err().pending_pin().unwrap();
        let proof = Proof::pin(due, PIN);
        let verified = world.verifier.verify(&world.alice, proof).await.unwrap();
        let _ = world.notices();
        world.verifier.set_pin(&verified, "836192").await.unwrap();
        let mut notified: Vec<Address> = world.notices().into_iter().map(|(_, to)| to).collect();
        // The newest message is first.
        notified.reverse();
        assert_eq!(notified, [world.number.clone(), thief_mail()], "hers comes first");
    });
}

#[test]
fn first_pin_ends_what_was_begun_before_it() {
    block_on(async {
        let world = cheap();
        let (phone, alice) = (at(&world, "hers"), &world.alice);
        let sent = phone.send_code(alice, CodeRequest::register(&world.number)).await.unwrap();
        let proof = Proof::sent_code(&sent, world.read_code()).trusting(NewDevice::new("phone"));
        let hers = phone.register(alice, proof).await.unwrap();
        prove_at(&world, &phone, &hers, &mail()).await;
        let app = phone.enroll_totp(&hers, "alice").await.unwrap();
        let code = App::scan(app.expose_secret().expose()).code(&world.clock);
        let key = phone.enroll_security_key(&hers, b"").await.unwrap();
        let passkey = phone.begin_security_key(alice, b"").await.unwrap();
        world.clock.advance(31);
        let resets = CodeRequest::to_address(&mail()).purpose(Operation::ResetPin);
        let reset = phone.send_code(alice, resets).await.unwrap();
        let typed = world.read_code();
        phone.set_pin(&hers, PIN).await.unwrap();

        let epoch = world.verifier.epoch(alice).await.unwrap();
        assert_eq!(epoch, hers.epoch(), "the session of this registration stays");
        let status = world.verifier.status(alice).await.unwrap();
        assert_eq!(status.devices().len(), 1, "and so does its device");
        assert!(status.open_enrollments().is_empty());
        assert_eq!(reason(phone.confirm(alice, &app, &code).await), Reason::NotFound);
        assert!(phone.ceremony(alice, key.expose()).await.is_err());
        assert!(phone.ceremony(alice, passkey.expose()).await.is_err());
        let proof = Proof::sent_code(&reset, &typed);
        assert_eq!(reason(phone.verify(alice, proof).await), Reason::NotFound);
        assert_eq!(reason(phone.enroll_totp(&hers, "alice").await), Reason::Unauthorized);
    });
}

#[test]
fn grant_of_before_protection_ends_with_it() {
    block_on(async {
        let world = cheap();
        let support = world.verifier.support("carol", "4711");
        let issued = support.issue_code(&world.alice, Duration::from_secs(3600)).await.unwrap();
        let proof = Proof::backup_code(issued.expose());
        let grant = world.verifier.verify_for(&world.alice, Purpose::Manage, proof).await.unwrap();
        let _ = world.with_app().await;
        let late = world.verifier.enroll_address(&grant, &thief_mail()).await;
        assert_eq!(reason(late), Reason::Unauthorized);
    });
}
