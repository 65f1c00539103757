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

use crate::compute::simd::{self, Lines};
use crate::error::{Error, Result};
use crate::mixture::GaussianMixture;
use crate::mixture::covariance::{CovarianceType, Moments, Responsibilities, Scratch};
use crate::mixture::em::assignment::Asked;
use crate::rows::{self, Block, Reader, RowBlocks, block_rows};

/// Sums over rows from which new parameters follow.
#[derive(Debug, Clone, Default)]
pub(crate) struct Statistics {
    pub(in crate::mixture) covariance_type: CovarianceType,
    pub(in crate::mixture) centers: Array2<f64>,
    pub(in crate::mixture) counts: Array1<f64>,
    pub(in crate::mixture) first: Array2<f64>,
    pub(in crate::mixture) second: Vec<f64>,
    pub(in crate::mixture) log_likelihood: f64,
}

/// A part of a pass: the statistics it gathers, for one or for several fits, and the memory that it works in.
#[derive(Default)]
pub(crate) struct Part {
    pub(in crate::mixture) statistics: Vec<Statistics>,
    posterior: Lines,
    weighted: Lines,
    scratch: Scratch,
}

/// The rows of a fit and the memory of passes over them, kept from one pass to the next and from one restart to the
/// next: fresh memory for each would cost more than the passes themselves where statistics are larger than the data.
pub(crate) struct Workspace<'a> {
    pub(crate) rows: Reader<'a>,
    parts: Vec<Part>,
    /// A model that is not needed any more.
    spare: Option<GaussianMixture>,
}

/// Most bytes that the statistics of all parts of a pass should take.
const STATISTICS_BYTES: usize = 32 << 20;

/// Parts that are kept even then, so that rows still run in parallel, if the data are larger than the statistics.
const FEWEST_PARTS: usize = 4;

/// Number of parts of a pass whose statistics have second moments of so many numbers: it depends on the shape of the
/// problem alone, as results must not depend on the number of threads.
fn n_parts(n_blocks: usize, second_len: usize, (n_samples, n_features): (usize, usize)) -> usize {
    let bytes = size_of::<f64>() * second_len;
    let large = n_samples * n_features * size_of::<f64>() > FEWEST_PARTS * bytes;
    let fewest = if large { FEWEST_PARTS } else { 1 };
    rows::n_parts(n_blocks).min((STATISTICS_BYTES / bytes.max(1)).max(fewest))
}

/// [`n_parts`] of a pass over many rows.
pub(in crate::mixture) fn n_parts_of(
    second_len: usize,
    (n_samples, n_features): (usize, usize),
) -> usize {
    let n_blocks = n_samples.div_ceil(block_rows(n_features));
    n_parts(n_blocks, second_len, (n_samples, n_features))
}

/// Bytes that passes come to need.
pub(in crate::mixture) fn working_bytes(
    covariance_type: CovarianceType,
    n_components: usize,
    (n_samples, n_features): (usize, usize),
) -> u64 {
    let wide = |n: usize| n as u64;
    let (k, d) = (wide(n_components), wide(n_features));
    let second_len = covariance_type.second_len(n_components, n_features);
    let second = wide(second_len);
    // a block by rows and by features, its rows once more after a change, and posteriors with and without weights
    let of_rows = wide(block_rows(n_features)) * (3 * d + 2 * k + 2);
    // beside the second moments: centres and first moments; panels and sums of the kernels
    let part = second + 2 * k * d + of_rows + 2 * d * d + 128 * d;
    let n_parts = wide(n_parts_of(second_len, (n_samples, n_features)));
    (n_parts * part).saturating_mul(size_of::<f64>() as u64)
}

impl<'a> Workspace<'a> {
    pub(crate) fn new(rows: &'a dyn RowBlocks) -> Self {
        Self { rows: Reader::new(rows), parts: Vec::new(), spare: None }
    }

    /// Takes back the memory of a model that is not needed any more.
    pub(crate) fn recycle(&mut self, model: GaussianMixture) {
        self.spare = Some(model);
    }

    /// A model whose memory may be used again, if there is one.
    pub(crate) fn spare(&mut self) -> Option<GaussianMixture> {
        self.spare.take()
    }

    /// One pass over the rows: the statistics of everything that is asked for, in this order.
    ///
    /// # Errors
    /// What reading the rows raises.
    pub(crate) fn gather(&mut self, asked: &[Asked<'_>]) -> Result<&[Statistics]> {
        let source = self.rows.rows();
        let shape = (source.n_samples(), source.n_features());
        let second_len = |asked: &Asked<'_>| {
            asked.covariance_type.second_len(asked.assignment.centers().nrows(), shape.1)
        };
        let largest = asked.iter().map(second_len).max().unwrap_or(0);
        let n_parts = n_parts(source.n_blocks(), largest, shape);
        self.parts.truncate(n_parts);
        self.parts.resize_with(n_parts, Part::default);
        self.parts.iter_mut().for_each(|part| part.begin(asked));
        self.rows.visit(&mut self.parts, |part, block| {
            part.add(asked, block);
            Ok(())
        })?;
        let (all, parts) = self.parts.split_first_mut().expect("at least one part");
        parts.iter().for_each(|part| all.merge(part));
        Ok(&all.statistics)
    }
}

impl Statistics {
    /// Begins anew, in the same memory if it suits.
    fn clear(&mut self, covariance_type: CovarianceType, centers: ArrayView2<'_, f64>) {
        let (k, d) = centers.dim();
        self.covariance_type = covariance_type;
        self.centers = centers.to_owned();
        self.counts = Array1::zeros(k);
        self.first = Array2::zeros((k, d));
        self.second.clear();
        self.second.resize(covariance_type.second_len(k, d), 0.0);
        self.log_likelihood = 0.0;
    }

    pub(crate) fn merge(&mut self, other: &Self) {
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
    pub(crate) fn centers(&self) -> ArrayView2<'_, f64> {
        self.centers.view()
    }

    /// Adds a block with the posteriors of its rows; `weighted` is memory for these times the sample weights.
    fn add(
        &mut self,
        block: &Block,
        posterior: &[f64],
        weighted: &mut Lines,
        scratch: &mut Scratch,
    ) {
        let n = block.n_rows();
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
        for (count, weighted) in self.counts.iter_mut().zip(weighted.chunks_exact(n)) {
            *count += simd::sum(weighted);
        }
        self.covariance_type.accumulate(
            self.centers.view(),
            block,
            &Responsibilities { posterior, weighted },
            Moments {
                first: self.first.as_slice_mut().expect("row-major"),
                second: &mut self.second,
            },
            scratch,
        );
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
    /// 9.26), with `reg_covar` added to the diagonal of the covariances. The memory of a `recycled` model is used
    /// again.
    ///
    /// # Errors
    /// [`Error::EmptyComponent`] and [`Error::SingularCovariance`].
    pub(crate) fn maximise(
        &self,
        reg_covar: f64,
        recycled: Option<GaussianMixture>,
    ) -> Result<GaussianMixture> {
        let total = self.total();
        // below this share the mean of a component is rounding noise
        let has_rows = |count: f64| count > 10.0 * f64::EPSILON * total;
        if let Some(component) = self.counts.iter().position(|&count| !has_rows(count)) {
            return Err(Error::EmptyComponent { component });
        }
        let recycled = recycled.map(GaussianMixture::into_covariances);
        let covariances = self.covariance_type.maximise(self, reg_covar, recycled)?;
        let mut means = self.centers.clone();
        for (component, mut mean) in means.rows_mut().into_iter().enumerate() {
            mean += &self.shift(component);
        }
        Ok(GaussianMixture::from_parts(&self.counts / total, means, covariances))
    }
}

impl Part {
    /// Begins anew, in the same memory if it suits.
    pub(crate) fn begin(&mut self, asked: &[Asked<'_>]) {
        self.statistics.resize_with(asked.len(), Statistics::default);
        for (statistics, asked) in self.statistics.iter_mut().zip(asked) {
            statistics.clear(asked.covariance_type, asked.assignment.centers());
        }
    }

    /// Adds a block to the statistics of all that is asked for.
    pub(crate) fn add(&mut self, asked: &[Asked<'_>], block: &Block) {
        let Self { statistics, posterior, weighted, scratch } = self;
        for (statistics, asked) in statistics.iter_mut().zip(asked) {
            let posterior = posterior.resize(block.n_rows() * statistics.n_components());
            statistics.log_likelihood += asked.assignment.assign(block, posterior, scratch);
            statistics.add(block, posterior, weighted, scratch);
        }
    }

    fn merge(&mut self, other: &Self) {
        for (all, part) in self.statistics.iter_mut().zip(&other.statistics) {
            all.merge(part);
        }
    }
}

#[cfg(test)]
mod tests {
    use ndarray::{Axis, Slice};
    use proptest::collection::vec;
    use proptest::prelude::*;

    use super::*;
    use crate::mixture::em::assignment::Assignment;
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
            let assignment = Assignment::Posterior(model.unwrap());
            let of = |part: Slice| {
                let rows = MatrixRows::from_records(rows.slice_axis(Axis(0), part)).unwrap();
                let asked = Asked { assignment: &assignment, covariance_type: family };
                Workspace::new(&rows).gather(&[asked]).unwrap()[0].clone()
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
