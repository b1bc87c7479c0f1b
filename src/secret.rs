//! Shared secrets of authenticator apps and tokens.

mod base32;
#[cfg(feature = "qr")]
mod bytes;
#[cfg(feature = "alloc")]
mod text;

use core::fmt;

#[cfg(feature = "qr")]
pub use self::bytes::SecretBytes;
#[cfg(feature = "alloc")]
pub(crate) use self::text::MAX_TEXT;
#[cfg(feature = "alloc")]
pub use self::text::SecretText;
#[cfg(feature = "std")]
use crate::entropy::{NoEntropy, fill_from_os};

use crate::wiped::Wiped;

/// The shared key of a TOTP app or HOTP token.
///
/// A secret stores its 16 to 64 bytes inline and wipes them on drop. `Debug` output is redacted.
/// The type implements neither `Display` nor comparison nor serialization, so only an `expose…`
/// method reveals the secret.
///
/// # Input
///
/// - Bytes: at least 16 (RFC 4226 §4 R6 requires 128 bits and recommends 160) and at most 64. HMAC
///   would hash a key longer than 64 bytes, the block size of SHA-1 and SHA-256.
/// - Text: Base32 (RFC 4648 §6) in upper case, without padding.
///
/// # Security
///
/// Anyone who reads the secret can generate valid codes for as long as it is enrolled. The secret
/// must not reach a log. The crate's `Verifier` stores it sealed.
///
/// # Source
///
/// RFC 4226 §4 R6; RFC 6238 §3 R5 (one secret per user and device); RFC 4648 §6.
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
#[doc(alias = "seed")]
#[doc(alias = "shared key")]
#[derive(Clone)]
pub struct Secret {
    bytes: Wiped<[u8; MAX_BYTES]>,
    len: usize,
}

impl Secret {
    /// Generates a secret of 20 bytes with the operating system's randomness.
    ///
    /// 20 bytes are the output size of SHA-1 and the length that RFC 4226 §4 R6 recommends.
    ///
    /// # Errors
    ///
    /// Returns [`NoEntropy`] if the operating system returns no randomness. Retry later: there is
    /// no fallback.
    ///
    /// # Example
    ///
    /// ```
    /// let secret = second_factor::Secret::generate()?;
    /// assert_eq!(secret.expose_bytes().len(), 20);
    /// # Ok::<(), second_factor::host::NoEntropy>(())
    /// ```
    #[cfg(feature = "std")]
    #[expect(clippy::missing_panics_doc, reason = "the expectation always holds")]
    pub fn generate() -> Result<Self, NoEntropy> {
        let mut bytes = Wiped::new([0; GENERATED_BYTES]);
        fill_from_os(&mut *bytes)?;
        Ok(Self::new(&*bytes).expect("20 bytes are a valid length"))
    }

    /// Creates a secret from raw bytes.
    ///
    /// # Errors
    ///
    /// Returns [`InvalidSecret::TooShort`] for fewer than 16 bytes, and [`InvalidSecret::TooLong`]
    /// for more than 64.
    pub fn new(bytes: &[u8]) -> Result<Self, InvalidSecret> {
        Self::at_least(MIN_BYTES, bytes)
    }

    /// Parses a secret from strict Base32: upper case, no padding, no separators.
    ///
    /// The time depends only on the length of `text`. For strings that users paste, see
    /// [`import_base32`](Self::import_base32).
    ///
    /// # Errors
    ///
    /// Returns [`InvalidSecret::NotBase32`] for any other character, an impossible length, or
    /// nonzero trailing bits. Returns the errors of [`new`](Self::new) for the length. Input that
    /// is too long is rejected unread.
    pub fn from_base32(text: &str) -> Result<Self, InvalidSecret> {
        Self::decode(MIN_BYTES, text.as_bytes())
    }

    /// Parses a secret from Base32 as users paste it.
    ///
    /// The function accepts lower case, ASCII spaces, hyphens, and padding at the end. Like other
    /// Base32 decoders, it drops bits after the last whole byte. The digits `0`, `1` and `8` are
    /// never read as the letters that they resemble (RFC 4648 §3.4).
    ///
    /// # Errors
    ///
    /// Returns the errors of [`from_base32`](Self::from_base32).
    ///
    /// # Example
    ///
    /// ```
    /// use second_factor::Secret;
    ///
    /// let secret = Secret::import_base32("gezd gnbv-gy3t qojq gezd gnbv gy3t qojq")?;
    /// assert_eq!(secret.expose_bytes(), b"12345678901234567890");
    /// # Ok::<(), second_factor::secret::InvalidSecret>(())
    /// ```
    pub fn import_base32(text: &str) -> Result<Self, InvalidSecret> {
        Self::import(MIN_BYTES, text)
    }

    /// Creates a secret of 10 to 64 bytes, to migrate short secrets.
    ///
    /// # Errors
    ///
    /// Returns the errors of [`new`](Self::new), with a minimum of 10 bytes.
    ///
    /// # Security
    ///
    /// A secret of fewer than 16 bytes is weaker than RFC 4226 §4 R6 allows. A secret of fewer than
    /// 14 bytes is also weaker than NIST SP 800-63B-4 §3.1.4.1 allows. New secrets must not be this
    /// short. Re-enroll the user when you can.
    pub fn danger_short(bytes: &[u8]) -> Result<Self, InvalidSecret> {
        Self::at_least(MIN_SHORT_BYTES, bytes)
    }

    /// Parses pasted Base32, and accepts short secrets.
    ///
    /// Works like [`import_base32`](Self::import_base32).
    ///
    /// # Errors
    ///
    /// Returns the errors of [`import_base32`](Self::import_base32), with a minimum of 10 bytes.
    ///
    /// # Security
    ///
    /// See [`danger_short`](Self::danger_short).
    pub fn danger_import_short(text: &str) -> Result<Self, InvalidSecret> {
        Self::import(MIN_SHORT_BYTES, text)
    }

    /// Returns the 10 to 64 raw bytes.
    ///
    /// # Security
    ///
    /// Anyone who reads the bytes can generate valid codes. Your application must wipe every copy
    /// that it makes.
    #[must_use]
    pub fn expose_bytes(&self) -> &[u8] {
        self.bytes.get(..self.len).unwrap_or_default()
    }

    /// Returns the bytes padded with zeros to the block size of SHA-1 and SHA-256, for HMAC.
    pub(crate) fn expose_padded(&self) -> &[u8; MAX_BYTES] {
        &self.bytes
    }

    /// Returns the secret in Base32 (upper case, no padding), to type into an app.
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

    /// Returns whether [`from_base32`](Self::from_base32) accepts the string, apart from the
    /// minimum of 16 bytes.
    #[cfg(feature = "alloc")]
    pub(crate) fn is_strict_base32(text: &str) -> bool {
        Self::decode(MIN_SHORT_BYTES, text.as_bytes()).is_ok()
    }

    /// Returns the error for a secret of fewer than 16 bytes.
    #[cfg(feature = "alloc")]
    pub(crate) const fn too_short() -> InvalidSecret {
        InvalidSecret::TooShort { min: MIN_BYTES }
    }

    /// Restores a secret from a record. It accepts what any release accepted.
    #[cfg(feature = "alloc")]
    pub(crate) fn from_record(bytes: &[u8]) -> Option<Self> {
        Self::at_least(0, bytes).ok()
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
        Self::decode_by(base32::decode, min, text)
    }

    fn decode_by(
        decode: fn(&[u8], &mut [u8; MAX_BYTES]) -> Option<usize>,
        min: usize,
        text: &[u8],
    ) -> Result<Self, InvalidSecret> {
        if text.len() > base32::MAX_TEXT {
            return Err(InvalidSecret::TooLong);
        }
        let mut secret = Self { bytes: Wiped::new([0; MAX_BYTES]), len: 0 };
        secret.len = decode(text, &mut secret.bytes).ok_or(InvalidSecret::NotBase32)?;
        if secret.len < min {
            return Err(InvalidSecret::TooShort { min });
        }
        Ok(secret)
    }

    fn import(min: usize, text: &str) -> Result<Self, InvalidSecret> {
        if text.len() > MAX_IMPORT {
            return Err(InvalidSecret::TooLong);
        }
        let unpadded = text.trim_end_matches(['=', ' ']);
        let mut plain = Base32Text::empty();
        for byte in unpadded.bytes().filter(|byte| !matches!(byte, b' ' | b'-')) {
            let place = plain.text.get_mut(plain.len).ok_or(InvalidSecret::TooLong)?;
            *place = byte.to_ascii_uppercase();
            plain.len += 1;
        }
        Self::decode_by(base32::decode_any_leftover_bits, min, plain.expose().as_bytes())
    }
}

redacted!(Secret);

/// A secret in Base32, as [`Secret::expose_base32`] returns it, wiped on drop.
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
    /// Returns the string without separators.
    #[must_use]
    pub fn expose(&self) -> &str {
        // Only ASCII is ever written, so the default, an empty string, is unreachable.
        core::str::from_utf8(self.text.get(..self.len).unwrap_or_default()).unwrap_or_default()
    }

    /// Returns the string in groups of four characters, which are easier to type.
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

/// The error returned when a [`Secret`] cannot be created or parsed.
///
/// The error contains no part of the input.
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
    /// The input is not Base32.
    ///
    /// The input has a character outside the alphabet, an impossible length, or nonzero trailing
    /// bits.
    NotBase32,
    /// The secret has more than 64 bytes.
    TooLong,
    /// The secret has fewer than `min` bytes.
    ///
    /// `min` is 16, or 10 where short secrets are accepted.
    #[non_exhaustive]
    TooShort {
        /// The required number of bytes.
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

/// The maximum length of a secret.
///
/// HMAC would hash a longer key first, which no app does with a secret.
const MAX_BYTES: usize = 64;
/// The minimum length of a secret: 128 bits (STD H-03).
const MIN_BYTES: usize = 16;
/// The minimum length of an imported secret.
///
/// Google Authenticator generated secrets of 80 bits for years.
const MIN_SHORT_BYTES: usize = 10;
/// The length of a generated secret: the recommended 160 bits (STD H-03).
#[cfg(feature = "alloc")]
pub(crate) const GENERATED_BYTES: usize = 20;
/// The maximum length of the input: a separator after each character.
const MAX_IMPORT: usize = 2 * base32::MAX_TEXT + 16;

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ";

    #[test]
    fn import_accepts_padding_separators_and_lower_case() {
        for pasted in
            ["GEZDGNBVGY3TQOJQGEZDGNBVGY======", "gezd gnbv-gy3t qojq gezd gnbv gy = = = = = = "]
        {
            let secret = Secret::import_base32(pasted).unwrap();
            assert_eq!(secret.expose_bytes(), b"1234567890123456");
        }
    }

    #[test]
    fn import_replaces_no_lookalike_digits() {
        for invalid in ["0EZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ", "GEZD=GNBVGY3TQOJQGEZDGNBVGY3TQOJQ"] {
            assert_eq!(Secret::import_base32(invalid).unwrap_err(), InvalidSecret::NotBase32);
        }
    }

    #[test]
    fn failure_084_secret_length_is_bounded() {
        assert_eq!(Secret::new(&[1; 15]).unwrap_err(), InvalidSecret::TooShort { min: 16 });
        assert_eq!(Secret::new(&[1; 16]).unwrap().expose_bytes(), [1; 16]);
        assert_eq!(Secret::new(&[1; 64]).unwrap().expose_bytes(), [1; 64]);
        assert_eq!(Secret::new(&[1; 65]).unwrap_err(), InvalidSecret::TooLong);
        assert_eq!(Secret::danger_short(&[1; 9]).unwrap_err(), InvalidSecret::TooShort { min: 10 });
        assert_eq!(Secret::danger_short(&[1; 10]).unwrap().expose_bytes(), [1; 10]);
        assert_eq!(Secret::from_base32("").unwrap_err(), InvalidSecret::TooShort { min: 16 });
    }

    #[test]
    fn every_secret_length_round_trips_through_text() {
        for len in MIN_BYTES..=MAX_BYTES {
            let bytes: [u8; MAX_BYTES] = core::array::from_fn(|i| (i * 37 + len) as u8);
            let secret = Secret::new(&bytes[..len]).unwrap();
            let text = secret.expose_base32();
            assert_eq!(Secret::from_base32(text.expose()).unwrap().expose_bytes(), &bytes[..len]);
        }
    }

    #[test]
    fn padding_is_zero_for_every_constructor() {
        for len in MIN_SHORT_BYTES..=MAX_BYTES {
            let bytes = &[0xff; MAX_BYTES][..len];
            let short = Secret::danger_short(bytes).unwrap();
            let text = short.expose_base32();
            let imported = Secret::danger_import_short(text.expose()).unwrap();
            for secret in [&short, &imported] {
                let (front, behind) = secret.expose_padded().split_at(len);
                assert!(front == bytes && behind.iter().all(|byte| *byte == 0), "{len}");
            }
        }
    }

    #[test]
    fn strict_text_has_one_spelling() {
        assert!(Secret::is_strict_base32(TEXT));
        for letters in 1..=TEXT.len() {
            let (start, rest) = TEXT.split_at(letters);
            let text = start.to_lowercase() + rest;
            let secret = Secret::import_base32(&text).unwrap();
            assert_eq!(secret.expose_base32().expose(), TEXT);
            assert_eq!(Secret::is_strict_base32(&text), text == TEXT, "{text}");
        }
    }

    #[test]
    fn import_over_222_bytes_is_rejected() {
        // 64 bytes in Base32, a separator after each character, and sixteen more.
        let longest = alloc::format!("{TEXT}{}", " ".repeat(222 - TEXT.len()));
        assert!(Secret::import_base32(&longest).is_ok());
        assert_eq!(Secret::import_base32(&(longest + " ")).unwrap_err(), InvalidSecret::TooLong);
    }

    #[test]
    fn text_of_ten_mebibytes_is_rejected_unread() {
        let text = "A".repeat(10 << 20);
        assert_eq!(Secret::from_base32(&text).unwrap_err(), InvalidSecret::TooLong);
        assert_eq!(Secret::import_base32(&text).unwrap_err(), InvalidSecret::TooLong);
    }
}
