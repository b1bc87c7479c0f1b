//! A listener that records events with the `tracing` crate.

use ::tracing::event;

use crate::{
    denial::Reason,
    event::{Certainty, Event, Occurrence, Priority},
    host::{Listener, NotTaken},
    purpose::Operation,
};

/// A [`Listener`] that records every event with the `tracing` crate.
///
/// The target of the events is `second_factor`.
///
/// | field | content | defined by |
/// |---|---|---|
/// | `event.name` | `second_factor.` and the [name](Event::name) of the event | OpenTelemetry |
/// | `log.record.uid` | the [id](Occurrence::id) of the occurrence | OpenTelemetry |
/// | `error.type` | the [reason](Reason::as_str) of a refusal | OpenTelemetry |
/// | `second_factor.at` | the time of the event, in seconds since 1970 | this crate |
/// | `second_factor.operation` | the operation that the proof was for | this crate |
/// | `second_factor.count` | the number of times that the event happened | this crate |
/// | `second_factor.notified` | the number of addresses at which the user is notified | this crate
/// |
/// | `second_factor.certain` | whether the write of the event was committed | this crate |
///
/// Events of serious changes and of possible attacks have the level *warn*. Events of a store or a
/// clock that breaks its contract have the level *error*. All other events have the level *info*.
///
/// # Security
///
/// No field contains personal data, such as the subject, an address, a network, or text that
/// support entered. Therefore, you cannot find the events of one user in this log. For an audit
/// log, implement [`Listener`] yourself, and call this listener from your implementation.
///
/// # Source
///
/// [Semantic conventions of OpenTelemetry](https://opentelemetry.io/docs/specs/semconv/): general
/// log and event attributes, and `error.type`.
///
/// # Example
///
/// ```
/// use second_factor::{Keys, MemoryStorage, NoDelivery, Verifier, tracing::TracingListener};
///
/// # let root: [u8; 32] = core::array::from_fn(|i| i as u8);
/// let verifier = Verifier::builder("Example", MemoryStorage::new(), NoDelivery, Keys::new(root))
///     .listener(TracingListener)
///     .build()?;
/// # let _ = verifier;
/// # Ok::<(), second_factor::verifier::BuildError>(())
/// ```
#[doc(alias = "opentelemetry")]
#[doc(alias = "log")]
#[derive(Clone, Copy, Debug, Default)]
#[expect(clippy::exhaustive_structs, reason = "applications construct it, and it has no settings")]
pub struct TracingListener;

impl Listener for TracingListener {
    fn on_event(&self, occurrence: &Occurrence) -> Result<(), NotTaken> {
        // The level is part of a call site, and so a constant.
        macro_rules! record {
            ($level:ident) => {
                event!(target: "second_factor", ::tracing::Level::$level, {
                    event.name = format_args!("second_factor.{}", occurrence.event().name()),
                    log.record.uid = %occurrence.id(),
                    "error.type" = occurrence.reason().map(Reason::as_str),
                    second_factor.at = occurrence.at().as_secs(),
                    second_factor.operation = occurrence.operation().map(Operation::as_str),
                    second_factor.count = occurrence.count(),
                    second_factor.notified = occurrence.notified().len(),
                    second_factor.certain = occurrence.certainty() == Certainty::Certain,
                })
            };
        }
        match level_of(occurrence.event()) {
            Level::Error => record!(ERROR),
            Level::Info => record!(INFO),
            Level::Warning => record!(WARN),
        }
        Ok(())
    }
}

enum Level {
    Error,
    Info,
    Warning,
}

const fn level_of(event: &Event) -> Level {
    match event {
        Event::ClockFault => Level::Error,
        Event::CodeReportedUnrequested(_)
        | Event::NoticeNotSent { .. }
        | Event::PrefixStopped
        | Event::ReplayRefused(_)
        | Event::RequestReportedUnrequested
        | Event::SimSwapped
        | Event::Spraying => Level::Warning,
        other if other.mark().is_some() => match other.priority() {
            Priority::Routine => Level::Info,
            Priority::Serious | Priority::Warning => Level::Warning,
        },
        _ => Level::Info,
    }
}
