//! Twilio, WhatsApp and SMTP, from the environment.
//!
//! This file is meant to be copied. `examples/web` uses it.
//!
//! The environment variables are those of `examples/sending`: `TWILIO_ACCOUNT_SID`,
//! `TWILIO_API_KEY`, `TWILIO_API_SECRET`, `TWILIO_FROM`; `WHATSAPP_NUMBER_ID`, `WHATSAPP_TOKEN`,
//! `WHATSAPP_TEMPLATE`; `SMTP_HOST`, `SMTP_USER`, `SMTP_PASSWORD`, `MAIL_FROM`.

use std::{env, time::Duration};

use http::{Request, Response};
use lettre::{
    AsyncSmtpTransport, AsyncTransport as _, Tokio1Executor,
    message::{
        Mailbox, Message as Mail, MultiPart,
        header::{HeaderName, HeaderValue},
    },
    transport::smtp::authentication::Credentials,
};
use second_factor::{
    Channel, Message, Policy, UnixTime,
    delivery::{Receipt, Undelivered},
    gateway::{
        Body, Credential,
        twilio::{self, Account, Messages},
        whatsapp::{self, Button, CloudApi, Template},
    },
};
use ureq::Timeout;

type BoxError = Box<dyn core::error::Error + Send + Sync>;

/// Gateways with credentials in the environment.
#[derive(Default)]
pub struct Gateways {
    texts: Option<Messages>,
    whatsapp: Option<CloudApi>,
    mail: Option<Smtp>,
}

struct Smtp {
    server: AsyncSmtpTransport<Tokio1Executor>,
    from: Mailbox,
}

impl Gateways {
    pub fn from_env(policy: &Policy) -> Result<Self, BoxError> {
        let texts = match variables([
            "TWILIO_ACCOUNT_SID",
            "TWILIO_API_KEY",
            "TWILIO_API_SECRET",
            "TWILIO_FROM",
        ]) {
            Some([account, key, secret, from]) => {
                let account = Account::with_api_key(&account, &key, &Credential::new(secret)?)?;
                Some(Messages::from_number(account, &from)?)
            }
            None => None,
        };
        let whatsapp =
            match variables(["WHATSAPP_NUMBER_ID", "WHATSAPP_TOKEN", "WHATSAPP_TEMPLATE"]) {
                Some([number, token, template]) => {
                    let template = Template::new(&template, Button::CopyCode, policy)?;
                    Some(CloudApi::new("v23.0", &number, &Credential::new(token)?, template)?)
                }
                None => None,
            };
        let mail = match variables(["SMTP_HOST", "SMTP_USER", "SMTP_PASSWORD", "MAIL_FROM"]) {
            Some([host, user, password, from]) => {
                let relay = AsyncSmtpTransport::<Tokio1Executor>::relay(&host)?;
                let server = relay.credentials(Credentials::new(user, password)).build();
                Some(Smtp { server, from: from.parse()? })
            }
            None => None,
        };
        Ok(Self { texts, whatsapp, mail })
    }

    /// Sends a message, or returns it unsent if its channel has no gateway.
    pub async fn send(
        &self,
        message: Message,
        now: UnixTime,
    ) -> Result<Result<Receipt, Undelivered>, Message> {
        match (message.channel(), &self.texts, &self.whatsapp, &self.mail) {
            (Channel::Sms, Some(texts), _, _) => Ok(match texts.request(&message, now) {
                Ok(request) => execute(request).await.and_then(|answer| twilio::receipt(&answer)),
                Err(error) => Err(error.into()),
            }),
            (Channel::WhatsApp, _, Some(api), _) => Ok(match api.request(&message, now) {
                Ok(request) => execute(request).await.and_then(|answer| whatsapp::receipt(&answer)),
                Err(error) => Err(error.into()),
            }),
            (Channel::Email, _, _, Some(smtp)) => Ok(smtp.send(&message).await),
            _ => Err(message),
        }
    }
}

impl Smtp {
    async fn send(&self, message: &Message) -> Result<Receipt, Undelivered> {
        let mail = self.mail(message).map_err(|_| Undelivered::Misconfigured)?;
        match self.server.send(mail).await {
            Ok(answer) => Ok(Receipt::new(answer.message().collect::<String>())),
            // 5xx: the mailbox does not exist, or the server does not accept our mail.
            Err(error) if error.is_permanent() => Err(Undelivered::Unreachable),
            Err(error) if error.is_transient() => Err(Undelivered::Unavailable),
            Err(_) => Err(Undelivered::Unknown),
        }
    }

    fn mail(&self, message: &Message) -> Result<Mail, BoxError> {
        let email = message.email()?;
        let mut mail = Mail::builder()
            .from(self.from.clone())
            .to(message.address().expose().parse()?)
            .subject(email.subject().expose())
            .message_id(None);
        for (name, value) in email.headers() {
            let name = HeaderName::new_from_ascii(name.to_owned())?;
            mail = mail.raw_header(HeaderValue::new(name, value.to_owned()));
        }
        let (text, html) = (email.text().expose().to_owned(), email.html().expose().to_owned());
        Ok(mail.multipart(MultiPart::alternative_plain_html(text, html))?)
    }
}

/// Executes a request.
///
/// After a failed connection, the message was certainly not sent. After any other error, the
/// message may have been sent.
async fn execute(request: Request<Body>) -> Result<Response<Vec<u8>>, Undelivered> {
    let sent = tokio::task::spawn_blocking(move || {
        let config = ureq::Agent::config_builder()
            .timeout_global(Some(Duration::from_secs(10)))
            .http_status_as_error(false)
            .max_redirects(0);
        let agent: ureq::Agent = config.build().into();
        let answer = agent.run(request.map(Body::into_vec)).map_err(|error| match error {
            ureq::Error::ConnectionFailed | ureq::Error::HostNotFound => Undelivered::Unavailable,
            ureq::Error::Timeout(Timeout::Connect | Timeout::Resolve) => Undelivered::Unavailable,
            _ => Undelivered::Unknown,
        })?;
        let (parts, mut body) = answer.into_parts();
        let body = body.with_config().limit(64 * 1024).read_to_vec();
        Ok(Response::from_parts(parts, body.map_err(|_| Undelivered::Unknown)?))
    });
    sent.await.unwrap_or(Err(Undelivered::Unknown))
}

/// Returns the values of these environment variables if all are set.
fn variables<const N: usize>(names: [&str; N]) -> Option<[String; N]> {
    let values: Vec<String> = names.iter().filter_map(|name| env::var(name).ok()).collect();
    values.try_into().ok()
}
