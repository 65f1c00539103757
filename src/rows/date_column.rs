//! The dates of a column of texts: their common form, and the order of day and month.

use super::calendar::{civil_of_days, days_of_date};
use super::date_pattern::{DatePart, DatePattern, Order, TimePart};
use super::date_scan::ScannedDate;

/// Days beyond this number are dates with the month first in a column whose first form is day first.
const SWAPPED: f64 = 8_388_608.0;

/// The dates of a column: their common form, and what they show about the order of day and month. Those of parts merge.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub(crate) struct DateColumn {
    form: Option<DatePattern>,
    /// Whether a value can only be read with the day, or the month, first.
    day_first: bool,
    month_first: bool,
}

impl DateColumn {
    /// A column of dates that are numbers of days, to be written as this text is.
    #[cfg(feature = "parquet")]
    pub(crate) fn like(example: &str) -> Self {
        let form = ScannedDate::of(example).map(|scanned| scanned.pattern);
        Self { form, ..Self::default() }
    }

    /// Adds a text and returns its number, of days, or what [`month_first`](Self::month_first) converts to days; none if it is not a date, or one of
    /// another form.
    pub(crate) fn add(&mut self, text: &str) -> Option<f64> {
        let scanned = ScannedDate::of(text)?;
        let form = match self.form {
            Some(form) => common(form, scanned.pattern)?,
            None => scanned.pattern,
        };
        self.form = Some(form);
        let (days, swapped) = (scanned.days(), scanned.swapped().days());
        if !scanned.has_two_orders() {
            return days;
        }
        self.day_first |= swapped.is_none();
        self.month_first |= days.is_none();
        days.or_else(|| swapped.map(|days| days + SWAPPED))
    }

    /// Adds the dates of another part; false if their form differs.
    pub(crate) fn merge(&mut self, other: &Self) -> bool {
        self.day_first |= other.day_first;
        self.month_first |= other.month_first;
        let form = match (self.form, other.form) {
            (Some(form), Some(other)) => common(form, other),
            (form, other) => form.or(other),
        };
        let agrees = form.is_some() || (self.form.is_none() && other.form.is_none());
        self.form = form.or(self.form);
        agrees && !(self.day_first && self.month_first)
    }

    /// Returns the form of all dates; none if there are none, or if both orders of day and month occur. `month_first` is the
    /// requested order, where nothing shows it.
    pub(crate) fn pattern(&self, month_first: Option<bool>) -> Option<DatePattern> {
        let form = self.form?;
        if form.order() != Some(Order::DayMonthYear) {
            return Some(form);
        }
        let is_slash = form.date.is_some_and(|date| date.separator == '/');
        let month_first = match (self.day_first, self.month_first) {
            (true, true) => return None,
            (true, false) => false,
            (false, true) => true,
            (false, false) => month_first.unwrap_or(is_slash),
        };
        let order = if month_first { Order::MonthDayYear } else { Order::DayMonthYear };
        Some(form.with_order(order))
    }

    /// Whether nothing shows the order of day and month.
    pub(crate) fn is_ambiguous(&self) -> bool {
        let has_two_orders =
            self.form.is_some_and(|form| form.order() == Some(Order::DayMonthYear));
        has_two_orders && !self.day_first && !self.month_first
    }

    /// Whether the numbers of dates are to be converted by [`month_first`](Self::month_first).
    pub(crate) fn is_month_first(pattern: &DatePattern) -> bool {
        pattern.order() == Some(Order::MonthDayYear)
    }

    /// Converts the number of a date to days if the month is first.
    pub(crate) fn month_first(number: f64) -> f64 {
        if number > SWAPPED / 2.0 { number - SWAPPED } else { swapped_days(number) }
    }
}

/// Exchanges day and month of a date that exists with both orders; other numbers stay.
fn swapped_days(days: f64) -> f64 {
    let whole = days.floor();
    let (year, month, day) = civil_of_days(whole);
    days_of_date(year, day, month).map_or(days, |swapped| swapped as f64 + (days - whole))
}

/// Returns the form that writes dates of both forms; none if they differ in more than digits.
fn common(left: DatePattern, right: DatePattern) -> Option<DatePattern> {
    let date = match (left.date, right.date) {
        (None, None) => None,
        (Some(left), Some(right)) => {
            let is_alike = left.order == right.order && left.separator == right.separator;
            // May is a full name and one of three letters
            let long_names = left.long_names || right.long_names;
            let padded = left.padded && right.padded;
            Some(is_alike.then_some(DatePart { padded, long_names, ..left })?)
        }
        _ => return None,
    };
    let time = match (left.time, right.time) {
        (None, None) => None,
        (Some(left), Some(right)) => {
            let is_alike = left.is_half == right.is_half
                && left.has_seconds == right.has_seconds
                && left.zone.is_some() == right.zone.is_some();
            let decimals = left.decimals.max(right.decimals);
            let padded = left.padded && right.padded;
            Some(is_alike.then_some(TimePart { decimals, padded, ..left })?)
        }
        _ => return None,
    };
    (left.has_t == right.has_t).then_some(DatePattern { date, time, has_t: left.has_t })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn column(texts: &[&str]) -> Option<(String, Vec<f64>)> {
        let mut column = DateColumn::default();
        let numbers: Option<Vec<f64>> = texts.iter().map(|text| column.add(text)).collect();
        let pattern = column.pattern(None)?;
        let is_month_first = DateColumn::is_month_first(&pattern);
        let decode =
            |number: f64| if is_month_first { DateColumn::month_first(number) } else { number };
        Some((pattern.to_string(), numbers?.into_iter().map(decode).collect()))
    }

    #[test]
    fn the_whole_column_decides_the_order_of_day_and_month() {
        let first = |texts: &[&str]| column(texts).map(|(pattern, days)| (pattern, days[0]));
        let march = 59.0;
        assert_eq!(first(&["03/01/1970", "03/31/1970"]), Some(("%m/%d/%Y".into(), march)));
        assert_eq!(first(&["01/03/1970", "31/03/1970"]), Some(("%d/%m/%Y".into(), march)));
        assert_eq!(first(&["03/01/1970"]), Some(("%m/%d/%Y".into(), march)));
        assert_eq!(first(&["01.03.1970"]), Some(("%d.%m.%Y".into(), march)));
        assert_eq!(first(&["31/03/1970", "03/31/1970"]), None);
        let (_, days) = column(&["3/31/1970 06:00", "3/1/1970 06:00"]).unwrap();
        assert_eq!(days, [89.25, 59.25]);
    }

    #[test]
    fn parts_of_a_column_merge() {
        let texts = ["1/2/1970", "11/12/1970", "12/31/1970"];
        for split in 0..=texts.len() {
            let (mut left, mut right) = (DateColumn::default(), DateColumn::default());
            texts[..split].iter().for_each(|text| assert!(left.add(text).is_some()));
            texts[split..].iter().for_each(|text| assert!(right.add(text).is_some()));
            assert!(left.merge(&right));
            assert_eq!(left.pattern(None).unwrap().to_string(), "%-m/%-d/%Y", "{split}");
        }
        let (mut days, mut times) = (DateColumn::default(), DateColumn::default());
        assert!(days.add("2024-03-01").is_some() && times.add("12:30").is_some());
        assert!(!days.merge(&times));
        // two forms
        assert_eq!(column(&["2024-03-01", "2024/03/01"]), None);
        assert_eq!(column(&["2024-03-01", "2024-03-01 10:00"]), None);
    }
}
