//! Text tables for the terminal, reports and notebooks.

mod bootstrap;
#[cfg(feature = "compare")]
mod comparison;
mod components;
mod models;

pub(crate) use models::count;

use std::fmt::{self, Display, Formatter, Write};

/// A table of text: a caption, a header, and lines with one cell per column.
///
/// `TextTable::from` makes a table of a model or a fit report. `Display` aligns the columns; [`html`](Self::html) returns
/// HTML for pages and notebooks.
///
/// # Examples
/// ```
/// use mixlab::TextTable;
///
/// let text_table = TextTable::new(["step", "log-likelihood"])
///     .with_caption("EM never goes down")
///     .line(["0", "-812.5"])
///     .line(["1", "-770.1"]);
/// assert_eq!(
///     text_table.to_string(),
///     "EM never goes down\nstep  log-likelihood\n   0          -812.5\n   1          -770.1\n"
/// );
/// ```
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct TextTable {
    /// The caption; may be empty.
    pub caption: String,
    /// Names of the columns.
    pub header: Vec<String>,
    /// Lines with one cell per column.
    pub lines: Vec<Vec<String>>,
}

impl TextTable {
    /// Creates a table without lines.
    pub fn new(header: impl IntoIterator<Item = impl Into<String>>) -> Self {
        let header = header.into_iter().map(Into::into).collect();
        Self { caption: String::new(), header, lines: Vec::new() }
    }

    /// Sets the caption.
    pub fn with_caption(mut self, caption: impl Into<String>) -> Self {
        self.caption = caption.into();
        self
    }

    /// Adds a line with one cell per column.
    pub fn line(mut self, cells: impl IntoIterator<Item = impl Into<String>>) -> Self {
        self.lines.push(cells.into_iter().map(Into::into).collect());
        self
    }

    /// Adds lines.
    pub fn lines(mut self, lines: impl IntoIterator<Item = Vec<String>>) -> Self {
        self.lines.extend(lines);
        self
    }

    /// Returns the table with at most `most` lines, apart from a line of dots: a longer table keeps equally many lines of its
    /// beginning and its end, with the dots between them.
    pub fn shortened(&self, most: usize) -> Self {
        let Self { caption, header, lines } = self;
        if lines.len() <= most {
            return self.clone();
        }
        let half = most / 2;
        let (first, last) = (&lines[..half], &lines[lines.len() - half..]);
        let dots = vec!["...".to_owned(); header.len()];
        let lines = first.iter().chain([&dots]).chain(last).cloned().collect();
        Self { caption: caption.clone(), header: header.clone(), lines }
    }

    /// Whether all cells of a column are numbers, which are right-aligned.
    pub fn is_number(&self, column: usize) -> bool {
        let cells = self.lines.iter().filter_map(|line| line.get(column));
        let mut cells = cells.filter(|cell| !cell.is_empty()).peekable();
        cells.peek().is_some() && cells.all(|cell| *cell == "..." || cell.parse::<f64>().is_ok())
    }

    /// Returns the table as an HTML element.
    pub fn html(&self) -> String {
        let mut html = String::from("<table>");
        if !self.caption.is_empty() {
            html += &format!(
                "<caption style=\"text-align:left;white-space:nowrap\">{}</caption>",
                escaped(&self.caption)
            );
        }
        let align: Vec<&str> = (0..self.header.len())
            .map(|column| if self.is_number(column) { "right" } else { "left" })
            .collect();
        let line = |tag: &str, cells: &[String]| {
            let mut line = String::from("<tr>");
            for (align, cell) in align.iter().zip(cells) {
                let cell = escaped(cell);
                line += &format!("<{tag} style=\"text-align:{align}\">{cell}</{tag}>");
            }
            line + "</tr>"
        };
        html += &format!("\n<thead>{}</thead>\n<tbody>", line("th", &self.header));
        for cells in &self.lines {
            html += &format!("\n{}", line("td", cells));
        }
        html + "\n</tbody></table>"
    }
}

impl Display for TextTable {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let length = |cell: &String| cell.chars().count();
        let mut widths: Vec<usize> = self.header.iter().map(length).collect();
        for line in &self.lines {
            for (width, cell) in widths.iter_mut().zip(line) {
                *width = length(cell).max(*width);
            }
        }
        if !self.caption.is_empty() {
            writeln!(f, "{}", self.caption)?;
        }
        let numbers: Vec<bool> = (0..widths.len()).map(|column| self.is_number(column)).collect();
        for cells in std::iter::once(&self.header).chain(&self.lines) {
            let mut text = String::new();
            for ((cell, &width), &number) in cells.iter().zip(&widths).zip(&numbers) {
                if number {
                    write!(text, "{cell:>width$}  ")?;
                } else {
                    write!(text, "{cell:<width$}  ")?;
                }
            }
            writeln!(f, "{}", text.trim_end())?;
        }
        Ok(())
    }
}

/// Formats a number briefly: at most six decimals, or two digits and an exponent if it is very large or small.
pub(crate) fn number(number: f64) -> String {
    match number.abs() {
        0.0 => "0".into(),
        size if (1e-3..1e6).contains(&size) => {
            let text = format!("{number:.6}");
            text.trim_end_matches('0').trim_end_matches('.').to_owned()
        }
        size if size.is_finite() => format!("{number:.1e}"),
        _ => number.to_string(),
    }
}

/// Formats a number with the digits that are significant for a standard deviation: to about a tenth of it.
pub(crate) fn significant(value: f64, deviation: f64) -> String {
    let size = deviation.abs().max(1e-12 * value.abs());
    if !(1e-6..1e9).contains(&size) {
        return number(value);
    }
    let decimals = (1.0 - size.log10().floor()).clamp(0.0, 8.0) as usize;
    format!("{value:.decimals$}")
}

/// Escapes the special characters of HTML.
fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn table() -> TextTable {
        TextTable::new(["name", "value"]).line(["a", "1.5"]).line(["long & < b", "-10"])
    }

    #[test]
    fn numbers_are_right_aligned_and_text_is_left_aligned() {
        assert_eq!(
            table().to_string(),
            "name        value\na             1.5\nlong & < b    -10\n"
        );
    }

    #[test]
    fn html_is_escaped_and_aligned() {
        let html = table().with_caption("\"x\"").html();
        assert!(html.contains(">&quot;x&quot;</caption>"), "{html}");
        assert!(html.contains("<td style=\"text-align:left\">long &amp; &lt; b</td>"), "{html}");
        assert!(html.contains("<td style=\"text-align:right\">-10</td>"), "{html}");
    }

    #[test]
    fn long_tables_keep_both_ends() {
        let long = TextTable::new(["n"]).lines((0..100).map(|n| vec![n.to_string()]));
        let short = long.shortened(4);
        let first: Vec<_> = short.lines.iter().map(|line| line[0].as_str()).collect();
        assert_eq!(first, ["0", "1", "...", "98", "99"]);
        assert!(short.is_number(0));
        assert_eq!(long.shortened(100), long);
    }

    #[test]
    fn numbers_are_short() {
        for (value, text) in [(0.0, "0"), (1.5, "1.5"), (1e-9, "1.0e-9"), (f64::INFINITY, "inf")] {
            assert_eq!(number(value), text);
        }
    }
}
