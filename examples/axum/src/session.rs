//! Sessions of your application.

mod ended;
#[cfg(feature = "tower-sessions")]
mod tower;

use std::{error::Error, fmt, future::Future, pin::Pin};

use axum::http::request::Parts;

pub(crate) use self::ended::Ended;

/// A session of your application, in which this crate stores one text.
///
/// The crate implements it for `tower_sessions::Session`. Implement it for your own session and
/// pass the type to [`TwoFactor::with_sessions`](crate::TwoFactor::with_sessions). The text is
/// opaque and contains no secret of the user, but a client that could write it would be signed in:
/// keep it on the server.
///
/// # Contract
///
/// - A session that [`end`](Self::end) has ended stays ended. A [`save`](Self::save) of a request
///   that was open meanwhile must not bring it back: use `UPDATE`, not an upsert.
/// - After [`renew`](Self::renew), the earlier id opens no session (session fixation).
///
/// # Example
///
/// ```
/// use std::{collections::HashMap, sync::{Arc, Mutex}};
/// use axum::http::request::Parts;
/// use second_factor_axum::{Session, SessionError};
///
/// /// Your middleware has put it into the extensions of the request.
/// #[derive(Clone)]
/// struct MySession {
///     id: Arc<Mutex<u64>>,
///     table: Arc<Mutex<HashMap<u64, String>>>,
/// }
///
/// impl MySession {
///     fn id(&self) -> u64 {
///         *self.id.lock().unwrap()
///     }
/// }
///
/// impl Session for MySession {
///     fn of(parts: &Parts) -> Option<Self> {
///         parts.extensions.get().cloned()
///     }
///     async fn load(&self) -> Result<Option<String>, SessionError> {
///         Ok(self.table.lock().unwrap().get(&self.id()).cloned())
///     }
///     async fn save(&self, text: &str) -> Result<(), SessionError> {
///         self.table.lock().unwrap().entry(self.id()).and_modify(|row| *row = text.to_owned());
///         Ok(())
///     }
///     async fn renew(&self) -> Result<(), SessionError> {
///         let row = self.table.lock().unwrap().remove(&self.id());
///         *self.id.lock().unwrap() += 1; // a random id in your application
///         self.table.lock().unwrap().insert(self.id(), row.unwrap_or_default());
///         Ok(())
///     }
///     async fn end(&self) -> Result<(), SessionError> {
///         self.table.lock().unwrap().remove(&self.id());
///         Ok(())
///     }
/// }
/// # fn check<S: Session>() {}
/// # check::<MySession>();
/// ```
pub trait Session: Sized + Send + Sync + 'static {
    /// Returns the session of a request, or `None` if the session middleware is missing.
    fn of(parts: &Parts) -> Option<Self>;

    /// Returns the stored text, or `None`.
    fn load(&self) -> impl Future<Output = Result<Option<String>, SessionError>> + Send;

    /// Stores the text.
    fn save(&self, text: &str) -> impl Future<Output = Result<(), SessionError>> + Send;

    /// Gives the session a new id, as at every change of what it permits.
    fn renew(&self) -> impl Future<Output = Result<(), SessionError>> + Send;

    /// Ends the session, for all requests.
    fn end(&self) -> impl Future<Output = Result<(), SessionError>> + Send;
}

/// An error of the session store.
#[derive(Debug)]
pub struct SessionError(Box<dyn Error + Send + Sync>);

impl SessionError {
    /// Creates an error from the error of the store.
    pub fn new(error: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        Self(error.into())
    }
}

impl fmt::Display for SessionError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the session store failed: {}", self.0)
    }
}

impl Error for SessionError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        Some(&*self.0)
    }
}

type Boxed<'a, T> = Pin<Box<dyn Future<Output = Result<T, SessionError>> + Send + 'a>>;

/// A [`Session`] of any type, so that extractors need no type parameter.
pub(crate) trait AnySession: Send + Sync {
    fn load(&self) -> Boxed<'_, Option<String>>;
    fn save<'a>(&'a self, text: &'a str) -> Boxed<'a, ()>;
    fn renew(&self) -> Boxed<'_, ()>;
    fn end(&self) -> Boxed<'_, ()>;
}

impl<S: Session> AnySession for S {
    fn load(&self) -> Boxed<'_, Option<String>> {
        Box::pin(Session::load(self))
    }

    fn save<'a>(&'a self, text: &'a str) -> Boxed<'a, ()> {
        Box::pin(Session::save(self, text))
    }

    fn renew(&self) -> Boxed<'_, ()> {
        Box::pin(Session::renew(self))
    }

    fn end(&self) -> Boxed<'_, ()> {
        Box::pin(Session::end(self))
    }
}

/// Returns the session of a request as a value without a type parameter.
pub(crate) fn erased<S: Session>(parts: &Parts) -> Option<Box<dyn AnySession>> {
    S::of(parts).map(|session| Box::new(session) as Box<dyn AnySession>)
}
