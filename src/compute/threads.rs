//! Where work runs in parallel: the rows of one fit, or fits beside one another, never both.

use std::sync::atomic::{AtomicUsize, Ordering};

use rayon::prelude::*;

/// The threads that a piece of work may use.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Threads {
    /// All there are.
    All,
    /// Its own: others do work of their own beside it, and sharing out a little of this would only make them wait.
    One,
}

/// Runs `n_tasks` tasks beside one another, the first ones first, and gives their results in order. Tasks that follow one
/// another on a thread share the memory that `memory` makes for it.
pub(crate) fn side_by_side<M, T: Send>(
    n_tasks: usize,
    memory: impl Fn() -> M + Sync,
    task: impl Fn(&mut M, usize) -> T + Sync,
) -> Vec<T> {
    let next = AtomicUsize::new(0);
    // each worker takes the next task when it is done with one, so that no long task is left to the end
    let work = |_| -> Vec<(usize, T)> {
        let mut memory = memory();
        let take = || Some(next.fetch_add(1, Ordering::Relaxed)).filter(|&index| index < n_tasks);
        std::iter::from_fn(take).map(|index| (index, task(&mut memory, index))).collect()
    };
    let workers = (0..rayon::current_num_threads().min(n_tasks)).into_par_iter();
    let mut ended: Vec<(usize, T)> = workers.with_max_len(1).map(work).flatten().collect();
    ended.sort_by_key(|&(index, _)| index);
    ended.into_iter().map(|(_, result)| result).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tasks_end_in_order() {
        let ended = side_by_side(
            20,
            || 0,
            |done: &mut usize, index| {
                *done += 1;
                (index, *done >= 1)
            },
        );
        assert_eq!(ended, (0..20).map(|index| (index, true)).collect::<Vec<_>>());
        assert!(side_by_side(0, || (), |(), index| index).is_empty());
    }
}
