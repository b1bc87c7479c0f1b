#![doc = include_str!("../README.md")]
#![cfg_attr(feature = "alloc", doc = include_str!("modules.md"))]
#![no_std]
#![cfg_attr(docsrs, feature(doc_cfg))]

#[cfg(feature = "alloc")]
extern crate alloc;
#[cfg(feature = "std")]
extern crate std;

#[macro_use]
mod redacted;

// The otp layer: one-time codes. It needs no heap and no clock.
mod code;
#[cfg(feature = "alloc")]
mod entropy;
#[cfg(feature = "alloc")]
pub mod error;
#[cfg(feature = "alloc")]
mod hex;
pub mod otp;
pub mod secret;
mod time;
mod wiped;

// The core: decisions about one record, without I/O.
#[cfg(feature = "alloc")]
pub mod address;
#[cfg(feature = "alloc")]
mod amr;
#[cfg(feature = "alloc")]
mod assurance;
#[cfg(feature = "alloc")]
mod channel;
#[cfg(feature = "alloc")]
mod client;
#[cfg(feature = "alloc")]
mod denial;
#[cfg(feature = "alloc")]
pub mod enrollment;
#[cfg(feature = "alloc")]
mod event;
#[cfg(feature = "alloc")]
mod factor;
#[cfg(feature = "alloc")]
mod first_factor;
#[cfg(feature = "alloc")]
mod id;
#[cfg(feature = "alloc")]
mod keys;
#[cfg(feature = "alloc")]
mod mac;
#[cfg(feature = "alloc")]
pub mod message;
#[cfg(feature = "alloc")]
mod moment;
#[cfg(feature = "alloc")]
pub mod policy;
#[cfg(feature = "alloc")]
pub mod proof;
#[cfg(feature = "alloc")]
pub mod purpose;
#[cfg(feature = "alloc")]
mod record;
#[cfg(feature = "alloc")]
mod remote;
#[cfg(feature = "alloc")]
pub mod sans_io;
#[cfg(feature = "serde")]
mod serialization;
#[cfg(feature = "alloc")]
pub mod sign_in;
#[cfg(feature = "alloc")]
pub mod status;
#[cfg(feature = "alloc")]
mod subject;
#[cfg(feature = "alloc")]
mod typed;

// The async layer, and the traits that an application implements.
#[cfg(feature = "alloc")]
pub mod delivery;
#[cfg(feature = "alloc")]
pub mod host;
#[cfg(feature = "alloc")]
pub mod storage;
#[cfg(feature = "alloc")]
pub mod verifier;

// The edge: modules that no other module uses.
#[cfg(feature = "gateways")]
pub mod gateway;
#[cfg(feature = "std")]
mod memory;
#[cfg(feature = "qr")]
pub mod qr;
#[cfg(feature = "testkit")]
pub mod testkit;
#[cfg(feature = "tracing")]
pub mod tracing;

#[cfg(doc)]
pub mod manual;

// The public interface is:
#[cfg(feature = "alloc")]
#[doc(inline)]
pub use crate::{
    address::Address,
    channel::Channel,
    client::Client,
    delivery::{Delivery, NoDelivery},
    denial::{Denial, Reason},
    factor::FactorKind,
    first_factor::FirstFactor,
    id::{Handle, ItemId, SubjectId},
    keys::Keys,
    message::Message,
    policy::Policy,
    purpose::Purpose,
    sign_in::{DeviceToken, Next, Offer, SignIn, Verified},
    storage::Storage,
    subject::{BackupCodes, Challenge, CodeRequest, Enrollment, Grant, NewDevice, Proof, Status},
    verifier::{Error, Verifier},
};
#[cfg(feature = "std")]
#[doc(inline)]
pub use crate::{host::block_on, memory::MemoryStorage};
#[doc(inline)]
pub use crate::{secret::Secret, time::UnixTime};
