//! Random rows.

use ndarray::Array2;
use rand::seq::index;

use super::RowSource;
use crate::compute::random::stream;
use crate::error::Result;

/// Rows to be drawn at random, without replacement.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct RowSample {
    pub(crate) seed: u64,
    /// The stream of random numbers under the seed.
    pub(crate) stream: u64,
    /// How many; all, in their order, if there are no more.
    pub(crate) n_rows: usize,
}

impl RowSample {
    /// Indices of the rows among `n_samples`.
    pub(crate) fn indices(self, n_samples: usize) -> Vec<usize> {
        if n_samples <= self.n_rows {
            return (0..n_samples).collect();
        }
        let rng = &mut stream(self.seed, self.stream);
        index::sample(rng, n_samples, self.n_rows).into_vec()
    }
}

/// At most `n_rows` of the rows, drawn at random without replacement, shape `(n_rows, n_features)`; all of them in their
/// order if there are no more. Rows in a file are drawn in one pass, and only those that are drawn are held in memory.
///
/// # Errors
/// What reading the rows raises.
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
