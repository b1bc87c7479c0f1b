//! Trusted devices, and the sign-in requests that they answer.

pub(crate) mod list;
mod token;

use alloc::vec::Vec;

use subtle::ConstantTimeEq as _;

use self::{
    list::{NewDevice, TrustedDevice},
    token::TokenContent,
};
use super::{
    decision::{
        subject::Subject,
        transition::{Decision, Transition},
    },
    factor::{
        check_digits,
        sign_in_request::{
            self, NewRequest,
            request::{PendingRequest, RequestAnswer, RequestedFrom, SignInRequest},
        },
    },
    manage::{
        authority::Authority,
        permissions::{check_authority, check_trust},
        trust::{is_trusted, request_state},
    },
    outgoing::Outgoing,
    record::{
        device::Device,
        lifetime::Lifetime,
        limiter::{Counter, LockState},
        sign_in_requests::OpenRequest,
    },
};
use crate::{
    Address, FactorKind, Handle, Message, Purpose, Verified,
    event::Event,
    id::{HandleKind, ItemId},
    keys::TextKind,
    message::{Channel, Inside, Sender},
    policy::{MAX_DEVICES, REQUEST_LIFE},
    purpose::Agreement,
    time::HOUR,
    verdict::{Denial, DeviceToken, Reason, Recognized},
    wiped::Wiped,
};

/// Trusted devices.
impl Subject<'_> {
    /// Trusts the device on which the user has just been verified.
    ///
    /// # Errors
    ///
    /// Returns a [`Denial`] if the proof is too old, or is not for signing in.
    pub fn trust_device(
        mut self,
        verified: &Verified,
        device: &NewDevice,
    ) -> Decision<DeviceToken> {
        check_trust(&self, verified)?;
        let now = self.now();
        self.state.begin_quarantine_beside_devices(now);
        self.state.devices.retain(|known| !known.is_expired(now));
        while self.state.devices.len() >= MAX_DEVICES {
            // The record is bounded: the least recently used device is removed.
            let places = self.state.devices.iter().enumerate();
            let Some((oldest, _)) = places.min_by_key(|(_, known)| known.last_used_at) else {
                break;
            };
            self.state.devices.remove(oldest);
            sign_in_request::remove(&mut self.state.sign_in_requests);
            self.report(Event::DeviceRemoved);
        }
        let (series, secret) = (self.moment.bytes(), Wiped::new(self.moment.bytes()));
        let hash = self.context.keys.device_hash(&self.context.record_id, &series, &secret);
        self.state.devices.push(Device {
            id: self.moment.bytes().into(),
            series: series.into(),
            current: hash.into(),
            next: hash.into(),
            label: device.label.clone(),
            created_at: now.as_secs(),
            last_used_at: now.as_secs(),
            lifetime: Lifetime::new(now, self.policy().device_life()),
            push: device.push.clone(),
        });
        self.report(Event::DeviceAdded);
        let content = TokenContent {
            record: self.context.record_id.bytes(),
            series: &series,
            secret: &secret,
        };
        let token = content.seal(self.context.keys, &mut self.moment);
        Ok(self.commit(Ok(token)))
    }

    /// Recognizes a trusted device by its token, and rotates the token.
    ///
    /// # Errors
    ///
    /// Returns no error before the write. The outcome distinguishes a token of [another
    /// subject](Reason::OtherSubject), an [unknown](Reason::NotFound), an
    /// [expired](Reason::Expired) and a [stolen](Reason::Stolen) one.
    pub fn recognize(mut self, token: &DeviceToken) -> Decision<Recognized> {
        let (now, keys, record) = (self.now(), self.context.keys, self.context.record_id);
        let opened = keys.open_text(TextKind::Device, token.expose()).ok();
        let Some(named) = opened.as_deref().and_then(|plain| TokenContent::read(plain)) else {
            return self.refuse(Reason::NotFound);
        };
        if named.record != record.bytes() {
            return self.refuse(Reason::OtherSubject);
        }
        let is_it = |known: &Device| bool::from(known.series.ct_eq(named.series));
        let Some(place) = self.state.devices.iter().position(is_it) else {
            return self.refuse(Reason::NotFound);
        };
        let hash = keys.device_hash(&record, named.series, named.secret);
        let after = keys.next_device_secret(&record, named.series, named.secret);
        let hash_after = keys.device_hash(&record, named.series, &after);
        let Some(device) = self.state.devices.get_mut(place) else {
            return self.refuse(Reason::NotFound);
        };
        if device.is_expired(now) {
            return self.refuse(Reason::Expired);
        }
        let (is_current, is_next) = (hash.ct_eq(&*device.current), hash.ct_eq(&*device.next));
        if !bool::from(is_current | is_next) {
            // FAILURES 82: a superseded token was used again, so there are two copies of it.
            self.state.devices.remove(place);
            sign_in_request::remove(&mut self.state.sign_in_requests);
            self.state.begin_quarantine(now);
            self.report(Event::DeviceStolen);
            return Ok(self.commit(Err(Denial::new(Reason::Stolen))));
        }
        // The first use of a token ends its predecessor. Its successor is derived from it, so that
        // two simultaneous requests of one browser receive the same successor.
        let mut changed = !bool::from(device.next.ct_eq(&hash_after[..]));
        device.current = hash.into();
        device.next = hash_after.into();
        if now.since(device.last_used_at()) >= u64::from(HOUR) {
            // Written at most once an hour, so that most requests need no write.
            device.last_used_at = now.as_secs();
            changed = true;
        }
        let (id, label) = (ItemId::new(*device.id), device.label.clone());
        let created_at = device.created_at();
        let pin = self.state.factors.pin.as_mut();
        changed |= pin.is_some_and(|pin| pin.postpone_reset(created_at, now));
        let successor = TokenContent { secret: &after, ..named }.seal(keys, &mut self.moment);
        let recognized = Recognized::new(
            self.context.id.clone(),
            (id, label, created_at),
            now,
            self.state.epoch,
            successor,
        );
        if changed { Ok(self.commit(Ok(recognized))) } else { Ok(self.decoy(Ok(recognized))) }
    }

    /// Returns the trusted devices, most recently used first.
    #[must_use]
    pub fn devices(&self) -> Vec<TrustedDevice> {
        let trusted = self.state.devices.iter().filter(|device| !device.is_expired(self.now()));
        let mut devices: Vec<TrustedDevice> = trusted
            .map(|device| TrustedDevice {
                id: ItemId::new(*device.id),
                label: device.label.clone(),
                created_at: device.created_at(),
                last_used_at: device.last_used_at(),
                expires_at: device.lifetime.expires_at(),
            })
            .collect();
        devices.sort_by_key(|device| core::cmp::Reverse(device.last_used_at));
        devices
    }

    /// Ends the trust in a device.
    ///
    /// # Errors
    ///
    /// Returns a [`Denial`] if the authority lacks permission, or there is no such device.
    pub fn revoke_device(mut self, authority: &Authority, device: &ItemId) -> Decision<()> {
        check_authority(&self, authority)?;
        if !self.remove_device(device) {
            return Err(Denial::new(Reason::NotFound));
        }
        Ok(self.commit(Ok(())))
    }

    /// Ends the trust in the device that makes the request.
    ///
    /// # Errors
    ///
    /// Returns no error before the write: every refusal is the outcome of the transition.
    pub fn sign_out_device(mut self, device: &Recognized) -> Decision<()> {
        if !is_trusted(&self, device) || !self.remove_device(device.device()) {
            return self.refuse(Reason::NotFound);
        }
        Ok(self.commit(Ok(())))
    }

    /// Ends every device, permission, challenge and enrollment. The factors stay.
    ///
    /// # Errors
    ///
    /// Returns a [`Denial`] if the authority lacks permission.
    pub fn sign_out_everywhere(mut self, authority: &Authority) -> Decision<()> {
        check_authority(&self, authority)?;
        let now = self.now();
        self.state.begin_quarantine_beside_devices(now);
        self.state.advance_epoch();
        self.report(Event::SignedOutEverywhere);
        Ok(self.commit(Ok(())))
    }

    /// Ends the trust in every device after a change of the password.
    pub fn password_changed(mut self) -> Transition<()> {
        if self.state.devices.is_empty() {
            return self.decoy(Ok(()));
        }
        let removed = self.state.devices.drain(..).map(|_| Event::DeviceRemoved);
        self.effects.events.extend(removed);
        sign_in_request::remove(&mut self.state.sign_in_requests);
        // An attacker may have changed it, and no device is left that could confirm a first PIN.
        let now = self.now();
        self.state.begin_quarantine(now);
        self.commit(Ok(()))
    }

    /// Cancels a PIN reset, from a device that was trusted before the request.
    ///
    /// # Errors
    ///
    /// Returns no error before the write: every refusal is the outcome of the transition.
    pub fn cancel_pin_reset(mut self, device: &Recognized) -> Decision<()> {
        let is_trusted = is_trusted(&self, device);
        let pin = self.state.factors.pin.as_mut().filter(|_| is_trusted);
        if !pin.is_some_and(|pin| pin.cancel_reset(device.created_at())) {
            return self.refuse(Reason::NotFound);
        }
        self.report(Event::PinResetCancelled);
        Ok(self.commit(Ok(())))
    }

    /// Removes a device; returns whether it was trusted.
    fn remove_device(&mut self, device: &ItemId) -> bool {
        let before = self.state.devices.len();
        self.state.devices.retain(|known| *known.id != *device.as_bytes());
        if self.state.devices.len() == before {
            return false;
        }
        if self.state.devices.is_empty() {
            // Begin it now: without a trusted device, the next one would not count as new.
            let now = self.now();
            self.state.begin_quarantine(now);
        }
        // A thief may have approved a request on it, which must not sign in.
        sign_in_request::remove(&mut self.state.sign_in_requests);
        self.report(Event::DeviceRemoved);
        true
    }
}

/// Sign-in requests.
impl Subject<'_> {
    /// Sends a sign-in request to the trusted devices. It replaces an earlier one.
    ///
    /// Deliver the messages of the outcome after the commit.
    ///
    /// # Errors
    ///
    /// Returns a [`Denial`] that needs no write if the policy does not allow requests for
    /// `purpose`, the agreement of a transaction is missing or is another one, or requests are
    /// locked after incorrect numbers. Other refusals are the outcome of the transition: no device
    /// can answer, or too many requests were unanswered.
    pub fn request_sign_in(
        mut self,
        purpose: Purpose,
        agreement: Option<&Agreement>,
        from: &RequestedFrom,
        sender: &Sender,
    ) -> Decision<Outgoing<SignInRequest>> {
        let is_complete = match agreement {
            Some(agreement) => agreement.purpose() == purpose,
            // FAILURES 105: the device must show what the user agrees to.
            None => !matches!(purpose, Purpose::Transaction(_)),
        };
        if !is_complete {
            return Err(Denial::new(Reason::NotAllowed));
        }
        self.check_allowed(FactorKind::SignInRequest, purpose)?;
        let now = self.now();
        match request_state(&self.state, now) {
            None => return self.refuse(Reason::NotEnrolled),
            Some(LockState::Disabled) => return self.refuse(Reason::Disabled),
            Some(state) => state.check_unlocked()?,
        }
        let client = self.context.client;
        let new = NewRequest { purpose, agreement, client, from };
        let requests = &mut self.state.sign_in_requests;
        let begun = sign_in_request::begin(requests, &new, &mut self.moment);
        let Some((request, shown)) = begun else {
            self.report(Event::RequestsOff);
            return Ok(self.commit(Err(Denial::new(Reason::Disabled))));
        };
        self.report(Event::RequestCreated);
        let trusted = self.state.devices.iter().filter(|device| !device.is_expired(now));
        let addresses = trusted.filter_map(|device| device.push.as_ref());
        let mut outgoing = Outgoing::new(request);
        outgoing.messages = addresses.map(|to| self.push(to, &shown, sender)).collect();
        Ok(self.commit(Ok(outgoing)))
    }

    /// Returns the open request, if it began after `device` was trusted.
    #[must_use]
    pub fn pending_request(&self, device: &Recognized) -> Option<PendingRequest> {
        self.answerable(device).map(sign_in_request::pending)
    }

    /// Answers the open request.
    ///
    /// # Errors
    ///
    /// Returns a [`Denial`] that needs no write if the typed text is not a number of two digits.
    /// Every other refusal is the outcome of the transition.
    pub fn answer_request(
        mut self,
        device: &Recognized,
        request: &Handle,
        answer: RequestAnswer<'_>,
    ) -> Decision<()> {
        if let RequestAnswer::Approve(typed) = answer {
            check_digits(typed, 2..=2)?;
        }
        let found = self.answerable(device);
        if !found.is_some_and(|open| request.is(HandleKind::Request, &open.shown)) {
            return self.refuse(Reason::NotFound);
        }
        let Some(event) = sign_in_request::confirm(&mut self.state.sign_in_requests, answer) else {
            self.count_failure(Counter::SignInRequest, FactorKind::SignInRequest);
            return Ok(self.commit(Err(Denial::new(Reason::Incorrect))));
        };
        self.report(event);
        Ok(self.commit(Ok(())))
    }

    /// The request that `device` may answer.
    fn answerable(&self, device: &Recognized) -> Option<&OpenRequest> {
        let requests = &self.state.sign_in_requests;
        let found = sign_in_request::answerable(requests, device.created_at(), self.now());
        found.filter(|_| is_trusted(self, device))
    }

    /// The push message to one device, which contains only an opaque id.
    fn push(&self, to: &Address, shown: &[u8; 16], sender: &Sender) -> Message {
        let (keys, record) = (self.context.keys, &self.context.record_id);
        Message {
            address: to.clone(),
            channel: Channel::Push,
            inside: Inside::Request {
                shown: Handle::new(HandleKind::Request, *shown),
                sent: self.now(),
                expires: self.now().plus(u64::from(REQUEST_LIFE)),
            },
            reference: keys.notice_reference(record, shown, to.expose()),
            sender: sender.clone(),
        }
    }
}
