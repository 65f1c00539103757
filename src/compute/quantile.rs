//! Quantiles of samples.

/// The quantile of sorted values, linear between them (Hyndman & Fan 1996, definition 5); NaN without values.
pub(crate) fn quantile(sorted: &[f64], probability: f64) -> f64 {
    if sorted.is_empty() {
        return f64::NAN;
    }
    let at = (probability * sorted.len() as f64 - 0.5).clamp(0.0, sorted.len() as f64 - 1.0);
    let (below, share) = (at.floor() as usize, at.fract());
    let above = (below + 1).min(sorted.len() - 1);
    sorted[below] + share * (sorted[above] - sorted[below])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantiles_are_linear_between_the_middles_of_steps() {
        let sorted = [1.0, 2.0, 4.0];
        assert_eq!([0.0, 0.5, 1.0].map(|p| quantile(&sorted, p)), [1.0, 2.0, 4.0]);
        approx::assert_relative_eq!(quantile(&sorted, 2.0 / 3.0), 3.0, max_relative = 1e-12);
        assert!(quantile(&[], 0.5).is_nan());
    }
}
