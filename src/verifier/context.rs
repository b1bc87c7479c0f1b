//! The context of a request: client, language, app.

use alloc::sync::Arc;

use super::Verifier;
use crate::{
    Client,
    message::{AppHash, Language, Sender},
};

/// # Context of a request
impl Verifier {
    /// Returns this verifier for requests of `client`.
    ///
    /// Challenges and grants that are created through it are valid for that client only.
    ///
    /// # Example
    ///
    /// ```
    /// # use second_factor::{*, Challenge};
    /// # async fn handler(
    /// #     verifier: &Verifier, alice: &SubjectId, phone: &Address, cookie: &[u8],
    /// # ) -> Result<Challenge, Box<dyn std::error::Error>> {
    /// let verifier = verifier.for_client(Client::new(cookie)?);
    /// Ok(verifier.challenge(alice, phone, Purpose::SignIn).await?)
    /// # }
    /// ```
    #[must_use]
    pub fn for_client(&self, client: Client) -> Self {
        Self { client: Some(client), ..self.clone() }
    }

    /// Returns this verifier with messages in `language`.
    ///
    /// # Security
    ///
    /// The language must come from the account, not from the request: the owner must be able to
    /// read the notices of what an attacker does.
    ///
    /// # Example
    ///
    /// ```
    /// # use second_factor::{*, message::Language, Challenge};
    /// # async fn handler(
    /// #     verifier: &Verifier, alice: &SubjectId, phone: &Address,
    /// # ) -> Result<Challenge, Box<dyn std::error::Error>> {
    /// let verifier = verifier.in_language(Language::new("pt-BR")?);
    /// Ok(verifier.challenge(alice, phone, Purpose::SignIn).await?)
    /// # }
    /// ```
    #[doc(alias = "locale")]
    #[must_use]
    pub fn in_language(&self, language: Language) -> Self {
        let sender = Sender::clone(&self.sender).in_language(language);
        Self { sender: Arc::new(sender), ..self.clone() }
    }

    /// Returns this verifier for requests of your Android app.
    ///
    /// Text messages then name the app, so that the phone passes the code to it. Use it only for
    /// requests of the app itself: in other messages the app's hash is clutter.
    ///
    /// # Example
    ///
    /// ```
    /// # use second_factor::{*, message::AppHash, Challenge};
    /// # async fn from_the_app(
    /// #     verifier: &Verifier, alice: &SubjectId, phone: &Address,
    /// # ) -> Result<Challenge, Box<dyn std::error::Error>> {
    /// let verifier = verifier.for_android_app(AppHash::new("FA+9qCX9VSu")?);
    /// Ok(verifier.challenge(alice, phone, Purpose::SignIn).await?)
    /// # }
    /// ```
    #[doc(alias = "sms retriever")]
    #[must_use]
    pub fn for_android_app(&self, app: AppHash) -> Self {
        let sender = Sender::clone(&self.sender).for_android_app(app);
        Self { sender: Arc::new(sender), ..self.clone() }
    }
}
