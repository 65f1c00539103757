//! Percent and currency signs of numbers.

use std::borrow::Cow;

/// Signs that stand before or after every number of a column.
const SIGNS: [char; 6] = ['%', '$', '\u{20ac}', '\u{a3}', '\u{a5}', '\u{20b9}'];

/// Returns the sign of a number, and the number without it.
pub(super) fn split_sign(text: &str) -> Option<(char, Cow<'_, str>)> {
    SIGNS.into_iter().find_map(|sign| Some((sign, without_sign(text, sign)?)))
}

/// Removes a sign from the beginning or the end of a number, or from between its minus and its digits.
pub(super) fn without_sign(text: &str, sign: char) -> Option<Cow<'_, str>> {
    if let Some(rest) = text.strip_suffix(sign).or_else(|| text.strip_prefix(sign)) {
        return Some(rest.trim().into());
    }
    let rest = text.strip_prefix('-')?.strip_prefix(sign)?;
    Some(format!("-{}", rest.trim()).into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn signs_are_before_or_after_numbers() {
        let split = |text| split_sign(text).map(|(sign, rest)| (sign, rest.into_owned()));
        assert_eq!(split("12.5%"), Some(('%', "12.5".into())));
        assert_eq!(split("$1,234.50"), Some(('$', "1,234.50".into())));
        assert_eq!(split("-$5"), Some(('$', "-5".into())));
        assert_eq!(split("3,50 \u{20ac}"), Some(('\u{20ac}', "3,50".into())));
        assert_eq!((split("12"), split("5 kg")), (None, None));
    }
}
