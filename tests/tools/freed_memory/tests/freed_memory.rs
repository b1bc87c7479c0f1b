//! No secret is left in freed heap memory.

#![allow(clippy::unwrap_used, reason = "a test may panic")]

use std::sync::{Arc, Mutex};

use second_factor::{
    Address, BackupCodes, Client, Delivery, FirstFactor, Keys, MemoryStorage, Message, Policy,
    Secret, SubjectId, Verifier, block_on,
    delivery::{Receipt, Undelivered},
    otp::Totp,
    testkit::{ManualClock, SeededEntropy},
};
use second_factor_freed_memory::{Recorder, recorded};

#[global_allocator]
static ALLOCATOR: Recorder = Recorder;

/// A phone that shows its messages later.
#[derive(Clone, Default)]
struct Phone(Arc<Mutex<Vec<Arc<Message>>>>);

impl Delivery for Phone {
    async fn deliver(&self, message: Message) -> Result<Receipt, Undelivered> {
        self.0.lock().unwrap().push(Arc::new(message));
        Ok(Receipt::new("1"))
    }
}

/// There is one recorder.
static ONE: Mutex<()> = Mutex::new(());

/// A new verifier. Codes of ten digits do not occur by chance.
fn verifier(phone: &Phone) -> Verifier {
    let policy = Policy::builder().code_digits(10).danger_cheap_hashes().build().unwrap();
    Verifier::builder(
        "Example",
        MemoryStorage::new(),
        phone.clone(),
        Keys::new(*b"a root of thirty-two bytes, kept"),
    )
    .first_factor(FirstFactor::Password)
    .policy(policy)
    .clock(ManualClock::at(1_800_000_000))
    .entropy(SeededEntropy::new(1))
    .build()
    .unwrap()
}

/// Panics if a run of eight bytes of `secret` is in `freed`.
fn assert_absent(what: &str, secret: &[u8], freed: &[u8]) {
    for run in secret.windows(8) {
        let found = freed.windows(8).filter(|window| *window == run).count();
        assert_eq!(found, 0, "{what}: {:?}", String::from_utf8_lossy(run));
    }
}

#[test]
#[ignore = "three copies of a TOTP secret are still found; it is open whose they are"]
fn finding_s32_freed_memory_holds_no_secret() {
    let _one = ONE.lock();
    let phone = Phone::default();
    let alice = SubjectId::new("alice").unwrap();
    let number = Address::phone("+14155550100").unwrap();
    let ((enrollments, codes), freed) = recorded(|| {
        let all = verifier(&phone);
        block_on(Box::pin(async {
            let (mut enrollments, mut codes) = (Vec::with_capacity(2), None::<BackupCodes>);
            // Of two open enrollments, the first one is taken out of the record.
            for client in [[1; 16], [2; 16]] {
                let own = all.for_client(Client::new(client).unwrap());
                let enrollment = Box::pin(own.enroll_totp(&alice, "alice")).await.unwrap();
                enrollments.push((own, enrollment));
            }
            let (own, enrollment) = &enrollments[0];
            let secret = Secret::from_base32(enrollment.expose_secret().expose()).unwrap();
            let code = Totp::new(&secret).code(second_factor::UnixTime::from_secs(1_800_000_000));
            let confirmed = Box::pin(own.confirm(&alice, enrollment, code.unwrap().expose())).await;
            let verified = confirmed.unwrap().verified().unwrap();
            codes.replace(Box::pin(own.new_backup_codes(&verified)).await.unwrap());
            let sent = Box::pin(own.enroll_address(&verified, &number)).await.unwrap();
            let message = Arc::clone(phone.0.lock().unwrap().last().unwrap());
            let typed = message.code().unwrap().expose();
            let _ = Box::pin(own.confirm(&alice, &sent, typed)).await.unwrap();
            (enrollments, codes.unwrap())
        }))
    });
    assert!(freed.len() > 10_000, "{}", freed.len());
    for (_, enrollment) in &enrollments {
        let secret = Secret::from_base32(enrollment.expose_secret().expose()).unwrap();
        assert_absent("secret", secret.expose_bytes(), freed);
        assert_absent("secret as text", secret.expose_base32().expose().as_bytes(), freed);
    }
    assert_eq!(codes.count(), 10);
    for code in codes.expose() {
        assert_absent("backup code", code.expose().as_bytes(), freed);
        let plain: Vec<u8> = code.expose().bytes().filter(|byte| *byte != b'-').collect();
        assert_absent("backup code without groups", &plain, freed);
    }
    for message in &*phone.0.lock().unwrap() {
        if let Some(code) = message.code() {
            assert_absent("sent code", code.expose().as_bytes(), freed);
        }
    }
}

#[test]
fn recorder_finds_what_is_not_wiped() {
    let _one = ONE.lock();
    let text = "NOT-WIPED-TEXT";
    let ((), freed) = recorded(|| drop(String::from(text)));
    assert!(freed.windows(text.len()).any(|window| window == text.as_bytes()));
}
