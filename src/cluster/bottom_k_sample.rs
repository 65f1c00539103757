//! Bottom-k sampling: a random sample of the rows of all partitions, merged in any order.
//!
//! Every row has a pseudo-random priority, a hash of the seed, its values and its index in its partition. The rows with the
//! smallest priorities are a sample without replacement, which does not depend on the order in which partitions are read and
//! is the same when a partition is read again. Rows of equal values at the same index of two partitions, as in copies of a
//! file, have the same priority, so they are sampled together.

use std::collections::BinaryHeap;

use ndarray::{Array2, ArrayView1};
use serde::{Deserialize, Serialize};

use super::wire::{numbers, protocol_error};
use crate::error::Result;
use crate::rows::Block;
use crate::rows::sample::RowSample;

/// The sample of the rows so far.
#[derive(Debug)]
pub(super) struct BottomKSample {
    sample: RowSample,
    n_features: usize,
    /// Number of rows so far.
    n_seen: u64,
    rows: BinaryHeap<Row>,
}

/// A row and its priority; rows are ordered by priority, then by values.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Row {
    priority: u64,
    #[serde(with = "numbers")]
    values: Vec<f64>,
}

impl BottomKSample {
    pub(super) fn new(sample: RowSample, n_features: usize) -> Self {
        Self { sample, n_features, n_seen: 0, rows: BinaryHeap::new() }
    }

    pub(super) fn add(&mut self, block: &Block) {
        for row in block.row_major().chunks_exact(self.n_features) {
            let priority = priority(self.sample, self.n_seen, row);
            self.n_seen += 1;
            let is_full = self.rows.len() == self.sample.n_rows;
            if !is_full || self.rows.peek().is_some_and(|last| priority < last.priority) {
                self.insert(Row { priority, values: row.to_vec() });
            }
        }
    }

    fn insert(&mut self, row: Row) {
        self.rows.push(row);
        if self.rows.len() > self.sample.n_rows {
            self.rows.pop();
        }
    }

    /// Adds the sampled rows of another partition.
    ///
    /// # Errors
    /// [`protocol_error`] for rows with another number of columns.
    pub(super) fn merge(&mut self, rows: Vec<Row>) -> Result<()> {
        if rows.iter().any(|row| row.values.len() != self.n_features) {
            return Err(protocol_error());
        }
        rows.into_iter().for_each(|row| self.insert(row));
        Ok(())
    }

    /// Returns the sampled rows, in no particular order.
    pub(super) fn rows(&self) -> &[Row] {
        self.rows.as_slice()
    }

    /// Memory of the rows in bytes.
    pub(super) fn size(&self) -> usize {
        let row_size = |row: &Row| size_of::<Row>() + 8 * row.values.len();
        self.rows.capacity() * size_of::<Row>()
            + self.rows.peek().map_or(0, row_size) * self.rows.len()
    }

    /// Returns the sampled rows in the order of their priorities.
    pub(super) fn into_rows(self) -> Array2<f64> {
        let rows = self.rows.into_sorted_vec();
        let mut drawn = Array2::zeros((rows.len(), self.n_features));
        for (mut to, row) in drawn.rows_mut().into_iter().zip(&rows) {
            to.assign(&ArrayView1::from(&row.values));
        }
        drawn
    }
}

/// Hashes the seed, the stream, the index and the values of a row (with the finaliser of SplitMix64, Steele, Lea & Flood
/// 2014).
fn priority(sample: RowSample, index: u64, row: &[f64]) -> u64 {
    let mix = |state: u64, word: u64| {
        let mut z = (state ^ word).wrapping_add(0x9e37_79b9_7f4a_7c15);
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    };
    let start = mix(mix(mix(0, sample.seed), sample.stream), index);
    row.iter().fold(start, |state, value| mix(state, value.to_bits()))
}

impl Ord for Row {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        let by_values = || {
            let pairs = self.values.iter().zip(&other.values);
            let mut orders = pairs.map(|(a, b)| a.total_cmp(b));
            orders.find(|order| order.is_ne()).unwrap_or(std::cmp::Ordering::Equal)
        };
        self.priority.cmp(&other.priority).then_with(by_values)
    }
}

impl PartialOrd for Row {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Row {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other).is_eq()
    }
}

impl Eq for Row {}

#[cfg(test)]
mod tests {
    use super::*;

    fn merged_sample(partitions: &[std::ops::Range<usize>]) -> Array2<f64> {
        let sample = RowSample { seed: 3, stream: 1, n_rows: 50 };
        let mut all = BottomKSample::new(sample, 2);
        for range in partitions {
            let rows = Array2::from_shape_fn((range.len(), 2), |(i, j)| {
                (2 * (range.start + i) + j) as f64
            });
            let mut block = Block::default();
            block.fill(0, rows.view());
            let mut partition = BottomKSample::new(sample, 2);
            partition.add(&block);
            all.merge(partition.rows().to_vec()).unwrap();
        }
        all.into_rows()
    }

    #[test]
    fn samples_do_not_depend_on_the_order_of_partitions() {
        let rows = merged_sample(&[0..1000, 1000..2000]);
        assert_eq!(rows, merged_sample(&[1000..2000, 0..1000]));
        assert_eq!(rows.nrows(), 50);
        let n_second = rows.column(0).iter().filter(|&&value| value >= 2000.0).count();
        // 25 expected, from a binomial distribution with deviation 3.5
        assert!((8..=42).contains(&n_second), "{n_second}");
        assert_eq!(merged_sample(&[0..20, 20..30]).nrows(), 30);
    }
}
