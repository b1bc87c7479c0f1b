//! The commands of the model.

use proptest::prelude::*;

/// One action of one of two users, or of an attacker with their password.
#[derive(Clone, Debug)]
pub enum Command {
    Approve { who: usize, guess: bool },
    Backup { who: usize, which: usize, wrong: bool, of: usize },
    ChangePassword { who: usize },
    Dead { who: usize, which: usize },
    Code { who: usize, other: Option<usize>, sent: usize, wrong: bool, of: usize },
    ConfirmApp { who: usize, wrong: bool },
    ConfirmPhone { who: usize, wrong: bool },
    EnrollApp { who: usize },
    EnrollPhone { who: usize },
    Issue { who: usize },
    NewBackupCodes { who: usize },
    Pin { who: usize, wrong: bool },
    Recognize { who: usize, which: usize, of: usize },
    Redeem { who: usize, purpose: usize, of: usize },
    Request { who: usize, through: bool },
    Resend { who: usize, purpose: usize },
    RevokeApp { who: usize },
    RevokePhone { who: usize },
    Send { who: usize, purpose: usize },
    SetPin { who: usize },
    SignOut { who: usize },
    TakeRequest { who: usize },
    Tick { secs: i64 },
    Totp { who: usize, purpose: usize, back: u64, wrong: bool, of: usize },
    Trust { who: usize },
    TurnOff { who: usize },
    Unlock { who: usize, failures: usize },
}

impl Command {
    /// The actions that give a user everything but a PIN.
    pub fn beginning() -> Vec<Self> {
        let (who, wrong) = (0, false);
        let tick = || Self::Tick { secs: 61 };
        let totp = Self::Totp { who, purpose: 0, back: 1, wrong, of: 0 };
        [
            Self::EnrollApp { who },
            Self::ConfirmApp { who, wrong },
            Self::EnrollPhone { who },
            Self::ConfirmPhone { who, wrong },
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

    pub fn any() -> impl Strategy<Value = Self> {
        let who = || prop_oneof![4 => Just(0_usize), 1 => Just(1_usize)];
        // Mostly the user's own proofs, sometimes the neighbor's.
        let of = || prop_oneof![9 => Just(0_usize), 1 => Just(1_usize)];
        let wrong = || prop_oneof![2 => Just(false), 1 => Just(true)];
        let other = prop_oneof![3 => Just(None), 1 => (0..3_usize).prop_map(Some)];
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
            3 => who().prop_map(|who| Self::EnrollApp { who }),
            4 => (who(), wrong()).prop_map(|(who, wrong)| Self::ConfirmApp { who, wrong }),
            6 => (who(), 0..3_usize, 0..4_u64, wrong(), of())
                .prop_map(|(who, purpose, back, wrong, of)| {
                    Self::Totp { who, purpose, back, wrong, of }
                }),
            2 => who().prop_map(|who| Self::EnrollPhone { who }),
            3 => (who(), wrong()).prop_map(|(who, wrong)| Self::ConfirmPhone { who, wrong }),
            4 => (who(), 0..3_usize).prop_map(|(who, purpose)| Self::Send { who, purpose }),
            1 => (who(), 0..3_usize).prop_map(|(who, purpose)| Self::Resend { who, purpose }),
            6 => (who(), other, 0..3_usize, wrong(), of())
                .prop_map(|(who, other, sent, wrong, of)| {
                    Self::Code { who, other, sent, wrong, of }
                }),
            4 => (who(), any::<usize>()).prop_map(|(who, which)| Self::Dead { who, which }),
            2 => who().prop_map(|who| Self::NewBackupCodes { who }),
            4 => (who(), 0..12_usize, wrong(), of())
                .prop_map(|(who, which, wrong, of)| Self::Backup { who, which, wrong, of }),
            1 => who().prop_map(|who| Self::SetPin { who }),
            3 => (who(), wrong()).prop_map(|(who, wrong)| Self::Pin { who, wrong }),
            2 => who().prop_map(|who| Self::Trust { who }),
            4 => (who(), 0..4_usize, of())
                .prop_map(|(who, which, of)| Self::Recognize { who, which, of }),
            3 => (who(), any::<bool>())
                .prop_map(|(who, through)| Self::Request { who, through }),
            5 => (who(), wrong()).prop_map(|(who, guess)| Self::Approve { who, guess }),
            5 => who().prop_map(|who| Self::TakeRequest { who }),
            1 => who().prop_map(|who| Self::RevokeApp { who }),
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
