//! Notices to users.

use alloc::vec::Vec;
use core::fmt;

use crate::{
    address::Address,
    channel::Channel,
    event::{Event, Occurrence},
    id::RecordId,
    keys::Keys,
    message::{Inside, Message, Sender},
    policy::SendLimits,
    subject::record::outbox::message_id,
    time::UnixTime,
};

/// Occurrences and notices, which are delivered after the commit.
#[derive(Default)]
pub(crate) struct Report {
    pub(crate) occurrences: Vec<Occurrence>,
    pub(crate) notices: Vec<Notice>,
}

/// A notice of an event, for one address.
///
/// Charge the notice to its [budget](crate::sans_io::Reservation::of_notice) and send its
/// [`message`](Self::message). Then settle
/// [`Subject::acknowledge`](crate::sans_io::Subject::acknowledge).
///
/// # Example
///
/// See [`Settled`](crate::sans_io::Settled).
pub struct Notice {
    pub(crate) id: [u8; 16],
    pub(crate) event: Event,
    pub(crate) address: Address,
    pub(crate) record: RecordId,
    /// The limits of the budgets that it may use.
    pub(crate) limits: SendLimits,
    /// The time of the next attempt if the carrier is unavailable.
    pub(crate) next_attempt: UnixTime,
    /// The time until which it is postponed, or `None` if it is finished.
    pub(crate) postponed: Option<UnixTime>,
}

impl Notice {
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

    /// Returns the id of the message, in the budgets and the events about it.
    pub(crate) fn message_id(&self) -> [u8; 16] {
        message_id(&self.id, &self.address)
    }

    /// Returns the time until which the notice is postponed.
    ///
    /// Returns `None` if it is finished.
    #[must_use]
    pub const fn postponed_until(&self) -> Option<UnixTime> {
        self.postponed
    }

    /// Postpones the notice until a time, or for a default delay.
    ///
    /// Postpone a notice if the carrier is unavailable, or until its budget is available again.
    ///
    /// Without a time, the notice is tried again after a delay that grows with each attempt.
    #[must_use]
    pub fn postponed(mut self, until: Option<UnixTime>) -> Self {
        self.postponed = Some(until.unwrap_or(self.next_attempt));
        self
    }
}

impl fmt::Debug for Notice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Notice").field("event", &self.event).finish_non_exhaustive()
    }
}
