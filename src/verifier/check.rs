//! Checks of proofs, with the slow checks that they require.

use super::{Error, Verifier, offload::Turn, transaction::MAX_ATTEMPTS};
use crate::{
    id::SubjectId,
    sign_in::verified::Proven,
    subject::{Checked, Decision, NewDevice, SlowCheck, SlowResult, Subject},
};

impl Verifier {
    /// Decides on a proof, and runs the slow check that the proof requires.
    ///
    /// `trust` is the device to trust if the proof signs in. Returns `None` for a correct rehearsal
    /// of the PIN, which proves nothing.
    pub(super) async fn check(
        &self,
        subject: &SubjectId,
        trust: Option<&NewDevice>,
        decision: impl Fn(Subject<'_>) -> Decision<Checked> + Send + Sync,
    ) -> Result<Option<Proven>, Error> {
        let (mut checked, turn) = self.decide_in_turn(subject, decision).await?;
        if let Checked::SlowCheck(check) = checked {
            let result = self.run_slow_check(check, turn).await?;
            checked =
                self.decide(subject, |subject| subject.trusting(trust).conclude(&result)).await?;
        }
        match checked {
            Checked::Practiced => Ok(None),
            Checked::Proven(proven) => Ok(Some(proven)),
            // The provider did not check it. And a slow check never ends in another one.
            Checked::ProviderFailed | Checked::SlowCheck(_) => Err(Error::CheckLost),
        }
    }

    /// Makes a decision, and waits for a turn if the decision needs a slow check.
    ///
    /// After the wait, the decision is made again, and the earlier one is dropped. Therefore, a
    /// full queue refuses the call before the attempt is counted, and the lease does not expire
    /// during the wait.
    async fn decide_in_turn(
        &self,
        subject: &SubjectId,
        decision: impl Fn(Subject<'_>) -> Decision<Checked> + Send + Sync,
    ) -> Result<(Checked, Option<Turn>), Error> {
        let mut turn = None;
        for _ in 0..MAX_ATTEMPTS {
            let decided = decision(self.open(subject).await?)?;
            match decided.slow_class().filter(|_| turn.is_none()) {
                Some((class, is_counted)) => {
                    turn = Some(self.turn(subject, class, is_counted).await?);
                }
                None => {
                    if let Some(outcome) = self.commit(subject, decided).await? {
                        return Ok((outcome, turn));
                    }
                }
            }
        }
        Err(Error::Busy)
    }

    async fn run_slow_check(
        &self,
        check: SlowCheck,
        turn: Option<Turn>,
    ) -> Result<SlowResult, Error> {
        if let Some((id, typed)) = check.remote_check() {
            let provider = self.shared.remote_codes.as_ref().ok_or(Error::CheckLost)?;
            let answer = provider.check(id, typed).await;
            return Ok(check.with_remote_answer(answer));
        }
        let turn = turn.ok_or(Error::CheckLost)?;
        let legacy_hashes = self.shared.legacy_hashes.clone();
        self.offload(turn, move |memory| match legacy_hashes {
            Some(hashes) => check.run_in(memory, |hash, typed| hashes.matches(hash, typed)),
            None => check.run_in(memory, |_, _| false),
        })
        .await
    }
}
