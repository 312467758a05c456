//! Dates as custom fields write them: `yyyy`, `MM` and `dd` in any order, with separators.

use chrono::NaiveDate;

/// A date format that names a complete date.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct DateFormat(Vec<Part>);

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Part {
    Year,
    Month,
    Day,
    Separator(char),
}

impl DateFormat {
    /// Reads a format; `None` unless it has `yyyy`, `MM` and `dd` once each, and no other letter or digit.
    pub(super) fn parse(format: &str) -> Option<Self> {
        let mut parts = Vec::new();
        let mut rest = format;
        while let Some(first) = rest.chars().next() {
            let (part, behind) = [("yyyy", Part::Year), ("MM", Part::Month), ("dd", Part::Day)]
                .into_iter()
                .find_map(|(token, part)| rest.strip_prefix(token).map(|behind| (part, behind)))
                .or_else(|| {
                    (!first.is_alphanumeric())
                        .then(|| (Part::Separator(first), rest.strip_prefix(first).unwrap_or("")))
                })?;
            parts.push(part);
            rest = behind;
        }
        let once = |part| parts.iter().filter(|&&other| other == part).count() == 1;
        (format.len() <= 32 && once(Part::Year) && once(Part::Month) && once(Part::Day))
            .then_some(Self(parts))
    }

    /// Whether a text is a date of the calendar in this format.
    pub(super) fn matches(&self, text: &str) -> bool {
        self.date(text).is_some()
    }

    fn date(&self, text: &str) -> Option<NaiveDate> {
        let (mut year, mut month, mut day, mut rest) = (0, 0, 0, text);
        for part in &self.0 {
            match part {
                Part::Year => (year, rest) = number(rest, 4)?,
                Part::Month => (month, rest) = number(rest, 2)?,
                Part::Day => (day, rest) = number(rest, 2)?,
                Part::Separator(separator) => rest = rest.strip_prefix(*separator)?,
            }
        }
        if rest.is_empty() { NaiveDate::from_ymd_opt(i32::try_from(year).ok()?, month, day) } else { None }
    }
}

/// The number that the first `width` characters are, all digits, and what is behind them.
fn number(text: &str, width: usize) -> Option<(u32, &str)> {
    let (digits, rest) = text.split_at_checked(width)?;
    digits.bytes().all(|b| b.is_ascii_digit()).then(|| digits.parse().ok())?.map(|value| (value, rest))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn formats_name_a_complete_date() {
        for good in ["yyyy-MM-dd", "MM/dd/yyyy", "dd/MM/yyyy", "dd.MM.yyyy", "yyyyMMdd"] {
            assert!(DateFormat::parse(good).is_some(), "{good}");
        }
        for bad in ["", "yyyy-MM", "yy-MM-dd", "yyyy-MM-dd-dd", "yyyy-MM-ddTHH", "custom", "d/M/yyyy"] {
            assert!(DateFormat::parse(bad).is_none(), "{bad}");
        }
    }

    #[test]
    fn a_date_is_one_of_the_calendar() {
        let format = DateFormat::parse("dd/MM/yyyy").unwrap();
        assert!(format.matches("29/02/2024"));
        for bad in ["29/02/2023", "1/2/2024", "2024-02-29", "29/02/2024 ", "", "äö/02/2024", "+9/02/2024"] {
            assert!(!format.matches(bad), "{bad}");
        }
    }
}
