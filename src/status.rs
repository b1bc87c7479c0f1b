//! Rows of a settings page.
//!
//! One call of [`Verifier::status`](crate::Verifier::status) reads them all. Each row has an
//! [`ItemId`](crate::ItemId), which [`revoke`](crate::Verifier::revoke) accepts.

pub use crate::subject::{
    FactorState, FactorStatus, KnownDevice, PinStatus, SecurityKey, WhatsApp,
};
