//! Policies from configuration, through serde.

mod tables;
mod text;

use alloc::{string::String, vec::Vec};
use core::{fmt, time::Duration};

use serde::de::{Deserialize, Deserializer, Error, MapAccess, Visitor};

use self::{
    tables::{
        Counters, CountriesTable, Enrollment, Only, Sends, Step, TotpTable, Waits, WindowTable,
    },
    text::Text,
};
use super::{Absent, LateEnrollment, Notices, Policy, PolicyBuilder, UnsafePolicy};
use crate::{FactorKind, message::Channel};

/// Reads a policy from a table, for example in TOML.
///
/// The keys are the methods of the [builder](PolicyBuilder), whose rules apply. See [the
/// manual](crate::manual::defaults#policies-from-configuration).
impl<'de> Deserialize<'de> for Policy {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let table = deserializer.deserialize_map(TableVisitor)?;
        table.build().map_err(|error| {
            // The text of the rule does not name the key, which whoever edits the file needs.
            Error::custom(format_args!("{}: {error}", error.settings()))
        })
    }
}

struct TableVisitor;

impl<'de> Visitor<'de> for TableVisitor {
    type Value = Table;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a table of policy settings")
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Table, A::Error> {
        Table::read(map)
    }
}

/// Defines the table: each key with its type, and the arguments for the builder's method of that
/// name.
macro_rules! table {
    ($($key:ident: $type:ty => |$value:pat_param| ($($argument:expr),+),)+) => {
        #[derive(Default)]
        struct Table {
            allow: Option<Vec<Text<FactorKind>>>,
            forbid: Option<Vec<Text<FactorKind>>>,
            only: Option<Only>,
            preset: Option<Text<Policy>>,
            $($key: Option<$type>,)+
        }

        impl Table {
            table!(@read allow, forbid, only, preset, $($key),+);

            fn build(self) -> Result<Policy, UnsafePolicy> {
                let base = self.preset.map_or_else(Policy::default, |Text(policy)| policy);
                let mut builder = PolicyBuilder::from(base);
                // Always in this order, whatever that of the file: what is forbidden stays so.
                for (operation, kinds) in self.only.unwrap_or_default().each() {
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
            let mut table = Self::default();
            while let Some(key) = map.next_key::<String>()? {
                match key.as_str() {
                    $(stringify!($key) if table.$key.is_some() => {
                        return Err(Error::duplicate_field(stringify!($key)));
                    })+
                    $(stringify!($key) => {
                        let value = map.next_value();
                        table.$key =
                            Some(value.map_err(|error| {
                                Error::custom(format_args!("{key}: {error}"))
                            })?);
                    })+
                    _ => return Err(Error::unknown_field(&key, Self::KEYS)),
                }
            }
            Ok(table)
        }
    };
}

table! {
    absent: Text<Absent> => |Text(absent)| (absent),
    address_sends: Sends<u8> => |sends| (sends.an_hour, sends.a_day),
    backup_codes: u8 => |count| (count),
    code_digits: u8 => |digits| (digits),
    code_lifetime: Text<Duration> => |Text(lifetime)| (lifetime),
    countries: CountriesTable => |CountriesTable(countries)| (countries),
    device_lifetime: Text<Duration> => |Text(lifetime)| (lifetime),
    disable_at: u32 => |failures| (failures),
    enrollment: Enrollment => |enrollment| (enrollment.into()),
    late_enrollment: Text<LateEnrollment> => |Text(late)| (late),
    look_ahead: Counters => |Counters(look_ahead)| (look_ahead),
    management_max_age: Text<Duration> => |Text(age)| (age),
    notices: Text<Notices> => |Text(notices)| (notices),
    prefix_sends: Sends<u16> => |sends| (sends.an_hour, sends.a_day),
    reset_lifetime: Text<Duration> => |Text(lifetime)| (lifetime),
    route: Vec<Step> => |steps| (&steps.iter().map(Step::get).collect::<Vec<(Channel, Duration)>>()),
    subject_sends: Sends<u8> => |sends| (sends.an_hour, sends.a_day),
    totp: TotpTable => |TotpTable(parameters)| (parameters),
    waits: Waits => |waits| (waits.from_failure, waits.first.0),
    window: WindowTable => |WindowTable(window)| (window),
}
