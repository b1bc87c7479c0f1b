//! Permissions to change factors.

use alloc::string::String;

use crate::{
    client::Client,
    factor::{FactorKind, FactorSet},
    first_factor::FirstFactor,
    id::{RecordId, SubjectId},
    keys::{Keys, TextKind, concat_into},
    moment::Moment,
    purpose::Operation,
    secret::MAX_TEXT,
    sign_in::{Confirmed, Registered, Verified, verified::Proven},
    subject::record::{
        addresses::RestsOn,
        client_binding::{ClientBinding, PresentedClient},
    },
    time::UnixTime,
    wiped::Wiped,
};

/// The permission to change the factors of a subject.
///
/// A `&`[`Verified`], a `&`[`Confirmed`], a `&`[`Registered`] or a `&`[`Grant`] converts into it.
///
/// Methods accept `impl Into<Authority>`, so you never name this type. It is checked when it is
/// used. The permission must be of the record's current epoch, and no older than the policy's
/// [`management_max_age`](crate::Policy::management_max_age). The proof must be for signing in,
/// managing, enrolling, registering or recovering. The policy must allow its kind of factor for
/// management (NIST SP 800-63B-4 §4.1.2.1, OWASP ASVS 5.0.0 7.5.1). A recovery only replaces a lost
/// factor: it enrolls factors, generates backup codes, and removes factors that did not prove the
/// recovery (§4.2.2.2).
///
/// The *epoch* of a record advances when a factor is removed or replaced, and when the first factor
/// is confirmed. It also advances when the password changes, and when two-factor authentication is
/// turned off. Every earlier permission, grant, challenge and enrollment is then revoked, including
/// the permission that was just used. Adding a further factor does not advance the epoch.
///
/// # Example
///
/// ```
/// # use second_factor::*;
/// async fn remove(verifier: &Verifier, fresh: &Verified, item: &ItemId) -> Result<u64, Error> {
///     verifier.revoke(fresh, item).await
/// }
/// ```
#[derive(Clone)]
pub struct Authority(pub(crate) Enroller);

/// The proof behind a permission, and its time.
#[derive(Clone, Copy)]
pub(crate) struct Permission {
    pub(crate) at: UnixTime,
    pub(crate) epoch: u64,
    pub(crate) operation: Operation,
    /// The factors that were proven.
    pub(crate) factors: FactorSet,
}

impl Permission {
    pub(crate) const fn of(proven: &Proven) -> Self {
        let Proven { at, epoch, operation, factors, .. } = *proven;
        Self { at, epoch, operation, factors }
    }

    /// Returns the basis of a factor that this permission enrolls.
    pub(crate) const fn rests_on(&self) -> RestsOn {
        match self.operation {
            Operation::Register if !self.factors.contains(FactorKind::Pin) => RestsOn::Number,
            _ => RestsOn::Proof,
        }
    }
}

impl Authority {
    /// Returns the subject whose factors may be changed.
    #[must_use]
    pub const fn subject(&self) -> &SubjectId {
        &self.0.subject
    }
}

impl From<&Confirmed> for Authority {
    fn from(confirmed: &Confirmed) -> Self {
        Self(confirmed.into())
    }
}

impl From<&Grant> for Authority {
    fn from(grant: &Grant) -> Self {
        Self(grant.into())
    }
}

impl From<&Registered> for Authority {
    fn from(registered: &Registered) -> Self {
        Self(registered.into())
    }
}

impl From<&Verified> for Authority {
    fn from(verified: &Verified) -> Self {
        Self(verified.into())
    }
}

redacted!(Authority);

/// The permission to add a factor.
///
/// An [`Authority`] or a `&`[`SubjectId`] converts into it.
///
/// Methods accept `impl Into<Enroller>`, so you never name this type. With a `&SubjectId`, your
/// application asserts that the user is signed in. This assertion is accepted only while no factor
/// is enrolled.
///
/// # Security
///
/// Your application must ask for the password again before it enrolls a first factor with a
/// `&SubjectId`. Otherwise, an attacker at an unattended session could lock its owner out
/// ([FAILURES 67](crate::manual::threats)).
///
/// # Example
///
/// ```
/// use second_factor::{SubjectId, enrollment::Enroller};
///
/// let alice = SubjectId::new("user-42")?;
/// assert_eq!(Enroller::from(&alice).subject(), &alice);
/// # Ok::<(), second_factor::error::Invalid>(())
/// ```
#[derive(Clone)]
pub struct Enroller {
    subject: SubjectId,
    basis: Basis,
    /// The first factor of the sign-in on which the permission is based.
    first_factor: Option<FirstFactor>,
}

/// The basis of a permission.
#[derive(Clone)]
pub(crate) enum Basis {
    Grant(Grant),
    /// The assertion of the application that the user is signed in.
    HostAssertion,
    Proven(Permission),
}

impl Enroller {
    pub(crate) const fn basis(&self) -> &Basis {
        &self.basis
    }

    /// Returns the first factor of the sign-in on which it is based, or `None` if it is unknown.
    pub(crate) const fn first_factor(&self) -> Option<&FirstFactor> {
        self.first_factor.as_ref()
    }

    /// Returns whether the basis is the assertion of the application.
    pub(crate) const fn is_host_assertion(&self) -> bool {
        matches!(self.basis, Basis::HostAssertion)
    }

    /// Returns the subject to which the factor is added.
    #[must_use]
    pub const fn subject(&self) -> &SubjectId {
        &self.subject
    }
}

impl From<&Confirmed> for Enroller {
    fn from(confirmed: &Confirmed) -> Self {
        Self::proven(&confirmed.0)
    }
}

impl From<&Grant> for Enroller {
    fn from(grant: &Grant) -> Self {
        let basis = Basis::Grant(grant.clone());
        Self { subject: grant.subject.clone(), basis, first_factor: None }
    }
}

impl From<&Registered> for Enroller {
    fn from(registered: &Registered) -> Self {
        Self::proven(&registered.0)
    }
}

impl From<&SubjectId> for Enroller {
    fn from(subject: &SubjectId) -> Self {
        Self { subject: subject.clone(), basis: Basis::HostAssertion, first_factor: None }
    }
}

impl From<&Verified> for Enroller {
    fn from(verified: &Verified) -> Self {
        Self::proven(&verified.0)
    }
}

impl From<Authority> for Enroller {
    fn from(authority: Authority) -> Self {
        authority.0
    }
}

impl Enroller {
    fn proven(proven: &Proven) -> Self {
        Self {
            subject: proven.subject.clone(),
            basis: Basis::Proven(Permission::of(proven)),
            first_factor: Some(proven.first_factor.clone()),
        }
    }
}

redacted!(Enroller);

/// A proof for a purpose, as a sealed string.
///
/// [`verify_for`](crate::Verifier::verify_for) returns it, and [`grant`](crate::Verifier::grant)
/// creates one from a sign-in. A grant transfers a proof from one page to the next. For some
/// minutes, it permits changes of factors. [`check_grant`](crate::Verifier::check_grant) checks it
/// for other sensitive actions. It opens no session.
///
/// # Security
///
/// Store the string in the server-side session, or in a cookie of this browser only. It is valid
/// only for the client that made the proof, and only until the epoch advances.
///
/// # Example
///
/// ```
/// # use second_factor::*;
/// fn store(verifier: &Verifier, fresh: &Verified) -> Result<String, Error> {
///     Ok(verifier.grant(fresh)?.expose().to_owned())
/// }
///
/// async fn turn_off(verifier: &Verifier, alice: &SubjectId, stored: &str) -> Result<u64, Error> {
///     verifier.turn_off(&Grant::from_text(alice, stored)).await
/// }
/// # let _ = (store, turn_off);
/// ```
#[derive(Clone)]
pub struct Grant {
    subject: SubjectId,
    text: Wiped<String>,
}

impl Grant {
    /// Creates a grant from a stored string, which is checked when the grant is used.
    #[must_use]
    pub fn from_text(subject: &SubjectId, text: &str) -> Self {
        // A longer string is not a grant, and is not copied.
        let text = if text.len() > MAX_TEXT { "" } else { text };
        Self { subject: subject.clone(), text: Wiped::new(String::from(text)) }
    }

    /// Returns the string to store.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.text
    }

    /// Returns the subject of the grant.
    #[must_use]
    pub const fn subject(&self) -> &SubjectId {
        &self.subject
    }

    /// Returns the grant of an authority, or `None`.
    pub(crate) fn of(
        keys: &Keys,
        authority: &Authority,
        client: Option<&Client>,
        moment: Moment,
    ) -> Option<Self> {
        match authority.0.basis() {
            Basis::Grant(grant) => Some(grant.clone()),
            // An assertion of the application is not an authority.
            Basis::HostAssertion => None,
            Basis::Proven(permission) => {
                Some(Self::seal_permission(keys, authority.subject(), permission, client, moment))
            }
        }
    }

    /// Seals a proof for the client that made it.
    ///
    /// Applications call [`Verifier::verify_for`](crate::Verifier::verify_for) or
    /// [`Verifier::grant`](crate::Verifier::grant).
    pub(crate) fn seal(
        keys: &Keys,
        proven: &Proven,
        client: Option<&Client>,
        moment: Moment,
    ) -> Self {
        Self::seal_permission(keys, &proven.subject, &Permission::of(proven), client, moment)
    }

    fn seal_permission(
        keys: &Keys,
        subject: &SubjectId,
        permission: &Permission,
        client: Option<&Client>,
        mut moment: Moment,
    ) -> Self {
        let record = keys.subject_record(subject);
        let client = PresentedClient::of(keys, client, &record).binding();
        let mut plain = Wiped::new([0; PLAIN]);
        let (at, epoch) = (permission.at.as_secs().to_be_bytes(), permission.epoch.to_be_bytes());
        let factors = permission.factors.bits().to_be_bytes();
        let operation = [permission.operation.tag()];
        let agreement = permission.operation.agreement().copied().unwrap_or_default();
        let fields = [
            record.as_bytes(),
            &at,
            &epoch,
            &operation,
            &agreement,
            &factors,
            &client_field(&client),
        ];
        concat_into(&mut *plain, &fields);
        let text = Wiped::new(keys.seal_text(TextKind::Grant, &*plain, &mut moment));
        Self { subject: subject.clone(), text }
    }

    /// Opens the grant for the record of its subject.
    ///
    /// Returns `None` unless the grant is of this record and was sealed for this client.
    pub(crate) fn open(
        &self,
        keys: &Keys,
        expected: &RecordId,
        client: &PresentedClient,
    ) -> Option<Permission> {
        let plain = keys.open_text(TextKind::Grant, self.expose()).ok()?;
        let (record, rest) = plain.split_first_chunk::<16>()?;
        let (at, rest) = rest.split_first_chunk::<8>()?;
        let (epoch, rest) = rest.split_first_chunk::<8>()?;
        let ([tag], rest) = rest.split_first_chunk::<1>()?;
        let (agreement, rest) = rest.split_first_chunk::<32>()?;
        let (factors, bound) = rest.split_first_chunk::<2>()?;
        let bound = ClientBinding::from_hash(bound.try_into().ok()?);
        if expected.as_bytes() != record || !bound.matches(client) {
            return None;
        }
        let agreement = (*agreement != [0; 32]).then_some(*agreement);
        Some(Permission {
            at: UnixTime::from_secs(u64::from_be_bytes(*at)),
            epoch: u64::from_be_bytes(*epoch),
            operation: Operation::from_parts(*tag, agreement)?,
            factors: FactorSet::from_bits(u16::from_be_bytes(*factors))?,
        })
    }
}

redacted!(Grant);

/// Returns the field of a grant that identifies the client.
///
/// The absence of a client counts as a distinct client: a grant that was sealed without a client
/// must be used without one.
fn client_field(client: &ClientBinding) -> [u8; 32] {
    client.hash().copied().unwrap_or_default()
}

/// The length of a grant's content.
const PLAIN: usize = 16 + 8 + 8 + 1 + 32 + 2 + 32;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn grant_text_that_is_too_long_is_not_copied() {
        let alice = SubjectId::new("alice").unwrap();
        let longest = "7".repeat(MAX_TEXT);
        assert_eq!(Grant::from_text(&alice, &longest).expose(), longest);
        for longer in [1, 2, MAX_TEXT] {
            let text = "7".repeat(MAX_TEXT + longer);
            assert_eq!(Grant::from_text(&alice, &text).expose(), "");
        }
    }
}
