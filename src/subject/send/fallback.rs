//! Channels of a code, and the fallback to another one.

use alloc::vec::Vec;

use super::{
    challenge::Alternative,
    request::{CodeRequest, CodeRequestKind},
    target::Place,
};
use crate::{
    Address, Keys, Policy, SubjectId, UnixTime,
    address::AddressKind,
    id::RecordId,
    keys::{RecordKind, TextKind},
    message::Channel,
    record::Record,
    subject::record::{
        codec::{self, Unreadable},
        open_codes::OpenCode,
        state::State,
    },
};

/// The reference of a message, by which a delivery report is traced to its code.
///
/// Load the [record](Self::record_id), read its [`subject`](Self::subject), and decide
/// [`Subject::delivered`](crate::sans_io::Subject::delivered), or send the
/// [fallback](Self::fallback).
///
/// # Example
///
/// ```
/// use second_factor::{Keys, sans_io::SendReference};
///
/// let keys = Keys::new(core::array::from_fn(|i| i as u8));
/// assert!(SendReference::open(&keys, "a reference of another application").is_none());
/// ```
#[derive(Clone, Copy, Debug)]
pub struct SendReference {
    pub(crate) record: RecordId,
    pub(crate) id: [u8; 16],
    pub(crate) count: u8,
}

impl SendReference {
    /// Opens the text of a reference; `None` if it was not sealed with these keys.
    #[must_use]
    pub fn open(keys: &Keys, reference: &str) -> Option<Self> {
        let plain = keys.open_text(TextKind::Reference, reference).ok()?;
        let (record, rest) = plain.split_first_chunk::<16>()?;
        let (id, rest) = rest.split_first_chunk::<16>()?;
        let [count] = rest else { return None };
        Some(Self { record: RecordId::new(*record), id: *id, count: *count })
    }

    /// Returns the id of the subject's record.
    #[must_use]
    pub const fn record_id(&self) -> &RecordId {
        &self.record
    }

    /// Returns the subject of the record; `None` if the record does not contain it.
    ///
    /// # Errors
    ///
    /// [`Unreadable`] if these keys do not open the record.
    pub fn subject(&self, keys: &Keys, record: &Record) -> Result<Option<SubjectId>, Unreadable> {
        let place = (RecordKind::Subject, &self.record);
        let (state, _) = codec::open::<State>(keys, place, record)?;
        Ok(SubjectId::new(&**state.name).ok())
    }

    /// Requests another code by the fallback channel, if this one is still the newest.
    #[must_use]
    pub const fn fallback(&self) -> CodeRequest<'static> {
        CodeRequest::of(CodeRequestKind::Fallback { sent: *self })
    }

    pub(crate) fn of(open: &OpenCode<'_>, record: RecordId) -> Self {
        Self { record, id: *open.sent.id, count: open.sent.count() }
    }
}

impl State {
    /// The code that a message carried, if it is still the newest.
    pub(crate) fn newest(&self, sent: &SendReference) -> Option<OpenCode<'_>> {
        self.open_codes().find(|open| *open.sent.id == sent.id && open.sent.count() == sent.count)
    }

    /// Whether a code in `place` may be sent to `address` by `channel`.
    pub(crate) fn accepts(&self, address: &Address, place: Place<'_>, channel: Channel) -> bool {
        let proven = || self.factors.by_address(address);
        channel.reaches(address.kind())
            && match channel {
                // A number must be proven by a text message, not by WhatsApp. And anyone may begin
                // a registration: it must not reveal what the owner allowed.
                Channel::WhatsApp => {
                    !place.proves_address() && proven().is_some_and(|proven| proven.takes_whatsapp)
                }
                // FAILURES 95: a call must not be the first channel.
                Channel::Voice => place.is_resend(),
                Channel::Email | Channel::Push | Channel::Sms => true,
            }
    }

    /// The first channel of the route that the address accepts.
    pub(crate) fn first_channel(
        &self,
        policy: &Policy,
        address: &Address,
        place: Place<'_>,
    ) -> Channel {
        let mut steps = policy.route().steps().map(|(channel, _)| channel);
        let first = steps.find(|channel| self.accepts(address, place, *channel));
        first.unwrap_or(Channel::first_for(address))
    }

    /// The first channel of the route by which no code of this challenge was sent.
    pub(crate) fn fallback_channel(&self, policy: &Policy, open: &OpenCode<'_>) -> Option<Channel> {
        if open.address.kind() != AddressKind::Phone {
            return None;
        }
        let mut steps = policy.route().steps().map(|(channel, _)| channel);
        steps.find(|channel| {
            !open.sent.was_tried(*channel)
                && self.accepts(open.address, Place::Open(open.slot), *channel)
        })
    }

    /// The codes that fall back to another channel, each with the time.
    pub(crate) fn fallbacks(
        &self,
        policy: &Policy,
        record: RecordId,
        now: UnixTime,
    ) -> impl Iterator<Item = (SendReference, UnixTime)> {
        let open = self.open_codes().filter(move |open| {
            !open.sent.is_expired(now)
                && !open.sent.was_delivered
                && open.sent.can_be_sent_again(now)
                && self.fallback_channel(policy, open).is_some()
        });
        open.filter_map(move |open| {
            let secs = policy.route().seconds_of(open.sent.channel()?)?;
            let at = open.sent.sent_at().plus(u64::from(secs));
            Some((SendReference::of(&open, record), at))
        })
    }

    /// The other channels that the address accepts, after a code by `last`.
    pub(crate) fn alternatives(
        &self,
        address: &Address,
        place: Place<'_>,
        last: Channel,
        available_at: UnixTime,
    ) -> Vec<Alternative> {
        let all = [Channel::Sms, Channel::WhatsApp, Channel::Voice];
        let others = all.into_iter().filter(|channel| {
            let is_resend = *channel == Channel::Voice && channel.reaches(address.kind());
            *channel != last && (is_resend || self.accepts(address, place, *channel))
        });
        others.map(|channel| Alternative { channel, available_at }).collect()
    }
}

/// The alternatives of a decoy: those of an address without WhatsApp (FAILURES 100).
pub(crate) fn decoy_alternatives(
    address: &Address,
    last: Channel,
    available_at: UnixTime,
) -> Vec<Alternative> {
    let all = [Channel::Sms, Channel::Voice];
    let others =
        all.into_iter().filter(|channel| *channel != last && channel.reaches(address.kind()));
    others.map(|channel| Alternative { channel, available_at }).collect()
}
