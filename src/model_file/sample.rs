//! New rows in the units of the data that the model was fitted to.

use ndarray::Array2;

use super::ModelFile;
use crate::pipeline::UserUnits;

impl ModelFile {
    /// Draws `n_samples` rows, block by block, in the user's units; otherwise as
    /// [`Pipeline::sample_blocks`](crate::Pipeline::sample_blocks) does.
    pub fn sample_blocks(
        &self,
        n_samples: usize,
        seed: u64,
        residual: bool,
        units: UserUnits,
    ) -> impl Iterator<Item = Array2<f64>> {
        let blocks = self.pipeline.sample_blocks(n_samples, seed, residual);
        blocks.map(move |(mut rows, _)| {
            units.apply(&mut rows, &self.features);
            rows
        })
    }
}
