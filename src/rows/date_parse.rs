//! Parsing of the forms of dates, such as `%Y-%m-%d`.

use super::date_pattern::{DatePattern, Order};
use super::date_scan::ScannedDate;

/// Parses what `Display` formats.
impl std::str::FromStr for DatePattern {
    type Err = String;

    fn from_str(pattern: &str) -> Result<Self, String> {
        // a date in the form of the pattern tells everything about it
        let mut example = pattern.to_owned();
        for (letters, text) in EXAMPLE {
            example = example.replace(letters, text);
        }
        let found = ScannedDate::of(&example).map(|scanned| scanned.pattern);
        let candidates = found.into_iter().flat_map(|found| {
            let orders = [Order::DayMonthYear, Order::MonthDayYear];
            std::iter::once(found).chain(orders.map(|order| found.with_order(order)))
        });
        let padding = |found: Self| {
            [(true, true), (true, false), (false, true), (false, false)].map(|(date, time)| {
                let mut padded = found;
                padded.date.iter_mut().for_each(|part| part.padded = date);
                padded.time.iter_mut().for_each(|part| part.padded = time);
                padded
            })
        };
        let mut all = candidates.flat_map(padding);
        all.find(|candidate| candidate.to_string() == pattern).ok_or_else(|| {
            format!("{pattern:?} is not a form of dates such as %Y-%m-%d or %d/%m/%Y %H:%M:%S")
        })
    }
}

/// A value of each letter of a pattern.
const EXAMPLE: [(&str, &str); 17] = [
    ("%.1f", ".1"),
    ("%.2f", ".12"),
    ("%.3f", ".123"),
    ("%Y", "2024"),
    ("%-m", "1"),
    ("%m", "01"),
    ("%-d", "2"),
    ("%d", "02"),
    ("%b", "Jan"),
    ("%B", "January"),
    ("%-H", "3"),
    ("%H", "03"),
    ("%-I", "3"),
    ("%I", "03"),
    ("%M", "04"),
    ("%S", "05"),
    ("%p", "AM"),
];
