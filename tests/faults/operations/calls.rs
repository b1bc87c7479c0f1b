//! Calls of each operation.

use super::{
    operation::{Answer, Input, Operation},
    user::{OTHER_PIN, User, agreement, secret},
};
use second_factor::{
    DeviceToken, Error, Factor, HotpToken, Import, NewDevice, Next, Proof, Purpose, RequestAnswer,
    RequestedFrom, SecurityKeyOutcome,
    delivery::{DeliveryOutcome, Undelivered},
    message::Channel,
    otp::TotpParameters,
};

impl User {
    #[expect(
        clippy::too_many_lines,
        reason = "it is a table with a line or two for each operation"
    )]
    pub async fn call(&self, operation: Operation, input: Input) -> Result<Answer, Error> {
        use Answer::{Done, Free, Recognized, Verified};

        let (world, verifier) = (&self.world, &self.world.verifier);
        let (alice, number, inputs) = (&world.alice, &world.number, &self.inputs);
        let (code, second) = match input {
            Input::Correct => (&*inputs.correct.0, &*inputs.correct.1),
            Input::Incorrect => (&*inputs.incorrect.0, &*inputs.incorrect.1),
        };
        let proof = || inputs.proof.as_ref().expect("a proof is prepared");
        let device = || inputs.device.as_ref().expect("a device is prepared");
        let handle = || inputs.handle.as_ref().expect("a handle is prepared");
        let due = || inputs.due.as_ref().expect("a step is pending");
        let verify = async |offered| verifier.verify(alice, offered).await.map(|_| Verified);
        let verify_for = async |purpose, offered| {
            verifier.verify_for(alice, purpose, offered).await.map(|_| Verified)
        };
        match operation {
            Operation::Advance | Operation::AdvanceCode => {
                verifier.operations().advance(alice).await.map(|_| Done)
            }
            Operation::AfterRestore => {
                verifier.operations().after_restore(alice).await.map(|()| Done)
            }
            Operation::Agree => {
                verify_for(agreement().purpose(), Proof::sent_code(handle(), code)).await
            }
            Operation::AllowWhatsApp => {
                verifier.allow_whatsapp(proof(), number).await.map(|()| Done)
            }
            Operation::AnswerRequest => {
                let answer = RequestAnswer::Approve(code);
                verifier.answer_request(device(), handle(), answer).await.map(|()| Done)
            }
            Operation::BeginPinReset => verifier.begin_pin_reset(alice, due()).await.map(|_| Done),
            Operation::BeginSecurityKey => {
                verifier.begin_security_key(alice, Purpose::SignIn, b"").await.map(|_| Done)
            }
            Operation::CancelPinReset => verifier.cancel_pin_reset(device()).await.map(|()| Done),
            Operation::Ceremony => verifier.ceremony(alice, handle()).await.map(|_| Done),
            Operation::Challenge => {
                verifier.challenge(alice, number, Purpose::SignIn).await.map(|_| Done)
            }
            Operation::ChallengeByWhatsApp => {
                let by = Channel::WhatsApp;
                verifier.challenge_by(alice, number, Purpose::SignIn, by).await.map(|_| Done)
            }
            Operation::ChallengeTransaction => {
                verifier.challenge_transaction(alice, number, &agreement()).await.map(|_| Done)
            }
            Operation::ChangePassword => verifier.password_changed(alice).await.map(|()| Done),
            Operation::ChangePin | Operation::SetPin => {
                verifier.set_pin(proof(), OTHER_PIN).await.map(|()| Done)
            }
            Operation::ConfirmAddress
            | Operation::ConfirmApp
            | Operation::ConfirmFirst
            | Operation::ConfirmToken => {
                verifier.confirm(alice, handle(), code).await.map(|_| Verified)
            }
            Operation::ConfirmSecurityKey => verifier
                .confirm_security_key(alice, handle(), "green", b"2")
                .await
                .map(|_| Verified),
            Operation::Create => verifier.operations().create(alice).await.map(|()| Done),
            Operation::Devices => verifier.devices(alice).await.map(|_| Done),
            Operation::EnrollAddress => {
                verifier.enroll_address(proof(), &self.other_number).await.map(|_| Done)
            }
            Operation::EnrollApp => verifier.enroll_totp(proof(), "alice").await.map(|_| Done),
            Operation::EnrollFirst => verifier.enroll_totp(alice, "alice").await.map(|_| Done),
            Operation::EnrollSecurityKey => {
                verifier.enroll_security_key(proof(), b"").await.map(|_| Done)
            }
            Operation::EnrollToken => {
                verifier.enroll_hotp(proof(), &HotpToken::new(&secret())).await.map(|_| Done)
            }
            Operation::ForbidWhatsApp => {
                verifier.forbid_whatsapp(proof(), number).await.map(|()| Done)
            }
            Operation::Import => {
                let import = Import::new().totp(&secret(), TotpParameters::new(), None);
                let import = import.and_then(|import| import.backup_codes(["2b57-9f1c"]));
                verifier
                    .operations()
                    .import(alice, import.expect("the value is valid"))
                    .await
                    .map(|()| Done)
            }
            Operation::IssueCode => {
                let day = core::time::Duration::from_secs(86_400);
                verifier.support("Carol", "lost").issue_code(alice, day).await.map(|_| Done)
            }
            Operation::NewBackupCodes => verifier.new_backup_codes(proof()).await.map(|_| Done),
            Operation::Next => match verifier.next(alice, Purpose::SignIn).await? {
                Next::Prove(_) => Ok(Done),
                Next::Unprotected(_) => Ok(Free),
            },
            Operation::Pending => verifier.pending_request(device()).await.map(|_| Done),
            Operation::RehearsePin => verifier.rehearse_pin(alice, code).await.map(|()| Done),
            Operation::Recognize => {
                verifier.recognize(alice, &DeviceToken::from_text(code)).await.map(|_| Recognized)
            }
            Operation::Recover => {
                let offered = Proof::sent_code(handle(), code).after(due());
                verify_for(Purpose::Recover, offered).await
            }
            Operation::RedeemCode => verify_for(Purpose::Manage, Proof::backup_code(code)).await,
            Operation::Register => {
                verify_for(Purpose::Register, Proof::sent_code(handle(), code)).await
            }
            Operation::ReportArrived => verifier
                .operations()
                .delivery_report(&inputs.correct.0, DeliveryOutcome::Delivered)
                .await
                .map(|_| Done),
            Operation::ReportLost => {
                let lost = DeliveryOutcome::Undelivered(Undelivered::Unreachable);
                verifier.operations().delivery_report(&inputs.correct.0, lost).await.map(|_| Done)
            }
            Operation::ReportUnrequested => verifier.report_unrequested(alice).await.map(|()| Done),
            Operation::RequestAgreement => {
                verifier.request_agreement(alice, &agreement(), &firefox()).await.map(|_| Done)
            }
            Operation::RequestSignIn => {
                verifier.request_sign_in(alice, Purpose::SignIn, &firefox()).await.map(|_| Done)
            }
            Operation::Reseal => verifier.operations().reseal(alice).await.map(|()| Done),
            Operation::Resend => verifier.resend(alice, handle()).await.map(|_| Done),
            Operation::ResendByWhatsApp => {
                verifier.resend_by(alice, handle(), Channel::WhatsApp).await.map(|_| Done)
            }
            Operation::Reset => verifier.support("Carol", "lost").reset(alice).await.map(|()| Done),
            Operation::ResetPin => {
                verifier.reset_pin(alice, due(), handle(), code).await.map(|_| Verified)
            }
            Operation::RevokeApp => verifier.revoke(proof(), Factor::Totp).await.map(|()| Done),
            Operation::RevokeDevice => {
                let item = inputs.item.as_ref().expect("a device is prepared");
                verifier.revoke_device(proof(), item).await.map(|()| Done)
            }
            Operation::RevokePin => verifier.revoke(proof(), Factor::Pin).await.map(|()| Done),
            Operation::SecurityKeys => verifier.security_keys(alice).await.map(|_| Done),
            Operation::SendRegistration => {
                verifier.challenge(alice, number, Purpose::Register).await.map(|_| Done)
            }
            Operation::SetPinWithDevice => {
                verifier.set_pin_with_device(proof(), device(), OTHER_PIN).await.map(|()| Done)
            }
            Operation::SignOutDevice => verifier.sign_out_device(device()).await.map(|()| Done),
            Operation::SignOutEverywhere => {
                verifier.sign_out_everywhere(proof()).await.map(|()| Done)
            }
            Operation::Status => verifier.status(alice).await.map(|_| Done),
            Operation::StepUp => verify_for(Purpose::StepUp, Proof::totp(code)).await,
            Operation::TrustDevice => {
                verifier.trust_device(proof(), &NewDevice::new("new")).await.map(|_| Done)
            }
            Operation::TurnOff => verifier.turn_off(proof()).await.map(|()| Done),
            Operation::Unlock => {
                verifier.support("Carol", "locked").unlock(alice).await.map(|_| Done)
            }
            Operation::VerifyApp => verify(Proof::totp(code)).await,
            Operation::VerifyBackup => verify(Proof::backup_code(code)).await,
            Operation::VerifyCode => verify(Proof::sent_code(handle(), code)).await,
            Operation::VerifyKey => {
                let key = inputs.item.expect("a key is prepared");
                let verdict = match input {
                    Input::Correct => {
                        SecurityKeyOutcome::passed(key, b"2").expect("the value is valid")
                    }
                    Input::Incorrect => SecurityKeyOutcome::failed(),
                };
                verify(Proof::security_key(handle(), verdict)).await
            }
            Operation::VerifyPair => verify(Proof::hotp_resync(code, second)).await,
            Operation::VerifyPin => verify(Proof::pin(due(), code)).await,
            Operation::VerifyRequest => verify(Proof::sign_in_request(handle())).await,
            Operation::VerifyToken => verify(Proof::hotp(code)).await,
        }
    }
}

/// The origin of a sign-in request.
pub fn firefox() -> RequestedFrom {
    RequestedFrom::new("Firefox", "Lisbon")
}
