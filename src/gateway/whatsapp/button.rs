//! Buttons of WhatsApp templates.

use alloc::vec::Vec;

use serde_json::{Value, json};

use super::super::AppId;
use crate::message::AppHash;

/// The button with which the code reaches an app.
///
/// Autofill works on Android only. On other systems, the user sees a button that copies the code.
///
/// # Example
///
/// ```
/// use second_factor::{gateway::{AppId, whatsapp::Button}, message::AppHash};
///
/// let app = (AppId::new("com.example.app")?, AppHash::new("K8a/AINcGX7")?);
/// let button = Button::OneTap([app].into());
/// # let _ = button;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Button {
    /// The user copies the code and pastes it.
    CopyCode,
    /// The user taps the button, and one of these apps receives the code.
    OneTap(Vec<(AppId, AppHash)>),
    /// One of these apps receives the code without a tap.
    ///
    /// With this button, you declare to Meta that you accepted its terms. The terms require you to
    /// inform the user beforehand.
    ZeroTapTermsAccepted(Vec<(AppId, AppHash)>),
}

impl Button {
    pub(super) fn has_fair_apps(&self) -> bool {
        match self {
            Self::CopyCode => true,
            Self::OneTap(apps) | Self::ZeroTapTermsAccepted(apps) => (1..=5).contains(&apps.len()),
        }
    }

    pub(super) fn json(&self) -> Value {
        let supported = |apps: &[(AppId, AppHash)]| -> Vec<Value> {
            let app = |(app, hash): &(AppId, AppHash)| {
                let (name, hash) = (app.as_str(), hash.as_str());
                json!({ "package_name": name, "signature_hash": hash })
            };
            apps.iter().map(app).collect()
        };
        match self {
            Self::CopyCode => json!({ "type": "otp", "otp_type": "copy_code" }),
            Self::OneTap(apps) => {
                json!({ "type": "otp", "otp_type": "one_tap", "supported_apps": supported(apps) })
            }
            Self::ZeroTapTermsAccepted(apps) => json!({
                "type": "otp",
                "otp_type": "zero_tap",
                "zero_tap_terms_accepted": true,
                "supported_apps": supported(apps),
            }),
        }
    }
}
