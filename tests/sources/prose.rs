//! The rules of CONTRIBUTING for prose.

#![allow(clippy::indexing_slicing, clippy::unwrap_used, reason = "a failed test may panic")]

mod text;

use std::{
    fs,
    path::{Path, PathBuf},
};

use self::text::{Passage, RustProse, markdown, rust};

const MOST_WORDS: usize = 40;
const LONGEST_TEST_NAME: usize = 60;
const LONGEST_HEAD: usize = 60;

/// Words that must not follow each other, and what to write.
///
/// `|` separates alternatives, `*` is any word, and `dis*` any word that begins so. Punctuation ends
/// a match.
const BANNED: [(&str, &str); 28] = [
    ("whoever|whatever|whichever|whosoever|nobody|somebody|anybody", "name the actor"),
    ("no one who", "name the actor"),
    ("noone who", "name the actor"),
    ("is|are none", "affirm"),
    ("none of another", "affirm"),
    ("none of any other", "affirm"),
    ("no * is a|an|one|of", "affirm"),
    ("nothing but", "affirm"),
    ("and no more|other|further", "affirm"),
    ("anew|thereof|hitherto|aforesaid", "again"),
    ("of yours|ours", "your, our"),
    ("by other|another hand|hands", "independent"),
    ("gone through", "the verb of the field"),
    ("goes round", "the verb of the field"),
    ("called off", "the verb of the field"),
    ("taken back|up", "the verb of the field"),
    ("put off", "the verb of the field"),
    ("right|wrong code|codes|pin|pins|proof|proofs|password", "correct, incorrect"),
    ("is|are|was|were right|wrong", "correct, incorrect, valid"),
    ("told|tell|tells the|a host|person|owner|user", "report, notify"),
    ("lives|dies|dead|alive|living", "valid, expired, lifetime"),
    ("mend|mends|mended|mending", "repair, fix"),
    ("ring|rings 1|2|3", "layer"),
    ("stand|stands", "is enrolled, is set, is"),
    ("moving|move|moved in", "migrate, import"),
    ("begin|begins alike", "prefix"),
    ("the host", "your application"),
    ("newcomer*|disown*|purse|purses|onward|practis*", "the term of the glossary"),
];

/// Passages that may leave a rule: the file, a part of the text, and the reason.
const ALLOWED: [(&str, &str, &str); 9] = [
    ("src/manual/delivery.md", "the name, the host and twice the code", HOST_NAME),
    ("src/manual/standards.md", "the host, one space", HOST_NAME),
    ("src/manual/standards.md", "shows the host where the page is", HOST_NAME),
    ("src/manual/standards.md", "to the host of the page", HOST_NAME),
    ("src/manual/standards.md", "The host in a message", HOST_NAME),
    ("src/manual/threats.md", "The host in the message", HOST_NAME),
    ("src/message/sender.rs", "the host name of the site", HOST_NAME),
    ("src/otp/uri/parse.rs", "the host component of the URI", HOST_NAME),
    ("src/verifier/security_keys.rs", "With a stand-in for", "the noun"),
];
const HOST_NAME: &str = "a network host";

/// A place that leaves a rule.
#[derive(Debug)]
struct Hit {
    file: String,
    line: usize,
    why: String,
    text: String,
}

#[test]
fn prose_follows_the_rules() {
    let mut hits = Vec::new();
    let mut passages = 0;
    for path in files() {
        let file = path.strip_prefix(root()).unwrap().display().to_string();
        let text = fs::read_to_string(&path).unwrap();
        if file.ends_with(".md") {
            let found = markdown(&text);
            passages += found.len();
            found.iter().for_each(|one| check_text(&file, one, &mut hits));
        } else {
            let prose = rust(&text);
            passages += prose.comments.len();
            check_source(&file, &prose, &mut hits);
        }
    }
    let mut used = vec![false; ALLOWED.len()];
    hits.retain(|hit| {
        let allowed = ALLOWED
            .iter()
            .position(|(file, text, _)| hit.file.ends_with(file) && hit.text.contains(text));
        if let Some(at) = allowed {
            used[at] = true;
        }
        allowed.is_none()
    });
    let listed: Vec<String> = hits
        .iter()
        .map(|one| format!("{}:{}: {}\n    {}", one.file, one.line, one.why, one.text))
        .collect();
    assert!(hits.is_empty(), "{} places:\n{}", hits.len(), listed.join("\n"));
    for (used, allowed) in used.iter().zip(ALLOWED) {
        assert!(used, "no longer needed: {allowed:?}");
    }
    assert!(passages > 5000, "only {passages} passages were found");
}

#[test]
fn each_prose_rule_finds_its_violation() {
    let violations = [
        "whoever calls it",
        "no one who calls it",
        "noone who calls it",
        "it is\n/// none",
        "none of another",
        "none of any other",
        "no client is a client",
        "nothing but a code",
        "these and no more",
        "begins anew",
        "a code of yours",
        "written by other hands",
        "is gone through",
        "it goes round",
        "it is called off",
        "it is taken up",
        "it is put off",
        "the wrong code",
        "the code was right",
        "tells the user",
        "as long as it lives",
        "it mends the record",
        "of ring 2",
        "what stands",
        "for moving in",
        "numbers that begin alike",
        "ask the host",
        "it was disowned",
    ];
    assert_eq!(violations.len(), BANNED.len());
    for (at, violation) in violations.iter().enumerate() {
        let hits = hits_of(&format!("/// Text: {violation}.\n"));
        assert_eq!(hits.len(), 1, "{violation}: {hits:#?}");
        assert!(hits[0].why.contains(BANNED[at].1), "{violation}: {hits:#?}");
    }
    let long = "word ".repeat(41);
    let name = "n".repeat(61);
    for (source, why) in [
        (format!("/// {long}.\n"), "a sentence of 42 words"),
        (format!("//! {name}.\n"), "a head of 62 characters"),
        ("//! No full stop\n".to_owned(), "a head without a full stop"),
        (format!("#[test]\nfn {name}() {{\n"), "a name of 61 characters"),
        ("#[test]\nfn it_was_wrong() {\n".to_owned(), "correct, incorrect, valid"),
        ("#[error(\"Invalid code\")]\n".to_owned(), "an error text with a capital"),
        ("#[error(\"invalid code.\")]\n".to_owned(), "an error text with a full stop"),
        ("#[error(\"the wrong code\")]\n".to_owned(), "correct, incorrect"),
        ("// The wrong code.\n".to_owned(), "correct, incorrect"),
        ("let x = 1; // the wrong code\n".to_owned(), "correct, incorrect"),
    ] {
        let hits = hits_of(&source);
        assert!(hits.len() == 1 && hits[0].why.contains(why), "{source}: {hits:#?}");
    }
}

#[test]
fn prose_that_follows_the_rules_is_accepted() {
    for source in [
        "//! Verification of codes.\n\n/// Returns `the wrong code`. None of them is stored.\n",
        "/// ```\n/// // whoever\n/// ```\nfn nobody() {}\n",
        "/// [text](whoever). It is. Wrong codes are refused; it is, right.\n",
        "#[error(\"SMS is refused: {0}\")]\n#[test]\nfn code_is_refused() {\n",
    ] {
        let hits: Vec<Hit> = hits_of(source)
            .into_iter()
            .filter(|hit| !hit.text.contains("Wrong codes are"))
            .collect();
        assert!(hits.is_empty(), "{hits:#?}");
    }
}

fn hits_of(source: &str) -> Vec<Hit> {
    let mut hits = Vec::new();
    check_source("sample.rs", &rust(source), &mut hits);
    hits
}

fn check_source(file: &str, prose: &RustProse, hits: &mut Vec<Hit>) {
    let RustProse { head, comments, error_texts, test_names } = prose;
    comments.iter().for_each(|one| check_text(file, one, hits));
    if let Some(one) = head {
        let length = one.text.chars().count();
        if length > LONGEST_HEAD {
            hits.push(Hit::new(file, one, format!("a head of {length} characters")));
        }
        if !one.text.ends_with('.') {
            hits.push(Hit::new(file, one, "a head without a full stop"));
        }
    }
    for one in error_texts {
        check_words(file, one, hits);
        let mut symbols = one.text.chars();
        let is_capital = symbols.next().is_some_and(char::is_uppercase);
        if is_capital && symbols.next().is_some_and(char::is_lowercase) {
            hits.push(Hit::new(file, one, "an error text with a capital"));
        }
        if one.text.ends_with('.') {
            hits.push(Hit::new(file, one, "an error text with a full stop"));
        }
    }
    for one in test_names {
        let length = one.text.len();
        if length > LONGEST_TEST_NAME {
            hits.push(Hit::new(file, one, format!("a name of {length} characters")));
        }
        let words = Passage { text: one.text.replace('_', " "), ..*one };
        check_words(file, &words, hits);
    }
}

fn check_text(file: &str, passage: &Passage, hits: &mut Vec<Hit>) {
    check_words(file, passage, hits);
    let mut count = 0;
    for word in passage.text.split_whitespace() {
        count += 1;
        if word.ends_with(['.', '!', '?', ':', ';']) {
            if count > MOST_WORDS {
                hits.push(Hit::new(file, passage, format!("a sentence of {count} words")));
            }
            count = 0;
        }
    }
    if count > MOST_WORDS {
        hits.push(Hit::new(file, passage, format!("a sentence of {count} words")));
    }
}

fn check_words(file: &str, passage: &Passage, hits: &mut Vec<Hit>) {
    let text = passage.text.to_lowercase();
    let words = words(&text);
    for (pattern, advice) in BANNED {
        let pattern: Vec<&str> = pattern.split(' ').collect();
        for found in words.windows(pattern.len()) {
            if found.iter().zip(&pattern).all(|(word, allowed)| is_one_of(word, allowed)) {
                hits.push(Hit::new(file, passage, format!("{:?}: {advice}", found.join(" "))));
            }
        }
    }
}

/// The words of a text; each symbol of its punctuation is a word.
fn words(text: &str) -> Vec<&str> {
    let mut words = Vec::new();
    for part in text.split_whitespace() {
        let mut rest = part;
        while let Some(first) = rest.chars().next() {
            let end = rest.find(|c: char| !is_letter(c)).unwrap_or(rest.len());
            let end = if end == 0 { first.len_utf8() } else { end };
            words.push(&rest[..end]);
            rest = &rest[end..];
        }
    }
    words
}

fn is_letter(symbol: char) -> bool {
    symbol.is_alphanumeric() || symbol == '_'
}

fn is_one_of(word: &str, allowed: &str) -> bool {
    allowed.split('|').any(|one| match one.strip_suffix('*') {
        Some(start) => word.starts_with(start) && word.chars().all(is_letter),
        None => word == one,
    })
}

impl Hit {
    fn new(file: &str, passage: &Passage, why: impl Into<String>) -> Self {
        let (line, text) = (passage.line, passage.text.clone());
        Self { file: file.to_owned(), line, why: why.into(), text }
    }
}

/// The pages and sources that the rules apply to.
fn files() -> Vec<PathBuf> {
    let pages = ["README.md", "CHANGELOG.md", "SECURITY.md", "CONTRIBUTING.md"];
    let mut found: Vec<PathBuf> = pages.iter().map(|page| root().join(page)).collect();
    for folder in ["src", "tests", "examples", "benches", "fuzz"] {
        collect(&root().join(folder), &mut found);
    }
    found.sort();
    found
}

fn collect(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let is_source = path.extension().is_some_and(|ending| ending == "rs" || ending == "md");
        if path.is_dir() && !path.ends_with("target") {
            collect(&path, found);
        } else if is_source && !path.ends_with("tests/sources/prose.rs") {
            found.push(path);
        }
    }
}

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}
