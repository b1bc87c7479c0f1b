//! The trait of a host whose codes are made, sent and checked elsewhere.

use alloc::{boxed::Box, sync::Arc};
use core::{future::Future, pin::Pin};

use super::Undelivered;
use crate::remote::{RemoteAnswer, RemoteId, RemoteStart};

/// Makes, sends and checks the codes that go to phone numbers, in place of this crate: Twilio Verify,
/// Vonage Verify and their like. The code never reaches your process.
///
/// Everything else stays as it is: who may ask, the budgets and waits, the counting of tries before they
/// are looked at, purposes, clients, events, [`Verified`](crate::Verified). Given to
/// [`remote_codes`](crate::verifier::VerifierBuilder::remote_codes). Codes by email, notices, and codes for
/// [transactions](crate::purpose::Agreement), which show what is agreed to, are made here as ever and go
/// through [`Delivery`](super::Delivery).
///
/// The requests of two services are in `gateway`, with the feature `gateways`.
///
/// # Contract
///
/// 1. **A start makes a new code.** Where the service would send the one that is under way once more
///    (Twilio Verify does), end that first. Else a code asked for one thing is right for another. The
///    verifier cancels the one that it replaces. What else may be under way for a number it does not
///    cancel: a code for [registering](crate::Purpose::Register), which strangers may ask for, beside one
///    for signing in; one of another subject; one that a lock, the owner or its end made void here. So
///    have a service (at Twilio) for each of the [purposes](RemoteStart::purpose), registering at least.
/// 2. **A code is right once.** After [`Right`](RemoteAnswer::Correct) the service must not say so again.
/// 3. **Check within eight seconds**, or say [`Unreachable`](RemoteAnswer::Unreachable): after ten the
///    answer is taken no more, and the code is spent. One check is under way for a subject at a time, and
///    a lost one holds up its next, and that of a backup code or PIN, until those ten are over.
/// 4. **As many digits as the [policy](crate::Policy::code_digits) has.**
///
/// # Security
///
/// What is lost: the code is not tied to your origin, nor to what it is for other than by the name of the
/// verification; and since starting takes a request of its own, whoever can measure can tell an address
/// that gets a code from one that does not ([FAILURES 100](crate::manual::threats)).
///
/// # Example
///
/// ```
/// use second_factor::delivery::{RemoteAnswer, RemoteCodes, RemoteId, RemoteStart, Undelivered};
///
/// struct Elsewhere;
///
/// impl RemoteCodes for Elsewhere {
///     async fn start(&self, start: &RemoteStart) -> Result<RemoteId, Undelivered> {
///         let answer = post("/verifications", start.address().expose()).await;
///         let id = answer.ok_or(Undelivered::Unavailable)?;
///         RemoteId::new(&id).map_err(|_| Undelivered::Unavailable)
///     }
///
///     async fn check(&self, id: &RemoteId, typed: &str) -> RemoteAnswer {
///         match post(&format!("/verifications/{}", id.as_str()), typed).await.as_deref() {
///             Some("approved") => RemoteAnswer::Correct,
///             Some("pending") => RemoteAnswer::Incorrect,
///             Some("expired") => RemoteAnswer::NotFound,
///             _ => RemoteAnswer::Unreachable,
///         }
///     }
///
///     async fn cancel(&self, id: &RemoteId) {
///         let _ = post(&format!("/verifications/{}/cancel", id.as_str()), "").await;
///     }
/// }
/// # async fn post(_: &str, _: &str) -> Option<String> { None }
/// # let _ = Elsewhere;
/// ```
pub trait RemoteCodes: Send + Sync {
    /// Has a new code made and sent, and gives its name.
    ///
    /// Without a name there is nothing to ask about: [`Undelivered::Unknown`] is taken for
    /// [`Undelivered::Unavailable`].
    fn start(
        &self,
        start: &RemoteStart,
    ) -> impl Future<Output = Result<RemoteId, Undelivered>> + Send;

    /// What `typed`, some digits, is to the code of this name. The try was counted before.
    fn check(&self, id: &RemoteId, typed: &str) -> impl Future<Output = RemoteAnswer> + Send;

    /// Ends the code of this name, best effort: here it is right no more anyway.
    fn cancel(&self, id: &RemoteId) -> impl Future<Output = ()> + Send;
}

impl<R: RemoteCodes> RemoteCodes for Arc<R> {
    async fn start(&self, start: &RemoteStart) -> Result<RemoteId, Undelivered> {
        R::start(self, start).await
    }

    async fn check(&self, id: &RemoteId, typed: &str) -> RemoteAnswer {
        R::check(self, id, typed).await
    }

    async fn cancel(&self, id: &RemoteId) {
        R::cancel(self, id).await;
    }
}

/// The same whose type is forgotten: what a [`Verifier`](crate::Verifier) holds.
pub(crate) trait AnyRemoteCodes: Send + Sync {
    fn start<'a>(&'a self, start: &'a RemoteStart) -> Boxed<'a, Result<RemoteId, Undelivered>>;
    fn check<'a>(&'a self, id: &'a RemoteId, typed: &'a str) -> Boxed<'a, RemoteAnswer>;
    fn cancel<'a>(&'a self, id: &'a RemoteId) -> Boxed<'a, ()>;
}

type Boxed<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

impl<R: RemoteCodes> AnyRemoteCodes for R {
    fn start<'a>(&'a self, start: &'a RemoteStart) -> Boxed<'a, Result<RemoteId, Undelivered>> {
        Box::pin(RemoteCodes::start(self, start))
    }

    fn check<'a>(&'a self, id: &'a RemoteId, typed: &'a str) -> Boxed<'a, RemoteAnswer> {
        Box::pin(RemoteCodes::check(self, id, typed))
    }

    fn cancel<'a>(&'a self, id: &'a RemoteId) -> Boxed<'a, ()> {
        Box::pin(RemoteCodes::cancel(self, id))
    }
}
