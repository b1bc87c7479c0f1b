//! Sending of codes.

pub(crate) mod challenge;
mod fallback;
mod generate;
pub(crate) mod reference;
pub(crate) mod request;
pub(crate) mod reservation;
mod target;

use alloc::vec::Vec;

use self::{
    challenge::Challenge,
    fallback::decoy_alternatives,
    generate::{Dispatch, dispatch, generate},
    reference::SendReference,
    request::{CodeRequest, CodeRequestKind},
    reservation::{Reservation, SendPlan},
    target::{NewPlace, Place, Target, lane_of, pool_of},
};
use super::{
    decision::{
        subject::{Context, Subject},
        transition::{Decision, Transition},
    },
    factor::sent_code::Transport,
    record::{
        send_pool::{SendPool, was_sent},
        stored_code::{ProviderCode, StoredCode},
    },
};
use crate::{
    address::{Address, AddressKind},
    channel::Channel,
    denial::{Denial, Reason},
    event::Event,
    id::{Handle, HandleKind},
    message::Sender,
    purpose::Operation,
    remote::RemoteId,
    subject::outgoing::Outgoing,
    time::UnixTime,
};

impl Subject<'_> {
    /// Returns the request with the id of its address resolved.
    ///
    /// # Errors
    ///
    /// Returns a [`Denial`] for [`Reason::NotFound`] if no proven address has the id.
    pub fn resolve(&self, request: &CodeRequest) -> Result<CodeRequest, Denial> {
        let mut resolved = request.clone();
        resolved.is_by_id = matches!(request.kind, CodeRequestKind::Item { .. });
        if let CodeRequestKind::Item { item, operation, agreement } = &request.kind {
            let id = (*item.as_bytes()).into();
            let proven = self.state.factors.by_id(&id).ok_or(Denial::new(Reason::NotFound))?;
            resolved.kind = CodeRequestKind::Address {
                address: proven.address.clone(),
                operation: *operation,
                agreement: agreement.clone(),
            };
        }
        Ok(resolved)
    }

    /// Checks that `request` is permitted now, and returns the budgets to charge.
    ///
    /// `send` is 16 fresh random bytes. Nothing is written.
    ///
    /// # Errors
    ///
    /// Returns a [`Denial`] if the enroller lacks permission, or if the policy does not allow the
    /// send. Also returns one if the factor is locked, if the last code was sent too recently, or
    /// if the subject's budget is exhausted.
    pub fn plan(&self, request: &CodeRequest, send: [u8; 16]) -> Result<Reservation, Denial> {
        let target = Target::of(self, request)?;
        let Context { keys, record_id, version, .. } = &self.context;
        let send = keys.send_id(&send, record_id, *version);
        Ok(Reservation::begin(SendPlan::of(self, &target, request), send))
    }

    /// Generates the code, and records that it is sent.
    ///
    /// After the commit, deliver the messages of the outcome, or start the provider-managed code.
    /// If the outcome has neither, the address is not proven. The user must not learn this.
    ///
    /// # Errors
    ///
    /// The errors of [`plan`](Self::plan) can also occur here, because the record may have changed.
    /// Returns [`Reason::SendLimit`] if `reserved` is not for this request, is not fully charged,
    /// or was used for another send.
    pub fn send(
        mut self,
        request: &CodeRequest,
        reserved: &Reservation,
        sender: &Sender,
    ) -> Decision<Outgoing<Challenge>> {
        let (target, lane) = (Target::of(&self, request)?, lane_of(&self, request));
        let is_charged = reserved.is_charged_for(&SendPlan::of(&self, &target, request));
        if !is_charged || was_sent(&self.state, reserved.send()) {
            return Err(Denial::new(Reason::SendLimit));
        }
        let pool = pool_of(&self, request, &target);
        let Target::Address { address, place, channel } = target else {
            return Ok(self.send_decoy(request, pool, reserved));
        };
        let (purpose, handle) = request.identity();
        let to = address.expose().as_bytes();
        self.bind("send", &[&reserved.send()[..], to, &[purpose], handle.as_bytes()]);
        // The message must show the agreement of a transaction, and a provider's message does not.
        let is_remote = request.is_remote
            && address.kind() == AddressKind::Phone
            && request.shown_agreement().is_none()
            && !place.shows_agreement(&self.state);
        let replaced = if is_remote {
            let enrolling = match &place {
                Place::New(NewPlace::Enrollment(_)) => Some(&self.context.client),
                Place::New(_) | Place::Open(_) => None,
            };
            if place.registers() {
                let client = self.context.client;
                self.state.release_registration_codes(&address, lane, &client)
            } else {
                self.state.release_provider_codes(&address, lane, enrolling)
            }
        } else {
            Vec::new()
        };
        let transport = Transport { channel, is_remote };
        let agreement = request.shown_agreement();
        let Some(generated) = generate(&mut self, &place, (&address, lane), agreement, transport)
        else {
            return Ok(self.send_decoy(request, pool, reserved));
        };
        let now = self.now();
        let resend_at = pool.record(&mut self.state, *reserved.send(), now);
        let can_be_sent_again = generated.can_be_sent_again;
        let alternatives = if can_be_sent_again && request.guessed().is_some() {
            decoy_alternatives(&address, channel, resend_at)
        } else if can_be_sent_again {
            self.state.alternatives(&address, &place, channel, resend_at)
        } else {
            Vec::new()
        };
        let challenge = Challenge {
            handle: generated.handle,
            digits: self.policy().code_digits(),
            expires_at: generated.expires_at,
            masked: address.masked(),
            resend_at: can_be_sent_again.then_some(resend_at),
            channel: Some(channel),
            alternatives,
        };
        let mut outgoing = Outgoing::new(challenge);
        let to = Dispatch { address, channel, sender, replaced };
        dispatch(&mut self, generated, to, &mut outgoing);
        Ok(self.commit(Ok(outgoing)))
    }

    /// Records the provider's id of a provider-managed code.
    ///
    /// # Errors
    ///
    /// Returns no error before the write. The outcome is [`Reason::NotFound`] if another code was
    /// sent since. It is [`Reason::OtherPurpose`] if another code of the subject has this id,
    /// because the provider then uses one code for two purposes.
    pub fn started(mut self, sent: &SendReference, id: &RemoteId) -> Decision<()> {
        // A code is bound to one purpose (law 4).
        if self.state.open_codes().any(|open| open.sent.provider_id() == Some(id)) {
            return self.refuse(Reason::OtherPurpose);
        }
        match self.newest_mut(sent) {
            Some(code) if matches!(code.provider, Some(ProviderCode::Starting)) => {
                code.provider = Some(ProviderCode::Started(id.clone()));
                Ok(self.commit(Ok(())))
            }
            _ => self.refuse(Reason::NotFound),
        }
    }

    /// Records that a message was delivered, which ends its fallback.
    ///
    /// # Errors
    ///
    /// Returns no error before the write: every refusal is the outcome of the transition.
    pub fn delivered(mut self, sent: &SendReference) -> Decision<()> {
        let Some(code) = self.newest_mut(sent) else {
            return self.refuse(Reason::NotFound);
        };
        if code.was_delivered {
            return Ok(self.decoy(Ok(())));
        }
        code.was_delivered = true;
        Ok(self.commit(Ok(())))
    }

    /// Returns whether `sent` is the newest code and is not yet delivered.
    #[must_use]
    pub fn is_undelivered(&self, sent: &SendReference) -> bool {
        self.state.newest(sent).is_some_and(|open| !open.sent.was_delivered)
    }

    /// Returns the sends that are due for a [fallback](SendReference::fallback).
    #[must_use]
    pub fn overdue(&self) -> Vec<SendReference> {
        let (now, record) = (self.now(), self.context.record_id);
        let all = self.state.fallbacks(self.policy(), record, now);
        all.filter(|(_, at)| *at <= now).map(|(sent, _)| sent).collect()
    }

    /// Advances a PIN reset to the stage that it has reached, and notifies the owner.
    ///
    /// Call it from a timer of your application. A sign-in does the same. The outcome is the time
    /// at which the next code is [overdue](Self::overdue), or `None`.
    ///
    /// # Errors
    ///
    /// Returns no error before the write: every refusal is the outcome of the transition.
    pub fn advance(mut self) -> Decision<Option<UnixTime>> {
        let (now, record) = (self.now(), self.context.record_id);
        let all = self.state.fallbacks(self.policy(), record, now);
        let next = all.map(|(_, at)| at).filter(|at| *at > now).min();
        if self.advance_pin_reset() {
            return Ok(self.commit(Ok(next)));
        }
        Ok(self.decoy(Ok(next)))
    }

    /// Revokes the codes and partial proofs of other clients, and blocks them.
    ///
    /// The block lasts a day. A blocked client cannot request codes. What was created without a
    /// client is revoked too, but blocks no client. The owner needs no proof, because this call
    /// only revokes. The result does not reveal whether there was anything to revoke.
    ///
    /// # Errors
    ///
    /// Returns no error.
    pub fn report_unrequested(mut self) -> Decision<()> {
        let (client, now) = (self.context.client, self.now());
        let mut ended = Vec::new();
        self.state.challenges.retain(|open| {
            let is_mine = open.sent.client.is_same_known_client(&client);
            if !is_mine {
                ended.push((open.sent.purpose(), open.sent.client));
            }
            is_mine
        });
        self.state.registration.open.retain(|open| {
            let is_mine = open.sent.client.is_same_known_client(&client);
            if !is_mine {
                ended.push((Operation::Register, open.sent.client));
            }
            is_mine
        });
        // An attacker may have talked the owner into revealing the code of a partial proof.
        self.state.partial_proofs.retain(|partial| {
            let is_mine = partial.client.is_same_known_client(&client);
            if !is_mine {
                ended.push((partial.purpose, partial.client));
            }
            is_mine
        });
        if ended.is_empty() {
            // A report without an effect must look the same (law 8).
            return Ok(self.decoy(Ok(())));
        }
        for (purpose, client) in ended {
            self.state.blocked_clients.block(client, now);
            self.report(Event::CodeReportedUnrequested(purpose));
        }
        Ok(self.commit(Ok(())))
    }

    fn newest_mut(&mut self, sent: &SendReference) -> Option<&mut StoredCode> {
        let slot = self.state.newest(sent)?.slot;
        self.state.stored_code_mut(slot)
    }

    /// Returns a decoy challenge, if nothing is sent (FAILURES 100).
    ///
    /// Its handle never verifies. The decoy is recorded as a send, so the next request must wait as
    /// it would after a code.
    fn send_decoy(
        mut self,
        request: &CodeRequest,
        pool: SendPool,
        reserved: &Reservation,
    ) -> Transition<Outgoing<Challenge>> {
        let now = self.now();
        let (handle, address) = match &request.kind {
            CodeRequestKind::Again { handle } => (*handle, None),
            CodeRequestKind::Address { address, .. } | CodeRequestKind::Enroll { address, .. } => {
                (Handle::new(HandleKind::Challenge, self.moment.bytes()), Some(address))
            }
            // A fallback is never a decoy: it has an address, or is refused.
            CodeRequestKind::Fallback { .. } | CodeRequestKind::Item { .. } => {
                (Handle::new(HandleKind::Challenge, [0; 16]), None)
            }
        };
        let resend_at = pool.record(&mut self.state, *reserved.send(), now);
        let channel = address.map(|address| request.channel.unwrap_or(Channel::first_for(address)));
        let challenge = Challenge {
            handle,
            digits: self.policy().code_digits(),
            expires_at: now.plus(u64::from(self.policy().code_secs())),
            masked: address.map_or_else(|| "•••••".into(), Address::masked),
            resend_at: Some(resend_at),
            channel,
            alternatives: match address.zip(channel) {
                Some((address, channel)) => decoy_alternatives(address, channel, resend_at),
                None => Vec::new(),
            },
        };
        // In a database that was emptied, it must not create a subject without factors.
        if self.require_record().is_err() {
            return self.decoy(Ok(Outgoing::new(challenge)));
        }
        self.commit(Ok(Outgoing::new(challenge)))
    }
}
