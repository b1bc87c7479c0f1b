//! SMS over HTTP, received by a local server.

#![allow(clippy::indexing_slicing, clippy::unwrap_used, reason = "a test may panic")]

#[path = "../sms.rs"]
mod sms;

use std::{
    env,
    io::{BufRead as _, BufReader, Read as _, Write as _},
    net::TcpListener,
    process::Command,
    thread,
};

use second_factor::{
    Channel, Delivery as _, delivery::Undelivered, message::Sender, purpose::Operation,
    testkit::Preview,
};
use serde_json::{Value, json};

/// The request that the server received: the headers in lower case, and the body.
struct Received {
    head: String,
    body: Value,
}

/// Responds to one request with `status`, and returns the request.
fn serve(listener: &TcpListener, status: &str) -> Received {
    let (mut stream, _) = listener.accept().unwrap();
    let mut reader = BufReader::new(stream.try_clone().unwrap());
    let mut head = String::new();
    while !head.ends_with("\r\n\r\n") {
        reader.read_line(&mut head).unwrap();
    }
    let head = head.to_lowercase();
    let length = head.split("content-length: ").nth(1).unwrap().lines().next().unwrap();
    let mut body = vec![0; length.parse().unwrap()];
    reader.read_exact(&mut body).unwrap();
    let close = "Location: /elsewhere\r\nContent-Length: 0\r\nConnection: close";
    write!(stream, "HTTP/1.1 {status}\r\n{close}\r\n\r\n").unwrap();
    Received { head, body: serde_json::from_slice(&body).unwrap() }
}

/// Runs the client in a child process, because its settings are in the environment.
///
/// Returns the output of the process, and whether the process succeeded.
fn send_to(url: &str) -> (String, bool) {
    let mut command = Command::new(env::current_exe().unwrap());
    command.args(["--exact", "as_the_client", "--ignored", "--nocapture"]);
    let output = command.env("SMS_URL", url).env("SMS_TOKEN", "a-token").output().unwrap();
    (String::from_utf8(output.stdout).unwrap(), output.status.success())
}

fn outcome_of(status: &'static str) -> (String, Received) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/messages", listener.local_addr().unwrap());
    let server = thread::spawn(move || serve(&listener, status));
    let (outcome, is_fine) = send_to(&url);
    assert!(is_fine, "{outcome}");
    (outcome, server.join().unwrap())
}

#[tokio::test]
#[ignore = "runs in a child process of the other tests"]
async fn as_the_client() {
    let Ok(sms) = sms::Sms::from_env() else { return };
    let sender = Sender::new("Example").unwrap().with_origin("example.com").unwrap();
    let message = Preview::new(sender, Channel::Sms).message(Operation::SignIn);
    let reference = message.reference().to_owned();
    match sms.deliver(message).await {
        Ok(receipt) => println!("accepted {}", receipt.id() == reference),
        Err(why) => println!("undelivered {why:?}"),
    }
}

#[test]
fn accepted_sms_has_number_text_and_reference() {
    let (outcome, Received { head, body }) = outcome_of("202 Accepted");
    assert!(outcome.contains("accepted true"), "{outcome}");
    assert!(head.starts_with("post /messages http/1.1\r\n"), "{head}");
    for header in [
        "authorization: bearer a-token\r\n",
        "content-type: application/json\r\n",
        "idempotency-key: reference0preview\r\n",
    ] {
        assert!(head.contains(header), "{head}");
    }
    assert_eq!(body["to"], json!("+14155550100"));
    let text = body["text"].as_str().unwrap();
    assert!(text.contains("747723") && text.ends_with("@example.com #747723"), "{text}");
}

#[test]
fn refused_sms_is_undelivered_for_its_reason() {
    for (status, why) in [
        ("401 Unauthorized", Undelivered::Misconfigured),
        ("302 Found", Undelivered::Misconfigured),
        ("429 Too Many Requests", Undelivered::Unavailable),
        ("500 Internal Server Error", Undelivered::Unknown),
    ] {
        let (outcome, _) = outcome_of(status);
        assert!(outcome.contains(&format!("undelivered {why:?}")), "{status}: {outcome}");
    }
}

#[test]
fn sms_without_a_connection_is_unavailable() {
    let free = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let (outcome, _) = send_to(&format!("http://{free}/messages"));
    assert!(outcome.contains("undelivered Unavailable"), "{outcome}");
}

#[test]
fn missing_response_is_unknown() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/messages", listener.local_addr().unwrap());
    let server = thread::spawn(move || drop(listener.accept().unwrap()));
    let (outcome, _) = send_to(&url);
    server.join().unwrap();
    assert!(outcome.contains("undelivered Unknown"), "{outcome}");
}
