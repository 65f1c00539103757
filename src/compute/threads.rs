//! Parallel work: over the rows of one fit, or over independent fits, never both.

use std::sync::atomic::{AtomicUsize, Ordering};

use rayon::prelude::*;

/// The threads that an operation may use.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Threads {
    /// All threads.
    All,
    /// Only the calling thread: the others run tasks of their own, and splitting a small operation among them would only make
    /// it wait.
    One,
}

impl Threads {
    /// The results of a function for the first `n` indices, in order.
    pub(crate) fn map<T: Send>(
        self,
        n: usize,
        result: impl Fn(usize) -> T + Send + Sync,
    ) -> Vec<T> {
        match self {
            Self::All => (0..n).into_par_iter().map(result).collect(),
            Self::One => (0..n).map(result).collect(),
        }
    }
}

/// Runs `n_tasks` tasks in parallel, starting with the first, and returns their results in order. `memory` creates a thread's
/// working memory, which successive tasks on the thread share.
pub(crate) fn run_parallel<M, T: Send>(
    n_tasks: usize,
    memory: impl Fn() -> M + Sync,
    task: impl Fn(&mut M, usize) -> T + Sync,
) -> Vec<T> {
    let next = AtomicUsize::new(0);
    // each worker takes the next task when it has finished one, so that no long task is left to the end
    let work = |_| -> Vec<(usize, T)> {
        let mut memory = memory();
        let take = || Some(next.fetch_add(1, Ordering::Relaxed)).filter(|&index| index < n_tasks);
        std::iter::from_fn(take).map(|index| (index, task(&mut memory, index))).collect()
    };
    let workers = (0..rayon::current_num_threads().min(n_tasks)).into_par_iter();
    let mut finished: Vec<(usize, T)> = workers.with_max_len(1).map(work).flatten().collect();
    finished.sort_by_key(|&(index, _)| index);
    finished.into_iter().map(|(_, result)| result).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn results_are_in_the_order_of_the_tasks() {
        let finished = run_parallel(
            20,
            || 0,
            |done: &mut usize, index| {
                *done += 1;
                (index, *done >= 1)
            },
        );
        assert_eq!(finished, (0..20).map(|index| (index, true)).collect::<Vec<_>>());
        assert!(run_parallel(0, || (), |(), index| index).is_empty());
    }
}
