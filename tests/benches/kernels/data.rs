//! Random data for the benchmarks.

use mixlab::prelude::*;
use ndarray::{Array2, Axis, Slice};
use rand::rngs::SmallRng;
use rand::{Rng, SeedableRng};
use rand_distr::StandardNormal;

/// Standard normal rows about random centres, whose coordinates have a standard deviation of `spread`.
pub struct Blobs {
    pub n: usize,
    pub d: usize,
    pub k: usize,
    pub spread: f64,
}

impl Blobs {
    pub fn rows(&self) -> Array2<f64> {
        let rng = &mut SmallRng::seed_from_u64(0);
        let mut normal = || rng.sample::<f64, _>(StandardNormal);
        let centers = Array2::from_shape_simple_fn((self.k, self.d), || self.spread * normal());
        let mut rows = Array2::from_shape_simple_fn((self.n, self.d), normal);
        for mut row in rows.rows_mut() {
            row += &centers.row(rng.gen_range(0..self.k));
        }
        rows
    }

    /// Returns a model with the first rows as means and unit covariances.
    pub fn start(&self, rows: &Array2<f64>, family: CovarianceType) -> GaussianMixture {
        let means = rows.slice_axis(Axis(0), Slice::from(..self.k)).to_owned();
        crate::unit_model(means, family)
    }
}
