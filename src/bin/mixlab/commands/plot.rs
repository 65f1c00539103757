//! `mixlab plot`

use std::path::{Path, PathBuf};
use std::str::FromStr;

use clap::{Parser, ValueEnum};
use mixlab::plot::{Chart, Figure, ImageGrid, Pairs, ShareBars};
use mixlab::{Criterion, ModelFile};
use ndarray::{Array2, Axis, concatenate};

use super::criteria;
use crate::input::{self, Assignments, Expected, Names, Purpose, ReadArgs, given};
use crate::output::{Usage, check_folder, check_not_input, note};

/// Number of columns that are shown by default.
const COLUMNS: usize = 4;
/// Maximum number of columns in one figure, and number of columns of bars that are shown by default.
const MOST_COLUMNS: usize = 8;
/// Number of rows that are generated if no data are given.
const ROWS: usize = 1000;

/// Plot a model: pairs of columns, densities, decision boundaries, levels of categories, criterion curves.
///
/// With more than two columns, densities and boundaries are those of the marginal distribution of each pair of columns. Pairs,
/// densities and boundaries show columns of numbers; categories shows categories, and how often values are missing.
#[derive(Parser)]
#[command(after_help = "Examples:\n  \
    mixlab plot pairs survey.npz survey.csv --show age,income,visits -o pairs.png\n  \
    mixlab plot density survey.npz --show age,income -o density.png\n  \
    mixlab plot categories heart.npz --show sex,chest_pain -o categories.png\n  \
    mixlab plot criterion survey.npz -o bic.svg")]
pub struct PlotArgs {
    /// Kind of plot.
    #[arg(value_enum)]
    pub kind: PlotKind,

    /// The model.
    #[arg(value_name = "MODEL")]
    pub model: PathBuf,

    /// Rows to plot, as for fit [default: rows generated from the model].
    #[arg(value_name = "DATA")]
    pub data: Vec<String>,

    /// Columns to show, comma-separated [default: the first four numbers, or the first eight columns with categories or missing values].
    #[arg(long, value_name = "NAMES", value_parser = Names::from_str, default_value = "", hide_default_value = true)]
    pub show: Names,

    /// Values of columns that are given: age=50,smoker=yes; shows the other columns given these.
    #[arg(long, value_name = "NAME=VALUE,...", value_parser = Assignments::from_str, default_value = "", hide_default_value = true)]
    pub given: Assignments,

    #[arg(long, help = format!("Criterion of the curves: {} [default: the one that chose the model]", criteria()))]
    pub criterion: Option<Criterion>,

    /// Seed of generated rows.
    #[arg(long, default_value_t = 0, value_name = "S", allow_negative_numbers = true)]
    pub seed: u64,

    /// File to write: .png or .svg.
    #[arg(short, long, value_name = "FILE")]
    pub output: PathBuf,

    #[command(flatten)]
    pub read_args: ReadArgs,
}

/// Kind of plot.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum PlotKind {
    /// Scatter plots of all pairs of columns with the ellipses of the components, and histograms of the columns with the
    /// component densities.
    Pairs,
    /// Filled contours of the density of pairs of columns.
    Density,
    /// Rows of pairs of columns, coloured by component, with the decision boundaries.
    Boundaries,
    /// Shares of the levels of each category, and of missing values, in the components, as bars.
    Categories,
    /// Criterion of every model of the search.
    Criterion,
    /// Means of the components of a model of images.
    Means,
}

pub fn run(args: &PlotArgs) -> anyhow::Result<()> {
    Figure::check_name(&args.output)?;
    check_folder(&args.output)?;
    let read = args.data.iter().map(Path::new).chain([args.model.as_path()]);
    check_not_input(&args.output, read)?;
    let mut file = ModelFile::load(&args.model)?;
    if !args.given.0.is_empty() {
        if !args.data.is_empty() {
            let problem = "rows of the data have other values than the given ones; leave DATA out";
            return Err(Usage(problem.into()).into());
        }
        file = given(&file, &args.given.0)?.to_file()?;
    }
    let draws_rows =
        matches!(args.kind, PlotKind::Pairs | PlotKind::Density | PlotKind::Boundaries);
    if !draws_rows && !args.data.is_empty() {
        let problem = format!("{} is not used in such a plot; leave it out", args.data[0]);
        return Err(Usage(problem).into());
    }
    let figure = match args.kind {
        PlotKind::Criterion => criterion(args, &file)?,
        PlotKind::Means => means(&file)?,
        PlotKind::Categories => categories(args, &file)?,
        PlotKind::Pairs | PlotKind::Density | PlotKind::Boundaries => pairs(args, &file)?,
    };
    Ok(figure.save(&args.output)?)
}

fn criterion(args: &PlotArgs, file: &ModelFile) -> anyhow::Result<Figure> {
    let search = file.search.as_ref().filter(|search| search.entries.len() > 1);
    let Some(search) = search else {
        return Err(Usage(format!(
            "{} was not chosen by a search, so there is no curve; fit with several numbers of components",
            args.model.display()
        ))
        .into());
    };
    let criterion = args.criterion.unwrap_or(search.criterion);
    if search.curves(criterion).is_empty() {
        return Err(Usage(format!(
            "{} has no {} of its models; fit with --criterion {criterion}",
            args.model.display(),
            criterion.label()
        ))
        .into());
    }
    Ok(Figure::new().panel(Chart::of_search_summary("How many components?", search, criterion)))
}

fn means(file: &ModelFile) -> anyhow::Result<Figure> {
    let Some(shape) = file.image else {
        return Err(Usage("means can be plotted for models of images only".into()).into());
    };
    let weights = file.pipeline.mixture().weights();
    let captions = weights.iter().enumerate().map(|(k, w)| format!("{k}: {:.1} %", 100.0 * w));
    let grid = ImageGrid::new("Means of the components", file.pipeline.means().view(), shape)?;
    Ok(Figure::new().panel(grid.captions(captions)?))
}

/// Bars of the shares of levels, and of missing values, in the components.
fn categories(args: &PlotArgs, file: &ModelFile) -> anyhow::Result<Figure> {
    let model = &file.pipeline;
    let has_bars = |column: &usize| {
        model.level_probabilities(*column).is_some()
            || model.missing_probabilities(*column).is_some()
    };
    let names = file.column_names();
    let can_show: Vec<usize> = (0..names.len()).filter(has_bars).collect();
    let weights = model.mixture().weights();
    let mut figure = Figure::new();
    for column in columns(args, file, &can_show)? {
        let name = &names[column];
        if let Some(probabilities) = model.level_probabilities(column) {
            let levels = names_of_levels(file, column, probabilities.ncols());
            let title = format!("{name} by component");
            figure = figure.panel(ShareBars::of_components(title, weights, levels, probabilities)?);
        }
        if let Some(missing) = model.missing_probabilities(column) {
            let missing = missing.insert_axis(Axis(1));
            let shares = concatenate![Axis(1), 1.0 - &missing, missing];
            let title = format!("{name}: missing values by component");
            let levels = ["observed", "missing"];
            figure = figure.panel(ShareBars::of_components(title, weights, levels, shares.view())?);
        }
    }
    Ok(figure)
}

/// Names of the levels of a category; their numbers in a model without names.
fn names_of_levels(file: &ModelFile, column: usize, n_levels: usize) -> Vec<String> {
    let levels = file.columns.get(column).and_then(|column| column.kind.levels());
    match levels {
        Some(levels) if levels.n_levels() == n_levels => levels.names().to_vec(),
        _ => (0..n_levels).map(|level| level.to_string()).collect(),
    }
}

fn pairs(args: &PlotArgs, file: &ModelFile) -> anyhow::Result<Figure> {
    let names = file.column_names();
    let is_number = |column: &usize| file.pipeline.level_probabilities(*column).is_none();
    let numbers: Vec<usize> = (0..names.len()).filter(is_number).collect();
    let columns = columns(args, file, &numbers)?;
    let generated = args.data.is_empty();
    let rows: Array2<f64> = if generated {
        file.pipeline.sample(ROWS, args.seed).0
    } else {
        let names = file.feature_names();
        let expected = Expected { names: &names, image: file.image };
        let kinds = Some(file.columns.as_slice());
        let purpose = Purpose { expected: Some(expected), kinds, ..Purpose::default() };
        let sheet = input::read(&args.data, &args.read_args, purpose)?.sheet;
        file.encode(Path::new(&args.data[0]), &sheet)?.into_owned()
    };
    let chosen: Vec<String> = columns.iter().map(|&column| names[column].clone()).collect();
    let pairs = Pairs::new(&file.pipeline, rows.view(), &columns, &chosen)?.generated(generated);
    Ok(match args.kind {
        PlotKind::Density => pairs.densities()?,
        PlotKind::Boundaries => pairs.boundaries()?,
        _ => pairs.matrix()?,
    })
}

/// The columns to show, all of which are among those that such a plot `can_show`.
fn columns(args: &PlotArgs, file: &ModelFile, can_show: &[usize]) -> anyhow::Result<Vec<usize>> {
    let names = file.column_names();
    let of_categories = args.kind == PlotKind::Categories;
    if can_show.is_empty() {
        return Err(Usage(if of_categories {
            "the model has no categories and no missing values; mixlab plot pairs shows its numbers"
                .into()
        } else {
            "the model has no numbers; mixlab plot categories shows its categories".into()
        })
        .into());
    }
    if args.show.is_empty() {
        let most = if of_categories { MOST_COLUMNS } else { COLUMNS };
        let n_shown = can_show.len().min(most);
        if n_shown < can_show.len() {
            let what = match (of_categories, can_show.len() == names.len()) {
                (true, _) => "columns with categories or missing values",
                (false, true) => "columns",
                (false, false) => "columns of numbers",
            };
            note(format_args!(
                "the first {n_shown} of {} {what} are shown; choose others with --show",
                can_show.len()
            ));
        }
        return Ok(can_show[..n_shown].to_vec());
    }
    let find = |requested: &String| {
        let found = names.iter().position(|name| name == requested).ok_or_else(|| {
            let known: Vec<&str> = names.iter().take(12).map(String::as_str).collect();
            Usage(format!("the model has no column {requested:?}; it has {}", known.join(", ")))
        })?;
        if can_show.contains(&found) {
            return Ok(found);
        }
        Err(Usage(if of_categories {
            format!(
                "column {requested:?} is a number that is never missing; mixlab plot pairs shows it"
            )
        } else {
            format!("column {requested:?} is a category; mixlab plot categories shows it")
        }))
    };
    let columns = args.show.iter().map(find).collect::<Result<Vec<_>, _>>()?;
    match columns.len() {
        0..=MOST_COLUMNS => Ok(columns),
        n => Err(Usage(format!(
            "{n} columns are too many for one figure; show at most {MOST_COLUMNS}"
        ))
        .into()),
    }
}
