//! The goal of an attempt.

use crate::{
    amr::Methods,
    assurance::Evidence,
    factor::FactorKind,
    first_factor::FirstFactor,
    purpose::Operation,
    subject::record::{fields::Id, lane::Lane, open_codes::EarlierProof},
};

/// The goal of an attempt, with the context that a partial proof may add.
#[derive(Clone)]
pub(crate) struct Goal {
    pub(crate) purpose: Operation,
    /// The partial proof that the attempt resumes.
    pub(crate) resumes: Option<Id>,
    /// The first factor, for a purpose that depends on one.
    pub(crate) first_factor: Option<FirstFactor>,
    pub(crate) lane: Lane,
    /// What was proven before, without a partial proof.
    pub(crate) proven: Evidence,
    /// The proof under which an enrollment began.
    pub(crate) began_with: Option<EarlierProof>,
    /// The methods by which a correct attempt proves its factor.
    pub(crate) methods: Methods,
}

impl Goal {
    pub(crate) fn new(purpose: Operation, kind: FactorKind, lane: Lane) -> Self {
        Self {
            purpose,
            resumes: None,
            first_factor: None,
            lane,
            proven: Evidence::default(),
            began_with: None,
            methods: Methods::of(kind),
        }
    }
}
