//! The cookie of a browser that is trusted, and what that browser is called.

use core::convert::Infallible;

use axum::{
    extract::FromRequestParts,
    http::{HeaderMap, header, request::Parts},
};
use axum_extra::extract::{
    CookieJar,
    cookie::{Cookie, SameSite},
};
use second_factor::{
    DeviceToken, NewDevice, SubjectId, Verified, Verifier,
    verdict::{Reason, Recognized},
};
use tower_sessions::cookie::time::Duration;

use crate::{site::Site, trouble::Trouble};

/// The browser that asks.
pub struct Browser {
    /// What people know it by.
    pub label: String,
    pub jar: CookieJar,
}

impl<S: Sync> FromRequestParts<S> for Browser {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Infallible> {
        let headers = &parts.headers;
        Ok(Self { label: label(headers), jar: CookieJar::from_headers(headers) })
    }
}

// guide: trust
/// Trusts the browser in which `verified` was just earned.
pub async fn trust(
    verifier: &Verifier,
    verified: &Verified,
    browser: Browser,
    site: &Site,
) -> Result<CookieJar, Trouble> {
    let device = NewDevice::new(&browser.label);
    let token = verifier.trust_device(verified, &device).await?;
    Ok(browser.jar.add(cookie(&token, site)))
}

/// The device that this browser is, if the subject trusts it. Its cookie changes at each use.
pub async fn recognize(
    verifier: &Verifier,
    subject: &SubjectId,
    jar: CookieJar,
    site: &Site,
) -> Result<(Option<Recognized>, CookieJar), Trouble> {
    let Some(shown) = jar.get(name(site)) else { return Ok((None, jar)) };
    match verifier.recognize(subject, &DeviceToken::from_text(shown.value())).await {
        Ok(device) => {
            let cookie = cookie(device.token(), site);
            Ok((Some(device), jar.add(cookie)))
        }
        Err(error) => match error.denial() {
            // Somebody else of this household, whose cookie stays.
            Some(denial) if denial.reason() == Reason::OtherSubject => Ok((None, jar)),
            Some(_) => Ok((None, jar.remove(Cookie::build(name(site)).path("/")))),
            None => Err(error.into()),
        },
    }
}
// end of guide

fn cookie(token: &DeviceToken, site: &Site) -> Cookie<'static> {
    Cookie::build((name(site), token.expose().to_owned()))
        .http_only(true)
        .secure(site.origin.is_secure())
        .same_site(SameSite::Lax)
        .max_age(Duration::seconds(site.verifier.policy().device_life().into()))
        .path("/")
        .build()
}

fn name(site: &Site) -> &'static str {
    if site.origin.is_secure() { "__Host-device" } else { "device" }
}

/// "Firefox on Linux".
fn label(headers: &HeaderMap) -> String {
    let agent = headers.get(header::USER_AGENT).and_then(|agent| agent.to_str().ok());
    let agent = agent.unwrap_or_default();
    let find = |known: &[(&str, &'static str)]| {
        known.iter().find(|(mark, _)| agent.contains(mark)).map(|(_, name)| *name)
    };
    // Each browser also names those that it wants to be taken for.
    let browser = find(&[
        ("Edg", "Edge"),
        ("Firefox", "Firefox"),
        ("Chrome", "Chrome"),
        ("Safari", "Safari"),
    ]);
    let system = find(&[
        ("Android", "Android"),
        ("iPhone", "iPhone"),
        ("iPad", "iPad"),
        ("Windows", "Windows"),
        ("Mac OS", "Mac"),
        ("Linux", "Linux"),
    ]);
    match (browser, system) {
        (Some(browser), Some(system)) => format!("{browser} on {system}"),
        (Some(name), None) | (None, Some(name)) => name.to_owned(),
        (None, None) => "A browser".to_owned(),
    }
}
