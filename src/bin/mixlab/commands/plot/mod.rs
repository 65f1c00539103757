//! `mixlab plot`

mod columns;
mod figures;

use std::path::{Path, PathBuf};
use std::str::FromStr;

use clap::{Parser, ValueEnum};
use mixlab::plot::Figure;
use mixlab::{Criterion, ModelFile};

use super::criteria;
use crate::input::{Assignments, Names, ReadArgs, given};
use crate::output::{Usage, check_folder, check_not_input};

use figures::{categories, criterion, means, missing, pairs, posteriors};

/// Plot a model: pairs of columns, densities, boundaries, uncertainty, levels of categories, missing values, criterion curves.
///
/// With more than two columns, densities and boundaries are those of the marginal distribution of each pair of columns. Pairs,
/// densities, boundaries and uncertainty show columns of numbers; categories and posteriors show categories; missing shows all columns.
#[derive(Parser)]
#[command(after_help = "Examples:\n  \
    mixlab plot pairs survey.npz survey.csv --show age,income,visits -o pairs.png\n  \
    mixlab plot density survey.npz --show age,income -o density.png\n  \
    mixlab plot categories heart.npz --show sex,chest_pain -o categories.png\n  \
    mixlab plot missing heart.npz heart.csv -o missing.pdf\n  \
    mixlab plot criterion survey.npz --dark -o bic.svg")]
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

    /// Light on dark, for dark pages.
    #[arg(long)]
    pub dark: bool,

    /// File to write: .png, .svg or .pdf.
    #[arg(short, long, value_name = "FILE")]
    pub output: PathBuf,

    #[command(flatten)]
    pub read_args: ReadArgs,
}

/// Kind of plot.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum PlotKind {
    /// A matrix of all pairs of columns: rows by component with ellipses below the diagonal, the density above it, histograms with the
    /// densities of the components on it.
    Pairs,
    /// Filled contours of the density of pairs of columns.
    Density,
    /// Rows of pairs of columns, coloured by component, with the decision boundaries.
    Boundaries,
    /// Rows of pairs of columns, coloured by component, larger the less certain their component is.
    Uncertainty,
    /// Shares of the levels of each category, and of missing values, in the components, as bars.
    Categories,
    /// Shares of the components among the rows of each level of a category, as bars.
    Posteriors,
    /// A map of the missing values of rows, by component.
    Missing,
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
        if args.kind == PlotKind::Missing {
            let problem =
                "--given is not used in a map of the missing values of rows; leave it out";
            return Err(Usage(problem.into()).into());
        }
        if !args.data.is_empty() {
            let problem = "rows of the data have other values than the given ones; leave DATA out";
            return Err(Usage(problem.into()).into());
        }
        file = given(&file, &args.given.0)?.to_file()?;
    }
    if !args.kind.draws_rows() && !args.data.is_empty() {
        let problem = format!("{} is not used in such a plot; leave it out", args.data[0]);
        return Err(Usage(problem).into());
    }
    let figure = match args.kind {
        PlotKind::Criterion => criterion(args, &file)?,
        PlotKind::Means => means(&file)?,
        PlotKind::Categories => categories(args, &file)?,
        PlotKind::Posteriors => posteriors(args, &file)?,
        PlotKind::Missing => missing(args, &file)?,
        PlotKind::Pairs | PlotKind::Density | PlotKind::Boundaries | PlotKind::Uncertainty => {
            pairs(args, &file)?
        }
    };
    let figure = if args.dark { figure.dark() } else { figure };
    Ok(figure.save(&args.output)?)
}

impl PlotKind {
    fn draws_rows(self) -> bool {
        matches!(
            self,
            Self::Pairs | Self::Density | Self::Boundaries | Self::Uncertainty | Self::Missing
        )
    }
}
