//! `mixlab score`

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::Parser;
use mixlab::table::{Column, Sheet};
use mixlab::{AnomalousColumn, Listing, ModelFile, anomalies, anomalies_below};
use ndarray::{Array1, ArrayView1, Axis};
use serde::Serialize;

use crate::input::{AskedRows, DataArgs};
use crate::output::{print, print_json, table};
use crate::rows::{self, Format, RowBlock, Values};
#[cfg(feature = "cluster")]
use crate::source::Source;

/// Tell how likely each row is, and which are odd.
///
/// Writes the columns of the data and, beside them, the log-density of each row. With --anomalies or --threshold only odd
/// rows are written, the oddest first, and which of their columns are odd: those whose value lies more than two standard
/// deviations from what the other values of the row suggest.
#[derive(Parser)]
#[command(after_help = "Examples:\n  \
    mixlab score survey.npz survey.csv -o scored.csv\n  \
    mixlab score survey.npz new-customers.csv --anomalies 4%\n  \
    mixlab score survey.npz new-customers.csv --threshold=-25 --json")]
pub struct ScoreArgs {
    /// The model.
    #[arg(value_name = "MODEL")]
    pub model: PathBuf,

    /// Write the least likely rows only: a share of all, such as 4% or 0.04.
    #[arg(long, value_name = "SHARE", value_parser = parse_share, conflicts_with = "threshold")]
    pub anomalies: Option<f64>,

    /// Write the rows with a log-density below this only.
    #[arg(long, value_name = "T", allow_negative_numbers = true)]
    pub threshold: Option<f64>,

    /// Leave out the columns of the data.
    #[arg(long)]
    pub only: bool,

    /// Where to write: .csv, .tsv, .txt or .parquet, or .npy for log-densities alone.
    #[arg(short, long, value_name = "FILE")]
    pub output: Option<PathBuf>,

    /// Have Parquet files read by the processes of a cluster: local, or the scheduler at HOST:PORT. Answers are written alone,
    /// in the order of the rows.
    #[cfg(feature = "cluster")]
    #[arg(long, value_name = "local|HOST:PORT", requires = "only", conflicts_with_all = ["json", "anomalies", "threshold"])]
    pub cluster: Option<String>,

    /// Print one JSON object instead.
    #[arg(long)]
    pub json: bool,

    #[command(flatten)]
    pub input: DataArgs,
}

fn parse_share(text: &str) -> Result<f64, String> {
    let share = match text.trim().strip_suffix('%') {
        Some(percent) => percent.trim().parse().map(|percent: f64| percent / 100.0),
        None => text.trim().parse(),
    };
    match share {
        Ok(share) if (0.0..=1.0).contains(&share) => Ok(share),
        _ => Err(format!("{text:?} is not a share; write 4% or 0.04")),
    }
}

/// What `--json` prints.
#[derive(Serialize)]
struct ScoreOutput<'a> {
    n_samples: usize,
    mean_log_density: Option<f64>,
    #[serde(flatten)]
    rows: RowsOutput<'a>,
}

/// All rows, or the anomalous ones.
#[derive(Serialize)]
#[serde(untagged)]
enum RowsOutput<'a> {
    All { rows: &'a [usize], log_density: &'a [f64] },
    Anomalous { n_anomalies: usize, anomalies: Vec<AnomalyOutput<'a>> },
}

#[derive(Serialize)]
struct AnomalyOutput<'a> {
    /// Number of the row in its file, from 1.
    row: usize,
    log_density: f64,
    odd_columns: Vec<ColumnOutput<'a>>,
}

#[derive(Serialize)]
struct ColumnOutput<'a> {
    name: &'a str,
    value: f64,
    deviation: f64,
}

/// What was found of the rows.
struct Scored {
    /// Of all rows, or, where nobody asks for them, none.
    log_density: Vec<f64>,
    n_rows: usize,
    sum: f64,
    lowest: f64,
    /// Numbers of the rows in their file, from 1, for JSON.
    rows: Vec<usize>,
}

/// The anomalous rows, the least likely first.
struct Anomalies {
    rows: Vec<Anomaly>,
    /// The columns of the data without any row, so that a table has its columns even if nothing is found.
    empty: RowBlock,
}

/// An anomalous row, with the columns that make it anomalous.
struct Anomaly {
    /// Number of the row in its file, from 1.
    row: usize,
    log_density: f64,
    columns: Vec<AnomalousColumn>,
    block: RowBlock,
}

pub fn run(args: &ScoreArgs) -> anyhow::Result<ExitCode> {
    let output = args.output.as_deref();
    let format = Format::of(output)?;
    #[cfg(feature = "cluster")]
    if let Some(place) = &args.cluster {
        return run_on_cluster(args, place);
    }
    let only = args.only || format == Format::Npy;
    let writes = output.is_some() || !args.json;
    let wants_anomalies = args.anomalies.is_some() || args.threshold.is_some();
    let carry = !only && writes;
    let (file, rows) = AskedRows::open(&args.model, &args.input, output, (carry, wants_anomalies))?;
    let mut scored = Scored::default();
    let blocks = rows.pieces()?.map(|sheet| scored.block(&file, &sheet?, args, only));
    if wants_anomalies || !writes {
        blocks.into_iter().try_for_each(|block| block.map(drop))?;
    } else {
        rows::write(output, blocks)?;
    }
    let found =
        if wants_anomalies { Some(scored.anomalies(args, &file, &rows, only)?) } else { None };
    if args.json {
        print_json(&scored.output(found.as_ref()))?;
    }
    let n_found = found.as_ref().map(|found| found.rows.len());
    if let Some(found) = found.filter(|_| writes) {
        write_anomalies(output, format, found)?;
    }
    if output.is_some() && !args.json {
        scored.print_summary(n_found)?;
    }
    Ok(ExitCode::SUCCESS)
}

/// Scores rows where the processes of a cluster read them.
#[cfg(feature = "cluster")]
fn run_on_cluster(args: &ScoreArgs, place: &str) -> anyhow::Result<ExitCode> {
    let (file, source) = Source::open_asked(&args.model, &args.input, place)?;
    let log_density = file.pipeline.score_samples(source.rows())?;
    let mut block = RowBlock::default();
    block.push_numbers("log_density", log_density.view());
    rows::write(args.output.as_deref(), std::iter::once(Ok(block)))?;
    if args.output.is_some() {
        let mut scored = Scored::default();
        scored.count(&log_density);
        scored.print_summary(None)?;
    }
    Ok(ExitCode::SUCCESS)
}

impl Default for Scored {
    fn default() -> Self {
        let (log_density, rows) = (Vec::new(), Vec::new());
        Self { log_density, n_rows: 0, sum: 0.0, lowest: f64::INFINITY, rows }
    }
}

impl Scored {
    /// Counts some rows.
    fn count(&mut self, log_density: &Array1<f64>) {
        self.n_rows += log_density.len();
        self.sum += log_density.sum();
        self.lowest = log_density.iter().copied().fold(self.lowest, f64::min);
    }

    /// Scores some rows.
    fn block(
        &mut self,
        file: &ModelFile,
        sheet: &Sheet,
        args: &ScoreArgs,
        only: bool,
    ) -> anyhow::Result<RowBlock> {
        let log_density = file.pipeline.score_samples(&sheet.table.records)?;
        self.count(&log_density);
        let wants_anomalies = args.anomalies.is_some() || args.threshold.is_some();
        if args.json || wants_anomalies {
            self.log_density.extend(&log_density);
        }
        if args.json && !wants_anomalies {
            self.rows.extend(sheet.rows.iter().map(|row| row + 1));
        }
        if wants_anomalies {
            return Ok(RowBlock::default());
        }
        let mut block = if only { RowBlock::default() } else { RowBlock::of_sheet(sheet) };
        block.push_numbers("log_density", log_density.view());
        Ok(block)
    }

    /// The anomalous rows that the arguments ask for, the least likely first. The rows are gone through once more.
    fn anomalies(
        &self,
        args: &ScoreArgs,
        file: &ModelFile,
        rows: &AskedRows<'_>,
        only: bool,
    ) -> anyhow::Result<Anomalies> {
        let log_density = ArrayView1::from(&self.log_density);
        let chosen = match (args.anomalies, args.threshold) {
            (Some(share), _) => anomalies(log_density, share),
            (_, threshold) => anomalies_below(log_density, threshold.unwrap_or(f64::NEG_INFINITY)),
        };
        let mut found = Vec::with_capacity(chosen.len());
        let mut empty = None;
        let mut first = 0;
        for sheet in rows.pieces()? {
            let sheet = sheet?;
            let columns_of =
                |sheet: &Sheet| if only { RowBlock::default() } else { RowBlock::of_sheet(sheet) };
            empty.get_or_insert_with(|| columns_of(&select(&sheet, &[])));
            let after = first + sheet.rows.len();
            let from = chosen.partition_point(|&row| row < first);
            let of_piece = &chosen[from..chosen.partition_point(|&row| row < after)];
            let of_piece: Vec<usize> = of_piece.iter().map(|row| row - first).collect();
            let sheet_of_rows = select(&sheet, &of_piece);
            let records = sheet_of_rows.table.records.view();
            let names = sheet.table.feature_names();
            let columns = AnomalousColumn::of_rows(&file.pipeline, records, names)?;
            for (at, columns) in columns.into_iter().enumerate() {
                let one = select(&sheet_of_rows, &[at]);
                found.push(Anomaly {
                    row: one.rows[0] + 1,
                    log_density: self.log_density[first + of_piece[at]],
                    columns,
                    block: columns_of(&one),
                });
            }
            first = after;
        }
        found.sort_by(|a: &Anomaly, b| a.log_density.total_cmp(&b.log_density));
        Ok(Anomalies { rows: found, empty: empty.unwrap_or_default() })
    }

    fn mean(&self) -> f64 {
        self.sum / self.n_rows as f64
    }

    fn print_summary(&self, n_found: Option<usize>) -> anyhow::Result<()> {
        let mut summary = Listing::new(["rows", "mean log-density", "lowest"]);
        let mut line = vec![
            self.n_rows.to_string(),
            format!("{:.3}", self.mean()),
            format!("{:.3}", self.lowest),
        ];
        if let Some(n_found) = n_found {
            summary.header.push("written as odd".into());
            line.push(n_found.to_string());
        }
        let summary = summary.lines([line]);
        print(|out| writeln!(out, "{}", table(&summary).trim_fmt()))
    }

    fn output<'a>(&'a self, found: Option<&'a Anomalies>) -> ScoreOutput<'a> {
        let rows = match found {
            None => RowsOutput::All { rows: &self.rows, log_density: &self.log_density },
            Some(found) => RowsOutput::Anomalous {
                n_anomalies: found.rows.len(),
                anomalies: found.rows.iter().map(AnomalyOutput::from).collect(),
            },
        };
        let mean_log_density = (self.n_rows > 0).then(|| self.mean());
        ScoreOutput { n_samples: self.n_rows, mean_log_density, rows }
    }
}

/// Writes anomalous rows, or, as a `.npy` file, their log-densities.
fn write_anomalies(
    output: Option<&Path>,
    format: Format,
    Anomalies { rows, empty }: Anomalies,
) -> anyhow::Result<()> {
    let complete =
        |mut block: RowBlock, rows: Vec<usize>, log_density: Vec<f64>, why: Vec<String>| {
            if format == Format::Table {
                block.push_front("row", Values::Counts(rows));
            }
            block.push("log_density", Values::Numbers(log_density.into()));
            if format == Format::Table {
                block.push("odd_columns", Values::Texts(why));
            }
            Ok(block)
        };
    let empty = complete(empty, Vec::new(), Vec::new(), Vec::new());
    let blocks = rows.into_iter().map(|Anomaly { row, log_density, columns, block }| {
        // `income +8.1, age -3.0`
        let why: Vec<String> = columns.iter().map(AnomalousColumn::to_string).collect();
        complete(block, vec![row], vec![log_density], vec![why.join(", ")])
    });
    rows::write(output, std::iter::once(empty).chain(blocks))
}

/// Some rows of a sheet, in this order.
fn select(sheet: &Sheet, rows: &[usize]) -> Sheet {
    let table = &sheet.table;
    let names = table.feature_names().to_vec();
    let records = table.records.select(Axis(0), rows);
    let columns = sheet.columns.iter().map(|column| match column {
        Column::Number(at) => Column::Number(*at),
        Column::Text { name, values } => Column::Text {
            name: name.clone(),
            values: rows.iter().map(|&row| values[row].clone()).collect(),
        },
    });
    Sheet {
        columns: columns.collect(),
        rows: rows.iter().map(|&row| sheet.rows[row]).collect(),
        n_dropped: sheet.n_dropped,
        table: linfa::DatasetBase::from(records).with_feature_names(names),
    }
}

impl<'a> From<&'a Anomaly> for AnomalyOutput<'a> {
    fn from(anomaly: &'a Anomaly) -> Self {
        Self {
            row: anomaly.row,
            log_density: anomaly.log_density,
            odd_columns: anomaly.columns.iter().map(ColumnOutput::from).collect(),
        }
    }
}

impl<'a> From<&'a AnomalousColumn> for ColumnOutput<'a> {
    fn from(column: &'a AnomalousColumn) -> Self {
        let AnomalousColumn { name, value, deviation } = column;
        Self { name, value: *value, deviation: *deviation }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shares_are_parts_or_percents() {
        assert_eq!(parse_share("4%"), Ok(0.04));
        assert_eq!(parse_share(" 0.5 "), Ok(0.5));
        for bad in ["4", "101%", "-1%", "some", "%"] {
            assert!(parse_share(bad).is_err(), "{bad}");
        }
    }
}
