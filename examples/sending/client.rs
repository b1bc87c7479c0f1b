//! An HTTP client, and output of requests without secrets.

use std::{io::ErrorKind, time::Duration};

use http::{Request, Response};
use second_factor::{
    delivery::Undelivered,
    gateway::{Body, Credential},
};
use ureq::{Agent, Timeout};

use crate::host::{Outcome, masked, setting};

pub fn credential(name: &str) -> Outcome<Credential> {
    Ok(Credential::new(setting(name, "a-secret"))?)
}

/// Sends a request.
///
/// Without a connection, nothing was sent (`Unavailable`). After any other error, the result is
/// unknown (`Unknown`).
pub fn send(request: Request<Body>) -> Result<Response<Vec<u8>>, Undelivered> {
    let agent: Agent = Agent::config_builder()
        .timeout_global(Some(Duration::from_secs(10)))
        .http_status_as_error(false)
        .max_redirects(0)
        .build()
        .into();
    let answer = agent.run(request.map(Body::into_vec)).map_err(|error| match error {
        ureq::Error::ConnectionFailed | ureq::Error::HostNotFound => Undelivered::Unavailable,
        ureq::Error::Timeout(Timeout::Connect | Timeout::Resolve) => Undelivered::Unavailable,
        ureq::Error::Io(error) if error.kind() == ErrorKind::ConnectionRefused => {
            Undelivered::Unavailable
        }
        _ => Undelivered::Unknown,
    })?;
    let (parts, mut body) = answer.into_parts();
    let body = body.with_config().limit(64 * 1024).read_to_vec();
    Ok(Response::from_parts(parts, body.map_err(|_| Undelivered::Unknown)?))
}

/// Prints a request, without its credentials and its code.
pub fn show(request: &Request<Body>, code: &str) {
    println!("{} {}", request.method(), request.uri());
    for (name, value) in request.headers() {
        let shown = if value.is_sensitive() { "(hidden)" } else { value.to_str().unwrap_or("?") };
        println!("{name}: {shown}");
    }
    println!("\n{}\n", masked(request.body().expose(), code));
}
