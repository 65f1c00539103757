//! Records as a sequence of row blocks.
//!
//! Everything that learns from data visits it through [`RowBlocks`], a block of rows at a time, and
//! adds up what it needs; nothing above this module may assume that the whole matrix is in memory.
//!
//! A [`Block`] is laid out feature by feature (structure of arrays): the values of one feature in
//! all rows of the block are contiguous. So the inner loops of every kernel run over rows, whatever
//! the number of features, and the compiler vectorises them.

use linfa::DatasetBase;
use ndarray::{Array1, Array2, ArrayBase, ArrayView2, Axis, Data, Ix2, Slice};
use rayon::prelude::*;

use crate::error::{Error, Result};
use crate::simd::{self, Lines};

/// Target size of the features of a block in numbers: 256 KiB, a fraction of a second-level cache.
const BLOCK_LEN: usize = 32 * 1024;

/// Most partial results of a [`fold`]; it bounds the memory of a pass and does not depend on the
/// number of threads, so that neither do the results.
const MAX_PARTS: usize = 16;

/// Rows in a block of `n_features` features: whole vector registers, and an odd number of cache lines, so that
/// the features of a row, a block's width apart, do not all compete for the same lines of the cache.
pub(crate) fn block_rows(n_features: usize) -> usize {
    const LINE: usize = 8;
    let lines = (BLOCK_LEN / n_features.max(1)).clamp(64, 512) / LINE;
    LINE * (lines - (lines + 1) % 2)
}

/// Some consecutive rows, stored feature by feature and also row by row.
#[derive(Debug, Default)]
pub struct Block {
    first_row: usize,
    n_rows: usize,
    rows: Lines,
    features: Lines,
    weights: Vec<f64>,
    unweighted: bool,
}

impl Block {
    /// Index of the first row.
    pub fn first_row(&self) -> usize {
        self.first_row
    }

    /// Number of rows.
    pub fn n_rows(&self) -> usize {
        self.n_rows
    }

    /// All features, each as a contiguous run of [`n_rows`](Self::n_rows) values.
    pub fn features(&self) -> std::slice::ChunksExact<'_, f64> {
        self.features.chunks_exact(self.n_rows.max(1))
    }

    /// The same, one feature after the other.
    pub(crate) fn feature_major(&self) -> &[f64] {
        &self.features
    }

    /// All rows, one after the other.
    pub(crate) fn row_major(&self) -> &[f64] {
        &self.rows
    }

    /// The sample weight of each row.
    pub fn weights(&self) -> &[f64] {
        &self.weights
    }

    /// Whether every row has weight 1.
    pub(crate) fn is_unweighted(&self) -> bool {
        self.unweighted
    }

    /// Replaces the content by `rows`, of weight 1 each.
    pub(crate) fn fill(&mut self, first_row: usize, rows: ArrayView2<'_, f64>) {
        let (n_rows, n_features) = rows.dim();
        self.first_row = first_row;
        self.n_rows = n_rows;
        let by_row = self.rows.resize(n_rows * n_features);
        match rows.as_slice() {
            Some(rows) => by_row.copy_from_slice(rows),
            None => by_row.iter_mut().zip(rows).for_each(|(to, &value)| *to = value),
        }
        let features = self.features.resize(n_rows * n_features);
        simd::transpose(&self.rows, n_features, n_rows, features);
        self.weights.clear();
        self.weights.resize(n_rows, 1.0);
        self.unweighted = true;
    }

    /// Replaces the weights.
    pub(crate) fn weigh(&mut self, weights: impl Iterator<Item = f64>) {
        self.weights.clear();
        self.weights.extend(weights);
        self.unweighted = self.weights.iter().all(|&weight| weight == 1.0);
    }
}

/// A source of records, read block by block, any number of times and from any thread.
///
/// Block boundaries are fixed by the source, so a fold over them gives the same bits every time.
pub trait RowBlocks: Sync {
    /// Number of rows.
    fn n_samples(&self) -> usize;

    /// Number of columns.
    fn n_features(&self) -> usize;

    /// Number of blocks.
    fn n_blocks(&self) -> usize;

    /// Reads block `index` into `block`, replacing its content.
    ///
    /// # Errors
    /// What reading the source can raise.
    fn read(&self, index: usize, block: &mut Block) -> Result<()>;

    /// Reads one row.
    ///
    /// # Errors
    /// What reading the source can raise.
    fn row(&self, index: usize) -> Result<Array1<f64>>;
}

/// What gives rows: a matrix of records, or a linfa dataset with its sample weights.
pub trait ToRows {
    /// The records and weights, checked.
    ///
    /// # Errors
    /// As [`MatrixRows::new`].
    fn to_rows(&self) -> Result<MatrixRows<'_>>;
}

impl<D: Data<Elem = f64>> ToRows for ArrayBase<D, Ix2> {
    fn to_rows(&self) -> Result<MatrixRows<'_>> {
        MatrixRows::from_records(self.view())
    }
}

impl<D: Data<Elem = f64>, T> ToRows for DatasetBase<ArrayBase<D, Ix2>, T> {
    fn to_rows(&self) -> Result<MatrixRows<'_>> {
        MatrixRows::new(self)
    }
}

/// Number of partial results of a [`fold`] over `n_blocks` blocks.
pub(crate) fn n_parts(n_blocks: usize) -> usize {
    n_blocks.clamp(1, MAX_PARTS)
}

/// Visits every block and merges what the visits gathered.
///
/// The blocks are split into a fixed number of consecutive parts; each part starts from `empty()` and
/// visits its blocks in order, parts run in parallel, and are merged in order.
///
/// # Errors
/// The first error, in the order of the rows, of reading or visiting.
pub(crate) fn fold<R, A>(
    rows: &R,
    empty: impl Fn() -> A + Sync,
    visit: impl Fn(&mut A, &Block) -> Result<()> + Sync,
    mut merge: impl FnMut(&mut A, A),
) -> Result<A>
where
    R: RowBlocks + ?Sized,
    A: Send,
{
    let n_blocks = rows.n_blocks();
    let n_parts = n_parts(n_blocks);
    let part = |index: usize| -> Result<A> {
        let mut gathered = empty();
        let mut block = Block::default();
        for index in index * n_blocks / n_parts..(index + 1) * n_blocks / n_parts {
            rows.read(index, &mut block)?;
            visit(&mut gathered, &block)?;
        }
        Ok(gathered)
    };
    if n_parts == 1 {
        return part(0);
    }
    let parts: Vec<Result<A>> = (0..n_parts).into_par_iter().map(part).collect();
    let mut parts = parts.into_iter();
    let mut all = parts.next().expect("at least one part")?;
    for part in parts {
        merge(&mut all, part?);
    }
    Ok(all)
}

/// The sample weight of every row.
///
/// # Errors
/// What reading the rows raises.
pub(crate) fn weights<R: RowBlocks + ?Sized>(rows: &R) -> Result<Vec<f64>> {
    let visit = |weights: &mut Vec<f64>, block: &Block| {
        weights.extend_from_slice(block.weights());
        Ok(())
    };
    fold(rows, Vec::new, visit, |all, part| all.extend(part))
}

/// A matrix in memory as row blocks, with optional sample weights.
#[derive(Debug, Clone, Copy)]
pub struct MatrixRows<'a> {
    records: ArrayView2<'a, f64>,
    weights: Option<&'a [f32]>,
    block_rows: usize,
}

impl<'a> MatrixRows<'a> {
    /// The records and weights of a linfa dataset.
    ///
    /// # Errors
    /// [`Error::TooFewSamples`] without rows, [`Error::ShapeMismatch`] without columns or with a wrong
    /// number of weights, [`Error::NonFinite`] and [`Error::InvalidWeight`] naming the first bad value.
    pub fn new<D: Data<Elem = f64>, T>(
        dataset: &'a DatasetBase<ArrayBase<D, Ix2>, T>,
    ) -> Result<Self> {
        let rows = Self::from_records(dataset.records.view())?;
        let Some(weights) = dataset.weights() else {
            return Ok(rows);
        };
        if weights.len() != rows.records.nrows() {
            return Err(Error::shape("weights", rows.records.nrows(), weights.len()));
        }
        let invalid = |w: f32| !(w.is_finite() && w >= 0.0);
        if let Some(row) = weights.iter().position(|&w| invalid(w)) {
            return Err(Error::InvalidWeight { row, value: weights[row] });
        }
        if weights.iter().all(|&w| w == 0.0) {
            return Err(Error::InvalidWeight { row: 0, value: 0.0 });
        }
        Ok(Self { weights: Some(weights), ..rows })
    }

    /// A matrix of records, each of weight 1.
    ///
    /// # Errors
    /// As [`MatrixRows::new`].
    pub fn from_records(records: ArrayView2<'a, f64>) -> Result<Self> {
        if records.nrows() == 0 {
            return Err(Error::TooFewSamples {
                n_samples: 0,
                needed: 1,
                wanted: "anything".into(),
            });
        }
        if records.ncols() == 0 {
            return Err(Error::shape("records", "at least 1 column", "0"));
        }
        check_finite(records)?;
        Ok(Self { records, weights: None, block_rows: block_rows(records.ncols()) })
    }

    /// Other records for the same rows, such as transformed ones, with the same weights.
    pub(crate) fn with_records<'b>(&'b self, records: &'b Array2<f64>) -> MatrixRows<'b> {
        debug_assert_eq!(records.nrows(), self.records.nrows());
        MatrixRows {
            records: records.view(),
            weights: self.weights,
            block_rows: block_rows(records.ncols()),
        }
    }

    /// The records, shape `(n_samples, n_features)`.
    pub fn records(&self) -> ArrayView2<'a, f64> {
        self.records
    }

    /// The sample weights, in `f64`; all 1 if there are none.
    pub fn weights(&self) -> Array1<f64> {
        match self.weights {
            Some(weights) => weights.iter().map(|&w| f64::from(w)).collect(),
            None => Array1::ones(self.records.nrows()),
        }
    }
}

impl RowBlocks for MatrixRows<'_> {
    fn n_samples(&self) -> usize {
        self.records.nrows()
    }

    fn n_features(&self) -> usize {
        self.records.ncols()
    }

    fn n_blocks(&self) -> usize {
        self.n_samples().div_ceil(self.block_rows)
    }

    fn read(&self, index: usize, block: &mut Block) -> Result<()> {
        let start = index * self.block_rows;
        let end = self.n_samples().min(start + self.block_rows);
        block.fill(start, self.records.slice_axis(Axis(0), Slice::from(start..end)));
        if let Some(weights) = self.weights {
            block.weigh(weights[start..end].iter().map(|&weight| f64::from(weight)));
        }
        Ok(())
    }

    fn row(&self, index: usize) -> Result<Array1<f64>> {
        Ok(self.records.row(index).to_owned())
    }
}

/// Refuses fewer rows with a weight than `needed`.
///
/// # Errors
/// [`Error::TooFewSamples`].
pub(crate) fn check_enough<R: RowBlocks + ?Sized>(
    rows: &R,
    needed: usize,
    what: &str,
) -> Result<()> {
    let n_samples = weights(rows)?.iter().filter(|&&weight| weight > 0.0).count();
    match n_samples < needed {
        true => Err(Error::TooFewSamples { n_samples, needed, wanted: format!("{needed} {what}") }),
        false => Ok(()),
    }
}

/// Refuses a matrix with a value that is NaN or infinite.
///
/// # Errors
/// [`Error::NonFinite`] naming the first one.
pub(crate) fn check_finite(records: ArrayView2<'_, f64>) -> Result<()> {
    match records.indexed_iter().find(|(_, value)| !value.is_finite()) {
        Some(((row, column), &value)) => Err(Error::NonFinite { row, column, value }),
        None => Ok(()),
    }
}

/// Refuses records whose number of columns differs from a model's.
///
/// # Errors
/// [`Error::ShapeMismatch`].
pub(crate) fn check_columns(records: ArrayView2<'_, f64>, expected: usize) -> Result<()> {
    if records.ncols() == expected {
        return Ok(());
    }
    Err(Error::shape(
        "the data",
        format!("{expected} columns"),
        format!("{} columns", records.ncols()),
    ))
}

#[cfg(test)]
mod tests {
    use ndarray::array;

    use super::*;

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
    fn weights_travel_with_their_rows() {
        let dataset =
            DatasetBase::from(array![[1.0], [2.0], [3.0]]).with_weights(array![0.5, 0.0, 2.0]);
        let rows = MatrixRows::new(&dataset).unwrap();
        let mut block = Block::default();
        rows.read(0, &mut block).unwrap();
        assert_eq!(block.weights(), [0.5, 0.0, 2.0]);
        assert_eq!(block.features().next().unwrap(), [1.0, 2.0, 3.0]);
    }

    #[test]
    fn bad_records_and_weights_are_named() {
        let nan = MatrixRows::from_records(array![[1.0, 2.0], [3.0, f64::NAN]].view()).unwrap_err();
        assert!(matches!(nan, Error::NonFinite { row: 1, column: 1, .. }));
        let negative = DatasetBase::from(array![[1.0], [2.0]]).with_weights(array![1.0, -1.0]);
        let error = MatrixRows::new(&negative).unwrap_err();
        assert!(matches!(error, Error::InvalidWeight { row: 1, .. }));
        let short = DatasetBase::from(array![[1.0], [2.0]]).with_weights(array![1.0]);
        assert!(matches!(MatrixRows::new(&short).unwrap_err(), Error::ShapeMismatch { .. }));
        let none = Array2::<f64>::zeros((0, 3));
        assert!(MatrixRows::from_records(none.view()).is_err());
    }
}
