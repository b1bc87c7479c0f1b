//! JSON that may contain a code.

use alloc::{string::String, vec::Vec};
use std::io;

use serde_json::Value;
use zeroize::Zeroize as _;

use crate::secret::SecretText;

/// Serializes `value` into one buffer, and wipes the strings in `value`.
///
/// The buffer never grows.
pub(super) fn secret(mut value: Value) -> SecretText {
    let mut length = Length(0);
    // Writing strings and numbers into memory cannot fail.
    let _ = serde_json::to_writer(&mut length, &value);
    let mut bytes = Vec::with_capacity(length.0);
    let _ = serde_json::to_writer(&mut bytes, &value);
    // A buffer that grows leaves a copy behind that is not wiped.
    debug_assert_eq!(bytes.len(), length.0);
    wipe(&mut value);
    SecretText::new(String::from_utf8(bytes).unwrap_or_default())
}

fn wipe(value: &mut Value) {
    match value {
        Value::Array(values) => values.iter_mut().for_each(wipe),
        Value::Object(fields) => fields.values_mut().for_each(wipe),
        Value::String(text) => text.zeroize(),
        Value::Bool(_) | Value::Null | Value::Number(_) => {}
    }
}

/// A writer that counts bytes.
struct Length(usize);

impl io::Write for Length {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0 += bytes.len();
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
