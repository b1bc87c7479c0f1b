//! Valid and refused policies.

#![allow(clippy::unwrap_used, reason = "a failed test may panic")]

use core::time::Duration;

use crate::support::{World, mail};
use proptest::prelude::*;
use second_factor::{
    Channel, FactorKind, Keys, MemoryStorage, Policy, UnixTime, Verifier, block_on,
    message::{InvalidSender, Sender},
    otp::{Digits, LookAhead, TotpParameters, Window},
    policy::{LateEnrollment, PolicyBuilder, Requirement, UnsafePolicy},
    purpose::{Agreement, Operation},
    testkit::MessageLog,
    verifier::BuildError,
};

#[test]
fn default_policy_and_presets_pass_every_rule() {
    for policy in [Policy::default(), Policy::pci(), Policy::psd2()] {
        // A preset is built without the builder, so this test passes it through the builder.
        assert_eq!(PolicyBuilder::from(policy.clone()).build().as_ref(), Ok(&policy));
        assert_eq!(policy.code_digits(), 6);
        assert_eq!(policy.code_lifetime(), secs(300));
        assert_eq!(policy.management_max_age(), secs(300));
        let kinds = [
            FactorKind::SecurityKey,
            FactorKind::Totp,
            FactorKind::SignInRequest,
            FactorKind::Hotp,
            FactorKind::Phone,
            FactorKind::BackupCode,
        ];
        assert!(policy.factors(Operation::SignIn).eq(kinds));
        assert_eq!(policy.look_ahead().get(), 3);
        assert!(policy.factors(Operation::Enroll).eq([]));
    }
}

#[test]
fn policy_returns_the_limits_it_was_built_with() {
    let policy = Policy::builder()
        .address_sends(7, 11)
        .disable_at(27)
        .prefix_sends(41, 97)
        .subject_sends(6, 13)
        .waits(3, secs(45))
        .build()
        .unwrap();
    assert_eq!(policy.address_sends(), (7, 11));
    assert_eq!(policy.disable_at(), Some(27));
    assert_eq!(policy.prefix_sends(), (41, 97));
    assert_eq!(policy.subject_sends(), (6, 13));
    assert_eq!(policy.waits(), (3, secs(45)));
}

#[test]
fn policy_values_outside_each_range_are_refused() {
    use UnsafePolicy as Unsafe;
    let new = Policy::builder;
    let late = TotpParameters::new().with_start(UnixTime::from_secs(1));
    let cases = [
        (new().code_digits(5), Unsafe::CodeDigits),
        (new().code_digits(11), Unsafe::CodeDigits),
        (new().code_lifetime(secs(59)), Unsafe::CodeLifetime),
        (new().code_lifetime(secs(601)), Unsafe::CodeLifetime),
        (new().disable_at(0), Unsafe::DisableAt),
        (new().disable_at(31), Unsafe::DisableAt),
        (new().disable_at(u32::MAX), Unsafe::DisableAt),
        (PolicyBuilder::from(Policy::psd2()).disable_at(31), Unsafe::DisableAt),
        (new().waits(0, secs(30)), Unsafe::Waits),
        (new().waits(11, secs(30)), Unsafe::Waits),
        (new().waits(5, secs(0)), Unsafe::Waits),
        (new().waits(5, secs(3601)), Unsafe::Waits),
        (new().management_max_age(secs(29)), Unsafe::ManagementMaxAge),
        (new().management_max_age(secs(3601)), Unsafe::ManagementMaxAge),
        (new().only(Operation::SignIn, &[]), Unsafe::NoFactor),
        (new().only(Operation::Manage, &[]), Unsafe::NoFactor),
        (new().only(Operation::StepUp, &[]), Unsafe::NoFactor),
        (new().only(Operation::SignIn, &[FactorKind::SignInRequest]), Unsafe::NoFactor),
        (
            new().forbid(FactorKind::Totp).only(Operation::Manage, &[FactorKind::Totp]),
            Unsafe::WideManage,
        ),
        (new().allow(FactorKind::Pin), Unsafe::Pin),
        (new().only(Operation::Manage, &[FactorKind::Email]), Unsafe::WideManage),
        (new().subject_sends(0, 5), Unsafe::SubjectSends),
        (new().subject_sends(6, 5), Unsafe::SubjectSends),
        (new().address_sends(1, 51), Unsafe::AddressSends),
        (new().totp(late), Unsafe::TotpStart),
        (new().totp_apps(0), Unsafe::TotpApps),
        (new().totp_apps(6), Unsafe::TotpApps),
        (new().only(Operation::Enroll, &[FactorKind::Totp]), Unsafe::FixedFactors),
    ];
    for (builder, broken) in cases {
        assert_eq!(builder.build().unwrap_err(), broken, "{broken:?}");
    }
    let edges = [
        new().code_digits(10).code_lifetime(secs(600)).disable_at(30),
        new().disable_at(30).look_ahead(LookAhead::new(9).unwrap()),
        new().code_lifetime(secs(60)).waits(1, secs(1)).management_max_age(secs(30)),
        new().disable_at(1).waits(10, secs(3600)).management_max_age(secs(3600)),
        new().subject_sends(50, 50).address_sends(1, 1),
    ];
    for builder in edges {
        assert!(builder.build().is_ok());
    }
}

#[test]
fn policy_times_that_do_not_fit_whole_seconds_are_refused() {
    use UnsafePolicy as Unsafe;
    let wrapped = secs((1 << 32) + 60 * 60 * 24);
    for time in [secs(90) + Duration::from_nanos(1), wrapped, Duration::MAX] {
        let new = Policy::builder;
        for (builder, broken) in [
            (new().code_lifetime(time), Unsafe::CodeLifetime),
            (new().device_lifetime(time), Unsafe::DeviceLifetime),
            (new().management_max_age(time), Unsafe::ManagementMaxAge),
            (new().reset_lifetime(time), Unsafe::ResetLifetime),
            (new().route(&[(Channel::Sms, time)]), Unsafe::Route),
            (new().waits(5, time), Unsafe::Waits),
        ] {
            assert_eq!(builder.build().unwrap_err(), broken, "{time:?}");
        }
    }
}

#[test]
fn forbidden_kind_proves_for_no_operation() {
    let kinds = [
        FactorKind::BackupCode,
        FactorKind::Email,
        FactorKind::Hotp,
        FactorKind::Phone,
        FactorKind::SecurityKey,
        FactorKind::SignInRequest,
        FactorKind::Totp,
    ];
    for kind in kinds {
        let policy = Policy::builder().forbid(kind).build().unwrap();
        let before = Policy::default();
        for operation in operations() {
            let others = before.factors(operation).filter(|other| *other != kind);
            assert!(policy.factors(operation).eq(others), "{kind:?} {operation:?}");
        }
        let again = Policy::builder().forbid(kind).allow(kind).build().unwrap();
        assert!(again.factors(Operation::SignIn).any(|one| one == kind));
        let steps_up = again.factors(Operation::StepUp).any(|one| one == kind);
        assert_eq!(steps_up, kind != FactorKind::SignInRequest);
    }
}

#[test]
fn finding_s20_allowed_kind_proves_wherever_it_can() {
    let email = Policy::builder().allow(FactorKind::Email).build().unwrap();
    for operation in operations() {
        assert!(email.factors(operation).any(|kind| kind == FactorKind::Email), "{operation:?}");
    }
    let all = [FactorKind::BackupCode, FactorKind::Hotp, FactorKind::Totp];
    let none = [FactorKind::Phone];
    let mut builder = Policy::builder();
    for operation in operations() {
        builder = builder.only(operation, &none);
    }
    for kind in all.into_iter().chain([FactorKind::SecurityKey, FactorKind::SignInRequest]) {
        let policy = builder.clone().allow(kind).build().unwrap();
        for operation in operations() {
            let can_prove = match operation {
                Operation::SignIn => true,
                Operation::Transaction(_) => kind == FactorKind::SecurityKey,
                _ => kind != FactorKind::SignInRequest,
            };
            let has = policy.factors(operation).any(|one| one == kind);
            assert_eq!(has, can_prove, "{kind:?} {operation:?}");
        }
    }
}

#[test]
fn finding_s20_allowed_email_can_be_the_only_factor() {
    let kinds = [FactorKind::Totp, FactorKind::Email];
    for builder in [
        Policy::builder().allow(FactorKind::Email),
        Policy::builder().only(Operation::SignIn, &kinds),
    ] {
        block_on(async {
            let world = World::with(builder.build().unwrap());
            let sent = world.verifier.enroll_address(&world.alice, &mail()).await.unwrap();
            let typed = world.read_code();
            let _ = world.verifier.confirm(&world.alice, &sent, &typed).await.unwrap();
            let offers = world.verifier.offers(&world.alice, Operation::Manage).await.unwrap();
            let kinds: Vec<_> = offers.iter().map(|offer| offer.kind()).collect();
            assert_eq!(kinds, [FactorKind::Email]);
        });
    }
}

#[test]
fn managing_is_limited_to_what_signs_in() {
    let kinds = [FactorKind::Totp, FactorKind::SignInRequest];
    let policy = Policy::builder().only(Operation::SignIn, &kinds).build().unwrap();
    assert!(policy.factors(Operation::Manage).eq([FactorKind::Totp]));
    // It does not depend on the order of the calls.
    let named = [FactorKind::Totp];
    let first = Policy::builder().only(Operation::Manage, &named).only(Operation::SignIn, &kinds);
    let last = Policy::builder().only(Operation::SignIn, &kinds).only(Operation::Manage, &named);
    assert_eq!(first.build(), last.build());
}

#[test]
fn requirement_is_due_from_its_deadline_on() {
    let by = UnixTime::from_secs(1_800_000_000);
    let policy = Policy::builder()
        .enrollment(Requirement::RequiredBy(by))
        .late_enrollment(LateEnrollment::AfterAnyFirstFactor)
        .build()
        .unwrap();
    assert_eq!(policy.late_enrollment(), LateEnrollment::AfterAnyFirstFactor);
    assert_eq!(policy.requirement().deadline(), Some(by));
    for (secs, is_due) in
        [(0, false), (1_799_999_999, false), (1_800_000_000, true), (u64::MAX, true)]
    {
        assert_eq!(policy.requirement().is_due(UnixTime::from_secs(secs)), is_due, "{secs}");
        assert!(!Requirement::default().is_due(UnixTime::from_secs(secs)));
    }
    assert_eq!(Policy::default().requirement(), Requirement::Optional);
    assert_eq!(Requirement::Optional.deadline(), None);
    assert_eq!(Policy::default().late_enrollment(), LateEnrollment::AfterAddress);
}

proptest! {
    #[test]
    fn failure_031_policies_bound_guessing_to_one_in_a_thousand(
        tries in 0_u32..200,
        past in 0_u8..=2,
        future in 0_u8..=2,
        digits in 6_u8..=9,
        code_digits in 0_u8..16,
        look_ahead in 0_u8..=100,
        apps in 0_u8..=6,
    ) {
        let totp = TotpParameters::new().with_digits(Digits::new(digits).unwrap());
        let built = Policy::builder()
            .disable_at(tries)
            .window(Window::new(past, future).unwrap())
            .totp(totp)
            .code_digits(code_digits)
            .look_ahead(LookAhead::new(look_ahead).unwrap())
            .totp_apps(apps)
            .build();
        if built.is_ok() {
            prop_assert!((1..=5).contains(&apps));
            let valid = f64::from(apps) * f64::from(past + future + 1);
            let app = f64::from(tries) * valid / 10_f64.powi(digits.into());
            let sent = f64::from(tries) / 10_f64.powi(code_digits.into());
            let token = f64::from(tries) * f64::from(look_ahead + 1) / 1e6;
            prop_assert!(app <= 1e-3 && sent <= 1e-3 && token <= 1e-3);
        }
    }
}

#[test]
fn verifier_that_writes_an_unknown_format_is_refused() {
    let build = |format| {
        let root = Keys::new(core::array::from_fn(|i| i as u8));
        let builder = Verifier::builder("Example", MemoryStorage::new(), MessageLog::new(), root);
        builder.records_up_to(format).build().map(drop)
    };
    assert_eq!(build(1), Ok(()));
    assert_eq!(build(0), Err(BuildError::RecordFormat));
    assert_eq!(build(u8::MAX), Err(BuildError::RecordFormat));
}

#[test]
fn verifier_without_a_root_or_a_name_is_refused() {
    let root = core::array::from_fn(|i| i as u8);
    let build = |keys: Keys, issuer: &str| {
        Verifier::builder(issuer, MemoryStorage::new(), MessageLog::new(), keys).build().map(drop)
    };
    assert_eq!(build(Keys::new(root), "Example"), Ok(()));
    assert_eq!(build(Keys::new([9; 32]), "Example"), Err(BuildError::WeakRoot));
    for issuer in ["", " ", "a:b", "a\nb", &"x".repeat(61)] {
        let answer = build(Keys::new(root), issuer);
        assert_eq!(answer, Err(BuildError::Sender(InvalidSender::Issuer)), "{issuer:?}");
    }
    let with_origin = |origin: &str| Sender::new("Example")?.with_origin(origin).map(drop);
    assert_eq!(with_origin("example.com"), Ok(()));
    for origin in
        ["", "localhost", "https://example.com", "example.com:443", "example.com/a", "é.com"]
    {
        assert_eq!(with_origin(origin), Err(InvalidSender::Origin), "{origin:?}");
    }
}

/// The operations whose factors a policy sets.
pub(super) fn operations() -> [Operation; 5] {
    let payment = Agreement::new([("amount", "1")]).unwrap().purpose().into();
    [Operation::Manage, Operation::Recover, Operation::SignIn, Operation::StepUp, payment]
}

const fn secs(secs: u64) -> Duration {
    Duration::from_secs(secs)
}
