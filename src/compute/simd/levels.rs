//! Sums over the levels of categories: log-probabilities of the levels of rows, and weights of the rows of levels.
//!
//! Tables hold the numbers of all components of a level side by side, in whole groups of [`LANES`]: a category of a row is one
//! short vector, which is added whatever its level is. Only then rows are turned into one contiguous run for each component.

use std::mem;

use pulp::{Simd, WithSimd};

use super::AlignedBuffer;
use super::joint_levels::{Group, grouped};

/// Components of a level are stored in groups of this many.
const LANES: usize = 4;

/// Rows that are turned at once, few enough that they stay in the first-level cache.
const TILE: usize = 32;

/// Number of groups that are added at once if a level has more than that many.
const MOST_GROUPS: usize = 8;

/// Number of numbers of a level in a table of `n_components`.
pub(crate) fn stride(n_components: usize) -> usize {
    LANES * n_groups(n_components)
}

/// Number of groups of a level: one of those for which there is code.
fn n_groups(n_components: usize) -> usize {
    match n_components {
        few @ 0..=16 => few.div_ceil(LANES).max(1),
        many => many.div_ceil(LANES).next_multiple_of(MOST_GROUPS),
    }
}

/// Calls `$levels.run::<G>(&mut $tables, $n_groups, first)` for the groups of so many components, `G` from the first one on.
macro_rules! by_groups {
    ($levels:ident, $tables:ident, $n_components:expr) => {
        match n_groups($n_components) {
            1 => $levels.run::<1>(&mut $tables, 1, 0),
            2 => $levels.run::<2>(&mut $tables, 2, 0),
            3 => $levels.run::<3>(&mut $tables, 3, 0),
            4 => $levels.run::<4>(&mut $tables, 4, 0),
            many => {
                for first in (0..many).step_by(MOST_GROUPS) {
                    $levels.run::<MOST_GROUPS>(&mut $tables, many, first);
                }
            }
        }
    };
}

/// The codes of rows with the table of their entries.
type Coded<'c, T> = (&'c [u32], T);

/// Adds the entries of the levels of each row to `out`, one contiguous run of rows for each component.
pub(crate) struct AddLevels<'a> {
    /// Indices of levels, category by category, one for each row; a missing one is beyond all levels.
    pub(crate) codes: &'a [u32],
    /// Number of levels of each category.
    pub(crate) n_levels: &'a [usize],
    /// Entries, category by category, level by level, [`stride`] numbers for each.
    pub(crate) table: &'a [f64],
    /// Number of rows.
    pub(crate) n: usize,
    pub(crate) out: &'a mut [f64],
    /// Working memory.
    pub(crate) by_row: &'a mut AlignedBuffer,
}

impl AddLevels<'_> {
    /// Adds the entries of `G` of `n_groups` groups, from group `group` on; their sums stay in registers.
    #[inline(always)]
    fn run<const G: usize>(
        &mut self,
        tables: &mut [Coded<'_, &[[f64; LANES]]>],
        n_groups: usize,
        group: usize,
    ) {
        let n = self.n;
        let by_row = self.by_row.resize(TILE * G * LANES);
        for start in (0..n).step_by(TILE) {
            let rows = start..n.min(start + TILE);
            for (row, to) in rows.clone().zip(by_row.as_chunks_mut::<LANES>().0.chunks_exact_mut(G))
            {
                let mut sums = [[0.0; LANES]; G];
                for (codes, entries) in tables.iter() {
                    let first = codes[row] as usize * n_groups + group;
                    if let Some(entries) = entries.get(first..first + G) {
                        add::<G>(&mut sums, entries);
                    }
                }
                to.copy_from_slice(&sums);
            }
            let components = self.out.chunks_exact_mut(n).skip(group * LANES).take(G * LANES);
            for (component, out) in components.enumerate() {
                let sums = by_row[component..].iter().step_by(G * LANES);
                out[rows.clone()].iter_mut().zip(sums).for_each(|(out, sum)| *out += sum);
            }
        }
    }
}

impl WithSimd for AddLevels<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(mut self, _: S) {
        let n_components = self.out.len() / self.n;
        let groups = grouped(self.codes, self.n_levels, self.n);
        let mut rest = self.table;
        let entries = |group: &Group<'_>| group.entries(&mut rest, stride(n_components));
        let entries: Vec<_> = groups.iter().map(entries).collect();
        let coded = groups.iter().zip(&entries);
        let mut tables: Vec<Coded<'_, _>> =
            coded.map(|(group, entries)| (&*group.codes, entries.as_chunks().0)).collect();
        by_groups!(self, tables, n_components);
    }
}

/// Adds the weights of each row to the entries of its levels.
pub(crate) struct CountLevels<'a> {
    /// Indices of levels, category by category, one for each row; a missing one is beyond all levels.
    pub(crate) codes: &'a [u32],
    /// Number of levels of each category.
    pub(crate) n_levels: &'a [usize],
    /// Weights, one contiguous run of rows for each component.
    pub(crate) weights: &'a [f64],
    /// Number of rows.
    pub(crate) n: usize,
    /// Sums, category by category, level by level, [`stride`] numbers for each.
    pub(crate) table: &'a mut [f64],
    /// Working memory.
    pub(crate) by_row: &'a mut AlignedBuffer,
}

impl CountLevels<'_> {
    /// Adds to the entries of `G` of `n_groups` groups, from group `group` on.
    #[inline(always)]
    fn run<const G: usize>(
        &mut self,
        tables: &mut [Coded<'_, &mut [[f64; LANES]]>],
        n_groups: usize,
        group: usize,
    ) {
        let n = self.n;
        // components that fill up the last group have no weights
        let by_row = self.by_row.fill_with(TILE * G * LANES, 0.0);
        for start in (0..n).step_by(TILE) {
            let rows = start..n.min(start + TILE);
            let components = self.weights.chunks_exact(n).skip(group * LANES).take(G * LANES);
            for (component, weights) in components.enumerate() {
                let to = by_row[component..].iter_mut().step_by(G * LANES);
                to.zip(&weights[rows.clone()]).for_each(|(to, &weight)| *to = weight);
            }
            for (row, weights) in rows.zip(by_row.as_chunks::<LANES>().0.chunks_exact(G)) {
                for (codes, counts) in tables.iter_mut() {
                    let first = codes[row] as usize * n_groups + group;
                    if let Some(counts) = counts.get_mut(first..first + G) {
                        add::<G>(counts.try_into().expect("G groups"), weights);
                    }
                }
            }
        }
    }
}

impl WithSimd for CountLevels<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(mut self, _: S) {
        let n_components = self.weights.len() / self.n;
        let groups = grouped(self.codes, self.n_levels, self.n);
        let mut rest = mem::take(&mut self.table);
        let of_group = |group| Counts::of(group, &mut rest, stride(n_components));
        let mut counts: Vec<_> = groups.iter().map(of_group).collect();
        let mut tables: Vec<_> = counts.iter_mut().map(Counts::coded).collect();
        by_groups!(self, tables, n_components);
        counts.into_iter().for_each(|counts| counts.add_to_levels(stride(n_components)));
    }
}

/// The sums of the codes of a group: those of the levels, or of combinations that are added to them in the end.
struct Counts<'t> {
    group: &'t Group<'t>,
    of_levels: &'t mut [f64],
    of_combinations: Option<Vec<f64>>,
}

impl<'t> Counts<'t> {
    /// Sums of a group, whose levels are the first of `rest`.
    fn of(group: &'t Group<'t>, rest: &mut &'t mut [f64], stride: usize) -> Self {
        let of_levels;
        (of_levels, *rest) = mem::take(rest).split_at_mut(group.total_levels() * stride);
        let of_combinations = (!group.is_single()).then(|| vec![0.0; group.n_codes * stride]);
        Self { group, of_levels, of_combinations }
    }

    fn coded(&mut self) -> Coded<'_, &mut [[f64; LANES]]> {
        let sums = self.of_combinations.as_deref_mut().unwrap_or(self.of_levels);
        (&self.group.codes, sums.as_chunks_mut().0)
    }

    fn add_to_levels(self, stride: usize) {
        if let Some(sums) = self.of_combinations {
            self.group.add_sums(sums, self.of_levels, stride);
        }
    }
}

/// Adds groups of numbers.
#[inline(always)]
fn add<const G: usize>(sums: &mut [[f64; LANES]; G], terms: &[[f64; LANES]]) {
    for (sums, terms) in sums.iter_mut().zip(terms) {
        for (sum, term) in sums.iter_mut().zip(terms) {
            *sum += term;
        }
    }
}

#[cfg(test)]
mod tests {
    use approx::assert_abs_diff_eq;

    use super::super::InstructionSet;
    use super::*;

    #[test]
    fn entries_and_weights_of_levels_agree_with_plain_sums() {
        for n_components in [1, 5, 10, 17, 70] {
            check(n_components, 1);
            // enough rows that levels are combined
            check(n_components, 20);
        }
    }

    fn check(n_components: usize, times: usize) {
        let (n, n_levels) = (7 * times, [2, 3]);
        let codes: Vec<u32> = [[0, 1, 0, 1, u32::MAX, 0, 1], [2, 2, 0, 1, 2, u32::MAX, 0]]
            .map(|codes| codes.repeat(times))
            .concat();
        let stride = stride(n_components);
        let table: Vec<f64> = (0..5 * stride).map(|i| i as f64).collect();
        let entry = |category: usize, level: usize, component: usize| {
            table[(2 * category + level) * stride + component]
        };
        let weights: Vec<f64> = (0..n * n_components).map(|i| 1.0 / (1 + i) as f64).collect();
        for set in InstructionSet::all() {
            let (mut out, by_row) = (vec![1.0; n * n_components], &mut AlignedBuffer::default());
            let (codes, n_levels) = (&codes[..], &n_levels[..]);
            set.run(AddLevels { codes, n_levels, table: &table, n, out: &mut out, by_row });
            let mut counts = vec![0.0; table.len()];
            let table = &mut counts[..];
            set.run(CountLevels { codes, n_levels, weights: &weights, n, table, by_row });
            for component in 0..n_components {
                for row in 0..n {
                    let of = |category: usize| {
                        let code = codes[category * n + row];
                        if code == u32::MAX {
                            0.0
                        } else {
                            entry(category, code as usize, component)
                        }
                    };
                    assert_eq!(out[component * n + row], 1.0 + of(0) + of(1));
                }
                let has_level_2 = |row: &usize| codes[n + row] == 2;
                let weight = |row: usize| weights[component * n + row];
                let level_2: f64 = (0..n).filter(has_level_2).map(weight).sum();
                assert_abs_diff_eq!(counts[4 * stride + component], level_2, epsilon = 1e-12);
            }
        }
    }
}
