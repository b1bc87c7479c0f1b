//! The settings pages.

use serde_json::json;

use crate::{
    second_step::new_backup_codes,
    site::{NUMBER, QUARANTINE, REFUSED, SETTINGS, Site},
};

#[tokio::test]
async fn every_card_says_what_it_is_good_for_and_whether_it_is_set() {
    let site = Site::new();
    let alice = site.browser();
    alice.enter_password("alice").await;
    let page = alice.open(SETTINGS).await;
    assert!(page.contains("Two-factor authentication is off."), "{page}");
    assert_eq!(page.matches("Not set").count(), 5, "{page}");
    alice.add_app().await;
    alice.add_address("phone", NUMBER).await;
    let page = alice.open(SETTINGS).await;
    assert!(page.contains("Two-factor authentication is on."), "{page}");
    assert_eq!(page.matches("badge on").count(), 2, "{page}");
    assert_eq!(page.matches("not used since").count(), 2, "{page}");
    let cards: Vec<&str> = page.split("<section class=\"card\">").skip(1).collect();
    assert_eq!(cards.len(), 7);
    assert!(cards.iter().all(|card| card.contains("<p class=\"small\">")), "{page}");
}

#[tokio::test]
async fn first_card_is_recommended_until_a_factor_is_enrolled() {
    let site = Site::new();
    let mut alice = site.browser();
    alice.enter_password("alice").await;
    for (language, mark, title) in [
        ("en", ">Recommended<", "Security keys and passkeys"),
        ("de", ">Empfohlen<", "Sicherheitsschlüssel und Passkeys"),
    ] {
        alice.language = language;
        let page = alice.open(SETTINGS).await;
        let cards: Vec<&str> = page.split("<section class=\"card\">").skip(1).collect();
        let is_marked: Vec<bool> = cards.iter().map(|card| card.contains(mark)).collect();
        assert_eq!(is_marked, [true, false, false, false, false], "{page}");
        assert!(cards[0].contains(title), "{page}");
    }
    alice.language = "en";
    alice.add_app().await;
    let page = alice.open(SETTINGS).await;
    assert!(!page.contains("Recommended"), "{page}");
}

#[tokio::test]
async fn second_app_is_added_to_the_first() {
    let site = Site::new();
    let alice = site.browser();
    alice.enter_password("alice").await;
    let first = alice.add_app().await;
    assert!(alice.open(SETTINGS).await.contains("Add another authenticator app"));
    let second = alice.add_app().await;
    assert_eq!(alice.get_json(SETTINGS).await["factors"].as_array().unwrap().len(), 2);
    for app in [first, second] {
        let other = site.browser();
        other.enter_password("alice").await;
        assert_eq!(other.enter_code(&app.next_code(&site)).await, "Hello, alice");
    }
}

#[tokio::test]
async fn whatsapp_is_turned_on_and_off() {
    let site = Site::new();
    let alice = site.browser();
    alice.enter_password("alice").await;
    alice.add_address("phone", NUMBER).await;
    let settings = alice.get_json(SETTINGS).await;
    let id = settings["factors"][0]["id"].as_str().unwrap();
    for (action, says, is_on) in
        [("allow", "WhatsApp is on.", true), ("forbid", "WhatsApp is off.", false)]
    {
        let fields = [("id", id), ("action", action)];
        let page = alice.submit(&format!("{SETTINGS}/whatsapp"), &fields).await;
        assert!(page.contains(says), "{page}");
        assert_eq!(alice.get_json(SETTINGS).await["factors"][0]["takes_whatsapp"], is_on);
    }
}

#[tokio::test]
async fn last_factor_is_turned_off_but_not_removed() {
    let site = Site::new();
    let alice = site.browser();
    alice.enter_password("alice").await;
    alice.add_app().await;
    let settings = alice.get_json(SETTINGS).await;
    let id = settings["factors"][0]["id"].as_str().unwrap();
    let page = alice.submit(&format!("{SETTINGS}/remove"), &[("id", id)]).await;
    assert!(page.contains("This is your last second factor"), "{page}");
    let page = alice.submit(&format!("{SETTINGS}/turn-off"), &[]).await;
    assert!(page.contains("Two-factor authentication is off."), "{page}");
    assert!(alice.is_signed_in().await);
    assert_eq!(site.browser().enter_password("alice").await.location(), "/");
}

#[tokio::test]
async fn backup_codes_are_shown_once() {
    let site = Site::new();
    let alice = site.browser();
    alice.enter_password("alice").await;
    alice.add_app().await;
    let codes = new_backup_codes(&alice).await;
    assert_eq!(codes.len(), 10);
    let page = alice.open(&format!("{SETTINGS}/backup-codes")).await;
    assert!(page.contains("You have 10 left."), "{page}");
    assert!(codes.iter().all(|code| !page.contains(code)));
    assert!(alice.is_signed_in().await);
    let more = new_backup_codes(&alice).await;
    assert_ne!(codes, more);
    assert!(alice.is_signed_in().await, "new codes end the session that created them");
}

#[tokio::test]
async fn device_is_signed_out_and_its_session_ends() {
    let site = Site::new();
    let (alice, other) = (site.browser(), site.browser());
    alice.enter_password("alice").await;
    let app = alice.add_app().await;
    other.enter_password("alice").await;
    let code = app.next_code(&site);
    other.submit("/two-factor", &[("kind", "totp"), ("code", &code), ("trust", "yes")]).await;
    let devices = format!("{SETTINGS}/devices");
    let listed = alice.get_json(&devices).await;
    let id =
        listed["devices"].as_array().unwrap().iter().find(|one| !one["trusted_until"].is_null());
    let id = id.unwrap()["id"].as_str().unwrap().to_owned();
    let page = alice.submit(&format!("{devices}/remove"), &[("id", &id)]).await;
    assert!(page.contains("The device is signed out."), "{page}");
    assert!(!other.is_signed_in().await);
    assert_eq!(other.enter_password("alice").await.location(), "/two-factor");
    let page = alice.submit(&format!("{devices}/sign-out-everywhere"), &[]).await;
    assert!(page.contains("You are signed out everywhere else."), "{page}");
    assert!(alice.is_signed_in().await);
}

#[tokio::test]
async fn sign_out_everywhere_spares_the_session_that_asked() {
    let site = Site::new();
    let (alice, other) = (site.browser(), site.browser());
    alice.enter_password("alice").await;
    let app = alice.add_app().await;
    for browser in [&alice, &other] {
        browser.sign_out().await;
        browser.enter_password("alice").await;
        let code = app.next_code(&site);
        browser.submit("/two-factor", &[("kind", "totp"), ("code", &code), ("trust", "yes")]).await;
        assert!(browser.is_signed_in().await);
    }
    let page = alice.submit(&format!("{SETTINGS}/devices/sign-out-everywhere"), &[]).await;
    assert!(page.contains("You are signed out everywhere else."), "{page}");
    assert!(alice.is_signed_in().await && !other.is_signed_in().await);
}

#[tokio::test]
async fn unrequested_code_is_reported() {
    let site = Site::new();
    let alice = site.browser();
    alice.enter_password("alice").await;
    alice.add_app().await;
    let page = alice.submit(&format!("{SETTINGS}/report-unrequested"), &[]).await;
    assert!(page.contains("Codes requested by other browsers no longer work."), "{page}");
}

#[tokio::test]
async fn removal_of_the_pin_is_cancelled_on_a_trusted_device() {
    let site = Site::new();
    let alice = site.browser();
    alice.enter_password("alice").await;
    let app = alice.add_app().await;
    site.clock.advance(QUARANTINE);
    let trusted = site.browser();
    trusted.enter_password("alice").await;
    let code = app.next_code(&site);
    trusted.submit("/two-factor", &[("kind", "totp"), ("code", &code), ("trust", "yes")]).await;
    let page = trusted.submit(&format!("{SETTINGS}/pin"), &[("pin", "493817")]).await;
    assert!(page.contains("Your two-step PIN is set."), "{page}");
    let thief = site.browser();
    thief.enter_password("alice").await;
    thief.enter_code(&app.next_code(&site)).await;
    let page = thief.submit("/two-factor/pin/forgotten", &[]).await;
    assert!(page.contains("Your PIN will be removed in"), "{page}");
    let page = trusted.open(&format!("{SETTINGS}/pin")).await;
    assert!(page.contains("Someone asked to remove your PIN."), "{page}");
    let answer = trusted.post_json(&format!("{SETTINGS}/pin/keep"), json!({})).await;
    assert_eq!(answer.json()["message"], "Your PIN stays.", "{answer:?}");
    let pin = trusted.get_json(&format!("{SETTINGS}/pin")).await;
    assert_eq!((&pin["is_set"], &pin["reset_at"]), (&json!(true), &json!(null)));
}

#[tokio::test]
async fn incorrect_input_is_explained() {
    let site = Site::new();
    let alice = site.browser();
    alice.enter_password("alice").await;
    for (page, fields, says) in [
        ("phone", vec![("address", "123")], "Enter a phone number with its country code"),
        ("email", vec![("address", "nobody")], "Enter an email address"),
        ("pin", vec![("pin", "1"), ("repeated_pin", "2")], "The PINs don't match"),
    ] {
        let page = alice.submit(&format!("{SETTINGS}/{page}"), &fields).await;
        assert!(page.contains(says) && page.contains("role=\"alert\""), "{page}");
    }
    alice.submit(&format!("{SETTINGS}/authenticator-app/begin"), &[]).await;
    let page = alice.submit(&format!("{SETTINGS}/authenticator-app"), &[("code", "000000")]).await;
    assert!(page.contains(REFUSED), "{page}");
    let answer = alice.post(&format!("{SETTINGS}/remove"), &[("id", "nothing")]).await;
    assert_eq!(answer.status, 400);
    assert!(answer.text.contains("Go back and reload it."), "{}", answer.text);
}
