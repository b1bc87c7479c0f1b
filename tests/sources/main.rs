//! Checks of the source text: layers, manual, public API, prose.

extern crate alloc;

mod architecture;
mod foreign;
mod guide;
mod imports;
mod layers;
mod manual;
mod nothing_unproduced;
mod pairs;
mod public_api;
mod rustdoc;
mod signatures;
mod supply_chain;
