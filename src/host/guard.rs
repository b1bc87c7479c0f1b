//! The check before a code is sent.

use alloc::{boxed::Box, sync::Arc};
use core::{fmt, future::Future, net::IpAddr, pin::Pin, time::Duration};

use crate::{address::Address, client::Client, id::SubjectId, purpose::Operation};

/// Decides whether a code may be sent, by criteria that this crate cannot know.
///
/// Examples are the reputation of an address, the limits of a network, and a recent SIM swap. After
/// it charges the budgets, the verifier calls the guard once per challenge, before the first code,
/// and once per notice. Budgets and backoff apply regardless of the decision.
///
/// Nothing is sent to an unproven address, but the verifier also calls the guard for it. Otherwise,
/// the response time would reveal which addresses are proven ([FAILURES
/// 100](crate::manual::threats)). These calls are charged to the budgets of the subject alone. If
/// a lookup costs money, limit the number of lookups for each [network](SendContext::network).
///
/// # Contract
///
/// 1. **`advise` must return within the [`deadline`](SendContext::deadline).** If it has no result
///    by then, it must return [`Unknown`](SendDecision::Unknown). *Cost: the user waits.*
/// 2. **The decision must depend on the address and the network**, and not on whether the subject
///    exists. *Cost: an attacker learns which subjects exist.*
///
/// # Example
///
/// ```
/// use second_factor::host::{SendContext, SendDecision, SendGuard};
///
/// struct Carrier;
///
/// impl SendGuard for Carrier {
///     async fn advise(&self, asked: &SendContext<'_>) -> SendDecision {
///         match sim_changed_lately(asked.address().expose(), asked.deadline()).await {
///             Some(true) => SendDecision::SimSwapped,
///             Some(false) => SendDecision::Send,
///             None => SendDecision::Unknown,
///         }
///     }
/// }
/// # async fn sim_changed_lately(_: &str, _: std::time::Duration) -> Option<bool> { None }
/// # let _ = Carrier;
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` does not decide whether a code is sent",
    label = "implement `second_factor::host::SendGuard` for this type",
    note = "without a call of `VerifierBuilder::send_guard`, the budgets alone decide"
)]
#[doc(alias = "fraud")]
#[doc(alias = "sim swap")]
#[doc(alias = "sms pumping")]
pub trait SendGuard: Send + Sync {
    /// Decides whether the code may be sent.
    fn advise(&self, asked: &SendContext<'_>) -> impl Future<Output = SendDecision> + Send;
}

impl<G: SendGuard> SendGuard for Arc<G> {
    async fn advise(&self, asked: &SendContext<'_>) -> SendDecision {
        G::advise(self, asked).await
    }
}

/// The decision of a [`SendGuard`].
///
/// # Example
///
/// See [`SendGuard`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum SendDecision {
    /// The code must not be sent.
    Refuse,
    /// The code may be sent.
    Send,
    /// The number recently moved to another SIM, so an attacker may control it.
    ///
    /// The code is not sent, and [`Event::SimSwapped`](super::Event::SimSwapped) is reported ([STD
    /// N-16](crate::manual::standards)).
    SimSwapped,
    /// The guard could not decide in time.
    ///
    /// The verifier then applies the [`WhenUnknown`] that was
    /// [set](crate::verifier::VerifierBuilder::send_guard) in the builder.
    Unknown,
}

/// The action of the verifier when the guard returns [`SendDecision::Unknown`].
///
/// # Example
///
/// See [`send_guard`](crate::verifier::VerifierBuilder::send_guard).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(clippy::exhaustive_enums, reason = "the code is sent or it is not")]
pub enum WhenUnknown {
    /// The code is not sent.
    ///
    /// If the service that the guard queries is unavailable, users receive no codes.
    Refuse,
    /// The code is sent.
    ///
    /// An attacker who can suppress the response of the service can have codes sent.
    Send,
}

/// The context of a code or notice that is about to be sent.
///
/// # Example
///
/// See [`SendGuard`].
#[derive(Clone, Copy)]
pub struct SendContext<'a> {
    pub(crate) subject: &'a SubjectId,
    pub(crate) address: &'a Address,
    pub(crate) purpose: Option<Operation>,
    pub(crate) client: Option<&'a Client>,
}

impl SendContext<'_> {
    /// Returns the address to which the code would be sent.
    #[must_use]
    pub const fn address(&self) -> &Address {
        self.address
    }

    /// Returns the time within which the guard must decide: two seconds.
    ///
    /// Pass this time to your HTTP client as its timeout, because this crate has no timer.
    #[must_use]
    pub const fn deadline(&self) -> Duration {
        Duration::from_secs(2)
    }

    /// Returns the network of the request, or `None` if the [`Client`] has no address.
    ///
    /// The network is the first 24 bits of an IPv4 address, or the first 64 bits of an IPv6
    /// address.
    #[must_use]
    pub const fn network(&self) -> Option<IpAddr> {
        match self.client {
            Some(client) => client.from(),
            None => None,
        }
    }

    /// Returns the purpose of the code, or `None` for a notice to the user.
    #[must_use]
    pub const fn purpose(&self) -> Option<Operation> {
        self.purpose
    }

    /// Returns the subject whose code would be sent.
    #[must_use]
    pub const fn subject(&self) -> &SubjectId {
        self.subject
    }
}

impl fmt::Debug for SendContext<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SendContext")
            .field("address", &self.address)
            .field("purpose", &self.purpose)
            .finish_non_exhaustive()
    }
}

/// A type-erased [`SendGuard`], as a [`Verifier`](crate::Verifier) stores it.
pub(crate) trait AnySendGuard: Send + Sync {
    fn advise<'a>(
        &'a self,
        asked: &'a SendContext<'a>,
    ) -> Pin<Box<dyn Future<Output = SendDecision> + Send + 'a>>;
}

impl<G: SendGuard> AnySendGuard for G {
    fn advise<'a>(
        &'a self,
        asked: &'a SendContext<'a>,
    ) -> Pin<Box<dyn Future<Output = SendDecision> + Send + 'a>> {
        Box::pin(SendGuard::advise(self, asked))
    }
}
