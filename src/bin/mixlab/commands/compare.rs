//! `mixlab compare`

use std::io::Write;
use std::path::Path;
use std::process::ExitCode;

use mixlab::quality::{ColumnComparison, Comparison, Finding};
use mixlab::{Listing, ending};
use serde_json::{Value, json};

use crate::args::{CompareArgs, Names, ReadArgs};
use crate::input::{self, Input, Like, Purpose};
use crate::output::{Usage, check_folder, check_not_input, print, table};

/// Most columns that the terminal shows.
const MOST_COLUMNS: usize = 30;

pub fn run(args: &CompareArgs) -> anyhow::Result<ExitCode> {
    if let Some(path) = &args.html {
        check_not_input(path, [&args.original, &args.synthetic].map(Path::new))?;
        check_folder(path)?;
        if !["html", "htm"].contains(&ending(path).as_str()) {
            return Err(Usage(format!("{} does not end in .html", path.display())).into());
        }
    }
    let original = [args.original.clone()];
    let original = input::read(&original, &args.how, Purpose::default())?;
    let names = original.names();
    // the same columns in the same order
    let how = ReadArgs { columns: Names::default(), exclude: Names::default(), ..args.how.clone() };
    let like = Like { names: &names, image: original.image };
    let purpose = Purpose { like: Some(like), carry: false };
    let synthetic = input::read(std::slice::from_ref(&args.synthetic), &how, purpose)?;
    let (n_original, n_synthetic) = (names.len(), synthetic.records().ncols());
    if n_original != n_synthetic {
        return Err(Usage(format!(
            "{} has {n_original} columns and {} has {n_synthetic}; choose those to compare with --columns",
            args.original, args.synthetic
        ))
        .into());
    }
    // pixels are in one unit already, and some of them hardly vary
    let params = Comparison::params()
        .most_rows(args.rows as usize)
        .seed(args.seed)
        .standardize(original.image.is_none());
    let (left, right) = (original.records().view(), synthetic.records().view());
    let comparison = params.compare(left, right, &names)?;
    match args.json {
        true => print(|out| writeln!(out, "{:#}", to_json(&comparison)))?,
        false => print(|out| write(&comparison, original.image.is_some(), out))?,
    }
    if let Some(path) = &args.html {
        write_html(path, &comparison, &original, &synthetic)?;
    }
    Ok(ExitCode::SUCCESS)
}

fn write(comparison: &Comparison, images: bool, out: &mut dyn Write) -> std::io::Result<()> {
    if !images {
        let columns = Listing::columns(comparison).shortened(MOST_COLUMNS);
        writeln!(out, "{}\n", table(&columns).trim_fmt())?;
    }
    writeln!(out, "{}\n", table(&Listing::findings(comparison)).trim_fmt())?;
    writeln!(out, "{}\n", table(&Listing::from(&comparison.nearest)).trim_fmt())?;
    let [original, synthetic] = comparison.n_compared;
    let what = if images { "images" } else { "rows" };
    writeln!(
        out,
        "verdict by {original} original and {synthetic} synthetic {what}: {}",
        comparison.verdict()
    )
}

fn to_json(comparison: &Comparison) -> Value {
    let column = |column: &ColumnComparison| {
        json!({
            "name": column.name,
            "mean": column.means,
            "standard_deviation": column.deviations,
            "ks": column.ks.statistic,
            "p_value": column.ks.p_value,
        })
    };
    let finding = |finding: &Finding| {
        json!({
            "question": finding.question,
            "found": finding.found,
            "p_value": finding.p_value,
            "passes": finding.passes,
        })
    };
    let nearest = &comparison.nearest;
    json!({
        "n_rows": comparison.n_rows,
        "n_compared": comparison.n_compared,
        "follows": comparison.follows(),
        "copies": nearest.copies(),
        "verdict": comparison.verdict(),
        "questions": comparison.findings().iter().map(finding).collect::<Vec<_>>(),
        "columns": comparison.columns.iter().map(column).collect::<Vec<_>>(),
        "correlation_difference": comparison.correlations.map(|test| test.statistic),
        "accuracy": comparison.told_apart.accuracy,
        "ndb": {
            "n_bins": comparison.bins.n_bins,
            "n_different": comparison.bins.n_different,
            "jensen_shannon": comparison.bins.divergence,
        },
        "nearest": {
            "original": nearest.original,
            "synthetic": nearest.synthetic,
            "original_twins": nearest.original_twins,
            "synthetic_twins": nearest.synthetic_twins,
        },
    })
}

#[cfg(feature = "reproduce")]
fn write_html(
    path: &Path,
    comparison: &Comparison,
    original: &Input,
    synthetic: &Input,
) -> anyhow::Result<()> {
    let (left, right) = (original.records().view(), synthetic.records().view());
    Ok(mixlab::report::write_comparison(path, comparison, [left, right], original.image)?)
}

#[cfg(not(feature = "reproduce"))]
fn write_html(path: &Path, _: &Comparison, _: &Input, _: &Input) -> anyhow::Result<()> {
    let problem = format!("{} needs a mixlab built with the feature \"reproduce\"", path.display());
    Err(Usage(problem).into())
}
