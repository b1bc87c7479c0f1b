//! Policies from configuration, through serde.

mod tables;
mod text;

use alloc::{string::String, vec::Vec};
use core::{fmt, time::Duration};

use serde::de::{Deserialize, Deserializer, Error, MapAccess, Visitor};

use self::{
    tables::{
        Counters, CountriesTable, Enrollment, Only, Sends, Step, Table, TotpTable, Waits,
        WindowTable,
    },
    text::Text,
};
use super::{
    Absent, LateEnrollment, Notices, Policy, PolicyBuilder, SignInByRead, SupportCodeUse,
    UnsafePolicy,
};
use crate::factor::FactorKind;

/// Reads a policy from a table, for example in TOML.
///
/// The keys are the methods of the [builder](PolicyBuilder), and its rules apply. See [the
/// manual](crate::manual::defaults#policies-from-configuration).
impl<'de> Deserialize<'de> for Policy {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let settings = deserializer.deserialize_map(SettingsVisitor)?;
        settings.build().map_err(|error| {
            // The message of the rule does not name the key, which the user must correct.
            Error::custom(format_args!("{}: {error}", error.settings()))
        })
    }
}

struct SettingsVisitor;

impl<'de> Visitor<'de> for SettingsVisitor {
    type Value = Settings;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a table of policy settings")
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Settings, A::Error> {
        Settings::read(map)
    }
}

/// Defines the settings: each key with its type, and the arguments of the builder's method of that
/// name.
macro_rules! settings {
    ($($key:ident: $type:ty => |$value:pat_param| ($($argument:expr),+),)+) => {
        #[derive(Default)]
        struct Settings {
            allow: Option<Vec<Text<FactorKind>>>,
            forbid: Option<Vec<Text<FactorKind>>>,
            only: Option<Table<Only>>,
            preset: Option<Text<Policy>>,
            $($key: Option<$type>,)+
        }

        impl Settings {
            settings!(@read allow, forbid, only, preset, $($key),+);

            fn build(self) -> Result<Policy, UnsafePolicy> {
                let base = self.preset.map_or_else(Policy::default, |Text(policy)| policy);
                let mut builder = PolicyBuilder::from(base);
                // The order is fixed, so that the order of the keys cannot allow a forbidden
                // factor.
                for (operation, kinds) in self.only.into_iter().flat_map(|Table(only)| only.each()) {
                    builder = builder.only(operation, &kinds);
                }
                for Text(kind) in self.allow.unwrap_or_default() {
                    builder = builder.allow(kind);
                }
                for Text(kind) in self.forbid.unwrap_or_default() {
                    builder = builder.forbid(kind);
                }
                $(if let Some($value) = self.$key {
                    builder = builder.$key($($argument),+);
                })+
                builder.build()
            }
        }
    };
    (@read $($key:ident),+) => {
        const KEYS: &'static [&'static str] = &[$(stringify!($key)),+];

        fn read<'de, A: MapAccess<'de>>(mut map: A) -> Result<Self, A::Error> {
            let mut settings = Self::default();
            while let Some(key) = map.next_key::<String>()? {
                match key.as_str() {
                    $(stringify!($key) if settings.$key.is_some() => {
                        return Err(Error::duplicate_field(stringify!($key)));
                    })+
                    $(stringify!($key) => {
                        let value = map.next_value().map_err(|error| {
                            A::Error::custom(format_args!("{key}: {error}"))
                        });
                        settings.$key = Some(value?);
                    })+
                    _ => return Err(Error::unknown_field(&key, Self::KEYS)),
                }
            }
            Ok(settings)
        }
    };
}

settings! {
    absent: Text<Absent> => |Text(absent)| (absent),
    address_sends: Table<Sends<u8>> => |Table(sends)| (sends.an_hour, sends.a_day),
    backup_codes: u8 => |count| (count),
    code_digits: u8 => |digits| (digits),
    code_lifetime: Text<Duration> => |Text(lifetime)| (lifetime),
    countries: Table<CountriesTable> => |Table(CountriesTable(countries))| (countries),
    device_lifetime: Text<Duration> => |Text(lifetime)| (lifetime),
    disable_at: u32 => |failures| (failures),
    enrollment: Enrollment => |enrollment| (enrollment.into()),
    late_enrollment: Text<LateEnrollment> => |Text(late)| (late),
    look_ahead: Counters => |Counters(look_ahead)| (look_ahead),
    management_max_age: Text<Duration> => |Text(age)| (age),
    notices: Text<Notices> => |Text(notices)| (notices),
    prefix_sends: Table<Sends<u16>> => |Table(sends)| (sends.an_hour, sends.a_day),
    reset_lifetime: Text<Duration> => |Text(lifetime)| (lifetime),
    route: Vec<Table<Step>> => |steps| (&steps.iter().map(|Table(step)| step.get()).collect::<Vec<_>>()),
    sign_in_by_read: Text<SignInByRead> => |Text(reads)| (reads),
    subject_sends: Table<Sends<u8>> => |Table(sends)| (sends.an_hour, sends.a_day),
    support_codes: Text<SupportCodeUse> => |Text(uses)| (uses),
    totp: Table<TotpTable> => |Table(TotpTable(parameters))| (parameters),
    totp_apps: u8 => |count| (count),
    waits: Table<Waits> => |Table(waits)| (waits.from_failure, waits.first.0),
    window: Table<WindowTable> => |Table(WindowTable(window))| (window),
}
