//! What a code is for. Decides nothing.

use alloc::{string::String, vec::Vec};
use core::fmt;

use sha2::{Digest as _, Sha256};

/// What a code is for. A code made for one purpose is refused for any other (OWASP ASVS 5.0.0
/// 6.6.2).
///
/// # Example
///
/// ```
/// use second_factor::Purpose;
///
/// assert_ne!(Purpose::SignIn, Purpose::StepUp);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Purpose {
    /// Confirming a new factor. Only `confirm` proves for it.
    Enroll,
    /// Changing factors: adding, replacing, removing.
    Manage,
    /// Getting back in when a factor is lost: two proofs of different kinds, one after the other.
    Recover,
    /// Showing that a phone number or a mailbox is one's own, with nothing before it: no password, no
    /// session. It has its own counts and its own live code, so that whoever asks for it cannot disturb
    /// the owner, and gives no right over the other factors. A PIN that stands is asked for.
    ///
    /// Name the subject by the address, or by a table of your own from addresses to subjects: the code
    /// shows who has the address, and no more. It makes no factor of the address. Where something was
    /// registered or confirmed before, every right and challenge ends, no first PIN can be set for
    /// a day, and [`Event::Registered`](crate::host::Event::Registered) tells you to end the sessions.
    Register,
    /// Removing a PIN that was forgotten, by a code sent to the recovery address; see
    /// [`Verifier::reset_pin`](crate::Verifier::reset_pin).
    ResetPin,
    /// Signing in, after the host has checked the first factor.
    SignIn,
    /// One sensitive action within a session.
    StepUp,
    /// Agreeing to something whose data the code is bound to; see [`Agreement`].
    Transaction(AgreementHash),
}

impl Purpose {
    /// The number that stands for it in records and hashes. Never changes, never used again.
    pub(crate) const fn tag(self) -> u8 {
        match self {
            Self::SignIn => 1,
            Self::Manage => 2,
            Self::StepUp => 3,
            Self::Enroll => 4,
            Self::Recover => 5,
            Self::Register => 6,
            Self::Transaction(_) => 7,
            Self::ResetPin => 8,
        }
    }

    /// The purpose with this tag. A transaction is known by its hash too, the others have none.
    pub(crate) const fn from_parts(tag: u8, agreement: Option<[u8; 32]>) -> Option<Self> {
        match (tag, agreement) {
            (1, None) => Some(Self::SignIn),
            (2, None) => Some(Self::Manage),
            (3, None) => Some(Self::StepUp),
            (4, None) => Some(Self::Enroll),
            (5, None) => Some(Self::Recover),
            (6, None) => Some(Self::Register),
            (8, None) => Some(Self::ResetPin),
            (7, Some(hash)) => Some(Self::Transaction(AgreementHash(hash))),
            _ => None,
        }
    }

    /// The hash of what is agreed to, for a transaction.
    pub(crate) const fn agreement(&self) -> Option<&[u8; 32]> {
        match self {
            Self::Transaction(hash) => Some(&hash.0),
            _ => None,
        }
    }

    /// Whether an address that was proven for recovery alone, and is no factor, is good for it.
    pub(crate) const fn takes_recovery_address(self) -> bool {
        matches!(self, Self::Recover | Self::ResetPin)
    }

    /// Whether a proof for it, while fresh, gives the right to change factors. A proof for registering does
    /// only where there is nothing to protect, which the record knows.
    pub(crate) const fn gives_authority(self) -> bool {
        matches!(self, Self::Enroll | Self::Manage | Self::Recover | Self::Register | Self::SignIn)
    }
}

/// What somebody agrees to, field by field: an amount, a payee, whatever a change would spoil.
///
/// A code that is sent for it is sent with its words, is bound to every letter of them, and is void for
/// any other (Regulation (EU) 2018/389 art. 5, dynamic linking; OWASP Transaction Authorization 1.1,
/// 2.6). Build it again from the data that you are about to act on when the code comes back, never
/// from the form that brings the code.
///
/// # Input
///
/// One to eight fields, in the order in which they are shown. A name has 1 to 40 bytes and stands once,
/// a value has 1 to 140, neither with control characters, line separators or marks that turn the
/// direction of what follows, nor with what a browser reads as a code for a site
/// (`@example.org #123456`). Fields are hashed behind their lengths, so that no two agreements run
/// into one.
///
/// # Example
///
/// ```
/// use second_factor::purpose::Agreement;
///
/// let seen = Agreement::new([("amount", "25.00 EUR"), ("payee", "Bob, DE89 3704 0044")])?;
/// let changed = Agreement::new([("amount", "25.00 EUR"), ("payee", "Eve, DE89 3704 0044")])?;
/// assert_ne!(seen.purpose(), changed.purpose());
/// assert_eq!(seen.to_string(), "amount: 25.00 EUR; payee: Bob, DE89 3704 0044");
/// # Ok::<(), second_factor::purpose::InvalidAgreement>(())
/// ```
#[derive(Clone, PartialEq, Eq)]
pub struct Agreement {
    fields: Vec<(String, String)>,
}

impl Agreement {
    /// What has these fields, each a name and a value.
    ///
    /// # Errors
    ///
    /// [`InvalidAgreement`].
    pub fn new<'a>(
        fields: impl IntoIterator<Item = (&'a str, &'a str)>,
    ) -> Result<Self, InvalidAgreement> {
        let mut taken: Vec<(String, String)> = Vec::new();
        for (name, value) in fields {
            let is_text = |text: &str, most: usize| {
                (1..=most).contains(&text.len())
                    && !text.contains(is_misleading)
                    && !binds_a_code(text)
            };
            let is_new = taken.iter().all(|(other, _)| other != name);
            if !is_new || !is_text(name, 40) || !is_text(value, 140) || taken.len() == MAX_FIELDS {
                return Err(InvalidAgreement);
            }
            taken.push((name.into(), value.into()));
        }
        if taken.is_empty() {
            return Err(InvalidAgreement);
        }
        Ok(Self { fields: taken })
    }

    /// The fields.
    pub fn fields(&self) -> impl Iterator<Item = (&str, &str)> {
        self.fields.iter().map(|(name, value)| (name.as_str(), value.as_str()))
    }

    /// The purpose of agreeing to exactly this.
    #[must_use]
    pub fn purpose(&self) -> Purpose {
        let mut hash = Sha256::new();
        hash.update(b"second-factor agreement v1");
        for text in self.fields().flat_map(|(name, value)| [name, value]) {
            hash.update((text.len() as u64).to_be_bytes());
            hash.update(text);
        }
        Purpose::Transaction(AgreementHash(hash.finalize().into()))
    }
}

/// The fields as a person reads them in a message.
impl fmt::Display for Agreement {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (at, (name, value)) in self.fields().enumerate() {
            let before = if at == 0 { "" } else { "; " };
            write!(f, "{before}{name}: {value}")?;
        }
        Ok(())
    }
}

redacted!(Agreement);

/// The hash of an [`Agreement`], by which a [`Purpose`] knows it.
///
/// # Example
///
/// ```
/// use second_factor::{Purpose, purpose::Agreement};
///
/// let agreed = Agreement::new([("amount", "25.00 EUR")])?;
/// assert!(matches!(agreed.purpose(), Purpose::Transaction(_)));
/// # Ok::<(), second_factor::purpose::InvalidAgreement>(())
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct AgreementHash([u8; 32]);

redacted!(AgreementHash);

/// Fields that make no [`Agreement`].
///
/// # Example
///
/// ```
/// use second_factor::purpose::Agreement;
///
/// assert!(Agreement::new([]).is_err());
/// assert!(Agreement::new([("amount", "1"), ("amount", "1000")]).is_err(), "which of them?");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "an agreement has 1 to 8 fields, each with a name of its own of 1 to 40 bytes and a value of 1 to \
     140, without control and direction characters and without `@host #code`"
)]
#[non_exhaustive]
pub struct InvalidAgreement;

/// What would show other words than those that are hashed (STD M-02): an amount read from the right, a
/// line that looks like the next field.
pub(crate) fn is_misleading(symbol: char) -> bool {
    // The last two are no characters, and no XML has them.
    symbol.is_control()
        || matches!(symbol, '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{fffe}'..='\u{ffff}')
}

/// Whether a browser would take it for the line of a text message that binds a code to a site.
/// Browsers look anywhere in a message and take the first (STD W-01): whoever names a payee so would
/// have a code of their own filled in, on a site of their own.
fn binds_a_code(text: &str) -> bool {
    let is_host = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-');
    text.match_indices('@').any(|(at, _)| {
        let (before, behind) = (text.get(..at), text.get(at + 1..));
        let starts =
            before.is_some_and(|text| text.chars().next_back().is_none_or(char::is_whitespace));
        let rest = behind.unwrap_or_default().trim_start_matches(is_host);
        starts && rest.starts_with(" #")
    })
}

const MAX_FIELDS: usize = 8;
