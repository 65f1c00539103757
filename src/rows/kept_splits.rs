//! Blocks of rows in memory that are split once for many passes.

use std::ops::Range;
use std::sync::{Arc, OnceLock};

use super::layout::RowLayout;
use super::mixed::SplitBlock;
use super::{Block, MAX_PARTS, RowBlocks, block_rows};
use crate::compute::memory::MemoryBudget;
use crate::error::Result;

/// The blocks of a source in memory, split by a layout when they are first read.
#[derive(Debug)]
pub(super) struct KeptSplits {
    layout: RowLayout,
    blocks: Vec<OnceLock<Arc<SplitBlock>>>,
    /// Memory for the blocks of passes, apart from that for other passes: these blocks have no features.
    memory: Vec<Block>,
}

impl KeptSplits {
    /// Memory for the blocks of `rows`, unless splitting them again in every pass is the better way: few blocks are kept anyway,
    /// plain rows are not split, and rows may be in a file or too many.
    pub(super) fn of(
        rows: &dyn RowBlocks,
        layout: &RowLayout,
        budget: MemoryBudget,
    ) -> Option<Self> {
        let n_blocks = rows.n_blocks();
        if layout.is_plain() || rows.as_matrix().is_none() || n_blocks <= MAX_PARTS {
            return None;
        }
        let bytes_per_row = 8 * rows.n_features() + 16;
        let n_bytes = (rows.n_samples() * bytes_per_row) as u64;
        if budget.at_most_half(n_bytes) < n_bytes {
            return None;
        }
        let blocks = (0..n_blocks).map(|_| OnceLock::new()).collect();
        Some(Self { layout: layout.clone(), blocks, memory: Vec::new() })
    }

    pub(super) fn layout(&self) -> &RowLayout {
        &self.layout
    }

    /// The source with its splits, and the memory for the blocks of a pass.
    pub(super) fn over<'a>(
        &'a mut self,
        rows: &'a dyn RowBlocks,
    ) -> (SplitRows<'a>, &'a mut Vec<Block>) {
        let Self { layout, blocks, memory } = self;
        (SplitRows { rows, layout, blocks }, memory)
    }
}

/// A source whose blocks are read as kept splits alone: their features are not there.
pub(super) struct SplitRows<'a> {
    rows: &'a dyn RowBlocks,
    layout: &'a RowLayout,
    blocks: &'a [OnceLock<Arc<SplitBlock>>],
}

impl RowBlocks for SplitRows<'_> {
    fn n_samples(&self) -> usize {
        self.rows.n_samples()
    }

    fn n_features(&self) -> usize {
        self.rows.n_features()
    }

    fn read_rows(&self, rows: Range<usize>, block: &mut Block) -> Result<()> {
        let index = rows.start / block_rows(self.n_features());
        let split = match self.blocks[index].get() {
            Some(split) => split.clone(),
            None => {
                self.rows.read_rows(rows.clone(), block)?;
                let split = Arc::new(SplitBlock::of(block, self.layout)?);
                // one part visits the block
                self.blocks[index].get_or_init(|| split).clone()
            }
        };
        block.hold(rows, split);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use ndarray::Array2;

    use super::*;
    use crate::rows::MatrixRows;
    use crate::rows::backend::Backend;
    use crate::rows::local::LocalBackend;
    use crate::rows::pass::{Pass, PassRequest};

    /// The first number of each row, by way of split rows or of features.
    struct First(Option<RowLayout>);

    impl PassRequest for First {
        type Accumulator = Vec<f64>;

        fn begin(&self, _: usize, seen: &mut Vec<f64>) {
            seen.clear();
        }

        fn add(&self, block: &Block, seen: &mut Vec<f64>) -> Result<()> {
            let Some(layout) = &self.0 else {
                seen.extend(block.features().next().unwrap());
                return Ok(());
            };
            let split = block.split(layout)?;
            for part in split.parts() {
                seen.extend(part.numbers.features().next().unwrap());
            }
            Ok(())
        }

        fn merge(&self, all: &mut Vec<f64>, part: &Vec<f64>) {
            all.extend(part);
        }

        fn layout(&self) -> Option<&RowLayout> {
            self.0.as_ref()
        }
    }

    #[test]
    fn passes_over_kept_splits_and_over_features_see_the_same_rows() {
        // 27 blocks
        let rows =
            Array2::from_shape_fn((100_000, 2), |(i, j)| if j == 0 { i % 3 } else { i } as f64);
        let layout = |n_levels| RowLayout {
            categorical: vec![0],
            n_levels: vec![n_levels],
            may_be_missing: false,
        };
        let split = || First(Some(layout(3)));
        let source = MatrixRows::from_records(rows.view()).unwrap();
        assert!(KeptSplits::of(&source, &layout(3), MemoryBudget::default()).is_some());
        assert!(KeptSplits::of(&source, &layout(3), MemoryBudget::of(1)).is_none());
        let mut backend = LocalBackend::new(source);
        for _ in 0..2 {
            let seen = Pass::new(split()).over(&mut backend).unwrap();
            assert_eq!(seen, rows.column(1).to_vec());
            let features = Pass::new(First(None)).over(&mut backend).unwrap();
            assert_eq!(features, rows.column(0).to_vec());
        }
        // another layout splits the blocks again
        let error = Pass::new(First(Some(layout(2)))).over(&mut backend).unwrap_err();
        assert!(error.to_string().contains('2'), "{error}");
        assert!(backend.run(&mut Pass::new(split())).is_ok());
    }
}
