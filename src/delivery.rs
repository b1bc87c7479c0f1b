//! The trait that a host implements to carry messages. Carries nothing itself.

mod remote;

use alloc::{boxed::Box, string::String, sync::Arc};
use core::{future::Future, pin::Pin};

pub(crate) use self::remote::AnyRemoteCodes;
pub use self::remote::RemoteCodes;
pub use crate::remote::{InvalidRemoteId, RemoteAnswer, RemoteId, RemoteStart};
use crate::{Message, message::LayoutError};

/// Carries a message to a person. You write this: one method.
///
/// # Contract
///
/// 1. **Queue and return.** Whoever waits for the page can measure how long you take, and learn from
///    it whether a message went out ([FAILURES 100](crate::manual::threats)).
/// 2. **Once.** Give [`Message::reference`] to the carrier as idempotency key, so that a retry of
///    yours is not a second message.
/// 3. **Say what to do next.** [`Undelivered`] is not a log line: each of its values has a meaning.
/// 4. **Keep it as safe as the database.** A queue holds the code in clear.
///
/// # What a wrong answer costs
///
/// | lapse | cost |
/// |---|---|
/// | `Ok` for a message that was not taken | the person waits, and asks for another |
/// | `Err` for one that was | nothing: its code works |
/// | slow answers | a stranger can tell real addresses from unknown ones |
///
/// # Example
///
/// ```
/// use second_factor::{Message, delivery::{Delivery, Receipt, Undelivered}};
///
/// struct Queue(std::sync::mpsc::Sender<Message>);
///
/// impl Delivery for Queue {
///     async fn deliver(&self, message: Message) -> Result<Receipt, Undelivered> {
///         let receipt = Receipt::new(message.reference());
///         self.0.send(message).map_err(|_| Undelivered::Unavailable)?;
///         Ok(receipt)
///     }
/// }
/// # let _ = Queue(std::sync::mpsc::channel().0);
/// ```
pub trait Delivery: Send + Sync {
    /// Takes the message for delivery.
    fn deliver(
        &self,
        message: Message,
    ) -> impl Future<Output = Result<Receipt, Undelivered>> + Send;
}

impl<D: Delivery> Delivery for Arc<D> {
    async fn deliver(&self, message: Message) -> Result<Receipt, Undelivered> {
        D::deliver(self, message).await
    }
}

/// A delivery whose type is forgotten: what a [`Verifier`](crate::Verifier) holds.
pub(crate) trait AnyDelivery: Send + Sync {
    fn deliver(&self, message: Message) -> Delivered<'_>;
}

pub(crate) type Delivered<'a> =
    Pin<Box<dyn Future<Output = Result<Receipt, Undelivered>> + Send + 'a>>;

impl<D: Delivery> AnyDelivery for D {
    fn deliver(&self, message: Message) -> Delivered<'_> {
        Box::pin(Delivery::deliver(self, message))
    }
}

/// The carrier's own name for a message that it took, for the log.
///
/// # Example
///
/// ```
/// assert_eq!(second_factor::delivery::Receipt::new("SM123").id(), "SM123");
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Receipt {
    id: String,
}

impl Receipt {
    /// The receipt with this name.
    #[must_use]
    pub fn new(id: impl Into<String>) -> Self {
        Self { id: id.into() }
    }

    /// The carrier's name for the message.
    #[must_use]
    pub fn id(&self) -> &str {
        &self.id
    }
}

/// What a carrier says later of a message that it took.
///
/// # Example
///
/// ```
/// use second_factor::{Error, Verifier, delivery::{Outcome, Undelivered}};
///
/// // What a carrier posted to your webhook, once its signature was checked.
/// async fn webhook(verifier: &Verifier, reference: &str, status: &str) -> Result<(), Error> {
///     let outcome = match status {
///         "delivered" => Outcome::Delivered,
///         "undelivered" => Outcome::Undelivered(Undelivered::Unreachable),
///         _ => return Ok(()),
///     };
///     verifier.report(reference, outcome).await.map(drop)
/// }
/// # let _ = webhook;
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Outcome {
    /// It is on the device, or in the mailbox.
    Delivered,
    /// It is not, and will not be.
    Undelivered(Undelivered),
}

/// Why a message was not taken, by what follows from it.
///
/// # Example
///
/// ```
/// use second_factor::delivery::Undelivered;
///
/// assert_eq!(Undelivered::Unreachable.to_string(), "this channel does not reach this address");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Undelivered {
    /// The credentials or settings are wrong: tell the operator.
    #[error("the carrier refused the application")]
    Misconfigured,
    /// This channel will not work for this address: go on to another way.
    #[error("this channel does not reach this address")]
    Unreachable,
    /// The carrier takes nothing at the moment; it may work later.
    #[error("the carrier takes no messages now")]
    Unavailable,
    /// Nobody can tell whether it went out. The crate goes on as if it had: the code is live.
    #[error("nobody can tell whether the message went out")]
    Unknown,
}

impl From<LayoutError> for Undelivered {
    fn from(unfit: LayoutError) -> Self {
        match unfit {
            LayoutError::Late => Self::Unavailable,
            LayoutError::OtherChannel | LayoutError::TooLong { .. } => Self::Misconfigured,
        }
    }
}
