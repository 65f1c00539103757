//! Log-densities and posteriors of rows that are so far from all components that squared distances lose all digits that
//! distinguish the components, or overflow.
//!
//! With a row x = g + s y, |y| near 1, and means g + m of the components, the squared distance is
//! ```text
//! |L⁻¹ (s y - m)|² = s² a - 2 s b + c,   a = |L⁻¹ y|²,  b = L⁻¹ y · L⁻¹ m,  c = |L⁻¹ m|²
//! ```
//! Differences between components are computed term by term. Where two components have the same a, for instance because they
//! share their covariance, s² a cancels exactly however large s is, and b decides.

use std::sync::Arc;

use ndarray::{Array1, Array2, ArrayView1, Axis};

use super::GaussianMixture;
use super::covariance::Conditionals;
use super::given::normalised;
use crate::error::Result;
use crate::rows::mixed::MixedRows;

/// Log-density below which a row is far: squared distances of 2e12 have rounding errors above 1e-4.
const FAR: f64 = -1e12;

/// Relative difference below which terms of two components are equal except for rounding.
const EQUAL: f64 = 1e-12;

/// The terms of a component for one row.
struct Terms {
    a: f64,
    b: f64,
    /// Bound of the rounding error of b.
    b_error: f64,
    c: f64,
    /// ln π - ½ c and the log-constant of the component.
    constant: f64,
}

/// The Gaussians of the components in the observed columns of a row.
enum Gaussians<'a> {
    Complete(&'a GaussianMixture),
    Observed(Arc<Conditionals>),
}

impl Gaussians<'_> {
    /// L⁻¹ x
    fn whiten(&self, component: usize, x: &[f64]) -> Vec<f64> {
        match self {
            Self::Complete(model) => model.covariances().whiten(component, x),
            Self::Observed(observed) => observed.components[component].whiten(x),
        }
    }

    fn log_constant(&self, component: usize, n_features: usize) -> f64 {
        match self {
            Self::Complete(model) => model.covariances().log_constant(component, n_features),
            Self::Observed(observed) => observed.components[component].log_constant,
        }
    }
}

impl GaussianMixture {
    /// Replaces the posteriors and log-densities of far rows. Log-densities that are smaller than any number become
    /// `f64::MIN`.
    ///
    /// # Errors
    /// [`Error::SingularCovariance`](crate::Error::SingularCovariance).
    pub(super) fn correct_far_rows(
        &self,
        rows: MixedRows<'_>,
        posterior: &mut [f64],
        log_prob: &mut [f64],
    ) -> Result<()> {
        let n = rows.n_rows();
        let is_far = |log_prob: &f64| log_prob.is_nan() || *log_prob < FAR;
        if !log_prob.iter().any(is_far) {
            return Ok(());
        }
        let all = (self.means().to_owned(), Gaussians::Complete(self));
        for row in (0..n).filter(|&row| is_far(&log_prob[row])).collect::<Vec<_>>() {
            let group = rows.patterns.iter().find(|group| row < group.first + group.n_rows);
            let of_observed = group.map(|group| self.conditionals(&group.pattern)).transpose()?;
            let of_observed = of_observed.map(|one| (one.means.clone(), Gaussians::Observed(one)));
            let (means, gaussians) = of_observed.as_ref().unwrap_or(&all);
            let values = rows.numbers.features().map(|feature| feature[row]);
            let values: Array1<f64> = match gaussians {
                Gaussians::Complete(_) => values.collect(),
                Gaussians::Observed(_) => values.filter(|value| !value.is_nan()).collect(),
            };
            let center = means.mean_axis(Axis(0)).expect("at least one component");
            let (direction, scale) = direction(values.view(), &center);
            let mut terms = self.terms(&direction, gaussians, &(means - &center));
            for (component, terms) in terms.iter_mut().enumerate() {
                terms.constant += self.categories().log_prob((rows.codes, n), row, component);
            }
            if let Some(tails) = self.student() {
                let log_prob_of = |(component, terms): (usize, &Terms)| {
                    // the square is so large that its other terms do not count
                    let log_square = terms.a.ln() + 2.0 * scale.ln();
                    let of_mean = terms.constant + 0.5 * terms.c;
                    tails.log_density_far(component, direction.len(), of_mean, log_square)
                };
                let log_probs = terms.iter().enumerate().map(log_prob_of).collect();
                let (posteriors, log_density) = normalised(&log_probs);
                let of_row = posterior[row..].iter_mut().step_by(n);
                of_row.zip(&posteriors).for_each(|(to, p)| *to = *p);
                log_prob[row] = log_density;
                continue;
            }
            let (best, log_ratios) = log_ratios(&terms, scale);
            let total: f64 = log_ratios.iter().map(|ratio| ratio.exp()).sum();
            for (component, ratio) in log_ratios.iter().enumerate() {
                posterior[component * n + row] = ratio.exp() / total;
            }
            let Terms { a, b, constant, .. } = terms[best];
            let log_density = scale * (b - 0.5 * scale * a) + constant + total.ln();
            log_prob[row] = log_density.max(f64::MIN);
        }
        Ok(())
    }

    /// The terms of each component, whose means are at `offsets` (k, o) from the centre.
    fn terms(
        &self,
        direction: &[f64],
        gaussians: &Gaussians<'_>,
        offsets: &Array2<f64>,
    ) -> Vec<Terms> {
        let of_component = |(component, offset): (usize, ArrayView1<'_, f64>)| {
            let mean = gaussians.whiten(component, &offset.to_vec());
            let row = gaussians.whiten(component, direction);
            let (a, c) = (dot(&row, &row), dot(&mean, &mean));
            let log_constant = gaussians.log_constant(component, direction.len());
            Terms {
                a,
                b: dot(&row, &mean),
                b_error: EQUAL * (a * c).sqrt(),
                c,
                constant: self.weights()[component].ln() + log_constant - 0.5 * c,
            }
        };
        offsets.rows().into_iter().enumerate().map(of_component).collect()
    }
}

/// The row relative to the centre as a direction, whose largest entry has a magnitude of 1, and a scale.
fn direction(row: ArrayView1<'_, f64>, center: &Array1<f64>) -> (Vec<f64>, f64) {
    // a preprocessor can turn the largest numbers into infinities, or into sums of infinities
    let limit = |value: f64| if value.is_nan() { 0.0 } else { value.clamp(f64::MIN, f64::MAX) };
    let offsets = row.iter().zip(center).map(|(&value, &center)| limit(limit(value) - center));
    let mut offsets: Vec<f64> = offsets.collect();
    let scale = offsets.iter().fold(0.0_f64, |largest, offset| largest.max(offset.abs()));
    if scale > 0.0 {
        offsets.iter_mut().for_each(|offset| *offset /= scale);
    }
    (offsets, scale)
}

/// The most probable component, and the log-ratio of each component's share of the density to that of the most probable one.
fn log_ratios(terms: &[Terms], scale: f64) -> (usize, Vec<f64>) {
    let ratio = |of: &Terms, to: &Terms| {
        let equal_or = |difference: f64, error: f64| {
            if difference.abs() <= error { 0.0 } else { difference }
        };
        let a = equal_or(of.a - to.a, EQUAL * of.a.max(to.a));
        let b = equal_or(of.b - to.b, of.b_error + to.b_error);
        scale * (b - 0.5 * scale * a) + of.constant - to.constant
    };
    let mut best = 0;
    for component in 1..terms.len() {
        if ratio(&terms[component], &terms[best]) > 0.0 {
            best = component;
        }
    }
    (best, terms.iter().map(|of| ratio(of, &terms[best]).min(0.0)).collect())
}

fn dot(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}

#[cfg(test)]
mod tests {
    use ndarray::{Array2, array};

    use super::*;
    use crate::mixture::CovarianceType;

    /// Two components at (0, 0) and (3, 4), of a family with the given covariances.
    fn two(family: CovarianceType, covariances: ndarray::ArrayD<f64>) -> GaussianMixture {
        let means = array![[0.0, 0.0], [3.0, 4.0]];
        GaussianMixture::new(array![0.5, 0.5], means, family, covariances).unwrap()
    }

    fn models() -> Vec<GaussianMixture> {
        let (one, other) = (array![[2.0, 0.3], [0.3, 1.0]], array![[1.0, 0.1], [0.1, 0.5]]);
        let full = ndarray::stack(Axis(0), &[one.view(), other.view()]).unwrap();
        let equal = ndarray::stack(Axis(0), &[one.view(), one.view()]).unwrap();
        vec![
            two(CovarianceType::Full, full.into_dyn()),
            two(CovarianceType::Full, equal.into_dyn()),
            two(CovarianceType::Tied, one.into_dyn()),
            two(CovarianceType::Diag, array![[1.0, 2.0], [1.0, 2.0]].into_dyn()),
            two(CovarianceType::Diag, array![[1.0, 2.0], [0.5, 2.0]].into_dyn()),
            two(CovarianceType::Spherical, array![1.0, 1.0].into_dyn()),
            two(CovarianceType::Spherical, array![1.0, 4.0].into_dyn()),
        ]
    }

    fn far_rows() -> Array2<f64> {
        let mut rows = Vec::new();
        for scale in [1e7, 1e20, 3.4e38, 1e150, 1e300, f64::MAX] {
            for (x, y) in [(1.0, 1.0), (-1.0, -1.0), (0.0, 1.0), (1.0, -1.0), (-1.0, 0.25)] {
                rows.extend([x * scale, y * scale]);
            }
        }
        Array2::from_shape_vec((30, 2), rows).unwrap()
    }

    #[test]
    fn posteriors_of_any_finite_row_sum_to_1_and_its_log_density_is_finite() {
        for model in models() {
            let rows = far_rows();
            let posteriors = model.predict_proba(&rows).unwrap();
            for sum in posteriors.sum_axis(Axis(1)) {
                assert!((sum - 1.0).abs() < 1e-12, "{model:?}");
            }
            let log_density = model.score_samples(&rows).unwrap();
            assert!(log_density.iter().all(|value| value.is_finite() && *value < -1e11));
            assert!(model.score(&rows).unwrap().is_finite());
        }
    }

    #[test]
    fn components_of_equal_covariances_are_distinguished_by_direction() {
        let equal = [1, 2, 3, 5];
        for index in equal {
            let model = &models()[index];
            let labels = model.try_predict(&far_rows()).unwrap();
            // the component at (3, 4) is nearer to rows on its side
            for scale in labels.to_vec().chunks(5) {
                assert_eq!(scale[..3], [1, 0, 1], "{model:?}");
            }
        }
    }

    #[test]
    fn the_wider_component_is_the_more_probable_one_far_away() {
        for (index, wider) in [(0, 0), (6, 1)] {
            let labels = models()[index].try_predict(&far_rows()).unwrap();
            assert!(labels.iter().all(|&label| label == wider));
        }
    }

    #[test]
    fn rows_near_the_limit_have_the_posteriors_of_exact_arithmetic() {
        // at x = (5e6, y) between components at (0, 0) and (0, 1): the log-ratio is y - 1/2
        let covariances = array![1.0, 1.0].into_dyn();
        let means = array![[0.0, 0.0], [0.0, 1.0]];
        let family = CovarianceType::Spherical;
        let model = GaussianMixture::new(array![0.5, 0.5], means, family, covariances).unwrap();
        for y in [-2.0, 0.5, 1.5] {
            let posteriors = model.predict_proba(&array![[5e6, y]]).unwrap();
            let expected = 1.0 / (1.0 + f64::exp(-(y - 0.5)));
            assert!((posteriors[[0, 1]] - expected).abs() < 1e-8, "{y}: {posteriors}");
        }
    }
}
