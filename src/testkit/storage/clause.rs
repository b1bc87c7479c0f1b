//! The clauses of the contract, by number and title.

use core::fmt;

/// A clause of the contract of [`Storage`](crate::Storage).
///
/// # Example
///
/// ```
/// use second_factor::testkit::storage::Clause;
///
/// assert_eq!(Clause::Bytes.number(), 4);
/// assert_eq!(Clause::Bytes.to_string(), "4. Bytes are bytes.");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Clause {
    /// 4\. Bytes are bytes.
    Bytes,
    /// 2\. A commit lasts, and stands on its own.
    Commit,
    /// 7\. If you cannot tell whether a swap took effect, answer `Err`.
    Doubt,
    /// 5\. Ids are apart.
    Ids,
    /// 6\. `load` sees every commit.
    Load,
    /// 3\. A refusal changes nothing.
    Refusal,
    /// 1\. A swap is indivisible.
    Swap,
}

impl Clause {
    /// All of them, in the order of the contract.
    pub const ALL: [Self; 7] =
        [Self::Swap, Self::Commit, Self::Refusal, Self::Bytes, Self::Ids, Self::Load, Self::Doubt];

    /// Its number in the contract.
    #[must_use]
    pub const fn number(self) -> u8 {
        match self {
            Self::Swap => 1,
            Self::Commit => 2,
            Self::Refusal => 3,
            Self::Bytes => 4,
            Self::Ids => 5,
            Self::Load => 6,
            Self::Doubt => 7,
        }
    }

    /// Its title in the contract.
    #[must_use]
    pub const fn title(self) -> &'static str {
        match self {
            Self::Swap => "A swap is indivisible.",
            Self::Commit => "A commit lasts, and stands on its own.",
            Self::Refusal => "A refusal changes nothing.",
            Self::Bytes => "Bytes are bytes.",
            Self::Ids => "Ids are apart.",
            Self::Load => "`load` sees every commit.",
            Self::Doubt => "If you cannot tell whether a swap took effect, answer `Err`.",
        }
    }
}

impl fmt::Display for Clause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}. {}", self.number(), self.title())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_titles_are_those_of_the_contract() {
        let contract = include_str!("../../storage.rs");
        for clause in Clause::ALL {
            let title = clause.title().trim_end_matches('.');
            let line = alloc::format!("/// {}. **{title}", clause.number());
            assert!(contract.contains(&line), "{line}");
        }
    }
}
