//! Output of rows in blocks: columns of the data, followed by computed columns.

use std::path::Path;

use mixlab::file_extension;
use mixlab::table::{Cells, ColumnKind, Sheet, SheetColumn, TableWriter, check_format};
use ndarray::{Array1, ArrayView1};

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
        let mut block = Self::default();
        for column in &sheet.columns {
            match column {
                SheetColumn::Number(at) => {
                    let numbers = sheet.table.records.column(*at).to_owned();
                    block.push(&names[*at], Values::Numbers(numbers));
                }
                SheetColumn::Text { name, values } => {
                    block.push(name, Values::Texts(values.clone()))
                }
            }
        }
        block
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
