//! Valid and refused policies.

use proptest::prelude::*;
use second_factor::{
    FactorKind, Keys, MemoryStorage, Policy, Purpose, UnixTime, Verifier,
    message::InvalidSender,
    otp::{Digits, LookAhead, TotpParameters, Window},
    policy::{PolicyBuilder, UnsafePolicy},
    testkit::MessageLog,
    verifier::BuildError,
};

#[test]
fn default_policy_and_presets_pass_every_rule() {
    for policy in [Policy::default(), Policy::pci(), Policy::psd2()] {
        // A preset is built without the builder, so this test passes it through the builder.
        assert!(PolicyBuilder::from(policy.clone()).build().is_ok());
        assert_eq!(policy.code_digits(), 6);
        assert_eq!(policy.code_lifetime(), 300);
        assert_eq!(policy.management_max_age(), 300);
        let kinds = [
            FactorKind::SecurityKey,
            FactorKind::Totp,
            FactorKind::SignInRequest,
            FactorKind::Hotp,
            FactorKind::Phone,
            FactorKind::BackupCode,
        ];
        assert!(policy.factors(Purpose::SignIn).eq(kinds));
        assert_eq!(policy.look_ahead().get(), 10);
        assert!(policy.factors(Purpose::Enroll).eq([]));
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
        (new().code_lifetime(Duration::from_secs(59)), Unsafe::CodeLifetime),
        (new().code_lifetime(Duration::from_secs(601)), Unsafe::CodeLifetime),
        (new().disable_at(0), Unsafe::DisableAt),
        (new().disable_at(101), Unsafe::DisableAt),
        (new().waits(0, Duration::from_secs(30)), Unsafe::Waits),
        (new().waits(11, Duration::from_secs(30)), Unsafe::Waits),
        (new().waits(5, Duration::from_secs(0)), Unsafe::Waits),
        (new().waits(5, Duration::from_secs(3601)), Unsafe::Waits),
        (new().management_max_age(Duration::from_secs(29)), Unsafe::ManagementMaxAge),
        (new().management_max_age(Duration::from_secs(3601)), Unsafe::ManagementMaxAge),
        (new().only(Purpose::SignIn, &[]), Unsafe::NoFactor),
        (new().only(Purpose::Manage, &[]), Unsafe::NoFactor),
        (new().only(Purpose::StepUp, &[]), Unsafe::NoFactor),
        (new().only(Purpose::SignIn, &[FactorKind::Totp]), Unsafe::WideManage),
        (new().only(Purpose::Manage, &[FactorKind::Email]), Unsafe::WideManage),
        (new().subject_sends(0, 5), Unsafe::Sends),
        (new().subject_sends(6, 5), Unsafe::Sends),
        (new().address_sends(1, 51), Unsafe::Sends),
        (new().totp(late), Unsafe::TotpStart),
        (new().only(Purpose::Enroll, &[FactorKind::Totp]), Unsafe::Enroll),
    ];
    for (builder, broken) in cases {
        assert_eq!(builder.build().unwrap_err(), broken, "{broken:?}");
    }
    let edges = [
        new().code_digits(10).code_lifetime(Duration::from_secs(600)).disable_at(90),
        new().disable_at(100).look_ahead(LookAhead::new(9).unwrap()),
        new().code_lifetime(Duration::from_secs(60)).waits(1, Duration::from_secs(1)).management_max_age(Duration::from_secs(30)),
        new().disable_at(1).waits(10, Duration::from_secs(3600)).management_max_age(Duration::from_secs(3600)),
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
    let build = |keys: Keys, issuer: &str, origin: &str| {
        let builder =
            Verifier::builder(MemoryStorage::new(), MessageLog::new(), keys).issuer(issuer);
        builder.origin(origin).build().map(drop)
    };
    assert_eq!(build(Keys::new(root), "Example", "example.com"), Ok(()));
    let weak = build(Keys::new([9; 32]), "Example", "example.com");
    assert_eq!(weak, Err(BuildError::WeakRoot));
    for issuer in ["", " ", "a:b", "a\nb", &"x".repeat(61)] {
        let answer = build(Keys::new(root), issuer, "example.com");
        assert_eq!(answer, Err(BuildError::Sender(InvalidSender::Issuer)), "{issuer:?}");
    }
    for origin in
        ["", "localhost", "https://example.com", "example.com:443", "example.com/a", "é.com"]
    {
        let answer = build(Keys::new(root), "Example", origin);
        assert_eq!(answer, Err(BuildError::Sender(InvalidSender::Origin)), "{origin:?}");
    }
}
