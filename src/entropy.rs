//! Randomness of the operating system.

/// The error returned when a source of randomness returns no bytes.
///
/// Nothing was generated, written or sent. There is no fallback to a weaker source (NIST
/// SP 800-63B-4 §3.2.12). Retry later, and check the operating system or your
/// [`Entropy`](crate::host::Entropy).
///
/// # Example
///
/// ```
/// assert_eq!(second_factor::host::NoEntropy.to_string(), "the source of randomness failed");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the source of randomness failed")]
#[expect(clippy::exhaustive_structs, reason = "the error has one meaning and no details")]
pub struct NoEntropy;

/// Fills `bytes` from the operating system, completely or not at all.
#[cfg(feature = "std")]
pub(crate) fn fill_from_os(bytes: &mut [u8]) -> Result<(), NoEntropy> {
    use rand::{TryRng as _, rngs::SysRng};
    SysRng.try_fill_bytes(bytes).map_err(|_| NoEntropy)
}
