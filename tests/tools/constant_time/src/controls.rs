//! Deliberate mistakes, which the checks must detect.

use core::hint::black_box;

use hmac::{Hmac, KeyInit as _, Mac as _};
use sha1::Sha1;
use subtle::ConstantTimeEq as _;

use crate::{
    secrets::KEY,
    valgrind::{count, hide, reveal},
};

/// Compares a secret with `==`.
pub fn plain_comparison() {
    let mut code = *b"492039";
    hide(&mut code);
    black_box(reveal(black_box(&code[..]) == black_box(&b"492038"[..])));
}

/// Formats a secret with `format!`.
pub fn formatting() {
    let value = u32::from_be_bytes(hidden(*b"\0\x07\x82\x07"));
    black_box(reveal(format!("{value:06}")));
}

/// Stops a search at the first match.
pub fn early_exit() {
    let key = hidden(*KEY);
    black_box(reveal(first_hit(&key, &hash(KEY, 1))));
}

/// Truncates as in the text of RFC 4226 §5.3, with a secret offset as an index.
pub fn indexed_truncation() {
    let hash = hash(&hidden(*KEY), 1);
    let offset = usize::from(hash[19] & 15);
    black_box(reveal(hash[offset]));
}

/// Encodes a secret with an alphabet in a look-up table.
pub fn table() {
    let text = base32::encode(base32::Alphabet::Rfc4648 { padding: false }, &hidden(*KEY));
    black_box(reveal(text.as_bytes()[0]));
}

/// [`plain_comparison`], counted: the result depends on the number of equal bytes.
pub fn counted_comparison(group: &str) {
    for (case, typed) in [("hit", b"492039"), ("miss", b"000000"), ("near miss", b"492038")] {
        let (code, typed) = (black_box(b"492039"), black_box(typed));
        count(group, case, || code.iter().zip(typed).all(|(one, other)| one == other));
    }
}

/// [`formatting`], counted.
pub fn counted_formatting(group: &str) {
    for (case, value) in [("short", 7_u32), ("long", 492_039)] {
        count(group, case, || format!("{:06}", black_box(value)));
    }
}

/// [`early_exit`], counted.
pub fn counted_early_exit(group: &str) {
    for (case, step) in [("hit first", 0), ("hit last", 2), ("miss", 3)] {
        let typed = hash(KEY, step);
        count(group, case, || first_hit(black_box(KEY), &typed));
    }
}

fn first_hit(key: &[u8; 20], typed: &[u8; 20]) -> Option<u64> {
    (0..3).find(|step| bool::from(hash(key, *step).ct_eq(typed)))
}

fn hash(key: &[u8; 20], step: u64) -> [u8; 20] {
    let mut mac = Hmac::<Sha1>::new_from_slice(key).expect("a key of any length");
    mac.update(&step.to_be_bytes());
    mac.finalize().into_bytes().into()
}

fn hidden<const N: usize>(bytes: [u8; N]) -> [u8; N] {
    let mut bytes = black_box(bytes);
    hide(&mut bytes);
    bytes
}
