//! What a code is for. Decides nothing.

/// What a code is for. A code made for one purpose is refused for any other (OWASP ASVS 5.0.0
/// 6.6.2).
///
/// # Example
///
/// ```
/// use second_factor::Purpose;
///
/// assert_ne!(Purpose::SignIn, Purpose::StepUp);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Purpose {
    /// Confirming a new factor. Only `confirm` proves for it.
    Enroll,
    /// Changing factors: adding, replacing, removing.
    Manage,
    /// Signing in, after the host has checked the first factor.
    SignIn,
    /// One sensitive action within a session.
    StepUp,
}

impl Purpose {
    /// The number that stands for it in records and hashes. Never changes, never used again.
    pub(crate) const fn tag(self) -> u8 {
        match self {
            Self::SignIn => 1,
            Self::Manage => 2,
            Self::StepUp => 3,
            Self::Enroll => 4,
        }
    }

    pub(crate) const fn from_tag(tag: u8) -> Option<Self> {
        match tag {
            1 => Some(Self::SignIn),
            2 => Some(Self::Manage),
            3 => Some(Self::StepUp),
            4 => Some(Self::Enroll),
            _ => None,
        }
    }

    /// Whether a proof for it, while fresh, gives the right to change factors.
    pub(crate) const fn gives_authority(self) -> bool {
        matches!(self, Self::Enroll | Self::Manage | Self::SignIn)
    }
}
