//! The attacks of the probe.

use core::fmt;

/// One attack on a sign-in endpoint.
///
/// # Example
///
/// ```
/// use second_factor::testkit::probe::Attack;
///
/// let attack = Attack::SameStep;
/// assert_eq!(attack.to_string(), "same-step");
/// assert_eq!(attack.tried(), "the code of a sign-in again, immediately, in a new session");
/// assert_eq!(attack.expected(), "refused");
/// assert_eq!(attack.failure(), 1);        // row 1 of `manual::threats`
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Attack {
    /// One TOTP code in several concurrent sessions.
    AtOnce,
    /// One backup code in several concurrent sessions.
    BackupAtOnce,
    /// A backup code used a second time.
    BackupTwice,
    /// The response to a request for a code contains the code.
    CodeInReply,
    /// The correct code after many incorrect codes.
    CorrectCodeUnderLock,
    /// An empty code.
    EmptyCode,
    /// The code that confirmed an enrollment, used for sign-in.
    EnrollmentCode,
    /// Guesses of TOTP codes, each in a new session.
    FreshSessions,
    /// Guesses of one sent code.
    GuessSentCode,
    /// The enrollment of an app with the password only.
    HalfSignedIn,
    /// Six incorrect digits.
    IncorrectCode,
    /// A sent code after its expiry.
    LateCode,
    /// A code without its leading zeros.
    LeadingZeros,
    /// Guesses of an attacker who has the password, then a sign-in of the owner.
    LockedForGood,
    /// A code followed by more characters, up to a mebibyte.
    LongCode,
    /// The code of a sign-in, used again one time step later.
    NextStep,
    /// A submission without a code.
    NoCode,
    /// A code that was sent to enroll a number, used for sign-in.
    NumberCode,
    /// A backup code from the list before the current one.
    OldBackupCode,
    /// A sent code after a newer one was sent.
    OldSentCode,
    /// The enrollment of an app in a session whose last proof is hours old.
    OldSession,
    /// Responses that reveal why a code was refused.
    OneRefusal,
    /// A code that was sent to another session of the same user.
    OtherSession,
    /// A TOTP code of another user.
    OtherSubject,
    /// A backup code of another user.
    OtherSubjectsBackupCode,
    /// A sent code of another user.
    OtherSubjectsSentCode,
    /// Codes of time steps outside of any window.
    OutsideWindow,
    /// A part of the correct code.
    PartOfCode,
    /// An app whose enrollment was never confirmed.
    PendingApp,
    /// The code of a sign-in, used again immediately.
    SameStep,
    /// Requests for codes, for an hour.
    SendBudget,
    /// Requests for codes, many in one second.
    SentAtOnce,
    /// A sent code used a second time.
    SentTwice,
    /// A session after sign-out.
    SignedOut,
    /// One code with spaces within and around it.
    Spaces,
    /// One code in the digits of other scripts.
    UnicodeDigits,
}

impl Attack {
    /// All attacks, in the order in which the probe runs them.
    pub const ALL: &'static [Self] = &[
        Self::NoCode,
        Self::IncorrectCode,
        Self::EmptyCode,
        Self::SameStep,
        Self::NextStep,
        Self::AtOnce,
        Self::SignedOut,
        Self::FreshSessions,
        Self::CorrectCodeUnderLock,
        Self::LockedForGood,
        Self::OtherSubject,
        Self::EnrollmentCode,
        Self::OutsideWindow,
        Self::LeadingZeros,
        Self::UnicodeDigits,
        Self::Spaces,
        Self::PartOfCode,
        Self::LongCode,
        Self::OneRefusal,
        Self::PendingApp,
        Self::HalfSignedIn,
        Self::OldSession,
        Self::SentTwice,
        Self::OldSentCode,
        Self::LateCode,
        Self::OtherSession,
        Self::OtherSubjectsSentCode,
        Self::NumberCode,
        Self::GuessSentCode,
        Self::SentAtOnce,
        Self::SendBudget,
        Self::CodeInReply,
        Self::BackupTwice,
        Self::BackupAtOnce,
        Self::OldBackupCode,
        Self::OtherSubjectsBackupCode,
    ];

    /// Returns a description of how a secure endpoint responds.
    #[must_use]
    pub const fn expected(self) -> &'static str {
        self.row().3
    }

    /// Returns the number of a row in [`threats`](crate::manual::threats).
    ///
    /// The attack tests for the weakness in this row.
    #[must_use]
    pub const fn failure(self) -> u32 {
        self.row().1
    }

    /// Returns a description of the attack.
    #[must_use]
    pub const fn tried(self) -> &'static str {
        self.row().2
    }

    /// Returns the name, the row in `threats`, the attack, and the expected result.
    #[expect(clippy::too_many_lines, reason = "it is a table")]
    const fn row(self) -> (&'static str, u32, &'static str, &'static str) {
        match self {
            Self::AtOnce => (
                "at-once",
                6,
                "one TOTP code in eight concurrent sessions",
                "at most one session is signed in",
            ),
            Self::BackupAtOnce => (
                "backup-at-once",
                7,
                "one backup code in eight concurrent sessions",
                "at most one session is signed in",
            ),
            Self::BackupTwice => (
                "backup-twice",
                8,
                "a backup code a second time, then the next of the list",
                "refused, and the next is accepted",
            ),
            Self::CodeInReply => (
                "code-in-reply",
                94,
                "the response to a request for a code is searched for the code",
                "it does not contain the code",
            ),
            Self::CorrectCodeUnderLock => (
                "correct-code-under-lock",
                34,
                "a hundred incorrect codes in one session, then the correct one in it",
                "refused",
            ),
            Self::EmptyCode => (
                "empty-code",
                49,
                "an empty text, a space or a zero as the code of every factor, before one was sent",
                "refused",
            ),
            Self::EnrollmentCode => (
                "enrollment-code",
                37,
                "the code that confirmed an app, used for sign-in",
                "refused",
            ),
            Self::FreshSessions => (
                "fresh-sessions",
                16,
                "a hundred incorrect codes, each in a new session, then the correct one",
                "refused: attempts are counted by user, not by session",
            ),
            Self::GuessSentCode => (
                "guess-sent-code",
                22,
                "a hundred incorrect codes for one that was sent, then the correct one",
                "refused",
            ),
            Self::HalfSignedIn => (
                "half-signed-in",
                70,
                "an app enrolled with the password only, while another is enrolled",
                "its codes are refused",
            ),
            Self::IncorrectCode => {
                ("incorrect-code", 42, "six digits that are not the code", "refused")
            }
            Self::LateCode => ("late-code", 20, "a sent code after eleven minutes", "refused"),
            Self::LeadingZeros => (
                "leading-zeros",
                51,
                "a code with leading zeros: without them, with one more, with a sign",
                "refused, and the code itself is accepted",
            ),
            Self::LockedForGood => (
                "locked-for-good",
                30,
                "a hundred incorrect codes of an attacker; a day later the owner's correct one",
                "the owner is signed in",
            ),
            Self::LongCode => (
                "long-code",
                54,
                "the correct code followed by six digits, and by a mebibyte",
                "refused with a response",
            ),
            Self::NextStep => (
                "next-step",
                2,
                "a used code, one time step later; a code used early, in its own time step",
                "refused",
            ),
            Self::NoCode => {
                ("no-code", 46, "a session with the correct password, and no code", "not signed in")
            }
            Self::NumberCode => (
                "number-code",
                37,
                "a code that was sent to enroll a number, used for sign-in",
                "refused",
            ),
            Self::OldBackupCode => (
                "old-backup-code",
                64,
                "a backup code from before new ones were generated, then a new one",
                "refused, and the new one is accepted",
            ),
            Self::OldSentCode => (
                "old-sent-code",
                11,
                "a sent code after a newer one was sent, then the newer one",
                "refused, and the newer one is accepted",
            ),
            Self::OldSession => (
                "old-session",
                67,
                "an app enrolled in a session that was signed in two hours ago",
                "its codes are refused",
            ),
            Self::OneRefusal => (
                "one-refusal",
                58,
                "the responses to an incorrect, a used and an hour-old code are compared",
                "they are equal",
            ),
            Self::OtherSession => (
                "other-session",
                41,
                "a code that was sent to another session of the same user",
                "refused",
            ),
            Self::OtherSubject => ("other-subject", 35, "a TOTP code of another user", "refused"),
            Self::OtherSubjectsBackupCode => {
                ("other-subjects-backup-code", 39, "a backup code of another user", "refused")
            }
            Self::OtherSubjectsSentCode => {
                ("other-subjects-sent-code", 35, "a code that was sent to another user", "refused")
            }
            Self::OutsideWindow => (
                "outside-window",
                31,
                "the codes of three and of ten time steps before and after",
                "refused",
            ),
            Self::PartOfCode => (
                "part-of-code",
                50,
                "the code without its first or its last digit, and its first digit only",
                "refused",
            ),
            Self::PendingApp => (
                "pending-app",
                68,
                "a second app whose first code was incorrect",
                "its codes are refused, and those of the first app are accepted",
            ),
            Self::SameStep => (
                "same-step",
                1,
                "the code of a sign-in again, immediately, in a new session",
                "refused",
            ),
            Self::SendBudget => (
                "send-budget",
                91,
                "a code requested every 30 seconds for an hour, from old and new sessions",
                "at most 20 are sent",
            ),
            Self::SentAtOnce => (
                "sent-at-once",
                92,
                "ten codes requested in one second, from old and new sessions",
                "at most 3 are sent",
            ),
            Self::SentTwice => ("sent-twice", 10, "a sent code a second time", "refused"),
            Self::SignedOut => (
                "signed-out",
                13,
                "a session after sign-out, as it is and with a new correct code",
                "not signed in: the password is required",
            ),
            Self::Spaces => (
                "spaces",
                4,
                "one code, plain and with spaces and line ends, in both orders",
                "at most one of them is accepted",
            ),
            Self::UnicodeDigits => (
                "unicode-digits",
                52,
                "one code in ASCII and in digits of other scripts, in both orders",
                "at most one of them is accepted",
            ),
        }
    }
}

/// Writes the name of the attack.
impl fmt::Display for Attack {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.row().0)
    }
}
