//! Decisions about one subject, shared by all factors.
//!
//! An attempt has five steps, each in one file: [`admit`], a check in `factor`, [`attempt`],
//! [`accept`] and [`commit`]. [`verify`] and [`confirm`] begin an attempt.

mod accept;
mod admit;
mod attempt;
pub(crate) mod checked;
mod commit;
mod confirm;
pub(crate) mod effects;
mod goal;
mod limiter;
pub(crate) mod notice;
pub(crate) mod presented_device;
pub(crate) mod report;
pub(crate) mod root;
mod slow_attempt;
pub(crate) mod slow_check;
pub(crate) mod subject;
pub(crate) mod transition;
mod verify;
