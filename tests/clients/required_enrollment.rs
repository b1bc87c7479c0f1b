//! Required enrollment with two roles.
//!
//! Administrators must enroll by a date; members may.

use second_factor::{
    Enrollment, Error, FactorKind, Handle, Next, Policy, SignIn, SubjectId, UnixTime, Verifier,
    policy::{Requirement, UnsafePolicy},
    sign_in::Offers,
};

#[derive(Clone, Copy)]
enum Role {
    Administrator,
    Member,
}

struct Policies {
    administrator: Policy,
    member: Policy,
}

impl Policies {
    fn new(mandate: UnixTime) -> Result<Self, UnsafePolicy> {
        let by = Requirement::RequiredBy(mandate);
        let administrator = Policy::builder().enrollment(by).build()?;
        Ok(Self { administrator, member: Policy::default() })
    }

    fn of(&self, role: Role) -> &Policy {
        match role {
            Role::Administrator => &self.administrator,
            Role::Member => &self.member,
        }
    }
}

enum Page {
    ConfirmAddress,
    MustEnroll(Vec<FactorKind>),
    SecondStep(Offers),
    Welcome(SignIn),
    WelcomeWithReminder(SignIn, UnixTime),
}

async fn after_first_factor(
    app: &Verifier,
    policies: &Policies,
    role: Role,
    user: &SubjectId,
) -> Result<Page, Error> {
    Ok(match app.under(policies.of(role)).next(user).await? {
        Next::Done(sign_in) => Page::Welcome(sign_in),
        Next::Prove(offers) => Page::SecondStep(offers),
        Next::Enroll(required) if required.needs_confirmed_address() => Page::ConfirmAddress,
        Next::Enroll(required) => {
            let (deadline, kinds) = (required.deadline(), required.kinds().to_vec());
            match required.postpone() {
                Some(sign_in) => Page::WelcomeWithReminder(sign_in, deadline),
                None => Page::MustEnroll(kinds),
            }
        }
    })
}

async fn enroll(
    app: &Verifier,
    policies: &Policies,
    role: Role,
    user: &SubjectId,
) -> Result<Enrollment, Error> {
    app.under(policies.of(role)).enroll_totp(user, "alice@example.com").await
}

/// The confirmed factor is the second factor of this sign-in: no second code is asked for.
async fn confirm(
    app: &Verifier,
    policies: &Policies,
    role: Role,
    user: &SubjectId,
    enrollment: Handle,
    typed: &str,
) -> Result<SignIn, Error> {
    let confirmed = app.under(policies.of(role)).confirm(user, enrollment, typed).await?;
    Ok(confirmed.verified().expect("the enrollment began without a grant").into())
}

// What the test does.

use crate::support::{App, NOON, World, mail};
use second_factor::{FirstFactor, block_on};

#[test]
fn administrators_enroll_by_the_date_and_members_need_not() {
    use Role::{Administrator, Member};
    block_on(async {
        let world = World::new();
        let (app, alice) = (&world.verifier, &world.alice);
        let mandate = UnixTime::from_secs(NOON + 14 * 24 * 60 * 60);
        let policies = Policies::new(mandate).unwrap();
        let page = async |app: &Verifier, role| {
            after_first_factor(app, &policies, role, alice).await.unwrap()
        };
        let Page::Welcome(welcome) = page(app, Member).await else { panic!("members may wait") };
        assert_eq!(welcome.good_until(), None);
        let Page::WelcomeWithReminder(sign_in, deadline) = page(app, Administrator).await else {
            panic!("two weeks are left")
        };
        assert_eq!((deadline, sign_in.good_until()), (mandate, Some(mandate)));
        world.clock.set(mandate.as_secs());
        assert!(matches!(page(app, Administrator).await, Page::ConfirmAddress));
        assert!(enroll(app, &policies, Administrator, alice).await.is_err());
        // The link in the mail to the address on file.
        let app = &app.after(FirstFactor::Email(mail()));
        let Page::MustEnroll(kinds) = page(app, Administrator).await else {
            panic!("the date has passed")
        };
        assert!(kinds.contains(&FactorKind::Totp));
        let enrollment = enroll(app, &policies, Administrator, alice).await.unwrap();
        let typed = App::scan(enrollment.expose_secret().expose()).code(&world.clock);
        let handle = *enrollment.handle();
        let sign_in = confirm(app, &policies, Administrator, alice, handle, &typed).await.unwrap();
        assert_eq!(sign_in.good_until(), None);
        for role in [Administrator, Member] {
            let Page::SecondStep(offers) = page(app, role).await else { panic!("an app protects") };
            assert_eq!(offers.len(), 1);
        }
    });
}
