//! Full covariances: one matrix for each component.
//!
//! ```text
//! ln N(x) = -½ |L⁻¹ (x - m)|² - Σᵢ ln Lᵢᵢ - ½ d ln 2π,   covariance = L Lᵀ
//! M-step:  covariance = Σ r (x - c)(x - c)ᵀ / Σ r - (m - c)(m - c)ᵀ + diag(reg)
//! ```
//! Both products are computed as triangles, at half the cost of dense ones: the whitening of a block never leaves the
//! registers, and the scatter is summed about the centre of each component, so that nothing cancels.

use ndarray::{Array1, Array2, Array3, ArrayD, ArrayView2, Axis, stack};
use rayon::prelude::*;

use super::factored::{Factored, Factors, keep_lower};
use super::family::{COVARIANCES, Lookup, NO_REGULARISATION, NamedArrays, find_shaped};
use super::log_densities::by_squared_lengths;
use super::{
    CovarianceSpec, Factor, Family, MStep, Moments, Previous, Regularisation, Scratch, Spread,
};
use crate::compute::simd;
use crate::compute::simd::whiten::SquaredLengths;
use crate::compute::threads::Threads;
use crate::error::{Error, Result};
use crate::rows::Block;
use crate::rows::scatter::{self, stride};

/// One matrix for each component.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Full {
    components: Vec<Factored>,
}

impl Full {
    /// Factorises matrices, of which the lower triangles are read.
    ///
    /// # Errors
    /// [`Error::SingularCovariance`].
    pub(super) fn of(matrices: Vec<Array2<f64>>, reg_covar: f64) -> Result<Self> {
        let factorise = |(component, mut matrix): (usize, Array2<f64>)| {
            keep_lower(&mut matrix);
            Factored::new(matrix).ok_or(Error::SingularCovariance { component, reg_covar })
        };
        let components = matrices.into_iter().enumerate().map(factorise);
        Ok(Self { components: components.collect::<Result<_>>()? })
    }

    /// The regularised covariance matrix of each component, by the moments alone.
    pub(super) fn matrices_of(moments: &Moments, step: MStep<'_>) -> Vec<Array2<f64>> {
        let d = moments.n_features();
        let matrix = |component| {
            let mut matrix = Array2::zeros((d, d));
            write_lower(moments, component, step.regularisation, &mut matrix);
            for (i, j) in (0..d).flat_map(|i| (0..i).map(move |j| (i, j))) {
                matrix[[j, i]] = matrix[[i, j]];
            }
            matrix
        };
        (0..moments.n_components()).map(matrix).collect()
    }
}

/// Writes the lower triangle of the regularised covariance matrix of a component.
fn write_lower(
    moments: &Moments,
    component: usize,
    regularisation: &Regularisation,
    lower: &mut Array2<f64>,
) {
    let (count, shift) = (moments.count(component), moments.shift(component));
    let stride = stride(moments.n_features());
    let second = moments.second()[component * stride * stride..].chunks_exact(stride);
    for ((i, mut to), second) in lower.rows_mut().into_iter().enumerate().zip(second) {
        let sums = second.iter().zip(&shift);
        for (to, (second, other)) in to.iter_mut().take(i + 1).zip(sums) {
            *to = second / count - shift[i] * other;
        }
        to[i] += regularisation.columns[i];
    }
}

impl Family for Full {
    type Settings = ();

    const NAME: &'static str = "full";

    fn n_parameters((): (), n_components: usize, n_features: usize) -> usize {
        n_components * n_features * (n_features + 1) / 2
    }

    /// A matrix for each component, of which the lower triangle is used.
    fn second_moment_len((): (), n_components: usize, n_features: usize) -> usize {
        n_components * stride(n_features) * stride(n_features)
    }

    fn packed_indices(
        (): (),
        n_components: usize,
        n_features: usize,
    ) -> Box<dyn Iterator<Item = usize>> {
        let stride = stride(n_features);
        let row = move |row: usize| row * stride..row * stride + row % stride + 1;
        let rows = (0..n_components).flat_map(move |component| {
            (0..n_features).map(move |index| component * stride + index)
        });
        Box::new(rows.flat_map(row))
    }

    fn accumulate_component(
        (): (),
        moments: &mut Moments,
        component: usize,
        (block, weights): (&Block, &[f64]),
        scratch: &mut Scratch,
    ) {
        let (center, first, second) = moments.of_component(component);
        let len = stride(center.len()) * stride(center.len());
        let to = (first, &mut second[component * len..][..len]);
        scatter::add(block, weights, &center, to, &mut scratch.panels);
    }

    fn add_spread(
        (): (),
        moments: &mut Moments,
        component: usize,
        missing: &[usize],
        (spread, count): (&Spread, f64),
    ) {
        let stride = stride(moments.n_features());
        let to = &mut moments.second[component * stride * stride..];
        spread.add_to_lower(count, missing, (to, stride));
    }

    fn maximise(
        (): (),
        moments: &Moments,
        MStep { regularisation, threads }: MStep<'_>,
        previous: Previous<'_, Self>,
    ) -> Result<Self> {
        let d = moments.n_features();
        let mut components = previous.into_memory().map_or(Vec::new(), |full| full.components);
        components.resize_with(moments.n_components(), Factored::default);
        let update = |factors: &mut Factors, (k, component): (usize, &mut Factored)| {
            if component.lower.dim() != (d, d) {
                component.lower = Array2::zeros((d, d));
            }
            write_lower(moments, k, regularisation, &mut component.lower);
            if component.factorise(factors) {
                Ok(())
            } else {
                Err(Error::SingularCovariance { component: k, reg_covar: regularisation.setting })
            }
        };
        if threads == Threads::One {
            let factors = &mut Factors::default();
            components.iter_mut().enumerate().try_for_each(|at| update(factors, at))?;
        } else {
            let all = components.par_iter_mut().enumerate();
            let outcomes: Vec<_> = all.map_init(Factors::default, update).collect();
            outcomes.into_iter().collect::<Result<()>>()?;
        }
        Ok(Self { components })
    }

    fn from_arrays(
        (): (),
        lookup: &mut Lookup<'_>,
        n_components: usize,
        n_features: usize,
    ) -> Result<Self> {
        let covariances: Array3<f64> =
            find_shaped(lookup, COVARIANCES, (n_components, n_features, n_features))?;
        let components = covariances.outer_iter().enumerate().map(|(component, matrix)| {
            let singular = Error::SingularCovariance { component, reg_covar: NO_REGULARISATION };
            Factored::checked(matrix.to_owned())?.ok_or(singular)
        });
        Ok(Self { components: components.collect::<Result<_>>()? })
    }

    fn settings(&self) {}

    fn arrays(&self) -> NamedArrays {
        let matrices: Vec<_> = self.components.iter().map(Factored::covariance).collect();
        let matrices: Vec<_> = matrices.iter().map(Array2::view).collect();
        let stacked = ndarray::stack(Axis(0), &matrices).expect("equal shapes");
        vec![(COVARIANCES, stacked.into_dyn())]
    }

    fn permuted(&self, order: &[usize]) -> Self {
        Self { components: order.iter().map(|&from| self.components[from].clone()).collect() }
    }

    fn precisions_cholesky(&self) -> ArrayD<f64> {
        let factors: Vec<_> = self.components.iter().map(Factored::precision_cholesky).collect();
        let factors: Vec<_> = factors.iter().map(Array2::view).collect();
        ndarray::stack(Axis(0), &factors).expect("equal shapes").into_dyn()
    }

    fn covariance(&self, component: usize, _n_features: usize) -> Array2<f64> {
        self.components[component].covariance()
    }

    fn smallest_variances(&self, _n_components: usize) -> Result<Array1<f64>> {
        self.components.iter().map(Factored::smallest_variance).collect()
    }

    fn fewest_rows((): (), n_features: usize) -> usize {
        n_features + 1
    }

    fn of_spreads(&self, spreads: &[Spread]) -> Result<(CovarianceSpec, NamedArrays)> {
        let matrices: Vec<_> = spreads.iter().map(Spread::matrix).collect();
        let matrices: Vec<_> = matrices.iter().map(|matrix| matrix.view()).collect();
        let matrices = stack(Axis(0), &matrices).expect("the same numbers of all components");
        Ok((CovarianceSpec::Full, vec![(COVARIANCES, matrices.into_dyn())]))
    }

    fn whiten(&self, component: usize, x: &[f64]) -> Vec<f64> {
        self.components[component].whiten(x)
    }

    fn log_constant(&self, component: usize, _n_features: usize) -> f64 {
        self.components[component].log_constant()
    }

    fn log_prob(
        &self,
        means: ArrayView2<'_, f64>,
        offsets: &[f64],
        block: &Block,
        out: &mut [f64],
        scratch: &mut Scratch,
    ) {
        by_squared_lengths(means, offsets, (out, block.n_rows()), |component, center, out| {
            let component = &self.components[component];
            simd::run(SquaredLengths {
                lower: component.whitener(),
                center,
                features: block.feature_major(),
                out,
                panel: &mut scratch.panels.panel,
            });
            component.log_constant()
        });
    }

    fn factor(&self, component: usize, _n_features: usize) -> Factor {
        self.components[component].factor()
    }
}

#[cfg(test)]
mod tests {
    use ndarray::array;

    use super::*;
    use crate::mixture::covariance::Responsibilities;

    #[test]
    fn moments_include_only_rows_with_a_responsibility() {
        let rows = Array2::from_shape_fn((20, 2), |(i, j)| ((i * 7 + j * 5) % 11) as f64);
        let mut block = Block::default();
        block.fill(0, rows.view());
        let centers = array![[1.0, 2.0], [3.0, 0.5]];
        // all rows, and two of twenty; halves and quarters, so that sums are exact in any order
        let mut weighted = vec![0.5; 40];
        weighted[20..].fill(0.0);
        (weighted[23], weighted[37]) = (0.25, 0.75);
        let responsibilities = Responsibilities { posterior: &weighted, weighted: &weighted };
        let mut moments = Moments::default();
        moments.reset(centers.view(), None, Full::second_moment_len((), 2, 2));
        Full::accumulate((), &mut moments, &block, &responsibilities, &mut Scratch::default());
        let Moments { first, second, .. } = moments;
        for (k, center) in centers.rows().into_iter().enumerate() {
            for i in 0..2 {
                let sum = |term: &dyn Fn(usize) -> f64| -> f64 {
                    (0..20).map(|row| weighted[20 * k + row] * term(row)).sum()
                };
                let offset = |row: usize, i: usize| rows[[row, i]] - center[i];
                assert_eq!(first[[k, i]], sum(&|row| offset(row, i)));
                for j in 0..=i {
                    let expected = sum(&|row| offset(row, i) * offset(row, j));
                    assert_eq!(second[4 * k + 2 * i + j], expected);
                }
            }
        }
    }
}
