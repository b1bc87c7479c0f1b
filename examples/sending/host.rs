//! Settings, keys and user input of these programs.

use std::{env, error::Error, io};

use second_factor::{Keys, host::NoEntropy};

pub type Outcome<T> = Result<T, Box<dyn Error + Send + Sync>>;

/// Returns whether this is a dry run: with `--dry-run`, or without credentials.
pub fn is_dry(credentials: &[&str]) -> bool {
    let is_asked = env::args().any(|argument| argument == "--dry-run");
    is_asked || credentials.iter().any(|name| env::var_os(name).is_none())
}

/// Returns the first argument that is not an option, or a default.
pub fn address(default: &str) -> String {
    env::args().skip(1).find(|text| !text.starts_with("--")).unwrap_or(default.into())
}

/// Returns a setting from the environment, or a default for dry runs.
pub fn setting(name: &str, default: &str) -> String {
    env::var(name).unwrap_or_else(|_| default.into())
}

/// Generates a root key for this run.
///
/// Your application loads the root key from a secret manager, and never changes it.
pub fn keys() -> Result<Keys, NoEntropy> {
    Keys::generate()
}

/// Reads the code that the user types.
pub fn typed() -> io::Result<String> {
    println!("Enter the code that you received:");
    let mut line = String::new();
    io::stdin().read_line(&mut line)?;
    Ok(line.trim().to_owned())
}

/// Masks the code in `text`.
pub fn masked(text: &str, code: &str) -> String {
    text.replace(code, &"•".repeat(code.len()))
}
