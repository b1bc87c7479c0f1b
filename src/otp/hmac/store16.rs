//! A 16-byte buffer filled by one store instruction.

/// Joins two halves, with a single store instruction if the processor has one.
///
/// If sixteen bytes were stored in parts, a processor that loads them must wait until all parts
/// have reached the cache (a failed store-to-load forwarding). This wait takes half as long as a
/// compression of SHA-1. The mask has every bit set, so it changes no value. The compiler does not
/// know this, and moves both halves through one register.
#[inline]
pub(super) fn store16(halves: [[u8; 8]; 2]) -> [u8; 16] {
    let [mut first, mut second] = halves.map(u64::from_ne_bytes);
    let [of_first, of_second] = core::hint::black_box([u64::MAX; 2]);
    (first, second) = (first & of_first, second & of_second);
    let mut bytes = [0; 16];
    for (place, half) in bytes.chunks_exact_mut(8).zip([first, second]) {
        place.copy_from_slice(&half.to_ne_bytes());
    }
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn store16_joins_its_halves_in_order() {
        let bytes: [u8; 16] = core::array::from_fn(|at| at as u8);
        let halves = [0, 8].map(|at| bytes[at..at + 8].try_into().unwrap());
        assert_eq!(store16(halves), bytes);
    }
}
