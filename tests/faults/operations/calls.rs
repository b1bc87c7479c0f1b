//! Calls of each operation.

use super::{
    operation::{Act, Answer, Input},
    user::{OTHER_PIN, User, agreement, secret},
};
use core::time::Duration;

use crate::support::{answer, devices::on};
use second_factor::{
    Channel, CodeRequest, Error, NewDevice, Next, Policy, Proof, Purpose, SignIn, Verifier,
    delivery::Undelivered,
    enrollment::{HotpToken, Import, NewSecurityKey},
    otp::TotpParameters,
    policy::{Notices, SignInByRead},
    proof::{RequestAnswer, RequestedFrom, SecurityKeyOutcome},
    purpose::Operation,
    sign_in::SessionEpoch,
    status::WhatsApp,
};

/// The verifier under a policy that confirms each sign-in by a write.
fn confirming(verifier: &Verifier) -> Verifier {
    let policy = Policy::builder().danger_cheap_hashes().notices(Notices::LeftToApplication);
    let policy = policy.sign_in_by_read(SignInByRead::Confirm).build();
    verifier.under(&policy.expect("the policy is safe"))
}

impl User {
    #[expect(
        clippy::too_many_lines,
        reason = "it is a table with a line or two for each operation"
    )]
    pub async fn call(&self, operation: Act, input: Input) -> Result<Answer, Error> {
        use Answer::{Asked, Done, Free, Recognized, Verified};

        let (world, verifier) = (&self.world, &self.world.verifier);
        let (alice, number, inputs) = (&world.alice, &world.number, &self.inputs);
        let (code, second) = match input {
            Input::Correct => (&*inputs.correct.0, &*inputs.correct.1),
            Input::Incorrect => (&*inputs.incorrect.0, &*inputs.incorrect.1),
        };
        let proof = || inputs.proof.as_ref().expect("a proof is prepared");
        let device = || on(world, inputs.token.as_ref().expect("a device is prepared"));
        let item = || inputs.item.as_ref().expect("an item is prepared");
        let ceremony = || inputs.ceremony.as_deref().expect("a ceremony is prepared");
        let handle = || inputs.handle.as_ref().expect("a handle is prepared");
        let due = || inputs.due.as_ref().expect("a step is pending");
        let verify = async |offered| verifier.verify(alice, offered).await.map(|_| Verified);
        let verify_for = async |purpose, offered| {
            verifier.verify_for(alice, purpose, offered).await.map(|_| Verified)
        };
        match operation {
            Act::Advance | Act::AdvanceCode => {
                verifier.operations().advance(alice).await.map(|_| Done)
            }
            Act::AfterRestore => verifier.operations().after_restore(alice).await.map(|()| Done),
            Act::Agree => verify_for(agreement().purpose(), Proof::sent_code(handle(), code)).await,
            Act::AllowWhatsApp => {
                verifier.set_whatsapp(proof(), item(), WhatsApp::Allowed).await.map(|()| Done)
            }
            Act::AnswerRequest => {
                let answer = RequestAnswer::Approve(code);
                device().answer_request(alice, handle(), answer).await.map(|()| Done)
            }
            Act::BeginPinReset => verifier.begin_pin_reset(alice, due()).await.map(|_| Done),
            Act::BeginSecurityKey => verifier.begin_security_key(alice, b"").await.map(|_| Done),
            Act::CancelPinReset => device().cancel_pin_reset(alice).await.map(|()| Done),
            Act::Ceremony => verifier.ceremony(alice, ceremony()).await.map(|_| Done),
            Act::Challenge => {
                verifier.send_code(alice, CodeRequest::to_address(number)).await.map(|_| Done)
            }
            Act::ChallengeByWhatsApp => {
                let by = Channel::WhatsApp;
                verifier
                    .send_code(alice, CodeRequest::to_address(number).by(by))
                    .await
                    .map(|_| Done)
            }
            Act::ChallengeItem => verifier.send_code(alice, item()).await.map(|_| Done),
            Act::ChallengeTransaction => verifier
                .send_code(alice, CodeRequest::to_address(number).agreement(&agreement()))
                .await
                .map(|_| Done),
            Act::ChangePassword => verifier.password_changed(alice).await.map(|_| Done),
            Act::ChangePin | Act::SetPin => {
                verifier.set_pin(proof(), OTHER_PIN).await.map(|_| Done)
            }
            Act::CheckGrant => {
                let answer::Answer::Granted(grant) = proof() else { panic!("a grant is prepared") };
                let age = Duration::from_secs(300);
                verifier.check_grant(grant, Purpose::Manage, age).await.map(|()| Done)
            }
            Act::ConfirmAddress | Act::ConfirmApp | Act::ConfirmFirst | Act::ConfirmToken => {
                verifier.confirm(alice, handle(), code).await.map(|_| Verified)
            }
            Act::ConfirmSecurityKey => {
                let key = NewSecurityKey::new("green", b"2").expect("the value is valid");
                verifier.confirm_security_key(alice, ceremony(), key).await.map(|_| Verified)
            }
            Act::Create => verifier.operations().create(alice).await.map(|()| Done),
            Act::EnrollAddress => {
                verifier.enroll_address(proof(), &self.other_number).await.map(|_| Done)
            }
            Act::EnrollApp => verifier.enroll_totp(proof(), "alice").await.map(|_| Done),
            Act::EnrollFirst => verifier.enroll_totp(alice, "alice").await.map(|_| Done),
            Act::EnrollSecurityKey => {
                verifier.enroll_security_key(proof(), b"").await.map(|_| Done)
            }
            Act::EnrollToken => {
                verifier.enroll_hotp(proof(), &HotpToken::new(&secret())).await.map(|_| Done)
            }
            Act::Epoch => verifier.epoch(alice).await.map(|_| Done),
            Act::Export => {
                verifier.support("Carol", "moves").danger_export(alice).await.map(|_| Done)
            }
            Act::DeliverPending => verifier.deliver_pending(alice).await.map(|_| Done),
            Act::IsCurrent => {
                let mut session = SessionEpoch::from(0);
                verifier.is_current(alice, &mut session, Duration::ZERO).await.map(|_| Done)
            }
            Act::ForbidWhatsApp => {
                verifier.set_whatsapp(proof(), item(), WhatsApp::Forbidden).await.map(|()| Done)
            }
            Act::Import => {
                let import = Import::new().totp(&secret(), TotpParameters::new(), None);
                let import = import.and_then(|import| import.backup_codes(["2b57-9f1c"]));
                verifier
                    .operations()
                    .import(alice, import.expect("the value is valid"))
                    .await
                    .map(|()| Done)
            }
            Act::IssueCode => {
                let day = core::time::Duration::from_secs(86_400);
                verifier.support("Carol", "lost").issue_code(alice, day).await.map(|_| Done)
            }
            Act::NewBackupCodes => verifier.new_backup_codes(proof()).await.map(|_| Done),
            Act::Next => match verifier.next(alice).await? {
                Next::Done(SignIn::Unprotected(_)) => Ok(Free),
                _ => Ok(Done),
            },
            Act::ConfirmedNext => match confirming(verifier).next(alice).await? {
                Next::Done(SignIn::Unprotected(_)) => Ok(Free),
                _ => Ok(Done),
            },
            Act::Offers => verifier.offers(alice, Operation::SignIn).await.map(|_| Done),
            Act::Pending => device().pending_request(alice).await.map(|_| Done),
            Act::RehearsePin => verifier.rehearse_pin(alice, code).await.map(|()| Done),
            Act::ConfirmedRecognize | Act::Recognize => {
                let visitor = on(world, code);
                let next = match operation {
                    Act::ConfirmedRecognize => confirming(&visitor).next(alice).await?,
                    _ => visitor.next(alice).await?,
                };
                Ok(if matches!(next, Next::Done(SignIn::Recognized(_))) {
                    Recognized
                } else {
                    Asked
                })
            }
            Act::Recover => {
                let offered = Proof::sent_code(handle(), code).after(due());
                verify_for(Purpose::Recover, offered).await
            }
            Act::RedeemCode => verify_for(Purpose::Manage, Proof::backup_code(code)).await,
            Act::Register => {
                let offered = Proof::sent_code(handle(), code);
                verifier.register(alice, offered).await.map(|_| Verified)
            }
            Act::ReportArrived => {
                verifier.operations().delivery_report(&inputs.correct.0, Ok(())).await.map(|_| Done)
            }
            Act::ReportLost => {
                let lost = Err(Undelivered::Unreachable);
                verifier.operations().delivery_report(&inputs.correct.0, lost).await.map(|_| Done)
            }
            Act::ReportUnrequested => verifier.report_unrequested(alice).await.map(|()| Done),
            Act::Rename => verifier.rename(proof(), item(), "Work phone").await.map(|()| Done),
            Act::RequestSignIn => {
                verifier.request_sign_in(alice, Operation::SignIn, &firefox()).await.map(|_| Done)
            }
            Act::Reseal => verifier.operations().reseal(alice).await.map(|()| Done),
            Act::Resend => {
                verifier.send_code(alice, CodeRequest::again(handle())).await.map(|_| Done)
            }
            Act::ResendByWhatsApp => verifier
                .send_code(alice, CodeRequest::again(handle()).by(Channel::WhatsApp))
                .await
                .map(|_| Done),
            Act::Reset => verifier.support("Carol", "lost").reset(alice).await.map(|()| Done),
            Act::ResetPin => verify(Proof::pin_reset(due(), handle(), code)).await,
            Act::RevokeApp | Act::RevokeDevice | Act::RevokePin => {
                verifier.revoke(proof(), item()).await.map(|_| Done)
            }
            Act::SendRegistration => {
                verifier.send_code(alice, CodeRequest::register(number)).await.map(|_| Done)
            }
            Act::SetPinWithDevice => device().set_pin(proof(), OTHER_PIN).await.map(|_| Done),
            Act::SignOutDevice => device().sign_out_device(alice).await.map(|()| Done),
            Act::SignOutEverywhere => verifier.sign_out_everywhere(proof()).await.map(|_| Done),
            Act::PersonalData => verifier.operations().personal_data(alice).await.map(|_| Done),
            Act::Status => verifier.status(alice).await.map(|_| Done),
            Act::StepUp => verify_for(Purpose::StepUp, Proof::totp(code)).await,
            Act::TrustDevice => {
                let proof = Proof::totp(code).trusting(NewDevice::new("new"));
                let verified = verifier.verify(alice, proof).await?;
                assert!(verified.device_token().is_some(), "the same write trusts the device");
                Ok(Verified)
            }
            Act::TurnOff => verifier.turn_off(proof()).await.map(|_| Done),
            Act::UndoFirst => {
                let owner = verifier.support("owner", "it was not me");
                owner.undo_first_factor(alice).await.map(|()| Done)
            }
            Act::Unlock => verifier.support("Carol", "locked").unlock(alice).await.map(|_| Done),
            Act::VerifyApp => verify(Proof::totp(code)).await,
            Act::VerifyKnownApp => {
                device().verify(alice, Proof::totp(code)).await.map(|_| Verified)
            }
            Act::VerifyBackup => verify(Proof::backup_code(code)).await,
            Act::VerifyCode => verify(Proof::sent_code(handle(), code)).await,
            Act::VerifyKey => {
                let outcome = match input {
                    Input::Correct => SecurityKeyOutcome::passed(item(), b"2"),
                    Input::Incorrect => SecurityKeyOutcome::failed(),
                };
                verify(Proof::security_key(ceremony(), outcome)).await
            }
            Act::VerifyPair => verify(Proof::hotp_resync(code, second)).await,
            Act::VerifyPin => verify(Proof::pin(due(), code)).await,
            Act::VerifyRequest => verify(Proof::sign_in_request(handle())).await,
            Act::VerifyToken => verify(Proof::hotp(code)).await,
        }
    }
}

/// The origin of a sign-in request.
pub fn firefox() -> RequestedFrom {
    RequestedFrom::new("Firefox", "Lisbon")
}
