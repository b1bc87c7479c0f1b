//! Two roles and two tenants over one store.
//!
//! The policies come from code, and from one TOML file.

use alloc::collections::BTreeMap;

use second_factor::{
    Error, FactorKind, FirstFactor, Keys, MemoryStorage, Next, Policy, Proof, SubjectId, UnixTime,
    Verifier, block_on,
    message::Sender,
    policy::{Requirement, UnsafePolicy},
    purpose::Operation,
    testkit::{ManualClock, MessageLog, SeededEntropy},
};

use crate::support::{App, NOON, ROOT, code_of};

const MANDATE: u64 = NOON + 24 * 60 * 60;

/// The policies of an application, by name.
#[derive(serde::Deserialize)]
struct Policies {
    roles: BTreeMap<String, Policy>,
    tenants: BTreeMap<String, Policy>,
}

impl Policies {
    /// A user is bound by the role and by the tenant.
    fn of(&self, role: &str, tenant: &str) -> Result<Policy, UnsafePolicy> {
        self.roles[role].and(&self.tenants[tenant])
    }

    fn from_code() -> Result<Self, UnsafePolicy> {
        let by = Requirement::RequiredBy(UnixTime::from_secs(MANDATE));
        let administrator = Policy::builder().enrollment(by).forbid(FactorKind::Phone).build()?;
        let bank = Policy::builder().code_digits(8).build()?;
        let named = |name: &str, policy| (name.to_owned(), policy);
        Ok(Self {
            roles: [named("administrator", administrator), named("member", Policy::default())]
                .into(),
            tenants: [named("bank", bank), named("club", Policy::default())].into(),
        })
    }

    fn from_file() -> Self {
        toml::from_str(include_str!("policies.toml")).unwrap()
    }
}

/// One application for everyone.
struct Application {
    clock: ManualClock,
    phone: MessageLog,
    verifier: Verifier,
    policies: Policies,
}

impl Application {
    fn new(policies: Policies) -> Self {
        let (clock, phone) = (ManualClock::at(NOON), MessageLog::new());
        let (store, keys) = (MemoryStorage::new(), Keys::new(ROOT));
        let verifier = Verifier::builder("No tenant", store, phone.clone(), keys)
            .policies_by_call()
            .first_factor(FirstFactor::Password)
            .clock(clock.clone())
            .entropy(SeededEntropy::new(1))
            .build()
            .unwrap();
        Self { clock, phone, verifier, policies }
    }

    /// The verifier for a request.
    fn of(&self, role: &str, tenant: &str) -> Verifier {
        let policy = self.policies.of(role, tenant).unwrap();
        self.verifier.under(&policy).sending_as(Sender::new(tenant).unwrap())
    }
}

async fn walk(policies: Policies) {
    let app = Application::new(policies);
    let user = |name: &str| SubjectId::new(name).unwrap();
    let number = second_factor::Address::phone("+14155550100").unwrap();
    assert!(matches!(app.verifier.next(&user("x")).await, Err(Error::NoPolicy)), "forgotten");
    // The role decides what is required, and what is allowed.
    for tenant in ["bank", "club"] {
        let (admin, member) = (app.of("administrator", tenant), app.of("member", tenant));
        let of_tenant = user(tenant);
        assert!(matches!(member.next(&of_tenant).await.unwrap(), Next::Done(_)));
        let Next::Enroll(required) = admin.next(&of_tenant).await.unwrap() else {
            panic!("administrators must enroll")
        };
        assert_eq!(required.deadline(), UnixTime::from_secs(MANDATE));
        assert!(!required.kinds().contains(&FactorKind::Phone));
        assert!(admin.enroll_address(&of_tenant, &number).await.is_err());
        // The tenant decides about the message.
        let sent = member.enroll_address(&of_tenant, &number).await.unwrap();
        let message = app.phone.take().unwrap();
        let (text, code) = (message.expose_text(), code_of(&message));
        assert!(text.expose().contains(&format!("your {tenant} code")), "{}", text.expose());
        assert_eq!(code.len(), if tenant == "bank" { 8 } else { 6 });
        let verified = member.confirm(&of_tenant, &sent, &code).await.unwrap();
        let enrollment = member.enroll_totp(&verified, "x").await.unwrap();
        assert!(enrollment.expose_uri().expose().contains(&format!("issuer={tenant}")));
        let phone_app = App::scan(enrollment.expose_secret().expose());
        let typed = phone_app.code(&app.clock);
        let _ = member.confirm(&of_tenant, &enrollment, &typed).await.unwrap();
        app.clock.advance(30);
        // A member who becomes an administrator signs in by the app alone.
        let offered = async |verifier: &Verifier| -> Vec<FactorKind> {
            let offers = verifier.offers(&of_tenant, Operation::SignIn).await.unwrap();
            offers.iter().map(|offer| offer.kind()).collect()
        };
        assert_eq!(offered(&member).await, [FactorKind::Totp, FactorKind::Phone]);
        assert_eq!(offered(&admin).await, [FactorKind::Totp]);
        let typed = phone_app.code(&app.clock);
        assert!(admin.verify(&of_tenant, Proof::totp(typed)).await.is_ok());
    }
}

#[test]
fn two_roles_and_two_tenants_share_one_store() {
    block_on(walk(Policies::from_code().unwrap()));
}

#[test]
fn two_roles_and_two_tenants_from_one_toml_file() {
    let (read, built) = (Policies::from_file(), Policies::from_code().unwrap());
    assert_eq!((&read.roles, &read.tenants), (&built.roles, &built.tenants));
    block_on(walk(read));
}
