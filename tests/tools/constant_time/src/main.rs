//! Constant-time checks under valgrind.
//!
//! `.ci/constant_time.sh` runs them.
//!
//! ```text
//! valgrind constant-time marks [CASE]                     find secret-dependent branches and addresses
//! valgrind --tool=callgrind [...] constant-time counts    count instructions
//! constant-time judge FOLDER FILE                         compare the counts with each other and a baseline
//! constant-time update FOLDER FILE                        write the baseline
//! ```

#[cfg(not(target_arch = "x86_64"))]
compile_error!("the client requests of valgrind are written for x86-64");

mod arena;
mod controls;
mod counts;
mod judge;
mod marks;
mod secrets;
mod store;
mod stored;
#[path = "../../../support/mod.rs"]
mod support;
mod valgrind;
mod whole;

use std::{env, path::Path, process::ExitCode};

fn main() -> ExitCode {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let is_ok = match arguments[..] {
        _ if cfg!(debug_assertions) => {
            eprintln!("constant-time checks need a release build");
            false
        }
        ["marks", ..] | ["counts"] if !valgrind::is_here() => {
            eprintln!("run this command under valgrind");
            false
        }
        ["marks"] => marks::run(None),
        ["marks", case] => marks::run(Some(case)),
        ["counts"] => {
            counts::run();
            true
        }
        ["judge", folder, baseline] => judge::run(Path::new(folder), Path::new(baseline))
            .unwrap_or_else(|error| {
                eprintln!("{folder}, {baseline}: {error}");
                false
            }),
        ["update", folder, baseline] => {
            judge::update(Path::new(folder), Path::new(baseline)).is_ok()
        }
        _ => {
            eprintln!(
                "usage: constant-time marks [CASE] | counts | judge FOLDER FILE | update FOLDER FILE"
            );
            false
        }
    };
    if is_ok { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}
