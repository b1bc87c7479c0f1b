//! The SQLite store, for other packages of this workspace.
//!
//! The other stores are programs, which are meant to be copied.

#[cfg(feature = "sqlite")]
pub mod sqlite;
