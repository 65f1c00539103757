//! The Parquet files of one table.

use std::fs::{self, File};
use std::path::{Path, PathBuf};

use datafusion::arrow::datatypes::{DataType, Schema};
use datafusion::parquet::arrow::arrow_reader::{ArrowReaderMetadata, ArrowReaderOptions};
use datafusion::parquet::file::metadata::ParquetMetaData;

use crate::error::{Error, Result};
use crate::table::Decision;
use crate::table::choice::{Choice, text_columns};
use crate::table::row_index::{index_columns, index_of_pandas};

/// Number of rows per partition if row groups are smaller.
const ROWS_PER_PARTITION: usize = 1 << 15;
/// Maximum number of partitions; the scheduler sends the request once for each.
const MAX_PARTITIONS: usize = 4096;

/// The files of a table and their metadata.
#[derive(Debug)]
pub(super) struct Files {
    /// Absolute paths, valid on every machine that has the same files under the same paths.
    pub(super) paths: Vec<PathBuf>,
    /// The chosen columns.
    pub(super) columns: Vec<String>,
    /// The types of the chosen columns.
    pub(super) schema: Schema,
    /// Decisions that were taken for the user.
    pub(super) decisions: Vec<Decision>,
    /// Number of rows of all files.
    pub(super) n_rows: usize,
    /// Number of partitions that can be read at the same time. It depends on the files alone, so sums are the same on any
    /// number of executors.
    pub(super) n_partitions: usize,
}

impl Files {
    /// Reads the footers of the files, and of all files ending in .parquet of the folders.
    pub(super) fn open(paths: &[PathBuf], choice: &Choice) -> Result<Self> {
        let paths = expand(paths)?;
        let Some(first) = paths.first() else {
            return Err(Error::param("the list of files", "empty", "at least one Parquet file"));
        };
        let footer = footer(first)?;
        let schema = footer.schema();
        let names: Vec<String> = schema.fields().iter().map(|field| field.name().clone()).collect();
        let index = index_of(footer.metadata(), schema);
        let chosen = choice.resolve(first, &names, true, &index)?;
        let left_out = choice.resolve(first, &names, true, &[])?;
        let left_out = left_out.iter().filter(|column| !chosen.contains(column));
        let left_out: Vec<String> = left_out.map(|&column| names[column].clone()).collect();
        let mut decisions = Vec::new();
        if !left_out.is_empty() {
            decisions.push(Decision::IndexColumns { columns: left_out });
        }
        let texts = chosen.iter().filter(|&&column| !is_number(schema.field(column).data_type()));
        let texts: Vec<String> = texts.map(|&column| names[column].clone()).collect();
        if !texts.is_empty() {
            return Err(text_columns(first, texts, String::new()));
        }
        let chosen = Schema::new(
            chosen
                .iter()
                .map(|&column| schema.field(column).clone().with_nullable(true))
                .collect::<Vec<_>>(),
        );
        let mut files = Self {
            columns: chosen.fields().iter().map(|field| field.name().clone()).collect(),
            schema: chosen,
            decisions,
            n_rows: 0,
            n_partitions: 0,
            paths: Vec::new(),
        };
        let mut n_groups = 0;
        for path in &paths {
            let footer = self::footer(path)?;
            same_columns(schema, footer.schema()).map_err(|problem| Error::UnlikeParts {
                path: path.clone(),
                first: first.clone(),
                problem,
            })?;
            files.n_rows +=
                usize::try_from(footer.metadata().file_metadata().num_rows()).unwrap_or(0);
            n_groups += footer.metadata().num_row_groups();
        }
        if files.n_rows == 0 {
            return Err(Error::EmptyTable { path: first.clone() });
        }
        files.n_partitions =
            n_groups.min(files.n_rows.div_ceil(ROWS_PER_PARTITION)).clamp(1, MAX_PARTITIONS);
        files.paths = paths;
        Ok(files)
    }

    /// Name of the table in errors.
    pub(super) fn name(&self) -> String {
        match self.paths.as_slice() {
            [only] => only.display().to_string(),
            [first, rest @ ..] => format!("{} and {} more", first.display(), rest.len()),
            [] => String::new(),
        }
    }
}

/// Returns the absolute paths of the files, those of a folder in the order of their names.
fn expand(paths: &[PathBuf]) -> Result<Vec<PathBuf>> {
    let mut files = Vec::new();
    for path in paths {
        path.metadata().map_err(|error| Error::io(path, error))?;
        // symbolic links are kept, since their targets may differ between machines
        let path = std::path::absolute(path).map_err(|error| Error::io(path, error))?;
        if !path.is_dir() {
            files.push(path);
            continue;
        }
        let mut entries = Vec::new();
        for entry in fs::read_dir(&path).map_err(|error| Error::io(&path, error))? {
            let entry = entry.map_err(|error| Error::io(&path, error))?.path();
            if entry.is_file() && crate::file_extension(&entry) == "parquet" {
                entries.push(entry);
            }
        }
        if entries.is_empty() {
            return Err(Error::EmptyTable { path });
        }
        entries.sort_unstable();
        files.append(&mut entries);
    }
    Ok(files)
}

fn footer(path: &Path) -> Result<ArrowReaderMetadata> {
    let file = File::open(path).map_err(|error| Error::io(path, error))?;
    ArrowReaderMetadata::load(&file, ArrowReaderOptions::new()).map_err(|error| {
        Error::ArrayFormat {
            path: path.into(),
            problem: format!(
                "it is not a valid Parquet file, the only format that clusters read ({error})"
            ),
        }
    })
}

/// Returns the columns that number the rows, as data frames write them; none if they are all columns.
fn index_of(metadata: &ParquetMetaData, schema: &Schema) -> Vec<usize> {
    let fields = schema.fields();
    let columns =
        fields.iter().map(|field| (field.name().as_str(), field.data_type().is_integer()));
    let mut index = index_columns(columns);
    for entry in metadata.file_metadata().key_value_metadata().into_iter().flatten() {
        if let ("pandas", Some(description)) = (entry.key.as_str(), &entry.value) {
            let named = index_of_pandas(description);
            let of_name = |column: &usize| named.contains(fields[*column].name());
            index.extend((0..fields.len()).filter(of_name));
        }
    }
    index.sort_unstable();
    index.dedup();
    if index.len() == fields.len() { Vec::new() } else { index }
}

fn is_number(kind: &DataType) -> bool {
    kind.is_numeric() || *kind == DataType::Boolean
}

fn same_columns(first: &Schema, other: &Schema) -> Result<(), String> {
    for field in first.fields() {
        let found = other.field_with_name(field.name());
        let found = found.map_err(|_| format!("it has no column {:?}", field.name()))?;
        if found.data_type() != field.data_type() {
            return Err(format!(
                "its column {:?} has values of type {} instead of {}",
                field.name(),
                found.data_type(),
                field.data_type()
            ));
        }
    }
    match other.fields().iter().find(|field| first.field_with_name(field.name()).is_err()) {
        Some(more) => Err(format!("it has a column {:?}", more.name())),
        None => Ok(()),
    }
}
