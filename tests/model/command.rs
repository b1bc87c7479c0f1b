//! The commands of the model.

use proptest::prelude::*;

use crate::person::{enrollment_window, first_factor::First, grants};

/// One action of one of two users, or of an attacker with their password.
#[derive(Clone, Debug)]
pub enum Command {
    Agree {
        who: usize,
        deed: usize,
        typed_for: usize,
    },
    Approve {
        who: usize,
        guess: bool,
    },
    As {
        first: First,
        client: Option<usize>,
        then: Box<Self>,
    },
    /// At a known device of the first user.
    AtKnown {
        then: Box<Self>,
    },
    Backup {
        who: usize,
        which: usize,
        incorrect: bool,
        of: usize,
    },
    ChangePassword {
        who: usize,
    },
    CheckGrant {
        who: usize,
        which: usize,
        purpose: usize,
        age: u64,
        of: usize,
    },
    Void {
        who: usize,
        which: usize,
    },
    Code {
        who: usize,
        other: Option<usize>,
        sent: usize,
        incorrect: bool,
        of: usize,
    },
    ConfirmApp {
        who: usize,
        incorrect: bool,
    },
    ConfirmMail {
        who: usize,
        incorrect: bool,
    },
    ConfirmPhone {
        who: usize,
        incorrect: bool,
    },
    EnrollApp {
        who: usize,
    },
    EnrollMail {
        who: usize,
    },
    EnrollPhone {
        who: usize,
    },
    Helped {
        who: usize,
    },
    Issue {
        who: usize,
    },
    Mandate {
        in_secs: Option<i64>,
    },
    NewBackupCodes {
        who: usize,
    },
    Next {
        who: usize,
    },
    Pin {
        who: usize,
        incorrect: bool,
    },
    Recognize {
        who: usize,
        which: usize,
        of: usize,
    },
    Redeem {
        who: usize,
        purpose: usize,
        of: usize,
    },
    Request {
        who: usize,
        through: bool,
    },
    Resend {
        who: usize,
        purpose: usize,
    },
    RevokeApp {
        who: usize,
    },
    RevokePhone {
        who: usize,
    },
    Send {
        who: usize,
        purpose: usize,
    },
    SendMail {
        who: usize,
        purpose: usize,
    },
    SetPin {
        who: usize,
    },
    SignOut {
        who: usize,
    },
    TakeGrant {
        who: usize,
        which: usize,
    },
    TakeRequest {
        who: usize,
    },
    Tick {
        secs: i64,
    },
    ToDate {
        off: i64,
    },
    Totp {
        who: usize,
        purpose: usize,
        back: u64,
        incorrect: bool,
        of: usize,
    },
    Trust {
        who: usize,
    },
    TurnOff {
        who: usize,
    },
    Undo {
        who: usize,
    },
    Unlock {
        who: usize,
        failures: usize,
    },
}

impl Command {
    /// The actions that give a user everything but a PIN.
    pub fn beginning() -> Vec<Self> {
        let (who, incorrect) = (0, false);
        let tick = || Self::Tick { secs: 61 };
        let totp = Self::Totp { who, purpose: 0, back: 1, incorrect, of: 0 };
        [
            Self::EnrollApp { who },
            Self::ConfirmApp { who, incorrect },
            Self::EnrollPhone { who },
            Self::ConfirmPhone { who, incorrect },
            Self::NewBackupCodes { who },
            // The quarantine of a first factor, in which no PIN is set.
            Self::Tick { secs: 3 * 86_400 + 61 },
            Self::Trust { who },
            totp,
            tick(),
            Self::Recognize { who, which: 0, of: 0 },
        ]
        .into()
    }

    /// Whether it is one attempt, or has one code sent.
    const fn proves(&self) -> bool {
        matches!(
            self,
            Self::Backup { .. }
                | Self::Code { .. }
                | Self::Pin { .. }
                | Self::Resend { .. }
                | Self::Send { .. }
                | Self::SendMail { .. }
                | Self::Totp { .. }
        )
    }

    /// Whether it can be a step of a sign-in.
    pub const fn signs_in(&self) -> bool {
        match self {
            Self::Totp { purpose, .. }
            | Self::Send { purpose, .. }
            | Self::SendMail { purpose, .. }
            | Self::Resend { purpose, .. } => *purpose == 0,
            _ => true,
        }
    }

    pub fn any() -> impl Strategy<Value = Self> {
        let client = prop_oneof![5 => Just(None), 2 => (0..2_usize).prop_map(Some)];
        let one = || {
            prop_oneof![
                16 => Self::plain(),
                2 => enrollment_window::commands(),
                2 => grants::commands(),
            ]
        };
        let as_another = (First::any(), client, one()).prop_map(|(first, client, then)| Self::As {
            first,
            client,
            then: Box::new(then),
        });
        // Only a proof can be at a known device.
        let at_known = Self::plain().prop_map(|then| match then.proves() {
            true => Self::AtKnown { then: Box::new(then) },
            false => then,
        });
        prop_oneof![8 => one(), 2 => as_another, 3 => at_known]
    }

    /// The commands after a password, at no named client.
    fn plain() -> impl Strategy<Value = Self> {
        let purpose = || prop_oneof![6 => 0..3_usize, 1 => 3..5_usize];
        let who = || prop_oneof![4 => Just(0_usize), 1 => Just(1_usize)];
        // Mostly the user's own proofs, sometimes the neighbor's.
        let of = || prop_oneof![9 => Just(0_usize), 1 => Just(1_usize)];
        let incorrect = || prop_oneof![2 => Just(false), 1 => Just(true)];
        let other = prop_oneof![3 => Just(None), 1 => purpose().prop_map(Some)];
        let secs = prop_oneof![
            8 => Just(30_i64),
            4 => Just(61),
            2 => Just(300),
            2 => Just(3700),
            1 => Just(90_000),
            1 => Just(-45),
            1 => Just(-5000),
        ];
        prop_oneof![
            6 => secs.prop_map(|secs| Self::Tick { secs }),
            4 => who().prop_map(|who| Self::EnrollApp { who }),
            4 => (who(), incorrect()).prop_map(|(who, incorrect)| Self::ConfirmApp { who, incorrect }),
            6 => (who(), purpose(), 0..4_u64, incorrect(), of())
                .prop_map(|(who, purpose, back, incorrect, of)| {
                    Self::Totp { who, purpose, back, incorrect, of }
                }),
            2 => who().prop_map(|who| Self::EnrollPhone { who }),
            3 => (who(), incorrect()).prop_map(|(who, incorrect)| Self::ConfirmPhone { who, incorrect }),
            4 => (who(), purpose()).prop_map(|(who, purpose)| Self::Send { who, purpose }),
            1 => (who(), purpose()).prop_map(|(who, purpose)| Self::Resend { who, purpose }),
            1 => who().prop_map(|who| Self::EnrollMail { who }),
            2 => (who(), incorrect()).prop_map(|(who, incorrect)| Self::ConfirmMail { who, incorrect }),
            2 => (who(), 0..3_usize).prop_map(|(who, purpose)| Self::SendMail { who, purpose }),
            6 => (who(), other, 0..3_usize, incorrect(), of())
                .prop_map(|(who, other, sent, incorrect, of)| {
                    Self::Code { who, other, sent, incorrect, of }
                }),
            4 => (who(), any::<usize>()).prop_map(|(who, which)| Self::Void { who, which }),
            2 => who().prop_map(|who| Self::NewBackupCodes { who }),
            4 => (who(), 0..12_usize, incorrect(), of())
                .prop_map(|(who, which, incorrect, of)| Self::Backup { who, which, incorrect, of }),
            3 => who().prop_map(|who| Self::SetPin { who }),
            6 => (who(), incorrect()).prop_map(|(who, incorrect)| Self::Pin { who, incorrect }),
            2 => who().prop_map(|who| Self::Trust { who }),
            4 => (who(), 0..4_usize, of())
                .prop_map(|(who, which, of)| Self::Recognize { who, which, of }),
            3 => (who(), any::<bool>())
                .prop_map(|(who, through)| Self::Request { who, through }),
            5 => (who(), incorrect()).prop_map(|(who, guess)| Self::Approve { who, guess }),
            5 => who().prop_map(|who| Self::TakeRequest { who }),
            6 => who().prop_map(|who| Self::RevokeApp { who }),
            1 => who().prop_map(|who| Self::RevokePhone { who }),
            1 => who().prop_map(|who| Self::SignOut { who }),
            1 => who().prop_map(|who| Self::ChangePassword { who }),
            1 => who().prop_map(|who| Self::TurnOff { who }),
            2 => (who(), 0..8_usize).prop_map(|(who, failures)| Self::Unlock { who, failures }),
            1 => who().prop_map(|who| Self::Issue { who }),
            2 => (who(), 0..3_usize, of())
                .prop_map(|(who, purpose, of)| Self::Redeem { who, purpose, of }),
        ]
    }
}
