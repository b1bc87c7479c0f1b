//! Adding a factor: begun, then confirmed by its first code. Until then it proves nothing.

use alloc::string::String;
use core::fmt;

use super::{
    Checked, Decision, Enroller, HotpToken, Subject,
    app::is_code,
    fields::Id,
    limiter::{Gate, Limiter},
    sent::{Answer, StoredCode},
    span::Span,
    state::{HotpFactor, NewFactor, OpenEnrollment, ProvenAddress, Times, TotpFactor},
    token::Typed,
};
use crate::{
    Address, Handle, Purpose, Secret, UnixTime,
    address::AddressKind,
    event::Event,
    factor::{FactorKind, FactorSet},
    id::HandleKind,
    message::Sender,
    otp::{Found, InvalidKeyUri, KeyUri, Step, Totp},
    policy::{ENROLLMENT_ATTEMPTS, ENROLLMENT_LIFE, MAX_EMAILS, MAX_PHONES},
    secret::{Base32Text, GENERATED_BYTES, SecretText},
    verdict::{Denial, Reason, Verified},
};

/// An authenticator app that waits for its first code.
///
/// Show the secret now: it is never shown again ([FAILURES 69](crate::manual::threats)). Only the
/// [`handle`](Self::handle) must be kept until the code comes.
///
/// # Example
///
/// ```
/// use second_factor::subject::Enrollment;
///
/// fn page(enrollment: &Enrollment) -> String {
///     format!(
///         "{}<p>or type {}</p><input type=hidden name=enrollment value={}>",
///         enrollment.qr().expose_svg().expose(),
///         enrollment.expose_secret().expose(),
///         enrollment.handle(),
///     )
/// }
/// # let _ = page;
/// ```
pub struct Enrollment {
    handle: Handle,
    uri: KeyUri,
}

impl Enrollment {
    /// The secret as text, for people whose app cannot read the QR code.
    #[must_use]
    pub fn expose_secret(&self) -> Base32Text {
        self.uri.secret().expose_base32()
    }

    /// The text that an authenticator app reads, usually from a QR code.
    #[must_use]
    pub fn expose_uri(&self) -> SecretText {
        self.uri.expose_uri()
    }

    /// The text to keep between two requests.
    #[must_use]
    pub const fn handle(&self) -> &Handle {
        &self.handle
    }
}

impl AsRef<Handle> for Enrollment {
    fn as_ref(&self) -> &Handle {
        &self.handle
    }
}

impl fmt::Debug for Enrollment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Enrollment").finish_non_exhaustive()
    }
}

/// What an authenticator app shows beside the issuer, usually an email address.
///
/// # Input
///
/// 1 to 255 bytes, without colons and control characters and not beginning with a space: what a
/// provisioning URI can hold ([`KeyUri`]).
///
/// # Example
///
/// ```
/// use second_factor::subject::Account;
///
/// assert!(Account::new("alice@example.com").is_ok());
/// assert!(Account::new("https://example.com").is_err());
/// ```
#[derive(Clone)]
pub struct Account(String);

impl Account {
    /// The account with this name.
    ///
    /// # Errors
    ///
    /// [`InvalidKeyUri`] says what a provisioning URI cannot hold.
    pub fn new(name: &str) -> Result<Self, InvalidKeyUri> {
        KeyUri::check_account(name)?;
        Ok(Self(name.into()))
    }
}

impl fmt::Debug for Account {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Account(redacted)")
    }
}

impl Subject<'_> {
    /// Begins to add an authenticator app, or to replace the one that stands.
    ///
    /// The one that stands goes on until the new one is confirmed
    /// ([FAILURES 67](crate::manual::threats)).
    ///
    /// # Errors
    ///
    /// A [`Denial`]: the enroller has no right.
    #[expect(clippy::missing_panics_doc, reason = "what is expected there cannot fail")]
    pub fn enroll_totp(
        mut self,
        enroller: &Enroller,
        sender: &Sender,
        account: &Account,
    ) -> Decision<Enrollment> {
        self.check_enroller(enroller)?;
        self.check_kind(FactorKind::Totp)?;
        // RFC 6238 §3 R5: a secret of its own for every enrollment.
        let drawn = crate::wiped::Wiped::new(self.moment.bytes::<GENERATED_BYTES>());
        let secret = Secret::new(&*drawn).expect("20 bytes are neither too few nor too many");
        let parameters = self.policy.totp();
        let uri = KeyUri::totp(sender.issuer(), &account.0, &secret, parameters).expect(
            "`Sender` and `Account` take no name, and `Policy` no start, that a URI refuses",
        );
        let id: Id = self.moment.bytes().into();
        self.begin_enrollment(id, NewFactor::Totp { secret, parameters }, enroller);
        let handle = Handle::new(HandleKind::Enrollment, *id);
        Ok(self.commit(Ok(Enrollment { handle, uri })))
    }

    /// Begins to add a token that counts, or to replace the one that stands.
    ///
    /// # Errors
    ///
    /// A [`Denial`]: the enroller has no right.
    pub fn enroll_hotp(mut self, enroller: &Enroller, token: &HotpToken) -> Decision<Handle> {
        self.check_enroller(enroller)?;
        self.check_kind(FactorKind::Hotp)?;
        let id: Id = self.moment.bytes().into();
        self.begin_enrollment(id, NewFactor::Hotp { token: token.0.clone() }, enroller);
        Ok(self.commit(Ok(Handle::new(HandleKind::Enrollment, *id))))
    }

    /// Ends an enrollment with its first code; from then on the factor counts.
    ///
    /// # Errors
    ///
    /// A [`Denial`] that needs no write: what was typed is no code at all, or wrong codes were typed
    /// too often. Every other refusal comes out of the transition.
    pub fn confirm(mut self, enrollment: &Handle, typed: &str) -> Decision<Checked> {
        if !is_code(typed, 6..=10) {
            return Err(Denial::new(Reason::Malformed));
        }
        if let Gate::Locked(until) = self.state.enrolling.gate(self.now()) {
            return Err(Denial::until(Reason::Locked, until));
        }
        let is_it = |open: &OpenEnrollment| enrollment.is(HandleKind::Enrollment, &open.id);
        let Some(place) = self.state.enrollments.iter().position(is_it) else {
            self.do_dummy_totp_check(typed);
            return self.refuse(Reason::NotFound);
        };
        let open = self.state.enrollments.swap_remove(place);
        match self.first_code(&open, typed) {
            Ok(last) => {
                let failures = self.state.enrolling.failures();
                self.end_first_code(open, last, failures)
            }
            Err(Reason::Incorrect) if open.is_remote() => {
                let id = open.id;
                self.state.enrollments.push(open);
                self.try_remote(id, typed)
            }
            Err(Reason::Incorrect) => {
                self.count_wrong_first_code(open);
                Ok(self.commit(Err(Denial::new(Reason::Incorrect))))
            }
            Err(reason) => {
                self.state.enrollments.push(open);
                self.refuse(reason)
            }
        }
    }

    /// The first code was right, after so many failures.
    pub(super) fn end_first_code(
        mut self,
        open: OpenEnrollment,
        last: Option<Step>,
        failures: u32,
    ) -> Decision<Checked> {
        let kind = open.factor.kind();
        self.state.enrolling.clear();
        if let NewFactor::Address { address, .. } = &open.factor {
            self.conversion = self.conversion_of(address);
        }
        self.install(open.factor, last);
        self.end_enrollment(kind, open.with_pin, failures, Checked::Verified)
    }

    /// What comes of an enrollment whose factor counts from now on.
    pub(super) fn end_enrollment<T>(
        mut self,
        kind: FactorKind,
        with_pin: bool,
        failures: u32,
        answer: impl FnOnce(Verified) -> T,
    ) -> Decision<T> {
        self.record_success(kind, Purpose::Enroll, failures);
        let proven = FactorSet::of(&[kind]);
        let proven = if with_pin { proven.with(FactorKind::Pin) } else { proven };
        let verified = self.verified(Purpose::Enroll, proven);
        Ok(self.commit(Ok(answer(verified))))
    }

    /// Whether `typed` is the first code that `open` waits for; for an app or a token, at which step.
    fn first_code(&self, open: &OpenEnrollment, typed: &str) -> Result<Option<Step>, Reason> {
        let now = self.now();
        let (answer, digits, void) = match &open.factor {
            NewFactor::Totp { secret, parameters } => {
                let totp = Totp::with(secret, *parameters);
                let answer = match totp.find(typed, now, self.policy.window(), None) {
                    Found::Fresh(step) => Ok(Some(step)),
                    Found::Nothing | Found::Used => Err(Reason::Incorrect),
                };
                (answer, parameters.digits().count(), None)
            }
            NewFactor::Hotp { token } => {
                let found = token.find(&Typed::Code(typed), self.policy.look_ahead());
                (found.map(Some).ok_or(Reason::Incorrect), token.digits().count(), None)
            }
            NewFactor::Address { address, sent } => {
                let answer = match sent.check(&self.draft(address.expose()), typed) {
                    Answer::Correct => Ok(None),
                    Answer::Earlier => Err(Reason::Superseded),
                    Answer::Incorrect => Err(Reason::Incorrect),
                };
                let void = match sent {
                    sent if !sent.is_for(self.client.as_ref()) => Some(Reason::OtherClient),
                    sent if sent.is_over(now) => Some(Reason::Expired),
                    _ => None,
                };
                (answer, sent.digits, void)
            }
        };
        if open.life.is_over(now) || self.check_reset().is_err() {
            return Err(Reason::Expired);
        }
        if let Some(reason) = void {
            return Err(reason);
        }
        if usize::from(digits) != typed.len() {
            return Err(Reason::Malformed);
        }
        answer
    }

    /// Makes a confirmed enrollment a factor.
    fn install(&mut self, factor: NewFactor, last: Option<Step>) {
        let (kind, was_protected) = (factor.kind(), self.state.factors.protect());
        let times = Times::new(self.now());
        let replaces = match factor {
            NewFactor::Totp { secret, parameters } => {
                // The first code is burned like any other: it does not sign in as well.
                let app = TotpFactor { secret, parameters, last, limiter: Limiter::new(), times };
                self.state.factors.totp.replace(app).is_some()
            }
            NewFactor::Address { address, .. } => self.install_address(address),
            NewFactor::Hotp { mut token } => {
                if let Some(matched) = last {
                    token.accept(matched);
                }
                let (limiter, resync) = (Limiter::new(), Limiter::new());
                let token = HotpFactor { token, limiter, resync, times };
                self.state.factors.hotp.replace(token).is_some()
            }
        };
        let event = match replaces {
            true => Event::FactorReplaced(kind),
            false => Event::FactorAdded(kind),
        };
        self.note_installed(event, was_protected);
    }

    /// What follows from a factor that counts from now on.
    pub(super) fn note_installed(&mut self, event: Event, was_protected: bool) {
        // FAILURES 62: what was prepared or proven before the first factor stood is gone with it, as
        // is what was proven with a factor that was replaced (STD N-23).
        let replaces = matches!(event, Event::FactorReplaced(_));
        if replaces || was_protected != self.state.factors.protect() {
            self.advance_epoch();
        }
        self.state.registering.know();
        self.events.push(event);
    }

    /// Puts a proven address among the others; says whether it stood there already.
    pub(super) fn install_address(&mut self, address: Address) -> bool {
        let stood = self.state.factors.addresses.len();
        self.state.factors.addresses.retain(|proven| proven.address != address);
        let replaces = self.state.factors.addresses.len() < stood;
        let is_factor = match address.kind() {
            AddressKind::Email => self.is_email_a_factor(),
            AddressKind::Phone => true,
            AddressKind::Push => false,
        };
        // A new id: no challenge of the old one finds it.
        let id = self.moment.bytes().into();
        let times = Times::new(self.now());
        let proven = ProvenAddress {
            id,
            address,
            limiter: Limiter::new(),
            is_factor,
            times,
            takes_whatsapp: false,
        };
        self.state.factors.addresses.push(proven);
        replaces
    }

    fn count_wrong_first_code(&mut self, mut open: OpenEnrollment) {
        self.events.push(Event::IncorrectProof(open.factor.kind()));
        // Waits, and never disables: there is nothing that could be enrolled again.
        let limits = self.policy.failures_without_end();
        self.state.enrolling.fail(&limits, self.moment.now());
        open.wrong = open.wrong.saturating_add(1);
        // FAILURES 68.
        if open.wrong < ENROLLMENT_ATTEMPTS {
            self.state.enrollments.push(open);
        }
    }

    /// Puts an enrollment in the place of an unfinished one of its kind.
    pub(super) fn begin_enrollment(&mut self, id: Id, factor: NewFactor, enroller: &Enroller) {
        let kind = factor.kind();
        self.state.enrollments.retain(|open| open.factor.kind() != kind);
        let life = Span::new(self.now(), ENROLLMENT_LIFE);
        let with_pin = enroller.has_pin();
        self.state.enrollments.push(OpenEnrollment { id, life, wrong: 0, factor, with_pin });
    }
}

impl OpenEnrollment {
    fn is_remote(&self) -> bool {
        matches!(&self.factor, NewFactor::Address { sent, .. } if sent.remote().is_some())
    }

    pub(super) fn is_in_future(&self, now: UnixTime) -> bool {
        let of_code = |sent: &StoredCode| sent.is_in_future(now);
        self.life.is_in_future(now)
            || matches!(&self.factor, NewFactor::Address { sent, .. } if of_code(sent))
    }
}

/// How many addresses of a kind a subject may have.
pub(super) const fn most_of(kind: AddressKind) -> usize {
    match kind {
        AddressKind::Email => MAX_EMAILS,
        AddressKind::Phone => MAX_PHONES,
        AddressKind::Push => 0,
    }
}
