//! Stricter policies, combined or for one sign-in.

#![allow(clippy::indexing_slicing, clippy::unwrap_used, reason = "a failed test may panic")]

use core::{cmp::min, time::Duration};

use proptest::prelude::*;
use second_factor::{
    Address, Channel, FactorKind, Next, Policy, Reason, UnixTime, block_on,
    otp::{Algorithm, Digits, LookAhead, Period, TotpParameters, Window},
    policy::{
        Absent, Countries, LateEnrollment, Notices, PolicyBuilder, Requirement, SignInByRead,
        SupportCodeUse, UnsafePolicy,
    },
    purpose::Operation,
};

use super::policies::operations;
use crate::support::{
    World,
    devices::{NotRecognized, recognize, trust},
    reason,
};

const KINDS: [FactorKind; 7] = [
    FactorKind::BackupCode,
    FactorKind::Email,
    FactorKind::Hotp,
    FactorKind::Phone,
    FactorKind::SecurityKey,
    FactorKind::SignInRequest,
    FactorKind::Totp,
];
const PREFIXES: [&str; 6] = ["+1", "+18", "+187", "+1876", "+44", "+4"];
const NUMBERS: [&str; 6] = [
    "+14155550100",
    "+18005550100",
    "+18705550100",
    "+18765550100",
    "+447700900123",
    "+4917012345",
];

/// A choice of kinds; one is always in it, so that most policies have a kind in common.
fn kinds(always: FactorKind) -> impl Strategy<Value = Vec<FactorKind>> {
    proptest::sample::subsequence(KINDS.to_vec(), 0..=KINDS.len()).prop_map(move |mut kinds| {
        kinds.push(always);
        kinds
    })
}

fn countries() -> impl Strategy<Value = Countries> {
    let list = || proptest::sample::subsequence(PREFIXES.to_vec(), 0..=PREFIXES.len());
    (proptest::option::of(list()), list()).prop_map(|(only, except)| {
        let base = only.map_or(Countries::all(), |only| Countries::only(&only).unwrap());
        base.except(&except).unwrap()
    })
}

fn totp() -> impl Strategy<Value = TotpParameters> {
    let algorithms = [Algorithm::Sha1, Algorithm::Sha256, Algorithm::Sha512];
    (proptest::sample::select(algorithms.to_vec()), 6_u8..=9, 15_u64..=120).prop_map(
        |(algorithm, digits, period)| {
            TotpParameters::new()
                .with_algorithm(algorithm)
                .with_digits(Digits::new(digits).unwrap())
                .with_period(Period::new(period).unwrap())
        },
    )
}

fn route() -> impl Strategy<Value = Vec<(Channel, Duration)>> {
    let channels = vec![Channel::Sms, Channel::Voice, Channel::WhatsApp];
    let some = proptest::sample::subsequence(channels, 1..=3).prop_shuffle();
    let times = proptest::collection::vec((10_u64..=300).prop_map(Duration::from_secs), 3);
    (some, times)
        .prop_filter("voice is not first", |(channels, _)| channels[0] != Channel::Voice)
        .prop_map(|(channels, times)| channels.into_iter().zip(times).collect())
}

fn requirement() -> impl Strategy<Value = Requirement> {
    let by = proptest::option::of((0_u64..9).prop_map(UnixTime::from_secs));
    by.prop_map(|by| by.map_or(Requirement::Optional, Requirement::RequiredBy))
}

fn secs(range: core::ops::RangeInclusive<u64>) -> impl Strategy<Value = Duration> {
    range.prop_map(Duration::from_secs)
}

/// A policy with any value for each setting.
fn policy() -> impl Strategy<Value = Policy> {
    let numbers = (8_u8..=20, 6_u8..=10, 1_u32..=30, 1_u32..=10, 0_u8..=10, 0_u8..=2, 0_u8..=2);
    let sends = ((1_u8..=25, 25_u8..=50), (1_u8..=25, 25_u8..=50), (8_u16..=99, 99_u16..=999));
    let times = (
        secs(60..=600),
        secs(86_400..=7_776_000),
        secs(1..=3_600),
        secs(30..=3_600),
        secs(600..=86_400),
    );
    let choices = proptest::array::uniform6(any::<bool>());
    let sets = (kinds(FactorKind::Totp), kinds(FactorKind::Totp), kinds(FactorKind::SecurityKey));
    let rest = (countries(), totp(), route(), requirement());
    (numbers, sends, times, choices, sets, rest).prop_map(
        |(numbers, sends, times, choices, sets, (countries, totp, route, requirement))| {
            let (backup_codes, digits, disable_at, from_failure, look_ahead, past, future) =
                numbers;
            let (address, subject, prefix) = sends;
            let (code, device, first, management, reset) = times;
            let [refuses, cheap, any, late, left, signs_in] = choices;
            let mut transaction = sets.2.clone();
            transaction.retain(|kind| *kind != FactorKind::SignInRequest);
            let mut builder = Policy::builder()
                .absent(if refuses { Absent::Refuse } else { Absent::Unprotected })
                .address_sends(address.0, address.1)
                .backup_codes(backup_codes)
                .code_digits(digits)
                .code_lifetime(code)
                .countries(countries)
                .device_lifetime(device)
                .disable_at(disable_at)
                .enrollment(requirement)
                .look_ahead(LookAhead::new(look_ahead).unwrap())
                .management_max_age(management)
                .notices(if left { Notices::LeftToApplication } else { Notices::Sent })
                .only(Operation::SignIn, &sets.0)
                .only(Operation::Recover, &sets.1)
                .only(operations()[4], &transaction)
                .prefix_sends(prefix.0, prefix.1)
                .reset_lifetime(reset)
                .route(&route)
                .subject_sends(subject.0, subject.1)
                .totp(totp)
                .totp_apps(1 + digits % 5)
                .waits(from_failure, first)
                .window(Window::new(past, future).unwrap());
            if late {
                builder = builder.late_enrollment(LateEnrollment::AfterAnyFirstFactor);
            }
            if signs_in {
                builder = builder.support_codes(SupportCodeUse::SignIn);
            } else {
                builder = builder.sign_in_by_read(SignInByRead::Confirm);
            }
            if cheap {
                builder = builder.danger_cheap_hashes();
            }
            let policy = builder.danger_any_guessing_odds().build().unwrap();
            if any { policy.only(&KINDS) } else { policy }
        },
    )
}

proptest! {
    #[test]
    fn stricter_policy_is_the_same_in_every_order(
        one in policy(),
        another in policy(),
        third in policy(),
    ) {
        let both = one.and(&another).unwrap();
        prop_assert_eq!(&one.and(&one).unwrap(), &one);
        prop_assert_eq!(&another.and(&one).unwrap(), &both);
        prop_assert_eq!(&both.and(&one).unwrap(), &both);
        let left = both.and(&third).unwrap();
        let right = one.and(&another.and(&third).unwrap()).unwrap();
        prop_assert_eq!(left, right);
        let again = PolicyBuilder::from(both.clone()).danger_any_guessing_odds().build();
        prop_assert_eq!(again, Ok(both), "it obeys the rules of the builder");
    }

    #[test]
    fn stricter_policy_refuses_what_either_refuses(one in policy(), another in policy()) {
        let both = one.and(&another).unwrap();
        for operation in operations() {
            let allows = |kind| one.factors(operation).any(|other| other == kind);
            let common = another.factors(operation).filter(|kind| allows(*kind));
            prop_assert!(both.factors(operation).eq(common), "{:?}", operation);
        }
        for number in NUMBERS.map(|number| Address::phone(number).unwrap()) {
            let allowed = one.countries().allow(&number) && another.countries().allow(&number);
            prop_assert_eq!(both.countries().allow(&number), allowed, "{:?}", number);
        }
        let refuses = |policy: &Policy| policy.absent() == Absent::Refuse;
        prop_assert_eq!(refuses(&both), refuses(&one) || refuses(&another));
        let permits = |policy: &Policy| policy.late_enrollment() == LateEnrollment::AfterAnyFirstFactor;
        prop_assert_eq!(permits(&both), permits(&one) && permits(&another));
        let leaves = |policy: &Policy| policy.notices() == Notices::LeftToApplication;
        prop_assert_eq!(leaves(&both), leaves(&one) && leaves(&another));
        let signs_in = |policy: &Policy| policy.support_codes() == SupportCodeUse::SignIn;
        prop_assert_eq!(signs_in(&both), signs_in(&one) && signs_in(&another));
        let accepts = |policy: &Policy| policy.sign_in_by_read() == SignInByRead::Accept;
        prop_assert_eq!(accepts(&both), accepts(&one) && accepts(&another));
        for now in (0..9).map(UnixTime::from_secs) {
            let is_due = |policy: &Policy| policy.requirement().is_due(now);
            prop_assert_eq!(is_due(&both), is_due(&one) || is_due(&another));
        }
    }

    #[test]
    fn stricter_policy_has_the_stricter_limit_of_each(one in policy(), another in policy()) {
        let both = one.and(&another).unwrap();
        macro_rules! lower {
            ($($limit:expr),+ $(,)?) => {$({
                let limit: fn(&Policy) -> _ = $limit;
                prop_assert_eq!(limit(&both), min(limit(&one), limit(&another)));
            })+};
        }
        lower!(
            Policy::backup_codes,
            Policy::code_lifetime,
            Policy::device_lifetime,
            Policy::disable_at,
            Policy::management_max_age,
            Policy::reset_lifetime,
            Policy::totp_apps,
            |policy| policy.address_sends().0,
            |policy| policy.address_sends().1,
            |policy| policy.look_ahead().get(),
            |policy| policy.prefix_sends().0,
            |policy| policy.prefix_sends().1,
            |policy| policy.subject_sends().0,
            |policy| policy.subject_sends().1,
            |policy| policy.totp().period().as_secs(),
            |policy| policy.waits().0,
            |policy| policy.window().past(),
            |policy| policy.window().future(),
        );
        macro_rules! higher {
            ($($limit:expr),+ $(,)?) => {$({
                let limit: fn(&Policy) -> _ = $limit;
                prop_assert_eq!(limit(&both), limit(&one).max(limit(&another)));
            })+};
        }
        higher!(
            Policy::code_digits,
            |policy| policy.totp().digits(),
            |policy| policy.totp().algorithm() as u8,
            |policy| policy.waits().1,
        );
        let steps = |policy: &Policy| policy.route().steps().collect::<Vec<_>>();
        let [all, first, second] = [&both, &one, &another].map(steps);
        prop_assert!(all == first || all == second);
        prop_assert_eq!(all.len(), min(first.len(), second.len()));
    }

    #[test]
    fn equal_countries_allow_the_same_numbers(one in countries(), another in countries()) {
        let allow = |countries: &Countries| {
            PREFIXES.map(|prefix| {
                let number = format!("{prefix:0<12}");
                countries.allow(&Address::phone(&number).unwrap())
            })
        };
        prop_assert!(one != another || allow(&one) == allow(&another));
    }
}

#[test]
fn policies_without_a_common_factor_are_refused() {
    for operation in operations() {
        let by = |kinds: &[FactorKind]| {
            let all = Policy::builder().only(Operation::SignIn, &KINDS);
            all.only(operation, kinds).build().unwrap()
        };
        let (one, another) = (by(&[FactorKind::Totp]), by(&[FactorKind::SecurityKey]));
        assert_eq!(one.and(&another), Err(UnsafePolicy::NoFactor), "{operation:?}");
        assert!(one.and(&by(&[FactorKind::SecurityKey, FactorKind::Totp])).is_ok());
    }
    let narrowed = Policy::default().only(&[]);
    assert_eq!(narrowed.and(&Policy::default()), Err(UnsafePolicy::NoFactor));
}

#[test]
fn presets_combine_to_the_stricter_lock() {
    let both = Policy::pci().and(&Policy::psd2()).unwrap();
    assert_eq!(both.waits(), Policy::psd2().waits());
    assert_eq!(both.disable_at(), Policy::pci().disable_at());
    assert_ne!(Policy::pci(), Policy::default());
    let (attempts, lock) = Policy::pci().waits();
    assert_eq!((attempts, lock.as_secs()), (10, 30 * 60), "PCI DSS 4.0.1 §8.3.4");
    let (attempts, lock) = Policy::psd2().waits();
    assert_eq!((attempts, lock.as_secs()), (3, 30 * 60), "Regulation (EU) 2018/389 art. 4(3)(b)");
    assert_eq!(Policy::psd2().disable_at(), None);
    let cheap = Policy::builder().danger_cheap_hashes().build().unwrap();
    assert_ne!(cheap, Policy::default());
    assert_eq!(cheap.and(&Policy::default()), Ok(Policy::default()), "hashes are not cheap");
}

#[test]
fn narrowed_policy_allows_the_common_kinds_only() {
    let kinds = [FactorKind::SecurityKey, FactorKind::Email, FactorKind::SignInRequest];
    let before = Policy::default();
    let narrowed = before.only(&kinds);
    for operation in operations() {
        let is_kept = |kind: &FactorKind| {
            !matches!(operation, Operation::SignIn | Operation::Manage) || kinds.contains(kind)
        };
        assert!(narrowed.factors(operation).eq(before.factors(operation).filter(is_kept)));
    }
    assert_eq!(narrowed.only(&[FactorKind::Totp]).factors(Operation::SignIn).count(), 0);
    let without_devices = before.only(&KINDS);
    assert_ne!(without_devices, before, "it excludes trusted devices");
    // The stricter of both excludes them too.
    assert_eq!(without_devices.and(&before).as_ref(), Ok(&without_devices));
    assert_eq!(before.and(&without_devices).as_ref(), Ok(&without_devices));
}

#[test]
fn narrowed_policy_refuses_other_factors_and_devices() {
    block_on(async {
        let before = World::new();
        let (app, _) = before.with_app().await;
        let device = trust(&before, &app, "Firefox").await;
        let over = |kinds: &[FactorKind]| {
            let world = World::seeded(before.store.clone(), Policy::default().only(kinds), 7);
            world.clock.set(before.clock.time().as_secs() + 60);
            world
        };
        for kinds in [&[][..], &[FactorKind::SecurityKey], &[FactorKind::Email]] {
            let world = over(kinds);
            match world.verifier.next(&world.alice).await {
                Ok(Next::Enroll(required)) => assert!(required.needs_proof(), "{kinds:?}"),
                next => {
                    assert_eq!(reason(next), Reason::NotAllowed, "{kinds:?}");
                    assert!(!kinds.contains(&FactorKind::SecurityKey), "it can be enrolled");
                }
            }
            let code = app.code(&world.clock);
            assert_eq!(reason(world.try_app(&code).await), Reason::NotAllowed);
            assert!(recognize(&world, &device).await.is_err());
        }
        // The device neither passed nor was it used up.
        let world = over(&[FactorKind::Totp]);
        assert_eq!(recognize(&world, &device).await.unwrap_err(), NotRecognized::Ignored);
        assert!(world.try_app(&app.code(&world.clock)).await.is_ok());
        assert!(recognize(&before, &device).await.is_ok());
    });
}
