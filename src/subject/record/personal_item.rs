//! Items of personal data.

use alloc::{string::String, vec::Vec};
use core::fmt;

use crate::time::UnixTime;

/// An item that a record stores about its user, such as an address or a device.
///
/// # Example
///
/// See [`PersonalData`](crate::verifier::PersonalData).
#[derive(Clone, PartialEq, Eq)]
pub struct PersonalItem {
    name: &'static str,
    values: Vec<(&'static str, PersonalValue)>,
}

/// A value in a [`PersonalItem`].
///
/// # Example
///
/// See [`PersonalData`](crate::verifier::PersonalData).
#[derive(Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum PersonalValue {
    /// A Boolean value.
    Flag(bool),
    /// Several values with one name.
    List(Vec<Self>),
    /// A count.
    Number(u64),
    /// An address, a label or a name.
    Text(String),
    /// A time.
    Time(UnixTime),
}

impl PersonalItem {
    pub(super) const fn new(name: &'static str) -> Self {
        Self { name, values: Vec::new() }
    }

    /// Adds a value.
    pub(super) fn with(mut self, name: &'static str, value: impl IntoValue) -> Self {
        self.values.push((name, value.into_value()));
        self
    }

    /// Adds a value, if there is one.
    pub(super) fn with_some(self, name: &'static str, value: Option<impl IntoValue>) -> Self {
        match value {
            Some(value) => self.with(name, value),
            None => self,
        }
    }

    /// Returns the name of the item in `snake_case`, such as `device`. A name never changes.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        self.name
    }

    /// Returns an iterator over the values, each with its name in `snake_case`.
    pub fn values(&self) -> impl Iterator<Item = (&'static str, &PersonalValue)> {
        self.values.iter().map(|(name, value)| (*name, value))
    }
}

redacted!(PersonalItem, PersonalValue);

/// Writes the item as one line, for its user.
impl fmt::Display for PersonalItem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name)?;
        for (place, (name, value)) in self.values().enumerate() {
            write!(f, "{} {name} {value}", if place == 0 { ":" } else { "," })?;
        }
        Ok(())
    }
}

/// Writes a time as the seconds since the beginning of 1970.
impl fmt::Display for PersonalValue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Flag(flag) => flag.fmt(f),
            Self::List(values) => {
                for (place, value) in values.iter().enumerate() {
                    write!(f, "{}{value}", if place == 0 { "" } else { " " })?;
                }
                Ok(())
            }
            Self::Number(number) => number.fmt(f),
            Self::Text(text) => text.fmt(f),
            Self::Time(time) => time.as_secs().fmt(f),
        }
    }
}

/// Serializes a map: `item` is the name, followed by the values.
#[cfg(feature = "serde")]
impl serde::Serialize for PersonalItem {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let name = PersonalValue::Text(self.name.into());
        serializer.collect_map(core::iter::once(("item", &name)).chain(self.values()))
    }
}

/// Serializes the value itself. A time is the seconds since the beginning of 1970.
#[cfg(feature = "serde")]
impl serde::Serialize for PersonalValue {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Flag(flag) => flag.serialize(serializer),
            Self::List(values) => values.serialize(serializer),
            Self::Number(number) => number.serialize(serializer),
            Self::Text(text) => text.serialize(serializer),
            Self::Time(time) => time.serialize(serializer),
        }
    }
}

/// Types that convert into a value.
pub(super) trait IntoValue {
    fn into_value(self) -> PersonalValue;
}

impl IntoValue for PersonalValue {
    fn into_value(self) -> PersonalValue {
        self
    }
}

impl IntoValue for bool {
    fn into_value(self) -> PersonalValue {
        PersonalValue::Flag(self)
    }
}

impl IntoValue for u64 {
    fn into_value(self) -> PersonalValue {
        PersonalValue::Number(self)
    }
}

impl IntoValue for &str {
    fn into_value(self) -> PersonalValue {
        PersonalValue::Text(self.into())
    }
}

impl IntoValue for UnixTime {
    fn into_value(self) -> PersonalValue {
        PersonalValue::Time(self)
    }
}

impl<V: IntoValue> IntoValue for Vec<V> {
    fn into_value(self) -> PersonalValue {
        PersonalValue::List(self.into_iter().map(V::into_value).collect())
    }
}
