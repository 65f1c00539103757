//! Conversion of generated values to the user's units: rounding and clipping like the data, and dates as they are written.

use ndarray::parallel::prelude::*;
use ndarray::{Array2, Axis};

use crate::rows::schema::{Column, rounded};

/// The number of decimals of generated values.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub enum Rounding {
    /// The number of decimals of the column, if known, and its step. Samples of a [`ModelFile`](crate::ModelFile) have the values of
    /// columns whose [values](crate::Column::values) recur, with their shares.
    #[default]
    Auto,
    /// All digits.
    None,
    /// The given number of decimals; dates are always whole days.
    Decimals(u32),
}

/// The values that generated rows can have.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub enum Clipping {
    /// All values of the model.
    None,
    /// The signs and the spikes of the data: values below 0 of a column without negative values become its smallest value, and
    /// values above 0 of a column without positive values its largest. Whole numbers from 0 to 1 stay in this range. Of
    /// samples of a [`ModelFile`](crate::ModelFile), the [spikes](crate::Spike) of its columns keep their shares.
    #[default]
    Sign,
    /// The ranges of the columns, and their spikes.
    Range,
}

/// Rounding and clipping of generated values. Dates are written in the form of the data, categories stay indices of their levels,
/// and missing values stay missing.
///
/// # Examples
/// ```
/// use mixlab::{Clipping, Column, UserUnits};
/// use ndarray::array;
///
/// let age = Column { range: Some((18.0, 99.0)), decimals: Some(0), ..Column::named("age") };
/// let mut rows = array![[17.2], [41.7]];
/// let units = UserUnits { clipping: Clipping::Range, ..UserUnits::default() };
/// units.apply(&mut rows, &[age]);
/// assert_eq!(rows, array![[18.0], [42.0]]);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct UserUnits {
    /// The number of decimals.
    pub rounding: Rounding,
    /// The values that rows can have.
    pub clipping: Clipping,
    /// Whether samples of a [`ModelFile`](crate::ModelFile) are complete, although values of the data are missing.
    pub complete: bool,
}

impl UserUnits {
    /// Rounds and clips the values of rows, shape `(n_samples, n_features)`, and writes dates in their form.
    ///
    /// `columns` describe the columns; columns without a description are not clipped and have an unknown number of decimals.
    pub fn apply(&self, rows: &mut Array2<f64>, columns: &[Column]) {
        self.round_and_clip(rows, columns);
        decode(rows, columns);
    }

    /// Rounds and clips the values of rows; dates are whole days.
    pub(crate) fn round_and_clip(&self, rows: &mut Array2<f64>, columns: &[Column]) {
        let decimals = match self.rounding {
            Rounding::Decimals(decimals) => Some(decimals),
            Rounding::Auto | Rounding::None => None,
        };
        if columns.is_empty() && decimals.is_none() {
            return;
        }
        rows.axis_iter_mut(Axis(0)).into_par_iter().for_each(|mut row| {
            for (index, value) in row.iter_mut().enumerate() {
                match columns.get(index) {
                    Some(column) => *value = self.of_column(*value, column),
                    None => *value = decimals.map_or(*value, |decimals| rounded(*value, decimals)),
                }
            }
        });
    }

    /// Rounds and clips a value of a column.
    pub(crate) fn of_column(&self, value: f64, column: &Column) -> f64 {
        if value.is_nan() || column.kind.is_categorical() {
            return value;
        }
        if !column.kind.is_numeric() {
            let days = column.kind.round(value);
            return if self.clipping == Clipping::Range { column.clip(days) } else { days };
        }
        let value = if self.clipping == Clipping::Sign { clip_sign(value, column) } else { value };
        let clips = self.clipping == Clipping::Range;
        match self.rounding {
            Rounding::Decimals(decimals) if clips => clip_rounded(value, column, decimals),
            Rounding::Decimals(decimals) => rounded(value, decimals),
            Rounding::Auto if clips => column.clip(column.round(value)),
            Rounding::Auto => column.round(value),
            Rounding::None if clips => column.clip(value),
            Rounding::None => value,
        }
    }
}

/// Writes dates in their form.
pub(crate) fn decode(rows: &mut Array2<f64>, columns: &[Column]) {
    for (column, mut values) in columns.iter().zip(rows.columns_mut()) {
        if !column.kind.is_numeric() {
            values.mapv_inplace(|value| column.kind.decode(value));
        }
    }
}

/// Replaces a value whose sign no value of the column has.
fn clip_sign(value: f64, column: &Column) -> f64 {
    match column.range {
        Some((0.0, 1.0)) if column.decimals == Some(0) => column.clip(value),
        Some((low, _)) if low >= 0.0 && value < 0.0 => low,
        Some((_, high)) if high <= 0.0 && value > 0.0 => high,
        // minus zero is zero
        _ => value + 0.0,
    }
}

/// Clips a value to the range and rounds it to `decimals` decimals. The bounds of a range can have more decimals: then the
/// nearest rounded value within the range is used.
fn clip_rounded(value: f64, column: &Column, decimals: u32) -> f64 {
    let step = 10_f64.powi(-(decimals as i32));
    let clipped = rounded(column.clip(value), decimals);
    match column.range {
        Some((_, high)) if clipped > high => rounded(clipped - step, decimals),
        Some((low, _)) if clipped < low => rounded(clipped + step, decimals),
        _ => clipped,
    }
}

#[cfg(test)]
mod tests {
    use ndarray::array;

    use super::*;
    use crate::rows::kind::ValueKind;
    use crate::rows::levels::Levels;

    fn column() -> Column {
        Column { range: Some((0.126, 1.126)), decimals: Some(3), ..Column::named("x") }
    }

    fn applied_to(column: Column, value: f64, rounding: Rounding, clipping: Clipping) -> f64 {
        let mut rows = array![[value]];
        UserUnits { rounding, clipping, complete: false }.apply(&mut rows, &[column]);
        rows[[0, 0]]
    }

    fn applied(value: f64, rounding: Rounding, clipping: Clipping) -> f64 {
        applied_to(column(), value, rounding, clipping)
    }

    #[test]
    fn values_have_the_requested_decimals() {
        assert_eq!(applied(0.123_45, Rounding::Auto, Clipping::None), 0.123);
        assert_eq!(applied(0.123_45, Rounding::None, Clipping::None), 0.123_45);
        assert_eq!(applied(0.123_45, Rounding::Decimals(1), Clipping::None), 0.1);
    }

    #[test]
    fn clipped_values_stay_within_the_range_when_they_are_rounded() {
        assert_eq!(applied(5.0, Rounding::Auto, Clipping::Range), 1.126);
        assert_eq!(applied(5.0, Rounding::Decimals(2), Clipping::Range), 1.12);
        assert_eq!(applied(-5.0, Rounding::Decimals(2), Clipping::Range), 0.13);
        assert_eq!(applied(-5.0, Rounding::None, Clipping::Range), 0.126);
    }

    #[test]
    fn values_of_unknown_columns_are_rounded_only_to_requested_decimals() {
        let mut rows = array![[0.123_45]];
        let units = UserUnits { clipping: Clipping::Range, ..UserUnits::default() };
        units.apply(&mut rows, &[]);
        assert_eq!(rows[[0, 0]], 0.123_45);
        let units = UserUnits { rounding: Rounding::Decimals(2), ..units };
        units.apply(&mut rows, &[]);
        assert_eq!(rows[[0, 0]], 0.12);
    }

    #[test]
    fn signs_that_no_value_has_are_replaced() {
        for rounding in [Rounding::Auto, Rounding::None, Rounding::Decimals(3)] {
            assert_eq!(applied(-0.2, rounding, Clipping::Sign), 0.126);
            // beyond the range, but of the right sign
            assert_eq!(applied(0.1, rounding, Clipping::Sign), 0.1);
            assert_eq!(applied(5.0, rounding, Clipping::Sign), 5.0);
            assert_eq!(applied(-0.2, rounding, Clipping::None), -0.2);
            let debts = Column { range: Some((-9.0, 0.0)), ..Column::named("x") };
            assert_eq!(applied_to(debts.clone(), 0.5, rounding, Clipping::Sign), 0.0);
            assert_eq!(applied_to(debts, -12.0, rounding, Clipping::Sign), -12.0);
            let both = Column { range: Some((-1.0, 1.0)), ..Column::named("x") };
            assert_eq!(applied_to(both, -3.0, rounding, Clipping::Sign), -3.0);
            let zero = applied_to(Column::named("x"), -0.0, rounding, Clipping::Sign);
            assert!(zero.is_sign_positive());
        }
        assert_eq!(applied(-0.2, Rounding::Decimals(1), Clipping::Sign), 0.1);
    }

    #[test]
    fn whole_numbers_from_0_to_1_stay_flags() {
        let flag = Column { range: Some((0.0, 1.0)), decimals: Some(0), ..Column::named("x") };
        assert_eq!(applied_to(flag.clone(), 1.7, Rounding::Auto, Clipping::Sign), 1.0);
        assert_eq!(applied_to(flag.clone(), 1.7, Rounding::Auto, Clipping::None), 2.0);
        let share = Column { decimals: Some(2), ..flag };
        assert_eq!(applied_to(share, 1.7, Rounding::Auto, Clipping::Sign), 1.7);
    }

    #[test]
    fn dates_are_whole_days_in_their_form() {
        let kind = ValueKind::YEAR_MONTH_DAY;
        let day = Column { range: Some((0.0, 58.0)), kind, ..Column::named("day") };
        for rounding in [Rounding::Auto, Rounding::None, Rounding::Decimals(2)] {
            assert_eq!(applied_to(day.clone(), 58.4, rounding, Clipping::None), 19_700_228.0);
            // days before 1970 are no negative values
            assert_eq!(applied_to(day.clone(), -1.0, rounding, Clipping::Sign), 19_691_231.0);
            assert_eq!(applied_to(day.clone(), 70.0, rounding, Clipping::Range), 19_700_228.0);
        }
    }

    #[test]
    fn categories_and_missing_values_are_neither_rounded_nor_clipped() {
        let kind = ValueKind::Categorical(Levels::new(["a", "b", "c"]));
        let colour = Column { kind, range: Some((0.0, 1.0)), ..Column::named("colour") };
        for rounding in [Rounding::Auto, Rounding::None, Rounding::Decimals(2)] {
            for clipping in [Clipping::None, Clipping::Sign, Clipping::Range] {
                assert_eq!(applied_to(colour.clone(), 2.0, rounding, clipping), 2.0);
                assert!(applied(f64::NAN, rounding, clipping).is_nan());
            }
        }
    }
}
