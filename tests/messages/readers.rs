//! Independent parsers of text messages, and their size.

#![allow(clippy::indexing_slicing, reason = "a test may panic")]

/// An origin-bound code, as a parser read it from a message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Bound {
    pub(crate) host: String,
    pub(crate) code: String,
    pub(crate) embedded: Option<String>,
}

/// The parser of WICG, "Origin-bound one-time codes delivered via SMS", section "Parsing".
pub(crate) fn strict(message: &str) -> Option<Bound> {
    let normalized = message.replace("\r\n", "\n").replace('\r', "\n");
    let line: Vec<char> = normalized.split('\n').next_back()?.chars().collect();
    let mut position = 0;
    let host = marked_token(&line, &mut position, '@')?;
    if *line.get(position)? != ' ' {
        return None;
    }
    position += 1;
    let code = marked_token(&line, &mut position, '#')?;
    let mut embedded = None;
    if line.get(position) == Some(&' ') {
        position += 1;
        embedded = marked_token(&line, &mut position, '@');
    }
    Some(Bound { host, code, embedded })
}

fn marked_token(line: &[char], position: &mut usize, marker: char) -> Option<String> {
    if *line.get(*position)? != marker {
        return None;
    }
    *position += 1;
    // ASCII whitespace of the Infra standard.
    let is_space = |c: &&char| matches!(**c, '\t' | '\n' | '\u{c}' | '\r' | ' ');
    let token: String = line[*position..].iter().take_while(|c| !is_space(c)).collect();
    *position += token.chars().count();
    (!token.is_empty()).then_some(token)
}

/// The regular expression of Chromium, which takes the first match anywhere:
/// `(?:^|\s)@([a-zA-Z0-9.-]+) #([^#\s]+)(?: @([a-zA-Z0-9.-]+))?`.
pub(crate) fn browser(message: &str) -> Option<Bound> {
    let text: Vec<char> = message.chars().collect();
    let is_space = |c: char| matches!(c, '\t' | '\n' | '\u{c}' | '\r' | ' ');
    let is_host = |c: char| c.is_ascii_alphanumeric() || c == '.' || c == '-';
    let run = |from: usize, is_in: &dyn Fn(char) -> bool| -> String {
        text.iter().skip(from).take_while(|c| is_in(**c)).collect()
    };
    (0..text.len()).find_map(|at| {
        if text[at] != '@' || (at > 0 && !is_space(text[at - 1])) {
            return None;
        }
        let host = run(at + 1, &is_host);
        let behind = at + 1 + host.len();
        if host.is_empty() || text.get(behind) != Some(&' ') || text.get(behind + 1) != Some(&'#') {
            return None;
        }
        let code = run(behind + 2, &|c| c != '#' && !is_space(c));
        if code.is_empty() {
            return None;
        }
        let end = behind + 2 + code.chars().count();
        let frame = run(end + 2, &is_host);
        let has_frame = text.get(end) == Some(&' ') && text.get(end + 1) == Some(&'@');
        Some(Bound { host, code, embedded: (has_frame && !frame.is_empty()).then_some(frame) })
    })
}

/// 3GPP TS 23.038, table 6.2.1 and its extension, row by row.
const BASIC: &str = "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?\
¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà";
const EXTENSION: &str = "\u{c}^{}\\[~]|€";

/// Returns whether the text fits the GSM alphabet, then the parts and the units it needs.
pub(crate) fn measure(text: &str) -> (bool, usize, usize) {
    let is_basic = text.chars().all(|c| BASIC.contains(c) || EXTENSION.contains(c));
    let units: Vec<usize> = text
        .chars()
        .map(|c| match is_basic {
            true => 1 + usize::from(EXTENSION.contains(c)),
            false => c.len_utf16(),
        })
        .collect();
    let (whole, part) = if is_basic { (160, 153) } else { (70, 67) };
    let total: usize = units.iter().sum();
    if total <= whole {
        return (is_basic, 1, total);
    }
    let (mut parts, mut rest) = (0, units.as_slice());
    while !rest.is_empty() {
        let mut taken = 0;
        let mut sum = 0;
        while taken < rest.len() && sum + rest[taken] <= part {
            sum += rest[taken];
            taken += 1;
        }
        rest = &rest[taken..];
        parts += 1;
    }
    (is_basic, parts, total)
}

#[test]
fn parsers_read_the_examples_of_the_specifications() {
    let bound = |host: &str, code: &str, embedded: Option<&str>| {
        Some(Bound { host: host.into(), code: code.into(), embedded: embedded.map(Into::into) })
    };
    let example = bound("example.com", "747723", None);
    let good = "747723 is your code.\n\n@example.com #747723";
    assert_eq!((strict(good), browser(good)), (example.clone(), example.clone()));
    let framed = "@example.com #747723 @ecommerce.example";
    let with_frame = bound("example.com", "747723", Some("ecommerce.example"));
    assert_eq!((strict(framed), browser(framed)), (with_frame.clone(), with_frame));
    let hashed = "x\n\n@example.com #747723 FA+9qCX9VSu";
    assert_eq!((strict(hashed), browser(hashed)), (example.clone(), example.clone()));
    for only_the_browser in [
        "x\n\n@example.com #747723\n",
        "x\n\n@example.com #747723\nFA+9qCX9VSu",
        "your code: @example.com #747723",
    ] {
        let read = (strict(only_the_browser), browser(only_the_browser));
        assert_eq!(read, (None, example.clone()), "{only_the_browser:?}");
    }
    for neither in ["x\n@example.com  #747723", "x\n@example.com#747723", "x\n@ #747723", ""] {
        assert_eq!((strict(neither), browser(neither)), (None, None), "{neither:?}");
    }
}

#[test]
fn gsm_table_is_complete() {
    assert_eq!((BASIC.chars().count(), EXTENSION.chars().count()), (127, 10));
}
