//! The verifier: the asynchronous API of the crate.

// The order of the public methods in rustdoc.
mod builder;

mod context;

mod sign_in;

mod sessions;

mod sent_codes;

mod fallback;

mod enrollment;

mod settings;

mod pin;

mod security_keys;

mod devices;

mod notices;

mod support;

mod operations;

// Without public methods.
mod check;
mod error;
mod offload;
mod send;
#[cfg(feature = "std")]
mod slow_queue;
mod spray_detector;
mod transaction;

use alloc::sync::Arc;
use core::{
    fmt,
    sync::atomic::{AtomicBool, AtomicU64},
};

use self::spray_detector::SprayDetector;
pub use self::{
    builder::{BuildError, VerifierBuilder},
    error::Error,
    operations::Operations,
    support::Support,
};
#[cfg(doc)]
use crate::storage::Storage;
pub use crate::subject::{
    ExportedSecrets, ExportedTotp, PersonalData, PersonalItem, PersonalValue,
};
use crate::{
    client::Client,
    delivery::{AnyDelivery, AnyRemoteCodes},
    first_factor::FirstFactor,
    host::{AnySendGuard, Clock, Entropy, LegacyHashes, Listener, WhenUnknown},
    keys::Keys,
    message::Sender,
    policy::Policy,
    storage::AnyStorage,
};

/// Enrolls factors, sends codes and verifies proofs: the two-factor API.
///
/// A verifier is cheap to clone and to share, so store one in the state of your application. It
/// stores no subject and no session. Every call names its subject, and all persistent state is in
/// your [storage](Storage).
///
/// [`next`](Self::next) returns what a sign-in page must ask for, and [`status`](Self::status) what
/// a settings page shows. [`import`](Operations::import) migrates users from another two-factor
/// system.
///
/// # Errors
///
/// Every method returns `Err` for everything except success, so `?` ends a sign-in that failed.
/// [`Error::Denied`] means that the request was checked and refused. Every other [`Error`] means
/// that the request could not be checked, or that an argument is invalid. The *Errors* section of a
/// method lists its own refusals. Every method can also fail because of the store, the clock or the
/// source of randomness. The docs of [`Error`] describe how to handle each failure.
///
/// # Cancel safety
///
/// Every future may be dropped at any await point. What was committed stays committed. An attempt
/// that was counted stays counted. A code whose success was recorded is consumed, even if the
/// caller received no result. A send that was reserved is charged, even if no message was sent.
///
/// # Example
///
/// ```
/// use second_factor::{
///     FirstFactor, Keys, MemoryStorage, Next, Proof, SignIn, SubjectId, Verifier, block_on,
/// };
/// # use second_factor::{otp::Totp, testkit::{ManualClock, MessageLog}};
/// # struct Sessions;
/// # impl Sessions { fn open(&self, _: SignIn) {} }
/// # let sessions = Sessions;
///
/// # let (my_delivery, clock) = (MessageLog::new(), ManualClock::at(1_800_000_000));
/// # let root: [u8; 32] = core::array::from_fn(|i| i as u8);
/// # block_on(async {
/// let verifier = Verifier::builder("Example", MemoryStorage::new(), my_delivery, Keys::new(root))
///     .first_factor(FirstFactor::Password) // your application checks it
/// #   .clock(clock.clone())
///     .build()?;
/// let alice = SubjectId::new("user-42")?;
///
/// // Enroll an authenticator app: show its QR code or secret, then ask for the first code.
/// let enrollment = verifier.enroll_totp(&alice, "alice@example.com").await?;
/// # let secret = second_factor::Secret::import_base32(enrollment.expose_secret().expose())?;
/// # let app = Totp::new(&secret);
/// # let first_code = app.code(clock.time()).unwrap().expose().to_owned();
/// let confirmed = verifier.confirm(&alice, &enrollment, &first_code).await?;
/// if let Some(verified) = confirmed.verified() {
///     sessions.open(verified.into());
/// }
///
/// // Sign in, after the password was correct.
/// # clock.advance(30);
/// # let typed = app.code(clock.time()).unwrap().expose().to_owned();
/// match verifier.next(&alice).await? {
///     Next::Done(sign_in) => sessions.open(sign_in),
///     Next::Enroll(_) => unreachable!("the policy requires no second factor"),
///     Next::Prove(offers) => {
///         assert_eq!(offers.len(), 1);
///         let verified = verifier.verify(&alice, Proof::totp(&typed)).await?;
///         assert_eq!(verified.subject(), &alice);
///         sessions.open(verified.into());
///     }
/// }
/// assert!(verifier.verify(&alice, Proof::totp(&typed)).await.is_err(), "a code works once");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// # }).unwrap();
/// ```
#[doc(alias = "2fa")]
#[doc(alias = "mfa")]
#[doc(alias = "otp")]
#[doc(alias = "authenticator")]
#[derive(Clone)]
pub struct Verifier {
    shared: Arc<Shared>,
    client: Option<Client>,
    first_factor: Option<Arc<FirstFactor>>,
    policy: Option<Arc<Policy>>,
    sender: Arc<Sender>,
}

/// The state that all clones of a verifier share.
struct Shared {
    storage: Arc<dyn AnyStorage>,
    delivery: Arc<dyn AnyDelivery>,
    keys: Keys,
    clock: Arc<dyn Clock>,
    entropy: Arc<dyn Entropy>,
    guard: Option<(Arc<dyn AnySendGuard>, WhenUnknown)>,
    listener: Option<Arc<dyn Listener>>,
    remote_codes: Option<Arc<dyn AnyRemoteCodes>>,
    legacy_hashes: Option<Arc<dyn LegacyHashes>>,
    #[cfg(feature = "std")]
    offload: Option<Arc<dyn crate::host::AnyOffload>>,
    #[cfg(feature = "std")]
    slow_queue: Arc<slow_queue::SlowQueue>,
    /// The first bytes of the last random output.
    last_random: AtomicU64,
    spray_detector: SprayDetector,
    /// Whether a check has shown that the store was initialized with these keys.
    has_checked_root: AtomicBool,
}

impl fmt::Debug for Verifier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Verifier")
            .field("policy", &self.policy)
            .field("sender", &self.sender)
            .finish_non_exhaustive()
    }
}
