//! Languages, layouts and page models.

use std::{collections::BTreeSet, fs, path::Path};

use crate::site::{SETTINGS, Site};

#[tokio::test]
async fn pages_are_in_the_language_of_the_browser() {
    let site = Site::new();
    let mut alice = site.browser();
    alice.enter_password("alice").await;
    alice.language = "de-AT,de;q=0.9,en;q=0.5";
    let page = alice.open(SETTINGS).await;
    assert!(page.contains("<html lang=\"de\">") && page.contains("Sicherheit"), "{page}");
    alice.language = "en";
    assert!(alice.open(SETTINGS).await.contains("<html lang=\"en\">"));
}

#[tokio::test]
async fn layout_of_the_application_gets_title_body_and_model() {
    let site = Site::with(|two_factor| {
        two_factor.stylesheet("/static/mine.css").layout(|page| {
            let model = page.model()["page"].as_str().unwrap_or_default();
            let (title, label) = (page.title(), page.label().unwrap_or("nobody"));
            format!("<!doctype html><title>{title}</title>[{model} {label}]{}", page.body())
        })
    });
    let alice = site.browser();
    alice.enter_password("<alice>").await;
    let page = alice.open(SETTINGS).await;
    assert!(
        page.starts_with("<!doctype html><title>Security</title>[settings &lt;alice&gt;]"),
        "{page}"
    );
    assert!(page.contains("href=\"/static/mine.css\"") && !page.contains("style.css"), "{page}");
    assert!(page.contains("<h1>Security</h1>"), "{page}");
}

#[test]
fn every_text_has_a_german_translation() {
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let german = fs::read_to_string(source.join("text/german.rs")).unwrap();
    let mut files = vec![source];
    let mut found = BTreeSet::new();
    while let Some(path) = files.pop() {
        if path.is_dir() {
            files.extend(fs::read_dir(path).unwrap().map(|entry| entry.unwrap().path()));
        } else if !WITHOUT_TEXTS.iter().any(|file| path.ends_with(file)) {
            found.extend(texts(&fs::read_to_string(&path).unwrap()));
        }
    }
    assert!(found.len() > 200, "{}", found.len());
    let missing: Vec<_> =
        found.iter().filter(|text| !german.contains(&format!("\"{text}\","))).collect();
    assert!(missing.is_empty(), "{missing:#?}");
}

#[test]
fn texts_of_a_source_are_found() {
    let source = r#"// "Comment"
        let says = "Title"; f("name", "Visitor", "GET"); text.of("in {}"); "Say \"it\""
        #[cfg(test)] "Test""#;
    assert_eq!(texts(source), ["Title", "in {}", r#"Say \"it\""#]);
}

/// The texts for users in a source: literals that are translated in place or begin like a sentence.
fn texts(source: &str) -> Vec<String> {
    let (code, _) = source.split_once("#[cfg(test)]").unwrap_or((source, ""));
    let lines = code.lines().filter(|line| !line.trim_start().starts_with("//"));
    let code = lines.collect::<Vec<_>>().join("\n").replace("\\\"", ESCAPED);
    let parts: Vec<&str> = code.split('"').collect();
    let is_text = |before: &str, literal: &str| {
        let is_translated =
            ["text.of(", "text().of(", "text.with("].iter().any(|call| before.ends_with(call));
        let is_sentence = literal.starts_with(|first: char| first.is_uppercase())
            && literal.contains(char::is_lowercase);
        is_translated || (is_sentence && !NAMES.contains(&literal))
    };
    let texts = parts.chunks_exact(2).filter(|pair| is_text(pair[0], pair[1]));
    texts.map(|pair| pair[1].replace(ESCAPED, "\\\"")).collect()
}

/// A character in place of an escaped quotation mark.
const ESCAPED: &str = "\u{1}";
/// The German texts themselves, and the names of browsers, which are stored in English.
const WITHOUT_TEXTS: [&str; 2] = ["text/german.rs", "request.rs"];
/// The names of two types, and the parts of a German duration.
const NAMES: [&str; 4] = ["Tage", "Tagen", "TwoFactor", "Visitor"];
