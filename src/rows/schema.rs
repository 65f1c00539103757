//! What is known of a column of the data, so that generated columns look like it.

use ndarray::{ArrayView1, ArrayView2};

use crate::rows::summaries::extent;

/// A column of the data: its name, and what values it has.
#[derive(Debug, Clone, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
pub struct Feature {
    /// Its name.
    pub name: String,
    /// Its smallest and largest value, if known.
    pub range: Option<(f64, f64)>,
    /// How many decimals its values have: 0 for whole numbers; none if more than [`Feature::MOST_DECIMALS`], or unknown.
    pub decimals: Option<u32>,
}

impl Feature {
    /// Decimals beyond which a column is taken as one of measurements that were never rounded.
    pub const MOST_DECIMALS: u32 = 6;

    /// A column of which only the name is known.
    pub fn named(name: impl Into<String>) -> Self {
        Self { name: name.into(), range: None, decimals: None }
    }

    /// What columns of finite numbers hold, `names` in their order.
    ///
    /// # Examples
    /// ```
    /// use mixlab::Feature;
    /// use ndarray::array;
    ///
    /// let rows = array![[1.0, 2.5, 0.1 + 0.2], [3.0, 0.25, 0.5]];
    /// let features = Feature::all(rows.view(), &["a", "b", "c"].map(String::from));
    /// assert_eq!(features[0].range, Some((1.0, 3.0)));
    /// let decimals: Vec<_> = features.iter().map(|feature| feature.decimals).collect();
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

    /// A value with as many decimals as those of the column.
    pub fn round(&self, value: f64) -> f64 {
        self.decimals.map_or(value, |decimals| rounded(value, decimals))
    }

    /// A value brought into the range of the column.
    pub fn clip(&self, value: f64) -> f64 {
        self.range.map_or(value, |(low, high)| value.clamp(low, high))
    }
}

/// A value with so many decimals, never minus zero.
pub fn rounded(value: f64, decimals: u32) -> f64 {
    let scale = 10_f64.powi(decimals as i32);
    let scaled = (value * scale).round();
    // beyond 2^53 there is nothing to round
    let rounded = if scaled.abs() < 9e15 { scaled / scale } else { value };
    if rounded == 0.0 { 0.0 } else { rounded }
}

#[cfg(test)]
mod tests {
    use ndarray::array;

    use super::*;

    #[test]
    fn decimals_are_those_of_the_value_that_has_most() {
        let decimals = |values: ndarray::Array1<f64>| Feature::of(values.view(), "x").decimals;
        assert_eq!(decimals(array![1.0, -7.0, 1e300]), Some(0));
        assert_eq!(decimals(array![1.0, 19.99, -0.5]), Some(2));
        assert_eq!(decimals(array![0.000_001]), Some(6));
        assert_eq!(decimals(array![0.000_000_1]), None);
        assert_eq!(decimals(array![1.0, std::f64::consts::PI]), None);
    }

    #[test]
    fn values_are_rounded_and_brought_into_range() {
        let price = Feature { decimals: Some(2), range: Some((0.0, 9.99)), ..Feature::named("p") };
        assert_eq!(price.round(1.005_1), 1.01);
        assert_eq!(price.clip(12.0), 9.99);
        assert!(price.round(-0.001).is_sign_positive());
        assert_eq!(Feature::named("x").clip(1e9), 1e9);
        assert_eq!(rounded(1e300, 2), 1e300);
    }
}
