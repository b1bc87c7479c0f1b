//! The secret that the checks share, and the time at which they look.

use second_factor::{Secret, UnixTime};

/// The key of RFC 4226, appendix D.
pub const KEY: &[u8; 20] = b"12345678901234567890";
/// [`KEY`] in Base32.
pub const TEXT: &str = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ";
/// When to look.
pub const NOW: UnixTime = UnixTime::from_secs(1_111_111_085);

/// The secret of these bytes.
pub fn secret(key: &[u8; 20]) -> Secret {
    Secret::new(key).expect("20 bytes are neither too few nor too many")
}
