//! Support: another try, or a new phone.

use core::time::Duration;

use second_factor::{Error, FactorKind, SubjectId, Verifier, secret::SecretText};

async fn unlock(
    app: &Verifier,
    agent: &str,
    ticket: &str,
    user: &SubjectId,
) -> Result<Vec<FactorKind>, Error> {
    let unlocked = app.support(agent, ticket).unlock(user).await?;
    Ok(unlocked)
}

/// Read it to the user once; it works once, for an hour, and the user is notified.
async fn code(
    app: &Verifier,
    agent: &str,
    ticket: &str,
    user: &SubjectId,
) -> Result<SecretText, Error> {
    app.support(agent, ticket).issue_code(user, Duration::from_secs(3600)).await
}

// What the test does.

use crate::support::{App, fresh, reason, registration::cheap};
use second_factor::{Proof, Purpose, Reason, block_on, host::Event};

#[test]
fn support_unlocks_and_lets_a_user_enroll_a_new_phone() {
    block_on(async {
        let world = cheap();
        let (app, alice) = (&world.verifier, &world.alice);
        let (old, _) = world.with_app().await;
        world.fail_app(&old, 5).await;
        assert_eq!(world.miss_app(&old).await, Reason::Locked);
        assert_eq!(unlock(app, "carol", "4711", alice).await.unwrap(), [FactorKind::Totp]);
        assert_eq!(fresh(&world, &old).await.factors(), [FactorKind::Totp]);
        assert!(unlock(app, "carol", "4711", alice).await.unwrap().is_empty());
        // The phone was lost.
        let _ = world.log.take();
        let read_out = code(app, "carol", "4712", alice).await.unwrap();
        let (actor, why) = ("carol".into(), "4712".into());
        assert!(world.log.take().contains(&Event::SupportCodeIssued { actor, reason: why }));
        let proof = Proof::backup_code(read_out.expose());
        assert!(
            app.verify(alice, proof.clone()).await.is_err(),
            "it enrolls, and opens no session"
        );
        let grant = app.verify_for(alice, Purpose::Manage, proof.clone()).await.unwrap();
        let again = app.verify_for(alice, Purpose::Manage, proof).await;
        assert_eq!(reason(again), Reason::Replayed);
        let turned_off = app.turn_off(&grant).await;
        assert_eq!(reason(turned_off), Reason::Unauthorized, "it removes nothing");
        let enrollment = app.enroll_totp(&grant, "alice").await.unwrap();
        let new = App::scan(enrollment.expose_secret().expose());
        let typed = new.code(&world.clock);
        let confirmed = app.confirm(alice, &enrollment, &typed).await.unwrap();
        assert!(confirmed.verified().is_none(), "she signs in with the new app");
        world.clock.advance(30);
        assert_eq!(fresh(&world, &new).await.factors(), [FactorKind::Totp]);
    });
}
