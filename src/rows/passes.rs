//! Passes over all blocks of a source.

use rayon::prelude::*;

use super::{Block, RowBlocks};
use crate::compute::threads;
use crate::error::Result;

/// Most partial results of a pass; it bounds the memory of a pass and does not depend on the
/// number of threads, so that neither do the results.
pub(crate) const MAX_PARTS: usize = 16;

/// Most partial results of a pass over `n_blocks` blocks.
pub(crate) fn n_parts(n_blocks: usize) -> usize {
    n_blocks.clamp(1, MAX_PARTS)
}

/// A source of rows and the memory to read it, kept from one pass to the next: what is small enough to be held in a
/// block for each part is read only once.
pub(crate) struct Reader<'a> {
    rows: &'a dyn RowBlocks,
    blocks: Vec<Block>,
}

impl<'a> Reader<'a> {
    pub(crate) fn new(rows: &'a dyn RowBlocks) -> Self {
        Self { rows, blocks: Vec::new() }
    }

    /// The source.
    pub(crate) fn rows(&self) -> &'a dyn RowBlocks {
        self.rows
    }

    /// Visits every block: each of `parts` gathers from an equal share of consecutive blocks in their order; parts
    /// run in parallel.
    ///
    /// # Errors
    /// The first error, in the order of the rows, of reading or visiting.
    pub(crate) fn visit<A: Send>(
        &mut self,
        parts: &mut [A],
        visit: impl Fn(&mut A, &Block) -> Result<()> + Sync,
    ) -> Result<()> {
        let (rows, n_blocks, n_parts) = (self.rows, self.rows.n_blocks(), parts.len());
        if self.blocks.len() < n_parts {
            self.blocks.resize_with(n_parts, Block::default);
        }
        let run = |(index, (gathered, block)): (usize, (&mut A, &mut Block))| -> Result<()> {
            for index in index * n_blocks / n_parts..(index + 1) * n_blocks / n_parts {
                block.read(rows, index)?;
                visit(gathered, block)?;
            }
            Ok(())
        };
        if n_parts == 1 || threads::is_shared_out() {
            return parts.iter_mut().zip(&mut self.blocks).enumerate().try_for_each(run);
        }
        let mut parts: Vec<_> = parts.iter_mut().zip(&mut self.blocks).enumerate().collect();
        // a chunk of parts that follow one another is gone through by one thread
        let of_reader = n_parts.div_ceil(rows.most_readers().clamp(1, n_parts));
        let run = |part: &mut (usize, (&mut A, &mut Block))| {
            let (index, (gathered, block)) = part;
            run((*index, (gathered, block)))
        };
        let ended: Vec<_> = parts
            .par_chunks_mut(of_reader)
            .map(|parts| parts.iter_mut().try_for_each(run))
            .collect();
        ended.into_iter().collect()
    }

    /// Visits every block and merges what the visits gathered.
    ///
    /// The blocks are split into a fixed number of consecutive parts; each part starts from `empty()` and
    /// visits its blocks in order, parts run in parallel, and are merged in order.
    ///
    /// # Errors
    /// The first error, in the order of the rows, of reading or visiting.
    pub(crate) fn fold<A: Send>(
        &mut self,
        empty: impl Fn() -> A,
        visit: impl Fn(&mut A, &Block) -> Result<()> + Sync,
        mut merge: impl FnMut(&mut A, A),
    ) -> Result<A> {
        let n_parts = n_parts(self.rows.n_blocks());
        let mut parts: Vec<_> = (0..n_parts).map(|_| empty()).collect();
        self.visit(&mut parts, visit)?;
        let mut parts = parts.into_iter();
        let mut all = parts.next().expect("at least one part");
        for part in parts {
            merge(&mut all, part);
        }
        Ok(all)
    }
}

/// A single pass, as [`Reader::fold`].
///
/// # Errors
/// The first error, in the order of the rows, of reading or visiting.
pub(crate) fn fold<A: Send>(
    rows: &dyn RowBlocks,
    empty: impl Fn() -> A,
    visit: impl Fn(&mut A, &Block) -> Result<()> + Sync,
    merge: impl FnMut(&mut A, A),
) -> Result<A> {
    Reader::new(rows).fold(empty, visit, merge)
}

#[cfg(test)]
mod tests {
    use ndarray::Array2;

    use super::*;
    use crate::rows::MatrixRows;

    #[test]
    fn fold_visits_every_row_once_and_in_order() {
        let records = Array2::from_shape_fn((5000, 40), |(i, j)| (i * 40 + j) as f64);
        let rows = MatrixRows::from_records(records.view()).unwrap();
        let seen = fold(
            &rows,
            Vec::new,
            |seen: &mut Vec<f64>, block| {
                seen.extend(block.features().nth(3).unwrap());
                Ok(())
            },
            |all, part| all.extend(part),
        )
        .unwrap();
        assert_eq!(seen, records.column(3).to_vec());
    }

    #[test]
    fn a_source_of_few_blocks_is_read_once_and_a_longer_one_anew() {
        for n_rows in [100, 3000, 20_000] {
            let records = Array2::from_shape_fn((n_rows, 2), |(i, j)| (2 * i + j) as f64);
            let rows = MatrixRows::from_records(records.view()).unwrap();
            let mut reader = Reader::new(&rows);
            for _ in 0..2 {
                let visit = |sum: &mut f64, block: &Block| {
                    *sum += block.features().flatten().sum::<f64>();
                    Ok(())
                };
                let sum = reader.fold(|| 0.0, visit, |sum, part| *sum += part).unwrap();
                assert_eq!(sum, records.sum());
            }
        }
    }
}
