//! Adding a factor: begun, then confirmed by its first code. Until then it proves nothing.

use core::fmt;

use super::{
    Authority, Decision, Enroller, Moment, Subject,
    app::{is_code, nobodys_secret},
    authority::{Basis, Right},
    limiter::{Gate, Limiter},
    sent::{Answer, SentCode},
    span::Span,
    state::{App, Id, Pending, PendingFactor, ProvenAddress},
};
use crate::{
    Address, Event, Handle, Purpose, Secret, UnixTime,
    factor::FactorKind,
    id::HandleKind,
    otp::{Found, KeyUri, Step, Totp},
    policy::{ENROLLMENT_LIFE, ENROLLMENT_TRIES, FailureLimits, MAX_EMAILS, MAX_PHONES},
    secret::{Base32Text, GENERATED_BYTES, SecretText},
    verdict::{Denial, Reason, Verified},
};

/// An authenticator app that waits for its first code.
///
/// Show the secret now: it is never shown again (FAILURES 69). Only the [`handle`](Self::handle)
/// must be kept until the code comes.
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

    /// What names it between two requests.
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

impl Subject<'_> {
    /// Begins to add an authenticator app, or to replace the one that stands.
    ///
    /// The one that stands goes on until the new one is confirmed (FAILURES 67).
    ///
    /// # Errors
    ///
    /// A [`Denial`]: the enroller has no right, or `account` cannot stand in a provisioning URI.
    pub fn enroll_totp(
        mut self,
        enroller: &Enroller,
        issuer: &str,
        account: &str,
        mut moment: Moment,
    ) -> Decision<Enrollment> {
        let now = moment.now();
        let on_word = self.check_enroller(enroller, now)?;
        // RFC 6238 §3 R5: a secret of its own for every enrollment.
        let drawn = zeroize::Zeroizing::new(moment.bytes::<GENERATED_BYTES>());
        let secret = Secret::new(&*drawn).map_err(|_| Denial::new(Reason::Malformed))?;
        let parameters = self.policy.totp();
        let uri = KeyUri::totp(issuer, account, &secret, parameters)
            .map_err(|_| Denial::new(Reason::Malformed))?;
        let id: Id = moment.bytes().into();
        self.put_pending(id, on_word, PendingFactor::App { secret, parameters }, now);
        let handle = Handle::new(HandleKind::Enrollment, *id);
        Ok(self.commit(&mut moment, Ok(Enrollment { handle, uri })))
    }

    /// Ends an enrollment with its first code; from then on the factor counts.
    ///
    /// # Errors
    ///
    /// A [`Denial`] that needs no write: what was typed is no code at all, or wrong codes were typed
    /// too often. Every other refusal comes out of the transition.
    pub fn confirm(
        mut self,
        enrollment: &Handle,
        typed: &str,
        mut moment: Moment,
    ) -> Decision<Verified> {
        let now = moment.now();
        if !is_code(typed, 6..=10) {
            return Err(Denial::new(Reason::Malformed));
        }
        if let Gate::Locked(until) = self.state.enrolling.gate(now) {
            return Err(Denial::until(Reason::Locked, until));
        }
        let is_it = |pending: &Pending| enrollment.is(HandleKind::Enrollment, &pending.id);
        let Some(at) = self.state.pendings.iter().position(is_it) else {
            let nobody = Totp::with(&nobodys_secret(), self.policy.totp());
            let _ = core::hint::black_box(nobody.find(typed, now, self.policy.window(), None));
            return self.refuse(&mut moment, Reason::NoSuch);
        };
        let pending = self.state.pendings.swap_remove(at);
        match self.first_code(&pending, typed, now) {
            Ok(last) => {
                let kind = pending.what.kind();
                let failures = self.state.enrolling.failures();
                self.state.enrolling.clear();
                self.install(pending, last, &mut moment);
                let verified = self.succeed(kind, Purpose::Enroll, failures, now);
                Ok(self.commit(&mut moment, Ok(verified)))
            }
            Err(Reason::Wrong) => {
                self.count_wrong_first_code(pending, now);
                Ok(self.commit(&mut moment, Err(Denial::new(Reason::Wrong))))
            }
            Err(reason) => {
                self.state.pendings.push(pending);
                self.refuse(&mut moment, reason)
            }
        }
    }

    /// Whether `typed` is the first code that `pending` waits for; for an app, at which step.
    fn first_code(
        &self,
        pending: &Pending,
        typed: &str,
        now: UnixTime,
    ) -> Result<Option<Step>, Reason> {
        if pending.life.is_over(now) {
            return Err(Reason::Expired);
        }
        match &pending.what {
            PendingFactor::App { secret, parameters } => {
                let totp = Totp::with(secret, *parameters);
                match totp.find(typed, now, self.policy.window(), None) {
                    Found::Fresh(step) => Ok(Some(step)),
                    Found::Nothing | Found::Used => Err(Reason::Wrong),
                }
            }
            PendingFactor::Address { address, sent } => {
                match sent.check(&self.draft(address.expose()), typed) {
                    _ if !sent.is_for(self.client.as_ref()) => Err(Reason::OtherClient),
                    _ if sent.is_over(now) => Err(Reason::Expired),
                    Answer::Right => Ok(None),
                    Answer::Earlier => Err(Reason::Superseded),
                    Answer::Wrong => Err(Reason::Wrong),
                }
            }
        }
    }

    /// Makes a confirmed enrollment a factor.
    fn install(&mut self, pending: Pending, last: Option<Step>, moment: &mut Moment) {
        let kind = pending.what.kind();
        if !self.is_protected() {
            // FAILURES 62: what somebody prepared before the first factor stood is gone with it.
            self.state.pendings.clear();
            self.state.challenges.clear();
        }
        self.state.pendings.retain(|other| !other.on_word);
        let replaces = match pending.what {
            PendingFactor::App { secret, parameters } => {
                // The first code is burned like any other: it does not sign in as well.
                let app = App { secret, parameters, last, limiter: Limiter::new() };
                self.state.app.replace(app).is_some()
            }
            PendingFactor::Address { address, .. } => self.install_address(address, moment),
        };
        if replaces {
            self.move_generation();
            self.events.push(Event::FactorReplaced(kind));
        } else {
            self.events.push(Event::FactorAdded(kind));
        }
    }

    /// Puts a proven address among the others; says whether it stood there already.
    fn install_address(&mut self, address: Address, moment: &mut Moment) -> bool {
        let stood = self.state.addresses.len();
        self.state.addresses.retain(|proven| proven.address != address);
        let replaces = self.state.addresses.len() < stood;
        // A new id: no challenge of the old one finds it.
        let id = moment.bytes().into();
        self.state.addresses.push(ProvenAddress { id, address, limiter: Limiter::new() });
        replaces
    }

    fn count_wrong_first_code(&mut self, mut pending: Pending, now: UnixTime) {
        self.events.push(Event::WrongProof(pending.what.kind()));
        // Waits, and never disables: there is nothing that could be enrolled again.
        let limits = FailureLimits { disable_at: u32::MAX, ..*self.policy.failures() };
        self.state.enrolling.fail(&limits, now);
        pending.wrong = pending.wrong.saturating_add(1);
        // FAILURES 68.
        if pending.wrong < ENROLLMENT_TRIES {
            self.state.pendings.push(pending);
        }
    }

    /// Puts an enrollment in the place of an unfinished one of its kind.
    pub(super) fn put_pending(
        &mut self,
        id: Id,
        on_word: bool,
        what: PendingFactor,
        now: UnixTime,
    ) {
        let kind = what.kind();
        self.state.pendings.retain(|pending| pending.what.kind() != kind);
        let life = Span::new(now, ENROLLMENT_LIFE);
        self.state.pendings.push(Pending { id, life, wrong: 0, on_word, what });
    }

    /// Whether `enroller` may add a factor; `true` when on the host's word alone.
    pub(super) fn check_enroller(
        &self,
        enroller: &Enroller,
        now: UnixTime,
    ) -> Result<bool, Denial> {
        self.require_record()?;
        if enroller.subject != self.id {
            return Err(Denial::new(Reason::Unauthorized));
        }
        match enroller.basis {
            Basis::Proven(right) => self.check_right(&right, now).map(|()| false),
            // FAILURES 70: a password alone adds nothing where a factor stands.
            Basis::Word if self.is_protected() => Err(Denial::new(Reason::Unauthorized)),
            Basis::Word => Ok(true),
        }
    }

    pub(super) fn check_authority(
        &self,
        authority: &Authority,
        now: UnixTime,
    ) -> Result<(), Denial> {
        self.require_record()?;
        if authority.subject != self.id {
            return Err(Denial::new(Reason::Unauthorized));
        }
        self.check_right(&authority.right, now)
    }

    fn check_right(&self, right: &Right, now: UnixTime) -> Result<(), Denial> {
        let age = u32::try_from(self.policy.management_age()).unwrap_or(0);
        let holds = self.version.is_some()
            && right.generation == self.state.generation
            && right.purpose.gives_authority()
            && !Span::new(right.at, age).is_over(now);
        if holds { Ok(()) } else { Err(Denial::new(Reason::Unauthorized)) }
    }

    /// Whether there is room for one more address of its kind, or it stands already.
    pub(super) fn check_room(&self, address: &Address) -> Result<(), Denial> {
        let most = match address.kind() {
            FactorKind::Email => MAX_EMAILS,
            FactorKind::App | FactorKind::Phone => MAX_PHONES,
        };
        let others =
            self.state.addresses.iter().filter(|proven| {
                proven.address.kind() == address.kind() && proven.address != *address
            });
        if others.count() < most { Ok(()) } else { Err(Denial::new(Reason::Full)) }
    }
}

impl Pending {
    pub(super) fn is_fault(&self, now: UnixTime) -> bool {
        let of_code = |sent: &SentCode| sent.is_fault(now);
        self.life.is_fault(now)
            || matches!(&self.what, PendingFactor::Address { sent, .. } if of_code(sent))
    }
}
