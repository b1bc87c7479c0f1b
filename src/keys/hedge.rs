//! Randomness that survives a repeated seed.

use super::{Keys, RecordKind, concat_into};
use crate::{
    id::RecordId,
    moment::Moment,
    record::{Record, Version},
};

impl Keys {
    /// Binds the randomness of `moment` to a record, its state and the operation `label`.
    ///
    /// The nonce and the tag of a sealed record identify its state.
    pub(crate) fn bind_to_record(
        &self,
        moment: &mut Moment,
        (kind, id): (RecordKind, &RecordId),
        record: Option<&Record>,
    ) {
        let (version, bytes) = match record {
            Some(record) => (record.version().get(), record.bytes()),
            None => (0, &[][..]),
        };
        let nonce = bytes.get(NONCE).unwrap_or(&[0; 24]);
        let tag = bytes.last_chunk().unwrap_or(&[0; 16]);
        let mut bound = [0; 65];
        let version = version.to_be_bytes();
        concat_into(&mut bound, &[&[kind as u8], id.as_bytes(), &version, nonce, tag]);
        moment.bind(&self.newest().hedging, "record", &[&bound]);
    }

    /// Derives the id of a send from random bytes that another subject may also have drawn.
    pub(crate) fn send_id(
        &self,
        drawn: &[u8; 16],
        record: &RecordId,
        version: Option<Version>,
    ) -> [u8; 16] {
        let version = version.map_or(0, Version::get).to_be_bytes();
        let id = self.newest().hedging.mac(&[b"send", drawn, record.as_bytes(), &version]);
        *id.first_chunk().expect("a hash has 32 bytes")
    }

    /// Binds the randomness of `moment` to an operation and its inputs.
    pub(crate) fn bind_to_operation(&self, moment: &mut Moment, name: &str, inputs: &[&[u8]]) {
        moment.bind(&self.newest().hedging, name, inputs);
    }
}

/// The range of the nonce in a sealed record.
const NONCE: core::ops::Range<usize> = 5..29;
