//! The words of messages, in English. Knows no code.

use alloc::{format, string::String};

use crate::{FactorKind, Purpose, event::Event};

/// What a code is for, behind "is your code".
pub(super) const fn purpose(purpose: Purpose) -> &'static str {
    match purpose {
        Purpose::Enroll => "to confirm this address",
        Purpose::Manage => "to change your security settings",
        Purpose::Recover => "to get back into your account",
        Purpose::Register => "to register this number",
        Purpose::ResetPin => "to remove your PIN",
        Purpose::SignIn => "to sign in",
        Purpose::StepUp => "to confirm what you are doing",
        Purpose::Transaction(_) => "to agree to this",
    }
}

/// What happened, and what to do if it was somebody else (NIST SP 800-63B-4 §4.6).
pub(super) fn notice(event: &Event, issuer: &str) -> String {
    let what = match event {
        Event::BackupCodesLow(left) => {
            return format!(
                "{issuer}: {left} of your backup codes are left. Make new ones in your security settings."
            );
        }
        Event::FactorAdded(kind) => format!("{} was added", factor(*kind)),
        Event::FactorDisabled(kind) => {
            format!("after too many wrong tries, {} works no longer", factor(*kind))
        }
        Event::FactorLocked(kind) => {
            format!("somebody who has your password made wrong tries with {}", factor(*kind))
        }
        Event::FactorRemoved(kind) => format!("{} was removed", factor(*kind)),
        Event::FactorReplaced(kind) => format!("{} was replaced", factor(*kind)),
        Event::ChannelAllowed(_) => "codes may reach you by WhatsApp from now on".into(),
        Event::ChannelForbidden(_) => "codes reach you by WhatsApp no longer".into(),
        Event::DeviceAdded => "a new device is trusted".into(),
        Event::DeviceStolen => "the mark of a trusted device was used twice and is void".into(),
        Event::PinReset => "your PIN was removed".into(),
        Event::PinResetBegun(_) => {
            "somebody asked to remove your PIN; in a week it is gone, unless you sign in with it"
                .into()
        }
        Event::PinResetNears(_) => {
            "the day comes nearer on which your PIN is removed; sign in with it, and it stays"
                .into()
        }
        Event::PinResetCancelled => "your PIN stays, as you wished".into(),
        Event::Recovered => "your account was recovered".into(),
        Event::Registered => "your number was registered again, and every device signed out".into(),
        Event::RequestsOff => {
            "sign-in requests are off, since too many came that you did not answer".into()
        }
        Event::Reset { .. } => "an administrator removed your two-factor sign-in".into(),
        Event::SignedOutEverywhere => "every device was signed out".into(),
        Event::TurnedOff => "two-factor sign-in was turned off".into(),
        // The others are told to the host alone.
        _ => "something changed in your security settings".into(),
    };
    format!(
        "{issuer}: {what}. If this was not you, change your password and look at your settings."
    )
}

const fn factor(kind: FactorKind) -> &'static str {
    match kind {
        FactorKind::App => "an authenticator app",
        FactorKind::BackupCode => "a set of backup codes",
        FactorKind::Email => "an email address",
        FactorKind::Phone => "a phone number",
        FactorKind::Pin => "a PIN",
        FactorKind::Request => "a sign-in request",
        FactorKind::SecurityKey => "a security key",
        FactorKind::Token => "a code token",
    }
}
