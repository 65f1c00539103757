//! Columns of the data: names, ranges and decimals, so that generated values resemble them.

use ndarray::{ArrayView1, ArrayView2};

use crate::rows::summaries::extent;

/// A column of the data: its name, and the range and decimals of its values.
#[derive(Debug, Clone, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
pub struct Column {
    /// Name of the column.
    pub name: String,
    /// Smallest and largest value, if known.
    pub range: Option<(f64, f64)>,
    /// Number of decimals of the values: 0 for whole numbers; none if there are more than [`Column::MOST_DECIMALS`], or
    /// unknown.
    pub decimals: Option<u32>,
}

impl Column {
    /// Maximum number of decimals of a column of rounded values; beyond it values count as unrounded measurements.
    pub const MOST_DECIMALS: u32 = 6;

    /// A column of which only the name is known.
    pub fn named(name: impl Into<String>) -> Self {
        Self { name: name.into(), range: None, decimals: None }
    }

    /// Describes the columns of a matrix of finite numbers; `names` are in the order of the columns.
    ///
    /// # Examples
    /// ```
    /// use mixlab::Column;
    /// use ndarray::array;
    ///
    /// let rows = array![[1.0, 2.5, 0.1 + 0.2], [3.0, 0.25, 0.5]];
    /// let columns = Column::all(rows.view(), &["a", "b", "c"].map(String::from));
    /// assert_eq!(columns[0].range, Some((1.0, 3.0)));
    /// let decimals: Vec<_> = columns.iter().map(|column| column.decimals).collect();
    /// assert_eq!(decimals, [Some(0), Some(2), None]);
    /// ```
    pub fn all(records: ArrayView2<'_, f64>, names: &[String]) -> Vec<Self> {
        let columns = records.columns().into_iter().zip(names);
        columns.map(|(column, name)| Self::of(column, name)).collect()
    }

    /// Adds the values of `other` to those of the column.
    pub(crate) fn merge(&mut self, other: &Self) {
        self.range = match (self.range, other.range) {
            (Some((a, b)), Some((c, d))) => Some((a.min(c), b.max(d))),
            (one, another) => one.or(another),
        };
        self.decimals = self.decimals.zip(other.decimals).map(|(a, b)| a.max(b));
    }

    pub(crate) fn of(column: ArrayView1<'_, f64>, name: &str) -> Self {
        let (low, high) = extent(column);
        let mut decimals = 0;
        for &value in column {
            while decimals <= Self::MOST_DECIMALS && rounded(value, decimals) != value {
                decimals += 1;
            }
            if decimals > Self::MOST_DECIMALS {
                break;
            }
        }
        Self {
            name: name.into(),
            range: (low <= high).then_some((low, high)),
            decimals: (decimals <= Self::MOST_DECIMALS).then_some(decimals),
        }
    }

    /// Rounds a value to the number of decimals of the column.
    pub fn round(&self, value: f64) -> f64 {
        self.decimals.map_or(value, |decimals| rounded(value, decimals))
    }

    /// Clips a value to the range of the column.
    pub fn clip(&self, value: f64) -> f64 {
        self.range.map_or(value, |(low, high)| value.clamp(low, high))
    }
}

/// Rounds a value to `decimals` decimals; the result is never minus zero.
pub fn rounded(value: f64, decimals: u32) -> f64 {
    let scale = 10_f64.powi(decimals as i32);
    let scaled = (value * scale).round();
    // values beyond 2^53 have no decimals
    let rounded = if scaled.abs() < 9e15 { scaled / scale } else { value };
    if rounded == 0.0 { 0.0 } else { rounded }
}

#[cfg(test)]
mod tests {
    use ndarray::array;

    use super::*;

    #[test]
    fn decimals_are_the_most_of_any_value() {
        let decimals = |values: ndarray::Array1<f64>| Column::of(values.view(), "x").decimals;
        assert_eq!(decimals(array![1.0, -7.0, 1e300]), Some(0));
        assert_eq!(decimals(array![1.0, 19.99, -0.5]), Some(2));
        assert_eq!(decimals(array![0.000_001]), Some(6));
        assert_eq!(decimals(array![0.000_000_1]), None);
        assert_eq!(decimals(array![1.0, std::f64::consts::PI]), None);
    }

    #[test]
    fn values_are_rounded_and_clipped_to_the_range() {
        let price = Column { decimals: Some(2), range: Some((0.0, 9.99)), ..Column::named("p") };
        assert_eq!(price.round(1.005_1), 1.01);
        assert_eq!(price.clip(12.0), 9.99);
        assert!(price.round(-0.001).is_sign_positive());
        assert_eq!(Column::named("x").clip(1e9), 1e9);
        assert_eq!(rounded(1e300, 2), 1e300);
    }
}
