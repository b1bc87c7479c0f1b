//! Enrollment: factors, import, registration, and status.

extern crate alloc;

mod configured_policies;
mod deadlines;
mod epochs;
mod grants;
mod import;
mod management;
mod other_clients;
mod password_change;
mod personal_data;
mod policies;
mod policy_of_the_call;
mod registration;
mod repeated_registration;
mod required;
mod revocation;
mod shown_once;
mod status;
mod stricter_policies;
#[path = "../support/mod.rs"]
mod support;
mod undo;
#[path = "../support/walk.rs"]
mod walk;
