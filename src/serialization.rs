//! Serialization of ids, addresses, times and kinds.

use core::fmt;

use serde::{
    Deserialize, Deserializer, Serialize, Serializer,
    de::{Error, Visitor},
};

use crate::{
    address::Address,
    channel::Channel,
    factor::FactorKind,
    id::{Handle, ItemId, SubjectId},
    time::UnixTime,
};

/// Deserializes a value from its string, with the validation of its constructor.
struct Text<T> {
    expected: &'static str,
    read: fn(&str) -> Option<T>,
}

impl<T> Visitor<'_> for Text<T> {
    type Value = T;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.expected)
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<T, E> {
        // The error omits the input, which may be an address.
        (self.read)(text).ok_or_else(|| E::custom(format_args!("not {}", self.expected)))
    }
}

macro_rules! texts {
    ($($(#[$doc:meta])* $type:ty: $expected:literal, $write:expr, $read:expr;)+) => {$(
        $(#[$doc])*
        impl Serialize for $type {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                let write: fn(&Self, S) -> Result<S::Ok, S::Error> = $write;
                write(self, serializer)
            }
        }

        $(#[$doc])*
        impl<'de> Deserialize<'de> for $type {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                deserializer.deserialize_str(Text { expected: $expected, read: $read })
            }
        }
    )+};
}

texts! {
    /// The kind and the address, such as `phone:+14155550100` or `email:alice@example.com`.
    ///
    /// Use this form in sessions and settings. For user input, call [`Address::phone`] or
    /// [`Address::email`]: otherwise the user also chooses the kind.
    Address: "an address with its kind, such as `phone:+14155550100`",
        |address, serializer| serializer.serialize_str(&address.to_text()),
        |text| Address::from_text(text)?.ok();
    /// The string that [`Channel::as_str`] returns.
    Channel: "the name of a channel",
        |channel, serializer| serializer.serialize_str(channel.as_str()),
        |name| name.parse().ok();
    /// The string that [`FactorKind::as_str`] returns.
    FactorKind: "the name of a kind of factor",
        |kind, serializer| serializer.serialize_str(kind.as_str()),
        |name| name.parse().ok();
    /// The output of `Display`, as in a form or a session.
    Handle: "a valid handle",
        |handle, serializer| serializer.collect_str(handle),
        |text| text.parse().ok();
    /// The output of `Display`, as in a form.
    ItemId: "a valid item id",
        |id, serializer| serializer.collect_str(id),
        |text| text.parse().ok();
    /// The output of `Display`, for a session or a database.
    SubjectId: "a valid subject id",
        |id, serializer| serializer.serialize_str(id.as_str()),
        |text| text.parse().ok();
}

/// The seconds since the beginning of 1970.
impl Serialize for UnixTime {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_u64(self.as_secs())
    }
}

/// The seconds since the beginning of 1970.
impl<'de> Deserialize<'de> for UnixTime {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        u64::deserialize(deserializer).map(Self::from_secs)
    }
}
