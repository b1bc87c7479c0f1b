//! The state of the router: a verifier and its settings.

use std::{fmt, sync::Arc, time::Duration};

use axum::http::request::Parts;
use second_factor::{
    Policy, Verifier,
    host::{Job, Offload},
    verifier::{BuildError, VerifierBuilder},
};

use crate::{
    page::Page,
    session::{AnySession, Ended, Session, erased},
    webauthn::WebAuthn,
};

/// Two-factor authentication for an axum application.
///
/// Put it into the state of your application and mount its [`router`](Self::router). It is cheap to
/// clone.
///
/// # Example
///
/// ```
/// use axum::Router;
/// use second_factor::{Keys, MemoryStorage, NoDelivery, Verifier};
/// use second_factor_axum::TwoFactor;
/// use tower_sessions::{MemoryStore, SessionManagerLayer};
///
/// let verifier =
///     Verifier::builder("Example", MemoryStorage::new(), NoDelivery, Keys::generate()?);
/// let two_factor = TwoFactor::new(verifier)?;
/// let app: Router = Router::new()
///     .merge(two_factor.router()) // /two-factor, /two-factor/settings, …
///     .layer(SessionManagerLayer::new(MemoryStore::default()))
///     .with_state(two_factor);
/// # let _ = app;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone)]
pub struct TwoFactor(pub(crate) Arc<Inner>);

/// Puts the body of a page into the layout of the application.
type Layout = dyn Fn(&Page) -> String + Send + Sync;

#[derive(Clone)]
pub(crate) struct Inner {
    pub(crate) verifier: Verifier,
    pub(crate) session: fn(&Parts) -> Option<Box<dyn AnySession>>,
    pub(crate) ended: Arc<Ended>,
    pub(crate) policies: Vec<(String, Policy)>,
    pub(crate) stylesheet: String,
    pub(crate) layout: Option<Arc<Layout>>,
    pub(crate) home: String,
    pub(crate) sign_in: String,
    pub(crate) origin: Option<String>,
    pub(crate) epoch_age: Duration,
    pub(crate) webauthn: Option<Arc<dyn WebAuthn>>,
    pub(crate) content_security_policy: Option<String>,
}

impl TwoFactor {
    /// Builds the verifier, for sessions of `tower-sessions`.
    ///
    /// It takes the builder, because slow hashes must run on the blocking threads of tokio:
    /// it replaces the [offload](VerifierBuilder::offload) of the builder.
    ///
    /// # Errors
    ///
    /// Returns the error of [`VerifierBuilder::build`]. Correct your configuration.
    #[cfg(feature = "tower-sessions")]
    pub fn new(verifier: VerifierBuilder) -> Result<Self, BuildError> {
        Self::with_sessions::<tower_sessions::Session>(verifier)
    }

    /// Builds the verifier, for sessions of your own.
    ///
    /// # Errors
    ///
    /// Returns the error of [`VerifierBuilder::build`]. Correct your configuration.
    pub fn with_sessions<S: Session>(verifier: VerifierBuilder) -> Result<Self, BuildError> {
        Ok(Self(Arc::new(Inner {
            verifier: verifier.offload(BlockingThreads).build()?,
            session: erased::<S>,
            ended: Arc::default(),
            policies: Vec::new(),
            stylesheet: STYLESHEET.into(),
            layout: None,
            home: "/".into(),
            sign_in: "/sign-in".into(),
            origin: None,
            epoch_age: Duration::ZERO,
            webauthn: None,
            content_security_policy: None,
        })))
    }

    /// Returns the verifier, for everything that the router does not do.
    #[must_use]
    pub fn verifier(&self) -> &Verifier {
        &self.0.verifier
    }

    /// Sets the header `Content-Security-Policy` of the pages.
    ///
    /// The default permits scripts, styles and pictures of this origin, and nothing else. A
    /// [layout](Self::layout) with inline scripts or other origins needs its own.
    #[must_use]
    pub fn content_security_policy(self, policy: &str) -> Self {
        self.with(|inner| inner.content_security_policy = Some(policy.to_owned()))
    }

    /// Sets how old the last check of a session may be (the default is zero).
    ///
    /// With zero, each request of a signed-in user reads the record once, and a session ends at the
    /// moment at which it must. With a minute, a session can outlast the removal of a factor by a
    /// minute.
    #[must_use]
    pub fn epoch_age(self, age: Duration) -> Self {
        self.with(|inner| inner.epoch_age = age)
    }

    /// Sets the page after signing in, unless the user asked for another (the default is `/`).
    #[must_use]
    pub fn home(self, path: &str) -> Self {
        self.with(|inner| inner.home = path.to_owned())
    }

    /// Renders every page inside the layout of your application.
    ///
    /// The function returns the whole document. [`Page::body`] includes the stylesheet and the
    /// script.
    #[must_use]
    pub fn layout(self, layout: impl Fn(&Page) -> String + Send + Sync + 'static) -> Self {
        self.with(|inner| inner.layout = Some(Arc::new(layout)))
    }

    /// Sets the origin at which browsers reach the application, such as `https://example.com`.
    ///
    /// Set it behind a proxy. Without it, the origin is that of the `Host` header, and cookies are
    /// `Secure` unless it names this computer.
    #[must_use]
    pub fn origin(self, origin: &str) -> Self {
        self.with(|inner| inner.origin = Some(origin.trim_end_matches('/').to_owned()))
    }

    /// Adds a policy that a [`User`](crate::User) can name, such as that of administrators.
    #[must_use]
    pub fn policy(self, name: &str, policy: Policy) -> Self {
        self.with(|inner| inner.policies.push((name.to_owned(), policy)))
    }

    /// Sets the page of your application that asks for the password (the default is `/sign-in`).
    #[must_use]
    pub fn sign_in_page(self, path: &str) -> Self {
        self.with(|inner| inner.sign_in = path.to_owned())
    }

    /// Replaces the stylesheet of the pages. An empty `url` means none.
    #[must_use]
    pub fn stylesheet(self, url: &str) -> Self {
        self.with(|inner| inner.stylesheet = url.to_owned())
    }

    /// Offers security keys and passkeys, checked by your WebAuthn crate.
    #[must_use]
    pub fn webauthn(self, webauthn: impl WebAuthn) -> Self {
        self.with(|inner| inner.webauthn = Some(Arc::new(webauthn)))
    }

    fn with(mut self, change: impl FnOnce(&mut Inner)) -> Self {
        change(Arc::make_mut(&mut self.0));
        self
    }
}

impl fmt::Debug for TwoFactor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TwoFactor").finish_non_exhaustive()
    }
}

/// Runs slow hashes on the blocking threads of tokio.
struct BlockingThreads;

impl Offload for BlockingThreads {
    async fn run(&self, job: Job) {
        // The verifier detects a job that panicked, so the error is not needed here.
        let _ = tokio::task::spawn_blocking(job).await;
    }
}

pub(crate) const STYLESHEET: &str = "/two-factor/style.css";
