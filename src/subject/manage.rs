//! Taking factors away. Adding them is in `enroll`.

use super::{Authority, Decision, Moment, Subject};
use crate::{
    Address, Event,
    factor::FactorKind,
    verdict::{Denial, Reason},
};

/// One factor of a subject, by name.
///
/// # Example
///
/// ```
/// use second_factor::{Address, subject::Factor};
///
/// let phone = Address::phone("+14155550100")?;
/// assert_eq!(format!("{:?}", Factor::Address(&phone)), "Address(Address(phone))");
/// # Ok::<(), second_factor::address::InvalidAddress>(())
/// ```
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub enum Factor<'a> {
    /// This proven address.
    Address(&'a Address),
    /// The authenticator app.
    App,
}

impl Subject<'_> {
    /// Removes a factor that is not the last, and ends what was proven before.
    ///
    /// # Errors
    ///
    /// A [`Denial`]: no right, no such factor, or it is the last one.
    pub fn revoke(
        mut self,
        authority: &Authority,
        factor: Factor<'_>,
        mut moment: Moment,
    ) -> Decision<()> {
        self.check_authority(authority, moment.now())?;
        let was_protected = self.is_protected();
        let kind = match factor {
            Factor::App => self.state.app.take().map(|_| FactorKind::App),
            Factor::Address(address) => {
                let stood = self.state.addresses.len();
                self.state.addresses.retain(|proven| proven.address != *address);
                (self.state.addresses.len() < stood).then(|| address.kind())
            }
        };
        let Some(kind) = kind else {
            return Err(Denial::new(Reason::NoSuch));
        };
        if was_protected && !self.is_protected() {
            return Err(Denial::new(Reason::LastFactor));
        }
        self.move_generation();
        self.events.push(Event::FactorRemoved(kind));
        Ok(self.commit(&mut moment, Ok(())))
    }

    /// Turns two-factor off: removes every factor. The record stays.
    ///
    /// # Errors
    ///
    /// A [`Denial`]: no right.
    pub fn turn_off(mut self, authority: &Authority, mut moment: Moment) -> Decision<()> {
        self.check_authority(authority, moment.now())?;
        self.state.app = None;
        self.state.addresses.clear();
        self.move_generation();
        self.events.push(Event::TurnedOff);
        Ok(self.commit(&mut moment, Ok(())))
    }

    /// Voids every right, challenge and enrollment that was given before.
    pub(super) fn move_generation(&mut self) {
        self.state.generation = self.state.generation.wrapping_add(1);
        self.state.challenges.clear();
        self.state.pendings.clear();
    }
}
