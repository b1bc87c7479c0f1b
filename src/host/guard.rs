//! What a host knows of a send before it is made. Knows nothing itself.

use alloc::{boxed::Box, sync::Arc};
use core::{fmt, future::Future, net::IpAddr, pin::Pin, time::Duration};

use crate::{Address, Client, Purpose, SubjectId};

/// Is asked before a code is sent: for what you know and this crate cannot.
///
/// The reputation of an address, the limits of a network, whether the SIM of a number was changed a day
/// ago. Asked once for a challenge, before its first code, when the budgets were taken; also for
/// addresses that are not proven, to which nothing is sent, so that nobody can tell them by the time
/// it takes ([FAILURES 100](crate::manual::threats)). Those spend no budget and begin no wait: limit what
/// you ask others by the [network](SendContext::network), where it costs money. Budgets and waits are kept
/// whatever it says.
///
/// # Contract
///
/// 1. **Answer in time**: within [`deadline`](SendContext::deadline), or say
///    [`Unknown`](SendDecision::Unknown). The person waits.
/// 2. **The address decides, and the network**, never whether there is such a subject.
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
pub trait SendGuard: Send + Sync {
    /// What is to become of this send.
    fn advise(&self, asked: &SendContext<'_>) -> impl Future<Output = SendDecision> + Send;
}

impl<G: SendGuard> SendGuard for Arc<G> {
    async fn advise(&self, asked: &SendContext<'_>) -> SendDecision {
        G::advise(self, asked).await
    }
}

/// What a [`SendGuard`] says.
///
/// # Example
///
/// See [`SendGuard`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum SendDecision {
    /// Nothing is to be sent.
    Refuse,
    /// Nothing speaks against it.
    Send,
    /// The number moved to another SIM so lately that somebody else may have it
    /// ([STD N-16](crate::manual::standards)). Nothing is sent, and an event says why.
    SimSwapped,
    /// Nobody could tell in time: what was [chosen](crate::verifier::VerifierBuilder::send_guard) for
    /// that is done.
    Unknown,
}

/// What becomes of a send of which the guard could tell nothing.
///
/// # Example
///
/// See [`send_guard`](crate::verifier::VerifierBuilder::send_guard).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(clippy::exhaustive_enums, reason = "it is sent or it is not")]
pub enum WhenUnknown {
    /// It is not sent: while whoever is asked is down, nobody gets a code.
    Refuse,
    /// It is sent: whoever can keep the answer away can have codes sent.
    Send,
}

/// A send that somebody asked for.
///
/// # Example
///
/// See [`SendGuard`].
#[derive(Clone, Copy)]
pub struct SendContext<'a> {
    pub(crate) subject: &'a SubjectId,
    pub(crate) address: &'a Address,
    pub(crate) purpose: Purpose,
    pub(crate) client: Option<&'a Client>,
}

impl SendContext<'_> {
    /// Where it is to go.
    #[must_use]
    pub const fn address(&self) -> &Address {
        self.address
    }

    /// Within what time to answer: two seconds. Give it to your HTTP client; this crate has no timer.
    #[must_use]
    pub const fn deadline(&self) -> Duration {
        Duration::from_secs(2)
    }

    /// The network that asks, if the [`Client`] says: of IPv4 the first 24 bits, of IPv6 the first 64.
    #[must_use]
    pub const fn network(&self) -> Option<IpAddr> {
        match self.client {
            Some(client) => client.from(),
            None => None,
        }
    }

    /// What the code is for.
    #[must_use]
    pub const fn purpose(&self) -> Purpose {
        self.purpose
    }

    /// Who is to get it.
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

/// A guard whose type is forgotten: what a [`Verifier`](crate::Verifier) holds.
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
