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
    let mut files = vec![source.clone()];
    let mut texts = BTreeSet::new();
    while let Some(path) = files.pop() {
        if path.is_dir() {
            files.extend(fs::read_dir(path).unwrap().map(|entry| entry.unwrap().path()));
            continue;
        }
        let code = fs::read_to_string(&path).unwrap();
        let (code, _) = code.split_once("#[cfg(test)]").unwrap_or((&code, ""));
        for (before, _) in [("text.of(\"", 0), ("text.with(\"", 0), ("text().of(\"", 0)] {
            for rest in code.split(before).skip(1) {
                texts.insert(
                    rest.split("\")").next().unwrap().split("\",").next().unwrap().to_owned(),
                );
            }
        }
    }
    assert!(texts.len() > 100, "{}", texts.len());
    let german = fs::read_to_string(source.join("text/german.rs")).unwrap();
    let missing: Vec<_> =
        texts.iter().filter(|text| !german.contains(&format!("\"{text}\","))).collect();
    assert!(missing.is_empty(), "{missing:#?}");
}
