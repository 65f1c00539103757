//! Reports on comparisons of two tables or sets of images.

use std::path::Path;

use ndarray::{Array1, Array2, ArrayView2, Axis, Slice};

use super::document::Document;
use super::html::write_document;
use super::text_table::TextTable;
use crate::compute::random::some_rows;
use crate::error::Result;
use crate::images::ImageShape;
use crate::metrics::quality::{Comparison, Nearest, ValueComparison};
use crate::plot::{Chart, Colour, Figure, ImageGrid, ShareBars, around};

/// Maximum number of columns with a histogram, and of columns whose pairs are plotted.
const HISTOGRAMS: usize = 12;
const PAIRS: usize = 4;
/// Number of bars of a histogram.
const BINS: usize = 30;
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
    document.table(TextTable::verdicts(comparison));
    document.heading("Do they follow the original distribution?");
    document.table(TextTable::findings(comparison));
    document.text(
        "The p-value is the probability of a difference at least this large if both tables follow the same \
         distribution. The synthetic rows are rejected if any p-value is below 1 % divided by the number of questions, \
         so that at most about one in a hundred samples of the original distribution is rejected.",
    );
    document.text(power(comparison));
    let values = TextTable::values(comparison);
    if !values.lines.is_empty() {
        document.text("What gives synthetic rows away:");
        document.table(values);
    }
    let useful = TextTable::usefulness(comparison);
    if !useful.lines.is_empty() {
        document.heading("Do they predict as well?");
        document.table(useful);
        document.text(
            "Scores of predictions of real rows by boosted trees from the other columns. Useful synthetic rows keep at least \
             90 % of the scores of original training rows, of columns with a score of at least 0.1.",
        );
    }
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
    if let Some(holdout) = &comparison.holdout {
        document.table(TextTable::from(holdout));
    }
    if let Some(shape) = image {
        grids(&mut document, tables, shape)?;
    } else {
        document.heading("Column by column");
        columns(&mut document, comparison, tables)?;
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

/// Says what the classifier would have seen, and the figures of sdmetrics.
fn power(comparison: &Comparison) -> String {
    let pairs = comparison.similarity.pair_trends;
    let pairs = pairs.map(|pairs| format!(", column pair trends {pairs:.3}")).unwrap_or_default();
    format!(
        "The classifier are {}; an AUC of {:.3} would be seen with a probability of 80 %. By the figures of sdmetrics, \
         column shapes are {:.3}{pairs}.",
        comparison.classifier.classifier,
        comparison.classifier.detectable(comparison.limit()),
        comparison.similarity.column_shapes,
    )
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

/// Adds tables and pictures of the columns, by kind.
fn columns(
    document: &mut Document,
    comparison: &Comparison,
    tables: [ArrayView2<'_, f64>; 2],
) -> Result<()> {
    let numbers = TextTable::columns(comparison);
    if !numbers.lines.is_empty() {
        document.table(numbers);
        histograms(document, comparison, tables);
    }
    let categories = TextTable::categories(comparison);
    if !categories.lines.is_empty() {
        document.table(categories);
        bars(document, comparison)?;
    }
    let of_one_table = TextTable::levels_of_one_table(comparison);
    if !of_one_table.lines.is_empty() {
        document.text("Levels that only one of the tables has:");
        document.table(of_one_table);
    }
    let missing = TextTable::missing(comparison);
    if !missing.lines.is_empty() {
        document.heading("Missing values");
        document.table(missing);
    }
    Ok(())
}

fn histograms(document: &mut Document, comparison: &Comparison, tables: [ArrayView2<'_, f64>; 2]) {
    let numbers = numbers(comparison);
    let mut charts = Figure::new().columns(3);
    for &index in numbers.iter().take(HISTOGRAMS) {
        let name = &comparison.columns[index].name;
        let [original, synthetic] = tables.map(|rows| -> Array1<f64> {
            rows.column(index).iter().copied().filter(|value| !value.is_nan()).collect()
        });
        let (original, synthetic) = (original.view(), synthetic.view());
        let histograms = Chart::new(name, name, "density");
        let quantiles = Chart::new(format!("{name}: quantiles"), "original", "synthetic");
        let rootogram = Chart::new(format!("{name}: rootogram"), name, "square root of counts");
        charts = charts
            .panel(histograms.two_histograms(
                ("original", original),
                ("synthetic", synthetic),
                BINS,
            ))
            .panel(quantiles.quantiles(original, synthetic))
            .panel(rootogram.rootogram(("original", original), ("synthetic", synthetic), BINS));
    }
    let first = match numbers.len() {
        n if n > HISTOGRAMS => format!("The first {HISTOGRAMS} of {n} columns. "),
        _ => String::new(),
    };
    let caption = format!(
        "{first}Left: the original as bars, the synthetic rows as a line. Middle: quantiles of the synthetic rows against those of the \
         original; on the dashed line, they are equal. Right: a hanging rootogram; bars of the synthetic rows that hang from the curve \
         of the original and end at zero are as frequent as in the original."
    );
    let alt = "Histograms, quantiles and rootograms of the columns of both tables.";
    document.picture("columns", charts, alt, caption);
}

/// Adds bars of the shares of the levels of categories.
fn bars(document: &mut Document, comparison: &Comparison) -> Result<()> {
    let categories = comparison.columns.iter().filter_map(|column| match &column.values {
        ValueComparison::Categories(categories) => Some((&column.name, categories)),
        ValueComparison::Numbers(_) => None,
    });
    let categories: Vec<_> = categories.collect();
    let mut panels = Figure::new();
    for (name, categories) in categories.iter().take(HISTOGRAMS) {
        let shape = (2, categories.shares.len());
        let shares = Array2::from_shape_fn(shape, |(table, level)| categories.shares[level][table]);
        let levels = categories.levels.names().iter().map(String::as_str);
        let bars = ShareBars::grouped(*name, ["original", "synthetic"], levels, shares.view())?;
        panels = panels.panel(bars);
    }
    let first = match categories.len() {
        n if n > HISTOGRAMS => format!("The first {HISTOGRAMS} of {n} categories. "),
        _ => String::new(),
    };
    let caption = format!("{first}Shares of the levels among the observed values.");
    let alt = "Bars of the shares of the levels of categories in both tables.";
    document.picture("categories", panels, alt, caption);
    Ok(())
}

/// The columns of numbers with observed values.
fn numbers(comparison: &Comparison) -> Vec<usize> {
    let is_shown = |column: &usize| match &comparison.columns[*column].values {
        ValueComparison::Numbers(numbers) => numbers.means.iter().any(|mean| !mean.is_nan()),
        ValueComparison::Categories(_) => false,
    };
    (0..comparison.columns.len()).filter(is_shown).collect()
}

fn pairs(document: &mut Document, comparison: &Comparison, tables: [ArrayView2<'_, f64>; 2]) {
    let mut numbers = numbers(comparison);
    numbers.truncate(PAIRS);
    if numbers.len() < 2 {
        return;
    }
    let [original, synthetic] = tables.map(|rows| some_rows(rows, POINTS));
    let n_points = original.nrows().min(synthetic.nrows());
    let mut charts = Figure::new();
    for (at, &x) in numbers.iter().enumerate() {
        for &y in &numbers[at + 1..] {
            let names = [x, y].map(|column| comparison.columns[column].name.as_str());
            let [(left, right), (low, high)] = [x, y].map(|column| {
                let both = tables.each_ref().map(|rows| rows.column(column));
                around(both.iter().flatten())
            });
            for (what, rows, colour) in
                [("original", &original, Colour::Grey), ("synthetic", &synthetic, Colour::ORANGE)]
            {
                let rows = rows.slice_axis(Axis(0), Slice::from(..n_points));
                let is_complete = |&row: &usize| !(rows[[row, x]] + rows[[row, y]]).is_nan();
                let complete: Vec<usize> = (0..n_points).filter(is_complete).collect();
                let chart = Chart::new(what, names[0], names[1]);
                let chart = chart.x_range(left, right).y_range(low, high);
                let points = rows.select(Axis(0), &complete).select(Axis(1), &[x, y]);
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
