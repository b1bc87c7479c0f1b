//! Policies from configuration.

#![allow(clippy::indexing_slicing, clippy::unwrap_used, reason = "a failed test may panic")]

use alloc::collections::BTreeMap;
use core::time::Duration;

use proptest::prelude::*;
use second_factor::{
    Channel, FactorKind, Policy, UnixTime,
    otp::{Algorithm, Digits, LookAhead, Period, TotpParameters, Window},
    policy::{
        Absent, Countries, LateEnrollment, Notices, PolicyBuilder, Requirement, SignInByRead,
        SupportCodeUse,
    },
    purpose::Operation,
};

use super::policies::operations;

const EVERY_KEY: &str = r#"
preset = "psd2"
absent = "refuse"
address_sends = { an_hour = 5, a_day = 9 }
allow = ["email"]
backup_codes = 12
code_digits = 8
code_lifetime = "2m"
countries = { only = ["+1", "+44"], except = ["+1876"] }
device_lifetime = "7d"
disable_at = 9
enrollment = { required_by = "2026-09-01T00:00:00Z" }
forbid = ["phone"]
late_enrollment = "after_any_first_factor"
look_ahead = 4
management_max_age = "90s"
notices = "left_to_application"
prefix_sends = { an_hour = 50, a_day = 200 }
reset_lifetime = "2h"
sign_in_by_read = "confirm"
subject_sends = { an_hour = 6, a_day = 12 }
support_codes = "sign_in"
totp = { algorithm = "sha256", digits = 8, period = "60s" }
totp_apps = 2
waits = { from_failure = 3, first = "1m" }
window = { past = 2, future = 0 }

[only]
manage = ["security_key", "totp"]
recover = ["backup_code", "email", "totp"]
sign_in = ["hotp", "phone", "security_key", "sign_in_request", "totp"]
step_up = ["security_key"]
transaction = ["security_key"]

[[route]]
channel = "whatsapp"
time = "30s"

[[route]]
channel = "sms"
time = "60s"

[[route]]
channel = "voice"
time = "45s"
"#;

fn read(text: &str) -> Result<Policy, String> {
    toml::from_str(text).map_err(|error| error.to_string())
}

fn same_by_builder() -> PolicyBuilder {
    use FactorKind::*;
    let secs = Duration::from_secs;
    let countries = Countries::only(&["+1", "+44"]).unwrap().except(&["+1876"]).unwrap();
    let totp = TotpParameters::new()
        .with_algorithm(Algorithm::Sha256)
        .with_digits(Digits::Eight)
        .with_period(Period::new(60).unwrap());
    PolicyBuilder::from(Policy::psd2())
        .absent(Absent::Refuse)
        .address_sends(5, 9)
        .backup_codes(12)
        .code_digits(8)
        .code_lifetime(secs(120))
        .countries(countries)
        .device_lifetime(secs(7 * 86_400))
        .disable_at(9)
        .enrollment(Requirement::RequiredBy(UnixTime::from_secs(1_788_220_800)))
        .late_enrollment(LateEnrollment::AfterAnyFirstFactor)
        .look_ahead(LookAhead::new(4).unwrap())
        .management_max_age(secs(90))
        .notices(Notices::LeftToApplication)
        .only(Operation::Manage, &[SecurityKey, Totp])
        .only(Operation::Recover, &[BackupCode, Email, Totp])
        .only(Operation::SignIn, &[Hotp, Phone, SecurityKey, SignInRequest, Totp])
        .only(Operation::StepUp, &[SecurityKey])
        .only(operations()[4], &[SecurityKey])
        .allow(Email)
        .forbid(Phone)
        .prefix_sends(50, 200)
        .reset_lifetime(secs(7_200))
        .route(&[
            (Channel::WhatsApp, secs(30)),
            (Channel::Sms, secs(60)),
            (Channel::Voice, secs(45)),
        ])
        .sign_in_by_read(SignInByRead::Confirm)
        .subject_sends(6, 12)
        .support_codes(SupportCodeUse::SignIn)
        .totp(totp)
        .totp_apps(2)
        .waits(3, secs(60))
        .window(Window::new(2, 0).unwrap())
}

#[test]
fn configured_policy_equals_that_of_the_builder() {
    assert_eq!(read(EVERY_KEY), Ok(same_by_builder().build().unwrap()));
    assert_eq!(read(""), Ok(Policy::default()));
    assert_eq!(read("preset = \"pci\""), Ok(Policy::pci()));
    assert_eq!(read("enrollment = \"optional\""), Ok(Policy::default()));
    let most = Countries::all().except(&["+881"]).unwrap();
    let most = Policy::builder().countries(most).build().unwrap();
    assert_eq!(read("countries = { except = [\"+881\"] }"), Ok(most));
}

#[test]
fn configured_policy_may_state_each_default() {
    for line in [
        "absent = \"unprotected\"",
        "late_enrollment = \"after_address\"",
        "notices = \"sent\"",
        "sign_in_by_read = \"accept\"",
        "support_codes = \"enroll\"",
        "totp = { algorithm = \"sha1\", digits = 6, period = \"30s\" }",
    ] {
        assert_eq!(read(line), Ok(Policy::default()), "{line}");
    }
    let totp = TotpParameters::new().with_algorithm(Algorithm::Sha512);
    let line = "totp = { algorithm = \"sha512\", digits = 6, period = \"30s\" }";
    assert_eq!(read(line), Ok(Policy::builder().totp(totp).build().unwrap()));
}

#[test]
fn each_key_alone_changes_the_policy() {
    let whole: toml::Table = toml::from_str(EVERY_KEY).unwrap();
    for (key, value) in &whole {
        let alone = toml::Table::from_iter([(key.clone(), value.clone())]);
        let policy: Policy = alone.try_into().unwrap();
        assert_ne!(policy, Policy::default(), "{key}");
    }
    // What is forbidden stays forbidden, wherever the key is written.
    let json = |text| serde_json::from_str::<Policy>(text).unwrap();
    let first =
        json(r#"{"forbid":["phone"],"allow":["phone"],"only":{"sign_in":["phone","totp"]}}"#);
    let last =
        json(r#"{"only":{"sign_in":["phone","totp"]},"allow":["phone"],"forbid":["phone"]}"#);
    assert_eq!(first, last);
    assert!(first.factors(Operation::SignIn).eq([FactorKind::Totp]));
    assert_eq!(json(&serde_json::to_string(&whole).unwrap()), same_by_builder().build().unwrap());
}

#[test]
fn unsafe_setting_is_refused_with_its_key() {
    for (text, key) in [
        ("address_sends = { an_hour = 9, a_day = 8 }", "address_sends"),
        ("allow = [\"pin\"]", "allow or only"),
        ("backup_codes = 7", "backup_codes"),
        ("code_digits = 5", "code_digits"),
        ("code_lifetime = \"11m\"", "code_lifetime"),
        ("countries = { only = [\"44\"] }", "countries"),
        ("device_lifetime = \"91d\"", "device_lifetime"),
        ("disable_at = 31", "disable_at"),
        ("forbid = [\"phone\", \"sign_in_request\", \"security_key\"]", "forbid or only"),
        ("look_ahead = 101", "look_ahead"),
        ("look_ahead = 90", "disable_at, look_ahead, totp_apps or window"),
        ("management_max_age = \"29s\"", "management_max_age"),
        ("only = { manage = [\"email\"] }", "only.manage"),
        ("only = { step_up = [] }", "forbid or only"),
        ("prefix_sends = { an_hour = 7, a_day = 7 }", "prefix_sends"),
        ("reset_lifetime = \"9m\"", "reset_lifetime"),
        ("route = [{ channel = \"voice\", time = \"60s\" }]", "route"),
        ("subject_sends = { an_hour = 0, a_day = 8 }", "subject_sends"),
        ("totp = { digits = 5 }", "totp"),
        ("totp_apps = 0", "totp_apps"),
        ("totp_apps = 4", "disable_at, look_ahead, totp_apps or window"),
        ("totp = { period = \"14s\" }", "totp"),
        ("waits = { from_failure = 11, first = \"30s\" }", "waits"),
        ("window = { past = 3, future = 0 }", "window"),
    ] {
        let error = read(text).unwrap_err();
        assert!(error.contains(&format!("{key}: ")), "{text}: {error}");
    }
}

#[test]
fn malformed_setting_is_refused_with_its_key() {
    for (text, says) in [
        ("code_digit = 8", "unknown field `code_digit`"),
        ("danger_cheap_hashes = true", "unknown field `danger_cheap_hashes`"),
        ("preset = \"none\"", "preset: invalid value: string \"none\""),
        ("allow = [\"fax\"]", "allow: invalid value: string \"fax\", expected \"backup_code\""),
        ("forbid = \"phone\"", "forbid: invalid type: string \"phone\", expected a sequence"),
        ("only = { enroll = [\"totp\"] }", "only: unknown field `enroll`"),
        ("only = { sign_in = [\"Totp\"] }", "only: invalid value: string \"Totp\""),
        ("code_digits = \"8\"", "code_digits: invalid type: string \"8\""),
        ("code_digits = 262", "code_digits: invalid value: integer `262`"),
        ("code_lifetime = 300", "code_lifetime: invalid type: integer `300`, expected a time"),
        ("address_sends = { an_hour = 5 }", "address_sends: missing field `a_day`"),
        ("totp = { start = 1 }", "totp: unknown field `start`"),
        ("route = [{ channel = \"email\", time = \"60s\" }]", "route: invalid value: string"),
        ("countries = { allow = [] }", "countries: unknown field `allow`"),
        ("enrollment = \"required\"", "enrollment: unknown variant `required`"),
        ("enrollment = { required_by = 1788220800 }", "enrollment: invalid type: integer"),
        ("absent = true", "absent: invalid type: boolean `true`, expected \"refuse\""),
        ("late_enrollment = \"never\"", "late_enrollment: invalid value"),
        ("notices = \"off\"", "notices: invalid value"),
        ("sign_in_by_read = true", "sign_in_by_read: invalid type: boolean"),
        ("support_codes = \"all\"", "support_codes: invalid value"),
        ("waits = [5, \"30s\"]", "waits: invalid type: sequence, expected a table"),
        ("only = [[\"totp\"]]", "only: invalid type: sequence, expected a table"),
        ("route = [[\"sms\", \"60s\"]]", "route: invalid type: sequence, expected a table"),
    ] {
        let error = read(text).unwrap_err();
        assert!(error.contains(says), "{text}: {error}");
    }
    let twice = serde_json::from_str::<Policy>(r#"{"code_digits":8,"code_digits":6}"#);
    assert!(twice.unwrap_err().to_string().contains("duplicate field `code_digits`"));
    let list = serde_json::from_str::<Policy>("[8]").unwrap_err().to_string();
    assert!(list.contains("expected a table of policy settings"), "{list}");
}

#[test]
fn each_kind_has_the_name_that_the_crate_prints() {
    for kind in [
        FactorKind::BackupCode,
        FactorKind::Email,
        FactorKind::Hotp,
        FactorKind::Phone,
        FactorKind::SecurityKey,
        FactorKind::SignInRequest,
        FactorKind::Totp,
    ] {
        let policy = read(&format!("allow = [\"{}\"]", kind.as_str())).unwrap();
        assert!(policy.factors(Operation::SignIn).any(|one| one == kind));
        let unknown = read("allow = [\"fax\"]").unwrap_err();
        assert!(unknown.contains(&format!("\"{}\"", kind.as_str())), "{unknown}");
    }
}

#[test]
fn dates_are_read_as_the_calendar_has_them() {
    let by = |date: &str| {
        let read = read(&format!("enrollment = {{ required_by = {date:?} }}"))?;
        Ok::<_, String>(read.requirement().deadline().unwrap().as_secs())
    };
    for (date, secs) in [
        ("1970-01-01T00:00:00Z", 0),
        ("2000-02-29T12:34:56Z", 951_827_696),
        ("2000-03-01T00:00:00Z", 951_868_800),
        ("2024-12-31T23:59:59Z", 1_735_689_599),
        ("2038-01-19T03:14:07Z", 2_147_483_647),
        ("2100-03-01T00:00:00Z", 4_107_542_400),
        ("9999-12-31T23:59:59Z", 253_402_300_799),
    ] {
        assert_eq!(by(date), Ok(secs), "{date}");
    }
    for date in [
        "",
        "Z",
        "TZ",
        "2026-09-01",
        "2026-09-01T00:00:00",
        "2026-09-01T00:00:00z",
        "2026-09-01 00:00:00Z",
        "2026-09-01T00:00:00+00:00",
        "2026-09-01T00:00:00.5Z",
        "2026-09-01T24:00:00Z",
        "2026-09-01T00:60:00Z",
        "2026-09-01T00:00:60Z",
        "2026-00-01T00:00:00Z",
        "2026-13-01T00:00:00Z",
        "2026-09-00T00:00:00Z",
        "2026-09-31T00:00:00Z",
        "2026-02-29T00:00:00Z",
        "2100-02-29T00:00:00Z",
        "1969-12-31T23:59:59Z",
        "+026-09-01T00:00:00Z",
        "2026-9-1T0:0:0Z",
        "2026-09-01-01T00:00:00Z",
        "２０２６-09-01T00:00:00Z",
    ] {
        assert!(by(date).unwrap_err().contains("enrollment: invalid value"), "{date}");
    }
}

proptest! {
    #[test]
    fn times_are_read_in_every_unit(count in 1_u64..100, unit in 0_usize..4, text in "\\PC{0,9}") {
        let (unit, secs) = [("s", 1), ("m", 60), ("h", 3_600), ("d", 86_400)][unit];
        let read_time = |time: &str| read(&format!("device_lifetime = {time:?}"));
        let lifetime = Duration::from_secs(count * secs);
        let built = Policy::builder().device_lifetime(lifetime).build();
        let known = read_time(&format!("{count}{unit}"));
        prop_assert_eq!(known.ok(), built.ok());
        let is_time = text.char_indices().next_back().is_some_and(|(end, unit)| {
            "smhd".contains(unit) && text[..end].parse::<u64>().is_ok()
        });
        prop_assert!(is_time || read_time(&text).is_err(), "{:?}", text);
    }
}

#[test]
fn value_is_read_up_to_64_characters() {
    for length in 2..100 {
        let time = format!("{:0>length$}", "5m");
        let read = read(&format!("code_lifetime = {time:?}"));
        assert_eq!(read.is_ok(), length <= 64, "{length}");
    }
}

#[test]
fn time_without_number_or_unit_is_refused() {
    for time in [
        "",
        "m",
        "5",
        "-5m",
        "+5m",
        "5 m",
        "5min",
        "5M",
        "1h30m",
        "99999999999999999999d",
        "1844674407370955162m",
    ] {
        let error = read(&format!("code_lifetime = {time:?}")).unwrap_err();
        assert!(error.contains("code_lifetime: invalid value"), "{time}: {error}");
    }
}

#[test]
fn two_roles_are_read_from_one_file() {
    let file = r#"
        [administrator]
        preset = "pci"
        enrollment = { required_by = "2026-09-01T00:00:00Z" }
        forbid = ["phone", "email"]
        management_max_age = "1m"

        [member]
        device_lifetime = "90d"
    "#;
    let roles: BTreeMap<String, Policy> = toml::from_str(file).unwrap();
    let [administrator, member] = ["administrator", "member"].map(|role| &roles[role]);
    let built = PolicyBuilder::from(Policy::pci())
        .enrollment(Requirement::RequiredBy(UnixTime::from_secs(1_788_220_800)))
        .forbid(FactorKind::Phone)
        .forbid(FactorKind::Email)
        .management_max_age(Duration::from_secs(60));
    assert_eq!(*administrator, built.build().unwrap());
    assert_eq!(member.requirement(), Requirement::Optional);
    assert_eq!(member.device_lifetime(), Duration::from_secs(90 * 86_400));
    // A user with both roles.
    assert_eq!(
        administrator.and(member).unwrap().device_lifetime(),
        administrator.device_lifetime()
    );

    let broken = file.replace("\"1m\"", "\"1d\"");
    let error = toml::from_str::<BTreeMap<String, Policy>>(&broken).unwrap_err().to_string();
    assert!(error.contains("management_max_age: "), "{error}");
}
