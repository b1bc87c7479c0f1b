//! Attacks on TOTP codes.

use alloc::{format, string::String, vec::Vec};

use super::{
    ProbeOutcome, SignInEndpoint,
    scene::{Attempted, Owner, Scene, at_most_one, inconclusive, refused, refused_but},
};
use crate::factor::FactorKind;

const APP: FactorKind = FactorKind::Totp;

impl<E: SignInEndpoint> Scene<'_, E> {
    pub(super) async fn no_code(&self) -> Attempted {
        let owner = self.owner().await?;
        let session = self.endpoint.start(&owner.subject).await?;
        Ok(refused(self.endpoint.is_signed_in(&session).await?))
    }

    pub(super) async fn incorrect_code(&self) -> Attempted {
        let owner = self.owner().await?;
        let incorrect = self.incorrect(&owner.app, 0).await?;
        Ok(refused(self.tries(&owner.subject, APP, &incorrect).await?))
    }

    pub(super) async fn empty_code(&self) -> Attempted {
        let owner = self.owner().await?;
        let mut accepted = self.accepts_empty(&owner.subject, APP).await?;
        accepted |= self.accepts_empty(&owner.subject, FactorKind::BackupCode).await?;
        if let Some(subject) = offered(self.phone_owner().await)? {
            accepted |= self.accepts_empty(&subject, FactorKind::Phone).await?;
        }
        Ok(refused(accepted))
    }

    async fn accepts_empty(
        &self,
        subject: &crate::id::SubjectId,
        kind: FactorKind,
    ) -> Result<bool, super::Unanswered> {
        for empty in ["", " ", "0"] {
            if offered(self.tries(subject, kind, empty).await)? == Some(true) {
                return Ok(true);
            }
        }
        Ok(false)
    }

    pub(super) async fn same_step(&self) -> Attempted {
        let owner = self.owner().await?;
        let code = self.code(&owner.app, 0).await?;
        let _ = self.signs_in(&owner.subject, APP, &code).await?;
        Ok(refused(self.tries(&owner.subject, APP, &code).await?))
    }

    pub(super) async fn next_step(&self) -> Attempted {
        let owner = self.owner().await?;
        let code = self.code(&owner.app, 0).await?;
        let _ = self.signs_in(&owner.subject, APP, &code).await?;
        self.pass_step(&owner.app).await?;
        let mut accepted = self.tries(&owner.subject, APP, &code).await?;
        // The clock of this app is fast: its code is that of the next time step, and must be
        // consumed for that step.
        let early = self.code(&owner.app, 1).await?;
        if self.tries(&owner.subject, APP, &early).await? {
            self.pass_step(&owner.app).await?;
            accepted |= self.tries(&owner.subject, APP, &early).await?;
        }
        Ok(refused(accepted))
    }

    pub(super) async fn race(&self) -> Attempted {
        let owner = self.owner().await?;
        let code = self.code(&owner.app, 0).await?;
        Ok(at_most_one(self.at_once(&owner.subject, APP, &code).await?))
    }

    pub(super) async fn signed_out(&self) -> Attempted {
        let owner = self.owner().await?;
        let code = self.code(&owner.app, 0).await?;
        let session = self.signs_in(&owner.subject, APP, &code).await?;
        self.endpoint.sign_out(&session).await?;
        self.pass_step(&owner.app).await?;
        let code = self.code(&owner.app, 0).await?;
        // This detects a session that is still signed in, and one that signs in again.
        Ok(refused(self.types(&session, APP, &code).await?))
    }

    pub(super) async fn fresh_sessions(&self) -> Attempted {
        let owner = self.owner().await?;
        self.guess_in_fresh_sessions(&owner).await?;
        let code = self.code(&owner.app, 0).await?;
        Ok(refused(self.tries(&owner.subject, APP, &code).await?))
    }

    pub(super) async fn correct_code_under_lock(&self) -> Attempted {
        let owner = self.owner().await?;
        let session = self.start(&owner.subject).await?;
        for nth in 0..ATTEMPTS {
            let incorrect = self.incorrect(&owner.app, nth).await?;
            if self.types(&session, APP, &incorrect).await? {
                return Ok(refused(true));
            }
        }
        let code = self.code(&owner.app, 0).await?;
        Ok(refused(self.types(&session, APP, &code).await?))
    }

    pub(super) async fn locked_for_good(&self) -> Attempted {
        let owner = self.owner().await?;
        self.guess_in_fresh_sessions(&owner).await?;
        self.endpoint.advance(DAY).await?;
        let code = self.code(&owner.app, 0).await?;
        Ok(match self.tries(&owner.subject, APP, &code).await? {
            true => ProbeOutcome::Resisted("signed the owner in".into()),
            false => ProbeOutcome::Vulnerable("locked the owner out".into()),
        })
    }

    async fn guess_in_fresh_sessions(&self, owner: &Owner) -> Result<(), super::Unanswered> {
        for nth in 0..ATTEMPTS {
            let incorrect = self.incorrect(&owner.app, nth).await?;
            if self.tries(&owner.subject, APP, &incorrect).await? {
                return Err(inconclusive("an incorrect code signed in"));
            }
        }
        Ok(())
    }

    pub(super) async fn other_subject(&self) -> Attempted {
        let (owner, other) = (self.owner().await?, self.owner().await?);
        let code = self.code(&other.app, 0).await?;
        Ok(refused(self.tries(&owner.subject, APP, &code).await?))
    }

    pub(super) async fn enrollment_code(&self) -> Attempted {
        let (subject, session) = self.new_user().await?;
        let app = self.add_app(&session).await?;
        let code = self.code(&app, 0).await?;
        Ok(refused(self.tries(&subject, APP, &code).await?))
    }

    pub(super) async fn outside_window(&self) -> Attempted {
        let owner = self.owner().await?;
        for steps in [-10, -3, 3, 10] {
            let code = self.code(&owner.app, steps).await?;
            if self.tries(&owner.subject, APP, &code).await? {
                let when = if steps < 0 { "before" } else { "after" };
                let steps = steps.unsigned_abs();
                return Ok(ProbeOutcome::Vulnerable(format!(
                    "accepted the code of {steps} time steps {when}"
                )));
            }
        }
        Ok(refused(false))
    }

    pub(super) async fn leading_zeros(&self) -> Attempted {
        let owner = self.owner().await?;
        // One code in ten begins with a zero.
        for _ in 0..1000 {
            let code = self.code(&owner.app, 0).await?;
            let number = code.trim_start_matches('0');
            if number.len() == code.len() || number.is_empty() {
                self.pass_step(&owner.app).await?;
                continue;
            }
            for spelling in [number.into(), format!("0{code}"), format!("+{number}")] {
                if self.tries(&owner.subject, APP, &spelling).await? {
                    return Ok(refused(true));
                }
            }
            return Ok(refused_but(false, self.tries(&owner.subject, APP, &code).await?));
        }
        Err(inconclusive("no code began with a zero"))
    }

    pub(super) async fn unicode_digits(&self) -> Attempted {
        self.spelled(|code| {
            let digits = |zero| code.chars().filter_map(move |digit| other_digit(zero, digit));
            // Full-width, Arabic-Indic, mathematical bold.
            ['\u{ff10}', '\u{660}', '\u{1d7ce}'].map(|zero| digits(zero).collect()).into()
        })
        .await
    }

    pub(super) async fn spaces(&self) -> Attempted {
        self.spelled(|code| {
            let (head, tail) = code.split_at(code.len() / 2);
            let around = [format!(" {code}"), format!("{code} "), format!("{code}\r\n")];
            around
                .into_iter()
                .chain([format!("{head} {tail}"), format!("{head}\u{200b}{tail}")])
                .collect()
        })
        .await
    }

    /// Submits one code in several spellings, with the plain one first and last.
    ///
    /// At most one submission may be accepted.
    ///
    /// If a form removes spaces, the replay check must treat all spellings as the same code.
    async fn spelled(&self, spell: impl Fn(&str) -> Vec<String> + Send + Sync) -> Attempted {
        let owner = self.owner().await?;
        let mut most = 0;
        for is_first in [true, false] {
            let plain = self.code(&owner.app, 0).await?;
            let mut spellings = spell(&plain);
            spellings.insert(if is_first { 0 } else { 1 }, plain);
            let mut accepted = 0;
            for spelling in &spellings {
                accepted += usize::from(self.tries(&owner.subject, APP, spelling).await?);
            }
            if is_first && accepted == 0 {
                return Err(inconclusive("a correct code did not sign in"));
            }
            most = most.max(accepted);
            self.pass_step(&owner.app).await?;
        }
        Ok(at_most_one(most))
    }

    pub(super) async fn part_of_code(&self) -> Attempted {
        let owner = self.owner().await?;
        let code = self.code(&owner.app, 0).await?;
        let (without_last, without_first) = (code.get(..code.len() - 1), code.get(1..));
        let parts = [without_first, without_last, code.get(..1)];
        for part in parts.into_iter().flatten() {
            if self.tries(&owner.subject, APP, part).await? {
                return Ok(refused(true));
            }
        }
        Ok(refused(false))
    }

    pub(super) async fn long_code(&self) -> Attempted {
        let owner = self.owner().await?;
        let code = self.code(&owner.app, 0).await?;
        let more =
            [code.repeat(2), format!("{code}{}", "0".repeat(MEBIBYTE)), "9".repeat(MEBIBYTE)];
        for long in more {
            if self.tries(&owner.subject, APP, &long).await? {
                return Ok(refused(true));
            }
        }
        Ok(refused(false))
    }

    pub(super) async fn one_refusal(&self) -> Attempted {
        let owner = self.owner().await?;
        let old = self.code(&owner.app, 0).await?;
        self.endpoint.advance(60 * 60).await?;
        let used = self.code(&owner.app, 0).await?;
        let _ = self.signs_in(&owner.subject, APP, &used).await?;
        let incorrect = self.incorrect(&owner.app, 0).await?;
        let mut said = Vec::new();
        for code in [incorrect, used, old] {
            let session = self.start(&owner.subject).await?;
            said.push(self.endpoint.submit(&session, APP, &code).await?);
        }
        Ok(match said.windows(2).all(|pair| pair.first() == pair.last()) {
            true => ProbeOutcome::Resisted("returned the same response to all".into()),
            false => ProbeOutcome::Vulnerable(format!("returned {}", said.join(" | "))),
        })
    }
}

/// Converts the error [`NotOffered`](super::Unanswered::NotOffered) to `None`.
fn offered<T>(tried: Result<T, super::Unanswered>) -> Result<Option<T>, super::Unanswered> {
    match tried {
        Ok(answer) => Ok(Some(answer)),
        Err(super::Unanswered::NotOffered) => Ok(None),
        Err(broken) => Err(broken),
    }
}

/// Returns the digit in the script whose zero is `zero`.
fn other_digit(zero: char, digit: char) -> Option<char> {
    char::from_u32(u32::from(zero) + digit.to_digit(10)?)
}

/// The limit of consecutive failed attempts on a factor (STD N-41).
const ATTEMPTS: usize = 100;
const DAY: u64 = 24 * 60 * 60;
const MEBIBYTE: usize = 1 << 20;
