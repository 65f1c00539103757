//! `mixlab score`

use std::process::ExitCode;

use mixlab::table::{Cells, Sheet, write_table};
use mixlab::{Listing, ModelFile, anomalies};
use ndarray::{ArrayView1, Axis};
use serde_json::json;

use crate::args::ScoreArgs;
use crate::input;
use crate::output::{print, table};
use crate::rows::{self, Format};

/// Standard deviations beyond which a column is odd.
const ODD: f64 = 2.0;
/// Most odd columns that are named.
const MOST_COLUMNS: usize = 5;

/// A row that is odd.
struct Odd {
    /// In the sheet.
    row: usize,
    /// Its odd columns with their deviations, the oddest first.
    columns: Vec<(String, f64, f64)>,
}

pub fn run(args: &ScoreArgs) -> anyhow::Result<ExitCode> {
    let output = args.output.as_deref();
    let format = Format::of(output)?;
    let carry = !args.only && (!args.json || output.is_some());
    let (file, input) = input::read_for(&args.model, &args.input, output, carry)?;
    let log_density = file.pipeline.score_samples(input.records())?;
    let mean = log_density.mean().unwrap_or(f64::NAN);
    let odd = match (args.anomalies, args.threshold) {
        (Some(share), _) => Some(anomalies(log_density.view(), share)),
        (_, Some(threshold)) => {
            let is_odd = |&row: &usize| log_density[row] < threshold;
            Some((0..log_density.len()).filter(is_odd).collect())
        }
        (None, None) => None,
    };
    let odd = odd.map(|rows| explain(&file, &input.sheet, log_density.view(), rows)).transpose()?;
    if args.json {
        print(|out| {
            writeln!(out, "{:#}", to_json(&input.sheet, log_density.view(), odd.as_deref()))
        })?;
    }
    match (format, output) {
        (Format::Npy, Some(path)) => {
            let chosen = match &odd {
                Some(odd) => log_density.select(Axis(0), &in_order(odd)),
                None => log_density.clone(),
            };
            write_table(path, chosen.insert_axis(Axis(1)).view(), &[])?;
        }
        (Format::Text, _) if output.is_some() || !args.json => match &odd {
            Some(odd) => write_odd(args, &input.sheet, log_density.view(), odd)?,
            None => write_all(args, &input.sheet, log_density.view())?,
        },
        _ => {}
    }
    if output.is_some() && !args.json {
        let lowest = log_density.iter().copied().fold(f64::INFINITY, f64::min);
        let mut summary = Listing::new(["rows", "mean log-density", "lowest"]);
        let mut line =
            vec![log_density.len().to_string(), format!("{mean:.3}"), format!("{lowest:.3}")];
        if let Some(odd) = &odd {
            summary.header.push("written as odd".into());
            line.push(odd.len().to_string());
        }
        let summary = summary.lines([line]);
        print(|out| writeln!(out, "{}", table(&summary).trim_fmt()))?;
    }
    Ok(ExitCode::SUCCESS)
}

/// Orders odd rows, the oddest first, and finds out what is odd about them.
fn explain(
    file: &ModelFile,
    sheet: &Sheet,
    log_density: ArrayView1<'_, f64>,
    mut rows: Vec<usize>,
) -> anyhow::Result<Vec<Odd>> {
    rows.sort_by(|&a, &b| log_density[a].total_cmp(&log_density[b]));
    if rows.is_empty() {
        return Ok(Vec::new());
    }
    let records = sheet.table.records.select(Axis(0), &rows);
    let deviations = file.pipeline.deviations(records.view())?;
    let names = sheet.table.feature_names();
    let odd = rows.into_iter().zip(deviations.rows()).zip(records.rows());
    Ok(odd
        .map(|((row, deviations), values)| {
            let mut columns: Vec<_> = names
                .iter()
                .zip(values)
                .zip(deviations)
                .filter(|(_, deviation)| deviation.abs() > ODD)
                .map(|((name, &value), &deviation)| (name.clone(), value, deviation))
                .collect();
            columns.sort_by(|a, b| b.2.abs().total_cmp(&a.2.abs()));
            columns.truncate(MOST_COLUMNS);
            Odd { row, columns }
        })
        .collect())
}

fn in_order(odd: &[Odd]) -> Vec<usize> {
    odd.iter().map(|odd| odd.row).collect()
}

/// `income +8.1, age -3.0`: columns with how many standard deviations they are off.
fn in_words(odd: &Odd) -> String {
    let words = odd.columns.iter().map(|(name, _, deviation)| format!("{name} {deviation:+.1}"));
    words.collect::<Vec<_>>().join(", ")
}

fn write_all(
    args: &ScoreArgs,
    sheet: &Sheet,
    log_density: ArrayView1<'_, f64>,
) -> anyhow::Result<()> {
    let numbers = rows::columns(sheet.table.records.view());
    let log_density = log_density.to_vec();
    let mut columns = match args.only {
        true => Vec::new(),
        false => rows::of_sheet(sheet, &numbers),
    };
    let name = rows::fresh_name("log_density", &columns);
    columns.push((name, Cells::Numbers(&log_density)));
    rows::write(args.output.as_deref(), &columns)
}

fn write_odd(
    args: &ScoreArgs,
    sheet: &Sheet,
    log_density: ArrayView1<'_, f64>,
    odd: &[Odd],
) -> anyhow::Result<()> {
    let sheet = rows::select(sheet, &in_order(odd));
    let row_numbers: Vec<usize> = sheet.rows.iter().map(|row| row + 1).collect();
    let densities: Vec<f64> = odd.iter().map(|odd| log_density[odd.row]).collect();
    let why: Vec<String> = odd.iter().map(in_words).collect();
    let numbers = rows::columns(sheet.table.records.view());
    let mut columns = match args.only {
        true => Vec::new(),
        false => rows::of_sheet(&sheet, &numbers),
    };
    columns.insert(0, (rows::fresh_name("row", &columns), Cells::Counts(&row_numbers)));
    let name = rows::fresh_name("log_density", &columns);
    columns.push((name, Cells::Numbers(&densities)));
    let name = rows::fresh_name("odd_columns", &columns);
    columns.push((name, Cells::Texts(&why)));
    rows::write(args.output.as_deref(), &columns)
}

fn to_json(
    sheet: &Sheet,
    log_density: ArrayView1<'_, f64>,
    odd: Option<&[Odd]>,
) -> serde_json::Value {
    let mut object = json!({
        "n_samples": log_density.len(),
        "mean_log_density": log_density.mean(),
    });
    let number = |row: usize| sheet.rows[row] + 1;
    match odd {
        None => {
            object["rows"] = (0..log_density.len()).map(number).collect();
            object["log_density"] = log_density.iter().copied().collect();
        }
        Some(odd) => {
            let anomaly = |odd: &Odd| {
                let column = |(name, value, deviation): &(String, f64, f64)| json!({ "name": name, "value": value, "deviation": deviation });
                json!({
                    "row": number(odd.row),
                    "log_density": log_density[odd.row],
                    "odd_columns": odd.columns.iter().map(column).collect::<Vec<_>>(),
                })
            };
            object["n_anomalies"] = odd.len().into();
            object["anomalies"] = odd.iter().map(anomaly).collect();
        }
    }
    object
}
