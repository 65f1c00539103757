//! Permutation tests of whether synthetic rows are nearer to original rows than chance allows.
//!
//! If both tables are samples of one distribution, the compared rows of both are exchangeable: any assignment of them to the
//! two tables is equally likely, whether their values are continuous or few. The remaining original rows, if there are any,
//! are original in every assignment.

use std::collections::HashMap;

use ndarray::{Array2, ArrayView2, Axis, Slice, concatenate};
use rand::seq::SliceRandom;
use rayon::prelude::*;

use crate::compute::random::stream;
use crate::metrics::quality::PermutationTest;
use crate::metrics::quality::nearest::squared_distance;

/// Number of nearest compared rows that are searched for an original one: of rows that are assigned at random, all of them are
/// synthetic with a probability of 2⁻⁸.
const NEIGHBOURS: usize = 8;
/// The distance to this nearest neighbour, original or synthetic, is the unit of the distances of a row.
const UNIT: usize = 4;
/// Maximum ratio of that unit to a distance, so that one copy does not outweigh all other rows.
const MOST_RATIO: f64 = 1000.0;
/// Distances below this share of the unit are very small.
const SMALL: f64 = 0.2;
/// Values that are equal to this many standard deviations are equal.
const EQUAL: f64 = 1e-9;

/// Approximate number of assignments times rows, and bounds of the number of assignments.
const ASSIGNED: usize = 4_000_000;
const LEAST_PERMUTATIONS: usize = 999;
const MOST_PERMUTATIONS: usize = 9999;

/// The compared rows of both tables in random order, and the other original rows.
pub(super) struct Pooled {
    /// Compared rows.
    rows: Array2<f64>,
    /// Whether each of them is original.
    is_original: Vec<bool>,
    others: Array2<f64>,
    seed: u64,
}

/// The nearest rows of a compared row.
#[derive(Debug, Clone, Default)]
struct Neighbours {
    /// Compared rows with their squared distances, the nearest first.
    compared: Vec<(f64, usize)>,
    /// Squared distances of other original rows, in ascending order.
    others: Vec<f64>,
    /// Squared distance to the nearest other original row of all.
    original: f64,
}

/// Distances of the rows of both tables, and the tests.
pub(super) struct Copies {
    /// Distances of the original rows and of the synthetic rows to the nearest other original row.
    pub(super) distances: [Vec<f64>; 2],
    /// Shares of duplicates of an original row.
    pub(super) duplicates: [f64; 2],
    /// Shares of rows very near to an original row.
    pub(super) near: [f64; 2],
    pub(super) of_duplicates: PermutationTest,
    pub(super) of_distances: PermutationTest,
}

impl Pooled {
    /// Pools the first `n_compared` of the `originals` with the synthetic rows.
    pub(super) fn new(
        originals: ArrayView2<'_, f64>,
        n_compared: usize,
        synthetic: ArrayView2<'_, f64>,
        seed: u64,
    ) -> Self {
        let part =
            |range: std::ops::Range<usize>| originals.slice_axis(Axis(0), Slice::from(range));
        let left = part(0..n_compared);
        let rows = concatenate![Axis(0), left, synthetic];
        // in random order, so that the order of equally near rows is independent of their table
        let mut order: Vec<usize> = (0..rows.nrows()).collect();
        order.shuffle(&mut stream(seed, 0));
        Self {
            rows: rows.select(Axis(0), &order),
            is_original: order.into_iter().map(|row| row < n_compared).collect(),
            others: part(n_compared..originals.nrows()).as_standard_layout().into_owned(),
            seed,
        }
    }

    /// Searches neighbours and duplicates, and tests them.
    pub(super) fn test(&self) -> Copies {
        let neighbours: Vec<Neighbours> =
            (0..self.rows.nrows()).into_par_iter().map(|row| self.neighbours(row)).collect();
        let classes = self.classes();
        let mut copies = Copies {
            distances: [Vec::new(), Vec::new()],
            duplicates: self.shares(|row| classes.is_duplicate(row, &self.is_original)),
            near: self.shares(|row| neighbours[row].is_near()),
            of_duplicates: self.permute(|labels| classes.excess_of_duplicates(labels)),
            of_distances: self.test_distances(&neighbours),
        };
        for (neighbours, &is_original) in neighbours.iter().zip(&self.is_original) {
            copies.distances[usize::from(!is_original)].push(neighbours.original.sqrt());
        }
        copies
    }

    fn neighbours(&self, row: usize) -> Neighbours {
        let n_columns = self.rows.ncols();
        let values = self.rows.row(row).to_vec();
        let mut found = Neighbours { original: f64::INFINITY, ..Neighbours::default() };
        let compared = self.rows.as_slice().expect("rows in order").chunks_exact(n_columns);
        for (other, other_values) in compared.enumerate().filter(|(other, _)| *other != row) {
            let distance = squared_distance(&values, other_values);
            insert(&mut found.compared, (distance, other), NEIGHBOURS, |entry| entry.0);
            if self.is_original[other] {
                found.original = found.original.min(distance);
            }
        }
        let others = self.others.as_slice().expect("rows in order").chunks_exact(n_columns);
        for other_values in others {
            let distance = squared_distance(&values, other_values);
            insert(&mut found.others, distance, UNIT, |distance| *distance);
        }
        found.original = found.others.first().map_or(found.original, |d| d.min(found.original));
        found
    }

    /// Tests whether the logarithms of the distances of synthetic rows to the nearest original row, in units of the distances
    /// to all rows, are smaller than by chance.
    fn test_distances(&self, neighbours: &[Neighbours]) -> PermutationTest {
        let nearness: Vec<(f64, Vec<(f64, usize)>)> =
            neighbours.iter().map(Neighbours::nearness).collect();
        self.permute(|is_original| {
            let synthetic = nearness.iter().zip(is_original).filter(|(_, original)| !**original);
            let nearest = synthetic.map(|((of_others, compared), _)| {
                let first = compared.iter().find(|(_, row)| is_original[*row]);
                first.or(compared.last()).map_or(*of_others, |(near, _)| near.max(*of_others))
            });
            nearest.sum::<f64>()
        })
    }

    /// Compares a statistic of the assignment of the rows to the tables (true is original) with those of random assignments.
    fn permute(&self, statistic: impl Fn(&[bool]) -> f64 + Sync) -> PermutationTest {
        let n_permutations =
            (ASSIGNED / self.is_original.len().max(1)).clamp(LEAST_PERMUTATIONS, MOST_PERMUTATIONS);
        PermutationTest::of(statistic(&self.is_original), n_permutations, |permutation| {
            let mut labels = self.is_original.clone();
            labels.shuffle(&mut stream(self.seed, 1 + permutation));
            statistic(&labels)
        })
    }

    /// Assigns equal rows to classes.
    fn classes(&self) -> Classes {
        // minus zero is zero
        let key = |row: ndarray::ArrayView1<'_, f64>| -> Vec<u64> {
            row.iter().map(|value| ((value / EQUAL).round() + 0.0).to_bits()).collect()
        };
        let mut indices = HashMap::new();
        let mut of_rows = Vec::with_capacity(self.rows.nrows());
        for row in self.rows.rows() {
            let n_classes = indices.len();
            of_rows.push(*indices.entry(key(row)).or_insert(n_classes));
        }
        let mut has_others = vec![false; indices.len()];
        for row in self.others.rows() {
            if let Some(&class) = indices.get(&key(row)) {
                has_others[class] = true;
            }
        }
        let mut n_originals = vec![0; indices.len()];
        let originals =
            of_rows.iter().zip(&self.is_original).filter(|(_, is_original)| **is_original);
        originals.for_each(|(&class, _)| n_originals[class] += 1);
        Classes { of_rows, has_others, n_originals }
    }

    /// Returns the shares of original and of synthetic rows for which `holds`.
    fn shares(&self, holds: impl Fn(usize) -> bool) -> [f64; 2] {
        let found: Vec<bool> = (0..self.is_original.len()).map(holds).collect();
        [true, false].map(|table| {
            let of_table = || self.is_original.iter().zip(&found).filter(|(is, _)| **is == table);
            of_table().filter(|(_, found)| **found).count() as f64 / of_table().count() as f64
        })
    }
}

/// Classes of equal rows.
struct Classes {
    /// The class of each compared row.
    of_rows: Vec<usize>,
    /// Whether a class has original rows that are not compared.
    has_others: Vec<bool>,
    /// Number of original rows of each class that are compared.
    n_originals: Vec<usize>,
}

impl Classes {
    /// Whether a compared row equals another original row.
    fn is_duplicate(&self, row: usize, is_original: &[bool]) -> bool {
        let class = self.of_rows[row];
        self.has_others[class] || self.n_originals[class] > usize::from(is_original[row])
    }

    /// Share of the synthetic rows that equal an original row, minus that of the original rows that equal another one.
    fn excess_of_duplicates(&self, is_original: &[bool]) -> f64 {
        let mut n_originals = vec![0_usize; self.has_others.len()];
        let labelled = || self.of_rows.iter().zip(is_original);
        labelled()
            .filter(|(_, original)| **original)
            .for_each(|(&class, _)| n_originals[class] += 1);
        let (mut n_rows, mut n_duplicates) = ([0.0; 2], [0.0; 2]);
        for (&class, &original) in labelled() {
            let table = usize::from(original);
            let is_duplicate = self.has_others[class] || n_originals[class] > table;
            n_rows[table] += 1.0;
            n_duplicates[table] += f64::from(u8::from(is_duplicate));
        }
        n_duplicates[0] / n_rows[0] - n_duplicates[1] / n_rows[1]
    }
}

impl Neighbours {
    /// Squared distance to the nearest neighbour with number [`UNIT`], original or synthetic.
    fn unit(&self) -> f64 {
        let mut all: Vec<f64> = self.compared.iter().take(UNIT).map(|(d, _)| *d).collect();
        all.extend(&self.others);
        all.sort_by(f64::total_cmp);
        all.get(UNIT - 1).or(all.last()).copied().unwrap_or(0.0)
    }

    fn is_near(&self) -> bool {
        self.original < SMALL * SMALL * self.unit()
    }

    /// Logarithms of the ratio of the unit to the distance of the nearest original row that is not compared, and to those of
    /// compared rows. Rows with as many duplicates as give a unit of 0 have none.
    fn nearness(&self) -> (f64, Vec<(f64, usize)>) {
        let unit = self.unit();
        let of = |squared: f64| {
            if unit == 0.0 { 0.0 } else { 0.5 * (unit / squared).ln().min(2.0 * MOST_RATIO.ln()) }
        };
        let of_others = self.others.first().map_or(f64::NEG_INFINITY, |&squared| of(squared));
        (of_others, self.compared.iter().map(|&(squared, row)| (of(squared), row)).collect())
    }
}

/// Inserts an entry into a list of at most `most` entries in ascending order.
fn insert<T: Copy>(list: &mut Vec<T>, entry: T, most: usize, key: impl Fn(&T) -> f64) {
    if list.len() == most {
        if list.last().is_some_and(|last| key(&entry) >= key(last)) {
            return;
        }
        list.pop();
    }
    let at = list.partition_point(|other| key(other) <= key(&entry));
    list.insert(at, entry);
}
