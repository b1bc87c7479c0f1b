//! The same routes for clients that ask for JSON.

use serde_json::{Value, json};

use crate::site::{NUMBER, PhoneApp, SETTINGS, Site};

#[tokio::test]
async fn mobile_client_enrolls_and_signs_in() {
    let site = Site::new();
    let alice = site.browser();
    alice.enter_password("alice").await;
    let begun = alice.post_json(&format!("{SETTINGS}/authenticator-app/begin"), json!({})).await;
    let begun = begun.json();
    assert!(begun["uri"].as_str().unwrap().starts_with("otpauth://totp/"), "{begun}");
    assert!(begun["qr_svg"].as_str().unwrap().starts_with("<svg"), "{begun}");
    let app = PhoneApp::new(begun["secret"].as_str().unwrap());
    let code = app.next_code(&site);
    let path = format!("{SETTINGS}/authenticator-app");
    assert_eq!(alice.post_json(&path, json!({ "code": code })).await.status, 200);
    let other = site.browser();
    other.enter_password("alice").await;
    let step = other.get_json("/two-factor").await;
    assert_eq!((&step["page"], &step["purpose"]), (&"second_step".into(), &"sign_in".into()));
    assert_eq!(step["methods"][0]["kind"], "totp");
    let refused =
        other.post_json("/two-factor", json!({ "totp": app.incorrect_code(&site) })).await;
    assert_eq!((refused.status.as_u16(), &refused.json()["error"]), (401, &"refused".into()));
    let accepted = other.post_json("/two-factor", json!({ "totp": app.next_code(&site) })).await;
    assert_eq!(accepted.json(), json!({ "status": "signed_in", "location": "/" }));
    assert!(other.is_signed_in().await);
}

#[tokio::test]
async fn sent_code_is_named_by_its_handle() {
    let site = Site::new();
    let alice = site.browser();
    alice.enter_password("alice").await;
    alice.add_address("phone", NUMBER).await;
    site.clock.advance(60);
    let other = site.browser();
    other.enter_password("alice").await;
    let step = other.get_json("/two-factor").await;
    let id = step["methods"][0]["method"].clone();
    let sent = other.post_json("/two-factor/send", json!({ "address": id })).await;
    assert_eq!(sent.json()["status"], "code_sent", "{sent:?}");
    let step = other.get_json("/two-factor").await;
    let proof = json!({
        "sent_code": { "handle": step["sent"]["handle"], "code": site.latest_code() },
        "trust": true,
    });
    assert_eq!(other.post_json("/two-factor", proof).await.json()["status"], "signed_in");
    other.sign_out().await;
    assert_eq!(other.enter_password("alice").await.location(), "/", "trusted");
}

#[tokio::test]
async fn body_that_is_not_one_typed_proof_is_refused() {
    let site = Site::new();
    let alice = site.browser();
    alice.enter_password("alice").await;
    let app = alice.add_app().await;
    let other = site.browser();
    other.enter_password("alice").await;
    let code = app.next_code(&site);
    for body in [
        json!({}),
        json!(null),
        json!([]),
        json!({ "trust": true }),
        json!({ "security_key": { "passed": true } }),
        json!({ "totp": code, "backup_code": code }),
        json!({ "totp": code, "kind": "totp", "code": code }),
        json!({ "totp": 123_456 }),
        json!({ "sent_code": { "handle": "", "code": code } }),
        json!({ "sent_code": code }),
        json!({ "pin": { "handle": "0", "code": code } }),
        json!({ "kind": "pin", "code": code }),
        json!({ "kind": "sign_in_request", "code": code }),
    ] {
        let answer = other.post_json("/two-factor", body.clone()).await;
        assert_eq!(answer.status, 400, "{body}: {answer:?}");
        assert!(!other.is_signed_in().await, "{body}");
    }
    let accepted = other.post_json("/two-factor", json!({ "totp": code })).await;
    assert_eq!(accepted.status, 200, "none of them used the code");
}

#[tokio::test]
async fn waiting_time_is_in_the_answer() {
    let site = Site::new();
    let alice = site.browser();
    alice.enter_password("alice").await;
    let app = alice.add_app().await;
    let other = site.browser();
    other.enter_password("alice").await;
    let mut last = Value::Null;
    for _ in 0..6 {
        let body = json!({ "totp": app.incorrect_code(&site) });
        last = other.post_json("/two-factor", body).await.json();
    }
    assert_eq!(last["error"], "wait", "{last}");
    assert!(last["retry_at"].as_u64().unwrap() > site.clock.time().as_secs());
    assert!(last["message"].as_str().unwrap().starts_with("Please wait"), "{last}");
    let step = other.get_json("/two-factor").await;
    assert_eq!(step["methods"][0]["retry_at"], last["retry_at"]);
}

#[tokio::test]
async fn client_that_is_not_signed_in_gets_a_location() {
    let site = Site::new();
    let anyone = site.browser();
    for (path, location) in [("/", "/sign-in"), (SETTINGS, "/sign-in"), ("/two-factor", "/sign-in")]
    {
        let answer = anyone.json(axum::http::Method::GET, path, json!(null)).await;
        assert_eq!(
            (answer.status.as_u16(), answer.json()["error"].as_str()),
            (401, Some("sign_in_required"))
        );
        assert_eq!(answer.json()["location"], location);
    }
}
