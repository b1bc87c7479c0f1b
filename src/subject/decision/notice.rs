//! Notices to users.

use core::fmt;

use crate::{
    address::Address,
    channel::Channel,
    event::Event,
    id::RecordId,
    keys::Keys,
    message::{Inside, Message, Sender},
};

/// A notice of an event, for one address.
///
/// Send its [`message`](Self::message). Then settle
/// [`Subject::notified`](crate::sans_io::Subject::notified), even if the carrier refused the
/// message.
///
/// # Example
///
/// See [`Settled`](crate::sans_io::Settled).
pub struct Notice {
    id: [u8; 16],
    event: Event,
    address: Address,
}

impl Notice {
    pub(crate) const fn new(id: [u8; 16], event: Event, address: Address) -> Self {
        Self { id, event, address }
    }

    /// Returns the address at which the user is notified.
    #[must_use]
    pub const fn address(&self) -> &Address {
        &self.address
    }

    /// Returns the event that the notice reports.
    #[must_use]
    pub const fn event(&self) -> &Event {
        &self.event
    }

    /// Returns the message to send.
    ///
    /// The reference of the message is deterministic, so that a carrier can recognize a duplicate.
    #[must_use]
    pub fn message(&self, keys: &Keys, record: &RecordId, sender: &Sender) -> Message {
        Message {
            address: self.address.clone(),
            channel: Channel::first_for(&self.address),
            inside: Inside::Notice(self.event.clone()),
            reference: keys.notice_reference(record, &self.id, self.address.expose()),
            sender: sender.clone(),
        }
    }

    pub(crate) const fn id(&self) -> &[u8; 16] {
        &self.id
    }
}

impl fmt::Debug for Notice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Notice").field("event", &self.event).finish_non_exhaustive()
    }
}
