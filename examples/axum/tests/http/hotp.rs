//! Hardware tokens.

use serde_json::json;
use totp_rs::{Algorithm, TOTP};

use crate::site::{PASSWORD, REFUSED, SETTINGS, Site};

const SECRET: &[u8] = b"12345678901234567890";
const BASE32: &str = "GEZD GNBV GY3T QOJQ GEZD GNBV GY3T QOJQ";
const HEXADECIMAL: &str = "3132333435363738393031323334353637383930";
const PAGE: &str = "/two-factor/settings/hardware-token";
const BEGIN: &str = "/two-factor/settings/hardware-token/begin";

/// The code of a token: an independent implementation, with the counter as its time.
fn code(digits: usize, counter: u64) -> String {
    TOTP::new(Algorithm::SHA1, digits, 1, 1, SECRET.to_vec()).unwrap().generate(counter)
}

#[tokio::test]
async fn token_is_enrolled_on_its_page_and_signs_in() {
    let site = Site::new();
    let alice = site.browser();
    alice.enter_password("alice").await;
    let page = alice.open(SETTINGS).await;
    assert!(page.contains("href=\"/two-factor/settings/hardware-token\""), "{page}");
    let page = alice.submit(BEGIN, &[("secret", "0x12"), ("digits", "6")]).await;
    assert!(page.contains("Enter the secret of the token"), "{page}");
    assert_eq!(alice.post(PAGE, &[("code", &code(6, 0))]).await.status, 400, "nothing is pending");
    let page = alice.submit(BEGIN, &[("secret", BASE32), ("digits", "6")]).await;
    assert!(page.contains("Code from your hardware token") && !page.contains("GEZD"), "{page}");
    let page = alice.submit(PAGE, &[("code", "000000")]).await;
    assert!(page.contains(REFUSED), "{page}");
    let page = alice.submit(PAGE, &[("code", &code(6, 0))]).await;
    assert!(page.contains("Hardware token added."), "{page}");
    assert!(page.contains("Replace the hardware token"), "{page}");
    assert!(page.contains("Two-factor authentication is on."), "{page}");

    let other = site.browser();
    other.enter_password("alice").await;
    for (counter, is_accepted) in [(0, false), (1, true)] {
        other.submit("/two-factor", &[("kind", "hotp"), ("code", &code(6, counter))]).await;
        assert_eq!(other.is_signed_in().await, is_accepted, "{counter}");
    }
}

#[tokio::test]
async fn token_of_eight_digits_is_enrolled_by_json() {
    let site = Site::new();
    let root = site.browser();
    let fields = [("name", "root"), ("password", PASSWORD), ("policy", "administrator")];
    root.post("/sign-in", &fields).await;
    let kinds = root.get_json("/two-factor/enroll").await["kinds"].clone();
    let kind = json!({ "kind": "hotp", "location": PAGE });
    assert!(kinds.as_array().unwrap().contains(&kind), "{kinds}");
    for body in [
        json!({ "secret": HEXADECIMAL, "digits": 5 }),
        json!({ "secret": HEXADECIMAL, "digits": "8" }),
        json!({ "digits": 8 }),
    ] {
        assert_eq!(root.post_json(BEGIN, body.clone()).await.status, 400, "{body}");
    }
    let short = root.post_json(BEGIN, json!({ "secret": "AAAA" })).await;
    assert_eq!((short.status.as_u16(), &short.json()["error"]), (422, &"invalid".into()));
    assert_eq!(root.get_json(PAGE).await["is_pending"], false);
    let begun = root.post_json(BEGIN, json!({ "secret": HEXADECIMAL, "digits": 8 })).await;
    assert_eq!(begun.json(), json!({ "status": "first_code_required", "location": PAGE }));
    assert_eq!(root.get_json(PAGE).await["is_pending"], true);
    let confirmed = root.post_json(PAGE, json!({ "code": code(8, 0) })).await;
    assert_eq!(confirmed.json()["status"], "done", "{confirmed:?}");
    assert_eq!(root.get_json(SETTINGS).await["factors"][0]["kind"], "hotp");
    assert!(root.is_signed_in().await);
}

#[tokio::test]
async fn token_after_the_grant_needs_a_proof_and_the_secret_again() {
    let site = Site::new();
    let alice = site.browser();
    alice.enter_password("alice").await;
    let app = alice.add_app().await;
    site.clock.advance(3600);
    for grant in ["expired", "removed"] {
        let page = alice.submit(BEGIN, &[("secret", BASE32)]).await;
        assert!(page.contains("What you entered was not sent."), "{grant}: {page}");
    }
    let code_of_app = app.next_code(&site);
    let page =
        alice.submit("/two-factor/step-up", &[("kind", "totp"), ("code", &code_of_app)]).await;
    assert!(page.contains("Secret of the token") && !page.contains("GEZD"), "{page}");
    assert!(!page.contains("Press the button"), "the enrollment began without a proof: {page}");
    alice.submit(BEGIN, &[("secret", BASE32)]).await;
    let page = alice.submit(PAGE, &[("code", &code(6, 0))]).await;
    assert!(page.contains("Hardware token added."), "{page}");
}
