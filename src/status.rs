//! Rows of a settings page.
//!
//! [`Verifier::status`](crate::Verifier::status) returns all rows in one call. Each row has an
//! [`ItemId`](crate::ItemId), which [`revoke`](crate::Verifier::revoke) accepts.

pub use crate::subject::{
    FactorState, FactorStatus, KnownDevice, PinStatus, SecurityKey, WhatsApp,
};
