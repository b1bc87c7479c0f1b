//! One event that happened, as it is reported.

use alloc::{string::String, vec::Vec};
use core::{fmt, net::IpAddr};

use super::Event;
use crate::{
    address::Address,
    denial::Reason,
    id::{ItemId, SubjectId},
    purpose::Operation,
    time::UnixTime,
};

/// An event that happened to a subject, as the [`Listener`](crate::host::Listener) receives it.
///
/// An event with a [notice to the user](Event::is_for_the_user) may be reported twice, after a
/// crash or a pause of more than a minute. Both reports have the same [`id`](Self::id). To
/// recognize the second one, store the ids of the last two days. Reports of different processes may
/// arrive in any order.
///
/// # Security
///
/// An occurrence must not be shown to the client that made the request, because it reveals which
/// part of a proof was correct.
///
/// # Example
///
/// See [`Listener`](crate::host::Listener).
#[derive(Clone)]
pub struct Occurrence {
    pub(crate) id: [u8; 16],
    pub(crate) at: UnixTime,
    pub(crate) last_at: UnixTime,
    pub(crate) count: u16,
    pub(crate) epoch: Option<u64>,
    pub(crate) subject: SubjectId,
    pub(crate) event: Event,
    pub(crate) label: Option<String>,
    pub(crate) operation: Option<Operation>,
    pub(crate) network: Option<IpAddr>,
    pub(crate) reason: Option<Reason>,
    pub(crate) notified: Vec<Address>,
    pub(crate) certainty: Certainty,
    /// Whether the record stores the event until the listener accepts it.
    pub(crate) is_kept: bool,
}

/// Whether the write that caused an event was committed.
///
/// # Example
///
/// See [`Occurrence::certainty`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(clippy::exhaustive_enums, reason = "it is known or it is not")]
pub enum Certainty {
    /// The write was committed.
    Certain,
    /// The call was dropped during the write, or the store failed. The write may have been
    /// committed.
    Unknown,
}

impl Occurrence {
    /// Creates an occurrence without optional values.
    pub(crate) const fn new(id: [u8; 16], at: UnixTime, subject: SubjectId, event: Event) -> Self {
        Self {
            id,
            at,
            last_at: at,
            count: 1,
            epoch: None,
            subject,
            event,
            label: None,
            operation: None,
            network: None,
            reason: None,
            notified: Vec::new(),
            certainty: Certainty::Certain,
            is_kept: false,
        }
    }

    /// Returns the time at which the event happened, or first happened.
    #[must_use]
    pub const fn at(&self) -> UnixTime {
        self.at
    }

    /// Returns whether the write that caused the event was committed.
    ///
    /// This is unknown if the client disconnected during the write, or if the store failed. An
    /// attacker cannot hide an incorrect proof by disconnecting.
    #[must_use]
    pub const fn certainty(&self) -> Certainty {
        self.certainty
    }

    /// Returns how often the event happened since it was last reported: at least once.
    #[must_use]
    pub const fn count(&self) -> u16 {
        self.count
    }

    /// Returns the epoch of the subject after the event.
    ///
    /// The epoch is `None` for an event of a delivery, because a delivery reads no record. End the
    /// sessions that store a different epoch.
    #[must_use]
    pub const fn epoch(&self) -> Option<u64> {
        self.epoch
    }

    /// Returns the event.
    #[must_use]
    pub const fn event(&self) -> &Event {
        &self.event
    }

    /// Returns the id of this occurrence, which is the same in every report.
    #[must_use]
    pub const fn id(&self) -> ItemId {
        ItemId::new(self.id)
    }

    /// Returns the user's name for the authenticator app that the event is about.
    ///
    /// The name is not stored, so a report after a crash has none. A notice to the user does not
    /// contain the name, because an attacker may have chosen it. Escape the name in pages and logs.
    #[must_use]
    pub fn label(&self) -> Option<&str> {
        self.label.as_deref()
    }

    /// Returns the time at which the event last happened.
    #[must_use]
    pub const fn last_at(&self) -> UnixTime {
        self.last_at
    }

    /// Returns whether the user should be notified although no notice is sent.
    ///
    /// Either the subject has no proven address, as with an authenticator app alone, or the notice
    /// was not allowed. Notify the user at the address that your application knows.
    #[must_use]
    pub fn lacks_notice(&self) -> bool {
        self.is_kept && self.notified.is_empty()
    }

    /// Returns the network of the client, or `None` if it is unknown.
    ///
    /// It is known if your application [passed](crate::Client::network) the address of the client.
    ///
    /// The network is not stored, so a report after a crash has none.
    #[must_use]
    pub const fn network(&self) -> Option<IpAddr> {
        self.network
    }

    /// Returns the addresses at which the user is notified.
    ///
    /// The slice is empty if there is no notice.
    ///
    /// These are the proven addresses, and those that this operation removed. If the policy [leaves
    /// the notices to your application](crate::policy::Notices::LeftToApplication), it must notify
    /// these addresses. Otherwise, the verifier notifies them, and [reports](Event::NoticeNotSent)
    /// each notice that it drops.
    #[must_use]
    pub fn notified(&self) -> &[Address] {
        &self.notified
    }

    /// Returns the operation for which a proof was being checked, or `None`.
    #[must_use]
    pub const fn operation(&self) -> Option<Operation> {
        self.operation
    }

    /// Returns the reason for the refusal, or `None` if the operation was not refused.
    #[must_use]
    pub const fn reason(&self) -> Option<Reason> {
        self.reason
    }

    /// Returns the subject.
    #[must_use]
    pub const fn subject(&self) -> &SubjectId {
        &self.subject
    }

    /// Returns an occurrence of another event that this occurrence implies.
    pub(crate) fn and(&self, event: Event) -> Self {
        let mut id = self.id;
        if let Some(last) = id.last_mut() {
            *last ^= 1;
        }
        let (label, notified) = (None, Vec::new());
        Self { id, event, label, notified, is_kept: false, ..self.clone() }
    }

    /// Returns the same occurrence, marked as one whose write may not have been committed.
    pub(crate) fn uncertain(self) -> Self {
        Self { certainty: Certainty::Unknown, ..self }
    }
}

/// Omits the subject, the addresses and the network, which are personal data.
impl fmt::Debug for Occurrence {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Occurrence")
            .field("id", &self.id())
            .field("at", &self.at)
            .field("event", &self.event)
            .field("certainty", &self.certainty)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::factor::FactorKind;

    /// A store of reports that is keyed by the id must keep both.
    #[test]
    fn event_that_another_shows_has_its_own_id_and_no_notice() {
        let alice = SubjectId::from(42);
        let (at, proof) = (UnixTime::from_secs(1_000), Event::IncorrectProof(FactorKind::Totp));
        for id in 0..=u8::MAX {
            let shows = Occurrence {
                label: Some("phone".into()),
                operation: Some(Operation::SignIn),
                network: Some(IpAddr::from([203, 0, 113, 9])),
                notified: Vec::from([Address::email("alice@example.org").unwrap()]),
                is_kept: true,
                ..Occurrence::new([id; 16], at, alice.clone(), proof.clone())
            };
            let shown = shows.and(Event::Spraying);
            assert_ne!(shown.id(), shows.id());
            assert_eq!(*shown.event(), Event::Spraying);
            let of = |one: &Occurrence| {
                (one.at(), one.subject().clone(), one.operation(), one.network())
            };
            assert_eq!(of(&shown), of(&shows));
            assert!(shown.label().is_none() && shown.notified().is_empty());
            assert!(!shown.lacks_notice());
        }
    }
}
