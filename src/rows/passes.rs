//! Passes over all blocks of a source, in parallel and with reproducible results.

use rayon::prelude::*;

use super::{Block, RowBlocks};
use crate::compute::threads::Threads;
use crate::error::Result;

/// Maximum number of partial results of a pass. It bounds the memory of a pass and does not depend on the number of threads,
/// so results do not either.
pub(crate) const MAX_PARTS: usize = 16;

/// Number of partial results of a pass over `n_blocks` blocks.
pub(crate) fn n_parts(n_blocks: usize) -> usize {
    n_blocks.clamp(1, MAX_PARTS)
}

/// Folds over all blocks of a source.
///
/// The blocks are split into a fixed number of consecutive parts. Each part starts from `empty()` and visits its blocks in
/// order; parts run in parallel and are merged in order.
///
/// # Errors
/// The first error from reading or visiting, in the order of the rows.
/// The first error, in the order of the rows, of reading or visiting.
pub(crate) fn fold<A: Send>(
    rows: &dyn RowBlocks,
    empty: impl Fn() -> A,
    visit: impl Fn(&mut A, &Block) -> Result<()> + Sync,
    merge: impl FnMut(&mut A, A),
) -> Result<A> {
    let n_parts = n_parts(rows.n_blocks());
    let mut parts: Vec<_> = (0..n_parts).map(|_| empty()).collect();
    let mut blocks = Vec::new();
    visit_parts(rows, Threads::All, &mut blocks, &mut parts, visit)?;
    let mut merge = merge;
    let mut parts = parts.into_iter();
    let mut all = parts.next().expect("at least one part");
    parts.for_each(|part| merge(&mut all, part));
    Ok(all)
}

/// Visits every block. Each of `parts` accumulates an equal share of consecutive blocks in order, and parts run in parallel
/// if threads are available. `blocks` is memory that is kept: a source small enough to be held in one block per part is read
/// only once.
///
/// # Errors
/// The first error from reading or visiting, in the order of the rows.
pub(super) fn visit_parts<A: Send>(
    rows: &dyn RowBlocks,
    threads: Threads,
    blocks: &mut Vec<Block>,
    parts: &mut [A],
    visit: impl Fn(&mut A, &Block) -> Result<()> + Sync,
) -> Result<()> {
    let (n_blocks, n_parts) = (rows.n_blocks(), parts.len());
    if blocks.len() < n_parts {
        blocks.resize_with(n_parts, Block::default);
    }
    let run = |(index, (accumulated, block)): (usize, (&mut A, &mut Block))| -> Result<()> {
        for index in index * n_blocks / n_parts..(index + 1) * n_blocks / n_parts {
            block.read(rows, index)?;
            visit(accumulated, block)?;
        }
        Ok(())
    };
    if n_parts == 1 || threads == Threads::One {
        return parts.iter_mut().zip(blocks).enumerate().try_for_each(run);
    }
    let mut parts: Vec<_> = parts.iter_mut().zip(blocks).enumerate().collect();
    // each chunk of consecutive parts is visited by one thread
    let parts_per_reader = n_parts.div_ceil(rows.most_readers().clamp(1, n_parts));
    let run = |part: &mut (usize, (&mut A, &mut Block))| {
        let (index, (accumulated, block)) = part;
        run((*index, (accumulated, block)))
    };
    let finished: Vec<_> = parts
        .par_chunks_mut(parts_per_reader)
        .map(|parts| parts.iter_mut().try_for_each(run))
        .collect();
    finished.into_iter().collect()
}
