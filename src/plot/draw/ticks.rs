//! Tick labels of axes.

/// Formats a tick with the fewest digits that distinguish it from its neighbours at distance `step`.
pub(super) fn label(value: f64, step: f64) -> String {
    let largest = value.abs().max(step.abs());
    if largest == 0.0 {
        return "0".into();
    }
    if !(1e-4..1e6).contains(&largest) {
        // zero may have a rounding error
        return if value.abs() < 1e-9 * step.abs() {
            "0".into()
        } else {
            format!("{value:.1e}").replace(".0e", "e")
        };
    }
    let digits = (-step.abs().log10().floor()).clamp(0.0, 8.0) as usize;
    let text = format!("{value:.digits$}");
    let trimmed =
        if text.contains('.') { text.trim_end_matches('0').trim_end_matches('.') } else { &text };
    if trimmed == "-0" { "0".into() } else { trimmed.into() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn labels_are_short_and_exact() {
        assert_eq!(label(10.0, 2.0), "10");
        assert_eq!(label(-0.5, 0.5), "-0.5");
        assert_eq!(label(-0.0, 0.5), "0");
        assert_eq!(label(0.30000000000000004, 0.1), "0.3");
        assert_eq!(label(200_000.0, 20_000.0), "200000");
        assert_eq!(label(2.5e7, 1e6), "2.5e7");
        assert_eq!(label(2.0e7, 1e7), "2e7");
        assert_eq!(label(0.0, 1e7), "0");
    }
}
