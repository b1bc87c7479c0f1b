//! Permissions and inputs for the enrollment of factors.
//!
//! - An [`Enroller`] permits one more factor, and an [`Authority`] permits every change. Create
//!   either with `Into`, for example from `&Verified`.
//! - [`NewTotp`], [`HotpToken`] and [`NewSecurityKey`] describe an app or a device of the user.
//!   [`NewPin`] describes a PIN.
//! - [`Import`] describes the factors of a user of another system.

pub use crate::subject::{
    Authority, Enroller, HotpToken, Import, InvalidImport, InvalidPin, InvalidSecurityKey, NewPin,
    NewSecurityKey, NewTotp,
};
