//! The text that a session stores.

use second_factor::{Challenge, Channel, FirstFactor, Handle, SubjectId, UnixTime};
use serde::{Deserialize, Serialize};

use crate::failure::Failure;

/// The state of one session, on the server.
#[derive(Clone, Default, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct Data {
    pub(crate) subject: Option<SubjectId>,
    pub(crate) label: String,
    pub(crate) first: Option<FirstFactor>,
    pub(crate) policy: Option<String>,
    pub(crate) language: Option<String>,
    pub(crate) stage: Stage,
    /// Binds codes and grants to this session.
    pub(crate) binding: String,
    pub(crate) epoch: u64,
    pub(crate) epoch_checked_at: u64,
    pub(crate) good_until: Option<u64>,
    pub(crate) first_factor_at: u64,
    /// Whether a second factor was proven in this session.
    pub(crate) is_proven: bool,
    /// Whether the session began at a device with a token. It ends when the device is removed.
    pub(crate) is_at_device: bool,
    /// The grant of the last proof, valid for some minutes.
    pub(crate) grant: Option<String>,
    pub(crate) flow: Option<FlowState>,
    pub(crate) enrollment: Option<PendingEnrollment>,
    /// The page to open afterwards.
    pub(crate) then: Option<String>,
    /// A form that waits for a step-up.
    pub(crate) held: Option<HeldForm>,
    /// Whether a form of the application was posted with a stale step-up, and must be sent again.
    pub(crate) form_was_lost: bool,
    pub(crate) flash: Option<Flash>,
}

/// What the session permits.
#[derive(Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Stage {
    /// The first factor was correct, and a second one is required.
    #[default]
    Proving,
    /// The first factor was correct, and a second one must be enrolled.
    Enrolling,
    /// The settings are open after a recovery, which is not a sign-in.
    Recovering,
    SignedIn,
}

/// A message that the next page shows once.
#[derive(Clone, Serialize, Deserialize)]
pub(crate) enum Flash {
    Success(String),
    Error(String),
}

/// A form that was posted with a stale step-up, without secrets.
#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct HeldForm {
    pub(crate) action: String,
    pub(crate) what: String,
    pub(crate) fields: Vec<(String, String)>,
}

/// An enrollment that waits for its first code.
#[derive(Clone, Serialize, Deserialize)]
pub(crate) enum PendingEnrollment {
    Address(SentCode),
    Hotp(String),
    SecurityKey(String),
    Totp(String),
}

/// The purpose of a proof.
#[derive(Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Flow {
    Recover,
    SignIn,
    StepUp,
}

/// A flow between two requests.
#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct FlowState {
    pub(crate) flow: Flow,
    /// Whether the last proof should also make this browser trusted.
    pub(crate) trust: bool,
    pub(crate) sent_code: Option<SentCode>,
    pub(crate) ceremony: Option<String>,
    pub(crate) request: Option<OpenRequest>,
    pub(crate) pin: Option<PinStep>,
    /// The first of two proofs.
    pub(crate) partial_proof: Option<String>,
}

impl FlowState {
    pub(crate) const fn new(flow: Flow) -> Self {
        Self {
            flow,
            trust: false,
            sent_code: None,
            ceremony: None,
            request: None,
            pin: None,
            partial_proof: None,
        }
    }
}

/// A sign-in request without an answer.
#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct OpenRequest {
    #[serde(rename = "id")]
    pub(crate) handle: String,
    /// The number that the user enters on the trusted device.
    pub(crate) number: String,
    pub(crate) expires_at: u64,
}

/// A correct proof that requires the PIN.
#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct PinStep {
    pub(crate) handle: String,
    /// The emailed code that removes the PIN.
    pub(crate) reset_code: Option<SentCode>,
}

/// A sent code.
#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct SentCode {
    pub(crate) handle: String,
    /// The id of the address.
    pub(crate) address: String,
    pub(crate) masked: String,
    pub(crate) digits: u8,
    pub(crate) expires_at: u64,
    pub(crate) resend_at: Option<u64>,
    pub(crate) alternatives: Vec<Alternative>,
}

/// Another channel for the code, and when it is available.
#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct Alternative {
    pub(crate) channel: Channel,
    pub(crate) available_at: u64,
}

impl SentCode {
    pub(crate) fn new(challenge: &Challenge, address: String) -> Self {
        let alternatives = challenge.alternatives().iter().map(|alternative| Alternative {
            channel: alternative.channel(),
            available_at: alternative.available_at().as_secs(),
        });
        Self {
            handle: challenge.handle().to_string(),
            address,
            masked: challenge.masked().to_owned(),
            digits: challenge.digits(),
            expires_at: challenge.expires_at().as_secs(),
            resend_at: challenge.resend_at().map(UnixTime::as_secs),
            alternatives: alternatives.collect(),
        }
    }
}

/// Parses a handle that the session or a client returned.
pub(crate) fn handle(text: &str) -> Result<Handle, Failure> {
    text.parse().map_err(|_| Failure::OutOfDate)
}
