//! Clocks, randomness, listeners and stores provided here.

use alloc::sync::Arc;
use core::sync::atomic::{AtomicU8, Ordering};

use crate::support::{NOON, ROOT, World};
use second_factor::{
    Error, FirstFactor, Keys, MemoryStorage, Secret, SubjectId, UnixTime, Verifier, block_on,
    host::{Clock, Entropy, Event, NoEntropy, SystemClock},
    otp::Totp,
    storage::{Record, Storage, Swap, Version},
    testkit::{EventLog, ManualClock, MessageLog, SeededEntropy},
};

#[test]
fn arc_forwards_to_its_content() {
    let clock = Arc::new(ManualClock::at(NOON));
    assert_eq!(Clock::now(&clock).unwrap(), UnixTime::from_secs(NOON));

    fn drawn(source: &impl Entropy) -> [u8; 32] {
        let mut bytes = [0; 32];
        source.fill(&mut bytes).unwrap();
        bytes
    }
    assert_eq!(drawn(&Arc::new(SeededEntropy::new(7))), drawn(&SeededEntropy::new(7)));
    assert_ne!(drawn(&SeededEntropy::new(7)), [0; 32]);

    let log = EventLog::new();
    let subject = SubjectId::new("alice").unwrap();
    let verifier =
        Verifier::builder("Example", MemoryStorage::new(), MessageLog::new(), Keys::new(ROOT))
            .first_factor(FirstFactor::Password)
            .listener(Arc::new(log.clone()))
            .build()
            .unwrap();
    let _ = block_on(verifier.support("Carol", "lost").reset(&subject));
    assert_eq!(log.take().iter().map(Event::name).collect::<Vec<_>>(), ["reset"]);

    let store = Arc::new(MemoryStorage::new());
    let id = Keys::new([1; 32]).subject_record(&subject);
    let record =
        Record::new(Version::new(1), vec![7]).with_forget_after(Some(UnixTime::from_secs(NOON)));
    block_on(async {
        assert_eq!(store.compare_and_swap(&id, None, &record).await, Ok(Swap::Commit));
        let loaded = Storage::load(&store, &id).await.unwrap().unwrap();
        assert_eq!(loaded.bytes(), [7]);
        assert_eq!(loaded.forget_after(), Some(UnixTime::from_secs(NOON)));
    });
}

#[test]
fn verifier_time_is_that_of_its_clock() {
    let world = World::new();
    for time in [NOON, NOON + 1, 0] {
        world.clock.set(time);
        assert_eq!(world.verifier.now().unwrap(), UnixTime::from_secs(time));
    }
}

#[test]
fn memory_storage_reports_its_record_count() {
    let world = World::new();
    assert_eq!((world.store.len(), world.store.is_empty()), (0, true));
    let _ = block_on(world.with_app());
    let kept = world.store.len();
    assert!(kept > 1, "the subject's record and the root sentinel");
    assert!(!world.store.is_empty());
}

#[test]
fn message_log_reports_whether_it_is_empty() {
    let world = World::new();
    assert!(world.phone.is_empty());
    block_on(world.verifier.enroll_address(&world.alice, &world.number)).unwrap();
    assert_eq!((world.phone.len(), world.phone.is_empty()), (1, false));
}

#[test]
fn system_clock_returns_the_current_time() {
    let year_2024 = UnixTime::from_secs(1_704_067_200);
    assert!(SystemClock::new().now().unwrap() > year_2024);
}

/// Reports success, and fills in one repeated byte or the same bytes every time.
#[derive(Debug)]
struct WeakEntropy(AtomicU8, bool);

impl Entropy for WeakEntropy {
    fn fill(&self, bytes: &mut [u8]) -> Result<(), NoEntropy> {
        let count = self.0.fetch_add(1, Ordering::Relaxed);
        for (at, byte) in (0..).zip(bytes) {
            *byte = if self.1 { count } else { at };
        }
        Ok(())
    }
}

#[test]
fn constant_or_repeating_randomness_is_refused() {
    for is_one_byte in [true, false] {
        let verifier =
            Verifier::builder("Example", MemoryStorage::new(), MessageLog::new(), Keys::new(ROOT))
                .first_factor(FirstFactor::Password)
                .clock(ManualClock::at(NOON))
                .entropy(WeakEntropy(AtomicU8::new(1), is_one_byte))
                .build()
                .unwrap();
        let alice = SubjectId::new("alice").unwrap();
        let mut last = Ok(());
        for _ in 0..2 {
            last = block_on(verifier.enroll_totp(&alice, "alice")).map(drop);
        }
        assert!(matches!(last, Err(Error::NoEntropy)), "{last:?}");
    }
}

#[test]
fn verifier_defaults_to_system_clock_and_randomness() {
    let verifier =
        Verifier::builder("Example", MemoryStorage::new(), MessageLog::new(), Keys::new(ROOT))
            .first_factor(FirstFactor::Password)
            .build()
            .unwrap();
    let alice = SubjectId::new("alice").unwrap();
    let [one, two] = [(); 2].map(|()| block_on(verifier.enroll_totp(&alice, "alice")).unwrap());
    assert_ne!(one.handle().to_string(), two.handle().to_string());
    let secret = Secret::import_base32(two.expose_secret().expose()).unwrap();
    let now = SystemClock::new().now().unwrap();
    let code = Totp::new(&secret).code(now).unwrap();
    assert!(block_on(verifier.confirm(&alice, &two, code.expose())).is_ok());
}
