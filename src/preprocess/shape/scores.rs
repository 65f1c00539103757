//! Smooth normal scores: a monotone spline from the values of a column to normal quantiles.

use crate::compute::normal::upper_quantile;
use crate::error::{Error, Result};

/// Smooth normal scores: an increasing map from the values of a column to the normal quantiles of their ranks.
///
/// It is a rational quadratic spline (Gregory & Delbourgo 1982) through quantiles of the data, its knots, with a continuous
/// derivative, and a line beyond the outermost ones, so that the tails are Gaussian.
///
/// # Examples
/// ```
/// use mixlab::NormalScores;
///
/// let sorted: Vec<f64> = (1..=1000).map(|rank| (f64::from(rank) / 100.0).exp()).collect();
/// let scores = NormalScores::of_sorted(&sorted, 12)?;
/// let median = 0.5 * (sorted[499] + sorted[500]);
/// assert!(scores.apply(median).abs() < 0.05);
/// assert!((scores.inverse(scores.apply(7.0)) - 7.0).abs() < 1e-10);
/// # Ok::<(), mixlab::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct NormalScores {
    values: Vec<f64>,
    scores: Vec<f64>,
    /// Derivatives at the knots.
    slopes: Vec<f64>,
}

/// Fewest knots.
const LEAST_KNOTS: usize = 3;

impl NormalScores {
    /// The spline through these knots: values and their scores, both strictly increasing, at least three.
    ///
    /// The derivative at an inner knot is the geometric mean of the slopes on either side, and at an outer knot the slope beside it.
    ///
    /// # Errors
    /// [`Error::ShapeMismatch`] for lists of different lengths; [`Error::InvalidParam`] unless both are finite and increase, and slopes
    /// are finite and positive.
    pub fn new(values: Vec<f64>, scores: Vec<f64>) -> Result<Self> {
        if values.len() != scores.len() {
            return Err(Error::shape("scores", values.len(), scores.len()));
        }
        if values.len() < LEAST_KNOTS {
            return Err(Error::param("knots", values.len(), "at least 3"));
        }
        let slope = |at: usize| (scores[at + 1] - scores[at]) / (values[at + 1] - values[at]);
        let between: Vec<f64> = (0..values.len() - 1).map(slope).collect();
        let increases = values.iter().chain(&scores).all(|value| value.is_finite())
            && values.windows(2).chain(scores.windows(2)).all(|pair| pair[0] < pair[1])
            && between.iter().all(|slope| slope.is_finite() && *slope > 0.0);
        if !increases {
            let expected = "finite values and scores that increase";
            return Err(Error::param("knots", format!("{values:?}"), expected));
        }
        let last = between.len() - 1;
        let mut slopes = vec![between[0]];
        slopes.extend(between.windows(2).map(|pair| pair[0].sqrt() * pair[1].sqrt()));
        slopes.push(between[last]);
        Ok(Self { values, scores, slopes })
    }

    /// The scores of ascending, finite values, with at most `n_knots` knots: quantiles at equal steps of the normal score, from half a
    /// rank inside of either end. Equal values have the score of their mean rank.
    ///
    /// # Errors
    /// [`Error::InvalidParam`] if there are fewer than three different quantiles.
    pub fn of_sorted(sorted: &[f64], n_knots: usize) -> Result<Self> {
        let mut levels: Vec<(f64, f64)> = Vec::new();
        let mut first = 0;
        for group in sorted.chunk_by(|a, b| a == b) {
            let rank = first as f64 + 0.5 * group.len() as f64;
            levels.push((group[0], -upper_quantile(rank / sorted.len() as f64)));
            first += group.len();
        }
        let (Some(low), Some(high)) = (levels.first(), levels.last()) else {
            return Err(Error::param("knots", 0, "at least 3"));
        };
        let step = (high.1 - low.1) / (n_knots.max(LEAST_KNOTS) - 1) as f64;
        let (mut values, mut scores) = (vec![low.0], vec![low.1]);
        let mut next = low.1 + step;
        for pair in levels[1..levels.len() - 1].windows(2) {
            // the level nearest to the next step, from below
            let (value, score) = pair[0];
            if score + pair[1].1 >= 2.0 * next {
                values.push(value);
                scores.push(score);
                next = score + step;
            }
        }
        values.push(high.0);
        scores.push(high.1);
        Self::new(values, scores)
    }

    /// Values of the knots.
    pub fn values(&self) -> &[f64] {
        &self.values
    }

    /// Scores of the knots.
    pub fn knot_scores(&self) -> &[f64] {
        &self.scores
    }

    /// The score of a value.
    pub fn apply(&self, x: f64) -> f64 {
        let (values, scores) = (&self.values, &self.scores);
        match interval(values, x) {
            Place::Below => scores[0] + self.slopes[0] * (x - values[0]),
            Place::Beyond(last) => scores[last] + self.slopes[last] * (x - values[last]),
            Place::Between(at) => {
                let share = (x - values[at]) / (values[at + 1] - values[at]);
                let (rise, slope) = self.rise(at);
                let bend = share * (1.0 - share);
                let numerator = slope * share * share + self.slopes[at] * bend;
                scores[at] + rise * numerator / (slope + self.bend(at) * bend)
            }
        }
    }

    /// The value of a score.
    pub fn inverse(&self, z: f64) -> f64 {
        let (values, scores) = (&self.values, &self.scores);
        match interval(scores, z) {
            Place::Below => values[0] + (z - scores[0]) / self.slopes[0],
            Place::Beyond(last) => values[last] + (z - scores[last]) / self.slopes[last],
            Place::Between(at) => {
                let (rise, slope) = self.rise(at);
                let up = z - scores[at];
                // the root of a quadratic, in the form that does not cancel
                let a = rise * (slope - self.slopes[at]) + up * self.bend(at);
                let b = rise * self.slopes[at] - up * self.bend(at);
                let c = -slope * up;
                let share = 2.0 * c / (-b - (b * b - 4.0 * a * c).max(0.0).sqrt());
                values[at] + share * (values[at + 1] - values[at])
            }
        }
    }

    /// The logarithm of the derivative of the score.
    pub fn ln_derivative(&self, x: f64) -> f64 {
        match interval(&self.values, x) {
            Place::Below => self.slopes[0].ln(),
            Place::Beyond(last) => self.slopes[last].ln(),
            Place::Between(at) => {
                let share = (x - self.values[at]) / (self.values[at + 1] - self.values[at]);
                let (_, slope) = self.rise(at);
                let rest = 1.0 - share;
                let numerator = self.slopes[at + 1] * share * share
                    + 2.0 * slope * share * rest
                    + self.slopes[at] * rest * rest;
                let denominator = slope + self.bend(at) * share * rest;
                numerator.ln() + 2.0 * (slope.ln() - denominator.ln())
            }
        }
    }

    /// Difference of the scores of an interval, and its slope.
    fn rise(&self, at: usize) -> (f64, f64) {
        let rise = self.scores[at + 1] - self.scores[at];
        (rise, rise / (self.values[at + 1] - self.values[at]))
    }

    /// `s₁ + s₂ - 2 s` of the slopes at the ends of an interval and its mean slope.
    fn bend(&self, at: usize) -> f64 {
        self.slopes[at] + self.slopes[at + 1] - 2.0 * self.rise(at).1
    }
}

/// Where a number is among the knots.
enum Place {
    Below,
    /// Between this knot and the next.
    Between(usize),
    /// Beyond the last knot, which is this one.
    Beyond(usize),
}

fn interval(knots: &[f64], at: f64) -> Place {
    match knots.partition_point(|&knot| knot <= at) {
        // also NaN, which stays NaN
        0 => Place::Below,
        n if n == knots.len() => Place::Beyond(n - 1),
        n => Place::Between(n - 1),
    }
}
