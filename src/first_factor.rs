//! First factors: what your application has checked.

use alloc::{string::String, vec::Vec};

use crate::{
    address::{Address, AddressKind},
    amr::Methods,
    id::ItemId,
};

/// The first factor: what your application checked before it calls this crate.
///
/// Set it once, with
/// [`VerifierBuilder::first_factor`](crate::verifier::VerifierBuilder::first_factor), or for each
/// sign-in, with [`Verifier::after`](crate::Verifier::after). Without either, the methods that sign
/// in return [`Error::NoFirstFactor`](crate::Error::NoFirstFactor).
///
/// One channel never counts as two factors. The address, passkey or device that was the first
/// factor is not offered as the second factor. It receives no code for the second factor, and is
/// refused ([`Reason::SameChannel`](crate::Reason::SameChannel)). The manual lists all rules on the
/// page [`first_factor`](crate::manual::first_factor).
///
/// # Security
///
/// Pass only a first factor that your application has checked in this request or session. Never
/// read it from a form.
///
/// A challenge, ceremony, sign-in request, partial proof or enrollment stores the first factor with
/// which it began. A different value in a later call has no effect.
///
/// With the feature `serde`, a first factor can be stored in a session. Such a session must be
/// stored on the server, or sealed.
///
/// # Example
///
/// ```
/// use second_factor::{Address, FirstFactor, SubjectId, Verifier};
///
/// async fn after_magic_link(
///     verifier: &Verifier, alice: &SubjectId, mailbox: &Address,
/// ) -> Result<second_factor::Next, second_factor::Error> {
///     // The link proved the mailbox, so that no offer names it.
///     verifier.after(FirstFactor::Email(mailbox.clone())).next(alice).await
/// }
/// # let _ = after_magic_link;
/// ```
#[doc(alias = "password")]
#[doc(alias = "passwordless")]
#[doc(alias = "magic link")]
#[doc(alias = "social login")]
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Deserialize, serde::Serialize),
    serde(deny_unknown_fields, rename_all = "snake_case")
)]
#[non_exhaustive]
pub enum FirstFactor {
    /// Your application verified control of this mailbox, by a link or a code.
    ///
    /// A phone number in this variant counts as [`Phone`](Self::Phone). A push token counts as
    /// [`None`](Self::None).
    Email(Address),
    /// Another service signed the user in, by OpenID Connect or SAML.
    #[doc(alias = "oidc")]
    #[doc(alias = "saml")]
    #[doc(alias = "sso")]
    Federated {
        /// The authentication methods that the service reported, as values of RFC 8176.
        ///
        /// Other values are dropped.
        amr: Vec<String>,
        /// The mailbox of the account at that service.
        ///
        /// The mailbox counts as the same channel as the service.
        address: Option<Address>,
    },
    /// There was no first factor: no password, and no session.
    ///
    /// A user-verified security key suffices for sign-in. Any other security key requires a factor
    /// of another kind as well. Recovery requires two proofs. Every other proof is [not
    /// allowed](crate::Reason::NotAllowed).
    #[doc(alias = "usernameless")]
    None,
    /// Your application checked a passkey from its own table.
    ///
    /// Your application must accept each assertion at most once. If the key verified the user,
    /// [`Verifier::next`](crate::Verifier::next) requires no second factor.
    Passkey {
        /// The id of the key.
        ///
        /// The key with this id counts as the same channel. For a key that is not enrolled in this
        /// crate, create the id with [`ItemId::of`].
        key: ItemId,
        /// Whether the key verified its user, by a PIN or a biometric.
        user_verified: bool,
        /// Whether the credential cannot leave its device.
        device_bound: bool,
    },
    /// Your application checked a password.
    Password,
    /// Your application verified control of this phone number.
    ///
    /// Text messages, calls and WhatsApp to one number are one channel.
    Phone(Address),
}

impl FirstFactor {
    /// Returns the address that was proven as the first factor, as it was passed.
    pub(crate) const fn address(&self) -> Option<&Address> {
        match self {
            Self::Email(address) | Self::Phone(address) => Some(address),
            Self::Federated { address, .. } => address.as_ref(),
            Self::None | Self::Passkey { .. } | Self::Password => None,
        }
    }

    /// Returns the bytes that identify this first factor, as input to the randomness of a decision.
    pub(crate) fn identity(&self) -> [&[u8]; 2] {
        let address = self.address().map_or(&[][..], |address| address.expose().as_bytes());
        match self {
            Self::Email(_) => [b"email", address],
            Self::Federated { .. } => [b"federated", address],
            Self::None => [b"none", address],
            Self::Passkey { key, .. } => [b"passkey", key.as_bytes()],
            Self::Password => [b"password", address],
            Self::Phone(_) => [b"phone", address],
        }
    }

    /// Returns whether `address` is the channel of the first factor.
    pub(crate) fn is_address(&self, address: &Address) -> bool {
        self.address().is_some_and(|first| first.reaches_same(address))
    }

    /// Returns whether the key with this id was the first factor.
    pub(crate) fn is_key(&self, id: &[u8; 16]) -> bool {
        matches!(self, Self::Passkey { key, .. } if key.as_bytes() == id)
    }

    /// Returns whether there was a first factor.
    pub(crate) const fn is_named(&self) -> bool {
        !matches!(self, Self::None)
    }

    /// Returns whether the first factor counts as two factors by itself.
    pub(crate) const fn is_user_verified(&self) -> bool {
        matches!(self, Self::Passkey { user_verified: true, .. })
    }

    /// Returns whether the first factor was something that the user knows.
    pub(crate) fn is_knowledge(&self) -> bool {
        match self {
            Self::Password => true,
            Self::Federated { amr, .. } => Methods::of_names(amr).contains(Methods::PWD),
            Self::Email(_) | Self::None | Self::Passkey { .. } | Self::Phone(_) => false,
        }
    }

    /// Returns the form that is stored.
    ///
    /// This form contains only registered methods, and stores each address under its own kind.
    /// Normalizing it again does not change it.
    pub(crate) fn normalized(&self) -> Self {
        match self {
            Self::Email(address) | Self::Phone(address) => match address.kind() {
                AddressKind::Email => Self::Email(address.clone()),
                AddressKind::Phone => Self::Phone(address.clone()),
                // Fail closed: a push token is not a proof that this crate knows (law 7).
                AddressKind::Push => Self::None,
            },
            Self::Federated { amr, address } => Self::Federated {
                amr: Methods::of_names(amr).names().map(String::from).collect(),
                address: address.clone().filter(|address| address.kind() != AddressKind::Push),
            },
            Self::None | Self::Passkey { .. } | Self::Password => self.clone(),
        }
    }
}

impl From<&Self> for FirstFactor {
    fn from(first: &Self) -> Self {
        first.clone()
    }
}

#[cfg(test)]
mod tests {
    use alloc::collections::BTreeSet;

    use super::*;

    /// A repeated seed must not draw the same after two first factors (RFC 8937).
    #[test]
    fn different_first_factors_have_different_identities() {
        let mail = |text| Address::email(text).unwrap();
        let by_service =
            |address| FirstFactor::Federated { amr: Vec::new(), address: Some(mail(address)) };
        let with_key = |id| FirstFactor::Passkey {
            key: ItemId::new([id; 16]),
            user_verified: true,
            device_bound: true,
        };
        let all = [
            FirstFactor::None,
            FirstFactor::Password,
            FirstFactor::Email(mail("alice@example.org")),
            FirstFactor::Email(mail("bob@example.org")),
            FirstFactor::Federated { amr: Vec::new(), address: None },
            by_service("alice@example.org"),
            by_service("bob@example.org"),
            with_key(1),
            with_key(2),
            FirstFactor::Phone(Address::phone("+14155550100").unwrap()),
            FirstFactor::Phone(Address::phone("+14155550101").unwrap()),
        ];
        let identities: BTreeSet<_> = all.iter().map(FirstFactor::identity).collect();
        assert_eq!(identities.len(), all.len());
    }
}
