//! By which channel a code goes, and how it moves on to the next one. Sends nothing.

use alloc::vec::Vec;

use super::{
    CodeRequest, Decision, Subject, Unreadable, codec,
    register::OpenRegistration,
    request::CodeRequestKind,
    sent::StoredCode,
    state::{NewFactor, State},
    target::Slot,
};
use crate::{
    Address, Handle, Keys, SubjectId, UnixTime,
    address::AddressKind,
    id::RecordId,
    keys::{RecordKind, TextKind},
    message::Channel,
    record::Record,
    verdict::Reason,
};

/// One message that carried a code, as the [reference](crate::Message::reference) of it names it.
///
/// For hosts that drive the core: find the record, ask [`subject`](Self::subject) whose it is, and
/// decide [`arrived`](Subject::arrived), or send [`onward`](Self::onward).
///
/// # Example
///
/// ```
/// use second_factor::{Keys, subject::SendReference};
///
/// let keys = Keys::new(core::array::from_fn(|i| i as u8));
/// assert!(SendReference::open(&keys, "from somebody else").is_none());
/// ```
#[derive(Clone, Copy, Debug)]
pub struct SendReference {
    record: RecordId,
    id: [u8; 16],
    count: u8,
}

impl SendReference {
    /// What the reference names; `None`: it is none of ours.
    #[must_use]
    pub fn open(keys: &Keys, reference: &str) -> Option<Self> {
        let plain = keys.open_text(TextKind::Reference, reference).ok()?;
        let (record, rest) = plain.split_first_chunk::<16>()?;
        let (id, rest) = rest.split_first_chunk::<16>()?;
        let [count] = rest else { return None };
        Some(Self { record: RecordId::new(*record), id: *id, count: *count })
    }

    /// Where the store keeps the subject that it was sent to.
    #[must_use]
    pub const fn record_id(&self) -> &RecordId {
        &self.record
    }

    /// Whose record it is; `None`, if it does not say.
    ///
    /// # Errors
    ///
    /// [`Unreadable`]: these keys do not open it.
    pub fn subject(&self, keys: &Keys, record: &Record) -> Result<Option<SubjectId>, Unreadable> {
        let place = (RecordKind::Subject, &self.record);
        let (state, _) = codec::open::<State>(keys, place, record)?;
        Ok(SubjectId::new(&**state.name).ok())
    }

    /// The wish to send a new code by the next channel, if this one is still the newest.
    #[must_use]
    pub const fn fallback(&self) -> CodeRequest<'static> {
        CodeRequest::of(CodeRequestKind::Fallback { sent: *self })
    }
}

/// Another way by which a code can be sent, and from when.
///
/// # Example
///
/// ```
/// use second_factor::{message::Channel, subject::Challenge};
///
/// fn buttons(challenge: &Challenge) -> Vec<String> {
///     let button = |channel, at| format!("by {channel:?} from {at:?}");
///     challenge.alternatives().iter().map(|way| button(way.channel(), way.available_at())).collect()
/// }
/// # let _ = buttons;
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Alternative {
    channel: Channel,
    available_at: UnixTime,
}

impl Alternative {
    /// From when.
    #[must_use]
    pub const fn available_at(&self) -> UnixTime {
        self.available_at
    }

    /// By what: for [`resend_by`](crate::Verifier::resend_by).
    #[must_use]
    pub const fn channel(&self) -> Channel {
        self.channel
    }
}

impl Subject<'_> {
    /// Notes that a message arrived, so that nobody moves on from it. For the host's log it is nothing.
    ///
    /// # Errors
    ///
    /// None before the write: every answer comes out of the transition.
    pub fn arrived(mut self, sent: &SendReference) -> Decision<()> {
        let Some(code) = self.state.newest_mut(sent) else {
            return self.refuse(Reason::NotFound);
        };
        if code.has_arrived() {
            return Ok(self.decoy(Ok(())));
        }
        code.arrive();
        Ok(self.commit(Ok(())))
    }

    /// Whether `sent` is the newest message with a code that waits, and nobody said that it arrived.
    #[must_use]
    pub fn is_waiting(&self, sent: &SendReference) -> bool {
        self.state.newest(sent).is_some_and(|found| !found.sent.has_arrived())
    }

    /// The sends whose channel has had its time: send each [`onward`](SendReference::onward).
    #[must_use]
    pub fn overdue(&self) -> Vec<SendReference> {
        let late = self.timers().filter(|(_, until)| *until <= self.now());
        late.map(|(sent, _)| sent).collect()
    }

    /// When the next of them has had its time.
    pub(super) fn next_overdue(&self) -> Option<UnixTime> {
        self.timers().map(|(_, until)| until).filter(|until| *until > self.now()).min()
    }

    /// Everything that would move on, and when.
    fn timers(&self) -> impl Iterator<Item = (SendReference, UnixTime)> {
        let slots = self.state.slots().filter(|found| {
            !found.sent.is_over(self.now())
                && !found.sent.has_arrived()
                && found.sent.can_go_again(self.now())
                && self.next_channel(found).is_some()
        });
        slots.filter_map(|found| {
            let secs = self.policy.route().seconds_of(found.sent.channel()?)?;
            let (record, id, count) = (self.record_id, *found.sent.id, found.sent.count());
            Some((SendReference { record, id, count }, found.sent.went().plus(u64::from(secs))))
        })
    }

    /// The channel after the one that was tried last: the first of the route that was not tried and
    /// that the address takes.
    pub(super) fn next_channel(&self, found: &Found<'_>) -> Option<Channel> {
        if found.address.kind() != AddressKind::Phone {
            return None;
        }
        let mut steps = self.policy.route().steps().map(|(channel, _)| channel);
        steps.find(|channel| {
            !found.sent.was_tried(*channel) && self.takes(found.address, found.slot, *channel)
        })
    }

    /// By which channel a first code goes to `address`.
    pub(super) fn first_channel(&self, address: &Address, slot: Slot<'_>) -> Channel {
        let first = Channel::first_for(address);
        let mut steps = self.policy.route().steps().map(|(channel, _)| channel);
        steps.find(|channel| self.takes(address, slot, *channel)).unwrap_or(first)
    }

    /// Whether a code in this slot may go to `address` by `channel`: only a number that was proven gets
    /// WhatsApp messages, and only at its owner's wish; a call comes after something else (FAILURES 95).
    pub(super) fn takes(&self, address: &Address, slot: Slot<'_>, channel: Channel) -> bool {
        let proven = || self.state.factors.by_address(address);
        channel.reaches(address.kind())
            && match channel {
                // It proves no number: that takes a text message. And strangers, who may register, are
                // not told what its owner allowed.
                Channel::WhatsApp => {
                    !slot.proves() && proven().is_some_and(|proven| proven.takes_whatsapp)
                }
                Channel::Voice => slot.is_further(),
                Channel::Email | Channel::Push | Channel::Sms => true,
            }
    }

    /// The other ways for a code in this slot, from `at`.
    pub(super) fn alternatives(
        &self,
        address: &Address,
        slot: Slot<'_>,
        (last, available_at): (Channel, UnixTime),
    ) -> Vec<Alternative> {
        let all = [Channel::Sms, Channel::WhatsApp, Channel::Voice];
        let others = all.into_iter().filter(|channel| {
            let is_after = *channel == Channel::Voice && channel.reaches(address.kind());
            *channel != last && (is_after || self.takes(address, slot, *channel))
        });
        others.map(|channel| Alternative { channel, available_at }).collect()
    }

    /// The ways of a challenge that nobody made (FAILURES 100).
    pub(super) fn decoy_alternatives(
        address: &Address,
        wanted: Channel,
        available_at: UnixTime,
    ) -> Vec<Alternative> {
        let all = [Channel::Sms, Channel::Voice];
        let others =
            all.into_iter().filter(|channel| *channel != wanted && channel.reaches(address.kind()));
        others.map(|channel| Alternative { channel, available_at }).collect()
    }
}

/// A code that was sent, where it went and what it belongs to.
pub(super) struct Found<'s> {
    pub(super) sent: &'s StoredCode,
    pub(super) address: &'s Address,
    pub(super) slot: Slot<'static>,
}

impl State {
    /// Every code that waits.
    pub(super) fn slots(&self) -> impl Iterator<Item = Found<'_>> {
        let challenges = self.challenges.iter().enumerate().filter_map(|(place, open)| {
            let address = &self.factors.by_id(&open.address)?.address;
            Some(Found { sent: &open.sent, address, slot: Slot::Challenge(place) })
        });
        let registration = self.registering.open.iter().map(|open| {
            let OpenRegistration { sent, address } = open;
            Found { sent, address, slot: Slot::Registration }
        });
        let enrollments = self.enrollments.iter().enumerate().filter_map(|(place, open)| {
            let NewFactor::Address { address, sent } = &open.factor else { return None };
            Some(Found { sent, address, slot: Slot::Enrollment(place) })
        });
        challenges.chain(registration).chain(enrollments)
    }

    /// The code that `handle` names.
    pub(super) fn slot(&self, handle: &Handle) -> Option<Found<'_>> {
        self.slots().find(|found| handle.is(found.slot.kind(), &found.sent.id))
    }

    /// The code with this id, if `sent` is the newest message that carried one of it.
    pub(super) fn newest(&self, sent: &SendReference) -> Option<Found<'_>> {
        self.slots().find(|found| *found.sent.id == sent.id && found.sent.count() == sent.count)
    }

    pub(super) fn newest_mut(&mut self, sent: &SendReference) -> Option<&mut StoredCode> {
        match self.newest(sent)?.slot {
            Slot::Challenge(place) => Some(&mut self.challenges.get_mut(place)?.sent),
            Slot::Enrollment(place) => match &mut self.enrollments.get_mut(place)?.factor {
                NewFactor::Address { sent, .. } => Some(sent),
                NewFactor::Totp { .. } | NewFactor::Hotp { .. } => None,
            },
            Slot::Registration => Some(&mut self.registering.open.as_mut()?.sent),
            Slot::NewChallenge(_) | Slot::NewEnrollment(_) | Slot::NewRegistration => None,
        }
    }
}
