//! An allocator that copies every block before it is freed.
//!
//! It is a package of its own because it needs `unsafe`, which `second-factor` forbids.

use std::{
    alloc::{GlobalAlloc, Layout, System},
    cell::UnsafeCell,
    ptr,
    sync::atomic::{AtomicBool, AtomicUsize, Ordering},
};

/// The allocator. Reallocation frees the old block, so it is copied as well.
#[derive(Debug)]
pub struct Recorder;

struct Copies(UnsafeCell<[u8; ROOM]>);

// SAFETY: each block is copied to a range of its own, which `USED` reserves, and `recorded` reads
// ranges only after recording has ended.
unsafe impl Sync for Copies {}

static COPIES: Copies = Copies(UnsafeCell::new([0; ROOM]));
static IS_ON: AtomicBool = AtomicBool::new(false);
static USED: AtomicUsize = AtomicUsize::new(0);
const ROOM: usize = 64 << 20;

// SAFETY: every call is passed on to the allocator of the system.
unsafe impl GlobalAlloc for Recorder {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        // SAFETY: the caller upholds the contract of `GlobalAlloc`.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, block: *mut u8, layout: Layout) {
        if IS_ON.load(Ordering::SeqCst) {
            let at = USED.fetch_add(layout.size(), Ordering::SeqCst);
            if at + layout.size() <= ROOM {
                // SAFETY: the block has this size and is not yet freed, and the range is reserved.
                unsafe {
                    ptr::copy_nonoverlapping(
                        block,
                        COPIES.0.get().cast::<u8>().add(at),
                        layout.size(),
                    );
                }
            }
        }
        // SAFETY: the caller upholds the contract of `GlobalAlloc`.
        unsafe { System.dealloc(block, layout) }
    }
}

/// Copies every block that `work` frees, in one thread, and returns the copies with its result.
pub fn recorded<T>(work: impl FnOnce() -> T) -> (T, &'static [u8]) {
    USED.store(0, Ordering::SeqCst);
    IS_ON.store(true, Ordering::SeqCst);
    let result = work();
    IS_ON.store(false, Ordering::SeqCst);
    let used = USED.load(Ordering::SeqCst);
    assert!(used <= ROOM, "{used} bytes do not fit");
    // SAFETY: recording has ended, so nothing writes to the copies.
    let copies = unsafe { std::slice::from_raw_parts(COPIES.0.get().cast::<u8>(), used) };
    (result, copies)
}
