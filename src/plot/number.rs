//! Numbers in labels.

/// A number with at most so many significant digits, as short as it can be.
pub(super) fn short_number(value: f64, digits: usize) -> String {
    let rounded = format!("{value:.*e}", digits.saturating_sub(1)).parse().unwrap_or(value);
    let (plain, scientific) = (format!("{rounded}"), format!("{rounded:e}"));
    with_minus(&if scientific.len() < plain.len() { scientific } else { plain })
}

/// The text of a number with minus signs in place of hyphens.
pub(super) fn with_minus(number: &str) -> String {
    number.replace('-', "−")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_short() {
        assert_eq!(short_number(2.154_434_69, 3), "2.15");
        assert_eq!(short_number(-1.5, 3), "−1.5");
        assert_eq!(short_number(1e9, 17), "1e9");
        assert_eq!(short_number(0.000_012_345, 3), "1.23e−5");
        assert_eq!(short_number(1000.0, 3), "1e3");
        assert_eq!(short_number(464.158_88, 3), "464");
        assert_eq!(short_number(f64::NAN, 3), "NaN");
    }
}
