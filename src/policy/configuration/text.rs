//! Values that a configuration writes as strings.

use core::{fmt, marker::PhantomData, time::Duration};

use serde::de::{Deserialize, Deserializer, Error, Unexpected, Visitor};

use crate::{
    channel::Channel,
    factor::FactorKind,
    otp::Algorithm,
    policy::{Absent, LateEnrollment, Notices, Policy, SignInByRead, SupportCodeUse},
    time::UnixTime,
};

/// The maximum length of a value.
const LONGEST: usize = 64;

/// A value that is written as a string.
pub(super) struct Text<T>(pub(super) T);

pub(super) trait FromText: Sized {
    /// The expected format, for the error message.
    const EXPECTED: &'static str;

    fn from_text(text: &str) -> Option<Self>;
}

impl<'de, T: FromText> Deserialize<'de> for Text<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_str(TextVisitor(PhantomData))
    }
}

struct TextVisitor<T>(PhantomData<T>);

impl<T: FromText> Visitor<'_> for TextVisitor<T> {
    type Value = Text<T>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(T::EXPECTED)
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Text<T>, E> {
        // A longer string is not read, and the error contains no copy of it.
        let text = if text.len() > LONGEST { "…" } else { text };
        let value = T::from_text(text).map(Text);
        value.ok_or_else(|| E::invalid_value(Unexpected::Str(text), &self))
    }
}

impl FromText for Absent {
    const EXPECTED: &'static str = "\"refuse\" or \"unprotected\"";

    fn from_text(text: &str) -> Option<Self> {
        match text {
            "refuse" => Some(Self::Refuse),
            "unprotected" => Some(Self::Unprotected),
            _ => None,
        }
    }
}

impl FromText for Algorithm {
    const EXPECTED: &'static str = "\"sha1\", \"sha256\" or \"sha512\"";

    fn from_text(text: &str) -> Option<Self> {
        match text {
            "sha1" => Some(Self::Sha1),
            "sha256" => Some(Self::Sha256),
            "sha512" => Some(Self::Sha512),
            _ => None,
        }
    }
}

impl FromText for Channel {
    const EXPECTED: &'static str = "\"sms\", \"voice\" or \"whatsapp\"";

    fn from_text(text: &str) -> Option<Self> {
        let phone = [Self::Sms, Self::Voice, Self::WhatsApp];
        phone.into_iter().find(|channel| channel.as_str() == text)
    }
}

/// A number and its unit. A `5` without a unit could be seconds or minutes.
impl FromText for Duration {
    const EXPECTED: &'static str = "a time such as \"30s\", \"5m\", \"1h\" or \"30d\"";

    fn from_text(text: &str) -> Option<Self> {
        let (end, unit) = text.char_indices().next_back()?;
        let unit_secs = match unit {
            's' => 1,
            'm' => 60,
            'h' => 3_600,
            'd' => 86_400,
            _ => return None,
        };
        Some(Self::from_secs(number(text.get(..end)?)?.checked_mul(unit_secs)?))
    }
}

impl FromText for FactorKind {
    const EXPECTED: &'static str = "\"backup_code\", \"email\", \"hotp\", \"phone\", \
        \"security_key\", \"sign_in_request\" or \"totp\"";

    fn from_text(text: &str) -> Option<Self> {
        text.parse().ok()
    }
}

impl FromText for LateEnrollment {
    const EXPECTED: &'static str = "\"after_address\" or \"after_any_first_factor\"";

    fn from_text(text: &str) -> Option<Self> {
        match text {
            "after_address" => Some(Self::AfterAddress),
            "after_any_first_factor" => Some(Self::AfterAnyFirstFactor),
            _ => None,
        }
    }
}

impl FromText for SignInByRead {
    const EXPECTED: &'static str = "\"accept\" or \"confirm\"";

    fn from_text(text: &str) -> Option<Self> {
        match text {
            "accept" => Some(Self::Accept),
            "confirm" => Some(Self::Confirm),
            _ => None,
        }
    }
}

impl FromText for SupportCodeUse {
    const EXPECTED: &'static str = "\"enroll\" or \"sign_in\"";

    fn from_text(text: &str) -> Option<Self> {
        match text {
            "enroll" => Some(Self::Enroll),
            "sign_in" => Some(Self::SignIn),
            _ => None,
        }
    }
}

impl FromText for Notices {
    const EXPECTED: &'static str = "\"left_to_application\" or \"sent\"";

    fn from_text(text: &str) -> Option<Self> {
        match text {
            "left_to_application" => Some(Self::LeftToApplication),
            "sent" => Some(Self::Sent),
            _ => None,
        }
    }
}

/// A preset.
impl FromText for Policy {
    const EXPECTED: &'static str = "\"pci\" or \"psd2\"";

    fn from_text(text: &str) -> Option<Self> {
        match text {
            "pci" => Some(Self::pci()),
            "psd2" => Some(Self::psd2()),
            _ => None,
        }
    }
}

/// A time in UTC, in a single form of RFC 3339. A number of seconds since 1970 could be
/// milliseconds by mistake, and the date would never come.
impl FromText for UnixTime {
    const EXPECTED: &'static str = "a time such as \"2030-01-31T00:00:00Z\"";

    fn from_text(text: &str) -> Option<Self> {
        let (date, time) = text.strip_suffix('Z')?.split_once('T')?;
        let [year, month, day] = numbers(date, '-', [4, 2, 2])?;
        let [hour, minute, second] = numbers(time, ':', [2, 2, 2])?;
        let is_time = hour < 24 && minute < 60 && second < 60;
        let days_before = (1970..year).map(days_of_year).sum::<u64>();
        let mut months =
            MONTHS.into_iter().map(|days| days + u64::from(days == FEBRUARY && is_leap(year)));
        let before: u64 = months.by_ref().take(usize::try_from(month.checked_sub(1)?).ok()?).sum();
        let is_date = year >= 1970 && (1..=months.next()?).contains(&day);
        let days = days_before + before + day.checked_sub(1)?;
        let secs = days * 86_400 + hour * 3_600 + minute * 60 + second;
        (is_date && is_time).then_some(Self::from_secs(secs))
    }
}

/// Returns the numbers of `text`, each with its expected count of digits.
fn numbers(text: &str, separator: char, digits: [usize; 3]) -> Option<[u64; 3]> {
    let mut parts = text.split(separator);
    let mut found = [0; 3];
    for (place, digits) in found.iter_mut().zip(digits) {
        *place = number(parts.next().filter(|part| part.len() == digits)?)?;
    }
    parts.next().is_none().then_some(found)
}

/// Returns a number from digits only. The standard parser also accepts a sign.
fn number(text: &str) -> Option<u64> {
    if text.bytes().all(|byte| byte.is_ascii_digit()) { text.parse().ok() } else { None }
}

const fn days_of_year(year: u64) -> u64 {
    if is_leap(year) { 366 } else { 365 }
}

const fn is_leap(year: u64) -> bool {
    year % 4 == 0 && (year % 100 != 0 || year % 400 == 0)
}

const FEBRUARY: u64 = 28;
const MONTHS: [u64; 12] = [31, FEBRUARY, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];
