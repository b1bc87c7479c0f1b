#![doc = "stub"]
#![no_std]

#[cfg(feature = "alloc")]
extern crate alloc;
#[cfg(feature = "std")]
extern crate std;

mod code;
mod entropy;
pub mod otp;
#[cfg(feature = "qr")]
pub mod qr;
mod secret;
mod time;

// The public interface is:
#[cfg(feature = "qr")]
pub use crate::secret::SecretBytes;
#[cfg(feature = "alloc")]
pub use crate::secret::SecretText;
pub use crate::{
    code::Code,
    entropy::NoEntropy,
    secret::{Base32Text, Forgiven, InvalidSecret, Secret},
    time::UnixTime,
};
