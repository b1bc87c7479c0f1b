//! Devices and sign-in requests.

use second_factor::{
    Client, DeviceToken, FactorKind, NewDevice, Next, Proof, Reason, SignIn, Verifier, host::Event,
    proof::RequestAnswer, proof::RequestedFrom, purpose::Operation,
};

use super::{
    Model, Ran, Request, answer_of, first_factor::Facts, first_factor::First, first_factor::Way,
    not,
};
use crate::answer::Answer;

impl Model {
    /// The verifier for the device that presents this token.
    pub(super) fn on(&self, token: &str) -> Verifier {
        let client = Client::new("the binding of a device").unwrap();
        self.verifier.for_client(client.device(&DeviceToken::from_text(token)))
    }

    /// The proof, with the device to trust if the user asked for that.
    pub(super) fn trusting(&self, who: usize, proof: Proof) -> Proof {
        if self.people[who].trusts { proof.trusting(NewDevice::new("x")) } else { proof }
    }

    /// A sign-in trusted its device if the user asked for that.
    pub(super) fn trusted(&mut self, who: usize, answer: &Answer) {
        let Answer::Verified(verified) = answer else { return };
        let person = &mut self.people[who];
        let token = verified.device_token().map(|token| token.expose().to_owned());
        // Otherwise the token names a device that is known, which opens nothing.
        if core::mem::take(&mut person.trusts) {
            let token = token.clone().expect("a sign-in trusts its device");
            person.devices.push(vec![token]);
        }
        // A trusted device is known too.
        if let Some(token) = token {
            person.known = Some((token, 0));
        }
    }

    pub(super) fn recognize(&mut self, who: usize, which: usize, of: usize) {
        let tokens: Vec<(usize, String)> = self.people[of]
            .devices
            .iter()
            .enumerate()
            .flat_map(|(device, chain)| chain.iter().map(move |token| (device, token.clone())))
            .collect();
        let Some((device, shown)) = tokens.get(which % tokens.len().max(1)).cloned() else {
            return;
        };
        let _ = self.log.take();
        let ran = self.ran(self.on(&shown).next(&self.ids[who]));
        if self.log.take().contains(&Event::DeviceStolen) || matches!(ran, Ran::Lost) {
            // An earlier token was presented too late. This advances the epoch.
            self.forget_proofs(who);
            return;
        }
        match ran {
            Ran::Answered(Next::Done(SignIn::Recognized(recognized))) => {
                assert_eq!(who, of, "a device of another subject");
                assert!(
                    !self.first.is_enough() && self.first != First::Nothing,
                    "{:?}",
                    self.first
                );
                assert_eq!(recognized.first_factor(), &self.value_of(self.first));
                let chain = &mut self.people[who].devices[device];
                let place = chain.iter().position(|other| *other == shown).unwrap();
                assert!(place + 2 >= chain.len(), "a token older than the previous one");
                let next = recognized.successor().map(|next| next.expose().to_owned());
                let known = chain.get(place + 1).cloned();
                if known.is_some() {
                    assert!(next.is_none() || next == known, "another successor");
                } else {
                    // The newest was used, which invalidates those before the previous one.
                    let void: Vec<String> = chain.drain(..place.saturating_sub(1)).collect();
                    chain.extend(next.clone());
                    self.people[who].void_tokens.extend(void);
                }
                self.people[who].device = Some(next.unwrap_or(shown));
                self.note("device");
            }
            // The token of another user of the browser must not be deleted.
            Ran::Answered(Next::Prove(offers)) => {
                // A device that is no longer trusted stays known, and its token is of use.
                assert!(!offers.has_invalid_device_token() || who == of);
            }
            Ran::Answered(Next::Done(_) | Next::Enroll(_))
            | Ran::Denied(_)
            | Ran::Lost
            | Ran::PinDue(_) => {}
        }
    }

    pub(super) fn request(&mut self, who: usize) {
        let from = RequestedFrom::new("x", "y");
        let ran = self.ran(self.verifier.request_sign_in(&self.ids[who], Operation::SignIn, &from));
        if let Ran::Denied(reason) = ran {
            self.check_refused(who, Operation::SignIn, (self.first, Way::Request), reason);
        }
        self.people[who].request = match ran {
            Ran::Answered(request) => {
                self.check_followed(who, Operation::SignIn, self.first, Way::Request);
                let (handle, number) = (*request.handle(), request.number().expose().to_owned());
                let (at, first, client) = (self.now(), self.first, self.client);
                Some(Request { handle, number, at, is_approved: false, first, client })
            }
            _ => None,
        };
    }

    pub(super) fn approve(&mut self, who: usize, guess: bool) {
        let newest = self.people[who].devices.first().map_or(0, Vec::len);
        self.recognize(who, newest.saturating_sub(1), who);
        let Some(device) = self.people[who].device.take() else { return };
        let Some(Request { number, .. }) = &self.people[who].request else { return };
        let number = number.clone();
        let phone = self.on(&device);
        if let Ran::Answered(Some(pending)) = self.ran(phone.pending_request(&self.ids[who])) {
            let typed = if guess { not(&number) } else { number.clone() };
            let answer = RequestAnswer::Approve(&typed);
            match self.ran(phone.answer_request(&self.ids[who], &pending, answer)) {
                Ran::Answered(()) => {
                    assert!(!guess, "an incorrect number approved");
                    self.approved(who);
                }
                Ran::Denied(Reason::Incorrect) => self.people[who].request = None,
                // It may be approved.
                Ran::Lost => self.approved(who),
                Ran::Denied(_) | Ran::PinDue(_) => {}
            }
        }
        self.people[who].device = Some(device);
    }

    pub(super) fn approved(&mut self, who: usize) {
        if let Some(request) = &mut self.people[who].request {
            request.is_approved = true;
        }
    }

    pub(super) fn take_request(&mut self, who: usize) {
        let Some(request) = &self.people[who].request else { return };
        let Request { handle, at, is_approved, first, client, .. } = *request;
        let proof = Proof::sign_in_request(handle).trusting(NewDevice::new("x"));
        let ran = answer_of(self.ran(self.verifier.verify(&self.ids[who], proof)));
        let facts = Facts { first, way: Way::Request, has_pin: false };
        self.check_outcome(who, Operation::SignIn, facts, &ran);
        if matches!(ran, Ran::Answered(_) | Ran::PinDue(_)) {
            assert!(is_approved, "it was not approved");
            assert_eq!(client, self.client, "it was of another client");
            assert!(self.now() < at + 60 || self.now() < at, "it had expired");
            self.people[who].request = None;
        }
        if let Ran::Answered(Answer::Verified(verified)) = ran {
            // It does not authorize management, so it is not stored as such a proof.
            assert_eq!(verified.factors(), [FactorKind::SignInRequest]);
            self.note("request");
        }
    }
}
