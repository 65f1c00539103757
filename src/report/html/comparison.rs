//! A comparison of two tables or sets of images as a page with pictures.

use std::io::Write;
use std::path::Path;

use maud::html;
use ndarray::{ArrayView2, Axis, Slice};

use super::{page, parts};
use crate::compute::random::some_rows;
use crate::error::Result;
use crate::experiments::{Illustration, Item, Picture};
use crate::files::atomic::write_file;
use crate::images::ImageShape;
use crate::metrics::quality::Comparison;
use crate::plot::{Chart, Colour, Figure, ImageGrid, around};
use crate::report::text_table::Listing;

/// Most columns of which a histogram is drawn, and of which pairs are.
const HISTOGRAMS: usize = 12;
const PAIRS: usize = 4;
/// Most points of a picture.
const POINTS: usize = 2000;
/// Images of a grid.
const IMAGES: usize = 64;

/// Writes a page on two tables: the verdict, what it rests on, and pictures of both. `tables` are the original and the
/// synthetic rows; `image` is their shape if they are images.
///
/// # Errors
/// [`Error::Io`](crate::Error::Io) and [`Error::Drawing`](crate::Error::Drawing).
pub fn write_comparison(
    path: &Path,
    comparison: &Comparison,
    tables: [ArrayView2<'_, f64>; 2],
    image: Option<ImageShape>,
) -> Result<()> {
    let mut items = vec![
        Item::Table(Listing::findings(comparison)),
        Item::Text(
            "p is the probability of as much by chance if both tables follow one distribution. The verdict refuses \
             where one p is below 1 % divided by the number of questions: of a hundred true copies of the distribution, \
             at most about one."
                .into(),
        ),
        Item::Heading("Are the rows new?".into()),
        Item::Table(Listing::from(&comparison.nearest)),
        Item::Text(format!(
            "Rows that are new keep about the distance to the original rows that these keep from each other; copies lie \
             much nearer. Distances are in {}.",
            match comparison.standardized {
                false => "the units of the columns",
                true => "standard deviations of the original columns",
            }
        )),
    ];
    match image {
        Some(shape) => items.extend(grids(tables, shape)?),
        None => {
            items.push(Item::Heading("Column by column".into()));
            items.push(Item::Table(Listing::columns(comparison)));
            items.extend(histograms(comparison, tables));
            items.extend(pairs(comparison, tables));
        }
    }
    let [n_original, n_synthetic] = comparison.n_rows;
    let [original, synthetic] = comparison.n_compared;
    let header = html! {
        h1 { "Original and synthetic" }
        p { strong { (capital(&comparison.verdict())) "." } }
        p {
            (n_original) " original and " (n_synthetic) " synthetic rows, of which " (original) " and " (synthetic)
            " were compared by mixlab " (env!("CARGO_PKG_VERSION")) "."
        }
    };
    let parts = parts(&items)?;
    let section = html! { section { @for part in &parts { (part) } } };
    let page = page("mixlab: original and synthetic", &header, &[section]).into_string();
    write_file(path, |file| file.write_all(page.as_bytes()))
}

fn capital(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map(|first| first.to_uppercase().chain(letters).collect()).unwrap_or_default()
}

fn figure(name: &str, figure: Figure, alt: &str, caption: &str) -> Item {
    Item::Figure(Illustration {
        name: name.into(),
        picture: Picture::Still(figure),
        caption: caption.into(),
        alt: alt.into(),
    })
}

fn grids(tables: [ArrayView2<'_, f64>; 2], shape: ImageShape) -> Result<Vec<Item>> {
    let mut both = Figure::new();
    for (title, rows) in ["original", "synthetic"].into_iter().zip(tables) {
        both = both.panel(ImageGrid::new(title, some_rows(rows, IMAGES).view(), shape)?);
    }
    Ok(vec![figure(
        "images",
        both,
        "Two grids of images: originals left, synthetic ones right.",
        "Some of the original images, and some of the synthetic ones.",
    )])
}

fn histograms(comparison: &Comparison, tables: [ArrayView2<'_, f64>; 2]) -> Vec<Item> {
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
    vec![figure("columns", charts, "Histograms of the columns of both tables.", &caption)]
}

fn pairs(comparison: &Comparison, tables: [ArrayView2<'_, f64>; 2]) -> Vec<Item> {
    let n = comparison.columns.len().min(PAIRS);
    if n < 2 {
        return Vec::new();
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
    vec![
        Item::Heading("Pairs of columns".into()),
        figure(
            "pairs",
            charts,
            "Scatter plots of pairs of columns, original left and synthetic right.",
            "As many original rows, left, as synthetic ones, right.",
        ),
    ]
}
