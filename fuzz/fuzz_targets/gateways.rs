//! Fuzzing of the responses and webhooks of gateways.
//!
//! Every response has a result, and a webhook is accepted only with a valid signature.

#![no_main]

use base64ct::{Base64, Base64UrlUnpadded, Encoding as _};
use hmac::{Hmac, KeyInit, Mac};
use http::{Request, Response};
use libfuzzer_sys::fuzz_target;
use second_factor::{
    Channel, UnixTime,
    gateway::{Credential, Endpoint, InvalidWebhook, push, twilio, vonage, whatsapp},
    message::{Sender, voice::Call},
    purpose::Operation,
    sans_io::Moment,
    testkit::Preview,
};
use sha1::Sha1;
use sha2::{Digest as _, Sha256};

const NOW: UnixTime = UnixTime::from_secs(1_800_000_000);
const SECRET: &str = "a-secret-of-the-gateway";

// The first line selects the parser, the second is its header or status, the rest is the body.
fuzz_target!(|input: &[u8]| {
    let mut parts = input.splitn(3, |byte| *byte == b'\n');
    let mut line = || core::str::from_utf8(parts.next().unwrap_or_default());
    let (Ok(parser), Ok(header)) = (line(), line()) else { return };
    let body = parts.next().unwrap_or_default();
    match parser {
        "answer" => answer(header.parse().unwrap_or(200), body),
        "meta" => meta(body),
        "page" => page(header),
        "twilio" => by_twilio(header, body),
        "vonage" => by_vonage(header, r#"{"typ":"JWT","alg":"HS256"}"#, None, body),
        "vonage head" => by_vonage("", header, None, body),
        "vonage claims" => by_vonage("", r#"{"typ":"JWT","alg":"HS256"}"#, Some(header), body),
        _ => {}
    }
});

fn answer(status: u16, body: &[u8]) {
    let Ok(answer) = Response::builder().status(status).body(body.to_vec()) else { return };
    let readers = [push::receipt, twilio::receipt, vonage::receipt, whatsapp::receipt];
    for receipt in readers.into_iter().flat_map(|read| read(&answer)) {
        assert!((200..300).contains(&status), "a refusal was treated as accepted");
        assert!(!receipt.id().is_empty() && receipt.id().bytes().all(|b| b.is_ascii_graphic()));
    }
}

fn meta(body: &[u8]) {
    let hooks = whatsapp::Webhooks::new(&secret(), &secret());
    let signature = hex(&mac::<Hmac<Sha256>>(body));
    let post = |signature: &str| {
        let request = Request::post("/").header("x-hub-signature-256", signature);
        request.body(body.to_vec()).unwrap()
    };
    if let Ok(reports) = hooks.statuses(&post(&format!("sha256={signature}")), NOW) {
        for report in reports {
            assert!(!report.reference().is_empty());
        }
    }
    let forged = format!("sha256={}", signature.replace(['0', '1', '2', '3'], "f"));
    if !forged.ends_with(&signature) {
        assert!(hooks.statuses(&post(&forged), NOW).is_err());
    }
}

fn page(query: &str) {
    let hooks = whatsapp::Webhooks::new(&secret(), &secret());
    let Ok(request) = Request::get(format!("/hook?{query}")).body(()) else { return };
    if let Ok(shown) = hooks.handshake(&request) {
        assert!(query.contains("hub."), "{shown:?}");
        assert!(shown.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte)));
    }
}

/// Twilio: the body is pairs of lines, a name and a value.
fn by_twilio(path: &str, body: &[u8]) {
    let text = String::from_utf8_lossy(body);
    let lines: Vec<&str> = text.split('\n').collect();
    let pairs = lines.chunks(2).map(|pair| (pair[0], *pair.get(1).unwrap_or(&"")));
    let pairs: Vec<(&str, &str)> = pairs.collect();
    let hooks =
        twilio::Webhooks::new(&secret(), Endpoint::new("https://example.com").expect("valid"));
    let mut sorted = pairs.clone();
    sorted.sort_unstable();
    sorted.dedup();
    let signed = sorted
        .iter()
        .fold(format!("https://example.com/{path}"), |text, (name, value)| text + name + value);
    let signature = Base64::encode_string(&mac::<Hmac<Sha1>>(signed.as_bytes()));
    let body: Vec<String> =
        pairs.iter().map(|(name, value)| format!("{}={}", escaped(name), escaped(value))).collect();
    let post = |signature: &str| {
        Request::post(format!("/{path}"))
            .header("x-twilio-signature", signature)
            .header("content-type", "application/x-www-form-urlencoded")
            .body(body.join("&").into_bytes())
    };
    let Ok(request) = post(&signature) else { return };
    let _ = hooks.status(&request);
    let mut call = call();
    let _ = hooks.answered(&request, &call);
    let _ = hooks.pressed(&request, &mut call, NOW);
    let forged = post("AAAAAAAAAAAAAAAAAAAAAAAAAAA=").expect("valid as before");
    assert_eq!(hooks.status(&forged).err(), Some(InvalidWebhook::Signature));
    assert_eq!(hooks.pressed(&forged, &mut call, NOW).err(), Some(InvalidWebhook::Signature));
}

fn by_vonage(path: &str, head: &str, claims: Option<&str>, body: &[u8]) {
    let hooks = vonage::Webhooks::new(&secret());
    let hash = hex(&Sha256::digest(body));
    let ours = format!(r#"{{"iat":{},"payload_hash":"{hash}"}}"#, NOW.as_secs());
    let part = |text: &str| Base64UrlUnpadded::encode_string(text.as_bytes());
    let signed = format!("{}.{}", part(head), part(claims.unwrap_or(&ours)));
    let signature = Base64UrlUnpadded::encode_string(&mac::<Hmac<Sha256>>(signed.as_bytes()));
    let post = |token: String| {
        let request = Request::post(format!("/{path}"));
        request.header("authorization", format!("Bearer {token}")).body(body.to_vec())
    };
    let Ok(request) = post(format!("{signed}.{signature}")) else { return };
    let _ = hooks.status(&request, NOW);
    let mut call = call();
    let _ = hooks.answered(&request, &call, NOW);
    let _ = hooks.pressed(&request, &mut call, NOW);
    let forged = post(format!("{signed}.{}", "A".repeat(43))).expect("valid as before");
    assert!(hooks.status(&forged, NOW).is_err());
    assert!(hooks.pressed(&forged, &mut call, NOW).is_err());
}

fn call() -> Call {
    let sender = Sender::new("Example").expect("a valid name");
    let message = Preview::new(sender, Channel::Voice).message(Operation::SignIn);
    Call::new(message, Moment::new(NOW, [3; 32])).expect("a voice message")
}

fn secret() -> Credential {
    Credential::new(SECRET.into()).expect("valid")
}

fn mac<M: Mac + KeyInit>(bytes: &[u8]) -> Vec<u8> {
    let key = SECRET.as_bytes();
    let mut mac = <M as KeyInit>::new_from_slice(key).expect("a key of any length");
    mac.update(bytes);
    mac.finalize().into_bytes().to_vec()
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn escaped(text: &str) -> String {
    text.bytes().map(|byte| format!("%{byte:02x}")).collect()
}
