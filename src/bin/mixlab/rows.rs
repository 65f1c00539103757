//! Output of rows in blocks: columns of the data, followed by computed columns.

use std::path::Path;

use mixlab::table::{Cells, ColumnKind, Sheet, SheetColumn, TableWriter, check_format};
use mixlab::{Column, file_extension};
use ndarray::{Array1, Array2, ArrayView1};

use crate::output::{check_folder, print};

/// Output format of rows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// All columns.
    Table,
    /// The computed numbers alone.
    Npy,
}

impl Format {
    /// Returns the format of a file, or of standard output.
    pub fn of(path: Option<&Path>) -> anyhow::Result<Self> {
        let Some(path) = path else { return Ok(Self::Table) };
        check_folder(path)?;
        check_format(path)?;
        Ok(if file_extension(path) == "npy" { Self::Npy } else { Self::Table })
    }
}

/// Values of a column.
pub enum Values {
    Numbers(Array1<f64>),
    Counts(Vec<usize>),
    Texts(Vec<String>),
}

impl Values {
    fn cells(&self) -> Cells<'_> {
        match self {
            Self::Numbers(numbers) => Cells::Numbers(numbers.view()),
            Self::Counts(counts) => Cells::Counts(counts),
            Self::Texts(texts) => Cells::Texts(texts),
        }
    }
}

impl Values {
    /// The first values of all columns, then the second ones, and so on.
    fn interleaved(columns: &[&Self]) -> Self {
        let n_rows = columns.first().map_or(0, |column| column.cells().len());
        let at = |index: usize| (columns[index % columns.len()], index / columns.len());
        let all = (0..n_rows * columns.len()).map(at);
        match columns.first() {
            Some(Self::Texts(_)) => Self::Texts(
                all.map(|(column, row)| match column {
                    Self::Texts(texts) => texts[row].clone(),
                    _ => String::new(),
                })
                .collect(),
            ),
            Some(Self::Counts(_)) => Self::Counts(
                all.map(|(column, row)| match column {
                    Self::Counts(counts) => counts[row],
                    _ => 0,
                })
                .collect(),
            ),
            _ => Self::Numbers(
                all.map(|(column, row)| match column {
                    Self::Numbers(numbers) => numbers[row],
                    _ => f64::NAN,
                })
                .collect(),
            ),
        }
    }
}

/// A block of rows to write, stored by column.
#[derive(Default)]
pub struct RowBlock {
    names: Vec<String>,
    values: Vec<Values>,
}

impl RowBlock {
    /// Returns the columns of a sheet, in the order of its file.
    pub fn of_sheet(sheet: &Sheet) -> Self {
        let names = sheet.table.feature_names();
        let columns = sheet.schema.columns();
        let mut block = Self::default();
        for column in &sheet.columns {
            match column {
                SheetColumn::Number(at) => {
                    let numbers = sheet.table.records.column(*at);
                    block.push(&names[*at], written(numbers, columns.get(*at)));
                }
                SheetColumn::Text { name, values } => {
                    block.push(name, Values::Texts(values.clone()))
                }
            }
        }
        block
    }

    /// Returns rows of numbers as a model has them as columns, as they are written in tables.
    pub fn of_model(rows: &Array2<f64>, columns: &[Column]) -> Self {
        let mut block = Self::default();
        for (column, numbers) in columns.iter().zip(rows.columns()) {
            block.push(&column.name, written(numbers, Some(column)));
        }
        block
    }

    /// Returns generated rows as columns, with categories and dates as texts.
    pub fn of_generated(rows: &Array2<f64>, names: &[String], columns: &[Column]) -> Self {
        let mut block = Self::default();
        for (at, (name, numbers)) in names.iter().zip(rows.columns()).enumerate() {
            block.push_written(name, numbers, columns.get(at));
        }
        block
    }

    /// Combines blocks with the same columns: the first rows of all blocks, then the second rows, and so on.
    pub fn interleaved(blocks: Vec<Self>) -> Self {
        let names = blocks.first().map(|block| block.names.clone()).unwrap_or_default();
        let values = (0..names.len()).map(|at| {
            Values::interleaved(&blocks.iter().map(|block| &block.values[at]).collect::<Vec<_>>())
        });
        Self { values: values.collect(), names }
    }

    /// Adds a column of numbers, dates or categories as they are written.
    pub fn push_written(
        &mut self,
        name: &str,
        numbers: ArrayView1<'_, f64>,
        column: Option<&Column>,
    ) {
        // other dates are numbers in their form already
        self.push(name, written(numbers, column.filter(|column| column.kind.is_text())));
    }

    /// Adds a column, with underscores appended to its name if another column has it.
    pub fn push(&mut self, name: &str, values: Values) {
        self.names.push(self.unique(name));
        self.values.push(values);
    }

    /// Adds a column before the others.
    pub fn push_front(&mut self, name: &str, values: Values) {
        self.names.insert(0, self.unique(name));
        self.values.insert(0, values);
    }

    /// Adds a column of numbers.
    pub fn push_numbers(&mut self, name: &str, numbers: ArrayView1<'_, f64>) {
        self.push(name, Values::Numbers(numbers.to_owned()));
    }

    fn unique(&self, name: &str) -> String {
        let mut unique = name.to_owned();
        while self.names.contains(&unique) {
            unique.push('_');
        }
        unique
    }

    fn cells(&self) -> Vec<Cells<'_>> {
        self.values.iter().map(Values::cells).collect()
    }

    fn columns(&self) -> Vec<(String, ColumnKind)> {
        let kinds = self.values.iter().map(|values| values.cells().kind());
        self.names.iter().cloned().zip(kinds).collect()
    }
}

/// Returns numbers of a column as they are written: dates in their form, and categories as texts.
fn written(numbers: ArrayView1<'_, f64>, column: Option<&Column>) -> Values {
    let Some(column) = column.filter(|column| !column.kind.is_numeric()) else {
        return Values::Numbers(numbers.to_owned());
    };
    if !column.kind.is_text() {
        return Values::Numbers(numbers.mapv(|number| column.kind.decode(number)));
    }
    let text = |&number: &f64| column.kind.text(number).unwrap_or_default();
    Values::Texts(numbers.iter().map(text).collect())
}

/// Writes blocks of rows with the same columns to a file, completely or not at all, or to standard output.
pub fn write(
    path: Option<&Path>,
    mut blocks: impl Iterator<Item = anyhow::Result<RowBlock>>,
) -> anyhow::Result<()> {
    let Some(first) = blocks.next().transpose()? else { return Ok(()) };
    let columns = first.columns();
    let fill = |writer: &mut TableWriter<'_>| -> anyhow::Result<()> {
        writer.write(&first.cells())?;
        for block in blocks {
            writer.write(&block?.cells())?;
        }
        Ok(())
    };
    match path {
        Some(path) => TableWriter::create(path, &columns, None, fill),
        None => print(|out| {
            let mut writer = TableWriter::csv(out, &columns)?;
            fill(&mut writer)?;
            anyhow::Ok(writer.finish()?)
        }),
    }
}
