//! Columns of the data: names, kinds, ranges, decimals and spikes, so that generated values resemble them.

use ndarray::ArrayView2;

use super::kind::ValueKind;
use super::profile::ColumnProfile;

/// A column of the data: its name, and the kind, range, decimals and spikes of its values.
#[derive(Debug, Clone, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
pub struct Column {
    /// Name of the column.
    pub name: String,
    /// Smallest and largest value, if known; of dates, days since 1970-01-01.
    pub range: Option<(f64, f64)>,
    /// Number of decimals of the values: 0 for whole numbers; none if there are more than [`Column::MOST_DECIMALS`], or
    /// unknown. Binary noise of a few units in the last place, as in 2.2100000000000004, adds no decimals, and values that
    /// are all representable with 32 bits have the decimals of their shortest form with 32 bits.
    pub decimals: Option<u32>,
    /// The number of which all values are multiples, if it is more than one unit of the last decimal: 5 for prices in steps of 5,
    /// and 0.25 for quarters.
    pub step: Option<f64>,
    /// Kind of the values.
    pub kind: ValueKind,
    /// Spikes at the ends of the range: none, one or two.
    pub spikes: Vec<Spike>,
    /// Values and their shares of the rows, ascending, if they recur: of a rating, a code, or a price that many rows have. Then
    /// there are at most 1000, with two rows each on average, or ten if they are most of the steps of an even grid. Samples have
    /// these values, with these shares; see [`Rounding`](crate::Rounding).
    pub values: Vec<(f64, f64)>,
}

/// A spike at an end of the range of a column: a value of many rows, such as 0 for days without rain, or the top code of a
/// censored income.
///
/// The smallest or largest value is a spike if at least 5 % of the rows have it, at least 10 rows, and at least three times as
/// many as have the next value, and if the column has more than 12 distinct values. Samples keep its share; see
/// [`Clipping`](crate::Clipping).
#[derive(Debug, Clone, Copy, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Spike {
    /// The value, an end of the range.
    pub value: f64,
    /// Share of the rows with this value.
    pub share: f64,
    /// The nearest other value of the column.
    pub next: f64,
}

impl Column {
    /// Maximum number of decimals of a column of rounded values; beyond it values count as unrounded measurements.
    pub const MOST_DECIMALS: u32 = 6;

    /// A column of which only the name is known.
    pub fn named(name: impl Into<String>) -> Self {
        Self {
            name: name.into(),
            range: None,
            decimals: None,
            step: None,
            kind: ValueKind::Numeric,
            spikes: Vec::new(),
            values: Vec::new(),
        }
    }

    /// Describes the columns of a matrix of finite numbers; `names` are in the order of the columns. All of them are numeric;
    /// [`KindChoice`](crate::table::KindChoice) recognises dates.
    ///
    /// # Examples
    /// ```
    /// use mixlab::Column;
    /// use ndarray::array;
    ///
    /// let rows = array![[1.0, 2.5, 1.0 / 3.0], [3.0, 0.25, 0.1 + 0.2]];
    /// let columns = Column::all(rows.view(), &["a", "b", "c"].map(String::from));
    /// assert_eq!(columns[0].range, Some((1.0, 3.0)));
    /// let decimals: Vec<_> = columns.iter().map(|column| column.decimals).collect();
    /// assert_eq!(decimals, [Some(0), Some(2), None]);
    /// ```
    pub fn all(records: ArrayView2<'_, f64>, names: &[String]) -> Vec<Self> {
        let columns = records.columns().into_iter().zip(names);
        columns.map(|(column, name)| ColumnProfile::of(column).column(name)).collect()
    }

    /// Rounds a value to a multiple of the step and the number of decimals of the column.
    pub fn round(&self, value: f64) -> f64 {
        let value = self.step.map_or(value, |step| (value / step).round() * step);
        self.decimals.map_or(value, |decimals| rounded(value, decimals))
    }

    /// The unit of the last place of values as they are written: of the last decimal, or the day or second of dates; none of
    /// numbers that are not rounded.
    pub(crate) fn unit(&self) -> Option<f64> {
        match self.kind {
            ValueKind::Numeric => self.decimals.map(|decimals| 10_f64.powi(-(decimals as i32))),
            _ => self.kind.unit(),
        }
    }

    /// Rounds a value to the last place of values as they are written.
    pub(crate) fn as_written(&self, value: f64) -> f64 {
        match self.kind {
            ValueKind::Numeric => self.decimals.map_or(value, |decimals| rounded(value, decimals)),
            _ => self.kind.round(value),
        }
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
    use super::*;

    #[test]
    fn values_are_rounded_and_clipped_to_the_range() {
        let price = Column { decimals: Some(2), range: Some((0.0, 9.99)), ..Column::named("p") };
        assert_eq!(price.round(1.005_1), 1.01);
        assert_eq!(price.clip(12.0), 9.99);
        assert!(price.round(-0.001).is_sign_positive());
        assert_eq!(Column::named("x").clip(1e9), 1e9);
        assert_eq!(rounded(1e300, 2), 1e300);
        let quarters = Column { decimals: Some(2), step: Some(0.25), ..Column::named("q") };
        assert_eq!((quarters.round(1.1), quarters.round(-0.1)), (1.0, 0.0));
    }
}
