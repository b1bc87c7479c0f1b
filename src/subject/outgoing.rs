//! Results with messages to deliver.

use alloc::vec::Vec;

use crate::{message::Message, remote::RemoteStart};

/// A result, and the messages to deliver after its commit.
///
/// # Example
///
/// ```
/// use second_factor::{Challenge, Message, sans_io::Outgoing};
///
/// fn after_the_commit(outgoing: Outgoing<Challenge>, deliver: impl Fn(Message)) -> Challenge {
///     outgoing.messages.into_iter().for_each(deliver);
///     outgoing.answer
/// }
/// # let _ = |outgoing| after_the_commit(outgoing, drop);
/// ```
#[derive(Debug)]
#[must_use = "the messages must be delivered"]
#[non_exhaustive]
pub struct Outgoing<T> {
    /// The result.
    pub answer: T,
    /// The messages to deliver.
    pub messages: Vec<Message>,
    /// The provider-managed code to start instead of a message.
    ///
    /// Pass its id to [`Subject::started`](crate::sans_io::Subject::started).
    pub remote: Option<RemoteStart>,
}

impl<T> Outgoing<T> {
    pub(crate) const fn new(answer: T) -> Self {
        Self { answer, messages: Vec::new(), remote: None }
    }
}
