//! Independently signed webhooks of the gateways.

use base64ct::{Base64, Base64UrlUnpadded, Encoding as _};
use http::Request;
use serde_json::{Value, json};

use crate::keys::{META_SECRET, ORIGIN, TWILIO_TOKEN, VONAGE_SECRET};

/// Builds a webhook of Twilio to this path.
pub fn twilio(path: &str, fields: &[(&str, &str)]) -> Request<Vec<u8>> {
    let mut sorted = fields.to_vec();
    sorted.sort_unstable();
    let text =
        sorted.iter().fold(format!("{ORIGIN}{path}"), |text, (name, value)| text + name + value);
    let mac = hmac_sha1_compact::HMAC::mac(text.as_bytes(), TWILIO_TOKEN.as_bytes());
    let fields: Vec<String> =
        fields.iter().map(|(name, value)| format!("{name}={value}")).collect();
    Request::post(path)
        .header("content-type", "application/x-www-form-urlencoded; charset=UTF-8")
        .header("x-twilio-signature", Base64::encode_string(&mac))
        .body(fields.join("&").into())
        .unwrap()
}

/// Builds a webhook of Meta with the status of one message.
pub fn meta(status: &Value) -> Request<Vec<u8>> {
    let value = json!({ "messaging_product": "whatsapp", "statuses": [status] });
    let changes = json!([{ "field": "messages", "value": value }]);
    let body = json!({ "object": "whatsapp_business_account", "entry": [{ "changes": changes }] });
    let body = body.to_string();
    let mac = hmac_sha256::HMAC::mac(body.as_bytes(), META_SECRET.as_bytes());
    let request = Request::post("/hooks/meta");
    let request = request.header("x-hub-signature-256", format!("sha256={}", hex(&mac)));
    request.body(body.into()).unwrap()
}

/// Builds a webhook of Vonage, signed at this time.
pub fn vonage(path: &str, body: &Value, at: u64) -> Request<Vec<u8>> {
    let body = body.to_string();
    let hash = hex(&hmac_sha256::Hash::hash(body.as_bytes()));
    let part = |value: Value| Base64UrlUnpadded::encode_string(value.to_string().as_bytes());
    let head = part(json!({ "typ": "JWT", "alg": "HS256" }));
    let claims = part(json!({ "iat": at, "iss": "Vonage", "payload_hash": hash }));
    let signed = format!("{head}.{claims}");
    let mac = hmac_sha256::HMAC::mac(signed.as_bytes(), VONAGE_SECRET.as_bytes());
    let mac = Base64UrlUnpadded::encode_string(&mac);
    let request = Request::post(path).header("authorization", format!("Bearer {signed}.{mac}"));
    request.body(body.into()).unwrap()
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
