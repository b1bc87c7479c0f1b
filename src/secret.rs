//! The shared key of an authenticator app or token: made, read, written, wiped. Computes no code.

mod base32;
#[cfg(feature = "qr")]
mod bytes;
mod forgiven;
#[cfg(feature = "alloc")]
mod text;

use core::fmt;

pub use self::forgiven::Corrections;

#[cfg(feature = "qr")]
pub use self::bytes::SecretBytes;
#[cfg(feature = "alloc")]
pub use self::text::SecretText;
#[cfg(feature = "std")]
use crate::entropy::{NoEntropy, fill_from_os};

use crate::wiped::Wiped;

/// The shared key bytes of an authenticator app or token.
///
/// 16 to 64 bytes, kept inline and wiped on drop. `Debug` is redacted; there is no `Display`, no
/// comparison and no serialisation, so that a secret is seen only where `expose` is written.
///
/// # Input
///
/// At least 16 bytes (RFC 4226 §4 R6 asks for 128 bits and recommends 160), at most 64, the block of
/// SHA-1 and SHA-256, beyond which HMAC would hash the key. Text is Base32 (RFC 4648 §6), upper
/// case, without padding.
///
/// # Security
///
/// Whoever reads a secret makes codes for as long as it is enrolled.
///
/// # Source
///
/// RFC 4226 §4 R6; RFC 6238 §3 R5 (one secret per person and device); RFC 4648 §6.
///
/// # Example
///
/// ```
/// use second_factor::Secret;
///
/// let secret = Secret::from_base32("GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ")?;
/// assert_eq!(secret.expose_bytes(), b"12345678901234567890");
/// assert_eq!(format!("{secret:?}"), "Secret(redacted)");
/// # Ok::<(), second_factor::secret::InvalidSecret>(())
/// ```
#[derive(Clone)]
pub struct Secret {
    bytes: Wiped<[u8; MAX_BYTES]>,
    len: usize,
}

impl Secret {
    /// A new secret of 20 bytes from the operating system.
    ///
    /// 20 bytes are the output of SHA-1 and what RFC 4226 §4 R6 recommends.
    ///
    /// # Errors
    ///
    /// [`NoEntropy`] when the operating system gives no randomness; there is no fallback.
    ///
    /// # Example
    ///
    /// ```
    /// let secret = second_factor::Secret::generate()?;
    /// assert_eq!(secret.expose_bytes().len(), 20);
    /// # Ok::<(), second_factor::host::NoEntropy>(())
    /// ```
    #[cfg(feature = "std")]
    #[expect(clippy::missing_panics_doc, reason = "what is expected there cannot fail")]
    pub fn generate() -> Result<Self, NoEntropy> {
        let mut drawn = Wiped::new([0; GENERATED_BYTES]);
        fill_from_os(&mut *drawn)?;
        Ok(Self::new(&*drawn).expect("20 bytes are neither too few nor too many"))
    }

    /// A secret of these bytes.
    ///
    /// # Errors
    ///
    /// [`InvalidSecret::TooShort`] under 16 bytes, [`InvalidSecret::TooLong`] over 64.
    pub fn new(bytes: &[u8]) -> Result<Self, InvalidSecret> {
        Self::at_least(MIN_BYTES, bytes)
    }

    /// A secret written in strict Base32: upper case, no padding, no separators.
    ///
    /// Takes the same time for all texts of one length. For what people paste, see
    /// [`import_base32`](Self::import_base32).
    ///
    /// # Errors
    ///
    /// [`InvalidSecret::NotBase32`] for any other character, a length that no bytes have, or bits
    /// left over that are not zero; [`InvalidSecret::TooShort`] and [`InvalidSecret::TooLong`] as
    /// for [`new`](Self::new). An over-long text is refused before it is read.
    pub fn from_base32(text: &str) -> Result<Self, InvalidSecret> {
        Self::decode(MIN_BYTES, text.as_bytes())
    }

    /// A secret from Base32 as people paste it, and what had to be forgiven.
    ///
    /// Lower case, ASCII spaces, hyphens and padding at the end are forgiven. `0`, `1` and `8` are
    /// never taken for letters that look like them (RFC 4648 §3.4).
    ///
    /// # Errors
    ///
    /// As [`from_base32`](Self::from_base32).
    ///
    /// # Example
    ///
    /// ```
    /// use second_factor::Secret;
    ///
    /// let (secret, forgiven) = Secret::import_base32("gezd gnbv-gy3t qojq gezd gnbv gy3t qojq")?;
    /// assert_eq!(secret.expose_bytes(), b"12345678901234567890");
    /// assert!(forgiven.lower_case() && forgiven.spaces() && forgiven.hyphens());
    /// assert!(!forgiven.padding());
    /// # Ok::<(), second_factor::secret::InvalidSecret>(())
    /// ```
    pub fn import_base32(text: &str) -> Result<(Self, Corrections), InvalidSecret> {
        Self::import(MIN_BYTES, text)
    }

    /// A secret of 10 to 64 bytes, for secrets that others made too short long ago.
    ///
    /// # Errors
    ///
    /// As [`new`](Self::new), with 10 bytes for the shortest.
    ///
    /// # Security
    ///
    /// Under 16 bytes the secret is weaker than RFC 4226 §4 R6 allows, and under 14 bytes weaker
    /// than NIST SP 800-63B-4 §3.1.4.1 does. Never make new ones so; enroll again when you can.
    pub fn danger_short(bytes: &[u8]) -> Result<Self, InvalidSecret> {
        Self::at_least(MIN_SHORT_BYTES, bytes)
    }

    /// [`import_base32`](Self::import_base32) for secrets that others made too short.
    ///
    /// # Errors
    ///
    /// As [`import_base32`](Self::import_base32), with 10 bytes for the shortest.
    ///
    /// # Security
    ///
    /// See [`danger_short`](Self::danger_short).
    pub fn danger_import_short(text: &str) -> Result<(Self, Corrections), InvalidSecret> {
        Self::import(MIN_SHORT_BYTES, text)
    }

    /// The bytes themselves.
    ///
    /// # Security
    ///
    /// Whoever reads them makes codes. The copy that you take is yours to wipe.
    #[must_use]
    pub fn expose_bytes(&self) -> &[u8] {
        self.bytes.get(..self.len).unwrap_or_default()
    }

    /// The bytes with zeros after them, as HMAC pads a key to the block of SHA-1 and SHA-256.
    pub(crate) fn expose_padded(&self) -> &[u8; MAX_BYTES] {
        &self.bytes
    }

    /// The secret in Base32 (upper case, no padding), for a person to type or an app to read.
    ///
    /// # Security
    ///
    /// See [`expose_bytes`](Self::expose_bytes).
    #[must_use]
    pub fn expose_base32(&self) -> Base32Text {
        let mut text = Base32Text::empty();
        text.len = base32::encode(self.expose_bytes(), &mut text.text).map_or(0, str::len);
        text
    }

    fn at_least(min: usize, bytes: &[u8]) -> Result<Self, InvalidSecret> {
        if bytes.len() < min {
            return Err(InvalidSecret::TooShort { min });
        }
        let mut secret = Self { bytes: Wiped::new([0; MAX_BYTES]), len: bytes.len() };
        let place = secret.bytes.get_mut(..bytes.len()).ok_or(InvalidSecret::TooLong)?;
        place.copy_from_slice(bytes);
        Ok(secret)
    }

    fn decode(min: usize, text: &[u8]) -> Result<Self, InvalidSecret> {
        if text.len() > base32::MAX_TEXT {
            return Err(InvalidSecret::TooLong);
        }
        let mut secret = Self { bytes: Wiped::new([0; MAX_BYTES]), len: 0 };
        secret.len = base32::decode(text, &mut secret.bytes).ok_or(InvalidSecret::NotBase32)?;
        if secret.len < min {
            return Err(InvalidSecret::TooShort { min });
        }
        Ok(secret)
    }

    fn import(min: usize, text: &str) -> Result<(Self, Corrections), InvalidSecret> {
        if text.len() > MAX_IMPORT {
            return Err(InvalidSecret::TooLong);
        }
        let unpadded = text.trim_end_matches(['=', ' ']);
        let mut forgiven = Corrections {
            padding: text.contains('='),
            spaces: text.contains(' '),
            hyphens: unpadded.contains('-'),
            // Not `any`, which would stop at the first letter and so tell how many digits come before.
            lower_case: unpadded.bytes().fold(false, |any, byte| any | byte.is_ascii_lowercase()),
        };
        forgiven.padding &= !unpadded.contains('=');
        let mut plain = Base32Text::empty();
        for byte in unpadded.bytes().filter(|byte| !matches!(byte, b' ' | b'-')) {
            let place = plain.text.get_mut(plain.len).ok_or(InvalidSecret::TooLong)?;
            *place = byte.to_ascii_uppercase();
            plain.len += 1;
        }
        let plain_bytes = plain.text.get(..plain.len).unwrap_or_default();
        Ok((Self::decode(min, plain_bytes)?, forgiven))
    }
}

redacted!(Secret);

/// A secret written in Base32, wiped on drop. Made by [`Secret::expose_base32`].
///
/// # Example
///
/// ```
/// let secret = second_factor::Secret::new(b"12345678901234567890")?;
/// let text = secret.expose_base32();
/// assert_eq!(text.expose(), "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ");
/// let groups: Vec<&str> = text.expose_groups().collect();
/// assert_eq!(groups.join(" "), "GEZD GNBV GY3T QOJQ GEZD GNBV GY3T QOJQ");
/// # Ok::<(), second_factor::secret::InvalidSecret>(())
/// ```
pub struct Base32Text {
    text: Wiped<[u8; base32::MAX_TEXT]>,
    len: usize,
}

impl Base32Text {
    /// The text in one piece.
    #[must_use]
    pub fn expose(&self) -> &str {
        // Only ASCII is ever written, so the empty text is out of reach.
        core::str::from_utf8(self.text.get(..self.len).unwrap_or_default()).unwrap_or_default()
    }

    /// The text in groups of four, as it is easiest to type.
    pub fn expose_groups(&self) -> impl Iterator<Item = &str> {
        self.expose()
            .as_bytes()
            .chunks(4)
            .map(|group| core::str::from_utf8(group).unwrap_or_default())
    }

    fn empty() -> Self {
        Self { text: Wiped::new([0; base32::MAX_TEXT]), len: 0 }
    }
}

redacted!(Base32Text);

/// A text or some bytes that are no [`Secret`]. Never holds the value.
///
/// # Example
///
/// ```
/// use second_factor::Secret;
///
/// assert_eq!(Secret::new(b"too short").unwrap_err().to_string(), "secret is shorter than 16 bytes");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum InvalidSecret {
    /// The text is not Base32: a character, a length, or bits at the end that none has.
    NotBase32,
    /// There are more than 64 bytes.
    TooLong,
    /// There are fewer than `min` bytes: 16, or 10 where a short secret was asked for.
    #[non_exhaustive]
    TooShort {
        /// How many bytes there should have been at least.
        min: usize,
    },
}

impl core::error::Error for InvalidSecret {}

impl fmt::Display for InvalidSecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotBase32 => f.write_str(
                "secret is not Base32 (letters A to Z and digits 2 to 7, without padding)",
            ),
            Self::TooLong => f.write_str("secret is longer than 64 bytes"),
            Self::TooShort { min } => write!(f, "secret is shorter than {min} bytes"),
        }
    }
}

/// HMAC hashes a key that is longer than its block; no app does that with a secret.
const MAX_BYTES: usize = 64;
/// STD H-03: 128 bits.
const MIN_BYTES: usize = 16;
/// What Google Authenticator made for years: 80 bits.
const MIN_SHORT_BYTES: usize = 10;
/// STD H-03: 160 bits are recommended.
#[cfg(feature = "alloc")]
pub(crate) const GENERATED_BYTES: usize = 20;
/// The longest text, with a separator after each character.
const MAX_IMPORT: usize = 2 * base32::MAX_TEXT + 16;

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ";

    #[test]
    fn import_forgives_and_says_what() {
        let (secret, forgiven) = Secret::import_base32("GEZDGNBVGY3TQOJQGEZDGNBVGY======").unwrap();
        assert_eq!(secret.expose_bytes(), b"1234567890123456");
        assert!(forgiven.padding() && !forgiven.spaces());
        assert!(Secret::import_base32(TEXT).unwrap().1.is_nothing());
    }

    #[test]
    fn import_takes_no_letter_for_another() {
        for wrong in ["0EZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ", "GEZD=GNBVGY3TQOJQGEZDGNBVGY3TQOJQ"] {
            assert_eq!(Secret::import_base32(wrong).unwrap_err(), InvalidSecret::NotBase32);
        }
    }

    #[test]
    fn failure_084_lengths_have_edges() {
        assert_eq!(Secret::new(&[1; 15]).unwrap_err(), InvalidSecret::TooShort { min: 16 });
        assert_eq!(Secret::new(&[1; 16]).unwrap().expose_bytes(), [1; 16]);
        assert_eq!(Secret::new(&[1; 64]).unwrap().expose_bytes(), [1; 64]);
        assert_eq!(Secret::new(&[1; 65]).unwrap_err(), InvalidSecret::TooLong);
        assert_eq!(Secret::danger_short(&[1; 9]).unwrap_err(), InvalidSecret::TooShort { min: 10 });
        assert_eq!(Secret::danger_short(&[1; 10]).unwrap().expose_bytes(), [1; 10]);
        assert_eq!(Secret::from_base32("").unwrap_err(), InvalidSecret::TooShort { min: 16 });
    }

    #[test]
    fn every_length_goes_to_text_and_back() {
        for len in MIN_BYTES..=MAX_BYTES {
            let bytes: [u8; MAX_BYTES] = core::array::from_fn(|i| (i * 37 + len) as u8);
            let secret = Secret::new(&bytes[..len]).unwrap();
            let text = secret.expose_base32();
            assert_eq!(Secret::from_base32(text.expose()).unwrap().expose_bytes(), &bytes[..len]);
        }
    }

    #[test]
    fn behind_the_bytes_are_zeros_however_they_came() {
        for len in MIN_SHORT_BYTES..=MAX_BYTES {
            let bytes = &[0xff; MAX_BYTES][..len];
            let short = Secret::danger_short(bytes).unwrap();
            let text = short.expose_base32();
            let imported = Secret::danger_import_short(text.expose()).unwrap().0;
            for secret in [&short, &imported] {
                let (front, behind) = secret.expose_padded().split_at(len);
                assert!(front == bytes && behind.iter().all(|byte| *byte == 0), "{len}");
            }
        }
    }

    #[test]
    fn every_letter_in_lower_case_is_told_however_many() {
        for letters in 1..=TEXT.len() {
            let (start, rest) = TEXT.split_at(letters);
            let text = start.to_lowercase() + rest;
            assert!(Secret::import_base32(&text).unwrap().1.lower_case(), "{text}");
        }
    }

    #[test]
    fn the_longest_import_has_an_edge() {
        // 64 bytes in letters, a space after each, and sixteen more.
        let longest = alloc::format!("{TEXT}{}", " ".repeat(222 - TEXT.len()));
        assert!(Secret::import_base32(&longest).is_ok());
        assert_eq!(Secret::import_base32(&(longest + " ")).unwrap_err(), InvalidSecret::TooLong);
    }

    #[test]
    fn a_text_of_ten_mebibytes_is_refused_unread() {
        let text = "A".repeat(10 << 20);
        assert_eq!(Secret::from_base32(&text).unwrap_err(), InvalidSecret::TooLong);
        assert_eq!(Secret::import_base32(&text).unwrap_err(), InvalidSecret::TooLong);
    }
}
