//! Assurance of a sign-in: its authentication methods and its level.

use alloc::string::String;

use crate::{FactorKind, FirstFactor, channel::Channel, factor::FactorSet};

/// What was proven: kinds of factors, and how.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Evidence {
    pub(crate) factors: FactorSet,
    pub(crate) methods: Methods,
}

impl Evidence {
    /// Returns the evidence with one more factor.
    pub(crate) const fn with(self, kind: FactorKind, methods: Methods) -> Self {
        Self { factors: self.factors.with(kind), methods: self.methods.with(methods) }
    }
}

/// A set of authentication methods: the registered values of RFC 8176 §2, and what they omit.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Methods(u32);

impl Methods {
    const HWK: Self = Self::bit(3);
    const KBA: Self = Self::bit(5);
    const MCA: Self = Self::bit(6);
    const MFA: Self = Self::bit(7);
    const OTP: Self = Self::bit(8);
    const POP: Self = Self::bit(10);
    pub(crate) const PWD: Self = Self::bit(11);
    const SMS: Self = Self::bit(15);
    const SWK: Self = Self::bit(16);
    const TEL: Self = Self::bit(17);
    const USER: Self = Self::bit(18);
    /// A key verified its user. No registered value says so.
    const USER_VERIFIED: Self = Self::bit(30);
    /// A key that cannot leave its device verified its user.
    const BOUND_AND_VERIFIED: Self = Self::bit(31);

    const fn bit(place: u8) -> Self {
        Self(1 << place)
    }

    /// Returns the methods of a factor whose kind determines them.
    pub(crate) const fn of(kind: FactorKind) -> Self {
        match kind {
            FactorKind::BackupCode | FactorKind::Hotp | FactorKind::Totp => Self::OTP,
            FactorKind::Email => Self::OTP.with(Self::MCA),
            // The channel is unknown.
            FactorKind::Phone => Self::OTP,
            // RFC 8176 `pin` unlocks a key on the device of the user.
            FactorKind::Pin => Self::KBA,
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

    /// Returns the methods of a first factor, without those that another service reported.
    const fn of_first(first: &FirstFactor) -> Self {
        match first {
            FirstFactor::Email(_) | FirstFactor::Phone(_) => Self::MCA,
            FirstFactor::Federated { .. } | FirstFactor::None => Self(0),
            FirstFactor::Passkey { user_verified, device_bound, .. } => {
                Self::of_key(*user_verified, *device_bound)
            }
            FirstFactor::Password => Self::PWD,
        }
    }

    /// Returns the registered values among `names`.
    pub(crate) fn of_names(names: &[String]) -> Self {
        let places = (0_u8..).zip(NAMES).filter(|(_, name)| names.iter().any(|its| its == name));
        places.fold(Self::default(), |all, (place, _)| all.with(Self::bit(place)))
    }

    /// Returns the registered values, in alphabetical order.
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

    /// Returns whether a key verified its user, which makes it two factors.
    pub(crate) const fn has_user_verified_key(self) -> bool {
        self.contains(Self::USER_VERIFIED)
    }

    /// Returns the set as a number for records. Bits never change.
    pub(crate) const fn bits(self) -> u32 {
        self.0
    }

    /// Returns `None` for a bit that this release does not know (law 7).
    pub(crate) const fn from_bits(bits: u32) -> Option<Self> {
        let known = (1 << NAMES.len()) - 1 | Self::USER_VERIFIED.0 | Self::BOUND_AND_VERIFIED.0;
        if bits & !known == 0 { Some(Self(bits)) } else { None }
    }
}

/// Returns the authentication methods of a sign-in without a second factor.
pub(crate) const fn first_methods(first: &FirstFactor) -> Methods {
    Methods::of_first(first)
}

/// Returns the authentication methods of a sign-in.
pub(crate) fn methods(first: &FirstFactor, evidence: Evidence) -> Methods {
    let methods = Methods::of_first(first).with(evidence.methods);
    if level(first, evidence) >= 2 { methods.with(Methods::MFA) } else { methods }
}

/// Returns the authentication assurance level of a sign-in: 1, 2 or 3.
///
/// # Source
///
/// NIST SP 800-63B-4 §2: two factors are of different sorts, such as something that the user knows
/// and something that the user has.
pub(crate) fn level(first: &FirstFactor, evidence: Evidence) -> u8 {
    let methods = Methods::of_first(first).with(evidence.methods);
    if methods.contains(Methods::BOUND_AND_VERIFIED) {
        3
    } else if methods.has_user_verified_key()
        || (first.is_knowledge() && evidence.factors.meets(POSSESSION))
    {
        2
    } else {
        1
    }
}

/// Something that the user has. A mailbox is not (STD N-03), and a PIN is a password (STD N-46).
const POSSESSION: FactorSet = FactorSet::of(&[
    FactorKind::BackupCode,
    FactorKind::Hotp,
    FactorKind::Phone,
    FactorKind::SecurityKey,
    FactorKind::SignInRequest,
    FactorKind::Totp,
]);

/// The registered values, each at the place of its bit.
const NAMES: [&str; 21] = [
    "face", "fpt", "geo", "hwk", "iris", "kba", "mca", "mfa", "otp", "pin", "pop", "pwd", "rba",
    "retina", "sc", "sms", "swk", "tel", "user", "vbm", "wia",
];
