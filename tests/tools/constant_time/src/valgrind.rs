//! Client requests of valgrind.
//!
//! `valgrind.h` and `memcheck.h` define them. Each is a sequence of rotations with no net effect
//! and the exchange of a register with itself, which valgrind recognizes. Outside valgrind they do
//! nothing.

use core::arch::asm;
use std::ffi::CString;

/// Returns whether valgrind runs this program.
pub fn is_here() -> bool {
    request(RUNNING_ON_VALGRIND, 0, 0) != 0
}

/// Returns the number of errors that memcheck found so far, repeated ones included.
pub fn errors() -> usize {
    request(COUNT_ERRORS, 0, 0)
}

/// Marks `bytes` as undefined: from now on, every branch and address that depends on them is an
/// error.
pub fn hide(bytes: &mut [u8]) {
    request(MAKE_MEM_UNDEFINED, bytes.as_mut_ptr() as usize, bytes.len());
}

/// Marks a value, and what was computed into it, as defined again.
///
/// Only here is a result inspected.
pub fn reveal<T>(mut answer: T) -> T {
    request(MAKE_MEM_DEFINED, &raw mut answer as usize, size_of::<T>());
    answer
}

/// Counts the instructions of `work` with callgrind, which writes them to a separate file.
#[inline(never)]
pub fn count<T>(group: &str, case: &str, work: impl FnOnce() -> T) -> T {
    let name = CString::new(format!("{group}/{case}")).expect("names have no NUL");
    request(ZERO_STATS, 0, 0);
    request(TOGGLE_COLLECT, 0, 0);
    let result = core::hint::black_box(work());
    request(TOGGLE_COLLECT, 0, 0);
    request(DUMP_STATS_AT, name.as_ptr() as usize, 0);
    result
}

#[inline(never)]
fn request(code: usize, first: usize, second: usize) -> usize {
    let arguments = [code, first, second, 0, 0, 0];
    let mut answer = 0_usize;
    // SAFETY: the rotations of `rdi` add up to 128 bits, which restores it; `rbx` is exchanged with
    // itself. Valgrind reads `arguments`, marks memory of this program without changing it, and
    // writes its result to `rdx`.
    unsafe {
        asm!(
            "rol rdi, 3",
            "rol rdi, 13",
            "rol rdi, 61",
            "rol rdi, 51",
            "xchg rbx, rbx",
            inout("rdx") answer,
            in("rax") arguments.as_ptr(),
            options(nostack),
        );
    }
    answer
}

const RUNNING_ON_VALGRIND: usize = 0x1001;
const COUNT_ERRORS: usize = 0x1201;
// Two letters for the tool, then the number of the request.
const MAKE_MEM_UNDEFINED: usize = 0x4d43_0001;
const MAKE_MEM_DEFINED: usize = 0x4d43_0002;
const ZERO_STATS: usize = 0x4354_0001;
const TOGGLE_COLLECT: usize = 0x4354_0002;
const DUMP_STATS_AT: usize = 0x4354_0003;
