//! The standard library with the locks of loom.
//!
//! `tests/exhaustive.rs` compiles the in-memory store of the crate against it.

pub use std::*;

pub mod sync {
    //! `std::sync` with the locks of loom.

    pub use loom::sync::{Mutex, MutexGuard};
    pub use std::sync::*;
}
