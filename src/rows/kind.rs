//! Kinds of values: plain numbers, dates, and categories.

use std::fmt;

use super::calendar::{days_of_number, number_of_days, text_of_days};
use super::date_pattern::DatePattern;
use super::levels::Levels;

/// The kind of the values of a column: how a written value is converted to the number that a model uses, and back.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[non_exhaustive]
pub enum ValueKind {
    /// Numbers, which are used as written.
    #[default]
    Numeric,
    /// Dates, which are used as days since 1970-01-01, and times of day, which are used as fractions of a day.
    Date(DateForm),
    /// Categories, which are used as the index of their level.
    Categorical(Levels),
}

/// The form in which dates are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum DateForm {
    /// A whole number of the form YYYYMMDD, such as 20220117.
    YearMonthDay,
    /// A text, such as `2024-03-01 12:30`.
    Pattern(DatePattern),
}

/// Years of the numbers that are recognised as dates. Of all numbers of eight digits in this range fewer than one in 25 is a date.
const LIKELY_YEARS: std::ops::RangeInclusive<f64> = 18_000_101.0..=22_001_231.0;

impl ValueKind {
    /// Dates of the form YYYYMMDD.
    pub(crate) const YEAR_MONTH_DAY: Self = Self::Date(DateForm::YearMonthDay);

    /// Whether values are used as written.
    pub fn is_numeric(&self) -> bool {
        *self == Self::Numeric
    }

    /// Whether values are categories.
    pub fn is_categorical(&self) -> bool {
        self.levels().is_some()
    }

    /// Levels of a column of categories.
    pub fn levels(&self) -> Option<&Levels> {
        match self {
            Self::Categorical(levels) => Some(levels),
            Self::Numeric | Self::Date(_) => None,
        }
    }

    /// Whether values are written as texts: categories, and dates other than numbers YYYYMMDD.
    pub fn is_text(&self) -> bool {
        matches!(self, Self::Categorical(_) | Self::Date(DateForm::Pattern(_)))
    }

    /// Converts a written number to the number that a model uses; none if it is not a value of this kind. The number of a
    /// category is the index of its level, and that of a date in a text the number of days. A missing value, NaN, stays one.
    ///
    /// # Examples
    /// ```
    /// use mixlab::{DateForm, ValueKind};
    ///
    /// let kind = ValueKind::Date(DateForm::YearMonthDay);
    /// assert_eq!(kind.encode(19700131.0), Some(30.0));
    /// assert_eq!(kind.encode(20220229.0), None);
    /// assert_eq!(kind.decode(30.2), 19700131.0);
    /// ```
    pub fn encode(&self, written: f64) -> Option<f64> {
        match self {
            Self::Date(DateForm::YearMonthDay) if !written.is_nan() => days_of_number(written),
            _ => Some(written),
        }
    }

    /// Converts a number of a model to the number as it is written: days become the nearest number YYYYMMDD; the numbers of
    /// categories and of dates in texts stay.
    pub fn decode(&self, number: f64) -> f64 {
        match self {
            Self::Date(DateForm::YearMonthDay) if !number.is_nan() => number_of_days(number),
            _ => number,
        }
    }

    /// Rounds a number of a model to a value that can be written: a whole day, or the minute, second or millisecond of a time.
    /// Plain numbers and categories stay.
    pub fn round(&self, number: f64) -> f64 {
        match self {
            Self::Numeric | Self::Categorical(_) => number,
            Self::Date(DateForm::YearMonthDay) => number.round(),
            Self::Date(DateForm::Pattern(pattern)) => pattern.round(number),
        }
    }

    /// The last unit of dates that is written, in days; none of plain numbers and categories.
    pub(crate) fn unit(&self) -> Option<f64> {
        match self {
            Self::Numeric | Self::Categorical(_) => None,
            Self::Date(DateForm::YearMonthDay) => Some(1.0),
            Self::Date(DateForm::Pattern(pattern)) => Some(pattern.unit()),
        }
    }

    /// Formats a number of a model that is a date, in its form or as `2022-01-17`, or a category, as the name of its level; none
    /// for plain numbers and missing values.
    pub fn text(&self, number: f64) -> Option<String> {
        match self {
            _ if number.is_nan() => None,
            Self::Numeric => None,
            Self::Date(DateForm::YearMonthDay) => Some(text_of_days(number)),
            Self::Date(DateForm::Pattern(pattern)) => Some(pattern.text(number)),
            Self::Categorical(levels) => levels.name(number).map(str::to_owned),
        }
    }

    /// Whether a written number can be a date of the years 1800 to 2200, of the form YYYYMMDD.
    pub(crate) fn is_likely_date(written: f64) -> bool {
        LIKELY_YEARS.contains(&written) && days_of_number(written).is_some()
    }
}

/// Names of the kinds without levels, as in model files.
const NAMES: [(ValueKind, &str); 2] =
    [(ValueKind::Numeric, "numeric"), (ValueKind::YEAR_MONTH_DAY, "date-yyyymmdd")];

/// Name of the kind with levels.
const CATEGORICAL: &str = "categorical";

/// Beginning of the names of dates in texts, before their pattern.
const DATE: &str = "date ";

/// Formats the name of the kind, without levels.
impl fmt::Display for ValueKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Self::Date(DateForm::Pattern(pattern)) = self {
            return f.pad(&format!("{DATE}{pattern}"));
        }
        let name = NAMES.iter().find(|(kind, _)| kind == self).map(|(_, name)| *name);
        f.pad(name.unwrap_or(CATEGORICAL))
    }
}

/// The kind as a line of a model file: its name, followed by its levels, separated by tabs.
impl ValueKind {
    /// Formats the line.
    pub(crate) fn to_line(&self) -> String {
        let names = self.levels().map_or(&[][..], Levels::names).iter();
        let names = names.flat_map(|name| ["\t".to_owned(), escaped(name)]);
        std::iter::once(self.to_string()).chain(names).collect()
    }

    /// Parses the line.
    ///
    /// # Errors
    /// A description of a line that is not one of a kind.
    pub(crate) fn from_line(line: &str) -> Result<Self, String> {
        let mut parts = line.split('\t');
        let name = parts.next().unwrap_or_default();
        if name == CATEGORICAL {
            return Ok(Self::Categorical(Levels::new(parts.map(unescaped))));
        }
        if let Some(pattern) = line.strip_prefix(DATE) {
            return pattern.parse().map(|pattern| Self::Date(DateForm::Pattern(pattern)));
        }
        let known = NAMES.iter().find(|(_, known)| *known == line).map(|(kind, _)| kind.clone());
        known.ok_or_else(|| {
            format!(
                "{line:?} is not a kind of values: numeric, date-yyyymmdd, a date with its pattern, or categorical"
            )
        })
    }
}

/// Replaces the characters that separate names and lines.
fn escaped(name: &str) -> String {
    name.replace('\\', "\\\\").replace('\t', "\\t").replace('\n', "\\n")
}

/// Undoes [`escaped`].
fn unescaped(text: &str) -> String {
    let mut name = String::with_capacity(text.len());
    let mut characters = text.chars();
    while let Some(character) = characters.next() {
        name.push(match (character, character == '\\') {
            (_, false) => character,
            (_, true) => match characters.next() {
                Some('t') => '\t',
                Some('n') => '\n',
                Some(other) => other,
                None => '\\',
            },
        });
    }
    name
}

#[cfg(feature = "serde")]
impl serde::Serialize for ValueKind {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.to_line())
    }
}

#[cfg(feature = "serde")]
impl<'de> serde::Deserialize<'de> for ValueKind {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let line = String::deserialize(deserializer)?;
        Self::from_line(&line).map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_read_back() {
        for (kind, name) in NAMES {
            assert_eq!(kind.to_string(), name);
            assert_eq!(ValueKind::from_line(name), Ok(kind));
        }
        assert!(ValueKind::from_line("weekday").is_err());
    }

    #[test]
    fn levels_are_read_back_whatever_their_names() {
        for names in [vec![], vec!["a"], vec!["", "tab\t", "line\nline", "back\\slash\\t"]] {
            let kind = ValueKind::Categorical(Levels::new(names));
            assert_eq!(ValueKind::from_line(&kind.to_line()), Ok(kind));
        }
    }

    #[test]
    fn dates_in_texts_are_read_back_with_their_form() {
        let pattern = DatePattern::of_texts(["1/13/2024 10:30 PM"]).unwrap();
        let kind = ValueKind::Date(DateForm::Pattern(pattern));
        assert_eq!(kind.to_line(), "date %-m/%-d/%Y %I:%M %p");
        assert_eq!(ValueKind::from_line(&kind.to_line()), Ok(kind.clone()));
        assert!(ValueKind::from_line("date of birth").is_err());
        assert_eq!(kind.text(kind.round(0.500_1)).unwrap(), "1/1/1970 12:00 PM");
        assert!(kind.is_text() && !ValueKind::YEAR_MONTH_DAY.is_text());
    }

    #[test]
    fn missing_values_stay_missing() {
        let levels = ValueKind::Categorical(Levels::new(["a"]));
        let days =
            ValueKind::Date(DateForm::Pattern(DatePattern::of_texts(["2024-03-01"]).unwrap()));
        for kind in [ValueKind::Numeric, ValueKind::YEAR_MONTH_DAY, days, levels] {
            assert!(kind.encode(f64::NAN).unwrap().is_nan(), "{kind}");
            assert!(kind.decode(f64::NAN).is_nan() && kind.round(f64::NAN).is_nan());
            assert_eq!(kind.text(f64::NAN), None);
        }
    }

    #[test]
    fn dates_of_distant_years_are_not_recognised_but_converted() {
        assert!(ValueKind::is_likely_date(18_000_101.0));
        assert!(!ValueKind::is_likely_date(17_991_231.0));
        assert!(!ValueKind::is_likely_date(20_220_230.0));
        assert!(ValueKind::YEAR_MONTH_DAY.encode(17_991_231.0).is_some());
    }
}
