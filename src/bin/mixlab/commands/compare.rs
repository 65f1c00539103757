//! `mixlab compare`

use std::collections::HashMap;
use std::io::Write;
use std::path::{Path, PathBuf};

use clap::Parser;
use linfa::DatasetBase;
use mixlab::quality::{
    ColumnComparison, Comparison, Finding, HoldoutPrivacy, TargetScores, ValueComparison, Verdict,
};
use mixlab::table::{Sheet, SheetColumn};
use mixlab::{MemoryBudget, TextTable, file_extension, random_rows};
use ndarray::{Array2, ArrayView2, Axis};
use serde::Serialize;

use crate::input::{self, Expected, Input, Names, Purpose, ReadArgs, parse_bytes};
use crate::output::{Usage, check_folder, check_not_input, note, print, print_json, table};
use crate::source::is_large;

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

/// JSON output. Pairs are values of the original and of the synthetic rows.
#[derive(Serialize)]
struct CompareOutput<'a> {
    n_rows: [usize; 2],
    n_compared: [usize; 2],
    follows: bool,
    copies: bool,
    verdict: String,
    verdicts: Vec<VerdictOutput>,
    questions: Vec<QuestionOutput>,
    columns: Vec<ColumnOutput<'a>>,
    correlation_difference: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    association: Option<AssociationOutput<'a>>,
    classifier: ClassifierOutput,
    values: Vec<ValueOutput<'a>>,
    similarity: SimilarityOutput,
    #[serde(skip_serializing_if = "Option::is_none")]
    usefulness: Option<UsefulnessOutput<'a>>,
    ndb: NdbOutput,
    nearest: NearestOutput,
    #[serde(skip_serializing_if = "Option::is_none")]
    holdout: Option<HoldoutOutput>,
}

#[derive(Serialize)]
struct VerdictOutput {
    quality: &'static str,
    holds: Option<bool>,
    reason: String,
}

#[derive(Serialize)]
struct ClassifierOutput {
    name: String,
    auc: f64,
    interval: [f64; 2],
    p_value: f64,
    /// The area that would have been seen with a probability of 80 %.
    detectable: f64,
}

/// Values that are not as frequent in both tables.
#[derive(Serialize)]
struct ValueOutput<'a> {
    column: &'a str,
    values: String,
    share: [f64; 2],
    p_value: f64,
}

/// The figures of sdmetrics.
#[derive(Serialize)]
struct SimilarityOutput {
    column_shapes: Option<f64>,
    pair_trends: Option<f64>,
}

#[derive(Serialize)]
struct UsefulnessOutput<'a> {
    kept: Option<f64>,
    p_value: Option<f64>,
    n_training: usize,
    n_test: usize,
    held_out: bool,
    targets: Vec<TargetOutput<'a>>,
}

/// R² of numbers, 2 AUC - 1 of categories.
#[derive(Serialize)]
struct TargetOutput<'a> {
    column: &'a str,
    original: f64,
    synthetic: f64,
}

#[derive(Serialize)]
struct HoldoutOutput {
    n_compared: usize,
    nearer_to_training: f64,
    nearer_p_value: f64,
    copies_of_training: f64,
    copies_of_holdout: f64,
    copies_p_value: f64,
    attack_auc: Option<f64>,
    attack_p_value: Option<f64>,
}

#[derive(Serialize)]
struct QuestionOutput {
    question: &'static str,
    found: String,
    p_value: f64,
    passes: bool,
}

/// The comparison of a column; keys that do not apply to its kind are left out.
#[derive(Serialize)]
struct ColumnOutput<'a> {
    name: &'a str,
    kind: String,
    #[serde(flatten)]
    values: ValuesOutput<'a>,
    p_value: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    missing: Option<MissingOutput>,
}

#[derive(Serialize)]
#[serde(untagged)]
enum ValuesOutput<'a> {
    Numbers {
        mean: [Option<f64>; 2],
        standard_deviation: [Option<f64>; 2],
        ks: Option<f64>,
    },
    Categories {
        levels: Vec<LevelOutput<'a>>,
        original_only: Vec<&'a str>,
        synthetic_only: Vec<&'a str>,
        tv: Option<f64>,
    },
}

#[derive(Serialize)]
struct LevelOutput<'a> {
    name: &'a str,
    share: [f64; 2],
}

#[derive(Serialize)]
struct MissingOutput {
    share: [f64; 2],
    p_value: f64,
}

/// The pair of columns whose association differs most.
#[derive(Serialize)]
struct AssociationOutput<'a> {
    columns: [&'a str; 2],
    association: [f64; 2],
    difference: f64,
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

impl<'a> From<&'a Comparison> for CompareOutput<'a> {
    fn from(comparison: &'a Comparison) -> Self {
        let nearest = &comparison.nearest;
        Self {
            n_rows: comparison.n_rows,
            n_compared: comparison.n_compared,
            follows: comparison.follows(),
            copies: nearest.copies(),
            verdict: comparison.verdict(),
            verdicts: comparison.verdicts().map(VerdictOutput::from).into(),
            questions: comparison.findings().into_iter().map(QuestionOutput::from).collect(),
            columns: comparison.columns.iter().map(ColumnOutput::from).collect(),
            correlation_difference: comparison.correlations.map(|test| test.statistic),
            association: comparison.associations.as_ref().map(|of| AssociationOutput {
                columns: of.columns.map(|column| comparison.columns[column].name.as_str()),
                association: of.associations,
                difference: of.difference,
            }),
            classifier: ClassifierOutput {
                name: comparison.classifier.classifier.to_string(),
                auc: comparison.classifier.auc,
                interval: comparison.classifier.interval,
                p_value: comparison.classifier.p_value,
                detectable: comparison.classifier.detectable(comparison.limit()),
            },
            values: values(comparison),
            similarity: SimilarityOutput {
                column_shapes: Some(comparison.similarity.column_shapes).filter(|v| !v.is_nan()),
                pair_trends: comparison.similarity.pair_trends,
            },
            usefulness: usefulness(comparison),
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
            holdout: comparison.holdout.map(HoldoutOutput::from),
        }
    }
}

/// The values whose frequencies differ by more than chance.
fn values(comparison: &Comparison) -> Vec<ValueOutput<'_>> {
    let differ = comparison.values.iter().filter(|value| value.p_value < comparison.limit());
    let output = differ.map(|value| {
        let column = &comparison.columns[value.column];
        ValueOutput {
            column: &column.name,
            values: value.describe(&column.kind),
            share: value.shares,
            p_value: value.p_value,
        }
    });
    output.collect()
}

fn usefulness(comparison: &Comparison) -> Option<UsefulnessOutput<'_>> {
    let usefulness = comparison.usefulness.as_ref()?;
    let target = |scores: &TargetScores| TargetOutput {
        column: &comparison.columns[scores.column].name,
        original: scores.real,
        synthetic: scores.synthetic,
    };
    Some(UsefulnessOutput {
        kept: usefulness.kept(),
        p_value: usefulness.p_value,
        n_training: usefulness.n_training,
        n_test: usefulness.n_test,
        held_out: usefulness.held_out,
        targets: usefulness.targets.iter().map(target).collect(),
    })
}

impl From<HoldoutPrivacy> for HoldoutOutput {
    fn from(holdout: HoldoutPrivacy) -> Self {
        let [copies_of_training, copies_of_holdout] = holdout.copies;
        Self {
            n_compared: holdout.n_compared,
            nearer_to_training: holdout.nearer.statistic,
            nearer_p_value: holdout.nearer.p_value,
            copies_of_training,
            copies_of_holdout,
            copies_p_value: holdout.of_copies.p_value,
            attack_auc: holdout.attack.map(|attack| attack.auc),
            attack_p_value: holdout.attack.map(|attack| attack.p_value),
        }
    }
}

impl From<Verdict> for VerdictOutput {
    fn from(verdict: Verdict) -> Self {
        let Verdict { quality, holds, reason, .. } = verdict;
        Self { quality, holds, reason }
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
        let difference = column.difference();
        let statistic = difference.map(|(statistic, _)| statistic);
        let observed = |value: f64| Some(value).filter(|value| !value.is_nan());
        let values = match &column.values {
            ValueComparison::Categories(categories) => {
                let levels = categories.levels.names().iter().zip(&categories.shares);
                let [original_only, synthetic_only] = categories.levels_of_one_table();
                ValuesOutput::Categories {
                    levels: levels.map(|(name, &share)| LevelOutput { name, share }).collect(),
                    original_only,
                    synthetic_only,
                    tv: statistic,
                }
            }
            ValueComparison::Numbers(numbers) => ValuesOutput::Numbers {
                mean: numbers.means.map(|mean| observed(mean).map(|mean| column.kind.decode(mean))),
                standard_deviation: numbers.deviations.map(observed),
                ks: statistic,
            },
        };
        Self {
            name: &column.name,
            kind: column.kind.to_string(),
            values,
            p_value: difference.map(|(_, p_value)| p_value),
            missing: column
                .missing
                .map(|missing| MissingOutput { share: missing.shares, p_value: missing.p_value }),
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
