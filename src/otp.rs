//! One-time codes: TOTP, HOTP, Steam Guard and `otpauth` URIs.
//!
//! This module is the `otp` layer of the crate, which you can use without the other layers. It
//! needs neither a clock nor a store. Only provisioning URIs and migration use the heap. Only
//! [`Secret::generate`](crate::Secret::generate) uses randomness, which comes from the operating
//! system (feature `std`).
//!
//! | you have | use |
//! |---|---|
//! | an authenticator app | [`Totp`] |
//! | a hardware token with a button | [`Hotp`] |
//! | a Steam Guard secret | [`Steam`] |
//! | an `otpauth://` URI, to write or to read | [`KeyUri`] |
//! | an export of Google Authenticator | [`Migration`] |
//!
//! # Security
//!
//! This layer is stateless. An application that uses it without the crate's `Verifier` must store
//! the last accepted [`Step`], so that a code is accepted once. The application must also count and
//! limit failed attempts.
//!
//! # Example
//!
//! ```
//! use second_factor::{Secret, UnixTime};
//! use second_factor::otp::{Found, Totp, Window};
//!
//! let totp = Totp::new(&Secret::new(b"12345678901234567890")?);
//! let now = UnixTime::from_secs(59);
//! assert_eq!(totp.code(now).expect("after 1970").expose(), "287082");
//! assert!(matches!(totp.find("287082", now, Window::ONE, None), Found::Fresh(_)));
//! # Ok::<(), second_factor::secret::InvalidSecret>(())
//! ```

mod algorithm;
mod hmac;
mod hotp;
#[cfg(feature = "alloc")]
mod migration;
mod steam;
mod step;
mod totp;
mod truncate;
#[cfg(feature = "alloc")]
mod uri;

pub use self::{
    algorithm::{Algorithm, Digits, InvalidParameter},
    hotp::Hotp,
    steam::Steam,
    step::{Found, LookAhead, Step, Window},
    totp::{Period, Totp, TotpParameters},
};
#[cfg(feature = "alloc")]
pub use self::{
    migration::{InvalidMigration, Migration, MigrationEntry},
    uri::{InvalidKeyUri, KeyKind, KeyUri, Warning},
};
pub use crate::code::Code;
