//! Preparation of the inputs of each operation, without faults.

use super::{
    calls::firefox,
    operation::Act,
    user::{Inputs, User, agreement, secret, token_code},
};
use crate::support::answer::Prove as _;
use crate::support::{
    App,
    devices::{on, visit},
    item_of, mail, not,
    slow::{DAY, INCORRECT_PIN, PIN, near_code},
};
use second_factor::{
    Address, Challenge, CodeRequest, Error, FactorKind, Handle, Proof, Verifier,
    enrollment::HotpToken,
    proof::{RequestAnswer, SignInRequest},
    purpose::Operation,
};

impl User {
    /// Prepares the inputs of `operation` as soon as possible.
    pub async fn prepare(&mut self, operation: Act) {
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
    pub async fn try_prepare(&mut self, operation: Act) -> Result<(), Error> {
        self.inputs = self.prepare_inputs(operation).await?.into();
        let _ = (self.world.log.take(), self.world.codes());
        Ok(())
    }

    async fn prepare_inputs(&mut self, operation: Act) -> Result<Inputs, Error> {
        match operation {
            Act::AfterRestore
            | Act::ConfirmedNext
            | Act::Create
            | Act::EnrollFirst
            | Act::Epoch
            | Act::Export
            | Act::IsCurrent
            | Act::IssueCode
            | Act::Next
            | Act::Offers
            | Act::PersonalData
            | Act::Reseal
            | Act::RequestSignIn
            | Act::Reset
            | Act::SendRegistration
            | Act::Status
            | Act::UndoFirst
            | Act::BeginSecurityKey
            | Act::Challenge
            | Act::ChallengeByWhatsApp
            | Act::ChallengeTransaction
            | Act::ChangePassword => Ok(Inputs::default()),
            Act::DeliverPending => {
                self.prepare_pending_event().await;
                Ok(Inputs::default())
            }
            Act::Import => {
                self.belongings.apps = vec![secret().expose_base32().expose().to_owned()];
                Ok(Inputs::default())
            }
            Act::AllowWhatsApp | Act::ForbidWhatsApp => {
                self.prepare_removal(FactorKind::Phone).await
            }
            Act::Rename | Act::RevokeApp => self.prepare_removal(FactorKind::Totp).await,
            Act::RevokePin => self.prepare_removal(FactorKind::Pin).await,
            Act::ChallengeItem => {
                let item = Some(item_of(&self.world, FactorKind::Phone).await);
                Ok(Inputs { item, ..Inputs::default() })
            }
            Act::ChangePin
            | Act::CheckGrant
            | Act::EnrollAddress
            | Act::EnrollApp
            | Act::EnrollSecurityKey
            | Act::EnrollToken
            | Act::NewBackupCodes
            | Act::SetPin
            | Act::SignOutEverywhere
            | Act::TurnOff => self.prepare_authority(Operation::Manage).await,
            Act::Unlock => self.prepare_lock().await,
            Act::ConfirmAddress
            | Act::ConfirmApp
            | Act::ConfirmFirst
            | Act::ConfirmSecurityKey
            | Act::ConfirmToken => self.prepare_enrollment(operation).await,
            Act::Advance
            | Act::BeginPinReset
            | Act::CancelPinReset
            | Act::RehearsePin
            | Act::ResetPin
            | Act::VerifyPin => self.prepare_pin(operation).await,
            Act::AnswerRequest
            | Act::ConfirmedRecognize
            | Act::Pending
            | Act::Recognize
            | Act::RevokeDevice
            | Act::SetPinWithDevice
            | Act::SignOutDevice
            | Act::VerifyKnownApp
            | Act::VerifyRequest => self.prepare_device(operation).await,
            Act::Agree
            | Act::Ceremony
            | Act::Recover
            | Act::RedeemCode
            | Act::AdvanceCode
            | Act::Register
            | Act::ReportArrived
            | Act::ReportLost
            | Act::ReportUnrequested
            | Act::Resend
            | Act::ResendByWhatsApp
            | Act::StepUp
            | Act::TrustDevice
            | Act::VerifyApp
            | Act::VerifyBackup
            | Act::VerifyCode
            | Act::VerifyKey
            | Act::VerifyPair
            | Act::VerifyToken => self.prepare_proof(operation).await,
        }
    }

    async fn prepare_authority(&self, purpose: Operation) -> Result<Inputs, Error> {
        Ok(Inputs { proof: Some(self.proof_for(purpose).await?), ..Inputs::default() })
    }

    /// A permission, and the id of the factor that it is for.
    async fn prepare_removal(&self, kind: FactorKind) -> Result<Inputs, Error> {
        let item = Some(item_of(&self.world, kind).await);
        Ok(Inputs { item, ..self.prepare_authority(Operation::Manage).await? })
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

    async fn prepare_enrollment(&mut self, operation: Act) -> Result<Inputs, Error> {
        let (verifier, alice) = (self.world.verifier.clone(), self.world.alice.clone());
        if operation == Act::ConfirmFirst {
            let enrollment = verifier.enroll_totp(&alice, "alice").await?;
            self.belongings.apps = vec![enrollment.expose_secret().expose().to_owned()];
            return Ok(Inputs::of(enrollment.handle()).typing(&self.code()));
        }
        let proof = self.proof_for(Operation::Manage).await?;
        match operation {
            Act::ConfirmAddress => {
                let sent = verifier.enroll_address(&proof, &self.other_number).await?;
                Ok(Inputs::of(sent.handle()).typing(&self.world.read_code()))
            }
            Act::ConfirmApp => {
                let enrollment = verifier.enroll_totp(&proof, "alice").await?;
                let text = enrollment.expose_secret().expose().to_owned();
                let code = App::scan(&text).code(&self.world.clock);
                self.belongings.apps.push(text);
                Ok(Inputs::of(enrollment.handle()).typing(&code))
            }
            Act::ConfirmToken => {
                let handle = verifier.enroll_hotp(&proof, &HotpToken::new(&secret())).await?;
                Ok(Inputs::of(&handle).typing(&token_code(0)))
            }
            _ => {
                let begun = verifier.enroll_security_key(&proof, b"").await?;
                let ceremony = Some(begun.expose().to_owned());
                Ok(Inputs { ceremony, ..Inputs::default() })
            }
        }
    }

    async fn prepare_pin(&mut self, operation: Act) -> Result<Inputs, Error> {
        let (verifier, alice) = (self.world.verifier.clone(), self.world.alice.clone());
        if operation == Act::RehearsePin {
            return Ok(Inputs::default().typing(PIN).or(INCORRECT_PIN));
        }
        self.world.clock.advance(30);
        let asked = self.world.try_app(&self.code()).await.expect_err("the PIN is due");
        let Some(due) = asked.pending_pin().copied() else { return Err(asked) };
        self.world.clock.advance(30);
        let mut inputs = Inputs { due: Some(due), ..Inputs::default() };
        match operation {
            Act::Advance => {
                let _ = verifier.begin_pin_reset(&alice, &due).await?;
                self.world.clock.advance(4 * DAY);
            }
            Act::CancelPinReset => {
                let _ = verifier.begin_pin_reset(&alice, &due).await?;
                let _ = self.visit(&mut inputs).await;
            }
            Act::ResetPin => {
                let sent = verifier
                    .send_code(
                        &alice,
                        CodeRequest::to_address(&mail()).purpose(Operation::ResetPin),
                    )
                    .await?;
                inputs.handle = Some(*sent.handle());
                inputs = inputs.typing(&self.world.read_code());
            }
            Act::VerifyPin => inputs = inputs.typing(PIN).or(INCORRECT_PIN),
            _ => {}
        }
        Ok(inputs)
    }

    async fn prepare_device(&mut self, operation: Act) -> Result<Inputs, Error> {
        let mut inputs = match operation {
            Act::ConfirmedRecognize | Act::Recognize => {
                return Ok(Inputs::default()
                    .typing(&self.belongings.token)
                    .or(&self.belongings.old_token));
            }
            // The sign-in beside the trusted device begins the quarantine.
            Act::RevokeDevice | Act::SetPinWithDevice => {
                self.prepare_authority(Operation::SignIn).await?
            }
            _ => Inputs::default(),
        };
        let alice = self.world.alice.clone();
        if operation == Act::VerifyRequest {
            let (phone, request) = (self.visit(&mut inputs).await, self.request().await?);
            let pending = phone.pending_request(&alice).await?.expect("a request is pending");
            let approve = RequestAnswer::Approve(request.number().expose());
            phone.answer_request(&alice, &pending, approve).await?;
            return Ok(Inputs::of(request.handle()));
        }
        if operation == Act::VerifyKnownApp {
            self.world.clock.advance(30);
            inputs = inputs.typing(&self.code());
        }
        if matches!(operation, Act::AnswerRequest | Act::Pending) {
            let request = self.request().await?;
            inputs = inputs.typing(request.number().expose());
        }
        let phone = self.visit(&mut inputs).await;
        if operation == Act::AnswerRequest {
            let pending = phone.pending_request(&alice).await?.expect("a request is pending");
            inputs.handle = Some(*pending.handle());
        }
        Ok(inputs)
    }

    async fn prepare_proof(&mut self, operation: Act) -> Result<Inputs, Error> {
        let (verifier, alice) = (self.world.verifier.clone(), self.world.alice.clone());
        let number = self.world.number.clone();
        match operation {
            Act::Agree => {
                let sent = verifier
                    .send_code(&alice, CodeRequest::to_address(&number).agreement(&agreement()))
                    .await?;
                Ok(self.read(&sent))
            }
            Act::Recover => {
                self.world.clock.advance(30);
                let (purpose, code) = (Operation::Recover, self.code());
                let asked = verifier.prove_for(&alice, purpose, Proof::totp(&code)).await;
                let asked = asked.expect_err("another factor is due");
                let Some(due) = asked.pending_factor().copied() else { return Err(asked) };
                let inputs = self.send(&number, purpose).await?;
                Ok(Inputs { due: Some(due), ..inputs })
            }
            Act::RedeemCode => {
                let day = core::time::Duration::from_secs(DAY);
                let code = verifier.support("Carol", "lost").issue_code(&alice, day).await?;
                Ok(Inputs::default().typing(code.expose()))
            }
            Act::Register => self.send(&number, Operation::Register).await,
            Act::ReportUnrequested | Act::VerifyCode => self.send(&number, Operation::SignIn).await,
            Act::AdvanceCode => {
                let inputs = self.send(&number, Operation::SignIn).await?;
                self.world.clock.advance(60);
                Ok(inputs)
            }
            Act::ReportArrived | Act::ReportLost => {
                let _ = verifier.send_code(&alice, CodeRequest::to_address(&number)).await?;
                let message = self.world.phone.take().expect("a code was received");
                Ok(Inputs::default().typing(message.reference()))
            }
            Act::Resend | Act::ResendByWhatsApp => {
                let inputs = self.send(&number, Operation::SignIn).await?;
                self.world.clock.advance(30);
                Ok(inputs)
            }
            Act::Ceremony | Act::VerifyKey => {
                let begun = verifier.begin_security_key(&alice, b"").await?;
                let item = begun.keys().first().map(|key| *key.id());
                let ceremony = Some(begun.expose().to_owned());
                Ok(Inputs { ceremony, item, ..Inputs::default() })
            }
            Act::StepUp | Act::TrustDevice | Act::VerifyApp => {
                self.world.clock.advance(30);
                Ok(Inputs::default().typing(&self.code()))
            }
            Act::VerifyBackup => {
                let code = self
                    .belongings
                    .backup_codes
                    .first()
                    .expect("backup codes were generated")
                    .clone();
                Ok(Inputs::default().typing(&code).or(&near_code(&self.world)))
            }
            Act::VerifyPair => {
                let mut inputs = Inputs::default().typing(&token_code(20));
                (inputs.correct.1, inputs.incorrect.1) = (token_code(21), not(&token_code(21)));
                Ok(inputs)
            }
            _ => Ok(Inputs::default().typing(&token_code(1))),
        }
    }

    async fn send(&self, to: &Address, purpose: Operation) -> Result<Inputs, Error> {
        let sent = self
            .world
            .verifier
            .send_code(&self.world.alice, CodeRequest::to_address(to).purpose(purpose))
            .await?;
        Ok(self.read(&sent))
    }

    fn read(&self, sent: &Challenge) -> Inputs {
        Inputs::of(sent.handle()).typing(&self.world.read_code())
    }

    async fn request(&self) -> Result<SignInRequest, Error> {
        let alice = &self.world.alice;
        self.world.verifier.request_sign_in(alice, Operation::SignIn, &firefox()).await
    }

    /// Recognizes the older device, and prepares its new token and its id.
    async fn visit(&mut self, inputs: &mut Inputs) -> Verifier {
        let device = visit(&self.world, &mut self.belongings.token).await;
        inputs.token = Some(self.belongings.token.clone());
        inputs.item = Some(*device.device());
        on(&self.world, &self.belongings.token)
    }
}

impl Inputs {
    fn of(handle: &Handle) -> Self {
        Self { handle: Some(*handle), ..Self::default() }
    }

    fn typing(mut self, correct: &str) -> Self {
        self.correct.0 = correct.into();
        self.or(&not(correct))
    }

    fn or(mut self, incorrect: &str) -> Self {
        self.incorrect.0 = incorrect.into();
        self
    }
}
