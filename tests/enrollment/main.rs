//! Enrollment: factors, import, registration, and status.

extern crate alloc;

mod configured_policies;
mod grants;
mod import;
mod management;
mod policies;
mod registration;
mod repeated_registration;
mod revocation;
mod shown_once;
mod status;
mod stricter_policies;
#[path = "../support/mod.rs"]
mod support;
#[path = "../support/walk.rs"]
mod walk;
