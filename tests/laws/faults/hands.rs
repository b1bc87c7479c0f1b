//! Preparation of the inputs of each operation, without faults.

use super::{
    deed::Deed,
    doing::firefox,
    person::{Hands, Person, agreement, secret, shows},
};
use crate::support::{
    App, mail, not,
    slow::{DAY, PIN, WRONG_CODE, WRONG_PIN},
};
use second_factor::{
    Address, Error, Handle, Proof, Purpose,
    subject::{Challenge, DeviceToken, HotpToken, NewDevice, RequestAnswer, SignInRequest},
    verdict::Recognized,
};

impl Person {
    /// Prepares the inputs of `deed` as soon as possible.
    pub async fn prepare(&mut self, deed: Deed) {
        // A lock, a cooldown and two budgets may follow each other.
        for _ in 0..6 {
            match self.try_prepare(deed).await {
                Ok(()) => return,
                Err(error) => {
                    let time = error.retry_at().unwrap_or_else(|| panic!("{deed:?}: {error:?}"));
                    self.world.clock.set(time.as_secs());
                }
            }
        }
        panic!("{deed:?}: the preparation is refused after six waits")
    }

    /// As [`prepare`](Self::prepare), without waiting.
    pub async fn try_prepare(&mut self, deed: Deed) -> Result<(), Error> {
        self.hands = self.take(deed).await?;
        let _ = (self.world.log.take(), self.world.codes());
        Ok(())
    }

    async fn take(&mut self, deed: Deed) -> Result<Hands, Error> {
        match deed {
            Deed::AfterRestore
            | Deed::Create
            | Deed::Devices
            | Deed::EnrollFirst
            | Deed::Next
            | Deed::Reseal
            | Deed::RequestAgreement
            | Deed::RequestSignIn
            | Deed::Reset
            | Deed::SecurityKeys
            | Deed::SendRegistration
            | Deed::Status
            | Deed::BeginSecurityKey
            | Deed::Challenge
            | Deed::ChallengeByWhatsApp
            | Deed::ChallengeTransaction
            | Deed::ChangePassword => Ok(Hands::default()),
            Deed::Import => {
                self.keeps.apps = vec![secret().expose_base32().expose().to_owned()];
                Ok(Hands::default())
            }
            Deed::AllowWhatsApp
            | Deed::ChangePin
            | Deed::EnrollAddress
            | Deed::EnrollApp
            | Deed::EnrollSecurityKey
            | Deed::EnrollToken
            | Deed::ForbidWhatsApp
            | Deed::NewBackupCodes
            | Deed::RevokeApp
            | Deed::RevokePin
            | Deed::SetPin
            | Deed::SignOutEverywhere
            | Deed::TurnOff => self.take_right(Purpose::Manage).await,
            Deed::TrustDevice => self.take_right(Purpose::SignIn).await,
            Deed::ConfirmAddress
            | Deed::ConfirmApp
            | Deed::ConfirmFirst
            | Deed::ConfirmSecurityKey
            | Deed::ConfirmToken => self.take_enrollment(deed).await,
            Deed::Advance
            | Deed::BeginPinReset
            | Deed::CancelPinReset
            | Deed::PractisePin
            | Deed::ResetPin
            | Deed::VerifyPin => self.take_pin(deed).await,
            Deed::AnswerRequest
            | Deed::Pending
            | Deed::Recognize
            | Deed::RevokeDevice
            | Deed::SetPinWithDevice
            | Deed::SignOutDevice
            | Deed::VerifyRequest => self.take_device(deed).await,
            Deed::Agree
            | Deed::Ceremony
            | Deed::Recover
            | Deed::AdvanceCode
            | Deed::Register
            | Deed::ReportArrived
            | Deed::ReportLost
            | Deed::ReportUnrequested
            | Deed::Resend
            | Deed::ResendByWhatsApp
            | Deed::StepUp
            | Deed::VerifyApp
            | Deed::VerifyBackup
            | Deed::VerifyCode
            | Deed::VerifyKey
            | Deed::VerifyPair
            | Deed::VerifyToken => self.take_proof(deed).await,
        }
    }

    async fn take_right(&self, purpose: Purpose) -> Result<Hands, Error> {
        Ok(Hands { proof: Some(self.proof_for(purpose).await?), ..Hands::default() })
    }

    async fn take_enrollment(&mut self, deed: Deed) -> Result<Hands, Error> {
        let (verifier, alice) = (self.world.verifier.clone(), self.world.alice.clone());
        if deed == Deed::ConfirmFirst {
            let enrollment = verifier.enroll_totp(&alice, "alice").await?;
            self.keeps.apps = vec![enrollment.expose_secret().expose().to_owned()];
            return Ok(Hands::of(enrollment.handle()).typing(&self.code()));
        }
        let proof = self.proof_for(Purpose::Manage).await?;
        match deed {
            Deed::ConfirmAddress => {
                let sent = verifier.enroll_address(&proof, &self.other_number).await?;
                Ok(Hands::of(sent.handle()).typing(&self.world.read_code()))
            }
            Deed::ConfirmApp => {
                let enrollment = verifier.enroll_totp(&proof, "alice").await?;
                let text = enrollment.expose_secret().expose().to_owned();
                let code = App::scan(&text).code(&self.world.clock);
                self.keeps.apps.push(text);
                Ok(Hands::of(enrollment.handle()).typing(&code))
            }
            Deed::ConfirmToken => {
                let handle = verifier.enroll_hotp(&proof, &HotpToken::new(&secret())).await?;
                Ok(Hands::of(&handle).typing(&shows(0)))
            }
            _ => {
                let begun = verifier.enroll_security_key(&proof, b"").await?;
                Ok(Hands::of(begun.handle()))
            }
        }
    }

    async fn take_pin(&mut self, deed: Deed) -> Result<Hands, Error> {
        let (verifier, alice) = (self.world.verifier.clone(), self.world.alice.clone());
        if deed == Deed::PractisePin {
            return Ok(Hands::default().typing(PIN).or(WRONG_PIN));
        }
        self.world.clock.advance(30);
        let asked = self.world.try_app(&self.code()).await.expect_err("the PIN is due");
        let Some(due) = asked.pin_due().copied() else { return Err(asked) };
        self.world.clock.advance(30);
        let mut hands = Hands { due: Some(due), ..Hands::default() };
        match deed {
            Deed::Advance => {
                let _ = verifier.begin_pin_reset(&alice, &due).await?;
                self.world.clock.advance(4 * DAY);
            }
            Deed::CancelPinReset => {
                let _ = verifier.begin_pin_reset(&alice, &due).await?;
                hands.device = Some(self.device().await?);
            }
            Deed::ResetPin => {
                let sent = verifier.challenge(&alice, &mail(), Purpose::ResetPin).await?;
                hands.handle = Some(*sent.handle());
                hands = hands.typing(&self.world.read_code());
            }
            Deed::VerifyPin => hands = hands.typing(PIN).or(WRONG_PIN),
            _ => {}
        }
        Ok(hands)
    }

    async fn take_device(&mut self, deed: Deed) -> Result<Hands, Error> {
        let verifier = self.world.verifier.clone();
        let mut hands = match deed {
            Deed::Recognize => {
                return Ok(Hands::default().typing(&self.keeps.token).or(&self.keeps.old_token));
            }
            Deed::RevokeDevice | Deed::SetPinWithDevice => self.take_right(Purpose::SignIn).await?,
            _ => Hands::default(),
        };
        if deed == Deed::SetPinWithDevice {
            let proof = hands.proof.as_ref().expect("it was just prepared");
            let _ = verifier.trust_device(proof, &NewDevice::new("new")).await?;
        }
        if deed == Deed::VerifyRequest {
            let (device, request) = (self.device().await?, self.request().await?);
            let pending = verifier.pending_request(&device).await?.expect("a request is pending");
            let approve = RequestAnswer::Approve(request.number().expose());
            verifier.answer_request(&device, &pending, approve).await?;
            return Ok(Hands::of(request.handle()));
        }
        if matches!(deed, Deed::AnswerRequest | Deed::Pending) {
            let request = self.request().await?;
            hands = hands.typing(request.number().expose());
        }
        let device = self.device().await?;
        if deed == Deed::AnswerRequest {
            let pending = verifier.pending_request(&device).await?.expect("a request is pending");
            hands.handle = Some(*pending.handle());
        }
        hands.item = Some(*device.device());
        hands.device = Some(device);
        Ok(hands)
    }

    async fn take_proof(&mut self, deed: Deed) -> Result<Hands, Error> {
        let (verifier, alice) = (self.world.verifier.clone(), self.world.alice.clone());
        let number = self.world.number.clone();
        match deed {
            Deed::Agree => {
                let sent = verifier.challenge_transaction(&alice, &number, &agreement()).await?;
                Ok(self.read(&sent))
            }
            Deed::Recover => {
                self.world.clock.advance(30);
                let (purpose, code) = (Purpose::Recover, self.code());
                let asked = verifier.verify_for(&alice, purpose, Proof::totp(&code)).await;
                let asked = asked.expect_err("another factor is due");
                let Some(due) = asked.another_factor_due().copied() else { return Err(asked) };
                let hands = self.send(&number, purpose).await?;
                Ok(Hands { due: Some(due), ..hands })
            }
            Deed::Register => self.send(&number, Purpose::Register).await,
            Deed::ReportUnrequested | Deed::VerifyCode => self.send(&number, Purpose::SignIn).await,
            Deed::AdvanceCode => {
                let hands = self.send(&number, Purpose::SignIn).await?;
                self.world.clock.advance(60);
                Ok(hands)
            }
            Deed::ReportArrived | Deed::ReportLost => {
                let _ = verifier.challenge(&alice, &number, Purpose::SignIn).await?;
                let message = self.world.phone.take().expect("a code was received");
                Ok(Hands::default().typing(message.reference()))
            }
            Deed::Resend | Deed::ResendByWhatsApp => {
                let hands = self.send(&number, Purpose::SignIn).await?;
                self.world.clock.advance(30);
                Ok(hands)
            }
            Deed::Ceremony | Deed::VerifyKey => {
                let begun = verifier.begin_security_key(&alice, Purpose::SignIn, b"").await?;
                let item = begun.keys().first().map(|key| *key.id());
                Ok(Hands { item, ..Hands::of(begun.handle()) })
            }
            Deed::StepUp | Deed::VerifyApp => {
                self.world.clock.advance(30);
                Ok(Hands::default().typing(&self.code()))
            }
            Deed::VerifyBackup => {
                let code =
                    self.keeps.backup_codes.first().expect("backup codes were generated").clone();
                Ok(Hands::default().typing(&code).or(WRONG_CODE))
            }
            Deed::VerifyPair => {
                let mut hands = Hands::default().typing(&shows(20));
                (hands.right.1, hands.wrong.1) = (shows(21), not(&shows(21)));
                Ok(hands)
            }
            _ => Ok(Hands::default().typing(&shows(1))),
        }
    }

    async fn send(&self, to: &Address, purpose: Purpose) -> Result<Hands, Error> {
        let sent = self.world.verifier.challenge(&self.world.alice, to, purpose).await?;
        Ok(self.read(&sent))
    }

    fn read(&self, sent: &Challenge) -> Hands {
        Hands::of(sent.handle()).typing(&self.world.read_code())
    }

    async fn request(&self) -> Result<SignInRequest, Error> {
        let alice = &self.world.alice;
        self.world.verifier.request_sign_in(alice, Purpose::SignIn, &firefox()).await
    }

    /// Recognizes the older device.
    async fn device(&mut self) -> Result<Recognized, Error> {
        let token = DeviceToken::from_text(&self.keeps.token);
        let device = self.world.verifier.recognize(&self.world.alice, &token).await?;
        self.keeps.token = device.token().expose().to_owned();
        Ok(device)
    }
}

impl Hands {
    fn of(handle: &Handle) -> Self {
        Self { handle: Some(*handle), ..Self::default() }
    }

    fn typing(mut self, right: &str) -> Self {
        self.right.0 = right.into();
        self.or(&not(right))
    }

    fn or(mut self, wrong: &str) -> Self {
        self.wrong.0 = wrong.into();
        self
    }
}
