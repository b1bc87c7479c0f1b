//! The `otp` layer without heap, operating system, unwinding.
//!
//! There is no global allocator, so any allocation fails to link.

#![no_std]
#![warn(missing_docs)]

#[cfg(feature = "stray")]
extern crate alloc;

use core::panic::PanicInfo;

use second_factor::otp::{Found, Hotp, LookAhead, Steam, Step, Totp, Window};
use second_factor::{Secret, UnixTime};

/// A buffer for a code: six digits, or five letters and a zero byte.
pub type Buffer = [u8; 6];

/// Writes the TOTP code at `time` to `out`.
#[unsafe(no_mangle)]
pub extern "C" fn totp_code(key: &[u8; 20], time: u64, out: &mut Buffer) -> bool {
    let totp = secret(key).map(|secret| Totp::new(&secret));
    let code = totp.and_then(|totp| totp.code(UnixTime::from_secs(time)));
    code.is_some_and(|code| write(code.expose(), out))
}

/// Writes the Steam code at `time` to `out`.
#[unsafe(no_mangle)]
pub extern "C" fn steam_code(key: &[u8; 20], time: u64, out: &mut Buffer) -> bool {
    let steam = secret(key).map(|secret| Steam::new(&secret));
    steam.is_some_and(|steam| write(steam.code(UnixTime::from_secs(time)).expose(), out))
}

/// Returns whether `typed` is the code of a step around `time` and after `last`. If so, sets `last`
/// to that step.
#[unsafe(no_mangle)]
pub extern "C" fn totp_find(key: &[u8; 20], typed: &Buffer, time: u64, last: &mut u64) -> bool {
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

/// Returns whether `typed` is the code of `counter` or of one of the next three. If so, sets
/// `counter` to the one after it.
#[unsafe(no_mangle)]
pub extern "C" fn hotp_find(key: &[u8; 20], typed: &Buffer, counter: &mut u64) -> bool {
    let (Some(secret), Ok(typed)) = (secret(key), core::str::from_utf8(typed)) else {
        return false;
    };
    let found = Hotp::new(&secret).find(typed, Step::new(*counter), LookAhead::default());
    let next = found.and_then(Step::next);
    *counter = next.map_or(*counter, Step::get);
    next.is_some()
}

/// The secret, after a round trip through Base32.
fn secret(key: &[u8]) -> Option<Secret> {
    let secret = Secret::new(key).ok()?;
    Secret::from_base32(secret.expose_base32().expose()).ok()
}

fn write(code: &str, out: &mut Buffer) -> bool {
    #[cfg(feature = "stray")]
    let code = alloc::string::String::from(code);
    *out = [0; 6];
    out.iter_mut().zip(code.bytes()).for_each(|(out, byte)| *out = byte);
    true
}

#[panic_handler]
fn panic(_: &PanicInfo<'_>) -> ! {
    loop {}
}
