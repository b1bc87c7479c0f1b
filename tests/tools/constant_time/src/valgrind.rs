//! Requests to the valgrind that runs this program. Outside of valgrind they do nothing.
//!
//! `valgrind.h` and `memcheck.h` name them; each is a row of rotations that add up to none, and an
//! exchange of a register with itself, which valgrind knows.

use core::arch::asm;
use std::ffi::CString;

/// Whether valgrind runs this.
pub fn is_here() -> bool {
    request(RUNNING_ON_VALGRIND, 0, 0) != 0
}

/// How many errors memcheck has found so far, the same one again included.
pub fn errors() -> usize {
    request(COUNT_ERRORS, 0, 0)
}

/// From here on every branch and every address that depends on `bytes` is an error.
pub fn hide(bytes: &mut [u8]) {
    request(MAKE_MEM_UNDEFINED, bytes.as_mut_ptr() as usize, bytes.len());
}

/// Ends what [`hide`] began, for a whole value and what was computed into it: the one place where an
/// answer is looked at.
pub fn reveal<T>(mut answer: T) -> T {
    request(MAKE_MEM_DEFINED, &raw mut answer as usize, size_of::<T>());
    answer
}

/// Has callgrind count the instructions of `work`, and write them to a file of their own.
#[inline(never)]
pub fn count<T>(group: &str, case: &str, work: impl FnOnce() -> T) -> T {
    let name = CString::new(format!("{group}/{case}")).expect("names are ours");
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
    // SAFETY: the rotations of `rdi` add up to 128 bits and so leave it as it was; `rbx` is exchanged
    // with itself. Valgrind reads `arguments`, marks memory of this program (which changes no byte of
    // it) and puts its answer into `rdx`.
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
// The two letters of a tool, then the number of the request.
const MAKE_MEM_UNDEFINED: usize = 0x4d43_0001;
const MAKE_MEM_DEFINED: usize = 0x4d43_0002;
const ZERO_STATS: usize = 0x4354_0001;
const TOGGLE_COLLECT: usize = 0x4354_0002;
const DUMP_STATS_AT: usize = 0x4354_0003;
