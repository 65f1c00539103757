//! Dates of the Gregorian calendar as numbers of days since 1970-01-01.
//!
//! The conversions are Howard Hinnant's `days_from_civil` and `civil_from_days` ("chrono-Compatible Low-Level Date
//! Algorithms", <https://howardhinnant.github.io/date_algorithms.html>): years begin in March, so that the day that a leap year
//! adds is the last of its year, and 400 years have 146 097 days.

/// Number of days in 400 years.
const ERA: i64 = 146_097;
/// Number of days from 0000-03-01 to 1970-01-01.
const EPOCH: i64 = 719_468;

/// Returns the number of days from 1970-01-01 to a date, which must exist.
fn days_from_civil(year: i64, month: i64, day: i64) -> i64 {
    let year = if month <= 2 { year - 1 } else { year };
    let era = year.div_euclid(400);
    let year_of_era = year.rem_euclid(400);
    let day_of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    let day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    era * ERA + day_of_era - EPOCH
}

/// Returns year, month and day of the date that is this number of days after 1970-01-01.
fn civil_from_days(days: i64) -> (i64, i64, i64) {
    let days = days + EPOCH;
    let era = days.div_euclid(ERA);
    let day_of_era = days.rem_euclid(ERA);
    let year_of_era =
        (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * month + 2) / 5 + 1;
    let month = if month < 10 { month + 3 } else { month - 9 };
    let year = year_of_era + era * 400;
    (if month <= 2 { year + 1 } else { year }, month, day)
}

/// The first and the last date with a year of four digits, as days: 0001-01-01 and 9999-12-31.
const FIRST: f64 = -719_162.0;
const LAST: f64 = 2_932_896.0;

/// Converts a number of the form YYYYMMDD to days since 1970-01-01; none unless it is a date of the calendar.
pub(super) fn days_of_number(number: f64) -> Option<f64> {
    // the bounds are those of four-digit years, and exclude NaN
    if !(10_101.0..=99_991_231.0).contains(&number) || number.fract() != 0.0 {
        return None;
    }
    let number = number as i64;
    let (year, month, day) = (number / 10_000, number / 100 % 100, number % 100);
    days_of_date(year, month, day).map(|days| days as f64)
}

/// Returns the number of days from 1970-01-01 to a date; none if there is no such day.
pub(crate) fn days_of_date(year: i64, month: i64, day: i64) -> Option<i64> {
    if !(1..=12).contains(&month) || !(1..=31).contains(&day) {
        return None;
    }
    let days = days_from_civil(year, month, day);
    // a day beyond the end of its month is a date of the next month
    (day <= 28 || civil_from_days(days) == (year, month, day)).then_some(days)
}

/// Returns year, month and day of the date nearest to a number of days; years have at most four digits.
pub(crate) fn civil_of_days(days: f64) -> (i64, i64, i64) {
    civil_from_days(days.round().clamp(FIRST, LAST) as i64)
}

/// Converts days since 1970-01-01 to the number YYYYMMDD of the nearest date; years have at most four digits.
pub(super) fn number_of_days(days: f64) -> f64 {
    let (year, month, day) = civil_of_days(days);
    (year * 10_000 + month * 100 + day) as f64
}

/// Formats days since 1970-01-01 as the nearest date, `2022-01-17`.
pub(crate) fn text_of_days(days: f64) -> String {
    let (year, month, day) = civil_of_days(days);
    format!("{year:04}-{month:02}-{day:02}")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn is_leap(year: i64) -> bool {
        year % 4 == 0 && (year % 100 != 0 || year % 400 == 0)
    }

    fn length(year: i64, month: i64) -> i64 {
        match month {
            2 if is_leap(year) => 29,
            2 => 28,
            4 | 6 | 9 | 11 => 30,
            _ => 31,
        }
    }

    #[test]
    fn every_day_of_four_centuries_follows_the_day_before_it() {
        // 1800-01-01 is 170 years with 41 leap days (1804 to 1968 without 1900) before 1970-01-01
        let mut expected = -(170.0 * 365.0 + 41.0);
        for year in 1800..=2200 {
            for month in 1..=12 {
                for day in 1..=31 {
                    let number = (year * 10_000 + month * 100 + day) as f64;
                    if day > length(year, month) {
                        assert_eq!(days_of_number(number), None, "{number}");
                        continue;
                    }
                    assert_eq!(days_of_number(number), Some(expected), "{number}");
                    assert_eq!(number_of_days(expected), number);
                    expected += 1.0;
                }
            }
        }
        assert_eq!(days_of_number(19_700_101.0), Some(0.0));
        assert_eq!(days_of_number(20_000_229.0), Some(11_016.0));
    }

    #[test]
    fn numbers_that_are_no_dates_are_refused() {
        for number in [
            20_220_229.0,
            20_220_431.0,
            20_221_301.0,
            20_220_001.0,
            20_220_100.0,
            20_220_101.5,
            -20_220_101.0,
            2022.0,
            0.0,
            1e15,
            f64::NAN,
            f64::INFINITY,
        ] {
            assert_eq!(days_of_number(number), None, "{number}");
        }
    }

    #[test]
    fn all_days_have_dates_with_four_digits() {
        assert_eq!(days_of_number(10_101.0), Some(FIRST));
        assert_eq!(days_of_number(99_991_231.0), Some(LAST));
        assert_eq!(number_of_days(1e12), 99_991_231.0);
        assert_eq!(number_of_days(-1e12), 10_101.0);
        assert_eq!(number_of_days(-0.4), 19_700_101.0);
        assert_eq!(text_of_days(0.6), "1970-01-02");
    }
}
