//! Authentication methods (RFC 8176).

use alloc::string::String;

use crate::{channel::Channel, factor::FactorKind};

/// A set of authentication methods.
///
/// The set may contain the methods of RFC 8176 §2, and two unregistered ones.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Methods(u32);

impl Methods {
    const HWK: Self = Self::bit(3);
    const KBA: Self = Self::bit(5);
    pub(crate) const MCA: Self = Self::bit(6);
    pub(crate) const MFA: Self = Self::bit(7);
    const OTP: Self = Self::bit(8);
    const POP: Self = Self::bit(10);
    pub(crate) const PWD: Self = Self::bit(11);
    const SMS: Self = Self::bit(15);
    const SWK: Self = Self::bit(16);
    const TEL: Self = Self::bit(17);
    const USER: Self = Self::bit(18);
    /// A security key verified its user. RFC 8176 registers no value for this method.
    const USER_VERIFIED: Self = Self::bit(30);
    /// A security key that cannot leave its device verified its user.
    pub(crate) const BOUND_AND_VERIFIED: Self = Self::bit(31);

    pub(crate) const NONE: Self = Self(0);

    const fn bit(place: u8) -> Self {
        Self(1 << place)
    }

    /// Returns the methods of a kind of factor.
    pub(crate) const fn of(kind: FactorKind) -> Self {
        match kind {
            FactorKind::BackupCode | FactorKind::Hotp | FactorKind::Totp => Self::OTP,
            FactorKind::Email => Self::OTP.with(Self::MCA),
            // The channel is unknown.
            FactorKind::Phone => Self::OTP,
            // The value `pin` of RFC 8176 means a PIN that unlocks a key on the user's device.
            FactorKind::Pin => Self::KBA,
            #[cfg(feature = "rehearsal")]
            FactorKind::Rehearsal => Self::OTP,
            FactorKind::SecurityKey => Self::of_key(false, false),
            FactorKind::SignInRequest => Self::MCA,
        }
    }

    /// Returns the methods of a code that was sent by this channel.
    pub(crate) const fn of_channel(channel: Channel) -> Self {
        Self::OTP.with(match channel {
            Channel::Email | Channel::Push | Channel::WhatsApp => Self::MCA,
            Channel::Sms => Self::SMS,
            Channel::Voice => Self::TEL,
        })
    }

    /// Returns the methods of a security key.
    pub(crate) const fn of_key(is_user_verified: bool, is_device_bound: bool) -> Self {
        let key = Self::POP.with(Self::USER);
        match (is_user_verified, is_device_bound) {
            (false, false) => key.with(Self::SWK),
            (false, true) => key.with(Self::HWK),
            (true, false) => key.with(Self::SWK).with(Self::USER_VERIFIED),
            (true, true) => {
                key.with(Self::HWK).with(Self::USER_VERIFIED).with(Self::BOUND_AND_VERIFIED)
            }
        }
    }

    /// Returns the set of the registered values among `names`.
    pub(crate) fn of_names(names: &[String]) -> Self {
        let places = (0_u8..).zip(NAMES).filter(|(_, name)| names.iter().any(|its| its == name));
        places.fold(Self::default(), |all, (place, _)| all.with(Self::bit(place)))
    }

    /// Returns the registered values of the set, in alphabetical order.
    pub(crate) fn names(self) -> impl Iterator<Item = &'static str> {
        let places = (0_u8..).zip(NAMES);
        places.filter(move |(place, _)| self.contains(Self::bit(*place))).map(|(_, name)| name)
    }

    pub(crate) const fn with(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    pub(crate) const fn contains(self, other: Self) -> bool {
        self.0 & other.0 == other.0
    }

    /// Returns whether a security key verified its user.
    ///
    /// Such a key counts as two factors.
    pub(crate) const fn has_user_verified_key(self) -> bool {
        self.contains(Self::USER_VERIFIED)
    }

    /// Returns the set as a number for records. The meaning of a bit never changes.
    pub(crate) const fn bits(self) -> u32 {
        self.0
    }

    /// Restores a set, or returns `None` if a bit is unknown to this release (law 7).
    pub(crate) const fn from_bits(bits: u32) -> Option<Self> {
        let known = ((1 << NAMES.len()) - 1) | Self::USER_VERIFIED.0 | Self::BOUND_AND_VERIFIED.0;
        if bits & !known == 0 { Some(Self(bits)) } else { None }
    }
}

/// The registered values, each at the index of its bit.
pub(crate) const NAMES: [&str; 21] = [
    "face", "fpt", "geo", "hwk", "iris", "kba", "mca", "mfa", "otp", "pin", "pop", "pwd", "rba",
    "retina", "sc", "sms", "swk", "tel", "user", "vbm", "wia",
];
