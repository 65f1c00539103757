//! `mixlab plot`

use std::path::{Path, PathBuf};
use std::str::FromStr;

use clap::{Parser, ValueEnum};
use mixlab::plot::{Chart, Figure, ImageGrid, Pairs};
use mixlab::{Criterion, ModelFile};
use ndarray::Array2;

use super::criteria;
use crate::input::{self, Expected, Names, Purpose, ReadArgs};
use crate::output::{Usage, check_folder, check_not_input, note};

/// Number of columns that are shown by default.
const COLUMNS: usize = 4;
/// Maximum number of columns in one figure.
const MOST_COLUMNS: usize = 8;
/// Number of rows that are generated if no data are given.
const ROWS: usize = 1000;

/// Plot a model: pairs of columns, densities, decision boundaries, criterion curves.
///
/// With more than two columns, densities and boundaries are those of the marginal distribution of each pair of columns.
#[derive(Parser)]
#[command(after_help = "Examples:\n  \
    mixlab plot pairs survey.npz survey.csv --show age,income,visits -o pairs.png\n  \
    mixlab plot density survey.npz --show age,income -o density.png\n  \
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

    /// Columns to show, comma-separated [default: the first four].
    #[arg(long, value_name = "NAMES", value_parser = Names::from_str, default_value = "", hide_default_value = true)]
    pub show: Names,

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
    let file = ModelFile::load(&args.model)?;
    let draws_rows =
        matches!(args.kind, PlotKind::Pairs | PlotKind::Density | PlotKind::Boundaries);
    if !draws_rows && !args.data.is_empty() {
        let problem = format!("{} is not used in such a plot; leave it out", args.data[0]);
        return Err(Usage(problem).into());
    }
    let figure = match args.kind {
        PlotKind::Criterion => criterion(args, &file)?,
        PlotKind::Means => means(&file)?,
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

fn pairs(args: &PlotArgs, file: &ModelFile) -> anyhow::Result<Figure> {
    let names = file.column_names();
    let columns = columns(args, &names)?;
    let generated = args.data.is_empty();
    let rows: Array2<f64> = if generated {
        file.pipeline.sample(ROWS, args.seed).0
    } else {
        let names = file.feature_names();
        let expected = Expected { names: &names, image: file.image };
        let purpose = Purpose { expected: Some(expected), ..Purpose::default() };
        input::refuse_kinds(&args.read_args)?;
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

fn columns(args: &PlotArgs, names: &[String]) -> anyhow::Result<Vec<usize>> {
    if args.show.is_empty() {
        let n_shown = names.len().min(COLUMNS);
        if n_shown < names.len() {
            note(format_args!(
                "the first {n_shown} of {} columns are shown; choose others with --show",
                names.len()
            ));
        }
        return Ok((0..n_shown).collect());
    }
    let find = |requested: &String| {
        let found = names.iter().position(|name| name == requested);
        found.ok_or_else(|| {
            let known: Vec<&str> = names.iter().take(12).map(String::as_str).collect();
            Usage(format!("the model has no column {requested:?}; it has {}", known.join(", ")))
        })
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
