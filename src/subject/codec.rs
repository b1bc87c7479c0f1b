//! States to sealed records and back.

use minicbor::{CborLen, Decode, Encode};

use super::{Moment, Unreadable};
use crate::{
    UnixTime,
    id::RecordId,
    keys::{Keys, MAX_BODY, RecordKind, Sealed},
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
    let mut plain = Sealed::with_room_for(minicbor::len(state));
    let before = plain.body().len();
    minicbor::encode(state, plain.body()).expect("a vector takes every byte");
    // A vector that grows leaves an old one behind, which nobody wipes.
    debug_assert_eq!(plain.body().len() - before, minicbor::len(state));
    Record::new(version, keys.seal_record(place, version, plain, moment), forget_after)
}

/// Whether a record of this state would open again.
pub(super) fn fits<S: CborLen<()>>(state: &S) -> bool {
    minicbor::len(state) <= MAX_BODY
}

/// The state that `record` holds, and the id of the key that it was sealed with.
pub(super) fn open<S: for<'b> Decode<'b, ()>>(
    keys: &Keys,
    place: Place<'_>,
    record: &Record,
) -> Result<(S, u32), Unreadable> {
    let (plain, sealed_with) = keys.open_record(place, record).map_err(|_| Unreadable)?;
    let mut decoder = minicbor::Decoder::new(&plain);
    let state = decoder.decode().map_err(|_| Unreadable)?;
    // What is left over was not understood: law 7.
    if decoder.position() != plain.len() {
        return Err(Unreadable);
    }
    Ok((state, sealed_with))
}

/// The version of a record that takes the place of one with version `current`.
pub(super) fn next_version(current: Option<Version>, moment: &mut Moment) -> Version {
    match current {
        Some(version) => version.next(),
        // FAILURES 116: a record made again does not begin at the versions of the old one.
        None => Version::new(u64::from_be_bytes(moment.bytes())).next(),
    }
}

#[cfg(test)]
mod tests {
    use alloc::vec::Vec;

    use proptest::prelude::*;

    use super::*;
    use crate::{
        Address, Policy, SubjectId,
        event::Event,
        record::Swap,
        subject::{
            Opened, Settled, Subject,
            limiter::Limiter,
            state::{ProvenAddress, State, Times},
        },
        verdict::Reason,
    };

    /// Opens `plain` as the state of a subject, sealed as this crate seals.
    fn opened(plain: &[u8]) -> Result<State, Unreadable> {
        let keys = Keys::new(core::array::from_fn(|i| i as u8));
        let id = keys.subject_record(&SubjectId::new("a").unwrap());
        let place = (RecordKind::Subject, &id);
        let mut moment = Moment::new(UnixTime::from_secs(0), [1; 32]);
        let mut sealed = Sealed::with_room_for(plain.len());
        sealed.body().extend_from_slice(plain);
        let bytes = keys.seal_record(place, Version::new(1), sealed, &mut moment);
        open(&keys, place, &Record::new(Version::new(1), bytes, None)).map(|(state, _)| state)
    }

    fn written(state: &State) -> Vec<u8> {
        minicbor::to_vec(state).unwrap()
    }

    #[test]
    fn what_would_not_open_again_is_not_written() {
        let keys = Keys::new(core::array::from_fn(|i| i as u8));
        let (policy, alice) = (Policy::default(), SubjectId::new("a").unwrap());
        // So many as no subject can have.
        let written = |addresses: usize| {
            let moment = Moment::new(UnixTime::from_secs(1_800_000_000), [1; 32]);
            let opened = Subject::open(&keys, &policy, &alice, None, moment);
            let Ok(Opened::Ready(mut subject)) = opened else { panic!("nothing is stored") };
            subject.state.factors.addresses.extend((0..addresses).map(|_| ProvenAddress {
                id: [0; 16].into(),
                address: Address::phone("+14155550100").unwrap(),
                limiter: Limiter::new(),
                is_factor: true,
                times: Times::new(UnixTime::from_secs(0)),
                takes_whatsapp: false,
            }));
            subject.events.push(Event::DeviceAdded);
            subject.create()
        };
        let most = (0..2000).rev().find(|count| written(*count).expected().is_none()).unwrap();
        let longest = written(most);
        assert!(longest.record().bytes().len() > MAX_BODY - 100);
        let place = (RecordKind::Subject, longest.record_id());
        assert!(open::<State>(&keys, place, longest.record()).is_ok());
        let settled = written(most + 1).settle(Swap::Conflict);
        let Settled::Done { outcome, events, notices, conversion } = settled else {
            panic!("it is refused")
        };
        assert_eq!(outcome.unwrap_err().reason(), Reason::TooMany);
        assert!(events.is_empty() && notices.is_empty() && conversion.is_none());
    }

    #[test]
    fn the_longest_state_that_fits_is_one_that_opens() {
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
    fn failure_120_what_is_left_over_is_not_understood() {
        let mut plain = written(&State::new());
        assert!(opened(&plain).is_ok());
        plain.push(0);
        assert_eq!(opened(&plain).map(drop), Err(Unreadable));
    }

    proptest! {
        #[test]
        fn no_plaintext_panics_and_what_is_read_is_written_again(
            plain in proptest::collection::vec(any::<u8>(), 0..200),
        ) {
            if let Ok(state) = opened(&plain) {
                prop_assert!(opened(&written(&state)).is_ok());
            }
        }

        #[test]
        fn no_changed_state_panics_and_what_is_read_is_written_again(
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
