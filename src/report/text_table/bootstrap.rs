//! Text tables of intervals.

use std::iter;

use ndarray::{Array, Dimension, Ix2};

use super::TextTable;
use crate::bootstrap::{Bootstrap, Intervals};
use crate::rows::kind::ValueKind;

impl From<&Bootstrap> for TextTable {
    /// One line per component: its weight with an interval, and its stability.
    fn from(found: &Bootstrap) -> Self {
        let line = |(component, similarity): (usize, &f64)| {
            vec![
                component.to_string(),
                interval(&found.weights, component, &ValueKind::Numeric),
                format!("{similarity:.2}"),
            ]
        };
        Self::new(["component", "weight", "stability"])
            .lines(found.stability.iter().enumerate().map(line))
    }
}

impl TextTable {
    /// Parameters of each component with their intervals, a line for each of the columns with these names. Those of columns of dates are
    /// dates.
    pub fn of_intervals(
        what: &str,
        intervals: &Intervals<Ix2>,
        columns: &[(String, ValueKind)],
    ) -> Self {
        let k = intervals.estimate.nrows();
        let components = (0..k).map(|component| format!("component {component}"));
        let line = |(at, (name, kind)): (usize, &(String, ValueKind))| {
            let cell = |component| interval(intervals, component * columns.len() + at, kind);
            iter::once(name.clone()).chain((0..k).map(cell)).collect()
        };
        Self::new(iter::once(what.to_owned()).chain(components))
            .lines(columns.iter().enumerate().map(line))
    }
}

/// An estimate with its interval, by its position in row-major order, with two digits of its standard error.
fn interval<D: Dimension>(intervals: &Intervals<D>, at: usize, kind: &ValueKind) -> String {
    let value = |array: &Array<f64, D>| array.iter().nth(at).copied().unwrap_or(f64::NAN);
    let power = value(&intervals.standard_error).log10().floor();
    let decimals = if power.is_finite() { (1.0 - power).clamp(0.0, 12.0) as usize } else { 3 };
    let text = |value: f64| match kind {
        ValueKind::Date(_) => kind.text(value).unwrap_or_default(),
        _ => format!("{value:.decimals$}"),
    };
    let [estimate, low, high] =
        [&intervals.estimate, &intervals.low, &intervals.high].map(|array| text(value(array)));
    format!("{estimate} ({low} to {high})")
}

#[cfg(test)]
mod tests {
    use ndarray::array;

    use super::*;

    #[test]
    fn numbers_have_two_digits_of_their_standard_error_and_dates_are_dates() {
        let replicates = [array![[1.0, 19_000.0]], array![[1.04, 19_010.0]]];
        let intervals = Intervals::new(array![[1.0234, 19_005.0]], &replicates, 0.9);
        let columns = [("x".into(), ValueKind::Numeric), ("day".into(), ValueKind::YEAR_MONTH_DAY)];
        let table = TextTable::of_intervals("mean", &intervals, &columns);
        assert_eq!(table.lines[0], ["x", "1.023 (1.000 to 1.040)"]);
        assert_eq!(table.lines[1], ["day", "2022-01-13 (2022-01-08 to 2022-01-18)"]);
    }
}
