//! Labels that users see in lists.

use alloc::string::String;

/// Removes layout and control characters, and cuts to 64 characters.
pub(crate) fn shortened(label: &str) -> String {
    let is_shown = |symbol: &char| !symbol.is_control() && !is_layout(*symbol);
    label.chars().filter(is_shown).take(64).collect()
}

/// Line separators, and characters that change the direction of text.
///
/// With them, a label could pass for other words (FAILURES 105).
const fn is_layout(symbol: char) -> bool {
    matches!(symbol,
        '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}
