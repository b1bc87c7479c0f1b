//! Checks of source text, manual, public API and prose.

extern crate alloc;

mod architecture;
mod calls;
mod defaults;
mod foreign;
mod gate;
mod guide;
mod imports;
mod layers;
mod links;
mod manual;
mod pairs;
mod personal_data;
mod prose;
mod public_api;
mod reasons_and_events;
mod rustdoc;
mod signatures;
mod stored_fields;
mod supply_chain;
mod wasm;
