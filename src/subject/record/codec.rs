//! Encoding and sealing of records.

use minicbor::{CborLen, Decode, Encode, encode};

use crate::{
    id::RecordId,
    keys::{FORMAT, Generation, Keys, MAX_BODY, RecordKind, Sealed},
    moment::Moment,
    record::{Record, Version},
    time::{DAY, UnixTime},
};

/// The kind and the id of a record, to which its seal is bound.
pub(crate) type RecordPlace<'a> = (RecordKind, &'a RecordId);

/// The state that a record stores.
pub(crate) trait Stored: Encode<()> + CborLen<()> + for<'b> Decode<'b, ()> {
    /// Returns the earliest format that can hold the state.
    fn format(&self) -> u8 {
        1
    }
}

/// Seals the state of a record that replaces one with version `current`.
pub(crate) fn seal<S: Stored>(
    keys: &Keys,
    place: RecordPlace<'_>,
    current: Option<Version>,
    state: &S,
    forget_after: Option<UnixTime>,
    moment: &mut Moment,
) -> Record {
    let mut plain = Sealed::with_room_for(minicbor::len(state), state.format());
    let before = plain.body().len();
    minicbor::encode(state, plain.body()).expect("a vector takes every byte");
    // If the vector had grown, an unwiped copy would remain in memory.
    debug_assert_eq!(plain.body().len() - before, minicbor::len(state));
    keys.seal_record(place, current, plain, moment).with_forget_after(forget_after)
}

/// Returns whether a record of this state is short enough to open again.
pub(crate) fn fits<S: Stored>(state: &S) -> bool {
    minicbor::len(state) <= MAX_BODY
}

/// Returns the state in `record`, and the generation that sealed it.
pub(crate) fn open<S: Stored>(
    keys: &Keys,
    place: RecordPlace<'_>,
    record: &Record,
) -> Result<(S, Generation), Unreadable> {
    let unreadable = Unreadable::of(record);
    let opened = keys.open_record(place, record).map_err(|_| unreadable)?;
    let state: S = decode_exactly(&opened.plain).ok_or(unreadable)?;
    // A state has one encoding, the number of its format included.
    if state.format() != opened.format {
        return Err(unreadable);
    }
    Ok((state, opened.generation))
}

/// Decodes a value that encodes to the same bytes again, or returns `None`.
///
/// Law 7: a later release may have stored data that this release does not know, such as a further
/// field or another kind of factor. Decoders skip such data, and the next write would drop it.
pub(crate) fn decode_exactly<S: Encode<()> + for<'b> Decode<'b, ()>>(plain: &[u8]) -> Option<S> {
    let state = minicbor::decode(plain).ok()?;
    encodes_to(&state, plain).then_some(state)
}

/// Returns whether a value encodes to these bytes.
pub(crate) fn encodes_to<S: Encode<()>>(state: &S, bytes: &[u8]) -> bool {
    let mut rest = Expected(bytes);
    minicbor::encode(state, &mut rest).is_ok() && rest.0.is_empty()
}

/// The remaining bytes of an expected encoding.
///
/// It needs no buffer, which would contain secrets.
///
/// The comparison may stop early. Its operands are the plaintext and the value decoded from it. Its
/// time therefore depends on the structure that this crate sealed, and on no other secret.
struct Expected<'p>(&'p [u8]);

impl encode::Write for Expected<'_> {
    type Error = ();

    fn write_all(&mut self, written: &[u8]) -> Result<(), ()> {
        self.0 = self.0.strip_prefix(written).ok_or(())?;
        Ok(())
    }
}

/// Seals the record of a budget. A store may forget it after a day without a send.
pub(crate) fn seal_budget<S: Stored>(
    keys: &Keys,
    place: RecordPlace<'_>,
    current: Option<Version>,
    state: &S,
    moment: &mut Moment,
) -> Record {
    let forget_after = moment.now().plus(u64::from(DAY));
    seal(keys, place, current, state, Some(forget_after), moment)
}

/// Opens the record of a budget, or returns `None` if its generation was dropped.
///
/// Your list of subjects does not name the budgets, so they are not sealed again before a
/// generation is dropped. Such a budget counts as empty, and is overwritten at its version. An
/// attacker who can write to the database gains no more from this than from deleting the budget.
pub(crate) fn open_budget<S: Stored>(
    keys: &Keys,
    place: RecordPlace<'_>,
    record: &Record,
) -> Result<Option<S>, Unreadable> {
    if keys.is_dropped(record) {
        return Ok(None);
    }
    open(keys, place, record).map(|(budget, _)| Some(budget))
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
/// let text = |bytes: &[u8]| {
///     let record = Record::new(Version::new(7), bytes.to_vec());
///     let moment = Moment::new(UnixTime::from_secs(1_800_000_000), seed);
///     Subject::open(&keys, &policy, &alice, Some(&record), moment).unwrap_err().to_string()
/// };
/// assert_eq!(text(&[1, 2, 3]), "a record cannot be opened with these keys");
/// // The first byte is the number of the format.
/// assert_eq!(text(&[200, 2, 3]), "a record was written by a later release");
/// # Ok::<(), second_factor::error::Invalid>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{}", self.text())]
#[non_exhaustive]
pub struct Unreadable {
    is_of_a_later_release: bool,
}

impl Unreadable {
    /// Selects the text for an operator by the number of the format, which has no other effect.
    pub(crate) fn of(record: &Record) -> Self {
        let format = record.bytes().first();
        Self { is_of_a_later_release: format.is_some_and(|format| *format > FORMAT) }
    }

    const fn text(self) -> &'static str {
        if self.is_of_a_later_release {
            "a record was written by a later release"
        } else {
            "a record cannot be opened with these keys"
        }
    }
}

#[cfg(all(test, feature = "std"))]
mod tests;
