//! Counts of the levels of categories, from which the M-step computes their probabilities.
//!
//! ```text
//! nₖⱼ(h) = Σ r 1[cⱼ = h],   αₖⱼ(h) = (nₖⱼ(h) + λ pⱼ(h)) / (Σₕ nₖⱼ(h) + λ),   pⱼ(h) = Σₖ nₖⱼ(h) / Σₖₕ nₖⱼ(h)
//! ```
//! The sums are over rows whose category is observed.

use ndarray::Array2;

use crate::compute::simd::levels::{CountLevels, stride};
use crate::compute::simd::{self, AlignedBuffer};
use crate::mixture::categories::Categories;
use crate::mixture::classes::Classes;
use crate::rows::layout::RowLayout;

/// Sums of responsibilities for each level of each category.
#[derive(Debug, Clone, Default)]
pub(crate) struct LevelCounts {
    columns: Vec<usize>,
    n_levels: Vec<usize>,
    n_components: usize,
    /// Category by category, level by level; the components of a level side by side.
    pub(crate) counts: Vec<f64>,
}

impl LevelCounts {
    /// Resets all counts, and reuses their memory if possible.
    pub(super) fn clear(&mut self, layout: &RowLayout, n_components: usize) {
        self.columns.clone_from(&layout.categorical);
        self.n_levels.clone_from(&layout.n_levels);
        self.n_components = n_components;
        self.counts.clear();
        self.counts.resize(layout.total_levels() * stride(n_components), 0.0);
    }

    /// Adds rows with `weights`, one contiguous run of `n` rows for each component.
    pub(super) fn add(
        &mut self,
        codes: &[u32],
        (weights, n): (&[f64], usize),
        by_row: &mut AlignedBuffer,
    ) {
        let Self { n_levels, counts, .. } = self;
        if !n_levels.is_empty() {
            simd::run(CountLevels { codes, n_levels, weights, n, table: counts, by_row });
        }
    }

    pub(super) fn merge(&mut self, other: &Self) {
        self.counts.iter_mut().zip(&other.counts).for_each(|(sum, count)| *sum += count);
    }

    /// The counts of each category, (k, levels).
    fn by_category(&self) -> impl Iterator<Item = Array2<f64>> + '_ {
        let stride = stride(self.n_components);
        let mut first = 0;
        self.n_levels.iter().map(move |&n_levels| {
            let counts = &self.counts[first..first + n_levels * stride];
            first += n_levels * stride;
            Array2::from_shape_fn((self.n_components, n_levels), |(k, h)| counts[h * stride + k])
        })
    }

    /// The probabilities that maximise the expected log-likelihood, with this smoothing. Components keep the classes that they have in
    /// the `previous` step, if it has any.
    pub(super) fn maximise(
        &self,
        smoothing: f64,
        previous: Option<(&Categories, &Classes)>,
    ) -> Categories {
        let probabilities = self.by_category().enumerate().map(|(category, mut counts)| {
            if let Some((previous, classes)) = previous
                && classes.category == category
            {
                return previous.probabilities(category).to_owned();
            }
            let shares = shares(&counts);
            for mut of_component in counts.rows_mut() {
                let total = of_component.sum();
                // a component without observed rows has the overall shares
                let smoothing = if total + smoothing > 0.0 { smoothing } else { 1.0 };
                let smoothed = of_component.iter_mut().zip(&shares);
                smoothed.for_each(|(p, share)| *p = (*p + smoothing * share) / (total + smoothing));
            }
            counts
        });
        let probabilities = probabilities.collect();
        Categories::from_checked(self.columns.clone(), probabilities)
    }

    /// The logarithm of the density of the probabilities that smoothing assumes, without its constant: `λ Σ pⱼ(h) ln αₖⱼ(h)`.
    /// EM raises its sum with the log-likelihood.
    pub(super) fn log_prior(&self, categories: &Categories, smoothing: f64) -> f64 {
        if smoothing == 0.0 {
            return 0.0;
        }
        let of_category = |(category, counts): (usize, Array2<f64>)| {
            let shares = shares(&counts);
            let of_component = |probabilities: ndarray::ArrayView1<'_, f64>| -> f64 {
                let terms =
                    probabilities.into_iter().zip(&shares).filter(|(_, share)| **share > 0.0);
                terms.map(|(p, share)| share * p.max(f64::MIN_POSITIVE).ln()).sum()
            };
            categories.probabilities(category).rows().into_iter().map(of_component).sum::<f64>()
        };
        let class = categories.classes().map(|classes| classes.category);
        let smoothed =
            self.by_category().enumerate().filter(|&(category, _)| Some(category) != class);
        smoothing * smoothed.map(of_category).sum::<f64>()
    }
}

/// The overall shares of the levels; equal ones if no category is observed.
fn shares(counts: &Array2<f64>) -> Vec<f64> {
    let of_level: Vec<f64> = counts.columns().into_iter().map(|counts| counts.sum()).collect();
    let total: f64 = of_level.iter().sum();
    let equal = 1.0 / of_level.len() as f64;
    of_level.iter().map(|&count| if total > 0.0 { count / total } else { equal }).collect()
}
