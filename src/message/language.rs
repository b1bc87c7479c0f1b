//! Language tags (BCP 47).

use core::{fmt, str::FromStr};

use crate::error::{Invalid, What};

/// The language of a user, by its BCP 47 tag: `en`, `pt-BR`, `zh-Hant-TW`.
///
/// # Input
///
/// A tag must have at most 35 bytes, the length that RFC 5646 §4.4.1 requires support for. It must
/// consist of subtags joined by hyphens. The first subtag must have 2 to 8 letters. Every other
/// subtag must have 1 to 8 letters or digits, and the last subtag at least two. The case is
/// normalized. The tag is not compared with the registry of subtags.
///
/// # Security
///
/// Read the language from the account of the user, not from the request. Otherwise, an attacker
/// with the password chooses the language of the notices to the user.
///
/// # Source
///
/// RFC 5646 §2.1, RFC 4647 §3.4.
///
/// # Example
///
/// ```
/// use second_factor::message::Language;
///
/// let language = Language::new("PT-br")?;
/// assert_eq!(language.tag(), "pt-BR");
/// assert_eq!(language.to_string().parse(), Ok(language));
/// assert!(Language::new("pt_BR").is_err(), "that is a locale of POSIX");
/// # Ok::<(), second_factor::error::Invalid>(())
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Language {
    text: [u8; MAX_LEN],
    len: u8,
}

impl Language {
    /// English, the fallback for every other language.
    pub const ENGLISH: Self = {
        let mut text = [0; MAX_LEN];
        text[0] = b'e';
        text[1] = b'n';
        Self { text, len: 2 }
    };

    /// Parses a language tag.
    ///
    /// # Errors
    ///
    /// Returns [`Invalid`] if `tag` is not a language tag. Use a default language instead.
    pub fn new(tag: &str) -> Result<Self, Invalid> {
        if tag.len() > MAX_LEN || !is_tag(tag) {
            return Err(Invalid(What::Language));
        }
        let mut language = Self { text: [0; MAX_LEN], len: 0 };
        let mut is_free = true;
        for (at, subtag) in tag.split('-').enumerate() {
            if at > 0 {
                language.push(b'-');
            }
            // RFC 5646 §2.1.1: after a single letter or digit every subtag is lower case.
            let is_region = at > 0 && is_free && subtag.len() == 2;
            let is_script = at > 0 && is_free && subtag.len() == 4;
            for (index, byte) in subtag.bytes().enumerate() {
                let is_upper = is_region || (is_script && index == 0);
                language.push(if is_upper {
                    byte.to_ascii_uppercase()
                } else {
                    byte.to_ascii_lowercase()
                });
            }
            is_free &= subtag.len() > 1;
        }
        Ok(language)
    }

    /// Returns the tag, with the capitalization that RFC 5646 §2.1.1 recommends.
    #[must_use]
    pub fn tag(&self) -> &str {
        let text = self.text.get(..usize::from(self.len)).unwrap_or_default();
        // The bytes are always ASCII, so the default is unreachable.
        core::str::from_utf8(text).unwrap_or_default()
    }

    /// Returns the first subtag: the language without script and region.
    pub(crate) fn primary(&self) -> &str {
        self.tag().split('-').next().unwrap_or_default()
    }

    /// Returns this tag and its wider tags, the nearest first.
    ///
    /// For `zh-Hant-TW`, the tags are `zh-Hant-TW`, `zh-Hant` and `zh`.
    pub(crate) fn lookup(&self) -> impl Iterator<Item = &str> {
        core::iter::successors(Some(self.tag()), |tag| {
            let (wider, _) = tag.rsplit_once('-')?;
            // RFC 4647 §3.4: the singleton of an extension is removed with it.
            match wider.rsplit_once('-') {
                Some((before, single)) if single.len() == 1 => Some(before),
                _ => Some(wider),
            }
        })
    }

    fn push(&mut self, byte: u8) {
        if let Some(slot) = self.text.get_mut(usize::from(self.len)) {
            *slot = byte;
            self.len += 1;
        }
    }
}

/// Parses a language tag, like [`new`](Language::new).
impl FromStr for Language {
    type Err = Invalid;

    fn from_str(tag: &str) -> Result<Self, Invalid> {
        Self::new(tag)
    }
}

impl fmt::Debug for Language {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Language({self})")
    }
}

impl fmt::Display for Language {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.tag())
    }
}

fn is_tag(tag: &str) -> bool {
    let is_subtag = |subtag: &str| {
        (1..=8).contains(&subtag.len()) && subtag.bytes().all(|b| b.is_ascii_alphanumeric())
    };
    let (first, last) = (tag.split('-').next(), tag.rsplit('-').next());
    let is_first =
        |text: &str| text.len() > 1 && text.bytes().all(|byte| byte.is_ascii_alphabetic());
    tag.split('-').all(is_subtag)
        && first.is_some_and(is_first)
        && last.is_some_and(|text| text.len() > 1)
}

const MAX_LEN: usize = 35;

#[cfg(test)]
mod tests {
    use alloc::vec::Vec;

    use super::*;

    #[test]
    fn tag_in_any_case_is_normalized() {
        for (input, expected) in [
            ("EN", "en"),
            ("pt-br", "pt-BR"),
            ("ZH-HANT-tw", "zh-Hant-TW"),
            ("es-419", "es-419"),
            ("de-CH-1996", "de-CH-1996"),
            ("AR-U-NU-LATN", "ar-u-nu-latn"),
            ("en-CA-x-CA", "en-CA-x-ca"),
            ("fil", "fil"),
        ] {
            let language = Language::new(input).unwrap();
            assert_eq!(language.tag(), expected);
            assert_eq!([input.parse(), expected.parse()], [Ok(language); 2]);
        }
        assert_eq!(Language::new("en"), Ok(Language::ENGLISH));
    }

    #[test]
    fn invalid_tag_is_refused() {
        for invalid in [
            "",
            "e",
            "-en",
            "en-",
            "en--US",
            "en_US",
            "en US",
            "e1",
            "en-U",
            "en-ü",
            "en\n",
            "x-y",
            "x-yz",
            "english-is-long-enough-but-123456789",
            "abcdefghi",
        ] {
            assert_eq!(Language::new(invalid), Err(Invalid(What::Language)), "{invalid:?}");
            assert_eq!(invalid.parse::<Language>(), Err(Invalid(What::Language)), "{invalid:?}");
        }
        assert!(Language::new(&"en-".repeat(1 << 20)).is_err());
    }

    #[test]
    fn longest_tag_is_stored_in_full() {
        let longest = "en-aaaaaaaa-bbbbbbbb-cccccccc-ddddd";
        assert_eq!(longest.len(), 35);
        assert_eq!(Language::new(longest).unwrap().tag(), longest);
    }

    #[test]
    fn lookup_returns_the_nearest_tag_first() {
        let lookup = |tag| {
            let language = Language::new(tag).unwrap();
            language.lookup().map(alloc::string::String::from).collect::<Vec<_>>()
        };
        assert_eq!(lookup("zh-Hant-TW"), ["zh-Hant-TW", "zh-Hant", "zh"]);
        assert_eq!(lookup("ar-EG-u-nu-latn"), ["ar-EG-u-nu-latn", "ar-EG-u-nu", "ar-EG", "ar"]);
        assert_eq!(lookup("en"), ["en"]);
    }
}
