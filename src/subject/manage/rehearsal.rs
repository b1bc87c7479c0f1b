//! The invented feature of `tests/tools/rehearsal`.
//!
//! It plays what a later release adds to a record: a field and a kind of factor. Only that test
//! compiles it. A user enrolls a random key in addition to other factors, and signs in with it.

use super::{authority::Authority, permissions::check_authority};
use crate::{
    denial::Reason,
    event::Event,
    factor::FactorKind,
    id::{Handle, HandleKind},
    purpose::Operation,
    subject::{
        decision::{checked::Checked, subject::Subject, transition::Decision},
        proof::{Offered, Proof},
        record::{factor_times::FactorTimes, fields::Id},
    },
};

impl Proof {
    /// Creates a proof from the key that [`Subject::enroll_rehearsal`] returned.
    #[must_use]
    pub const fn rehearsal(key: Handle) -> Self {
        Self::new(Offered::Rehearsal { key })
    }
}

impl Subject<'_> {
    /// Enrolls a key, and returns it.
    ///
    /// # Errors
    ///
    /// Returns a [`Denial`](crate::denial::Denial) if the authority lacks permission.
    pub fn enroll_rehearsal(mut self, authority: &Authority) -> Decision<Handle> {
        check_authority(&self, authority)?;
        self.bind("enroll rehearsal", &[]);
        let (id, now): (Id, _) = (self.moment.bytes().into(), self.now());
        self.state.factors.rehearsal = Some((id, FactorTimes::new(now)));
        self.report(Event::FactorAdded(FactorKind::Rehearsal));
        Ok(self.commit(Ok(Handle::new(HandleKind::Enrollment, *id))))
    }

    pub(in crate::subject) fn verify_rehearsal(
        mut self,
        purpose: Operation,
        after: Option<&Handle>,
        key: &Handle,
    ) -> Decision<Checked> {
        self.check_allowed(FactorKind::Rehearsal, purpose)?;
        let goal = self.goal(purpose, FactorKind::Rehearsal, after, None);
        let now = self.now();
        let checked = match &mut self.state.factors.rehearsal {
            Some((id, times)) if key.is(HandleKind::Enrollment, id) => {
                times.touch(now);
                Ok(())
            }
            _ => Err(Reason::NotFound),
        };
        self.record_unguessable(FactorKind::Rehearsal, goal, checked)
    }
}
