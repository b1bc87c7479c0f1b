//! The listener of the feature `tracing`.

#![allow(clippy::std_instead_of_alloc, clippy::unwrap_used, reason = "helpers of tests may panic")]

use core::fmt;
use std::sync::{Arc, Mutex};

use second_factor::{
    Client, FirstFactor, Keys, MemoryStorage, Proof, Verifier, block_on, testkit::SeededEntropy,
    tracing::TracingListener,
};
use tracing::{
    Event, Level, Metadata, Subscriber,
    field::{Field, Visit},
    span,
};

use crate::support::{ROOT, World, mail, prove};

/// What was recorded: the level, and each field as text.
type Line = (Level, String, Vec<(String, String)>);

#[derive(Clone, Default)]
struct Recorder(Arc<Mutex<Vec<Line>>>);

struct Fields(Vec<(String, String)>);

impl Visit for Fields {
    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        self.0.push((field.name().to_owned(), format!("{value:?}")));
    }
}

impl Subscriber for Recorder {
    fn enabled(&self, _: &Metadata<'_>) -> bool {
        true
    }

    fn new_span(&self, _: &span::Attributes<'_>) -> span::Id {
        span::Id::from_u64(1)
    }

    fn record(&self, _: &span::Id, _: &span::Record<'_>) {}

    fn record_follows_from(&self, _: &span::Id, _: &span::Id) {}

    fn event(&self, event: &Event<'_>) {
        let mut fields = Fields(Vec::new());
        event.record(&mut fields);
        let metadata = event.metadata();
        let line = (*metadata.level(), metadata.target().to_owned(), fields.0);
        self.0.lock().unwrap().push(line);
    }

    fn enter(&self, _: &span::Id) {}

    fn exit(&self, _: &span::Id) {}
}

#[test]
fn tracing_listener_records_no_personal_data() {
    let recorder = Recorder::default();
    tracing::subscriber::with_default(recorder.clone(), || {
        block_on(async {
            let mut world = World::new();
            world.verifier = Verifier::builder(
                "Example",
                MemoryStorage::new(),
                world.phone.clone(),
                Keys::new(ROOT),
            )
            .first_factor(FirstFactor::Password)
            .clock(world.clock.clone())
            .entropy(SeededEntropy::new(3))
            .listener(TracingListener)
            .build()
            .unwrap();
            let client = Client::new(b"a browser, and no other one").unwrap();
            let client = client.network("203.0.113.9".parse().unwrap());
            let (app, verified) = world.with_app().await;
            let _ = world.with_phone(&verified).await;
            let _ = prove(&world, &verified, &mail()).await.unwrap();
            let incorrect = Proof::totp(app.incorrect(&world.clock));
            let browser = world.verifier.for_client(client);
            let _ = browser.verify(&world.alice, incorrect).await.unwrap_err();
            world.verifier.support("Carol", "case 7").reset(&world.alice).await.unwrap();
        });
    });
    let lines = recorder.0.lock().unwrap();
    let of = |name: &str| {
        let is_it = |(_, _, fields): &&Line| {
            fields.contains(&("event.name".into(), format!("second_factor.{name}")))
        };
        lines.iter().find(is_it).unwrap_or_else(|| panic!("{name}: {lines:?}"))
    };
    let (level, target, fields) = of("incorrect_proof");
    assert_eq!((*level, &**target), (Level::INFO, "second_factor"));
    for (field, value) in [
        ("error.type", "\"incorrect\""),
        ("second_factor.operation", "\"sign_in\""),
        ("second_factor.count", "1"),
        ("second_factor.notified", "0"),
        ("second_factor.certain", "true"),
    ] {
        assert!(fields.contains(&(field.into(), value.into())), "{field}: {fields:?}");
    }
    assert!(fields.iter().any(|(name, _)| name == "log.record.uid"));
    let (level, _, fields) = of("reset");
    assert_eq!(*level, Level::WARN);
    assert!(fields.contains(&("second_factor.notified".into(), "2".into())), "{fields:?}");
    for (_, _, fields) in lines.iter() {
        for (name, value) in fields {
            for personal in ["alice", "example.com", "4155550", "203.0.113", "Carol", "case 7"] {
                assert!(!value.contains(personal), "{name}: {value}");
            }
        }
    }
}
