//! The columns that a plot shows.

use mixlab::ModelFile;

use super::{PlotArgs, PlotKind};
use crate::output::{Usage, note};

/// Number of columns that are shown by default.
const COLUMNS: usize = 4;
/// Maximum number of columns in one figure, and number of columns of bars that are shown by default.
const MOST_COLUMNS: usize = 8;

/// Which columns a plot shows.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Shows {
    Numbers,
    Categories,
    /// Columns with categories or missing values.
    Bars,
}

impl Shows {
    fn by(kind: PlotKind) -> Self {
        match kind {
            PlotKind::Categories => Self::Bars,
            PlotKind::Posteriors => Self::Categories,
            _ => Self::Numbers,
        }
    }
}

/// The columns to show, all of which are among those that such a plot `can_show`.
pub(super) fn columns(
    args: &PlotArgs,
    file: &ModelFile,
    can_show: &[usize],
) -> anyhow::Result<Vec<usize>> {
    let names = file.column_names();
    let shows = Shows::by(args.kind);
    if can_show.is_empty() {
        let problem = match shows {
            Shows::Numbers => {
                "the model has no numbers; mixlab plot categories shows its categories"
            }
            Shows::Categories => "the model has no categories; mixlab plot pairs shows its numbers",
            Shows::Bars => {
                "the model has no categories and no missing values; mixlab plot pairs shows its numbers"
            }
        };
        return Err(Usage(problem.into()).into());
    }
    if args.show.is_empty() {
        let most = if shows == Shows::Numbers { COLUMNS } else { MOST_COLUMNS };
        let n_shown = can_show.len().min(most);
        if n_shown < can_show.len() {
            let what = match (shows, can_show.len() == names.len()) {
                (Shows::Bars, _) => "columns with categories or missing values",
                (Shows::Categories, _) => "categories",
                (Shows::Numbers, true) => "columns",
                (Shows::Numbers, false) => "columns of numbers",
            };
            note(format_args!(
                "the first {n_shown} of {} {what} are shown; choose others with --show",
                can_show.len()
            ));
        }
        return Ok(can_show[..n_shown].to_vec());
    }
    let columns = named_columns(args, &names)?;
    if let Some(other) = columns.iter().find(|column| !can_show.contains(column)) {
        let name = &names[*other];
        return Err(Usage(match shows {
            Shows::Numbers => {
                format!("column {name:?} is a category; mixlab plot categories shows it")
            }
            Shows::Categories => format!("column {name:?} is a number; mixlab plot pairs shows it"),
            Shows::Bars => format!(
                "column {name:?} is a number that is never missing; mixlab plot pairs shows it"
            ),
        })
        .into());
    }
    match columns.len() {
        0..=MOST_COLUMNS => Ok(columns),
        n => Err(Usage(format!(
            "{n} columns are too many for one figure; show at most {MOST_COLUMNS}"
        ))
        .into()),
    }
}

/// The columns that `--show` names.
pub(super) fn named_columns(args: &PlotArgs, names: &[String]) -> anyhow::Result<Vec<usize>> {
    let find = |requested: &String| {
        names.iter().position(|name| name == requested).ok_or_else(|| {
            let known: Vec<&str> = names.iter().take(12).map(String::as_str).collect();
            Usage(format!("the model has no column {requested:?}; it has {}", known.join(", ")))
                .into()
        })
    };
    args.show.iter().map(find).collect()
}
