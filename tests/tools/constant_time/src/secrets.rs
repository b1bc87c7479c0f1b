//! The secret and the time that the checks share.

use second_factor::{Secret, UnixTime};

/// The key of RFC 4226, appendix D.
pub const KEY: &[u8; 20] = b"12345678901234567890";
/// [`KEY`] in Base32.
pub const TEXT: &str = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ";
/// The time of verification.
pub const NOW: UnixTime = UnixTime::from_secs(1_111_111_085);

/// Returns the secret with these bytes.
pub fn secret(key: &[u8; 20]) -> Secret {
    Secret::new(key).expect("20 bytes are a valid length")
}
