//! Reasons of refusals.

/// Why a request was refused, for your log.
///
/// # Security
///
/// It must not be shown, unless a variant or a method says that it may: it reveals which part of a
/// proof was correct.
///
/// # Example
///
/// ```
/// use second_factor::verdict::Reason;
///
/// assert!(Reason::Incorrect.is_counted());
/// assert!(!Reason::Replayed.is_counted());
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Reason {
    /// There is no record, and the policy requires one.
    Absent,
    /// The proof was correct, and a second proof of another kind is required.
    AnotherFactorDue,
    /// The sign-in request was cancelled on the device that was to approve it.
    Cancelled,
    /// The factor failed too often, and must be enrolled again.
    ///
    /// Sign-in requests are disabled until the user enters a code.
    Disabled,
    /// The challenge or the enrollment has expired.
    ///
    /// The code may be correct or not. Also: an administrator's reset has expired, and no factor
    /// was enrolled.
    Expired,
    /// Your [guard](crate::host::SendGuard) refused the send, or did not know.
    GuardRefused,
    /// The code is incorrect.
    Incorrect,
    /// It is the last factor that can sign in.
    ///
    /// Turning two-factor authentication off is a separate operation.
    LastFactor,
    /// The factor failed too often, and is locked for a time.
    Locked,
    /// The input does not have the form of a code.
    Malformed,
    /// The policy does not allow this factor for this purpose.
    NotAllowed,
    /// No factor of this kind is enrolled.
    NotEnrolled,
    /// There is no such challenge, enrollment or factor.
    ///
    /// It never existed, has ended, or is of another kind.
    NotFound,
    /// The challenge was created for another client.
    OtherClient,
    /// The challenge was created for another purpose.
    OtherPurpose,
    /// The device token belongs to another user of the same browser. Do not delete it.
    OtherSubject,
    /// The sign-in request was not answered yet.
    Pending,
    /// The proof was correct, and the PIN is required.
    PinDue,
    /// Too many codes were sent to this phone prefix, and too few were converted.
    PrefixSendLimit,
    /// The change is not permitted so soon after a new device.
    ///
    /// After a sign-in or a registration on a new device, no first PIN can be set, and the number
    /// alone permits no new factor. It may be shown.
    Quarantined,
    /// The code was accepted before.
    Replayed,
    /// The owner reported the requests of this client as unrequested.
    ReportedByOwner,
    /// Too many messages were sent to the subject or to the address.
    SendLimit,
    /// The number moved to another SIM recently, so an attacker may have it.
    SimSwapped,
    /// A superseded device token was presented: two copies of it exist.
    ///
    /// The device is no longer trusted.
    Stolen,
    /// A newer code was sent for the same challenge.
    Superseded,
    /// The new PIN is the end of a phone number of the subject. It may be shown.
    TooCommon,
    /// The subject has the maximum number of this kind, or its record is full.
    TooMany,
    /// The last code was sent too recently, or another attempt is being checked now.
    TooSoon,
    /// The proof does not permit the change: it is too old, of an earlier epoch or for another
    /// purpose.
    ///
    /// Also: a factor is enrolled, and no proof was passed.
    Unauthorized,
}

impl Reason {
    /// Returns the name of the reason for logs and metrics, in `snake_case`. It never changes.
    ///
    /// # Example
    ///
    /// ```
    /// use second_factor::verdict::Reason;
    ///
    /// assert_eq!(Reason::PinDue.as_str(), "pin_due");
    /// ```
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Absent => "absent",
            Self::AnotherFactorDue => "another_factor_due",
            Self::Cancelled => "cancelled",
            Self::Disabled => "disabled",
            Self::Expired => "expired",
            Self::GuardRefused => "guard_refused",
            Self::Incorrect => "incorrect",
            Self::LastFactor => "last_factor",
            Self::Locked => "locked",
            Self::Malformed => "malformed",
            Self::NotAllowed => "not_allowed",
            Self::NotEnrolled => "not_enrolled",
            Self::NotFound => "not_found",
            Self::OtherClient => "other_client",
            Self::OtherPurpose => "other_purpose",
            Self::OtherSubject => "other_subject",
            Self::Pending => "pending",
            Self::PinDue => "pin_due",
            Self::PrefixSendLimit => "prefix_send_limit",
            Self::Quarantined => "quarantined",
            Self::Replayed => "replayed",
            Self::ReportedByOwner => "reported_by_owner",
            Self::SendLimit => "send_limit",
            Self::SimSwapped => "sim_swapped",
            Self::Stolen => "stolen",
            Self::Superseded => "superseded",
            Self::TooCommon => "too_common",
            Self::TooMany => "too_many",
            Self::TooSoon => "too_soon",
            Self::Unauthorized => "unauthorized",
        }
    }

    /// Returns whether it was counted as a failure of the factor.
    #[must_use]
    pub const fn is_counted(self) -> bool {
        matches!(self, Self::Incorrect)
    }
}

#[cfg(test)]
mod tests {
    use alloc::{format, string::String};

    #[test]
    fn reason_has_its_own_name_in_snake_case() {
        let source = include_str!("reason.rs");
        let is_variant = |line: &&str| {
            line.strip_prefix("    ").is_some_and(|line| line.starts_with(char::is_uppercase))
        };
        let variants = source.lines().filter(is_variant).filter_map(|line| line.strip_suffix(','));
        let mut count = 0;
        for variant in variants.map(str::trim) {
            let mut name = String::new();
            for letter in variant.chars() {
                if letter.is_uppercase() && !name.is_empty() {
                    name.push('_');
                }
                name.extend(letter.to_lowercase());
            }
            count += 1;
            assert!(source.contains(&format!("Self::{variant} => \"{name}\",")), "{variant}");
        }
        assert!(count > 20, "only {count} were found");
    }
}
