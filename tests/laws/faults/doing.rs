//! Asking a verifier for each of them, once.

use super::{
    deed::{Answer, Deed, Typed},
    person::{OTHER_PIN, Person, agreement, secret},
};
use second_factor::{
    Error, Next, Proof, Purpose,
    delivery::{DeliveryOutcome, Undelivered},
    message::Channel,
    otp::TotpParameters,
    subject::{
        DeviceToken, Factor, HotpToken, Import, NewDevice, RequestAnswer, RequestedFrom, Reset,
        SecurityKeyOutcome,
    },
};

impl Person {
    #[expect(clippy::too_many_lines, reason = "it is a table, a line or two for each deed")]
    pub async fn does(&self, deed: Deed, typed: Typed) -> Result<Answer, Error> {
        use Answer::{Done, Free, Recognized, Verified};

        let (world, verifier) = (&self.world, &self.world.verifier);
        let (alice, number, hands) = (&world.alice, &world.number, &self.hands);
        let (code, second) = match typed {
            Typed::Right => (&*hands.right.0, &*hands.right.1),
            Typed::Wrong => (&*hands.wrong.0, &*hands.wrong.1),
        };
        let proof = || hands.proof.as_ref().expect("a proof is at hand");
        let device = || hands.device.as_ref().expect("a device is at hand");
        let handle = || hands.handle.as_ref().expect("a handle is at hand");
        let due = || hands.due.as_ref().expect("something is due");
        let verify = async |offered| verifier.verify(alice, offered).await.map(|_| Verified);
        let verify_for = async |purpose, offered| {
            verifier.verify_for(alice, purpose, offered).await.map(|_| Verified)
        };
        match deed {
            Deed::Advance | Deed::AdvanceCode => verifier.advance(alice).await.map(|_| Done),
            Deed::AfterRestore => verifier.after_restore(alice).await.map(|()| Done),
            Deed::Agree => {
                verify_for(agreement().purpose(), Proof::sent_code(handle(), code)).await
            }
            Deed::AllowWhatsApp => verifier.allow_whatsapp(proof(), number).await.map(|()| Done),
            Deed::AnswerRequest => {
                let answer = RequestAnswer::Approve(code);
                verifier.answer_request(device(), handle(), answer).await.map(|()| Done)
            }
            Deed::BeginPinReset => verifier.begin_pin_reset(alice, due()).await.map(|_| Done),
            Deed::BeginSecurityKey => {
                verifier.begin_security_key(alice, Purpose::SignIn, b"").await.map(|_| Done)
            }
            Deed::CancelPinReset => verifier.cancel_pin_reset(device()).await.map(|()| Done),
            Deed::Ceremony => verifier.ceremony(alice, handle()).await.map(|_| Done),
            Deed::Challenge => {
                verifier.challenge(alice, number, Purpose::SignIn).await.map(|_| Done)
            }
            Deed::ChallengeByWhatsApp => {
                let by = Channel::WhatsApp;
                verifier.challenge_by(alice, number, Purpose::SignIn, by).await.map(|_| Done)
            }
            Deed::ChallengeTransaction => {
                verifier.challenge_transaction(alice, number, &agreement()).await.map(|_| Done)
            }
            Deed::ChangePassword => verifier.password_changed(alice).await.map(|()| Done),
            Deed::ChangePin | Deed::SetPin => {
                verifier.set_pin(proof(), OTHER_PIN).await.map(|()| Done)
            }
            Deed::ConfirmAddress | Deed::ConfirmApp | Deed::ConfirmFirst | Deed::ConfirmToken => {
                verifier.confirm(alice, handle(), code).await.map(|_| Verified)
            }
            Deed::ConfirmSecurityKey => verifier
                .confirm_security_key(alice, handle(), "green", b"2")
                .await
                .map(|_| Verified),
            Deed::Create => verifier.create(alice).await.map(|()| Done),
            Deed::Devices => verifier.devices(alice).await.map(|_| Done),
            Deed::EnrollAddress => {
                verifier.enroll_address(proof(), &self.other_number).await.map(|_| Done)
            }
            Deed::EnrollApp => verifier.enroll_totp(proof(), "alice").await.map(|_| Done),
            Deed::EnrollFirst => verifier.enroll_totp(alice, "alice").await.map(|_| Done),
            Deed::EnrollSecurityKey => {
                verifier.enroll_security_key(proof(), b"").await.map(|_| Done)
            }
            Deed::EnrollToken => {
                verifier.enroll_hotp(proof(), &HotpToken::new(&secret())).await.map(|_| Done)
            }
            Deed::ForbidWhatsApp => verifier.forbid_whatsapp(proof(), number).await.map(|()| Done),
            Deed::Import => {
                let import = Import::new().app(&secret(), TotpParameters::new(), None);
                let import = import.and_then(|import| import.backup_codes(["2b57-9f1c"]));
                verifier.import(alice, import.expect("it is fit")).await.map(|()| Done)
            }
            Deed::NewBackupCodes => verifier.new_backup_codes(proof()).await.map(|_| Done),
            Deed::Next => match verifier.next(alice, Purpose::SignIn).await? {
                Next::Prove(_) => Ok(Done),
                Next::Unprotected(_) => Ok(Free),
            },
            Deed::Pending => verifier.pending_request(device()).await.map(|_| Done),
            Deed::PractisePin => verifier.rehearse_pin(alice, code).await.map(|()| Done),
            Deed::Recognize => {
                verifier.recognize(alice, &DeviceToken::from_text(code)).await.map(|_| Recognized)
            }
            Deed::Recover => {
                let offered = Proof::sent_code(handle(), code).after(due());
                verify_for(Purpose::Recover, offered).await
            }
            Deed::Register => verify_for(Purpose::Register, Proof::sent_code(handle(), code)).await,
            Deed::ReportArrived => {
                verifier.report(&hands.right.0, DeliveryOutcome::Delivered).await.map(|_| Done)
            }
            Deed::ReportLost => {
                let lost = DeliveryOutcome::Undelivered(Undelivered::Unreachable);
                verifier.report(&hands.right.0, lost).await.map(|_| Done)
            }
            Deed::ReportUnrequested => verifier.report_unrequested(alice).await.map(|()| Done),
            Deed::RequestAgreement => {
                verifier.request_agreement(alice, &agreement(), &firefox()).await.map(|_| Done)
            }
            Deed::RequestSignIn => {
                verifier.request_sign_in(alice, Purpose::SignIn, &firefox()).await.map(|_| Done)
            }
            Deed::Reseal => verifier.reseal(alice).await.map(|()| Done),
            Deed::Resend => verifier.resend(alice, handle()).await.map(|_| Done),
            Deed::ResendByWhatsApp => {
                verifier.resend_by(alice, handle(), Channel::WhatsApp).await.map(|_| Done)
            }
            Deed::Reset => {
                let reset = Reset::new("Carol", "lost").expect("it is fit");
                verifier.reset(alice, &reset).await.map(|()| Done)
            }
            Deed::ResetPin => {
                verifier.reset_pin(alice, due(), handle(), code).await.map(|_| Verified)
            }
            Deed::RevokeApp => verifier.revoke(proof(), Factor::Totp).await.map(|()| Done),
            Deed::RevokeDevice => {
                let item = hands.item.as_ref().expect("a device is named");
                verifier.revoke_device(proof(), item).await.map(|()| Done)
            }
            Deed::RevokePin => verifier.revoke(proof(), Factor::Pin).await.map(|()| Done),
            Deed::SecurityKeys => verifier.security_keys(alice).await.map(|_| Done),
            Deed::SendRegistration => {
                verifier.challenge(alice, number, Purpose::Register).await.map(|_| Done)
            }
            Deed::SetPinWithDevice => {
                verifier.set_pin_with_device(proof(), device(), OTHER_PIN).await.map(|()| Done)
            }
            Deed::SignOutDevice => verifier.sign_out_device(device()).await.map(|()| Done),
            Deed::SignOutEverywhere => verifier.sign_out_everywhere(proof()).await.map(|()| Done),
            Deed::Status => verifier.status(alice).await.map(|_| Done),
            Deed::StepUp => verify_for(Purpose::StepUp, Proof::totp(code)).await,
            Deed::TrustDevice => {
                verifier.trust_device(proof(), &NewDevice::new("new")).await.map(|_| Done)
            }
            Deed::TurnOff => verifier.turn_off(proof()).await.map(|()| Done),
            Deed::VerifyApp => verify(Proof::totp(code)).await,
            Deed::VerifyBackup => verify(Proof::backup_code(code)).await,
            Deed::VerifyCode => verify(Proof::sent_code(handle(), code)).await,
            Deed::VerifyKey => {
                let key = hands.item.expect("a key is named");
                let verdict = match typed {
                    Typed::Right => SecurityKeyOutcome::passed(key, b"2").expect("it is fit"),
                    Typed::Wrong => SecurityKeyOutcome::failed(),
                };
                verify(Proof::security_key(handle(), verdict)).await
            }
            Deed::VerifyPair => verify(Proof::hotp_resync(code, second)).await,
            Deed::VerifyPin => verify(Proof::pin(due(), code)).await,
            Deed::VerifyRequest => verify(Proof::sign_in_request(handle())).await,
            Deed::VerifyToken => verify(Proof::hotp(code)).await,
        }
    }
}

/// Where a sign-in request comes from.
pub fn firefox() -> RequestedFrom {
    RequestedFrom::new("Firefox", "Lisbon")
}
