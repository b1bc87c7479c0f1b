//! Fixed limits and lifetimes.

use crate::time::DAY;

/// FAILURES 92: seconds before a second, third, fourth and fifth code of one challenge.
pub(crate) const RESEND_WAITS: [u32; 4] = [30, 60, 120, 240];
/// STD N-08: a challenge expires ten minutes after its first code, even if the code is sent again.
pub(crate) const CHALLENGE_LIFE: u32 = 600;
/// Seconds until an unconfirmed enrollment expires: ten minutes.
pub(crate) const ENROLLMENT_LIFE: u32 = 600;
/// FAILURES 68: incorrect first codes after which an enrollment is dropped.
pub(crate) const ENROLLMENT_ATTEMPTS: u8 = 5;
/// Enrollments of one kind that other clients may have open.
pub(crate) const MAX_ENROLLMENTS: usize = 3;
/// How long a client gets no code and no sign-in request after the owner reported one of them.
pub(crate) const BLOCKED_FOR: u32 = DAY;
/// How many devices of a subject are known; the eleventh displaces one.
pub(crate) const MAX_DEVICES: usize = 10;
/// How long a device is known after its last success: a year.
pub(crate) const KNOWN_DEVICE_LIFE: u32 = 365 * DAY;
/// Failures in a row at a known device with which it is forgotten.
pub(crate) const DEVICE_FAILURES: u32 = 5;
/// Failures in a row without a first factor that disable a factor there.
pub(crate) const ANONYMOUS_FAILURES: u32 = 10;
/// Attempts after an unlock or a change of the password.
pub(crate) const RENEWED_ATTEMPTS: u32 = 10;
/// The most failures in a row that may disable a factor after a first factor.
pub(crate) const MAX_DISABLE_AT: u32 = 30;
/// STD N-41: 100 failures in a row of one factor, over all lanes and after one renewal.
const MOST_IN_A_ROW: u32 = 100;
const _: () = assert!(
    MAX_DISABLE_AT + RENEWED_ATTEMPTS + ANONYMOUS_FAILURES + MAX_DEVICES as u32 * DEVICE_FAILURES
        <= MOST_IN_A_ROW,
    "no lane reads the count of another, so their limits must add up"
);
/// The slow count of registration from which codes are sent only as fast as it decays.
pub(crate) const REGISTRATION_SLOW: u16 = 100;
/// The slow count after a first factor at which the user is notified that it is compromised, once
/// in 30 days.
pub(crate) const COMPROMISE_SLOW: u16 = 20;
pub(crate) const COMPROMISE_WAIT: u32 = 30 * DAY;
/// The slow count that a renewal leaves at most.
pub(crate) const RENEWED_SLOW: u16 = 30;
/// FAILURES 82: a device token rotates by time, so that a copy of it is found at the next visit
/// after a rotation, and a late request of the owner is not taken for one.
pub(crate) const DEVICE_ROTATION: u64 = DAY as u64 / 2;
/// For how many seconds a successor is handed out again, and the token before it is accepted.
pub(crate) const DEVICE_GRACE: u64 = 60;
/// FAILURES 102: the lifetime of a sign-in request in seconds, and the number of requests without
/// success within an hour that turns requests off.
pub(crate) const REQUEST_LIFE: u32 = 60;
pub(crate) const UNSUCCESSFUL_REQUESTS: usize = 3;
/// FAILURES 95, 112: after a new device gained access, no first PIN can be set for a day, unless a
/// device agrees that has been trusted for as long.
pub(crate) const QUARANTINE: u32 = DAY;
/// How long a first factor that rests on the application's assertion can be undone: three days.
pub(crate) const UNDO: u32 = 3 * DAY;
/// Incorrect rehearsals of the PIN that end rehearsals, until the PIN is entered for a proof.
pub(crate) const REHEARSAL_FAILURES: u32 = 3;
/// STD N-47: incorrect PINs in a row that disable the PIN.
pub(crate) const PIN_FAILURES: u32 = 10;
/// How many addresses of a kind a subject may have. STD N-38 asks for two; a record has a maximum
/// size.
pub(crate) const MAX_PHONES: usize = 3;
pub(crate) const MAX_EMAILS: usize = 2;
pub(crate) const MAX_SECURITY_KEYS: usize = 5;
/// Seconds that a security key has to answer.
///
/// Any holder of the text can answer a ceremony, which ends by time alone. The time is therefore
/// shorter than the five to ten minutes of Web Authentication Level 3.
pub(crate) const CEREMONY_LIFE: u32 = 90;
/// How many ids of accepted ceremonies a record stores, and for how many seconds after their issue.
pub(crate) const MAX_CEREMONIES: usize = 8;
pub(crate) const CEREMONY_MEMORY: u64 = 300;
