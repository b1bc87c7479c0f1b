//! Previews of messages.

use alloc::boxed::Box;
use alloc::string::String;

use crate::{
    address::Address,
    channel::Channel,
    code::Code,
    event::Event,
    id::HandleKind,
    message::{Inside, Message, Sender, SentCodeText},
    purpose::{Agreement, Operation},
    time::UnixTime,
};

/// Builds messages for tests of your translations and your delivery.
///
/// A verifier sends the same messages.
///
/// # Example
///
/// ```
/// use second_factor::{
///     Channel,
///     message::{Sender, Translation},
///     purpose::Operation, testkit::Preview,
/// };
///
/// // Each translation fits one text message, with this name and this origin.
/// for words in Translation::built_in() {
///     let sender = Sender::new("Example")?.with_origin("example.com")?;
///     let preview = Preview::new(sender.in_language(*words.language()), Channel::Sms);
///     let sms = preview.message(Operation::SignIn).sms()?;
///     assert_eq!(sms.size().parts(), 1);
/// }
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug)]
pub struct Preview {
    sender: Sender,
    channel: Channel,
    to: Option<Address>,
    code: (u64, usize),
    lifetime: u64,
}

impl Preview {
    /// Creates a preview of the messages of `sender` on `channel`.
    ///
    /// The code is 747723, with a lifetime of five minutes.
    #[must_use]
    pub const fn new(sender: Sender, channel: Channel) -> Self {
        Self { sender, channel, to: None, code: (747_723, 6), lifetime: 300 }
    }

    /// Sets the code to the last `digits` digits of `number`.
    ///
    /// If `digits` is outside 6 to 10, the nearest limit is used.
    #[must_use]
    pub fn with_code(mut self, number: u64, digits: usize) -> Self {
        self.code = (number, digits.clamp(6, 10));
        self
    }

    /// Sets the lifetime of the code, in seconds.
    #[must_use]
    pub const fn with_lifetime(mut self, secs: u64) -> Self {
        self.lifetime = secs;
        self
    }

    /// Sets the address. The default depends on the channel.
    #[must_use]
    pub fn to(mut self, address: Address) -> Self {
        self.to = Some(address);
        self
    }

    /// Builds a message with a code for `purpose`.
    ///
    /// For transactions, use [`transaction`](Self::transaction).
    #[must_use]
    pub fn message(&self, purpose: Operation) -> Message {
        self.code_for(purpose, None)
    }

    /// Builds a message with a code that confirms a transaction.
    #[must_use]
    pub fn transaction(&self, agreement: &Agreement) -> Message {
        self.code_for(agreement.purpose().into(), Some(agreement.clone()))
    }

    /// Builds a message that notifies the user of `event`.
    #[must_use]
    pub fn notice(&self, event: &Event) -> Message {
        self.carry(Inside::Notice(event.clone()))
    }

    /// Builds a push for a sign-in request.
    #[must_use]
    pub fn request(&self) -> Message {
        let shown = crate::id::Handle::new(HandleKind::Request, [7; 16]);
        self.carry(Inside::Request { shown, sent: SENT, expires: SENT.plus(60) })
    }

    fn code_for(&self, purpose: Operation, agreement: Option<Agreement>) -> Message {
        let (number, digits) = self.code;
        self.carry(Inside::Code(SentCodeText {
            code: Box::new(Code::decimal(number, digits)),
            purpose,
            agreement,
            sent: SENT,
            expires: SENT.plus(self.lifetime),
        }))
    }

    fn carry(&self, inside: Inside) -> Message {
        let own = match self.channel {
            Channel::Email => Address::email("alice@example.com"),
            Channel::Push => Address::push("mark-of-a-device"),
            Channel::Sms | Channel::Voice | Channel::WhatsApp => Address::phone("+14155550100"),
        };
        let address = self.to.clone().or_else(|| own.ok());
        Message {
            address: address.expect("the addresses above are valid"),
            channel: self.channel,
            inside,
            reference: String::from("REFERENCE0PREVIEW"),
            sender: self.sender.clone(),
        }
    }
}

const SENT: UnixTime = UnixTime::from_secs(1_800_000_000);
