//! Random samples of rows.

use ndarray::Array2;
use rand::seq::index;

use super::RowSource;
use crate::compute::random::stream;
use crate::error::Result;

/// A random sample of rows without replacement.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct RowSample {
    pub(crate) seed: u64,
    /// Stream of random numbers under the seed.
    pub(crate) stream: u64,
    /// Number of rows; all rows in their order if there are no more.
    pub(crate) n_rows: usize,
}

impl RowSample {
    /// Returns the indices of the sampled rows among `n_samples`.
    pub(crate) fn indices(self, n_samples: usize) -> Vec<usize> {
        if n_samples <= self.n_rows {
            return (0..n_samples).collect();
        }
        let rng = &mut stream(self.seed, self.stream);
        index::sample(rng, n_samples, self.n_rows).into_vec()
    }
}

/// Draws at most `n_rows` rows at random without replacement, shape `(n_rows, n_features)`; all rows in their order if there
/// are no more.
///
/// Rows of a file are drawn in one pass, and only the sample is held in memory.
///
/// # Errors
/// Any error from reading the rows.
///
/// # Examples
/// ```
/// use mixlab::{prelude::*, random_rows};
///
/// let some = random_rows(&datasets::moons(), 50, 7)?;
/// assert_eq!(some.dim(), (50, 2));
/// # Ok::<(), mixlab::Error>(())
/// ```
pub fn random_rows(rows: &dyn RowSource, n_rows: usize, seed: u64) -> Result<Array2<f64>> {
    let sample = RowSample { seed, stream: 0, n_rows };
    let drawn = rows.backend()?.sample(&[sample])?;
    Ok(drawn.first().map(|drawn| drawn.as_ref().clone()).unwrap_or_default())
}
