//! Heavy tails: components with multivariate t distributions, so that outliers do not pull means and covariances.
//!
//! ```text
//! t(x | m, Σ, ν) = Γ((ν + d) / 2) / (Γ(ν / 2) (ν π)^(d / 2) |Σ|^½) (1 + δ / ν)^(-(ν + d) / 2),   δ = (x - m)ᵀ Σ⁻¹ (x - m)
//! ```
//! with ν degrees of freedom is the density of a Gaussian whose precision has a random factor u for each row, of a gamma distribution
//! with shape and rate ν / 2. EM (Peel & McLachlan 2000; McLachlan & Peel 2000, chapter 7) takes u as missing,
//! ```text
//! E:  uₙₖ = (νₖ + d) / (νₖ + δₙₖ)
//! M:  mₖ = Σ r u x / Σ r u,   Σₖ by family, with Σ r u (x - mₖ)(x - mₖ)ᵀ in place of Σ r (x - mₖ)(x - mₖ)ᵀ,   νₖ from
//!     ln (ν / 2) - ψ(ν / 2) + 1 + Σ r (ln u - u + ψ((νₖ + d) / 2) - ln ((νₖ + d) / 2)) / Σ r = 0
//! ```
//! so a row far away has little weight. d is the number of observed numbers of a row: of missing ones, the Gaussian formulas hold given
//! u.

use ndarray::{Array1, ArrayView1};
use rand::Rng;
use rand_distr::ChiSquared;

use super::GaussianMixture;
use super::tails::Tails;
use crate::compute::simd;
use crate::compute::simd::student::StudentDensities;
use crate::compute::student::{information, log_ratio_at_mean, trigamma};
use crate::error::{Error, Result};

/// The range of estimated degrees of freedom.
pub(super) const RANGE: (f64, f64) = (2.1, 200.0);

/// Degrees of freedom of the first step.
const START: f64 = 10.0;

/// Returns an error for degrees of freedom without a variance.
///
/// # Errors
/// [`Error::InvalidParam`].
pub(super) fn check(degrees: f64) -> Result<()> {
    if degrees.is_finite() && degrees > 2.0 {
        return Ok(());
    }
    Err(Error::param("degrees_of_freedom", degrees, "above 2, so that variances are finite"))
}

/// The degrees of freedom of the components of a mixture.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct StudentTails {
    /// ν, (k).
    degrees_of_freedom: Array1<f64>,
    are_estimated: bool,
}

impl StudentTails {
    /// Tails with these degrees of freedom, (k).
    ///
    /// # Errors
    /// [`Error::InvalidParam`] unless all are finite and above 2.
    pub(super) fn new(degrees_of_freedom: Array1<f64>, are_estimated: bool) -> Result<Self> {
        degrees_of_freedom.iter().try_for_each(|&degrees| check(degrees))?;
        Ok(Self { degrees_of_freedom, are_estimated })
    }

    /// The tails of a fit at its start, of which `known` are those of a model to start from; none of Gaussian components.
    pub(super) fn at_start(
        tails: Tails,
        n_components: usize,
        known: Option<&Self>,
    ) -> Option<Self> {
        let all = |degrees| Array1::from_elem(n_components, degrees);
        match tails {
            Tails::Gaussian => None,
            Tails::Fixed(degrees) => {
                Some(Self { degrees_of_freedom: all(degrees), are_estimated: false })
            }
            Tails::Estimated => {
                let known = known
                    .map(|known| known.degrees_of_freedom.mapv(|nu| nu.clamp(RANGE.0, RANGE.1)));
                let degrees_of_freedom = known.unwrap_or_else(|| all(START));
                Some(Self { degrees_of_freedom, are_estimated: true })
            }
        }
    }

    /// ν, (k).
    pub(super) fn degrees_of_freedom(&self) -> ArrayView1<'_, f64> {
        self.degrees_of_freedom.view()
    }

    /// What a fit with these tails estimates.
    pub(super) fn n_parameters(&self) -> usize {
        if self.are_estimated { self.degrees_of_freedom.len() } else { 0 }
    }

    /// The tails of a fit that has these.
    pub(super) fn of_fit(&self) -> Tails {
        let first = self.degrees_of_freedom[0];
        let are_equal = self.degrees_of_freedom.iter().all(|&degrees| degrees == first);
        if self.are_estimated || !are_equal { Tails::Estimated } else { Tails::Fixed(first) }
    }

    /// Whether the degrees of freedom were estimated.
    pub(super) fn are_estimated(&self) -> bool {
        self.are_estimated
    }

    pub(super) fn permuted(&self, order: &[usize]) -> Self {
        let degrees_of_freedom = order.iter().map(|&from| self.degrees_of_freedom[from]).collect();
        Self { degrees_of_freedom, are_estimated: self.are_estimated }
    }

    /// The components of several mixtures side by side.
    pub(super) fn union<'a>(parts: impl Iterator<Item = &'a Self>) -> Option<Self> {
        let parts: Vec<_> = parts.collect();
        let are_estimated = parts.first()?.are_estimated;
        let all = parts.iter().flat_map(|part| part.degrees_of_freedom.iter().copied());
        Some(Self { degrees_of_freedom: all.collect(), are_estimated })
    }

    /// The conditional tails, given `n_given` numbers.
    pub(crate) fn given(&self, n_given: usize) -> Self {
        Self {
            degrees_of_freedom: &self.degrees_of_freedom + n_given as f64,
            are_estimated: self.are_estimated,
        }
    }

    /// The factor by which the covariance of a component exceeds its matrix Σ: ν / (ν - 2).
    pub(super) fn variance_ratio(&self, component: usize) -> f64 {
        let nu = self.degrees_of_freedom[component];
        nu / (nu - 2.0)
    }

    /// ln t - ln N of a component, for `width` numbers at squared distance δ from its mean.
    pub(super) fn log_ratio(&self, component: usize, width: usize, square: f64) -> f64 {
        let nu = self.degrees_of_freedom[component];
        let of_row = 0.5 * square - 0.5 * (nu + width as f64) * (square / nu).ln_1p();
        log_ratio_at_mean(nu, width) + of_row
    }

    /// The factor by which the conditional covariance of a component, given `width` numbers at squared distance δ from their mean, exceeds
    /// that of a Gaussian: (ν + δ) / (ν + d).
    pub(crate) fn spread_ratio(&self, component: usize, width: usize, square: f64) -> f64 {
        let nu = self.degrees_of_freedom[component];
        (nu + square) / (nu + width as f64)
    }

    /// The factor by which variances of a component, given `width` numbers at squared distance δ from their mean, exceed those of a
    /// Gaussian with the same matrix: (ν + δ) / (ν + d - 2).
    pub(crate) fn variance_ratio_given(&self, component: usize, width: usize, square: f64) -> f64 {
        let nu = self.degrees_of_freedom[component];
        (nu + square) / (nu + width as f64 - 2.0)
    }

    /// Draws 1 / √u of a row of a component.
    pub(crate) fn draw_scale(&self, component: usize, rng: &mut impl Rng) -> f64 {
        let nu = self.degrees_of_freedom[component];
        let squares: f64 = rng.sample(ChiSquared::new(nu).expect("positive"));
        (nu / squares).sqrt()
    }

    /// ln t of a component for `width` numbers so far that their squared distance is only known by its logarithm, from the log-density of
    /// the Gaussian at its mean.
    pub(super) fn log_density_far(
        &self,
        component: usize,
        width: usize,
        at_mean: f64,
        log_square: f64,
    ) -> f64 {
        let nu = self.degrees_of_freedom[component];
        at_mean + log_ratio_at_mean(nu, width) - 0.5 * (nu + width as f64) * (log_square - nu.ln())
    }

    /// Turns log-densities of a component under a Gaussian, which is `base` at its mean, into those of its t distribution, for rows of
    /// `width` numbers; writes what the rows weigh.
    pub(super) fn apply(
        &self,
        component: usize,
        (log_prob, base): (&mut [f64], f64),
        width: usize,
        (precisions, log_precisions): (&mut [f64], &mut [f64]),
    ) {
        if base == f64::NEG_INFINITY {
            // a component without weight
            precisions.fill(1.0);
            return log_precisions.fill(0.0);
        }
        let degrees_of_freedom = self.degrees_of_freedom[component];
        let shift = log_ratio_at_mean(degrees_of_freedom, width);
        simd::run(StudentDensities {
            log_prob,
            precisions,
            log_precisions,
            base,
            shift,
            degrees_of_freedom,
            width,
        });
    }

    /// These tails, after the EM step from `previous`, with a longer step in the same direction: that of Fisher's scoring for the
    /// log-likelihood of the rows, up to `longest` in ln ν. EM steps are those of a log-likelihood in which u is known, whose information
    /// about ν is far greater, so that EM needs thousands of them where tails are nearly Gaussian.
    pub(super) fn scored(&self, previous: &Self, width: usize, longest: f64) -> Self {
        if !self.are_estimated {
            return self.clone();
        }
        let of_component = |(&next, &last): (&f64, &f64)| {
            let of_precision = 0.25 * trigamma(0.5 * last) - 0.5 / last;
            let ratio = of_precision / information(last, width);
            let step = (next / last).ln();
            let longer = (step * ratio.max(1.0)).clamp(-longest, longest);
            let longer = if longer.abs() > step.abs() { longer } else { step };
            (last * longer.exp()).clamp(RANGE.0, RANGE.1)
        };
        let degrees_of_freedom = self.degrees_of_freedom.iter().zip(&previous.degrees_of_freedom);
        Self { degrees_of_freedom: degrees_of_freedom.map(of_component).collect(), ..self.clone() }
    }

    /// The same tails with these estimates, (k).
    pub(super) fn with_estimates(self, degrees_of_freedom: Array1<f64>) -> Self {
        Self { degrees_of_freedom, ..self }
    }

    /// ln ν, in which steps of EM are extrapolated.
    pub(super) fn coordinates(&self) -> Array1<f64> {
        self.degrees_of_freedom.mapv(f64::ln)
    }

    /// The same tails with these ln ν, within the range of estimates.
    pub(super) fn with_coordinates(&self, coordinates: Array1<f64>) -> Self {
        if !self.are_estimated {
            return self.clone();
        }
        let degrees_of_freedom = coordinates.mapv(|log| log.exp().clamp(RANGE.0, RANGE.1));
        Self { degrees_of_freedom, are_estimated: true }
    }
}

impl GaussianMixture {
    /// Gives the components multivariate t distributions with these degrees of freedom, shape `(n_components,)`. Covariances become
    /// their matrices Σ, of which the covariances are multiples ν / (ν - 2). `are_estimated` says whether the degrees of freedom count as
    /// parameters.
    ///
    /// # Errors
    /// [`Error::ShapeMismatch`]; [`Error::InvalidParam`] unless all are finite and above 2, and for a mixture without numbers.
    ///
    /// # Examples
    /// ```
    /// use mixlab::{CovarianceType, GaussianMixture};
    /// use ndarray::array;
    ///
    /// let variance = array![[1.0]].into_dyn();
    /// let model = GaussianMixture::new(array![1.0], array![[0.0]], CovarianceType::Diag, variance)?
    ///     .with_degrees_of_freedom(array![4.0], false)?;
    /// // at 10, a billion billion times the density of a standard normal
    /// let log_density = model.score_samples(&array![[10.0]])?[0];
    /// assert!((log_density - 1.088e-4_f64.ln()).abs() < 1e-3);
    /// assert_eq!(model.covariance(0), array![[2.0]]);
    /// # Ok::<(), mixlab::Error>(())
    /// ```
    pub fn with_degrees_of_freedom(
        self,
        degrees_of_freedom: Array1<f64>,
        are_estimated: bool,
    ) -> Result<Self> {
        let k = self.n_components();
        if degrees_of_freedom.len() != k {
            return Err(Error::shape("degrees_of_freedom", k, degrees_of_freedom.len()));
        }
        if self.n_numeric() == 0 {
            let expected = "none for a mixture without numbers";
            return Err(Error::param("degrees_of_freedom", degrees_of_freedom, expected));
        }
        let tails = StudentTails::new(degrees_of_freedom, are_estimated)?;
        Ok(self.with_tails(Some(tails)))
    }

    /// The tails of the components, as those of a fit: estimated also if they are given, and differ between components.
    pub fn tails(&self) -> Tails {
        self.student().map_or(Tails::Gaussian, StudentTails::of_fit)
    }

    /// Degrees of freedom of the components, shape `(n_components,)`; none if they are Gaussian.
    pub fn degrees_of_freedom(&self) -> Option<ArrayView1<'_, f64>> {
        self.student().map(StudentTails::degrees_of_freedom)
    }

    /// Whether the degrees of freedom were estimated, and count as parameters.
    pub fn estimates_degrees_of_freedom(&self) -> bool {
        self.student().is_some_and(StudentTails::are_estimated)
    }

    /// The mixture as the start of a fit with these tails.
    pub(super) fn starting_with(self, tails: Tails) -> Self {
        let tails = StudentTails::at_start(tails, self.n_components(), self.student());
        self.with_tails(tails)
    }

    /// A mixture with the tails of `other`, whose components are the same.
    pub(crate) fn with_tails_of(self, other: &Self) -> Self {
        let tails = other.student().cloned();
        self.with_tails(tails)
    }
}
