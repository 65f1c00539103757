//! Rows with missing numbers under a mixture: the density of the observed numbers, and the missing ones given these.

use std::sync::Arc;

use ndarray::{Array1, Array2, ArrayView1, ArrayView2};

use super::GaussianMixture;
use super::covariance::{Coefficients, Conditional, Conditionals, Scratch};
use crate::compute::simd::regression::Regression;
use crate::compute::simd::{self, AlignedBuffer};
use crate::error::Result;
use crate::rows::mixed::MixedRows;
use crate::rows::pattern::{Pattern, PatternRows};

impl GaussianMixture {
    /// The conditionals of all components for a pattern of missing numbers.
    ///
    /// # Errors
    /// [`Error::SingularCovariance`](crate::Error::SingularCovariance).
    pub(crate) fn conditionals(&self, pattern: &Pattern) -> Result<Arc<Conditionals>> {
        let d = self.n_numeric();
        let of_component = |component| self.covariances().conditional(component, d, pattern);
        let compute = || Conditionals::new(pattern, self.means(), of_component);
        self.conditional_cache().get(pattern, compute)
    }

    /// ln πₖ + ln N(x_o | mₖ, Σₖ) of the observed numbers of each row, one contiguous run of rows for each component.
    pub(super) fn incomplete_log_prob(
        &self,
        rows: MixedRows<'_>,
        log_weights: &[f64],
        out: &mut [f64],
        scratch: &mut Scratch,
    ) -> Result<()> {
        let n = rows.n_rows();
        for group in rows.patterns {
            let conditionals = self.conditionals(&group.pattern)?;
            let observed = &conditionals.observed;
            let features = scratch.rows.resize(observed.len() * group.n_rows);
            let of_column = features.chunks_exact_mut(group.n_rows).zip(observed);
            of_column.for_each(|(to, &column)| to.copy_from_slice(of_group(rows, group, column)));
            for (component, conditional) in conditionals.components.iter().enumerate() {
                let center = conditionals.mean(component);
                let out = &mut out[component * n + group.first..][..group.n_rows];
                conditional.squared_lengths(features, center, out, &mut scratch.panels);
                let constant = log_weights[component] + conditional.log_constant;
                out.iter_mut().for_each(|square| *square = constant - 0.5 * *square);
            }
            let of_group = group.first..group.first + group.n_rows;
            let range = (of_group, n, observed.len());
            self.add_tails(range, out, &mut scratch.precisions, |component| {
                log_weights[component] + conditionals.components[component].log_constant
            });
        }
        Ok(())
    }
}

/// The numbers of a column in the rows of a pattern.
fn of_group<'a>(rows: MixedRows<'a>, group: &PatternRows, column: usize) -> &'a [f64] {
    &rows.numbers.feature_major()[column * rows.n_rows() + group.first..][..group.n_rows]
}

/// Writes the means of the missing numbers of all rows given the observed ones to `features`, under one component with mean
/// `center`: `μ_m + B (x_o - μ_o)`.
pub(super) fn complete(
    rows: MixedRows<'_>,
    conditionals: &[Arc<Conditionals>],
    (component, center): (usize, ArrayView1<'_, f64>),
    features: &mut [f64],
    panel: &mut AlignedBuffer,
) {
    for (group, conditionals) in rows.patterns.iter().zip(conditionals) {
        let Conditionals { observed, missing, components, .. } = &**conditionals;
        match &components[component].regression {
            Some(Coefficients::Matrix(matrix)) => simd::run(Regression {
                coefficients: matrix.as_slice().expect("row-major"),
                center: center.as_slice().expect("contiguous"),
                columns: (observed, missing),
                rows: (rows.n_rows(), group.first, group.n_rows),
                features,
                panel,
            }),
            Some(factors) => {
                let offset = |(row, at): (usize, usize)| {
                    of_group(rows, group, observed[at])[row] - center[observed[at]]
                };
                let offsets = Array2::from_shape_fn((group.n_rows, observed.len()), offset);
                let completed = factors.of_rows(offsets.view());
                for (&column, values) in missing.iter().zip(completed.columns()) {
                    let first = column * rows.n_rows() + group.first;
                    let to = &mut features[first..first + group.n_rows];
                    to.iter_mut().zip(values).for_each(|(to, value)| *to = center[column] + value);
                }
            }
            None => {
                for &column in missing {
                    let first = column * rows.n_rows() + group.first;
                    features[first..first + group.n_rows].fill(center[column]);
                }
            }
        }
    }
}

/// The conditionals of components about `centers` (k, d) with the same variances of independent numbers, for the first pass of
/// a restart, in which there is no model yet.
///
/// # Errors
/// None: independent numbers have all conditionals.
pub(super) fn start_conditionals(
    variances: &Array1<f64>,
    pattern: &Pattern,
    centers: ArrayView2<'_, f64>,
) -> Result<Arc<Conditionals>> {
    let of_component = |_| Ok(Conditional::of_variances(variances.view(), pattern));
    Ok(Arc::new(Conditionals::new(pattern, centers, of_component)?))
}
