//! Preparation of the inputs of each operation, without faults.

use super::{
    calls::firefox,
    operation::Operation,
    user::{Inputs, User, agreement, secret, token_code},
};
use crate::support::{
    App, mail, not,
    slow::{DAY, PIN, WRONG_CODE, WRONG_PIN},
};
use second_factor::{
    Address, Challenge, DeviceToken, Error, Handle, HotpToken, NewDevice, Proof, Purpose,
    RequestAnswer, SignInRequest, verdict::Recognized,
};

impl User {
    /// Prepares the inputs of `operation` as soon as possible.
    pub async fn prepare(&mut self, operation: Operation) {
        // A lock, a cooldown and two budgets may follow each other.
        for _ in 0..6 {
            match self.try_prepare(operation).await {
                Ok(()) => return,
                Err(error) => {
                    let time =
                        error.retry_at().unwrap_or_else(|| panic!("{operation:?}: {error:?}"));
                    self.world.clock.set(time.as_secs());
                }
            }
        }
        panic!("{operation:?}: the preparation is refused after six waits")
    }

    /// As [`prepare`](Self::prepare), without waiting.
    pub async fn try_prepare(&mut self, operation: Operation) -> Result<(), Error> {
        self.inputs = self.prepare_inputs(operation).await?;
        let _ = (self.world.log.take(), self.world.codes());
        Ok(())
    }

    async fn prepare_inputs(&mut self, operation: Operation) -> Result<Inputs, Error> {
        match operation {
            Operation::AfterRestore
            | Operation::Create
            | Operation::Devices
            | Operation::EnrollFirst
            | Operation::IssueCode
            | Operation::Next
            | Operation::Reseal
            | Operation::RequestAgreement
            | Operation::RequestSignIn
            | Operation::Reset
            | Operation::SecurityKeys
            | Operation::SendRegistration
            | Operation::Status
            | Operation::BeginSecurityKey
            | Operation::Challenge
            | Operation::ChallengeByWhatsApp
            | Operation::ChallengeTransaction
            | Operation::ChangePassword => Ok(Inputs::default()),
            Operation::Import => {
                self.belongings.apps = vec![secret().expose_base32().expose().to_owned()];
                Ok(Inputs::default())
            }
            Operation::AllowWhatsApp
            | Operation::ChangePin
            | Operation::EnrollAddress
            | Operation::EnrollApp
            | Operation::EnrollSecurityKey
            | Operation::EnrollToken
            | Operation::ForbidWhatsApp
            | Operation::NewBackupCodes
            | Operation::RevokeApp
            | Operation::RevokePin
            | Operation::SetPin
            | Operation::SignOutEverywhere
            | Operation::TurnOff => self.prepare_authority(Purpose::Manage).await,
            Operation::Unlock => self.prepare_lock().await,
            Operation::TrustDevice => self.prepare_authority(Purpose::SignIn).await,
            Operation::ConfirmAddress
            | Operation::ConfirmApp
            | Operation::ConfirmFirst
            | Operation::ConfirmSecurityKey
            | Operation::ConfirmToken => self.prepare_enrollment(operation).await,
            Operation::Advance
            | Operation::BeginPinReset
            | Operation::CancelPinReset
            | Operation::RehearsePin
            | Operation::ResetPin
            | Operation::VerifyPin => self.prepare_pin(operation).await,
            Operation::AnswerRequest
            | Operation::Pending
            | Operation::Recognize
            | Operation::RevokeDevice
            | Operation::SetPinWithDevice
            | Operation::SignOutDevice
            | Operation::VerifyRequest => self.prepare_device(operation).await,
            Operation::Agree
            | Operation::Ceremony
            | Operation::Recover
            | Operation::RedeemCode
            | Operation::AdvanceCode
            | Operation::Register
            | Operation::ReportArrived
            | Operation::ReportLost
            | Operation::ReportUnrequested
            | Operation::Resend
            | Operation::ResendByWhatsApp
            | Operation::StepUp
            | Operation::VerifyApp
            | Operation::VerifyBackup
            | Operation::VerifyCode
            | Operation::VerifyKey
            | Operation::VerifyPair
            | Operation::VerifyToken => self.prepare_proof(operation).await,
        }
    }

    async fn prepare_authority(&self, purpose: Purpose) -> Result<Inputs, Error> {
        Ok(Inputs { proof: Some(self.proof_for(purpose).await?), ..Inputs::default() })
    }

    /// Fails with the app until it is locked.
    async fn prepare_lock(&self) -> Result<Inputs, Error> {
        loop {
            match self.world.try_app(&not(&self.code())).await {
                Err(Error::Denied(denial)) if denial.retry_at().is_some() => {
                    return Ok(Inputs::default());
                }
                Err(Error::Denied(_)) => {}
                Err(error) => return Err(error),
                Ok(_) => panic!("an incorrect code is accepted"),
            }
        }
    }

    async fn prepare_enrollment(&mut self, operation: Operation) -> Result<Inputs, Error> {
        let (verifier, alice) = (self.world.verifier.clone(), self.world.alice.clone());
        if operation == Operation::ConfirmFirst {
            let enrollment = verifier.enroll_totp(&alice, "alice").await?;
            self.belongings.apps = vec![enrollment.expose_secret().expose().to_owned()];
            return Ok(Inputs::of(enrollment.handle()).typing(&self.code()));
        }
        let proof = self.proof_for(Purpose::Manage).await?;
        match operation {
            Operation::ConfirmAddress => {
                let sent = verifier.enroll_address(&proof, &self.other_number).await?;
                Ok(Inputs::of(sent.handle()).typing(&self.world.read_code()))
            }
            Operation::ConfirmApp => {
                let enrollment = verifier.enroll_totp(&proof, "alice").await?;
                let text = enrollment.expose_secret().expose().to_owned();
                let code = App::scan(&text).code(&self.world.clock);
                self.belongings.apps.push(text);
                Ok(Inputs::of(enrollment.handle()).typing(&code))
            }
            Operation::ConfirmToken => {
                let handle = verifier.enroll_hotp(&proof, &HotpToken::new(&secret())).await?;
                Ok(Inputs::of(&handle).typing(&token_code(0)))
            }
            _ => {
                let begun = verifier.enroll_security_key(&proof, b"").await?;
                Ok(Inputs::of(begun.handle()))
            }
        }
    }

    async fn prepare_pin(&mut self, operation: Operation) -> Result<Inputs, Error> {
        let (verifier, alice) = (self.world.verifier.clone(), self.world.alice.clone());
        if operation == Operation::RehearsePin {
            return Ok(Inputs::default().typing(PIN).or(WRONG_PIN));
        }
        self.world.clock.advance(30);
        let asked = self.world.try_app(&self.code()).await.expect_err("the PIN is due");
        let Some(due) = asked.pin_due().copied() else { return Err(asked) };
        self.world.clock.advance(30);
        let mut inputs = Inputs { due: Some(due), ..Inputs::default() };
        match operation {
            Operation::Advance => {
                let _ = verifier.begin_pin_reset(&alice, &due).await?;
                self.world.clock.advance(4 * DAY);
            }
            Operation::CancelPinReset => {
                let _ = verifier.begin_pin_reset(&alice, &due).await?;
                inputs.device = Some(self.device().await?);
            }
            Operation::ResetPin => {
                let sent = verifier.challenge(&alice, &mail(), Purpose::ResetPin).await?;
                inputs.handle = Some(*sent.handle());
                inputs = inputs.typing(&self.world.read_code());
            }
            Operation::VerifyPin => inputs = inputs.typing(PIN).or(WRONG_PIN),
            _ => {}
        }
        Ok(inputs)
    }

    async fn prepare_device(&mut self, operation: Operation) -> Result<Inputs, Error> {
        let verifier = self.world.verifier.clone();
        let mut inputs = match operation {
            Operation::Recognize => {
                return Ok(Inputs::default()
                    .typing(&self.belongings.token)
                    .or(&self.belongings.old_token));
            }
            Operation::RevokeDevice | Operation::SetPinWithDevice => {
                self.prepare_authority(Purpose::SignIn).await?
            }
            _ => Inputs::default(),
        };
        if operation == Operation::SetPinWithDevice {
            let proof = inputs.proof.as_ref().expect("it was just prepared");
            let _ = verifier.trust_device(proof, &NewDevice::new("new")).await?;
        }
        if operation == Operation::VerifyRequest {
            let (device, request) = (self.device().await?, self.request().await?);
            let pending = verifier.pending_request(&device).await?.expect("a request is pending");
            let approve = RequestAnswer::Approve(request.number().expose());
            verifier.answer_request(&device, &pending, approve).await?;
            return Ok(Inputs::of(request.handle()));
        }
        if matches!(operation, Operation::AnswerRequest | Operation::Pending) {
            let request = self.request().await?;
            inputs = inputs.typing(request.number().expose());
        }
        let device = self.device().await?;
        if operation == Operation::AnswerRequest {
            let pending = verifier.pending_request(&device).await?.expect("a request is pending");
            inputs.handle = Some(*pending.handle());
        }
        inputs.item = Some(*device.device());
        inputs.device = Some(device);
        Ok(inputs)
    }

    async fn prepare_proof(&mut self, operation: Operation) -> Result<Inputs, Error> {
        let (verifier, alice) = (self.world.verifier.clone(), self.world.alice.clone());
        let number = self.world.number.clone();
        match operation {
            Operation::Agree => {
                let sent = verifier.challenge_transaction(&alice, &number, &agreement()).await?;
                Ok(self.read(&sent))
            }
            Operation::Recover => {
                self.world.clock.advance(30);
                let (purpose, code) = (Purpose::Recover, self.code());
                let asked = verifier.verify_for(&alice, purpose, Proof::totp(&code)).await;
                let asked = asked.expect_err("another factor is due");
                let Some(due) = asked.another_factor_due().copied() else { return Err(asked) };
                let inputs = self.send(&number, purpose).await?;
                Ok(Inputs { due: Some(due), ..inputs })
            }
            Operation::RedeemCode => {
                let day = core::time::Duration::from_secs(DAY);
                let code = verifier.support("Carol", "lost").issue_code(&alice, day).await?;
                Ok(Inputs::default().typing(code.expose()))
            }
            Operation::Register => self.send(&number, Purpose::Register).await,
            Operation::ReportUnrequested | Operation::VerifyCode => {
                self.send(&number, Purpose::SignIn).await
            }
            Operation::AdvanceCode => {
                let inputs = self.send(&number, Purpose::SignIn).await?;
                self.world.clock.advance(60);
                Ok(inputs)
            }
            Operation::ReportArrived | Operation::ReportLost => {
                let _ = verifier.challenge(&alice, &number, Purpose::SignIn).await?;
                let message = self.world.phone.take().expect("a code was received");
                Ok(Inputs::default().typing(message.reference()))
            }
            Operation::Resend | Operation::ResendByWhatsApp => {
                let inputs = self.send(&number, Purpose::SignIn).await?;
                self.world.clock.advance(30);
                Ok(inputs)
            }
            Operation::Ceremony | Operation::VerifyKey => {
                let begun = verifier.begin_security_key(&alice, Purpose::SignIn, b"").await?;
                let item = begun.keys().first().map(|key| *key.id());
                Ok(Inputs { item, ..Inputs::of(begun.handle()) })
            }
            Operation::StepUp | Operation::VerifyApp => {
                self.world.clock.advance(30);
                Ok(Inputs::default().typing(&self.code()))
            }
            Operation::VerifyBackup => {
                let code = self
                    .belongings
                    .backup_codes
                    .first()
                    .expect("backup codes were generated")
                    .clone();
                Ok(Inputs::default().typing(&code).or(WRONG_CODE))
            }
            Operation::VerifyPair => {
                let mut inputs = Inputs::default().typing(&token_code(20));
                (inputs.correct.1, inputs.incorrect.1) = (token_code(21), not(&token_code(21)));
                Ok(inputs)
            }
            _ => Ok(Inputs::default().typing(&token_code(1))),
        }
    }

    async fn send(&self, to: &Address, purpose: Purpose) -> Result<Inputs, Error> {
        let sent = self.world.verifier.challenge(&self.world.alice, to, purpose).await?;
        Ok(self.read(&sent))
    }

    fn read(&self, sent: &Challenge) -> Inputs {
        Inputs::of(sent.handle()).typing(&self.world.read_code())
    }

    async fn request(&self) -> Result<SignInRequest, Error> {
        let alice = &self.world.alice;
        self.world.verifier.request_sign_in(alice, Purpose::SignIn, &firefox()).await
    }

    /// Recognizes the older device.
    async fn device(&mut self) -> Result<Recognized, Error> {
        let token = DeviceToken::from_text(&self.belongings.token);
        let device = self.world.verifier.recognize(&self.world.alice, &token).await?;
        self.belongings.token = device.token().expose().to_owned();
        Ok(device)
    }
}

impl Inputs {
    fn of(handle: &Handle) -> Self {
        Self { handle: Some(*handle), ..Self::default() }
    }

    fn typing(mut self, right: &str) -> Self {
        self.correct.0 = right.into();
        self.or(&not(right))
    }

    fn or(mut self, wrong: &str) -> Self {
        self.incorrect.0 = wrong.into();
        self
    }
}
