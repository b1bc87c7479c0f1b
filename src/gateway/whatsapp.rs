//! WhatsApp messages through Meta's Cloud API.
//!
//! [`Template`] is the authentication template, with which codes are sent. [`CloudApi`] builds the
//! request for a code, your client sends it, and [`receipt`] reads the response. [`Webhooks`] reads
//! the delivery statuses.

mod button;
mod cloud;
mod webhooks;

use alloc::{string::String, string::ToString as _, vec::Vec};

use serde_json::{Value, json};

pub use self::{
    button::Button,
    cloud::{CloudApi, receipt},
    webhooks::Webhooks,
};
use super::json::secret;
use crate::{
    address::AddressKind,
    channel::Channel,
    message::{Language, LayoutError, Message},
    policy::Policy,
    secret::SecretText,
};

/// An authentication template of the WhatsApp Business Platform (Cloud API).
///
/// Meta writes the text in each language: the code, a warning not to share it, and its expiry. You
/// choose only how the code reaches an app. Create the template once for each of your languages,
/// and then send codes with it.
///
/// The lifetimes come from the policy, so that WhatsApp states the lifetime that the verifier
/// enforces. If you change the lifetime of codes, create the template again.
///
/// # Source
///
/// Meta, *Authentication templates*; *Configure message time-to-live*.
///
/// # Example
///
/// ```
/// use second_factor::{
///     Channel, Policy,
///     message::{Language, Sender},
///     purpose::Operation, testkit::Preview,
/// };
/// use second_factor::gateway::whatsapp::{Button, Template};
///
/// let template = Template::new("sign_in_code", Button::CopyCode, &Policy::default())?
///     .in_languages([Language::ENGLISH, Language::new("pt-BR")?])?;
/// for create in template.creations() {
///     assert!(create.contains(r#""message_send_ttl_seconds":300"#));
/// }
/// let message = Preview::new(Sender::new("Example")?, Channel::WhatsApp).message(Operation::SignIn);
/// let send = template.send(&message)?;
/// assert_eq!(send.expose().matches("747723").count(), 2);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug)]
pub struct Template {
    name: String,
    button: Button,
    /// The languages of the template. The first is the fallback for other languages.
    languages: Vec<Language>,
    code_secs: u32,
}

impl Template {
    /// Creates a template in English.
    ///
    /// # Errors
    ///
    /// Returns [`InvalidTemplate::Name`] if the name is malformed, or [`InvalidTemplate::Apps`] if
    /// the button has too few or too many apps.
    pub fn new(name: &str, button: Button, policy: &Policy) -> Result<Self, InvalidTemplate> {
        let is_name = (1..=512).contains(&name.len())
            && name.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_');
        if !is_name {
            return Err(InvalidTemplate::Name);
        }
        if !button.has_fair_apps() {
            return Err(InvalidTemplate::Apps);
        }
        // Every policy has 60 to 600 seconds. WhatsApp allows 30 to 900 seconds for the delivery,
        // and 1 to 90 minutes for the expiry that it states.
        let (languages, code_secs) = (Vec::from([Language::ENGLISH]), policy.code_secs());
        Ok(Self { name: name.into(), button, languages, code_secs })
    }

    /// Sets the languages. The first is the fallback for all others.
    ///
    /// # Errors
    ///
    /// Returns [`InvalidTemplate::Languages`] if the list is empty.
    pub fn in_languages(
        mut self,
        languages: impl IntoIterator<Item = Language>,
    ) -> Result<Self, InvalidTemplate> {
        self.languages = languages.into_iter().collect();
        if self.languages.is_empty() { Err(InvalidTemplate::Languages) } else { Ok(self) }
    }

    /// Returns one body for each language, for `POST /{account}/message_templates`.
    ///
    /// Each body creates the template in its language. The bodies omit the labels of the buttons,
    /// so that WhatsApp writes them in the language of the template.
    pub fn creations(&self) -> impl Iterator<Item = String> {
        self.languages.iter().map(|language| {
            let body = json!({
                "name": self.name,
                "language": code_of(language),
                "category": "authentication",
                "message_send_ttl_seconds": self.code_secs,
                "components": [
                    { "type": "body", "add_security_recommendation": true },
                    { "type": "footer", "code_expiration_minutes": self.code_secs / 60 },
                    { "type": "buttons", "buttons": [self.button.json()] },
                ],
            });
            body.to_string()
        })
    }

    /// Returns the body of `POST /{number}/messages`, with the code of `message`.
    ///
    /// Status 200 means that Meta accepted the message, not that it arrived.
    ///
    /// # Errors
    ///
    /// Returns [`LayoutError::OtherChannel`] if the message is for another channel or has no code.
    pub fn send(&self, message: &Message) -> Result<SecretText, LayoutError> {
        Ok(secret(self.fields(message)?))
    }

    fn fields(&self, message: &Message) -> Result<Value, LayoutError> {
        let to = message.address();
        let is_ours = message.channel() == Channel::WhatsApp && to.kind() == AddressKind::Phone;
        // A code has at most ten characters, and a parameter at most fifteen.
        let (Some(code), true) = (message.code(), is_ours) else {
            return Err(LayoutError::OtherChannel);
        };
        let parameters = || json!([{ "type": "text", "text": code.expose() }]);
        Ok(json!({
            "messaging_product": "whatsapp",
            "recipient_type": "individual",
            "to": to.expose().trim_start_matches('+'),
            "type": "template",
            "template": {
                "name": self.name,
                "language": { "code": code_of(self.language_for(message.language())) },
                "components": [
                    { "type": "body", "parameters": parameters() },
                    // The button was created as `otp`. When sent, it is a `url` with a text index.
                    { "type": "button", "sub_type": "url", "index": "0", "parameters": parameters() },
                ],
            },
        }))
    }

    /// Returns the language of the template that is nearest to the user's.
    fn language_for(&self, wanted: &Language) -> &Language {
        let at = nearest(self.languages.iter(), wanted);
        at.and_then(|at| self.languages.get(at)).unwrap_or(&Language::ENGLISH)
    }
}

/// Returns the index of the nearest language, or otherwise the first index.
pub(super) fn nearest<'a>(
    mut known: impl ExactSizeIterator<Item = &'a Language> + Clone,
    wanted: &Language,
) -> Option<usize> {
    let exact = |tag: &str| known.clone().position(|one| one.tag() == tag);
    let near = || known.clone().position(|one| one.primary() == wanted.primary());
    let found = wanted.lookup().find_map(exact).or_else(near);
    found.or(known.next().map(|_| 0))
}

/// Returns Meta's code for a language.
///
/// The code has an underscore, a country for some languages, and never a script.
fn code_of(language: &Language) -> Value {
    let mut subtags = language.tag().split('-').skip(1);
    let script = subtags.clone().find(|subtag| subtag.len() == 4);
    let country = subtags
        .find(|subtag| subtag.len() == 2 && subtag.bytes().all(|byte| byte.is_ascii_uppercase()));
    let country = match (language.primary(), script, country) {
        (_, _, Some(country)) => country,
        ("zh", Some("Hant"), None) => "TW",
        ("zh", ..) => "CN",
        ("pt", ..) => "BR",
        _ => return language.primary().into(),
    };
    [language.primary(), "_", country].concat().into()
}

/// The error returned when a [`Template`] is invalid.
///
/// # Example
///
/// ```
/// use second_factor::{Policy, gateway::whatsapp::{Button, InvalidTemplate, Template}};
///
/// let refused = Template::new("Sign In", Button::CopyCode, &Policy::default());
/// assert_eq!(refused.unwrap_err(), InvalidTemplate::Name);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum InvalidTemplate {
    /// An autofill button has no app, or more than five apps.
    #[error("an autofill button has 1 to 5 apps")]
    Apps,
    /// The list of languages is empty.
    #[error("a template has at least one language")]
    Languages,
    /// The name is empty, exceeds 512 characters, or contains an invalid character.
    #[error("the name of a template has 1 to 512 lower-case letters, digits and underscores")]
    Name,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn code_of_returns_metas_language_code() {
        for (tag, name) in [
            ("en", "en"),
            ("pt", "pt_BR"),
            ("pt-PT", "pt_PT"),
            ("zh", "zh_CN"),
            ("zh-Hant", "zh_TW"),
            ("zh-Hant-HK", "zh_HK"),
            ("ar-u-nu-latn", "ar"),
            ("es-419", "es"),
        ] {
            assert_eq!(code_of(&Language::new(tag).unwrap()), name, "{tag}");
        }
    }
}
