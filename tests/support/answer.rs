//! Proofs for any operation.

use second_factor::{
    Error, FactorKind, Grant, Handle, Proof, Purpose, Reason, SubjectId, Verified, Verifier,
    enrollment::{Authority, Enroller},
    purpose::Operation,
    sign_in::Registered,
};

/// What a proof gave, for any operation.
#[derive(Debug)]
pub enum Answer {
    Granted(Grant),
    Registered(Registered),
    Verified(Verified),
}

impl Answer {
    /// The factors of a proof that opens a session.
    pub fn factors(&self) -> Vec<FactorKind> {
        match self {
            Self::Granted(_) => Vec::new(),
            Self::Registered(registered) => registered.factors(),
            Self::Verified(verified) => verified.factors(),
        }
    }

    pub const fn subject(&self) -> &SubjectId {
        match self {
            Self::Granted(grant) => grant.subject(),
            Self::Registered(registered) => registered.subject(),
            Self::Verified(verified) => verified.subject(),
        }
    }

    pub fn verified(self) -> Verified {
        match self {
            Self::Verified(verified) => verified,
            other => panic!("{other:?} opens no session"),
        }
    }
}

impl From<&Answer> for Authority {
    fn from(answer: &Answer) -> Self {
        match answer {
            Answer::Granted(grant) => grant.into(),
            Answer::Registered(registered) => registered.into(),
            Answer::Verified(verified) => verified.into(),
        }
    }
}

impl From<&Answer> for Enroller {
    fn from(answer: &Answer) -> Self {
        Authority::from(answer).into()
    }
}

/// Proofs for an operation that is a value.
pub trait Prove {
    async fn prove_for(
        &self,
        subject: &SubjectId,
        operation: impl Into<Operation>,
        proof: Proof,
    ) -> Result<Answer, Error>;

    /// Completes a sign-in or a registration whose PIN was forgotten.
    async fn verify_pin_reset(
        &self,
        subject: &SubjectId,
        due: &Handle,
        challenge: impl Into<Handle>,
        typed: &str,
    ) -> Result<Answer, Error>;
}

impl Prove for Verifier {
    async fn prove_for(
        &self,
        subject: &SubjectId,
        operation: impl Into<Operation>,
        proof: Proof,
    ) -> Result<Answer, Error> {
        let purpose = match operation.into() {
            Operation::Manage => Purpose::Manage,
            Operation::Recover => Purpose::Recover,
            Operation::Register => {
                return self.register(subject, proof).await.map(Answer::Registered);
            }
            Operation::SignIn => return self.verify(subject, proof).await.map(Answer::Verified),
            Operation::StepUp => Purpose::StepUp,
            Operation::Transaction(agreement) => Purpose::Transaction(agreement),
            other => panic!("no proof is for {other:?}"),
        };
        self.verify_for(subject, purpose, proof).await.map(Answer::Granted)
    }

    async fn verify_pin_reset(
        &self,
        subject: &SubjectId,
        due: &Handle,
        challenge: impl Into<Handle>,
        typed: &str,
    ) -> Result<Answer, Error> {
        // The page knows which of the two waits for the PIN; a test tries one after the other.
        let proof = Proof::pin_reset(due, challenge, typed);
        match self.verify(subject, proof.clone()).await {
            Err(Error::Denied(denial)) if denial.reason() == Reason::OtherPurpose => {
                self.register(subject, proof).await.map(Answer::Registered)
            }
            verified => verified.map(Answer::Verified),
        }
    }
}
