//! Recognition of dates and times of day in texts.

use super::calendar::days_of_date;
use super::date_pattern::{DatePart, DatePattern, MONTHS, Order, TimePart, Zone};

/// Maximum length of a date.
const LONGEST: usize = 40;

/// A date, a time of day, or both, in a text.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct ScannedDate {
    /// Its form; `DayMonthYear` if the day and the month are two numbers before the year.
    pub(super) pattern: DatePattern,
    /// Year, month and day; month and day may be exchanged.
    date: [i64; 3],
    /// Seconds of the day.
    seconds: f64,
    /// Offset of the time zone in minutes.
    offset: f64,
}

impl ScannedDate {
    /// Scans a text without surrounding white space; none if it is not a date of a known form.
    pub(super) fn of(text: &str) -> Option<Self> {
        let is_possible = text.len() <= LONGEST
            && text.len() >= 4
            && text.is_ascii()
            && text.bytes().any(|byte| byte.is_ascii_digit());
        if !is_possible {
            return None;
        }
        let Some(colon) = text.find(':') else {
            let (part, date) = date_part(text)?;
            let pattern = DatePattern { date: Some(part), ..DatePattern::default() };
            return Self { pattern, date, seconds: 0.0, offset: 0.0 }.existing();
        };
        let Some(joint) = text[..colon].rfind(['T', 't', ' ']) else {
            let (time, seconds, offset) = time_part(text)?;
            let pattern = DatePattern { time: Some(time), ..DatePattern::default() };
            return Some(Self { pattern, date: [1970, 1, 1], seconds, offset });
        };
        let (part, date) = date_part(text[..joint].trim_end())?;
        let (time, seconds, offset) = time_part(&text[joint + 1..])?;
        let has_t = text.as_bytes()[joint] != b' ';
        let pattern = DatePattern { date: Some(part), time: Some(time), has_t };
        Self { pattern, date, seconds, offset }.existing()
    }

    /// The scanned date, if the day exists in some order of day and month.
    fn existing(self) -> Option<Self> {
        let is_month_first = || self.has_two_orders() && self.swapped().days().is_some();
        (self.days().is_some() || is_month_first()).then_some(self)
    }

    /// Whether day and month are two numbers before the year, the first of which may be either.
    pub(super) fn has_two_orders(&self) -> bool {
        self.pattern.order() == Some(Order::DayMonthYear)
    }

    /// Exchanges day and month.
    pub(super) fn swapped(self) -> Self {
        let [year, month, day] = self.date;
        Self { date: [year, day, month], ..self }
    }

    /// Returns days since 1970-01-01, or the fraction of a day; none if there is no such day.
    pub(super) fn days(&self) -> Option<f64> {
        let [year, month, day] = self.date;
        let fraction = self.seconds / 86_400.0 - self.offset / 1440.0;
        Some(days_of_date(year, month, day)? as f64 + fraction)
    }
}

/// Scans a date without a time: its form, and year, month and day.
fn date_part(text: &str) -> Option<(DatePart, [i64; 3])> {
    let separator = text.chars().find(|character| !character.is_ascii_alphanumeric())?;
    if !matches!(separator, '-' | '/' | '.' | ' ') {
        return None;
    }
    let mut parts = text.split(separator);
    let (first, second, third) = (parts.next()?, parts.next()?, parts.next());
    if parts.next().is_some() {
        return None;
    }
    let part = |order, numbers: &[&str], name: &str| {
        let padded = numbers.iter().all(|number| number.len() == 2);
        DatePart { order, separator, padded, long_names: name.len() > 3 }
    };
    let Some(third) = third else {
        let is_plain = matches!(separator, '-' | '/') && second.len() == 2;
        let (year, month) = (year(first)?, small(second)?);
        return is_plain.then(|| (part(Order::YearMonth, &[second], ""), [year, month, 1]));
    };
    if let Some(year) = year(first) {
        let (month, day) = (small(second)?, small(third)?);
        let part = part(Order::YearMonthDay, &[second, third], "");
        return (separator != ' ').then_some((part, [year, month, day]));
    }
    let year = year(third)?;
    if let (Some(day), Some(month)) = (small(first), small(second)) {
        let part = part(Order::DayMonthYear, &[first, second], "");
        return (separator != ' ').then_some((part, [year, month, day]));
    }
    if let (Some(day), Some(month)) = (small(first), month(second)) {
        return Some((part(Order::DayNameYear, &[first], second), [year, month, day]));
    }
    let number = second.strip_suffix(',').filter(|_| separator == ' ')?;
    let (month, day) = (month(first)?, small(number)?);
    Some((part(Order::NameDayYear, &[number], first), [year, month, day]))
}

/// Scans a time of day: its form, seconds, and offset of the time zone in minutes.
fn time_part(text: &str) -> Option<(TimePart, f64, f64)> {
    let (text, zone) = zone(text)?;
    let (text, half) = half_of_day(text);
    let mut parts = text.split(':');
    let (hour_text, minute, second) = (parts.next()?, parts.next()?, parts.next());
    if parts.next().is_some() || minute.len() != 2 {
        return None;
    }
    let (mut hour, minute) = (small(hour_text)?, small(minute)?);
    let (second, decimals) = match second {
        None => (0.0, 0),
        Some(second) => seconds(second)?,
    };
    let is_hour = if half.is_some() { (1..=12).contains(&hour) } else { hour < 24 };
    if !is_hour || minute > 59 {
        return None;
    }
    if let Some(is_afternoon) = half {
        hour = hour % 12 + if is_afternoon { 12 } else { 0 };
    }
    let time = TimePart {
        has_seconds: parts_of(text) == 3,
        decimals,
        is_half: half.is_some(),
        padded: hour_text.len() == 2,
        zone,
    };
    let offset = if let Some(Zone::Offset(minutes)) = zone { minutes.into() } else { 0.0 };
    Some((time, (3600 * hour + 60 * minute) as f64 + second, offset))
}

fn parts_of(text: &str) -> usize {
    text.split(':').count()
}

/// Returns seconds, and the number of decimals to milliseconds.
fn seconds(text: &str) -> Option<(f64, u8)> {
    let (whole, fraction) = text.split_once(['.', ',']).unwrap_or((text, ""));
    let is_digits = fraction.bytes().all(|byte| byte.is_ascii_digit());
    let whole = small(whole).filter(|&whole| whole < 60 && text.len() >= 2 && is_digits)?;
    let fraction_value = format!("0.{fraction}0").parse::<f64>().ok()?;
    Some((whole as f64 + fraction_value, fraction.len().min(3) as u8))
}

/// Removes a time zone from the end of a time; none if it is not one.
fn zone(text: &str) -> Option<(&str, Option<Zone>)> {
    for suffix in ["Z", "z", " UTC", " GMT"] {
        if let Some(rest) = text.strip_suffix(suffix) {
            return Some((rest, Some(Zone::Utc)));
        }
    }
    let Some(at) = text.rfind(['+', '-']) else { return Some((text, None)) };
    let digits: String = text[at + 1..].chars().filter(|&character| character != ':').collect();
    let (hours, minutes) = match digits.len() {
        2 => (digits.as_str(), "00"),
        4 => digits.split_at(2),
        _ => return None,
    };
    let (hours, minutes) = (small(hours)?, small(minutes)?);
    let total = (60 * hours + minutes) as i16;
    let sign = if text.as_bytes()[at] == b'-' { -1 } else { 1 };
    (hours < 24 && minutes < 60).then(|| (text[..at].trim_end(), Some(Zone::Offset(sign * total))))
}

/// Removes AM or PM from the end of a time, and returns whether it is PM.
fn half_of_day(text: &str) -> (&str, Option<bool>) {
    let halves = [("AM", false), ("PM", true), ("am", false), ("pm", true)];
    let found = halves.into_iter().find(|(suffix, _)| text.ends_with(suffix));
    match found {
        Some((suffix, half)) => (text[..text.len() - suffix.len()].trim_end(), Some(half)),
        None => (text, None),
    }
}

/// Returns a year of four digits.
fn year(text: &str) -> Option<i64> {
    let is_year = text.len() == 4 && text.bytes().all(|byte| byte.is_ascii_digit());
    text.parse().ok().filter(|&year| is_year && year > 0)
}

/// Returns a number of one or two digits.
fn small(text: &str) -> Option<i64> {
    let is_small = (1..=2).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit());
    text.parse().ok().filter(|_| is_small)
}

/// Returns the number of the month with this name, in English, in full or of three letters.
fn month(text: &str) -> Option<i64> {
    let is_name =
        |name: &str| name.eq_ignore_ascii_case(text) || name[..3].eq_ignore_ascii_case(text);
    MONTHS.iter().position(|name| is_name(name)).map(|month| month as i64 + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_that_are_no_dates_are_refused() {
        for text in [
            "",
            "1",
            "2024",
            "20240301",
            "1.5",
            "01.02",
            "1-2-3",
            "2024-13-01",
            "2023-02-29",
            "32/01/2024",
            "13/13/2024",
            "1 Foo 2024",
            "2024-03-01T",
            "25:00",
            "12:60",
            "12:3",
            "1:2:3:4",
            "10.0.0.1",
            "A/5 2117",
            "2024-03-01 10:00 nowhere",
            "2024 03 01",
            "555-1234",
            "12:30+1",
            "13:00 PM",
        ] {
            assert_eq!(ScannedDate::of(text), None, "{text:?}");
        }
    }

    #[test]
    fn times_have_fractions_of_days_and_offsets() {
        let days = |text: &str| ScannedDate::of(text).unwrap().days().unwrap();
        assert_eq!(days("06:00"), 0.25);
        assert_eq!((days("12:00 AM"), days("12:00 pm")), (0.0, 0.5));
        assert_eq!(days("1970-01-02T00:00:00+02:00"), 1.0 - 2.0 / 24.0);
        assert_eq!(days("1970-01-01 00:00:43.2"), 43.2 / 86_400.0);
    }
}
