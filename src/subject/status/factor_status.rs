//! Status of one factor.

use alloc::string::String;
use core::fmt;

use crate::{
    address::Address,
    factor::FactorKind,
    id::ItemId,
    subject::record::{
        factor_summary::FactorSummary,
        factor_times::FactorTimes,
        lane::Lane,
        limiter::LockState,
        pin::{PinFactor, PinReset},
    },
    time::UnixTime,
};

/// The status of one enrolled factor.
///
/// # Example
///
/// ```
/// use second_factor::status::{FactorState, FactorStatus};
///
/// fn line(factor: &FactorStatus) -> String {
///     let name = factor.masked().unwrap_or("authenticator app");
///     match factor.state() {
///         FactorState::Disabled => format!("{name}: enroll it again"),
///         FactorState::Locked(until) => format!("{name}: locked until {}", until.as_secs()),
///         _ => format!("{name}: last used {}", factor.last_used_at().as_secs()),
///     }
/// }
/// # let _ = line;
/// ```
pub struct FactorStatus {
    kind: FactorKind,
    id: ItemId,
    label: Option<String>,
    masked: Option<String>,
    is_factor: bool,
    takes_whatsapp: bool,
    is_withdrawn: bool,
    times: FactorTimes,
    state: FactorState,
}

impl FactorStatus {
    pub(crate) fn new(factor: &FactorSummary<'_>, now: UnixTime) -> Self {
        Self {
            kind: factor.kind,
            id: factor.id,
            label: factor.label.map(String::from),
            masked: factor.address.map(Address::masked),
            is_factor: factor.protects,
            takes_whatsapp: factor.takes_whatsapp,
            is_withdrawn: factor.is_withdrawn,
            times: factor.times,
            state: factor.lock_state(Lane::Passed, now).into(),
        }
    }

    /// Returns the time at which the factor was confirmed (NIST SP 800-63B-4 §4.1).
    #[must_use]
    pub const fn enrolled_at(&self) -> UnixTime {
        self.times.enrolled_at()
    }

    /// Returns the id of the factor, for forms.
    ///
    /// [`revoke`](crate::Verifier::revoke) accepts the id. If the factor is an address,
    /// [`send_code`](crate::Verifier::send_code) accepts it too. A masked number does not identify
    /// an address, because two numbers may have the same mask.
    #[must_use]
    pub const fn id(&self) -> &ItemId {
        &self.id
    }

    /// Returns whether the entry is a factor, and not only a recovery address.
    #[must_use]
    pub const fn is_factor(&self) -> bool {
        self.is_factor
    }

    /// Returns the user's name for an authenticator app or a security key.
    ///
    /// Escape the name in pages.
    ///
    /// It is `None` for an app without a name and for other kinds of factors. See
    /// [`Verifier::rename`](crate::Verifier::rename).
    #[must_use]
    pub fn label(&self) -> Option<&str> {
        self.label.as_deref()
    }

    /// Returns whether the address has been withdrawn and must be proven again.
    ///
    /// An address that was proven before protection began may be an attacker's. It receives no
    /// code, but is still notified. [Enroll](crate::Verifier::enroll_address) it again after a
    /// recent proof, or [revoke](crate::Verifier::revoke) it.
    #[must_use]
    pub const fn is_withdrawn(&self) -> bool {
        self.is_withdrawn
    }

    /// Returns the kind of the factor.
    #[must_use]
    pub const fn kind(&self) -> FactorKind {
        self.kind
    }

    /// Returns the time of the last use of the factor.
    #[must_use]
    pub const fn last_used_at(&self) -> UnixTime {
        self.times.last_used_at()
    }

    /// Returns the masked address, or `None` for other factors.
    ///
    /// Two addresses may have the same masked form.
    #[must_use]
    pub fn masked(&self) -> Option<&str> {
        self.masked.as_deref()
    }

    /// Returns whether the factor accepts attempts.
    #[must_use]
    pub const fn state(&self) -> FactorState {
        self.state
    }

    /// Returns whether the user allows codes by WhatsApp.
    ///
    /// See [`Verifier::set_whatsapp`](crate::Verifier::set_whatsapp).
    #[must_use]
    pub const fn takes_whatsapp(&self) -> bool {
        self.takes_whatsapp
    }
}

impl fmt::Debug for FactorStatus {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // The masked address is only for its owner, and must not appear in a log.
        f.debug_struct("FactorStatus")
            .field("kind", &self.kind)
            .field("is_factor", &self.is_factor)
            .field("state", &self.state)
            .finish_non_exhaustive()
    }
}

/// Whether a factor accepts attempts.
///
/// # Example
///
/// See [`FactorStatus`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum FactorState {
    /// The factor failed too often, and must be enrolled again or unlocked by support.
    Disabled,
    /// The factor failed too often, and accepts attempts again at this time.
    Locked(UnixTime),
    /// The factor accepts attempts.
    Open,
}

impl From<LockState> for FactorState {
    fn from(state: LockState) -> Self {
        match state {
            LockState::Disabled => Self::Disabled,
            LockState::Locked(until) => Self::Locked(until),
            LockState::Open => Self::Open,
        }
    }
}

/// The status of the PIN.
///
/// It contains the times of the PIN, its lock, its next reminder, and a pending reset.
///
/// # Example
///
/// ```
/// use second_factor::{Status, UnixTime};
///
/// fn asks_for_rehearsal(status: &Status, now: UnixTime) -> bool {
///     status.pin().is_some_and(|pin| pin.remind_at() <= now)   // then `Verifier::rehearse_pin`
/// }
/// # let _ = asks_for_rehearsal;
/// ```
#[derive(Clone, Debug)]
pub struct PinStatus {
    id: ItemId,
    times: FactorTimes,
    state: FactorState,
    remind_at: UnixTime,
    reset_at: Option<UnixTime>,
}

impl PinStatus {
    pub(crate) fn new(pin: &PinFactor, state: LockState) -> Self {
        Self {
            id: ItemId::of_factor(FactorKind::Pin, pin.times.enrolled_at()),
            times: pin.times,
            state: state.into(),
            remind_at: pin.reminder.ends_at(),
            reset_at: pin.reset.as_ref().map(PinReset::ends_at),
        }
    }

    /// Returns the id of the PIN, for [`revoke`](crate::Verifier::revoke).
    #[must_use]
    pub const fn id(&self) -> &ItemId {
        &self.id
    }

    /// Returns the time at which the PIN was set or last changed.
    #[must_use]
    pub const fn enrolled_at(&self) -> UnixTime {
        self.times.enrolled_at()
    }

    /// Returns the time at which the PIN was last entered correctly.
    #[must_use]
    pub const fn last_used_at(&self) -> UnixTime {
        self.times.last_used_at()
    }

    /// Returns the time at which the user should rehearse the PIN.
    ///
    /// Rehearsals help the user to remember it. Ask with
    /// [`Verifier::rehearse_pin`](crate::Verifier::rehearse_pin).
    #[must_use]
    pub const fn remind_at(&self) -> UnixTime {
        self.remind_at
    }

    /// Returns the time at which the PIN will be removed.
    ///
    /// Returns `None` if no reset was requested.
    #[must_use]
    pub const fn reset_at(&self) -> Option<UnixTime> {
        self.reset_at
    }

    /// Returns whether the PIN accepts attempts.
    #[must_use]
    pub const fn state(&self) -> FactorState {
        self.state
    }
}
