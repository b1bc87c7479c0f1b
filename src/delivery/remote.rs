//! The trait for provider-managed codes.

use alloc::{boxed::Box, sync::Arc};
use core::{future::Future, pin::Pin};

use super::Undelivered;
use crate::remote::{RemoteAnswer, RemoteId, RemoteStart};

/// Generates, sends and checks codes for phone numbers in place of this crate.
///
/// Twilio Verify and Vonage Verify are such providers. The code never reaches your process. Pass
/// the implementation to [`remote_codes`](crate::verifier::VerifierBuilder::remote_codes). The
/// requests of these two providers are in `gateway`, with the feature `gateways`.
///
/// The crate still decides who may request a code. It applies the budgets and the backoff, counts
/// each attempt before the check, and handles purposes, clients, events and
/// [`Verified`](crate::Verified). The crate still generates some messages itself, and sends them
/// through [`Delivery`](super::Delivery). These are codes by email, notices, and codes for
/// [transactions](crate::purpose::Agreement), which show what the user agrees to.
///
/// # Contract
///
/// Each clause ends with the cost of breaking it.
///
/// 1. **A start must generate a new code.** Twilio Verify sends a pending code again instead, so
///    cancel the pending verification first. The verifier cancels only the code that it replaces.
///    Three other kinds of codes may be pending for the number: a code for
///    [registration](crate::Verifier::register), which a stranger may request; a code of another
///    subject; and a code that this crate has invalidated, because of a lock, a report or its
///    expiry. Use one provider service (at Twilio) for each [purpose](RemoteStart::purpose), at
///    least for registration. *Cost: a code requested for one purpose is correct for another.*
/// 2. **A code must be accepted at most once.** After [`Correct`](RemoteAnswer::Correct), the
///    provider must not accept the same code again. *Cost: a code that an attacker has seen is
///    accepted a second time.*
/// 3. **A check must end within eight seconds.** If it cannot, return
///    [`Unreachable`](RemoteAnswer::Unreachable). After ten seconds, the result is ignored, and the
///    code is spent. A subject has at most one check in progress. *Cost: a lost check blocks the
///    next check of the subject, even of a backup code or PIN, until the ten seconds are over.*
/// 4. **A code must have the number of digits that the [policy](crate::Policy::code_digits) sets.**
///    *Cost: a shorter code is easier to guess than the policy allows.*
///
/// # Security
///
/// A provider-managed code has three weaknesses:
///
/// - The code is not bound to your origin.
/// - Only the id of the verification binds the code to its purpose.
/// - Each start makes a request to the provider. An attacker who measures response times can
///   therefore distinguish an address that receives a code from one that does not ([FAILURES
///   100](crate::manual::threats)).
///
/// # Example
///
/// ```
/// use second_factor::delivery::{RemoteAnswer, RemoteCodes, RemoteId, RemoteStart, Undelivered};
///
/// struct Provider;
///
/// impl RemoteCodes for Provider {
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
/// # let _ = Provider;
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` does not manage codes",
    label = "implement `second_factor::delivery::RemoteCodes` for this type",
    note = "`second_factor::gateway` (feature `gateways`) has requests to Twilio Verify and Vonage Verify"
)]
#[doc(alias = "sms")]
#[doc(alias = "twilio verify")]
#[doc(alias = "vonage verify")]
pub trait RemoteCodes: Send + Sync {
    /// Starts a verification: the provider generates and sends a new code.
    ///
    /// Returns the id of the verification.
    ///
    /// # Errors
    ///
    /// Returns [`Undelivered`] if the provider did not start the verification. A verification
    /// without an id cannot be checked, so [`Undelivered::Unknown`] is treated as
    /// [`Undelivered::Unavailable`].
    fn start(
        &self,
        start: &RemoteStart,
    ) -> impl Future<Output = Result<RemoteId, Undelivered>> + Send;

    /// Checks the digits in `typed` against the code with this id.
    ///
    /// The attempt has already been counted.
    fn check(&self, id: &RemoteId, typed: &str) -> impl Future<Output = RemoteAnswer> + Send;

    /// Cancels the code with this id, on a best-effort basis.
    ///
    /// The crate no longer accepts the code, even if the cancellation fails.
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

/// A type-erased [`RemoteCodes`], as a [`Verifier`](crate::Verifier) stores it.
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
