//! Root keys: generated, or read from strings.

use base64ct::{Base64Unpadded, Base64UrlUnpadded, Encoding as _};

use super::Keys;
use crate::{
    error::{Invalid, What},
    hex,
    wiped::Wiped,
};

impl Keys {
    /// Generates a root key from the randomness of the operating system.
    ///
    /// Use it only to try out the crate. The key exists only in this process. After a restart,
    /// every stored record is unreadable, and every sign-in is refused. In production, load the
    /// same key each time.
    ///
    /// # Errors
    ///
    /// Returns [`NoEntropy`](crate::host::NoEntropy) if the operating system cannot supply
    /// randomness.
    ///
    /// # Example
    ///
    /// ```
    /// use second_factor::{Keys, SubjectId};
    ///
    /// let (one, other, alice) = (Keys::generate()?, Keys::generate()?, SubjectId::from(42));
    /// assert_ne!(one.subject_record(&alice), other.subject_record(&alice));
    /// # Ok::<(), second_factor::host::NoEntropy>(())
    /// ```
    #[cfg(feature = "std")]
    pub fn generate() -> Result<Self, crate::entropy::NoEntropy> {
        let mut root = Wiped::new([0; 32]);
        crate::entropy::fill_from_os(&mut *root)?;
        Ok(Self::derive(&root))
    }

    /// Creates the keys from a root key in hexadecimal.
    ///
    /// # Input
    ///
    /// `text` has 64 digits in either case, with or without surrounding white space.
    ///
    /// # Errors
    ///
    /// Returns [`Invalid`] if `text` does not encode 32 bytes. Correct the setting.
    ///
    /// # Example
    ///
    /// ```
    /// use second_factor::Keys;
    ///
    /// // In production: `std::env::var("SECOND_FACTOR_KEY")?`.
    /// let text = "6a09e667bb67ae853c6ef372a54ff53a510e527f9b05688c1f83d9ab5be0cd19\n";
    /// let keys = Keys::from_hex(text)?;
    /// assert!(Keys::from_hex("6a09e667").is_err());
    /// # let _ = keys;
    /// # Ok::<(), second_factor::error::Invalid>(())
    /// ```
    pub fn from_hex(text: &str) -> Result<Self, Invalid> {
        let text = trimmed(text)?;
        let mut root = Wiped::new([0; 32]);
        hex::decode_into(text, &mut *root).ok_or(Invalid(What::RootKey))?;
        Ok(Self::derive(&root))
    }

    /// Creates the keys from a root key in Base64.
    ///
    /// # Input
    ///
    /// `text` has 43 characters of the standard or the URL-safe alphabet (RFC 4648). The trailing
    /// `=` is optional, as is surrounding white space.
    ///
    /// # Errors
    ///
    /// Returns [`Invalid`] if `text` does not encode 32 bytes. Correct the setting.
    ///
    /// # Example
    ///
    /// ```
    /// use second_factor::Keys;
    ///
    /// // In production: `std::env::var("SECOND_FACTOR_KEY")?`.
    /// let keys = Keys::from_base64("agnmZ7tnroU8bvNypU/1OlEOUn+bBWiMH4PZq1vgzRk=")?;
    /// assert!(Keys::from_base64("agnmZw==").is_err());
    /// # let _ = keys;
    /// # Ok::<(), second_factor::error::Invalid>(())
    /// ```
    pub fn from_base64(text: &str) -> Result<Self, Invalid> {
        let text = trimmed(text)?;
        let digits = text.strip_suffix('=').unwrap_or(text);
        let mut root = Wiped::new([0; 32]);
        let decoded = if digits.contains(['-', '_']) {
            Base64UrlUnpadded::decode(digits, &mut *root).map(<[u8]>::len)
        } else {
            Base64Unpadded::decode(digits, &mut *root).map(<[u8]>::len)
        };
        if decoded != Ok(32) {
            return Err(Invalid(What::RootKey));
        }
        Ok(Self::derive(&root))
    }
}

/// Returns a string without surrounding white space. A string that is too long is refused unread.
fn trimmed(text: &str) -> Result<&str, Invalid> {
    if text.len() > MAX_TEXT { Err(Invalid(What::RootKey)) } else { Ok(text.trim()) }
}

const MAX_TEXT: usize = 256;

#[cfg(test)]
mod tests {
    use alloc::{
        format,
        string::{String, ToString as _},
    };

    use base64ct::{Base64, Base64Url};
    use proptest::prelude::*;

    use super::*;
    use crate::id::SubjectId;

    /// Returns a value that distinguishes root keys.
    fn print(keys: &Keys) -> String {
        keys.subject_record(&SubjectId::from(1)).to_string()
    }

    proptest! {
        #[test]
        fn every_spelling_of_a_root_key_is_that_key(root in any::<[u8; 32]>()) {
            let expected = print(&Keys::new(root));
            let mut hex = String::new();
            hex::encode_onto(&mut hex, &root);
            for text in [hex.to_uppercase(), format!(" {hex}\r\n"), hex] {
                prop_assert_eq!(print(&Keys::from_hex(&text).unwrap()), expected.as_str());
                prop_assert!(Keys::from_base64(&text).is_err());
            }
            for text in [
                Base64::encode_string(&root),
                Base64Unpadded::encode_string(&root),
                Base64Url::encode_string(&root),
                Base64UrlUnpadded::encode_string(&root),
            ] {
                for text in [format!("\t{text}\n"), text] {
                    prop_assert_eq!(print(&Keys::from_base64(&text).unwrap()), expected.as_str());
                    prop_assert!(Keys::from_hex(&text).is_err());
                }
            }
        }

        #[test]
        fn text_of_another_length_is_refused(
            bytes in proptest::collection::vec(any::<u8>(), 0..70),
        ) {
            let mut hex = String::new();
            hex::encode_onto(&mut hex, &bytes);
            prop_assert_eq!(Keys::from_hex(&hex).is_ok(), bytes.len() == 32);
            let base64 = Base64::encode_string(&bytes);
            prop_assert_eq!(Keys::from_base64(&base64).is_ok(), bytes.len() == 32);
        }
    }

    #[test]
    fn text_of_other_characters_is_refused() {
        let hex = "6a09e667bb67ae853c6ef372a54ff53a510e527f9b05688c1f83d9ab5be0cd19";
        for invalid in [format!("0x{hex}"), hex.replacen('6', "g", 1), hex.replacen("6a", "6 a", 1)]
        {
            assert!(Keys::from_hex(&invalid).is_err(), "{invalid}");
        }
        let base64 = "agnmZ7tnroU8bvNypU/1OlEOUn+bBWiMH4PZq1vgzRk=";
        for invalid in [
            base64.replacen('+', "-", 1),
            base64.replacen('=', "==", 1),
            base64.replacen("k=", "l=", 1),
            base64.replacen("gn", "g n", 1),
        ] {
            assert!(Keys::from_base64(&invalid).is_err(), "{invalid}");
        }
    }

    /// A mounted file may end in blanks, but the work on a text is limited.
    #[test]
    fn white_space_around_a_root_key_counts_up_to_256_bytes() {
        let hex = "6a09e667bb67ae853c6ef372a54ff53a510e527f9b05688c1f83d9ab5be0cd19";
        let base64 = "agnmZ7tnroU8bvNypU/1OlEOUn+bBWiMH4PZq1vgzRk=";
        for length in 64..300 {
            let is_short = length <= 256;
            assert_eq!(Keys::from_hex(&format!("{hex:length$}")).is_ok(), is_short, "{length}");
            let text = format!("{base64:>length$}");
            assert_eq!(Keys::from_base64(&text).is_ok(), is_short, "{length}");
        }
    }

    #[test]
    fn generated_keys_differ_and_are_not_weak() {
        let (one, other) = (Keys::generate().unwrap(), Keys::generate().unwrap());
        assert_ne!(print(&one), print(&other));
        assert!(!one.is_weak());
    }
}
