//! The page of the second step, with the offered methods.

use axum::{extract::Query, response::Response};
use maud::{Markup, html};
use second_factor::{Error, FactorKind, Reason, UnixTime};
use serde::Deserialize;

use super::{
    ActiveFlow,
    model::{Method, SecondStep, name},
};
use crate::{
    data::{Flash, Flow, PinStep},
    failure::{Failure, has_no_method},
    page::elements::{code_field, countdown, resend_buttons},
    text::Text,
};

#[derive(Deserialize)]
pub(crate) struct MethodQuery {
    method: Option<String>,
}

pub(crate) async fn show(
    flow: ActiveFlow,
    Query(query): Query<MethodQuery>,
) -> Result<Response, Failure> {
    let (now, text) = (flow.context.now()?, flow.context.text());
    let offers = match flow.verifier.offers(&flow.subject, flow.purpose()).await {
        Ok(offers) => Some(offers),
        Err(error) if has_no_method(&error) => None,
        Err(error) if is_not_enrolled(&error) => return not_enrolled(flow).await,
        Err(error) => return Err(error.into()),
    };
    let model = SecondStep::new(&flow, offers.as_ref(), query.method.as_deref(), now);
    let title = text.of(title(&model));
    let view = View {
        path: flow.path(),
        now,
        text,
        model: &model,
        has_message: matches!(flow.context.data.flash, Some(Flash::Error(_))),
    };
    let body = view.body();
    flow.context.page(title, &body, &model).await
}

fn is_not_enrolled(error: &Error) -> bool {
    error.reason() == Some(Reason::NotEnrolled)
}

/// Nothing can be proven: a signed-in user adds a factor, and another one signs in again.
async fn not_enrolled(mut flow: ActiveFlow) -> Result<Response, Failure> {
    if flow.state.flow == Flow::StepUp {
        let says = flow.context.text().of("Add a second factor to continue.");
        flow.context.data.flash = Some(Flash::Success(says.to_owned()));
        flow.context.save().await?;
        return Ok(flow.context.go("enrollment_required", "/two-factor/settings"));
    }
    let location = flow.context.two_factor.0.sign_in.clone();
    flow.context.sign_out().await?;
    Err(Failure::SignIn { location, then: None })
}

const fn title(model: &SecondStep) -> &'static str {
    match (model.purpose, model.has_partial_proof) {
        _ if model.pin.is_some() => "Enter your two-step PIN",
        (Flow::StepUp, _) => "Confirm it's you",
        (Flow::Recover, false) => "Recover your account: step 1 of 2",
        (Flow::Recover, true) => "Recover your account: step 2 of 2",
        (Flow::SignIn, _) => "Verify it's you",
    }
}

struct View<'m> {
    path: &'static str,
    now: UnixTime,
    text: Text,
    model: &'m SecondStep,
    /// Whether a message already explains the lock.
    has_message: bool,
}

impl View<'_> {
    fn body(&self) -> Markup {
        let text = self.text;
        html! {
            @if self.model.form_was_lost {
                p.notice role="status" {
                    (text.of("What you entered was not sent. Confirm it's you, then send the form again."))
                }
            }
            @if let Some(step) = &self.model.pin {
                (self.pin_form(step))
            } @else if self.model.no_method {
                section.card {
                    p { (text.of("None of your sign-in methods can be used any more. Contact our support.")) }
                }
            } @else {
                (self.methods())
            }
            @if self.model.purpose == Flow::SignIn { (self.other_ways()) }
        }
    }

    fn methods(&self) -> Markup {
        let text = self.text;
        let (selected, others): (Vec<_>, Vec<_>) =
            self.model.methods.iter().partition(|method| method.is_selected);
        html! {
            @for method in selected {
                section.card {
                    @if let (Some(at), false) = (method.retry_at, self.has_message) {
                        p.notice.error role="alert" {
                            (text.with("{} is locked after too many incorrect attempts.", name(method.kind, text)))
                            " " (text.of("Try again")) " " (countdown(at, self.now, text))
                            (text.of(", or use another method."))
                        }
                    }
                    (self.method_form(method))
                }
            }
            @if !others.is_empty() {
                h2 { (text.of("Use another method")) }
                ul.alternatives {
                    @for method in others {
                        li {
                            a href={ (self.path) "?method=" (method.method) } { (method.label) }
                            @if let Some(at) = method.retry_at {
                                " " span.small { (countdown(at, self.now, text)) }
                            }
                        }
                    }
                }
            }
        }
    }

    fn other_ways(&self) -> Markup {
        let text = self.text;
        html! {
            @if self.model.pin.is_none() {
                p.small {
                    (text.of("Lost access to one of these?")) " "
                    a href="/two-factor/recover" {
                        (text.of("Recover your account with two other methods"))
                    }
                }
            }
            form.inline method="post" action="/two-factor/sign-out" {
                button.link { (text.of("Sign in to a different account")) }
            }
        }
    }

    fn method_form(&self, method: &Method) -> Markup {
        let (text, path) = (self.text, self.path);
        match method.kind {
            FactorKind::Totp => {
                self.code_form("totp", &code_field(text.of("Code from your authenticator app"), 6))
            }
            FactorKind::Hotp => {
                self.code_form("hotp", &code_field(text.of("Code from your hardware token"), 6))
            }
            FactorKind::BackupCode => self.code_form("backup_code", &backup_code_field(text)),
            FactorKind::SignInRequest => self.request_form(),
            FactorKind::SecurityKey => html! {
                form method="post" action={ (path) "/security-key" }
                    data-security-key="get" data-begin={ (path) "/security-key/begin" }
                {
                    p { (text.of("Have your security key ready, or the device that stores your passkey.")) }
                    input type="hidden" name="response";
                    (self.submit("Use security key or passkey"))
                    p.small role="status" data-status
                        data-waiting=(text.of("Waiting for your security key or passkey…"))
                        data-failed=(text.of("No security key or passkey responded. Try again, or use another method.")) {}
                    noscript {
                        p { (text.of("This needs JavaScript, which is turned off. Use another method.")) }
                    }
                }
            },
            _ => self.sent_code_form(method),
        }
    }

    fn code_form(&self, kind: &str, field: &Markup) -> Markup {
        html! {
            form method="post" action=(self.path) {
                input type="hidden" name="kind" value=(kind);
                (field)
                (self.submit("Continue"))
            }
        }
    }

    fn submit(&self, label: &'static str) -> Markup {
        html! {
            @if self.model.can_trust {
                label.check {
                    input type="checkbox" name="trust" value="yes" checked[self.model.trust];
                    " " (self.text.of("Trust this device for 30 days"))
                }
            }
            button { (self.text.of(label)) }
        }
    }

    /// Renders the button that sends a code, or the field for a code that was sent.
    fn sent_code_form(&self, method: &Method) -> Markup {
        let (text, path) = (self.text, self.path);
        let sent = self.model.sent.as_ref().filter(|sent| sent.address == method.method);
        let Some(sent) = sent else {
            return html! {
                form method="post" action={ (path) "/send" } {
                    p {
                        (text.of("We will send a code to")) " "
                        strong { (method.masked.as_deref().unwrap_or_default()) } "."
                    }
                    input type="hidden" name="address" value=(method.method);
                    button { (text.of("Send code")) }
                }
            };
        };
        html! {
            form method="post" action=(path) data-webotp {
                p {
                    (text.of("We sent a code to")) " " strong { (sent.masked) } ". "
                    (text.of("Our staff will never ask you for it."))
                }
                input type="hidden" name="kind" value="sent_code";
                (code_field(text.of("Verification code"), sent.digits))
                (self.submit("Continue"))
            }
            (resend_buttons(sent, &format!("{path}/resend"), self.now, text))
        }
    }

    fn request_form(&self) -> Markup {
        let (text, path) = (self.text, self.path);
        match &self.model.request {
            None => html! {
                form method="post" action={ (path) "/request" } {
                    p { (text.of("Open this site on a trusted device where you are signed in.")) }
                    button { (text.of("Send sign-in request")) }
                }
            },
            Some(request) => html! {
                p {
                    (text.of("On your trusted device, open Security, select Sign-in requests and enter this number:"))
                }
                p.number { (request.number) }
                form method="post" action={ (path) "/request/status" } data-poll {
                    p.small role="status" data-status {
                        (text.of("Waiting for your approval. This request expires")) " "
                        (countdown(request.expires_at, self.now, text)) "."
                    }
                    button.secondary { (text.of("I have approved it")) }
                }
            },
        }
    }

    fn pin_form(&self, step: &PinStep) -> Markup {
        let (text, path) = (self.text, self.path);
        html! {
            section.card {
                @if let Some(sent) = &step.reset_code {
                    form method="post" action={ (path) "/pin/reset" } {
                        p {
                            (text.of("We sent a code to")) " " strong { (sent.masked) } ". "
                            (text.of("It removes your PIN."))
                        }
                        (code_field(text.of("Code from the email"), sent.digits))
                        button { (text.of("Remove PIN and continue")) }
                    }
                } @else {
                    form method="post" action=(path) {
                        input type="hidden" name="kind" value="pin";
                        label for="pin" { (text.of("Two-step PIN")) }
                        input #pin.code name="code" type="password" required autofocus
                            autocomplete="off" inputmode="numeric" maxlength="64";
                        button { (text.of("Continue")) }
                    }
                    form.inline method="post" action={ (path) "/pin/forgotten" } {
                        button.link { (text.of("Forgot your PIN?")) }
                    }
                }
            }
        }
    }
}

fn backup_code_field(text: Text) -> Markup {
    html! {
        label for="code" { (text.of("One of your backup codes")) }
        input #code.code name="code" required autofocus autocomplete="off"
            autocapitalize="characters" spellcheck="false" maxlength="40"
            placeholder="ABCD-EFGH-JKMN-PQRS";
    }
}
