//! Channels of a code, and the fallback to the next one.

use alloc::vec::Vec;

use super::{challenge::Alternative, reference::SendReference, target::Place};
use crate::{
    address::{Address, AddressKind},
    channel::Channel,
    id::RecordId,
    policy::Policy,
    subject::record::{open_codes::OpenCode, state::State},
    time::UnixTime,
};

impl State {
    /// Returns the code that a message contained, if it is still the newest.
    pub(crate) fn newest(&self, sent: &SendReference) -> Option<OpenCode<'_>> {
        self.open_codes().find(|open| *open.sent.id == sent.id && open.sent.count() == sent.count)
    }

    /// Returns whether a code in `place` may be sent to `address` by `channel`.
    pub(crate) fn accepts(&self, address: &Address, place: &Place, channel: Channel) -> bool {
        let proven = || self.factors.by_address(address);
        channel.reaches(address.kind())
            && match channel {
                // A number must be proven by text message and not by WhatsApp. A registration,
                // which any caller may begin, must not reveal what the owner allowed.
                Channel::WhatsApp => {
                    !place.proves_address() && proven().is_some_and(|proven| proven.takes_whatsapp)
                }
                // FAILURES 95: a call must not be the first channel.
                Channel::Voice => place.is_resend(),
                Channel::Email | Channel::Push | Channel::Sms => true,
            }
    }

    /// Returns the first channel of the route that the address accepts.
    pub(crate) fn first_channel(
        &self,
        policy: &Policy,
        address: &Address,
        place: &Place,
    ) -> Channel {
        let mut steps = policy.route().steps().map(|(channel, _)| channel);
        let first = steps.find(|channel| self.accepts(address, place, *channel));
        first.unwrap_or(Channel::first_for(address))
    }

    /// Returns the first channel of the route that this challenge has not used.
    pub(crate) fn fallback_channel(&self, policy: &Policy, open: &OpenCode<'_>) -> Option<Channel> {
        if open.address.kind() != AddressKind::Phone {
            return None;
        }
        let mut steps = policy.route().steps().map(|(channel, _)| channel);
        steps.find(|channel| {
            !open.sent.was_tried(*channel)
                && self.accepts(open.address, &Place::Open(open.slot), *channel)
        })
    }

    /// Returns the codes that fall back to another channel, each with its time.
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
            let secs = policy.route().seconds_of(open.sent.channel)?;
            let at = open.sent.sent_at().plus(u64::from(secs));
            Some((SendReference::of(&open, record), at))
        })
    }

    /// Returns the other channels that the address accepts, after a code by `last`.
    pub(crate) fn alternatives(
        &self,
        address: &Address,
        place: &Place,
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

/// Returns the alternatives that do not depend on the owner of the address: all but WhatsApp
/// (FAILURES 100).
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
