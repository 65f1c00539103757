//! Parquet files that are parts of one table.

use std::fs::{self, File};
use std::path::{Path, PathBuf};

use datafusion::arrow::datatypes::{DataType, Schema};
use datafusion::parquet::arrow::arrow_reader::{ArrowReaderMetadata, ArrowReaderOptions};
use datafusion::parquet::file::metadata::ParquetMetaData;

use crate::error::{Error, Result};
use crate::table::choice::{Choice, text_columns};

/// Rows that are worth a partition of their own.
const ROWS_OF_PARTITION: usize = 1 << 15;
/// Most partitions: every one costs the scheduler a message with the request.
const MOST_PARTITIONS: usize = 4096;

/// What is known of the files.
#[derive(Debug)]
pub(super) struct Files {
    /// Paths that hold on every machine that sees the same files.
    pub(super) paths: Vec<PathBuf>,
    /// The chosen columns.
    pub(super) columns: Vec<String>,
    /// The types of the chosen columns.
    pub(super) schema: Schema,
    /// Rows of all files.
    pub(super) n_rows: usize,
    /// Parts that can be read at the same time. They depend on the files alone, so that sums are the same on any
    /// number of executors.
    pub(super) n_partitions: usize,
}

impl Files {
    /// Looks at the footers of files and of all files ending in .parquet of folders.
    pub(super) fn open(paths: &[PathBuf], choice: &Choice) -> Result<Self> {
        let paths = expand(paths)?;
        let Some(first) = paths.first() else {
            return Err(Error::param("the list of files", "empty", "at least one Parquet file"));
        };
        let footer = footer(first)?;
        let schema = footer.schema();
        let names: Vec<String> = schema.fields().iter().map(|field| field.name().clone()).collect();
        let chosen = choice.resolve(first, &names, true)?;
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
            n_rows: 0,
            n_partitions: 0,
            paths: Vec::new(),
        };
        let mut n_groups = 0;
        for path in &paths {
            let part = self::footer(path)?;
            same_columns(schema, part.schema()).map_err(|problem| Error::UnlikeParts {
                path: path.clone(),
                first: first.clone(),
                problem,
            })?;
            no_gaps(path, part.metadata(), &files.columns)?;
            files.n_rows +=
                usize::try_from(part.metadata().file_metadata().num_rows()).unwrap_or(0);
            n_groups += part.metadata().num_row_groups();
        }
        if files.n_rows == 0 {
            return Err(Error::EmptyTable { path: first.clone() });
        }
        files.n_partitions =
            n_groups.min(files.n_rows.div_ceil(ROWS_OF_PARTITION)).clamp(1, MOST_PARTITIONS);
        files.paths = paths;
        Ok(files)
    }

    /// The table in words.
    pub(super) fn name(&self) -> String {
        match self.paths.as_slice() {
            [only] => only.display().to_string(),
            [first, rest @ ..] => format!("{} and {} more", first.display(), rest.len()),
            [] => String::new(),
        }
    }
}

/// Whole paths of files, those of a folder by name.
fn expand(paths: &[PathBuf]) -> Result<Vec<PathBuf>> {
    let mut files = Vec::new();
    for path in paths {
        path.metadata().map_err(|error| Error::io(path, error))?;
        // links stay, which may lead elsewhere on other machines
        let path = std::path::absolute(path).map_err(|error| Error::io(path, error))?;
        if !path.is_dir() {
            files.push(path);
            continue;
        }
        let mut parts = Vec::new();
        for entry in fs::read_dir(&path).map_err(|error| Error::io(&path, error))? {
            let part = entry.map_err(|error| Error::io(&path, error))?.path();
            if part.is_file() && crate::file_extension(&part) == "parquet" {
                parts.push(part);
            }
        }
        if parts.is_empty() {
            return Err(Error::EmptyTable { path });
        }
        parts.sort_unstable();
        files.append(&mut parts);
    }
    Ok(files)
}

fn footer(path: &Path) -> Result<ArrowReaderMetadata> {
    let file = File::open(path).map_err(|error| Error::io(path, error))?;
    ArrowReaderMetadata::load(&file, ArrowReaderOptions::new()).map_err(|error| {
        Error::ArrayFormat {
            path: path.into(),
            problem: format!(
                "it is no Parquet file, which is what clusters read, or damaged ({error})"
            ),
        }
    })
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

/// Refuses columns with gaps, as far as the footer tells.
fn no_gaps(path: &Path, metadata: &ParquetMetaData, columns: &[String]) -> Result<()> {
    let mut gaps = vec![0_u64; columns.len()];
    for group in metadata.row_groups() {
        for column in group.columns() {
            let [name] = column.column_path().parts() else { continue };
            let at = columns.iter().position(|chosen| chosen == name);
            let nulls = column.statistics().and_then(|statistics| statistics.null_count_opt());
            if let (Some(at), Some(nulls)) = (at, nulls) {
                gaps[at] += nulls;
            }
        }
    }
    match gaps.iter().position(|&gaps| gaps > 0) {
        Some(at) => Err(Error::ColumnValues {
            table: path.display().to_string(),
            name: columns[at].clone(),
            problem: format!("values are missing in {} rows", gaps[at]),
        }),
        None => Ok(()),
    }
}
