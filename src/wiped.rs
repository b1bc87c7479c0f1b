//! Memory that is wiped on drop.

#[cfg(feature = "alloc")]
use alloc::{string::String, vec::Vec};
use core::ops::{Deref, DerefMut};

use zeroize::{DefaultIsZeroes, Zeroize as _};

/// A value that is wiped on drop.
///
/// The type has no `Debug`, so that no type that contains it can derive one.
///
/// `zeroize::Zeroizing` wipes every byte of an array or a `Vec` by a separate volatile write, which
/// took a third of the time of small operations. This type wipes a whole slice at once.
pub(crate) struct Wiped<T: Wipe>(T);

/// A value that can be wiped at once.
pub(crate) trait Wipe {
    /// Wipes the value, including the spare capacity of memory that it owns.
    fn wipe(&mut self);
}

impl<T: Wipe> Wiped<T> {
    pub(crate) const fn new(value: T) -> Self {
        Self(value)
    }
}

impl<T: Wipe> Drop for Wiped<T> {
    fn drop(&mut self) {
        self.0.wipe();
    }
}

impl<T: Wipe + Clone> Clone for Wiped<T> {
    fn clone(&self) -> Self {
        Self(self.0.clone())
    }
}

impl<T: Wipe + Default> Default for Wiped<T> {
    fn default() -> Self {
        Self::new(T::default())
    }
}

impl<T: Wipe> Deref for Wiped<T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.0
    }
}

impl<T: Wipe> DerefMut for Wiped<T> {
    fn deref_mut(&mut self) -> &mut T {
        &mut self.0
    }
}

impl<Z: DefaultIsZeroes, const N: usize> Wipe for [Z; N] {
    fn wipe(&mut self) {
        self.as_mut_slice().zeroize();
    }
}

#[cfg(feature = "alloc")]
impl<Z: DefaultIsZeroes> Wipe for Vec<Z> {
    fn wipe(&mut self) {
        self.spare_capacity_mut().zeroize();
        self.as_mut_slice().zeroize();
    }
}

#[cfg(feature = "alloc")]
impl Wipe for String {
    fn wipe(&mut self) {
        core::mem::take(self).into_bytes().wipe();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wipe_clears_arrays_vectors_and_strings() {
        let mut array = [0xa5_u8; 33];
        array.wipe();
        assert_eq!(array, [0; 33]);

        let mut bytes = Vec::with_capacity(40);
        bytes.extend_from_slice(&[0xa5_u8; 33]);
        bytes.wipe();
        assert_eq!(bytes, [0; 33]);

        let mut text = String::from("GEZDGNBV");
        text.wipe();
        assert_eq!(text.capacity(), 0);
    }
}
