//! `mixlab info`

mod conditional;
mod json;
mod shapes;

use std::io::Write;
use std::path::PathBuf;
use std::str::FromStr;

use clap::Parser;
use mixlab::{Column, DateForm, GivenModel, ModelFile, TextTable, ValueKind};

use crate::commands::shapes::described;
use crate::input::{Assignments, given};
use crate::output::{print, print_json, table};

use conditional::GivenOutput;
use json::InfoOutput;

/// Maximum number of columns for which components are shown.
const MOST_COLUMNS: usize = 40;
/// Maximum number of components side by side.
const MOST_COMPONENTS: usize = 6;

/// Describe a model, with its components in the units of the data.
///
/// Prints the preprocessor, the search that chose the model, and the weight, means and standard deviations of each component, with
/// the shares of the levels of categories and of missing values.
#[derive(Parser)]
#[command(after_help = "Examples:\n  \
    mixlab info survey.npz\n  \
    mixlab info survey.npz --given age=67,visits=6\n  \
    mixlab info survey.npz --json")]
pub struct InfoArgs {
    /// The model.
    #[arg(value_name = "MODEL")]
    pub model: PathBuf,

    /// Values of columns that are given: age=50,smoker=yes, or a range of one column, age=40..50; describes the other columns given these.
    #[arg(long, value_name = "NAME=VALUE,...", value_parser = Assignments::from_str, default_value = "", hide_default_value = true)]
    pub given: Assignments,

    /// Print one JSON object instead of text.
    #[arg(long)]
    pub json: bool,
}

pub fn run(args: &InfoArgs) -> anyhow::Result<()> {
    let file = ModelFile::load(&args.model)?;
    if args.given.0.is_empty() {
        return show(&file, None, args.json);
    }
    let model = given(&file, &args.given.0)?;
    show_given(&file, &model, args.json)
}

/// Describes what a model expects of the other columns, given values of some.
pub fn show_given(file: &ModelFile, model: &GivenModel<'_>, json: bool) -> anyhow::Result<()> {
    let given = GivenOutput::of(file, model)?;
    let rest = model.file_of_kept();
    if model.range().is_none() {
        return show(&rest, Some(&given), json);
    }
    // a truncated distribution is none of the models that are described
    if json { print_json(&given) } else { print(|out| given.write(out, MOST_COLUMNS)) }
}

/// Describes a model, or one given values of other columns.
fn show(file: &ModelFile, given: Option<&GivenOutput>, json: bool) -> anyhow::Result<()> {
    if json {
        return print_json(&InfoOutput::new(file, given));
    }
    print(|out| {
        if let Some(given) = given {
            given.write(out, MOST_COLUMNS)?;
            writeln!(out)?;
        }
        write(file, out)
    })
}

fn write(file: &ModelFile, out: &mut dyn Write) -> std::io::Result<()> {
    let summary = TextTable::from(&file.pipeline);
    writeln!(out, "{}", summary.caption)?;
    writeln!(out, "{}", table(&summary).trim_fmt())?;
    if let Some(image) = &file.image {
        let colour = if image.channels == 3 { "colour" } else { "grey" };
        writeln!(
            out,
            "\nrows are {colour} images of {} x {} pixels (height x width), black {}, white {}",
            image.height, image.width, image.low, image.high
        )?;
    }
    if let Some(search) = &file.search {
        let (n, criterion) = (search.entries.len(), search.criterion.label());
        writeln!(
            out,
            "\nfitted to {} rows; {}",
            search.n_samples,
            match n {
                0 | 1 => "no other models were tried".to_owned(),
                _ => format!("the lowest {criterion} of {n} models"),
            }
        )?;
    }
    if file.image.is_some() || file.pipeline.n_features() > MOST_COLUMNS {
        let weights = TextTable::components(file, &[]);
        return writeln!(out, "\n{}", table(&weights.shortened(MOST_COLUMNS)).trim_fmt());
    }
    let k = file.pipeline.mixture().n_components();
    let all: Vec<usize> = (0..k).collect();
    for components in all.chunks(MOST_COMPONENTS) {
        let text_table = TextTable::components(file, components);
        writeln!(out, "\n{}", table(&text_table).trim_fmt())?;
    }
    let layout = file.pipeline.layout();
    let has = |is: &dyn Fn(usize) -> bool| layout.indicators().iter().any(|&column| is(column));
    let mut shares = Vec::new();
    if !layout.categories().is_empty() {
        shares.push("of the levels of categories");
    }
    if has(&|column| layout.has_missing(column)) {
        shares.push("of missing values");
    }
    if has(&|column| !layout.spikes(column).is_empty()) {
        shares.push("of spikes");
    }
    let shares = match shares.as_slice() {
        [] => String::new(),
        [one] => format!("; shares {one}"),
        [others @ .., last] => format!("; shares {}, and {last}", others.join(", ")),
    };
    if layout.numbers().is_empty() {
        writeln!(out, "\n{}", shares.trim_start_matches("; "))?;
    } else if let Some(shapes) = described(&file.pipeline, &file.column_names()) {
        writeln!(out, "\nmeans and standard deviations (±) in the units of the data{shares}")?;
        writeln!(out, "shapes of columns: {shapes}")?;
    } else {
        writeln!(out, "\nmeans and standard deviations (±) in the units of the data{shares}")?;
    }
    if let Some(rules) = &file.rules {
        let texts: Vec<String> = rules.rules().iter().map(ToString::to_string).collect();
        writeln!(out, "rules: {}", texts.join("; "))?;
    }
    file.columns.iter().try_for_each(|column| write_column(column, out))
}

/// Writes the dates and the spikes of a column.
fn write_column(column: &Column, out: &mut dyn Write) -> std::io::Result<()> {
    if let Some((low, high)) = column.range
        && let ValueKind::Date(form) = &column.kind
        && let Some((first, last)) = column.kind.text(low).zip(column.kind.text(high))
    {
        let form = if *form == DateForm::YearMonthDay { " YYYYMMDD" } else { "" };
        writeln!(out, "{}: dates{form} from {first} to {last}", column.name)?;
    }
    for spike in &column.spikes {
        let (share, value) = (100.0 * spike.share, spike.value);
        writeln!(out, "{}: {share:.1} % of the rows are exactly {value}", column.name)?;
    }
    Ok(())
}
