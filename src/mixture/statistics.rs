//! The additive statistics that an M-step needs.
//!
//! ```text
//! Nₖ = Σₙ r,   sₖ = Σₙ r (x - cₖ),   second moments about cₖ as the covariance family asks for
//! ```
//! r is the responsibility of component k for row n times the sample weight of the row. The centres c
//! are points near the means to come (the present means, or the centroids of a start), so that the
//! second moments do not cancel when the data lie far from the origin. Statistics of disjoint sets of
//! rows add up to the statistics of their union.

use ndarray::{Array1, Array2, ArrayView2};

use super::GaussianMixture;
use super::covariance::{CovarianceType, Moments, Responsibilities, Scratch};
use crate::error::{Error, Result};
use crate::rows::{Block, RowBlocks, fold};
use crate::simd::{self, Lines};

/// Sums over rows from which new parameters follow.
#[derive(Debug, Clone)]
pub(crate) struct Statistics<'a> {
    covariance_type: CovarianceType,
    centers: ArrayView2<'a, f64>,
    counts: Array1<f64>,
    first: Array2<f64>,
    second: Vec<f64>,
    log_likelihood: f64,
}

/// A part of a pass: what was gathered, and the memory that it works in.
struct Part<'a> {
    statistics: Statistics<'a>,
    posterior: Lines,
    weighted: Lines,
    scratch: Scratch,
}

impl<'a> Statistics<'a> {
    fn empty(covariance_type: CovarianceType, centers: ArrayView2<'a, f64>) -> Self {
        let (k, d) = centers.dim();
        Self {
            covariance_type,
            centers,
            counts: Array1::zeros(k),
            first: Array2::zeros((k, d)),
            second: vec![0.0; covariance_type.second_len(k, d)],
            log_likelihood: 0.0,
        }
    }

    /// One pass over the rows: `assign` writes the posteriors of a block, one contiguous run of rows for
    /// each component, and returns what the block adds to the log-likelihood.
    ///
    /// # Errors
    /// What reading the rows raises.
    pub(crate) fn gather<R: RowBlocks + ?Sized>(
        rows: &R,
        covariance_type: CovarianceType,
        centers: ArrayView2<'a, f64>,
        assign: impl Fn(&Block, &mut [f64], &mut Scratch) -> f64 + Sync,
    ) -> Result<Self> {
        let empty = || Part {
            statistics: Self::empty(covariance_type, centers),
            posterior: Lines::default(),
            weighted: Lines::default(),
            scratch: Scratch::default(),
        };
        let visit = |part: &mut Part<'a>, block: &Block| {
            let posterior = part.posterior.resize(block.n_rows() * centers.nrows());
            part.statistics.log_likelihood += assign(block, posterior, &mut part.scratch);
            part.add(block);
            Ok(())
        };
        let part = fold(rows, empty, visit, |all, part| all.statistics.merge(&part.statistics))?;
        Ok(part.statistics)
    }

    fn merge(&mut self, other: &Self) {
        self.counts += &other.counts;
        self.first += &other.first;
        for (sum, term) in self.second.iter_mut().zip(&other.second) {
            *sum += term;
        }
        self.log_likelihood += other.log_likelihood;
    }

    pub(crate) fn n_components(&self) -> usize {
        self.centers.nrows()
    }

    pub(crate) fn n_features(&self) -> usize {
        self.centers.ncols()
    }

    /// The centres c, (k, d).
    pub(crate) fn centers(&self) -> ArrayView2<'a, f64> {
        self.centers
    }

    /// Nₖ
    pub(crate) fn count(&self, component: usize) -> f64 {
        self.counts[component]
    }

    /// Σ Nₖ, which is the sum of the sample weights.
    pub(crate) fn total(&self) -> f64 {
        self.counts.sum()
    }

    /// mₖ - cₖ: from the centre to the new mean.
    pub(crate) fn shift(&self, component: usize) -> Array1<f64> {
        &self.first.row(component) / self.counts[component]
    }

    /// The second moments, laid out as the covariance family wants them.
    pub(crate) fn second(&self) -> &[f64] {
        &self.second
    }

    /// Σ w ln p(x) under the model that gave the posteriors.
    pub(crate) fn log_likelihood(&self) -> f64 {
        self.log_likelihood
    }

    /// The M-step: the parameters that maximise the expected log-likelihood (Bishop 2006, eqs. 9.24 to
    /// 9.26), with `reg_covar` added to the diagonal of the covariances.
    ///
    /// # Errors
    /// [`Error::EmptyComponent`] and [`Error::SingularCovariance`].
    pub(crate) fn maximise(&self, reg_covar: f64) -> Result<GaussianMixture> {
        let total = self.total();
        // below this share the mean of a component is rounding noise
        let has_rows = |count: f64| count > 10.0 * f64::EPSILON * total;
        if let Some(component) = self.counts.iter().position(|&count| !has_rows(count)) {
            return Err(Error::EmptyComponent { component });
        }
        let covariances = self.covariance_type.maximise(self, reg_covar)?;
        let mut means = self.centers.to_owned();
        for (component, mut mean) in means.rows_mut().into_iter().enumerate() {
            mean += &self.shift(component);
        }
        Ok(GaussianMixture::from_parts(&self.counts / total, means, covariances))
    }
}

impl Part<'_> {
    /// Adds a block whose posteriors have been written.
    fn add(&mut self, block: &Block) {
        let n = block.n_rows();
        let Self { statistics, posterior, weighted, scratch } = self;
        let posterior: &[f64] = posterior;
        let weighted = match block.is_unweighted() {
            true => posterior,
            false => {
                let weighted = weighted.resize(posterior.len());
                let components = weighted.chunks_exact_mut(n).zip(posterior.chunks_exact(n));
                for (weighted, posterior) in components {
                    simd::multiply(posterior, block.weights(), weighted);
                }
                weighted
            }
        };
        for (count, weighted) in statistics.counts.iter_mut().zip(weighted.chunks_exact(n)) {
            *count += simd::sum(weighted);
        }
        statistics.covariance_type.accumulate(
            statistics.centers,
            block,
            &Responsibilities { posterior, weighted },
            Moments {
                first: statistics.first.as_slice_mut().expect("row-major"),
                second: &mut statistics.second,
            },
            scratch,
        );
    }
}

#[cfg(test)]
mod tests {
    use ndarray::{Axis, Slice};
    use proptest::collection::vec;
    use proptest::prelude::*;

    use super::*;
    use crate::mixture::em;
    use crate::rows::MatrixRows;

    fn family() -> impl Strategy<Value = CovarianceType> {
        prop::sample::select(CovarianceType::ALL.to_vec())
    }

    proptest! {
        #[test]
        fn statistics_of_any_split_add_up_to_those_of_the_whole(
            numbers in vec(-5.0..5.0_f64, 3 * 700),
            cut in 1..699_usize,
            family in family(),
        ) {
            let rows = Array2::from_shape_vec((700, 3), numbers).unwrap();
            let means = rows.slice_axis(Axis(0), Slice::from(..4)).to_owned();
            let spheres = Array1::from_elem(4, 2.0).into_dyn();
            let model = GaussianMixture::new(
                Array1::from_elem(4, 0.25),
                means,
                CovarianceType::Spherical,
                spheres,
            );
            let model = model.unwrap();
            let of = |part: Slice| {
                let rows = MatrixRows::from_records(rows.slice_axis(Axis(0), part)).unwrap();
                em::expectation(&rows, &model, model.means(), family).unwrap()
            };
            let whole = of(Slice::from(..));
            let mut merged = of(Slice::from(..cut));
            merged.merge(&of(Slice::from(cut..)));
            // sums of 700 terms of size 50 in another order
            let near = |a: f64, b: f64| (a - b).abs() < 1e-10;
            prop_assert!(near(merged.log_likelihood, whole.log_likelihood));
            prop_assert!(merged.counts.iter().zip(&whole.counts).all(|(&a, &b)| near(a, b)));
            prop_assert!(merged.first.iter().zip(&whole.first).all(|(&a, &b)| near(a, b)));
            prop_assert!(merged.second.iter().zip(&whole.second).all(|(&a, &b)| near(a, b)));
        }
    }
}
