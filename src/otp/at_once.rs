//! Sixteen bytes in one write. Knows nothing of what they are.

/// Both halves one after the other, first byte first, written by one instruction where there is one.
///
/// A processor that reads sixteen bytes which were written in parts waits until all parts have left
/// for the cache: half as long as a compression of SHA-1 takes. The mask has every bit set. It
/// changes nothing, but the compiler, which must not know that, takes both halves through one
/// register.
#[inline]
pub(super) fn at_once(halves: [[u8; 8]; 2]) -> [u8; 16] {
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
    fn the_halves_follow_one_another() {
        let bytes: [u8; 16] = core::array::from_fn(|at| at as u8);
        let halves = [0, 8].map(|at| bytes[at..at + 8].try_into().unwrap());
        assert_eq!(at_once(halves), bytes);
    }
}
