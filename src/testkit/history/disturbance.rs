//! Faults of a database.

use core::future::Future;

use crate::testkit::storage::Trouble;

/// A database fault that a test begins and ends.
///
/// For example, a test can kill and restart the leader, pause and resume its process, cut its
/// network connection, restart every server, or switch to another leader.
///
/// # Example
///
/// ```
/// use second_factor::testkit::{history::Disturbance, storage::Trouble};
/// use std::process::Command;
///
/// /// Pauses a process, and resumes it.
/// struct Pause(u32);
///
/// impl Pause {
///     fn signal(&self, signal: &str) -> Result<(), Trouble> {
///         let status = Command::new("kill").args([signal, &self.0.to_string()]).status()?;
///         if status.success() { Ok(()) } else { Err("the process does not exist".into()) }
///     }
/// }
///
/// impl Disturbance for Pause {
///     fn name(&self) -> &'static str {
///         "pause"
///     }
///
///     async fn begin(&self) -> Result<(), Trouble> {
///         self.signal("-STOP")
///     }
///
///     async fn end(&self) -> Result<(), Trouble> {
///         self.signal("-CONT")
///     }
/// }
/// # let _ = |pause: Pause| { let _ = pause.begin(); };
/// ```
pub trait Disturbance: Send + Sync {
    /// Returns the name in the report.
    fn name(&self) -> &'static str;

    /// Begins the fault.
    fn begin(&self) -> impl Future<Output = Result<(), Trouble>> + Send;

    /// Ends the fault. This method need not wait until the database accepts calls again.
    fn end(&self) -> impl Future<Output = Result<(), Trouble>> + Send;
}
