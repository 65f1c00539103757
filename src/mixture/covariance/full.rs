//! Full covariances: a matrix of its own for each component.
//!
//! ```text
//! ln N(x) = -½ |L⁻¹ (x - m)|² - Σᵢ ln Lᵢᵢ - ½ d ln 2π,   covariance = L Lᵀ
//! M-step:  covariance = Σ r (x - c)(x - c)ᵀ / Σ r - (m - c)(m - c)ᵀ + reg I
//! ```
//! Both products are done as triangles, which is half the work of dense ones: the whitening of a block never
//! leaves the registers, and the scatter is summed about the centre of each component, so that nothing cancels.

use ndarray::{Array1, Array2, Array3, ArrayD, ArrayView2, Axis};
use rayon::prelude::*;

use super::{Factor, Family, GIVEN, Moments, Responsibilities, Scratch, expect_shape, row_major};
use crate::compute::linalg::{self, LN_2PI};
use crate::compute::scatter::{self, stride};
use crate::compute::simd;
use crate::compute::simd::whiten::{PackedLower, SquaredLengths};
use crate::compute::threads;
use crate::error::{Error, Result};
use crate::mixture::em::statistics::Statistics;
use crate::rows::Block;

/// A covariance matrix with what densities need of it.
#[derive(Debug, Clone, PartialEq, Default)]
pub(super) struct Factored {
    /// The lower triangle of the matrix, d × d.
    lower: Array2<f64>,
    /// `L⁻¹`, where L is lower triangular and the covariance `L Lᵀ`.
    whitener: PackedLower,
    /// `-Σᵢ ln Lᵢᵢ - ½ d ln 2π`
    log_constant: f64,
}

/// Memory of factorisations.
#[derive(Default)]
struct Factors {
    factor: Array2<f64>,
    inverse: Array2<f64>,
}

impl Factored {
    /// Factorises a covariance of which the lower triangle is read; `None` if it is singular.
    pub(super) fn new(lower: Array2<f64>) -> Option<Self> {
        let mut factored = Self { lower, ..Self::default() };
        factored.factorise(&mut Factors::default()).then_some(factored)
    }

    /// Factorises the covariance as it is now, and tells whether that can be done.
    fn factorise(&mut self, Factors { factor, inverse }: &mut Factors) -> bool {
        if factor.dim() != self.lower.dim() {
            *factor = Array2::zeros(self.lower.dim());
            *inverse = Array2::zeros(self.lower.dim());
        }
        factor.assign(&self.lower);
        if !linalg::cholesky_in_place(factor) {
            return false;
        }
        linalg::invert_lower(factor, inverse);
        if inverse.iter().any(|value| !value.is_finite()) {
            return false;
        }
        let half_log_2pi = 0.5 * factor.nrows() as f64 * LN_2PI;
        self.log_constant = -factor.diag().iter().map(|l| l.ln()).sum::<f64>() - half_log_2pi;
        self.whitener.pack(inverse);
        true
    }

    /// Checks the symmetry of a given matrix, and factorises it.
    pub(super) fn checked(mut covariance: Array2<f64>) -> Result<Option<Self>> {
        for ((i, j), &value) in covariance.indexed_iter() {
            let scale = (covariance[[i, i]] * covariance[[j, j]]).abs().sqrt();
            if (value - covariance[[j, i]]).abs() > 1e-8 * scale {
                return Err(Error::param(
                    "covariances",
                    format!("not symmetric at [{i}, {j}]"),
                    "symmetric matrices",
                ));
            }
        }
        for (i, mut row) in covariance.rows_mut().into_iter().enumerate() {
            row.iter_mut().skip(i + 1).for_each(|entry| *entry = 0.0);
        }
        Ok(Self::new(covariance))
    }

    /// The matrix, symmetric.
    pub(super) fn covariance(&self) -> Array2<f64> {
        let entry = |(i, j): (usize, usize)| self.lower[[i.max(j), i.min(j)]];
        Array2::from_shape_fn(self.lower.dim(), entry)
    }

    /// The smallest eigenvalue.
    pub(super) fn smallest_variance(&self) -> Result<f64> {
        let (variances, _) = linalg::symmetric_eigen(&self.covariance())?;
        Ok(variances[variances.len() - 1])
    }

    pub(super) fn precision_cholesky(&self) -> Array2<f64> {
        self.whitener.unpack().reversed_axes()
    }

    /// `L⁻¹`
    pub(super) fn whitener(&self) -> &PackedLower {
        &self.whitener
    }

    pub(super) fn log_constant(&self) -> f64 {
        self.log_constant
    }

    /// L
    pub(super) fn factor(&self) -> Factor {
        let mut factor = self.lower.clone();
        let positive = linalg::cholesky_in_place(&mut factor);
        debug_assert!(positive, "it has been factorised before");
        Factor::Lower(factor)
    }
}

/// One matrix for each component.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Full {
    components: Vec<Factored>,
}

impl Family for Full {
    fn n_parameters(n_components: usize, n_features: usize) -> usize {
        n_components * n_features * (n_features + 1) / 2
    }

    /// A matrix for each component, of which the lower triangle counts.
    fn second_len(n_components: usize, n_features: usize) -> usize {
        n_components * stride(n_features) * stride(n_features)
    }

    #[cfg(feature = "cluster")]
    fn counted(n_components: usize, n_features: usize) -> Box<dyn Iterator<Item = usize>> {
        let stride = stride(n_features);
        let row = move |row: usize| row * stride..row * stride + row % stride + 1;
        let rows = (0..n_components).flat_map(move |component| {
            (0..n_features).map(move |index| component * stride + index)
        });
        Box::new(rows.flat_map(row))
    }

    fn accumulate(
        centers: ArrayView2<'_, f64>,
        block: &Block,
        responsibilities: &Responsibilities<'_>,
        moments: Moments<'_>,
        scratch: &mut Scratch,
    ) {
        let d = centers.ncols();
        let centers = centers.as_standard_layout();
        let components = row_major(&centers)
            .chunks_exact(d)
            .zip(responsibilities.weighted.chunks_exact(block.n_rows()))
            .zip(
                moments
                    .first
                    .chunks_exact_mut(d)
                    .zip(moments.second.chunks_exact_mut(stride(d) * stride(d))),
            );
        for ((center, weights), moments) in components {
            scatter::add(block, weights, center, moments, &mut scratch.panels);
        }
    }

    fn maximise(statistics: &Statistics, reg_covar: f64, recycled: Option<Self>) -> Result<Self> {
        let d = statistics.n_features();
        let mut components = recycled.map_or(Vec::new(), |full| full.components);
        components.resize_with(statistics.n_components(), Factored::default);
        let update = |factors: &mut Factors, (k, component): (usize, &mut Factored)| {
            if component.lower.dim() != (d, d) {
                component.lower = Array2::zeros((d, d));
            }
            let (count, shift) = (statistics.count(k), statistics.shift(k));
            let stride = stride(d);
            let second = statistics.second()[k * stride * stride..].chunks_exact(stride);
            for ((i, mut to), second) in
                component.lower.rows_mut().into_iter().enumerate().zip(second)
            {
                let sums = second.iter().zip(&shift);
                for (to, (second, other)) in to.iter_mut().take(i + 1).zip(sums) {
                    *to = second / count - shift[i] * other;
                }
                to[i] += reg_covar;
            }
            match component.factorise(factors) {
                true => Ok(()),
                false => Err(Error::SingularCovariance { component: k, reg_covar }),
            }
        };
        if threads::is_shared_out() {
            let factors = &mut Factors::default();
            components.iter_mut().enumerate().try_for_each(|at| update(factors, at))?;
        } else {
            let all = components.par_iter_mut().enumerate();
            let outcomes: Vec<_> = all.map_init(Factors::default, update).collect();
            outcomes.into_iter().collect::<Result<()>>()?;
        }
        Ok(Self { components })
    }

    fn from_array(
        covariances: ArrayD<f64>,
        n_components: usize,
        n_features: usize,
    ) -> Result<Self> {
        let covariances: Array3<f64> =
            expect_shape(covariances, (n_components, n_features, n_features))?;
        let components = covariances.outer_iter().enumerate().map(|(component, matrix)| {
            let singular = Error::SingularCovariance { component, reg_covar: GIVEN };
            Factored::checked(matrix.to_owned())?.ok_or(singular)
        });
        Ok(Self { components: components.collect::<Result<_>>()? })
    }

    fn to_array(&self) -> ArrayD<f64> {
        let matrices: Vec<_> = self.components.iter().map(Factored::covariance).collect();
        let matrices: Vec<_> = matrices.iter().map(Array2::view).collect();
        ndarray::stack(Axis(0), &matrices).expect("equal shapes").into_dyn()
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

    fn log_prob(
        &self,
        means: ArrayView2<'_, f64>,
        offsets: &[f64],
        block: &Block,
        out: &mut [f64],
        scratch: &mut Scratch,
    ) {
        let means = means.as_standard_layout();
        let means = row_major(&means).chunks_exact(means.ncols());
        let components = self.components.iter().zip(means).zip(offsets);
        for (((component, center), offset), out) in
            components.zip(out.chunks_exact_mut(block.n_rows()))
        {
            simd::run(SquaredLengths {
                lower: &component.whitener,
                center,
                features: block.feature_major(),
                out,
                panel: &mut scratch.panels.panel,
            });
            simd::subtract_multiple(out, offset + component.log_constant, 0.5);
        }
    }

    fn factor(&self, component: usize, _n_features: usize) -> Factor {
        self.components[component].factor()
    }
}

#[cfg(test)]
mod tests {
    use ndarray::array;

    use super::*;

    #[test]
    fn moments_are_those_of_the_rows_with_a_responsibility() {
        let rows = Array2::from_shape_fn((20, 2), |(i, j)| ((i * 7 + j * 5) % 11) as f64);
        let mut block = Block::default();
        block.fill(0, rows.view());
        let centers = array![[1.0, 2.0], [3.0, 0.5]];
        // all rows, and two of twenty; halves and quarters, so that sums are exact in any order
        let mut weighted = vec![0.5; 40];
        weighted[20..].fill(0.0);
        (weighted[23], weighted[37]) = (0.25, 0.75);
        let responsibilities = Responsibilities { posterior: &weighted, weighted: &weighted };
        let (mut first, mut second) = (vec![0.0; 4], vec![0.0; 8]);
        let moments = Moments { first: &mut first, second: &mut second };
        let scratch = &mut Scratch::default();
        Full::accumulate(centers.view(), &block, &responsibilities, moments, scratch);
        for (k, center) in centers.rows().into_iter().enumerate() {
            for i in 0..2 {
                let sum = |term: &dyn Fn(usize) -> f64| -> f64 {
                    (0..20).map(|row| weighted[20 * k + row] * term(row)).sum()
                };
                let offset = |row: usize, i: usize| rows[[row, i]] - center[i];
                assert_eq!(first[2 * k + i], sum(&|row| offset(row, i)));
                for j in 0..=i {
                    let expected = sum(&|row| offset(row, i) * offset(row, j));
                    assert_eq!(second[4 * k + 2 * i + j], expected);
                }
            }
        }
    }
}
