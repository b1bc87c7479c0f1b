//! Agreement with independent implementations of HMAC and HOTP.
//!
//! The HMAC crates share no code with ours. The truncation follows the text of the RFC.

use proptest::prelude::*;
use second_factor::otp::{Algorithm, Digits, Found, Hotp, Period, Step};
use second_factor::otp::{Totp, TotpParameters, Window};
use second_factor::{Secret, UnixTime};

#[expect(clippy::indexing_slicing, reason = "follows the RFC; a test may panic")]
fn textbook(key: &[u8], counter: u64, algorithm: Algorithm, digits: u32) -> String {
    let message = counter.to_be_bytes();
    let hash = match algorithm {
        Algorithm::Sha1 => hmac_sha1_compact::HMAC::mac(&message, key).to_vec(),
        Algorithm::Sha256 => hmac_sha256::HMAC::mac(message, key).to_vec(),
        Algorithm::Sha512 => hmac_sha512::HMAC::mac(message, key).to_vec(),
        _ => unreachable!("there are three"),
    };
    let offset = usize::from(hash[hash.len() - 1] & 0xf);
    let bytes = [hash[offset] & 0x7f, hash[offset + 1], hash[offset + 2], hash[offset + 3]];
    let value = u64::from(u32::from_be_bytes(bytes)) % 10_u64.pow(digits);
    format!("{value:0width$}", width = digits as usize)
}

/// Key, time, digits and period.
type Case = (Vec<u8>, u64, u8, u64);

fn cases() -> impl Strategy<Value = Case> {
    let keys = (any::<[u64; 8]>(), 16_usize..=64)
        .prop_map(|(words, len)| words.into_iter().flat_map(u64::to_be_bytes).take(len).collect());
    // Shifts spread the times over all magnitudes, so that both present and far future times occur.
    let times = (any::<u64>(), 0_u32..64).prop_map(|(time, bits)| time >> bits);
    (keys, times, 6_u8..=9, 15_u64..=120)
}

fn agree(algorithm: Algorithm, (key, time, digits, period): Case) -> Result<(), TestCaseError> {
    let expected = textbook(&key, time / period, algorithm, digits.into());

    let secret = Secret::new(&key).expect("16 to 64 bytes");
    let digits = Digits::new(digits).expect("6 to 9");
    let parameters = TotpParameters::new()
        .with_algorithm(algorithm)
        .with_digits(digits)
        .with_period(Period::new(period).expect("15 to 120"));
    let (totp, now) = (Totp::with(&secret, parameters), UnixTime::from_secs(time));
    let step = Step::new(time / period);
    let code = totp.code(now).expect("the start is 1970");
    prop_assert_eq!(code.expose(), &expected);
    prop_assert_eq!(totp.find(&expected, now, Window::NONE, None), Found::Fresh(step));

    let code = Hotp::with(&secret, algorithm, digits).code(step);
    prop_assert_eq!(code.expose(), &expected);
    Ok(())
}

proptest! {
    // A hundred thousand cases in total.
    #![proptest_config(ProptestConfig::with_cases(33_334))]

    #[test]
    fn sha_1_codes_agree_with_the_reference(case in cases()) {
        agree(Algorithm::Sha1, case)?;
    }

    #[test]
    fn sha_256_codes_agree_with_the_reference(case in cases()) {
        agree(Algorithm::Sha256, case)?;
    }

    #[test]
    fn sha_512_codes_agree_with_the_reference(case in cases()) {
        agree(Algorithm::Sha512, case)?;
    }
}
