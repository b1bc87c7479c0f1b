//! Foreign types in public items.

#![allow(clippy::indexing_slicing, clippy::unwrap_used, reason = "a failed test may panic")]

use alloc::collections::BTreeSet;

use serde_json::Value;

use super::rustdoc::documented;

#[test]
#[ignore = "builds the documentation again"]
fn no_public_item_names_a_foreign_type() {
    let named = foreign(documented());
    let http: Vec<_> = named.iter().filter(|named| named.of == "http").collect();
    assert!(http.len() > 10, "too few known cases were found: {http:#?}");
    for named in &named {
        let may = match named.of.as_str() {
            "http" => named.file.starts_with("src/gateway"),
            // Version 1 of its traits is stable.
            "serde" | "serde_core" => ["Deserialize", "Deserializer", "Serialize", "Serializer"]
                .iter()
                .any(|name| named.path.ends_with(name)),
            _ => false,
        };
        assert!(may, "{named:?}");
    }
}

#[test]
fn foreign_types_are_detected() {
    let page = serde_json::json!({
        "external_crates": { "3": { "name": "other" }, "4": { "name": "core" } },
        "paths": {
            "7": { "crate_id": 3 }, "8": { "crate_id": 0 }, "9": { "crate_id": 4 },
        },
        "index": {
            "0": item(0, "takes", serde_json::json!({ "function": [{ "id": 7, "path": "Foreign" }] })),
            "1": item(0, "ours", serde_json::json!({ "function": [{ "id": 8, "path": "Ours" }] })),
            "2": item(0, "std", serde_json::json!({ "function": [{ "id": 9, "path": "Option" }] })),
            "3": item(0, "is", serde_json::json!({
                "impl": { "trait": { "id": 7, "path": "Foreign" }, "blanket_impl": null },
            })),
            "4": item(0, "all", serde_json::json!({
                "impl": { "trait": { "id": 7, "path": "Foreign" }, "blanket_impl": { "generic": "T" } },
            })),
            "5": item(3, "theirs", serde_json::json!({ "function": [{ "id": 7, "path": "Foreign" }] })),
        },
    });
    let named: Vec<String> = foreign(&page).into_iter().map(|named| named.item).collect();
    assert_eq!(named, ["is", "takes"]);
}

#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Named {
    item: String,
    of: String,
    path: String,
    file: String,
}

/// The items of other crates, except the standard library, that public items name.
fn foreign(page: &Value) -> BTreeSet<Named> {
    let mut found = BTreeSet::new();
    for item in page["index"].as_object().unwrap().values() {
        let of_trait = &item["inner"]["impl"];
        // A blanket impl belongs to the crate that wrote it.
        let is_theirs = !of_trait["blanket_impl"].is_null() || of_trait["is_synthetic"] == true;
        if item["crate_id"] != 0 || is_theirs {
            continue;
        }
        let mut paths = Vec::new();
        walk(&item["inner"], &mut paths);
        for (id, path) in paths {
            let krate = &page["paths"][id.to_string()]["crate_id"];
            let name = page["external_crates"][krate.to_string()]["name"].as_str();
            if let Some(of) = name.filter(|name| !["alloc", "core", "std"].contains(name)) {
                let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
                let (item, file) = (text(&item["name"]), text(&item["span"]["filename"]));
                // The trait of an associated type, such as `D::Error`, is named by its id only.
                let last =
                    page["paths"][id.to_string()]["path"].as_array().and_then(|of| of.last());
                let path = if path.is_empty() { text(last.unwrap_or(&Value::Null)) } else { path };
                found.insert(Named { item, of: of.into(), path, file });
            }
        }
    }
    found
}

/// Collects references to other items: objects with an id and a path.
fn walk(value: &Value, found: &mut Vec<(u64, String)>) {
    match value {
        Value::Array(values) => values.iter().for_each(|value| walk(value, found)),
        Value::Object(fields) => {
            if let (Some(id), Some(path)) = (value["id"].as_u64(), value["path"].as_str()) {
                found.push((id, path.into()));
            }
            fields.values().for_each(|value| walk(value, found));
        }
        _ => {}
    }
}

fn item(krate: u32, name: &str, inner: Value) -> Value {
    let span = serde_json::json!({ "filename": "src/lib.rs" });
    serde_json::json!({ "crate_id": krate, "name": name, "inner": inner, "span": span })
}
