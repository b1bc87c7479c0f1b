//! Templates: one line of text with places. Knows no language.

use alloc::vec::Vec;

use super::{InvalidTranslation, phrase::Phrase};

/// What a template leaves open.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::message) enum Placeholder {
    Agreed,
    Code,
    Digit,
    Factor,
    Issuer,
    Left,
    Minutes,
    Notice,
}

/// A part of a template.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Piece<'a> {
    Placeholder(Placeholder),
    Text(&'a str),
    /// A brace that opens no place.
    Stray,
}

/// What `template` says with its places filled. What is put in is not looked at again, so that no
/// braces in a name or in an agreement are a place.
pub(in crate::message) fn fill<'a>(
    template: &'a str,
    value: impl Fn(Placeholder) -> &'a str,
) -> Vec<&'a str> {
    let said = |piece| match piece {
        Piece::Placeholder(place) => value(place),
        Piece::Text(text) => text,
        Piece::Stray => "",
    };
    pieces(template).map(said).collect()
}

/// Whether `template` may stand for `phrase`, whatever fills its places.
pub(super) fn check(phrase: Phrase, template: &str) -> Result<(), InvalidTranslation> {
    let rule = phrase.rule();
    if template.is_empty() && rule.may_be_empty {
        return Ok(());
    }
    if template.len() > MAX_LEN {
        return Err(InvalidTranslation::TooLong);
    }
    if template.contains(crate::purpose::is_misleading) {
        return Err(InvalidTranslation::Control);
    }
    let pieces: Vec<Piece<'_>> = pieces(template).collect();
    let count = |place: &Placeholder| {
        pieces.iter().filter(|piece| **piece == Piece::Placeholder(*place)).count()
    };
    let is_known = |piece: &Piece<'_>| match piece {
        Piece::Placeholder(place) => rule.needs.contains(place) || rule.takes.contains(place),
        Piece::Text(_) => true,
        Piece::Stray => false,
    };
    if !pieces.iter().all(is_known) || rule.takes.iter().any(|place| count(place) > 1) {
        return Err(InvalidTranslation::Placeholder);
    }
    if rule.needs.iter().any(|place| count(place) != 1) {
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
    if rule.needs.contains(&Placeholder::Code) {
        check_code(&pieces)?;
    }
    // What is around a notice needs no word of its own.
    let says_something = texts().any(|text| text.contains(char::is_alphabetic));
    if says_something || rule.needs.contains(&Placeholder::Notice) {
        Ok(())
    } else {
        Err(InvalidTranslation::Wordless)
    }
}

/// The code stands alone, and before everything that others wrote.
fn check_code(pieces: &[Piece<'_>]) -> Result<(), InvalidTranslation> {
    let place = |wanted| pieces.iter().position(|piece| *piece == Piece::Placeholder(wanted));
    let Some(code) = place(Placeholder::Code) else {
        return Err(InvalidTranslation::Missing);
    };
    let can_be_only_factor =
        |neighbour: Option<&Piece<'_>>, is_space: fn(&str) -> bool| match neighbour {
            None => true,
            Some(Piece::Text(text)) => is_space(text),
            Some(Piece::Placeholder(_) | Piece::Stray) => false,
        };
    let before = code.checked_sub(1).and_then(|at| pieces.get(at));
    if !can_be_only_factor(before, |text| text.ends_with(' '))
        || !can_be_only_factor(pieces.get(code + 1), |text| text.starts_with(' '))
    {
        return Err(InvalidTranslation::Glued);
    }
    // Phones offer the first number that looks like a code.
    match place(Placeholder::Agreed) {
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
    let place = inner.split_once('}').and_then(|(name, tail)| Some((place(name)?, tail)));
    match place {
        Some((place, tail)) => (Piece::Placeholder(place), tail),
        None => (Piece::Stray, inner),
    }
}

fn place(name: &str) -> Option<Placeholder> {
    Some(match name {
        "agreed" => Placeholder::Agreed,
        "code" => Placeholder::Code,
        "digit" => Placeholder::Digit,
        "factor" => Placeholder::Factor,
        "issuer" => Placeholder::Issuer,
        "left" => Placeholder::Left,
        "minutes" => Placeholder::Minutes,
        "notice" => Placeholder::Notice,
        _ => return None,
    })
}

/// Whether a phone would make a link of it, or a browser a line that binds a code.
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

/// More than any part of a text message holds.
const MAX_LEN: usize = 400;
