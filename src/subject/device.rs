//! Known and trusted devices, and sign-in requests.

mod add;
pub(crate) mod list;
mod requests;
#[cfg(test)]
mod tests;

use alloc::vec::Vec;

use self::list::KnownDevice;
use super::{
    decision::{
        presented_device::{NextToken, PresentedDevice, TokenUse, known_device, trusted_device},
        subject::Subject,
        transition::{Decision, Recognition, Transition},
    },
    factor::sign_in_request::{
        self,
        request::{PendingRequest, RequestAnswer, RequestedFrom, SignInRequest},
    },
    manage::{authority::Authority, permissions::check_authority, support},
    outgoing::Outgoing,
    record::{
        device::{Device, StoredToken, Trust},
        fields::Id,
        lane::Lane,
    },
};
use crate::{
    denial::{Denial, Reason},
    event::Event,
    first_factor::FirstFactor,
    id::{Handle, ItemId},
    message::Sender,
    policy::SignInByRead,
    purpose::Operation,
    sign_in::{DeviceToken, Next, Recognized, verified::Proven},
};

/// Devices.
impl Subject<'_> {
    /// Makes the client of a success a known device.
    ///
    /// Also trusts the device if the attempt asks for it and its proof permits it. Returns the
    /// token, unless the device is unchanged.
    pub(in crate::subject) fn add_device(&mut self, proven: &Proven) -> Option<DeviceToken> {
        add::add(self, proven)
    }

    /// Returns what is required after a correct first factor.
    ///
    /// Recognizes the device that the client presents, and rotates its token if that is due. Under
    /// [`SignInByRead::Confirm`], a sign-in is the outcome of a write even if nothing changed.
    ///
    /// A passkey that verified its user needs no further factor, but its acceptance needs a write:
    /// see [`accept_passkey`](Self::accept_passkey).
    ///
    /// # Errors
    ///
    /// - [`Reason::Absent`]: there is no record, but the policy requires one.
    /// - [`Reason::Expired`]: an administrator's reset expired before a factor was enrolled.
    /// - [`Reason::NotEnrolled`]: the sign-in has no first factor, and no factor is enrolled.
    /// - The errors of [`offers`](Self::offers). [`Denial::recovery`] lists the factors for a
    ///   recovery.
    pub fn recognize(mut self) -> Result<Recognition, Denial> {
        let next = self.next();
        // A policy that was narrowed to kinds of factors accepts no device in their place.
        let accepts_device =
            self.policy().accepts_devices() && !matches!(next, Ok(Next::Done(_) | Next::Enroll(_)));
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
                    return next.map(|next| self.unchanged(next));
                }
                self.commit(next)
            }
            // It stays known, since a known device opens nothing.
            PresentedDevice::Ended { place } if accepts_device => {
                self.end_trust(place, Event::DeviceRemoved);
                self.commit(next)
            }
            PresentedDevice::Known | PresentedDevice::Missing => {
                return next.map(|next| self.unchanged(next));
            }
            PresentedDevice::Superseded { place } if accepts_device => {
                // FAILURES 82: a superseded token was used again, so there are two copies of it.
                let now = self.now();
                self.state.begin_quarantine(now);
                self.end_device(place, Event::DeviceStolen);
                self.state.change_epoch(&mut self.moment);
                self.commit(next.map(Next::with_invalid_token))
            }
            PresentedDevice::Invalid if accepts_device => {
                self.decoy(next.map(Next::with_invalid_token))
            }
            _ => match next {
                // A decoy cannot commit, so it confirms nothing.
                Ok(next) if self.needs_confirmation(&next) => self.commit(Ok(next)),
                next => self.decoy(next),
            },
        };
        Ok(Recognition::Changed(changed))
    }

    /// Returns `next` without a change, or with a write that the policy requires.
    fn unchanged(self, next: Next) -> Recognition {
        if self.needs_confirmation(&next) {
            Recognition::Changed(self.commit(Ok(next)))
        } else {
            Recognition::Unchanged(next)
        }
    }

    /// Returns whether `next` can open a session, but only after a write that proves the record
    /// current.
    fn needs_confirmation(&self, next: &Next) -> bool {
        self.policy().sign_in_by_read() == SignInByRead::Confirm && next.can_open_a_session()
    }

    /// Records the visit of a trusted device, and returns whether the state changed.
    ///
    /// FAILURES 110: a visit restarts the week of a PIN reset, even if it opens no session.
    fn note_visit(&mut self, place: usize) -> bool {
        let now = self.now();
        let trust = self.state.devices.get(place).and_then(|device| device.trust.as_ref());
        let began_at = trust.map(Trust::began_at);
        let pin = self.state.factors.pin.as_mut().zip(began_at);
        pin.is_some_and(|(pin, began_at)| pin.postpone_reset(began_at, now))
    }

    fn recognize_at(mut self, place: usize, token: TokenUse) -> Result<Recognition, Denial> {
        let now = self.now();
        let device = self.state.devices.get_mut(place);
        let Some(Device { id, label, rotation, last_used_at, trust: Some(trust), .. }) = device
        else {
            return self.refuse(Reason::NotFound).map(Recognition::Changed);
        };
        let (rotates, successor) = match token {
            TokenUse::Late | TokenUse::Current => (false, None),
            TokenUse::FirstUse { hash, generation } => {
                trust.current = StoredToken::new(hash, now, generation);
                *rotation = rotation.saturating_add(1);
                trust.successor = None;
                (true, None)
            }
            TokenUse::Successor { again, next: NextToken { hash, generation, text } } => {
                if !again {
                    trust.successor = Some(StoredToken::new(hash, now, generation));
                }
                (!again, Some(text))
            }
        };
        if rotates {
            *last_used_at = now.as_secs();
        }
        let (id, label, created_at) = (ItemId::new(**id), label.clone(), trust.began_at());
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
            return Ok(self.unchanged(next));
        }
        Ok(Recognition::Changed(self.commit(Ok(next))))
    }

    /// Returns the known devices, most recently used first.
    #[must_use]
    pub fn devices(&self) -> Vec<KnownDevice> {
        let (policy, now) = (self.policy(), self.now());
        let presented = known_device(self).map(|device| device.id);
        let known = self.state.devices.iter().filter(|device| !device.is_expired(now));
        let mut devices: Vec<KnownDevice> = known
            .map(|device| KnownDevice::new(device, policy, now, presented == Some(device.id)))
            .collect();
        devices.sort_by_key(|device| core::cmp::Reverse(device.last_used_at));
        devices
    }

    /// Forgets the device that makes the request, and ends the trust in it.
    ///
    /// # Errors
    ///
    /// Returns no error before the write: every refusal is the outcome of the transition.
    pub fn sign_out_device(mut self) -> Decision<()> {
        let device = known_device(&self).map(|device| ItemId::new(*device.id));
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
    pub fn sign_out_everywhere(mut self, authority: &Authority) -> Decision<u64> {
        check_authority(&self, authority)?;
        let now = self.now();
        self.state.begin_quarantine_with_trusted_device(now);
        self.state.end_devices(&mut self.moment);
        self.report(Event::SignedOutEverywhere);
        let epoch = self.state.epoch;
        Ok(self.commit(Ok(epoch)))
    }

    /// Ends everything that was begun with the earlier password.
    ///
    /// The trust in every device ends, and so does every permission, challenge, enrollment and
    /// partial proof. Devices stay known. The outcome is the new epoch.
    ///
    /// Each locked or disabled factor accepts ten more attempts. A further change of the password
    /// adds no attempts until the factor next succeeds after a first factor. An attacker who has
    /// only the earlier password can no longer attempt this factor.
    pub fn password_changed(mut self) -> Transition<u64> {
        if self.context.version.is_none() {
            return self.decoy(Ok(0));
        }
        // An attacker may have changed it, and no device is left that could confirm a first PIN.
        let now = self.now();
        self.state.begin_quarantine_with_trusted_device(now);
        let trusted = self.state.devices.iter().filter(|device| device.trust.is_some());
        self.effects.events.extend(trusted.map(|_| Event::DeviceRemoved));
        support::renew(&mut self);
        self.state.compromise = None;
        // What was proven or begun with the earlier password must not count.
        self.state.advance_epoch(&mut self.moment);
        if self.state.epoch == 0 {
            // No epoch ends a ceremony that is to enroll a first key.
            self.state.ceremonies.end_until(now);
        }
        let epoch = self.state.epoch;
        self.commit(Ok(epoch))
    }

    /// Cancels a PIN reset, from a device that was trusted before the request.
    ///
    /// # Errors
    ///
    /// Returns no error before the write: every refusal is the outcome of the transition.
    pub fn cancel_pin_reset(mut self) -> Decision<()> {
        let now = self.now();
        let trust = trusted_device(&self).and_then(|device| device.trust.as_ref());
        let began_at = trust.map(Trust::began_at);
        let pin = self.state.factors.pin.as_mut().zip(began_at);
        if !pin.is_some_and(|(pin, began_at)| pin.cancel_reset(began_at, now)) {
            return self.refuse(Reason::NotFound);
        }
        self.report(Event::PinResetCancelled);
        Ok(self.commit(Ok(())))
    }

    /// Removes a device, and returns whether it was known.
    pub(in crate::subject) fn remove_device(&mut self, device: &ItemId) -> bool {
        let is_it = |known: &Device| *known.id == *device.as_bytes();
        let found = self.state.devices.iter().position(is_it);
        if let Some(place) = found {
            self.end_device(place, Event::DeviceRemoved);
        }
        found.is_some()
    }

    /// Forgets a device after too many failures at it.
    pub(in crate::subject) fn forget_device(&mut self, id: &Id) {
        if let Some(place) = self.state.devices.iter().position(|device| device.id == *id) {
            self.end_device(place, Event::DeviceForgotten);
        }
    }

    fn end_device(&mut self, place: usize, event: Event) {
        self.end_trust(place, event);
        self.remove_at(place);
    }

    /// Ends the trust in a device. It stays known.
    fn end_trust(&mut self, place: usize, event: Event) {
        let now = self.now();
        let had_usable = self.state.has_usable_device(now);
        let trust = self.state.devices.get_mut(place).and_then(|device| device.trust.take());
        if had_usable && !self.state.has_usable_device(now) {
            // The quarantine begins now, because without a trusted device the next one would not
            // count as new.
            self.state.begin_quarantine(now);
        }
        if trust.is_some() {
            // A thief may have approved a request on it, which must not sign in.
            sign_in_request::remove(&mut self.state.sign_in_requests);
        }
        self.report(event);
    }

    /// Removes the device at this place, and everything that was begun in its lane.
    fn remove_at(&mut self, place: usize) {
        let lane = Lane::Known(self.state.devices.remove(place).id);
        self.state.challenges.retain(|open| open.lane != lane);
        self.state.registration.open.retain(|open| open.lane != lane);
        self.state.leases.retain(|lease| lease.lane != lane);
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
    /// `purpose`. Also returns one if a report blocks the client, or if requests are locked. If no
    /// device can answer, or too many requests had no success, the refusal is the outcome of the
    /// transition.
    pub fn request_sign_in(
        self,
        purpose: Operation,
        from: &RequestedFrom,
        sender: &Sender,
    ) -> Decision<Outgoing<SignInRequest>> {
        requests::begin(self, purpose, from, sender)
    }

    /// Returns the pending request, if the presented device may answer it.
    #[must_use]
    pub fn pending_request(&self) -> Option<PendingRequest> {
        requests::answerable(self).map(sign_in_request::pending)
    }

    /// Answers the pending request.
    ///
    /// # Errors
    ///
    /// Returns a [`Denial`] that needs no write if the input is not a two-digit number. Every other
    /// refusal is the outcome of the transition.
    pub fn answer_request(self, request: &Handle, answer: RequestAnswer<'_>) -> Decision<()> {
        requests::answer(self, request, answer)
    }
}
