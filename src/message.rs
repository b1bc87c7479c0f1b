//! What is carried to a person: the code, the words, and what the carrier needs to know. Sends nothing.

mod words;

use alloc::{format, string::String};
use core::fmt;

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
///         Err(Gateway::BadNumber) => Err(Undelivered::NotHere),
///         Err(Gateway::TimedOut) => Err(Undelivered::Unclear),
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
    Code(SentWords),
    Notice(Event),
    Request(Handle),
}

/// A code, and what is said with it.
pub(crate) struct SentWords {
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
    /// A sign-in request that waits on this device: a name that means nothing to a stranger. The app
    /// fetches the rest.
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
            Inside::Notice(_) | Inside::Request(_) => None,
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
            Inside::Request(handle) => Content::Request(handle),
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

    /// The words, in English. For words of your own take [`content`](Self::content).
    ///
    /// A code stands first, then what it is for, and never to share it; with an origin set, a text
    /// message ends in the line that ties the code to it, so that a browser fills it in on that site
    /// alone, and nothing follows that line. A notice says what happened and what to do if it was
    /// somebody else.
    ///
    /// # Source
    ///
    /// WICG, <https://wicg.github.io/sms-one-time-codes/>; NIST SP 800-63B-4 §3.1.3.1, §4.6.
    #[must_use]
    pub fn expose_text(&self) -> SecretText {
        match &self.inside {
            Inside::Code(words) => words.text(self.channel, &self.sender),
            Inside::Notice(event) => SecretText::new(words::notice(event, self.sender.issuer())),
            Inside::Request(_) => {
                let issuer = self.sender.issuer();
                SecretText::new(format!("Somebody wants to sign in to {issuer}. Was it you?"))
            }
        }
    }
}

impl SentWords {
    fn text(&self, channel: Channel, sender: &Sender) -> SecretText {
        let (code, issuer, origin) = (self.code.expose(), sender.issuer(), sender.origin());
        let what = words::purpose(self.purpose);
        let minutes = self.expires.since(self.sent) / 60;
        let agreed = self.agreement.as_ref().map(|agreed| format!(" ({agreed})"));
        let agreed = agreed.unwrap_or_default();
        // Room for all of it: a text that grows leaves its old letters behind.
        let mut text = String::with_capacity(
            2 * code.len() + 2 * issuer.len() + agreed.len() + origin.map_or(0, str::len) + 160,
        );
        text.push_str(code);
        text.push_str(&format!(
            " is your {issuer} code {what}{agreed}. It ends in {minutes} min. Never share it, not even \
             with {issuer}."
        ));
        if let (Channel::Sms, Some(origin)) = (channel, origin) {
            for part in ["\n\n@", origin, " #", code] {
                text.push_str(part);
            }
        }
        SecretText::new(text)
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

/// Whom messages and apps name: the application, and the site that its codes belong to.
///
/// # Input
///
/// The issuer is the name that people know, 1 to 60 characters and at most 120 bytes, none of them a
/// control character or a colon (a provisioning URI cannot hold one). The origin is a host name like `example.com`, from
/// your configuration and never from a request ([FAILURES 98](crate::manual::threats)): no scheme,
/// no port, no path.
///
/// # Example
///
/// ```
/// use second_factor::message::Sender;
///
/// let sender = Sender::new("Example")?.with_origin("example.com")?;
/// assert_eq!(sender.issuer(), "Example");
/// assert!(Sender::new("Example")?.with_origin("https://example.com").is_err());
/// # Ok::<(), second_factor::message::InvalidSender>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sender {
    issuer: String,
    origin: Option<String>,
}

impl Sender {
    /// The application with this name.
    ///
    /// # Errors
    ///
    /// [`InvalidSender::Issuer`].
    pub fn new(issuer: &str) -> Result<Self, InvalidSender> {
        // The bytes first: a text of any size is refused unread.
        let is_fine = issuer.len() <= 120
            && !issuer.trim().is_empty()
            && issuer.chars().count() <= 60
            && !issuer.contains(|c: char| c.is_control() || c == ':');
        if !is_fine {
            return Err(InvalidSender::Issuer);
        }
        Ok(Self { issuer: issuer.into(), origin: None })
    }

    /// The same, with the site that its codes are for.
    ///
    /// # Errors
    ///
    /// [`InvalidSender::Origin`].
    pub fn with_origin(mut self, host: &str) -> Result<Self, InvalidSender> {
        if host.len() > 253 || !crate::address::is_domain(host) {
            return Err(InvalidSender::Origin);
        }
        self.origin = Some(host.to_ascii_lowercase());
        Ok(self)
    }

    /// The name of the application.
    #[must_use]
    pub fn issuer(&self) -> &str {
        &self.issuer
    }

    /// The host that its codes are for.
    #[must_use]
    pub fn origin(&self) -> Option<&str> {
        self.origin.as_deref()
    }
}

/// A name or a host that is no part of a [`Sender`].
///
/// # Example
///
/// ```
/// use second_factor::message::{InvalidSender, Sender};
///
/// assert_eq!(Sender::new("").unwrap_err(), InvalidSender::Issuer);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum InvalidSender {
    /// The name is empty, too long, or has a colon or a control character.
    #[error("an issuer has 1 to 60 characters (120 bytes), without colons and control characters")]
    Issuer,
    /// The host is not a bare host name.
    #[error("an origin is a bare host name like example.com")]
    Origin,
}
