//! A small market survey, turned into as many rows as an analysis needs.

use ndarray::{Array2, ArrayView2, Axis, Slice};
use rand::seq::index;

use super::{Check, Story};
use crate::compute::random::stream;
use crate::datasets;
use crate::error::Result;
use crate::metrics::quality::{correlation_difference, kolmogorov_smirnov, two_sample_test};
use crate::mixture::{CovarianceType, Criterion, GaussianMixture, Selection};
use crate::pipeline::Pipeline;
use crate::plot::{Chart, Colour, Figure};

const COLUMNS: [&str; 4] = ["age", "income", "spending", "visits"];
const SURVEYED: usize = 400;
const GENERATED: usize = 10_000;

pub(super) fn tell(story: &mut Story<'_>) -> Result<()> {
    let survey = datasets::survey().records;
    story.text(format!(
        "A made-up market survey: {SURVEYED} customers of four kinds, with {}. An analysis wants {GENERATED} rows \
         that behave like them. The survey is standardised, a mixture is chosen by BIC, and new customers are \
         drawn from it.",
        COLUMNS.join(", "),
    ));
    story.progress("search");
    let (model, search) = Pipeline::params().standardize(true).select(
        &survey,
        &Selection::params(1..=8)
            .covariance_types(CovarianceType::ALL)
            .mixture(GaussianMixture::params(1).n_init(10).tol(1e-5).max_iter(500)),
    )?;
    story.check(Check::equal(
        "number of clusters that BIC finds",
        4,
        model.mixture().n_components(),
        0.0,
    ));
    story.figure(
        "table-bic",
        Chart::of_selection("BIC of the four families", &search, Criterion::Bic),
        "BIC against the number of components for each covariance family, lowest at four.",
        "Four kinds of customers were put in, four are found.",
    );

    story.progress("ten thousand new rows");
    let (synthetic, _) = model.sample(GENERATED, 1);
    pictures(story, &survey, &synthetic)?;
    story.progress("do they follow?");
    follow(story, &survey, &synthetic)
}

fn pictures(story: &mut Story<'_>, survey: &Array2<f64>, synthetic: &Array2<f64>) -> Result<()> {
    let shown = synthetic.slice_axis(Axis(0), Slice::from(..SURVEYED));
    let mut figure = Figure::new();
    for (x, y) in [(0, 1), (1, 2)] {
        let of = |rows: ArrayView2<'_, f64>| rows.select(Axis(1), &[x, y]);
        let points = of(survey.view());
        figure = figure
            .panel(Chart::new("survey", COLUMNS[x], COLUMNS[y]).points(
                "",
                points.view(),
                Colour::Grey,
            ))
            .panel(Chart::new("generated (as many)", COLUMNS[x], COLUMNS[y]).points(
                "",
                of(shown).view(),
                Colour::ORANGE,
            ));
    }
    story.heading("The survey, and customers who never were");
    story.figure(
        "table-pairs",
        figure,
        "Scatter plots of age and income, and of income and spending: survey left, generated right.",
        "Left: the survey. Right: as many generated rows. Clusters, their directions and their overlaps are the \
         same.",
    );
    let mut columns = Figure::new();
    for (column, name) in COLUMNS.into_iter().enumerate() {
        columns = columns.panel(
            Chart::new(name, name, "density")
                .histogram(survey.column(column), 30)
                .histogram_outline("generated", synthetic.column(column), 50, Colour::ORANGE),
        );
    }
    story.figure(
        "table-columns",
        columns,
        "Four histograms of the survey's columns with the density of the generated rows over them.",
        "Bars: the survey. Line: the distribution of 10000 generated rows.",
    );
    Ok(())
}

/// Two tables beside one another: a line of the report, and what of it is checked.
struct Compared {
    cells: Vec<String>,
    /// Smallest p of the columns.
    least: f64,
    /// p of the classifier.
    told: f64,
}

fn compared(name: &str, a: &Array2<f64>, b: &Array2<f64>) -> Result<Compared> {
    let mut cells = vec![name.to_owned()];
    let mut least = 1.0_f64;
    for column in 0..COLUMNS.len() {
        let ks = kolmogorov_smirnov(a.column(column), b.column(column))?;
        least = least.min(ks.p_value);
        cells.push(format!("{:.3} (p {:.2})", ks.statistic, ks.p_value));
    }
    let told = two_sample_test(a.view(), b.view(), 5)?;
    cells.push(format!("{:.3}", correlation_difference(a.view(), b.view())?));
    cells.push(format!("{:.1} % (p {:.2})", 100.0 * told.accuracy, told.p_value));
    Ok(Compared { cells, least, told: told.p_value })
}

/// A table with every column in an order of its own.
fn shuffled(survey: &Array2<f64>) -> Array2<f64> {
    let mut shuffled = survey.clone();
    for (column, mut values) in shuffled.columns_mut().into_iter().enumerate() {
        let order = index::sample(&mut stream(4, column as u64), SURVEYED, SURVEYED);
        let copy = values.to_owned();
        for (to, from) in order.into_iter().enumerate() {
            values[to] = copy[from];
        }
    }
    shuffled
}

fn follow(story: &mut Story<'_>, survey: &Array2<f64>, synthetic: &Array2<f64>) -> Result<()> {
    let order = index::sample(&mut stream(3, 0), SURVEYED, SURVEYED).into_vec();
    let half = |range: &[usize]| survey.select(Axis(0), range);
    let (one, other) = (half(&order[..SURVEYED / 2]), half(&order[SURVEYED / 2..]));
    let halves = compared("half of the survey against the other half", &one, &other)?;
    let generated = compared("survey against generated rows", survey, synthetic)?;
    let mixed_up = compared("survey with shuffled columns", survey, &shuffled(survey))?;
    story.heading("Do they follow the original?");
    story.text(
        "Each column by the Kolmogorov-Smirnov statistic (largest gap of the cumulative distributions), pairs of \
         columns by the largest difference of their correlations, and everything at once by a classifier that \
         tries to tell rows of the two tables apart (50 % is guessing). Two halves of the survey set the standard; \
         a copy with every column shuffled, which keeps each column and destroys what hangs together, must fail.",
    );
    let mut header = vec![""];
    header.extend(COLUMNS);
    header.extend(["correlations", "told apart"]);
    let lines = [&halves, &generated, &mixed_up].map(|compared| compared.cells.clone()).to_vec();
    story.table("Generated rows beside real ones", &header, lines);
    checks(story, &generated, &mixed_up);
    Ok(())
}

fn checks(story: &mut Story<'_>, generated: &Compared, mixed_up: &Compared) {
    let ours = "a test of ours; the document compares by eye";
    for (name, holds, why) in [
        (
            "every column follows (smallest Kolmogorov-Smirnov p above 0.01; 1 is yes)",
            generated.least > 0.01,
            ours,
        ),
        (
            "generated rows cannot be told apart (p above 0.01; 1 is yes)",
            generated.told > 0.01,
            ours,
        ),
        (
            "shuffled columns are told apart (p below 0.01; 1 is yes)",
            mixed_up.told < 0.01,
            "the test must be able to fail",
        ),
    ] {
        story.check(Check::equal(name, 1, usize::from(holds), 0.0).because(why));
    }
}
