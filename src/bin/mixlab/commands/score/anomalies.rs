//! Anomalous rows and their anomalous columns.

use std::path::Path;

use mixlab::table::{Sheet, SheetColumn};
use mixlab::{AnomalousColumn, Column, ModelFile, anomalies, anomalies_below};
use ndarray::{Array1, Axis};
use serde_json::Value;

use super::args::Limit;
use super::scored::Summary;
use crate::input::InputRows;
use crate::output::note;
use crate::rows::{self, Format, RowBlock, Values};

/// The anomalous rows, the least likely first.
#[derive(Default)]
pub struct Anomalies {
    pub rows: Vec<Anomaly>,
    /// The columns of the data without rows, so that the table has columns even if no row is anomalous.
    empty: Option<RowBlock>,
}

/// An anomalous row, with the columns that make it anomalous.
pub struct Anomaly {
    /// Number of the row in its file, from 1.
    pub row: usize,
    pub log_density: f64,
    pub columns: Vec<ShownColumn>,
    block: RowBlock,
}

/// An anomalous column with its value as it is written.
pub struct ShownColumn {
    pub column: AnomalousColumn,
    pub value: Value,
}

impl ShownColumn {
    /// A column among those of a model.
    fn new(column: AnomalousColumn, columns: &[Column]) -> Self {
        let known = columns.iter().find(|known| known.name == column.name);
        let kind = known.map(|known| known.kind.clone()).unwrap_or_default();
        let text = kind.is_text().then(|| kind.text(column.value)).flatten();
        let value = text.map_or_else(|| kind.decode(column.value).into(), Value::from);
        Self { column, value }
    }
}

impl Anomalies {
    /// Finds the anomalous rows, with the columns of the data unless `only`.
    pub fn find(
        limit: Limit,
        file: &ModelFile,
        rows: &InputRows<'_>,
        only: bool,
    ) -> anyhow::Result<(Summary, Self)> {
        let (mut summary, mut found) = (Summary::new(), Self::default());
        // the share of rows with the lowest scores is known only after all rows are scored, so all scores are kept, 8 bytes
        // per row, and the rows are read a second time
        let mut scores = Vec::new();
        for sheet in rows.pieces()? {
            let sheet = sheet?;
            let encoded = file.encode(rows.path(), &sheet)?;
            let log_density = file.pipeline.score_samples(&encoded)?;
            summary.count(&log_density);
            match limit {
                Limit::Share(_) => scores.extend(&log_density),
                Limit::Below(threshold) => {
                    let chosen = anomalies_below(log_density.view(), threshold);
                    let log_density = log_density.select(Axis(0), &chosen);
                    found.add(file, rows.path(), (&select(&sheet, &chosen), &log_density), only)?;
                }
            }
        }
        if let Limit::Share(share) = limit {
            let scores = Array1::from(scores);
            let chosen = anomalies(scores.view(), share);
            if let Some(threshold) = threshold_of(&scores, &chosen) {
                note(format_args!(
                    "log-densities below {threshold} are reported; --threshold={threshold} reports such rows of other data"
                ));
            }
            let mut first = 0;
            for sheet in rows.pieces()? {
                let sheet = sheet?;
                let after = first + sheet.rows.len();
                let from = chosen.partition_point(|&row| row < first);
                let chosen = &chosen[from..chosen.partition_point(|&row| row < after)];
                let of_piece: Vec<usize> = chosen.iter().map(|row| row - first).collect();
                let log_density = scores.select(Axis(0), chosen);
                let chosen = select(&sheet, &of_piece);
                found.add(file, rows.path(), (&chosen, &log_density), only)?;
                first = after;
            }
        }
        found.rows.sort_by(|a, b| a.log_density.total_cmp(&b.log_density));
        Ok((summary, found))
    }

    /// Adds anomalous rows with their anomalous columns.
    fn add(
        &mut self,
        file: &ModelFile,
        path: &Path,
        (sheet, log_density): (&Sheet, &Array1<f64>),
        only: bool,
    ) -> anyhow::Result<()> {
        let columns_of =
            |sheet: &Sheet| if only { RowBlock::default() } else { RowBlock::of_sheet(sheet) };
        self.empty.get_or_insert_with(|| columns_of(&select(sheet, &[])));
        let (encoded, names) = (file.encode(path, sheet)?, sheet.table.feature_names());
        // of the model, if rules make its columns
        let names = if file.rules.is_some() { &file.feature_names() } else { names };
        let columns = AnomalousColumn::of_rows(&file.pipeline, encoded.view(), names)?;
        for (at, (columns, &log_density)) in columns.into_iter().zip(log_density).enumerate() {
            let columns = columns.into_iter().map(|column| ShownColumn::new(column, &file.columns));
            let columns = columns.collect();
            let block = columns_of(&select(sheet, &[at]));
            self.rows.push(Anomaly { row: sheet.rows[at] + 1, log_density, columns, block });
        }
        Ok(())
    }

    /// Writes the rows, or only their log-densities to a `.npy` file.
    pub fn write(self, output: Option<&Path>, format: Format) -> anyhow::Result<()> {
        let complete =
            |mut block: RowBlock, rows: Vec<usize>, log_density: Vec<f64>, why: Vec<String>| {
                if format == Format::Table {
                    block.push_front("row", Values::Counts(rows));
                }
                block.push("log_density", Values::Numbers(log_density.into()));
                if format == Format::Table {
                    block.push("anomalous_columns", Values::Texts(why));
                }
                Ok(block)
            };
        let empty = self.empty.unwrap_or_default();
        let empty = complete(empty, Vec::new(), Vec::new(), Vec::new());
        let blocks = self.rows.into_iter().map(|Anomaly { row, log_density, columns, block }| {
            // `income +8.1, species: 0.2 % expected`
            let why: Vec<String> = columns.iter().map(|shown| shown.column.to_string()).collect();
            complete(block, vec![row], vec![log_density], vec![why.join(", ")])
        });
        rows::write(output, std::iter::once(empty).chain(blocks))
    }
}

/// A number of few digits above the scores of the `chosen` rows and not above those of others; none if all rows are chosen, or none.
fn threshold_of(scores: &Array1<f64>, chosen: &[usize]) -> Option<f64> {
    let highest = chosen.iter().map(|&row| scores[row]).reduce(f64::max)?;
    let others = scores.iter().copied().filter(|score| *score > highest);
    let next = others.reduce(f64::min)?;
    let rounded = |digits| {
        let unit = 10.0_f64.powi(digits);
        (next * unit).floor() / unit
    };
    (1..15).map(rounded).find(|&threshold| threshold > highest)
}

/// Returns the given rows of a sheet, in this order.
fn select(sheet: &Sheet, rows: &[usize]) -> Sheet {
    let table = &sheet.table;
    let names = table.feature_names().to_vec();
    let records = table.records.select(Axis(0), rows);
    let columns = sheet.columns.iter().map(|column| match column {
        SheetColumn::Number(at) => SheetColumn::Number(*at),
        SheetColumn::Text { name, values } => SheetColumn::Text {
            name: name.clone(),
            values: rows.iter().map(|&row| values[row].clone()).collect(),
        },
    });
    Sheet {
        schema: sheet.schema.clone(),
        columns: columns.collect(),
        rows: rows.iter().map(|&row| sheet.rows[row]).collect(),
        n_dropped: sheet.n_dropped,
        decisions: Vec::new(),
        image: sheet.image,
        table: linfa::DatasetBase::from(records).with_feature_names(names),
    }
}
