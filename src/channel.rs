//! Channels that carry messages.

use core::str::FromStr;

use crate::{
    address::{Address, AddressKind},
    error::{Invalid, What},
};

/// A channel by which messages reach the user.
///
/// # Example
///
/// ```
/// use second_factor::{Address, Channel};
///
/// assert_eq!(Channel::first_for(&Address::phone("+14155550100")?), Channel::Sms);
/// assert_eq!("voice".parse(), Ok(Channel::Voice));
/// # Ok::<(), second_factor::address::InvalidAddress>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Channel {
    /// An email.
    Email,
    /// A push notification to an app on a trusted device.
    Push,
    /// A text message.
    #[doc(alias = "text message")]
    Sms,
    /// A phone call that reads the code aloud.
    ///
    /// A call is always a fallback: another channel is tried first.
    #[doc(alias = "call")]
    Voice,
    /// A WhatsApp message.
    ///
    /// The number must have been verified by text message, and the user must have
    /// [allowed](crate::Verifier::set_whatsapp) the channel.
    WhatsApp,
}

impl Channel {
    pub(crate) const ALL: [Self; 5] =
        [Self::Email, Self::Push, Self::Sms, Self::Voice, Self::WhatsApp];

    /// Returns the `snake_case` name of the channel, for use in logs and settings.
    ///
    /// The name is stable across releases.
    ///
    /// # Example
    ///
    /// ```
    /// use second_factor::Channel;
    ///
    /// assert_eq!(Channel::WhatsApp.as_str(), "whatsapp");
    /// ```
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Email => "email",
            Self::Push => "push",
            Self::Sms => "sms",
            Self::Voice => "voice",
            Self::WhatsApp => "whatsapp",
        }
    }

    /// Returns whether this channel reaches addresses of this kind.
    pub(crate) const fn reaches(self, kind: AddressKind) -> bool {
        matches!(
            (self, kind),
            (Self::Email, AddressKind::Email)
                | (Self::Push, AddressKind::Push)
                | (Self::Sms | Self::Voice | Self::WhatsApp, AddressKind::Phone)
        )
    }

    /// Returns the bit that represents this channel in a record.
    ///
    /// The bit must never change.
    pub(crate) const fn bit(self) -> u8 {
        match self {
            Self::Email => 1,
            Self::Push => 2,
            Self::Sms => 4,
            Self::Voice => 8,
            Self::WhatsApp => 16,
        }
    }

    /// Returns the channel with this bit, or `None` if the bit is unknown.
    pub(crate) fn from_bit(bit: u8) -> Option<Self> {
        Self::ALL.into_iter().find(|channel| channel.bit() == bit)
    }

    /// Returns the default first channel for an address.
    ///
    /// A [route](crate::policy::Route) in the policy can replace it.
    #[must_use]
    pub const fn first_for(address: &Address) -> Self {
        match address.kind() {
            AddressKind::Email => Self::Email,
            AddressKind::Phone => Self::Sms,
            AddressKind::Push => Self::Push,
        }
    }
}

/// Parses exactly the output of [`as_str`](Channel::as_str).
impl FromStr for Channel {
    type Err = Invalid;

    fn from_str(name: &str) -> Result<Self, Invalid> {
        let named = Self::ALL.into_iter().find(|channel| channel.as_str() == name);
        named.ok_or(Invalid(What::Channel))
    }
}

/// A set of channels.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct ChannelSet(u8);

impl ChannelSet {
    /// Returns the set with `channel` added.
    pub(crate) const fn with(self, channel: Channel) -> Self {
        Self(self.0 | channel.bit())
    }

    pub(crate) const fn contains(self, channel: Channel) -> bool {
        self.0 & channel.bit() != 0
    }

    /// Returns the set as a number for records.
    pub(crate) const fn bits(self) -> u8 {
        self.0
    }

    /// Returns `None` for a bit that this release does not know (law 7).
    pub(crate) fn from_bits(bits: u8) -> Option<Self> {
        let known = Channel::ALL.into_iter().fold(Self::default(), Self::with);
        (bits & !known.0 == 0).then_some(Self(bits))
    }
}

#[cfg(test)]
mod tests {
    use alloc::format;

    use super::*;

    #[test]
    fn channel_has_its_own_name_and_bit() {
        for channel in Channel::ALL {
            assert_eq!(channel.as_str(), format!("{channel:?}").to_lowercase());
            assert_eq!(channel.as_str().parse(), Ok(channel));
            assert_eq!(Channel::from_bit(channel.bit()), Some(channel));
        }
    }

    #[test]
    fn adding_to_a_set_twice_is_adding_once() {
        for channel in Channel::ALL {
            let set = ChannelSet::default().with(channel);
            let has = Channel::ALL.map(|other| set.contains(other));
            assert_eq!(has, Channel::ALL.map(|other| other == channel));
            assert_eq!(set.with(channel), set);
        }
    }
}
