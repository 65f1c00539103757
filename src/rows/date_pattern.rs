//! Forms of dates and times of day as texts, such as `2024-03-01 12:30` or `1 Mar 2024`.

use std::fmt;

use super::calendar::{civil_of_days, days_of_date};
use super::date_scan::ScannedDate;

/// Number of milliseconds of a day.
const DAY: f64 = 86_400_000.0;

/// The form of dates, of times of day, or of both, as texts.
///
/// # Examples
/// ```
/// use mixlab::DatePattern;
///
/// let pattern = DatePattern::of_texts(["13/03/2024", "01/03/2024"]).unwrap();
/// assert_eq!(pattern.to_string(), "%d/%m/%Y");
/// assert_eq!(pattern.days("02/01/1970"), Some(1.0));
/// assert_eq!(pattern.text(59.0), "01/03/1970");
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct DatePattern {
    pub(super) date: Option<DatePart>,
    pub(super) time: Option<TimePart>,
    /// Whether `T` is between date and time, not a space.
    pub(super) has_t: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct DatePart {
    pub(super) order: Order,
    pub(super) separator: char,
    /// Whether days and months have two digits.
    pub(super) padded: bool,
    /// Whether names of months are written in full.
    pub(super) long_names: bool,
}

/// The order of year, month and day.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Order {
    YearMonthDay,
    YearMonth,
    DayMonthYear,
    MonthDayYear,
    /// With the name of the month.
    DayNameYear,
    NameDayYear,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct TimePart {
    pub(super) has_seconds: bool,
    /// Number of decimals of the seconds, at most 3.
    pub(super) decimals: u8,
    /// Whether hours are those of half a day, followed by AM or PM.
    pub(super) is_half: bool,
    pub(super) padded: bool,
    pub(super) zone: Option<Zone>,
}

/// A time zone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Zone {
    /// `Z`
    Utc,
    /// `+01:00`, in minutes.
    Offset(i16),
}

pub(super) const MONTHS: [&str; 12] = [
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

impl DatePattern {
    /// Returns the form of these texts; none unless all are dates or times of one form. Where nothing shows whether the day or
    /// the month is first, the month is first between slashes, and the day otherwise.
    pub fn of_texts<'a>(texts: impl IntoIterator<Item = &'a str>) -> Option<Self> {
        let mut column = super::date_column::DateColumn::default();
        texts.into_iter().try_for_each(|text| column.add(text).map(drop))?;
        column.pattern(None)
    }

    /// Converts a text of this form to days since 1970-01-01, or a time of day to the fraction of a day; none if it is not a
    /// date. A date of another form is accepted unless its day could be its month.
    pub fn days(&self, text: &str) -> Option<f64> {
        let scanned = ScannedDate::of(text)?;
        if scanned.pattern.date.is_some() != self.date.is_some() {
            return None;
        }
        if !scanned.has_two_orders() {
            return scanned.days();
        }
        let (day_first, month_first) = (scanned.days(), scanned.swapped().days());
        match self.order() {
            Some(Order::DayMonthYear) => day_first,
            Some(Order::MonthDayYear) => month_first,
            _ if day_first.is_some() && month_first.is_some() => None,
            _ => day_first.or(month_first),
        }
    }

    /// Formats days since 1970-01-01, rounded to the last unit that is written.
    pub fn text(&self, days: f64) -> String {
        let (day, milliseconds) = self.parts(days);
        let joint = if self.has_t { "T" } else { " " };
        let parts =
            [self.date.map(|date| date.text(day)), self.time.map(|time| time.text(milliseconds))];
        parts.into_iter().flatten().collect::<Vec<_>>().join(joint)
    }

    /// Rounds days to the last unit that is written.
    pub(crate) fn round(&self, days: f64) -> f64 {
        if !days.is_finite() {
            return days;
        }
        let (day, milliseconds) = self.parts(days);
        if self.order() == Some(Order::YearMonth) && self.time.is_none() {
            let (year, month, _) = civil_of_days(day as f64);
            return days_of_date(year, month, 1).unwrap_or(day) as f64;
        }
        day as f64 + (milliseconds as f64 - 60_000.0 * self.offset()) / DAY
    }

    /// The last unit that is written, in days; a month counts as a day.
    pub(crate) fn unit(&self) -> f64 {
        self.time.map_or(1.0, |time| time.unit() as f64 / DAY)
    }

    pub(super) fn order(&self) -> Option<Order> {
        self.date.map(|date| date.order)
    }

    /// Returns the same form with the month before the day, or after it.
    pub(super) fn with_order(mut self, order: Order) -> Self {
        self.date.iter_mut().for_each(|date| date.order = order);
        self
    }

    /// The offset of the time zone in minutes.
    fn offset(&self) -> f64 {
        match self.time.and_then(|time| time.zone) {
            Some(Zone::Offset(minutes)) => minutes.into(),
            _ => 0.0,
        }
    }

    /// Returns day and milliseconds of the day, in the time zone of the form, of the nearest value that is written.
    fn parts(&self, days: f64) -> (i64, i64) {
        // the bounds are those of years with four digits; NaN is day 0
        let days = days.clamp(-719_162.0, 2_932_896.0) + self.offset() / 1440.0;
        let Some(time) = self.time else { return (days.round() as i64, 0) };
        let unit = time.unit();
        let per_day = DAY as i64 / unit;
        let units = (days * per_day as f64).round() as i64;
        if self.date.is_none() {
            return (0, units.clamp(0, per_day - 1) * unit);
        }
        (units.div_euclid(per_day), units.rem_euclid(per_day) * unit)
    }
}

impl DatePart {
    fn text(&self, day: i64) -> String {
        let (year, month, day) = civil_of_days(day as f64);
        let name = MONTHS[(month - 1) as usize];
        let name = if self.long_names { name } else { &name[..3] };
        let separator = self.separator;
        let two = |number: i64| {
            if self.padded { format!("{number:02}") } else { number.to_string() }
        };
        let (d, m) = (two(day), two(month));
        match self.order {
            Order::YearMonthDay => format!("{year:04}{separator}{m}{separator}{d}"),
            Order::YearMonth => format!("{year:04}{separator}{m}"),
            Order::DayMonthYear => format!("{d}{separator}{m}{separator}{year:04}"),
            Order::MonthDayYear => format!("{m}{separator}{d}{separator}{year:04}"),
            Order::DayNameYear => format!("{d}{separator}{name}{separator}{year:04}"),
            Order::NameDayYear => format!("{name} {d}, {year:04}"),
        }
    }

    fn pattern(&self) -> String {
        let (d, m) = if self.padded { ("%d", "%m") } else { ("%-d", "%-m") };
        let name = if self.long_names { "%B" } else { "%b" };
        let separator = self.separator;
        match self.order {
            Order::YearMonthDay => format!("%Y{separator}{m}{separator}{d}"),
            Order::YearMonth => format!("%Y{separator}{m}"),
            Order::DayMonthYear => format!("{d}{separator}{m}{separator}%Y"),
            Order::MonthDayYear => format!("{m}{separator}{d}{separator}%Y"),
            Order::DayNameYear => format!("{d}{separator}{name}{separator}%Y"),
            Order::NameDayYear => format!("{name} {d}, %Y"),
        }
    }
}

impl TimePart {
    /// The last unit that is written, in milliseconds.
    fn unit(&self) -> i64 {
        match (self.has_seconds, self.decimals) {
            (false, _) => 60_000,
            (true, decimals) => 10_i64.pow(3 - u32::from(decimals.min(3))),
        }
    }

    fn text(&self, milliseconds: i64) -> String {
        let (seconds, fraction) = (milliseconds / 1000, milliseconds % 1000);
        let (hour, minute, second) = (seconds / 3600, seconds / 60 % 60, seconds % 60);
        let shown = match (self.is_half, hour % 12) {
            (true, 0) => 12,
            (true, hour) => hour,
            (false, _) => hour,
        };
        let mut text = if self.padded { format!("{shown:02}") } else { shown.to_string() };
        text += &format!(":{minute:02}");
        if self.has_seconds {
            text += &format!(":{second:02}");
        }
        if self.has_seconds && self.decimals > 0 {
            text += &format!(".{fraction:03}")[..=usize::from(self.decimals.min(3))];
        }
        if self.is_half {
            text += if hour < 12 { " AM" } else { " PM" };
        }
        text + &self.zone.map_or(String::new(), |zone| zone.to_string())
    }

    fn pattern(&self) -> String {
        let hour = match (self.is_half, self.padded) {
            (false, true) => "%H",
            (false, false) => "%-H",
            (true, true) => "%I",
            (true, false) => "%-I",
        };
        let seconds = match (self.has_seconds, self.decimals) {
            (false, _) => String::new(),
            (true, 0) => ":%S".to_owned(),
            (true, decimals) => format!(":%S%.{decimals}f"),
        };
        let half = if self.is_half { " %p" } else { "" };
        let zone = self.zone.map_or(String::new(), |zone| zone.to_string());
        format!("{hour}:%M{seconds}{half}{zone}")
    }
}

impl fmt::Display for Zone {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {
            Self::Utc => write!(f, "Z"),
            Self::Offset(minutes) => {
                let (sign, minutes) = (if minutes < 0 { '-' } else { '+' }, minutes.abs());
                write!(f, "{sign}{:02}:{:02}", minutes / 60, minutes % 60)
            }
        }
    }
}

/// Formats the pattern with the letters of `strftime`, such as `%Y-%m-%d %H:%M`; `%-d` is a day without a leading zero.
impl fmt::Display for DatePattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let joint = if self.has_t { "T" } else { " " };
        let parts = [self.date.map(|date| date.pattern()), self.time.map(|time| time.pattern())];
        f.pad(&parts.into_iter().flatten().collect::<Vec<_>>().join(joint))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_form_is_written_as_it_is_read() {
        for text in [
            "2024-03-01",
            "2024/03/01",
            "01.03.2024",
            "13/3/2024",
            "3/13/2024",
            "1 Mar 2024",
            "01-Mar-2024",
            "March 1, 2024",
            "2024-03",
            "2024-03-01T12:30:59Z",
            "2024-03-01 12:30",
            "2024-03-01 12:30:59.125+01:00",
            "3/13/2024 2:05 PM",
            "13:05",
            "23:59:59",
            "0:07",
        ] {
            let pattern = DatePattern::of_texts([text]).unwrap_or_else(|| panic!("{text}"));
            let days = pattern.days(text).unwrap_or_else(|| panic!("{text}"));
            assert_eq!(pattern.text(days), text, "{pattern}");
            assert_eq!(pattern.round(days), days, "{text}");
            assert_eq!(pattern.to_string().parse(), Ok(pattern), "{pattern}");
        }
        assert!("%d".parse::<DatePattern>().is_err() && "".parse::<DatePattern>().is_err());
    }

    #[test]
    fn values_between_two_units_are_rounded() {
        let text = |example: &str, days: f64| DatePattern::of_texts([example]).unwrap().text(days);
        assert_eq!(text("2024-03-01", 0.6), "1970-01-02");
        assert_eq!(text("2024-03-01 10:00", 0.999_99), "1970-01-02 00:00");
        assert_eq!(text("10:00", 0.999_99), "23:59");
        assert_eq!(text("10:00:00", -3.0), "00:00:00");
        assert_eq!(text("2024-03", 45.0), "1970-02");
        assert_eq!(text("2024-03-01", 1e12), "9999-12-31");
    }

    #[test]
    fn other_forms_are_read_unless_they_are_ambiguous() {
        let iso = DatePattern::of_texts(["2024-03-01"]).unwrap();
        assert_eq!(iso.days("1 Mar 2024"), iso.days("2024-03-01"));
        assert_eq!((iso.days("13/03/2024").is_some(), iso.days("01/03/2024")), (true, None));
        assert_eq!((iso.days("12:30"), iso.days("yesterday"), iso.days("")), (None, None, None));
        let american = DatePattern::of_texts(["03/13/2024"]).unwrap();
        assert_eq!(american.days("03/01/2024"), iso.days("2024-03-01"));
    }
}
