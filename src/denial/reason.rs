//! Reasons of refusals.

/// The reason why a request was refused, for your log.
///
/// # Security
///
/// A reason reveals which part of a proof was correct. It must not be shown to the user unless a
/// variant or a method permits it.
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
    /// The subject has no record, and the policy requires one.
    Absent,
    /// The proof was correct, but a second proof of another kind is required.
    AnotherFactorDue,
    /// The sign-in request was cancelled on the device that was to approve it.
    Cancelled,
    /// The factor failed too often, and must be enrolled again or unlocked by support.
    ///
    /// Sign-in requests are disabled until the user enters a code. A PIN and backup codes are also
    /// disabled if their generation of [keys](crate::Keys) was dropped.
    Disabled,
    /// The challenge or the enrollment has expired.
    ///
    /// The reason does not depend on whether the code is correct. It also applies if an
    /// administrator's reset has expired before a factor was enrolled.
    Expired,
    /// Your [guard](crate::host::SendGuard) refused the send, or could not decide.
    GuardRefused,
    /// The code is incorrect.
    Incorrect,
    /// The factor is the last one that can sign in.
    ///
    /// Turning two-factor authentication off is a separate operation.
    LastFactor,
    /// The deadline to enroll a second factor has passed.
    ///
    /// A password alone no longer permits enrollment.
    ///
    /// Have the user confirm the address on file, or let support issue a code.
    Late,
    /// The factor failed too often, and is temporarily locked.
    Locked,
    /// The input is not in the format of a code.
    Malformed,
    /// The policy does not allow this factor for this purpose.
    NotAllowed,
    /// No factor of this kind is enrolled.
    NotEnrolled,
    /// No such challenge, enrollment or factor exists.
    ///
    /// The item never existed, no longer exists, or is of another kind.
    NotFound,
    /// The challenge was created for another client.
    OtherClient,
    /// The challenge was created for another purpose.
    OtherPurpose,
    /// The sign-in request has not been answered yet.
    Pending,
    /// The proof was correct, but the PIN is required.
    PinDue,
    /// Too many codes were sent to this phone prefix, and too few were converted.
    PrefixSendLimit,
    /// The change is not permitted so soon after a new device.
    ///
    /// After a sign-in or a registration on a new device, the user cannot set a first PIN. A proof
    /// of the phone number alone does not permit a new factor. This reason may be shown to the
    /// user.
    Quarantined,
    /// The code has already been accepted once.
    Replayed,
    /// The owner reported the requests of this client as unrequested.
    ReportedByOwner,
    /// Your WebAuthn crate rejected the response of the security key.
    ///
    /// The failure is reported but not counted, because a signature cannot be guessed.
    SecurityKeyFailed,
    /// Too many messages were sent to the subject or to the address.
    SendLimit,
    /// The channel, security key or device was already the first factor.
    ///
    /// It cannot also be the second factor. The refusal is not counted, and no code is consumed.
    /// Ask for a factor of another channel.
    SameChannel,
    /// The phone number recently moved to another SIM, so an attacker may control it.
    SimSwapped,
    /// A newer code was sent for the same challenge.
    Superseded,
    /// The new PIN consists of the last digits of a phone number of the subject.
    ///
    /// This reason may be shown to the user.
    TooCommon,
    /// The subject has the maximum number of items of this kind, or its record is full.
    TooMany,
    /// The last code was sent too recently, or another attempt is being checked.
    ///
    /// This reason also applies to a PIN reset in the week after a cancelled one.
    TooSoon,
    /// The proof does not permit the change.
    ///
    /// The proof is too old, or is of an earlier epoch or for another purpose. This reason also
    /// applies if a factor is enrolled and no proof was passed.
    Unauthorized,
}

impl Reason {
    /// Returns the `snake_case` name of the reason, for use in logs and metrics.
    ///
    /// The name is stable across releases.
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
    /// The result is `true` for every [`Incorrect`](Self::Incorrect) refusal, although one of them
    /// is not counted: that of a backup code whose selector matches no stored code.
    #[must_use]
    pub const fn is_counted(self) -> bool {
        matches!(self, Self::Incorrect)
    }

    /// Returns whether the reason may be shown even for a refused proof.
    ///
    /// A wait may be shown, and so may a reason that occurs only after a sufficient proof.
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

    /// Returns the message for the user.
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
