//! Citations between sources, tests and the manual.

#![allow(clippy::indexing_slicing, clippy::unwrap_used, reason = "a test may panic")]

use alloc::collections::{BTreeMap, BTreeSet};
use std::{
    fs,
    path::{Path, PathBuf},
};

/// The citations of a text: rows of `standards`, rows of `threats`, headings of `laws`.
#[derive(Debug, Default, PartialEq, Eq)]
struct Citations {
    standards: BTreeSet<String>,
    failures: BTreeSet<u32>,
    laws: BTreeSet<u32>,
}

#[test]
fn citations_all_have_rows() {
    let (standards, threats, laws) = (page("standards"), page("threats"), page("laws"));
    let standards: BTreeSet<_> = rows(&standards).into_keys().collect();
    let threats: BTreeSet<_> = rows(&threats).into_keys().collect();
    let (mut missing, mut seen) = (Vec::new(), 0);
    for (file, text) in sources().into_iter().chain(pages()) {
        let cited = citations(&text);
        let numbers = cited.failures.iter().map(u32::to_string);
        let checked = cited.standards.iter().map(|id| (id.clone(), standards.contains(id)));
        let checked = checked
            .chain(numbers.map(|n| (format!("FAILURES {n}"), threats.contains(&n))))
            .chain(cited.laws.iter().map(|n| (format!("law {n}"), has_law(&laws, *n))));
        for (name, is_there) in checked {
            seen += 1;
            if !is_there {
                missing.push(format!("{}: {name}", file.display()));
            }
        }
    }
    assert!(missing.is_empty(), "not in the manual: {missing:#?}");
    assert!(seen > 150, "found only {seen} citations: the parser is faulty");
}

#[test]
fn manual_test_names_all_exist() {
    let tests = tests();
    for name in ["laws", "standards", "threats"] {
        let page = page(name);
        let named: Vec<&str> = test_names(&page).collect();
        assert!(named.len() > 20, "{name}: found only {} names", named.len());
        for test in named {
            assert!(tests.iter().any(|real| is_named(test, real)), "{name}: no test {test}");
        }
    }
}

#[test]
fn threats_rows_name_all_failure_tests() {
    let page = page("threats");
    let rows = rows(&page);
    for test in tests().iter().filter(|test| test.starts_with("failure_")) {
        let n = test[8..11].trim_start_matches('0');
        let row = rows.get(n).unwrap_or_else(|| panic!("{test}: no row {n}"));
        assert!(test_names(row).any(|name| is_named(name, test)), "row {n} does not name {test}");
    }
}

#[test]
fn threats_rows_name_a_test_or_the_application() {
    let (page, tests) = (page("threats"), tests());
    let rows = rows(&page);
    for n in 1..=FAILURES {
        let row = rows.get(&n.to_string()).unwrap_or_else(|| panic!("no row {n}"));
        assert!(is_covered(n, row, &tests), "row {n} names no test of its number: {row}");
    }
}

#[test]
fn threats_rows_without_test_or_duty_are_found() {
    let tests = BTreeSet::from(["failure_901_a_fact".to_owned(), "failure_902_a_fact".to_owned()]);
    let duty = "Your application: only it can end its sessions, when an event says so.";
    for covered in [
        "| 901 | x | y | `failure_901_a_fact` |",
        "| 901 | x | y | `failure_901_*` |",
        &format!("| 901 | x | y | {duty} |"),
    ] {
        assert!(is_covered(901, covered, &tests), "{covered}");
    }
    for bare in [
        "| 901 | x | y | none by this number; see 902 |",
        "| 901 | x | y | in `failure_902_a_fact` |",
        "| 901 | x | y | `failure_901_no_such_test` |",
        "| 901 | x | y | Your application: see 902. |",
        &format!("| 901 | x | {duty} | none |"),
        "| 901 | `failure_901_a_fact` | y | |",
    ] {
        assert!(!is_covered(901, bare, &tests), "{bare}");
    }
}

#[test]
fn standards_rows_name_what_meets_them() {
    let (page, tests) = (page("standards"), tests());
    let rows = rows(&page);
    for (source, numbers) in STANDARDS {
        for n in 1..=numbers {
            let id = format!("{source}-{n:02}");
            assert_eq!(!rows.contains_key(&id), GAPS.contains(&id.as_str()), "{id}");
        }
    }
    for (id, row) in rows {
        assert!(is_met(row, &tests), "{id} names neither a test nor a duty: {row}");
    }
}

#[test]
fn standards_rows_that_name_nothing_are_found() {
    let tests = BTreeSet::from(["a_known_fact".to_owned()]);
    for met in [
        "| N-01 | x | y | L | [`Item`]: `a_known_fact` |",
        "| N-01 | x | y | D | [`Item`]: `.ci/run` |",
        "| N-01 | x | y | H | Your application: check the identity of the user before a reset. |",
        "| N-01 | x | y | – | PSKC is not in this crate. |",
    ] {
        assert!(is_met(met, &tests), "{met}");
    }
    for bare in [
        "| N-01 | x | y |",
        "| N-01 | x | y | L | |",
        "| N-01 | x | y | L | [`Item`] |",
        "| N-01 | x | y | L | `a_known_fact` |",
        "| N-01 | x | y | L | [`Item`]: `an_unknown_fact` |",
        "| N-01 | x | y | D | [`Item`]: `a_known_fact`, `an_unknown_fact` |",
        "| N-01 | x | y | L | [`Item`]: `.ci/no_such_script.sh` |",
        "| N-01 | x | y | H | [`Item`]: `a_known_fact` |",
        "| N-01 | x | y | H | Your application: see above. |",
        "| N-01 | x | y | – | |",
        "| N-01 | x | y | ? | [`Item`]: `a_known_fact` |",
    ] {
        assert!(!is_met(bare, &tests), "{bare}");
    }
}

#[test]
fn rows_are_unique() {
    for (name, least) in [("standards", 50), ("threats", 60)] {
        let page = page(name);
        let keys: Vec<&str> = page.lines().filter_map(key).collect();
        let once: BTreeSet<&str> = keys.iter().copied().collect();
        assert_eq!(keys.len(), once.len(), "{name}");
        assert!(keys.len() > least, "{name}: found only {} rows", keys.len());
    }
}

#[test]
fn citations_are_parsed() {
    let seen = citations(concat!(
        "// STD Z-01 (why), Z-02;\n    // FAILURES 901, 903 to\n    // 905, and 70 people\n",
        "/// [STD Z-03, Z-04](crate::manual::standards); law 97. Law 98, laws\n/// 99 of old.\n",
        "let x = \"Z-05\"; // STD 9.1\n/// SHA-12, in-laws, STD z\nfn failure_906_a_b() {}\n",
        "fn z_06_a_row() {}\n//! (FAILURES 907) see [FAILURES 908](x)\n",
    ));
    let standards = ["Z-01", "Z-02", "Z-03", "Z-04", "Z-06", "STD 9.1", "STD z"].map(str::to_owned);
    assert_eq!(seen.standards, BTreeSet::from(standards));
    assert_eq!(seen.failures, BTreeSet::from([901, 903, 904, 905, 906, 907, 908]));
    assert_eq!(seen.laws, BTreeSet::from([97, 98, 99]));
}

/// Whether the last cell of `row` names an existing test of failure `n`, or a duty of the application.
fn is_covered(n: u32, row: &str, tests: &BTreeSet<String>) -> bool {
    let cell = row.trim_end_matches(['|', ' ']).rsplit(" | ").next().unwrap_or_default();
    let start = format!("failure_{n:03}_");
    let is_one = |name: &str| tests.iter().any(|test| is_named(name, test));
    is_duty(cell) || test_names(cell).any(|name| name.starts_with(&start) && is_one(name))
}

/// Whether the last two cells of `row` say who meets its requirement and how.
fn is_met(row: &str, tests: &BTreeSet<String>) -> bool {
    let cells: Vec<&str> = row.trim_matches('|').split('|').map(str::trim).collect();
    let [_, _, _, who, how] = cells[..] else { return false };
    let is_test = |name: &str| tests.iter().any(|test| is_named(name, test));
    let mut scripts = how.split('`').filter(|text| text.starts_with(".ci/")).peekable();
    match who {
        "L" | "D" => {
            let mut named = test_names(how).peekable();
            let is_shown = named.peek().is_some() || scripts.peek().is_some();
            let is_there = |script: &str| root().join(script).is_file();
            how.contains("[`") && is_shown && named.all(is_test) && scripts.all(is_there)
        }
        "H" => is_duty(how),
        "–" => how.len() > 20,
        _ => false,
    }
}

/// Whether `cell` says in a sentence what the application must do.
fn is_duty(cell: &str) -> bool {
    cell.strip_prefix("Your application: ").is_some_and(|duty| duty.len() > 40)
}

fn citations(text: &str) -> Citations {
    let mut found = Citations::default();
    let comments = comments(text);
    let words: Vec<&str> = comments
        .split(|c: char| c.is_whitespace() || "()[]`".contains(c))
        .filter(|word| !word.is_empty())
        .collect();
    for (at, word) in words.iter().enumerate() {
        let rest = &words[at + 1..];
        match *word {
            "STD" => {
                let id = rest.first().map_or("", |next| bare(next));
                // A malformed id is stored with its prefix, so that it is reported as missing.
                found.standards.insert(if is_id(id) { id.into() } else { format!("STD {id}") });
            }
            "FAILURES" => found.failures.extend(numbers(rest)),
            "law" | "Law" | "laws" | "Laws" => found.laws.extend(numbers(rest)),
            word if is_id(bare(word)) => {
                found.standards.insert(bare(word).into());
            }
            _ => {}
        }
    }
    for name in functions(text) {
        if let Some(rest) = name.strip_prefix("failure_") {
            found.failures.insert(rest[..3].parse().unwrap());
        } else if name.as_bytes().get(1) == Some(&b'_') {
            let id = name.get(..4).unwrap_or_default().to_uppercase().replace('_', "-");
            found.standards.extend(is_id(&id).then_some(id));
        }
    }
    found
}

/// The numbers of the list at the start of `words`: `16 to 21, 30 and 31;`.
fn numbers(words: &[&str]) -> Vec<u32> {
    let mut found = Vec::new();
    let mut words = words.iter().peekable();
    while let Some(Ok(number)) =
        words.next().map(|word| bare(word).parse::<u32>().map(|n| (n, word)))
    {
        let (number, word) = number;
        found.push(number);
        if words.next_if(|next| **next == "to").is_some() {
            let Some(end) = words.next() else { break };
            found.extend(number + 1..=bare(end).parse().unwrap());
            if !end.ends_with(',') {
                break;
            }
        } else if !word.ends_with(',') && words.next_if(|next| **next == "and").is_none() {
            break;
        }
    }
    found
}

fn bare(word: &str) -> &str {
    word.trim_end_matches([',', '.', ';', ':'])
}

/// Whether `word` is a letter, a hyphen and two digits.
fn is_id(word: &str) -> bool {
    matches!(word.as_bytes(), [b'A'..=b'Z', b'-', tens, ones]
        if tens.is_ascii_digit() && ones.is_ascii_digit())
}

/// The comments of a source as one line; code between two comments ends a list.
fn comments(text: &str) -> String {
    let comment = |line: &str| {
        let at =
            if line.trim_start().starts_with("//") { line.find("//") } else { line.find(" // ") };
        at.map(|at| line[at..].trim_start().trim_start_matches(['/', '!']).to_owned())
    };
    text.lines()
        .map(|line| comment(line).unwrap_or_else(|| "|".into()))
        .collect::<Vec<_>>()
        .join(" ")
}

/// The key of a table row: an id or a number.
fn key(line: &str) -> Option<&str> {
    let key = line.strip_prefix("| ")?.split(" | ").next()?;
    (is_id(key) || key.parse::<u32>().is_ok()).then_some(key)
}

fn rows(page: &str) -> BTreeMap<String, &str> {
    page.lines().filter_map(|line| Some((key(line)?.to_owned(), line))).collect()
}

fn has_law(page: &str, number: u32) -> bool {
    page.lines().any(|line| line.starts_with(&format!("# {number}. ")))
}

/// The texts in backquotes that have the form of a test name.
fn test_names(text: &str) -> impl Iterator<Item = &str> {
    let is_name = |text: &&str| {
        let body = text.trim_end_matches('*');
        body.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_')
            && body.matches('_').count() >= 2
    };
    text.split('`').skip(1).step_by(2).filter(is_name)
}

fn is_named(name: &str, test: &str) -> bool {
    name.strip_suffix('*').map_or(name == test, |start| test.starts_with(start))
}

fn functions(text: &str) -> impl Iterator<Item = &str> {
    text.lines().filter_map(|line| {
        let name = line.trim_start().strip_prefix("fn ")?;
        name.split(|c: char| !c.is_ascii_alphanumeric() && c != '_').next()
    })
}

/// The names of all tests.
fn tests() -> BTreeSet<String> {
    let mut names = BTreeSet::new();
    for (_, text) in sources() {
        let marked = text.split("#[test]").skip(1);
        names.extend(marked.filter_map(|after| functions(after).next()).map(str::to_owned));
    }
    assert!(names.len() > 200, "found only {} tests", names.len());
    names
}

fn page(name: &str) -> String {
    fs::read_to_string(root().join("src/manual").join(format!("{name}.md"))).unwrap()
}

/// The pages of the manual, with each line as a comment.
fn pages() -> Vec<(PathBuf, String)> {
    let files = files(&root().join("src/manual"), "md").into_iter();
    let as_comment = |text: String| text.lines().map(|line| format!("// {line}\n")).collect();
    files.map(|file| (file.clone(), as_comment(fs::read_to_string(file).unwrap()))).collect()
}

/// The code and the tests, without this file, whose citations are samples.
fn sources() -> Vec<(PathBuf, String)> {
    let files = ["src", "tests"].iter().flat_map(|folder| files(&root().join(folder), "rs"));
    files
        .filter(|file| !file.ends_with("tests/sources/manual.rs"))
        .map(|file| {
            (file.strip_prefix(root()).unwrap().to_owned(), fs::read_to_string(file).unwrap())
        })
        .collect()
}

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn files(folder: &Path, ending: &str) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(files(&path, ending));
        } else if path.extension().is_some_and(|its| its == ending) {
            found.push(path);
        }
    }
    found
}

/// The number of rows of `threats`.
const FAILURES: u32 = 124;

/// The highest number of each source in `standards`.
const STANDARDS: [(&str, u32); 13] = [
    ("A", 32),
    ("B", 5),
    ("C", 9),
    ("H", 15),
    ("K", 31),
    ("M", 3),
    ("N", 61),
    ("O", 15),
    ("P", 5),
    ("S", 5),
    ("T", 9),
    ("W", 8),
    ("X", 2),
];
/// Numbers that are not used.
const GAPS: [&str; 16] = [
    "K-04", "K-05", "K-06", "K-07", "K-08", "K-09", "K-22", "K-23", "K-24", "K-25", "K-26", "K-27",
    "K-28", "K-29", "N-18", "N-19",
];
