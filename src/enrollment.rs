//! Permissions and inputs for the enrollment of factors.
//!
//! - An [`Enroller`] permits one more factor, and an [`Authority`] permits every change. Both are
//!   created by `Into`, for example from `&Verified`.
//! - [`HotpToken`] and [`NewSecurityKey`] describe a device of the user, and [`NewPin`] a PIN.
//! - [`Import`] describes the factors of a user of another system.

pub use crate::subject::{
    Authority, Enroller, HotpToken, Import, InvalidImport, InvalidPin, InvalidSecurityKey, NewPin,
    NewSecurityKey,
};
