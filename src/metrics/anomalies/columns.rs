//! Anomalous columns of a row.

use std::fmt;

use ndarray::{ArrayView1, ArrayView2};

use crate::error::Result;
use crate::pipeline::Pipeline;

/// A column whose value in a row deviates strongly from its expected value given the other values of the row. `Display`
/// writes its name and deviation, such as `income +8.1`.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct AnomalousColumn {
    /// Name of the column.
    pub name: String,
    /// Value of the column.
    pub value: f64,
    /// Deviation from the expected value, in standard deviations: see [`Pipeline::deviations`].
    pub deviation: f64,
}

impl AnomalousColumn {
    /// Absolute deviation beyond which a column is anomalous.
    pub const LEAST_DEVIATION: f64 = 2.0;
    /// Maximum number of columns that are reported per row.
    pub const MOST_COLUMNS: usize = 5;

    /// Returns the anomalous columns of each row, the most anomalous first: at most [`MOST_COLUMNS`](Self::MOST_COLUMNS) that
    /// deviate by more than [`LEAST_DEVIATION`](Self::LEAST_DEVIATION). `records` has shape `(n_samples, n_features)`.
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
        let rows = records.rows().into_iter().zip(deviations.rows());
        Ok(rows.map(|(values, deviations)| Self::of_row(values, deviations, names)).collect())
    }

    fn of_row(
        values: ArrayView1<'_, f64>,
        deviations: ArrayView1<'_, f64>,
        names: &[String],
    ) -> Vec<Self> {
        let columns = names.iter().zip(values).zip(deviations);
        let mut columns: Vec<Self> = columns
            .filter(|(_, deviation)| deviation.abs() > Self::LEAST_DEVIATION)
            .map(|((name, &value), &deviation)| Self { name: name.clone(), value, deviation })
            .collect();
        columns.sort_by(|a, b| b.deviation.abs().total_cmp(&a.deviation.abs()));
        columns.truncate(Self::MOST_COLUMNS);
        columns
    }
}

impl fmt::Display for AnomalousColumn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // values far outside have no use for all their digits
        if self.deviation.abs() < 1e6 {
            write!(f, "{} {:+.1}", self.name, self.deviation)
        } else {
            write!(f, "{} {:+.1e}", self.name, self.deviation)
        }
    }
}

#[cfg(test)]
mod tests {
    use ndarray::array;

    use super::*;

    #[test]
    fn columns_are_sorted_by_deviation_and_limited_in_number() {
        let names: Vec<String> = (0..8).map(|column| format!("c{column}")).collect();
        let values = array![0.0, 1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0];
        let deviations = array![2.0, -2.5, 3.0, 0.0, 9.0, -9.5, 2.1, 4.0];
        let columns = AnomalousColumn::of_row(values.view(), deviations.view(), &names);
        let texts: Vec<String> = columns.iter().map(ToString::to_string).collect();
        assert_eq!(texts, ["c5 -9.5", "c4 +9.0", "c7 +4.0", "c2 +3.0", "c1 -2.5"]);
        assert_eq!(columns[0].value, 5.0);
    }
}
