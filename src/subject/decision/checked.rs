//! The result of an attempt.

use super::slow_check::SlowCheck;
use crate::sign_in::verified::Proven;

/// The result of an attempt that was not refused.
///
/// # Example
///
/// ```
/// use second_factor::sans_io::{Checked, Proven, SlowCheck};
///
/// fn proceed(checked: Checked, run: impl Fn(SlowCheck)) -> Option<Proven> {
///     match checked {
///         Checked::Proven(proven) => Some(proven),
///         Checked::Practiced | Checked::ProviderFailed => None,
///         Checked::SlowCheck(check) => {
///             run(check);
///             None
///         }
///     }
/// }
/// # let _ = |checked| proceed(checked, drop);
/// ```
#[derive(Debug)]
#[must_use = "this is the proof, or a check that must run first"]
#[expect(clippy::exhaustive_enums, reason = "an application must handle every variant")]
pub enum Checked {
    /// The PIN was correct in a rehearsal, which proves nothing.
    Practiced,
    /// The proof was correct, and no step is pending.
    Proven(Proven),
    /// The provider did not check the code. The attempt is no longer counted (law 5).
    ProviderFailed,
    /// The attempt needs a slow check and is counted already. Run it, and pass its result to
    /// [`Subject::conclude`](crate::sans_io::Subject::conclude).
    SlowCheck(SlowCheck),
}
