//! Phone numbers, email addresses and push tokens.

mod canonical;

use alloc::{format, string::String};
use core::fmt;

use crate::factor::FactorKind;

/// The destination of a message: a phone number, an email address or a push token.
///
/// Addresses are validated and normalized on construction. `Debug` output is redacted. Use
/// [`masked`](Self::masked) to show an address to the user, and [`expose`](Self::expose) to send to
/// it.
///
/// # Example
///
/// ```
/// use second_factor::Address;
///
/// let phone = Address::phone("+1 (415) 555-0100")?;
/// assert_eq!(phone.expose(), "+14155550100");
/// assert_eq!(phone.masked(), "+1 ••••• 00");
/// assert_eq!(format!("{phone:?}"), "Address(phone)");
/// # Ok::<(), second_factor::address::InvalidAddress>(())
/// ```
#[doc(alias = "phone number")]
#[doc(alias = "email address")]
#[doc(alias = "recipient")]
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Address {
    kind: AddressKind,
    text: String,
}

/// The kind of an [`Address`]: phone number, email address or push token.
///
/// # Example
///
/// ```
/// use second_factor::{Address, FactorKind, address::AddressKind};
///
/// let mail = Address::email("alice@example.com")?;
/// assert_eq!(mail.kind(), AddressKind::Email);
/// assert_eq!(FactorKind::from(mail.kind()), FactorKind::Email);
/// # Ok::<(), second_factor::address::InvalidAddress>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum AddressKind {
    /// An email address.
    Email,
    /// A phone number.
    Phone,
    /// A push token, which identifies one device to a push service.
    Push,
}

impl AddressKind {
    const ALL: [Self; 3] = [Self::Email, Self::Phone, Self::Push];

    /// Returns the `snake_case` name of the kind, for use in logs and settings.
    ///
    /// The name is stable across releases.
    ///
    /// # Example
    ///
    /// ```
    /// use second_factor::address::AddressKind;
    ///
    /// assert_eq!(AddressKind::Phone.as_str(), "phone");
    /// ```
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Email => "email",
            Self::Phone => "phone",
            Self::Push => "push",
        }
    }
}

impl From<AddressKind> for FactorKind {
    fn from(kind: AddressKind) -> Self {
        match kind {
            AddressKind::Email => Self::Email,
            AddressKind::Phone => Self::Phone,
            AddressKind::Push => Self::SignInRequest,
        }
    }
}

impl Address {
    /// Parses a phone number in international format.
    ///
    /// # Input
    ///
    /// The number must start with `+` and a country code that does not begin with 0. It must have 5
    /// to 15 digits in total (ITU-T E.164). Spaces, hyphens, dots and parentheses between the
    /// digits and a leading `tel:` are dropped. Extensions, lists and letters are rejected
    /// ([FAILURES 25, 101](crate::manual::threats)). A group in parentheses that begins with 0, as
    /// in `+44 (0)20`, is rejected too. Callers dial this 0 only within the country, so the digits
    /// with it would form another number.
    ///
    /// # Errors
    ///
    /// Returns [`InvalidAddress::Phone`] if `text` is not such a number. Ask the user for the
    /// number in international format.
    pub fn phone(text: &str) -> Result<Self, InvalidAddress> {
        if text.len() > MAX_PHONE_TEXT {
            return Err(InvalidAddress::Phone);
        }
        let number = text.strip_prefix("tel:").unwrap_or(text);
        let digits = number.strip_prefix('+').ok_or(InvalidAddress::Phone)?;
        let (mut text, mut opens_group) = (String::from("+"), false);
        for symbol in digits.chars() {
            match symbol {
                // ITU-T E.123 §2.5: a trunk prefix is not part of the international number.
                '0' if opens_group => return Err(InvalidAddress::Phone),
                '0'..='9' => text.push(symbol),
                ' ' | '-' | '.' | '(' | ')' => {}
                _ => return Err(InvalidAddress::Phone),
            }
            opens_group = symbol == '(' || opens_group && symbol == ' ';
        }
        let plain = text.as_bytes();
        if !(6..=16).contains(&plain.len()) || plain.get(1) == Some(&b'0') {
            return Err(InvalidAddress::Phone);
        }
        Ok(Self { kind: AddressKind::Phone, text })
    }

    /// Parses an email address.
    ///
    /// # Input
    ///
    /// `text` must be one bare address, without display name, list, comment, quotes or line breaks.
    /// It must be ASCII, with at most 64 characters before the `@` and 254 in total (RFC 5321
    /// §4.5.3.1). It begins with a letter, a digit or `_`. The domain must contain a dot, must not
    /// be an IP address, and is converted to lower case. Pass an international domain in its `xn--`
    /// form.
    ///
    /// # Errors
    ///
    /// Returns [`InvalidAddress::Email`] for any other input. Ask the user to correct the address.
    pub fn email(text: &str) -> Result<Self, InvalidAddress> {
        if text.len() > 254 {
            return Err(InvalidAddress::Email);
        }
        let (local, domain) = text.split_once('@').ok_or(InvalidAddress::Email)?;
        if is_local_part(local) && is_domain(domain) {
            let text = format!("{local}@{}", domain.to_ascii_lowercase());
            Ok(Self { kind: AddressKind::Email, text })
        } else {
            Err(InvalidAddress::Email)
        }
    }

    /// Validates a push token, which identifies one device to a push service.
    ///
    /// Pass a registration token, or the unchanged push subscription of a browser.
    ///
    /// # Input
    ///
    /// A token must have 1 to 1,024 bytes of printable ASCII.
    ///
    /// # Errors
    ///
    /// Returns [`InvalidAddress::Push`] for any other input. Request the token from the app again.
    pub fn push(text: &str) -> Result<Self, InvalidAddress> {
        let is_fine = (1..=1024).contains(&text.len())
            && text.bytes().all(|byte| matches!(byte, b' '..=b'~'));
        if !is_fine {
            return Err(InvalidAddress::Push);
        }
        Ok(Self { kind: AddressKind::Push, text: text.into() })
    }

    /// Restores an address from a record.
    ///
    /// The function accepts every string, because an address that an earlier release accepted must
    /// stay readable.
    pub(crate) const fn from_record(kind: AddressKind, text: String) -> Self {
        Self { kind, text }
    }

    /// Returns the normalized address.
    ///
    /// Examples are `+14155550100` and `alice@example.com`.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.text
    }

    /// Returns a masked form of the address, to show to the user.
    ///
    /// The owner can recognize the address, but the masked form is not enough to send a message to
    /// it.
    #[must_use]
    pub fn masked(&self) -> String {
        match self.kind {
            AddressKind::Email => {
                let (local, domain) = self.text.split_once('@').unwrap_or_default();
                format!("{}•••@{domain}", local.get(..1).unwrap_or_default())
            }
            AddressKind::Phone => {
                let end = self.text.len().saturating_sub(2);
                let code = canonical::country_code_len(self.text.as_bytes());
                let (from, to) = (self.text.get(..code), self.text.get(end..));
                format!("{} ••••• {}", from.unwrap_or_default(), to.unwrap_or_default())
            }
            AddressKind::Push => String::from("•••••"),
        }
    }

    /// Returns the kind of the address.
    #[must_use]
    pub const fn kind(&self) -> AddressKind {
        self.kind
    }

    /// Returns the kind and the address as one string, such as `phone:+14155550100`.
    pub(crate) fn to_text(&self) -> String {
        [self.kind.as_str(), ":", &self.text].concat()
    }

    /// Parses the output of [`to_text`](Self::to_text), as strictly as the constructors.
    ///
    /// Returns `None` if the string does not begin with a known kind.
    pub(crate) fn from_text(text: &str) -> Option<Result<Self, InvalidAddress>> {
        let (name, rest) = text.split_once(':')?;
        let kind = AddressKind::ALL.into_iter().find(|kind| kind.as_str() == name)?;
        Some(match kind {
            AddressKind::Email => Self::email(rest),
            AddressKind::Phone => Self::phone(rest),
            AddressKind::Push => Self::push(rest),
        })
    }

    /// Returns the prefix of a phone number: all digits except the last four.
    ///
    /// Carriers are assigned numbers in blocks of ten thousand.
    pub(crate) fn prefix(&self) -> Option<&str> {
        match self.kind {
            AddressKind::Phone => self.text.get(..self.text.len().saturating_sub(4)),
            AddressKind::Email | AddressKind::Push => None,
        }
    }
}

impl fmt::Debug for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Address({})", self.kind.as_str())
    }
}

/// The error returned when a string is not a valid [`Address`].
///
/// The error contains no part of the input.
///
/// # Example
///
/// ```
/// use second_factor::address::{Address, InvalidAddress};
///
/// assert_eq!(Address::email("a@x.com,b@y.com").unwrap_err(), InvalidAddress::Email);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum InvalidAddress {
    /// The input is not a single, bare email address.
    #[error("not a single email address like name@example.com")]
    Email,
    /// The input is not a single phone number in international format.
    #[error("not a phone number in international format like +14155550100")]
    Phone,
    /// The input is not a valid push token.
    #[error("push token is not 1 to 1024 printable ASCII characters")]
    Push,
}

/// Returns whether `local` is a `dot-atom` of RFC 5322 that every mail program reads as an address.
///
/// Dots appear only between other characters. `sendmail` reads an address that begins with `-` as
/// an option, which can write a file (CVE-2016-10033). An address that begins with `|` is a command
/// (`aliases(5)`), and a shell runs the text between backquotes.
fn is_local_part(local: &str) -> bool {
    let is_atom = |atom: &str| {
        !atom.is_empty()
            && atom.bytes().all(|b| b.is_ascii_alphanumeric() || b"!#$%&'*+-/=?^_{}~".contains(&b))
    };
    local.len() <= 64
        && local.starts_with(|first: char| first.is_ascii_alphanumeric() || first == '_')
        && local.split('.').all(is_atom)
}

/// Returns whether `domain` has two or more labels of letters, digits and inner hyphens (RFC 1035
/// §2.3.1), and is not an IP address.
///
/// The last label has letters only, or begins with `xn--` (RFC 3696 §2). A browser would read
/// `1.2.3.4` and `0x7f.1` as IP addresses.
pub(crate) fn is_domain(domain: &str) -> bool {
    let is_label = |label: &str| {
        (1..=63).contains(&label.len())
            && label.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-')
            && !label.starts_with('-')
            && !label.ends_with('-')
    };
    let is_top = |label: &str| {
        label.bytes().all(|b| b.is_ascii_alphabetic())
            || label.get(..4).is_some_and(|start| start.eq_ignore_ascii_case("xn--"))
    };
    domain.split('.').all(is_label) && domain.rsplit_once('.').is_some_and(|(_, top)| is_top(top))
}

/// The maximum length of the input.
///
/// The input has at most 16 characters, a separator after each, and `tel:`.
const MAX_PHONE_TEXT: usize = 40;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn address_kind_has_its_own_name() {
        for kind in AddressKind::ALL {
            assert_eq!(kind.as_str(), format!("{kind:?}").to_lowercase());
        }
    }

    #[test]
    fn failure_025_spellings_of_a_number_are_one_address() {
        let one = Address::phone("+14155550100").unwrap();
        for spelling in ["+1 415 555 0100", "tel:+14155550100", "+1 (415) 555-01.00"] {
            assert_eq!(Address::phone(spelling).unwrap(), one);
        }
    }

    #[test]
    fn failure_101_lists_names_and_headers_are_rejected() {
        for invalid in [
            "",
            "@",
            "a@",
            "@x.com",
            "a@x",
            "a@x.com,b@y.com",
            "a@x.com;b@y.com",
            "A <a@x.com>",
            "a@x.com\nBcc: b@y.com",
            "a@x.com\r\n",
            " a@x.com",
            "a@x.com ",
            "a@@x.com",
            "a@x@y.com",
            "\"a b\"@x.com",
            "a..b@x.com",
            ".a@x.com",
            "a@-x.com",
            "a@x..com",
            "a@x.com.",
            "ä@x.com",
            "a\0@x.com",
        ] {
            assert_eq!(Address::email(invalid), Err(InvalidAddress::Email), "{invalid:?}");
        }
        for invalid in [
            "",
            "+",
            "14155550100",
            "+0155550100",
            "+1415;ext=9",
            "+1415555,+1415556",
            "+1415a555",
            "+1234",
            "+1234567890123456",
            "+١٤١٥٥٥٥",
            "00 1 415 555",
            "tel:tel:+14155550100",
            "+1 415\n555 0100",
        ] {
            assert_eq!(Address::phone(invalid), Err(InvalidAddress::Phone), "{invalid:?}");
        }
    }

    #[test]
    fn email_domain_is_lowercased_and_budget_ignores_case() {
        let address = Address::email("Bob@Example.COM").unwrap();
        assert_eq!(address.expose(), "Bob@example.com");
        assert_eq!(address.budget_key(), "bob@example.com");
        assert_eq!(address.masked(), "B•••@example.com");
    }

    #[test]
    fn masked_phone_shows_its_country_code_and_two_digits() {
        for (number, masked) in [
            ("+14155550100", "+1 ••••• 00"),
            ("+447700900123", "+44 ••••• 23"),
            ("+351912345678", "+351 ••••• 78"),
        ] {
            assert_eq!(Address::phone(number).unwrap().masked(), masked);
        }
    }

    #[test]
    fn phone_text_over_40_bytes_is_rejected() {
        let longest = format!("+14155550100{}", "-".repeat(MAX_PHONE_TEXT - 12));
        assert!(Address::phone(&longest).is_ok());
        assert!(Address::phone(&(longest + "-")).is_err());
    }

    #[test]
    fn push_token_has_1_to_1024_printable_characters() {
        for fine in ["a", "~ !", &"a".repeat(1024)] {
            assert_eq!(Address::push(fine).unwrap().expose(), fine);
        }
        for invalid in ["", "a\nb", "é", "\u{7f}", &"a".repeat(1025)] {
            assert_eq!(Address::push(invalid), Err(InvalidAddress::Push), "{invalid:?}");
        }
    }

    #[test]
    fn ten_mebibytes_are_refused_unread() {
        let long = "1".repeat(10 << 20);
        assert!(Address::phone(&long).is_err());
        assert!(Address::email(&long).is_err());
    }
}
