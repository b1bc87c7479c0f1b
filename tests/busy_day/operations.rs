//! Operations of users and attackers against the ledger.

use second_factor::{
    CodeRequest, Handle, Next, Proof, Reason, SignIn,
    host::Event,
    proof::{RequestAnswer, RequestedFrom},
    purpose::Operation,
    sign_in::Recognized,
};

use super::{
    factors::{App, Phone, Sent, Validity},
    service::{Asked, Ran, Service},
};
use crate::support::answer::Answer;

impl Service {
    pub async fn by_app(
        &self,
        who: usize,
        (purpose, client): (Operation, u64),
        typed: &str,
    ) -> Asked<Answer> {
        let mark = || self.users[who].borrow().app.as_ref().map(App::mark);
        let before = mark();
        let asked = self.prove(who, (purpose, client), Proof::totp(typed)).await;
        // An app that was replaced meanwhile is no longer in the ledger, and the one in its place may
        // have been compared.
        let is_replaced = before != mark();
        let mut user = self.users[who].borrow_mut();
        // The answer of a replacement comes after its commit, and may come after this one.
        let may_be_replaced =
            user.is_replacing && matches!(asked.ran, Ran::Denied(Reason::Incorrect));
        let is_replaced = is_replaced || may_be_replaced;
        if is_replaced {
            user.app = user.app.take().map(|app| app.after_attempts(1));
        }
        user.while_busy += u32::from(user.is_busy);
        if !user.is_unsure && !is_replaced {
            let app = user.app.as_mut().expect("every user has an app or is unsure");
            app.answered(typed, &asked);
            user.proved(&asked.ran);
        }
        asked
    }

    pub async fn by_backup_code(&self, who: usize, typed: &str) -> Asked<Answer> {
        let client = self.executor.below(u64::MAX);
        let asked = self.prove(who, (Operation::SignIn, client), Proof::backup_code(typed)).await;
        let mut user = self.users[who].borrow_mut();
        if !user.is_unsure {
            if let Some(backup) = &mut user.backup {
                backup.answered(typed, &asked);
            }
            user.proved(&asked.ran);
        }
        asked
    }

    pub async fn by_pin(
        &self,
        who: usize,
        client: u64,
        due: &Handle,
        typed: &str,
    ) -> Asked<Answer> {
        let asked = self.prove(who, (Operation::SignIn, client), Proof::pin(due, typed)).await;
        let mut user = self.users[who].borrow_mut();
        if !user.is_unsure {
            if let Some(pin) = &mut user.pin {
                pin.answered(typed, &asked);
            }
        }
        asked
    }

    /// Has a code sent to a proven number. Returns its serial number.
    pub async fn send(
        &self,
        who: usize,
        purpose: Operation,
        client: u64,
    ) -> Result<u64, Asked<()>> {
        let (id, number) = {
            let mut user = self.users[who].borrow_mut();
            user.sending += 1;
            (user.id.clone(), user.number.clone())
        };
        let worker = self.worker();
        let verifier = worker.for_client(client);
        let asked = self
            .ask(worker, verifier.send_code(&id, CodeRequest::to_address(&number).purpose(purpose)))
            .await;
        let came = self.read(&number, true);
        self.note(&format!("send: {}", asked.ran.label()));
        let mut user = self.users[who].borrow_mut();
        user.sending -= 1;
        let is_unsure = user.is_unsure;
        let Some(phone) = user.phone.as_mut().filter(|_| !is_unsure) else {
            return Err(asked.without());
        };
        let Ran::Answered(challenge) = &asked.ran else {
            assert!(came.is_none(), "a code was sent and an error returned");
            match &asked.ran {
                Ran::Denied(Reason::Locked) => {
                    phone.count.refused_by_lock(asked.moment.expect("the record was loaded"));
                }
                Ran::Lost | Ran::Busy => phone.may_be_replaced(purpose),
                _ => {}
            }
            return Err(asked.without());
        };
        let now = asked.moment.expect("the record was loaded");
        let code = came.expect("the number is proven, so a code is received");
        let made = asked.wrote.expect("the code is stored");
        let is = phone.replace(purpose, made);
        let serial = self.serial();
        phone.sent.retain(|sent| now < sent.begun + 3600);
        phone.sent.push(Sent {
            serial,
            handle: *challenge.handle(),
            purpose,
            client,
            codes: vec![code],
            begun: now,
            last: now,
            made,
            is,
        });
        Ok(serial)
    }

    pub async fn resend(&self, who: usize, serial: u64, client: u64) {
        let Some((handle, _)) = self.sent(who, serial) else { return };
        let (id, number) = {
            let user = self.users[who].borrow();
            (user.id.clone(), user.number.clone())
        };
        let worker = self.worker();
        let verifier = worker.for_client(client);
        let asked = self.ask(worker, verifier.send_code(&id, CodeRequest::again(handle))).await;
        let came = self.read(&number, true);
        self.note(&format!("send again: {}", asked.ran.label()));
        let mut user = self.users[who].borrow_mut();
        let Some(phone) = &mut user.phone else { return };
        let Some(sent) = phone.sent.iter_mut().find(|sent| sent.serial == serial) else { return };
        match (&asked.ran, came) {
            (Ran::Answered(_), Some(code)) => {
                assert!(!sent.is_void(&asked), "I10: a code for a void challenge");
                assert!(sent.client == client, "a code of another client was resent");
                sent.codes.push(code);
                sent.last = asked.moment.expect("the record was loaded");
            }
            (Ran::Answered(_), None) => {
                assert!(
                    sent.is != Validity::Valid || sent.client != client,
                    "no code was received"
                );
            }
            (Ran::Lost | Ran::Busy, None) => {
                sent.may_be_void();
            }
            (_, came) => assert!(came.is_none(), "a code was sent and an error returned"),
        }
    }

    /// The handle of a challenge, and its newest code.
    pub fn sent(&self, who: usize, serial: u64) -> Option<(Handle, String)> {
        let user = self.users[who].borrow();
        let sent = user.phone.as_ref()?.sent.iter().find(|sent| sent.serial == serial)?;
        Some((sent.handle, sent.codes.last()?.clone()))
    }

    pub async fn by_code(
        &self,
        who: usize,
        serial: u64,
        (typed, purpose, client): (&str, Operation, u64),
    ) -> Option<Asked<Answer>> {
        let (handle, _) = self.sent(who, serial)?;
        let asked = self.prove(who, (purpose, client), Proof::sent_code(handle, typed)).await;
        let mut user = self.users[who].borrow_mut();
        if !user.is_unsure {
            let may_be_lost = user.may_lose_codes();
            if let Some(phone) = &mut user.phone {
                phone.answered(serial, (typed, purpose, client), may_be_lost, &asked);
            }
            user.proved(&asked.ran);
        }
        Some(asked)
    }

    /// Presents a token of a device, after the password.
    pub async fn recognize(&self, who: usize, token: &str) -> Asked<Shown> {
        let (worker, id) = (self.worker(), self.id(who));
        let verifier = worker.for_device(token);
        let _ = self.log.take();
        let asked = self.ask(worker, verifier.next(&id)).await.map(Shown::of);
        let is_stolen = self.log.take().contains(&Event::DeviceStolen);
        self.note(match &asked.ran {
            Ran::Answered(Shown::Recognized(_)) => "device: yes",
            Ran::Answered(Shown::Invalid) if is_stolen => "device: stolen",
            Ran::Answered(Shown::Invalid) => "device: invalid",
            Ran::Answered(Shown::Other) => "device: of another subject",
            _ => "device: no answer",
        });
        let mut user = self.users[who].borrow_mut();
        if !user.is_unsure {
            user.devices.iter_mut().for_each(|device| device.answered(token, &asked));
            user.remove_invalid_devices();
            // A theft ends what was begun. Its event may be reported with another operation.
            if matches!(asked.ran, Ran::Answered(Shown::Invalid) | Ran::Lost | Ran::Busy) {
                user.phone.iter_mut().for_each(Phone::may_be_void);
                user.requests.answered();
            }
        }
        asked
    }

    /// Signs in on a new device by typing its number, or an incorrect one, on a trusted device.
    pub async fn by_request(&self, who: usize, is_correct: bool) -> Option<Asked<Answer>> {
        let token = self.users[who].borrow().devices.first().map(|d| d.newest().to_owned())?;
        let (handle, number, at) = self.request(who).await?;
        let shown = self.recognize(who, &token).await.ran;
        let Ran::Answered(Shown::Recognized(device)) = shown else { return None };
        let token = device.successor().map_or(token, |next| next.expose().to_owned());
        let (worker, id) = (self.worker(), self.id(who));
        let verifier = worker.for_device(&token);
        let pending = self.ask(worker, verifier.pending_request(&id)).await.ran;
        let Ran::Answered(Some(pending)) = pending else { return None };
        let typed = if is_correct { number } else { crate::support::not(&number) };
        let answer = RequestAnswer::Approve(&typed);
        let worker = self.worker();
        let verifier = worker.for_device(&token);
        let operation = verifier.answer_request(&id, &pending, answer);
        let answered = self.ask(worker, operation).await.ran;
        assert!(is_correct || !answered.is_success(), "an incorrect number approved");
        self.users[who].borrow_mut().requests.answered();
        let is_approved = is_correct && matches!(answered, Ran::Answered(()) | Ran::Lost);
        let client = 0;
        let asked =
            self.prove(who, (Operation::SignIn, client), Proof::sign_in_request(handle)).await;
        if asked.ran.is_success() {
            assert!(is_approved, "I5: the request was not approved");
            assert!(
                asked.moment.expect("the record was loaded") < at + 60,
                "I6: the request had expired"
            );
        }
        Some(asked)
    }

    /// Creates a sign-in request. Returns its handle, its number and its time.
    pub async fn request(&self, who: usize) -> Option<(Handle, String, u64)> {
        let (worker, id) = (self.worker(), self.id(who));
        let (from, verifier) = (RequestedFrom::new("Firefox", "Lisbon"), worker.for_client(0));
        let asked = self.ask(worker, verifier.request_sign_in(&id, Operation::SignIn, &from)).await;
        self.note(&format!("request: {}", asked.ran.label()));
        let Ran::Answered(request) = asked.ran else { return None };
        let now = asked.moment.expect("the record was loaded");
        let mut user = self.users[who].borrow_mut();
        if !user.is_unsure {
            user.requests.put(now);
        }
        Some((*request.handle(), request.number().expose().to_owned(), now))
    }
}

/// The answer to the token of a device.
#[derive(Debug)]
pub enum Shown {
    /// The browser is to delete the token.
    Invalid,
    /// Nothing says that the token is invalid.
    Other,
    Recognized(Recognized),
}

impl Shown {
    fn of(next: Next) -> Self {
        match next {
            Next::Done(SignIn::Recognized(recognized)) => Self::Recognized(recognized),
            Next::Prove(offers) if offers.has_invalid_device_token() => Self::Invalid,
            _ => Self::Other,
        }
    }
}

impl Asked<Shown> {
    pub const fn is_recognized(&self) -> bool {
        matches!(self.ran, Ran::Answered(Shown::Recognized(_)))
    }
}
