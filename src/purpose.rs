//! Purposes of proofs, and agreements.

mod operation;

use alloc::{string::String, vec::Vec};
use core::fmt;

use sha2::{Digest as _, Sha256};

pub use self::operation::Operation;
use crate::error::{Invalid, What};

/// The purpose of a proof, other than sign-in, registration or enrollment.
///
/// [`verify_for`](crate::Verifier::verify_for) checks a proof for a purpose and returns a
/// [`Grant`](crate::Grant). The other operations have separate methods:
/// [`verify`](crate::Verifier::verify), [`register`](crate::Verifier::register) and
/// [`confirm`](crate::Verifier::confirm). A code that was sent for one purpose is refused for any
/// other (OWASP ASVS 5.0.0 6.6.2).
///
/// # Example
///
/// ```
/// use second_factor::{Purpose, purpose::Agreement};
///
/// let agreement = Agreement::new([("amount", "25.00 EUR")])?;
/// assert_ne!(agreement.purpose(), Purpose::StepUp);
/// # Ok::<(), second_factor::error::Invalid>(())
/// ```
#[doc(alias = "intent")]
#[doc(alias = "scope")]
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Purpose {
    /// Managing factors: adding, replacing and removing them.
    Manage,
    /// Recovering from a lost factor, with two proofs of different kinds in a row.
    #[doc(alias = "account recovery")]
    Recover,
    /// Confirming one sensitive action within a session.
    #[doc(alias = "reauthentication")]
    #[doc(alias = "sudo mode")]
    StepUp,
    /// Agreeing to the data to which the proof is bound, such as a payment.
    ///
    /// See [`Agreement`].
    #[doc(alias = "psd2")]
    #[doc(alias = "dynamic linking")]
    Transaction(AgreementHash),
}

/// The data that a user agrees to, such as an amount and a payee.
///
/// The message with the code contains the text of the agreement. The code is bound to every
/// character of that text, and is refused for any other agreement (Regulation (EU) 2018/389 art. 5,
/// dynamic linking; OWASP Transaction Authorization 1.1, 2.6).
///
/// # Input
///
/// Pass one to eight fields, in display order. A name has 1 to 40 bytes and occurs once. A value
/// has 1 to 140 bytes. Neither may contain control characters, line separators, invisible
/// characters, or characters that change the text direction. Neither may contain text that a
/// browser reads as a code for a site (`@example.org #123456`).
///
/// Two different agreements never have the same text. Therefore, names and values may not contain a
/// semicolon, and names may not contain a colon. Characters that look like these two are also
/// rejected. Spaces must be single, and within the text only.
///
/// # Security
///
/// When the user submits the code, your application must rebuild the agreement from the data it is
/// about to act on. It must never rebuild the agreement from the form that contains the code.
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
/// # Ok::<(), second_factor::error::Invalid>(())
/// ```
#[doc(alias = "transaction")]
#[doc(alias = "dynamic linking")]
#[derive(Clone, PartialEq, Eq)]
pub struct Agreement {
    fields: Vec<(String, String)>,
}

impl Agreement {
    /// Creates an agreement from fields, each a name and a value.
    ///
    /// # Errors
    ///
    /// Returns [`Invalid`] if a field violates the rules of this type.
    pub fn new<'a>(fields: impl IntoIterator<Item = (&'a str, &'a str)>) -> Result<Self, Invalid> {
        let mut taken: Vec<(String, String)> = Vec::new();
        for (name, value) in fields {
            let is_text = |text: &str, most: usize| {
                (1..=most).contains(&text.len())
                    && !text.contains(is_misleading)
                    && !text.contains(SEMICOLONS)
                    && has_plain_spaces(text)
                    && !binds_a_code(text)
            };
            let is_name = |name: &str| is_text(name, 40) && !name.contains(COLONS);
            let is_new = taken.iter().all(|(other, _)| other != name);
            if !is_new || !is_name(name) || !is_text(value, 140) || taken.len() == MAX_FIELDS {
                return Err(Invalid(What::Agreement));
            }
            taken.push((name.into(), value.into()));
        }
        if taken.is_empty() {
            return Err(Invalid(What::Agreement));
        }
        Ok(Self { fields: taken })
    }

    /// Restores an agreement from a record. It accepts what any release accepted.
    pub(crate) const fn from_record(fields: Vec<(String, String)>) -> Self {
        Self { fields }
    }

    /// Returns an iterator over the fields, as pairs of name and value.
    pub fn fields(&self) -> impl Iterator<Item = (&str, &str)> {
        self.fields.iter().map(|(name, value)| (name.as_str(), value.as_str()))
    }

    /// Returns the purpose of a proof that agrees to exactly this data.
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

/// Writes the fields as the user reads them in a message.
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

/// The hash of an [`Agreement`], as part of a [`Purpose`].
///
/// # Example
///
/// ```
/// use second_factor::{Purpose, purpose::Agreement};
///
/// let agreed = Agreement::new([("amount", "25.00 EUR")])?;
/// assert!(matches!(agreed.purpose(), Purpose::Transaction(_)));
/// # Ok::<(), second_factor::error::Invalid>(())
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct AgreementHash(pub(crate) [u8; 32]);

redacted!(AgreementHash);

/// Returns whether a character can make the display differ from the hashed text.
///
/// Examples are an amount read from right to left, a line that looks like the next field, and an
/// invisible character (STD M-02).
pub(crate) fn is_misleading(symbol: char) -> bool {
    symbol.is_control()
        || is_ignorable(symbol)
        // Line separators, and noncharacters, which XML excludes.
        || matches!(symbol, '\u{2028}' | '\u{2029}' | '\u{fffe}' | '\u{ffff}')
}

/// Returns whether a character is a `Default_Ignorable_Code_Point` of Unicode 17.
///
/// These characters include every control of the text direction.
const fn is_ignorable(symbol: char) -> bool {
    matches!(symbol,
        '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}'..='\u{1160}' | '\u{17b4}'..='\u{17b5}'
        | '\u{180b}'..='\u{180f}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}'
        | '\u{2060}'..='\u{206f}' | '\u{3164}' | '\u{fe00}'..='\u{fe0f}' | '\u{feff}'
        | '\u{ffa0}' | '\u{fff0}'..='\u{fff8}' | '\u{1bca0}'..='\u{1bca3}'
        | '\u{1d173}'..='\u{1d17a}' | '\u{e0000}'..='\u{e0fff}')
}

/// Returns whether every space is single and within the text.
///
/// Other spaces are easily overlooked.
fn has_plain_spaces(text: &str) -> bool {
    let is_blank = |symbol: char| symbol.is_whitespace() || symbol == '\u{2800}';
    text.split(' ').all(|word| !word.is_empty() && !word.contains(is_blank))
}

/// Returns whether a browser would read the text as a code bound to a site.
///
/// Browsers search the whole message for the line that binds an SMS code to a site, and use the
/// first match (STD W-01). If a payee name contained such a line, the browser would fill in the
/// attacker's own code on the attacker's own site.
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
/// The separator of two fields in the text, and the characters that look like it.
const SEMICOLONS: [char; 7] =
    [';', '\u{37e}', '\u{61b}', '\u{204f}', '\u{fe14}', '\u{fe54}', '\u{ff1b}'];
/// The separator of a name and its value, and the characters that look like it.
const COLONS: [char; 14] = [
    ':', '\u{2d0}', '\u{2f8}', '\u{589}', '\u{5c3}', '\u{703}', '\u{704}', '\u{1361}', '\u{205a}',
    '\u{2236}', '\u{a789}', '\u{fe13}', '\u{fe55}', '\u{ff1a}',
];
