//! Ticks of axes.

use crate::rows::kind::ValueKind;

/// The ticks of an axis.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Ticks {
    /// Values and labels.
    pub(super) at: Vec<(f64, String)>,
    /// What was subtracted from the values in the labels, if their differences would not be seen otherwise.
    pub(super) offset: Option<String>,
}

/// Number of steps between zero and the values above which the labels are without an offset.
const MOST_STEPS: f64 = 1e5;

/// The ticks of dates, in days, with the dates as labels.
pub(super) fn date_ticks(range: (f64, f64), most: usize, kind: &ValueKind) -> Ticks {
    let found = ticks(range, most, range.1 - range.0 >= most as f64);
    let at = found.at.into_iter();
    let at = at.map(|(days, label)| (days, kind.text(days).unwrap_or(label))).collect();
    Ticks { at, offset: None }
}

/// At most `most` + 1 ticks between `low` and `high`, at multiples of 1, 2, 2.5 or 5 times a power of ten; of whole numbers only, if
/// `is_whole`.
pub(super) fn ticks((low, high): (f64, f64), most: usize, is_whole: bool) -> Ticks {
    let step = step((high - low) / most.max(1) as f64, is_whole);
    if !(step.is_finite() && step > 0.0) {
        return Ticks { at: Vec::new(), offset: None };
    }
    if low.abs().max(high.abs()) / step <= MOST_STEPS {
        return Ticks { at: multiples(low, high, step, 0.0), offset: None };
    }
    // a round number near the values
    let unit = 10_f64.powf((high - low).log10().floor() + 1.0);
    let offset = (0.5 * (low + high) / unit).round() * unit;
    let at = multiples(low - offset, high - offset, step, offset);
    Ticks { at, offset: Some(number(offset)) }
}

/// The smallest of 1, 2, 2.5, 5 times a power of ten that is not below `least`; a whole number, if `is_whole`.
fn step(least: f64, is_whole: bool) -> f64 {
    let power = 10_f64.powf(least.log10().floor());
    let steps = [1.0, 2.0, 2.5, 5.0, 10.0, 20.0, 50.0, 100.0].map(|factor| factor * power);
    // a power may have a rounding error
    let enough = |step: f64| step >= least * (1.0 - 1e-9);
    let fits = |step: &f64| enough(*step) && (!is_whole || (step - step.round()).abs() < 1e-9);
    steps.into_iter().find(fits).unwrap_or(if is_whole { 1.0 } else { f64::NAN })
}

/// The multiples of `step` with their labels, and `offset` added to their values.
fn multiples(low: f64, high: f64, step: f64, offset: f64) -> Vec<(f64, String)> {
    let (first, last) = ((low / step - 1e-9).ceil(), (high / step + 1e-9).floor());
    let n = (last - first).max(0.0) as usize;
    let values = (0..=n).map(|number| (first + number as f64) * step);
    let largest = low.abs().max(high.abs());
    values.map(|value| (value + offset, label(value, step, largest))).collect()
}

/// A tick with as many digits as its neighbours at distance `step`.
fn label(value: f64, step: f64, largest: f64) -> String {
    if value.abs() < 1e-6 * step {
        return "0".into();
    }
    // the position of the last digit of the step, which is one further for 2.5
    let power = step.log10().floor();
    let has_two_digits = (step / 10_f64.powf(power) - 2.5).abs() < 1e-6;
    let last = power - f64::from(u8::from(has_two_digits));
    if !(1e-4..1e6).contains(&largest) {
        let digits = (value.abs().log10().floor() - last).clamp(0.0, 17.0) as usize;
        return format!("{value:.digits$e}");
    }
    let digits = (-last).clamp(0.0, 17.0) as usize;
    format!("{value:.digits$}")
}

/// A number as short as it can be.
fn number(value: f64) -> String {
    let (plain, scientific) = (format!("{value}"), format!("{value:e}"));
    if scientific.len() < plain.len() { scientific } else { plain }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn labels(range: (f64, f64), most: usize) -> Vec<String> {
        ticks(range, most, false).at.into_iter().map(|(_, label)| label).collect()
    }

    #[test]
    fn labels_are_short_and_exact() {
        assert_eq!(labels((-1.1, 1.1), 6), ["-1.0", "-0.5", "0", "0.5", "1.0"]);
        assert_eq!(labels((0.0, 10.0), 5), ["0", "2", "4", "6", "8", "10"]);
        assert_eq!(labels((0.07, 0.42), 4), ["0.1", "0.2", "0.3", "0.4"]);
        assert_eq!(labels((-1.0, 92.0), 4), ["0", "25", "50", "75"]);
        assert_eq!(labels((0.0, 0.9), 4), ["0", "0.25", "0.50", "0.75"]);
        assert_eq!(labels((0.0, 210_000.0), 3), ["0", "100000", "200000"]);
        assert_eq!(labels((0.0, 3.1e7), 4), ["0", "1e7", "2e7", "3e7"]);
        assert_eq!(labels((1.4e7, 2.6e7), 3), ["1.5e7", "2.0e7", "2.5e7"]);
        assert_eq!(labels((0.0, 2.1e-6), 3), ["0", "1e-6", "2e-6"]);
    }

    #[test]
    fn large_values_with_small_differences_have_an_offset() {
        let found = ticks((1e9 - 1000.0, 1e9 + 1000.0), 4, false);
        assert_eq!(found.offset.as_deref(), Some("1e9"));
        let (values, labels): (Vec<f64>, Vec<String>) = found.at.into_iter().unzip();
        assert_eq!(labels, ["-1000", "-500", "0", "500", "1000"]);
        assert_eq!(values[1], 1e9 - 500.0);
        // years need none
        assert_eq!(ticks((1990.0, 2025.0), 6, false).offset, None);
    }

    #[test]
    fn ticks_of_dates_are_dates() {
        use crate::rows::kind::DateForm;
        let kind = ValueKind::Date(DateForm::YearMonthDay);
        let found = date_ticks((19_700.5, 19_760.5), 3, &kind);
        let labels: Vec<&str> = found.at.iter().map(|(_, label)| label.as_str()).collect();
        assert_eq!(labels, ["2023-12-29", "2024-01-18", "2024-02-07"]);
        assert_eq!((found.at[1].0, found.offset), (19_740.0, None));
    }

    #[test]
    fn whole_numbers_have_no_ticks_between() {
        let found = ticks((0.8, 4.2), 7, true);
        let labels: Vec<&str> = found.at.iter().map(|(_, label)| label.as_str()).collect();
        assert_eq!(labels, ["1", "2", "3", "4"]);
        let found = ticks((0.4, 10.6), 4, true);
        assert_eq!(found.at[0].1, "5");
    }

    #[test]
    fn extreme_ranges_have_few_ticks() {
        for range in [(0.0, 1e-300), (-1e300, 1e300), (1e15, 1e15 + 1.0), (-5e-324, 5e-324)] {
            let found = ticks(range, 6, false);
            assert!(found.at.len() <= 8, "{range:?}: {found:?}");
        }
    }
}
