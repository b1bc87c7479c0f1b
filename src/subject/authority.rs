//! Who may change factors: rights that are checked against the record when they are used.

use alloc::string::String;
use core::fmt;

use subtle::ConstantTimeEq as _;

use super::Moment;
use crate::{
    Client, Purpose, SubjectId, UnixTime, Verified,
    factor::{FactorKind, FactorSet},
    id::RecordId,
    keys::{Keys, TextKind, concat_into},
    secret::SecretText,
    wiped::Wiped,
};

/// The right to change the factors of a subject.
///
/// Made from a fresh [`Verified`], or from a [`Grant`] by
/// [`Verifier::authority`](crate::Verifier::authority). It is checked when it is used: it must be of
/// the record's present generation, no older than the policy's
/// [`management_age`](crate::Policy::management_age), and from a proof for signing in, managing or
/// enrolling, by a kind of factor that the policy lets manage (NIST SP 800-63B-4 §4.1.2.1, OWASP
/// ASVS 5.0.0 7.5.1).
///
/// The *generation* of a record moves when a factor is removed or replaced, when the first one is
/// confirmed, and when two-factor is turned off. Every right, grant, challenge and enrollment from
/// before ends then, the right that was just used included. Adding a further factor moves nothing.
///
/// # Example
///
/// ```
/// # use second_factor::{*, subject::{Authority, Factor}};
/// async fn remove_app(verifier: &Verifier, fresh: &Verified) -> Result<(), Error> {
///     verifier.revoke(Authority::from(fresh), Factor::Totp).await
/// }
/// ```
#[derive(Clone)]
pub struct Authority {
    pub(super) subject: SubjectId,
    pub(super) right: Permission,
}

#[derive(Clone, Copy)]
pub(super) struct Permission {
    pub(super) at: UnixTime,
    pub(super) epoch: u64,
    pub(super) purpose: Purpose,
    /// By what it was earned.
    pub(super) factors: FactorSet,
}

impl Authority {
    /// Over whom.
    #[must_use]
    pub const fn subject(&self) -> &SubjectId {
        &self.subject
    }
}

impl From<&Verified> for Authority {
    fn from(verified: &Verified) -> Self {
        Self { subject: verified.subject().clone(), right: Permission::of(verified) }
    }
}

impl Permission {
    pub(super) fn of(verified: &Verified) -> Self {
        Self {
            at: verified.verified_at(),
            epoch: verified.epoch(),
            purpose: verified.purpose(),
            factors: verified.factor_set(),
        }
    }
}

impl fmt::Debug for Authority {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Authority").finish_non_exhaustive()
    }
}

/// The right to add a factor.
///
/// From a `&SubjectId` on the host's word that the person is signed in, which counts only while no
/// factor stands; from a fresh `&`[`Verified`]; from an [`Authority`].
///
/// # Security
///
/// For a first factor, ask for the password again before you give your word: a session that was
/// left open would else lock its owner out ([FAILURES 67](crate::manual::threats)).
///
/// # Example
///
/// ```
/// use second_factor::{SubjectId, subject::Enroller};
///
/// let alice = SubjectId::new("user-42")?;
/// assert_eq!(Enroller::from(&alice).subject(), &alice);
/// # Ok::<(), second_factor::id::InvalidSubjectId>(())
/// ```
#[derive(Clone)]
pub struct Enroller {
    pub(super) subject: SubjectId,
    pub(super) basis: Basis,
}

#[derive(Clone, Copy)]
pub(super) enum Basis {
    Proven(Permission),
    HostAssertion,
}

impl Enroller {
    /// For whom.
    #[must_use]
    pub const fn subject(&self) -> &SubjectId {
        &self.subject
    }

    /// Whether the right was earned with the PIN.
    pub(super) const fn has_pin(&self) -> bool {
        match self.basis {
            Basis::Proven(right) => right.factors.contains(FactorKind::Pin),
            Basis::HostAssertion => false,
        }
    }
}

impl From<&SubjectId> for Enroller {
    fn from(subject: &SubjectId) -> Self {
        Self { subject: subject.clone(), basis: Basis::HostAssertion }
    }
}

impl From<&Verified> for Enroller {
    fn from(verified: &Verified) -> Self {
        Authority::from(verified).into()
    }
}

impl From<Authority> for Enroller {
    fn from(authority: Authority) -> Self {
        Self { subject: authority.subject, basis: Basis::Proven(authority.right) }
    }
}

impl fmt::Debug for Enroller {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Enroller").finish_non_exhaustive()
    }
}

/// A [`Verified`] sealed for later: a text that gives back the right to change factors, while the
/// proof behind it is fresh.
///
/// It is for the minutes between two pages of the settings. It opens no session: only an
/// [`Authority`] comes out of it.
///
/// # Security
///
/// Keep it in the session on the server, or in a cookie for this browser alone. It dies with the
/// policy's [`management_age`](crate::Policy::management_age) and with the generation.
///
/// # Example
///
/// ```
/// # use second_factor::{*, subject::{Authority, Grant}};
/// fn keep(verifier: &Verifier, fresh: &Verified) -> Result<String, Error> {
///     Ok(verifier.grant(fresh)?.expose().to_owned())
/// }
///
/// fn resume(verifier: &Verifier, alice: &SubjectId, kept: &str) -> Result<Authority, Error> {
///     verifier.authority(alice, &Grant::from_text(kept))
/// }
/// # let _ = (keep, resume);
/// ```
pub struct Grant(SecretText);

impl Grant {
    /// A grant whose text was kept. Whether it is one shows when it is used.
    #[must_use]
    pub fn from_text(text: &str) -> Self {
        Self(SecretText::new(String::from(text)))
    }

    /// The text to keep.
    #[must_use]
    pub fn expose(&self) -> &str {
        self.0.expose()
    }

    /// Seals the right that `verified` gives, for the client that asked. For hosts that drive the core;
    /// others call [`Verifier::grant`](crate::Verifier::grant).
    #[must_use]
    pub fn seal(
        keys: &Keys,
        verified: &Verified,
        client: Option<&Client>,
        mut moment: Moment,
    ) -> Self {
        let record = keys.subject_record(verified.subject());
        let mut plain = Wiped::new([0; PLAIN]);
        let right = Permission::of(verified);
        let (at, epoch) = (right.at.as_secs().to_be_bytes(), right.epoch.to_be_bytes());
        let client = client_field(keys, &record, client);
        let factors = right.factors.bits().to_be_bytes();
        let purpose = [right.purpose.tag()];
        let fields = [&record.as_bytes()[..], &at, &epoch, &purpose, &factors, &client];
        concat_into(&mut *plain, &fields);
        Self(SecretText::new(keys.seal_text(TextKind::Grant, &*plain, &mut moment)))
    }

    /// For hosts that drive the core: the right that was sealed, if it was `subject`'s and is asked for by the client that it was
    /// made for; `None` for any other text.
    #[must_use]
    pub fn open(
        &self,
        keys: &Keys,
        subject: &SubjectId,
        client: Option<&Client>,
    ) -> Option<Authority> {
        let plain = keys.open_text(TextKind::Grant, self.expose()).ok()?;
        let (record, rest) = plain.split_first_chunk::<16>()?;
        let (at, rest) = rest.split_first_chunk::<8>()?;
        let (epoch, rest) = rest.split_first_chunk::<8>()?;
        let ([purpose], rest) = rest.split_first_chunk::<1>()?;
        let (factors, bound) = rest.split_first_chunk::<2>()?;
        let expected = keys.subject_record(subject);
        let is_bound = bound.ct_eq(&client_field(keys, &expected, client));
        if expected.as_bytes() != record || !bool::from(is_bound) {
            return None;
        }
        let right = Permission {
            at: UnixTime::from_secs(u64::from_be_bytes(*at)),
            epoch: u64::from_be_bytes(*epoch),
            purpose: Purpose::from_parts(*purpose, None)?,
            factors: FactorSet::from_bits(u16::from_be_bytes(*factors)),
        };
        Some(Authority { subject: subject.clone(), right })
    }
}

impl fmt::Debug for Grant {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Grant(redacted)")
    }
}

/// No client is a client of its own: a grant made without one is not for every browser.
fn client_field(keys: &Keys, record: &RecordId, client: Option<&Client>) -> [u8; 32] {
    client.map_or([0; 32], |client| keys.client_hash(client, record))
}

const PLAIN: usize = 16 + 8 + 8 + 1 + 2 + 32;
