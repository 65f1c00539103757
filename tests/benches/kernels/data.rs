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

    /// Rows of which one number in ten is missing, in any pattern or in so many patterns.
    pub fn with_missing(&self, n_patterns: Option<usize>) -> Array2<f64> {
        let rng = &mut SmallRng::seed_from_u64(1);
        let mut rows = self.rows();
        let mut pattern = || -> Vec<bool> { (0..self.d).map(|_| rng.gen_bool(0.1)).collect() };
        let few: Vec<_> = (0..n_patterns.unwrap_or(0)).map(|_| pattern()).collect();
        for (index, mut row) in rows.rows_mut().into_iter().enumerate() {
            let missing = if few.is_empty() { pattern() } else { few[index % few.len()].clone() };
            row.iter_mut().zip(missing).filter(|(_, is)| *is).for_each(|(x, _)| *x = f64::NAN);
        }
        rows
    }

    /// Rows followed by categories that depend on the first number.
    pub fn with_categories(&self, n_categories: usize, n_levels: usize) -> Array2<f64> {
        let rng = &mut SmallRng::seed_from_u64(2);
        let rows = self.rows();
        let mut mixed = Array2::zeros((self.n, self.d + n_categories));
        for (row, mut to) in rows.rows().into_iter().zip(mixed.rows_mut()) {
            let (mut numbers, mut categories) = to.view_mut().split_at(Axis(0), self.d);
            numbers.assign(&row);
            let last = (n_levels - 1) as f64;
            categories
                .mapv_inplace(|_| (row[0] + last * rng.r#gen::<f64>()).floor().clamp(0.0, last));
        }
        mixed
    }

    /// Returns a model with the first rows as means and unit covariances.
    pub fn start(&self, rows: &Array2<f64>, family: CovarianceType) -> GaussianMixture {
        let means = rows.slice_axis(Axis(0), Slice::from(..self.k)).to_owned();
        crate::unit_model(means, family)
    }
}
