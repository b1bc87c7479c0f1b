//! The models of the pages are those of the OpenAPI file.

use std::collections::BTreeSet;

use serde_json::Value;

use crate::site::{PASSWORD, Site};

fn schema() -> Value {
    serde_json::from_str(include_str!("../../openapi.json")).unwrap()
}

/// Checks that a model has the fields of its schema: all that it requires, and no others.
fn check(file: &Value, path: &str, model: &Value) {
    let answer = &file["paths"][path]["get"]["responses"]["200"];
    let name = answer["content"]["application/json"]["schema"]["$ref"].as_str().unwrap();
    let schema = &file["components"]["schemas"][name.rsplit('/').next().unwrap()];
    let fields: BTreeSet<&str> = model.as_object().unwrap().keys().map(String::as_str).collect();
    let known = schema["properties"].as_object().unwrap();
    let unknown: Vec<_> = fields.iter().filter(|field| !known.contains_key(**field)).collect();
    assert!(unknown.is_empty(), "{path} has {unknown:?}");
    for field in schema["required"].as_array().unwrap() {
        assert!(fields.contains(field.as_str().unwrap()), "{path} lacks {field}");
    }
}

#[tokio::test]
async fn every_page_has_the_fields_of_its_schema() {
    let (site, file) = (Site::new(), schema());
    let alice = site.browser();
    alice.enter_password("alice").await;
    alice.add_app().await;
    let mut checked = 0;
    for (path, methods) in file["paths"].as_object().unwrap() {
        let is_page = methods["get"]["responses"]["200"]["content"]["application/json"].is_object();
        let is_settings = path.starts_with("/two-factor/settings") || path.ends_with("/step-up");
        if is_page && is_settings && !path.ends_with("/pending") && !path.ends_with("/address") {
            check(&file, path, &alice.get_json(path).await);
            checked += 1;
        }
    }
    assert!(checked >= 10, "{checked}");
    let half = site.browser();
    half.enter_password("alice").await;
    for path in ["/two-factor", "/two-factor/recover"] {
        check(&file, path, &half.get_json(path).await);
    }
    let root = site.browser();
    let fields = [("name", "root"), ("password", PASSWORD), ("policy", "administrator")];
    root.post("/sign-in", &fields).await;
    check(&file, "/two-factor/enroll", &root.get_json("/two-factor/enroll").await);
}
