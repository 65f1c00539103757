//! Maps of missing values.

use std::fmt::{self, Formatter};

use ndarray::ArrayView2;

use super::colour::{BLACK, Colour, WHITE};
use super::drawing::{Align, Area, Drawing, MIDDLE, Paint, Point, Stroke, text_width};
use super::entry::Entry;
use super::font::{TICK, TITLE};
use crate::error::{Error, Result};

/// Nominal sizes of the panel: height of the map, smallest width of a column, and room around.
const HEIGHT: f64 = 270.0;
const COLUMN: f64 = 46.0;
const MARGIN: f64 = 12.0;
const TITLE_ROOM: f64 = 28.0;
const LABELS: f64 = 84.0;
const BELOW: f64 = 66.0;
/// Maximum number of lines of the map, each of as many rows.
const LINES: usize = 135;
/// Maximum number of letters of the name of a column.
const LETTERS: usize = 18;

/// A panel that shows which values of a table are missing: a line for each row, dark where a value is missing, grouped by component
/// and, within a component, by the columns that are missing. Lines of many rows are as dark as the share of missing values.
///
/// # Examples
/// ```
/// use mixlab::plot::{Figure, MissingMap};
/// use ndarray::array;
///
/// let rows = array![[1.0, f64::NAN], [2.0, 3.0], [f64::NAN, f64::NAN]];
/// let map = MissingMap::new("Missing values", ["age", "income"], rows.view(), &[0, 0, 1])?;
/// assert_eq!(&Figure::new().panel(map).png()?[1..4], b"PNG");
/// # Ok::<(), mixlab::Error>(())
/// ```
#[derive(Clone)]
pub struct MissingMap {
    title: String,
    names: Vec<String>,
    /// Share of missing values of each column.
    shares: Vec<f64>,
    /// Shares of missing values by line and column.
    lines: Vec<Vec<f64>>,
    /// The component of each line of the map.
    components: Vec<usize>,
    n_rows: usize,
}

impl fmt::Debug for MissingMap {
    /// Formats the title only: a map has thousands of cells.
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.debug_struct("MissingMap").field("title", &self.title).finish_non_exhaustive()
    }
}

impl MissingMap {
    /// A map of `rows`, shape `(n_rows, n_columns)`, in which missing values are NaN, with the component of each row as `labels`.
    ///
    /// # Errors
    /// [`Error::ShapeMismatch`] unless there are as many names as columns and as many labels as rows.
    pub fn new(
        title: impl Into<String>,
        names: impl IntoIterator<Item = impl Into<String>>,
        rows: ArrayView2<'_, f64>,
        labels: &[usize],
    ) -> Result<Self> {
        let names: Vec<String> = names.into_iter().map(Into::into).collect();
        if names.len() != rows.ncols() {
            return Err(Error::shape("names", rows.ncols(), names.len()));
        }
        if labels.len() != rows.nrows() {
            return Err(Error::shape("labels", rows.nrows(), labels.len()));
        }
        let patterns: Vec<Vec<bool>> = rows
            .rows()
            .into_iter()
            .map(|row| row.iter().map(|value| value.is_nan()).collect())
            .collect();
        let mut order: Vec<usize> = (0..rows.nrows()).collect();
        let n_missing = |row: usize| patterns[row].iter().filter(|missing| **missing).count();
        order.sort_by(|&a, &b| {
            let by_pattern = || n_missing(a).cmp(&n_missing(b)).then(patterns[b].cmp(&patterns[a]));
            labels[a].cmp(&labels[b]).then_with(by_pattern)
        });
        let n_lines = order.len().min(LINES);
        let (mut lines, mut components) = (Vec::new(), Vec::new());
        for line in 0..n_lines {
            let of_line = &order[line * order.len() / n_lines..(line + 1) * order.len() / n_lines];
            lines.push(shares(&patterns, of_line, names.len()));
            components.push(labels[of_line[0]]);
        }
        let shares = shares(&patterns, &order, names.len());
        Ok(Self { title: title.into(), names, shares, lines, components, n_rows: order.len() })
    }

    fn column_width(&self) -> f64 {
        let names = self.names.iter().map(|name| text_width(&short(name), TICK) + 10.0);
        names.fold(COLUMN, f64::max).ceil()
    }

    /// Nominal size of the panel.
    pub(super) fn size(&self) -> (u32, u32) {
        let width = 2.0 * MARGIN + LABELS + self.names.len() as f64 * self.column_width();
        let width = width.max(text_width(&self.title, TITLE) + 2.0 * MARGIN);
        let legend = legend().iter().map(|entry| entry.width() + MARGIN).sum::<f64>();
        let width = width.max(legend + MARGIN);
        (width as u32, (2.0 * MARGIN + TITLE_ROOM + HEIGHT + BELOW) as u32)
    }

    /// Draws the panel with its upper left corner at `origin`.
    pub(super) fn draw(&self, drawing: &mut Drawing, origin: Point) {
        let (left, top) = (origin.0 + MARGIN + LABELS, origin.1 + MARGIN + TITLE_ROOM);
        let width = self.column_width();
        let height = HEIGHT / self.lines.len().max(1) as f64;
        let middle = origin.0 + 0.5 * f64::from(self.size().0);
        let title_at = (middle, origin.1 + MARGIN + 0.8 * TITLE);
        drawing.text(self.title.as_str(), title_at, TITLE, Align::Centre);
        for (column, (name, share)) in self.names.iter().zip(&self.shares).enumerate() {
            let x = left + (column as f64 + 0.5) * width;
            drawing.text(short(name), (x, top + HEIGHT + 18.0), TICK, Align::Centre);
            drawing.text(percent(*share), (x, top + HEIGHT + 34.0), TICK, Align::Centre);
        }
        drawing.text("missing", (left - 8.0, top + HEIGHT + 34.0), TICK, Align::Right);
        for (first, last) in self.groups() {
            let y = top + 0.5 * height * (first + last) as f64 + MIDDLE * TICK;
            let name = format!("component {}", self.components[first]);
            drawing.text(name, (left - 8.0, y), TICK, Align::Right);
        }
        for column in 0..self.names.len() {
            let cell = Area {
                left: left + column as f64 * width,
                top,
                width: width - 2.0,
                height: HEIGHT,
            };
            drawing.rectangle(cell, observed());
            for (first, last, share) in self.runs(column) {
                let top = top + first as f64 * height;
                let height = (last - first) as f64 * height;
                drawing.rectangle(Area { top, height, ..cell }, Colour::BLUE.rgb().mix(share));
            }
        }
        let mut x = origin.0 + MARGIN;
        for entry in legend() {
            entry.draw(drawing, (x, top + HEIGHT + 56.0));
            x += entry.width() + MARGIN;
        }
        let right = left + self.names.len() as f64 * width - 2.0;
        for (first, _) in self.groups().into_iter().skip(1) {
            let y = top + first as f64 * height;
            drawing.line([(left, y), (right, y)], Stroke::solid(WHITE.solid(), 2.0));
            drawing.line([(left - 6.0, y), (left, y)], Stroke::solid(BLACK.mix(0.5), 1.0));
        }
    }

    /// First line of each component, and the line after its last one.
    fn groups(&self) -> Vec<(usize, usize)> {
        let mut groups: Vec<(usize, usize)> = Vec::new();
        for (line, component) in self.components.iter().enumerate() {
            match groups.last_mut() {
                Some((first, last)) if self.components[*first] == *component => *last = line + 1,
                _ => groups.push((line, line + 1)),
            }
        }
        groups
    }

    /// Runs of lines with the same share of missing values in a column, if there are missing values: first line, the line after the
    /// last one, and the share.
    fn runs(&self, column: usize) -> Vec<(usize, usize, f64)> {
        let mut runs: Vec<(usize, usize, f64)> = Vec::new();
        for (line, shares) in self.lines.iter().enumerate() {
            let share = shares[column];
            match runs.last_mut() {
                Some((_, last, of_run)) if *of_run == share && *last == line => *last = line + 1,
                _ => runs.push((line, line + 1, share)),
            }
        }
        runs.retain(|(_, _, share)| *share > 0.0);
        runs
    }

    /// Number of rows.
    pub fn n_rows(&self) -> usize {
        self.n_rows
    }
}

fn observed() -> Paint {
    Colour::Grey.rgb().mix(0.15)
}

fn legend() -> [Entry; 2] {
    let missing = Colour::BLUE.rgb().solid();
    [Entry::areas("observed", [observed()]), Entry::areas("missing", [missing])]
}

/// Share of missing values of each column among some rows.
fn shares(patterns: &[Vec<bool>], rows: &[usize], n_columns: usize) -> Vec<f64> {
    let share = |column: usize| {
        let n_missing = rows.iter().filter(|row| patterns[**row][column]).count();
        if rows.is_empty() { 0.0 } else { n_missing as f64 / rows.len() as f64 }
    };
    (0..n_columns).map(share).collect()
}

/// The name of a column, or its beginning and its end.
fn short(name: &str) -> String {
    let letters: Vec<char> = name.chars().collect();
    if letters.len() <= LETTERS {
        return name.to_owned();
    }
    let part = |letters: &[char]| letters.iter().collect::<String>();
    format!("{}...{}", part(&letters[..LETTERS / 2]), part(&letters[letters.len() - LETTERS / 3..]))
}

fn percent(share: f64) -> String {
    let percent = 100.0 * share;
    if percent > 0.0 && percent < 1.0 { "< 1 %".into() } else { format!("{percent:.0} %") }
}

#[cfg(test)]
mod tests {
    use ndarray::{Array2, array};

    use super::*;

    const NAN: f64 = f64::NAN;

    #[test]
    fn rows_are_grouped_by_component_and_pattern() {
        let rows = array![[NAN, 1.0], [1.0, 1.0], [1.0, NAN], [NAN, NAN], [1.0, 1.0]];
        let map = MissingMap::new("", ["a", "b"], rows.view(), &[1, 0, 0, 0, 1]).unwrap();
        assert_eq!(map.components, [0, 0, 0, 1, 1]);
        let none_then_b_then_both = [vec![0.0, 0.0], vec![0.0, 1.0], vec![1.0, 1.0]];
        assert_eq!(map.lines[..3], none_then_b_then_both);
        assert_eq!(map.lines[3..], [vec![0.0, 0.0], vec![1.0, 0.0]]);
        assert_eq!(map.shares, [0.4, 0.4]);
        assert_eq!(map.groups(), [(0, 3), (3, 5)]);
        assert_eq!(map.runs(0), [(2, 3, 1.0), (4, 5, 1.0)]);
    }

    #[test]
    fn many_rows_share_the_lines_and_no_row_is_lost() {
        let rows =
            Array2::from_shape_fn((10_000, 1), |(row, _)| if row % 4 == 0 { NAN } else { 1.0 });
        let map = MissingMap::new("", ["a"], rows.view(), &vec![0; 10_000]).unwrap();
        assert_eq!((map.lines.len(), map.n_rows()), (LINES, 10_000));
        let mean = map.lines.iter().map(|line| line[0]).sum::<f64>() / LINES as f64;
        assert!((mean - 0.25).abs() < 0.01, "{mean}");
    }

    #[test]
    fn shapes_are_checked_and_no_rows_are_an_empty_map() {
        let rows = Array2::zeros((2, 1));
        assert!(MissingMap::new("", ["a", "b"], rows.view(), &[0, 0]).is_err());
        assert!(MissingMap::new("", ["a"], rows.view(), &[0]).is_err());
        let none = Array2::zeros((0, 1));
        let map = MissingMap::new("", ["a"], none.view(), &[]).unwrap();
        assert!(crate::plot::Figure::new().panel(map).svg().unwrap().contains("0 %"));
    }
}
