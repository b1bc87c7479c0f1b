//! Offers: the factors that a user may prove.

use alloc::{string::String, vec::Vec};
use core::slice;

use crate::{factor::FactorKind, id::ItemId, time::UnixTime};

/// The factors that the user may prove, strongest first.
///
/// The list is never empty. A typed code is compared with all authenticator apps of the user, and
/// one ceremony covers all security keys. Each of these kinds therefore has one offer, which shows
/// the app or key that was used last.
///
/// # Example
///
/// ```
/// use core::cmp::Reverse;
///
/// use second_factor::{Offer, sign_in::Offers};
///
/// fn page(offers: &Offers) -> String {
///     let mut list: Vec<&Offer> = offers.iter().collect();
///     list.sort_by_key(|offer| Reverse(offer.last_used_at()));
///     list.iter().map(|offer| format!("<li>{:?}", offer.kind())).collect()
/// }
/// # let _ = page;
/// ```
#[derive(Debug)]
pub struct Offers {
    list: Vec<Offer>,
    has_invalid_token: bool,
}

impl Offers {
    /// Returns the offers, or `None` for an empty list.
    pub(crate) fn new(offers: Vec<Offer>) -> Option<Self> {
        (!offers.is_empty()).then_some(Self { list: offers, has_invalid_token: false })
    }

    pub(crate) const fn with_invalid_token(mut self) -> Self {
        self.has_invalid_token = true;
        self
    }

    /// Returns whether the client presented a device token that is no longer valid.
    ///
    /// Delete the cookie in this case. Returns `false` for a token of another user of the same
    /// browser.
    #[must_use]
    pub const fn has_invalid_device_token(&self) -> bool {
        self.has_invalid_token
    }

    /// Returns an iterator over the offers, strongest first.
    pub fn iter(&self) -> slice::Iter<'_, Offer> {
        self.list.iter()
    }

    /// Returns the number of offers, which is at least one.
    #[expect(clippy::len_without_is_empty, reason = "it is never empty")]
    #[must_use]
    pub fn len(&self) -> usize {
        self.list.len()
    }
}

impl<'a> IntoIterator for &'a Offers {
    type Item = &'a Offer;
    type IntoIter = slice::Iter<'a, Offer>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}

/// A factor that the user may prove, for the sign-in form.
///
/// # Example
///
/// ```
/// use second_factor::Offer;
///
/// fn line(offer: &Offer) -> String {
///     match offer.masked() {
///         Some(masked) => format!("send a code to {masked}"),
///         None => "enter the code of your app".into(),
///     }
/// }
/// # let _ = line;
/// ```
#[derive(Debug)]
pub struct Offer {
    pub(crate) kind: FactorKind,
    pub(crate) id: ItemId,
    pub(crate) label: Option<String>,
    pub(crate) masked: Option<String>,
    pub(crate) enrolled_at: Option<UnixTime>,
    pub(crate) last_used_at: Option<UnixTime>,
    pub(crate) retry_at: Option<UnixTime>,
}

impl Offer {
    /// Creates the offer of a sign-in request.
    pub(crate) fn of_request() -> Self {
        let (kind, at) = (FactorKind::SignInRequest, UnixTime::from_secs(0));
        let id = ItemId::of_factor(kind, at);
        let (label, masked, enrolled_at, last_used_at) = (None, None, None, None);
        Self { kind, id, label, masked, enrolled_at, last_used_at, retry_at: None }
    }

    pub(crate) const fn locked_until(mut self, time: UnixTime) -> Self {
        self.retry_at = Some(time);
        self
    }

    /// Returns the time at which the factor was confirmed.
    ///
    /// Returns `None` for a sign-in request.
    #[must_use]
    pub const fn enrolled_at(&self) -> Option<UnixTime> {
        self.enrolled_at
    }

    /// Returns the user's name for an authenticator app or a security key.
    ///
    /// Escape the name in pages.
    ///
    /// It is `None` for an app without a name and for other kinds of factors.
    #[must_use]
    pub fn label(&self) -> Option<&str> {
        self.label.as_deref()
    }

    /// Returns the masked address, for example `+1 ••••• 00`.
    ///
    /// Returns `None` for other factors.
    ///
    /// A code can be sent to this address.
    #[must_use]
    pub fn masked(&self) -> Option<&str> {
        self.masked.as_deref()
    }

    /// Returns the time of the last use of the factor, or `None` for a sign-in request.
    #[must_use]
    pub const fn last_used_at(&self) -> Option<UnixTime> {
        self.last_used_at
    }

    /// Returns the id of the factor, for forms.
    ///
    /// If the factor is an address, [`send_code`](crate::Verifier::send_code) accepts the id. A
    /// masked number does not identify an address, because two numbers may have the same mask.
    #[must_use]
    pub const fn id(&self) -> &ItemId {
        &self.id
    }

    /// Returns the kind of the factor.
    #[must_use]
    pub const fn kind(&self) -> FactorKind {
        self.kind
    }

    /// Returns the time at which a locked factor accepts attempts again, or `None`.
    #[must_use]
    pub const fn retry_at(&self) -> Option<UnixTime> {
        self.retry_at
    }
}
