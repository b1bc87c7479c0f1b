//! A bump allocator that never frees.
//!
//! Each allocation costs the same, independent of earlier ones. Differences between counts are then
//! caused by the crate alone.

use core::{
    alloc::{GlobalAlloc, Layout},
    cell::UnsafeCell,
    ptr,
    sync::atomic::{AtomicUsize, Ordering},
};

#[global_allocator]
static ARENA: Arena = Arena { memory: UnsafeCell::new([0; SIZE]), used: AtomicUsize::new(0) };

#[repr(align(64))]
struct Arena {
    memory: UnsafeCell<[u8; SIZE]>,
    used: AtomicUsize,
}

// SAFETY: each byte of `memory` is handed out at most once.
unsafe impl Sync for Arena {}

// SAFETY: a block lies inside `memory`, which is aligned to 64 bytes. Blocks start at multiples of
// 64, larger alignments are refused, and no two blocks overlap.
unsafe impl GlobalAlloc for Arena {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        // Whole cache lines, so that every block has the same alignment.
        let size = layout.size().next_multiple_of(LINE);
        let at = self.used.fetch_add(size, Ordering::Relaxed);
        if layout.align() > LINE || at + size > SIZE {
            return ptr::null_mut();
        }
        self.memory.get().cast::<u8>().wrapping_add(at)
    }

    unsafe fn dealloc(&self, _: *mut u8, _: Layout) {}
}

const LINE: usize = 64;
/// Large, because untouched pages cost nothing.
const SIZE: usize = 1 << 28;
