//! The traits that deliver messages and codes.

mod remote;

use alloc::{boxed::Box, string::String, sync::Arc};
use core::{future::Future, pin::Pin};

pub(crate) use self::remote::AnyRemoteCodes;
pub use self::remote::RemoteCodes;
use crate::{message::LayoutError, time::NoTime};
pub use crate::{
    message::Message,
    remote::{RemoteAnswer, RemoteId, RemoteStart},
};

/// Delivers messages to users.
///
/// Your application implements this trait, which has one method. If your application sends no
/// messages, pass [`NoDelivery`].
///
/// # Contract
///
/// Each clause ends with the cost of breaking it.
///
/// 1. **`deliver` must queue the message and return.** Otherwise, a client can measure how long the
///    delivery takes ([FAILURES 100](crate::manual::threats)). *Cost: an attacker can distinguish
///    enrolled addresses from unknown ones.*
/// 2. **A message must be sent once.** Pass [`Message::reference`] to the carrier as the
///    idempotency key. *Cost: your retry sends a second message.*
/// 3. **The result must be accurate.** Return `Ok` only if the carrier accepted the message. The
///    value of [`Undelivered`] determines what the crate does next. *Cost of `Ok` for a message
///    that was not accepted: the user waits in vain, and requests another code. Cost of `Err` for a
///    message that was accepted: none, because its code is valid.*
/// 4. **A queue must be protected like your database.** It contains codes in plaintext. *Cost: an
///    attacker who reads the queue reads valid codes.*
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
#[diagnostic::on_unimplemented(
    message = "`{Self}` does not deliver messages",
    label = "implement `second_factor::Delivery` for this type",
    note = "an application that sends no messages passes `second_factor::NoDelivery`"
)]
#[doc(alias = "mailer")]
#[doc(alias = "sms")]
#[doc(alias = "transport")]
pub trait Delivery: Send + Sync {
    /// Accepts the message for delivery.
    ///
    /// # Errors
    ///
    /// Returns [`Undelivered`] if the carrier did not accept the message, or if the outcome is
    /// unknown.
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

/// A [`Delivery`] that delivers nothing, for applications without messages.
///
/// It is also useful for prototypes.
///
/// Every message fails with [`Undelivered::Misconfigured`]. A request for a code therefore returns
/// [`Error::Undelivered`](crate::Error::Undelivered), and notices are lost. TOTP, backup codes,
/// PINs and security keys need no messages.
///
/// # Example
///
/// ```
/// use second_factor::{Keys, MemoryStorage, NoDelivery, Verifier};
///
/// let verifier = Verifier::new("Example", MemoryStorage::new(), NoDelivery, Keys::generate()?)?;
/// # let _ = verifier;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[expect(clippy::exhaustive_structs, reason = "applications construct it, and it has no settings")]
pub struct NoDelivery;

impl Delivery for NoDelivery {
    async fn deliver(&self, _message: Message) -> Result<Receipt, Undelivered> {
        Err(Undelivered::Misconfigured)
    }
}

/// A type-erased [`Delivery`], as a [`Verifier`](crate::Verifier) stores it.
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

/// The carrier's id for an accepted message, for your log.
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
    /// Creates a receipt from the carrier's id.
    #[must_use]
    pub fn new(id: impl Into<String>) -> Self {
        Self { id: id.into() }
    }

    /// Returns the carrier's id of the message.
    #[must_use]
    pub fn id(&self) -> &str {
        &self.id
    }
}

/// The error returned when a message was not, or may not have been, delivered.
///
/// The variant determines what to do next.
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
    /// No carrier is configured, or the carrier rejected the credentials or settings.
    ///
    /// Alert your operator.
    #[error("no carrier is configured, or it rejected the credentials or settings")]
    Misconfigured,
    /// This channel does not reach this address. Fall back to another channel.
    #[error("this channel does not reach this address")]
    Unreachable,
    /// The carrier accepts no messages at the moment. A later attempt may succeed.
    #[error("the carrier is unavailable")]
    Unavailable,
    /// It is unknown whether the message was sent.
    ///
    /// The crate assumes that it was, so the code is valid.
    #[error("it is unknown whether the message was sent")]
    Unknown,
}

impl Undelivered {
    /// Interprets the status code of a carrier's HTTP response.
    ///
    /// Returns `Ok` if the carrier accepted the message. Use this function for carriers whose
    /// responses this crate does not parse. If the response body states a reason, evaluate the body
    /// first: only the body can report that a number is [unreachable](Self::Unreachable).
    ///
    /// # Errors
    ///
    /// - [`Undelivered::Misconfigured`]: any other status from 300 to 499. The carrier refused the
    ///   request, or its URL has changed. Alert your operator.
    /// - [`Undelivered::Unavailable`]: 425 and 429. The carrier did not process the request.
    /// - [`Undelivered::Unknown`]: 408, 409, 500 and above, and any number below 200. The message
    ///   may have been sent.
    ///
    /// # Source
    ///
    /// RFC 9110 §15; RFC 6585 §4 (429); RFC 8470 §5.2 (425).
    ///
    /// # Example
    ///
    /// ```
    /// use second_factor::delivery::Undelivered;
    ///
    /// assert_eq!(Undelivered::check_http_status(202), Ok(()));
    /// assert_eq!(Undelivered::check_http_status(401), Err(Undelivered::Misconfigured));
    /// assert_eq!(Undelivered::check_http_status(503), Err(Undelivered::Unknown));
    /// ```
    pub const fn check_http_status(status: u16) -> Result<(), Self> {
        match status {
            200..=299 => Ok(()),
            // 409: a request with the same idempotency key may be in progress.
            408 | 409 => Err(Self::Unknown),
            425 | 429 => Err(Self::Unavailable),
            300..=499 => Err(Self::Misconfigured),
            _ => Err(Self::Unknown),
        }
    }
}

impl From<NoTime> for Undelivered {
    fn from(_: NoTime) -> Self {
        Self::Unavailable
    }
}

impl From<LayoutError> for Undelivered {
    fn from(error: LayoutError) -> Self {
        match error {
            LayoutError::Late => Self::Unavailable,
            LayoutError::OtherChannel | LayoutError::TooLong { .. } => Self::Misconfigured,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn http_status_is_accepted_only_as_success() {
        for status in 0..=u16::MAX {
            let checked = Undelivered::check_http_status(status);
            assert_eq!(checked.is_ok(), (200..300).contains(&status), "{status}");
            // A status that may follow an accepted message must not invalidate the code.
            if !(200..500).contains(&status) {
                assert_eq!(checked, Err(Undelivered::Unknown), "{status}");
            }
        }
    }

    #[test]
    fn http_status_says_what_to_do_next() {
        for (why, statuses) in [
            (Undelivered::Misconfigured, &[301, 400, 401, 403, 404, 422][..]),
            (Undelivered::Unavailable, &[425, 429]),
            (Undelivered::Unknown, &[0, 100, 408, 409, 500, 502, 503, 504, 999]),
        ] {
            for status in statuses {
                assert_eq!(Undelivered::check_http_status(*status), Err(why), "{status}");
            }
        }
    }
}
