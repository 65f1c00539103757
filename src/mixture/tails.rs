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

use std::fmt;
use std::str::FromStr;

use ndarray::{Array1, ArrayView1};
use rand::Rng;
use rand_distr::ChiSquared;

use super::GaussianMixture;
use super::covariance::Precisions;
use crate::compute::simd;
use crate::compute::simd::student::StudentDensities;
use crate::compute::student::{digamma, information, log_ratio_at_mean, trigamma};
use crate::error::{Error, Result};
use crate::rows::mixed::MixedRows;

/// The tails of the components of a fit.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
#[non_exhaustive]
pub enum Tails {
    /// Gaussian components.
    #[default]
    Gaussian,
    /// Components with multivariate t distributions, each with its own degrees of freedom, which are estimated: from 2.1, so that variances
    /// are finite, to 200, which is hardly distinguishable from a Gaussian.
    Estimated,
    /// Components with multivariate t distributions with these degrees of freedom, above 2.
    Fixed(f64),
}

/// The range of estimated degrees of freedom.
const RANGE: (f64, f64) = (2.1, 200.0);

/// Degrees of freedom of the first step.
const START: f64 = 10.0;

impl Tails {
    /// Whether components are t distributions.
    pub fn are_heavy(self) -> bool {
        self != Self::Gaussian
    }

    /// Number of free parameters of `n_components`.
    pub(super) fn n_parameters(self, n_components: usize) -> usize {
        if self == Self::Estimated { n_components } else { 0 }
    }

    /// Returns an error for degrees of freedom without a variance.
    ///
    /// # Errors
    /// [`Error::InvalidParam`].
    pub(super) fn check(self) -> Result<()> {
        match self {
            Self::Fixed(degrees) if !is_valid(degrees) => Err(invalid(degrees)),
            _ => Ok(()),
        }
    }
}

impl fmt::Display for Tails {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Gaussian => f.pad("gaussian"),
            Self::Estimated => f.pad("estimated"),
            Self::Fixed(degrees) => f.pad(&degrees.to_string()),
        }
    }
}

impl FromStr for Tails {
    type Err = Error;

    /// `gaussian`, `estimated`, or the degrees of freedom.
    fn from_str(text: &str) -> Result<Self> {
        match text {
            "gaussian" => Ok(Self::Gaussian),
            "estimated" => Ok(Self::Estimated),
            _ => {
                let expected = "gaussian, estimated or degrees of freedom above 2";
                let tails = text.parse().map(Self::Fixed);
                let tails = tails.map_err(|_| Error::param("tails", text, expected))?;
                tails.check().map(|()| tails)
            }
        }
    }
}

fn is_valid(degrees: f64) -> bool {
    degrees.is_finite() && degrees > 2.0
}

fn invalid(degrees: f64) -> Error {
    Error::param("degrees_of_freedom", degrees, "above 2, so that variances are finite")
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
        match degrees_of_freedom.iter().find(|&&degrees| !is_valid(degrees)) {
            Some(&degrees) => Err(invalid(degrees)),
            None => Ok(Self { degrees_of_freedom, are_estimated }),
        }
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
    /// [`StudentTails::variance_ratio_given`]; 1 for Gaussian components.
    pub(crate) fn conditional_variance_ratio(
        &self,
        component: usize,
        width: usize,
        square: f64,
    ) -> f64 {
        self.student().map_or(1.0, |tails| tails.variance_ratio_given(component, width, square))
    }

    /// A mixture with the tails of `other`, whose components are the same.
    pub(crate) fn with_tails_of(self, other: &Self) -> Self {
        let tails = other.student().cloned();
        self.with_tails(tails)
    }
}

/// The sums from which degrees of freedom are estimated.
#[derive(Debug, Clone, Default)]
pub(crate) struct TailSums {
    /// Σ r (ln u - u + ψ((ν + d) / 2) - ln ((ν + d) / 2)), (k); empty for Gaussian components.
    pub(crate) log_terms: Vec<f64>,
}

impl TailSums {
    /// Resets the sums for components with these tails.
    pub(super) fn clear(&mut self, tails: Option<&StudentTails>) {
        self.log_terms.clear();
        self.log_terms.resize(tails.map_or(0, |tails| tails.degrees_of_freedom.len()), 0.0);
    }

    pub(super) fn merge(&mut self, other: &Self) {
        self.log_terms.iter_mut().zip(&other.log_terms).for_each(|(sum, term)| *sum += term);
    }

    /// Adds rows with `weighted` responsibilities, one contiguous run for each component, and multiplies their precisions by these.
    pub(super) fn add(
        &mut self,
        rows: MixedRows<'_>,
        tails: &StudentTails,
        weighted: &[f64],
        precisions: &mut Precisions,
    ) {
        let n = rows.n_rows();
        let components = weighted.chunks_exact(n).zip(precisions.values.chunks_exact_mut(n));
        let logs = precisions.logs.chunks_exact(n);
        for ((component, (weights, values)), logs) in components.enumerate().zip(logs) {
            let nu = tails.degrees_of_freedom[component];
            let sum = &mut self.log_terms[component];
            *sum += simd::dot(weights, logs);
            for (value, weight) in values.iter_mut().zip(weights) {
                *value *= weight;
            }
            *sum -= simd::sum(values);
            let of_width = |width: usize| {
                let half = 0.5 * (nu + width as f64);
                digamma(half) - half.ln()
            };
            if rows.patterns.is_empty() {
                *sum += of_width(rows.numbers.n_features()) * simd::sum(weights);
            }
            for group in rows.patterns {
                let width = group.pattern.columns(rows.numbers.n_features()).0.len();
                *sum += of_width(width) * simd::sum(&weights[group.first..][..group.n_rows]);
            }
        }
    }

    /// The degrees of freedom that maximise the expected log-likelihood, for components with these counts; those of `at_start` if there
    /// is no step before.
    pub(super) fn maximise(
        &self,
        tails: Tails,
        counts: ArrayView1<'_, f64>,
    ) -> Option<StudentTails> {
        let start = StudentTails::at_start(tails, counts.len(), None)?;
        if tails != Tails::Estimated || self.log_terms.is_empty() {
            return Some(start);
        }
        let of_component = |(term, count): (&f64, &f64)| estimate(term / count);
        let degrees_of_freedom = self.log_terms.iter().zip(counts).map(of_component).collect();
        Some(StudentTails { degrees_of_freedom, ..start })
    }
}

/// The root of `ln (ν / 2) - ψ(ν / 2) + 1 + mean`, which falls with ν, within the range of estimates.
fn estimate(mean: f64) -> f64 {
    let excess = |nu: f64| (0.5 * nu).ln() - digamma(0.5 * nu) + 1.0 + mean;
    let (mut low, mut high) = (RANGE.0.ln(), RANGE.1.ln());
    if excess(RANGE.1) >= 0.0 {
        return RANGE.1;
    }
    // to the last bit of the logarithm, nearly
    for _ in 0..60 {
        let middle = 0.5 * (low + high);
        *(if excess(middle.exp()) > 0.0 { &mut low } else { &mut high }) = middle;
    }
    low.exp()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tails_are_parsed_and_displayed() {
        for (text, tails) in [
            ("gaussian", Tails::Gaussian),
            ("estimated", Tails::Estimated),
            ("4.5", Tails::Fixed(4.5)),
        ] {
            assert_eq!((text.parse::<Tails>().unwrap(), tails.to_string()), (tails, text.into()));
        }
        for text in ["2", "-1", "inf", "NaN", "heavy"] {
            let message = text.parse::<Tails>().unwrap_err().to_string();
            assert!(message.contains("above 2"), "{message}");
        }
    }

    #[test]
    fn estimates_solve_their_equation_within_the_range() {
        for nu in [2.5_f64, 7.0, 60.0] {
            let mean = -((0.5 * nu).ln() - digamma(0.5 * nu) + 1.0);
            approx::assert_relative_eq!(estimate(mean), nu, max_relative = 1e-9);
        }
        // rows of a Gaussian, and rows further out than those of any t distribution in the range
        assert_eq!(estimate(-1.0), RANGE.1);
        approx::assert_relative_eq!(estimate(-9.0), RANGE.0, max_relative = 1e-12);
    }
}
