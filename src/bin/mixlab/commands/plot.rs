//! `mixlab plot`

use std::path::{Path, PathBuf};
use std::str::FromStr;

use clap::{Parser, ValueEnum};
use mixlab::plot::{Chart, Figure, ImageGrid, Pairs};
use mixlab::{Criterion, ModelFile};
use ndarray::Array2;

use super::criteria;
use crate::input::{self, Like, Names, Purpose, ReadArgs};
use crate::output::{Usage, check_folder, check_not_input, note};

/// Columns that are shown unless others are chosen.
const COLUMNS: usize = 4;
/// Most columns of one picture.
const MOST_COLUMNS: usize = 8;
/// Rows that are generated where no data are given.
const ROWS: usize = 1000;

/// Draw a model: pairs of columns, densities, boundaries, criterion curves.
///
/// With more than two columns, densities and boundaries are those of each pair of columns alone.
#[derive(Parser)]
#[command(after_help = "Examples:\n  \
    mixlab plot pairs survey.npz survey.csv --show age,income,visits -o pairs.png\n  \
    mixlab plot density survey.npz --show age,income -o density.png\n  \
    mixlab plot criterion survey.npz -o bic.svg")]
pub struct PlotArgs {
    /// What to draw.
    #[arg(value_enum)]
    pub kind: PlotKind,

    /// The model.
    #[arg(value_name = "MODEL")]
    pub model: PathBuf,

    /// Rows to draw with it, as for fit; without any, rows generated from the model are drawn.
    #[arg(value_name = "DATA")]
    pub data: Vec<String>,

    /// Columns to show, between commas [default: the first four].
    #[arg(long, value_name = "NAMES", value_parser = Names::from_str, default_value = "", hide_default_value = true)]
    pub show: Names,

    #[arg(long, help = format!("For criterion: {} [default: the one that chose the model]", criteria()))]
    pub criterion: Option<Criterion>,

    /// Seed of generated rows.
    #[arg(long, default_value_t = 0, value_name = "S")]
    pub seed: u64,

    /// Where to write: a .png or .svg file.
    #[arg(short, long, value_name = "FILE")]
    pub output: PathBuf,

    #[command(flatten)]
    pub how: ReadArgs,
}

/// What a plot shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum PlotKind {
    /// Every pair of columns as points with the ellipses of the components, and every column as a histogram with the
    /// densities of these.
    Pairs,
    /// The density of pairs of columns in bands.
    Density,
    /// Rows of pairs of columns in the colours of their components, and where these change.
    Boundaries,
    /// The criterion of every model of the search.
    Criterion,
    /// The means of the components of a model of images.
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
        let problem = format!("{} is not drawn in such a picture; leave it out", args.data[0]);
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
            "{} was not found by a search, so that there is no curve; fit it with several numbers of components",
            args.model.display()
        ))
        .into());
    };
    let criterion = args.criterion.unwrap_or(search.criterion);
    Ok(Figure::new().panel(Chart::of_search_summary("How many components?", search, criterion)))
}

fn means(file: &ModelFile) -> anyhow::Result<Figure> {
    let Some(shape) = file.image else {
        return Err(Usage("means can be drawn of models of images only".into()).into());
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
        let like = Like { names: &names, image: file.image };
        let purpose = Purpose { like: Some(like), ..Purpose::default() };
        input::read(&args.data, &args.how, purpose)?.sheet.table.records
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
    let find = |wanted: &String| {
        let found = names.iter().position(|name| name == wanted);
        found.ok_or_else(|| {
            let known: Vec<&str> = names.iter().take(12).map(String::as_str).collect();
            Usage(format!("the model has no column {wanted:?}; it has {}", known.join(", ")))
        })
    };
    let columns = args.show.iter().map(find).collect::<Result<Vec<_>, _>>()?;
    match columns.len() {
        0..=MOST_COLUMNS => Ok(columns),
        n => Err(Usage(format!(
            "{n} columns are too many for one picture; show at most {MOST_COLUMNS}"
        ))
        .into()),
    }
}
