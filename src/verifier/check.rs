//! Checks of proofs, with the slow checks that they require.

use super::{Error, Verifier};
use crate::{
    id::SubjectId,
    sign_in::verified::Proven,
    subject::{Checked, Decision, NewDevice, SlowCheck, SlowResult, Subject},
};

impl Verifier {
    /// Decides on a proof, and runs the slow check that it requires.
    ///
    /// `trust` is the device to trust if the proof signs in. Returns `None` if it was a correct rehearsal of the PIN, which proves nothing.
    pub(super) async fn check(
        &self,
        subject: &SubjectId,
        trust: Option<&NewDevice>,
        decision: impl Fn(Subject<'_>) -> Decision<Checked> + Send + Sync,
    ) -> Result<Option<Proven>, Error> {
        let mut checked = self.decide(subject, decision).await?;
        if let Checked::SlowCheck(check) = checked {
            let result = self.run_slow_check(check).await?;
            checked =
                self.decide(subject, |subject| subject.trusting(trust).conclude(&result)).await?;
        }
        match checked {
            Checked::Practiced => Ok(None),
            Checked::Proven(proven) => Ok(Some(proven)),
            // A slow check never ends in another one.
            Checked::SlowCheck(_) => Err(Error::CheckLost),
        }
    }

    async fn run_slow_check(&self, check: SlowCheck) -> Result<SlowResult, Error> {
        if let Some((id, typed)) = check.remote_check() {
            let provider = self.shared.remote_codes.as_ref().ok_or(Error::CheckLost)?;
            let answer = provider.check(id, typed).await;
            return check.with_remote_answer(answer).ok_or(Error::CheckLost);
        }
        let legacy_hashes = self.shared.legacy_hashes.clone();
        self.offload(move || match legacy_hashes {
            Some(hashes) => check.run_with(|hash, typed| hashes.matches(hash, typed)),
            None => check.run(),
        })
        .await
    }
}
