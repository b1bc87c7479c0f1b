//! Encodings and sizes of text messages (3GPP TS 23.038).

/// The encoding of a text message: GSM-7 or UCS-2.
///
/// # Example
///
/// ```
/// use second_factor::message::{Encoding, SmsSize};
///
/// assert_eq!(SmsSize::of("à demain").encoding(), Encoding::Gsm7);
/// assert_eq!(SmsSize::of("à bientôt").encoding(), Encoding::Ucs2, "because of one letter");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Encoding {
    /// The default alphabet: 7 bits per character, or 14 in the extension table.
    Gsm7,
    /// Any character: 16 bits, or 32 bits outside the Basic Multilingual Plane.
    Ucs2,
}

impl Encoding {
    /// Returns the number of units that a message of one part holds.
    const fn whole(self) -> usize {
        match self {
            Self::Gsm7 => 160,
            Self::Ucs2 => 70,
        }
    }

    /// Returns the number of units that each of several parts holds.
    ///
    /// Six bytes of each part contain its number.
    const fn part(self) -> usize {
        match self {
            Self::Gsm7 => 153,
            Self::Ucs2 => 67,
        }
    }

    const fn units(self, symbol: char) -> usize {
        match self {
            Self::Gsm7 => match septets(symbol) {
                Some(units) => units,
                None => 0,
            },
            Self::Ucs2 => symbol.len_utf16(),
        }
    }
}

/// The size of a text message.
///
/// # Example
///
/// ```
/// use second_factor::message::SmsSize;
///
/// let size = SmsSize::of("25 €");
/// assert_eq!((size.units(), size.parts(), size.bytes()), (5, 1, 5));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SmsSize {
    encoding: Encoding,
    parts: usize,
    units: usize,
}

impl SmsSize {
    /// Returns the size of `text`, in the smallest encoding that can represent it.
    #[must_use]
    pub fn of(text: &str) -> Self {
        Self::of_symbols(text.chars())
    }

    pub(super) fn of_symbols(symbols: impl Iterator<Item = char> + Clone) -> Self {
        let is_basic = symbols.clone().all(|symbol| septets(symbol).is_some());
        let encoding = if is_basic { Encoding::Gsm7 } else { Encoding::Ucs2 };
        let units = symbols.clone().map(|symbol| encoding.units(symbol)).sum();
        let parts = if units <= encoding.whole() { 1 } else { count_parts(encoding, symbols) };
        Self { encoding, parts, units }
    }

    /// Returns the number of bytes, without the headers that contain the part numbers.
    #[must_use]
    pub const fn bytes(self) -> usize {
        match self.encoding {
            Encoding::Gsm7 => (self.units * 7).div_ceil(8),
            Encoding::Ucs2 => self.units * 2,
        }
    }

    /// Returns the smallest encoding that can represent the text.
    #[must_use]
    pub const fn encoding(self) -> Encoding {
        self.encoding
    }

    /// Returns the number of parts, each of which is billed as one message.
    #[must_use]
    pub const fn parts(self) -> usize {
        self.parts
    }

    /// Returns the length in units of 7 bits (GSM-7) or 16 bits (UCS-2).
    #[must_use]
    pub const fn units(self) -> usize {
        self.units
    }
}

/// Returns the number of parts.
///
/// No part ends within an escape sequence or a surrogate pair.
fn count_parts(encoding: Encoding, symbols: impl Iterator<Item = char>) -> usize {
    let (mut parts, mut left) = (1, encoding.part());
    for symbol in symbols {
        let units = encoding.units(symbol);
        if units > left {
            parts += 1;
            left = encoding.part();
        }
        left -= units;
    }
    parts
}

/// Returns the septets that a character needs in the default alphabet, or `None`.
const fn septets(symbol: char) -> Option<usize> {
    match symbol {
        '\n' | '\r' | ' '..='Z' | '_' | 'a'..='z' => Some(1),
        '¡' | '£' | '¤' | '¥' | '§' | '¿' | 'Ä' | 'Å' | 'Æ' | 'Ç' | 'É' | 'Ñ' | 'Ö' | 'Ø' | 'Ü'
        | 'ß' | 'à' | 'ä' | 'å' | 'æ' | 'è' | 'é' | 'ì' | 'ñ' | 'ò' | 'ö' | 'ø' | 'ù' | 'ü'
        | 'Γ' | 'Δ' | 'Θ' | 'Λ' | 'Ξ' | 'Π' | 'Σ' | 'Φ' | 'Ψ' | 'Ω' => Some(1),
        '\u{c}' | '^' | '{' | '}' | '\\' | '[' | '~' | ']' | '|' | '€' => Some(2),
        _ => None,
    }
}

/// Returns the usual replacement for a character that the default alphabet lacks.
pub(super) const fn without_accent(symbol: char) -> Option<&'static str> {
    Some(match symbol {
        'á' | 'â' | 'ã' => "a",
        'Á' | 'À' | 'Â' | 'Ã' => "A",
        'ç' => "c",
        'ê' | 'ë' => "e",
        'È' | 'Ê' | 'Ë' => "E",
        'í' | 'î' | 'ï' => "i",
        'Í' | 'Î' | 'Ï' => "I",
        'ó' | 'ô' | 'õ' => "o",
        'Ó' | 'Ô' | 'Õ' => "O",
        'œ' => "oe",
        'Œ' => "OE",
        'ú' | 'û' => "u",
        'Ú' | 'Ù' | 'Û' => "U",
        '‘' | '’' => "'",
        '“' | '”' => "\"",
        '–' | '—' => "-",
        '…' => "...",
        '\u{a0}' | '\u{202f}' => " ",
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn replacement_of_an_accent_is_in_the_alphabet() {
        for (symbols, plain) in [
            ("áâã", "a"),
            ("ÁÀÂÃ", "A"),
            ("ç", "c"),
            ("êë", "e"),
            ("ÈÊË", "E"),
            ("íîï", "i"),
            ("ÍÎÏ", "I"),
            ("óôõ", "o"),
            ("ÓÔÕ", "O"),
            ("œ", "oe"),
            ("Œ", "OE"),
            ("úû", "u"),
            ("ÚÙÛ", "U"),
            ("‘’", "'"),
            ("“”", "\""),
            ("–—", "-"),
            ("…", "..."),
            ("\u{a0}\u{202f}", " "),
        ] {
            for symbol in symbols.chars() {
                assert_eq!(without_accent(symbol), Some(plain), "{symbol}");
                assert_eq!(SmsSize::of(plain).encoding(), Encoding::Gsm7);
            }
        }
        assert_eq!(without_accent('語'), None);
    }
}
