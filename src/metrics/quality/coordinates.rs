//! Coordinates of mixed rows with missing values, in which distances are Euclidean.

use ndarray::{Array1, Array2, ArrayView1, ArrayView2, Axis, CowArray, Ix2, concatenate};

use super::categories::level_of;
use crate::error::Result;
use crate::rows::kind::ValueKind;

/// Coordinates of mixed rows, for nearest neighbours and regions.
///
/// | column | coordinates | unit |
/// | --- | --- | --- |
/// | number | its value; the mean of the observed values if it is missing | standard deviation of the observed values |
/// | number with missing values | in addition 1 if it is missing and 0 otherwise | √(m (1 - m)), m the share of missing values |
/// | category | 1 for its level and 0 for all others; a missing value is a further level | √(1 - Σ p²), p the shares of the levels |
///
/// Divided by these units, a category, and the question whether a number is missing, have the influence of a standardised number: the
/// expected squared distance of two rows in them is 2. A table of numbers without missing values is its own coordinates.
#[derive(Debug, Clone)]
pub(super) struct Coordinates {
    columns: Vec<ColumnCoordinates>,
}

#[derive(Debug, Clone, Copy)]
enum ColumnCoordinates {
    /// A number; the mean if values are missing.
    Number(Option<f64>),
    /// A category; whether values are missing.
    Category { n_levels: usize, has_missing: bool },
}

impl Coordinates {
    /// Coordinates of the rows of both tables, of columns of these kinds.
    ///
    /// # Errors
    /// [`Error::UnknownLevel`].
    pub(super) fn of(kinds: &[ValueKind], tables: [ArrayView2<'_, f64>; 2]) -> Result<Self> {
        let column = |(column, kind): (usize, &ValueKind)| {
            let values = || tables.iter().flat_map(|rows| rows.column(column).into_iter().copied());
            let has_missing = values().any(f64::is_nan);
            let Some(levels) = kind.levels() else {
                let observed = || values().filter(|value| !value.is_nan()).collect::<Array1<f64>>();
                let mean = has_missing.then(|| observed().mean().unwrap_or(0.0));
                return Ok(ColumnCoordinates::Number(mean));
            };
            let n_levels = levels.n_levels();
            for rows in &tables {
                for (row, &value) in rows.column(column).iter().enumerate() {
                    level_of(value, n_levels, (row, column))?;
                }
            }
            Ok(ColumnCoordinates::Category { n_levels, has_missing })
        };
        let columns = kinds.iter().enumerate().map(column).collect::<Result<_>>()?;
        Ok(Self { columns })
    }

    /// Whether rows are their own coordinates.
    pub(super) fn are_rows(&self) -> bool {
        self.columns.iter().all(|column| matches!(column, ColumnCoordinates::Number(None)))
    }

    /// Number of coordinates of a row.
    pub(super) fn n_coordinates(&self) -> usize {
        let number = |column: &ColumnCoordinates| match *column {
            ColumnCoordinates::Number(mean) => 1 + usize::from(mean.is_some()),
            ColumnCoordinates::Category { n_levels, has_missing } => {
                ColumnCoordinates::n_codes(n_levels, has_missing)
            }
        };
        self.columns.iter().map(number).sum()
    }

    /// Returns the coordinates of rows. A missing value of a column that had none has those of the mean, or of no level.
    pub(super) fn apply<'a>(&self, rows: ArrayView2<'a, f64>) -> CowArray<'a, f64, Ix2> {
        if self.are_rows() {
            return rows.into();
        }
        let columns = self.columns.iter().zip(rows.columns());
        let blocks: Vec<Array2<f64>> =
            columns.map(|(column, values)| column.apply(values)).collect();
        let views: Vec<_> = blocks.iter().map(Array2::view).collect();
        concatenate(Axis(1), &views).expect("equally many rows").into()
    }

    /// Returns the unit of each coordinate, from the shares and standard deviations of `rows`; it is 1 where they do not differ.
    pub(super) fn units(&self, rows: ArrayView2<'_, f64>) -> Array1<f64> {
        let columns = self.columns.iter().zip(rows.columns());
        let units = columns.flat_map(|(column, values)| column.units(values));
        units.map(|unit| if unit > 0.0 { unit } else { 1.0 }).collect()
    }
}

impl ColumnCoordinates {
    /// Number of levels with that of missing values.
    fn n_codes(n_levels: usize, has_missing: bool) -> usize {
        n_levels + usize::from(has_missing)
    }

    fn apply(self, values: ArrayView1<'_, f64>) -> Array2<f64> {
        match self {
            Self::Number(None) => values.insert_axis(Axis(1)).to_owned(),
            Self::Number(Some(mean)) => {
                Array2::from_shape_fn((values.len(), 2), |(row, at)| {
                    match (at, values[row].is_nan()) {
                        (0, true) => mean,
                        (0, false) => values[row],
                        (_, is_missing) => f64::from(u8::from(is_missing)),
                    }
                })
            }
            Self::Category { n_levels, has_missing } => {
                let shape = (values.len(), Self::n_codes(n_levels, has_missing));
                let mut codes = Array2::zeros(shape);
                for (row, value) in values.iter().enumerate() {
                    let code = if value.is_nan() { n_levels } else { *value as usize };
                    if let Some(one) = codes.get_mut((row, code)) {
                        *one = 1.0;
                    }
                }
                codes
            }
        }
    }

    fn units(self, values: ArrayView1<'_, f64>) -> Vec<f64> {
        let n_missing = values.iter().filter(|value| value.is_nan()).count();
        let missing = n_missing as f64 / values.len() as f64;
        match self {
            Self::Number(None) => vec![values.to_owned().std(0.0)],
            Self::Number(Some(_)) => {
                let observed: Array1<f64> =
                    values.iter().copied().filter(|value| !value.is_nan()).collect();
                let deviation = if observed.is_empty() { 0.0 } else { observed.std(0.0) };
                vec![deviation, (missing * (1.0 - missing)).sqrt()]
            }
            Self::Category { n_levels, has_missing } => {
                let n_codes = Self::n_codes(n_levels, has_missing);
                let shares = self.apply(values).mean_axis(Axis(0)).unwrap_or_default();
                let unit = (1.0 - shares.iter().map(|p| p * p).sum::<f64>()).max(0.0).sqrt();
                // one level has no other, except for rounding
                vec![if unit > 1e-9 { unit } else { 0.0 }; n_codes]
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use ndarray::array;

    use super::*;
    use crate::error::Error;
    use crate::rows::levels::Levels;

    const NAN: f64 = f64::NAN;

    fn kinds() -> [ValueKind; 2] {
        [ValueKind::Numeric, ValueKind::Categorical(Levels::new(["a", "b", "c"]))]
    }

    #[test]
    fn numbers_without_missing_values_are_their_own_coordinates() {
        let rows = array![[1.0, 2.0], [3.0, 4.0]];
        let kinds = [ValueKind::Numeric, ValueKind::YEAR_MONTH_DAY];
        let coordinates = Coordinates::of(&kinds, [rows.view(), rows.view()]).unwrap();
        assert!(coordinates.are_rows());
        assert_eq!(coordinates.apply(rows.view()), rows);
        assert_eq!(coordinates.units(rows.view()), array![1.0, 1.0]);
    }

    #[test]
    fn missing_numbers_are_means_with_an_indicator_and_missing_categories_a_level() {
        let (left, right) = (array![[1.0, 0.0], [NAN, 2.0]], array![[5.0, NAN]]);
        let coordinates = Coordinates::of(&kinds(), [left.view(), right.view()]).unwrap();
        let expected = array![[1.0, 0.0, 1.0, 0.0, 0.0, 0.0], [3.0, 1.0, 0.0, 0.0, 1.0, 0.0]];
        assert_eq!(coordinates.apply(left.view()), expected);
        assert_eq!(coordinates.apply(right.view()), array![[5.0, 0.0, 0.0, 0.0, 0.0, 1.0]]);
    }

    #[test]
    fn every_column_has_an_expected_squared_distance_of_two() {
        let value = |(row, column): (usize, usize)| match (column, row % 10) {
            (0, 0) => NAN,
            (0, _) => (row as f64).sin(),
            (_, digit) => [0.0, 1.0, 1.0, 2.0, NAN][digit % 5],
        };
        let rows = Array2::from_shape_fn((200, 2), value);
        let coordinates = Coordinates::of(&kinds(), [rows.view(), rows.view()]).unwrap();
        let scaled = &coordinates.apply(rows.view()) / &coordinates.units(rows.view());
        // two rows drawn with replacement differ by twice the variance
        let squared = 2.0 * scaled.var_axis(Axis(0), 0.0);
        // the mean stands for a tenth of the numbers
        approx::assert_relative_eq!(squared[0], 1.8, epsilon = 1e-9);
        approx::assert_relative_eq!(squared[1], 2.0, epsilon = 1e-9);
        approx::assert_relative_eq!(squared.iter().skip(2).sum::<f64>(), 2.0, epsilon = 1e-9);
    }

    #[test]
    fn columns_of_one_value_and_empty_columns_have_unit_one() {
        let rows = array![[NAN, 1.0], [NAN, 1.0]];
        let coordinates = Coordinates::of(&kinds(), [rows.view(), rows.view()]).unwrap();
        assert_eq!(coordinates.units(rows.view()), array![1.0, 1.0, 1.0, 1.0, 1.0]);
        assert!(coordinates.apply(rows.view()).iter().all(|value| value.is_finite()));
        let wrong = array![[0.0, 3.0]];
        let error = Coordinates::of(&kinds(), [rows.view(), wrong.view()]).unwrap_err();
        assert!(matches!(error, Error::UnknownLevel { row: 0, column: 1, .. }), "{error}");
    }
}
