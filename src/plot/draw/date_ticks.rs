//! Ticks of axes of dates.

use super::ticks::Ticks;
use crate::plot::drawing::text_width;
use crate::plot::font::TICK;
use crate::rows::calendar::{civil_of_days, days_of_date, text_of_days};
use crate::rows::kind::ValueKind;

/// Steps of ticks in minutes, of whole days, of months and of years.
const MINUTES: [f64; 11] = [1.0, 2.0, 5.0, 10.0, 15.0, 30.0, 60.0, 120.0, 180.0, 360.0, 720.0];
const DAYS: [f64; 4] = [1.0, 2.0, 7.0, 14.0];
const MONTHS: [i64; 4] = [1, 2, 3, 6];
const YEARS: [i64; 10] = [1, 2, 5, 10, 20, 50, 100, 200, 500, 1000];
/// Average lengths of a month and of a year in days.
const MONTH: f64 = 30.44;
const YEAR: f64 = 365.25;
const MINUTES_OF_DAY: f64 = 1440.0;

/// The ticks of dates, in days, with the dates as labels: at times of day, on days, or at the beginning of months or years. Times of
/// a single day have its date in the label of the axis.
/// `most` is the largest number of steps between labels of a width.
pub(super) fn date_ticks(
    (low, high): (f64, f64),
    kind: &ValueKind,
    most: impl Fn(f64) -> usize,
) -> Ticks {
    let text = |days: f64| kind.text(days).unwrap_or_default();
    let least = |label: &str| (high - low) / most(text_width(label, TICK)).max(1) as f64;
    if !(least("").is_finite() && low < high) {
        return Ticks::default();
    }
    let of_date = least(&text_of_days(low));
    // dates without times have no ticks between days
    let unit = kind.unit().unwrap_or(1.0);
    let minutes = MINUTES.map(|minutes| minutes / MINUTES_OF_DAY);
    let minutes = minutes.iter().copied().filter(|step| *step >= unit * (1.0 - 1e-9));
    let mut day = None;
    let at = if let Some(step) = minutes.chain(DAYS).find(|step| *step >= of_date) {
        if step < 1.0 && low.floor() == high.floor() {
            day = Some(text_of_days(low.floor()));
        }
        let label = |days: f64| if step < 1.0 { time_or_date(days) } else { text(days) };
        // weeks begin on Monday; 1970-01-05 was one
        let offset = if step % 7.0 == 0.0 { 4.0 } else { 0.0 };
        let (first, last) = (((low - offset) / step).ceil(), ((high - offset) / step).floor());
        let n = (last - first).max(-1.0) as i64;
        let days = (0..=n).map(|number| (first + number as f64) * step + offset);
        days.map(|days| (days, label(days))).collect()
    } else if let Some(step) = find(&MONTHS, least("2024-01") / MONTH) {
        beginnings((low, high), step, |year, month| format!("{year:04}-{month:02}"))
    } else {
        let step = find(&YEARS, least("2024") / YEAR).unwrap_or(YEARS[YEARS.len() - 1]);
        beginnings((low, high), 12 * step, |year, _| format!("{year:04}"))
    };
    Ticks { at, day, ..Ticks::default() }
}

/// The time of day, or the date at midnight.
fn time_or_date(days: f64) -> String {
    let minutes = (days.fract() * MINUTES_OF_DAY).round().rem_euclid(MINUTES_OF_DAY);
    if minutes == 0.0 {
        return text_of_days(days);
    }
    format!("{:02.0}:{:02.0}", (minutes / 60.0).floor(), minutes % 60.0)
}

/// The smallest step that is not below `least`.
fn find(steps: &[i64], least: f64) -> Option<i64> {
    steps.iter().copied().find(|step| *step as f64 >= least)
}

/// The first days of every `step` months within a range, with labels of their year and month.
fn beginnings(
    (low, high): (f64, f64),
    step: i64,
    label: impl Fn(i64, i64) -> String,
) -> Vec<(f64, String)> {
    let month_of = |days: f64| {
        let (year, month, _) = civil_of_days(days);
        12 * year + month - 1
    };
    let (first, last) = (month_of(low).div_euclid(step), month_of(high).div_euclid(step));
    let beginning = |number: i64| {
        let (year, month) = ((number * step).div_euclid(12), (number * step).rem_euclid(12) + 1);
        Some((days_of_date(year, month, 1)? as f64, label(year, month)))
    };
    let all = (first..=last).filter_map(beginning);
    all.filter(|(days, _)| (low..=high).contains(days)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rows::date_pattern::DatePattern;
    use crate::rows::kind::DateForm;

    fn labels(range: (f64, f64), kind: &ValueKind) -> Vec<String> {
        let found = date_ticks(range, kind, |width| (358.0 / (width + 24.0)) as usize);
        found.at.into_iter().map(|(_, label)| label).collect()
    }

    #[test]
    fn ticks_of_dates_are_days_months_or_years() {
        let kind = ValueKind::YEAR_MONTH_DAY;
        let found = labels((19_700.5, 19_703.5), &kind);
        assert_eq!(found, ["2023-12-10", "2023-12-11", "2023-12-12"]);
        // Mondays
        let found = labels((19_700.5, 19_725.0), &kind);
        assert_eq!(found, ["2023-12-11", "2023-12-18", "2023-12-25", "2024-01-01"]);
        let found = labels((19_700.5, 19_830.0), &kind);
        assert_eq!(found, ["2024-01", "2024-02", "2024-03", "2024-04"]);
        let found = labels((16_000.0, 19_830.0), &kind);
        assert_eq!(found, ["2014", "2016", "2018", "2020", "2022", "2024"]);
    }

    #[test]
    fn times_of_day_have_ticks_at_whole_hours() {
        let pattern = DatePattern::of_texts(["2024-03-01 12:30", "2024-03-01 18:05"]).unwrap();
        let kind = ValueKind::Date(DateForm::Pattern(pattern));
        let found = date_ticks((19_783.3, 19_783.7), &kind, |_| 4);
        let texts: Vec<&str> = found.at.iter().map(|(_, label)| label.as_str()).collect();
        assert_eq!(texts, ["09:00", "12:00", "15:00"]);
        assert_eq!(found.labelled("start"), "start (2024-03-01)");
        let found = labels((19_783.3, 19_785.2), &kind);
        assert_eq!(found, ["12:00", "2024-03-02", "12:00", "2024-03-03"]);
    }

    #[test]
    fn ranges_without_dates_have_no_ticks() {
        assert!(labels((f64::NAN, 1.0), &ValueKind::YEAR_MONTH_DAY).is_empty());
        assert!(labels((-1e18, 1e18), &ValueKind::YEAR_MONTH_DAY).len() <= 12);
        assert!(labels((5.2, 5.3), &ValueKind::YEAR_MONTH_DAY).is_empty());
    }
}
