//! Verification services and an operator, with their state.

use serde_json::{Value, json};

use crate::{
    keys::{OPERATOR_TOKEN, TWILIO_SERVICE, VONAGE_TOKEN},
    rules::{
        Answer, Asked, Refused, Service, Taken, expect, form, is_digits, is_number, json_fields,
        only, text,
    },
};

/// A number that moved to another SIM, and a number of another operator.
pub const SWAPPED: &str = "+14155550199";
pub const ELSEWHERE: &str = "+33199005555";

/// The pending verifications.
#[derive(Default)]
pub struct Questions {
    pending: Vec<Pending>,
    made: u32,
}

struct Pending {
    service: Service,
    id: String,
    to: String,
    code: String,
    sends: u8,
    incorrect: u8,
}

impl Questions {
    /// Returns the response, or `None` for paths of other services.
    pub fn take(&mut self, asked: &Asked) -> Option<Answer> {
        let path = asked.path.as_str();
        let service = format!("/v2/Services/{TWILIO_SERVICE}/");
        let answer = match (asked.method.as_str(), path) {
            ("POST", "/sim-swap/v2/check") => sim_swap(asked),
            ("POST", "/v2/verify") => self.vonage_start(asked),
            ("POST", _) if path.starts_with(&service) => match path.split_at(service.len()).1 {
                "VerificationCheck" => self.twilio_check(asked),
                "Verifications" => self.twilio_start(asked),
                path => self.twilio_cancel(asked, path.strip_prefix("Verifications/")?),
            },
            ("POST", _) => self.vonage_check(asked, path.strip_prefix("/v2/verify/")?),
            ("DELETE", _) => self.vonage_cancel(asked, path.strip_prefix("/v2/verify/")?),
            _ => return None,
        };
        Some(answer)
    }

    /// Expires every pending code.
    pub fn end(&mut self) {
        self.pending.clear();
    }

    fn twilio_start(&mut self, asked: &Asked) -> Answer {
        let fields = form(asked, &["To", "Channel", "Locale"])?;
        let field = |name| fields.iter().find(|(n, _)| *n == name).map(|(_, v)| v.as_str());
        let to = field("To").unwrap_or_default();
        expect(is_number(to), 400, "60200")?;
        expect(matches!(field("Channel"), Some("call" | "sms" | "whatsapp")), 400, "60200")?;
        expect(field("Locale").is_none_or(|name| TWILIO_SPEAKS.contains(&name)), 404, "20404")?;
        // While a code is pending, it is sent again with the same id.
        let at = match self.at(Service::TwilioVerify, |one| one.to == to) {
            Some(at) => at,
            None => self.make(Service::TwilioVerify, to, 6),
        };
        let one = &mut self.pending[at];
        one.sends += 1;
        expect_code(one.sends <= 5, 429, 60_203)?;
        let body = json!({ "sid": one.id, "to": to, "status": "pending", "valid": false });
        Ok((201, body.to_string(), one.taken()))
    }

    fn twilio_check(&mut self, asked: &Asked) -> Answer {
        let fields = form(asked, &["VerificationSid", "Code"])?;
        let field = |name| {
            fields.iter().find(|(n, _)| *n == name).map(|(_, v)| v.as_str()).unwrap_or_default()
        };
        let typed = field("Code");
        expect_code(is_code(typed), 400, 60_200)?;
        let id = field("VerificationSid");
        let at = self.at(Service::TwilioVerify, |one| one.id == id);
        let at = at.ok_or_else(|| refused(404, 20_404))?;
        let one = &mut self.pending[at];
        expect_code(one.incorrect < 5, 429, 60_202)?;
        let is_correct = one.code == typed;
        one.incorrect += u8::from(!is_correct);
        let taken = Taken { words: typed.into(), ..one.taken() };
        if is_correct {
            self.pending.remove(at);
        }
        let status = if is_correct { "approved" } else { "pending" };
        Ok((200, json!({ "sid": id, "status": status, "valid": is_correct }).to_string(), taken))
    }

    fn twilio_cancel(&mut self, asked: &Asked, id: &str) -> Answer {
        let fields = form(asked, &["Status"])?;
        expect(fields.iter().any(|(_, status)| status == "canceled"), 400, "60200")?;
        let at = self.at(Service::TwilioVerify, |one| one.id == id);
        let one = self.pending.remove(at.ok_or_else(|| refused(404, 20_404))?);
        let body = json!({ "sid": one.id, "status": "canceled", "valid": false });
        Ok((200, body.to_string(), one.taken()))
    }

    fn vonage_start(&mut self, asked: &Asked) -> Answer {
        let known = ["brand", "channel_timeout", "code_length", "locale?", "workflow"];
        let body = Value::Object(json_fields(asked, VONAGE_TOKEN, &known)?);
        let number = |name: &str| body.get(name).and_then(Value::as_u64).unwrap_or_default();
        let brand = text(&body, "/brand");
        expect((1..=18).contains(&brand.chars().count()), 422, "brand")?;
        expect(!brand.contains(['\\', '/', '{', '}', ':', '$']), 422, "brand")?;
        expect((15..=900).contains(&number("channel_timeout")), 422, "channel_timeout")?;
        expect((4..=10).contains(&number("code_length")), 422, "code_length")?;
        let locale = body.get("locale").map(|_| text(&body, "/locale"));
        expect(locale.is_none_or(|name| VONAGE_SPEAKS.contains(&name)), 422, "locale")?;
        let steps = body.get("workflow").and_then(Value::as_array).map_or(0, Vec::len);
        expect((1..=3).contains(&steps), 422, "workflow")?;
        let step = body.pointer("/workflow/0").and_then(Value::as_object);
        let known: &[&str] = match text(&body, "/workflow/0/channel") {
            "sms" | "voice" => &["channel", "to"],
            "whatsapp" => &["channel", "to", "from"],
            _ => return Err((422, "channel".into())),
        };
        only(step.ok_or_else(|| (422, String::new()))?, known)?;
        let (to, from) = (text(&body, "/workflow/0/to"), text(&body, "/workflow/0/from"));
        expect(is_digits(to) && (from.is_empty() || is_digits(from)), 422, "to")?;
        let is_free = self.at(Service::VonageVerify, |one| one.to == to).is_none();
        expect(is_free, 409, "Concurrent verifications")?;
        let digits = usize::try_from(number("code_length")).unwrap_or_default();
        let at = self.make(Service::VonageVerify, to, digits);
        let one = &self.pending[at];
        Ok((202, json!({ "request_id": one.id }).to_string(), one.taken()))
    }

    fn vonage_check(&mut self, asked: &Asked, id: &str) -> Answer {
        let body = Value::Object(json_fields(asked, VONAGE_TOKEN, &["code"])?);
        let typed = text(&body, "/code");
        expect(is_code(typed), 422, "code")?;
        let at = self.at(Service::VonageVerify, |one| one.id == id);
        let at = at.ok_or_else(|| titled(404, "Not Found"))?;
        let one = &mut self.pending[at];
        if one.code != typed {
            one.incorrect += 1;
            let is_over = one.incorrect >= 3;
            if is_over {
                self.pending.remove(at);
            }
            return Err(titled(if is_over { 410 } else { 400 }, "Invalid Code"));
        }
        let taken = self.pending.remove(at).taken();
        Ok((200, json!({ "request_id": id, "status": "completed" }).to_string(), taken))
    }

    fn vonage_cancel(&mut self, asked: &Asked, id: &str) -> Answer {
        let bearer = format!("Bearer {VONAGE_TOKEN}");
        expect(asked.header("authorization") == Some(&bearer), 401, "authorization")?;
        expect(asked.body.is_empty(), 400, "an empty body")?;
        let at = self.at(Service::VonageVerify, |one| one.id == id);
        let one = self.pending.remove(at.ok_or_else(|| titled(404, "Not Found"))?);
        Ok((204, String::new(), one.taken()))
    }

    fn at(&self, service: Service, is_it: impl Fn(&Pending) -> bool) -> Option<usize> {
        self.pending.iter().position(|one| one.service == service && is_it(one))
    }

    /// Creates a verification with a new code. Returns its index.
    fn make(&mut self, service: Service, to: &str, digits: usize) -> usize {
        self.made += 1;
        let id = match service {
            Service::TwilioVerify => format!("VE{:032x}", self.made),
            _ => format!("{:08x}-00bf-4b89-84ba-88b25df97315", self.made),
        };
        let code = format!("{:0digits$}", 7_401 + self.made);
        let to = to.to_owned();
        self.pending.push(Pending { service, id, to, code, sends: 0, incorrect: 0 });
        self.pending.len() - 1
    }
}

impl Pending {
    fn taken(&self) -> Taken {
        Taken {
            service: self.service,
            to: self.to.clone(),
            words: self.code.clone(),
            reference: self.id.clone(),
        }
    }
}

fn sim_swap(asked: &Asked) -> Answer {
    let error = |status: u16, code: &str| {
        (status, json!({ "status": status, "code": code, "message": "" }).to_string())
    };
    let body = json_fields(asked, OPERATOR_TOKEN, &["phoneNumber", "maxAge?"]);
    let body = Value::Object(body.map_err(|(status, why)| match status {
        401 => error(401, "UNAUTHENTICATED"),
        415 => (415, why),
        _ => error(400, "INVALID_ARGUMENT"),
    })?);
    let number = text(&body, "/phoneNumber");
    let is_correlator = |text: &str| {
        text.len() <= 256
            && text.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_:;./<>{}".contains(&b))
    };
    let is_correlated = asked.header("x-correlator").is_none_or(is_correlator);
    let hours = body.get("maxAge").map_or(Some(240), Value::as_u64);
    if !is_number(number) || !is_correlated || !hours.is_some_and(|h| (1..=2400).contains(&h)) {
        return Err(error(400, "INVALID_ARGUMENT"));
    }
    // The law of this country limits lookups to 30 days.
    if hours > Some(30 * 24) {
        return Err(error(400, "OUT_OF_RANGE"));
    }
    if number == ELSEWHERE {
        return Err(error(404, "IDENTIFIER_NOT_FOUND"));
    }
    let taken = Taken {
        service: Service::SimSwap,
        to: number.into(),
        words: String::new(),
        reference: asked.header("x-correlator").unwrap_or_default().into(),
    };
    Ok((200, json!({ "swapped": number == SWAPPED }).to_string(), taken))
}

fn is_code(text: &str) -> bool {
    (4..=10).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_digit())
}

fn expect_code(is_valid: bool, status: u16, code: u32) -> Result<(), Refused> {
    if is_valid { Ok(()) } else { Err(refused(status, code)) }
}

/// Returns a refusal of Twilio.
fn refused(status: u16, code: u32) -> Refused {
    (status, json!({ "code": code, "message": "", "status": status }).to_string())
}

/// Returns a refusal of Vonage.
fn titled(status: u16, title: &str) -> Refused {
    (status, json!({ "title": title, "detail": "" }).to_string())
}

const TWILIO_SPEAKS: [&str; 12] =
    ["ar", "de", "en", "en-GB", "es", "fr", "hi", "id", "pt", "pt-BR", "zh", "zh-CN"];
const VONAGE_SPEAKS: [&str; 11] = [
    "ar-xa", "de-de", "en-gb", "en-us", "es-es", "fr-fr", "hi-in", "id-id", "pt-br", "pt-pt",
    "zh-cn",
];
