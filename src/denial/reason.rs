//! Reasons of refusals.

/// Why a request was refused, for your log.
///
/// # Security
///
/// A reason must not be shown to the user unless a variant or a method permits it, because it
/// reveals which part of a proof was correct.
///
/// # Example
///
/// ```
/// use second_factor::Reason;
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
    /// The factor failed too often, and must be enrolled again or unlocked by support.
    ///
    /// Sign-in requests are disabled until the user enters a code.
    Disabled,
    /// The challenge or the enrollment has expired.
    ///
    /// The code may be correct or incorrect. The reason also applies if an administrator's reset
    /// has expired before a factor was enrolled.
    Expired,
    /// Your [guard](crate::host::SendGuard) refused the send, or had no answer.
    GuardRefused,
    /// The code is incorrect.
    Incorrect,
    /// It is the last factor that can sign in.
    ///
    /// Turning two-factor authentication off is a separate operation.
    LastFactor,
    /// The deadline to enroll a second factor has passed, and a password alone does not permit it.
    ///
    /// Have the user confirm the address on file, or let support issue a code.
    Late,
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
    /// The item never existed, has ended, or is of another kind.
    NotFound,
    /// The challenge was created for another client.
    OtherClient,
    /// The challenge was created for another purpose.
    OtherPurpose,
    /// The sign-in request has not been answered yet.
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
    /// Your WebAuthn crate refused the answer of the security key.
    ///
    /// The failure is reported and not counted, because a signature cannot be guessed.
    SecurityKeyFailed,
    /// Too many messages were sent to the subject or to the address.
    SendLimit,
    /// The channel, the key or the device was the first factor, and cannot be the second one too.
    ///
    /// The refusal is not counted, and no code is consumed. Ask for a factor of another channel.
    SameChannel,
    /// The number moved to another SIM recently, so an attacker may have it.
    SimSwapped,
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
    /// The reason also applies if a factor is enrolled and no proof was passed.
    Unauthorized,
}

impl Reason {
    /// Returns the name of the reason for logs and metrics, in `snake_case`. It never changes.
    ///
    /// # Example
    ///
    /// ```
    /// use second_factor::Reason;
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
            Self::Late => "late",
            Self::Locked => "locked",
            Self::Malformed => "malformed",
            Self::NotAllowed => "not_allowed",
            Self::NotEnrolled => "not_enrolled",
            Self::NotFound => "not_found",
            Self::OtherClient => "other_client",
            Self::OtherPurpose => "other_purpose",
            Self::Pending => "pending",
            Self::PinDue => "pin_due",
            Self::PrefixSendLimit => "prefix_send_limit",
            Self::Quarantined => "quarantined",
            Self::Replayed => "replayed",
            Self::ReportedByOwner => "reported_by_owner",
            Self::SecurityKeyFailed => "security_key_failed",
            Self::SendLimit => "send_limit",
            Self::SameChannel => "same_channel",
            Self::SimSwapped => "sim_swapped",
            Self::Superseded => "superseded",
            Self::TooCommon => "too_common",
            Self::TooMany => "too_many",
            Self::TooSoon => "too_soon",
            Self::Unauthorized => "unauthorized",
        }
    }

    /// Returns whether the refusal was counted as a failure of the factor.
    ///
    /// One incorrect proof is refused without a count: a backup code whose selector no code has.
    #[must_use]
    pub const fn is_counted(self) -> bool {
        matches!(self, Self::Incorrect)
    }

    /// Returns whether the reason may be shown for every call, also for a refused proof.
    ///
    /// A wait may be shown, and so may a reason that occurs only after the caller has proven
    /// enough.
    pub(crate) const fn is_safe_to_show(self) -> bool {
        matches!(
            self,
            Self::LastFactor
                | Self::Late
                | Self::Locked
                | Self::PrefixSendLimit
                | Self::Quarantined
                | Self::SendLimit
                | Self::TooCommon
                | Self::TooMany
                | Self::TooSoon
                | Self::Unauthorized
        )
    }

    /// Returns the text for the user.
    pub(crate) const fn text(self) -> &'static str {
        match self {
            Self::Absent => "this account is not set up",
            Self::AnotherFactorDue => "another factor is required",
            Self::Cancelled => "the request was cancelled",
            Self::Disabled => "disabled after too many incorrect codes",
            Self::Expired => "this has expired; begin again",
            Self::GuardRefused | Self::SimSwapped => "no code can be sent to this address now",
            Self::Incorrect => "incorrect",
            Self::LastFactor => "this is the last factor that can sign in",
            Self::Late => "confirm the address on file first",
            Self::Locked => "too many incorrect codes; try again later",
            Self::Malformed => "this is not a code",
            Self::NotAllowed => "not allowed by the policy of this application",
            Self::NotEnrolled => "no such factor is enrolled",
            Self::NotFound => "it does not exist, or has ended",
            Self::OtherClient | Self::OtherPurpose => "it was begun elsewhere; begin again",
            Self::Pending => "not answered yet",
            Self::PinDue => "the PIN is required",
            Self::PrefixSendLimit | Self::SendLimit => "too many codes were sent; try again later",
            Self::Quarantined => "not possible so soon after a sign-in on a new device",
            Self::Replayed => "this code was used before",
            Self::ReportedByOwner => "the account's owner reported these requests",
            Self::SameChannel => "this was used already; use another factor",
            Self::SecurityKeyFailed => "this security key was not accepted",
            Self::Superseded => "a newer code was sent",
            Self::TooCommon => "this PIN is part of your phone number",
            Self::TooMany => "there is no room for another one",
            Self::TooSoon => "too soon; try again later",
            Self::Unauthorized => "confirm that it is you first",
        }
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
