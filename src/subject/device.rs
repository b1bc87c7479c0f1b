//! Trusted devices, and the sign-in requests that they answer.

pub(crate) mod list;

use alloc::vec::Vec;

use subtle::ConstantTimeEq as _;

use self::list::TrustedDevice;
use super::{
    decision::{
        presented_device::{PresentedDevice, trusted_device},
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
        trust::request_state,
    },
    outgoing::Outgoing,
    record::{
        device::Device,
        device_token::TokenContent,
        lifetime::Lifetime,
        limiter::{Counter, LockState},
        sign_in_requests::OpenRequest,
    },
};
use crate::{
    Address, FactorKind, FirstFactor, Handle, Message,
    denial::{Denial, Reason},
    event::Event,
    id::{HandleKind, ItemId},
    message::{Channel, Inside, Sender},
    policy::{MAX_DEVICES, REQUEST_LIFE},
    purpose::Agreement,
    purpose::Operation,
    sign_in::{DeviceToken, Next, Proven, Recognized},
    time::HOUR,
    wiped::Wiped,
};

/// Trusted devices.
impl Subject<'_> {
    /// Trusts the device that the accepted attempt names, if what was proven permits it.
    ///
    /// Returns its token.
    pub(in crate::subject) fn trust_device(&mut self, proven: &Proven) -> Option<DeviceToken> {
        let device = self.context.trust.take()?;
        check_trust(self, proven).ok()?;
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
            label: device.label,
            created_at: now.as_secs(),
            last_used_at: now.as_secs(),
            lifetime: Lifetime::new(now, self.policy().device_secs()),
            push: device.push,
        });
        self.report(Event::DeviceAdded);
        Some(self.device_token(&series, &secret))
    }

    /// Recognizes the device that the client presents, and rotates its token.
    ///
    /// Without a device that is trusted, it answers as [`next`](Self::next) does.
    ///
    /// # Errors
    ///
    /// As [`next`](Self::next).
    pub fn recognize(mut self) -> Decision<Next> {
        let next = self.next();
        // A policy that was narrowed to kinds of factors accepts no device instead.
        let accepts_device =
            self.policy().accepts_devices() && !matches!(next, Ok(Next::Done(_) | Next::Enroll(_)));
        let with_invalid_token = |next| match next {
            Next::Prove(offers) => Next::Prove(offers.with_invalid_token()),
            other @ (Next::Done(_) | Next::Enroll(_)) => other,
        };
        // It replaces a second factor, and must not be the only one.
        let is_second = accepts_device && self.first_factor() != FirstFactor::None;
        match PresentedDevice::of(&self) {
            // A device is recognized although every factor is disabled.
            PresentedDevice::Trusted { place, hash, successor } if is_second => {
                self.check_reset()?;
                self.recognize_at(place, &hash, &successor)
            }
            PresentedDevice::Trusted { place, .. } => {
                let is_noted = self.note_visit(place);
                if is_noted { Ok(self.commit(next)) } else { Ok(self.decoy(next)) }
            }
            PresentedDevice::Superseded { place } if accepts_device => {
                // FAILURES 82: a superseded token was used again: there are two copies of it.
                let now = self.now();
                self.state.devices.remove(place);
                sign_in_request::remove(&mut self.state.sign_in_requests);
                self.state.begin_quarantine(now);
                self.report(Event::DeviceStolen);
                Ok(self.commit(next.map(with_invalid_token)))
            }
            PresentedDevice::Invalid if accepts_device => {
                Ok(self.decoy(next.map(with_invalid_token)))
            }
            _ => Ok(self.decoy(next)),
        }
    }

    /// Notes the visit of a trusted device; returns whether something changed.
    ///
    /// FAILURES 110: it restarts the week of a PIN reset, also where it opens no session.
    fn note_visit(&mut self, place: usize) -> bool {
        let now = self.now();
        let created_at = self.state.devices.get(place).map(Device::created_at);
        let pin = self.state.factors.pin.as_mut().zip(created_at);
        pin.is_some_and(|(pin, created_at)| pin.postpone_reset(created_at, now))
    }

    fn recognize_at(
        mut self,
        place: usize,
        hash: &[u8; 16],
        successor: &Wiped<[u8; 32]>,
    ) -> Decision<Next> {
        let (now, keys, record) = (self.now(), self.context.keys, self.context.record_id);
        let Some(device) = self.state.devices.get_mut(place) else {
            return self.refuse(Reason::NotFound);
        };
        // The first use of a token ends its predecessor. Its successor is derived from it, so that
        // two simultaneous requests of one browser receive the same successor.
        let series = *device.series;
        let hash_after = keys.device_hash(&record, &series, successor);
        let mut changed = !bool::from(device.next.ct_eq(&hash_after[..]));
        device.current = (*hash).into();
        device.next = hash_after.into();
        if now.since(device.last_used_at()) >= u64::from(HOUR) {
            // Written at most once an hour, so that most requests need no write.
            device.last_used_at = now.as_secs();
            changed = true;
        }
        let (id, label) = (ItemId::new(*device.id), device.label.clone());
        let created_at = device.created_at();
        changed |= self.note_visit(place);
        let token = self.device_token(&series, successor);
        let recognized = Recognized::new(
            self.context.id.clone(),
            (id, label, created_at),
            now,
            self.state.epoch,
            token,
            self.first_factor(),
        );
        let next = Ok(Next::Done(recognized.into()));
        if changed { Ok(self.commit(next)) } else { Ok(self.decoy(next)) }
    }

    fn device_token(&mut self, series: &[u8; 16], secret: &[u8; 32]) -> DeviceToken {
        let content = TokenContent { record: self.context.record_id.bytes(), series, secret };
        content.seal(self.context.keys, &mut self.moment)
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

    /// Ends the trust in the device that makes the request.
    ///
    /// # Errors
    ///
    /// Returns no error before the write: every refusal is the outcome of the transition.
    pub fn sign_out_device(mut self) -> Decision<()> {
        let device = trusted_device(&self).map(|device| ItemId::new(*device.id));
        if !device.is_some_and(|device| self.remove_device(&device)) {
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

    /// Ends the trust in every device after a change of the password, and every permission,
    /// challenge, enrollment and partial proof.
    pub fn password_changed(mut self) -> Transition<()> {
        if self.context.version.is_none() {
            return self.decoy(Ok(()));
        }
        // An attacker may have changed it, and no device is left that could confirm a first PIN.
        let now = self.now();
        self.state.begin_quarantine_beside_devices(now);
        let removed = self.state.devices.drain(..).map(|_| Event::DeviceRemoved);
        self.effects.events.extend(removed);
        // What was proven or begun with the earlier password must not count.
        self.state.advance_epoch();
        self.commit(Ok(()))
    }

    /// Cancels a PIN reset, from a device that was trusted before the request.
    ///
    /// # Errors
    ///
    /// Returns no error before the write: every refusal is the outcome of the transition.
    pub fn cancel_pin_reset(mut self) -> Decision<()> {
        let created_at = trusted_device(&self).map(Device::created_at);
        let pin = self.state.factors.pin.as_mut().zip(created_at);
        if !pin.is_some_and(|(pin, created_at)| pin.cancel_reset(created_at)) {
            return self.refuse(Reason::NotFound);
        }
        self.report(Event::PinResetCancelled);
        Ok(self.commit(Ok(())))
    }

    /// Removes a device; returns whether it was trusted.
    pub(in crate::subject) fn remove_device(&mut self, device: &ItemId) -> bool {
        let now = self.now();
        let (before, had_usable) = (self.state.devices.len(), self.state.has_usable_device(now));
        self.state.devices.retain(|known| *known.id != *device.as_bytes());
        if self.state.devices.len() == before {
            return false;
        }
        if had_usable && !self.state.has_usable_device(now) {
            // Begin it now: without a trusted device, the next one would not count as new.
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
        purpose: Operation,
        agreement: Option<&Agreement>,
        from: &RequestedFrom,
        sender: &Sender,
    ) -> Decision<Outgoing<SignInRequest>> {
        let is_complete = match agreement {
            Some(agreement) => Operation::from(agreement.purpose()) == purpose,
            // FAILURES 105: the device must show what the user agrees to.
            None => !matches!(purpose, Operation::Transaction(_)),
        };
        if !is_complete {
            return Err(Denial::new(Reason::NotAllowed));
        }
        self.check_allowed(FactorKind::SignInRequest, purpose)?;
        self.check_can_begin(FactorKind::SignInRequest, purpose)?;
        let now = self.now();
        match request_state(&self) {
            None => return self.refuse(Reason::NotEnrolled),
            Some(LockState::Disabled) => return self.refuse(Reason::Disabled),
            Some(state) => state.check_unlocked()?,
        }
        let client = self.context.client;
        let first_factor = self.first_factor_for(purpose);
        let asked_by = trusted_device(&self).map(|device| device.id);
        let new = NewRequest { purpose, agreement, client, from, asked_by, first_factor };
        let requests = &mut self.state.sign_in_requests;
        let begun = sign_in_request::begin(requests, &new, &mut self.moment);
        let Some((request, shown)) = begun else {
            self.report(Event::RequestsOff);
            return Ok(self.commit(Err(Denial::new(Reason::Disabled))));
        };
        self.report(Event::RequestCreated);
        let can_answer = |device: &&Device| !device.is_expired(now) && Some(device.id) != asked_by;
        let others = self.state.devices.iter().filter(can_answer);
        let addresses = others.filter_map(|device| device.push.as_ref());
        let mut outgoing = Outgoing::new(request);
        outgoing.messages = addresses.map(|to| self.push(to, &shown, sender)).collect();
        Ok(self.commit(Ok(outgoing)))
    }

    /// Returns the open request, if the device that the client presents may answer it.
    #[must_use]
    pub fn pending_request(&self) -> Option<PendingRequest> {
        self.answerable().map(sign_in_request::pending)
    }

    /// Answers the open request.
    ///
    /// # Errors
    ///
    /// Returns a [`Denial`] that needs no write if the typed text is not a number of two digits.
    /// Every other refusal is the outcome of the transition.
    pub fn answer_request(mut self, request: &Handle, answer: RequestAnswer<'_>) -> Decision<()> {
        if let RequestAnswer::Approve(typed) = answer {
            check_digits(typed, 2..=2)?;
        }
        let found = self.answerable();
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

    /// The request that the presented device may answer.
    fn answerable(&self) -> Option<&OpenRequest> {
        let device = trusted_device(self)?;
        let requests = &self.state.sign_in_requests;
        sign_in_request::answerable(requests, device, &self.context.client, self.now())
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
