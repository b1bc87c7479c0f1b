//! Generation of codes and of their messages.

use alloc::{boxed::Box, vec::Vec};

use super::{
    challenge::Challenge,
    target::{NewPlace, Place},
};
use crate::{
    address::Address,
    channel::Channel,
    code::Code,
    first_factor::FirstFactor,
    id::{Handle, HandleKind},
    keys::{TextKind, concat_into},
    message::{Inside, Message, Sender, SentCodeText},
    purpose::{Agreement, Operation},
    remote::{RemoteId, RemoteStart},
    subject::{
        decision::subject::Subject,
        factor::sent_code::{self, CodeContext, NewChallenge, Transport},
        outgoing::Outgoing,
        record::{
            client_binding::PresentedClient,
            fields::Id,
            lane::Lane,
            open_codes::{NewFactor, OpenChallenge},
            registration::OpenRegistration,
            state::State,
            stored_code::StoredCode,
        },
    },
    time::UnixTime,
};

/// A generated code, and the data of its message.
pub(crate) struct Generated {
    pub(crate) handle: Handle,
    pub(crate) expires_at: UnixTime,
    pub(crate) can_be_sent_again: bool,
    /// The code, or `None` if the provider generates it.
    code: Option<Box<Code>>,
    purpose: Operation,
    agreement: Option<Agreement>,
    /// The content of the message's reference: the record, the challenge and the number of its
    /// codes.
    reference: [u8; 33],
}

/// The dispatch of a generated code.
pub(crate) struct Dispatch<'a> {
    pub(crate) address: Address,
    pub(crate) channel: Channel,
    pub(crate) sender: &'a Sender,
    /// The provider-managed codes that it replaces.
    pub(crate) replaced: Vec<RemoteId>,
}

/// Generates a code, and stores its hash in its place.
///
/// Returns `None` if the place no longer exists.
pub(crate) fn generate(
    subject: &mut Subject<'_>,
    place: &Place,
    to: (&Address, Lane),
    agreement: Option<&Agreement>,
    transport: Transport,
) -> Option<Generated> {
    let (address, lane) = to;
    let record = subject.context.record_id;
    let (keys, policy, now) = (subject.context.keys, subject.context.policy, subject.context.now);
    let first_factor = subject.first_factor();
    let context = CodeContext { keys, policy, record: &record, address: address.expose() };
    let (state, moment) = (&mut subject.state, &mut subject.moment);
    let (kind, count) = (place.handle_kind(), (*keys.budget_record(address).bytes()).into());
    match place {
        Place::Open(slot) => {
            let stored = state.stored_code_mut(*slot)?;
            let code = sent_code::begin_again(stored, &context, transport, moment);
            Some(Generated::new(kind, stored, code, &context, now))
        }
        Place::New(new) => {
            let client = subject.context.client;
            let (purpose, stored) = (new.purpose(), client.binding());
            let challenge = NewChallenge { purpose, agreement, client: stored };
            let (sent, code) = sent_code::begin(&challenge, &context, transport, moment);
            let generated = Generated::new(kind, &sent, code, &context, now);
            let by = (first_factor, lane, client);
            put(state, new, by, (address.clone(), sent, count), now)?;
            Some(generated)
        }
    }
}

/// Adds the message of a code to `outgoing`, or the provider-managed code to start.
pub(crate) fn dispatch(
    subject: &mut Subject<'_>,
    generated: Generated,
    to: Dispatch<'_>,
    outgoing: &mut Outgoing<Challenge>,
) {
    let Generated { code, purpose, agreement, expires_at, reference, .. } = generated;
    let Dispatch { address, channel, sender, replaced } = to;
    let keys = subject.context.keys;
    let reference = keys.seal_text(TextKind::Reference, &reference, &mut subject.moment);
    match code {
        Some(code) => {
            let (sent, expires) = (subject.now(), expires_at);
            let inside = Inside::Code(SentCodeText { code, purpose, agreement, sent, expires });
            let sender = sender.clone();
            outgoing.messages.push(Message { channel, address, inside, reference, sender });
        }
        None => {
            outgoing.remote = Some(RemoteStart {
                address,
                channel,
                expires_at,
                language: *sender.language(),
                purpose,
                reference,
                replaced,
            });
        }
    }
}

/// Stores a new code, or returns `None` if its address is no longer proven.
fn put(
    state: &mut State,
    place: &NewPlace,
    (first, lane, client): (FirstFactor, Lane, PresentedClient),
    (address, sent, count): (Address, StoredCode, Id),
    now: UnixTime,
) -> Option<()> {
    match place {
        NewPlace::Challenge(purpose) => {
            let address = state.factors.by_address(&address)?.id;
            // FAILURES 11: at most one valid code for a purpose. A caller in another lane must not end
            // it.
            let is_replaced = |open: &OpenChallenge| {
                open.lane == lane && open.sent.purpose().tag() == purpose.tag()
            };
            state.challenges.retain(|open| !is_replaced(open));
            let first_factor = purpose.has_first_factor().then_some(first);
            state.challenges.push(OpenChallenge { address, sent, first_factor, lane });
        }
        NewPlace::Enrollment(basis) => {
            let id = sent.id;
            let factor = NewFactor::Address { address, sent, count };
            state.put_enrollment(id, factor, (basis, &client), now);
        }
        NewPlace::Registration => {
            // Any caller may request one, and must not end the code of another client.
            let is_replaced =
                |open: &OpenRegistration| open.lane == lane && open.sent.client.matches(&client);
            state.registration.open.retain(|open| !is_replaced(open));
            state.registration.open.push(OpenRegistration { address, sent, lane });
        }
    }
    Some(())
}

impl Generated {
    fn new(
        kind: HandleKind,
        stored: &StoredCode,
        code: Option<Box<Code>>,
        context: &CodeContext<'_>,
        now: UnixTime,
    ) -> Self {
        let mut reference = [0; 33];
        let parts: [&[u8]; 3] = [context.record.as_bytes(), &*stored.id, &[stored.count()]];
        concat_into(&mut reference, &parts);
        Self {
            code,
            handle: Handle::new(kind, *stored.id),
            expires_at: stored.expires_at(),
            can_be_sent_again: stored.can_be_sent_again(now),
            purpose: stored.purpose(),
            agreement: stored.agreement.clone(),
            reference,
        }
    }
}
