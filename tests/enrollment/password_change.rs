//! What a change of the password ends.

#![allow(clippy::unwrap_used, reason = "helpers of tests may panic")]

use second_factor::{
    CodeRequest, FactorKind, Proof, Purpose, Reason, block_on, purpose::Operation,
};

use crate::support::{
    App, World, answer::Prove as _, fresh, item_of, mail, prove, reason, registration::cheap,
};

#[test]
fn finding_s04_password_change_ends_what_was_begun() {
    block_on(async {
        let world = cheap();
        let (app, verified) = world.with_settled_app().await;
        let (verifier, alice) = (&world.verifier, &world.alice);
        let _ = world.with_phone(&verified).await;
        let _ = prove(&world, &verified, &mail()).await.unwrap();
        let verified = fresh(&world, &app).await;
        let grant = verifier.grant(&verified).unwrap();
        let phone = item_of(&world, FactorKind::Phone).await;
        let enrollment = verifier.enroll_totp(&verified, "alice").await.unwrap();
        let first = App::scan(enrollment.expose_secret().expose()).code(&world.clock);
        let ceremony = verifier.enroll_security_key(&verified, b"").await.unwrap();
        let (sent, code) = world.send_to(&world.number).await;
        world.clock.advance(30);
        let proof = Proof::totp(app.code(&world.clock));
        let half = verifier.prove_for(alice, Operation::Recover, proof).await.unwrap_err();
        let half = *half.pending_factor().unwrap();
        let before = verifier.epoch(alice).await.unwrap();

        verifier.password_changed(alice).await.unwrap();
        assert_ne!(verifier.epoch(alice).await.unwrap(), before, "without a device too");
        assert_eq!(reason(world.try_code(&sent, &code).await), Reason::NotFound);
        assert_eq!(reason(verifier.revoke(&grant, &phone).await), Reason::Unauthorized);
        assert_eq!(reason(verifier.turn_off(&verified).await), Reason::Unauthorized);
        assert_eq!(reason(verifier.confirm(alice, &enrollment, &first).await), Reason::NotFound);
        assert!(verifier.ceremony(alice, ceremony.expose()).await.is_err());
        world.clock.advance(60);
        let request = CodeRequest::to_address(&mail()).purpose(Operation::Recover);
        let sent = verifier.send_code(alice, request).await.unwrap();
        let proof = Proof::sent_code(&sent, world.read_code()).after(half);
        let alone = verifier.verify_for(alice, Purpose::Recover, proof).await.unwrap_err();
        assert!(alone.pending_factor().is_some(), "the first of two proofs has ended");
        // The factors stay.
        assert_eq!(fresh(&world, &app).await.factors(), [FactorKind::Totp]);
    });
}

#[test]
fn password_change_without_a_record_writes_none() {
    block_on(async {
        let world = World::new();
        world.verifier.password_changed(&world.alice).await.unwrap();
        assert_eq!(world.verifier.epoch(&world.alice).await.unwrap(), 0);
    });
}
