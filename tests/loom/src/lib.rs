//! The standard library with the locks of loom, under which the tests compile the store of the crate.

pub use std::*;

pub mod sync {
    //! As `std::sync`, with loom's locks.

    pub use loom::sync::{Mutex, MutexGuard};
    pub use std::sync::*;
}
