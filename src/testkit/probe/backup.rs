//! Attacks on backup codes.

use alloc::{string::String, vec::Vec};

use super::{
    SignInEndpoint, Unanswered,
    scene::{Attempted, Owner, Scene, at_most_one, inconclusive, refused, refused_but},
};
use crate::factor::FactorKind;

const BACKUP: FactorKind = FactorKind::BackupCode;

impl<E: SignInEndpoint> Scene<'_, E> {
    pub(super) async fn backup_twice(&self) -> Attempted {
        let (owner, codes) = self.backup_owner().await?;
        let (first, second) = two(&codes)?;
        let _ = self.signs_in(&owner.subject, BACKUP, first).await?;
        let again = self.tries(&owner.subject, BACKUP, first).await?;
        Ok(refused_but(again, self.tries(&owner.subject, BACKUP, second).await?))
    }

    pub(super) async fn backup_at_once(&self) -> Attempted {
        let (owner, codes) = self.backup_owner().await?;
        Ok(at_most_one(self.at_once(&owner.subject, BACKUP, two(&codes)?.0).await?))
    }

    pub(super) async fn old_backup_code(&self) -> Attempted {
        let (owner, old) = self.backup_owner().await?;
        let new = self.new_codes(&owner).await?;
        let accepted = self.tries(&owner.subject, BACKUP, two(&old)?.0).await?;
        Ok(refused_but(accepted, self.tries(&owner.subject, BACKUP, two(&new)?.0).await?))
    }

    pub(super) async fn other_subjects_backup_code(&self) -> Attempted {
        let (owner, _) = self.backup_owner().await?;
        let (_, codes) = self.backup_owner().await?;
        Ok(refused(self.tries(&owner.subject, BACKUP, two(&codes)?.0).await?))
    }

    async fn backup_owner(&self) -> Result<(Owner, Vec<String>), Unanswered> {
        let owner = self.owner().await?;
        let codes = self.new_codes(&owner).await?;
        Ok((owner, codes))
    }

    /// Generates new backup codes, in a session that has just signed in.
    async fn new_codes(&self, owner: &Owner) -> Result<Vec<String>, Unanswered> {
        let code = self.code(&owner.app, 0).await?;
        let session = self.signs_in(&owner.subject, FactorKind::Totp, &code).await?;
        let codes = self.endpoint.new_backup_codes(&session).await?;
        self.pass_step(&owner.app).await?;
        Ok(codes)
    }
}

fn two(codes: &[String]) -> Result<(&str, &str), Unanswered> {
    match codes {
        [first, second, ..] => Ok((first, second)),
        _ => Err(inconclusive("there are fewer than two backup codes")),
    }
}
