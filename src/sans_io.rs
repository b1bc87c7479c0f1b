//! The sans-I/O core: decisions without storage, delivery, clock or async.
//!
//! [`Verifier`](crate::Verifier) drives it for you. Use it directly if your application has its own
//! idea of input and output.
//!
//! **Stability:** this module may change in a minor release. The rest of the crate follows semantic
//! versioning.
//!
//! A decision takes four steps: load a record, open it as a [`Subject`], decide, pass the
//! [`Transition`] to the store's compare-and-swap and its answer to [`settle`](Transition::settle).
//! On a [`Conflict`](Settled::Conflict), start again.
//!
//! # Example
//!
//! ```
//! use second_factor::{Enroller, Keys, Policy, SubjectId, UnixTime, message::Sender};
//! use second_factor::sans_io::{Account, Moment, Opened, Settled, Subject};
//! use second_factor::storage::{Record, RecordId, Swap, Version};
//! # use second_factor::host::{Entropy, SystemEntropy};
//!
//! // Your store, here for one record: it is swapped only if the version matches.
//! let mut stored: Option<Record> = None;
//! let mut swap = |_id: &RecordId, expected: Option<Version>, record: &Record| {
//!     if stored.as_ref().map(Record::version) != expected {
//!         return Swap::Conflict;
//!     }
//!     stored = Some(record.clone());
//!     Swap::Commit
//! };
//!
//! # let (mut root, mut seed) = ([0; 32], [0; 32]);
//! # SystemEntropy::new().fill(&mut root)?;
//! // 32 fresh random bytes for each decision.
//! # SystemEntropy::new().fill(&mut seed)?;
//! let moment = Moment::new(UnixTime::from_secs(1_800_000_000), seed);
//! let (keys, policy, sender) = (Keys::new(root), Policy::default(), Sender::new("Example")?);
//! let alice = SubjectId::new("user-42")?;
//!
//! let Opened::Ready(subject) = Subject::open(&keys, &policy, &alice, None, moment)? else {
//!     unreachable!("a new record needs no repair; otherwise settle it, and load again")
//! };
//! let account = Account::new("alice@example.com")?;
//! let decided = subject.enroll_totp(&Enroller::from(&alice), &sender, &account)?;
//! let answer = swap(decided.record_id(), decided.expected(), decided.record());
//! let Settled::Done { outcome, .. } = decided.settle(answer) else {
//!     unreachable!("there is no other writer; otherwise load again")
//! };
//! assert!(outcome?.expose_uri().expose().starts_with("otpauth://totp/Example:alice"));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

pub use crate::{
    moment::Moment,
    subject::{
        Account, BudgetCharge, CeremonyState, Checked, CodeRequest, Conversion, Decision, Drawn,
        Hashed, NewPin, NewSecurityKey, Notice, Opened, Outgoing, Reservation, RootSentinel,
        SendReference, Settled, SlowCheck, SlowResult, Subject, Transition, Unreadable, WhatsApp,
    },
};
