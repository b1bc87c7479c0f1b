//! Events that a record stores until they are delivered.

use alloc::string::String;

use super::Event;
use crate::{channel::Channel, factor::FactorKind, time::UnixTime};

/// The severity of a stored event. If there is no room, the least serious event is dropped.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Priority {
    /// A change that a user makes occasionally. It is sent by text message only if no mailbox is
    /// proven.
    Routine,
    /// An attack may be in progress, but has not changed anything yet.
    Warning,
    /// Access to the account changed.
    Serious,
}

impl Event {
    /// Returns the severity of the event.
    pub(crate) const fn priority(&self) -> Priority {
        match self {
            Self::BackupCodesLow(_)
            | Self::ChannelAllowed(_)
            | Self::ChannelForbidden(_)
            | Self::DeviceAdded => Priority::Routine,
            Self::AddressConfirmed(_)
            | Self::FactorLocked(_)
            | Self::PinResetCancelled
            | Self::PinResetReminder(_)
            | Self::RequestsOff => Priority::Warning,
            _ => Priority::Serious,
        }
    }

    /// Returns the tag and the number that a record stores until the event is delivered.
    ///
    /// A tag must never change. The result is `None` for an event that is not stored, because the
    /// user is not notified of it.
    pub(crate) const fn mark(&self) -> Option<(u8, u64)> {
        Some(match self {
            Self::FactorAdded(kind) => (1, kind.bit() as u64),
            Self::FactorDisabled(kind) => (2, kind.bit() as u64),
            Self::FactorLocked(kind) => (3, kind.bit() as u64),
            Self::FactorRemoved(kind) => (4, kind.bit() as u64),
            Self::FactorReplaced(kind) => (5, kind.bit() as u64),
            Self::TurnedOff => (6, 0),
            Self::BackupCodesLow(left) => (7, *left as u64),
            Self::DeviceAdded => (8, 0),
            Self::DeviceStolen => (9, 0),
            Self::PinReset => (10, 0),
            Self::PinResetStarted(at) => (11, at.as_secs()),
            Self::PinResetCancelled => (12, 0),
            Self::PinResetReminder(at) => (13, at.as_secs()),
            Self::Recovered => (14, 0),
            Self::Registered => (15, 0),
            Self::RequestsOff => (16, 0),
            Self::Reset { .. } => (17, 0),
            Self::SignedOutEverywhere => (18, 0),
            Self::ChannelAllowed(Channel::WhatsApp) => (19, 0),
            Self::ChannelForbidden(Channel::WhatsApp) => (20, 0),
            Self::SupportCodeIssued { .. } => (21, 0),
            Self::Unlocked { .. } => (22, 0),
            Self::AddressConfirmed(kind) => (23, kind.bit() as u64),
            Self::ManyChanges(count) => (24, *count as u64),
            Self::DeviceForgotten => (25, 0),
            Self::FirstFactorCompromised => (26, 0),
            Self::SecretsExported { .. } => (27, 0),
            _ => return None,
        })
    }

    /// Restores the event from a stored mark, or returns `None` if no release wrote the mark.
    pub(crate) fn from_mark((tag, number): (u8, u64)) -> Option<Self> {
        let kind = || FactorKind::ALL.into_iter().find(|kind| u64::from(kind.bit()) == number);
        let nobody = String::new;
        let event = match tag {
            1 => Self::FactorAdded(kind()?),
            2 => Self::FactorDisabled(kind()?),
            3 => Self::FactorLocked(kind()?),
            4 => Self::FactorRemoved(kind()?),
            5 => Self::FactorReplaced(kind()?),
            6 => Self::TurnedOff,
            7 => Self::BackupCodesLow(u8::try_from(number).ok()?),
            8 => Self::DeviceAdded,
            9 => Self::DeviceStolen,
            10 => Self::PinReset,
            11 => Self::PinResetStarted(UnixTime::from_secs(number)),
            12 => Self::PinResetCancelled,
            13 => Self::PinResetReminder(UnixTime::from_secs(number)),
            14 => Self::Recovered,
            15 => Self::Registered,
            16 => Self::RequestsOff,
            17 => Self::Reset { actor: nobody(), reason: nobody() },
            18 => Self::SignedOutEverywhere,
            19 => Self::ChannelAllowed(Channel::WhatsApp),
            20 => Self::ChannelForbidden(Channel::WhatsApp),
            21 => Self::SupportCodeIssued { actor: nobody(), reason: nobody() },
            22 => Self::Unlocked { actor: nobody(), reason: nobody() },
            23 => Self::AddressConfirmed(kind()?),
            24 => Self::ManyChanges(u16::try_from(number).ok()?),
            25 => Self::DeviceForgotten,
            26 => Self::FirstFactorCompromised,
            27 => Self::SecretsExported { actor: nobody(), reason: nobody() },
            _ => return None,
        };
        // A number without a meaning is unknown too, and must not be dropped by the next write.
        (event.mark() == Some((tag, number))).then_some(event)
    }

    /// Returns whether the event is about an app that the decision changed, or whose code it
    /// accepted.
    pub(crate) const fn is_of_an_app(&self) -> bool {
        matches!(
            self,
            Self::FactorAdded(FactorKind::Totp)
                | Self::FactorRemoved(FactorKind::Totp)
                | Self::FactorReplaced(FactorKind::Totp)
                | Self::Verified(FactorKind::Totp, _)
        )
    }

    /// Returns whether both events have the same kind and factor. Such events are delivered as one.
    pub(crate) fn is_same_kind(&self, other: &Self) -> bool {
        let key = |event: &Self| {
            let (tag, number) = event.mark()?;
            // A time or a count is no part of it: the later one replaces the earlier one.
            let is_counted = matches!(
                event,
                Self::BackupCodesLow(_)
                    | Self::ManyChanges(_)
                    | Self::PinResetReminder(_)
                    | Self::PinResetStarted(_)
            );
            Some((tag, if is_counted { 0 } else { number }))
        };
        key(self).is_some() && key(self) == key(other)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn event_marks_round_trip() {
        for tag in 1..=27 {
            let marks = (0..=1).filter_map(|number| Event::from_mark((tag, number)));
            let events: alloc::vec::Vec<Event> = marks.collect();
            assert!(!events.is_empty(), "{tag}");
            for event in events {
                let mark = event.mark().unwrap();
                assert_eq!(mark.0, tag, "{event:?}");
                assert_eq!(Event::from_mark(mark), Some(event));
            }
        }
    }

    /// Law 7: what a later release may have written must not be skipped.
    #[test]
    fn unknown_event_marks_are_refused() {
        for mark in
            [(0, 0), (28, 0), (27, 1), (6, 1), (17, 1), (7, 256), (24, 1 << 16), (1, 0), (1, 3)]
        {
            assert_eq!(Event::from_mark(mark), None, "{mark:?}");
        }
        assert_eq!(Event::from_mark((1, 1 << 16 | 1)), None);
    }

    #[test]
    fn events_of_one_kind_and_factor_are_one() {
        let (app, phone) = (FactorKind::Totp, FactorKind::Phone);
        let low = Event::BackupCodesLow;
        assert!(low(3).is_same_kind(&low(2)));
        assert!(Event::FactorAdded(app).is_same_kind(&Event::FactorAdded(app)));
        assert!(!Event::FactorAdded(app).is_same_kind(&Event::FactorAdded(phone)));
        assert!(!Event::FactorAdded(app).is_same_kind(&Event::FactorRemoved(app)));
        assert!(!Event::KeyRotated.is_same_kind(&Event::KeyRotated), "it is not stored");
    }
}
