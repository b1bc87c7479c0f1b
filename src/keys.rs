//! Secret keys of the application, and derived values.

mod generation;
mod hedge;
mod names;
mod pepper;
mod root;
mod seal;

use alloc::vec::Vec;
use core::{fmt, ops::BitOr};

use subtle::{Choice, ConstantTimeEq as _};

pub(crate) use self::{
    generation::{Generation, MAX_GENERATIONS},
    names::PREFIX_SHARDS,
    pepper::{CodeBinding, Pepper},
    seal::{FORMAT, MAX_BODY, RecordKind, Sealed, TextKind, concat_into},
};
use self::{
    generation::{GenerationKeys, Role, naming_of, pepper_of},
    seal::{NEWEST_OF_THE_RELEASE_BEFORE, OLDEST},
};
use crate::{
    error::{Invalid, What},
    mac::MacKey,
    wiped::Wiped,
};

/// The secret keys of one application.
///
/// Store the keys outside of the database that contains the records.
///
/// All other keys are derived from a *root key*. The key that names the records comes from the
/// first root, and the names never change. Every other derived key belongs to a *generation*, which
/// is a root with a number. The keys of a generation seal records and strings, and hash codes,
/// PINs, device tokens and clients. The first root is generation 1.
///
/// # Replacing a root
///
/// Each row is one deployment to all processes, and can be rolled back to the row before.
///
/// | step | keys |
/// |---|---|
/// | today | `Keys::new(first)` |
/// | every process opens generation 2 | `Keys::new(first).opening(2, second)?` |
/// | every process seals with it | `Keys::new(first).sealing(2, second)?` |
/// | drop generation 1 | `Keys::named_by(names, 2, second)?` |
///
/// Before the last step, call [`reseal`](crate::verifier::Operations::reseal) for every subject of
/// your application. Then wait until the sealed strings of generation 1 that your users still need
/// have expired. Under the default policy, a trusted device expires after 30 days. `names` is the
/// output of [`naming_key`](Self::naming_key) for the first root. A subject that was not resealed
/// cannot sign in, and is never treated as unprotected.
///
/// - In the third step, each write uses the newest generation.
///   [`Event::KeyRotated`](crate::host::Event::KeyRotated) reports every record that a write seals
///   again.
/// - A PIN is hashed again when it is entered correctly. Backup codes stay under their generation
///   until they are replaced. When you drop a generation, add its
///   [`retired_pepper`](Self::retired_pepper). Otherwise, its PINs and backup codes are disabled,
///   and must be set again.
/// - The token of a trusted device belongs to the new generation after it rotates. Sent codes, and
///   budgets of addresses and phone prefixes, expire within a day.
///
/// If the old root leaked, add [`replacing_leaked`](Self::replacing_leaked) from the third step on.
/// See [what a replacement cannot undo](crate::manual::tasks#replace-a-root-key).
///
/// # Input
///
/// Each root has 32 random bytes. Load it from a secret manager or an environment variable of the
/// process. For example, generate a root with `openssl rand -hex 32`, and load it with
/// [`from_hex`](Self::from_hex).
///
/// # Security
///
/// - A stolen database alone reveals no secret, code, phone number or subject id, and does not let
///   an attacker check a guessed code.
/// - A stolen root, together with the database, opens every record of its generation.
/// - If the root or the naming key is lost, no subject can sign in. An incorrect key is detected,
///   and every sign-in is then refused.
/// - Two applications with different root keys must use different tables.
///
/// # Source
///
/// OWASP Multifactor Authentication (a six-digit code needs a keyed hash); OWASP ASVS 5.0.0 11.3.3
/// (authenticated encryption); RFC 4226 §7.5.
///
/// # Example
///
/// ```
/// use second_factor::{Keys, SubjectId};
///
/// # let [first, second] = [1, 2].map(|n| core::array::from_fn(|i| n * i as u8));
/// let both = Keys::new(first).sealing(2, second)?;
/// // In production: derived once, and stored like a root.
/// let names = Keys::naming_key(&first);
/// let only = Keys::named_by(names, 2, second)?;
/// let alice = SubjectId::new("user-42")?;
/// assert_eq!(both.subject_record(&alice), only.subject_record(&alice));
/// assert!(Keys::new(first).sealing(2, first).is_err());
/// # Ok::<(), second_factor::error::Invalid>(())
/// ```
#[doc(alias = "encryption key")]
#[doc(alias = "pepper")]
#[doc(alias = "key rotation")]
pub struct Keys {
    naming: MacKey,
    /// In ascending order of their numbers. At least one of them seals.
    generations: Vec<GenerationKeys>,
    /// Peppers of generations that were dropped.
    retired: Vec<(Generation, MacKey)>,
    is_weak: bool,
    /// The newest record format that may be written.
    up_to: u8,
}

impl Keys {
    /// Creates the keys from the first root.
    #[must_use]
    pub fn new(root: [u8; 32]) -> Self {
        Self::derive(&Wiped::new(root))
    }

    fn derive(root: &[u8; 32]) -> Self {
        let first = GenerationKeys::derive(Generation::FIRST, root, Role::Seals);
        let naming = MacKey::new(&naming_of(root));
        Self { is_weak: is_weak(root), ..Self::with_names(naming, first) }
    }

    fn with_names(naming: MacKey, sealing: GenerationKeys) -> Self {
        Self {
            naming,
            generations: [sealing].into(),
            retired: Vec::new(),
            is_weak: false,
            up_to: NEWEST_OF_THE_RELEASE_BEFORE,
        }
    }

    /// Creates the keys from the naming key of the first root, and from a later root.
    ///
    /// Use this constructor after you drop generation 1. The first root is then no longer needed.
    ///
    /// # Errors
    ///
    /// Returns the errors of [`sealing`](Self::sealing).
    pub fn named_by(
        naming_key: [u8; 32],
        generation: u16,
        root: [u8; 32],
    ) -> Result<Self, Invalid> {
        let (naming, root) = (Wiped::new(naming_key), Wiped::new(root));
        let generation = later(generation)?;
        let is_known = any([root.ct_eq(&*naming), naming_of(&root).ct_eq(&*naming)]);
        if is_weak(&root) || is_weak(&naming) || is_known.into() {
            return Err(Invalid(What::Generation));
        }
        let sealing = GenerationKeys::derive(generation, &root, Role::Seals);
        Ok(Self::with_names(MacKey::new(&naming), sealing))
    }

    /// Adds a generation that opens records and strings but does not seal them yet.
    ///
    /// # Errors
    ///
    /// Returns the errors of [`sealing`](Self::sealing).
    pub fn opening(self, generation: u16, root: [u8; 32]) -> Result<Self, Invalid> {
        self.with(generation, &Wiped::new(root), Role::Opens)
    }

    /// Adds a generation that opens records and strings.
    ///
    /// It also seals them, unless a sealing generation with a higher number is added.
    ///
    /// # Errors
    ///
    /// Returns [`Invalid`] for one of these reasons:
    ///
    /// - `generation` is below 2, or already used.
    /// - Three generations are already known.
    /// - The root is a single repeated byte, and therefore not random.
    /// - The root is already known under another number, or is one of the derived keys. Dropping
    ///   the generation would then have no effect.
    pub fn sealing(self, generation: u16, root: [u8; 32]) -> Result<Self, Invalid> {
        self.with(generation, &Wiped::new(root), Role::Seals)
    }

    /// Refuses the sealed strings of a generation whose root leaked.
    ///
    /// An attacker who has the root could forge grants, ceremonies and device tokens. Users who
    /// present such a string must prove a factor again. Records still open, so that they can be
    /// sealed again. Call this method after [`sealing`](Self::sealing).
    ///
    /// # Errors
    ///
    /// Returns [`Invalid`] if the generation is not known, or is the one that seals.
    pub fn replacing_leaked(mut self, generation: u16) -> Result<Self, Invalid> {
        let newest = self.newest().generation;
        let leaked = Generation::numbered(generation).filter(|leaked| *leaked != newest);
        let known = self.generations.iter_mut().find(|known| Some(known.generation) == leaked);
        known.ok_or(Invalid(What::Generation))?.role = Role::Leaked;
        Ok(self)
    }

    /// Adds the pepper of a generation that was dropped.
    ///
    /// With the pepper, the crate checks backup codes and PINs that were hashed under the
    /// generation. The pepper opens no record. `pepper_key` is the output of
    /// [`pepper_key`](Self::pepper_key) for the root.
    ///
    /// # Errors
    ///
    /// Returns [`Invalid`] if the generation is 0 or known, or if the key is a single repeated byte
    /// or is known.
    pub fn retired_pepper(
        mut self,
        generation: u16,
        pepper_key: [u8; 32],
    ) -> Result<Self, Invalid> {
        let key = Wiped::new(pepper_key);
        let generation = Generation::numbered(generation);
        let generation = generation.filter(|retired| self.pepper(*retired).is_none());
        let generation = generation.ok_or(Invalid(What::Generation))?;
        if is_weak(&key) || self.is_known(&key) {
            return Err(Invalid(What::Generation));
        }
        self.retired.push((generation, MacKey::new(&key)));
        Ok(self)
    }

    /// Derives the key that names records from the first root, for [`named_by`](Self::named_by).
    ///
    /// # Security
    ///
    /// Store the key as securely as a root. It reveals which record belongs to which subject, but
    /// opens no record.
    #[must_use]
    pub fn naming_key(root: &[u8; 32]) -> [u8; 32] {
        *naming_of(root)
    }

    /// Derives the pepper of a root, for [`retired_pepper`](Self::retired_pepper).
    ///
    /// # Security
    ///
    /// Store the pepper as securely as a root. With a PIN hash from the database, it allows an
    /// attacker to check guesses.
    #[must_use]
    pub fn pepper_key(root: &[u8; 32]) -> [u8; 32] {
        *pepper_of(root)
    }

    /// Returns the number of the generation that seals new and changed records.
    #[must_use]
    pub fn sealing_generation(&self) -> u16 {
        self.newest().generation.number()
    }

    /// Sets the newest record format that may be written.
    pub(crate) const fn write_up_to(&mut self, format: u8) {
        self.up_to = format;
    }

    pub(crate) fn writes_a_known_format(&self) -> bool {
        (OLDEST..=FORMAT).contains(&self.up_to)
    }

    /// Returns whether a state that needs this record format may be written.
    pub(crate) const fn may_write(&self, format: u8) -> bool {
        format <= self.up_to
    }

    pub(crate) const fn is_weak(&self) -> bool {
        self.is_weak
    }

    fn with(mut self, generation: u16, root: &[u8; 32], role: Role) -> Result<Self, Invalid> {
        let generation = later(generation)?;
        let is_full = self.generations.len() >= MAX_GENERATIONS;
        let place = match self.generations.binary_search_by_key(&generation, |of| of.generation) {
            Err(place) if !is_full && !self.is_retired(generation) => place,
            _ => return Err(Invalid(What::Generation)),
        };
        let new = GenerationKeys::derive(generation, root, role);
        if is_weak(root) || self.is_known(root) {
            return Err(Invalid(What::Generation));
        }
        self.generations.insert(place, new);
        Ok(self)
    }

    fn is_retired(&self, generation: Generation) -> bool {
        self.retired.iter().any(|(retired, _)| *retired == generation)
    }

    /// Returns whether a key is already known, as a root or as a derived key.
    fn is_known(&self, key: &[u8; 32]) -> bool {
        let (naming, pepper) = (naming_of(key), pepper_of(key));
        let names = [self.naming.is(key), self.naming.is(&naming)];
        let generations = self.generations.iter().map(|of| of.has(key));
        let retired = self.retired.iter().flat_map(|(_, of)| [of.is(key), of.is(&pepper)]);
        any(names.into_iter().chain(generations).chain(retired)).into()
    }

    fn known(&self, generation: Generation) -> Option<&GenerationKeys> {
        self.generations.iter().find(|known| known.generation == generation)
    }

    /// Returns the generation that seals.
    fn newest(&self) -> &GenerationKeys {
        let mut newest_first = self.generations.iter().rev();
        newest_first.find(|known| known.role == Role::Seals).expect("the first one added seals")
    }
}

impl fmt::Debug for Keys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Keys")
            .field("sealing_generation", &self.sealing_generation())
            .finish_non_exhaustive()
    }
}

/// Returns a generation after the first.
fn later(number: u16) -> Result<Generation, Invalid> {
    let later = Generation::numbered(number).filter(|generation| !generation.is_first());
    later.ok_or(Invalid(What::Generation))
}

/// Returns whether a key is a single repeated byte, which is a placeholder and not a random key.
fn is_weak(key: &[u8; 32]) -> bool {
    key.iter().all(|byte| Some(byte) == key.first())
}

/// Returns whether any comparison is true, after all of them were made.
fn any(compared: impl IntoIterator<Item = Choice>) -> Choice {
    compared.into_iter().fold(Choice::from(0), BitOr::bitor)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn root(n: u8) -> [u8; 32] {
        core::array::from_fn(|at| n.wrapping_mul(at as u8))
    }

    #[test]
    fn key_of_one_repeated_byte_is_rejected() {
        for key in [[0; 32], [7; 32]] {
            assert!(Keys::new(root(1)).sealing(2, key).is_err());
            assert!(Keys::new(root(1)).opening(2, key).is_err());
            assert!(Keys::named_by(key, 2, root(3)).is_err());
            assert!(Keys::named_by(root(1), 2, key).is_err());
            assert!(Keys::new(root(1)).retired_pepper(2, key).is_err());
        }
    }

    /// Dropping a generation whose keys are known under another number would have no effect.
    #[test]
    fn finding_s37_known_key_is_refused_under_another_number() {
        let keys = || Keys::new(root(1)).sealing(2, root(3)).unwrap();
        assert!(keys().sealing(3, root(5)).is_ok() && keys().opening(3, root(5)).is_ok());
        assert!(keys().retired_pepper(3, root(5)).is_ok());
        let [first, second] = &keys().generations[..] else { panic!("two generations") };
        let known = [
            root(1),
            root(3),
            Keys::naming_key(&root(1)),
            Keys::pepper_key(&root(1)),
            *first.sealing,
            Keys::pepper_key(&root(3)),
            *second.sealing,
        ];
        for (at, known) in known.into_iter().enumerate() {
            assert!(keys().sealing(3, known).is_err(), "{at}");
            assert!(keys().opening(3, known).is_err(), "{at}");
            assert!(keys().retired_pepper(3, known).is_err(), "{at}");
        }
        let names = Keys::naming_key(&root(1));
        for known in [root(1), names] {
            assert!(Keys::named_by(names, 2, known).is_err());
            assert!(Keys::named_by(names, 2, root(3)).unwrap().opening(3, known).is_err());
        }
        let retired = Keys::named_by(names, 2, root(3)).unwrap();
        let retired = retired.retired_pepper(1, Keys::pepper_key(&root(1))).unwrap();
        assert!(retired.opening(4, root(1)).is_err());
    }

    #[test]
    fn each_number_is_used_once_and_from_two() {
        let keys = || Keys::new(root(1)).sealing(2, root(3)).unwrap();
        for used in [0, 1, 2] {
            assert!(keys().sealing(used, root(5)).is_err(), "{used}");
            assert!(keys().opening(used, root(5)).is_err(), "{used}");
            assert!(keys().retired_pepper(used, root(5)).is_err(), "{used}");
        }
        for number in [0, 1] {
            assert!(Keys::named_by(root(1), number, root(3)).is_err(), "{number}");
        }
        let retired = || keys().retired_pepper(3, root(5)).unwrap();
        assert!(retired().sealing(3, root(7)).is_err() && retired().sealing(4, root(7)).is_ok());
        assert!(retired().retired_pepper(3, root(7)).is_err());
        assert!(keys().sealing(u16::MAX, root(5)).is_ok());
    }

    #[test]
    fn fourth_generation_is_refused() {
        let three = Keys::new(root(1)).sealing(2, root(3)).unwrap().opening(3, root(5)).unwrap();
        assert!(three.opening(4, root(7)).is_err());
    }

    #[test]
    fn leaked_generation_must_be_known_and_not_seal() {
        let keys = || Keys::new(root(1)).sealing(2, root(3)).unwrap().opening(3, root(5)).unwrap();
        for refused in [0, 2, 4] {
            assert!(keys().replacing_leaked(refused).is_err(), "{refused}");
        }
        assert!(keys().replacing_leaked(1).is_ok());
        assert!(Keys::new(root(1)).replacing_leaked(1).is_err());
    }

    #[test]
    fn root_key_of_one_repeated_byte_is_weak() {
        assert!(Keys::new([0; 32]).is_weak());
        assert!(Keys::new([7; 32]).is_weak());
        assert!(!Keys::new(root(1)).is_weak());
    }
}
