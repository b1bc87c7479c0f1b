//! Codes made and found where there is no heap, no operating system and no way to unwind.
//!
//! Without an allocator in sight, the linker refuses the first allocation that anything here needs.

#![no_std]
#![warn(missing_docs)]

#[cfg(feature = "stray")]
extern crate alloc;

use core::panic::PanicInfo;

use second_factor::otp::{Found, Hotp, LookAhead, Steam, Step, Totp, Window};
use second_factor::{Secret, UnixTime};

/// The place of a code: six digits, or five letters and a zero.
pub type Place = [u8; 6];

/// Writes the TOTP code of `time` into `place`.
#[unsafe(no_mangle)]
pub extern "C" fn totp_code(key: &[u8; 20], time: u64, place: &mut Place) -> bool {
    let totp = secret(key).map(|secret| Totp::new(&secret));
    let code = totp.and_then(|totp| totp.code(UnixTime::from_secs(time)));
    code.is_some_and(|code| write(code.expose(), place))
}

/// Writes the Steam code of `time` into `place`.
#[unsafe(no_mangle)]
pub extern "C" fn steam_code(key: &[u8; 20], time: u64, place: &mut Place) -> bool {
    let steam = secret(key).map(|secret| Steam::new(&secret));
    steam.is_some_and(|steam| write(steam.code(UnixTime::from_secs(time)).expose(), place))
}

/// Whether `typed` is right at `time` and at a step after `last`, which is then set to that step.
#[unsafe(no_mangle)]
pub extern "C" fn totp_find(key: &[u8; 20], typed: &Place, time: u64, last: &mut u64) -> bool {
    let (Some(secret), Ok(typed)) = (secret(key), core::str::from_utf8(typed)) else {
        return false;
    };
    let now = UnixTime::from_secs(time);
    match Totp::new(&secret).find(typed, now, Window::ONE, Some(Step::new(*last))) {
        Found::Fresh(step) => {
            *last = step.get();
            true
        }
        Found::Nothing | Found::Used => false,
    }
}

/// Whether `typed` is right at `counter` or at one of the next ten; `counter` is set behind it.
#[unsafe(no_mangle)]
pub extern "C" fn hotp_find(key: &[u8; 20], typed: &Place, counter: &mut u64) -> bool {
    let (Some(secret), Ok(typed)) = (secret(key), core::str::from_utf8(typed)) else {
        return false;
    };
    let found = Hotp::new(&secret).find(typed, Step::new(*counter), LookAhead::default());
    let next = found.and_then(Step::next);
    *counter = next.map_or(*counter, Step::get);
    next.is_some()
}

/// The secret, by way of its text.
fn secret(key: &[u8]) -> Option<Secret> {
    let secret = Secret::new(key).ok()?;
    Secret::from_base32(secret.expose_base32().expose()).ok()
}

fn write(code: &str, place: &mut Place) -> bool {
    #[cfg(feature = "stray")]
    let code = alloc::string::String::from(code);
    *place = [0; 6];
    place.iter_mut().zip(code.bytes()).for_each(|(place, byte)| *place = byte);
    true
}

#[panic_handler]
fn panic(_: &PanicInfo<'_>) -> ! {
    loop {}
}
