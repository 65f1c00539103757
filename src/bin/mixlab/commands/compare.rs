//! `mixlab compare`

use std::io::Write;
use std::path::{Path, PathBuf};

use clap::Parser;
use linfa::DatasetBase;
use mixlab::quality::{ColumnComparison, Comparison, Finding};
use mixlab::table::{Sheet, SheetColumn};
use mixlab::{MemoryBudget, TextTable, ValueKind, file_extension, random_rows};
use serde::Serialize;

use crate::input::{
    self, Expected, Input, Names, Purpose, ReadArgs, kind_choice, note_dates, parse_bytes,
};
use crate::output::{Usage, check_folder, check_not_input, note, print, print_json, table};
use crate::source::is_large;

/// Maximum number of columns that are printed.
const MOST_COLUMNS: usize = 30;

/// Compare a synthetic table or set of images with the original.
///
/// Tests whether the columns, their correlations and the regions of a synthetic table follow the original distribution,
/// whether a classifier can distinguish the tables, and whether the rows are new or copies. At most --rows rows of each table
/// are compared, drawn at random. At most about one in a hundred samples of the original distribution is rejected, and at most
/// one in a hundred is called copies.
#[derive(Parser)]
#[command(after_help = "Examples:\n  \
    mixlab compare survey.csv synthetic.csv --exclude id\n  \
    mixlab compare survey.csv synthetic.csv --html report.html\n  \
    mixlab compare faces/ new-faces/ --json")]
pub struct CompareArgs {
    /// The original: a table, or a folder or pattern of images.
    #[arg(value_name = "ORIGINAL")]
    pub original: String,

    /// The synthetic table or images, with the same columns.
    #[arg(value_name = "SYNTHETIC")]
    pub synthetic: String,

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

/// JSON output. Pairs are values of the original and of the synthetic rows.
#[derive(Serialize)]
struct CompareOutput<'a> {
    n_rows: [usize; 2],
    n_compared: [usize; 2],
    follows: bool,
    copies: bool,
    verdict: String,
    questions: Vec<QuestionOutput>,
    columns: Vec<ColumnOutput<'a>>,
    correlation_difference: Option<f64>,
    accuracy: f64,
    ndb: NdbOutput,
    nearest: NearestOutput,
}

#[derive(Serialize)]
struct QuestionOutput {
    question: &'static str,
    found: String,
    p_value: f64,
    passes: bool,
}

#[derive(Serialize)]
struct ColumnOutput<'a> {
    name: &'a str,
    mean: [f64; 2],
    standard_deviation: [f64; 2],
    ks: f64,
    p_value: f64,
}

#[derive(Serialize)]
struct NdbOutput {
    n_bins: usize,
    n_different: usize,
    jensen_shannon: f64,
}

#[derive(Serialize)]
struct NearestOutput {
    original: f64,
    synthetic: f64,
    original_duplicates: f64,
    synthetic_duplicates: f64,
    duplicates_p_value: f64,
    distances_p_value: f64,
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
    let mut synthetic =
        read(args, &args.synthetic, &read_args, Purpose { expected: Some(expected), ..purpose })?;
    let (n_original, n_synthetic) = (names.len(), synthetic.records().ncols());
    if n_original != n_synthetic {
        return Err(Usage(format!(
            "{} has {n_original} columns and {} has {n_synthetic}; choose those to compare with --columns",
            args.original, args.synthetic
        ))
        .into());
    }
    let kinds = read_dates(args, [&mut original, &mut synthetic], &names)?;
    // pixels have a common unit, and some of them hardly vary
    let params = Comparison::params()
        .most_rows(args.rows as usize)
        .seed(args.seed)
        .standardize(original.image.is_none());
    let (left, right) = (original.records().view(), synthetic.records().view());
    let mut comparison = params.compare(left, right, &names)?;
    comparison.columns.iter_mut().zip(kinds).for_each(|(column, kind)| column.kind = kind);
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

/// Converts columns that hold dates in both tables to days, and returns the kinds of the columns.
fn read_dates(
    args: &CompareArgs,
    inputs: [&mut Input; 2],
    names: &[String],
) -> anyhow::Result<Vec<ValueKind>> {
    if inputs.iter().any(|input| input.image.is_some()) {
        return Ok(vec![ValueKind::Numeric; names.len()]);
    }
    let paths = [&args.original, &args.synthetic].map(Path::new);
    let tables = inputs.map(|input| &mut input.sheet.table.records);
    let kinds = kind_choice(&args.read_args, None)?.convert(paths, tables, names)?;
    let dates = names.iter().zip(&kinds).filter(|(_, kind)| !kind.is_numeric());
    note_dates(&args.read_args, dates.map(|(name, _)| name.as_str()));
    Ok(kinds)
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
    let names: Vec<String> = streamed.columns().iter().map(|one| one.name.clone()).collect();
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
    let image = streamed.image();
    let sheet = Sheet { table, columns, rows, n_dropped: 0, decisions: Vec::new(), image };
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
        let columns = TextTable::columns(comparison).shortened(MOST_COLUMNS);
        writeln!(out, "{}\n", table(&columns).trim_fmt())?;
    }
    writeln!(out, "{}\n", table(&TextTable::findings(comparison)).trim_fmt())?;
    writeln!(out, "{}\n", table(&TextTable::from(&comparison.nearest)).trim_fmt())?;
    let [original, synthetic] = comparison.n_compared;
    let what = if images { "images" } else { "rows" };
    writeln!(
        out,
        "verdict from {original} original and {synthetic} synthetic {what}: {}",
        comparison.verdict()
    )
}

impl<'a> From<&'a Comparison> for CompareOutput<'a> {
    fn from(comparison: &'a Comparison) -> Self {
        let nearest = &comparison.nearest;
        Self {
            n_rows: comparison.n_rows,
            n_compared: comparison.n_compared,
            follows: comparison.follows(),
            copies: nearest.copies(),
            verdict: comparison.verdict(),
            questions: comparison.findings().into_iter().map(QuestionOutput::from).collect(),
            columns: comparison.columns.iter().map(ColumnOutput::from).collect(),
            correlation_difference: comparison.correlations.map(|test| test.statistic),
            accuracy: comparison.classifier.accuracy,
            ndb: NdbOutput {
                n_bins: comparison.bins.n_bins,
                n_different: comparison.bins.n_different,
                jensen_shannon: comparison.bins.divergence,
            },
            nearest: NearestOutput {
                original: nearest.original,
                synthetic: nearest.synthetic,
                original_duplicates: nearest.original_duplicates,
                synthetic_duplicates: nearest.synthetic_duplicates,
                duplicates_p_value: nearest.duplicates.p_value,
                distances_p_value: nearest.distances.p_value,
            },
        }
    }
}

impl From<Finding> for QuestionOutput {
    fn from(finding: Finding) -> Self {
        let Finding { question, found, p_value, passes, .. } = finding;
        Self { question, found, p_value, passes }
    }
}

impl<'a> From<&'a ColumnComparison> for ColumnOutput<'a> {
    fn from(column: &'a ColumnComparison) -> Self {
        Self {
            name: &column.name,
            mean: column.means.map(|mean| column.kind.decode(mean)),
            standard_deviation: column.deviations,
            ks: column.ks.statistic,
            p_value: column.ks.p_value,
        }
    }
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
