//! Why a message cannot be laid out for a channel.

/// Why a message cannot travel as asked.
///
/// For a [`Delivery`](crate::Delivery) it is
/// [`Undelivered::Misconfigured`](crate::delivery::Undelivered::Misconfigured), and turns into it
/// by `?`: the words, the name or the origin have to become shorter, or the settings wider.
/// What is [late](Self::Late) is
/// [`Undelivered::Unavailable`](crate::delivery::Undelivered::Unavailable).
///
/// # Example
///
/// ```
/// use second_factor::{delivery::Undelivered, message::LayoutError};
///
/// let unfit = LayoutError::TooLong { parts: 2, allowed: 1 };
/// assert_eq!(unfit.to_string(), "the text message takes 2 parts, and 1 may be sent");
/// assert_eq!(Undelivered::from(unfit), Undelivered::Misconfigured);
/// assert_eq!(Undelivered::from(LayoutError::Late), Undelivered::Unavailable);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum LayoutError {
    /// Its code is dead by now: nobody is to be sent it any more.
    #[error("the code in the message is dead")]
    Late,
    /// It travels by another channel.
    #[error("the message travels by another channel")]
    OtherChannel,
    /// Its text message takes more parts than may be sent.
    #[error("the text message takes {parts} parts, and {allowed} may be sent")]
    TooLong {
        /// How many it takes in its fewest words.
        parts: usize,
        /// How many the sender allows.
        allowed: usize,
    },
}
