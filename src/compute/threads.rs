//! Where work runs in parallel: the rows of one fit, or fits beside one another, never both.

use std::cell::Cell;
use std::sync::atomic::{AtomicUsize, Ordering};

use rayon::prelude::*;

use crate::rows::{MAX_PARTS, RowBlocks};

thread_local! {
    /// Whether this thread runs one of several fits.
    static SHARED_OUT: Cell<bool> = const { Cell::new(false) };
}

/// Whether this thread runs one of several fits beside one another: then all threads have work, and sharing out
/// passes over a few rows as well would only make them wait for each other.
pub(crate) fn is_shared_out() -> bool {
    SHARED_OUT.get()
}

/// While it lives, this thread runs one of several fits.
struct SharedOut {
    before: bool,
}

impl SharedOut {
    fn begin() -> Self {
        Self { before: SHARED_OUT.replace(true) }
    }
}

impl Drop for SharedOut {
    fn drop(&mut self) {
        SHARED_OUT.set(self.before);
    }
}

/// Whether fits to `rows` should run beside one another, not each with its rows in parallel: if there are too few
/// rows for all parts of a pass.
pub(crate) fn is_by_fits(rows: &dyn RowBlocks, n_fits: usize) -> bool {
    n_fits > 1 && rows.n_blocks() < MAX_PARTS && !is_shared_out()
}

/// Runs `n_fits` fits to `rows` and gives their results in order: beside one another if there are few rows, the
/// first ones first, or else one after the other. Fits that follow one another share their memory: `memory`, or, on
/// other threads, what `more` makes.
pub(crate) fn fits<M, T: Send>(
    rows: &dyn RowBlocks,
    n_fits: usize,
    memory: &mut M,
    more: impl Fn() -> M + Sync,
    fit: impl Fn(&mut M, usize) -> T + Sync,
) -> Vec<T> {
    if !is_by_fits(rows, n_fits) {
        return (0..n_fits).map(|index| fit(memory, index)).collect();
    }
    let next = AtomicUsize::new(0);
    // each worker takes the next fit when it is done with one, so that no long fit is left to the end
    let work = |_| -> Vec<(usize, T)> {
        let _shared_out = SharedOut::begin();
        let mut memory = more();
        let take = || Some(next.fetch_add(1, Ordering::Relaxed)).filter(|&index| index < n_fits);
        std::iter::from_fn(take).map(|index| (index, fit(&mut memory, index))).collect()
    };
    let workers = (0..rayon::current_num_threads().min(n_fits)).into_par_iter();
    let mut ended: Vec<(usize, T)> = workers.with_max_len(1).map(work).flatten().collect();
    ended.sort_by_key(|&(index, _)| index);
    ended.into_iter().map(|(_, result)| result).collect()
}

#[cfg(test)]
mod tests {
    use ndarray::Array2;

    use super::*;
    use crate::rows::MatrixRows;

    #[test]
    fn fits_end_in_order_and_share_out_either_themselves_or_their_rows() {
        for (n_rows, by_fits) in [(10, true), (50_000, false)] {
            let records = Array2::<f64>::zeros((n_rows, 2));
            let rows = MatrixRows::from_records(records.view()).unwrap();
            let fit = |_: &mut (), index| (index, is_shared_out());
            let ended = fits(&rows, 20, &mut (), || (), fit);
            assert_eq!(ended, (0..20).map(|index| (index, by_fits)).collect::<Vec<_>>());
            assert!(!is_shared_out());
        }
    }
}
