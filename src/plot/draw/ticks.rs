//! Ticks of axes.

use crate::plot::number::{short_number, with_minus};

/// The ticks of an axis.
#[derive(Debug, Clone, PartialEq, Default)]
pub(super) struct Ticks {
    /// Values and labels.
    pub(super) at: Vec<(f64, String)>,
    /// What was subtracted from the values in the labels, if their differences would not be seen otherwise.
    pub(super) offset: Option<f64>,
    /// The power of ten that the labels are multiples of, if they would be long otherwise.
    pub(super) power: Option<i32>,
    /// The date of times of a single day.
    pub(super) day: Option<String>,
}

impl Ticks {
    /// The label of an axis, with the offset and the power of its ticks.
    pub(super) fn labelled(&self, label: &str) -> String {
        let mut text = label.to_owned();
        match self.offset {
            Some(offset) if offset < 0.0 => text += &format!(" + {}", short_number(-offset, 17)),
            Some(offset) => text += &format!(" − {}", short_number(offset, 17)),
            None => {}
        }
        if let Some(day) = &self.day {
            text += &format!(" ({day})");
        }
        let Some(power) = self.power else { return text };
        let power = with_minus(&format!("1e{power}"));
        match (text.is_empty(), self.offset) {
            (true, _) => format!("in {power}"),
            (_, Some(_)) => format!("({text}) / {power}"),
            (_, None) => format!("{text} / {power}"),
        }
    }
}

/// Number of steps between zero and the values above which the labels are without an offset.
const MOST_STEPS: f64 = 1e5;

/// At most `most` + 1 ticks between `low` and `high`, at multiples of 1, 2, 2.5 or 5 times a power of ten; of whole numbers only, if
/// `is_whole`.
pub(super) fn ticks((low, high): (f64, f64), most: usize, is_whole: bool) -> Ticks {
    let step = step((high - low) / most.max(1) as f64, is_whole);
    if !(step.is_finite() && step > 0.0) {
        return Ticks::default();
    }
    if low.abs().max(high.abs()) / step <= MOST_STEPS {
        return multiples(low, high, step, None);
    }
    // a round number near the values
    let unit = 10_f64.powf((high - low).log10().floor() + 1.0);
    let offset = (0.5 * (low + high) / unit).round() * unit;
    multiples(low - offset, high - offset, step, Some(offset))
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
fn multiples(low: f64, high: f64, step: f64, offset: Option<f64>) -> Ticks {
    let (first, last) = ((low / step - 1e-9).ceil(), (high / step + 1e-9).floor());
    let n = (last - first).max(0.0) as usize;
    let largest = low.abs().max(high.abs());
    let is_long = !(1e-4..1e6).contains(&largest);
    let power = is_long.then(|| largest.log10().floor() as i32);
    let label = |value: f64| match power {
        // not by the power itself, which may be too small to be a number
        Some(power) => label(scaled(value, -power), scaled(step, -power)),
        None => label(value, step),
    };
    let values = (0..=n).map(|number| (first + number as f64) * step);
    let at = values.map(|value| (value + offset.unwrap_or(0.0), label(value))).collect();
    Ticks { at, offset, power, day: None }
}

/// A value times a power of ten.
fn scaled(value: f64, power: i32) -> f64 {
    let half = power / 2;
    value * 10_f64.powi(half) * 10_f64.powi(power - half)
}

/// A tick with as many digits as its neighbours at distance `step`.
fn label(value: f64, step: f64) -> String {
    if value.abs() < 1e-6 * step {
        return "0".into();
    }
    // the position of the last digit of the step, which is one further for 2.5
    let power = (step.log10() + 1e-9).floor();
    let has_two_digits = (step / 10_f64.powf(power) - 2.5).abs() < 1e-6;
    let last = power - f64::from(u8::from(has_two_digits));
    let digits = (-last).clamp(0.0, 17.0) as usize;
    with_minus(&format!("{value:.digits$}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn labels(range: (f64, f64), most: usize) -> Vec<String> {
        ticks(range, most, false).at.into_iter().map(|(_, label)| label).collect()
    }

    #[test]
    fn labels_are_short_and_exact() {
        assert_eq!(labels((-1.1, 1.1), 6), ["−1.0", "−0.5", "0", "0.5", "1.0"]);
        assert_eq!(labels((0.0, 10.0), 5), ["0", "2", "4", "6", "8", "10"]);
        assert_eq!(labels((0.07, 0.42), 4), ["0.1", "0.2", "0.3", "0.4"]);
        assert_eq!(labels((-1.0, 92.0), 4), ["0", "25", "50", "75"]);
        assert_eq!(labels((0.0, 0.9), 4), ["0", "0.25", "0.50", "0.75"]);
        assert_eq!(labels((0.0, 210_000.0), 3), ["0", "100000", "200000"]);
    }

    #[test]
    fn long_labels_have_their_power_at_the_axis() {
        for (range, most, expected, label) in [
            ((0.0, 3.1e7), 4, vec!["0", "1", "2", "3"], "y / 1e7"),
            (
                (-2.5e7, 1e7),
                8,
                vec!["−2.5", "−2.0", "−1.5", "−1.0", "−0.5", "0", "0.5", "1.0"],
                "y / 1e7",
            ),
            ((0.0, 2.1e-6), 3, vec!["0", "1", "2"], "y / 1e−6"),
        ] {
            let found = ticks(range, most, false);
            assert_eq!(found.at.iter().map(|(_, label)| label).collect::<Vec<_>>(), expected);
            assert_eq!(found.labelled("y"), label);
            assert!(found.labelled("").starts_with("in 1e"));
        }
    }

    #[test]
    fn large_values_with_small_differences_have_an_offset() {
        let found = ticks((1e9 - 1000.0, 1e9 + 1000.0), 4, false);
        assert_eq!(found.labelled("y"), "y − 1e9");
        let (values, labels): (Vec<f64>, Vec<String>) = found.at.into_iter().unzip();
        assert_eq!(labels, ["−1000", "−500", "0", "500", "1000"]);
        assert_eq!(values[1], 1e9 - 500.0);
        // years need none
        assert_eq!(ticks((1990.0, 2025.0), 6, false).offset, None);
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
