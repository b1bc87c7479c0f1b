//! WhatsApp, by Meta's Cloud API: its authentication template, what sends a code with it, and what became of it.
//!
//! [`CloudApi`] makes the request; your client sends it; [`receipt`] reads the answer, which says that the
//! message was taken. What became of it [`Webhooks`] reads.

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
    Message, Policy,
    address::AddressKind,
    message::{Channel, Language, LayoutError},
    secret::SecretText,
};

/// An authentication template of the WhatsApp Business Platform (Cloud API).
///
/// Meta writes its words, in each language: the code, never to share it, and when it ends. All that
/// is yours is how the code gets into an app. Create it once in each language that you speak; then
/// send codes with it.
///
/// The times come from the policy, so that what WhatsApp says and what your record enforces are one
/// value. If you change the life of codes, create the template anew.
///
/// # Source
///
/// Meta, *Authentication templates*; *Configure message time-to-live*.
///
/// # Example
///
/// ```
/// use second_factor::{Policy, Purpose, message::{Channel, Language, Sender}, testkit::Preview};
/// use second_factor::gateway::whatsapp::{Button, Template};
///
/// let template = Template::new("sign_in_code", Button::CopyCode, &Policy::default())?
///     .in_languages([Language::ENGLISH, Language::new("pt-BR")?])?;
/// for create in template.creations() {
///     assert!(create.contains(r#""message_send_ttl_seconds":300"#));
/// }
/// let message = Preview::new(Sender::new("Example")?, Channel::WhatsApp).message(Purpose::SignIn);
/// let send = template.send(&message)?;
/// assert_eq!(send.expose().matches("747723").count(), 2);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug)]
pub struct Template {
    name: String,
    button: Button,
    /// The first is for everybody whose language is not among them.
    languages: Vec<Language>,
    code_life: u32,
}

impl Template {
    /// The template with this name, in English.
    ///
    /// # Errors
    ///
    /// [`InvalidTemplate`].
    pub fn new(name: &str, button: Button, policy: &Policy) -> Result<Self, InvalidTemplate> {
        let is_name = (1..=512).contains(&name.len())
            && name.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_');
        if !is_name {
            return Err(InvalidTemplate::Name);
        }
        if !button.has_fair_apps() {
            return Err(InvalidTemplate::Apps);
        }
        // 60 to 600 seconds by any policy: WhatsApp tries to deliver for 30 to 900, and says 1 to
        // 90 minutes.
        let (languages, code_life) = (Vec::from([Language::ENGLISH]), policy.code_life());
        Ok(Self { name: name.into(), button, languages, code_life })
    }

    /// The same in these languages. The first is for whoever reads none of them.
    ///
    /// # Errors
    ///
    /// [`InvalidTemplate::Languages`] when there is none.
    pub fn in_languages(
        mut self,
        languages: impl IntoIterator<Item = Language>,
    ) -> Result<Self, InvalidTemplate> {
        self.languages = languages.into_iter().collect();
        if self.languages.is_empty() { Err(InvalidTemplate::Languages) } else { Ok(self) }
    }

    /// What creates it, once for each language: bodies for `POST /{account}/message_templates`.
    ///
    /// The labels of its buttons are left out, so that WhatsApp writes them in the language of the
    /// template.
    pub fn creations(&self) -> impl Iterator<Item = String> {
        self.languages.iter().map(|language| {
            let body = json!({
                "name": self.name,
                "language": code_of(language),
                "category": "authentication",
                "message_send_ttl_seconds": self.code_life,
                "components": [
                    { "type": "body", "add_security_recommendation": true },
                    { "type": "footer", "code_expiration_minutes": self.code_life / 60 },
                    { "type": "buttons", "buttons": [self.button.json()] },
                ],
            });
            body.to_string()
        })
    }

    /// What sends the code of `message`: a body for `POST /{number}/messages`.
    ///
    /// The answer *200* means that the message was taken, not that it came.
    ///
    /// # Errors
    ///
    /// [`LayoutError::OtherChannel`] when it travels by another channel or has no code.
    pub fn send(&self, message: &Message) -> Result<SecretText, LayoutError> {
        Ok(secret(self.fields(message)?))
    }

    fn fields(&self, message: &Message) -> Result<Value, LayoutError> {
        let to = message.address();
        let is_ours = message.channel() == Channel::WhatsApp && to.kind() == AddressKind::Phone;
        // A code has at most ten characters, and a parameter may have fifteen.
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
                    // It was created as `otp`; it is a `url` since, and its place is a text.
                    { "type": "button", "sub_type": "url", "index": "0", "parameters": parameters() },
                ],
            },
        }))
    }

    /// The language of the template that is nearest to that of the person.
    fn language_for(&self, person: &Language) -> &Language {
        let at = nearest(self.languages.iter(), person);
        at.and_then(|at| self.languages.get(at)).unwrap_or(&Language::ENGLISH)
    }
}

/// The place of the language that is nearest to that of the person, or of the first.
pub(super) fn nearest<'a>(
    mut known: impl ExactSizeIterator<Item = &'a Language> + Clone,
    person: &Language,
) -> Option<usize> {
    let exact = |tag: &str| known.clone().position(|one| one.tag() == tag);
    let near = || known.clone().position(|one| one.primary() == person.primary());
    let found = person.lookup().find_map(exact).or_else(near);
    found.or(known.next().map(|_| 0))
}

/// The name that Meta has for a language: an underscore, a country for some, and never a script.
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

/// Why there is no such [`Template`].
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
    /// A button that fills in needs one app at least, and takes five at most.
    #[error("a button that fills in names 1 to 5 apps")]
    Apps,
    /// No language.
    #[error("a template has a language")]
    Languages,
    /// The name has other than small letters, digits and underscores, or more than 512.
    #[error("a template has 1 to 512 small letters, digits and underscores for a name")]
    Name,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_language_has_the_name_that_meta_has_for_it() {
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
