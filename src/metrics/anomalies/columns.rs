//! Anomalous columns of a row.

use std::fmt;

use ndarray::{ArrayView1, ArrayView2};

use crate::error::Result;
use crate::pipeline::Pipeline;

/// A column whose value in a row is unusual given the other values of the row. `Display` writes its name and deviation, such as
/// `income +8.1`, or for a category its probability: `species: 0.2 % expected`, `income missing: 1.3 % expected`, `rain exactly 0: 0.4 %
/// expected`.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct AnomalousColumn {
    /// Name of the column.
    pub name: String,
    /// Value of the column: a number, the index of a level, or NaN if it is missing.
    pub value: f64,
    /// What is unusual.
    pub unusual: Unusual,
}

/// What is unusual in a column of a row.
#[derive(Debug, Clone, Copy, PartialEq)]
#[non_exhaustive]
pub enum Unusual {
    /// The number, by its deviation from the expected value, in standard deviations: see [`Pipeline::deviations`].
    Number(f64),
    /// The category, by its probability: see [`Pipeline::category_probabilities`].
    Category(f64),
    /// That the value is missing, or that it is not, by its probability: see [`Pipeline::missingness_probabilities`].
    Missingness(f64),
    /// That the value is this spike of its column, by its probability.
    Spike(f64),
    /// That the value is none of the spikes of its column, by its probability.
    NoSpike(f64),
}

impl Unusual {
    /// The size by which columns are ordered: the deviation of a number, or the deviation at which the density of a Gaussian has
    /// the probability p, relative to its largest value.
    /// ```text
    /// exp(-z² / 2) = p
    /// ```
    fn size(self) -> f64 {
        match self {
            Self::Number(deviation) => deviation.abs(),
            Self::Category(p) | Self::Missingness(p) | Self::Spike(p) | Self::NoSpike(p) => {
                (-2.0 * p.ln()).sqrt()
            }
        }
    }
}

impl AnomalousColumn {
    /// Absolute deviation beyond which a number is anomalous.
    pub const LEAST_DEVIATION: f64 = 2.0;
    /// Probability below which a category is anomalous.
    pub const MOST_EXPECTED: f64 = 0.05;
    /// Maximum number of columns that are reported per row.
    pub const MOST_COLUMNS: usize = 5;

    /// Returns the anomalous columns of each row, the most anomalous first: at most [`MOST_COLUMNS`](Self::MOST_COLUMNS) that
    /// deviate by more than [`LEAST_DEVIATION`](Self::LEAST_DEVIATION), or whose category is less probable than
    /// [`MOST_EXPECTED`](Self::MOST_EXPECTED). `records` has shape `(n_samples, n_features)`.
    ///
    /// # Errors
    /// Same as [`Pipeline::deviations`].
    ///
    /// # Examples
    /// ```
    /// use mixlab::{AnomalousColumn, prelude::*};
    ///
    /// let survey = datasets::survey();
    /// let model = Pipeline::from(GaussianMixture::params(4).fit(&survey)?);
    /// let mut customer = survey.records.slice(s![..1, ..]).to_owned();
    /// customer[[0, 1]] += 500.0;                                // earns half a million more
    /// let columns = AnomalousColumn::of_rows(&model, customer.view(), survey.feature_names())?;
    /// assert_eq!(columns[0][0].name, "income");
    /// # Ok::<(), mixlab::Error>(())
    /// ```
    pub fn of_rows(
        pipeline: &Pipeline,
        records: ArrayView2<'_, f64>,
        names: &[String],
    ) -> Result<Vec<Vec<Self>>> {
        if records.nrows() == 0 {
            return Ok(Vec::new());
        }
        let deviations = pipeline.deviations(records)?;
        let categories = pipeline.category_probabilities(records)?;
        let states = pipeline.missingness_probabilities(records)?;
        let spikes: Vec<&[f64]> =
            (0..records.ncols()).map(|column| pipeline.layout().spikes(column)).collect();
        let of_row = |row: usize| {
            let measures = [deviations.row(row), categories.row(row), states.row(row)];
            Self::of_row(records.row(row), measures, &spikes, names)
        };
        Ok((0..records.nrows()).map(of_row).collect())
    }

    /// The anomalous columns of a row, given deviations of numbers, probabilities of categories, those of what indicators say, and the
    /// spikes of each column.
    fn of_row(
        values: ArrayView1<'_, f64>,
        [deviations, categories, states]: [ArrayView1<'_, f64>; 3],
        spikes: &[&[f64]],
        names: &[String],
    ) -> Vec<Self> {
        let mut columns = Vec::new();
        for (at, name) in names.iter().enumerate() {
            let is_far = deviations[at].abs() > Self::LEAST_DEVIATION;
            let is_rare = |p: f64| p < Self::MOST_EXPECTED;
            let unusual = [
                is_far.then_some(Unusual::Number(deviations[at])),
                is_rare(categories[at]).then_some(Unusual::Category(categories[at])),
                is_rare(states[at]).then_some(state(values[at], spikes[at], states[at])),
            ];
            let column = |unusual| Self { name: name.clone(), value: values[at], unusual };
            columns.extend(unusual.into_iter().flatten().map(column));
        }
        columns.sort_by(|a, b| b.unusual.size().total_cmp(&a.unusual.size()));
        columns.truncate(Self::MOST_COLUMNS);
        columns
    }
}

/// What an indicator says of a value with this probability.
fn state(value: f64, spikes: &[f64], probability: f64) -> Unusual {
    if value.is_nan() || spikes.is_empty() {
        Unusual::Missingness(probability)
    } else if spikes.contains(&value) {
        Unusual::Spike(probability)
    } else {
        Unusual::NoSpike(probability)
    }
}

impl fmt::Display for AnomalousColumn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = &self.name;
        match self.unusual {
            // values far outside have no use for all their digits
            Unusual::Number(deviation) if deviation.abs() < 1e6 => {
                write!(f, "{name} {deviation:+.1}")
            }
            Unusual::Number(deviation) => write!(f, "{name} {deviation:+.1e}"),
            Unusual::Category(p) => write!(f, "{name}: {} expected", percent(p)),
            Unusual::Missingness(p) => {
                let state = if self.value.is_nan() { "missing" } else { "not missing" };
                write!(f, "{name} {state}: {} expected", percent(p))
            }
            Unusual::Spike(p) => {
                write!(f, "{name} exactly {}: {} expected", self.value, percent(p))
            }
            Unusual::NoSpike(p) => write!(f, "{name} not at a spike: {} expected", percent(p)),
        }
    }
}

/// Formats a small probability.
fn percent(p: f64) -> String {
    if p < 5e-4 { "<0.1 %".into() } else { format!("{:.1} %", 100.0 * p) }
}

#[cfg(test)]
mod tests {
    use ndarray::{Array1, array};

    use super::*;

    const NAN: f64 = f64::NAN;

    fn texts(
        values: Array1<f64>,
        deviations: Array1<f64>,
        categories: Array1<f64>,
        missingness: Array1<f64>,
    ) -> Vec<String> {
        let names: Vec<String> = (0..values.len()).map(|column| format!("c{column}")).collect();
        let measures = [deviations.view(), categories.view(), missingness.view()];
        // a column alone has a spike at 0
        let spikes: &[f64] = if values.len() == 1 { &[0.0] } else { &[] };
        let spikes = vec![spikes; values.len()];
        let columns = AnomalousColumn::of_row(values.view(), measures, &spikes, &names);
        columns.iter().map(ToString::to_string).collect()
    }

    #[test]
    fn columns_are_sorted_by_deviation_and_limited_in_number() {
        let values = array![0.0, 1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0];
        let deviations = array![2.0, -2.5, 3.0, 0.0, 9.0, -9.5, 2.1, 4.0];
        let none = Array1::from_elem(8, NAN);
        let found = texts(values, deviations, none.clone(), none);
        assert_eq!(found, ["c5 -9.5", "c4 +9.0", "c7 +4.0", "c2 +3.0", "c1 -2.5"]);
    }

    #[test]
    fn categories_and_missing_values_are_anomalous_if_they_are_improbable() {
        let values = array![1.0, 0.0, NAN, 5.0, 2.0];
        let deviations = array![NAN, NAN, NAN, 3.6, 0.1];
        // √(-2 ln 0.002) = 3.53
        let categories = array![0.002, 0.05, NAN, NAN, NAN];
        let missingness = array![0.98, NAN, 0.000_3, 0.5, 0.013];
        let found = texts(values, deviations, categories, missingness);
        let expected = [
            "c2 missing: <0.1 % expected",
            "c3 +3.6",
            "c0: 0.2 % expected",
            "c4 not missing: 1.3 % expected",
        ];
        assert_eq!(found, expected);
    }

    #[test]
    fn spikes_are_anomalous_if_they_are_improbable() {
        let none = || array![NAN];
        let found = |value| texts(array![value], none(), none(), array![0.013]);
        assert_eq!(found(0.0), ["c0 exactly 0: 1.3 % expected"]);
        assert_eq!(found(2.5), ["c0 not at a spike: 1.3 % expected"]);
        assert_eq!(found(NAN), ["c0 missing: 1.3 % expected"]);
    }
}
