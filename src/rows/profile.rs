//! Profiles of columns: what one pass over the values, in any order, shows about the range, decimals, spikes and dates.

use ndarray::ArrayView1;

use super::decimals::Decimals;
use super::kind::ValueKind;
use super::schema::{Column, Spike, rounded};
use super::step::Step;
use super::values::Values;

/// Minimum share of the rows at a spike, and minimum number of rows: with fewer, the error of the share of a sample is of the
/// order of the share.
pub(crate) const LEAST_SHARE: f64 = 0.05;
pub(crate) const LEAST_COUNT: u64 = 10;
/// A spike is at least this many times as frequent as the next value. Counts whose frequencies fall by less from value to value
/// have no spike, and those whose frequencies always fall by more have few values.
const LEAST_RATIO: u64 = 3;
/// Maximum number of distinct values of a column of few values, such as a rating or a month, which has no spikes.
pub(crate) const FEW: usize = 12;
/// Minimum number of distinct dates.
const LEAST_DATES: usize = 3;

/// Profile of the values of a column. Profiles of parts merge exactly to that of the whole, in any order.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct ColumnProfile {
    /// Number of values that are not missing, and of missing ones.
    n: u64,
    n_missing: u64,
    low: End,
    /// The end of the negated values.
    high: End,
    decimals: Decimals,
    step: Step,
    values: Values,
    /// Whether all values are dates of the form YYYYMMDD.
    has_only_dates: bool,
}

/// The two smallest distinct values, with their numbers of rows; infinite without values.
#[derive(Debug, Clone, Copy, PartialEq)]
struct End([(f64, u64); 2]);

impl End {
    const EMPTY: Self = Self([(f64::INFINITY, 0); 2]);

    fn add(&mut self, value: f64, count: u64) {
        let [first, second] = &mut self.0;
        if value > second.0 || count == 0 {
            return;
        }
        if value == first.0 {
            first.1 += count;
        } else if value == second.0 {
            second.1 += count;
        } else if value < first.0 {
            (*second, *first) = (*first, (value, count));
        } else {
            *second = (value, count);
        }
    }

    fn merge(&mut self, other: &Self) {
        other.0.iter().for_each(|&(value, count)| self.add(value, count));
    }

    /// Returns the value, the share of the `n` rows and the next value, if the smallest value is a spike.
    fn spike(&self, n: u64) -> Option<(f64, f64, f64)> {
        let [(value, count), (next, of_next)] = self.0;
        let share = count as f64 / n as f64;
        let is_spike = share >= LEAST_SHARE
            && count >= LEAST_COUNT
            && count >= LEAST_RATIO * of_next
            && next.is_finite();
        is_spike.then_some((value, share, next))
    }
}

impl ColumnProfile {
    /// A profile without values.
    pub(crate) fn new() -> Self {
        Self {
            n: 0,
            n_missing: 0,
            low: End::EMPTY,
            high: End::EMPTY,
            decimals: Decimals::new(),
            step: Step::default(),
            values: Values::default(),
            has_only_dates: true,
        }
    }

    /// The profile of values; NaN is a missing value.
    pub(crate) fn of(values: ArrayView1<'_, f64>) -> Self {
        let mut profile = Self::new();
        profile.add(values);
        profile
    }

    /// Adds values; NaN is a missing value, and no value is infinite.
    pub(crate) fn add(&mut self, values: ArrayView1<'_, f64>) {
        for &value in values {
            if value.is_nan() {
                self.n_missing += 1;
                continue;
            }
            self.n += 1;
            // minus zero is zero
            let value = value + 0.0;
            self.low.add(value, 1);
            self.high.add(-value, 1);
            self.values.add(value);
            self.has_only_dates = self.has_only_dates && ValueKind::is_likely_date(value);
            if !self.decimals.is_decided() {
                self.decimals.add(value);
            }
            self.step.add(value);
        }
    }

    /// Adds the values of another profile.
    pub(crate) fn merge(&mut self, other: &Self) {
        self.n += other.n;
        self.n_missing += other.n_missing;
        self.low.merge(&other.low);
        self.high.merge(&other.high);
        self.values.merge(&other.values);
        self.has_only_dates &= other.has_only_dates;
        self.decimals.merge(&other.decimals);
        self.step.merge(&other.step);
    }

    /// Number of missing values.
    pub(crate) fn n_missing(&self) -> u64 {
        self.n_missing
    }

    /// Number of values that are not missing.
    pub(crate) fn n_values(&self) -> u64 {
        self.n
    }

    /// Number of distinct values, if there are at most twelve.
    pub(crate) fn n_distinct(&self) -> Option<usize> {
        self.values.n_distinct(FEW)
    }

    /// Whether all values are whole numbers.
    pub(crate) fn is_whole(&self) -> bool {
        self.decimals.get() == Some(0)
    }

    /// Whether the values are recognised as dates: all are dates of the form YYYYMMDD, and at least three differ.
    pub(crate) fn looks_like_dates(&self) -> bool {
        self.has_only_dates && self.values.n_distinct(LEAST_DATES - 1).is_none()
    }

    /// Returns the column as it is written, of this name.
    pub(crate) fn column(&self, name: &str) -> Column {
        let decimals = self.decimals.get();
        // binary noise of the ends is not part of the range
        let rounds = |value: f64| decimals.map_or(value, |decimals| rounded(value, decimals));
        let (low, high) = (self.low.0[0].0, -self.high.0[0].0);
        let spike = |value: f64, share: f64, next: f64| Spike {
            value: rounds(value),
            share,
            next: rounds(next),
        };
        let mut spikes = Vec::new();
        if self.values.n_distinct(FEW).is_none() {
            let low = self.low.spike(self.n).map(|(value, share, next)| spike(value, share, next));
            let high = self.high.spike(self.n);
            let high = high.map(|(value, share, next)| spike(-value, share, -next));
            spikes.extend(low.into_iter().chain(high));
        }
        Column {
            range: (low <= high).then_some((rounds(low), rounds(high))),
            decimals,
            step: decimals
                .and_then(|decimals| self.step.get().filter(|&step| is_coarser(step, decimals))),
            spikes,
            values: self.values.recurring(self.step.get()).unwrap_or_default(),
            ..Column::named(name)
        }
    }

    /// Returns the column of this kind, of values as written: ranges of dates are in days, and dates have no spikes.
    pub(crate) fn column_of_kind(&self, name: &str, kind: ValueKind) -> Column {
        let written = self.column(name);
        if kind.is_numeric() {
            return written;
        }
        let range = written.range.and_then(|(low, high)| kind.encode(low).zip(kind.encode(high)));
        Column { range, decimals: Some(0), kind, ..Column::named(name) }
    }
}

/// Whether a step is more than one unit of the last decimal.
fn is_coarser(step: f64, decimals: u32) -> bool {
    step > 1.5 * 10_f64.powi(-(decimals as i32))
}

#[cfg(test)]
mod tests {
    use ndarray::Array1;

    use super::*;

    fn profile(values: &[f64]) -> ColumnProfile {
        ColumnProfile::of(values.into())
    }

    fn column(values: &[f64]) -> Column {
        profile(values).column("x")
    }

    /// Distinct values above 0 and below 10.
    fn others(n: usize) -> Vec<f64> {
        (0..n).map(|index| ((index * 7919) % 9973 + 10) as f64 / 1000.0).collect()
    }

    #[test]
    fn many_equal_values_at_an_end_are_a_spike() {
        let zeros = [vec![0.0; 55], others(45)].concat();
        let found = column(&zeros);
        let next = others(45).into_iter().fold(f64::INFINITY, f64::min);
        assert_eq!(found.spikes, [Spike { value: 0.0, share: 0.55, next }]);
        // a top code as well
        let both = [zeros, vec![99.0; 20]].concat();
        let found = column(&both);
        assert_eq!(found.spikes.len(), 2);
        assert_eq!((found.spikes[1].value, found.spikes[1].share), (99.0, 20.0 / 120.0));
        assert_eq!(found.range, Some((0.0, 99.0)));
    }

    #[test]
    fn few_rows_few_values_and_falling_counts_are_no_spike() {
        // fewer than ten rows, and less than 5 % of the rows
        assert!(column(&[vec![0.0; 9], others(40)].concat()).spikes.is_empty());
        assert!(column(&[vec![0.0; 12], others(300)].concat()).spikes.is_empty());
        // within the range
        let inside: Vec<f64> = others(50).iter().map(|value| value - 5.0).collect();
        assert!(column(&[vec![0.0; 50], inside].concat()).spikes.is_empty());
        // a rating from 0 to 10
        let rating: Vec<f64> = (0..200).map(|row| f64::max(0.0, (row % 20) as f64 - 9.0)).collect();
        assert!(column(&rating).spikes.is_empty());
        // counts with falling frequencies
        let counts: Vec<f64> = (0..20)
            .flat_map(|count| vec![f64::from(count); 2_usize.pow(20 - count) / 256])
            .collect();
        assert!(column(&counts).spikes.is_empty());
    }

    #[test]
    fn merged_parts_are_as_the_whole() {
        let values = [vec![0.0; 30], others(40), vec![20.0; 15], vec![-0.0; 5]].concat();
        let whole = profile(&values);
        for split in [0, 1, 31, 50, 75, values.len()] {
            let mut merged = profile(&values[split..]);
            merged.merge(&profile(&values[..split]));
            assert_eq!(merged.column("x"), whole.column("x"), "{split}");
        }
        assert_eq!(
            ColumnProfile::new().column("x"),
            Column { decimals: Some(0), ..Column::named("x") }
        );
    }

    #[test]
    fn the_range_has_the_decimals_of_the_column() {
        let column = column(&[2.210_000_000_000_000_4, 3.17, 0.1 + 0.2]);
        assert_eq!((column.range, column.decimals), (Some((0.3, 3.17)), Some(2)));
        let singles: Array1<f64> = [0.1_f32, 0.7, 2.25].iter().map(|&x| f64::from(x)).collect();
        let column = ColumnProfile::of(singles.view()).column("x");
        assert_eq!((column.range, column.decimals), (Some((0.1, 2.25)), Some(2)));
    }

    #[test]
    fn three_distinct_dates_are_recognised() {
        assert!(profile(&[20_220_131.0, 20_220_201.0, 20_220_228.0]).looks_like_dates());
        assert!(!profile(&[20_220_131.0, 20_220_201.0]).looks_like_dates());
        assert!(!profile(&[20_220_131.0, 20_220_201.0, 20_220_229.0]).looks_like_dates());
        let dates = profile(&[19_700_102.0, 19_700_201.0, 19_700_101.0]);
        let column = dates.column_of_kind("day", ValueKind::YEAR_MONTH_DAY);
        assert_eq!((column.range, column.decimals), (Some((0.0, 31.0)), Some(0)));
    }
}
