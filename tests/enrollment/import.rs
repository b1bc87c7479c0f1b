//! Import from an application that already has factors.

#![allow(clippy::unwrap_used, reason = "helpers of tests may panic")]

use alloc::rc::Rc;

use crate::support::{
    App, NOON, ROOT, World, mail, opened, prove, reason,
    watched::{Call, Watched},
};
use crate::walk::{Stepping, Task, every_order};
use second_factor::{
    Address, Error, FactorKind, FirstFactor, Keys, MemoryStorage, Next, Policy, Proof, Reason,
    Secret, SignIn, Storage, SubjectId, UnixTime, Verified, Verifier, block_on,
    enrollment::{HotpToken, Import, InvalidImport},
    host::{Event, LegacyHashes},
    otp::{Digits, Hotp, Period, Step, Totp, TotpParameters},
    policy::Absent,
    purpose::Operation,
    sans_io::Settled,
    storage::{Record, Swap},
    testkit::SeededEntropy,
};

const SECRET: &[u8] = b"12345678901234567890";

fn secret() -> Secret {
    Secret::new(SECRET).unwrap()
}

fn app() -> Totp {
    Totp::new(&secret())
}

fn with_app() -> Import {
    Import::new().totp(&secret(), TotpParameters::new(), None).unwrap()
}

fn cheap() -> Policy {
    Policy::builder().danger_cheap_hashes().build().unwrap()
}

std::thread_local! {
    /// How often a hash of the previous application was compared.
    static COMPARED: core::cell::Cell<u32> = const { core::cell::Cell::new(0) };
}

fn compared() -> u32 {
    COMPARED.with(core::cell::Cell::take)
}

/// The hashes of the previous application: the text between two asterisks.
struct Legacy;

impl LegacyHashes for Legacy {
    fn matches(&self, hash: &str, typed: &str) -> bool {
        COMPARED.with(|count| count.set(count.get() + 1));
        hash == legacy_hash(typed)
    }
}

fn legacy_hash(text: &str) -> String {
    format!("*{text}*")
}

/// An application that can check the hashes of the previous one.
fn world() -> World {
    let mut world = World::with(cheap());
    world.verifier =
        Verifier::builder("Example", world.store.clone(), world.phone.clone(), Keys::new(ROOT))
            .first_factor(FirstFactor::Password)
            .policy(cheap())
            .clock(world.clock.clone())
            .entropy(SeededEntropy::new(7))
            .listener(world.log.clone())
            .legacy_hashes(Legacy)
            .build()
            .unwrap();
    world
}

async fn imported(import: Import) -> World {
    let world = world();
    world.verifier.operations().import(&world.alice, import).await.unwrap();
    world
}

async fn import(world: &World, import: Import) -> Result<(), Error> {
    world.verifier.operations().import(&world.alice, import).await
}

async fn try_backup(world: &World, typed: &str) -> Result<Verified, Error> {
    world.verifier.verify(&world.alice, Proof::backup_code(typed)).await
}

fn app_code(world: &World) -> String {
    app().code(world.clock.time()).unwrap().expose().to_owned()
}

async fn record(world: &World) -> Option<Record> {
    world.store.load(&world.verifier.operations().record_id(&world.alice)).await.unwrap()
}

async fn is_free(world: &World) -> bool {
    let next = world.verifier.next(&world.alice).await.unwrap();
    matches!(next, Next::Done(SignIn::Unprotected(_)))
}

#[test]
fn imported_app_signs_in() {
    block_on(async {
        let world = imported(with_app()).await;
        let verified = world.try_app(&app_code(&world)).await.unwrap();
        assert_eq!(verified.factors(), [FactorKind::Totp]);
        assert_eq!(reason(world.try_app(&app_code(&world)).await), Reason::Replayed);
    });
}

#[test]
fn imported_app_keeps_its_parameters() {
    block_on(async {
        let parameters =
            TotpParameters::new().with_digits(Digits::Eight).with_period(Period::new(60).unwrap());
        let import = Import::new().totp(&secret(), parameters, None).unwrap();
        let world = imported(import).await;
        let code = Totp::with(&secret(), parameters).code(world.clock.time()).unwrap();
        assert!(world.try_app(code.expose()).await.is_ok());
    });
}

#[test]
fn code_accepted_before_the_import_is_a_replay() {
    block_on(async {
        let last = app().step(second_factor::UnixTime::from_secs(NOON));
        let import = Import::new().totp(&secret(), TotpParameters::new(), last).unwrap();
        let world = imported(import).await;
        assert_eq!(reason(world.try_app(&app_code(&world)).await), Reason::Replayed);
        world.clock.advance(30);
        assert!(world.try_app(&app_code(&world)).await.is_ok());
    });
}

#[test]
fn imported_last_step_ahead_of_the_clock_is_stored() {
    block_on(async {
        let parameters = TotpParameters::new().with_period(Period::new(120).unwrap());
        let app = Totp::with(&secret(), parameters);
        let ahead = UnixTime::from_secs(NOON + 240);
        let import = Import::new().totp(&secret(), parameters, app.step(ahead)).unwrap();
        let world = imported(import).await;
        world.clock.advance(240);
        let code = app.code(world.clock.time()).unwrap();
        assert_eq!(reason(world.try_app(code.expose()).await), Reason::Replayed);
    });
}

#[test]
fn imported_timestamp_as_last_step_does_not_lock_out() {
    block_on(async {
        for last in [NOON, NOON * 1000, u64::MAX] {
            let last = Some(Step::new(last));
            let import = Import::new().totp(&secret(), TotpParameters::new(), last).unwrap();
            let world = imported(import).await;
            // Every code that may have been accepted by now is used up, for the widest window.
            for ahead in 0..=2 {
                let code = app().code(world.clock.time().plus(30 * ahead)).unwrap();
                assert!(world.try_app(code.expose()).await.is_err(), "{ahead}");
            }
            world.clock.advance(90);
            assert!(world.try_app(&app_code(&world)).await.is_ok());
        }
    });
}

#[test]
fn imported_hotp_token_continues_at_its_counter() {
    block_on(async {
        let token = HotpToken::new(&secret()).with_counter(Step::new(41));
        let world = imported(Import::new().hotp(token)).await;
        let hotp = Hotp::new(&secret());
        let try_token = async |counter| {
            let code = hotp.code(Step::new(counter));
            world.verifier.verify(&world.alice, Proof::hotp(code.expose())).await
        };
        assert_eq!(reason(try_token(40).await), Reason::Incorrect);
        assert_eq!(try_token(41).await.unwrap().factors(), [FactorKind::Hotp]);
    });
}

#[test]
fn imported_number_receives_codes_and_signs_in() {
    block_on(async {
        let number = Address::phone("+14155550100").unwrap();
        let world = imported(Import::new().address(number).unwrap()).await;
        let (sent, typed) = world.send_to(&world.number).await;
        let verified = world.try_code(&sent, &typed).await.unwrap();
        assert_eq!(verified.factors(), [FactorKind::Phone]);
    });
}

#[test]
fn imported_mailbox_is_for_recovery_only() {
    block_on(async {
        let world = imported(Import::new().address(mail()).unwrap()).await;
        assert!(is_free(&world).await);
        let again = import(&world, with_app()).await;
        assert_eq!(reason(again), Reason::Unauthorized, "the mailbox is enrolled all the same");
    });
}

#[test]
fn imported_mailbox_is_a_factor_where_the_policy_says_so() {
    block_on(async {
        let kinds = [FactorKind::Totp, FactorKind::Email, FactorKind::BackupCode];
        let policy = Policy::builder()
            .danger_cheap_hashes()
            .only(Operation::SignIn, &kinds)
            .only(Operation::Manage, &kinds)
            .build()
            .unwrap();
        let world = World::with(policy);
        let with_mail = Import::new().address(mail()).unwrap().backup_codes(["493817"]).unwrap();
        import(&world, with_mail).await.unwrap();
        assert!(!is_free(&world).await);
    });
}

#[test]
fn import_is_one_write_and_notifies_only_the_application() {
    block_on(async {
        let world = World::over(Watched::default(), cheap());
        world.verifier.operations().create(&world.alice).await.unwrap();
        let (_, _) = (world.store.take(), world.log.take());
        let import = with_app()
            .hotp(HotpToken::new(&secret()))
            .address(world.number.clone())
            .unwrap()
            .address(mail())
            .unwrap()
            .backup_codes(["2b57-9f1c", "8d00-41aa"])
            .unwrap()
            .hashed_backup_codes([legacy_hash("123456")])
            .unwrap();
        world.verifier.operations().import(&world.alice, import).await.unwrap();
        assert_eq!(world.store.take(), [Call::Load, Call::Load, Call::Commit]);
        let added = [
            FactorKind::Totp,
            FactorKind::Hotp,
            FactorKind::Phone,
            FactorKind::Email,
            FactorKind::BackupCode,
        ];
        assert_eq!(world.log.take(), added.map(Event::FactorAdded));
        assert!(world.phone.is_empty(), "the user already knows these factors");
        // No notice follows later either.
        world.verifier.operations().reseal(&world.alice).await.unwrap();
        assert!(world.phone.is_empty());
    });
}

#[test]
fn imported_backup_codes_are_accepted_once_in_any_grouping() {
    block_on(async {
        // Twenty codes: some of them share a selector.
        let codes: Vec<String> = (0..20).map(|n| format!("{n:02}abcd-efgh{n:02}")).collect();
        let import = with_app().backup_codes(codes.iter().map(String::as_str)).unwrap();
        let world = imported(import).await;
        for code in &codes {
            let typed = code.to_uppercase().replace('-', " ");
            assert!(try_backup(&world, &typed).await.is_ok(), "{code}");
        }
        for code in &codes {
            assert_eq!(reason(try_backup(&world, code).await), Reason::Replayed);
        }
    });
}

#[test]
fn duplicate_imported_backup_codes_count_once() {
    block_on(async {
        let import = with_app()
            .backup_codes(["2b57-9f1c", "2B579F1C", "8d00-41aa"])
            .unwrap()
            .hashed_backup_codes([legacy_hash("2b57-9f1c"), legacy_hash("2b57-9f1c")])
            .unwrap();
        let world = imported(import).await;
        let left = world.verifier.status(&world.alice).await.unwrap().backup_codes_left();
        assert_eq!(left, Some(3), "two printed, one hashed");
        assert!(try_backup(&world, "2b57-9f1c").await.is_ok());
        for _ in 0..3 {
            assert_eq!(reason(try_backup(&world, "2b57-9f1c").await), Reason::Replayed);
        }
    });
}

#[test]
fn legacy_backup_code_is_accepted_once() {
    block_on(async {
        let hashes = ["kQ7x-rT2m", "p0Za-91Lb"].map(legacy_hash);
        let world = imported(with_app().hashed_backup_codes(hashes).unwrap()).await;
        let verified = try_backup(&world, " kQ7x-rT2m ").await.unwrap();
        assert_eq!(verified.factors(), [FactorKind::BackupCode]);
        assert!(world.log.take().contains(&Event::BackupCodesLow(1)));
        assert_eq!(reason(try_backup(&world, "kQ7x-rT2m").await), Reason::Replayed);
        assert_eq!(
            reason(try_backup(&world, "kq7x-rt2m").await),
            Reason::Replayed,
            "in any spelling"
        );
        assert!(try_backup(&world, "p0Za-91Lb").await.is_ok());
    });
}

/// Law 8: the work must not reveal that a code was used.
#[test]
fn finding_a09_used_legacy_code_costs_as_much_as_an_incorrect() {
    block_on(async {
        let hashes = ["kQ7x-rT2m", "p0Za-91Lb", "9c0d-7b21"].map(legacy_hash);
        let world = imported(with_app().hashed_backup_codes(hashes).unwrap()).await;
        let _ = try_backup(&world, "kQ7x-rT2m").await.unwrap();
        let _ = compared();
        assert_eq!(reason(try_backup(&world, "zzzz-zzzz").await), Reason::Incorrect);
        let incorrect = compared();
        assert_eq!(reason(try_backup(&world, "kQ7x-rT2m").await), Reason::Replayed);
        assert_eq!((compared(), incorrect), (2, 2));
    });
}

/// A refusal that is not counted is never locked, so its slow checks have a bound of their own.
#[test]
fn finding_a09_uncounted_slow_checks_of_an_account_have_a_bound() {
    block_on(async {
        let hashes = ["kQ7x-rT2m", "p0Za-91Lb"].map(legacy_hash);
        let world = imported(with_app().hashed_backup_codes(hashes).unwrap()).await;
        let _ = try_backup(&world, "kQ7x-rT2m").await.unwrap();
        let _ = compared();
        let mut busy = 0;
        for _ in 0..1000 {
            busy += u32::from(matches!(try_backup(&world, "kQ7x-rT2m").await, Err(Error::Busy)));
        }
        assert_eq!((compared(), busy), (60, 940));
        // What is counted is not affected, and neither is another account.
        assert!(try_backup(&world, "p0Za-91Lb").await.is_ok());
        world.clock.advance(3600);
        assert_eq!(reason(try_backup(&world, "kQ7x-rT2m").await), Reason::Replayed);
    });
}

#[test]
fn incorrect_legacy_backup_code_is_counted() {
    block_on(async {
        let hashes = ["kQ7x-rT2m"].map(legacy_hash);
        let world = imported(with_app().hashed_backup_codes(hashes).unwrap()).await;
        for _ in 0..5 {
            assert_eq!(reason(try_backup(&world, "kq7x-rt2m").await), Reason::Incorrect);
        }
        assert_eq!(reason(try_backup(&world, "kQ7x-rT2m").await), Reason::Locked);
        world.clock.advance(30);
        assert!(try_backup(&world, "kQ7x-rT2m").await.is_ok());
    });
}

#[test]
fn legacy_hashes_without_a_checker_are_incorrect() {
    block_on(async {
        let world = World::with(cheap());
        let hashes = ["kQ7x-rT2m"].map(legacy_hash);
        import(&world, with_app().hashed_backup_codes(hashes).unwrap()).await.unwrap();
        assert_eq!(reason(try_backup(&world, "kQ7x-rT2m").await), Reason::Incorrect);
        assert_eq!(reason(try_backup(&world, "*kQ7x-rT2m*").await), Reason::Malformed);
    });
}

#[test]
fn second_import_is_refused_and_changes_nothing() {
    block_on(async {
        let world = imported(with_app()).await;
        let (before, _) = (record(&world).await, world.log.take());
        let other = Secret::new(b"another secret of 20").unwrap();
        let other = Import::new().totp(&other, TotpParameters::new(), None).unwrap();
        for again in [with_app(), other] {
            assert_eq!(reason(import(&world, again).await), Reason::Unauthorized);
        }
        assert_eq!(record(&world).await, before);
        assert_eq!(world.log.take(), []);
    });
}

#[test]
fn failure_070_import_requires_an_empty_subject() {
    block_on(async {
        let world = world();
        let (_, verified) = world.with_app().await;
        let number = Import::new().address(world.number.clone()).unwrap();
        assert_eq!(reason(import(&world, number).await), Reason::Unauthorized);
        world.verifier.turn_off(&verified).await.unwrap();
        assert_eq!(reason(import(&world, with_app()).await), Reason::Unauthorized);
    });
}

/// Why a subject is not imported any more.
async fn past(world: &World) -> [bool; 3] {
    let status = world.verifier.status(&world.alice).await.unwrap();
    [status.was_imported(), status.was_protected(), status.was_reset()]
}

#[test]
fn finding_s03_imported_subject_is_imported_once() {
    block_on(async {
        let world = world();
        assert_eq!(past(&world).await, [false; 3]);
        import(&world, with_app()).await.unwrap();
        assert_eq!(past(&world).await, [true, true, false]);
        world.verifier.support("carol", "4711").reset(&world.alice).await.unwrap();
        assert_eq!(past(&world).await, [true, true, true]);
        world.clock.advance(2 * 60 * 60);
        assert_eq!(reason(import(&world, with_app()).await), Reason::Unauthorized);
        assert!(!world.verifier.status(&world.alice).await.unwrap().is_protected());
    });
}

#[test]
fn finding_s03_reset_or_protected_subject_is_not_imported() {
    block_on(async {
        let reset = world();
        reset.verifier.support("carol", "4711").reset(&reset.alice).await.unwrap();
        assert_eq!(past(&reset).await, [false, false, true]);
        let off = world();
        let (_, verified) = off.with_app().await;
        off.verifier.turn_off(&verified).await.unwrap();
        assert_eq!(past(&off).await, [false, true, false]);
        for world in [reset, off] {
            assert_eq!(reason(import(&world, with_app()).await), Reason::Unauthorized);
        }
        // A record alone, or an address that protects nothing, is no use of the subject.
        let unused = world();
        unused.verifier.operations().create(&unused.alice).await.unwrap();
        let _ = prove(&unused, &unused.alice, &mail()).await.unwrap();
        assert_eq!(past(&unused).await, [false; 3]);
        import(&unused, with_app()).await.unwrap();
    });
}

#[test]
fn failure_062_import_ends_earlier_proofs_and_enrollments() {
    block_on(async {
        let world = world();
        let old = prove(&world, &world.alice, &mail()).await.unwrap();
        let begun = world.verifier.enroll_totp(&world.alice, "mallory").await.unwrap();
        let early = App::scan(begun.expose_secret().expose()).code(&world.clock);
        import(&world, with_app()).await.unwrap();
        let confirmed = world.verifier.confirm(&world.alice, &begun, &early).await;
        assert_eq!(reason(confirmed), Reason::NotFound);
        let enrolled = world.verifier.enroll_totp(&old, "mallory").await;
        assert_eq!(reason(enrolled), Reason::Unauthorized);
        assert!(world.try_app(&app_code(&world)).await.is_ok());
    });
}

#[test]
fn backup_codes_cannot_be_imported_alone() {
    block_on(async {
        let world = world();
        let codes = Import::new().backup_codes(["2b57-9f1c"]).unwrap();
        assert_eq!(reason(import(&world, codes).await), Reason::NotEnrolled);
        let hashes = Import::new().hashed_backup_codes([legacy_hash("2b57-9f1c")]).unwrap();
        assert_eq!(reason(import(&world, hashes).await), Reason::NotEnrolled);
        let beside = Import::new().address(mail()).unwrap().backup_codes(["2b57-9f1c"]).unwrap();
        let beside = import(&world, beside).await;
        assert_eq!(reason(beside), Reason::NotEnrolled, "a recovery mailbox is not a factor");
        assert_eq!(reason(import(&world, Import::new()).await), Reason::NotEnrolled);
        assert!(record(&world).await.is_none());
    });
}

#[test]
fn import_with_a_forbidden_factor_is_refused_as_a_whole() {
    block_on(async {
        let policy = Policy::builder()
            .danger_cheap_hashes()
            .only(Operation::SignIn, &[FactorKind::Totp, FactorKind::Hotp])
            .only(Operation::Manage, &[FactorKind::Totp])
            .build()
            .unwrap();
        let world = World::with(policy);
        let number = with_app().address(world.number.clone()).unwrap();
        assert_eq!(reason(import(&world, number).await), Reason::NotAllowed);
        let token = || HotpToken::new(&secret());
        let locked_out = import(&world, Import::new().hotp(token())).await;
        assert_eq!(reason(locked_out), Reason::NotAllowed, "no factor could manage");
        assert!(record(&world).await.is_none());
        import(&world, with_app().hotp(token())).await.unwrap();
    });
}

#[test]
fn import_requires_a_record_where_the_policy_does() {
    block_on(async {
        let policy = Policy::builder().absent(Absent::Refuse).build().unwrap();
        let world = World::with(policy);
        assert_eq!(reason(import(&world, with_app()).await), Reason::Absent);
        world.verifier.operations().create(&world.alice).await.unwrap();
        import(&world, with_app()).await.unwrap();
    });
}

#[test]
fn invalid_import_values_are_refused_by_the_builder() {
    let phone = |n: u8| Address::phone(&format!("+141555501{n:02}")).unwrap();
    let phones = (0..3).try_fold(Import::new(), |import, n| import.address(phone(n))).unwrap();
    assert_eq!(phones.address(phone(3)).unwrap_err(), InvalidImport::Address);
    let twice = Import::new().address(phone(0)).unwrap().address(phone(0));
    assert_eq!(twice.unwrap_err(), InvalidImport::Address);
    let push = Address::push("a device").unwrap();
    assert_eq!(Import::new().address(push).unwrap_err(), InvalidImport::Address);

    for code in ["", "12345", "abc_def", &"7".repeat(10 << 20)] {
        let codes = Import::new().backup_codes([code]);
        assert_eq!(codes.unwrap_err(), InvalidImport::BackupCode);
    }
    for hash in [String::new(), "x".repeat(257)] {
        let hashes = Import::new().hashed_backup_codes([hash]);
        assert_eq!(hashes.unwrap_err(), InvalidImport::CodeHash);
    }
    let texts: Vec<String> = (0..21).map(|n| format!("code{n:04}")).collect();
    let texts = || texts.iter().map(String::as_str);
    assert_eq!(Import::new().backup_codes(texts()).unwrap_err(), InvalidImport::CodeCount);
    let both = Import::new().backup_codes(texts().take(20)).unwrap();
    let both = both.hashed_backup_codes(["hash".into()]);
    assert_eq!(both.unwrap_err(), InvalidImport::CodeCount);

    let late = TotpParameters::new().with_start(second_factor::UnixTime::from_secs(1));
    let late = Import::new().totp(&secret(), late, None);
    assert_eq!(late.unwrap_err(), InvalidImport::Start);
}

#[test]
fn failure_118_the_largest_import_fits_a_record() {
    block_on(async {
        let hashes = (0..20_u8).map(|n| char::from(b'a' + n).to_string().repeat(256));
        let mut all =
            with_app().hotp(HotpToken::new(&secret())).hashed_backup_codes(hashes).unwrap();
        for n in 0..3 {
            all = all.address(Address::phone(&format!("+1415555010{n}")).unwrap()).unwrap();
        }
        let world = imported(all).await;
        assert!(record(&world).await.unwrap().bytes().len() < 16 << 10);
        let incorrect = try_backup(&world, "000000").await;
        assert_eq!(reason(incorrect), Reason::Incorrect, "the record opens");
    });
}

#[test]
fn import_is_bound_to_its_subject() {
    let (keys, policy) = (Keys::new(ROOT), cheap());
    let now = second_factor::UnixTime::from_secs(NOON);
    let [alice, bob] = ["alice", "bob"].map(|name| SubjectId::new(name).unwrap());
    let import = with_app().backup_codes(["2b57-9f1c"]).unwrap();
    let hashed =
        opened(&keys, &policy, &bob, None, now).draw_import(import).unwrap().hash().unwrap();
    let alice = opened(&keys, &policy, &alice, None, now).install_import(&hashed);
    assert_eq!(alice.unwrap_err().reason(), Reason::Unauthorized);
    let bob = opened(&keys, &policy, &bob, None, now).install_import(&hashed).unwrap();
    assert!(matches!(bob.settle(Swap::Commit), Settled::Done { outcome: Ok(()), .. }));
}

#[test]
fn concurrent_imports_leave_exactly_one_complete() {
    let other = || Secret::new(b"another secret of 20").unwrap();
    let world = || {
        let world = World::over(Stepping(MemoryStorage::new()), cheap());
        block_on(world.verifier.operations().create(&world.alice)).unwrap();
        Rc::new(world)
    };
    let latest = core::cell::RefCell::new(None);
    let orders = every_order(
        || {
            let world = world();
            *latest.borrow_mut() = Some(Rc::clone(&world));
            [(secret(), "+14155550101"), (other(), "+14155550102")]
                .map(|(secret, phone)| -> Task<bool> {
                    let world = Rc::clone(&world);
                    Box::pin(async move {
                        let number = Address::phone(phone).unwrap();
                        let import = Import::new()
                            .totp(&secret, TotpParameters::new(), None)
                            .and_then(|import| import.address(number));
                        world
                            .verifier
                            .operations()
                            .import(&world.alice, import.unwrap())
                            .await
                            .is_ok()
                    })
                })
                .into()
        },
        |outcomes| {
            assert_eq!(outcomes.iter().filter(|is_in| **is_in).count(), 1);
            let world = latest.take().unwrap();
            let winner = if outcomes == [true, false] { secret() } else { other() };
            let code = Totp::new(&winner).code(world.clock.time()).unwrap();
            block_on(async {
                assert!(world.try_app(code.expose()).await.is_ok());
                let next = world.verifier.next(&world.alice).await.unwrap();
                let Next::Prove(offers) = next else { panic!("the subject is protected") };
                assert_eq!(offers.len(), 2, "an app and a number");
            });
        },
    );
    assert!(orders > 1);
}

#[test]
fn import_debug_output_is_redacted() {
    let import = with_app().backup_codes(["2b57-9f1c"]).unwrap().address(mail()).unwrap();
    assert_eq!(format!("{import:?}"), "Import(redacted)");
    let (keys, policy, alice) = (Keys::new(ROOT), cheap(), SubjectId::new("alice").unwrap());
    let now = second_factor::UnixTime::from_secs(NOON);
    let drawn = opened(&keys, &policy, &alice, None, now).draw_import(import).unwrap();
    assert_eq!(format!("{drawn:?}"), "Drawn(redacted)");
    assert_eq!(format!("{:?}", drawn.hash().unwrap()), "Hashed(redacted)");
}
