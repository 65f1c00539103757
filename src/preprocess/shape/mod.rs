//! Shapes of columns: monotone maps under which a skewed or bounded column becomes more nearly a mixture of Gaussians.

mod bounded;
mod columns;
mod scores;
mod shaping;
mod yeo_johnson;

use crate::error::{Error, Result};

use bounded::{LogAbove, LogitBetween};
use yeo_johnson::YeoJohnson;

pub use columns::Shapes;
pub use scores::NormalScores;
pub(crate) use shaping::Shaping;

/// The shape of a column of numbers: an increasing, differentiable map z of its values, onto all real numbers.
///
/// A mixture is fitted to z, and the density of the values is that of z times the derivative, so densities of different shapes are
/// comparable:
/// ```text
/// ln f(x) = ln g(z(x)) + ln z'(x)
/// ```
/// | shape | z(x) | for |
/// | --- | --- | --- |
/// | [`identity`](Self::identity) | x | |
/// | [`log`](Self::log) | ln(x + offset) | amounts, durations |
/// | [`logit`](Self::logit) | ln((x - low) / (high - x)) | shares, values between two bounds |
/// | [`yeo_johnson`](Self::yeo_johnson) | a power of 1 + \|y\| on either side, y = (x - center) / scale (Yeo & Johnson 2000) | skewed values of either sign |
/// | [`scores`](Self::scores) | normal scores: a monotone spline through quantiles ([`NormalScores`]) | any other |
///
/// Logarithms are linear beyond a value that is much nearer to the bound than any value of the data, so that values at and beyond the
/// bound have a finite, very small density.
///
/// # Examples
/// ```
/// use mixlab::Shape;
///
/// let shape = Shape::log(0.0, 1e-6)?;
/// assert_eq!(shape.apply(1.0), 0.0);
/// assert!((shape.inverse(shape.apply(250.0)) - 250.0).abs() < 1e-10);
/// // dz / dx = 1 / x
/// assert!((shape.ln_derivative(10.0) + 10_f64.ln()).abs() < 1e-15);
/// # Ok::<(), mixlab::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Shape(Map);

/// The map of a shape.
#[derive(Debug, Clone, PartialEq, Default)]
enum Map {
    #[default]
    Identity,
    Log(LogAbove),
    Logit(LogitBetween),
    YeoJohnson(YeoJohnson),
    Scores(NormalScores),
}

impl Shape {
    /// Values as they are.
    pub fn identity() -> Self {
        Self::default()
    }

    /// `ln(x + offset)`, linear where `x + offset` is below `from`.
    ///
    /// # Errors
    /// [`Error::InvalidParam`] unless both are finite and `from` is positive.
    pub fn log(offset: f64, from: f64) -> Result<Self> {
        positive("from", from)?;
        Ok(Self(Map::Log(LogAbove { offset: finite("offset", offset)?, from })))
    }

    /// `ln((x - low) / (high - x))`, linear where the distance to a bound is less than a share `from` of the distance between them.
    ///
    /// # Errors
    /// [`Error::InvalidParam`] unless `low` is below `high`, both are finite, and `from` is between 0 and 1/2.
    pub fn logit(low: f64, high: f64, from: f64) -> Result<Self> {
        if !(finite("low", low)? < finite("high", high)? && (high - low).is_finite()) {
            return Err(Error::param("low", low, "below high"));
        }
        if !(from > 0.0 && from < 0.5) {
            return Err(Error::param("from", from, "between 0 and 1/2"));
        }
        Ok(Self(Map::Logit(LogitBetween { low, high, from })))
    }

    /// The transform of Yeo and Johnson (2000, Biometrika 87) of `y = (x - center) / scale`:
    /// ```text
    /// z = ((1 + y)^λ - 1) / λ              y ≥ 0, ln(1 + y) for λ = 0
    /// z = -((1 - y)^(2 - λ) - 1) / (2 - λ)  y < 0, -ln(1 - y) for λ = 2
    /// ```
    ///
    /// # Errors
    /// [`Error::InvalidParam`] unless `lambda` is from 0 to 2, where z takes all values, and `scale` is positive and finite.
    pub fn yeo_johnson(lambda: f64, center: f64, scale: f64) -> Result<Self> {
        if !(0.0..=2.0).contains(&lambda) {
            return Err(Error::param("lambda", lambda, "from 0 to 2"));
        }
        positive("scale", scale)?;
        let center = finite("center", center)?;
        Ok(Self(Map::YeoJohnson(YeoJohnson { lambda, center, scale })))
    }

    /// Normal scores.
    pub fn scores(scores: NormalScores) -> Self {
        Self(Map::Scores(scores))
    }

    /// Whether values stay as they are.
    pub fn is_identity(&self) -> bool {
        matches!(self.0, Map::Identity)
    }

    /// The name: `none`, `log`, `logit`, `yeo-johnson` or `scores`.
    pub fn name(&self) -> &'static str {
        match self.0 {
            Map::Identity => "none",
            Map::Log(_) => "log",
            Map::Logit(_) => "logit",
            Map::YeoJohnson(_) => "yeo-johnson",
            Map::Scores(_) => "scores",
        }
    }

    /// The numbers of the map in the order of its constructor; none of normal scores, which have knots.
    pub(crate) fn parameters(&self) -> Vec<f64> {
        match &self.0 {
            Map::Identity | Map::Scores(_) => Vec::new(),
            Map::Log(log) => vec![log.offset, log.from],
            Map::Logit(logit) => vec![logit.low, logit.high, logit.from],
            Map::YeoJohnson(power) => vec![power.lambda, power.center, power.scale],
        }
    }

    /// Normal scores, if the shape is one.
    pub fn as_scores(&self) -> Option<&NormalScores> {
        match &self.0 {
            Map::Scores(scores) => Some(scores),
            _ => None,
        }
    }

    /// z(x); NaN of a missing value.
    pub fn apply(&self, x: f64) -> f64 {
        match &self.0 {
            Map::Identity => x,
            Map::Log(log) => log.apply(x),
            Map::Logit(logit) => logit.apply(x),
            Map::YeoJohnson(power) => power.apply(x),
            Map::Scores(scores) => scores.apply(x),
        }
    }

    /// The x with z(x) = `z`.
    pub fn inverse(&self, z: f64) -> f64 {
        match &self.0 {
            Map::Identity => z,
            Map::Log(log) => log.inverse(z),
            Map::Logit(logit) => logit.inverse(z),
            Map::YeoJohnson(power) => power.inverse(z),
            Map::Scores(scores) => scores.inverse(z),
        }
    }

    /// `ln z'(x)`
    pub fn ln_derivative(&self, x: f64) -> f64 {
        match &self.0 {
            Map::Identity => 0.0,
            Map::Log(log) => log.ln_derivative(x),
            Map::Logit(logit) => logit.ln_derivative(x),
            Map::YeoJohnson(power) => power.ln_derivative(x),
            Map::Scores(scores) => scores.ln_derivative(x),
        }
    }

    /// Number of parameters that are estimated from the data: 0 of `identity`, 1 of `log` unless its offset is 0, 2 of `logit` unless its
    /// bounds are 0 and 1 or 0 and 100, 3 of `yeo_johnson`, and the number of knots of `scores`.
    pub fn n_parameters(&self) -> usize {
        match &self.0 {
            Map::Identity => 0,
            Map::Log(log) => usize::from(log.offset != 0.0),
            Map::Logit(logit) if logit.low == 0.0 && [1.0, 100.0].contains(&logit.high) => 0,
            Map::Logit(_) => 2,
            Map::YeoJohnson(_) => 3,
            Map::Scores(scores) => scores.values().len(),
        }
    }
}

fn finite(name: &'static str, value: f64) -> Result<f64> {
    if value.is_finite() { Ok(value) } else { Err(Error::param(name, value, "finite")) }
}

fn positive(name: &'static str, value: f64) -> Result<()> {
    let is_positive = value.is_finite() && value > 0.0;
    if is_positive { Ok(()) } else { Err(Error::param(name, value, "finite and positive")) }
}

#[cfg(test)]
mod tests;
