//! What one pass over rows as they are read shows about each column, in any order of the rows.

use std::collections::HashMap;

use ndarray::{ArrayView1, ArrayView2};
use rayon::prelude::*;

use super::raw::RawColumn;
use crate::rows::block_rows;
use crate::rows::date_column::DateColumn;
use crate::rows::profile::ColumnProfile;

/// Maximum number of distinct numbers that are counted as categories.
const MOST_NUMBERS: usize = 1 << 17;

/// Statistics of the columns. Those of parts merge exactly.
#[derive(Debug, Clone)]
pub(super) struct RawStats {
    pub(super) columns: Vec<ColumnStats>,
}

/// Statistics of a column.
#[derive(Debug, Clone)]
pub(super) enum ColumnStats {
    Numbers(ColumnProfile),
    /// Numbers that are categories.
    Distinct(DistinctNumbers),
    Codes(CodeCounts),
    Dates(DateRange),
}

/// Number of rows of each distinct number.
#[derive(Debug, Clone, Default)]
pub(super) struct DistinctNumbers {
    counts: HashMap<u64, u64>,
    pub(super) n_missing: u64,
}

/// Number of rows of each code of a text.
#[derive(Debug, Clone, Default)]
pub(super) struct CodeCounts {
    counts: Vec<u64>,
    /// Number of rows whose text is not kept.
    pub(super) n_not_kept: u64,
    pub(super) n_missing: u64,
}

/// Range of dates, with both orders of day and month.
#[derive(Debug, Clone, Copy)]
pub(super) struct DateRange {
    day_first: (f64, f64),
    month_first: (f64, f64),
    n_dates: u64,
    pub(super) n_missing: u64,
}

impl RawStats {
    /// Statistics without rows; `counted` are columns of numbers that are categories.
    pub(super) fn new(raw: &[RawColumn], counted: &[bool]) -> Self {
        let stats = |(column, &counted): (&RawColumn, &bool)| match column {
            RawColumn::Numbers if counted => ColumnStats::Distinct(DistinctNumbers::default()),
            RawColumn::Numbers => ColumnStats::Numbers(ColumnProfile::new()),
            RawColumn::Texts(_) => ColumnStats::Codes(CodeCounts::default()),
            RawColumn::Dates(_) => ColumnStats::Dates(DateRange::new()),
        };
        Self { columns: raw.iter().zip(counted).map(stats).collect() }
    }

    /// Statistics of the same columns without rows.
    pub(super) fn empty(&self) -> Self {
        let empty = |column: &ColumnStats| match column {
            ColumnStats::Numbers(_) => ColumnStats::Numbers(ColumnProfile::new()),
            ColumnStats::Distinct(_) => ColumnStats::Distinct(DistinctNumbers::default()),
            ColumnStats::Codes(_) => ColumnStats::Codes(CodeCounts::default()),
            ColumnStats::Dates(_) => ColumnStats::Dates(DateRange::new()),
        };
        Self { columns: self.columns.iter().map(empty).collect() }
    }

    /// Adds values of each column.
    pub(super) fn add<'a>(&mut self, columns: impl Iterator<Item = ArrayView1<'a, f64>>) {
        for (column, values) in self.columns.iter_mut().zip(columns) {
            match column {
                ColumnStats::Numbers(profile) => profile.add(values),
                ColumnStats::Distinct(numbers) => values.iter().for_each(|&x| numbers.add(x)),
                ColumnStats::Codes(codes) => values.iter().for_each(|&code| codes.add(code)),
                ColumnStats::Dates(dates) => values.iter().for_each(|&date| dates.add(date)),
            }
        }
    }

    /// Adds rows in row-major order.
    pub(super) fn add_rows(&mut self, numbers: &[f64]) {
        let n_columns = self.columns.len();
        let add = |mut stats: Self, rows: &[f64]| {
            let rows = ArrayView2::from_shape((rows.len() / n_columns, n_columns), rows);
            stats.add(rows.expect("whole rows").columns().into_iter());
            stats
        };
        let chunks = numbers.par_chunks(n_columns * block_rows(n_columns));
        let parts: Vec<Self> = chunks.fold(|| self.empty(), add).collect();
        parts.iter().for_each(|part| self.merge(part));
    }

    pub(super) fn merge(&mut self, other: &Self) {
        for (column, more) in self.columns.iter_mut().zip(&other.columns) {
            match (column, more) {
                (ColumnStats::Numbers(all), ColumnStats::Numbers(more)) => all.merge(more),
                (ColumnStats::Distinct(all), ColumnStats::Distinct(more)) => all.merge(more),
                (ColumnStats::Codes(all), ColumnStats::Codes(more)) => all.merge(more),
                (ColumnStats::Dates(all), ColumnStats::Dates(more)) => all.merge(more),
                _ => {}
            }
        }
    }
}

impl ColumnStats {
    /// Number of rows.
    pub(super) fn n_rows(&self) -> u64 {
        let n_values = match self {
            Self::Numbers(profile) => profile.n_values(),
            Self::Distinct(numbers) => numbers.counts.values().sum(),
            Self::Codes(codes) => codes.n_texts(),
            Self::Dates(dates) => dates.n_dates,
        };
        n_values + self.n_missing()
    }

    /// Number of missing values.
    pub(super) fn n_missing(&self) -> u64 {
        match self {
            Self::Numbers(profile) => profile.n_missing(),
            Self::Distinct(numbers) => numbers.n_missing,
            Self::Codes(codes) => codes.n_missing,
            Self::Dates(dates) => dates.n_missing,
        }
    }
}

impl DistinctNumbers {
    fn add(&mut self, number: f64) {
        if number.is_nan() {
            self.n_missing += 1;
            return;
        }
        // minus zero is zero
        self.count((number + 0.0).to_bits(), 1);
    }

    fn count(&mut self, bits: u64, n: u64) {
        let is_full = self.counts.len() >= MOST_NUMBERS;
        match self.counts.get_mut(&bits) {
            Some(count) => *count += n,
            None if is_full => {}
            None => drop(self.counts.insert(bits, n)),
        }
    }

    fn merge(&mut self, other: &Self) {
        self.n_missing += other.n_missing;
        other.counts.iter().for_each(|(&bits, &n)| self.count(bits, n));
    }

    /// Returns the numbers in ascending order, with their numbers of rows.
    pub(super) fn sorted(&self) -> Vec<(f64, u64)> {
        let mut sorted: Vec<_> =
            self.counts.iter().map(|(&bits, &n)| (f64::from_bits(bits), n)).collect();
        sorted.sort_by(|(a, _), (b, _)| a.total_cmp(b));
        sorted
    }
}

impl CodeCounts {
    fn add(&mut self, code: f64) {
        if code.is_nan() {
            self.n_missing += 1;
        } else if code < 0.0 {
            self.n_not_kept += 1;
        } else {
            let code = code as usize;
            if code >= self.counts.len() {
                self.counts.resize(code + 1, 0);
            }
            self.counts[code] += 1;
        }
    }

    fn merge(&mut self, other: &Self) {
        self.n_missing += other.n_missing;
        self.n_not_kept += other.n_not_kept;
        self.counts.resize(self.counts.len().max(other.counts.len()), 0);
        self.counts.iter_mut().zip(&other.counts).for_each(|(all, more)| *all += more);
    }

    /// Number of rows of a code.
    pub(super) fn of(&self, code: usize) -> u64 {
        self.counts.get(code).copied().unwrap_or(0)
    }

    /// Number of rows with a text.
    pub(super) fn n_texts(&self) -> u64 {
        self.counts.iter().sum::<u64>() + self.n_not_kept
    }
}

impl DateRange {
    fn new() -> Self {
        let empty = (f64::INFINITY, f64::NEG_INFINITY);
        Self { day_first: empty, month_first: empty, n_dates: 0, n_missing: 0 }
    }

    fn add(&mut self, number: f64) {
        if number.is_nan() {
            self.n_missing += 1;
            return;
        }
        let extend = |range: &mut (f64, f64), days: f64| {
            *range = (range.0.min(days), range.1.max(days));
        };
        self.n_dates += 1;
        extend(&mut self.day_first, number);
        extend(&mut self.month_first, DateColumn::month_first(number));
    }

    fn merge(&mut self, other: &Self) {
        let merged = |a: (f64, f64), b: (f64, f64)| (a.0.min(b.0), a.1.max(b.1));
        self.n_missing += other.n_missing;
        self.n_dates += other.n_dates;
        self.day_first = merged(self.day_first, other.day_first);
        self.month_first = merged(self.month_first, other.month_first);
    }

    /// Returns the range in days; none without dates.
    pub(super) fn get(&self, is_month_first: bool) -> Option<(f64, f64)> {
        let range = if is_month_first { self.month_first } else { self.day_first };
        (range.0 <= range.1).then_some(range)
    }
}
