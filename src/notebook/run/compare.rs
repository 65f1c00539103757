//! Comparison of the outputs of a cell with those in the notebook.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use super::document::Outputs;
use crate::plot::{SAME, png_difference};

/// Largest relative difference between numbers that compare equal.
const TOLERANCE: f64 = 1e-6;

/// Number of decimals from which numbers may differ by one unit of the last decimal.
const ROUNDED: usize = 3;

/// The line, if known, and a description of the difference.
type Difference = (Option<usize>, String);

/// Returns the differences between expected and found outputs.
pub(super) fn differences(
    expected: &Outputs,
    found: &Outputs,
) -> impl Iterator<Item = Difference> + use<> {
    let mut all = Vec::new();
    all.extend(text("standard output", &expected.stdout, &found.stdout));
    all.extend(text("standard error", &expected.stderr, &found.stderr));
    all.extend(text(
        "error",
        expected.error.as_deref().unwrap_or(""),
        found.error.as_deref().unwrap_or(""),
    ));
    let kinds = |outputs: &Outputs| -> Vec<String> {
        outputs.shown.iter().map(|(kind, _)| kind.clone()).collect()
    };
    let (expected_kinds, found_kinds) = (kinds(expected), kinds(found));
    if expected_kinds != found_kinds {
        let list = |kinds: &[String]| match kinds {
            [] => "nothing".to_owned(),
            kinds => kinds.join(", "),
        };
        all.push((
            None,
            format!("shows {}, the notebook has {}", list(&found_kinds), list(&expected_kinds)),
        ));
        return all.into_iter();
    }
    // at most one difference is reported, of plain text rather than of HTML
    let mut shown = expected.shown.iter().zip(&found.shown).rev();
    all.extend(shown.find_map(|((kind, expected), (_, found))| {
        if kind.starts_with("image/") {
            picture(kind, expected, found)
        } else {
            text(kind, expected, found)
        }
    }));
    all.into_iter()
}

/// Compares two pictures by size, and by how many pixels look different.
fn picture(kind: &str, expected: &str, found: &str) -> Option<Difference> {
    let bytes = |content: &str| STANDARD.decode(content.trim()).unwrap_or_default();
    let (expected, found) = (bytes(expected), bytes(found));
    let sizes = (png_size(&expected), png_size(&found));
    if sizes.0.is_none() || sizes.0 != sizes.1 {
        let describe = |size: Option<(u32, u32)>| match size {
            Some((width, height)) => format!("{width} x {height} pixels"),
            None => "no PNG".to_owned(),
        };
        let (expected, found) = (describe(sizes.0), describe(sizes.1));
        return Some((None, format!("{kind} is {found}, the notebook has {expected}")));
    }
    let share = png_difference(&expected, &found);
    (share > SAME).then(|| {
        let percent = 100.0 * share;
        (
            None,
            format!(
                "{kind} looks different from that of the notebook in {percent:.2} % of its pixels"
            ),
        )
    })
}

/// Width and height of a PNG file.
fn png_size(bytes: &[u8]) -> Option<(u32, u32)> {
    let header = bytes.strip_prefix(b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR")?;
    let side = |bytes: Option<&[u8]>| Some(u32::from_be_bytes(bytes?.try_into().ok()?));
    Some((side(header.get(..4))?, side(header.get(4..8))?))
}

/// Returns the first line in which two texts differ.
fn text(name: &str, expected: &str, found: &str) -> Option<Difference> {
    let (mut expected, mut found) = (expected.lines(), found.lines());
    for number in 1.. {
        let (expected, found) = match (expected.next(), found.next()) {
            (None, None) => return None,
            pair => pair,
        };
        let same = matches!((expected, found), (Some(a), Some(b)) if same_line(a, b));
        if !same {
            let quote =
                |line: Option<&str>| line.map_or("nothing".to_owned(), |line| format!("{line:?}"));
            let problem =
                format!("{name} has {}, the notebook has {}", quote(found), quote(expected));
            return Some((Some(number), problem));
        }
    }
    None
}

/// Whether two lines have equal words and close numbers. White space is ignored, since the widths of columns depend on the
/// numbers.
fn same_line(a: &str, b: &str) -> bool {
    let (mut a, mut b) = (Tokens(a), Tokens(b));
    loop {
        match (a.next(), b.next()) {
            (None, None) => return true,
            (Some(a), Some(b)) if same_token(a, b) => {}
            _ => return false,
        }
    }
}

fn same_token(a: &str, b: &str) -> bool {
    match (a.parse::<f64>(), b.parse::<f64>()) {
        // NaN, too, is what the notebook has
        _ if a == b => true,
        (Ok(x), Ok(y)) => {
            let decimals = decimals(a).min(decimals(b));
            let rounding =
                if decimals >= ROUNDED { 1.001 * 10_f64.powi(-(decimals as i32)) } else { 0.0 };
            (x - y).abs() <= rounding.max(TOLERANCE * x.abs().max(y.abs()))
        }
        _ => false,
    }
}

/// Number of decimals of a number without an exponent.
fn decimals(number: &str) -> usize {
    match number.split_once('.') {
        Some((_, digits)) if digits.bytes().all(|digit| digit.is_ascii_digit()) => digits.len(),
        _ => 0,
    }
}

/// Splits a line into numbers, words and single characters, without white space.
struct Tokens<'a>(&'a str);

impl<'a> Iterator for Tokens<'a> {
    type Item = &'a str;

    fn next(&mut self) -> Option<&'a str> {
        let rest = self.0.trim_start();
        let first = rest.chars().next()?;
        let length = match number_length(rest) {
            0 if first.is_alphanumeric() => {
                rest.find(|c: char| !c.is_alphanumeric()).unwrap_or(rest.len())
            }
            0 => first.len_utf8(),
            length => length,
        };
        let (token, rest) = rest.split_at(length);
        self.0 = rest;
        Some(token)
    }
}

/// Length in bytes of the number at the beginning of a text, 0 if there is none: `-12`, `0.5`, `1.5e-9`.
fn number_length(text: &str) -> usize {
    let end = text.find(|c: char| !(c.is_ascii_digit() || "-.e".contains(c)));
    let is_digit = |at: usize| text.as_bytes().get(at).is_some_and(u8::is_ascii_digit);
    if !is_digit(usize::from(text.starts_with('-'))) {
        return 0;
    }
    let is_number = |&end: &usize| is_digit(end - 1) && text[..end].parse::<f64>().is_ok();
    (1..=end.unwrap_or(text.len())).rev().find(is_number).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn same(a: &str, b: &str) -> bool {
        same_line(a, b) && same_line(b, a)
    }

    #[test]
    fn numbers_are_compared_with_a_tolerance_and_words_exactly() {
        assert!(same("BIC  1624.0678 (k = 4)", "BIC 1624.0679 (k = 4)"));
        assert!(same("x=1.5e-9,", "x=1.5000000001e-9,"));
        assert!(same("  3   abc", "3 abc"));
        assert!(same("-0.000", "0.000"));
        assert!(same("mean  NaN inf", "mean NaN inf"));
        assert!(!same("mean NaN", "mean 1.0"));
        assert!(!same("BIC 1624.06", "BIC 1624.07"));
        assert!(!same("4 components", "5 components"));
        assert!(!same("4 components", "4 clusters"));
        assert!(!same("0.123", "0.125"));
        assert!(!same("1.5", "-1.5"));
        assert!(!same("a", "a b"));
        assert!(!same("a1", "a2"));
        assert!(!same("é", "e"));
    }

    #[test]
    fn the_first_different_line_is_reported() {
        assert_eq!(text("text", "a\nb\n", "a\nb\n"), None);
        let (line, problem) = text("text/plain", "a\nb 1", "a\nb 2").unwrap();
        assert_eq!(line, Some(2));
        assert_eq!(problem, "text/plain has \"b 2\", the notebook has \"b 1\"");
        assert_eq!(text("x", "a", "a\nb").unwrap().0, Some(2));
        assert_eq!(text("x", "a\nb", "a").unwrap().1, "x has nothing, the notebook has \"b\"");
    }

    #[test]
    fn pictures_are_compared_by_type_size_and_looks() {
        use crate::plot::{Chart, Colour, Figure};
        let of = |figure: &Figure| Outputs {
            shown: vec![("image/png".into(), STANDARD.encode(figure.png().unwrap()))],
            ..Outputs::default()
        };
        let line =
            |colour| Chart::new("a line", "x", "y").line("", [(0.0, 0.0), (1.0, 1.0)], colour);
        let blue = of(&Figure::new().panel(line(Colour::BLUE)));
        let count = |a: &Outputs, b: &Outputs| differences(a, b).count();
        assert_eq!(count(&blue, &blue), 0);
        let two = of(&Figure::new().panel(line(Colour::BLUE)).panel(line(Colour::BLUE)));
        let (_, problem) = differences(&blue, &two).next().unwrap();
        assert_eq!(problem, "image/png is 1760 x 720 pixels, the notebook has 880 x 720 pixels");
        let (_, problem) =
            differences(&blue, &of(&Figure::new().panel(line(Colour::RED)))).next().unwrap();
        assert!(
            problem.starts_with("image/png looks different from that of the notebook in 0."),
            "{problem}"
        );
        let nothing = Outputs::default();
        let (_, problem) = differences(&blue, &nothing).next().unwrap();
        assert_eq!(problem, "shows nothing, the notebook has image/png");
        assert_eq!(count(&nothing, &blue), 1);
        let broken = Outputs { shown: vec![("image/png".into(), "?".into())], ..nothing };
        assert_eq!(count(&broken, &broken), 1);
    }
}
