//! Why something was refused.

/// Why something was refused. For the host's log alone.
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
    /// There is no record, and the policy says that there must be.
    Absent,
    /// It was right, and a second proof of another kind is due.
    AnotherFactorDue,
    /// Too many messages were sent, to the subject or to the address.
    SendLimit,
    /// The sign-in request was called off on the device that was to approve it.
    Cancelled,
    /// Too many failures: the factor must be enrolled again.
    Disabled,
    /// The owner said that this client's request was not theirs.
    ReportedByOwner,
    /// The time of the challenge or of the enrollment is over, whatever was typed; or that of an
    /// administrator's reset, after which nothing was enrolled.
    Expired,
    /// The subject has as many factors of this kind as it may have, or its record has no room.
    TooMany,
    /// The host's [guard](crate::host::SendGuard) let no code be sent, or could not tell.
    GuardRefused,
    /// It is the last factor that may sign in: turning two-factor off is an operation of its own.
    LastFactor,
    /// Too many failures: the factor waits.
    Locked,
    /// What was typed is no code at all.
    Malformed,
    /// There is no such challenge, enrollment or factor, or not of this kind, or not any more.
    NotFound,
    /// The policy allows no factor of this kind for this purpose.
    NotAllowed,
    /// No factor of this kind is enrolled.
    NotEnrolled,
    /// The challenge was made for another client.
    OtherClient,
    /// The challenge was made for another purpose.
    OtherPurpose,
    /// The token of the device is somebody else's, who uses the same browser. Leave it where it is.
    OtherSubject,
    /// The sign-in request was not answered yet.
    Pending,
    /// It was right, and the PIN is due.
    PinDue,
    /// Too many codes went to numbers that begin like this one, and too few of them were entered.
    PrefixSendLimit,
    /// So soon after a sign-in or a registration on a new device no first PIN can be set, and by the
    /// number alone nothing can be added. The person may be told.
    Quarantined,
    /// The code was accepted before.
    Replayed,
    /// The number moved to another SIM so lately that somebody else may have it.
    SimSwapped,
    /// The token of the device was replaced before: there are two of it, and it is trusted no longer.
    Stolen,
    /// A newer code of the same challenge was sent after this one.
    Superseded,
    /// The new PIN ends like a phone number of the subject. The person may be told.
    TooCommon,
    /// The last code was sent too short a time ago, or a try of the same kind is being checked now.
    TooSoon,
    /// The proof that should allow the change is too old, of an older generation or for another
    /// purpose, or a factor stands and no proof was given.
    Unauthorized,
    /// The code is wrong.
    Incorrect,
}

impl Reason {
    /// Whether it was counted as a failure of the factor.
    #[must_use]
    pub const fn is_counted(self) -> bool {
        matches!(self, Self::Incorrect)
    }
}
