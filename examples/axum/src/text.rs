//! Texts in the language of the user.

mod german;

/// The texts of one language.
///
/// The English text is the name of a text. A text without a translation appears in English.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Text {
    English,
    German,
}

impl Text {
    /// Returns the first known language of the header `Accept-Language`, by its weights.
    pub(crate) fn preferred(accepted: &str) -> Self {
        let mut languages: Vec<(f32, Self)> = accepted
            .split(',')
            .filter_map(|range| {
                let (tag, weight) = range.split_once(";q=").unwrap_or((range, "1"));
                let weight: f32 = weight.trim().parse().ok()?;
                Some((weight, Self::of_tag(tag.trim())?)).filter(|_| weight > 0.0)
            })
            .collect();
        languages.sort_by(|(one, _), (other, _)| other.total_cmp(one));
        languages.first().map_or(Self::English, |(_, language)| *language)
    }

    /// Returns the language of a tag such as `de-AT`.
    pub(crate) fn of_tag(tag: &str) -> Option<Self> {
        match tag.split('-').next().unwrap_or_default().to_ascii_lowercase().as_str() {
            "de" => Some(Self::German),
            "en" => Some(Self::English),
            _ => None,
        }
    }

    pub(crate) const fn tag(self) -> &'static str {
        match self {
            Self::English => "en",
            Self::German => "de",
        }
    }

    /// Returns the translation of an English text.
    pub(crate) fn of(self, english: &'static str) -> &'static str {
        match self {
            Self::English => english,
            Self::German => german::of(english).unwrap_or(english),
        }
    }

    /// Returns the translation of an English text, with `argument` in place of `{}`.
    pub(crate) fn with(self, english: &'static str, argument: &str) -> String {
        self.of(english).replacen("{}", argument, 1)
    }

    /// Returns the translation of an English text that was stored.
    pub(crate) fn of_stored(self, english: &str) -> &str {
        match self {
            Self::English => english,
            Self::German => german::of(english).unwrap_or(english),
        }
    }

    /// Formats a duration from now, such as "in 2 minutes".
    pub(crate) fn after(self, secs: u64) -> String {
        let text = self.with("in {}", &self.duration(secs));
        match self {
            Self::English => text,
            Self::German => text.replace("Tage", "Tagen"),
        }
    }

    /// Formats a duration in words, such as "2 minutes".
    pub(crate) fn duration(self, secs: u64) -> String {
        let (count, one, many) = match secs {
            0..=119 => (secs.max(1), "second", "seconds"),
            120..=7199 => (secs.div_ceil(60), "minute", "minutes"),
            7200..=172_799 => (secs.div_ceil(3600), "hour", "hours"),
            _ => (secs.div_ceil(86_400), "day", "days"),
        };
        format!("{count} {}", self.of(if count == 1 { one } else { many }))
    }

    /// Formats a day, such as "30 November 2026".
    pub(crate) fn day(self, secs: u64) -> String {
        let (year, month, day) = civil(secs / 86_400);
        let month = self.of(MONTHS.get(month - 1).copied().unwrap_or_default());
        match self {
            Self::English => format!("{day} {month} {year}"),
            Self::German => format!("{day}. {month} {year}"),
        }
    }
}

/// Returns the date of a day since 1 January 1970 in the Gregorian calendar.
///
/// The years begin in March, so that the leap day is the last day of a year.
fn civil(days: u64) -> (u64, usize, u64) {
    let days = days + 719_468;
    let (era, day_of_era) = (days / 146_097, days % 146_097);
    let year_of_era =
        (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * month + 2) / 5 + 1;
    let (month, is_next_year) = if month < 10 { (month + 3, 0) } else { (month - 9, 1) };
    (year_of_era + era * 400 + is_next_year, usize::try_from(month).unwrap_or(1), day)
}

const MONTHS: [&str; 12] = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn language_with_the_greatest_weight_is_chosen() {
        for (accepted, tag) in [
            ("", "en"),
            ("fr", "en"),
            ("de-AT,de;q=0.9,en;q=0.5", "de"),
            ("en;q=0.5, de;q=0.9", "de"),
            ("de;q=0, en", "en"),
            ("fr, de;q=0.3", "de"),
        ] {
            assert_eq!(Text::preferred(accepted).tag(), tag, "{accepted}");
        }
    }

    #[test]
    fn days_are_those_of_the_calendar() {
        for (secs, day) in [
            (0, "1 January 1970"),
            (951_782_400, "29 February 2000"),
            (1_800_000_000, "15 January 2027"),
            (4_107_542_400, "1 March 2100"),
        ] {
            assert_eq!(Text::English.day(secs), day);
        }
        assert_eq!(Text::German.day(951_782_400), "29. Februar 2000");
    }
}
