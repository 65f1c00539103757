//! Conversion of generated values to the user's units: rounding and clipping like the data.

use ndarray::{Array2, ArrayViewMut1};

use crate::rows::schema::{Column, rounded};

/// The number of decimals of generated values.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub enum Rounding {
    /// The number of decimals of the column, if known.
    #[default]
    Auto,
    /// All digits.
    None,
    /// The given number of decimals.
    Decimals(u32),
}

/// Rounding and clipping of generated values.
///
/// # Examples
/// ```
/// use mixlab::{Column, Rounding, UserUnits};
/// use ndarray::array;
///
/// let age = Column { range: Some((18.0, 99.0)), decimals: Some(0), ..Column::named("age") };
/// let mut rows = array![[17.2], [41.7]];
/// UserUnits { rounding: Rounding::Auto, clip: true }.apply(&mut rows, &[age]);
/// assert_eq!(rows, array![[18.0], [42.0]]);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct UserUnits {
    /// The number of decimals.
    pub rounding: Rounding,
    /// Whether values are clipped to the range of their column in the data.
    pub clip: bool,
}

impl UserUnits {
    /// Rounds and clips the values of rows, shape `(n_samples, n_features)`.
    ///
    /// `columns` describe the columns; columns without a description are not clipped and have an unknown number of decimals.
    pub fn apply(&self, rows: &mut Array2<f64>, columns: &[Column]) {
        if let Rounding::Decimals(decimals) = self.rounding {
            rows.par_mapv_inplace(|value| rounded(value, decimals));
            if self.clip {
                rows.rows_mut().into_iter().for_each(|row| clip_rounded(row, columns, decimals));
            }
            return;
        }
        let has_decimals = columns.iter().any(|column| column.decimals.is_some());
        let rounds = self.rounding == Rounding::Auto && has_decimals;
        if !(rounds || self.clip) {
            return;
        }
        for mut row in rows.rows_mut() {
            for (value, column) in row.iter_mut().zip(columns) {
                if rounds {
                    *value = column.round(*value);
                }
                if self.clip {
                    *value = column.clip(*value);
                }
            }
        }
    }
}

/// Clips values to the range and rounds them to `decimals` decimals. The bounds of a range can have more decimals: then the
/// nearest rounded value within the range is used.
fn clip_rounded(mut row: ArrayViewMut1<'_, f64>, columns: &[Column], decimals: u32) {
    let step = 10_f64.powi(-(decimals as i32));
    for (value, column) in row.iter_mut().zip(columns) {
        let clipped = rounded(column.clip(*value), decimals);
        *value = match column.range {
            Some((_, high)) if clipped > high => rounded(clipped - step, decimals),
            Some((low, _)) if clipped < low => rounded(clipped + step, decimals),
            _ => clipped,
        };
    }
}

#[cfg(test)]
mod tests {
    use ndarray::array;

    use super::*;

    fn column() -> Column {
        Column { range: Some((0.126, 1.126)), decimals: Some(3), ..Column::named("x") }
    }

    fn applied(value: f64, rounding: Rounding, clip: bool) -> f64 {
        let mut rows = array![[value]];
        UserUnits { rounding, clip }.apply(&mut rows, &[column()]);
        rows[[0, 0]]
    }

    #[test]
    fn values_have_the_requested_decimals() {
        assert_eq!(applied(0.123_45, Rounding::Auto, false), 0.123);
        assert_eq!(applied(0.123_45, Rounding::None, false), 0.123_45);
        assert_eq!(applied(0.123_45, Rounding::Decimals(1), false), 0.1);
    }

    #[test]
    fn clipped_values_stay_within_the_range_when_they_are_rounded() {
        assert_eq!(applied(5.0, Rounding::Auto, true), 1.126);
        assert_eq!(applied(5.0, Rounding::Decimals(2), true), 1.12);
        assert_eq!(applied(-5.0, Rounding::Decimals(2), true), 0.13);
        assert_eq!(applied(-5.0, Rounding::None, true), 0.126);
    }

    #[test]
    fn values_of_unknown_columns_are_rounded_only_to_requested_decimals() {
        let mut rows = array![[0.123_45]];
        UserUnits { rounding: Rounding::Auto, clip: true }.apply(&mut rows, &[]);
        assert_eq!(rows[[0, 0]], 0.123_45);
        UserUnits { rounding: Rounding::Decimals(2), clip: true }.apply(&mut rows, &[]);
        assert_eq!(rows[[0, 0]], 0.12);
    }
}
