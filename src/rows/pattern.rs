//! Patterns of missing numbers.

/// The set of missing numbers of a row.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) struct Pattern(Box<[u64]>);

impl Pattern {
    /// The pattern of a row, given whether each number is missing.
    pub(crate) fn of(missing: impl ExactSizeIterator<Item = bool>) -> Self {
        let mut words = vec![0_u64; missing.len().div_ceil(64)];
        for (column, is_missing) in missing.enumerate() {
            words[column / 64] |= u64::from(is_missing) << (column % 64);
        }
        Self(words.into())
    }

    /// Whether the number of a column is missing.
    fn is_missing(&self, column: usize) -> bool {
        self.0[column / 64] >> (column % 64) & 1 == 1
    }

    /// The observed and the missing columns among `n_columns`, each ascending.
    pub(crate) fn columns(&self, n_columns: usize) -> (Vec<usize>, Vec<usize>) {
        (0..n_columns).partition(|&column| !self.is_missing(column))
    }
}

/// Consecutive rows with the same pattern of missing numbers.
#[derive(Debug, Clone)]
pub(crate) struct PatternRows {
    pub(crate) pattern: Pattern,
    pub(crate) first: usize,
    pub(crate) n_rows: usize,
}

/// Rows grouped by their patterns.
#[derive(Debug, Default)]
pub(super) struct Grouped {
    /// Rows without missing numbers, in their order.
    pub(super) complete: Vec<usize>,
    /// The other rows: those of a pattern are consecutive and in their order.
    pub(super) incomplete: Vec<usize>,
    /// The patterns of the other rows, in the order of their first rows.
    pub(super) patterns: Vec<PatternRows>,
}

/// Groups the rows of a block, given column by column, by their patterns of missing numbers.
pub(super) fn grouped(columns: &[&[f64]], n_rows: usize) -> Grouped {
    let n_words = columns.len().div_ceil(64);
    // the words of a row are contiguous
    let mut words = vec![0_u64; n_words * n_rows];
    for (column, values) in columns.iter().enumerate() {
        let words = words[column / 64..].iter_mut().step_by(n_words);
        for (word, value) in words.zip(*values) {
            *word |= u64::from(value.is_nan()) << (column % 64);
        }
    }
    let pattern = |row: usize| &words[row * n_words..][..n_words];
    let mut groups = Groups::new(n_rows);
    let mut found = Grouped::default();
    let of_row: Vec<usize> = (0..n_rows)
        .map(|row| {
            if pattern(row).iter().all(|&word| word == 0) {
                found.complete.push(row);
                return COMPLETE;
            }
            let group = groups.find(&mut found.patterns, pattern(row));
            found.patterns[group].n_rows += 1;
            group
        })
        .collect();
    let mut first = 0;
    for group in &mut found.patterns {
        group.first = first;
        first += group.n_rows;
    }
    let mut next: Vec<usize> = found.patterns.iter().map(|group| group.first).collect();
    found.incomplete.resize(first, 0);
    for (row, &group) in of_row.iter().enumerate().filter(|(_, group)| **group != COMPLETE) {
        found.incomplete[next[group]] = row;
        next[group] += 1;
    }
    found
}

/// The group of rows without missing numbers.
const COMPLETE: usize = usize::MAX;

/// Patterns by their hashes: a table with open addressing, since a block has few of them and is grouped in every pass.
struct Groups {
    table: Vec<usize>,
}

impl Groups {
    /// A table for the patterns of `n_rows` rows.
    fn new(n_rows: usize) -> Self {
        Self { table: vec![usize::MAX; (2 * n_rows).next_power_of_two()] }
    }

    /// Returns the index of a pattern among the known ones, to which it is added if it is new.
    fn find(&mut self, patterns: &mut Vec<PatternRows>, words: &[u64]) -> usize {
        // multiplication by 2⁶⁴ over the golden ratio spreads the bits (Knuth 1998, section 6.4)
        let mixed = words.iter().fold(0_u64, |hash, word| {
            (hash.rotate_left(5) ^ *word).wrapping_mul(0x9e37_79b9_7f4a_7c15)
        });
        let mut at = (mixed >> 32) as usize & (self.table.len() - 1);
        loop {
            match patterns.get(self.table[at]) {
                None => {
                    self.table[at] = patterns.len();
                    let pattern = Pattern(words.into());
                    patterns.push(PatternRows { pattern, first: 0, n_rows: 0 });
                    return patterns.len() - 1;
                }
                Some(known) if *known.pattern.0 == *words => {
                    return self.table[at];
                }
                Some(_) => at = (at + 1) & (self.table.len() - 1),
            }
        }
    }
}
