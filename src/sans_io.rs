//! The sans-I/O core: decisions without I/O and async.
//!
//! For most applications, [`Verifier`](crate::Verifier) calls the core. Use the core directly if
//! your application needs its own I/O.
//!
//! **Stability:** this module may change in a minor release. The rest of the crate follows semantic
//! versioning.
//!
//! A decision has five steps:
//!
//! 1. Load the record of the subject.
//! 2. [Open](Subject::open) it as a [`Subject`].
//! 3. Make a decision, which returns a [`Transition`].
//! 4. Pass the transition to the compare-and-swap of your store.
//! 5. Pass the result of the swap to [`settle`](Transition::settle). After a
//!    [`Conflict`](Settled::Conflict), start again.
//!
//! # Example
//!
//! ```
//! use second_factor::{Keys, Policy, SubjectId, UnixTime, enrollment::Enroller, message::Sender};
//! use second_factor::sans_io::{Moment, Opened, Settled, Subject, TotpAccount};
//! use second_factor::storage::{Record, RecordId, Swap, Version};
//! # use second_factor::host::{Entropy, SystemEntropy};
//!
//! // Your store, here for one record. It swaps the record only if the version matches.
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
//!     unreachable!("a new record needs no repair; otherwise settle the repair, and load again")
//! };
//! let account = TotpAccount::new("alice@example.com")?;
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
    sign_in::verified::Proven,
    subject::{
        BudgetCharge, CeremonyState, Checked, Conversion, Decision, Drawn, Hashed, NewSupportCode,
        Notice, Opened, Operator, Outgoing, Recognition, Reservation, RolledBack, RootSentinel,
        SendReference, Settled, SlowCheck, SlowResult, Subject, TotpAccount, Transition,
        Unreadable,
    },
};
