//! Synthetic data: a small market survey enlarged to the number of rows that an analysis needs.

use ndarray::{Array2, ArrayView2, Axis, Slice};
use rand::seq::index;

use super::{Check, ReportBuilder};
use crate::compute::random::stream;
use crate::datasets;
use crate::error::Result;
use crate::metrics::quality::{correlation_difference, kolmogorov_smirnov, two_sample_test};
use crate::mixture::{CovarianceType, Criterion, GaussianMixture, Selection};
use crate::model_file::ModelFile;
use crate::pipeline::{Pipeline, UserUnits};
use crate::plot::{Chart, Colour, Figure};
use crate::rows::schema::Column;

const COLUMNS: [&str; 4] = ["age", "income", "spending", "visits"];
const SURVEYED: usize = 400;
const GENERATED: usize = 10_000;

pub(super) fn run(report: &mut ReportBuilder<'_>) -> Result<()> {
    let table = datasets::survey();
    let survey = &table.records;
    report.text(format!(
        "A made-up market survey of {SURVEYED} customers of four kinds, with the columns {}. An analysis needs \
         {GENERATED} rows with the same distribution. The columns are standardised, a mixture is selected by \
         BIC, and new customers are sampled from it, with the decimals of the survey.",
        COLUMNS.join(", "),
    ));
    report.progress("search");
    let (model, search) = Pipeline::params().standardize(true).select(
        survey,
        &Selection::params(1..=8).covariance_types(CovarianceType::ALL).mixture(
            GaussianMixture::params(1).like_scikit_learn().n_init(10).tol(1e-5).max_iter(500),
        ),
    )?;
    report.check(Check::equal(
        "number of components selected by BIC",
        4,
        model.mixture().n_components(),
        0.0,
    ));
    report.figure(
        "table-bic",
        Chart::of_selection("BIC of the four families", &search, Criterion::Bic),
        "BIC against the number of components for each covariance family, lowest at four.",
        "The survey was made from four kinds of customers, and BIC selects four components.",
    );

    report.progress("10000 generated rows");
    let columns = Column::all(survey.view(), table.feature_names());
    let file = ModelFile { columns, ..model.into() };
    let synthetic = file.sample(GENERATED, 1, true, UserUnits::default());
    pictures(report, survey, &synthetic)?;
    report.progress("comparison with the survey");
    compare_tables(report, survey, &synthetic)
}

fn pictures(
    report: &mut ReportBuilder<'_>,
    survey: &Array2<f64>,
    synthetic: &Array2<f64>,
) -> Result<()> {
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
            .panel(Chart::new("generated, same number of rows", COLUMNS[x], COLUMNS[y]).points(
                "",
                of(shown).view(),
                Colour::ORANGE,
            ));
    }
    report.heading("The survey and the generated customers");
    report.figure(
        "table-pairs",
        figure,
        "Scatter plots of age and income, and of income and spending: survey left, generated right.",
        "Left: the survey. Right: the same number of generated rows. The clusters, their orientations and \
         their overlaps agree.",
    );
    let mut columns = Figure::new();
    for (column, name) in COLUMNS.into_iter().enumerate() {
        columns = columns.panel(Chart::new(name, name, "density").two_histograms(
            ("survey", survey.column(column)),
            ("generated", synthetic.column(column)),
            30,
        ));
    }
    report.figure(
        "table-columns",
        columns,
        "Histograms of the survey's four columns with the density of the generated rows over them.",
        "Bars: the survey. Lines: the distribution of 10000 generated rows.",
    );
    Ok(())
}

/// A comparison of two tables: a row of the report, and the checked p-values.
struct Comparison {
    cells: Vec<String>,
    /// Smallest p-value of the columns.
    smallest_p: f64,
    /// p-value of the classifier.
    classifier_p: f64,
}

fn compare(name: &str, a: &Array2<f64>, b: &Array2<f64>) -> Result<Comparison> {
    let mut cells = vec![name.to_owned()];
    let mut smallest_p = 1.0_f64;
    for column in 0..COLUMNS.len() {
        let ks = kolmogorov_smirnov(a.column(column), b.column(column))?;
        smallest_p = smallest_p.min(ks.p_value);
        cells.push(format!("{:.3} (p {:.2})", ks.statistic, ks.p_value));
    }
    let classifier = two_sample_test(a.view(), b.view(), 5)?;
    cells.push(format!("{:.3}", correlation_difference(a.view(), b.view())?));
    cells.push(format!("{:.3} (p {:.2})", classifier.auc, classifier.p_value));
    Ok(Comparison { cells, smallest_p, classifier_p: classifier.p_value })
}

/// A copy of the table with each column shuffled independently.
fn shuffle_columns(survey: &Array2<f64>) -> Array2<f64> {
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

fn compare_tables(
    report: &mut ReportBuilder<'_>,
    survey: &Array2<f64>,
    synthetic: &Array2<f64>,
) -> Result<()> {
    let order = index::sample(&mut stream(3, 0), SURVEYED, SURVEYED).into_vec();
    let half = |range: &[usize]| survey.select(Axis(0), range);
    let (one, other) = (half(&order[..SURVEYED / 2]), half(&order[SURVEYED / 2..]));
    let halves = compare("half of the survey against the other half", &one, &other)?;
    let generated = compare("survey against generated rows", survey, synthetic)?;
    let shuffled = compare("survey against shuffled columns", survey, &shuffle_columns(survey))?;
    report.heading("Do the generated rows follow the distribution of the survey?");
    report.text(
        "Single columns are compared by the two-sample Kolmogorov-Smirnov statistic (the largest difference \
         between the cumulative distributions), pairs of columns by the largest difference between their \
         correlations, and whole rows by the area under the ROC curve of a classifier that is trained to distinguish the two \
         tables (0.5 is chance). Two halves of the survey are the reference. A copy with each column shuffled \
         is the negative control: it keeps the distribution of each column but destroys the correlations, and \
         must be distinguished.",
    );
    let mut header = vec![""];
    header.extend(COLUMNS);
    header.extend(["correlations", "classifier AUC"]);
    let lines =
        [&halves, &generated, &shuffled].map(|comparison| comparison.cells.clone()).to_vec();
    report.table("Generated rows compared with the survey", &header, lines);
    checks(report, &generated, &shuffled);
    Ok(())
}

fn checks(report: &mut ReportBuilder<'_>, generated: &Comparison, shuffled: &Comparison) {
    let why = "a test of mixlab's; the tutorial compares by eye";
    for (name, holds, why) in [
        (
            "columns agree (smallest Kolmogorov-Smirnov p above 0.01; 1 is yes)",
            generated.smallest_p > 0.01,
            why,
        ),
        (
            "generated rows are not distinguished (classifier p above 0.01; 1 is yes)",
            generated.classifier_p > 0.01,
            why,
        ),
        (
            "shuffled columns are distinguished (classifier p below 0.01; 1 is yes)",
            shuffled.classifier_p < 0.01,
            "negative control: the test must be able to fail",
        ),
    ] {
        report.check(Check::equal(name, 1, usize::from(holds), 0.0).because(why));
    }
}
