//! What the programs here have in common: settings, keys, and what the person types.

use std::{env, error::Error, io};

use second_factor::{
    Keys,
    host::{Entropy as _, NoEntropy, SystemEntropy},
};

pub type Outcome<T> = Result<T, Box<dyn Error + Send + Sync>>;

/// Whether nothing is to be sent: `--dry-run`, or no credentials.
pub fn is_dry(credentials: &[&str]) -> bool {
    let is_asked = env::args().any(|argument| argument == "--dry-run");
    is_asked || credentials.iter().any(|name| env::var_os(name).is_none())
}

/// The first argument that is no option, or this.
pub fn address(otherwise: &str) -> String {
    env::args().skip(1).find(|text| !text.starts_with("--")).unwrap_or(otherwise.into())
}

/// A setting from the environment, or what a dry run has in its place.
pub fn setting(name: &str, otherwise: &str) -> String {
    env::var(name).unwrap_or_else(|_| otherwise.into())
}

/// 32 bytes for this run. An application has them in its secret manager, the same for ever.
pub fn keys() -> Result<Keys, NoEntropy> {
    let mut root = [0; 32];
    SystemEntropy::new().fill(&mut root)?;
    Ok(Keys::new(root))
}

/// What the person types.
pub fn typed() -> io::Result<String> {
    println!("Which code came?");
    let mut line = String::new();
    io::stdin().read_line(&mut line)?;
    Ok(line.trim().to_owned())
}

/// `text` without the code.
pub fn masked(text: &str, code: &str) -> String {
    text.replace(code, &"•".repeat(code.len()))
}
