//! Rows that this process reads from memory or from a file.

use std::sync::Arc;

use ndarray::{Array1, Array2, ArrayView2, Axis};
use rayon::prelude::*;

use super::backend::{AnswerSink, Backend, PassCost, RowAnswers, RowTransform};
use super::kept_splits::KeptSplits;
use super::layout::RowLayout;
use super::pass::{AnyPass, PassPart};
use super::passes::visit_parts;
use super::sample::RowSample;
use super::transformed::{OwnedRows, TransformedRows};
use super::{Block, MAX_PARTS, MatrixRows, RowBlocks, check_columns, select};
use crate::compute::memory::MemoryBudget;
use crate::compute::threads::Threads;
use crate::error::Result;

/// A source of rows with the blocks to read it into, which are kept from one pass to the next: a source small enough to be
/// held in one block per part is read only once.
pub(crate) struct LocalBackend<'a> {
    rows: Arc<dyn RowBlocks + 'a>,
    blocks: Vec<Block>,
    splits: Option<KeptSplits>,
    threads: Threads,
    budget: MemoryBudget,
}

/// Number of blocks per thread that are answered before their answers are passed to the sink.
const ANSWERED_AT_ONCE: usize = 4;

impl<'a> LocalBackend<'a> {
    pub(crate) fn new(rows: impl RowBlocks + 'a) -> Self {
        let budget = MemoryBudget::default();
        Self::with(Arc::new(rows), Threads::All, budget)
    }

    fn with(rows: Arc<dyn RowBlocks + 'a>, threads: Threads, budget: MemoryBudget) -> Self {
        Self { rows, blocks: Vec::new(), splits: None, threads, budget }
    }

    /// Sets the memory budget for computations on the rows.
    pub(crate) fn memory_budget(mut self, budget: MemoryBudget) -> Self {
        self.budget = budget;
        self
    }

    /// Makes memory for blocks that are split by this layout, if they are to be kept.
    fn keep_splits(&mut self, layout: Option<&RowLayout>) {
        let is_new = |layout: &&RowLayout| {
            self.splits.as_ref().is_none_or(|splits| splits.layout() != *layout)
        };
        if let Some(layout) = layout.filter(is_new) {
            self.splits = KeptSplits::of(&*self.rows, layout, self.budget);
        }
    }
}

impl Backend for LocalBackend<'_> {
    fn n_samples(&self) -> usize {
        self.rows.n_samples()
    }

    fn n_features(&self) -> usize {
        self.rows.n_features()
    }

    fn run(&mut self, pass: &mut dyn AnyPass) -> Result<()> {
        let shape = (self.n_samples(), self.n_features());
        let n_parts = pass.n_parts(self.rows.n_blocks(), shape);
        pass.begin(n_parts, shape.1);
        self.keep_splits(pass.layout());
        let Self { rows, blocks, splits, threads, .. } = self;
        let visit = |part: &mut Box<dyn PassPart + '_>, block: &Block| part.add(block);
        match splits.as_mut().filter(|splits| pass.layout() == Some(splits.layout())) {
            Some(splits) => {
                let (rows, blocks) = splits.over(&**rows);
                visit_parts(&rows, *threads, blocks, &mut pass.parts(), visit)?;
            }
            None => visit_parts(&**rows, *threads, blocks, &mut pass.parts(), visit)?,
        }
        pass.merge();
        Ok(())
    }

    fn sample(&mut self, samples: &[RowSample]) -> Result<Vec<Arc<Array2<f64>>>> {
        let n_samples = self.n_samples();
        let indices: Vec<_> = samples.iter().map(|sample| sample.indices(n_samples)).collect();
        let drawn = select(&*self.rows, &indices.concat())?;
        let mut rest = drawn.view();
        let mut drawn_samples = Vec::with_capacity(samples.len());
        for indices in indices {
            let (drawn_sample, others) = rest.split_at(Axis(0), indices.len());
            drawn_samples.push(Arc::new(drawn_sample.to_owned()));
            rest = others;
        }
        Ok(drawn_samples)
    }

    fn answer(&mut self, answers: &dyn RowAnswers, sink: &mut AnswerSink<'_>) -> Result<()> {
        let (rows, width) = (&*self.rows, answers.width());
        let answer = |index: usize, block: &mut Block| -> Result<Vec<f64>> {
            rows.read(index, block)?;
            let mut found = Vec::with_capacity(block.n_rows() * width);
            answers.answer(block, &mut found)?;
            Ok(found)
        };
        let n_threads = match self.threads {
            Threads::One => 1,
            Threads::All => rayon::current_num_threads().min(rows.most_readers()),
        };
        let at_once = ANSWERED_AT_ONCE * n_threads;
        for first in (0..rows.n_blocks()).step_by(at_once) {
            let some = first..rows.n_blocks().min(first + at_once);
            let answered: Vec<Result<Vec<f64>>> = if n_threads == 1 {
                let block = &mut Block::default();
                some.map(|index| answer(index, block)).collect()
            } else {
                let each = some.into_par_iter().with_min_len(blocks_each(at_once, n_threads));
                each.map_init(Block::default, |block, index| answer(index, block)).collect()
            };
            for found in answered {
                let found = found?;
                let shape = (found.len() / width, width);
                sink(
                    ArrayView2::from_shape(shape, &found)
                        .expect("the same number of answers for each row"),
                )?;
            }
        }
        Ok(())
    }

    fn transformed<'s>(&'s self, transform: &'s dyn RowTransform) -> Result<Box<dyn Backend + 's>> {
        let (rows, budget) = (self.rows.clone(), self.budget);
        let rows = transformed(rows, transform, budget)?;
        Ok(Box::new(LocalBackend::with(rows, self.threads, budget)))
    }

    fn into_transformed<'s>(
        self: Box<Self>,
        transform: &'s dyn RowTransform,
    ) -> Result<Box<dyn Backend + 's>>
    where
        Self: 's,
    {
        let Self { rows, threads, budget, .. } = *self;
        let rows = transformed(rows, transform, budget)?;
        Ok(Box::new(LocalBackend::with(rows, threads, budget)))
    }

    fn fork(&self) -> Option<Box<dyn Backend + '_>> {
        let (rows, budget) = (self.rows.clone(), self.budget);
        Some(Box::new(LocalBackend::with(rows, Threads::One, budget)))
    }

    fn pass_cost(&self) -> PassCost {
        if self.rows.as_matrix().is_none() {
            PassCost::Shared
        } else if self.rows.n_blocks() < MAX_PARTS {
            // fewer blocks than parts of a pass
            PassCost::OneThread
        } else {
            PassCost::AllThreads
        }
    }

    fn may_be_missing(&self) -> bool {
        self.rows.may_be_missing()
    }

    fn threads(&self) -> Threads {
        self.threads
    }

    fn memory_budget(&self) -> MemoryBudget {
        self.budget
    }

    fn set_memory_budget(&mut self, budget: MemoryBudget) {
        self.budget = budget;
    }

    fn sample_weights(&self) -> Option<Vec<f64>> {
        self.rows.sample_weights()
    }

    fn as_matrix(&self) -> Option<MatrixRows<'_>> {
        self.rows.as_matrix()
    }

    fn row(&self, index: usize) -> Result<Option<Array1<f64>>> {
        self.rows.row(index).map(Some)
    }
}

/// Transformed rows, all at once if they are in memory.
fn transformed<'s>(
    rows: Arc<dyn RowBlocks + 's>,
    transform: &'s dyn RowTransform,
    budget: MemoryBudget,
) -> Result<Arc<dyn RowBlocks + 's>> {
    if let Some(n_inputs) = transform.n_inputs() {
        check_columns(rows.n_features(), n_inputs)?;
    }
    if transform.is_identity() {
        return Ok(rows);
    }
    let Some(matrix) = rows.as_matrix() else {
        return Ok(Arc::new(TransformedRows::new(transform, rows)));
    };
    let width = transform.n_outputs(rows.n_features());
    budget.check("the transformed table", (8 * rows.n_samples() * width) as u64)?;
    let weights = matrix.sample_weights_f32();
    Ok(Arc::new(OwnedRows::new(transform.apply(matrix.records()), weights)))
}

/// Minimum number of consecutive blocks that one thread answers.
fn blocks_each(at_once: usize, n_threads: usize) -> usize {
    (at_once / n_threads).max(1)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rows::pass::{Pass, PassRequest};

    /// The values of a column.
    struct Column(usize);

    impl PassRequest for Column {
        type Accumulator = Vec<f64>;

        fn begin(&self, _: usize, seen: &mut Vec<f64>) {
            seen.clear();
        }

        fn add(&self, block: &Block, seen: &mut Vec<f64>) -> Result<()> {
            seen.extend(block.features().nth(self.0).unwrap());
            Ok(())
        }

        fn merge(&self, all: &mut Vec<f64>, part: &Vec<f64>) {
            all.extend(part);
        }
    }

    impl RowAnswers for Column {
        fn width(&self) -> usize {
            1
        }

        fn answer(&self, block: &Block, answers: &mut Vec<f64>) -> Result<()> {
            self.add(block, answers)
        }
    }

    #[test]
    fn a_pass_visits_every_row_once_in_order() {
        let records = Array2::from_shape_fn((5000, 40), |(i, j)| (i * 40 + j) as f64);
        let mut backend = LocalBackend::new(MatrixRows::from_records(records.view()).unwrap());
        let seen = Pass::new(Column(3)).over(&mut backend).unwrap();
        assert_eq!(seen, records.column(3).to_vec());
        let mut forked = backend.fork().unwrap();
        assert_eq!(Pass::new(Column(3)).over(&mut *forked).unwrap(), seen);
    }

    #[test]
    fn repeated_passes_over_short_and_long_sources_see_the_same_rows() {
        for n_rows in [100, 3000, 20_000] {
            let records = Array2::from_shape_fn((n_rows, 2), |(i, j)| (2 * i + j) as f64);
            let mut backend = LocalBackend::new(MatrixRows::from_records(records.view()).unwrap());
            for _ in 0..2 {
                let seen = Pass::new(Column(1)).over(&mut backend).unwrap();
                assert_eq!(seen, records.column(1).to_vec());
            }
        }
    }

    #[test]
    fn answers_come_in_the_order_of_the_rows() {
        let records = Array2::from_shape_fn((30_001, 2), |(i, j)| (2 * i + j) as f64);
        let mut backend = LocalBackend::new(MatrixRows::from_records(records.view()).unwrap());
        let mut answers: Vec<f64> = Vec::new();
        backend
            .answer(&Column(0), &mut |some| {
                answers.extend(some.iter());
                Ok(())
            })
            .unwrap();
        assert_eq!(answers, records.column(0).to_vec());
    }
}
