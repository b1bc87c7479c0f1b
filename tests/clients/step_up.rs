//! Step-up with a security key.

use second_factor::{
    Error, Grant, ItemId, Proof, Purpose, SubjectId, Verifier,
    proof::{CeremonyRequest, SecurityKeyOutcome},
};

async fn begin(app: &Verifier, alice: &SubjectId, state: &[u8]) -> Result<String, Error> {
    let request = CeremonyRequest::new(state).purpose(Purpose::StepUp);
    Ok(app.begin_security_key(alice, request).await?.expose().to_owned())
}

async fn finish(
    app: &Verifier,
    alice: &SubjectId,
    text: &str,
    key: &ItemId,
    new: &[u8],
) -> Result<Grant, Error> {
    let proof = Proof::security_key(text, SecurityKeyOutcome::passed(key, new));
    app.verify_for(alice, Purpose::StepUp, proof).await
}

// What the test does.

use core::time::Duration;

use crate::support::{World, reason};
use second_factor::{Reason, block_on, enrollment::NewSecurityKey};

#[test]
fn security_key_steps_up_once_and_for_a_time() {
    const MAX_AGE: Duration = Duration::from_secs(300);
    block_on(async {
        let world = World::new();
        let (app, alice) = (&world.verifier, &world.alice);
        let begun = app.enroll_security_key(alice, b"").await.unwrap();
        let key = NewSecurityKey::new("blue", b"a public key").unwrap();
        let verified = app.confirm_security_key(alice, &begun, key).await.unwrap();
        let key = *app.status(alice).await.unwrap().security_keys()[0].id();
        let text = begin(app, alice, b"state").await.unwrap();
        let opened = app.ceremony(alice, &text).await.unwrap();
        assert_eq!(opened.state(), b"state");
        let grant = finish(app, alice, &text, &key, b"a public key, used").await.unwrap();
        app.check_grant(&grant, Purpose::StepUp, MAX_AGE).await.unwrap();
        let manages = app.check_grant(&grant, Purpose::Manage, MAX_AGE).await;
        assert_eq!(reason(manages), Reason::Unauthorized);
        let again = finish(app, alice, &text, &key, b"a public key, used").await;
        assert!(again.is_err(), "once");
        // A ceremony for signing in steps nothing up.
        let sign_in = app.begin_security_key(alice, b"state").await.unwrap();
        assert!(finish(app, alice, sign_in.expose(), &key, b"").await.is_err());
        world.clock.advance(301);
        let old = app.check_grant(&grant, Purpose::StepUp, MAX_AGE).await.unwrap_err();
        assert!(old.needs_grant());
        let _ = verified;
    });
}
