//! The public types of challenges.

use alloc::{string::String, vec::Vec};
use core::fmt;

use crate::{channel::Channel, id::Handle, time::UnixTime};

/// A sent code that the user is asked to enter.
///
/// Your application stores only the [`handle`](Self::handle) until the user enters the code. The
/// other values are for the page, and do not depend on the code.
///
/// # Example
///
/// ```
/// use second_factor::Challenge;
///
/// fn page(challenge: &Challenge) -> String {
///     format!("Enter the {} digits that we sent to {}", challenge.digits(), challenge.masked())
/// }
/// # let _ = page;
/// ```
#[derive(Clone)]
pub struct Challenge {
    pub(crate) handle: Handle,
    pub(crate) digits: u8,
    pub(crate) expires_at: UnixTime,
    pub(crate) masked: String,
    pub(crate) resend_at: Option<UnixTime>,
    pub(crate) channel: Option<Channel>,
    pub(crate) alternatives: Vec<Alternative>,
}

impl Challenge {
    /// Returns the other channels by which a code can be sent.
    ///
    /// The slice is empty if no other code can be sent for this challenge.
    #[must_use]
    pub fn alternatives(&self) -> &[Alternative] {
        &self.alternatives
    }

    /// Returns the channel by which the code was sent, or `None` if it is unknown.
    #[must_use]
    pub const fn channel(&self) -> Option<Channel> {
        self.channel
    }

    /// Returns the number of digits of the code.
    #[must_use]
    pub const fn digits(&self) -> u8 {
        self.digits
    }

    /// Returns the time at which the code expires.
    #[must_use]
    pub const fn expires_at(&self) -> UnixTime {
        self.expires_at
    }

    /// Returns the handle to store until the user submits the code.
    #[must_use]
    pub const fn handle(&self) -> &Handle {
        &self.handle
    }

    /// Returns the address with its middle part masked.
    #[must_use]
    pub fn masked(&self) -> &str {
        &self.masked
    }

    /// Returns the time at which another code may be sent.
    ///
    /// Returns `None` if no other code may be sent for this challenge.
    #[must_use]
    pub const fn resend_at(&self) -> Option<UnixTime> {
        self.resend_at
    }
}

impl From<&Challenge> for Handle {
    fn from(value: &Challenge) -> Self {
        value.handle
    }
}

impl fmt::Debug for Challenge {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Challenge")
            .field("digits", &self.digits)
            .field("expires_at", &self.expires_at)
            .field("resend_at", &self.resend_at)
            .finish_non_exhaustive()
    }
}

/// Another channel by which a code can be sent, and its earliest time.
///
/// # Example
///
/// ```
/// use second_factor::{Challenge, Channel, UnixTime};
///
/// fn buttons(challenge: &Challenge, button: impl Fn(Channel, UnixTime) -> String) -> String {
///     let others = challenge.alternatives().iter();
///     others.map(|other| button(other.channel(), other.available_at())).collect()
/// }
/// # let _ = |challenge| buttons(challenge, |_, _| String::new());
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Alternative {
    pub(crate) channel: Channel,
    pub(crate) available_at: UnixTime,
}

impl Alternative {
    /// Returns the time from which a code may be sent by this channel.
    #[must_use]
    pub const fn available_at(&self) -> UnixTime {
        self.available_at
    }

    /// Returns the channel by which a code can be sent.
    #[must_use]
    pub const fn channel(&self) -> Channel {
        self.channel
    }
}
