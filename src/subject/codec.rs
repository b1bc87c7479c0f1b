//! States to sealed records and back.

use minicbor::{CborLen, Decode, Encode};

use super::{Moment, Unreadable};
use crate::{
    UnixTime,
    id::RecordId,
    keys::{Keys, RecordKind, Sealed},
    record::{Record, Version},
};

/// The kind and the id of a record: the place that its seal is bound to.
pub(super) type Place<'a> = (RecordKind, &'a RecordId);

pub(super) fn seal<S: Encode<()> + CborLen<()>>(
    keys: &Keys,
    place: Place<'_>,
    version: Version,
    state: &S,
    forget_after: Option<UnixTime>,
    moment: &mut Moment,
) -> Record {
    let len = minicbor::len(state);
    // Everything in a state is bounded; a record that outgrew its limit would never open again.
    debug_assert!(len < crate::keys::MAX_RECORD - 100, "a state of {len} bytes");
    let mut plain = Sealed::with_room_for(len);
    minicbor::encode(state, plain.body()).expect("a vector takes every byte");
    Record::new(version, keys.seal_record(place, version, plain, moment), forget_after)
}

pub(super) fn open<S: for<'b> Decode<'b, ()>>(
    keys: &Keys,
    place: Place<'_>,
    record: &Record,
) -> Result<S, Unreadable> {
    let plain = keys.open_record(place, record).map_err(|_| Unreadable)?;
    let mut decoder = minicbor::Decoder::new(&plain);
    let state = decoder.decode().map_err(|_| Unreadable)?;
    // What is left over was not understood: law 7.
    if decoder.position() != plain.len() {
        return Err(Unreadable);
    }
    Ok(state)
}

/// The version of a record that takes the place of one with version `current`.
pub(super) fn next_version(current: Option<Version>, moment: &mut Moment) -> Version {
    match current {
        Some(version) => version.next(),
        // FAILURES 116: a record made again does not begin at the versions of the old one.
        None => Version::new(u64::from_be_bytes(moment.bytes())).next(),
    }
}
