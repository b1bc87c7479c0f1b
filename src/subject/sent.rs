//! A code that was sent: drawn, hashed, compared. Sends and counts nothing.

use alloc::{string::String, vec::Vec};

use minicbor::{CborLen, Decode, Encode, bytes::ByteArray};
use subtle::{Choice, ConstantTimeEq as _};

use super::{
    Moment,
    fields::{Id, agreement},
    span::Span,
};
use crate::{
    Purpose,
    code::Code,
    id::RecordId,
    keys::{CodeBinding, Keys},
    message::Channel,
    policy::{CHALLENGE_LIFE, Policy, RESEND_WAITS},
    purpose::Agreement,
};

/// A code that was sent and waits for its answer. Only its keyed hash is kept.
#[derive(Encode, Decode, CborLen)]
#[cbor(map)]
pub(super) struct StoredCode {
    #[n(0)]
    pub(super) id: Id,
    #[n(1)]
    purpose: u8,
    #[n(2)]
    code: Hash,
    /// The codes sent before under this id: refused, but not counted, since a late message is not
    /// a guess.
    #[n(3)]
    earlier: Vec<Hash>,
    /// STD N-08: the end of the challenge, whatever is sent again.
    #[n(4)]
    whole: Span,
    /// The end of the code.
    #[n(5)]
    pub(super) live: Span,
    #[n(6)]
    pub(super) digits: u8,
    #[n(7)]
    client: Option<Hash>,
    /// What is agreed to, for a transaction: a code that is sent again shows it again.
    #[cbor(n(8), with = "agreement")]
    agreement: Option<Agreement>,
    /// The bit of the channel by which the newest code went, and those of all that were tried.
    #[n(9)]
    channel: u8,
    #[n(10)]
    tried: u8,
    /// Whether a carrier has reported that the newest one arrived.
    #[n(11)]
    has_arrived: bool,
    /// The name of a code that was made elsewhere, empty until it has one, a dot when another took its
    /// place. Then the hash is of nothing.
    #[n(12)]
    pub(super) remote: Option<String>,
}

/// What a typed code was found to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Answer {
    Earlier,
    Correct,
    Incorrect,
}

/// What a code is drawn for.
pub(super) struct Draft<'a> {
    pub(super) keys: &'a Keys,
    pub(super) policy: &'a Policy,
    pub(super) record: &'a RecordId,
    pub(super) address: &'a str,
    /// Whether the code is to be made elsewhere.
    pub(super) is_remote: bool,
}

impl StoredCode {
    pub(super) fn begin(
        draft: &Draft<'_>,
        (purpose, agreement): (Purpose, Option<&Agreement>),
        client: Option<[u8; 32]>,
        channel: Channel,
        moment: &mut Moment,
    ) -> (Self, Option<Code>) {
        let mut sent = Self {
            id: moment.bytes().into(),
            purpose: purpose.tag(),
            code: [0; 32].into(),
            earlier: Vec::new(),
            whole: Span::new(moment.now(), CHALLENGE_LIFE),
            live: Span::none(),
            digits: 0,
            client: client.map(Into::into),
            agreement: agreement.cloned(),
            channel: 0,
            tried: 0,
            has_arrived: false,
            remote: None,
        };
        let code = sent.draw(draft, channel, moment);
        (sent, code)
    }

    /// Draws a new code in place of the one before (STD O-03, FAILURES 11); none, where it is made
    /// elsewhere.
    pub(super) fn again(
        &mut self,
        draft: &Draft<'_>,
        channel: Channel,
        moment: &mut Moment,
    ) -> Option<Code> {
        self.earlier.push(self.code);
        self.draw(draft, channel, moment)
    }

    fn draw(&mut self, draft: &Draft<'_>, channel: Channel, moment: &mut Moment) -> Option<Code> {
        self.channel = channel.bit();
        self.tried |= self.channel;
        self.has_arrived = false;
        let digits = draft.policy.code_digits();
        self.digits = digits;
        self.live = Span::new(moment.now(), draft.policy.code_life());
        if draft.is_remote {
            (self.remote, self.code) = (Some(String::new()), moment.bytes().into());
            return None;
        }
        self.remote = None;
        let number = moment.below(10_u64.pow(u32::from(digits)));
        let code = Code::decimal(number, usize::from(digits));
        self.code = self.hash(draft, code.expose()).into();
        Some(code)
    }

    /// The keyed hash that `typed` would have as the code of this challenge.
    fn hash(&self, draft: &Draft<'_>, typed: &str) -> [u8; 32] {
        let bound = CodeBinding {
            record: draft.record,
            challenge: &self.id,
            purpose: self.purpose(),
            address: draft.address,
            client: self.client.as_deref(),
        };
        draft.keys.code_hash(typed, &bound)
    }

    /// What `typed` is. Compares it with every code of the challenge, whatever it finds.
    pub(super) fn check(&self, draft: &Draft<'_>, typed: &str) -> Answer {
        let hash = self.hash(draft, typed);
        let right = hash.ct_eq(&*self.code);
        let earlier =
            self.earlier.iter().fold(Choice::from(0), |any, one| any | hash.ct_eq(&**one));
        match (bool::from(right), bool::from(earlier)) {
            (true, _) => Answer::Correct,
            (false, true) => Answer::Earlier,
            (false, false) => Answer::Incorrect,
        }
    }

    /// A challenge that nobody made: for spending what a real one costs (law 8).
    pub(super) fn dummy() -> Self {
        Self {
            id: [0; 16].into(),
            purpose: Purpose::SignIn.tag(),
            code: [0; 32].into(),
            earlier: Vec::new(),
            whole: Span::none(),
            live: Span::none(),
            digits: 0,
            client: None,
            agreement: None,
            channel: 0,
            tried: 0,
            has_arrived: false,
            remote: None,
        }
    }

    pub(super) fn purpose(&self) -> Purpose {
        // The tag was written by `begin` and sealed; an unknown one is of a later format, which does
        // not open. `Enroll` signs nobody in.
        let agreed = self.agreement.as_ref().map(Agreement::purpose);
        agreed.or_else(|| Purpose::from_parts(self.purpose, None)).unwrap_or(Purpose::Enroll)
    }

    pub(super) const fn agreement(&self) -> Option<&Agreement> {
        self.agreement.as_ref()
    }

    /// How the newest code went.
    pub(super) fn channel(&self) -> Option<Channel> {
        Channel::from_bit(self.channel)
    }

    pub(super) const fn was_tried(&self, channel: Channel) -> bool {
        self.tried & channel.bit() != 0
    }

    pub(super) const fn has_arrived(&self) -> bool {
        self.has_arrived
    }

    pub(super) const fn arrive(&mut self) {
        self.has_arrived = true;
    }

    /// When the newest code went.
    pub(super) const fn went(&self) -> crate::UnixTime {
        self.live.began()
    }

    /// The client that it was made for.
    pub(super) fn client(&self) -> Option<&[u8; 32]> {
        self.client.as_deref()
    }

    /// Whether it was made for this client; no client is a client of its own.
    pub(super) fn is_for(&self, client: Option<&[u8; 32]>) -> bool {
        match (&self.client, client) {
            (None, None) => true,
            (Some(bound), Some(client)) => bool::from(bound.ct_eq(client)),
            (None, Some(_)) | (Some(_), None) => false,
        }
    }

    pub(super) const fn is_over(&self, now: crate::UnixTime) -> bool {
        self.whole.is_over(now) || self.live.is_over(now)
    }

    /// Whether neither this code nor another under this id can be right any more.
    pub(super) const fn is_finished(&self, now: crate::UnixTime) -> bool {
        self.whole.is_over(now)
    }

    /// Whether another code may be sent under this id at all: not one too many, and not one that
    /// would die on the way.
    pub(super) fn can_go_again(&self, now: crate::UnixTime) -> bool {
        !self.whole.is_over(now.plus(SHORTEST_LIFE)) && self.earlier.len() < RESEND_WAITS.len()
    }

    /// How many codes were sent under this id.
    pub(super) fn count(&self) -> u8 {
        u8::try_from(self.earlier.len() + 1).unwrap_or(u8::MAX)
    }

    /// When the code stops being right.
    pub(super) fn expires_at(&self) -> crate::UnixTime {
        core::cmp::min(self.live.ends(), self.whole.ends())
    }

    pub(super) const fn is_in_future(&self, now: crate::UnixTime) -> bool {
        self.whole.is_in_future(now) || self.live.is_in_future(now)
    }
}

type Hash = ByteArray<32>;
/// A message needs its time to arrive and to be read.
const SHORTEST_LIFE: u64 = 60;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::UnixTime;

    #[test]
    fn each_of_its_times_can_be_a_fault() {
        let now = UnixTime::from_secs(1_000_000);
        let (past, future) = (Span::new(now, 600), Span::new(UnixTime::from_secs(2_000_000), 600));
        for (whole, live, is_in_future) in
            [(past, past, false), (past, future, true), (future, past, true)]
        {
            let sent = StoredCode { whole, live, ..StoredCode::dummy() };
            assert_eq!(sent.is_in_future(now), is_in_future);
        }
    }
}
