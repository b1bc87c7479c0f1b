//! The clauses of the storage contract.

use core::fmt;

/// A clause of the contract of [`Storage`](crate::Storage#contract).
///
/// # Example
///
/// ```
/// use second_factor::testkit::storage::Clause;
///
/// assert_eq!(Clause::Bytes.number(), 4);
/// assert_eq!(Clause::Bytes.to_string(), "4. Bytes must come back unchanged.");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Clause {
    /// 4\. Bytes must come back unchanged.
    Bytes,
    /// 2\. A commit must be durable and independent.
    Commit,
    /// 7\. An unknown outcome must be an `Err`.
    Doubt,
    /// 8\. A call must end.
    End,
    /// 5\. Distinct ids must name distinct records.
    Ids,
    /// 6\. `load` must see every commit.
    Load,
    /// 3\. A refused swap must change nothing.
    Refusal,
    /// 1\. A swap must be atomic.
    Swap,
}

impl Clause {
    /// All clauses, in the order of the contract.
    pub const ALL: [Self; 8] = [
        Self::Swap,
        Self::Commit,
        Self::Refusal,
        Self::Bytes,
        Self::Ids,
        Self::Load,
        Self::Doubt,
        Self::End,
    ];

    /// Returns the number in the contract.
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
            Self::End => 8,
        }
    }

    /// Returns the title in the contract.
    #[must_use]
    pub const fn title(self) -> &'static str {
        match self {
            Self::Swap => "A swap must be atomic.",
            Self::Commit => "A commit must be durable and independent.",
            Self::Refusal => "A refused swap must change nothing.",
            Self::Bytes => "Bytes must come back unchanged.",
            Self::Ids => "Distinct ids must name distinct records.",
            Self::Load => "`load` must see every commit.",
            Self::Doubt => "An unknown outcome must be an `Err`.",
            Self::End => "A call must end.",
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
    fn titles_match_the_contract() {
        let contract = include_str!("../../storage.rs");
        for clause in Clause::ALL {
            let title = clause.title().trim_end_matches('.');
            let line = alloc::format!("/// {}. **{title}", clause.number());
            assert!(contract.contains(&line), "{line}");
        }
    }
}
