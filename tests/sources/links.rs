//! Links of the pages, and lengths of what they show.

#![allow(clippy::unwrap_used, reason = "a failed test may panic")]

use alloc::collections::BTreeSet;
use std::{
    fs,
    path::{Path, PathBuf},
};

#[test]
fn readme_links_work_wherever_it_is_shown() {
    let repository = repository();
    let hosts = [
        format!("{repository}/"),
        "https://crates.io/crates/second-factor".into(),
        "https://docs.rs/crate/second-factor/latest/source/".into(),
        "https://docs.rs/second-factor".into(),
        "https://img.shields.io/".into(),
    ];
    let readme = read("README.md");
    let links = links(&readme);
    assert!(links.len() > 40, "only {} links were found", links.len());
    for link in links {
        let is_whole = hosts.iter().any(|host| link.starts_with(host.as_str()));
        assert!(is_whole, "{link} is not an absolute link to a known address");
    }
    assert!(readme.lines().all(|line| !line.starts_with('[') || !line.contains("]: ")));
}

#[test]
fn repository_links_name_the_address_of_the_manifest() {
    let repository = repository();
    assert!(repository.starts_with("https://") && !repository.ends_with('/'), "{repository}");
    assert_eq!(address_in(&read(AXUM)), repository, "{AXUM}: run `write_links`");
    let mut seen = BTreeSet::new();
    for page in pages() {
        for link in links(&fs::read_to_string(&page).unwrap()) {
            let Some((address, path)) = into_repository(&link) else { continue };
            assert_eq!(address, repository, "{}: run `write_links`", page.display());
            let path = path.split('#').next().unwrap();
            assert!(root().join(path).exists(), "{}: {path} does not exist", page.display());
            seen.insert(path.to_owned());
        }
    }
    assert!(seen.len() > 5, "found only {seen:?}");
    assert!(seen.iter().filter(|path| path.starts_with("pictures/")).count() >= 4);
}

#[test]
fn links_into_a_repository_are_recognized() {
    let address = "https://forge.example/a/second-factor";
    for view in ["blob", "raw", "tree"] {
        let link = format!("{address}/{view}/main/a/b.md");
        assert_eq!(into_repository(&link), Some((address, "a/b.md")));
    }
    let source = "https://docs.rs/crate/second-factor/latest/source/a.md";
    assert_eq!(into_repository(source), None);
    let text = "[a](b \"c\") <https://d.e/f> ![g](https://h.i/j). [k](#l) (m)";
    assert_eq!(links(text), ["b", "https://h.i/j", "https://d.e/f"]);
}

#[test]
fn readme_begins_with_a_program_and_the_words_people_search() {
    let readme = read("README.md");
    assert!(readme.lines().count() <= 150, "{} lines", readme.lines().count());
    let (before, rest) = readme.split_once("```rust,no_run\n").unwrap();
    let words = visible(before).split_whitespace().count();
    assert!(words <= 100, "{words} words before the program");
    let program = rest.split("```").next().unwrap();
    assert!(program.lines().count() <= 50 && program.contains("fn main()"));
    let lower = readme.to_lowercase();
    for word in [
        "2fa",
        "mfa",
        "two-factor authentication",
        "totp",
        "hotp",
        "otp",
        "one-time password",
        "authenticator app",
        "passkey",
        "security key",
        "webauthn",
        "sms",
        "whatsapp",
        "email",
        "backup code",
        "recovery code",
        "trusted device",
        "remember this device",
        "step-up",
        "magic link",
        "qr code",
        "axum",
        "actix-web",
        "poem",
    ] {
        assert!(lower.contains(word), "{word} does not occur");
    }
}

#[test]
fn web_example_is_a_thin_application() {
    let sources = fs::read_dir(root().join("examples/web/src")).unwrap();
    let lines: usize = sources
        .map(|entry| fs::read_to_string(entry.unwrap().path()).unwrap().lines().count())
        .sum();
    assert!((500..=800).contains(&lines), "{lines} lines");
}

/// Writes the address of the manifest into the links of the pages.
#[test]
#[ignore = "changes files: after a change of `repository` in `Cargo.toml`"]
fn write_links() {
    let repository = repository();
    for page in pages() {
        let text = fs::read_to_string(&page).unwrap();
        let links = links(&text);
        let old = links.iter().filter_map(|link| into_repository(link)).map(|(address, _)| address);
        let old: BTreeSet<&str> = old.collect();
        let written = old.into_iter().fold(text.clone(), |text, old| {
            text.replace(&format!("{old}/"), &format!("{repository}/"))
        });
        if written != text {
            fs::write(page, written).unwrap();
        }
    }
    let manifest = read(AXUM);
    let written = manifest.replace(address_in(&manifest), &repository);
    fs::write(root().join(AXUM), written).unwrap();
}

/// The targets of the links of a page, without those to its own headings.
fn links(text: &str) -> Vec<String> {
    let inline = text.split("](").skip(1).filter_map(|rest| rest.split([')', ' ']).next());
    let bare = text.split("<https://").skip(1).filter_map(|rest| rest.split('>').next());
    inline
        .filter(|link| !link.starts_with('#'))
        .map(str::to_owned)
        .chain(bare.map(|rest| format!("https://{rest}")))
        .collect()
}

/// The address of a repository of this crate, and the path that `link` names in it.
fn into_repository(link: &str) -> Option<(&str, &str)> {
    let views = ["/blob/main/", "/raw/main/", "/tree/main/"];
    let (address, path) = views.iter().find_map(|view| link.split_once(view))?;
    address.ends_with("/second-factor").then_some((address, path))
}

/// The text without the addresses of links and pictures.
fn visible(text: &str) -> String {
    let parts = text.split("](");
    parts.map(|part| part.split_once(')').map_or(part, |(_, rest)| rest)).collect()
}

fn repository() -> String {
    address_in(&read("Cargo.toml")).to_owned()
}

/// The address of the repository that a manifest names.
fn address_in(manifest: &str) -> &str {
    let line = manifest.lines().find_map(|line| line.strip_prefix("repository = \"")).unwrap();
    line.trim_end_matches('"')
}

/// The pages that are shown outside of the repository.
fn pages() -> Vec<PathBuf> {
    let manual = fs::read_dir(root().join("src/manual")).unwrap();
    let manual = manual.map(|entry| entry.unwrap().path());
    manual.chain([root().join("README.md")]).filter(|path| path.is_file()).collect()
}

fn read(file: &str) -> String {
    fs::read_to_string(root().join(file)).unwrap()
}

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// The manifest of `second-factor-axum`.
const AXUM: &str = "examples/axum/Cargo.toml";
