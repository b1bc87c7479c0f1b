//! Attacks on your own sign-in endpoint, as those who broke others went about it.
//!
//! The tests of this crate show that its codes are right once, that guesses are counted, and so on.
//! They cannot show that your endpoint asks for a code at all, that its sessions keep apart, or that
//! nothing goes round it. So implement [`Endpoint`] over what your visitors meet, a client of your
//! HTTP routes or the handlers behind them, and [`probe`] it.
//!
//! It signs up people of its own, and moves the clock by days: give it a test instance. It knows
//! apps, codes to a phone and backup codes; not the PIN, trusted devices, sign-in requests and
//! security keys. What holds here may still fall to an attack that nobody has thought of.

mod app;
mod attack;
mod backup;
mod enrolling;
mod report;
mod scene;
mod sent;

use alloc::{boxed::Box, string::String, vec::Vec};

use self::scene::{Scene, Tried};
pub use self::{
    attack::Attack,
    report::{Finding, Flawed, Outcome, Report},
};
use crate::{FactorKind, SubjectId, UnixTime};

/// Tries every [`Attack`] on `endpoint`.
///
/// Each begins with people of its own, so that none disturbs the next.
///
/// # Cancel safety
///
/// When the future is dropped before it ends, the endpoint is left in the middle of an attack.
///
/// # Example
///
/// A test of yours is a line: `probe(&endpoint).await.check()?`. See [`Endpoint`].
pub async fn probe<E: Endpoint>(endpoint: &E) -> Report {
    let scene = Scene { endpoint };
    let mut findings = Vec::new();
    for &attack in Attack::ALL {
        let outcome = match run(&scene, attack).await {
            Ok(outcome) => outcome,
            Err(Unanswered::Broken(error)) => Outcome::Broke(alloc::format!("{error}")),
            Err(Unanswered::NotOffered) => Outcome::Skipped("it is not offered".into()),
        };
        findings.push(Finding::new(attack, outcome));
    }
    Report::new(findings)
}

async fn run<E: Endpoint>(scene: &Scene<'_, E>, attack: Attack) -> Tried {
    match attack {
        Attack::AtOnce => scene.race().await,
        Attack::BackupAtOnce => scene.backup_at_once().await,
        Attack::BackupTwice => scene.backup_twice().await,
        Attack::CodeInReply => scene.code_in_reply().await,
        Attack::EmptyCode => scene.empty_code().await,
        Attack::EnrollmentCode => scene.enrollment_code().await,
        Attack::FreshSessions => scene.fresh_sessions().await,
        Attack::GuessSentCode => scene.guess_sent_code().await,
        Attack::HalfSignedIn => scene.half_signed_in().await,
        Attack::LateCode => scene.late_code().await,
        Attack::LeadingZeros => scene.leading_zeros().await,
        Attack::LockedForGood => scene.locked_for_good().await,
        Attack::LongCode => scene.long_code().await,
        Attack::NextStep => scene.next_step().await,
        Attack::NoCode => scene.no_code().await,
        Attack::NumberCode => scene.number_code().await,
        Attack::OldBackupCode => scene.old_backup_code().await,
        Attack::OldSentCode => scene.old_sent_code().await,
        Attack::OldSession => scene.old_session().await,
        Attack::OneRefusal => scene.one_refusal().await,
        Attack::OtherSession => scene.other_session().await,
        Attack::OtherSubject => scene.other_subject().await,
        Attack::OtherSubjectsBackupCode => scene.other_subjects_backup_code().await,
        Attack::OtherSubjectsSentCode => scene.other_subjects_sent_code().await,
        Attack::OutsideWindow => scene.outside_window().await,
        Attack::PartOfCode => scene.part_of_code().await,
        Attack::PendingApp => scene.pending_app().await,
        Attack::RightCodeUnderLock => scene.right_code_under_lock().await,
        Attack::SameStep => scene.same_step().await,
        Attack::SendBudget => scene.send_budget().await,
        Attack::SentAtOnce => scene.sent_at_once().await,
        Attack::SentTwice => scene.sent_twice().await,
        Attack::SignedOut => scene.signed_out().await,
        Attack::Spaces => scene.spaces().await,
        Attack::UnicodeDigits => scene.unicode_digits().await,
        Attack::WrongCode => scene.wrong_code().await,
    }
}

/// Your sign-in endpoint, as a browser meets it. You write this for [`probe`].
///
/// Go through what a visitor goes through. What is refused is an answer, not an error: whether a
/// session got in is seen by [`is_signed_in`](Self::is_signed_in) alone, so that no answer can be
/// misread. What you do not have, answer with [`Unanswered::NotOffered`]: the attacks that need it
/// are skipped, and the report says so.
///
/// # Contract
///
/// 1. **Every session is a new one.** `start` brings a browser without cookies as far as a right
///    password does: signed in where nothing is enrolled, else before the second factor.
/// 2. **`is_signed_in` asks the endpoint**, by a page that only those see who are in.
/// 3. **People are apart.** `sign_up` makes one who has a password and no second factor, and never
///    the same twice; the phone of each has a number of its own.
/// 4. **There is one clock**, for all that you call here.
///
/// # Example
///
/// Over handlers of one process, with an app and nothing else:
///
/// ```
/// use std::sync::atomic::{AtomicU32, Ordering};
/// use std::{collections::HashMap, sync::Mutex};
/// use second_factor::{*, Grant, testkit::{ManualClock, MessageLog}};
/// use second_factor::testkit::probe::{Endpoint, Unanswered, probe};
///
/// struct Site {
///     verifier: Verifier,
///     clock: ManualClock,
///     people: AtomicU32,
///     sessions: Mutex<HashMap<u32, Session>>,
/// }
///
/// #[derive(Clone)]
/// struct Session {
///     subject: SubjectId,
///     is_in: bool,
///     right: Option<String>,                  // a grant: what the last proof allows
///     enrollment: Option<Handle>,
/// }
///
/// impl Site {
///     fn session(&self, cookie: &u32) -> Option<Session> {
///         self.sessions.lock().unwrap().get(cookie).cloned()
///     }
///     fn keep(&self, cookie: &u32, session: Session) {
///         self.sessions.lock().unwrap().insert(*cookie, session);
///     }
/// }
///
/// impl Endpoint for Site {
///     type Session = u32;                     // the cookie
///
///     async fn now(&self) -> Result<UnixTime, Unanswered> {
///         Ok(self.clock.time())
///     }
///     async fn advance(&self, secs: u64) -> Result<(), Unanswered> {
///         Ok(self.clock.advance(secs))
///     }
///     async fn sign_up(&self) -> Result<SubjectId, Unanswered> {
///         Ok(SubjectId::new(format!("person-{}", self.people.fetch_add(1, Ordering::Relaxed)))?)
///     }
///     async fn start(&self, subject: &SubjectId) -> Result<u32, Unanswered> {
///         let cookie = self.people.fetch_add(1, Ordering::Relaxed);
///         let is_in = matches!(
///             self.verifier.next(subject, Purpose::SignIn).await?, Next::Unprotected(_));
///         let subject = subject.clone();
///         self.keep(&cookie, Session { subject, is_in, right: None, enrollment: None });
///         Ok(cookie)
///     }
///     async fn submit(
///         &self, cookie: &u32, kind: FactorKind, typed: &str,
///     ) -> Result<String, Unanswered> {
///         let Some(mut session) = self.session(cookie) else { return Ok("start again".into()) };
///         let proof = match kind {
///             FactorKind::Totp => Proof::totp(typed),
///             _ => return Err(Unanswered::NotOffered),
///         };
///         match self.verifier.verify(&session.subject, proof).await {
///             Ok(verified) => {
///                 session.is_in = true;
///                 session.right = Some(self.verifier.grant(&verified)?.expose().into());
///                 self.keep(cookie, session);
///                 Ok("welcome".into())
///             }
///             Err(refused) => Ok(refused.to_string()),
///         }
///     }
///     async fn is_signed_in(&self, cookie: &u32) -> Result<bool, Unanswered> {
///         Ok(self.session(cookie).is_some_and(|session| session.is_in))
///     }
///     async fn sign_out(&self, cookie: &u32) -> Result<(), Unanswered> {
///         self.sessions.lock().unwrap().remove(cookie);
///         Ok(())
///     }
///     async fn begin_app(&self, cookie: &u32) -> Result<Option<String>, Unanswered> {
///         let session = self.session(cookie).filter(|session| session.is_in);
///         let Some(mut session) = session else { return Ok(None) };
///         let begun = match &session.right {
///             Some(right) => {
///                 let right = Grant::from_text(right);
///                 let Ok(right) = self.verifier.authority(&session.subject, &right) else {
///                     return Ok(None);
///                 };
///                 self.verifier.enroll_totp(right, "somebody").await
///             }
///             None => self.verifier.enroll_totp(&session.subject, "somebody").await,
///         };
///         let Ok(enrollment) = begun else { return Ok(None) };
///         session.enrollment = Some(*enrollment.handle());
///         self.keep(cookie, session);
///         Ok(Some(enrollment.expose_secret().expose().into()))
///     }
///     async fn confirm_app(&self, cookie: &u32, typed: &str) -> Result<String, Unanswered> {
///         let session = self.session(cookie);
///         let Some(Session { subject, enrollment: Some(enrollment), .. }) = session else {
///             return Ok("start again".into());
///         };
///         match self.verifier.confirm(&subject, &enrollment, typed).await {
///             Ok(_) => Ok("added".into()),
///             Err(refused) => Ok(refused.to_string()),
///         }
///     }
///     async fn begin_phone(&self, _: &u32) -> Result<String, Unanswered> {
///         Err(Unanswered::NotOffered)
///     }
///     async fn confirm_phone(&self, _: &u32, _: &str) -> Result<String, Unanswered> {
///         Err(Unanswered::NotOffered)
///     }
///     async fn send(&self, _: &u32) -> Result<String, Unanswered> {
///         Err(Unanswered::NotOffered)
///     }
///     async fn inbox(&self, _: &SubjectId) -> Result<Vec<String>, Unanswered> {
///         Err(Unanswered::NotOffered)
///     }
///     async fn new_backup_codes(&self, _: &u32) -> Result<Vec<String>, Unanswered> {
///         Err(Unanswered::NotOffered)
///     }
/// }
///
/// # let root: [u8; 32] = core::array::from_fn(|i| i as u8);
/// # let clock = ManualClock::at(1_800_000_000);
/// let verifier = Verifier::builder(MemoryStorage::new(), MessageLog::new(), Keys::new(root))
///     .issuer("Example")
///     .clock(clock.clone())
///     .build()?;
/// let site = Site { verifier, clock, people: AtomicU32::new(0), sessions: Mutex::default() };
/// let report = block_on(probe(&site)).check()?;
/// assert!(report.to_string().starts_with("36 attacks: 22 held, 0 FELL, 0 broke, 14 skipped"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub trait Endpoint: Send + Sync {
    /// What a browser holds between two requests: usually a cookie.
    type Session: Send + Sync;

    /// The time by which codes are checked.
    fn now(&self) -> impl Future<Output = Result<UnixTime, Unanswered>> + Send;

    /// Moves that time on.
    fn advance(&self, secs: u64) -> impl Future<Output = Result<(), Unanswered>> + Send;

    /// Makes somebody new, with a password and no second factor.
    fn sign_up(&self) -> impl Future<Output = Result<SubjectId, Unanswered>> + Send;

    /// A new session whose password was just right.
    fn start(
        &self,
        subject: &SubjectId,
    ) -> impl Future<Output = Result<Self::Session, Unanswered>> + Send;

    /// Types a code where the second factor is asked for; what the page says then.
    ///
    /// `kind` is the field or the button: [`App`](FactorKind::Totp), [`Phone`](FactorKind::Phone) or
    /// [`BackupCode`](FactorKind::BackupCode).
    fn submit(
        &self,
        session: &Self::Session,
        kind: FactorKind,
        typed: &str,
    ) -> impl Future<Output = Result<String, Unanswered>> + Send;

    /// Whether the session sees what only those see who are in.
    fn is_signed_in(
        &self,
        session: &Self::Session,
    ) -> impl Future<Output = Result<bool, Unanswered>> + Send;

    /// Signs the session out.
    fn sign_out(
        &self,
        session: &Self::Session,
    ) -> impl Future<Output = Result<(), Unanswered>> + Send;

    /// Begins to add an authenticator app: the `otpauth://` text or the secret in Base32, as the page
    /// shows it; `None`: the endpoint refuses.
    fn begin_app(
        &self,
        session: &Self::Session,
    ) -> impl Future<Output = Result<Option<String>, Unanswered>> + Send;

    /// Types the first code of an app; what the page says then.
    fn confirm_app(
        &self,
        session: &Self::Session,
        typed: &str,
    ) -> impl Future<Output = Result<String, Unanswered>> + Send;

    /// Begins to add a phone number of the subject, another each time; what the page says then.
    fn begin_phone(
        &self,
        session: &Self::Session,
    ) -> impl Future<Output = Result<String, Unanswered>> + Send;

    /// Types the code that was sent to a new number; what the page says then.
    fn confirm_phone(
        &self,
        session: &Self::Session,
        typed: &str,
    ) -> impl Future<Output = Result<String, Unanswered>> + Send;

    /// Asks for a code to the phone, or for another one; the whole answer, not only its words.
    fn send(
        &self,
        session: &Self::Session,
    ) -> impl Future<Output = Result<String, Unanswered>> + Send;

    /// The codes that came to the phones of the subject since this was last asked, the newest last.
    fn inbox(
        &self,
        subject: &SubjectId,
    ) -> impl Future<Output = Result<Vec<String>, Unanswered>> + Send;

    /// Makes new backup codes, from a session that was signed in just now.
    fn new_backup_codes(
        &self,
        session: &Self::Session,
    ) -> impl Future<Output = Result<Vec<String>, Unanswered>> + Send;
}

/// Why an [`Endpoint`] gave no answer.
///
/// Any error becomes one by `?`.
///
/// # Example
///
/// ```
/// use second_factor::{SubjectId, testkit::probe::Unanswered};
///
/// fn sign_up(name: &str) -> Result<SubjectId, Unanswered> {
///     Ok(SubjectId::new(name)?)
/// }
/// assert!(matches!(sign_up(""), Err(Unanswered::Broken(_))));
/// ```
#[derive(Debug)]
#[expect(clippy::exhaustive_enums, reason = "implementors make it, and there are two")]
pub enum Unanswered {
    /// The endpoint, or the way to it, failed.
    Broken(Box<dyn core::error::Error + Send + Sync>),
    /// The endpoint has no such thing.
    NotOffered,
}

impl<E: core::error::Error + Send + Sync + 'static> From<E> for Unanswered {
    fn from(error: E) -> Self {
        Self::Broken(Box::new(error))
    }
}
