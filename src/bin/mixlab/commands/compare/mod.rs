//! `mixlab compare`

mod json;

use std::collections::HashMap;
use std::io::Write;
use std::path::{Path, PathBuf};

use clap::Parser;
use linfa::DatasetBase;
use mixlab::quality::Comparison;
use mixlab::table::{Sheet, SheetColumn};
use mixlab::{MemoryBudget, TextTable, file_extension, random_rows};
use ndarray::{Array2, ArrayView2, Axis};

use crate::input::{self, Expected, Input, Names, Purpose, ReadArgs, parse_bytes};
use crate::output::{Usage, check_folder, check_not_input, note, print, print_json, table};
use crate::source::is_large;

use json::CompareOutput;

/// Maximum number of columns that are printed.
const MOST_COLUMNS: usize = 30;

/// Compare a synthetic table or set of images with the original.
///
/// Answers three questions. Faithful: do the columns, their single values, correlations and associations, their missing values and the
/// regions follow the original distribution, and can a classifier distinguish the tables? Useful: do models that learn from the
/// synthetic rows predict real rows as well as models that learn from original ones? Private: are the rows new, or copies, and do they
/// tell more about training rows than about held-out ones (--holdout)? Columns have the kinds of the original; categories are compared by
/// the shares of their levels. At most --rows rows of each table are compared, drawn at random. At most about one in a hundred samples of
/// the original distribution is called unfaithful, and one in a hundred not private.
#[derive(Parser)]
#[command(after_help = "Examples:\n  \
    mixlab compare survey.csv synthetic.csv --exclude id\n  \
    mixlab compare survey.csv synthetic.csv --html report.html\n  \
    mixlab compare training.csv synthetic.csv --holdout holdout.csv --target income\n  \
    mixlab compare customers.csv synthetic.csv --categorical branch\n  \
    mixlab compare faces/ new-faces/ --json")]
pub struct CompareArgs {
    /// The original: a table, or a folder or pattern of images.
    #[arg(value_name = "ORIGINAL")]
    pub original: String,

    /// The synthetic table or images, with the same columns.
    #[arg(value_name = "SYNTHETIC")]
    pub synthetic: String,

    /// Rows that the synthetic ones were not generated from: real rows to predict, and to compare with the training rows. If the original
    /// has them as well, they are left out of it.
    #[arg(long, value_name = "FILE")]
    pub holdout: Option<String>,

    /// Column that models predict to find out whether the synthetic rows are useful [default: each column in turn].
    #[arg(long, value_name = "COLUMN")]
    pub target: Option<String>,

    /// Maximum number of rows of each table that are compared.
    #[arg(long, default_value_t = 2000, value_name = "N", value_parser = clap::value_parser!(u32).range(20..), allow_negative_numbers = true)]
    pub rows: u32,

    /// Seed of all random numbers.
    #[arg(long, default_value_t = 0, value_name = "S", allow_negative_numbers = true)]
    pub seed: u64,

    /// Memory limit, such as 512MB or 4GB: of a table that needs more, random rows are compared [default: available memory].
    #[arg(long, value_name = "SIZE", value_parser = parse_bytes, allow_negative_numbers = true)]
    pub memory: Option<u64>,

    /// Write an HTML report with plots as well.
    #[arg(long, value_name = "FILE.html")]
    pub html: Option<PathBuf>,

    /// Print one JSON object instead of tables.
    #[arg(long)]
    pub json: bool,

    #[command(flatten)]
    pub read_args: ReadArgs,
}

pub fn run(args: &CompareArgs) -> anyhow::Result<()> {
    check_html(args)?;
    let memory = args.memory.map_or_else(MemoryBudget::default, MemoryBudget::of);
    let purpose = Purpose { memory, ..Purpose::default() };
    let mut original = read(args, &args.original, &args.read_args, purpose)?;
    let names = original.names();
    // the synthetic table must have the same columns in the same order
    let read_args =
        ReadArgs { columns: Names::default(), exclude: Names::default(), ..args.read_args.clone() };
    let expected = Expected { names: &names, image: original.image };
    // and the kinds of its columns; categories may have further levels
    let columns = original.sheet.schema.columns();
    let read_args = read_args.without_kinds();
    let purpose =
        Purpose { expected: Some(expected), kinds: Some(&columns), new_levels: true, ..purpose };
    let synthetic = read(args, &args.synthetic, &read_args, purpose)?;
    let (n_original, n_synthetic) = (names.len(), synthetic.records().ncols());
    if n_original != n_synthetic {
        return Err(Usage(format!(
            "{} has {n_original} columns and {} has {n_synthetic}; choose those to compare with --columns",
            args.original, args.synthetic
        ))
        .into());
    }
    // with the levels of all tables
    let mut columns = synthetic.sheet.schema.columns();
    let holdout = match &args.holdout {
        Some(data) => {
            let purpose = Purpose { kinds: Some(&columns), ..purpose };
            let holdout = read(args, data, &read_args, purpose)?;
            columns = holdout.sheet.schema.columns();
            leave_out(args, &mut original, &holdout);
            Some(holdout)
        }
        None => None,
    };
    let target = args.target.as_ref().map(|name| target(args, name, &names)).transpose()?;
    // pixels have a common unit, and some of them hardly vary
    let params = Comparison::params()
        .most_rows(args.rows as usize)
        .seed(args.seed)
        .standardize(original.image.is_none())
        .target(target);
    let (left, right) = (original.records().view(), synthetic.records().view());
    let comparison = match &holdout {
        Some(holdout) => {
            params.compare_with_holdout(left, right, holdout.records().view(), &columns)?
        }
        None => params.compare_columns(left, right, &columns)?,
    };
    if let Some(limit) = comparison.limit_of_copies() {
        note(limit);
    }
    if args.json {
        print_json(&CompareOutput::from(&comparison))?;
    } else {
        print(|out| write(&comparison, original.image.is_some(), out))?;
    }
    if let Some(path) = &args.html {
        write_html(path, &comparison, &original, &synthetic)?;
    }
    Ok(())
}

/// Returns the index of a column.
fn target(args: &CompareArgs, name: &str, names: &[String]) -> Result<usize, Usage> {
    let index = names.iter().position(|other| other == name);
    index.ok_or_else(|| Usage(format!("{} has no column {name:?} to predict", args.original)))
}

/// Leaves those rows out of the original that are held out, if it has them.
fn leave_out(args: &CompareArgs, original: &mut Input, holdout: &Input) {
    let Some(training) = without(original.records().view(), holdout.records().view()) else {
        return;
    };
    note(format_args!(
        "{} has the {} rows of {}; the other {} rows are the original",
        args.original,
        holdout.records().nrows(),
        args.holdout.as_deref().unwrap_or_default(),
        training.nrows()
    ));
    let names = original.names();
    original.sheet.table = DatasetBase::from(training).with_feature_names(names);
}

/// Returns the rows of a table without those of another one, each as often as it occurs there; none if the table does not have all of
/// them, or no others.
fn without(rows: ArrayView2<'_, f64>, others: ArrayView2<'_, f64>) -> Option<Array2<f64>> {
    // minus zero is zero, and all missing values are equal
    let bits = |value: &f64| if value.is_nan() { u64::MAX } else { (value + 0.0).to_bits() };
    let key = |row: ndarray::ArrayView1<'_, f64>| row.iter().map(bits).collect::<Vec<u64>>();
    let mut counts: HashMap<Vec<u64>, usize> = HashMap::new();
    others.rows().into_iter().for_each(|row| *counts.entry(key(row)).or_default() += 1);
    let is_other = |&index: &usize| match counts.get_mut(&key(rows.row(index))) {
        Some(count) if *count > 0 => {
            *count -= 1;
            false
        }
        _ => true,
    };
    let kept: Vec<usize> = (0..rows.nrows()).filter(is_other).collect();
    let has_all = kept.len() + others.nrows() == rows.nrows();
    (has_all && !kept.is_empty()).then(|| rows.select(Axis(0), &kept))
}

/// Number of values that are sampled from a table that stays in its file: 8 MB, independent of the available memory, so that
/// the same seed draws the same rows.
const N_SAMPLED_VALUES: usize = 1 << 20;

/// Reads the rows of a table, or a random sample of them if they do not fit into memory.
fn read(
    args: &CompareArgs,
    data: &str,
    read_args: &ReadArgs,
    purpose: Purpose<'_>,
) -> anyhow::Result<Input> {
    if !(input::is_table(data) && is_large(data, (read_args, purpose), args.memory, 1)?) {
        return input::read(&[data.to_owned()], read_args, purpose);
    }
    let streamed = input::open(data, read_args, purpose)?;
    let names = input::names_of(streamed.columns());
    let most = (N_SAMPLED_VALUES / names.len()).max(args.rows as usize);
    let records = random_rows(&streamed, most, args.seed)?;
    note(format_args!(
        "{data}: {} rows do not fit into memory; a random sample of {} rows is used",
        streamed.n_samples(),
        records.nrows()
    ));
    let rows = (0..records.nrows()).collect();
    let columns = (0..names.len()).map(SheetColumn::Number).collect();
    let table = DatasetBase::from(records).with_feature_names(names);
    let (image, schema) = (streamed.image(), streamed.schema().clone());
    let (n_dropped, decisions) = (0, Vec::new());
    let sheet = Sheet { table, schema, columns, rows, n_dropped, decisions, image };
    Ok(Input { sheet, image })
}

/// Returns an error if the report cannot be written, before the work begins.
fn check_html(args: &CompareArgs) -> Result<(), Usage> {
    let Some(path) = &args.html else { return Ok(()) };
    check_not_input(path, [&args.original, &args.synthetic].map(Path::new))?;
    check_folder(path)?;
    if !["html", "htm"].contains(&file_extension(path).as_str()) {
        return Err(Usage(format!("{} does not end in .html", path.display())));
    }
    Ok(())
}

fn write(comparison: &Comparison, images: bool, out: &mut dyn Write) -> std::io::Result<()> {
    if !images {
        for columns in [
            TextTable::columns(comparison),
            TextTable::categories(comparison),
            TextTable::levels_of_one_table(comparison),
            TextTable::missing(comparison),
            TextTable::values(comparison),
            TextTable::usefulness(comparison),
        ] {
            if !columns.lines.is_empty() {
                writeln!(out, "{}\n", table(&columns.shortened(MOST_COLUMNS)).trim_fmt())?;
            }
        }
    }
    writeln!(out, "{}\n", table(&TextTable::findings(comparison)).trim_fmt())?;
    writeln!(out, "{}\n", table(&TextTable::from(&comparison.nearest)).trim_fmt())?;
    if let Some(holdout) = &comparison.holdout {
        writeln!(out, "{}\n", table(&TextTable::from(holdout)).trim_fmt())?;
    }
    let similarity = comparison.similarity;
    let pairs = similarity.pair_trends.map(|pairs| format!(", column pair trends {pairs:.3}"));
    writeln!(
        out,
        "as sdmetrics: column shapes {:.3}{}",
        similarity.column_shapes,
        pairs.unwrap_or_default()
    )?;
    let [original, synthetic] = comparison.n_compared;
    let what = if images { "images" } else { "rows" };
    writeln!(
        out,
        "from {original} original and {synthetic} synthetic {what}; an AUC of {:.3} would be seen with a probability of 80 %\n",
        comparison.classifier.detectable(comparison.limit())
    )?;
    writeln!(out, "{}", table(&TextTable::verdicts(comparison)).trim_fmt())
}

#[cfg(feature = "report")]
fn write_html(
    path: &Path,
    comparison: &Comparison,
    original: &Input,
    synthetic: &Input,
) -> anyhow::Result<()> {
    let (left, right) = (original.records().view(), synthetic.records().view());
    Ok(mixlab::report::write_comparison(path, comparison, [left, right], original.image)?)
}

#[cfg(not(feature = "report"))]
fn write_html(path: &Path, _: &Comparison, _: &Input, _: &Input) -> anyhow::Result<()> {
    let problem = format!("{} needs a mixlab built with the feature \"report\"", path.display());
    Err(Usage(problem).into())
}
