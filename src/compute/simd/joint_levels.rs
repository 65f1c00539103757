//! Categories of few levels as one category of all combinations of their levels.
//!
//! A row then takes one addition for a group of categories, where it would take one for each. The entries of the combinations are
//! computed from those of the levels for each block of rows, and counts of combinations are summed to counts of levels.

use std::borrow::Cow;

/// Maximum number of combinations of a group: with ten components their entries take 12 KiB, so that those of some groups stay in
/// the first-level cache.
const MOST_COMBINATIONS: usize = 128;

/// Categories whose levels are combined, or a single one as it is.
pub(super) struct Group<'a> {
    /// Number of levels of each of its categories.
    n_levels: &'a [usize],
    /// The level or the combination of each row; a missing level of a single category is beyond all levels.
    pub(super) codes: Cow<'a, [u32]>,
    /// Number of levels or combinations.
    pub(super) n_codes: usize,
}

/// Groups consecutive categories of `n` rows.
pub(super) fn grouped<'a>(codes: &'a [u32], n_levels: &'a [usize], n: usize) -> Vec<Group<'a>> {
    // entries of combinations must be fewer than additions that they save
    let most = MOST_COMBINATIONS.min(n / 4);
    let mut groups = Vec::new();
    let mut first = 0;
    while first < n_levels.len() {
        let mut n_combinations = 1;
        let fits = |&&n_levels: &&usize| {
            n_combinations *= n_levels + 1;
            n_combinations <= most
        };
        let len = n_levels[first..].iter().take_while(fits).count().max(1);
        let n_levels = &n_levels[first..first + len];
        let codes = &codes[first * n..][..len * n];
        groups.push(Group::new(n_levels, codes, n));
        first += len;
    }
    groups
}

impl<'a> Group<'a> {
    fn new(n_levels: &'a [usize], codes: &'a [u32], n: usize) -> Self {
        if let &[n_codes] = n_levels {
            return Self { n_levels, codes: codes.into(), n_codes };
        }
        let mut joint = vec![0_u32; n];
        for (codes, &n_levels) in codes.chunks_exact(n).zip(n_levels) {
            // a missing level is one more
            let n_levels = n_levels as u32;
            let of_rows = joint.iter_mut().zip(codes);
            of_rows.for_each(|(joint, &code)| {
                *joint = *joint * (n_levels + 1) + code.min(n_levels);
            });
        }
        let n_codes = n_levels.iter().map(|n_levels| n_levels + 1).product();
        Self { n_levels, codes: joint.into(), n_codes }
    }

    /// Number of levels of its categories together.
    pub(super) fn total_levels(&self) -> usize {
        self.n_levels.iter().sum()
    }

    /// Whether the codes are those of a single category.
    pub(super) fn is_single(&self) -> bool {
        self.n_levels.len() == 1
    }

    /// The entries of the codes, `stride` numbers for each: sums of the entries of their levels, which are the first of `rest`. A
    /// missing level has none.
    pub(super) fn entries<'t>(&self, rest: &mut &'t [f64], stride: usize) -> Cow<'t, [f64]> {
        let table;
        (table, *rest) = rest.split_at(self.total_levels() * stride);
        if self.is_single() {
            return table.into();
        }
        let (mut entries, mut rest) = (vec![0.0; stride], table);
        for &n_levels in self.n_levels {
            let of_category;
            (of_category, rest) = rest.split_at(n_levels * stride);
            let mut longer = Vec::with_capacity(entries.len() * (n_levels + 1));
            for sums in entries.chunks_exact(stride) {
                for entry in of_category.chunks_exact(stride) {
                    longer.extend(sums.iter().zip(entry).map(|(sum, entry)| sum + entry));
                }
                longer.extend(sums);
            }
            entries = longer;
        }
        entries.into()
    }

    /// Adds the sums of the codes, `stride` numbers for each, to those of their levels.
    pub(super) fn add_sums(&self, mut sums: Vec<f64>, of_levels: &mut [f64], stride: usize) {
        let mut rest = of_levels;
        // the level of the last category changes fastest
        for &n_levels in self.n_levels.iter().rev() {
            let of_category;
            (rest, of_category) = rest.split_at_mut(rest.len() - n_levels * stride);
            let mut shorter = Vec::with_capacity(sums.len() / (n_levels + 1));
            for combinations in sums.chunks_exact((n_levels + 1) * stride) {
                let end = shorter.len();
                shorter.resize(end + stride, 0.0);
                add_each(&mut shorter[end..], combinations);
                let (observed, _) = combinations.split_at(n_levels * stride);
                of_category.iter_mut().zip(observed).for_each(|(sum, term)| *sum += term);
            }
            sums = shorter;
        }
    }
}

/// Adds each of several runs of numbers.
fn add_each(sum: &mut [f64], terms: &[f64]) {
    for terms in terms.chunks_exact(sum.len()) {
        sum.iter_mut().zip(terms).for_each(|(sum, term)| *sum += term);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn few_levels_are_combined_and_many_are_not() {
        let n = 1000;
        let n_levels = [10, 10, 3, 200, 2, 2, 2];
        let codes = vec![0; n * n_levels.len()];
        let groups = grouped(&codes, &n_levels, n);
        let sizes: Vec<_> = groups.iter().map(|group| (group.n_levels, group.n_codes)).collect();
        let expected: [(&[usize], usize); 4] =
            [(&[10, 10], 121), (&[3], 3), (&[200], 200), (&[2, 2, 2], 27)];
        assert_eq!(sizes, expected);
        // few rows are not worth the combinations
        assert_eq!(grouped(&codes[..7 * 8], &n_levels, 8).len(), 7);
    }
}
