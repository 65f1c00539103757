//! Shapes that the values of a column can have.

use super::ShapeChoice;
use crate::preprocess::shape::{NormalScores, Shape};

/// Number of knots of normal scores.
const N_KNOTS: usize = 12;
/// Logarithms are linear nearer to a bound than this share of the smallest distance of a value.
const NEARER: f64 = 1e-9;

/// The shape of a kind for ascending values; none if they cannot have it.
pub(super) fn fitted(choice: ShapeChoice, sorted: &[f64]) -> Option<Shape> {
    let (low, high) = (*sorted.first()?, *sorted.last()?);
    if low == high {
        return None;
    }
    match choice {
        ShapeChoice::Log => log(sorted, low),
        ShapeChoice::Logit => logit(sorted, low, high),
        ShapeChoice::YeoJohnson => yeo_johnson(sorted),
        ShapeChoice::Scores => Some(Shape::scores(NormalScores::of_sorted(sorted, N_KNOTS).ok()?)),
        ShapeChoice::None => Some(Shape::identity()),
        ShapeChoice::Auto | ShapeChoice::Levels => None,
    }
}

/// The logarithm: of positive values without an offset; of others, with the offset of the highest likelihood of a normal among
/// shares of the distance from the smallest value to the median.
fn log(sorted: &[f64], low: f64) -> Option<Shape> {
    if low > 0.0 {
        return Shape::log(0.0, NEARER * low).ok();
    }
    let spread = sorted[sorted.len() / 2] - low;
    let distances = [0.01, 0.03, 0.1, 0.3, 1.0].map(|share| share * spread);
    let shapes = distances.into_iter().filter(|&distance| distance > 0.0);
    most_likely(
        shapes.filter_map(|distance| Shape::log(distance - low, NEARER * distance).ok()),
        sorted,
    )
}

fn logit(sorted: &[f64], low: f64, high: f64) -> Option<Shape> {
    let known = [1.0, 100.0].into_iter().find(|&bound| low > 0.0 && high < bound);
    let (first, last) = match known {
        Some(bound) => (0.0, bound),
        None => {
            let beyond = (high - low) / sorted.len() as f64;
            (low - beyond, high + beyond)
        }
    };
    let nearest = (low - first).min(last - high) / (last - first);
    Shape::logit(first, last, NEARER * nearest).ok()
}

/// The transform of Yeo and Johnson about the median, in units of half the distance of the quartiles.
fn yeo_johnson(sorted: &[f64]) -> Option<Shape> {
    let quantile = |quarters: usize| sorted[quarters * (sorted.len() - 1) / 4];
    let scale = 0.5 * (quantile(3) - quantile(1));
    let powers = (0..=40).map(|step| f64::from(step) / 20.0);
    let shapes = powers.filter_map(|lambda| Shape::yeo_johnson(lambda, quantile(2), scale).ok());
    most_likely(shapes, sorted)
}

/// The shape under which a normal has the highest likelihood; the first of equal ones.
fn most_likely(shapes: impl Iterator<Item = Shape>, values: &[f64]) -> Option<Shape> {
    let mut best: Option<(Shape, f64)> = None;
    for shape in shapes {
        let n = values.len() as f64;
        let mean = values.iter().map(|&x| shape.apply(x)).sum::<f64>() / n;
        let square = |&x: &f64| (shape.apply(x) - mean).powi(2);
        let variance = values.iter().map(square).sum::<f64>() / n;
        let of_shape = values.iter().map(|&x| shape.ln_derivative(x)).sum::<f64>();
        let log_likelihood = of_shape - 0.5 * n * variance.ln();
        let is_more = best.as_ref().is_none_or(|(_, most)| log_likelihood > *most);
        if log_likelihood.is_finite() && is_more {
            best = Some((shape, log_likelihood));
        }
    }
    best.map(|(shape, _)| shape)
}
