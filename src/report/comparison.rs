//! Reports on comparisons of two tables or sets of images.

use std::path::Path;

use ndarray::{ArrayView2, Axis, Slice};

use super::document::Document;
use super::html::write_document;
use super::text_table::TextTable;
use crate::compute::random::some_rows;
use crate::error::Result;
use crate::images::ImageShape;
use crate::metrics::quality::{Comparison, Nearest};
use crate::plot::{Chart, Colour, Figure, ImageGrid, around};

/// Maximum number of columns with a histogram, and of columns whose pairs are plotted.
const HISTOGRAMS: usize = 12;
const PAIRS: usize = 4;
/// Maximum number of points in a scatter plot.
const POINTS: usize = 2000;
/// Maximum number of images in a grid.
const IMAGES: usize = 64;

/// Writes an HTML page on a comparison: the verdict, the test results, and pictures of both tables. `tables` are the original
/// and the synthetic rows; `image` is their shape if they are images.
///
/// # Errors
/// [`Error::Io`](crate::Error::Io) and [`Error::Drawing`](crate::Error::Drawing).
pub fn write_comparison(
    path: &Path,
    comparison: &Comparison,
    tables: [ArrayView2<'_, f64>; 2],
    image: Option<ImageShape>,
) -> Result<()> {
    write_document(path, &comparison_document(comparison, tables, image)?)
}

/// Returns the document that [`write_comparison`] writes.
///
/// # Errors
/// Same as [`ImageGrid::new`], if the rows are not images of that shape.
pub fn comparison_document(
    comparison: &Comparison,
    tables: [ArrayView2<'_, f64>; 2],
    image: Option<ImageShape>,
) -> Result<Document> {
    let mut document = Document::new("comparison", "Original and synthetic");
    document.summary = summary(comparison);
    document.table(TextTable::findings(comparison));
    document.text(
        "The p-value is the probability of a difference at least this large if both tables follow the same \
         distribution. The synthetic rows are rejected if any p-value is below 1 % divided by the number of questions, \
         so that at most about one in a hundred samples of the original distribution is rejected.",
    );
    document.heading("Are the rows new?");
    document.table(TextTable::from(&comparison.nearest));
    let unit = if comparison.standardized {
        "standard deviations of the original columns"
    } else {
        "the units of the columns"
    };
    document.text(format!(
        "New rows are about as far from the nearest original row as original rows are from each other; copies are \
         much nearer. Distances are in {unit}. The p-values are those of permutation tests: at most {:.0} % of the \
         samples of the original distribution are called copies.",
        100.0 * Nearest::LEVEL
    ));
    if let Some(shape) = image {
        grids(&mut document, tables, shape)?;
    } else {
        document.heading("Column by column");
        document.table(TextTable::columns(comparison));
        histograms(&mut document, comparison, tables);
        pairs(&mut document, comparison, tables);
    }
    Ok(document)
}

/// Returns the verdict and the numbers of rows.
fn summary(comparison: &Comparison) -> Vec<String> {
    let [n_original, n_synthetic] = comparison.n_rows;
    let [original, synthetic] = comparison.n_compared;
    vec![
        format!("{}.", capital(&comparison.verdict())),
        format!(
            "{n_original} original and {n_synthetic} synthetic rows, of which {original} and {synthetic} were compared \
             by mixlab {}.",
            env!("CARGO_PKG_VERSION")
        ),
    ]
}

fn capital(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map(|first| first.to_uppercase().chain(letters).collect()).unwrap_or_default()
}

fn grids(
    document: &mut Document,
    tables: [ArrayView2<'_, f64>; 2],
    shape: ImageShape,
) -> Result<()> {
    let mut both = Figure::new();
    for (title, rows) in ["original", "synthetic"].into_iter().zip(tables) {
        both = both.panel(ImageGrid::new(title, some_rows(rows, IMAGES).view(), shape)?);
    }
    document.picture(
        "images",
        both,
        "Two grids of images: original left, synthetic right.",
        "Examples of the original images (left) and of the synthetic images (right).",
    );
    Ok(())
}

fn histograms(document: &mut Document, comparison: &Comparison, tables: [ArrayView2<'_, f64>; 2]) {
    let mut charts = Figure::new();
    for (index, column) in comparison.columns.iter().enumerate().take(HISTOGRAMS) {
        let [original, synthetic] = tables.map(|rows| rows.column(index).to_owned());
        charts = charts.panel(Chart::new(&column.name, &column.name, "density").two_histograms(
            original.view(),
            "synthetic",
            synthetic.view(),
            30,
        ));
    }
    let first = match comparison.columns.len() {
        n if n > HISTOGRAMS => format!("The first {HISTOGRAMS} of {n} columns. "),
        _ => String::new(),
    };
    let caption = format!("{first}Bars: the original. Line: the synthetic rows.");
    document.picture("columns", charts, "Histograms of the columns of both tables.", caption);
}

fn pairs(document: &mut Document, comparison: &Comparison, tables: [ArrayView2<'_, f64>; 2]) {
    let n = comparison.columns.len().min(PAIRS);
    if n < 2 {
        return;
    }
    let [original, synthetic] = tables.map(|rows| some_rows(rows, POINTS));
    let n_points = original.nrows().min(synthetic.nrows());
    let mut charts = Figure::new();
    for x in 0..n {
        for y in x + 1..n {
            let names = [x, y].map(|column| comparison.columns[column].name.as_str());
            let [(left, right), (low, high)] = [x, y].map(|column| {
                let both = tables.each_ref().map(|rows| rows.column(column));
                around(both.iter().flatten())
            });
            for (what, rows, colour) in
                [("original", &original, Colour::Grey), ("synthetic", &synthetic, Colour::ORANGE)]
            {
                let rows = rows.slice_axis(Axis(0), Slice::from(..n_points));
                let chart = Chart::new(what, names[0], names[1]);
                let chart = chart.x_range(left, right).y_range(low, high);
                let points = rows.select(Axis(1), &[x, y]);
                charts = charts.panel(chart.points("", points.view(), colour));
            }
        }
    }
    document.heading("Pairs of columns");
    document.picture(
        "pairs",
        charts,
        "Scatter plots of pairs of columns, original left and synthetic right.",
        "Equal numbers of original rows (left) and synthetic rows (right).",
    );
}
