//! The error of a message that does not fit its channel.

/// The error returned when a message cannot be rendered for a channel.
///
/// In a [`Delivery`](crate::Delivery), convert the error with `?`. [`Late`](Self::Late) becomes
/// [`Undelivered::Unavailable`](crate::delivery::Undelivered::Unavailable). Every other variant
/// becomes [`Undelivered::Misconfigured`](crate::delivery::Undelivered::Misconfigured): shorten the
/// translation, the issuer or the origin, or allow more parts.
///
/// # Example
///
/// ```
/// use second_factor::{delivery::Undelivered, message::LayoutError};
///
/// let error = LayoutError::TooLong { parts: 2, allowed: 1 };
/// assert_eq!(error.to_string(), "the text message needs 2 parts (allowed: 1)");
/// assert_eq!(Undelivered::from(error), Undelivered::Misconfigured);
/// assert_eq!(Undelivered::from(LayoutError::Late), Undelivered::Unavailable);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum LayoutError {
    /// The code has expired. The message must not be sent.
    #[error("the code in the message has expired")]
    Late,
    /// The message is for another channel.
    #[error("the message is for another channel")]
    OtherChannel,
    /// The text message needs more parts than are allowed.
    #[error("the text message needs {parts} parts (allowed: {allowed})")]
    TooLong {
        /// The number of parts in the shortest form.
        parts: usize,
        /// The number of parts that the sender allows.
        allowed: usize,
    },
}
