//! What is read in the sources themselves: the arrows between the rings, the manual, what no test names.

extern crate alloc;

mod architecture;
mod doors;
mod foreign;
mod guide;
mod layers;
mod manual;
mod nothing_unproduced;
mod pairs;
mod supply_chain;
