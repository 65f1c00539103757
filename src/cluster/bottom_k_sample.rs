//! Random rows of all partitions: the rows with the smallest of random priorities.
//!
//! Every row gets a random priority, which follows from the seed, its numbers and its place in its partition; the rows with
//! the smallest are a sample without replacement, whichever partition is read first, and are the same when a partition is read
//! again. Rows of equal numbers at the same place of two partitions, as copies of a file have them, are drawn together.

use std::collections::BinaryHeap;

use ndarray::{Array2, ArrayView1};
use serde::{Deserialize, Serialize};

use super::wire::{not_understood, numbers};
use crate::error::Result;
use crate::rows::Block;
use crate::rows::sample::RowSample;

/// The rows of a sample so far.
#[derive(Debug)]
pub(super) struct BottomKSample {
    sample: RowSample,
    n_features: usize,
    /// Rows that have been looked at.
    n_seen: u64,
    rows: BinaryHeap<Row>,
}

/// A row and its priority, by which rows are ordered, then by their numbers.
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

    /// Adds rows of other partitions.
    ///
    /// # Errors
    /// [`not_understood`] for rows of another number of columns.
    pub(super) fn merge(&mut self, rows: Vec<Row>) -> Result<()> {
        if rows.iter().any(|row| row.values.len() != self.n_features) {
            return Err(not_understood());
        }
        rows.into_iter().for_each(|row| self.insert(row));
        Ok(())
    }

    /// The rows so far, in no order.
    pub(super) fn rows(&self) -> &[Row] {
        self.rows.as_slice()
    }

    /// Bytes of memory.
    pub(super) fn size(&self) -> usize {
        let of_row = |row: &Row| size_of::<Row>() + 8 * row.values.len();
        self.rows.capacity() * size_of::<Row>()
            + self.rows.peek().map_or(0, of_row) * self.rows.len()
    }

    /// The rows, by their priorities.
    pub(super) fn end(self) -> Array2<f64> {
        let rows = self.rows.into_sorted_vec();
        let mut drawn = Array2::zeros((rows.len(), self.n_features));
        for (mut to, row) in drawn.rows_mut().into_iter().zip(&rows) {
            to.assign(&ArrayView1::from(&row.values));
        }
        drawn
    }
}

/// A pseudo-random number: every part of a row is mixed into it (the finaliser of SplitMix64,
/// Steele, Lea & Flood 2014).
fn priority(sample: RowSample, place: u64, row: &[f64]) -> u64 {
    let mix = |state: u64, word: u64| {
        let mut z = (state ^ word).wrapping_add(0x9e37_79b9_7f4a_7c15);
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    };
    let begin = mix(mix(mix(0, sample.seed), sample.stream), place);
    row.iter().fold(begin, |state, value| mix(state, value.to_bits()))
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

    fn drawn(parts: &[std::ops::Range<usize>]) -> Array2<f64> {
        let sample = RowSample { seed: 3, stream: 1, n_rows: 50 };
        let mut all = BottomKSample::new(sample, 2);
        for part in parts {
            let rows =
                Array2::from_shape_fn((part.len(), 2), |(i, j)| (2 * (part.start + i) + j) as f64);
            let mut block = Block::default();
            block.fill(0, rows.view());
            let mut part = BottomKSample::new(sample, 2);
            part.add(&block);
            all.merge(part.rows().to_vec()).unwrap();
        }
        all.end()
    }

    #[test]
    fn rows_of_all_partitions_are_drawn_alike_in_any_order() {
        let rows = drawn(&[0..1000, 1000..2000]);
        assert_eq!(rows, drawn(&[1000..2000, 0..1000]));
        assert_eq!(rows.nrows(), 50);
        let of_second = rows.column(0).iter().filter(|&&value| value >= 2000.0).count();
        // 25 expected of a binomial distribution with deviation 3.5
        assert!((8..=42).contains(&of_second), "{of_second}");
        assert_eq!(drawn(&[0..20, 20..30]).nrows(), 30);
    }
}
