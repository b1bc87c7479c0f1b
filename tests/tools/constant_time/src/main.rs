//! Does any work of the crate depend on a secret? Asked under valgrind, by `.ci/constant_time.sh`.
//!
//! ```text
//! valgrind constant-time marks [CASE]                       what branches on what is hidden
//! valgrind --tool=callgrind [...] constant-time counts      how many instructions it takes
//! constant-time judge FOLDER FILE         whether they are equal, or nearly, and none has grown
//! constant-time keep FOLDER FILE          keeps them, to be held against
//! ```

#[cfg(not(target_arch = "x86_64"))]
compile_error!("the requests to valgrind are written for x86-64");

mod arena;
mod controls;
mod counts;
mod judge;
mod kept;
mod marks;
mod secrets;
mod store;
#[path = "../../../support/mod.rs"]
mod support;
mod valgrind;
mod whole;

use std::{env, path::Path, process::ExitCode};

fn main() -> ExitCode {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let is_good = match arguments[..] {
        _ if cfg!(debug_assertions) => {
            eprintln!("only a release build is asked for constant time");
            false
        }
        ["marks", ..] | ["counts"] if !valgrind::is_here() => {
            eprintln!("only valgrind sees anything: run it with that");
            false
        }
        ["marks"] => marks::run(None),
        ["marks", case] => marks::run(Some(case)),
        ["counts"] => {
            counts::run();
            true
        }
        ["judge", folder, kept] => {
            judge::run(Path::new(folder), Path::new(kept)).unwrap_or_else(|error| {
                eprintln!("{folder}, {kept}: {error}");
                false
            })
        }
        ["keep", folder, kept] => judge::keep(Path::new(folder), Path::new(kept)).is_ok(),
        _ => {
            eprintln!("marks [CASE], counts, judge FOLDER FILE or keep FOLDER FILE");
            false
        }
    };
    if is_good { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}
