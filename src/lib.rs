#![doc = "stub"]
#![no_std]

#[cfg(feature = "alloc")]
extern crate alloc;
#[cfg(feature = "std")]
extern crate std;

mod code;
mod entropy;
pub mod otp;
mod secret;
mod time;

// The public interface is:
#[cfg(feature = "alloc")]
pub use crate::secret::SecretText;
pub use crate::{
    code::Code,
    entropy::NoEntropy,
    secret::{Base32Text, Forgiven, InvalidSecret, Secret},
    time::UnixTime,
};
