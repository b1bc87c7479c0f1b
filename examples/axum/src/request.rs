//! What a request says about its browser.

use axum::http::{HeaderMap, HeaderName, Method, header, request::Parts};

use crate::{text::Text, two_factor::TwoFactor};

/// The parts of a request that responses depend on.
#[derive(Clone)]
pub(crate) struct RequestInfo {
    /// Whether the client asks for JSON rather than pages.
    pub(crate) wants_json: bool,
    /// Whether the method only reads.
    pub(crate) is_read: bool,
    /// Path and query.
    pub(crate) path: String,
    /// The path of the page with the form, if it is a page of this site.
    pub(crate) referer: Option<String>,
    /// A label such as "Firefox on Linux".
    pub(crate) browser: String,
    pub(crate) is_secure: bool,
    pub(crate) is_same_site: bool,
    pub(crate) text: Text,
}

impl RequestInfo {
    pub(crate) fn new(parts: &Parts, two_factor: &TwoFactor) -> Self {
        let headers = &parts.headers;
        let origin = two_factor.0.origin.as_deref();
        let host = host(parts);
        let accept = value(headers, header::ACCEPT).unwrap_or_default();
        let wants_json = accept.contains("application/json") && !accept.contains("text/html");
        let path = parts.uri.path_and_query().map_or("/", |path| path.as_str()).to_owned();
        let mut info = Self {
            wants_json,
            is_read: matches!(parts.method, Method::GET | Method::HEAD),
            path,
            referer: value(headers, header::REFERER).and_then(|from| local_path(from, &host)),
            browser: browser(headers),
            is_secure: match origin {
                Some(origin) => origin.starts_with("https://"),
                None => !is_this_computer(&host),
            },
            is_same_site: false,
            text: Text::preferred(value(headers, header::ACCEPT_LANGUAGE).unwrap_or_default()),
        };
        info.is_same_site = is_expected_host(&host, origin)
            && (info.is_read || is_same_origin(headers, &host, origin, wants_json));
        info
    }
}

/// Prevents DNS rebinding, in which another site's name resolves to this server.
fn is_expected_host(host: &str, origin: Option<&str>) -> bool {
    match origin.and_then(|origin| origin.split_once("://")) {
        Some((_, expected)) => host == expected,
        None => true,
    }
}

/// Prevents cross-site request forgery: browsers send the origin of every `POST`.
///
/// `SameSite` cookies are the second protection. A client without `Origin` is no browser, and must
/// ask for JSON.
fn is_same_origin(headers: &HeaderMap, host: &str, origin: Option<&str>, wants_json: bool) -> bool {
    let site = value(headers, HeaderName::from_static("sec-fetch-site"));
    if site.is_some_and(|site| site != "same-origin") {
        return false;
    }
    match (value(headers, header::ORIGIN), origin) {
        (Some(from), Some(origin)) => from == origin,
        (Some(from), None) => from.split_once("://").is_some_and(|(_, from)| from == host),
        (None, _) => wants_json && !headers.contains_key(header::ORIGIN),
    }
}

fn is_this_computer(host: &str) -> bool {
    let name = match host.strip_prefix('[') {
        Some(rest) => rest.split(']').next().unwrap_or_default(),
        None => host.split(':').next().unwrap_or_default(),
    };
    name == "localhost" || name.parse::<std::net::IpAddr>().is_ok_and(|ip| ip.is_loopback())
}

/// Returns the authority of the request: a header in HTTP/1, part of the URI in HTTP/2.
fn host(parts: &Parts) -> String {
    let authority = parts.uri.authority().map(|authority| authority.as_str());
    authority.or_else(|| value(&parts.headers, header::HOST)).unwrap_or_default().to_owned()
}

/// Returns the path of a URL of this site.
fn local_path(url: &str, host: &str) -> Option<String> {
    let (_, rest) = url.split_once("://")?;
    let path = rest.strip_prefix(host)?;
    local(path).map(str::to_owned)
}

/// Returns a path of this site, and `None` for everything that a browser could read as another.
pub(crate) fn local(path: &str) -> Option<&str> {
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"/-_.~?=&%+:@,".contains(&byte);
    let is_local = path.starts_with('/') && !path.starts_with("//");
    (is_local && path.len() <= 1024 && path.bytes().all(is_plain)).then_some(path)
}

/// Returns the value of a cookie.
pub(crate) fn cookie<'h>(headers: &'h HeaderMap, name: &str) -> Option<&'h str> {
    let lines = headers.get_all(header::COOKIE).iter().filter_map(|line| line.to_str().ok());
    let mut pairs = lines.flat_map(|line| line.split(';')).filter_map(|one| one.split_once('='));
    pairs.find(|(found, _)| found.trim() == name).map(|(_, value)| value.trim())
}

fn value(headers: &HeaderMap, name: HeaderName) -> Option<&str> {
    headers.get(name).and_then(|value| value.to_str().ok())
}

/// Returns a label such as "Firefox on Linux".
fn browser(headers: &HeaderMap) -> String {
    let agent = value(headers, header::USER_AGENT).unwrap_or_default();
    let find = |known: &[(&str, &'static str)]| {
        known.iter().find(|(token, _)| agent.contains(token)).map(|(_, name)| *name)
    };
    // The order matters: browsers also name the browsers that they are compatible with.
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
        (None, None) => "Unknown browser".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_paths_of_this_site_are_local() {
        for path in ["/", "/payouts?month=3", "/a/b.html"] {
            assert_eq!(local(path), Some(path));
        }
        for path in ["", "x", "//evil.example", "/\\evil.example", "https://evil.example", "/\r\nx"]
        {
            assert_eq!(local(path), None, "{path}");
        }
    }

    #[test]
    fn only_loopback_hosts_are_this_computer() {
        for host in ["localhost:3000", "127.0.0.1", "[::1]:3000"] {
            assert!(is_this_computer(host), "{host}");
        }
        for host in ["example.com", "localhost.example.com", "10.0.0.1", ""] {
            assert!(!is_this_computer(host), "{host}");
        }
    }
}
