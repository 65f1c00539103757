//! What describes the values of a column best, by BIC: which shape, which spikes, or a category.
//!
//! A shape is rated by mixtures of one to three components of the shaped values alone. Values that are not rounded have a density, in
//! the units of the column. Rounded values have probabilities, those of the intervals that are rounded to them,
//! ```text
//! P(v) = F(z(v + h/2)) - F(z(v - h/2)),   h the step
//! ```
//! which compare with the shares of spikes and of the levels of a category.

use linfa::dataset::DatasetBase;
use linfa::prelude::Fit;
use ndarray::Array2;

use super::ShapeChoice;
use super::candidates::fitted;
use super::discrete::{Counts, FEW, log_likelihood};
use crate::compute::normal::upper_tail;
use crate::mixture::GaussianMixture;
use crate::preprocess::shape::Shape;

/// Numbers of components with which a shape is rated.
const COMPONENTS: [usize; 3] = [1, 2, 3];
/// Minimum number of different values beside spikes.
const LEAST_OTHERS: usize = 4;
/// Fewest values of which the shape is chosen.
const LEAST_VALUES: usize = 20;
/// The share of a spike or a level is a parameter of every component of the mixture of all columns; it counts as in one of four.
const COMPONENTS_OF_SHARES: f64 = 4.0;
/// Smallest probability of a value.
const LEAST_PROBABILITY: f64 = 1e-12;

/// What a column is.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Best {
    /// A category of all its values.
    Levels(Vec<f64>),
    /// A number, its spikes, and the shape of its other values.
    Number(Vec<f64>, Shape),
}

/// What ascending values of a column are. Before a PCA, which `keeps_numbers`, they are numbers without spikes.
pub(super) fn best(sorted: &[f64], keeps_numbers: bool) -> Best {
    let counts = Counts::of_sorted(sorted);
    if counts.values.len() < 2 || counts.n < LEAST_VALUES && keeps_numbers {
        return Best::Number(Vec::new(), Shape::identity());
    }
    if keeps_numbers {
        return Best::Number(
            Vec::new(),
            best_shape(&counts).map(|(shape, _)| shape).unwrap_or_default(),
        );
    }
    if let Some(levels) = counts.levels(FEW) {
        return Best::Levels(levels);
    }
    let mut frequent = counts.frequent();
    // a shape needs other values
    frequent.truncate(counts.values.len() - LEAST_OTHERS);
    if counts.step().is_none() {
        // a density has no bound where many rows have the same value
        if counts.can_be_levels() {
            return Best::Levels(counts.levels(usize::MAX).unwrap_or_default());
        }
        let spikes: Vec<f64> = frequent.iter().map(|(value, _)| *value).collect();
        let shape = best_shape(&counts.without(&spikes)).map(|(shape, _)| shape);
        return Best::Number(spikes, shape.unwrap_or_default());
    }
    let Some((shape, bic)) = best_shape(&counts) else {
        return Best::Number(Vec::new(), Shape::identity());
    };
    let ln_n = (counts.n as f64).ln();
    let (mut best, mut least) = (Best::Number(Vec::new(), shape), bic);
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
            (best, least) = (Best::Number(spikes, shape), bic);
        }
    }
    if counts.can_be_levels() {
        let n_shares = (counts.values.len() - 1) as f64;
        let bic = -2.0 * counts.log_likelihood() + COMPONENTS_OF_SHARES * n_shares * ln_n;
        if bic < least {
            best = Best::Levels(counts.levels(usize::MAX).unwrap_or_default());
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
        let Some(bic) = bic(&shape, counts, &values, step) else { continue };
        if best.as_ref().is_none_or(|(_, least)| bic < *least) {
            best = Some((shape, bic));
        }
    }
    best
}

/// The lowest BIC of mixtures of one to three components of shaped values: of a density in the units of the values, or of the
/// probabilities of rounded values, whose intervals have the width `step`.
fn bic(shape: &Shape, counts: &Counts, values: &[f64], step: Option<f64>) -> Option<f64> {
    let shaped: Vec<f64> = values.iter().map(|&x| shape.apply(x)).collect();
    let of_shape: f64 = values.iter().map(|&x| shape.ln_derivative(x)).sum();
    let rows = DatasetBase::from(Array2::from_shape_vec((shaped.len(), 1), shaped).ok()?);
    let most: usize = std::env::var("T_K").ok().and_then(|v| v.parse().ok()).unwrap_or(3);
    let of_components = COMPONENTS.into_iter().filter(|k| *k <= most).filter_map(|n_components| {
        let model = GaussianMixture::params(n_components).n_init(1).fit(&rows).ok()?;
        let log_likelihood = match step {
            Some(step) => probability_of_values(&model, shape, counts, step),
            None => model.criteria(&rows).ok()?.log_likelihood + of_shape,
        };
        let n_parameters = (model.n_parameters() + shape.n_parameters()) as f64;
        Some(n_parameters * (counts.n as f64).ln() - 2.0 * log_likelihood)
    });
    of_components.filter(|bic| bic.is_finite()).min_by(f64::total_cmp)
}

/// `Σ count ln P(v)` of rounded values.
fn probability_of_values(
    model: &GaussianMixture,
    shape: &Shape,
    counts: &Counts,
    step: f64,
) -> f64 {
    let components: Vec<(f64, f64, f64)> = (0..model.n_components())
        .map(|k| (model.weights()[k], model.means()[[k, 0]], model.covariance(k)[[0, 0]].sqrt()))
        .collect();
    let of_value = |&(value, count): &(f64, usize)| {
        let (low, high) = (shape.apply(value - 0.5 * step), shape.apply(value + 0.5 * step));
        let of_component = |&(weight, mean, deviation): &(f64, f64, f64)| {
            let (low, high) = ((low - mean) / deviation, (high - mean) / deviation);
            // of the tail that does not cancel
            let share = if low > 0.0 {
                upper_tail(low) - upper_tail(high)
            } else {
                upper_tail(-high) - upper_tail(-low)
            };
            weight * share
        };
        let probability: f64 = components.iter().map(of_component).sum();
        count as f64 * probability.max(LEAST_PROBABILITY).ln()
    };
    counts.values.iter().map(of_value).sum()
}
