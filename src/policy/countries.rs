//! Phone prefixes to which codes may be sent.

use alloc::{string::String, vec::Vec};

use crate::{
    address::Address,
    error::{Invalid, What},
};

/// The rules for phone numbers to which codes may be sent, by prefix.
///
/// Text messages and calls to some networks cost a hundred times the domestic price, and earn money
/// for an attacker who triggers them ([FAILURES 91](crate::manual::threats)). Allow the countries
/// where your users live. Codes and notices to other numbers are denied
/// ([`NotAllowed`](crate::denial::Reason::NotAllowed)), even if the number is proven.
///
/// # Input
///
/// A prefix is `+` and 1 to 15 digits, of which the first is not 0. The longest matching prefix
/// decides. Several countries may share one calling code: +1 is the United States, Canada and
/// twenty others, and +7 is Russia and Kazakhstan.
///
/// # Example
///
/// ```
/// use second_factor::{Address, Policy, policy::Countries};
///
/// let countries = Countries::only(&["+1", "+44"])?.except(&["+1876"])?;
/// let policy = Policy::builder().countries(countries).build()?;
/// assert!(policy.countries().allow(&Address::phone("+14155550100")?));
/// assert!(!policy.countries().allow(&Address::phone("+18765550100")?));
/// assert!(!policy.countries().allow(&Address::phone("+491701234567")?));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[doc(alias = "geo permissions")]
#[doc(alias = "allowlist")]
#[derive(Clone, Debug, Default)]
pub struct Countries {
    /// Whether numbers that match no rule are denied.
    is_list: bool,
    rules: Vec<Rule>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct Rule {
    prefix: String,
    allows: bool,
}

impl Countries {
    /// Returns the rules that allow every number. This is the default.
    #[must_use]
    pub const fn all() -> Self {
        Self { is_list: false, rules: Vec::new() }
    }

    /// Returns the rules that allow only numbers with one of these prefixes.
    ///
    /// # Errors
    ///
    /// Returns [`Invalid`] if a prefix is not `+` and 1 to 15 digits.
    pub fn only(prefixes: &[&str]) -> Result<Self, Invalid> {
        Self { is_list: true, rules: Vec::new() }.with(prefixes, true)
    }

    /// Denies numbers with one of these prefixes.
    ///
    /// # Errors
    ///
    /// Returns [`Invalid`] if a prefix is not `+` and 1 to 15 digits.
    pub fn except(self, prefixes: &[&str]) -> Result<Self, Invalid> {
        self.with(prefixes, false)
    }

    /// Returns whether codes may be sent to this address.
    ///
    /// Addresses other than phone numbers are allowed.
    #[must_use]
    pub fn allow(&self, address: &Address) -> bool {
        address.prefix().is_none() || self.allow_number(address.expose())
    }

    fn allow_number(&self, number: &str) -> bool {
        let fitting = self.rules.iter().filter(|rule| number.starts_with(&rule.prefix));
        // Of two rules for one prefix, the rule that denies applies.
        let decisive = fitting.max_by_key(|rule| (rule.prefix.len(), !rule.allows));
        decisive.map_or(!self.is_list, |rule| rule.allows)
    }

    /// Returns rules that allow exactly the numbers that both sides allow.
    ///
    /// The decision of a side changes only at its own prefixes. The prefixes of both sides are
    /// therefore sufficient.
    pub(super) fn and(&self, other: &Self) -> Self {
        let mut prefixes: Vec<&String> =
            self.rules.iter().chain(&other.rules).map(|rule| &rule.prefix).collect();
        // A shorter prefix comes before the longer ones that begin with it.
        prefixes.sort();
        prefixes.dedup();
        let mut both = Self { is_list: self.is_list || other.is_list, rules: Vec::new() };
        for prefix in prefixes {
            let allows = self.allow_number(prefix) && other.allow_number(prefix);
            if both.allow_number(prefix) != allows {
                both.rules.push(Rule { prefix: prefix.clone(), allows });
            }
        }
        both
    }

    fn with(mut self, prefixes: &[&str], allows: bool) -> Result<Self, Invalid> {
        for prefix in prefixes {
            let digits = prefix.strip_prefix('+').ok_or(Invalid(What::CountryPrefix))?;
            let is_fine = (1..=15).contains(&digits.len())
                && digits.bytes().all(|digit| digit.is_ascii_digit())
                && !digits.starts_with('0');
            if !is_fine {
                return Err(Invalid(What::CountryPrefix));
            }
            self.rules.push(Rule { prefix: (*prefix).into(), allows });
        }
        Ok(self)
    }
}

/// Compares the numbers that the rules allow, and ignores how the rules are written.
impl PartialEq for Countries {
    fn eq(&self, other: &Self) -> bool {
        // For equivalent rules, `and` returns the same rules in the same order.
        let (one, another) = (self.and(self), other.and(other));
        one.is_list == another.is_list && one.rules == another.rules
    }
}

impl Eq for Countries {}

#[cfg(test)]
mod tests {
    use super::*;

    fn allows(countries: &Countries, number: &str) -> bool {
        countries.allow(&Address::phone(number).unwrap())
    }

    #[test]
    fn longest_prefix_decides_in_any_order() {
        let there = Countries::only(&["+1", "+187655"]).unwrap().except(&["+1876"]).unwrap();
        assert!(allows(&there, "+14155550100"));
        assert!(!allows(&there, "+18765600100"));
        assert!(allows(&there, "+18765500100"));
    }

    #[test]
    fn prefix_both_allowed_and_excepted_is_denied() {
        assert!(!allows(
            &Countries::only(&["+44"]).unwrap().except(&["+44"]).unwrap(),
            "+447700900123"
        ));
    }

    #[test]
    fn excepted_prefixes_are_denied_and_others_allowed() {
        let most = Countries::all().except(&["+881", "+882"]).unwrap();
        assert!(allows(&most, "+447700900123"));
        assert!(!allows(&most, "+881612345678"));
    }

    #[test]
    fn empty_list_denies_numbers_and_allows_email() {
        let none = Countries::only(&[]).unwrap();
        assert!(!allows(&none, "+14155550100"));
        assert!(none.allow(&Address::email("a@example.com").unwrap()));
    }

    #[test]
    fn invalid_prefix_is_rejected() {
        for prefix in ["", "+", "1", "+0", "+1 415", "+1234567890123456", "+٤٤", "++1"] {
            assert_eq!(
                Countries::all().except(&[prefix]),
                Err(Invalid(What::CountryPrefix)),
                "{prefix}"
            );
        }
    }
}
