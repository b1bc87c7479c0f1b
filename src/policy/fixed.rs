//! Fixed limits and lifetimes.

use crate::time::DAY;

/// FAILURES 92: seconds before the second, third, fourth and fifth code of one challenge.
pub(crate) const RESEND_WAITS: [u32; 4] = [30, 60, 120, 240];
/// STD N-08: a challenge expires ten minutes after its first code, even if further codes are sent.
pub(crate) const CHALLENGE_LIFE: u32 = 600;
/// Seconds until an unconfirmed enrollment expires: ten minutes.
pub(crate) const ENROLLMENT_LIFE: u32 = 600;
/// FAILURES 68: the number of incorrect first codes that ends an enrollment.
pub(crate) const ENROLLMENT_ATTEMPTS: u8 = 5;
/// The maximum number of pending enrollments of one kind by other clients.
pub(crate) const MAX_ENROLLMENTS: usize = 3;
/// The maximum number of clients that may each have a registration code.
pub(crate) const MAX_REGISTRATIONS: usize = 3;
/// The seconds for which a reported client receives no code and no sign-in request.
pub(crate) const BLOCKED_FOR: u32 = DAY;
/// The maximum number of known devices of a subject. An eleventh device displaces one.
pub(crate) const MAX_DEVICES: usize = 10;
/// The lifetime of a known device after its last success: a year.
pub(crate) const KNOWN_DEVICE_LIFE: u32 = 365 * DAY;
/// The number of consecutive failures at a known device after which the device is forgotten.
pub(crate) const DEVICE_FAILURES: u32 = 5;
/// The number of consecutive failures without a first factor that disables a factor for such calls.
pub(crate) const ANONYMOUS_FAILURES: u32 = 10;
/// The number of attempts after an unlock or a change of the password.
pub(crate) const RENEWED_ATTEMPTS: u32 = 10;
/// The highest number of failures in a row, after a first factor, that a policy may set to disable
/// a factor.
pub(crate) const MAX_DISABLE_AT: u32 = 30;
/// STD N-41: at most 100 failures in a row of one factor, over all lanes and after one renewal.
const MOST_IN_A_ROW: u32 = 100;
const _: () = assert!(
    MAX_DISABLE_AT + RENEWED_ATTEMPTS + ANONYMOUS_FAILURES + MAX_DEVICES as u32 * DEVICE_FAILURES
        <= MOST_IN_A_ROW,
    "no lane reads the count of another, so their limits must add up"
);
/// The slow count of registration at which codes are sent only as fast as the count decays.
pub(crate) const REGISTRATION_SLOW: u16 = 100;
/// The slow count after a first factor at which the user is notified of a compromise, at most once
/// in 30 days.
pub(crate) const COMPROMISE_SLOW: u16 = 20;
pub(crate) const COMPROMISE_WAIT: u32 = 30 * DAY;
/// The maximum slow count after a renewal.
pub(crate) const RENEWED_SLOW: u16 = 30;
/// FAILURES 82: a device token rotates after a fixed time. A copy is therefore detected at the next
/// visit after a rotation, and a late request of the owner is not mistaken for a copy.
pub(crate) const DEVICE_ROTATION: u64 = DAY as u64 / 2;
/// The seconds in which a successor is returned again and its predecessor is accepted.
pub(crate) const DEVICE_GRACE: u64 = 60;
/// FAILURES 102: the lifetime of a sign-in request in seconds, and the number of requests without
/// success within an hour that disables requests.
pub(crate) const REQUEST_LIFE: u32 = 60;
pub(crate) const UNSUCCESSFUL_REQUESTS: usize = 3;
/// FAILURES 95, 112: for a day after a new device gained access, no first PIN can be set. A device
/// that has been trusted for at least a day can permit it.
pub(crate) const QUARANTINE: u32 = DAY;
/// The time in which a first factor based on the application's assertion can be undone: three days.
pub(crate) const UNDO: u32 = 3 * DAY;
/// The number of incorrect rehearsals that disables rehearsals until a proof with the PIN.
pub(crate) const REHEARSAL_FAILURES: u32 = 3;
/// STD N-47: the number of consecutive incorrect PINs that disables the PIN.
pub(crate) const PIN_FAILURES: u32 = 10;
/// The maximum number of addresses of each kind. STD N-38 asks for two; the size of a record is
/// limited.
pub(crate) const MAX_PHONES: usize = 3;
pub(crate) const MAX_EMAILS: usize = 2;
pub(crate) const MAX_SECURITY_KEYS: usize = 5;
/// The most authenticator apps that a policy may allow.
pub(crate) const MAX_TOTP_APPS: usize = 5;
/// The lifetime of a security-key ceremony in seconds.
///
/// Any holder of the sealed string can complete a ceremony, which ends only when it expires. Its
/// lifetime is therefore shorter than the five to ten minutes of Web Authentication Level 3.
pub(crate) const CEREMONY_LIFE: u32 = 90;
/// The maximum number of stored ids of accepted ceremonies, and the seconds for which each is
/// stored after the ceremony was issued.
pub(crate) const MAX_CEREMONIES: usize = 8;
pub(crate) const CEREMONY_MEMORY: u64 = 300;
