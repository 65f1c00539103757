//! `mixlab predict`

use std::process::ExitCode;

use mixlab::Listing;
use mixlab::table::{Cells, write_labels, write_table};
use ndarray::Array2;
use serde_json::json;

use crate::args::PredictArgs;
use crate::input;
use crate::output::{print, table};
use crate::rows::{self, Format};

pub fn run(args: &PredictArgs) -> anyhow::Result<ExitCode> {
    let output = args.output.as_deref();
    let format = Format::of(output)?;
    let carry = !args.only && (!args.json || output.is_some());
    let (file, input) = input::read_for(&args.model, &args.input, output, carry)?;
    let labels = file.pipeline.try_predict(input.records())?.to_vec();
    let probabilities = match args.proba {
        true => file.pipeline.predict_proba(input.records())?,
        false => Array2::zeros((0, 0)),
    };
    if args.json {
        let counts = counts(&labels, file.pipeline.mixture().n_components());
        let mut object = json!({
            "n_samples": labels.len(),
            "n_components": counts.len(),
            "counts": counts,
            "rows": input.sheet.rows.iter().map(|row| row + 1).collect::<Vec<_>>(),
            "components": labels,
        });
        if args.proba {
            object["probabilities"] =
                probabilities.rows().into_iter().map(|row| row.to_vec()).collect();
        }
        print(|out| writeln!(out, "{object:#}"))?;
    }
    match (format, output) {
        (Format::Npy, Some(path)) => match args.proba {
            true => write_table(path, probabilities.view(), &[])?,
            false => write_labels(path, &labels)?,
        },
        (Format::Text, _) if output.is_some() || !args.json => {
            let numbers = rows::columns(input.records().view());
            let of_components = rows::columns(probabilities.view());
            let mut columns = match args.only {
                true => Vec::new(),
                false => rows::of_sheet(&input.sheet, &numbers),
            };
            columns.push((rows::fresh_name("component", &columns), Cells::Counts(&labels)));
            if args.proba {
                for (component, values) in of_components.iter().enumerate() {
                    let name = rows::fresh_name(&format!("p{component}"), &columns);
                    columns.push((name, Cells::Numbers(values)));
                }
            }
            rows::write(output, &columns)?;
        }
        _ => {}
    }
    if output.is_some() && !args.json {
        summary(&labels, file.pipeline.mixture().n_components())?;
    }
    Ok(ExitCode::SUCCESS)
}

fn counts(labels: &[usize], n_components: usize) -> Vec<usize> {
    let mut counts = vec![0; n_components];
    labels.iter().for_each(|&label| counts[label] += 1);
    counts
}

/// How many rows belong to each component.
fn summary(labels: &[usize], n_components: usize) -> anyhow::Result<()> {
    let n = labels.len() as f64;
    let counts = counts(labels, n_components).into_iter().enumerate();
    let listing =
        Listing::new(["component", "rows", "share in %"]).lines(counts.map(|(k, count)| {
            vec![k.to_string(), count.to_string(), format!("{:.1}", 100.0 * count as f64 / n)]
        }));
    print(|out| writeln!(out, "{}", table(&listing).trim_fmt()))
}
