//! The context of a request: client, first factor, app.

use alloc::sync::Arc;

use super::{Error, Verifier};
use crate::{
    client::Client,
    first_factor::FirstFactor,
    message::{Language, Sender},
    policy::Policy,
    purpose::Operation,
    subject::Enroller,
};

/// # Context of a request
impl Verifier {
    /// Returns this verifier with the first factor `first`.
    ///
    /// `first` replaces the first factor of the builder. A step that began earlier, such as a
    /// challenge, retains its own first factor. [`register`](Self::register), and
    /// [`verify_for`](Self::verify_for) within a session, ignore the first factor.
    ///
    /// # Security
    ///
    /// Name the factor that your application has checked. Never read the name from a form.
    ///
    /// # Example
    ///
    /// ```
    /// # use second_factor::*;
    /// # async fn handler(
    /// #     verifier: &Verifier, alice: &SubjectId, mailbox: Address,
    /// # ) -> Result<Next, Error> {
    /// // A link to the mailbox was opened, so the mailbox is no second factor.
    /// verifier.after(FirstFactor::Email(mailbox)).next(alice).await
    /// # }
    /// ```
    #[must_use]
    pub fn after(&self, first: impl Into<FirstFactor>) -> Self {
        let first = first.into().normalized();
        Self { first_factor: Some(Arc::new(first)), ..self.clone() }
    }

    /// Returns this verifier for requests from `client`.
    ///
    /// Challenges and grants that the returned verifier creates are valid only for that client.
    ///
    /// # Example
    ///
    /// ```
    /// # use second_factor::*;
    /// # async fn handler(
    /// #     verifier: &Verifier, alice: &SubjectId, phone: &ItemId, cookie: &[u8],
    /// # ) -> Result<Challenge, Box<dyn std::error::Error>> {
    /// let verifier = verifier.for_client(Client::new(cookie)?);
    /// Ok(verifier.send_code(alice, phone).await?)
    /// # }
    /// ```
    #[must_use]
    pub fn for_client(&self, client: Client) -> Self {
        Self { client: Some(client), ..self.clone() }
    }

    /// Returns this verifier with the policy of one role or tenant.
    ///
    /// `policy` replaces the verifier's own policy. To narrow one sign-in, for example after a
    /// warning from your risk engine, pass the result of [`Policy::only`]. A sign-in of several
    /// steps must satisfy the policies of all its steps.
    ///
    /// # Example
    ///
    /// ```
    /// # use second_factor::{*, sign_in::Offers};
    /// # async fn after_the_password(
    /// #     verifier: &Verifier, administrators: &Policy, alice: &SubjectId,
    /// # ) -> Result<Next, Error> {
    /// verifier.under(administrators).next(alice).await
    /// # }
    /// ```
    #[doc(alias = "role")]
    #[doc(alias = "tenant")]
    #[must_use]
    pub fn under(&self, policy: &Policy) -> Self {
        Self { policy: Some(Arc::new(policy.clone())), ..self.clone() }
    }

    /// Returns this verifier with messages in `language`.
    ///
    /// # Security
    ///
    /// The language must come from the account and not from the request, because the owner must be
    /// able to read a notice that an attacker caused.
    ///
    /// # Example
    ///
    /// ```
    /// # use second_factor::{*, message::Language};
    /// # async fn handler(
    /// #     verifier: &Verifier, alice: &SubjectId, phone: &ItemId,
    /// # ) -> Result<Challenge, Box<dyn std::error::Error>> {
    /// let verifier = verifier.in_language(Language::new("pt-BR")?);
    /// Ok(verifier.send_code(alice, phone).await?)
    /// # }
    /// ```
    #[doc(alias = "locale")]
    #[must_use]
    pub fn in_language(&self, language: Language) -> Self {
        let sender = Sender::clone(&self.sender).in_language(language);
        Self { sender: Arc::new(sender), ..self.clone() }
    }

    /// Returns this verifier with messages from another sender.
    ///
    /// Use it to send in the name of a tenant, or for requests from your Android app. Text messages
    /// for the app then [contain its hash](Sender::for_android_app), and the phone passes the code
    /// to the app.
    ///
    /// # Example
    ///
    /// ```
    /// # use second_factor::{*, message::{AppHash, Sender}};
    /// # async fn from_the_app(
    /// #     verifier: &Verifier, alice: &SubjectId, phone: &ItemId,
    /// # ) -> Result<Challenge, Box<dyn std::error::Error>> {
    /// let sender = Sender::new("Example")?.for_android_app(AppHash::new("FA+9qCX9VSu")?);
    /// let verifier = verifier.sending_as(sender);
    /// Ok(verifier.send_code(alice, phone).await?)
    /// # }
    /// ```
    #[doc(alias = "sms retriever")]
    #[doc(alias = "tenant")]
    #[must_use]
    pub fn sending_as(&self, sender: Sender) -> Self {
        Self { sender: Arc::new(sender), ..self.clone() }
    }
}

impl Verifier {
    /// Returns the first factor that the application named, or an error.
    pub(super) fn named_first_factor(&self) -> Result<&FirstFactor, Error> {
        self.first_factor.as_deref().ok_or(Error::NoFirstFactor)
    }

    /// Returns an error if `operation` needs a first factor and none was named.
    pub(super) fn check_first_factor(&self, operation: Operation) -> Result<(), Error> {
        if operation.has_first_factor() {
            self.named_first_factor()?;
        }
        Ok(())
    }

    /// Returns an error if `enroller` needs a first factor and none was named.
    ///
    /// Only an enroller that is your application's assertion needs one.
    pub(super) fn check_enroller(&self, enroller: &Enroller) -> Result<(), Error> {
        if enroller.is_host_assertion() {
            self.named_first_factor()?;
        }
        Ok(())
    }
}
