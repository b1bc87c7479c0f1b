//! The `otp` layer without heap allocations.
//!
//! It allocates neither for accepted nor for refused input.

use core::fmt::{self, Write as _};
use core::hint::black_box;
use std::{env, process::Command};

use assert_no_alloc::{AllocDisabler, assert_no_alloc};

use second_factor::otp::{Algorithm, Digits, Found, Hotp, LookAhead, Period, Steam, Step};
use second_factor::otp::{Totp, TotpParameters, Window};
use second_factor::{Secret, UnixTime};

/// Aborts the process at an allocation inside [`without_a_heap`].
#[global_allocator]
static ALLOCATOR: AllocDisabler = AllocDisabler;

/// Runs `work`, and aborts the process if it allocates.
fn without_a_heap(work: impl FnOnce()) {
    assert_no_alloc(work);
}

/// A buffer on the stack, for `Debug` output.
struct Buffer {
    bytes: [u8; 512],
    len: usize,
}

impl fmt::Write for Buffer {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        let end = self.len + text.len();
        self.bytes.get_mut(self.len..end).ok_or(fmt::Error)?.copy_from_slice(text.as_bytes());
        self.len = end;
        Ok(())
    }
}

fn debug(value: &impl fmt::Debug) {
    let mut buffer = Buffer { bytes: [0; 512], len: 0 };
    write!(buffer, "{value:?}").expect("512 bytes are enough");
    assert!(buffer.len > 0);
    black_box(&buffer.bytes);
}

#[test]
fn allocation_aborts_the_process() {
    const ALLOCATES: &str = "SECOND_FACTOR_TEST_ALLOCATES";
    if env::var_os(ALLOCATES).is_some() {
        without_a_heap(|| drop(black_box(Box::new(1))));
        return;
    }
    // This test again, in a child process in which it allocates.
    let child = Command::new(env::current_exe().unwrap())
        .args(["--exact", "allocation_aborts_the_process"])
        .env(ALLOCATES, "1")
        .output()
        .unwrap();
    assert!(!child.status.success(), "the allocation was not detected");
}

#[test]
fn secret_is_parsed_and_written_without_a_heap() {
    let text = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ";
    without_a_heap(|| {
        let secret = Secret::new(b"12345678901234567890").unwrap();
        let written = secret.expose_base32();
        assert_eq!(written.expose(), text);
        assert_eq!(written.expose_groups().count(), 8);
        let read = Secret::from_base32(text).unwrap().clone();
        assert_eq!(read.expose_bytes(), secret.expose_bytes());
        Secret::import_base32("gezd gnbv-gy3t qojq gezd gnbv gy3t qojq").unwrap();
        let short = Secret::danger_import_short("GEZDGNBVGY3TQOJQ").unwrap();
        assert!(Secret::danger_short(short.expose_bytes()).is_ok());
        let error = Secret::from_base32("0").unwrap_err();
        debug(&secret);
        debug(&written);
        debug(&error);
        debug(&format_args!("{error}"));
    });
}

#[test]
fn secret_is_generated_without_a_heap() {
    // The first call may initialize the random source of the operating system.
    let _ = Secret::generate().unwrap();
    without_a_heap(|| debug(&Secret::generate().unwrap()));
}

#[test]
fn totp_code_is_generated_and_found_without_a_heap() {
    let secret = Secret::new(b"12345678901234567890").unwrap();
    for algorithm in [Algorithm::Sha1, Algorithm::Sha256, Algorithm::Sha512] {
        without_a_heap(|| {
            let parameters = TotpParameters::new()
                .with_algorithm(algorithm)
                .with_digits(Digits::new(9).unwrap())
                .with_period(Period::new(60).unwrap())
                .with_start(UnixTime::from_secs(7));
            let totp = Totp::with(&secret, parameters).clone();
            let now = UnixTime::from_secs(1_111_111_109);
            let (step, code) = (totp.step(now).unwrap(), totp.code(now).unwrap());
            let window = Window::new(2, 2).unwrap();
            assert_eq!(totp.find(code.expose(), now, window, None), Found::Fresh(step));
            assert_eq!(totp.find(code.expose(), now, window, Some(step)), Found::Used);
            assert_eq!(totp.find("no code", now, window, Some(step)), Found::Nothing);
            assert_eq!(totp.seconds_left(now), Some(60 - (1_111_111_109 - 7) % 60));
            debug(&totp);
            debug(&code);
            debug(&window);
            debug(&step);
            debug(&format_args!("{now:?}"));
        });
    }
}

#[test]
fn hotp_code_is_generated_and_found_without_a_heap() {
    let secret = Secret::new(b"12345678901234567890").unwrap();
    without_a_heap(|| {
        let hotp = Hotp::new(&secret).clone();
        let expected = Step::new(0);
        let nine = hotp.code(Step::new(9));
        assert_eq!(hotp.find(nine.expose(), expected, LookAhead::RESYNC), Some(Step::new(9)));
        let found = hotp.resync("399871", nine.expose(), expected, LookAhead::RESYNC);
        assert_eq!(found, Some(Step::new(9)));
        assert_eq!(hotp.find("", expected, LookAhead::default()), None);
        debug(&hotp);
        debug(&LookAhead::default());
    });
}

#[test]
fn steam_code_is_generated_and_found_without_a_heap() {
    let secret = Secret::from_base32("FMXNK4QEGKVPULRTADY6JIDK5VHUBGZW").unwrap();
    without_a_heap(|| {
        let (steam, now) = (Steam::new(&secret).clone(), UnixTime::from_secs(30));
        assert_eq!(steam.code(now).expose(), "QJY8Y");
        assert_eq!(steam.find("QJY8Y", now, Window::ONE, None), Found::Fresh(steam.step(now)));
        assert_eq!(steam.find("nothing", now, Window::ONE, None), Found::Nothing);
        debug(&steam);
    });
}
