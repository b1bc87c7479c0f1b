//! Settings that a configuration writes as tables.

use alloc::{string::String, vec::Vec};
use core::{fmt, marker::PhantomData, time::Duration};

use serde::{
    Deserialize,
    de::{Deserializer, MapAccess, Visitor, value::MapAccessDeserializer},
};

use super::text::Text;
use crate::{
    channel::Channel,
    error::Invalid,
    factor::FactorKind,
    otp::{Algorithm, Digits, InvalidParameter, LookAhead, Period, TotpParameters, Window},
    policy::{Countries, Requirement},
    purpose::{AgreementHash, Operation},
    time::UnixTime,
};

/// A value with named keys.
///
/// The deserializers that serde derives also accept a list of the values without keys.
pub(super) struct Table<T>(pub(super) T);

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Table<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(TableVisitor(PhantomData))
    }
}

struct TableVisitor<T>(PhantomData<T>);

impl<'de, T: Deserialize<'de>> Visitor<'de> for TableVisitor<T> {
    type Value = Table<T>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a table")
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Table<T>, A::Error> {
        T::deserialize(MapAccessDeserializer::new(map)).map(Table)
    }
}

#[derive(Deserialize)]
#[serde(try_from = "CountryLists")]
pub(super) struct CountriesTable(pub(super) Countries);

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct CountryLists {
    only: Option<Vec<String>>,
    #[serde(default)]
    except: Vec<String>,
}

impl TryFrom<CountryLists> for CountriesTable {
    type Error = Invalid;

    fn try_from(lists: CountryLists) -> Result<Self, Invalid> {
        let [only, except] =
            [lists.only.as_ref(), Some(&lists.except)].map(|list| list.map(|list| strs(list)));
        let base = only.map_or(Ok(Countries::all()), |only| Countries::only(&only))?;
        base.except(&except.unwrap_or_default()).map(Self)
    }
}

#[derive(Deserialize)]
#[serde(try_from = "u8")]
pub(super) struct Counters(pub(super) LookAhead);

impl TryFrom<u8> for Counters {
    type Error = InvalidParameter;

    fn try_from(count: u8) -> Result<Self, InvalidParameter> {
        LookAhead::new(count).map(Self)
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Enrollment {
    Optional,
    RequiredBy(Text<UnixTime>),
}

impl From<Enrollment> for Requirement {
    fn from(enrollment: Enrollment) -> Self {
        match enrollment {
            Enrollment::Optional => Self::Optional,
            Enrollment::RequiredBy(Text(by)) => Self::RequiredBy(by),
        }
    }
}

/// The kinds of factors for each configurable operation.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Only {
    manage: Option<Vec<Text<FactorKind>>>,
    recover: Option<Vec<Text<FactorKind>>>,
    sign_in: Option<Vec<Text<FactorKind>>>,
    step_up: Option<Vec<Text<FactorKind>>>,
    transaction: Option<Vec<Text<FactorKind>>>,
}

impl Only {
    pub(super) fn each(self) -> impl Iterator<Item = (Operation, Vec<FactorKind>)> {
        // A policy does not read the hash of a transaction.
        let any_transaction = Operation::Transaction(AgreementHash([0; 32]));
        let lists = [
            (Operation::Manage, self.manage),
            (Operation::Recover, self.recover),
            (Operation::SignIn, self.sign_in),
            (Operation::StepUp, self.step_up),
            (any_transaction, self.transaction),
        ];
        lists.into_iter().filter_map(|(operation, kinds)| {
            Some((operation, kinds?.into_iter().map(|Text(kind)| kind).collect()))
        })
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Sends<T> {
    pub(super) an_hour: T,
    pub(super) a_day: T,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Step {
    channel: Text<Channel>,
    time: Text<Duration>,
}

impl Step {
    pub(super) const fn get(&self) -> (Channel, Duration) {
        (self.channel.0, self.time.0)
    }
}

#[derive(Deserialize)]
#[serde(try_from = "TotpSettings")]
pub(super) struct TotpTable(pub(super) TotpParameters);

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct TotpSettings {
    algorithm: Option<Text<Algorithm>>,
    digits: Option<u8>,
    period: Option<Text<Duration>>,
}

impl TryFrom<TotpSettings> for TotpTable {
    type Error = InvalidParameter;

    fn try_from(settings: TotpSettings) -> Result<Self, InvalidParameter> {
        let mut parameters = TotpParameters::new();
        if let Some(Text(algorithm)) = settings.algorithm {
            parameters = parameters.with_algorithm(algorithm);
        }
        if let Some(digits) = settings.digits {
            parameters = parameters.with_digits(Digits::new(digits)?);
        }
        if let Some(Text(period)) = settings.period {
            parameters = parameters.with_period(Period::new(period.as_secs())?);
        }
        Ok(Self(parameters))
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Waits {
    pub(super) from_failure: u32,
    pub(super) first: Text<Duration>,
}

#[derive(Deserialize)]
#[serde(try_from = "WindowSteps")]
pub(super) struct WindowTable(pub(super) Window);

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct WindowSteps {
    past: u8,
    future: u8,
}

impl TryFrom<WindowSteps> for WindowTable {
    type Error = InvalidParameter;

    fn try_from(steps: WindowSteps) -> Result<Self, InvalidParameter> {
        Window::new(steps.past, steps.future).map(Self)
    }
}

fn strs(texts: &[String]) -> Vec<&str> {
    texts.iter().map(String::as_str).collect()
}
