//! One form for all spellings of a mailbox or number.

use alloc::{format, string::String};

use super::{Address, AddressKind};

impl Address {
    /// Returns whether both addresses reach the same phone, mailbox or device.
    pub(crate) fn reaches_same(&self, other: &Self) -> bool {
        self.kind == other.kind && self.budget_key() == other.budget_key()
    }

    /// Returns the key of the send budget of this address.
    ///
    /// All spellings that reach the same phone or mailbox have the same key. The local part of an
    /// email address ends at its first `+` (RFC 5233 §1), and case makes no difference. Gmail also
    /// ignores dots. A zero after the country code is a trunk prefix, which some carriers drop. Two
    /// mailboxes with one key share a budget and count as one channel.
    pub(crate) fn budget_key(&self) -> String {
        let text = self.text.to_ascii_lowercase();
        match self.kind {
            AddressKind::Email => mailbox(&text).unwrap_or(text),
            AddressKind::Phone => subscriber(&text).unwrap_or(text),
            // Case matters in a token.
            AddressKind::Push => self.text.clone(),
        }
    }
}

/// Returns the mailbox of a lowercase email address, or `None` if the address has no domain.
fn mailbox(address: &str) -> Option<String> {
    let (local, domain) = address.split_once('@')?;
    let local = local.split_once('+').map_or(local, |(mailbox, _)| mailbox);
    Some(match domain {
        "gmail.com" | "googlemail.com" => format!("{}@gmail.com", local.replace('.', "")),
        _ => format!("{local}@{domain}"),
    })
}

/// Returns a phone number without zeros after its country code, or `None` if it is too short.
fn subscriber(number: &str) -> Option<String> {
    let (code, rest) = number.split_at_checked(country_code_len(number.as_bytes()))?;
    Some([code, rest.trim_start_matches('0')].concat())
}

/// Returns the length of the country code of a phone number, including the plus sign.
///
/// No country code of ITU-T E.164 is a prefix of another: 1 and 7 have one digit, 45 codes have two
/// digits, and the other codes have three.
pub(super) const fn country_code_len(number: &[u8]) -> usize {
    match number {
        [_, b'1' | b'7', ..] => 2,
        [_, b'2', b'0' | b'7', ..]
        | [_, b'3', b'0'..=b'4' | b'6' | b'9', ..]
        | [_, b'4', b'0' | b'1' | b'3'..=b'9', ..]
        | [_, b'5', b'1'..=b'8', ..]
        | [_, b'6', b'0'..=b'6', ..]
        | [_, b'8', b'1' | b'2' | b'4' | b'6', ..]
        | [_, b'9', b'0'..=b'5' | b'8', ..] => 3,
        _ => 4,
    }
}
