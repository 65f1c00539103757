//! Accelerated EM: extrapolation of EM steps by SQUAREM.
//!
//! Near an optimum, EM moves along a line in steps that shrink by a nearly constant factor, which is close to 1 if components
//! overlap. From a point θ₀ and the next two EM steps, with r = θ₁ - θ₀ and v = (θ₂ - θ₁) - r, SQUAREM (Varadhan & Roland
//! 2008, scheme S3) makes the accelerated step to
//! ```text
//! θ₀ + 2 a r + a² v,   a = |r| / |v|,  at least 1
//! ```
//! which is θ₂ for a = 1. An accelerated step is only a proposal: it is evaluated, and if its log-likelihood is below that of
//! θ₁, or its parameters are not those of a mixture, EM continues from θ₂.

use std::fmt;
use std::str::FromStr;

use ndarray::{Array1, Array2, ArrayBase, ArrayView2, Axis, Data, Dimension, Zip};

use crate::error::{Error, Result};
use crate::mixture::GaussianMixture;
use crate::mixture::categories::Categories;
use crate::mixture::covariance::{Regularisation, take_array};
use crate::mixture::student::StudentTails;

/// Whether and when EM makes accelerated steps.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub enum Accelerate {
    /// As soon as the mean log-likelihood changes by less than 1e-2 in one iteration: until then, the path is that of plain EM.
    /// If a fit stops by [`Convergence::MeanChange`](crate::Convergence::MeanChange), never.
    #[default]
    Auto,
    /// From the first iteration.
    Always,
    /// Never: all steps are plain EM steps.
    Never,
}

impl From<bool> for Accelerate {
    /// `true` is [`Accelerate::Always`], `false` is [`Accelerate::Never`].
    fn from(always: bool) -> Self {
        if always { Self::Always } else { Self::Never }
    }
}

impl fmt::Display for Accelerate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Auto => "auto",
            Self::Always => "always",
            Self::Never => "never",
        })
    }
}

impl FromStr for Accelerate {
    type Err = Error;

    fn from_str(name: &str) -> Result<Self> {
        let all = [Self::Auto, Self::Always, Self::Never];
        let found = all.into_iter().find(|one| one.to_string() == name);
        found.ok_or_else(|| Error::param("accelerate", name, "auto, always or never"))
    }
}

/// The length of accelerated steps, adapted to the success of earlier ones.
#[derive(Debug)]
pub(super) struct Extrapolation {
    longest: f64,
    last: f64,
}

/// Maximum a of the first accelerated step, and the factor by which the maximum grows and shrinks.
const FACTOR: f64 = 4.0;

impl Default for Extrapolation {
    fn default() -> Self {
        Self { longest: FACTOR, last: 1.0 }
    }
}

impl Extrapolation {
    /// Proposes an accelerated step after two EM steps; none if it would not be longer than these or is not a mixture of the family.
    pub(super) fn propose(
        &mut self,
        [origin, first, second]: [&GaussianMixture; 3],
        lengths: &StepLengths,
        regularisation: &Regularisation,
    ) -> Option<GaussianMixture> {
        let is_no_line = !origin.covariance_type().is_affine()
            || origin.covariance_type() != first.covariance_type()
            || origin.categories().n_levels() != first.categories().n_levels()
            || origin.student().is_some() != second.student().is_some();
        if is_no_line {
            return None;
        }
        let length = lengths.ratio().clamp(1.0, self.longest);
        // at 1 it equals the second EM step; NaN if there was no step at all
        if length.is_nan() || length <= 1.0 {
            return None;
        }
        self.last = length;
        let mut weights = extrapolate(length, origin.weights(), first.weights(), second.weights());
        let means = extrapolate(length, origin.means(), first.means(), second.means());
        let [a, b, c] = [origin, first, second].map(|model| model.covariances().arrays());
        let arrays = a.into_iter().zip(b).zip(c);
        let mut arrays: Vec<_> = arrays
            .map(|(((name, a), (_, b)), (_, c))| (name, extrapolate(length, a, b, c)))
            .collect();
        second.covariances().shorten(&mut arrays, regularisation);
        if weights.iter().any(|&weight| weight <= 0.0) {
            return None;
        }
        weights /= weights.sum();
        let lookup = |name| Ok(take_array(&mut arrays, name));
        let numbers =
            GaussianMixture::from_arrays(weights, means, origin.covariance_type(), lookup).ok()?;
        let [a, b, c] = [origin, first, second].map(GaussianMixture::categories);
        let extrapolated = (0..c.n_columns()).map(|category| {
            let [a, b, c] = [a, b, c].map(|categories| categories.probabilities(category));
            probabilities(extrapolate(length, a, b, c), c)
        });
        let categories = Categories::from_checked(c.columns().to_vec(), extrapolated.collect());
        let tails = second.student().map(|tails| {
            let [a, b, c] = [origin, first, second].map(log_degrees_of_freedom);
            tails.with_coordinates(extrapolate(length, a, b, c))
        });
        let categories = categories.with_classes(c.classes().cloned());
        Some(numbers.with_checked(categories).with_tails(tails))
    }

    /// Records that an accelerated step was accepted: the next one may be longer if this one had the maximum length.
    pub(super) fn accepted(&mut self) {
        if self.last == self.longest {
            self.longest *= FACTOR;
        }
    }

    /// Records that an accelerated step was rejected.
    pub(super) fn rejected(&mut self) {
        self.longest = (self.longest / FACTOR).max(FACTOR);
    }
}

/// Share of the probability after the second EM step that extrapolated probabilities keep.
const LEAST_SHARE: f64 = 0.1;

/// Makes probabilities of extrapolated ones. The extrapolation of a probability that falls to 0 is negative; its step is
/// shortened.
fn probabilities(mut extrapolated: Array2<f64>, second: ArrayView2<'_, f64>) -> Array2<f64> {
    Zip::from(&mut extrapolated)
        .and(&second)
        .for_each(|p, &second| *p = p.max(LEAST_SHARE * second));
    let totals = extrapolated.sum_axis(Axis(1)).insert_axis(Axis(1));
    extrapolated / totals
}

/// ln ν of components with heavy tails.
fn log_degrees_of_freedom(model: &GaussianMixture) -> Array1<f64> {
    model.student().map(StudentTails::coordinates).unwrap_or_default()
}

/// θ₀ + 2 a r + a² v
fn extrapolate<S: Data<Elem = f64>, D: Dimension>(
    a: f64,
    origin: ArrayBase<S, D>,
    first: ArrayBase<S, D>,
    second: ArrayBase<S, D>,
) -> ndarray::Array<f64, D> {
    Zip::from(&origin).and(&first).and(&second).map_collect(|&origin, &first, &second| {
        let step = first - origin;
        origin + 2.0 * a * step + a * a * (second - first - step)
    })
}

/// |r| and |v| in weights, in probabilities of levels, in means, and in covariances that the posteriors do not determine. Means are in
/// units of the standard deviation of each feature, so that accelerated steps do not depend on the units of the data.
pub(super) struct StepLengths {
    step: f64,
    curvature: f64,
}

impl StepLengths {
    /// Measures the lengths of a model and its next two EM steps.
    pub(super) fn of([origin, first, second]: [&GaussianMixture; 3]) -> Self {
        let (weights, variances) = (second.weights(), second.column_variances());
        let (mut step, mut curvature) = (0.0, 0.0);
        let mut add = |origin: f64, first: f64, second: f64, unit: f64| {
            step += (first - origin).powi(2) / unit;
            curvature += (second - 2.0 * first + origin).powi(2) / unit;
        };
        for ((&a, &b), &c) in origin.weights().iter().zip(first.weights()).zip(weights) {
            add(a, b, c, 1.0);
        }
        let [a, b, c] = [origin, first, second].map(|model| model.means());
        for (j, &variance) in variances.iter().enumerate() {
            let columns = [a, b, c].map(|means| means.index_axis_move(Axis(1), j));
            for ((&a, &b), &c) in columns[0].iter().zip(columns[1]).zip(columns[2]) {
                add(a, b, c, variance);
            }
        }
        let [a, b, c] = [origin, first, second].map(|model| model.covariances().coordinates());
        for ((&a, &b), &c) in a.iter().zip(&b).zip(&c) {
            add(a, b, c, 1.0);
        }
        let [a, b, c] = [origin, first, second].map(log_degrees_of_freedom);
        for ((&a, &b), &c) in a.iter().zip(&b).zip(&c) {
            add(a, b, c, 1.0);
        }
        let [a, b, c] = [origin, first, second].map(GaussianMixture::categories);
        for category in 0..c.n_columns() {
            let [a, b, c] = [a, b, c].map(|categories| categories.probabilities(category));
            for ((&a, &b), &c) in a.iter().zip(b).zip(c) {
                add(a, b, c, 1.0);
            }
        }
        Self { step: step.sqrt(), curvature: curvature.sqrt() }
    }

    /// |r| / |v|, NaN if there was no step at all.
    fn ratio(&self) -> f64 {
        self.step / self.curvature
    }

    /// The estimated factor between the lengths of consecutive EM steps, 1 - |v| / |r|, at least 0.
    pub(super) fn contraction(&self) -> f64 {
        // the maximum of NaN and 0 is 0
        (1.0 - self.curvature / self.step).max(0.0)
    }
}
