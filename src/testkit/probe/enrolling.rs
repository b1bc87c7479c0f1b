//! Attacks on the adding of an authenticator app.

use super::{
    Endpoint, Outcome, Unanswered,
    scene::{Owner, Scene, Tried, refused, refused_but},
};
use crate::{FactorKind, otp::Totp};

const APP: FactorKind = FactorKind::Totp;

impl<E: Endpoint> Scene<'_, E> {
    pub(super) async fn pending_app(&self) -> Tried {
        let owner = self.owner().await?;
        let code = self.code(&owner.app, 0).await?;
        let session = self.signs_in(&owner.subject, APP, &code).await?;
        let Some(second) = self.begin_app(&session).await? else {
            return Ok(Outcome::Held("let no second app be begun".into()));
        };
        let wrong = self.wrong(&second, 0).await?;
        let _ = self.endpoint.confirm_app(&session, &wrong).await?;
        self.pass_step(&owner.app).await?;
        let signs_in = self.knows(&owner, &second).await?;
        let right = self.code(&owner.app, 0).await?;
        Ok(refused_but(signs_in, self.tries(&owner.subject, APP, &right).await?))
    }

    pub(super) async fn half_signed_in(&self) -> Tried {
        let owner = self.owner().await?;
        let session = self.start(&owner.subject).await?;
        self.replaced_from(&owner, &session).await
    }

    pub(super) async fn old_session(&self) -> Tried {
        let owner = self.owner().await?;
        let code = self.code(&owner.app, 0).await?;
        let session = self.signs_in(&owner.subject, APP, &code).await?;
        self.endpoint.advance(2 * 60 * 60).await?;
        self.replaced_from(&owner, &session).await
    }

    /// Whether `session` can put an app of its own in the place of the owner's.
    async fn replaced_from(&self, owner: &Owner, session: &E::Session) -> Tried {
        let Some(second) = self.begin_app(session).await? else {
            return Ok(Outcome::Held("let no app be begun".into()));
        };
        let first = self.code(&second, 0).await?;
        let _ = self.endpoint.confirm_app(session, &first).await?;
        self.pass_step(&second).await?;
        Ok(refused(self.knows(owner, &second).await?))
    }

    /// Whether the codes of `app` sign in.
    async fn knows(&self, owner: &Owner, app: &Totp) -> Result<bool, Unanswered> {
        let code = self.code(app, 0).await?;
        self.tries(&owner.subject, APP, &code).await
    }
}
