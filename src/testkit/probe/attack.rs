//! The attacks by name: what each tries, what must come of it, how it broke real systems.

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
/// assert_eq!(attack.tried(), "the code of a sign-in again, at once, in a new session");
/// assert_eq!(attack.expected(), "refused");
/// assert_eq!(attack.failure(), 1);        // row 1 of `manual::threats`
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Attack {
    /// One code of the app in several sessions at once.
    AtOnce,
    /// One backup code in several sessions at once.
    BackupAtOnce,
    /// A backup code a second time.
    BackupTwice,
    /// The answer to "send me a code" shows the code.
    CodeInReply,
    /// Nothing typed where a code is due.
    EmptyCode,
    /// The code that confirmed an app, for signing in.
    EnrollmentCode,
    /// Each guess at the app in a session of its own.
    FreshSessions,
    /// Guess after guess at one code that was sent.
    GuessSentCode,
    /// An app enrolled by somebody who has the password alone.
    HalfSignedIn,
    /// A sent code when its time is over.
    LateCode,
    /// A code without its leading zeros.
    LeadingZeros,
    /// Guesses of a stranger who has the password, and then the owner.
    LockedForGood,
    /// A code with more behind it, up to a mebibyte.
    LongCode,
    /// The code of a sign-in in the step after it.
    NextStep,
    /// No code at all.
    NoCode,
    /// A code that was sent for adding a number, for signing in.
    NumberCode,
    /// A backup code from before new ones were made.
    OldBackupCode,
    /// The code before the one that was sent last.
    OldSentCode,
    /// An app enrolled from a session that proved something hours ago.
    OldSession,
    /// Whether the answer tells why a code was refused.
    OneRefusal,
    /// The app code of somebody else.
    OtherSubject,
    /// A backup code of somebody else.
    OtherSubjectsBackupCode,
    /// A sent code of somebody else.
    OtherSubjectsSentCode,
    /// A code that was sent to another session of the same person.
    OtherSession,
    /// Codes of steps outside any window.
    OutsideWindow,
    /// A part of the right code.
    PartOfCode,
    /// An app that was begun and never confirmed.
    PendingApp,
    /// The right code after many wrong ones.
    RightCodeUnderLock,
    /// The code of a sign-in again, at once.
    SameStep,
    /// Codes asked for, for an hour.
    SendBudget,
    /// Codes asked for, many in one second.
    SentAtOnce,
    /// A sent code a second time.
    SentTwice,
    /// A session that was signed out.
    SignedOut,
    /// One code with spaces in and around it.
    Spaces,
    /// One code in digits of other scripts.
    UnicodeDigits,
    /// Any six digits.
    WrongCode,
}

impl Attack {
    /// All of them, in the order in which they are tried.
    pub const ALL: &'static [Self] = &[
        Self::NoCode,
        Self::WrongCode,
        Self::EmptyCode,
        Self::SameStep,
        Self::NextStep,
        Self::AtOnce,
        Self::SignedOut,
        Self::FreshSessions,
        Self::RightCodeUnderLock,
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

    /// What must come of it.
    #[must_use]
    pub const fn expected(self) -> &'static str {
        self.row().3
    }

    /// The row of [`threats`](crate::manual::threats) for which it stands.
    #[must_use]
    pub const fn failure(self) -> u32 {
        self.row().1
    }

    /// What is tried.
    #[must_use]
    pub const fn tried(self) -> &'static str {
        self.row().2
    }

    /// Name, failure, what is tried, what is expected.
    #[expect(clippy::too_many_lines, reason = "it is a table")]
    const fn row(self) -> (&'static str, u32, &'static str, &'static str) {
        match self {
            Self::AtOnce => (
                "at-once",
                6,
                "one code of the app in eight sessions at once",
                "at most one is signed in",
            ),
            Self::BackupAtOnce => (
                "backup-at-once",
                7,
                "one backup code in eight sessions at once",
                "at most one is signed in",
            ),
            Self::BackupTwice => (
                "backup-twice",
                8,
                "a backup code a second time, then the next of the list",
                "refused, and the next is right",
            ),
            Self::CodeInReply => (
                "code-in-reply",
                94,
                "the answer to \"send me a code\" is searched for the code",
                "it is not there",
            ),
            Self::EmptyCode => (
                "empty-code",
                49,
                "nothing, a space or a zero as the code, of every kind, before one was sent",
                "refused",
            ),
            Self::EnrollmentCode => {
                ("enrollment-code", 37, "the code that confirmed an app, for signing in", "refused")
            }
            Self::FreshSessions => (
                "fresh-sessions",
                16,
                "a hundred wrong codes, each in a new session, then the right one",
                "refused: the count is the person's, not the session's",
            ),
            Self::GuessSentCode => (
                "guess-sent-code",
                22,
                "a hundred wrong codes for one that was sent, then the right one",
                "refused",
            ),
            Self::HalfSignedIn => (
                "half-signed-in",
                70,
                "an app enrolled with the password alone, where one stands",
                "its codes sign nobody in",
            ),
            Self::LateCode => ("late-code", 20, "a sent code after eleven minutes", "refused"),
            Self::LeadingZeros => (
                "leading-zeros",
                51,
                "a code that begins with zeros, without them, with one more, with a sign",
                "refused, and the code itself is right",
            ),
            Self::LockedForGood => (
                "locked-for-good",
                30,
                "a hundred wrong codes of a stranger; a day later the owner's right one",
                "the owner is signed in",
            ),
            Self::LongCode => (
                "long-code",
                54,
                "the right code with six digits behind it, and with a mebibyte",
                "refused, and answered",
            ),
            Self::NextStep => (
                "next-step",
                2,
                "a used code in the step after it; a code used early, in its own step",
                "refused",
            ),
            Self::NoCode => {
                ("no-code", 46, "a session whose password was right, and no code", "not signed in")
            }
            Self::NumberCode => (
                "number-code",
                37,
                "a code that was sent for adding a number, for signing in",
                "refused",
            ),
            Self::OldBackupCode => (
                "old-backup-code",
                64,
                "a backup code from before new ones were made, then one of the new",
                "refused, and the new one is right",
            ),
            Self::OldSentCode => (
                "old-sent-code",
                11,
                "the code before the one that was sent last, then the last",
                "refused, and the last is right",
            ),
            Self::OldSession => (
                "old-session",
                67,
                "an app enrolled from a session that was signed in two hours ago",
                "its codes sign nobody in",
            ),
            Self::OneRefusal => (
                "one-refusal",
                58,
                "the answers to a wrong code, a used one and one of an hour ago are compared",
                "they are one",
            ),
            Self::OtherSubject => ("other-subject", 35, "the app code of somebody else", "refused"),
            Self::OtherSubjectsBackupCode => {
                ("other-subjects-backup-code", 39, "a backup code of somebody else", "refused")
            }
            Self::OtherSubjectsSentCode => {
                ("other-subjects-sent-code", 35, "a code that was sent to somebody else", "refused")
            }
            Self::OtherSession => (
                "other-session",
                41,
                "a code that was sent to another session of the same person",
                "refused",
            ),
            Self::OutsideWindow => (
                "outside-window",
                31,
                "the codes of three and of ten steps before and after",
                "refused",
            ),
            Self::PartOfCode => (
                "part-of-code",
                50,
                "the code without its first or its last digit, and its first alone",
                "refused",
            ),
            Self::PendingApp => (
                "pending-app",
                68,
                "a second app that was begun and given a wrong first code",
                "its codes sign nobody in, and those of the first do",
            ),
            Self::RightCodeUnderLock => (
                "right-code-under-lock",
                34,
                "a hundred wrong codes in one session, then the right one in it",
                "refused",
            ),
            Self::SameStep => (
                "same-step",
                1,
                "the code of a sign-in again, at once, in a new session",
                "refused",
            ),
            Self::SendBudget => (
                "send-budget",
                91,
                "a code asked for every 30 seconds for an hour, from old and new sessions",
                "at most 20 are sent",
            ),
            Self::SentAtOnce => (
                "sent-at-once",
                92,
                "ten codes asked for in one second, from old and new sessions",
                "at most 3 are sent",
            ),
            Self::SentTwice => ("sent-twice", 10, "a sent code a second time", "refused"),
            Self::SignedOut => (
                "signed-out",
                13,
                "a session that was signed out, as it is and with a new right code",
                "not signed in: the password is due",
            ),
            Self::Spaces => (
                "spaces",
                4,
                "one code plain and with spaces and line ends in and around it, in both orders",
                "at most one of them is right",
            ),
            Self::UnicodeDigits => (
                "unicode-digits",
                52,
                "one code in ASCII and in digits of other scripts, in both orders",
                "at most one of them is right",
            ),
            Self::WrongCode => ("wrong-code", 42, "six digits that are not the code", "refused"),
        }
    }
}

/// Its name.
impl fmt::Display for Attack {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.row().0)
    }
}
