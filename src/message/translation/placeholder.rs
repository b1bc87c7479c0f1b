//! Placeholders of a template, and the rules for them.

use alloc::vec::Vec;

use super::InvalidTranslation;

/// A value that is inserted into a template.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::message) enum Placeholder {
    Agreed,
    Code,
    Factor,
    Issuer,
    Keys,
    Left,
    Minutes,
    Notice,
}

/// The placeholders that a phrase requires and allows.
pub(super) struct Rule {
    /// Placeholders that must occur exactly once.
    pub(super) required: &'static [Placeholder],
    /// Placeholders that may occur once.
    pub(super) optional: &'static [Placeholder],
    pub(super) may_be_empty: bool,
}

/// A part of a template.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Piece<'a> {
    Placeholder(Placeholder),
    Text(&'a str),
    /// A brace that does not open a known placeholder.
    Stray,
}

/// Replaces the placeholders of `template`.
///
/// The values are not parsed, so braces in a name or in an agreement stay unchanged.
pub(in crate::message) fn fill<'a>(
    template: &'a str,
    value: impl Fn(Placeholder) -> &'a str,
) -> Vec<&'a str> {
    let text = |piece| match piece {
        Piece::Placeholder(placeholder) => value(placeholder),
        Piece::Text(text) => text,
        Piece::Stray => "",
    };
    pieces(template).map(text).collect()
}

/// Returns whether a character is a control, a line separator or a direction mark.
///
/// Joiners are invisible too, but some languages need them.
fn is_misleading(symbol: char) -> bool {
    symbol.is_control()
        || matches!(symbol, '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{fffe}'..='\u{ffff}')
}

/// Checks `template` against `rule`.
pub(super) fn check(rule: &Rule, template: &str) -> Result<(), InvalidTranslation> {
    if template.is_empty() && rule.may_be_empty {
        return Ok(());
    }
    if template.len() > MAX_LEN {
        return Err(InvalidTranslation::TooLong);
    }
    if template.contains(is_misleading) {
        return Err(InvalidTranslation::Control);
    }
    let pieces: Vec<Piece<'_>> = pieces(template).collect();
    let count = |placeholder: &Placeholder| {
        pieces.iter().filter(|piece| **piece == Piece::Placeholder(*placeholder)).count()
    };
    let is_known = |piece: &Piece<'_>| match piece {
        Piece::Placeholder(placeholder) => {
            rule.required.contains(placeholder) || rule.optional.contains(placeholder)
        }
        Piece::Text(_) => true,
        Piece::Stray => false,
    };
    if !pieces.iter().all(is_known) || rule.optional.iter().any(|optional| count(optional) > 1) {
        return Err(InvalidTranslation::Placeholder);
    }
    if rule.required.iter().any(|required| count(required) != 1) {
        return Err(InvalidTranslation::Missing);
    }
    let texts = || {
        pieces.iter().filter_map(|piece| match piece {
            Piece::Text(text) => Some(*text),
            _ => None,
        })
    };
    if texts().any(has_link) {
        return Err(InvalidTranslation::Link);
    }
    if rule.required.contains(&Placeholder::Code) {
        check_code(&pieces)?;
    }
    // A notice contains its own text.
    let has_text = texts().any(|text| text.contains(char::is_alphabetic));
    if has_text || rule.required.contains(&Placeholder::Notice) {
        Ok(())
    } else {
        Err(InvalidTranslation::Wordless)
    }
}

/// Checks that spaces surround the code, and that it comes before the agreement.
fn check_code(pieces: &[Piece<'_>]) -> Result<(), InvalidTranslation> {
    let position =
        |placeholder| pieces.iter().position(|piece| *piece == Piece::Placeholder(placeholder));
    let Some(code) = position(Placeholder::Code) else {
        return Err(InvalidTranslation::Missing);
    };
    let is_separate = |neighbor: Option<&Piece<'_>>, is_space: fn(&str) -> bool| match neighbor {
        None => true,
        Some(Piece::Text(text)) => is_space(text),
        Some(Piece::Placeholder(_) | Piece::Stray) => false,
    };
    let before = code.checked_sub(1).and_then(|at| pieces.get(at));
    if !is_separate(before, |text| text.ends_with(' '))
        || !is_separate(pieces.get(code + 1), |text| text.starts_with(' '))
    {
        return Err(InvalidTranslation::Glued);
    }
    // Phones offer the first number that looks like a code.
    match position(Placeholder::Agreed) {
        Some(agreed) if agreed < code => Err(InvalidTranslation::Order),
        _ => Ok(()),
    }
}

fn pieces(template: &str) -> impl Iterator<Item = Piece<'_>> {
    let mut rest = template;
    core::iter::from_fn(move || {
        if rest.is_empty() {
            return None;
        }
        let (piece, tail) = next(rest);
        rest = tail;
        Some(piece)
    })
}

fn next(rest: &str) -> (Piece<'_>, &str) {
    let Some(inner) = rest.strip_prefix('{') else {
        let end = rest.find(['{', '}']).unwrap_or(rest.len());
        return match rest.split_at_checked(end) {
            Some((text, tail)) if !text.is_empty() => (Piece::Text(text), tail),
            _ => (Piece::Stray, rest.get(1..).unwrap_or_default()),
        };
    };
    let found = inner.split_once('}').and_then(|(name, tail)| Some((placeholder(name)?, tail)));
    match found {
        Some((placeholder, tail)) => (Piece::Placeholder(placeholder), tail),
        None => (Piece::Stray, inner),
    }
}

fn placeholder(name: &str) -> Option<Placeholder> {
    Some(match name {
        "agreed" => Placeholder::Agreed,
        "code" => Placeholder::Code,
        "keys" => Placeholder::Keys,
        "factor" => Placeholder::Factor,
        "issuer" => Placeholder::Issuer,
        "left" => Placeholder::Left,
        "minutes" => Placeholder::Minutes,
        "notice" => Placeholder::Notice,
        _ => return None,
    })
}

/// Returns whether a phone would show a link, or a browser an origin-bound line.
fn has_link(text: &str) -> bool {
    let is_joint = |window: &[char]| match window {
        [before, '.', after, more] => {
            before.is_alphanumeric() && after.is_alphanumeric() && more.is_alphanumeric()
        }
        _ => false,
    };
    let symbols: Vec<char> = text.chars().collect();
    text.contains(['@', '#', '/', '\\']) || symbols.windows(4).any(is_joint)
}

/// The maximum length of a template in bytes.
///
/// This is more than one part of a text message.
const MAX_LEN: usize = 400;
