//! Each kind of factor, used by its owner and by an attacker.

extern crate alloc;

mod backup_code_attacks;
mod backup_codes;
mod hotp;
mod pin;
mod pin_quarantine;
mod replay;
mod security_keys;
mod sent_codes;
mod several_apps;
#[path = "../support/mod.rs"]
mod support;
mod totp;
mod transactions;
mod typed_codes;
#[path = "../support/walk.rs"]
mod walk;
mod whatsapp;

use second_factor::{Keys, Policy, Proof, Reason, Storage as _, block_on, purpose::Operation};

use support::{ROOT, World, opened};

/// The core's refusal of a proof for an operation to which no method of the verifier leads.
fn core_refusal(world: &World, operation: Operation, proof: &Proof) -> Reason {
    let (keys, policy, id) = (Keys::new(ROOT), Policy::default(), &world.alice);
    let record = block_on(world.store.load(&keys.subject_record(id)));
    let record = record.expect("the store answers");
    let subject = opened(&keys, &policy, id, record.as_ref(), world.clock.time());
    subject.verify(operation, proof).expect_err("the core refuses").reason()
}
