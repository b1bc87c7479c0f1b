//! Encoding and sealing of records.

use minicbor::{CborLen, Decode, Encode};

use crate::{
    id::RecordId,
    keys::{Keys, MAX_BODY, RecordKind, Sealed},
    moment::Moment,
    record::{Record, Version},
    time::{DAY, UnixTime},
};

/// The kind and the id of a record, to which its seal is bound.
pub(crate) type RecordPlace<'a> = (RecordKind, &'a RecordId);

pub(crate) fn seal<S: Encode<()> + CborLen<()>>(
    keys: &Keys,
    place: RecordPlace<'_>,
    version: Version,
    state: &S,
    forget_after: Option<UnixTime>,
    moment: &mut Moment,
) -> Record {
    let mut plain = Sealed::with_room_for(minicbor::len(state));
    let before = plain.body().len();
    minicbor::encode(state, plain.body()).expect("a vector takes every byte");
    // If the vector had grown, an unwiped copy would remain in memory.
    debug_assert_eq!(plain.body().len() - before, minicbor::len(state));
    Record::new(version, keys.seal_record(place, version, plain, moment))
        .with_forget_after(forget_after)
}

/// Returns whether the record of this state is short enough to be opened again.
pub(crate) fn fits<S: CborLen<()>>(state: &S) -> bool {
    minicbor::len(state) <= MAX_BODY
}

/// Returns the state in `record`, and the id of the key that sealed it.
pub(crate) fn open<S: for<'b> Decode<'b, ()>>(
    keys: &Keys,
    place: RecordPlace<'_>,
    record: &Record,
) -> Result<(S, u32), Unreadable> {
    let (plain, sealed_with) = keys.open_record(place, record).map_err(|_| Unreadable)?;
    let mut decoder = minicbor::Decoder::new(&plain);
    let state = decoder.decode().map_err(|_| Unreadable)?;
    // Law 7: remaining bytes were not understood.
    if decoder.position() != plain.len() {
        return Err(Unreadable);
    }
    Ok((state, sealed_with))
}

/// Seals the record of a budget. A store may drop the record after a day without a send.
pub(crate) fn seal_budget<S: Encode<()> + CborLen<()>>(
    keys: &Keys,
    place: RecordPlace<'_>,
    version: Option<Version>,
    state: &S,
    moment: &mut Moment,
) -> Record {
    let version = next_version(version, moment);
    let forget_after = moment.now().plus(u64::from(DAY));
    seal(keys, place, version, state, Some(forget_after), moment)
}

/// Returns the version of a record that replaces one with the version `current`.
pub(crate) fn next_version(current: Option<Version>, moment: &mut Moment) -> Version {
    match current {
        Some(version) => version.next(),
        // FAILURES 116: a record that is created again must not repeat the versions of the old one.
        None => Version::first(moment.bytes()),
    }
}

/// The error returned when a record cannot be opened.
///
/// The configured keys do not open the record, or this release does not support its format.
///
/// The crate fails closed: the subject is neither verified nor treated as having no second factor.
/// Report the error to an operator.
///
/// # Example
///
/// ```
/// use second_factor::{Keys, Policy, SubjectId, UnixTime};
/// use second_factor::{sans_io::{Moment, Subject}, storage::{Record, Version}};
///
/// # let (root, seed) = (core::array::from_fn(|i| i as u8), [1; 32]);
/// let (keys, policy, alice) = (Keys::new(root), Policy::default(), SubjectId::new("user-42")?);
/// let torn = Record::new(Version::new(7), vec![1, 2, 3]);
/// let moment = Moment::new(UnixTime::from_secs(1_800_000_000), seed);
/// let error = Subject::open(&keys, &policy, &alice, Some(&torn), moment).unwrap_err();
/// assert_eq!(error.to_string(), "a record cannot be opened with these keys");
/// # Ok::<(), second_factor::error::Invalid>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a record cannot be opened with these keys")]
#[non_exhaustive]
pub struct Unreadable;

#[cfg(test)]
mod tests {
    use alloc::vec::Vec;

    use proptest::prelude::*;

    use super::*;
    use crate::{id::SubjectId, subject::record::state::State};

    /// Opens `plain` as the state of a subject, after sealing it as this crate does.
    fn opened(plain: &[u8]) -> Result<State, Unreadable> {
        let keys = Keys::new(core::array::from_fn(|i| i as u8));
        let id = keys.subject_record(&SubjectId::new("a").unwrap());
        let place = (RecordKind::Subject, &id);
        let mut moment = Moment::new(UnixTime::from_secs(0), [1; 32]);
        let mut sealed = Sealed::with_room_for(plain.len());
        sealed.body().extend_from_slice(plain);
        let bytes = keys.seal_record(place, Version::new(1), sealed, &mut moment);
        open(&keys, place, &Record::new(Version::new(1), bytes)).map(|(state, _)| state)
    }

    fn written(state: &State) -> Vec<u8> {
        minicbor::to_vec(state).unwrap()
    }

    #[test]
    fn longest_state_that_fits_opens_again() {
        let keys = Keys::new(core::array::from_fn(|i| i as u8));
        let id = keys.subject_record(&SubjectId::new("a").unwrap());
        let place = (RecordKind::Subject, &id);
        for len in MAX_BODY - 8..MAX_BODY + 8 {
            let state = minicbor::bytes::ByteVec::from(alloc::vec![7; len]);
            let mut moment = Moment::new(UnixTime::from_secs(0), [1; 32]);
            let record = seal(&keys, place, Version::new(1), &state, None, &mut moment);
            let opened = open::<minicbor::bytes::ByteVec>(&keys, place, &record);
            assert_eq!(opened.is_ok(), fits(&state), "{len}");
        }
    }

    #[test]
    fn failure_120_remaining_bytes_do_not_open() {
        let mut plain = written(&State::new());
        assert!(opened(&plain).is_ok());
        plain.push(0);
        assert_eq!(opened(&plain).map(drop), Err(Unreadable));
    }

    proptest! {
        #[test]
        fn random_plaintext_is_refused_or_encodes_again(
            plain in proptest::collection::vec(any::<u8>(), 0..200),
        ) {
            if let Ok(state) = opened(&plain) {
                prop_assert!(opened(&written(&state)).is_ok());
            }
        }

        #[test]
        fn changed_state_is_refused_or_encodes_again(
            changes in proptest::collection::vec((any::<usize>(), any::<u8>()), 0..4),
            cut in any::<usize>(),
        ) {
            let mut plain = written(&State::new());
            for (at, byte) in changes {
                let at = at % plain.len();
                plain[at] = byte;
            }
            if cut % 4 == 0 {
                plain.truncate(cut / 4 % (plain.len() + 1));
            }
            if let Ok(state) = opened(&plain) {
                prop_assert!(opened(&written(&state)).is_ok());
            }
        }
    }
}
