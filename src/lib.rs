#![doc = include_str!("../README.md")]
#![no_std]
#![cfg_attr(docsrs, feature(doc_cfg))]

#[cfg(feature = "alloc")]
extern crate alloc;
#[cfg(feature = "std")]
extern crate std;

#[macro_use]
mod redacted;

// Ring 1: one-time codes alone. No heap, no clock, no randomness but the operating system's.
mod code;
#[cfg(feature = "alloc")]
mod entropy;
pub mod otp;
pub mod secret;
mod time;
mod wiped;

// Ring 2: pure decisions about one record.
#[cfg(feature = "alloc")]
pub mod address;
#[cfg(feature = "alloc")]
mod client;
#[cfg(feature = "alloc")]
mod event;
#[cfg(feature = "alloc")]
mod factor;
#[cfg(feature = "alloc")]
pub mod id;
#[cfg(feature = "alloc")]
pub mod keys;
#[cfg(feature = "alloc")]
pub mod message;
#[cfg(feature = "alloc")]
mod moment;
#[cfg(feature = "alloc")]
pub mod policy;
#[cfg(feature = "alloc")]
pub mod purpose;
#[cfg(feature = "alloc")]
mod record;
#[cfg(feature = "alloc")]
mod remote;
#[cfg(feature = "alloc")]
pub mod subject;
#[cfg(feature = "alloc")]
pub mod verdict;

// Ring 3: the asynchronous shell and the traits of the host.
#[cfg(feature = "alloc")]
pub mod delivery;
#[cfg(feature = "alloc")]
pub mod host;
#[cfg(feature = "alloc")]
pub mod storage;
#[cfg(feature = "alloc")]
pub mod verifier;

// The edge: leaves that nothing else uses.
#[cfg(feature = "gateways")]
pub mod gateway;
#[cfg(feature = "std")]
mod memory;
#[cfg(feature = "qr")]
pub mod qr;
#[cfg(feature = "testkit")]
pub mod testkit;

#[cfg(doc)]
pub mod manual;

// The public interface is:
#[cfg(feature = "alloc")]
#[doc(inline)]
pub use crate::{
    address::Address,
    client::Client,
    delivery::Delivery,
    factor::FactorKind,
    id::{Handle, SubjectId},
    keys::Keys,
    message::Message,
    policy::Policy,
    purpose::Purpose,
    storage::Storage,
    subject::Proof,
    verdict::{Next, Verified},
    verifier::{Error, Verifier},
};
#[cfg(feature = "std")]
#[doc(inline)]
pub use crate::{host::block_on, memory::MemoryStorage};
#[doc(inline)]
pub use crate::{secret::Secret, time::UnixTime};
