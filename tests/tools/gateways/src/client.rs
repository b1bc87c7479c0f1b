//! The HTTP client of an application.

use std::{io::ErrorKind, time::Duration};

use http::{Request, Response};
use second_factor::{
    delivery::Undelivered::{self, Unavailable, Unknown},
    gateway::Body,
};
use ureq::{Agent, Error, Timeout};

/// Sends a request, with a timeout.
///
/// Without a connection no message was sent. After any other failure the outcome is unknown.
pub fn send(request: Request<Body>, patience: Duration) -> Result<Response<Vec<u8>>, Undelivered> {
    let agent: Agent = Agent::config_builder()
        .timeout_global(Some(patience))
        .http_status_as_error(false)
        .max_redirects(0)
        .build()
        .into();
    let answer = agent.run(request.map(Body::into_vec)).map_err(|error| match error {
        Error::ConnectionFailed | Error::HostNotFound => Unavailable,
        Error::Io(error) if error.kind() == ErrorKind::ConnectionRefused => Unavailable,
        Error::Timeout(Timeout::Connect | Timeout::Resolve) => Unavailable,
        _ => Unknown,
    })?;
    let (parts, mut body) = answer.into_parts();
    let body = body.with_config().limit(64 * 1024).read_to_vec().map_err(|_| Unknown)?;
    Ok(Response::from_parts(parts, body))
}
