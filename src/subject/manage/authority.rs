//! Permissions to change factors.

use alloc::string::String;

use subtle::ConstantTimeEq as _;

use crate::{
    Client, Purpose, SubjectId, UnixTime, Verified,
    factor::{FactorKind, FactorSet},
    id::RecordId,
    keys::{Keys, TextKind, concat_into},
    moment::Moment,
    secret::SecretText,
    wiped::Wiped,
};

/// The permission to change the factors of a subject.
///
/// It comes from a recent [`Verified`], or from a [`Grant`] by
/// [`Verifier::authority`](crate::Verifier::authority). It is checked when it is used. It must be
/// of the record's current epoch, and no older than the policy's
/// [`management_age`](crate::Policy::management_age). The proof must be for signing in, managing,
/// enrolling, registering or recovering, by a kind of factor that the policy allows for management
/// (NIST SP 800-63B-4 §4.1.2.1, OWASP ASVS 5.0.0 7.5.1).
///
/// The *epoch* of a record advances when a factor is removed or replaced, when the first factor is
/// confirmed, and when two-factor authentication is turned off. Every permission, grant, challenge
/// and enrollment from before then ends, including the permission that was just used. Adding a
/// further factor does not advance it.
///
/// # Example
///
/// ```
/// # use second_factor::*;
/// async fn remove_app(verifier: &Verifier, fresh: &Verified) -> Result<(), Error> {
///     verifier.revoke(Authority::from(fresh), Factor::Totp).await
/// }
/// ```
#[derive(Clone)]
pub struct Authority {
    pub(crate) subject: SubjectId,
    pub(crate) permission: Permission,
}

/// What was proven, and when.
#[derive(Clone, Copy)]
pub(crate) struct Permission {
    pub(crate) at: UnixTime,
    pub(crate) epoch: u64,
    pub(crate) purpose: Purpose,
    /// The factors that were proven.
    pub(crate) factors: FactorSet,
}

impl Authority {
    /// Returns the subject whose factors may be changed.
    #[must_use]
    pub const fn subject(&self) -> &SubjectId {
        &self.subject
    }
}

impl From<&Verified> for Authority {
    fn from(verified: &Verified) -> Self {
        Self { subject: verified.subject().clone(), permission: Permission::of(verified) }
    }
}

impl Permission {
    pub(crate) fn of(verified: &Verified) -> Self {
        Self {
            at: verified.verified_at(),
            epoch: verified.epoch(),
            purpose: verified.purpose(),
            factors: verified.factor_set(),
        }
    }
}

redacted!(Authority);

/// The permission to add a factor.
///
/// It comes from an [`Authority`], from a recent `&`[`Verified`], or from a `&`[`SubjectId`]. With
/// the latter, your application asserts that the user is signed in; it is accepted only while no
/// factor is enrolled.
///
/// # Security
///
/// Your application must ask for the password again before it enrolls a first factor by
/// `&SubjectId`. Otherwise an unattended session can lock its owner out
/// ([FAILURES 67](crate::manual::threats)).
///
/// # Example
///
/// ```
/// use second_factor::{Enroller, SubjectId};
///
/// let alice = SubjectId::new("user-42")?;
/// assert_eq!(Enroller::from(&alice).subject(), &alice);
/// # Ok::<(), second_factor::error::Invalid>(())
/// ```
#[derive(Clone)]
pub struct Enroller {
    pub(crate) subject: SubjectId,
    pub(crate) basis: Basis,
}

/// What the permission to add a factor is based on.
#[derive(Clone, Copy)]
pub(crate) enum Basis {
    /// The word of the application that the user is signed in.
    HostAssertion,
    Proven(Permission),
}

impl Enroller {
    /// Returns the subject whose factor is added.
    #[must_use]
    pub const fn subject(&self) -> &SubjectId {
        &self.subject
    }

    /// Whether the PIN was proven.
    pub(crate) const fn has_pin(&self) -> bool {
        match self.basis {
            Basis::HostAssertion => false,
            Basis::Proven(permission) => permission.factors.contains(FactorKind::Pin),
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
        Self { subject: authority.subject, basis: Basis::Proven(authority.permission) }
    }
}

redacted!(Enroller);

/// A [`Verified`] as sealed text, which permits changes for some minutes.
///
/// It serves the minutes between two settings pages. It opens no session: it can only be turned
/// into an [`Authority`].
///
/// # Security
///
/// Store it in the server-side session, or in a cookie of this browser only. It expires with the
/// policy's [`management_age`](crate::Policy::management_age) and ends with the epoch.
///
/// # Example
///
/// ```
/// # use second_factor::*;
/// fn store(verifier: &Verifier, fresh: &Verified) -> Result<String, Error> {
///     Ok(verifier.grant(fresh)?.expose().to_owned())
/// }
///
/// fn resume(verifier: &Verifier, alice: &SubjectId, stored: &str) -> Result<Authority, Error> {
///     verifier.authority(alice, &Grant::from_text(stored))
/// }
/// # let _ = (store, resume);
/// ```
pub struct Grant(SecretText);

impl Grant {
    /// Creates a grant from its stored text, which is checked when it is used.
    #[must_use]
    pub fn from_text(text: &str) -> Self {
        Self(SecretText::new(String::from(text)))
    }

    /// Returns the text to store.
    #[must_use]
    pub fn expose(&self) -> &str {
        self.0.expose()
    }

    /// Seals the permission of `verified`, for the client that earned it.
    ///
    /// Applications call [`Verifier::grant`](crate::Verifier::grant).
    #[must_use]
    pub fn seal(
        keys: &Keys,
        verified: &Verified,
        client: Option<&Client>,
        mut moment: Moment,
    ) -> Self {
        let record = keys.subject_record(verified.subject());
        let mut plain = Wiped::new([0; PLAIN]);
        let permission = Permission::of(verified);
        let (at, epoch) = (permission.at.as_secs().to_be_bytes(), permission.epoch.to_be_bytes());
        let client = client_field(keys, &record, client);
        let factors = permission.factors.bits().to_be_bytes();
        let purpose = [permission.purpose.tag()];
        let fields = [record.as_bytes(), &at, &epoch, &purpose, &factors, &client];
        concat_into(&mut *plain, &fields);
        Self(SecretText::new(keys.seal_text(TextKind::Grant, &*plain, &mut moment)))
    }

    /// Opens the grant.
    ///
    /// Returns `None` unless it is of `subject` and was sealed for this client.
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
        let permission = Permission {
            at: UnixTime::from_secs(u64::from_be_bytes(*at)),
            epoch: u64::from_be_bytes(*epoch),
            purpose: Purpose::from_parts(*purpose, None)?,
            factors: FactorSet::from_bits(u16::from_be_bytes(*factors)),
        };
        Some(Authority { subject: subject.clone(), permission })
    }
}

redacted!(Grant);

/// The client in a grant.
///
/// Having no client counts as a distinct client: a grant that was sealed without one must be used
/// without one.
fn client_field(keys: &Keys, record: &RecordId, client: Option<&Client>) -> [u8; 32] {
    client.map_or([0; 32], |client| keys.client_hash(client, record))
}

/// The length of a grant's content.
const PLAIN: usize = 16 + 8 + 8 + 1 + 2 + 32;
