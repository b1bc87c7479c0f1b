//! Labels that users see in lists.

use alloc::string::String;

use crate::purpose::is_misleading;

/// Removes invisible and direction-changing characters, and truncates to 64 characters.
///
/// With such characters, a label could imitate other words (FAILURES 105). Only the beginning of a
/// long string is read.
pub(crate) fn shortened(label: &str) -> String {
    let read = label.chars().take(MOST_READ);
    read.filter(|symbol| !is_misleading(*symbol)).take(64).collect()
}

const MOST_READ: usize = 256;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finding_s22_label_has_only_what_is_shown() {
        assert_eq!(shortened("Fire\u{200b}fox\u{200f}, \u{61c}Lis\u{ad}bon\n"), "Firefox, Lisbon");
        assert_eq!(shortened(&"x".repeat(65)), "x".repeat(64));
    }
}
