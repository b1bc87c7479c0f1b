//! What came first: the expected answers.
//!
//! They are stated as the manual states them, and not as the crate computes them.

use std::collections::BTreeSet;

use proptest::prelude::*;

use second_factor::{
    Address, FactorKind, FirstFactor, ItemId, Reason, Verified, purpose::Operation,
};

use super::Model;

/// What came before a sign-in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum First {
    /// The mailbox of this user, in one of two spellings.
    Mailbox {
        of: usize,
        in_capitals: bool,
    },
    Nothing,
    /// The number of this user.
    Number {
        of: usize,
    },
    /// A passkey of the application.
    Passkey {
        is_user_verified: bool,
    },
    Password,
}

/// How a sign-in is proven.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Way {
    App,
    BackupCode,
    Mailbox,
    Number,
    /// The passkey that came first.
    Passkey,
    Request,
    SupportCode,
}

/// What a proof is expected to say of itself.
#[derive(Clone, Copy, Debug)]
pub struct Facts {
    pub first: First,
    pub way: Way,
    pub has_pin: bool,
}

impl First {
    pub const VERIFIED_PASSKEY: Self = Self::Passkey { is_user_verified: true };

    /// Mostly what came first for the user who signs in, sometimes for the neighbor.
    pub fn any() -> impl Strategy<Value = Self> {
        let of = || prop_oneof![5 => Just(0_usize), 1 => Just(1_usize)];
        prop_oneof![
            2 => (of(), any::<bool>())
                .prop_map(|(of, in_capitals)| Self::Mailbox { of, in_capitals }),
            1 => Just(Self::Nothing),
            2 => of().prop_map(|of| Self::Number { of }),
            2 => any::<bool>().prop_map(|is_user_verified| Self::Passkey { is_user_verified }),
            2 => Just(Self::Password),
        ]
    }

    /// Whether it is two factors by itself.
    pub fn is_enough(self) -> bool {
        self == Self::VERIFIED_PASSKEY
    }

    /// Whether the user would prove by the channel that came first.
    pub fn is_same_channel(self, who: usize, way: Way) -> bool {
        match self {
            Self::Mailbox { of, .. } => of == who && way == Way::Mailbox,
            Self::Number { of } => of == who && way == Way::Number,
            Self::Nothing | Self::Passkey { .. } | Self::Password => false,
        }
    }

    /// Whether it permits to enroll a factor after the date: an address on file, or more.
    pub const fn enrolls_late(self) -> bool {
        matches!(self, Self::Mailbox { .. } | Self::Number { .. } | Self::Passkey { .. })
    }
}

impl Facts {
    /// NIST SP 800-63B-4 §2: something that the user knows, and something that the user has.
    fn level(self) -> u8 {
        match (self.first, self.way) {
            (First::Passkey { is_user_verified: true }, _) => 2,
            (First::Password, Way::App | Way::BackupCode | Way::Number | Way::Request) => 2,
            _ => 1,
        }
    }

    /// RFC 8176 §2.
    fn amr(self) -> Vec<&'static str> {
        let first: &[&str] = match self.first {
            First::Mailbox { .. } | First::Number { .. } => &["mca"],
            First::Nothing => &[],
            First::Passkey { .. } => &["pop", "swk", "user"],
            First::Password => &["pwd"],
        };
        let way: &[&str] = match self.way {
            Way::App | Way::BackupCode | Way::SupportCode => &["otp"],
            Way::Mailbox => &["mca", "otp"],
            Way::Number => &["otp", "sms"],
            Way::Passkey => &["pop", "swk", "user"],
            Way::Request => &["mca"],
        };
        let pin: &[&str] = if self.has_pin { &["kba"] } else { &[] };
        let mfa: &[&str] = if self.level() >= 2 { &["mfa"] } else { &[] };
        let all: BTreeSet<&str> = [first, way, pin, mfa].concat().into_iter().collect();
        all.into_iter().collect()
    }
}

impl Model {
    pub(super) fn value_of(&self, first: First) -> FirstFactor {
        match first {
            First::Mailbox { of, in_capitals: false } => FirstFactor::Email(self.mails[of].clone()),
            First::Mailbox { of, in_capitals: true } => {
                let spelled = ["ALICE@Example.com", "BOB@Example.com"][of];
                FirstFactor::Email(Address::email(spelled).unwrap())
            }
            First::Nothing => FirstFactor::None,
            First::Number { of } => FirstFactor::Phone(self.numbers[of].clone()),
            First::Passkey { is_user_verified } => FirstFactor::Passkey {
                key: ItemId::of("a passkey of the application"),
                user_verified: is_user_verified,
                device_bound: false,
            },
            First::Password => FirstFactor::Password,
        }
    }

    /// I13: a sign-in says what came first, and is worth what both are.
    pub(super) fn check_verified(&self, verified: &Verified, facts: Facts) {
        assert_eq!(verified.first_factor(), &self.value_of(facts.first), "{facts:?}");
        assert_eq!(verified.level(), facts.level(), "{facts:?}");
        assert_eq!(verified.amr(), facts.amr(), "{facts:?}");
        assert_eq!(verified.factors().contains(&FactorKind::Pin), facts.has_pin, "{facts:?}");
    }

    /// I14: a sign-in follows something, and never by the same channel.
    pub(super) fn check_followed(&self, who: usize, purpose: Operation, first: First, way: Way) {
        if purpose == Operation::SignIn {
            assert!(first != First::Nothing, "one factor signed in after nothing, by {way:?}");
            assert!(!first.is_same_channel(who, way), "{way:?} counted twice");
        }
    }

    /// The converse of I14: the refusals that are for the first factor are for no other reason.
    pub(super) fn check_refused(
        &self,
        who: usize,
        purpose: Operation,
        (first, way): (First, Way),
        reason: Reason,
    ) {
        let signs_in = purpose == Operation::SignIn;
        match reason {
            Reason::AnotherFactorDue => panic!("{first:?} and {way:?} are enough"),
            Reason::NotAllowed if signs_in => {
                // What was stored may have ended.
                let is_alone = [first, self.first].contains(&First::Nothing);
                assert!(is_alone, "{way:?} was not allowed after {first:?}");
            }
            Reason::SameChannel => {
                let is_same = signs_in && first.is_same_channel(who, way);
                assert!(is_same, "{way:?} is another channel than {first:?}");
            }
            _ => {}
        }
    }
}
