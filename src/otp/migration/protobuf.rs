//! Protocol Buffers wire format, as far as exports use it.
//!
//! The parser reads fields in place, without copies and without a schema.

use super::InvalidMigration;

/// The fields of a message, in order.
pub(super) struct Fields<'a> {
    rest: &'a [u8],
}

/// One field: its number and value.
pub(super) struct Field<'a> {
    pub(super) number: u32,
    pub(super) value: Value<'a>,
}

/// The value of a field.
pub(super) enum Value<'a> {
    /// A string, bytes, or a nested message.
    Bytes(&'a [u8]),
    /// A fixed-size value of 32 or 64 bits. No known field has this type.
    Fixed,
    /// Any kind of integer.
    Number(u64),
}

impl<'a> Fields<'a> {
    pub(super) const fn new(message: &'a [u8]) -> Self {
        Self { rest: message }
    }

    /// Returns the next field, or `None` at the end of the message.
    pub(super) fn next(&mut self) -> Result<Option<Field<'a>>, InvalidMigration> {
        if self.rest.is_empty() {
            return Ok(None);
        }
        let tag = u32::try_from(self.varint()?).map_err(|_| InvalidMigration::Malformed)?;
        let (number, wire_type) = (tag >> 3, tag & 0b111);
        if number == 0 {
            return Err(InvalidMigration::Malformed);
        }
        let value = match wire_type {
            0 => Value::Number(self.varint()?),
            1 => self.take(8).map(|_| Value::Fixed)?,
            2 => {
                let len = self.varint()?;
                let len = usize::try_from(len).map_err(|_| InvalidMigration::Malformed)?;
                Value::Bytes(self.take(len)?)
            }
            5 => self.take(4).map(|_| Value::Fixed)?,
            // 3 and 4 are groups, which nest without a length; 6 and 7 are undefined.
            _ => return Err(InvalidMigration::Malformed),
        };
        Ok(Some(Field { number, value }))
    }

    fn take(&mut self, len: usize) -> Result<&'a [u8], InvalidMigration> {
        let (taken, rest) = self.rest.split_at_checked(len).ok_or(InvalidMigration::Malformed)?;
        self.rest = rest;
        Ok(taken)
    }

    /// Reads an integer with seven bits per byte, the least significant bits first.
    ///
    /// The integer has at most ten bytes. The tenth byte contributes one bit.
    fn varint(&mut self) -> Result<u64, InvalidMigration> {
        let mut value = 0_u64;
        for shift in (0..64).step_by(7) {
            let (&byte, rest) = self.rest.split_first().ok_or(InvalidMigration::Malformed)?;
            self.rest = rest;
            let bits = u64::from(byte & 0x7f);
            if shift == 63 && bits > 1 {
                return Err(InvalidMigration::Malformed);
            }
            value |= bits << shift;
            if byte & 0x80 == 0 {
                return Ok(value);
            }
        }
        Err(InvalidMigration::Malformed)
    }
}

impl<'a> Value<'a> {
    pub(super) const fn bytes(&self) -> Result<&'a [u8], InvalidMigration> {
        match self {
            Self::Bytes(bytes) => Ok(bytes),
            Self::Fixed | Self::Number(_) => Err(InvalidMigration::Malformed),
        }
    }

    pub(super) const fn number(&self) -> Result<u64, InvalidMigration> {
        match self {
            Self::Number(number) => Ok(*number),
            Self::Bytes(_) | Self::Fixed => Err(InvalidMigration::Malformed),
        }
    }

    pub(super) fn text(&self) -> Result<&'a str, InvalidMigration> {
        core::str::from_utf8(self.bytes()?).map_err(|_| InvalidMigration::Malformed)
    }
}

/// Stores `value` in `place`, or returns an error if `place` already has a value.
///
/// Protocol Buffers use the last of several values. Exporters write each value once, so a duplicate
/// is an attempt to show different keys to different readers.
pub(super) fn set<T>(place: &mut Option<T>, value: T) -> Result<(), InvalidMigration> {
    if place.is_some() {
        return Err(InvalidMigration::Malformed);
    }
    *place = Some(value);
    Ok(())
}
