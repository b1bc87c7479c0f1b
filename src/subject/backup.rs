//! Backup codes: made once, shown once, each used once.

mod codes;

use alloc::{string::String, vec::Vec};
use core::fmt;

use minicbor::{CborLen, Decode, Encode, bytes::ByteArray};
use subtle::ConstantTimeEq as _;

pub use self::codes::BackupCodes;
pub(super) use self::codes::canonical;
use super::{
    Authority, Checked, Decision, Subject,
    fields::purpose,
    limiter::Limiter,
    slow_hash::{Salt, SlowHash},
    state::{FactorSummary, Times},
    work::{Foreign, LeaseOf, Task},
};
use crate::{
    FactorKind, Purpose,
    event::Event,
    verdict::{Denial, Reason},
    wiped::Wiped,
};

/// The codes that were made together.
#[derive(Encode, Decode, CborLen)]
#[cbor(map)]
pub(super) struct BackupSet {
    #[n(0)]
    pub(super) codes: Vec<BackupCode>,
    #[n(1)]
    pub(super) limiter: Limiter,
    #[n(2)]
    pub(super) times: Times,
}

/// What is kept of one code.
#[derive(Encode, Decode, CborLen)]
pub(super) enum BackupCode {
    /// It was used. It is worth nothing any more, so that a fast keyed hash is enough to know it by.
    #[n(0)]
    Used(#[n(0)] ByteArray<32>),
    /// It can be used. Its selector is a keyed byte of it, so that a guess costs one slow hash.
    #[n(1)]
    Fresh {
        #[n(0)]
        selector: u8,
        #[n(1)]
        hash: SlowHash,
    },
    /// It was hashed by another application, which alone can check it.
    #[n(2)]
    Foreign(#[n(0)] String),
}

/// What a try of a code is for.
#[derive(Clone, Encode, Decode, CborLen)]
pub(super) struct BackupUse {
    #[cbor(n(0), with = "purpose")]
    purpose: Purpose,
    /// By what the code is known once it was used.
    #[n(1)]
    mark: ByteArray<32>,
    /// The proof before this one, where two are due.
    #[n(2)]
    after: Option<ByteArray<16>>,
}

impl BackupSet {
    pub(super) fn left(&self) -> u8 {
        let fresh = self.codes.iter().filter(|code| !matches!(code, BackupCode::Used(_)));
        u8::try_from(fresh.count()).unwrap_or(u8::MAX)
    }

    fn hashes(&self) -> impl Iterator<Item = &SlowHash> {
        self.codes.iter().filter_map(|code| match code {
            BackupCode::Fresh { hash, .. } => Some(hash),
            BackupCode::Foreign(_) | BackupCode::Used(_) => None,
        })
    }
}

impl Subject<'_> {
    /// Draws new backup codes. Nothing is written yet: hash them, then
    /// [`install`](Self::install_backup_codes) them.
    ///
    /// # Errors
    ///
    /// A [`Denial`]: no right, or no factor stands that they could stand in for.
    pub fn draw_backup_codes(mut self, authority: &Authority) -> Result<DrawnCodes, Denial> {
        self.check_authority(authority)?;
        self.check_has_factor()?;
        let codes = BackupCodes::draw(self.policy.backup_codes(), &mut self.moment, |text| {
            self.keys.backup_selector(&self.record_id, text)
        });
        let hashing = codes.canonical().map(|text| self.hashing(text)).collect();
        Ok(DrawnCodes { hashing, codes })
    }

    /// What is to be hashed of a code, in the one form that it has.
    pub(super) fn hashing(&mut self, text: &str) -> Hashing {
        Hashing {
            selector: self.keys.backup_selector(&self.record_id, text),
            input: self.keys.slow_input(&self.record_id, b"backup", text),
            salt: Salt::draw(self.policy.hash_cost(), &mut self.moment),
        }
    }

    /// Puts new backup codes in the place of those that stand, all of them at once.
    ///
    /// # Errors
    ///
    /// As [`draw_backup_codes`](Self::draw_backup_codes), since the record may have changed.
    pub fn install_backup_codes(
        mut self,
        authority: &Authority,
        hashed: &HashedCodes,
    ) -> Decision<BackupCodes> {
        self.check_authority(authority)?;
        self.check_has_factor()?;
        let fresh = |(selector, hash): &(u8, SlowHash)| BackupCode::Fresh {
            selector: *selector,
            hash: hash.clone(),
        };
        let codes = hashed.hashes.iter().map(fresh).collect();
        self.put_backup_codes(codes);
        Ok(self.commit(Ok(hashed.codes.again())))
    }

    pub(super) fn put_backup_codes(&mut self, codes: Vec<BackupCode>) {
        let (limiter, times) = (Limiter::new(), Times::new(self.now()));
        let set = BackupSet { codes, limiter, times };
        let kind = FactorKind::BackupCode;
        let event = match self.state.factors.backup.replace(set) {
            Some(_) => {
                // STD N-23: what was proven with the old ones counts no longer.
                self.advance_epoch();
                Event::FactorReplaced(kind)
            }
            None => Event::FactorAdded(kind),
        };
        self.events.push(event);
    }

    pub(super) fn verify_backup_code(self, purpose: Purpose, typed: &str) -> Decision<Checked> {
        const KIND: FactorKind = FactorKind::BackupCode;
        let text = canonical(typed).ok_or(Denial::new(Reason::Malformed))?;
        if !self.policy.factor_set(purpose).contains(KIND) {
            return Err(Denial::new(Reason::NotAllowed));
        }
        let mark = self.keys.backup_mark(&self.record_id, &text);
        let mut task = Task {
            typed: self.keys.slow_input(&self.record_id, b"backup", &text),
            against: Vec::new(),
            foreign: Foreign::default(),
            asks: None,
        };
        let Some(set) = &self.state.factors.backup else {
            let reason = self.require_record().map_or(Reason::Absent, |()| Reason::NotEnrolled);
            return self.refuse_slowly(reason, task);
        };
        if let super::limiter::Gate::Locked(until) = set.limiter.gate(self.now()) {
            return Err(Denial::until(Reason::Locked, until));
        }
        let selector = self.keys.backup_selector(&self.record_id, &text);
        let (mut is_used, mut foreign) = (subtle::Choice::from(0), Vec::new());
        for (place, code) in (0..).zip(&set.codes) {
            match code {
                BackupCode::Used(mark_of_it) => is_used |= mark_of_it.ct_eq(&mark[..]),
                BackupCode::Fresh { selector: its, hash } if *its == selector => {
                    task.against.push((place, hash.clone()));
                }
                BackupCode::Fresh { .. } => {}
                BackupCode::Foreign(hash) => foreign.push((place, hash.clone())),
            }
        }
        if task.against.is_empty() {
            // What the set cost to make, not what it would cost now: the time would tell the selector.
            let cost_now = || SlowHash::dummy(self.policy.hash_cost());
            let nobody = set.hashes().next().map_or_else(cost_now, SlowHash::dummy_like);
            task.against.push((NOBODY, nobody));
        }
        if bool::from(is_used) {
            // STD N-29: told as an event, not counted; outside it is a wrong code, and costs as much.
            return self.refuse_slowly(Reason::Replayed, task);
        }
        task.foreign = Foreign { typed: Wiped::new(typed.trim().into()), hashes: foreign };
        let after = self.after.map(|handle| (*handle.id()).into());
        let used = BackupUse { purpose, mark: (*mark).into(), after };
        self.reserve(LeaseOf::Backup(used), task)
    }

    pub(super) fn accept_backup_code(
        mut self,
        used: &BackupUse,
        place: u8,
        failures: u32,
    ) -> Decision<Checked> {
        let now = self.now();
        let set = self.state.factors.backup.as_mut();
        let code = set.and_then(|set| {
            set.times.touch(now);
            set.codes.get_mut(usize::from(place))
        });
        let Some(code) = code else {
            return self.refuse(Reason::NotFound);
        };
        // STD N-32: the write that records the success spends the code.
        *code = BackupCode::Used(used.mark);
        let left = self.state.factors.backup.as_ref().map_or(0, BackupSet::left);
        if left <= LOW {
            self.events.push(Event::BackupCodesLow(left));
        }
        self.resume(used.after.as_deref());
        self.accept(FactorKind::BackupCode, used.purpose, failures)
    }

    /// Backup codes stand in for another factor, and go when the last of the others goes.
    fn check_has_factor(&self) -> Result<(), Denial> {
        let stands = |one: FactorSummary<'_>| one.protects && one.kind.can_be_only_factor();
        if self.state.factors.each().any(stands) {
            return Ok(());
        }
        Err(Denial::new(Reason::NotEnrolled))
    }
}

/// Backup codes that are to be hashed before they count: ten slow hashes.
///
/// # Example
///
/// ```
/// use second_factor::subject::{DrawnCodes, HashedCodes};
///
/// fn elsewhere(drawn: DrawnCodes) -> Option<HashedCodes> {
///     std::thread::spawn(move || drawn.hash()).join().ok()?
/// }
/// # let _ = elsewhere;
/// ```
#[must_use = "codes that are not hashed and installed are none"]
pub struct DrawnCodes {
    hashing: Vec<Hashing>,
    codes: BackupCodes,
}

/// One code that is to be hashed.
pub(super) struct Hashing {
    selector: u8,
    input: Wiped<[u8; 32]>,
    salt: Salt,
}

impl Hashing {
    /// Its selector and its hash; `None` when there is no memory for it.
    pub(super) fn hash(&self) -> Option<(u8, SlowHash)> {
        Some((self.selector, self.salt.hash(&self.input)?))
    }
}

impl DrawnCodes {
    /// Hashes them; `None` when there is no memory for it.
    #[must_use]
    pub fn hash(self) -> Option<HashedCodes> {
        let hashes = self.hashing.iter().map(Hashing::hash).collect::<Option<_>>()?;
        Some(HashedCodes { hashes, codes: self.codes })
    }
}

impl fmt::Debug for DrawnCodes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("DrawnCodes").finish_non_exhaustive()
    }
}

/// Backup codes that can be [installed](Subject::install_backup_codes).
///
/// # Example
///
/// See [`DrawnCodes`].
pub struct HashedCodes {
    hashes: Vec<(u8, SlowHash)>,
    codes: BackupCodes,
}

impl fmt::Debug for HashedCodes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("HashedCodes").finish_non_exhaustive()
    }
}

/// So few that the person should make new ones.
const LOW: u8 = 3;
/// The place of no code.
const NOBODY: u8 = u8::MAX;

#[cfg(test)]
mod tests {
    use alloc::format;

    use super::*;
    use crate::{
        Keys, Policy, Secret, SubjectId, UnixTime,
        otp::TotpParameters,
        record::Swap,
        subject::{Moment, Opened, Settled, state::TotpFactor},
    };

    /// Ten hashes for each guess would make guessing a way to keep a server busy.
    #[test]
    fn a_guess_costs_a_hash_and_seldom_two() {
        let keys = Keys::new(core::array::from_fn(|at| at as u8));
        let (policy, alice) = (Policy::default(), SubjectId::new("alice").unwrap());
        // The set was made at another cost than that of now.
        let then = Policy::builder().danger_cheap_hashes().build().unwrap().hash_cost();
        let written = |hash: &SlowHash| minicbor::to_vec(hash).unwrap();
        let now = UnixTime::from_secs(1_800_000_000);
        let guess = |number: usize| {
            let opened = Subject::open(&keys, &policy, &alice, None, Moment::new(now, [1; 32]));
            let Ok(Opened::Ready(mut subject)) = opened else { panic!("nothing is stored") };
            let secret = Secret::new(&[7; 20]).unwrap();
            let (parameters, times) = (TotpParameters::new(), Times::new(now));
            let limiter = Limiter::new();
            subject.state.factors.totp =
                Some(TotpFactor { secret, parameters, last: None, limiter, times });
            let hash = SlowHash::dummy(then);
            let fresh = |selector| BackupCode::Fresh { selector, hash: hash.clone() };
            subject.put_backup_codes((0..10).map(fresh).collect());
            let typed = format!("ABCD-EFGH-JKMN-{number:04}");
            let decided = subject.verify_backup_code(Purpose::SignIn, &typed).unwrap();
            let Settled::Done { outcome: Ok(Checked::SlowCheck(work)), .. } =
                decided.settle(Swap::Commit)
            else {
                panic!("there is slow work")
            };
            // Another cost would tell by the time that no code has this selector.
            assert!(work.against.iter().all(|(_, its)| written(its) == written(&hash)));
            work.against.len()
        };
        let hashes: usize = (0..200).map(guess).sum();
        assert!((200..220).contains(&hashes), "{hashes}");
    }
}
