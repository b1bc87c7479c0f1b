//! Messages to users, and their layout for each channel.

mod email;
mod language;
mod layout;
mod layout_error;
mod push;
mod sender;
mod sms;
mod translation;
pub mod voice;

use alloc::boxed::Box;
use alloc::string::String;
use core::fmt;

use self::layout::{CodeLines, NoticeLines};
pub use self::{
    email::Email,
    language::Language,
    layout_error::LayoutError,
    push::Push,
    sender::{InvalidSender, Sender},
    sms::{AppHash, Encoding, Sms, SmsSize},
    translation::{InvalidTranslation, Phrase, Translation},
};
use crate::{
    address::Address,
    channel::Channel,
    code::Code,
    event::Event,
    id::Handle,
    purpose::{Agreement, Operation},
    secret::SecretText,
    time::UnixTime,
};

/// A message to a user.
///
/// Your [`Delivery`](crate::Delivery) passes the message to a carrier. `Debug` output is redacted.
/// A queue that stores messages must be as well protected as the database ([FAILURES
/// 93](crate::manual::threats)).
///
/// # Example
///
/// ```
/// use second_factor::{Message, delivery::{Receipt, Undelivered}};
///
/// fn send_sms(message: &Message) -> Result<Receipt, Undelivered> {
///     let (to, text) = (message.address().expose(), message.expose_text());
///     match gateway(to, text.expose(), message.reference()) {
///         Ok(id) => Ok(Receipt::new(id)),
///         Err(Gateway::BadNumber) => Err(Undelivered::Unreachable),
///         Err(Gateway::TimedOut) => Err(Undelivered::Unknown),
///         Err(Gateway::BadKey) => Err(Undelivered::Misconfigured),
///     }
/// }
/// # enum Gateway { BadNumber, TimedOut, BadKey }
/// # fn gateway(_: &str, _: &str, _: &str) -> Result<String, Gateway> { Ok("SM1".into()) }
/// # let _ = send_sms;
/// ```
pub struct Message {
    pub(crate) address: Address,
    pub(crate) channel: Channel,
    pub(crate) inside: Inside,
    pub(crate) reference: String,
    pub(crate) sender: Sender,
}

/// The owned content of a message.
pub(crate) enum Inside {
    Code(SentCodeText),
    Notice(Event),
    Request { shown: Handle, sent: UnixTime, expires: UnixTime },
}

/// A code and its context.
pub(crate) struct SentCodeText {
    /// The code, in a box, because moving a message would leave copies of the code.
    pub(crate) code: Box<Code>,
    pub(crate) purpose: Operation,
    pub(crate) agreement: Option<Agreement>,
    pub(crate) sent: UnixTime,
    pub(crate) expires: UnixTime,
}

/// The content of a [`Message`]: a code, a notice or a sign-in request.
///
/// # Example
///
/// ```
/// use second_factor::message::{Content, Message};
///
/// fn template(message: &Message) -> &'static str {
///     match message.content() {
///         Content::Code { .. } => "code",
///         Content::Notice(_) => "notice",
///         Content::Request(_) => "sign-in request",
///         _ => "other",
///     }
/// }
/// # let _ = template;
/// ```
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub enum Content<'a> {
    /// A code for the user to enter.
    #[non_exhaustive]
    Code {
        /// The code.
        code: &'a Code,
        /// The purpose of the code.
        purpose: Operation,
        /// The details of the transaction that the user approves. The message must show them.
        agreement: Option<&'a Agreement>,
        /// The time at which the code expires.
        ///
        /// If the carrier can drop a late message, pass it this time.
        expires: UnixTime,
    },
    /// An event of which the user is notified.
    Notice(&'a Event),
    /// A sign-in request for this device.
    ///
    /// The message contains only an opaque handle, with which the app fetches the details.
    Request(&'a Handle),
}

impl Message {
    /// Returns the address of the user.
    #[must_use]
    pub const fn address(&self) -> &Address {
        &self.address
    }

    /// Returns the channel of the message.
    #[must_use]
    pub const fn channel(&self) -> Channel {
        self.channel
    }

    /// Returns the code, or `None` if the message contains none.
    #[must_use]
    pub const fn code(&self) -> Option<&Code> {
        match &self.inside {
            Inside::Code(sent) => Some(&sent.code),
            Inside::Notice(_) | Inside::Request { .. } => None,
        }
    }

    /// Returns the content, from which your application can compose its own text.
    #[must_use]
    pub const fn content(&self) -> Content<'_> {
        match &self.inside {
            Inside::Code(sent) => Content::Code {
                code: &sent.code,
                purpose: sent.purpose,
                agreement: sent.agreement.as_ref(),
                expires: sent.expires,
            },
            Inside::Notice(event) => Content::Notice(event),
            Inside::Request { shown, .. } => Content::Request(shown),
        }
    }

    /// Returns the time at which the message expires, or `None` for a notice.
    ///
    /// Pass the time to the carrier. A message that arrives later costs money, and the user must
    /// request another code.
    #[must_use]
    pub const fn expires(&self) -> Option<UnixTime> {
        match &self.inside {
            Inside::Code(sent) => Some(sent.expires),
            Inside::Notice(_) => None,
            Inside::Request { expires, .. } => Some(*expires),
        }
    }

    /// Returns the language of the user.
    #[must_use]
    pub const fn language(&self) -> &Language {
        self.sender.language()
    }

    /// Returns the lifetime of the message in seconds, or `None` for a notice.
    #[must_use]
    pub const fn lifetime(&self) -> Option<u64> {
        match &self.inside {
            Inside::Code(sent) => Some(sent.expires.since(sent.sent)),
            Inside::Notice(_) => None,
            Inside::Request { sent, expires, .. } => Some(expires.since(*sent)),
        }
    }

    /// Returns the reference that identifies this send.
    ///
    /// The reference has at most 100 letters, digits, `-` and `_`, and is the same in every
    /// delivery attempt. Pass it to the carrier in two places: as the idempotency key, and as the
    /// value that the carrier's webhooks return.
    /// [`delivery_report`](crate::verifier::Operations::delivery_report) requires this value. The
    /// reference is encrypted and reveals no data about the user.
    #[must_use]
    pub fn reference(&self) -> &str {
        &self.reference
    }

    /// Returns the message as plain text, without a length limit.
    ///
    /// Prefer the layout for the channel: [`sms`](Self::sms) or [`email`](Self::email).
    ///
    /// The text of a code begins with the code, followed by its purpose and the warning never to
    /// share it. In a text message or an email, the last line binds the code to the origin. A
    /// notice states what happened, and what the user must do if another person caused it.
    ///
    /// # Source
    ///
    /// NIST SP 800-63B-4 §3.1.3.1, §4.6.
    #[must_use]
    pub fn expose_text(&self) -> SecretText {
        match &self.inside {
            Inside::Code(sent) => self.text_of(sent),
            Inside::Notice(event) => NoticeLines::new(event, &self.sender).whole().text(),
            Inside::Request { shown, .. } => SecretText::new(self.alert(shown).into_body()),
        }
    }

    fn text_of(&self, sent: &SentCodeText) -> SecretText {
        let lines = CodeLines::new(sent, &self.sender);
        match (self.channel, self.sender.origin()) {
            (Channel::Email, _) => self.mail_code(sent).into_text(),
            (Channel::Sms, Some(origin)) => {
                lines.whole().put(["\n\n@", origin, " #", lines.code()]).text()
            }
            _ => lines.whole().text(),
        }
    }
}

impl fmt::Debug for Message {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Message")
            .field("channel", &self.channel)
            .field("address", &self.address)
            .field("content", &self.content())
            .finish_non_exhaustive()
    }
}
