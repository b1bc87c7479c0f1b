//! Valid and refused policies.

use proptest::prelude::*;
use second_factor::{
    FactorKind, Keys, MemoryStorage, Policy, UnixTime, Verifier,
    message::{InvalidSender, Sender},
    otp::{Digits, LookAhead, TotpParameters, Window},
    policy::{PolicyBuilder, UnsafePolicy},
    purpose::Operation,
    testkit::MessageLog,
    verifier::BuildError,
};

#[test]
fn default_policy_and_presets_pass_every_rule() {
    for policy in [Policy::default(), Policy::pci(), Policy::psd2()] {
        // A preset is built without the builder, so this test passes it through the builder.
        assert!(PolicyBuilder::from(policy.clone()).build().is_ok());
        assert_eq!(policy.code_digits(), 6);
        assert_eq!(policy.code_life(), 300);
        assert_eq!(policy.management_age(), 300);
        let kinds = [
            FactorKind::SecurityKey,
            FactorKind::Totp,
            FactorKind::SignInRequest,
            FactorKind::Hotp,
            FactorKind::Phone,
            FactorKind::BackupCode,
        ];
        assert!(policy.factors(Operation::SignIn).eq(kinds));
        assert_eq!(policy.look_ahead().get(), 10);
        assert!(policy.factors(Operation::Enroll).eq([]));
    }
}

#[test]
fn policy_values_outside_each_range_are_refused() {
    use UnsafePolicy as Unsafe;
    let new = Policy::builder;
    let late = TotpParameters::new().with_start(UnixTime::from_secs(1));
    let cases = [
        (new().code_digits(5), Unsafe::CodeDigits),
        (new().code_digits(11), Unsafe::CodeDigits),
        (new().code_life(59), Unsafe::CodeLife),
        (new().code_life(601), Unsafe::CodeLife),
        (new().disable_at(0), Unsafe::DisableAt),
        (new().disable_at(101), Unsafe::DisableAt),
        (new().waits(0, 30), Unsafe::Waits),
        (new().waits(11, 30), Unsafe::Waits),
        (new().waits(5, 0), Unsafe::Waits),
        (new().waits(5, 3601), Unsafe::Waits),
        (new().management_age(29), Unsafe::ManagementAge),
        (new().management_age(3601), Unsafe::ManagementAge),
        (new().factors(Operation::SignIn, &[]), Unsafe::NoFactor),
        (new().factors(Operation::Manage, &[]), Unsafe::NoFactor),
        (new().factors(Operation::StepUp, &[]), Unsafe::NoFactor),
        (new().factors(Operation::SignIn, &[FactorKind::Totp]), Unsafe::WideManage),
        (new().factors(Operation::Manage, &[FactorKind::Email]), Unsafe::WideManage),
        (new().subject_sends(0, 5), Unsafe::Sends),
        (new().subject_sends(6, 5), Unsafe::Sends),
        (new().address_sends(1, 51), Unsafe::Sends),
        (new().totp(late), Unsafe::TotpStart),
        (new().factors(Operation::Enroll, &[FactorKind::Totp]), Unsafe::Enroll),
    ];
    for (builder, broken) in cases {
        assert_eq!(builder.build().unwrap_err(), broken, "{broken:?}");
    }
    let edges = [
        new().code_digits(10).code_life(600).disable_at(90),
        new().disable_at(100).look_ahead(LookAhead::new(9).unwrap()),
        new().code_life(60).waits(1, 1).management_age(30),
        new().disable_at(1).waits(10, 3600).management_age(3600),
        new().subject_sends(50, 50).address_sends(1, 1),
    ];
    for builder in edges {
        assert!(builder.build().is_ok());
    }
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
    ) {
        let totp = TotpParameters::new().with_digits(Digits::new(digits).unwrap());
        let built = Policy::builder()
            .disable_at(tries)
            .window(Window::new(past, future).unwrap())
            .totp(totp)
            .code_digits(code_digits)
            .look_ahead(LookAhead::new(look_ahead).unwrap())
            .build();
        if built.is_ok() {
            let app = f64::from(tries) * f64::from(past + future + 1) / 10_f64.powi(digits.into());
            let sent = f64::from(tries) / 10_f64.powi(code_digits.into());
            let token = f64::from(tries) * f64::from(look_ahead + 1) / 1e6;
            prop_assert!(app <= 1e-3 && sent <= 1e-3 && token <= 1e-3);
        }
    }
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
