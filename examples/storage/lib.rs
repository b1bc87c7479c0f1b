//! The store over SQLite, for programs of this workspace. The others are programs, to copy from.

#[cfg(feature = "sqlite")]
pub mod sqlite;
