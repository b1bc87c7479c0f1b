//! Persisted state of a subject and of send budgets.
//!
//! This module has the data and its encoding. The other modules make decisions based on the data.

pub(crate) mod addresses;
pub(crate) mod backup_set;
pub(crate) mod blocked_clients;
pub(crate) mod budget;
pub(crate) mod ceremonies;
pub(crate) mod client_binding;
pub(crate) mod clock_fault;
pub(crate) mod codec;
pub(crate) mod device;
pub(crate) mod device_token;
pub(crate) mod enrolling;
pub(crate) mod factor_summary;
pub(crate) mod factor_times;
pub(crate) mod factors;
pub(crate) mod fields;
pub(crate) mod hotp;
pub(crate) mod label;
pub(crate) mod lane;
pub(crate) mod lease;
pub(crate) mod lifetime;
pub(crate) mod limiter;
pub(crate) mod new_device;
pub(crate) mod open_codes;
pub(crate) mod outbox;
pub(crate) mod partial_proof;
pub(crate) mod past;
pub(crate) mod personal_item;
pub(crate) mod personal_items;
pub(crate) mod pin;
pub(crate) mod quarantine;
pub(crate) mod registration;
pub(crate) mod security_keys;
pub(crate) mod send_history;
pub(crate) mod send_pool;
pub(crate) mod sentinel;
pub(crate) mod sign_in_requests;
pub(crate) mod slow_count;
pub(crate) mod slow_hash;
pub(crate) mod state;
pub(crate) mod stored_code;
pub(crate) mod support_code;
pub(crate) mod totp;
