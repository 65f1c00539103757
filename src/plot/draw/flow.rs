//! Places of entries one after another, on as many lines as they need.

/// Left edge and line of each entry of these widths, `between` apart, on lines of a width of at most `most`.
pub(in crate::plot) fn flow(
    widths: impl IntoIterator<Item = f64>,
    between: f64,
    most: f64,
) -> Vec<(f64, usize)> {
    let (mut x, mut line) = (0.0, 0);
    let place = |width: f64| {
        if x > 0.0 && x + width > most {
            (x, line) = (0.0, line + 1);
        }
        let place = (x, line);
        x += width + between;
        place
    };
    widths.into_iter().map(place).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn entries_continue_on_the_next_line() {
        let places = flow([40.0, 40.0, 30.0, 200.0, 10.0], 10.0, 100.0);
        assert_eq!(places, [(0.0, 0), (50.0, 0), (0.0, 1), (0.0, 2), (0.0, 3)]);
    }
}
