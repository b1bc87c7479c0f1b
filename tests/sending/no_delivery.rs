//! An application without messages.

#![allow(clippy::unwrap_used, reason = "helpers of tests may panic")]

use second_factor::{
    Address, Error, FirstFactor, Keys, MemoryStorage, NoDelivery, Policy, Proof, Secret, SubjectId,
    UnixTime, Verifier, block_on, delivery::Undelivered, otp::Totp, testkit::ManualClock,
};

use crate::support::{NOON, ROOT};

fn verifier(clock: &ManualClock) -> Verifier {
    let policy = Policy::builder().danger_cheap_hashes().build().unwrap();
    let builder = Verifier::builder("Example", MemoryStorage::new(), NoDelivery, Keys::new(ROOT));
    let builder = builder.first_factor(FirstFactor::Password);
    builder.policy(policy).clock(clock.clone()).build().unwrap()
}

#[test]
fn code_without_delivery_is_reported_as_undelivered() {
    block_on(async {
        let verifier = verifier(&ManualClock::at(NOON));
        let (alice, number) = (SubjectId::from(1), Address::phone("+14155550100").unwrap());
        let error = verifier.enroll_address(&alice, &number).await.unwrap_err();
        let Error::Undelivered { why, .. } = error else { panic!("{error:?}") };
        assert_eq!(why, Undelivered::Misconfigured);
        assert!(why.to_string().starts_with("no carrier is configured"));
    });
}

#[test]
fn totp_and_backup_codes_work_without_delivery() {
    block_on(async {
        let clock = ManualClock::at(NOON);
        let (verifier, alice) = (verifier(&clock), SubjectId::from(1));
        let enrollment = verifier.enroll_totp(&alice, "alice").await.unwrap();
        let app = Totp::new(&Secret::from_base32(enrollment.expose_secret().expose()).unwrap());
        let code = |secs| app.code(UnixTime::from_secs(secs)).unwrap();
        let verified = verifier.confirm(&alice, &enrollment, code(NOON).expose()).await.unwrap();
        // The notice of new backup codes has no address. It must not fail the call.
        let codes = verifier.new_backup_codes(&verified).await.unwrap().expose();
        clock.advance(60);
        let typed = code(NOON + 60);
        assert!(verifier.verify(&alice, Proof::totp(typed.expose())).await.is_ok());
        let backup = Proof::backup_code(codes[0].expose());
        assert!(verifier.verify(&alice, backup).await.is_ok());
    });
}
