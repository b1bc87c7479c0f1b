//! Attacks on sent codes, and on sending.

use alloc::{borrow::ToOwned as _, format};

use super::{
    ProbeOutcome, SignInEndpoint,
    scene::{Attempted, Scene, inconclusive, other_than, refused, refused_but},
};
use crate::factor::FactorKind;

const PHONE: FactorKind = FactorKind::Phone;

impl<E: SignInEndpoint> Scene<'_, E> {
    pub(super) async fn sent_twice(&self) -> Attempted {
        let subject = self.phone_owner().await?;
        let session = self.start(&subject).await?;
        let code = self.sent(&subject, &session).await?;
        if !self.types(&session, PHONE, &code).await? {
            return Err(inconclusive("a correct code did not sign in"));
        }
        let other_session = self.tries(&subject, PHONE, &code).await?;
        self.endpoint.sign_out(&session).await?;
        // The attack `signed-out` catches a session that stays signed in.
        let is_out = !self.endpoint.is_signed_in(&session).await?;
        Ok(refused(other_session || is_out && self.types(&session, PHONE, &code).await?))
    }

    pub(super) async fn old_sent_code(&self) -> Attempted {
        let subject = self.phone_owner().await?;
        let session = self.start(&subject).await?;
        let old = self.sent(&subject, &session).await?;
        let newest = self.sent(&subject, &session).await?;
        let accepted = self.types(&session, PHONE, &old).await?;
        Ok(refused_but(accepted, self.types(&session, PHONE, &newest).await?))
    }

    pub(super) async fn late_code(&self) -> Attempted {
        let subject = self.phone_owner().await?;
        let session = self.start(&subject).await?;
        let code = self.sent(&subject, &session).await?;
        self.endpoint.advance(11 * 60).await?;
        Ok(refused(self.types(&session, PHONE, &code).await?))
    }

    pub(super) async fn other_session(&self) -> Attempted {
        let subject = self.phone_owner().await?;
        let (owners, attackers) = (self.start(&subject).await?, self.start(&subject).await?);
        let code = self.sent(&subject, &owners).await?;
        Ok(refused(self.types(&attackers, PHONE, &code).await?))
    }

    pub(super) async fn other_subjects_sent_code(&self) -> Attempted {
        let (subject, other) = (self.phone_owner().await?, self.phone_owner().await?);
        let (session, others) = (self.start(&subject).await?, self.start(&other).await?);
        let _ = self.sent(&subject, &session).await?;
        let code = self.sent(&other, &others).await?;
        Ok(refused(self.types(&session, PHONE, &code).await?))
    }

    pub(super) async fn number_code(&self) -> Attempted {
        let subject = self.phone_owner().await?;
        let first = self.start(&subject).await?;
        let code = self.sent(&subject, &first).await?;
        if !self.types(&first, PHONE, &code).await? {
            return Err(inconclusive("a correct code did not sign in"));
        }
        self.endpoint.advance(60).await?;
        let _ = self.endpoint.begin_phone(&first).await?;
        let Some(code) = self.newest(&subject).await? else {
            return Ok(ProbeOutcome::Resisted("sent no code to enroll another number".into()));
        };
        let session = self.start(&subject).await?;
        let at_once = self.types(&session, PHONE, &code).await?;
        let _ = self.endpoint.send(&session).await?;
        Ok(refused(self.types(&session, PHONE, &code).await? || at_once))
    }

    pub(super) async fn guess_sent_code(&self) -> Attempted {
        let subject = self.phone_owner().await?;
        let session = self.start(&subject).await?;
        let code = self.sent(&subject, &session).await?;
        for nth in 0..ATTEMPTS {
            let incorrect = other_than(core::slice::from_ref(&code), nth);
            if self.types(&session, PHONE, &incorrect).await? {
                return Ok(refused(true));
            }
        }
        Ok(refused(self.types(&session, PHONE, &code).await?))
    }

    pub(super) async fn sent_at_once(&self) -> Attempted {
        let subject = self.phone_owner().await?;
        let old = self.start(&subject).await?;
        let _ = self.endpoint.inbox(&subject).await?;
        for _ in 0..5 {
            let _ = self.endpoint.send(&old).await?;
            let new = self.start(&subject).await?;
            let _ = self.endpoint.send(&new).await?;
        }
        Ok(sent(self.endpoint.inbox(&subject).await?.len(), 3))
    }

    pub(super) async fn send_budget(&self) -> Attempted {
        let subject = self.phone_owner().await?;
        let old = self.start(&subject).await?;
        let _ = self.endpoint.inbox(&subject).await?;
        for _ in 0..60 {
            let _ = self.endpoint.send(&old).await?;
            self.endpoint.advance(30).await?;
            let new = self.start(&subject).await?;
            let _ = self.endpoint.send(&new).await?;
            self.endpoint.advance(30).await?;
        }
        Ok(sent(self.endpoint.inbox(&subject).await?.len(), 20))
    }

    pub(super) async fn code_in_reply(&self) -> Attempted {
        let subject = self.phone_owner().await?;
        let session = self.start(&subject).await?;
        let _ = self.endpoint.inbox(&subject).await?;
        let reply = self.endpoint.send(&session).await?;
        let code = self.newest(&subject).await?.ok_or_else(|| inconclusive("no code arrived"))?;
        Ok(match reply.contains(&code) {
            true => ProbeOutcome::Vulnerable("showed the code in the response".into()),
            false => ProbeOutcome::Resisted("did not show the code".to_owned()),
        })
    }
}

/// Returns the outcome of requests for codes, of which at most `most` may be sent.
fn sent(count: usize, most: usize) -> ProbeOutcome {
    let did = format!("sent {count} codes");
    match count {
        0 => ProbeOutcome::Inconclusive(did),
        count if count > most => ProbeOutcome::Vulnerable(did),
        _ => ProbeOutcome::Resisted(did),
    }
}

/// The limit of consecutive failed attempts on a factor (STD N-41).
const ATTEMPTS: usize = 100;
