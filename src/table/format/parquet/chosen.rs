//! Selected columns of a Parquet file.

use ::parquet::basic::{Compression, Type as Physical};
use ::parquet::file::metadata::ParquetMetaData;
use ::parquet::schema::types::SchemaDescriptor;

use super::kind::Kind;
use crate::error::{Error, Result};
use crate::table::choice::columns_of_other_kinds;
use crate::table::columns::Columns;
use crate::table::format::foreign;
use crate::table::options::Source;
use crate::table::raw::RawColumn;
use crate::table::row_index::{index_columns, index_of_pandas};

/// The selected columns of a file.
pub(super) struct Chosen {
    pub(super) columns: Columns,
    pub(super) kinds: Vec<Kind>,
    /// The columns as they are read, without values.
    pub(super) raw: Vec<RawColumn>,
    pub(super) n_rows: usize,
}

impl Chosen {
    /// Selects columns of a file, and checks its row groups.
    pub(super) fn of(source: &Source, metadata: &ParquetMetaData) -> Result<Self> {
        let schema = metadata.file_metadata().schema_descr();
        let names = names_of(schema);
        let columns = Columns::choose_without_index(source, &names, &index_of(metadata, &names))?;
        let requests = source.options.kinds.requests(&source.path, &columns.names)?;
        let (mut kinds, mut raw, mut others) = (Vec::new(), Vec::new(), Vec::new());
        for (&column, request) in columns.places.iter().zip(&requests) {
            match Kind::requested(&schema.columns()[column], request) {
                Ok(kind) => {
                    kinds.push(kind);
                    raw.push(kind.raw(request));
                }
                Err(other) => others.push((names[column].clone(), other.to_owned())),
            }
        }
        if !others.is_empty() {
            return Err(columns_of_other_kinds(&source.path, others));
        }
        let n_rows = usize::try_from(metadata.file_metadata().num_rows()).unwrap_or(0);
        if n_rows == 0 {
            return Err(Error::EmptyTable { path: source.path.clone() });
        }
        let of_groups = metadata.row_groups().iter().map(|group| group.num_rows());
        if of_groups.sum::<i64>() != metadata.file_metadata().num_rows() {
            return Err(
                source.array_format("its row groups do not have as many rows as the file".into())
            );
        }
        check_compression(source, metadata, &columns)?;
        Ok(Self { columns, kinds, raw, n_rows })
    }
}

/// Returns the names of the columns: their paths, or for a list its own name.
fn names_of(schema: &SchemaDescriptor) -> Vec<String> {
    let mut n_leaves = vec![0; schema.root_schema().get_fields().len()];
    (0..schema.num_columns()).for_each(|column| n_leaves[schema.get_column_root_idx(column)] += 1);
    let name = |column: usize| {
        let leaf = schema.column(column);
        if leaf.max_rep_level() > 0 && n_leaves[schema.get_column_root_idx(column)] == 1 {
            return schema.get_column_root(column).name().to_owned();
        }
        leaf.path().string()
    };
    (0..schema.num_columns()).map(name).collect()
}

/// Returns the columns that number the rows.
fn index_of(metadata: &ParquetMetaData, names: &[String]) -> Vec<usize> {
    let file = metadata.file_metadata();
    let entries = file.key_value_metadata().into_iter().flatten();
    let pandas =
        entries.filter(|entry| entry.key == "pandas").filter_map(|entry| entry.value.as_ref());
    let named: Vec<String> = pandas.flat_map(|value| index_of_pandas(value)).collect();
    let columns = file.schema_descr().columns().iter();
    let is_whole = columns.map(|column| {
        matches!(column.physical_type(), Physical::INT32 | Physical::INT64)
            && Kind::of(column).is_ok()
    });
    let mut index = index_columns(names.iter().map(String::as_str).zip(is_whole));
    index.extend((0..names.len()).filter(|&column| named.contains(&names[column])));
    index.sort_unstable();
    index.dedup();
    index
}

/// Refuses columns whose compression is not read.
fn check_compression(source: &Source, metadata: &ParquetMetaData, columns: &Columns) -> Result<()> {
    for group in metadata.row_groups() {
        for &place in &columns.places {
            let codec = group.column(place).compression();
            if !matches!(codec, Compression::UNCOMPRESSED | Compression::SNAPPY) {
                let codec = codec.to_string();
                let codec = codec.split('(').next().unwrap_or_default();
                let format = format!("a Parquet file compressed by {codec}");
                let remedy = "write it with compression=\"snappy\", or without compression";
                return Err(foreign::error(source, &format, remedy.into()));
            }
        }
    }
    Ok(())
}
