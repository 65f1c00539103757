//! Moments of rows, from which an M-step computes new parameters.
//!
//! ```text
//! Nₖ = Σₙ r,   sₖ = Σₙ r (x - cₖ),   second moments about cₖ as the covariance family requires
//! ```
//! r is the responsibility of component k for row n times the sample weight of the row. The centres c are points near the new
//! means (the present means, or the centroids of an initialisation), so that the second moments do not cancel when the data
//! lie far from the origin. Moments of disjoint sets of rows add up to the moments of their union.
//!
//! Where components have heavy tails, rows have the weights r u in the first and second moments, see [`crate::mixture::student`].

use std::sync::Arc;

use ndarray::{Array1, Array2, ArrayView1, ArrayView2, Axis, Slice};

use crate::compute::simd;
use crate::compute::simd::wide_moments::WideMoments;
use crate::rows::Block;

/// The directions along which sums are taken, for families that need second moments in few directions only.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Directions {
    /// The regression of the factors on a row by the model of the posteriors, or random directions, (k q, d).
    pub(super) regressions: Array2<f64>,
    /// The covariance of the factors given a row, (k q, q); none for random directions.
    pub(super) spreads: Option<Array2<f64>>,
}

impl Directions {
    /// The q directions of a component (q, d), and the covariance of the factors given a row (q, q) unless they are random.
    pub(super) fn of_component(
        &self,
        component: usize,
        q: usize,
    ) -> (ArrayView2<'_, f64>, Option<ArrayView2<'_, f64>>) {
        let rows = Slice::from(component * q..(component + 1) * q);
        let spread = self.spreads.as_ref().map(|spreads| spreads.slice_axis(Axis(0), rows));
        (self.regressions.slice_axis(Axis(0), rows), spread)
    }
}

/// Sums over rows about centres, for each component.
#[derive(Debug, Clone, Default)]
pub(crate) struct Moments {
    /// c, (k, d).
    pub(crate) centers: Array2<f64>,
    /// The directions of a family that has them.
    directions: Option<Arc<Directions>>,
    /// N, (k).
    pub(crate) counts: Array1<f64>,
    /// Pₖ = Σ r u, (k), of components with heavy tails; none otherwise, where it is N.
    pub(crate) precisions: Option<Array1<f64>>,
    /// s, (k, d), row-major.
    pub(crate) first: Array2<f64>,
    /// Second moments, in the layout of the covariance family.
    pub(crate) second: Vec<f64>,
}

impl Moments {
    /// Resets all sums to 0 about new centres and along new directions, and reuses the memory if possible.
    pub(crate) fn reset(
        &mut self,
        centers: ArrayView2<'_, f64>,
        directions: Option<Arc<Directions>>,
        second_moment_len: usize,
    ) {
        let (k, d) = centers.dim();
        self.centers = centers.to_owned();
        self.directions = directions;
        self.counts = Array1::zeros(k);
        self.precisions = None;
        self.first = Array2::zeros((k, d));
        self.second.clear();
        self.second.resize(second_moment_len, 0.0);
    }

    /// Adds the sums over other rows about the same centres.
    pub(crate) fn merge(&mut self, other: &Self) {
        self.counts += &other.counts;
        if let (Some(sums), Some(terms)) = (&mut self.precisions, &other.precisions) {
            *sums += terms;
        }
        self.first += &other.first;
        for (sum, term) in self.second.iter_mut().zip(&other.second) {
            *sum += term;
        }
    }

    /// Adds the responsibilities of a block of `n_rows` rows to the counts, one contiguous run for each component.
    pub(crate) fn count_rows(&mut self, weighted: &[f64], n_rows: usize) {
        for (count, weighted) in self.counts.iter_mut().zip(weighted.chunks_exact(n_rows)) {
            *count += simd::sum(weighted);
        }
    }

    /// The centre, the first moments and all second moments, for the sums of one component.
    pub(super) fn of_component(&mut self, component: usize) -> (Vec<f64>, &mut [f64], &mut [f64]) {
        let center = self.centers.row(component).to_vec();
        let first = self.first.row_mut(component).into_slice().expect("row-major");
        (center, first, &mut self.second)
    }

    /// The directions of a family that has them.
    pub(super) fn directions(&self) -> &Directions {
        self.directions.as_deref().expect("the family has directions")
    }

    /// Number of components.
    pub(crate) fn n_components(&self) -> usize {
        self.centers.nrows()
    }

    /// Number of features.
    pub(crate) fn n_features(&self) -> usize {
        self.centers.ncols()
    }

    /// The centres c, (k, d).
    pub(crate) fn centers(&self) -> ArrayView2<'_, f64> {
        self.centers.view()
    }

    /// Nₖ
    pub(crate) fn count(&self, component: usize) -> f64 {
        self.counts[component]
    }

    /// All Nₖ, (k).
    pub(crate) fn counts(&self) -> ArrayView1<'_, f64> {
        self.counts.view()
    }

    /// Σ Nₖ, which is the sum of the sample weights.
    pub(crate) fn total(&self) -> f64 {
        self.counts.sum()
    }

    /// The second moments, in the layout of the covariance family.
    pub(crate) fn second(&self) -> &[f64] {
        &self.second
    }

    /// The offset s by which second moments about the centre exceed those about the mean, by N s sᵀ: mₖ - cₖ times √(P / N).
    pub(crate) fn shift(&self, component: usize) -> Array1<f64> {
        let count = self.counts[component];
        let divisor = match &self.precisions {
            Some(precisions) => (precisions[component] * count).sqrt(),
            None => count,
        };
        &self.first.row(component) / divisor
    }

    /// The means m, (k, d).
    pub(crate) fn means(&self) -> Array2<f64> {
        let mut means = self.centers.clone();
        let sums = self.precisions.as_ref().unwrap_or(&self.counts);
        for ((mut mean, first), sum) in
            means.rows_mut().into_iter().zip(self.first.rows()).zip(sums)
        {
            mean += &(&first / *sum);
        }
        means
    }
}

/// Adds `Σ r (x - c)` of a component to `first` (d), and `Σ r (x - c)²` of each feature to `second` (d).
pub(super) fn add_squares(
    block: &Block,
    weights: &[f64],
    center: &[f64],
    (first, second): (&mut [f64], &mut [f64]),
) {
    if center.len() > simd::NARROW {
        let rows = block.wide_rows(weights);
        simd::run(WideMoments { rows, center, first, second });
    } else {
        let features = block.feature_major();
        let second = Some(second);
        simd::run(simd::moments::Moments { features, weights, center, first, second });
    }
}
