//! Attacks on the enrollment of a TOTP app.

use super::{
    ProbeOutcome, SignInEndpoint, Unanswered,
    scene::{Attempted, Owner, Scene, refused, refused_but},
};
use crate::{factor::FactorKind, otp::Totp};

const APP: FactorKind = FactorKind::Totp;

impl<E: SignInEndpoint> Scene<'_, E> {
    pub(super) async fn pending_app(&self) -> Attempted {
        let owner = self.owner().await?;
        let code = self.code(&owner.app, 0).await?;
        let session = self.signs_in(&owner.subject, APP, &code).await?;
        let Some(second) = self.begin_app(&session).await? else {
            return Ok(ProbeOutcome::Resisted("refused to enroll a second app".into()));
        };
        let incorrect = self.incorrect(&second, 0).await?;
        let _ = self.endpoint.confirm_app(&session, &incorrect).await?;
        self.pass_step(&owner.app).await?;
        let signs_in = self.is_enrolled(&owner, &second).await?;
        let correct = self.code(&owner.app, 0).await?;
        Ok(refused_but(signs_in, self.tries(&owner.subject, APP, &correct).await?))
    }

    pub(super) async fn half_signed_in(&self) -> Attempted {
        let owner = self.owner().await?;
        let session = self.start(&owner.subject).await?;
        self.replaced_from(&owner, &session).await
    }

    pub(super) async fn old_session(&self) -> Attempted {
        let owner = self.owner().await?;
        let code = self.code(&owner.app, 0).await?;
        let session = self.signs_in(&owner.subject, APP, &code).await?;
        self.endpoint.advance(2 * 60 * 60).await?;
        self.replaced_from(&owner, &session).await
    }

    /// Tries to enroll an attacker's app from `session`.
    async fn replaced_from(&self, owner: &Owner, session: &E::Session) -> Attempted {
        let Some(second) = self.begin_app(session).await? else {
            return Ok(ProbeOutcome::Resisted("refused to enroll an app".into()));
        };
        let first = self.code(&second, 0).await?;
        let _ = self.endpoint.confirm_app(session, &first).await?;
        self.pass_step(&second).await?;
        Ok(refused(self.is_enrolled(owner, &second).await?))
    }

    /// Returns whether the codes of `app` sign in.
    async fn is_enrolled(&self, owner: &Owner, app: &Totp) -> Result<bool, Unanswered> {
        let code = self.code(app, 0).await?;
        self.tries(&owner.subject, APP, &code).await
    }
}
