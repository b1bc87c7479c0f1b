//! Prose in sources and pages.

use core::mem;

/// A paragraph, a heading, a list item or a table cell.
#[derive(Debug, PartialEq)]
pub(crate) struct Passage {
    /// The line on which it begins.
    pub(crate) line: usize,
    pub(crate) text: String,
}

/// The prose of a Rust source by its kind.
#[derive(Debug, Default)]
pub(crate) struct RustProse {
    /// The first line of the documentation of the module.
    pub(crate) head: Option<Passage>,
    pub(crate) comments: Vec<Passage>,
    pub(crate) error_texts: Vec<Passage>,
    pub(crate) test_names: Vec<Passage>,
}

/// The prose of a page in Markdown.
pub(crate) fn markdown(page: &str) -> Vec<Passage> {
    let mut reader = Reader::default();
    page.lines().enumerate().for_each(|(at, line)| reader.read(at + 1, line));
    reader.finish()
}

/// The prose of a Rust source.
pub(crate) fn rust(source: &str) -> RustProse {
    let mut prose = RustProse::default();
    let mut reader = Reader::default();
    let (mut before, mut is_test) = ("", false);
    for (at, line) in source.lines().enumerate() {
        let (line, trimmed) = ((at + 1, line), line.trim_start());
        let (marker, text) = comment(trimmed);
        if marker != before {
            prose.comments.append(&mut mem::take(&mut reader).finish());
        }
        before = marker;
        if marker == "//!" && prose.head.is_none() {
            prose.head = Some(Passage { line: line.0, text: text.trim().to_owned() });
        }
        if !marker.is_empty() {
            reader.read(line.0, text);
            continue;
        }
        if let Some((_, text)) = line.1.split_once("; // ").or(line.1.split_once(", // ")) {
            prose.comments.push(Passage { line: line.0, text: plain(text) });
        }
        if let Some((_, rest)) = trimmed.split_once("#[error(\"") {
            let text = rest.split('"').next().unwrap_or_default().to_owned();
            prose.error_texts.push(Passage { line: line.0, text });
        }
        is_test |= trimmed.starts_with("#[test]") || trimmed.starts_with("#[tokio::test");
        if let Some(name) = trimmed.split_once("fn ").filter(|_| is_test).map(|(_, name)| name) {
            let text = name.split(['(', '<']).next().unwrap_or_default().to_owned();
            prose.test_names.push(Passage { line: line.0, text });
            is_test = false;
        }
    }
    prose.comments.append(&mut reader.finish());
    prose
}

/// The marker of a line that is a comment, and its text.
fn comment(trimmed: &str) -> (&'static str, &str) {
    for marker in ["//!", "///", "//"] {
        if let Some(text) = trimmed.strip_prefix(marker) {
            return (marker, text.strip_prefix(' ').unwrap_or(text));
        }
    }
    ("", trimmed)
}

/// Collects passages line by line.
#[derive(Default)]
struct Reader {
    found: Vec<Passage>,
    open: Option<Passage>,
    is_code: bool,
}

impl Reader {
    fn read(&mut self, line: usize, text: &str) {
        let text = text.trim().trim_start_matches("> ");
        if text.starts_with("```") {
            self.is_code = !self.is_code;
            self.close();
        } else if text.is_empty() || is_link_definition(text) {
            self.close();
        } else if self.is_code {
        } else if text.starts_with('|') {
            self.close();
            self.found.extend(cells(text).map(|text| Passage { line, text }));
        } else if text.starts_with('#') {
            self.close();
            self.found.push(Passage { line, text: plain(text.trim_start_matches('#').trim()) });
        } else {
            let item = list_item(text);
            if item.is_some() {
                self.close();
            }
            let text = item.unwrap_or(text);
            match &mut self.open {
                Some(open) => open.text = format!("{} {text}", open.text),
                None => self.open = Some(Passage { line, text: text.to_owned() }),
            }
        }
    }

    fn close(&mut self) {
        self.found.extend(self.open.take().map(|open| Passage { text: plain(&open.text), ..open }));
    }

    fn finish(mut self) -> Vec<Passage> {
        self.close();
        self.found
    }
}

fn is_link_definition(text: &str) -> bool {
    text.starts_with('[')
        && text.split_once("]: ").is_some_and(|(name, _)| !name.contains(' ') || name.contains('`'))
}

fn list_item(text: &str) -> Option<&str> {
    let number = text.trim_start_matches(|c: char| c.is_ascii_digit());
    let is_numbered = number.len() < text.len();
    text.strip_prefix("- ")
        .or(text.strip_prefix("* "))
        .or(number.strip_prefix(". ").filter(|_| is_numbered))
}

/// The cells of a table row, without ids and rules.
fn cells(row: &str) -> impl Iterator<Item = String> {
    let row = plain(row);
    let cells: Vec<String> =
        row.trim_matches('|').split('|').map(|cell| cell.trim().to_owned()).collect();
    cells.into_iter().filter(|cell| !is_id(cell) && cell.chars().any(char::is_alphabetic))
}

/// Whether `cell` is one word with a digit or a placeholder: `N-29`, `107`.
fn is_id(cell: &str) -> bool {
    !cell.contains(' ') && cell.contains(|c: char| c.is_ascii_digit() || c == CODE)
}

/// The text without code, addresses and link targets. Code becomes one word.
fn plain(text: &str) -> String {
    let mut plain = String::new();
    let mut rest = text;
    while let Some(symbol) = rest.chars().next() {
        rest = &rest[symbol.len_utf8()..];
        match symbol {
            '`' => {
                let Some(end) = rest.find('`') else { break };
                rest = &rest[end + 1..];
                plain.push(CODE);
            }
            // `[text](target)` and `[text][target]`.
            ']' if rest.starts_with(['(', '[']) => {
                let end = if rest.starts_with('(') { ')' } else { ']' };
                rest = rest.find(end).map_or("", |at| &rest[at + 1..]);
            }
            '<' if rest.starts_with(|c: char| c.is_ascii_alphabetic() || c == '/') => {
                rest = rest.find('>').map_or("", |at| &rest[at + 1..]);
            }
            '[' | ']' | '*' | '\\' => {}
            'h' if rest.starts_with("ttp://") || rest.starts_with("ttps://") => {
                rest = &rest[rest.find(char::is_whitespace).unwrap_or(rest.len())..];
                plain.push(CODE);
            }
            symbol => plain.push(symbol),
        }
    }
    plain
}

/// What replaces code in plain text.
const CODE: char = '\u{25a1}';

#[test]
fn markdown_is_split_into_passages() {
    let page = "# A `head`\n\nOne [link](to/x) and `co\nde` over\nlines.\n- item\n  more\n1. first\n\n\
                ```rust\nnobody();\n```\n| id | text |\n|---|---|\n| N-29 | no `x` here |\n\n\
                [`X`]: crate::X\n> quoted <b>text</b> https://x.example\n";
    let found: Vec<(usize, String)> =
        markdown(page).into_iter().map(|one| (one.line, one.text)).collect();
    let expected = [
        (1, "A □"),
        (3, "One link and □ over lines."),
        (6, "item more"),
        (8, "first"),
        (13, "id"),
        (13, "text"),
        (15, "no □ here"),
        (18, "quoted text □"),
    ];
    assert_eq!(found, expected.map(|(line, text)| (line, text.to_owned())));
}

#[test]
fn rust_prose_is_found_by_its_kind() {
    let source = "//! Head of\n//! a module.\n\nuse x; // why\n\n/// Doc.\n///\n/// ```\n/// code();\n\
                  /// ```\n// A reason.\n#[error(\"a text\")]\nfn helper() {}\n#[test]\n#[ignore]\n\
                  fn name_of_test() {}\nfn other() {}\n#[tokio::test(flavor = \"x\")]\n\
                  async fn name_of_another() {}\n";
    let RustProse { head, comments, error_texts, test_names } = rust(source);
    let texts = |all: Vec<Passage>| all.into_iter().map(|one| one.text).collect::<Vec<_>>();
    assert_eq!(head, Some(Passage { line: 1, text: "Head of".to_owned() }));
    assert_eq!(texts(comments), ["Head of a module.", "why", "Doc.", "A reason."]);
    assert_eq!(texts(error_texts), ["a text"]);
    assert_eq!(texts(test_names), ["name_of_test", "name_of_another"]);
}
