//! Trusted devices, and the sign-in requests that they answer.

pub(crate) mod list;

use alloc::vec::Vec;

use self::list::TrustedDevice;
use super::{
    decision::{
        presented_device::{PresentedDevice, TokenUse, trusted_device},
        subject::{Context, Subject},
        transition::{Decision, Recognition, Transition},
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
        permissions::{check_authority, may_trust},
        trust::{push, request_state},
    },
    outgoing::Outgoing,
    record::{
        device::{Device, StoredToken},
        device_token::TokenContent,
        lifetime::Lifetime,
        limiter::{Counter, LockState},
        sign_in_requests::OpenRequest,
    },
};
use crate::{
    denial::{Denial, Reason},
    event::Event,
    factor::FactorKind,
    first_factor::FirstFactor,
    id::{Handle, HandleKind, ItemId},
    message::Sender,
    policy::MAX_DEVICES,
    purpose::Operation,
    sign_in::{DeviceToken, Next, Recognized, verified::Proven},
    typed::Typed,
    wiped::Wiped,
};

/// Trusted devices.
impl Subject<'_> {
    /// Makes the device of the accepted attempt trusted, if the proof permits it.
    ///
    /// Returns the token of the device, or `None`.
    pub(in crate::subject) fn trust_device(&mut self, proven: &Proven) -> Option<DeviceToken> {
        let device = self.context.trust.take().filter(|_| may_trust(self, proven))?;
        let now = self.now();
        self.state.begin_quarantine_beside_devices(now);
        self.state.devices.retain(|known| !known.lifetime.is_over(now));
        while self.state.devices.len() >= MAX_DEVICES {
            // The size of the record is limited, so the least recently used device is removed.
            let places = self.state.devices.iter().enumerate();
            let Some((oldest, _)) = places.min_by_key(|(_, known)| known.last_used_at) else {
                break;
            };
            self.state.devices.remove(oldest);
            sign_in_request::remove(&mut self.state.sign_in_requests);
            self.report(Event::DeviceRemoved);
        }
        let (series, secret) = (self.moment.bytes(), Wiped::new(self.moment.bytes()));
        let Context { keys, record_id, .. } = &self.context;
        let hash = keys.device_hash(record_id, &series, &secret);
        let content = TokenContent {
            record: record_id.bytes(),
            series: &series,
            rotation: 0,
            secret: &secret,
        };
        let token = content.seal(keys);
        self.state.devices.push(Device {
            id: self.moment.bytes().into(),
            series: series.into(),
            current: StoredToken::new(hash, now),
            label: device.label,
            created_at: now.as_secs(),
            last_used_at: now.as_secs(),
            lifetime: Lifetime::new(now, self.policy().device_secs()),
            push: device.push,
            rotation: 0,
            successor: None,
        });
        self.report(Event::DeviceAdded);
        Some(token)
    }

    /// Recognizes the device that the client presents, and rotates its token by time.
    ///
    /// Without a trusted device, the result is that of [`next`](Self::next).
    ///
    /// # Errors
    ///
    /// Returns the errors of [`next`](Self::next).
    pub fn recognize(mut self) -> Result<Recognition, Denial> {
        let next = self.next();
        // A policy that was narrowed to kinds of factors accepts no device in their place.
        let accepts_device =
            self.policy().accepts_devices() && !matches!(next, Ok(Next::Done(_) | Next::Enroll(_)));
        let with_invalid_token = |next| match next {
            Next::Prove(offers) => Next::Prove(offers.with_invalid_token()),
            other @ (Next::Done(_) | Next::Enroll(_)) => other,
        };
        // A device replaces a second factor, and must not be the only factor.
        let is_second = accepts_device && self.first_factor() != FirstFactor::None;
        let changed = match PresentedDevice::of(&self) {
            // A device is recognized even if every factor is disabled.
            PresentedDevice::Trusted { place, token } if is_second => {
                self.check_reset()?;
                return self.recognize_at(place, token);
            }
            PresentedDevice::Trusted { place, .. } => {
                if !self.note_visit(place) {
                    return next.map(Recognition::Unchanged);
                }
                self.commit(next)
            }
            PresentedDevice::Ended { place } if accepts_device => {
                self.end_device(place, Event::DeviceRemoved);
                self.commit(next.map(with_invalid_token))
            }
            PresentedDevice::Superseded { place } if accepts_device => {
                // FAILURES 82: a superseded token was used again, so there are two copies of it.
                let now = self.now();
                self.state.begin_quarantine(now);
                self.end_device(place, Event::DeviceStolen);
                self.commit(next.map(with_invalid_token))
            }
            PresentedDevice::Invalid if accepts_device => self.decoy(next.map(with_invalid_token)),
            _ => self.decoy(next),
        };
        Ok(Recognition::Changed(changed))
    }

    /// Records the visit of a trusted device, and returns whether the state changed.
    ///
    /// FAILURES 110: a visit restarts the week of a PIN reset, even if it opens no session.
    fn note_visit(&mut self, place: usize) -> bool {
        let now = self.now();
        let created_at = self.state.devices.get(place).map(Device::created_at);
        let pin = self.state.factors.pin.as_mut().zip(created_at);
        pin.is_some_and(|(pin, created_at)| pin.postpone_reset(created_at, now))
    }

    fn recognize_at(mut self, place: usize, token: TokenUse) -> Result<Recognition, Denial> {
        let now = self.now();
        let Some(device) = self.state.devices.get_mut(place) else {
            return self.refuse(Reason::NotFound).map(Recognition::Changed);
        };
        let (rotates, successor) = match token {
            TokenUse::Late | TokenUse::Current => (false, None),
            TokenUse::FirstUse { hash } => {
                device.current = StoredToken::new(hash, now);
                device.rotation += 1;
                device.successor = None;
                (true, None)
            }
            TokenUse::Successor { again, hash, text } => {
                if !again {
                    device.successor = Some(StoredToken::new(hash, now));
                }
                (!again, Some(text))
            }
        };
        if rotates {
            device.last_used_at = now.as_secs();
        }
        let (id, label) = (ItemId::new(*device.id), device.label.clone());
        let created_at = device.created_at();
        let is_noted = self.note_visit(place);
        let recognized = Recognized {
            subject: self.context.id.clone(),
            device: id,
            label,
            created_at,
            recognized_at: now,
            epoch: self.state.epoch,
            successor,
            first_factor: self.first_factor(),
        };
        let next = Next::Done(recognized.into());
        if !rotates && !is_noted {
            // A visit that rotates nothing needs no write.
            return Ok(Recognition::Unchanged(next));
        }
        Ok(Recognition::Changed(self.commit(Ok(next))))
    }

    /// Returns the trusted devices, most recently used first.
    #[must_use]
    pub fn devices(&self) -> Vec<TrustedDevice> {
        let (policy, now) = (self.policy(), self.now());
        let presented = trusted_device(self).map(|device| device.id);
        let trusted = self.state.devices.iter().filter(|device| !device.is_expired(policy, now));
        let mut devices: Vec<TrustedDevice> = trusted
            .map(|device| TrustedDevice {
                id: ItemId::new(*device.id),
                is_current: presented == Some(device.id),
                label: device.label.clone(),
                created_at: device.created_at(),
                last_used_at: device.last_used_at(),
                expires_at: device.lifetime.at_most(policy.device_secs()).expires_at(),
            })
            .collect();
        devices.sort_by_key(|device| core::cmp::Reverse(device.last_used_at));
        devices
    }

    /// Revokes the trust in the requesting device.
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

    /// Revokes every device, permission, challenge and enrollment. The factors stay enrolled.
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

    /// Revokes all trust and permissions based on the earlier password.
    ///
    /// They are the trust in every device, and every permission, challenge, enrollment and partial
    /// proof.
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

    /// Removes a device, and returns whether it was trusted.
    pub(in crate::subject) fn remove_device(&mut self, device: &ItemId) -> bool {
        let is_it = |known: &Device| *known.id == *device.as_bytes();
        let found = self.state.devices.iter().position(is_it);
        if let Some(place) = found {
            self.end_device(place, Event::DeviceRemoved);
        }
        found.is_some()
    }

    fn end_device(&mut self, place: usize, event: Event) {
        let now = self.now();
        let had_usable = self.state.has_usable_device(now);
        self.state.devices.remove(place);
        if had_usable && !self.state.has_usable_device(now) {
            // The quarantine begins now, because without a trusted device the next one would not
            // count as new.
            self.state.begin_quarantine(now);
        }
        // A thief may have approved a request on the device, which must not sign in.
        sign_in_request::remove(&mut self.state.sign_in_requests);
        self.report(event);
    }
}

/// Sign-in requests.
impl Subject<'_> {
    /// Sends a sign-in request to the trusted devices, in place of an earlier one.
    ///
    /// Deliver the messages of the outcome after the commit.
    ///
    /// # Errors
    ///
    /// Returns a [`Denial`] that needs no write if the policy does not allow requests for
    /// `purpose`, if a report blocks the client, or if requests are locked. If no device can
    /// answer, or too many requests had no success, the refusal is the outcome of the transition.
    pub fn request_sign_in(
        mut self,
        purpose: Operation,
        from: &RequestedFrom,
        sender: &Sender,
    ) -> Decision<Outgoing<SignInRequest>> {
        self.check_allowed(FactorKind::SignInRequest, purpose)?;
        self.check_can_begin(FactorKind::SignInRequest, purpose)?;
        self.check_client_not_blocked()?;
        let now = self.now();
        match request_state(&self) {
            None => return self.refuse(Reason::NotEnrolled),
            Some(LockState::Disabled) => return self.refuse(Reason::Disabled),
            Some(state) => state.check_unlocked()?,
        }
        let client = self.context.client;
        let first_factor = self.first_factor_for(purpose);
        let asked_by = trusted_device(&self).map(|device| device.id);
        let new = NewRequest { purpose, client, from, asked_by, first_factor };
        let requests = &mut self.state.sign_in_requests;
        let begun = sign_in_request::begin(requests, &new, &mut self.moment);
        let Some((request, shown)) = begun else {
            self.report(Event::RequestsOff);
            return Ok(self.commit(Err(Denial::new(Reason::Disabled))));
        };
        self.report(Event::RequestCreated);
        let policy = self.policy();
        let can_answer =
            |device: &&Device| !device.is_expired(policy, now) && Some(device.id) != asked_by;
        let others = self.state.devices.iter().filter(can_answer);
        let addresses = others.filter_map(|device| device.push.as_ref());
        let mut outgoing = Outgoing::new(request);
        outgoing.messages = addresses.map(|to| push(&self, to, &shown, sender)).collect();
        Ok(self.commit(Ok(outgoing)))
    }

    /// Returns the pending request, if the presented device may answer it.
    #[must_use]
    pub fn pending_request(&self) -> Option<PendingRequest> {
        self.answerable().map(sign_in_request::pending)
    }

    /// Answers the pending request.
    ///
    /// # Errors
    ///
    /// Returns a [`Denial`] that needs no write if the input is not a two-digit number. Every other
    /// refusal is the outcome of the transition.
    pub fn answer_request(mut self, request: &Handle, answer: RequestAnswer<'_>) -> Decision<()> {
        let typed;
        let answer = if let RequestAnswer::Approve(number) = answer {
            typed = Typed::new(number).code();
            check_digits(typed.text(), 2..=2)?;
            RequestAnswer::Approve(typed.text())
        } else {
            answer
        };
        let found = self.answerable();
        if !found.is_some_and(|open| request.is(HandleKind::Request, &open.shown)) {
            return self.refuse(Reason::NotFound);
        }
        if let (RequestAnswer::NotMe, Some(open)) = (answer, found) {
            // The client must not continue to disturb the owner, as after a report of unrequested
            // codes.
            let (client, now) = (open.client, self.now());
            self.state.blocked_clients.block(client, now);
        }
        let Some(event) = sign_in_request::confirm(&mut self.state.sign_in_requests, answer) else {
            self.count_failure(Counter::SignInRequest, FactorKind::SignInRequest);
            let denial = self.incorrect(Counter::SignInRequest);
            return Ok(self.commit(Err(denial)));
        };
        self.report(event);
        Ok(self.commit(Ok(())))
    }

    /// Returns the request that the presented device may answer.
    fn answerable(&self) -> Option<&OpenRequest> {
        let device = trusted_device(self)?;
        let requests = &self.state.sign_in_requests;
        sign_in_request::answerable(requests, device, &self.context.client, self.now())
    }
}
