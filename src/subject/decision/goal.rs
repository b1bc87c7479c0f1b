//! The goal of an attempt.

use crate::{
    amr::Methods, assurance::Evidence, factor::FactorKind, first_factor::FirstFactor,
    purpose::Operation, subject::record::fields::Id,
};

/// What an attempt is for.
#[derive(Clone)]
pub(crate) struct Goal {
    pub(crate) purpose: Operation,
    /// The partial proof that it resumes.
    pub(crate) resumes: Option<Id>,
    /// What came before it, for a purpose that depends on that.
    pub(crate) first_factor: Option<FirstFactor>,
    /// What was proven before, without a partial proof.
    pub(crate) proven: Evidence,
    /// How a correct attempt proves its factor.
    pub(crate) methods: Methods,
}

impl Goal {
    pub(crate) fn new(purpose: Operation, kind: FactorKind) -> Self {
        Self {
            purpose,
            resumes: None,
            first_factor: None,
            proven: Evidence::default(),
            methods: Methods::of(kind),
        }
    }
}
