//! Additive statistics of an M-step: the moments of the rows of each component, the counts of levels, and the log-likelihood.
//!
//! Statistics of disjoint sets of rows add up to the statistics of their union.

use std::mem;

use ndarray::Array1;

use super::assignment::Assignment;
use super::levels::LevelCounts;
use super::tails::TailSums;
use crate::compute::simd::{self, AlignedBuffer};
use crate::error::{Error, Result};
use crate::mixture::GaussianMixture;
use crate::mixture::covariance::{
    Conditionals, CovarianceType, MStep, Moments, Previous, Responsibilities, Scratch,
};
use crate::mixture::incomplete::complete;
use crate::mixture::tails::Tails;
use crate::rows::layout::RowLayout;
use crate::rows::mixed::MixedRows;
use crate::rows::{self, block_rows};

/// Sums over rows, from which the M-step computes new parameters.
#[derive(Debug, Clone, Default)]
pub(crate) struct Statistics {
    pub(crate) covariance_type: CovarianceType,
    pub(crate) moments: Moments,
    pub(crate) levels: LevelCounts,
    pub(crate) tails: TailSums,
    pub(crate) log_likelihood: f64,
}

/// Maximum number of bytes that the statistics of all parts of a pass should take.
const STATISTICS_BYTES: usize = 32 << 20;

/// Minimum number of parts, so that rows are processed in parallel even then, if the data are larger than the statistics.
const FEWEST_PARTS: usize = 4;

/// Number of parts of a pass whose statistics have second moments of this length. It depends only on the shape of the
/// problem, since results must not depend on the number of threads.
pub(super) fn n_parts(
    n_blocks: usize,
    second_moment_len: usize,
    (n_samples, n_features): (usize, usize),
) -> usize {
    let bytes = size_of::<f64>() * second_moment_len;
    let large = n_samples * n_features * size_of::<f64>() > FEWEST_PARTS * bytes;
    let fewest = if large { FEWEST_PARTS } else { 1 };
    rows::n_parts(n_blocks).min((STATISTICS_BYTES / bytes.max(1)).max(fewest))
}

/// [`n_parts`] of a pass over `n_samples` rows.
pub(in crate::mixture) fn n_parts_of(
    second_moment_len: usize,
    (n_samples, n_features): (usize, usize),
) -> usize {
    let n_blocks = n_samples.div_ceil(block_rows(n_features));
    n_parts(n_blocks, second_moment_len, (n_samples, n_features))
}

/// Number of bytes that the passes of a restart need.
pub(in crate::mixture) fn working_bytes(
    covariance_type: CovarianceType,
    n_components: usize,
    (n_samples, n_features): (usize, usize),
) -> u64 {
    let wide = |n: usize| n as u64;
    let (k, d) = (wide(n_components), wide(n_features));
    let second_moment_len = covariance_type.second_moment_len(n_components, n_features);
    let second = wide(second_moment_len);
    // a block by rows and by features, its transformed rows, and posteriors with and without weights
    let block_len = wide(block_rows(n_features)) * (3 * d + 2 * k + 2);
    // in addition to the second moments: centres and first moments; panels and sums of the kernels
    let part = second + 2 * k * d + block_len + 2 * second.min(d * d) + 128 * d;
    let n_parts = wide(n_parts_of(second_moment_len, (n_samples, n_features)));
    (n_parts * part).saturating_mul(size_of::<f64>() as u64)
}

impl Statistics {
    /// Resets the statistics for rows with this assignment, and reuses their memory if possible.
    pub(super) fn clear(
        &mut self,
        covariance_type: CovarianceType,
        assignment: &Assignment,
        layout: &RowLayout,
    ) {
        let centers = assignment.centers();
        let (k, d) = centers.dim();
        self.covariance_type = covariance_type;
        let directions = assignment.directions(covariance_type);
        self.moments.reset(centers, directions, covariance_type.second_moment_len(k, d));
        self.levels.clear(layout, k);
        self.tails.clear(assignment.student());
        self.moments.precisions = assignment.student().map(|_| Array1::zeros(k));
        self.log_likelihood = 0.0;
    }

    pub(crate) fn merge(&mut self, other: &Self) {
        self.moments.merge(&other.moments);
        self.levels.merge(&other.levels);
        self.tails.merge(&other.tails);
        self.log_likelihood += other.log_likelihood;
    }

    /// The moments of the rows of each component.
    pub(crate) fn moments(&self) -> &Moments {
        &self.moments
    }

    /// Adds rows with the posteriors that `assignment` has given them; `weighted` is memory for posteriors times sample weights.
    ///
    /// # Errors
    /// [`Error::SingularCovariance`].
    pub(super) fn add(
        &mut self,
        rows: MixedRows<'_>,
        (assignment, posterior): (&Assignment, &[f64]),
        weighted: &mut AlignedBuffer,
        scratch: &mut Scratch,
    ) -> Result<()> {
        let (block, n) = (rows.numbers, rows.n_rows());
        let weighted = if block.is_unweighted() {
            posterior
        } else {
            let weighted = weighted.resize(posterior.len());
            let components = weighted.chunks_exact_mut(n).zip(posterior.chunks_exact(n));
            for (weighted, posterior) in components {
                simd::multiply(posterior, block.weights(), weighted);
            }
            weighted
        };
        self.levels.add(rows.codes, (weighted, n), &mut scratch.by_row);
        if let Some(tails) = assignment.student() {
            let mut precisions = mem::take(&mut scratch.precisions);
            let totals = self.moments.precisions.as_mut().expect("of components with heavy tails");
            self.tails.add(rows, tails, weighted, &mut precisions, totals);
            let weights = (weighted, &precisions.values[..]);
            let outcome = if rows.patterns.is_empty() {
                self.covariance_type.accumulate_each(&mut self.moments, block, weights, scratch);
                Ok(())
            } else {
                self.add_incomplete(rows, assignment, weights, scratch)
            };
            scratch.precisions = precisions;
            return outcome;
        }
        if !rows.patterns.is_empty() {
            return self.add_incomplete(rows, assignment, (weighted, weighted), scratch);
        }
        let responsibilities = Responsibilities { posterior, weighted };
        self.covariance_type.accumulate(&mut self.moments, block, &responsibilities, scratch);
        Ok(())
    }

    /// Adds rows with missing numbers: for each component, rows completed with the means of these numbers given the observed
    /// ones, with these `weights` in the moments, and their covariance.
    fn add_incomplete(
        &mut self,
        rows: MixedRows<'_>,
        assignment: &Assignment,
        (weighted, weights): (&[f64], &[f64]),
        scratch: &mut Scratch,
    ) -> Result<()> {
        let Self { covariance_type, moments, .. } = self;
        let (n, centers) = (rows.n_rows(), assignment.centers());
        let centers = centers.as_standard_layout();
        moments.count_rows(weighted, n);
        let conditionals =
            rows.patterns.iter().map(|group| assignment.conditionals(&group.pattern));
        let conditionals: Vec<_> = conditionals.collect::<Result<_>>()?;
        let mut completed = mem::take(&mut scratch.completed);
        completed.copy_from(rows.numbers);
        let components = weighted.chunks_exact(n).zip(weights.chunks_exact(n));
        for (component, (weighted, weights)) in components.enumerate() {
            let center = centers.row(component);
            completed.change_features(|features| {
                let panel = &mut scratch.panels.panel;
                complete(rows, &conditionals, (component, center), features, panel);
            });
            covariance_type.accumulate_component(
                moments,
                component,
                (&completed, weights),
                scratch,
            );
            for (group, conditionals) in rows.patterns.iter().zip(&conditionals) {
                let Conditionals { missing, components, .. } = &**conditionals;
                let count = simd::sum(&weighted[group.first..][..group.n_rows]);
                let spread = (&components[component].covariance, count);
                covariance_type.add_spread(moments, component, missing, spread);
            }
        }
        scratch.completed = completed;
        Ok(())
    }

    /// Σ w ln p(x) under the model of the posteriors.
    pub(crate) fn log_likelihood(&self) -> f64 {
        self.log_likelihood
    }

    /// Whether the rows of each component have collapsed, where covariances of the family do not show it; empty for families that do.
    pub(super) fn are_collapsed(&self, step: MStep<'_>) -> Vec<bool> {
        self.covariance_type.are_collapsed(&self.moments, step)
    }

    /// The M-step: the parameters that maximise the expected log-likelihood (Bishop 2006, eqs. 9.24 to 9.26), with the
    /// regularisation of the step added to the diagonal of the covariances, this smoothing of the probabilities of levels, and these
    /// tails.
    ///
    /// # Errors
    /// [`Error::EmptyComponent`] and [`Error::SingularCovariance`].
    pub(crate) fn maximise(
        &self,
        step: MStep<'_>,
        (smoothing, tails): (f64, Tails),
        previous: Previous<'_, GaussianMixture>,
    ) -> Result<GaussianMixture> {
        let moments = &self.moments;
        let total = moments.total();
        // below this share, the mean of a component is dominated by rounding errors
        let has_rows = |count: f64| count > 10.0 * f64::EPSILON * total;
        if let Some(component) = moments.counts().iter().position(|&count| !has_rows(count)) {
            return Err(Error::EmptyComponent { component });
        }
        let of_previous = previous.parameters().map(GaussianMixture::categories);
        let of_previous = of_previous.and_then(|previous| Some((previous, previous.classes()?)));
        let d = moments.n_features();
        let classes = of_previous.map(|(_, classes)| classes.in_family(self.covariance_type, d));
        let categories = self.levels.maximise(smoothing, of_previous).with_classes(classes);
        let previous = previous
            .and_then(|model| Some(model.covariances()), |model| Some(model.into_covariances()));
        let covariances = self.covariance_type.maximise(moments, step, previous)?;
        let weights = &moments.counts() / total;
        let model = GaussianMixture::from_parts(weights, moments.means(), covariances);
        let tails = self.tails.maximise(tails, moments.counts());
        Ok(model.with_checked(categories).with_tails(tails))
    }
}

#[cfg(test)]
mod tests {
    use std::borrow::Cow;

    use ndarray::{Array1, Array2, Axis, Slice};
    use proptest::collection::vec;
    use proptest::prelude::*;

    use super::*;
    use crate::mixture::em::assignment::Assignment;
    use crate::mixture::em::pass::{MixtureRequest, Wanted};
    use crate::rows::pass::Pass;
    use crate::rows::{LocalBackend, MatrixRows};

    fn family() -> impl Strategy<Value = CovarianceType> {
        prop::sample::select(CovarianceType::EVERY.to_vec())
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
                let wanted = Wanted { assignment: Cow::Borrowed(&assignment), covariance_type: family };
                let request = MixtureRequest { statistics: vec![wanted], ..Default::default() };
                let mut sums = Pass::new(request).over(&mut LocalBackend::new(rows)).unwrap();
                sums.statistics.remove(0)
            };
            let whole = of(Slice::from(..));
            let mut merged = of(Slice::from(..cut));
            merged.merge(&of(Slice::from(cut..)));
            // sums of 700 terms of size 50 in another order
            let near = |a: f64, b: f64| (a - b).abs() < 1e-10;
            prop_assert!(near(merged.log_likelihood, whole.log_likelihood));
            let (merged, whole) = (merged.moments, whole.moments);
            prop_assert!(merged.counts.iter().zip(&whole.counts).all(|(&a, &b)| near(a, b)));
            prop_assert!(merged.first.iter().zip(&whole.first).all(|(&a, &b)| near(a, b)));
            prop_assert!(merged.second.iter().zip(&whole.second).all(|(&a, &b)| near(a, b)));
        }
    }
}
