//! The error of every verifier method.

use crate::{
    delivery::Undelivered,
    denial::{Denial, Reason},
    error::Invalid,
    host::{NoEntropy, NoTime},
    id::Handle,
    otp::InvalidKeyUri,
    storage::StorageError,
    subject::{Challenge, InvalidPin, InvalidSecurityKey, Unreadable},
    time::UnixTime,
};

/// The error returned by every method of the verifier.
///
/// [`Denied`](Self::Denied) means that the request was checked and refused. Every other variant
/// means that the request could not be checked, or that its input is invalid. No variant permits a
/// sign-in (law 7). Show the user the same text for every error, and the time from
/// [`retry_at`](Self::retry_at).
///
/// # Example
///
/// ```
/// use second_factor::Error;
///
/// fn response(error: &Error) -> (u16, String) {
///     let text = match error.is_safe_to_show() {
///         true => error.to_string(),
///         false => "Not verified.".into(),
///     };
///     (error.http_status(), text)
/// }
/// assert_eq!(response(&Error::Busy), (503, "Not verified.".into()));
/// ```
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// A provisioning URI cannot contain the account name.
    ///
    /// Nothing was written. Pass another name.
    #[error(transparent)]
    Account(#[from] InvalidKeyUri),
    /// The store committed a swap that expected a version that no record has.
    ///
    /// The store does not compare versions, so a code could be accepted twice. Refuse every sign-in
    /// until the store is repaired.
    #[error("the store does not compare versions")]
    BrokenStorage,
    /// Sixteen swaps in a row conflicted, or the queue of slow checks is full.
    ///
    /// No decision was made, and no attempt was counted. The user may try again.
    #[error("too many requests at once")]
    Busy,
    /// A slow check was lost, or the provider did not check the code.
    ///
    /// A slow check is lost if your [`Offload`](crate::host::Offload) drops it, or if no memory is
    /// available. The attempt stays counted, unless the provider reported that it did not check the
    /// code. The user may try again.
    #[error("the slow check was lost")]
    CheckLost,
    /// The request was checked and refused.
    #[error(transparent)]
    Denied(#[from] Denial),
    /// The actor, the reason or the lifetime of a support operation is invalid.
    ///
    /// Nothing was written. In your own functions, `?` converts the error of a constructor to this
    /// variant.
    #[error(transparent)]
    Invalid(#[from] Invalid),
    /// The source of randomness failed, or repeated its output.
    ///
    /// Nothing was generated, written or sent. Check the source.
    #[error("the source of randomness failed")]
    NoEntropy,
    /// No first factor was named.
    ///
    /// Nothing was read. Correct your application: name the first factor with
    /// [`VerifierBuilder::first_factor`](crate::verifier::VerifierBuilder::first_factor) or
    /// [`Verifier::after`](crate::Verifier::after).
    #[error("no first factor was named")]
    NoFirstFactor,
    /// The call named no policy, and the verifier has no default policy.
    ///
    /// Call [`Verifier::under`](crate::Verifier::under) first.
    #[error("the call named no policy")]
    NoPolicy,
    /// The clock failed.
    ///
    /// Nothing was verified. Check the clock.
    #[error("the clock failed")]
    NoTime,
    /// The new PIN is not acceptable.
    ///
    /// You may show the reason to the user. Ask for another PIN.
    #[error(transparent)]
    Pin(#[from] InvalidPin),
    /// The store lost later versions of a record.
    ///
    /// [`Record::with_newest`] revealed the loss. Used codes and removed devices are valid again in
    /// this record, so no decision was made. Call
    /// [`after_restore`](crate::verifier::Operations::after_restore) for the subject.
    ///
    /// [`Record::with_newest`]: crate::storage::Record::with_newest
    #[error("the store lost later versions of a record")]
    RolledBack,
    /// The name, the credential or the ceremony state of a security key is invalid.
    ///
    /// Nothing was written.
    #[error(transparent)]
    SecurityKey(#[from] InvalidSecurityKey),
    /// The store failed.
    ///
    /// If the store failed during a write, the attempt may have been counted and the code consumed.
    /// The user may try again.
    #[error(transparent)]
    Storage(#[from] StorageError),
    /// The code was generated, but the message was not accepted for delivery.
    ///
    /// The challenge is valid. Another code can be sent for it at [`retry_at`](Self::retry_at).
    #[error("the message was not accepted for delivery")]
    #[non_exhaustive]
    Undelivered {
        /// The pending challenge.
        challenge: Challenge,
        /// The reason why the message was not accepted.
        #[source]
        why: Undelivered,
    },
    /// A record cannot be opened.
    ///
    /// Its generation of keys is not known, the bytes are damaged, or a later release wrote the
    /// record. Check the keys and the release.
    #[error(transparent)]
    Unreadable(#[from] Unreadable),
    /// The store was initialized with other keys.
    ///
    /// The ids of all records derive from the first root key. With another first root, every
    /// subject would appear to have no second factor. The keys must also include the newest
    /// generation in the store. Configure the keys with which the store was initialized.
    #[error("the store was initialized with other keys")]
    WrongRoot,
}

impl Error {
    /// Returns the refusal of [`Denied`](Self::Denied), or `None`.
    ///
    /// Write its reason to your log. Do not show it to the user.
    #[must_use]
    pub const fn denial(&self) -> Option<&Denial> {
        match self {
            Self::Denied(denial) => Some(denial),
            _ => None,
        }
    }

    /// Returns the reason of [`Denied`](Self::Denied), or `None`.
    ///
    /// Like [`Denial::reason`], the reason is for your log only.
    #[must_use]
    pub const fn reason(&self) -> Option<Reason> {
        match self {
            Self::Denied(denial) => Some(denial.reason()),
            _ => None,
        }
    }

    /// Returns the handle of a proof that requires the PIN, or `None`.
    ///
    /// The proof was correct. Ask for the PIN, and pass the handle to
    /// [`Proof::pin`](crate::Proof::pin).
    #[must_use]
    pub const fn pending_pin(&self) -> Option<&Handle> {
        match self {
            Self::Denied(denial) => denial.pending_pin(),
            _ => None,
        }
    }

    /// Returns the handle of a proof that requires another factor, or `None`.
    ///
    /// The proof was correct but not sufficient. Ask for a proof of another kind, and pass the
    /// handle to [`Proof::after`](crate::Proof::after).
    #[must_use]
    pub const fn pending_factor(&self) -> Option<&Handle> {
        match self {
            Self::Denied(denial) => denial.pending_factor(),
            _ => None,
        }
    }

    /// Returns the HTTP status code for a response.
    ///
    /// - 401: the proof was refused. Ask for another proof.
    /// - 403: the call requires a proof or a grant.
    /// - 404 and 409: the settings cannot be changed in this way.
    /// - 422: an argument is invalid.
    /// - 429: wait until [`retry_at`](Self::retry_at). An incorrect code may have started this
    ///   wait.
    /// - 500: the application or its keys are misconfigured.
    /// - 503: the store, a provider or a carrier failed. Try again.
    #[must_use]
    pub fn http_status(&self) -> u16 {
        match self {
            Self::Denied(denial) if denial.retry_at().is_some() => 429,
            Self::Denied(denial) => match denial.reason() {
                Reason::Unauthorized => 403,
                Reason::NotFound if denial.is_safe_to_show() => 404,
                _ if denial.is_safe_to_show() => 409,
                _ => 401,
            },
            Self::Account(_) | Self::Invalid(_) | Self::Pin(_) | Self::SecurityKey(_) => 422,
            Self::Busy | Self::CheckLost | Self::Storage(_) | Self::Undelivered { .. } => 503,
            Self::BrokenStorage
            | Self::NoEntropy
            | Self::NoFirstFactor
            | Self::NoPolicy
            | Self::NoTime
            | Self::RolledBack
            | Self::Unreadable(_)
            | Self::WrongRoot => 500,
        }
    }

    /// Returns whether the message of the error is safe to show to the user.
    ///
    /// If it is not, show a message of your own that is the same for every error.
    #[must_use]
    pub const fn is_safe_to_show(&self) -> bool {
        match self {
            Self::Denied(denial) => denial.is_safe_to_show(),
            Self::Account(_)
            | Self::Invalid(_)
            | Self::Pin(_)
            | Self::SecurityKey(_)
            | Self::Undelivered { .. } => true,
            _ => false,
        }
    }

    /// Returns whether the call requires a recent proof or grant.
    ///
    /// Ask for a proof, and repeat the call with its [`Grant`](crate::Grant).
    #[must_use]
    pub const fn needs_grant(&self) -> bool {
        matches!(self, Self::Denied(denial) if matches!(denial.reason(), Reason::Unauthorized))
    }

    /// Creates an error whose reason may be shown to the caller.
    pub(super) fn open(error: impl Into<Self>) -> Self {
        match error.into() {
            Self::Denied(denial) => Self::Denied(denial.open()),
            other => other,
        }
    }

    /// Returns the earliest time to retry, or `None` if waiting does not help.
    ///
    /// The time is safe to show to the user.
    #[doc(alias = "retry-after")]
    #[must_use]
    pub fn retry_at(&self) -> Option<UnixTime> {
        match self {
            Self::Denied(denial) => denial.retry_at(),
            Self::Undelivered { challenge, .. } => challenge.resend_at(),
            _ => None,
        }
    }
}

impl From<NoEntropy> for Error {
    fn from(_: NoEntropy) -> Self {
        Self::NoEntropy
    }
}

impl From<NoTime> for Error {
    fn from(_: NoTime) -> Self {
        Self::NoTime
    }
}

#[cfg(test)]
mod tests {
    use alloc::{collections::BTreeSet, format, string::ToString as _};

    use super::*;

    /// Returns the status of a refusal without a time, and whether to show its reason.
    const fn expected(reason: Reason) -> (u16, bool) {
        match reason {
            Reason::Absent
            | Reason::AnotherFactorDue
            | Reason::Cancelled
            | Reason::Disabled
            | Reason::Expired
            | Reason::GuardRefused
            | Reason::Incorrect
            | Reason::Malformed
            | Reason::NotAllowed
            | Reason::NotEnrolled
            | Reason::NotFound
            | Reason::OtherClient
            | Reason::OtherPurpose
            | Reason::Pending
            | Reason::PinDue
            | Reason::Replayed
            | Reason::ReportedByOwner
            | Reason::SameChannel
            | Reason::SecurityKeyFailed
            | Reason::SimSwapped
            | Reason::Superseded => (401, false),
            Reason::LastFactor
            | Reason::Late
            | Reason::Locked
            | Reason::PrefixSendLimit
            | Reason::Quarantined
            | Reason::SendLimit
            | Reason::TooCommon
            | Reason::TooMany
            | Reason::TooSoon => (409, true),
            Reason::Unauthorized => (403, true),
        }
    }

    const EVERY: [Reason; 31] = [
        Reason::Absent,
        Reason::AnotherFactorDue,
        Reason::Cancelled,
        Reason::Disabled,
        Reason::Expired,
        Reason::GuardRefused,
        Reason::Incorrect,
        Reason::LastFactor,
        Reason::Late,
        Reason::Locked,
        Reason::Malformed,
        Reason::NotAllowed,
        Reason::NotEnrolled,
        Reason::NotFound,
        Reason::OtherClient,
        Reason::OtherPurpose,
        Reason::Pending,
        Reason::PinDue,
        Reason::PrefixSendLimit,
        Reason::Quarantined,
        Reason::Replayed,
        Reason::ReportedByOwner,
        Reason::SameChannel,
        Reason::SecurityKeyFailed,
        Reason::SendLimit,
        Reason::SimSwapped,
        Reason::Superseded,
        Reason::TooCommon,
        Reason::TooMany,
        Reason::TooSoon,
        Reason::Unauthorized,
    ];

    #[test]
    fn every_reason_has_a_status_and_a_text() {
        for reason in EVERY {
            let (status, is_safe) = expected(reason);
            let error = Error::Denied(Denial::new(reason));
            assert_eq!(
                (error.http_status(), error.is_safe_to_show()),
                (status, is_safe),
                "{reason:?}"
            );
            assert_eq!(error.to_string() == "not verified", !is_safe, "{reason:?}");
            assert_eq!(error.needs_grant(), reason == Reason::Unauthorized);

            let at = UnixTime::from_secs(7);
            let wait = Error::Denied(Denial::until(reason, at));
            assert_eq!((wait.http_status(), wait.retry_at()), (429, Some(at)), "{reason:?}");
            assert_eq!(wait.is_safe_to_show(), is_safe, "{reason:?}");
        }
    }

    #[test]
    fn reason_is_shown_to_a_caller_who_may_learn_it() {
        for reason in EVERY {
            let open = Error::open(Denial::new(reason));
            let status = match reason {
                Reason::NotFound => 404,
                Reason::Unauthorized => 403,
                _ => 409,
            };
            assert_eq!((open.http_status(), open.is_safe_to_show()), (status, true), "{reason:?}");
            assert_eq!(open.reason(), Some(reason));
            let text = open.to_string();
            assert!(text != "not verified" && !text.is_empty(), "{reason:?}");
            let first = text.chars().next().unwrap();
            assert!(first.is_lowercase() && !text.ends_with('.'), "{text}");
        }
    }

    #[test]
    fn manual_shows_every_reason_as_the_code_does() {
        const WAITS: [Reason; 5] = [
            Reason::Locked,
            Reason::PrefixSendLimit,
            Reason::Quarantined,
            Reason::SendLimit,
            Reason::TooSoon,
        ];
        let row = |reason| {
            let refused = match WAITS.contains(&reason) {
                true => Denial::until(reason, UnixTime::from_secs(7)),
                false => Denial::new(reason),
            };
            let (closed, open) = (Error::Denied(refused), Error::open(refused));
            let shown = if closed.is_safe_to_show() { "yes" } else { "no" };
            let (of_proof, elsewhere) = (closed.http_status(), open.http_status());
            format!(
                "| [`{reason:?}`](crate::Reason::{reason:?}) | {shown} | {open} | {of_proof} | {elsewhere} |"
            )
        };
        let page = include_str!("../manual/errors.md");
        let table = page.lines().filter(|line| line.contains("](crate::Reason::"));
        let table = table.filter(|line| line.starts_with("| [`"));
        assert!(table.eq(EVERY.map(row)), "the table of the page `errors` is not that of the code");
    }

    #[test]
    fn refused_proofs_look_the_same() {
        let closed = EVERY.iter().filter(|reason| !expected(**reason).1);
        let shown: BTreeSet<_> = closed
            .map(|reason| Error::Denied(Denial::new(*reason)))
            .map(|error| (error.to_string(), error.http_status()))
            .collect();
        assert_eq!(shown.len(), 1, "{shown:?}");
    }

    #[test]
    fn other_errors_show_the_faults_of_an_input_only() {
        for (error, status, is_safe) in [
            (Error::Account(InvalidKeyUri::Colon), 422, true),
            (Error::BrokenStorage, 500, false),
            (Error::Busy, 503, false),
            (Error::CheckLost, 503, false),
            (Error::NoEntropy, 500, false),
            (Error::NoFirstFactor, 500, false),
            (Error::NoPolicy, 500, false),
            (Error::NoTime, 500, false),
            (Error::Pin(InvalidPin::Length), 422, true),
            (Error::WrongRoot, 500, false),
        ] {
            assert_eq!((error.http_status(), error.is_safe_to_show()), (status, is_safe));
            assert!(!error.needs_grant() && error.retry_at().is_none(), "{error:?}");
            assert!(error.denial().is_none() && error.reason().is_none(), "{error:?}");
            assert!(error.pending_pin().is_none(), "{error:?}");
        }
    }
}
