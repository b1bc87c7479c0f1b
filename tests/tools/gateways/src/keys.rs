//! Credentials and settings of both sides.

use second_factor::{
    Policy,
    gateway::{
        Credential, Endpoint,
        camara::SimSwaps,
        push, twilio, vonage,
        whatsapp::{Button, CloudApi, Template},
    },
    message::Language,
};

use crate::Gateways;

pub const TWILIO_ACCOUNT: &str = "AC0123";
pub const TWILIO_KEY: (&str, &str) = ("SK4567", "secret-of-the-key");
pub const TWILIO_SERVICE: &str = "VA0123";
pub const TWILIO_TOKEN: &str = "auth-token";
pub const VONAGE_TOKEN: &str = "a.signed.token";
pub const VONAGE_SECRET: &str = "signature-secret";
pub const META_TOKEN: &str = "token-of-a-system-user";
pub const META_SECRET: &str = "app-secret";
pub const FIREBASE_TOKEN: &str = "ya29.token";
pub const OPERATOR_TOKEN: &str = "token-of-the-application";
pub const ORIGIN: &str = "https://example.com";

pub fn credential(text: &str) -> Credential {
    Credential::new(text.into()).unwrap()
}

fn endpoint(text: &str) -> Endpoint {
    Endpoint::new(text).unwrap()
}

pub fn twilio_account(at: &Gateways) -> twilio::Account {
    let (key, secret) = TWILIO_KEY;
    twilio::Account::with_api_key(TWILIO_ACCOUNT, key, &credential(secret))
        .unwrap()
        .at(endpoint(&at.origin()))
        .report_to(endpoint("https://example.com/hooks/twilio"))
}

pub fn twilio_messages(at: &Gateways) -> twilio::Messages {
    twilio::Messages::from_number(twilio_account(at), "+14155550111").unwrap()
}

pub fn twilio_calls(at: &Gateways) -> twilio::Calls {
    let pages = endpoint("https://example.com/voice");
    twilio::Calls::new(twilio_account(at), "+14155550111", pages).unwrap()
}

pub fn twilio_whatsapp(at: &Gateways) -> twilio::WhatsAppMessages {
    let account = twilio_account(at);
    twilio::WhatsAppMessages::new(account, "+14155550111", Language::ENGLISH, "HX1").unwrap()
}

pub fn twilio_verify(at: &Gateways) -> twilio::Verify {
    twilio::Verify::new(&twilio_account(at), TWILIO_SERVICE).unwrap().at(endpoint(&at.origin()))
}

pub fn vonage_account(at: &Gateways) -> vonage::Account {
    vonage::Account::with_token(&credential(VONAGE_TOKEN))
        .unwrap()
        .at(endpoint(&at.origin()))
        .report_to(endpoint("https://example.com/hooks/vonage"))
}

pub fn vonage_messages(at: &Gateways) -> vonage::Messages {
    vonage::Messages::new(vonage_account(at), "Example").unwrap()
}

pub fn vonage_calls(at: &Gateways) -> vonage::Calls {
    let pages = endpoint("https://example.com/voice");
    vonage::Calls::new(vonage_account(at), "14155550111", pages).unwrap()
}

pub fn vonage_verify(at: &Gateways) -> vonage::Verify {
    let verify = vonage::Verify::new(vonage_account(at), "Example", &Policy::default()).unwrap();
    verify.with_whatsapp("14155550111").unwrap()
}

pub fn sim_swaps(at: &Gateways) -> SimSwaps {
    let operator = endpoint(&format!("{}/sim-swap/v2", at.origin()));
    SimSwaps::new(operator, &credential(OPERATOR_TOKEN)).unwrap()
}

pub fn cloud_api(at: &Gateways) -> CloudApi {
    let template = Template::new("sign_in_code", Button::CopyCode, &Policy::default()).unwrap();
    let api = CloudApi::new("v23.0", "1065", &credential(META_TOKEN), template).unwrap();
    api.at(endpoint(&at.origin()))
}

pub fn firebase(at: &Gateways) -> push::Firebase {
    let firebase = push::Firebase::new("example-project", &credential(FIREBASE_TOKEN)).unwrap();
    firebase.at(endpoint(&at.origin()))
}
