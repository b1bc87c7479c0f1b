//! To which phone numbers codes go. Sends nothing.

use alloc::{string::String, vec::Vec};

use crate::Address;

/// To which phone numbers codes go, by the digits that they begin with.
///
/// Text messages and calls to some networks cost a hundred times what they cost at home, and pay
/// whoever has them sent ([FAILURES 91](crate::manual::threats)): allow the countries where your
/// people live. What is not allowed is refused, whoever asks, whether the number is proven or not
/// ([`NotAllowed`](crate::verdict::Reason::NotAllowed)). Notices of changes still go to a number that
/// was proven before.
///
/// # Input
///
/// Prefixes of international numbers: `+` and 1 to 15 digits, the first not 0. Where several fit, the
/// longest decides. One calling code may cover many countries: +1 is the United States, Canada and
/// twenty others, +7 is Russia and Kazakhstan.
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
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Countries {
    /// Whether numbers are refused of which no rule says anything.
    is_list: bool,
    rules: Vec<Rule>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct Rule {
    prefix: String,
    allows: bool,
}

impl Countries {
    /// Every number. The default.
    #[must_use]
    pub const fn all() -> Self {
        Self { is_list: false, rules: Vec::new() }
    }

    /// Numbers that begin like one of these, and no others.
    ///
    /// # Errors
    ///
    /// [`InvalidPrefix`].
    pub fn only(prefixes: &[&str]) -> Result<Self, InvalidPrefix> {
        Self { is_list: true, rules: Vec::new() }.with(prefixes, true)
    }

    /// The same without those that begin like one of these.
    ///
    /// # Errors
    ///
    /// [`InvalidPrefix`].
    pub fn except(self, prefixes: &[&str]) -> Result<Self, InvalidPrefix> {
        self.with(prefixes, false)
    }

    /// Whether codes go to this address. What is no phone number is no matter of countries.
    #[must_use]
    pub fn allow(&self, address: &Address) -> bool {
        if address.prefix().is_none() {
            return true;
        }
        let fitting = self.rules.iter().filter(|rule| address.expose().starts_with(&rule.prefix));
        // Of two for one prefix the one that refuses.
        let decisive = fitting.max_by_key(|rule| (rule.prefix.len(), !rule.allows));
        decisive.map_or(!self.is_list, |rule| rule.allows)
    }

    fn with(mut self, prefixes: &[&str], allows: bool) -> Result<Self, InvalidPrefix> {
        for prefix in prefixes {
            let digits = prefix.strip_prefix('+').ok_or(InvalidPrefix)?;
            let is_fine = (1..=15).contains(&digits.len())
                && digits.bytes().all(|digit| digit.is_ascii_digit())
                && !digits.starts_with('0');
            if !is_fine {
                return Err(InvalidPrefix);
            }
            self.rules.push(Rule { prefix: (*prefix).into(), allows });
        }
        Ok(self)
    }
}

/// A text with which no international number begins.
///
/// # Example
///
/// ```
/// use second_factor::policy::Countries;
///
/// let error = Countries::only(&["US"]).unwrap_err();
/// assert!(error.to_string().ends_with("like +44"));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a prefix is + and the first digits of an international number, like +44")]
#[non_exhaustive]
pub struct InvalidPrefix;

#[cfg(test)]
mod tests {
    use super::*;

    fn allows(countries: &Countries, number: &str) -> bool {
        countries.allow(&Address::phone(number).unwrap())
    }

    #[test]
    fn the_longest_prefix_decides_in_whatever_order() {
        let there = Countries::only(&["+1", "+187655"]).unwrap().except(&["+1876"]).unwrap();
        assert!(allows(&there, "+14155550100"));
        assert!(!allows(&there, "+18765600100"));
        assert!(allows(&there, "+18765500100"));
    }

    #[test]
    fn a_prefix_that_is_allowed_and_excepted_is_excepted() {
        assert!(!allows(
            &Countries::only(&["+44"]).unwrap().except(&["+44"]).unwrap(),
            "+447700900123"
        ));
    }

    #[test]
    fn all_but_some_is_all_but_those() {
        let most = Countries::all().except(&["+881", "+882"]).unwrap();
        assert!(allows(&most, "+447700900123"));
        assert!(!allows(&most, "+881612345678"));
    }

    #[test]
    fn an_empty_list_lets_no_number_through_and_every_mailbox() {
        let none = Countries::only(&[]).unwrap();
        assert!(!allows(&none, "+14155550100"));
        assert!(none.allow(&Address::email("a@example.com").unwrap()));
    }

    #[test]
    fn what_begins_no_number_is_refused() {
        for prefix in ["", "+", "1", "+0", "+1 415", "+1234567890123456", "+٤٤", "++1"] {
            assert_eq!(Countries::all().except(&[prefix]), Err(InvalidPrefix), "{prefix}");
        }
    }
}
