//! What is carried to a person: the code, the words, and what the carrier needs to know. Sends
//! nothing.

mod email;
mod language;
mod layout;
mod push;
mod sender;
mod sms;
mod unfit;
pub mod voice;
mod words;

use alloc::string::String;
use core::fmt;

use self::layout::{CodeLines, NoticeLines};
pub use self::{
    email::Email,
    language::{InvalidLanguage, Language},
    push::Push,
    sender::{InvalidSender, Sender},
    sms::{AppHash, Encoding, InvalidAppHash, Sms, SmsSize},
    unfit::LayoutError,
    words::{InvalidTranslation, Phrase, Translation},
};
use crate::{
    Address, Handle, Purpose, UnixTime, address::AddressKind, code::Code, event::Event,
    purpose::Agreement, secret::SecretText,
};

/// One message to one person, to be given to whatever carries it.
///
/// `Debug` is redacted. A carrier that queues the message must keep the queue as safe as the
/// database ([FAILURES 93](crate::manual::threats)).
///
/// # Example
///
/// ```
/// use second_factor::{Message, delivery::{Receipt, Undelivered}};
///
/// fn send_sms(message: &Message) -> Result<Receipt, Undelivered> {
///     let (to, words) = (message.address().expose(), message.expose_text());
///     match gateway(to, words.expose(), message.reference()) {
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

/// What a message carries, owned.
pub(crate) enum Inside {
    Code(SentCodeText),
    Notice(Event),
    Request { shown: Handle, sent: UnixTime, expires: UnixTime },
}

/// A code, and what is said with it.
pub(crate) struct SentCodeText {
    pub(crate) code: Code,
    pub(crate) purpose: Purpose,
    pub(crate) agreement: Option<Agreement>,
    pub(crate) sent: UnixTime,
    pub(crate) expires: UnixTime,
}

/// What a message carries.
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
    /// A code to be typed.
    #[non_exhaustive]
    Code {
        /// The code.
        code: &'a Code,
        /// What it is for.
        purpose: Purpose,
        /// For a transaction, what is agreed to. The message must show it.
        agreement: Option<&'a Agreement>,
        /// When it dies. A carrier that can drop a late message should be told.
        expires: UnixTime,
    },
    /// Something that happened, and that the person should know.
    Notice(&'a Event),
    /// A sign-in request that waits on this device: a name that means nothing to a stranger. The
    /// app fetches the rest.
    Request(&'a Handle),
}

impl Message {
    /// Where it goes.
    #[must_use]
    pub const fn address(&self) -> &Address {
        &self.address
    }

    /// How it travels.
    #[must_use]
    pub const fn channel(&self) -> Channel {
        self.channel
    }

    /// The code alone, if it carries one.
    #[must_use]
    pub const fn code(&self) -> Option<&Code> {
        match &self.inside {
            Inside::Code(words) => Some(&words.code),
            Inside::Notice(_) | Inside::Request { .. } => None,
        }
    }

    /// What it carries, for words of your own.
    #[must_use]
    pub const fn content(&self) -> Content<'_> {
        match &self.inside {
            Inside::Code(words) => Content::Code {
                code: &words.code,
                purpose: words.purpose,
                agreement: words.agreement.as_ref(),
                expires: words.expires,
            },
            Inside::Notice(event) => Content::Notice(event),
            Inside::Request { shown, .. } => Content::Request(shown),
        }
    }

    /// When it is worth nothing any more; `None` for a notice. Tell the carrier: what arrives later
    /// costs money and makes people ask again.
    #[must_use]
    pub const fn expires(&self) -> Option<UnixTime> {
        match &self.inside {
            Inside::Code(words) => Some(words.expires),
            Inside::Notice(_) => None,
            Inside::Request { expires, .. } => Some(*expires),
        }
    }

    /// The language of the person that it is for.
    #[must_use]
    pub const fn language(&self) -> &Language {
        self.sender.language()
    }

    /// From being made to being worth nothing, in seconds; `None` for a notice.
    #[must_use]
    pub const fn life(&self) -> Option<u64> {
        match &self.inside {
            Inside::Code(words) => Some(words.expires.since(words.sent)),
            Inside::Notice(_) => None,
            Inside::Request { sent, expires, .. } => Some(expires.since(*sent)),
        }
    }

    /// A text that names this send and nothing else, the same however often it is delivered.
    ///
    /// At most 100 letters, digits, `-` and `_`. Give it to the carrier as idempotency key, and to be
    /// sent back in its webhooks, for [`report`](crate::Verifier::report). It is sealed: whoever sees it
    /// learns nothing.
    #[must_use]
    pub fn reference(&self) -> &str {
        &self.reference
    }

    /// The words as plain text, whatever their length. A layout for its channel is better:
    /// [`sms`](Self::sms), [`email`](Self::email).
    ///
    /// A code stands first, then what it is for, and never to share it; a text message or an email
    /// ends in the line that ties the code to the origin. A notice says what happened and what to
    /// do if it was somebody else.
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

/// How a message travels.
///
/// # Example
///
/// ```
/// use second_factor::{Address, message::Channel};
///
/// assert_eq!(Channel::first_for(&Address::phone("+14155550100")?), Channel::Sms);
/// # Ok::<(), second_factor::address::InvalidAddress>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Channel {
    /// An email.
    Email,
    /// A push to an app on a device that is trusted.
    Push,
    /// A text message.
    Sms,
    /// A call in which the code is read out. Never first, and only after another channel was tried.
    Voice,
    /// A WhatsApp message: to a number that was proven by text message, once its owner has
    /// [allowed](crate::Verifier::allow_whatsapp) it.
    WhatsApp,
}

impl Channel {
    /// Whether it reaches addresses of this kind.
    pub(crate) const fn reaches(self, kind: AddressKind) -> bool {
        matches!(
            (self, kind),
            (Self::Email, AddressKind::Email)
                | (Self::Push, AddressKind::Push)
                | (Self::Sms | Self::Voice | Self::WhatsApp, AddressKind::Phone)
        )
    }

    /// What a record keeps of it: a bit that never changes.
    pub(crate) const fn bit(self) -> u8 {
        match self {
            Self::Email => 1,
            Self::Push => 2,
            Self::Sms => 4,
            Self::Voice => 8,
            Self::WhatsApp => 16,
        }
    }

    /// The channel with this bit.
    pub(crate) fn from_bit(bit: u8) -> Option<Self> {
        let all = [Self::Email, Self::Push, Self::Sms, Self::Voice, Self::WhatsApp];
        all.into_iter().find(|channel| channel.bit() == bit)
    }

    /// The channel that is tried first for an address, unless the policy has another
    /// [route](crate::policy::Route).
    #[must_use]
    pub const fn first_for(address: &Address) -> Self {
        match address.kind() {
            AddressKind::Email => Self::Email,
            AddressKind::Phone => Self::Sms,
            AddressKind::Push => Self::Push,
        }
    }
}
