//! Rows that are left out of a fit.

use std::path::{Path, PathBuf};

use linfa::DatasetBase;
use mixlab::{Column, MemoryBudget, Pipeline, Rules};
use ndarray::{Array2, Axis};
use rand::SeedableRng;
use rand::seq::SliceRandom;
use rand_chacha::ChaCha8Rng;
use serde::Serialize;

use super::FitArgs;
use crate::input::{self, Input, Purpose};
use crate::output::{Usage, check_not_input};
use crate::rows::{self, RowBlock};
use crate::source::Source;

/// Rows that are left out, and the table they are written to.
pub struct Holdout {
    path: PathBuf,
    rows: Array2<f64>,
}

/// What the model says of the rows that it has not seen.
#[derive(Serialize)]
pub struct HoldoutOutput {
    pub file: String,
    pub n_samples: usize,
    /// Mean log-likelihood of a row.
    pub score: f64,
}

/// Returns an error if rows cannot be left out of this fit.
fn check(args: &FitArgs) -> Result<PathBuf, Usage> {
    let [data] = args.input.data.as_slice() else {
        return Err(Usage("--holdout is for one table".to_owned()));
    };
    let Some(model) = &args.output else {
        return Err(Usage(
            "--holdout needs -o MODEL.npz: the rows are written beside the model".to_owned(),
        ));
    };
    let path = model.with_extension("holdout.csv");
    check_not_input(&path, [Path::new(data)])?;
    #[cfg(feature = "cluster")]
    if args.cluster.is_some() {
        return Err(Usage("--holdout is not for --cluster; divide the files instead".to_owned()));
    }
    Ok(path)
}

/// Reads a table into memory and leaves out this share of its rows.
pub fn open(args: &FitArgs, share: f64, purpose: Purpose<'_>) -> anyhow::Result<(Source, Holdout)> {
    let path = check(args)?;
    let memory = args.memory.map_or_else(MemoryBudget::default, MemoryBudget::of);
    let input =
        input::read(&args.input.data, &args.input.read_args, Purpose { memory, ..purpose })?;
    if input.image.is_some() {
        return Err(Usage(
            "--holdout is for tables; keep some images in another folder".to_owned(),
        )
        .into());
    }
    let (input, rows) = divide(input, share, args.seed)?;
    Ok((Source::in_memory(input, memory), Holdout { path, rows }))
}

/// Leaves out a share of the rows at random.
fn divide(mut input: Input, share: f64, seed: u64) -> Result<(Input, Array2<f64>), Usage> {
    let records = input.records();
    let n = records.nrows();
    let n_held_out = (share * n as f64).round() as usize;
    if n_held_out == 0 || n_held_out == n {
        return Err(Usage(format!(
            "--holdout leaves out {n_held_out} of {n} rows; choose another share"
        )));
    }
    let mut order: Vec<usize> = (0..n).collect();
    order.shuffle(&mut ChaCha8Rng::seed_from_u64(seed));
    let (held_out, kept) = order.split_at_mut(n_held_out);
    // both in the order of the file
    held_out.sort_unstable();
    kept.sort_unstable();
    let rows = records.select(Axis(0), held_out);
    let names = input.names();
    input.sheet.rows = kept.iter().map(|&row| input.sheet.rows[row]).collect();
    let kept = input.records().select(Axis(0), kept);
    input.sheet.table = DatasetBase::from(kept).with_feature_names(names);
    Ok((input, rows))
}

impl Holdout {
    /// Returns what the model says of the rows.
    pub fn output(&self, model: &Pipeline, rules: Option<&Rules>) -> mixlab::Result<HoldoutOutput> {
        let rows = match rules {
            Some(rules) => &rules.apply(self.rows.view()),
            None => &self.rows,
        };
        Ok(HoldoutOutput {
            file: self.path.display().to_string(),
            n_samples: self.rows.nrows(),
            score: model.score(rows)?,
        })
    }

    /// Writes the rows as a table, with categories and dates as they were read.
    pub fn write(&self, columns: &[Column]) -> anyhow::Result<()> {
        let block = RowBlock::of_model(&self.rows, columns);
        rows::write(Some(&self.path), std::iter::once(Ok(block)))
    }
}
