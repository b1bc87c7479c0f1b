//! Enrollment of a hardware token.

use axum::response::Response;
use maud::{Markup, html};
use second_factor::{Secret, enrollment::HotpToken, otp::Digits, secret::InvalidSecret};
use serde::Deserialize;
use serde_json::json;

use super::{CodeBody, Enrolling, after, after_enrollment};
use crate::{
    data::{PendingEnrollment, handle},
    failure::Failure,
    input::Input,
    page::elements::code_field,
    text::Text,
};

/// The secret that came with the token.
#[derive(Deserialize)]
pub(crate) struct TokenBody {
    secret: String,
    digits: Option<u8>,
}

/// Shows the enrollment page. The secret is not shown again, but the user can start over.
pub(crate) async fn show(Enrolling(context): Enrolling) -> Result<Response, Failure> {
    let text = context.text();
    let is_pending = matches!(context.data.enrollment, Some(PendingEnrollment::Hotp(_)));
    let body = html! {
        @if is_pending { (code_form(text)) }
        (secret_form(is_pending, text))
    };
    let model = json!({ "page": "hardware_token", "is_pending": is_pending });
    context.page(text.of("Hardware token"), &body, &model).await
}

/// Begins with the secret. It is not kept for a step-up: the user types it again.
pub(crate) async fn begin(
    Enrolling(mut context): Enrolling,
    Input(body): Input<TokenBody>,
) -> Result<Response, Failure> {
    let text = context.text();
    let Ok(digits) = Digits::new(body.digits.unwrap_or(6)) else {
        return Err(Failure::OutOfDate);
    };
    let Ok(secret) = parse(&body.secret) else {
        let says = "Enter the secret of the token, in Base32 or hexadecimal.";
        return context.error(text.of(says), PATH).await;
    };
    context.data.form_was_lost = context.data.grant.is_none();
    let enroller = context.enroller(PATH, None).await?;
    let token = HotpToken::new(&secret).with_digits(digits);
    match context.verifier()?.enroll_hotp(enroller, &token).await {
        Ok(handle) => {
            context.data.form_was_lost = false;
            context.data.enrollment = Some(PendingEnrollment::Hotp(handle.to_string()));
            context.save().await?;
            Ok(context.go("first_code_required", PATH))
        }
        Err(error) => {
            context.data.form_was_lost = error.needs_grant();
            context.denied(&error, PATH, None).await
        }
    }
}

pub(crate) async fn confirm(
    Enrolling(mut context): Enrolling,
    Input(body): Input<CodeBody>,
) -> Result<Response, Failure> {
    let text = context.text();
    let Some(PendingEnrollment::Hotp(pending)) = context.data.enrollment.clone() else {
        return Err(Failure::OutOfDate);
    };
    let (verifier, subject) = (context.verifier()?, context.subject()?);
    match verifier.confirm(&subject, handle(&pending)?, &body.code).await {
        Ok(confirmed) => {
            after_enrollment(&mut context, confirmed).await?;
            let to = after(&mut context);
            context.success(text.of("Hardware token added."), &to).await
        }
        Err(error) => context.refuse(&error, PATH).await,
    }
}

/// Parses Base32 or hexadecimal.
///
/// The first code shows which one it is, if a text could be both: a Base32 text of this length
/// without a letter after F occurs once in 10^13 secrets.
fn parse(typed: &str) -> Result<Secret, InvalidSecret> {
    let symbols = typed.chars().filter(|symbol| !symbol.is_whitespace() && *symbol != '-');
    let digits = symbols.map(|symbol| symbol.to_digit(16).and_then(|digit| digit.try_into().ok()));
    match digits.collect::<Option<Vec<u8>>>() {
        Some(digits) if digits.len() % 2 == 0 => {
            let pairs = digits.chunks_exact(2);
            let bytes = pairs.map(|pair| pair.iter().fold(0, |byte, digit| byte << 4 | digit));
            Secret::new(&bytes.collect::<Vec<u8>>())
        }
        _ => Secret::import_base32(typed),
    }
}

fn secret_form(is_pending: bool, text: Text) -> Markup {
    html! {
        form.card method="post" action=(BEGIN) {
            @if is_pending {
                p.small { (text.of("Did you enter another secret? You can start over.")) }
            } @else {
                p { (text.of("A hardware token shows a new code each time you press its button. You need the secret that came with it.")) }
            }
            label for="secret" { (text.of("Secret of the token (Base32 or hexadecimal)")) }
            input #secret name="secret" required autofocus[!is_pending] autocomplete="off"
                autocapitalize="off" spellcheck="false" maxlength="200";
            label for="digits" { (text.of("Digits of a code")) }
            select #digits name="digits" {
                option { "6" }
                option { "8" }
            }
            button.secondary[is_pending] { (text.of("Continue")) }
        }
    }
}

fn code_form(text: Text) -> Markup {
    html! {
        form.card method="post" action=(PATH) {
            p { (text.of("Press the button of the token, and enter the code that it shows.")) }
            (code_field(text.of("Code from your hardware token"), 6))
            button { (text.of("Add hardware token")) }
        }
    }
}

const PATH: &str = "/two-factor/settings/hardware-token";
const BEGIN: &str = "/two-factor/settings/hardware-token/begin";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secret_is_read_as_base32_or_hexadecimal() {
        for typed in [
            "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ",
            "gezd gnbv-gy3t qojq gezd gnbv gy3t qojq",
            "3132333435363738393031323334353637383930",
            "31323334 35363738-39303132 33343536 37383930",
        ] {
            let secret = parse(typed).expect(typed);
            assert_eq!(secret.expose_bytes(), b"12345678901234567890", "{typed}");
        }
        let mixed = parse("aBcDeF0123456789AbCdEf0123456789").expect("it is hexadecimal");
        assert_eq!(mixed.expose_bytes().first_chunk(), Some(&[0xab, 0xcd, 0xef, 0x01]));
        for typed in
            ["", "00", "313233343536373839303132333435", "0x31323334", "é", &"ab".repeat(65)]
        {
            assert!(parse(typed).is_err(), "{typed}");
        }
    }
}
