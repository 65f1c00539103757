//! What describes the values of a column best, by BIC: which shape, which spikes, or a category.
//!
//! A shape is rated by a normal of the shaped values alone. Values that are not rounded have a density, in the units of the column.
//! Rounded values have probabilities, those of the intervals that are rounded to them,
//! ```text
//! P(v) = Φ((z(v + h/2) - m) / s) - Φ((z(v - h/2) - m) / s),   h the step
//! ```
//! which compare with the shares of spikes and of the levels of a category.

use super::ShapeChoice;
use super::candidates::fitted;
use super::discrete::{Counts, log_likelihood};
use crate::compute::linalg::LN_2PI;
use crate::compute::normal::upper_tail;
use crate::preprocess::shape::Shape;
use crate::rows::profile::FEW;

/// Minimum number of rows for each value of a column of few values, on average.
const LEAST_ROWS_OF_FEW: usize = 3;
/// Minimum number of different values beside spikes.
const LEAST_OTHERS: usize = 4;
/// A shape is chosen if its BIC is lower than that of values as they are by this much: very strong evidence (Kass & Raftery 1995).
const EVIDENCE: f64 = 10.0;
/// Fewest values of which the shape is chosen.
const LEAST_VALUES: usize = 20;
/// The share of a spike or a level is a parameter of every component of the mixture of all columns; it counts as in one of four.
const COMPONENTS_OF_SHARES: f64 = 4.0;
/// Smallest probability of a value.
const LEAST_PROBABILITY: f64 = 1e-12;

/// What a column is.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Form {
    /// A category of all its values.
    Levels(Vec<f64>),
    /// A number, its spikes, and the shape of its other values.
    Number(Vec<f64>, Shape),
}

impl Default for Form {
    /// Numbers as they are.
    fn default() -> Self {
        Self::Number(Vec::new(), Shape::identity())
    }
}

/// What ascending values of a column are. Before a PCA, which `keeps_numbers`, they are numbers without spikes.
pub(super) fn best(sorted: &[f64], keeps_numbers: bool) -> Form {
    let counts = Counts::of_sorted(sorted);
    if counts.values.len() < 2 {
        return Form::default();
    }
    if keeps_numbers {
        let shape = best_shape(&counts).map(|(shape, _)| shape);
        return Form::Number(Vec::new(), shape.unwrap_or_default());
    }
    if let Some(levels) = counts.levels(FEW)
        && counts.n >= LEAST_ROWS_OF_FEW * levels.len()
    {
        return Form::Levels(levels);
    }
    let mut frequent = counts.frequent();
    // a shape needs other values
    frequent.truncate(counts.values.len().saturating_sub(LEAST_OTHERS));
    if counts.step().is_none() {
        // a density has no bound where many rows have the same value
        if counts.can_be_levels() {
            return Form::Levels(counts.levels(usize::MAX).unwrap_or_default());
        }
        let spikes: Vec<f64> = frequent.iter().map(|(value, _)| *value).collect();
        let shape = best_shape(&counts.without(&spikes)).map(|(shape, _)| shape);
        return Form::Number(spikes, shape.unwrap_or_default());
    }
    best_of_rounded(&counts, &frequent)
}

/// What a column of rounded values is, with some of its frequent values as spikes.
fn best_of_rounded(counts: &Counts, frequent: &[(f64, usize)]) -> Form {
    let Some((shape, bic)) = best_shape(counts) else { return Form::default() };
    let ln_n = (counts.n as f64).ln();
    let (mut best, mut least) = (Form::Number(Vec::new(), shape), bic);
    let mut sizes = vec![1, 2, frequent.len() / 2, frequent.len()];
    sizes.retain(|&size| size > 0 && size <= frequent.len());
    sizes.sort_unstable();
    sizes.dedup();
    for size in sizes {
        let spikes: Vec<f64> = frequent[..size].iter().map(|(value, _)| *value).collect();
        let others = counts.without(&spikes);
        let Some((shape, bic)) = best_shape(&others) else { continue };
        let rest = others.n as f64;
        let of_shares = log_likelihood(&frequent[..size], counts.n)
            + if rest > 0.0 { rest * (rest / counts.n as f64).ln() } else { 0.0 };
        let bic = bic - 2.0 * of_shares + COMPONENTS_OF_SHARES * size as f64 * ln_n;
        if bic < least {
            (best, least) = (Form::Number(spikes, shape), bic);
        }
    }
    if counts.can_be_levels() {
        let n_shares = (counts.values.len() - 1) as f64;
        let bic = -2.0 * counts.log_likelihood() + COMPONENTS_OF_SHARES * n_shares * ln_n;
        if bic < least {
            best = Form::Levels(counts.levels(usize::MAX).unwrap_or_default());
        }
    }
    best
}

/// The shape with the lowest BIC, and its BIC; the first of equal ones.
fn best_shape(counts: &Counts) -> Option<(Shape, f64)> {
    if counts.n < LEAST_VALUES {
        return None;
    }
    let step = counts.step();
    let values = counts.spread(step.unwrap_or(0.0));
    let choices = [
        ShapeChoice::None,
        ShapeChoice::Log,
        ShapeChoice::Logit,
        ShapeChoice::YeoJohnson,
        ShapeChoice::Scores,
    ];
    let mut best: Option<(Shape, f64)> = None;
    for shape in choices.into_iter().filter_map(|choice| fitted(choice, &values)) {
        let bic = bic(&shape, counts, &values, step);
        let margin = |(best, _): &(Shape, f64)| if best.is_identity() { EVIDENCE } else { 0.0 };
        let is_better = |best: &(Shape, f64)| bic < best.1 - margin(best);
        if bic.is_finite() && best.as_ref().is_none_or(is_better) {
            best = Some((shape, bic));
        }
    }
    best
}

/// The BIC of a normal of shaped values: of its density in the units of the values, or of the probabilities of rounded values, whose
/// intervals have the width `step`.
fn bic(shape: &Shape, counts: &Counts, values: &[f64], step: Option<f64>) -> f64 {
    let n = values.len() as f64;
    let mean = values.iter().map(|&x| shape.apply(x)).sum::<f64>() / n;
    let square = |&x: &f64| (shape.apply(x) - mean).powi(2);
    let deviation = (values.iter().map(square).sum::<f64>() / n).sqrt();
    let log_likelihood = match step {
        Some(step) => {
            let of_value = |&(value, count): &(f64, usize)| {
                let end = |side: f64| (shape.apply(value + side * step) - mean) / deviation;
                count as f64 * probability(end(-0.5), end(0.5)).max(LEAST_PROBABILITY).ln()
            };
            counts.values.iter().map(of_value).sum::<f64>()
        }
        None => {
            let of_shape = values.iter().map(|&x| shape.ln_derivative(x)).sum::<f64>();
            of_shape - n * (0.5 * (LN_2PI + 1.0) + deviation.ln())
        }
    };
    (2 + shape.n_parameters()) as f64 * n.ln() - 2.0 * log_likelihood
}

/// P(low ≤ Z ≤ high) of a standard normal.
fn probability(low: f64, high: f64) -> f64 {
    // of the tail that does not cancel
    if low > 0.0 {
        upper_tail(low) - upper_tail(high)
    } else {
        upper_tail(-high) - upper_tail(-low)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rounded_values_have_the_probabilities_of_their_intervals() {
        // a standard normal of 2000 rows in steps of a half, and its exact log-likelihood
        let values: Vec<(f64, usize)> = (-8..=8)
            .map(|at| 0.5 * f64::from(at))
            .map(|x| (x, (2000.0 * probability(x - 0.25, x + 0.25)).round() as usize))
            .filter(|(_, count)| *count > 0)
            .collect();
        let n = values.iter().map(|(_, count)| count).sum();
        let counts = Counts { values, n };
        let shape = Shape::identity();
        let found = bic(&shape, &counts, &counts.spread(0.5), Some(0.5));
        let expected = 2.0 * (n as f64).ln() - 2.0 * counts.log_likelihood();
        // counts are proportional to the probabilities, to rounding; the variance includes that of the intervals, 1 / 48
        assert!(found > expected && found - expected < 3.0, "{found} {expected}");
        // no other shape, no spike and no category is better
        let sorted: Vec<f64> = counts
            .values
            .iter()
            .flat_map(|&(value, count)| std::iter::repeat_n(value, count))
            .collect();
        assert_eq!(best(&sorted, false), Form::Number(Vec::new(), shape));
    }

    #[test]
    fn columns_of_few_values_are_categories_unless_numbers_are_kept() {
        let sorted: Vec<f64> = (0..60).map(|at| f64::from(at / 20)).collect();
        assert_eq!(best(&sorted, false), Form::Levels(vec![0.0, 1.0, 2.0]));
        assert!(matches!(best(&sorted, true), Form::Number(spikes, _) if spikes.is_empty()));
        // a handful of rows
        assert_eq!(best(&[1.0, 2.0, 4.0, 4.0], false), Form::default());
        let constant = Form::default();
        assert_eq!(best(&[4.0; 50], false), constant);
        assert_eq!(best(&[], false), constant);
    }

    #[test]
    fn many_repeated_values_of_no_grid_are_a_category() {
        let values = (0..400).map(|at| f64::from(at % 30).sqrt());
        let mut sorted: Vec<f64> = values.collect();
        sorted.sort_by(f64::total_cmp);
        assert!(matches!(best(&sorted, false), Form::Levels(levels) if levels.len() == 30));
    }
}
