//! JSON that holds a code: written into one buffer of the right size, and wiped behind itself.

use alloc::{string::String, vec::Vec};
use std::io;

use serde_json::Value;
use zeroize::Zeroize as _;

use crate::secret::SecretText;

/// `value` as text.
pub(super) fn secret(mut value: Value) -> SecretText {
    let mut length = Length(0);
    // Neither writing into memory nor a value of texts and numbers can fail.
    let _ = serde_json::to_writer(&mut length, &value);
    let mut bytes = Vec::with_capacity(length.0);
    let _ = serde_json::to_writer(&mut bytes, &value);
    // Bytes that grow leave old ones behind, which nobody wipes.
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

/// Counts what is written.
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
