//! Kinds of values: plain numbers, and dates that are written as numbers.

use std::fmt;
use std::str::FromStr;

use super::calendar::{days_of_number, number_of_days, text_of_days};

/// The kind of the values of a column: how a written value is converted to the number that a model uses, and back.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub enum ValueKind {
    /// Numbers, which are used as written.
    #[default]
    Numeric,
    /// Dates, which are used as days since 1970-01-01.
    Date(DateForm),
}

/// The form in which dates are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum DateForm {
    /// A whole number of the form YYYYMMDD, such as 20220117.
    YearMonthDay,
}

/// Years of the numbers that are recognised as dates. Of all numbers of eight digits in this range fewer than one in 25 is a date.
const LIKELY_YEARS: std::ops::RangeInclusive<f64> = 18_000_101.0..=22_001_231.0;

impl ValueKind {
    /// Dates of the form YYYYMMDD.
    pub(crate) const YEAR_MONTH_DAY: Self = Self::Date(DateForm::YearMonthDay);

    /// Whether values are used as written.
    pub fn is_numeric(self) -> bool {
        self == Self::Numeric
    }

    /// Converts a written value to the number that a model uses; none if it is not a value of this kind.
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
    pub fn encode(self, written: f64) -> Option<f64> {
        match self {
            Self::Numeric => Some(written),
            Self::Date(DateForm::YearMonthDay) => days_of_number(written),
        }
    }

    /// Converts a number of a model to the value as it is written; days are rounded to the nearest date.
    pub fn decode(self, number: f64) -> f64 {
        match self {
            Self::Numeric => number,
            Self::Date(DateForm::YearMonthDay) => number_of_days(number),
        }
    }

    /// Formats a number of a model that is a date, as `2022-01-17`; none for plain numbers.
    pub fn date(self, number: f64) -> Option<String> {
        match self {
            Self::Numeric => None,
            Self::Date(_) => Some(text_of_days(number)),
        }
    }

    /// Whether a written number can be a date of the years 1800 to 2200, of the form YYYYMMDD.
    pub(crate) fn is_likely_date(written: f64) -> bool {
        LIKELY_YEARS.contains(&written) && days_of_number(written).is_some()
    }
}

/// Names of the kinds, as in model files.
const NAMES: [(ValueKind, &str); 2] =
    [(ValueKind::Numeric, "numeric"), (ValueKind::YEAR_MONTH_DAY, "date-yyyymmdd")];

impl fmt::Display for ValueKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = NAMES.iter().find(|(kind, _)| kind == self).map(|(_, name)| *name);
        f.write_str(name.expect("every kind has a name"))
    }
}

impl FromStr for ValueKind {
    type Err = String;

    fn from_str(name: &str) -> Result<Self, String> {
        let known = NAMES.iter().find(|(_, known)| *known == name).map(|(kind, _)| *kind);
        known.ok_or_else(|| format!("{name:?} is not a kind of values: numeric or date-yyyymmdd"))
    }
}

#[cfg(feature = "serde")]
impl serde::Serialize for ValueKind {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

#[cfg(feature = "serde")]
impl<'de> serde::Deserialize<'de> for ValueKind {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let name = String::deserialize(deserializer)?;
        name.parse().map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_read_back() {
        for (kind, name) in NAMES {
            assert_eq!(kind.to_string(), name);
            assert_eq!(name.parse(), Ok(kind));
        }
        assert!("weekday".parse::<ValueKind>().is_err());
    }

    #[test]
    fn dates_of_distant_years_are_not_recognised_but_converted() {
        assert!(ValueKind::is_likely_date(18_000_101.0));
        assert!(!ValueKind::is_likely_date(17_991_231.0));
        assert!(!ValueKind::is_likely_date(20_220_230.0));
        assert!(ValueKind::YEAR_MONTH_DAY.encode(17_991_231.0).is_some());
    }
}
