//! Golden images of every kind of figure: a picture that looks different fails.
//!
//! The images are in `tests/golden/figures`, at their nominal size. With the environment variable `UPDATE_GOLDEN`, they are written
//! anew; look at each before it is committed.

use std::path::PathBuf;

use linfa::traits::Fit;
use ndarray::{Array1, Array2, array};

use super::difference::{SAME, png_difference};
use super::png::encode_rgb;
use super::{Chart, Colour, Figure, ImageGrid, MissingMap, Pairs, ShareBars};
use crate::images::ImageShape;
use crate::mixture::{CovarianceType, Criterion, GaussianMixture, Selection};
use crate::model_file::SearchSummary;
use crate::pipeline::Pipeline;
use crate::preprocess::pca::Pca;
use crate::rows::kind::{DateForm, ValueKind};

/// A mixture of three components in the plane, with round parameters.
fn model() -> GaussianMixture {
    let means = array![[-2.0, 0.0], [1.0, 1.5], [1.5, -1.5]];
    let covariances =
        array![[[0.5, 0.3], [0.3, 0.6]], [[0.8, -0.4], [-0.4, 0.5]], [[0.2, 0.0], [0.0, 0.4]]];
    let weights = array![0.5, 0.3, 0.2];
    GaussianMixture::new(weights, means, CovarianceType::Full, covariances.into_dyn()).unwrap()
}

fn rows(n_rows: usize) -> (Array2<f64>, Array1<usize>) {
    model().sample(n_rows, 1)
}

/// The picture at its nominal size.
fn png(figure: &Figure) -> Vec<u8> {
    encode_rgb(&figure.nominal_pixels().unwrap(), figure.size()).unwrap()
}

fn golden(name: &str) -> Vec<u8> {
    std::fs::read(path(name)).unwrap_or_default()
}

fn path(name: &str) -> PathBuf {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/golden/figures");
    folder.join(format!("{name}.png"))
}

/// Compares a figure with its golden image. The picture is left beside it in the target folder if it looks different.
fn check(name: &str, figure: &Figure) {
    let found = png(figure);
    if std::env::var_os("UPDATE_GOLDEN").is_some() {
        std::fs::write(path(name), &found).unwrap();
    }
    let share = png_difference(&golden(name), &found);
    if share > SAME {
        let failed = std::env::temp_dir().join(format!("mixlab-{name}.png"));
        std::fs::write(&failed, &found).unwrap();
        panic!(
            "{name} looks different from tests/golden/figures/{name}.png in {:.3} % of its pixels: see {}",
            100.0 * share,
            failed.display()
        );
    }
}

fn one(chart: Chart) -> Figure {
    Figure::new().panel(chart)
}

fn labelled() -> Chart {
    let (rows, labels) = rows(250);
    Chart::new("points by label", "x", "y").labelled_points(rows.view(), &labels)
}

fn ellipses() -> Chart {
    let (rows, _) = rows(400);
    let chart = Chart::new("ellipses", "x", "y").equal_axes();
    chart.points("rows", rows.view(), Colour::Grey).ellipses(&model()).unwrap()
}

#[test]
fn points_ellipses_and_boundaries() {
    check("labelled-points", &one(labelled().boundaries(&model()).unwrap()));
    check("ellipses", &one(ellipses()));
    let (rows, _) = rows(300);
    let posterior = model().predict_proba(&rows).unwrap();
    let empty = |title: &str| Chart::new(title, "x", "y");
    let soft = empty("posteriors").posterior_points(rows.view(), posterior.view());
    let uncertain = empty("uncertainty").uncertain_points(rows.view(), posterior.view());
    check("posteriors", &Figure::new().panel(soft).panel(uncertain));
    let centers = model().means().to_owned();
    let circles = empty("circles").equal_axes().points("", rows.view(), Colour::BLUE);
    check(
        "circles",
        &one(circles.circles(centers.view(), &[1.0, 1.5, 0.8]).centers(centers.view())),
    );
}

#[test]
fn densities_and_curves() {
    let (rows, _) = rows(200);
    let levels = [1.5, 2.0, 3.0, 5.0, 8.0];
    let density = Chart::new("density", "x", "y").points("", rows.view(), Colour::Grey);
    check("density", &one(density.log_density(&model(), &levels).unwrap()));
    let marginal = Pipeline::from(model()).marginal(&[0]).unwrap();
    let column = rows.column(0);
    let curves = Chart::new("curves", "x", "density").histogram(column, 20);
    check("curves", &one(curves.mixture_curves("mixture", &marginal, (-5.0, 5.0)).unwrap()));
    let others = &column + 0.5;
    let two = Chart::new("two samples", "x", "density");
    let comparison = Figure::new()
        .columns(3)
        .panel(two.two_histograms(("original", column), ("synthetic", others.view()), 20))
        .panel(Chart::new("quantiles", "original", "synthetic").quantiles(column, others.view()))
        .panel(Chart::new("rootogram", "x", "square root of counts").rootogram(
            ("original", column),
            ("synthetic", others.view()),
            20,
        ));
    check("comparison", &comparison);
}

#[test]
fn criteria_and_explained_variance() {
    let (rows, _) = rows(300);
    let search = Selection::params(1..=5).fit(&rows.into()).unwrap();
    check("criterion", &one(Chart::of_selection("How many?", &search, Criterion::Bic)));
    let summary = SearchSummary::of(&search, 300);
    check("summary", &one(Chart::of_search_summary("The same by AIC", &summary, Criterion::Aic)));
    let digits = crate::datasets::digits();
    let pca = Pca::params(20).fit(&digits).unwrap();
    check("explained-variance", &one(Chart::of_explained_variance(&pca)));
}

#[test]
fn matrices_of_pairs() {
    let (rows, _) = rows(300);
    let pipeline = Pipeline::from(model());
    let names = ["first", "second"].map(String::from);
    let pairs = Pairs::new(&pipeline, rows.view(), &[0, 1], &names).unwrap();
    check("pairs", &pairs.matrix().unwrap());
    check("uncertainty", &pairs.uncertainty().unwrap());
}

#[test]
fn bars_images_and_maps_of_missing_values() {
    let shares = array![[0.7, 0.2, 0.1], [0.1, 0.1, 0.8]];
    let weights = array![0.25, 0.75];
    let levels = ["blue", "green", "red"];
    let of_components =
        ShareBars::of_components("levels by component", weights.view(), levels, shares.view())
            .unwrap();
    let of_levels =
        ShareBars::of_levels("components by level", weights.view(), levels, shares.view()).unwrap();
    let grouped =
        ShareBars::grouped("levels", ["original", "synthetic"], levels, shares.view()).unwrap();
    check("bars", &Figure::new().panel(of_components).panel(of_levels).panel(grouped));
    let digits = crate::datasets::digits();
    let images = digits.records.slice_axis(ndarray::Axis(0), ndarray::Slice::from(..6));
    let grid = ImageGrid::new("digits", images, ImageShape::grey(8, 8, 0.0, 16.0)).unwrap();
    let captions = (0..6).map(|number| number.to_string());
    let headings = ["first", "second", "third"];
    check("images", &Figure::new().panel(grid.captions(captions).unwrap().headings(headings)));
    let rows = Array2::from_shape_fn((60, 3), |(row, column)| {
        if row % (column + 3) == 0 && column != 1 { f64::NAN } else { 1.0 }
    });
    let labels: Vec<usize> = (0..60).map(|row| usize::from(row >= 40)).collect();
    let map = MissingMap::new("missing values", ["age", "sex", "income"], rows.view(), &labels);
    check("missing", &Figure::new().panel(map.unwrap()));
}

#[test]
fn axes_offsets_notes_and_dark_pages() {
    let far = Chart::new("an offset", "x", "y")
        .line("a line", (0..20).map(|at| (1e9 + f64::from(at), f64::from(at * at))), Colour::BLUE)
        .dashed_line("dashed", [(1e9, 300.0), (1e9 + 19.0, 0.0)], Colour::ORANGE)
        .marker((1e9 + 10.0, 100.0), "the middle");
    let many = Chart::new("Größen, Ωμέγα, Привет", "10⁻⁶ m²", "ln p(x)")
        .x_range(0.0, 3e-6)
        .y_range(-2.5e7, 1e7)
        .line("", [(-1e-6, -5e7), (4e-6, 3e7)], Colour::GREEN);
    let days = (0..30).map(|at| (19_700.0 + f64::from(at), 19_723.0 + f64::from(at % 7)));
    let date = ValueKind::Date(DateForm::YearMonthDay);
    let dates = Chart::new("dates", "day", "day").curve("", days, 3).kinds(date.clone(), date);
    check("axes", &Figure::new().columns(3).panel(far).panel(many).panel(dates));
    check("dark", &Figure::new().panel(ellipses()).panel(labelled()).dark());
}

#[test]
fn a_wrong_colour_a_missing_ellipse_and_a_shifted_axis_look_different() {
    let expected = golden("ellipses");
    let different = |chart: Chart| png_difference(&expected, &png(&one(chart))) > SAME;
    assert!(!different(ellipses()));
    let (rows, _) = rows(400);
    let points = |colour: Colour| {
        let chart = Chart::new("ellipses", "x", "y").equal_axes();
        chart.points("rows", rows.view(), colour)
    };
    assert!(different(points(Colour::BLUE).ellipses(&model()).unwrap()));
    // the smallest component is without its ellipses
    let two = GaussianMixture::new(
        array![0.5, 0.5],
        array![[-2.0, 0.0], [1.0, 1.5]],
        CovarianceType::Full,
        array![[[0.5, 0.3], [0.3, 0.6]], [[0.8, -0.4], [-0.4, 0.5]]].into_dyn(),
    );
    assert!(different(points(Colour::Grey).ellipses(&two.unwrap()).unwrap()));
    // by a fiftieth of a unit, less than two pixels
    let window = ellipses().fitted_window();
    let shifted = ellipses().x_range(window.x.0 + 0.02, window.x.1 + 0.02);
    assert!(different(shifted.y_range(window.y.0, window.y.1)));
    let other_label = Chart::new("ellipses", "z", "y").equal_axes();
    let other_label = other_label.points("rows", rows.view(), Colour::Grey);
    assert!(different(other_label.ellipses(&model()).unwrap()));
}
