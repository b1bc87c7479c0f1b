//! Authentication methods and assurance levels.

use crate::{
    amr::Methods,
    factor::{FactorKind, FactorSet},
    first_factor::FirstFactor,
};

/// The kinds of factors that were proven, and the methods of their proofs.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Evidence {
    pub(crate) factors: FactorSet,
    pub(crate) methods: Methods,
}

impl Evidence {
    /// Returns the evidence, marked as proven by a code that support issued.
    pub(crate) const fn by_support(self) -> Self {
        Self { factors: self.factors.by_support(), ..self }
    }

    /// Returns the combined evidence of `self` and `others`.
    pub(crate) const fn with_all(self, others: Self) -> Self {
        Self {
            factors: self.factors.with_all(others.factors),
            methods: self.methods.with(others.methods),
        }
    }

    /// Returns the evidence with one more factor.
    pub(crate) const fn with(self, kind: FactorKind, methods: Methods) -> Self {
        Self { factors: self.factors.with(kind), methods: self.methods.with(methods) }
    }
}

/// Returns the authentication methods of a sign-in without a second factor.
///
/// The result excludes the methods that another service reported.
pub(crate) const fn first_methods(first: &FirstFactor) -> Methods {
    match first {
        FirstFactor::Email(_) | FirstFactor::Phone(_) => Methods::MCA,
        FirstFactor::Federated { .. } | FirstFactor::None => Methods::NONE,
        FirstFactor::Passkey { user_verified, device_bound, .. } => {
            Methods::of_key(*user_verified, *device_bound)
        }
        FirstFactor::Password => Methods::PWD,
    }
}

/// Returns the authentication methods of a sign-in.
pub(crate) fn methods(first: &FirstFactor, evidence: Evidence) -> Methods {
    let methods = first_methods(first).with(evidence.methods);
    if level(first, evidence) >= 2 { methods.with(Methods::MFA) } else { methods }
}

/// Returns the authentication assurance level of a sign-in: 1, 2 or 3.
///
/// # Source
///
/// NIST SP 800-63B-4 §2: the two factors must be of different types, such as something that the
/// user knows and something that the user has.
pub(crate) fn level(first: &FirstFactor, evidence: Evidence) -> u8 {
    let methods = first_methods(first).with(evidence.methods);
    if methods.contains(Methods::BOUND_AND_VERIFIED) {
        3
    } else if methods.has_user_verified_key()
        || (first.is_knowledge() && evidence.factors.meets(POSSESSION))
    {
        2
    } else {
        1
    }
}

/// The kinds that are something the user has.
///
/// The set excludes a mailbox (STD N-03), and a PIN, which is a password (STD N-46).
const POSSESSION: FactorSet = FactorSet::of(&[
    FactorKind::BackupCode,
    FactorKind::Hotp,
    FactorKind::Phone,
    FactorKind::SecurityKey,
    FactorKind::SignInRequest,
    FactorKind::Totp,
]);

#[cfg(test)]
mod tests {
    use alloc::{format, string::String, vec::Vec};

    use proptest::prelude::*;

    use super::*;
    use crate::{
        address::Address, amr::NAMES, channel::Channel, id::ItemId, purpose::Operation,
        subject::needs_another_factor,
    };

    const PAGE: &str = include_str!("manual/first_factor.md");
    const NOTHING: [Evidence; 0] = [];

    fn passkey(user_verified: bool, device_bound: bool) -> FirstFactor {
        FirstFactor::Passkey { key: ItemId::of("its own"), user_verified, device_bound }
    }

    fn federated(amr: &[&str]) -> FirstFactor {
        let amr = amr.iter().copied().map(String::from).collect();
        FirstFactor::Federated { amr, address: None }
    }

    /// Returns the columns of the table of levels.
    fn firsts() -> [FirstFactor; 8] {
        [
            FirstFactor::Password,
            FirstFactor::Email(Address::email("alice@example.com").unwrap()),
            passkey(false, false),
            passkey(true, false),
            passkey(true, true),
            federated(&["mfa", "otp"]),
            federated(&["pwd"]),
            FirstFactor::None,
        ]
    }

    fn proven(kind: FactorKind) -> Evidence {
        Evidence::default().with(kind, Methods::of(kind))
    }

    fn sent(channel: Channel) -> Evidence {
        let kind = if channel == Channel::Email { FactorKind::Email } else { FactorKind::Phone };
        Evidence::default().with(kind, Methods::of_channel(channel))
    }

    fn key(is_user_verified: bool, is_device_bound: bool) -> Evidence {
        let methods = Methods::of_key(is_user_verified, is_device_bound);
        Evidence::default().with(FactorKind::SecurityKey, methods)
    }

    fn both(one: Evidence, other: Evidence) -> Evidence {
        let kinds = one.factors.kinds();
        kinds.fold(other, |all, kind| all.with(kind, one.methods))
    }

    /// The rows of both tables: the factors that were proven.
    fn rows() -> Vec<(&'static str, Evidence)> {
        alloc::vec![
            ("authenticator app", proven(FactorKind::Totp)),
            ("HOTP token", proven(FactorKind::Hotp)),
            ("backup code", proven(FactorKind::BackupCode)),
            ("sign-in request", proven(FactorKind::SignInRequest)),
            ("text message", sent(Channel::Sms)),
            ("call", sent(Channel::Voice)),
            ("WhatsApp message", sent(Channel::WhatsApp)),
            ("email", sent(Channel::Email)),
            ("security key", key(false, false)),
            ("security key, device-bound", key(false, true)),
            ("security key, user-verified", key(true, false)),
            ("security key, user-verified and device-bound", key(true, true)),
        ]
    }

    /// Returns the table cell of a combination.
    ///
    /// The cell contains the level, or a dash if the combination cannot sign in.
    fn cell(first: &FirstFactor, steps: &[Evidence]) -> String {
        let evidence = steps.iter().copied().reduce(both);
        let Some(evidence) = evidence else {
            // A recognized device, or no factor at all.
            return match first {
                FirstFactor::None => "–".into(),
                first if first.is_user_verified() => {
                    format!("{}", level(first, Evidence::default()))
                }
                _ => "1".into(),
            };
        };
        if needs_another_factor(Operation::SignIn, Some(first), evidence) {
            return "–".into();
        }
        format!("{}", level(first, evidence))
    }

    fn level_line(name: &str, steps: &[Evidence]) -> String {
        let cells: Vec<String> = firsts().iter().map(|first| cell(first, steps)).collect();
        format!("| {name} | {} |", cells.join(" | "))
    }

    fn amr_line(name: &str, methods: Methods) -> String {
        let names: Vec<String> = methods.names().map(|name| format!("`{name}`")).collect();
        format!("| {name} | {} |", names.join(" "))
    }

    #[test]
    fn first_factor_page_has_the_level_of_every_combination() {
        let mut lines = alloc::vec![level_line("nothing more", &NOTHING)];
        lines.extend(rows().iter().map(|(name, evidence)| level_line(name, &[*evidence])));
        let app = proven(FactorKind::Totp);
        for (name, with) in [("an email", sent(Channel::Email)), ("an authenticator app", app)] {
            lines
                .push(level_line(&format!("security key, and {name}"), &[key(false, false), with]));
        }
        lines.push(level_line("authenticator app, and the PIN", &[app, proven(FactorKind::Pin)]));
        let expected = lines.join("\n");
        assert!(PAGE.contains(&expected), "the table must be:\n{expected}");
    }

    #[test]
    fn first_factor_page_has_the_methods_of_every_proof() {
        let mut lines = alloc::vec![
            amr_line("first factor: password", first_methods(&FirstFactor::Password)),
            amr_line("first factor: email or phone", first_methods(&firsts()[1])),
            amr_line("first factor: passkey", first_methods(&passkey(true, false))),
            amr_line("first factor: passkey, device-bound", first_methods(&passkey(true, true))),
        ];
        lines.extend(rows().iter().map(|(name, evidence)| amr_line(name, evidence.methods)));
        lines.push(amr_line("PIN", Methods::of(FactorKind::Pin)));
        let expected = lines.join("\n");
        assert!(PAGE.contains(&expected), "the table must be:\n{expected}");
    }

    #[test]
    fn level_never_falls_by_a_further_proof() {
        let singles: Vec<Evidence> = rows().into_iter().map(|(_, evidence)| evidence).collect();
        for first in firsts() {
            for one in &singles {
                for other in &singles {
                    let all = both(*one, *other);
                    assert!(
                        level(&first, all) >= level(&first, *one),
                        "{first:?} {one:?} {other:?}"
                    );
                }
            }
        }
    }

    #[test]
    fn methods_are_registered_and_say_mfa_from_level_2() {
        for first in firsts() {
            for (name, evidence) in rows() {
                let methods = methods(&first, evidence);
                assert!(methods.names().all(|name| NAMES.contains(&name)), "{name}");
                let is_mfa = methods.contains(Methods::MFA);
                assert_eq!(is_mfa, level(&first, evidence) >= 2, "{first:?} {name}");
            }
        }
    }

    #[test]
    fn methods_of_another_service_are_never_ours() {
        let first = federated(&["face", "mfa", "pwd", "wia"]);
        let ours = methods(&first, proven(FactorKind::Totp));
        assert_eq!(ours.names().collect::<Vec<_>>(), ["mfa", "otp"]);
    }

    proptest! {
        #[test]
        fn methods_round_trip_or_are_refused(bits in any::<u32>()) {
            match Methods::from_bits(bits) {
                Some(methods) => prop_assert_eq!(methods.bits(), bits),
                None => prop_assert!(bits & 0x3fe0_0000 != 0),
            }
        }
    }
}
