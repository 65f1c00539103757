//! Selected columns of a Parquet file, and the conversion of their values to numbers.

use ::parquet::basic::{Compression, ConvertedType, LogicalType, Type as Physical};
use ::parquet::column::reader::{ColumnReader, ColumnReaderImpl};
use ::parquet::data_type::DataType;
use ::parquet::errors::ParquetError;
use ::parquet::file::metadata::ParquetMetaData;
use ::parquet::schema::types::{ColumnDescriptor, SchemaDescriptor};
use ndarray::ArrayViewMut1;

use super::decimal;
use crate::arrays::half;
use crate::error::{Error, Result};
use crate::table::choice::columns_of_other_kinds;
use crate::table::columns::Columns;
use crate::table::format::foreign;
use crate::table::options::Source;
use crate::table::row_index::{index_columns, index_of_pandas};

/// The selected columns of a file.
pub(super) struct Chosen {
    pub(super) columns: Columns,
    pub(super) kinds: Vec<Kind>,
    pub(super) n_rows: usize,
}

impl Chosen {
    /// Selects columns of a file, and checks its row groups.
    pub(super) fn of(source: &Source, metadata: &ParquetMetaData) -> Result<Self> {
        let schema = metadata.file_metadata().schema_descr();
        let names = names_of(schema);
        let columns = Columns::choose_without_index(source, &names, &index_of(metadata, &names))?;
        let (mut kinds, mut others) = (Vec::new(), Vec::new());
        for &column in &columns.places {
            match Kind::of(&schema.columns()[column]) {
                Ok(kind) => kinds.push(kind),
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
        Ok(Self { columns, kinds, n_rows })
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

/// Conversion of the stored values of a column to numbers.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Kind {
    number: Number,
    /// Definition level of values that are not null.
    level: i16,
}

/// The meaning of stored values.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Number {
    /// The values themselves.
    Plain,
    /// Integers without a sign.
    Unsigned,
    /// Floats of 16 bits.
    Half,
    /// Integers divided by this power of ten.
    Decimal(i32),
}

impl Kind {
    /// Returns the conversion of a column, or what it holds if that is not a number.
    fn of(column: &ColumnDescriptor) -> std::result::Result<Self, &'static str> {
        use ConvertedType as C;
        use LogicalType as L;
        use Physical as P;
        if column.max_rep_level() > 0 {
            return Err("lists");
        }
        let physical = column.physical_type();
        let is_bytes = matches!(physical, P::BYTE_ARRAY | P::FIXED_LEN_BYTE_ARRAY);
        let number = match (column.logical_type_ref(), column.converted_type()) {
            (Some(L::Decimal(..)), _) | (None, C::DECIMAL) => Number::Decimal(column.type_scale()),
            (Some(L::Float16), _) if physical == P::FIXED_LEN_BYTE_ARRAY => Number::Half,
            (Some(L::Date), _) | (None, C::DATE) => return Err("dates"),
            (Some(L::Timestamp(..)), _) | (None, C::TIMESTAMP_MILLIS | C::TIMESTAMP_MICROS) => {
                return Err("timestamps");
            }
            (Some(L::Time(..)), _) | (None, C::TIME_MILLIS | C::TIME_MICROS) => {
                return Err("times of day");
            }
            (Some(L::String | L::Enum), _) | (None, C::UTF8 | C::ENUM) => return Err("texts"),
            (Some(L::Json), _) | (None, C::JSON) => return Err("JSON texts"),
            (Some(L::Uuid), _) => return Err("identifiers (UUID)"),
            (Some(L::Unknown), _) => return Err("no values"),
            (None, C::INTERVAL) => return Err("intervals"),
            _ if physical == P::INT96 => return Err("timestamps"),
            _ if is_bytes => return Err("bytes"),
            (Some(L::Integer(..)) | None, converted) => match converted {
                C::UINT_8 | C::UINT_16 | C::UINT_32 | C::UINT_64 => Number::Unsigned,
                _ => Number::Plain,
            },
            _ => return Err("values of another type"),
        };
        Ok(Self { number, level: column.max_def_level() })
    }

    /// Reads the next values of a column of a row group; null values leave `to` unchanged.
    pub(super) fn read(
        self,
        reader: &mut ColumnReader,
        to: ArrayViewMut1<'_, f64>,
    ) -> std::result::Result<(), ParquetError> {
        let Self { number, level } = self;
        match reader {
            ColumnReader::BoolColumnReader(reader) => {
                values(reader, level, to, |&value| f64::from(u8::from(value)))
            }
            ColumnReader::Int32ColumnReader(reader) => {
                values(reader, level, to, |&value| match number {
                    Number::Unsigned => f64::from(value as u32),
                    Number::Decimal(scale) => decimal::of_integer(value.into(), scale),
                    _ => f64::from(value),
                })
            }
            ColumnReader::Int64ColumnReader(reader) => {
                values(reader, level, to, |&value| match number {
                    Number::Unsigned => value as u64 as f64,
                    Number::Decimal(scale) => decimal::of_integer(value.into(), scale),
                    _ => value as f64,
                })
            }
            ColumnReader::FloatColumnReader(reader) => {
                values(reader, level, to, |&value| f64::from(value))
            }
            ColumnReader::DoubleColumnReader(reader) => values(reader, level, to, |&value| value),
            ColumnReader::FixedLenByteArrayColumnReader(reader) => {
                values(reader, level, to, |value| of_bytes(number, value.data()))
            }
            ColumnReader::ByteArrayColumnReader(reader) => {
                values(reader, level, to, |value| of_bytes(number, value.data()))
            }
            ColumnReader::Int96ColumnReader(_) => Ok(()),
        }
    }
}

/// Converts stored bytes; of a damaged length they are a missing value.
fn of_bytes(number: Number, bytes: &[u8]) -> f64 {
    match (number, bytes) {
        (Number::Decimal(scale), _) => decimal::of_bytes(bytes, scale),
        (Number::Half, &[low, high]) => half(u16::from_le_bytes([low, high])),
        _ => f64::NAN,
    }
}

/// Reads the next values of a column of a row group; null values leave `to` unchanged.
fn values<T: DataType>(
    reader: &mut ColumnReaderImpl<T>,
    level: i16,
    mut to: ArrayViewMut1<'_, f64>,
    number: impl Fn(&T::T) -> f64,
) -> std::result::Result<(), ParquetError> {
    let mut row = 0;
    while row < to.len() {
        let missing = to.len() - row;
        let (mut found, mut levels) = (Vec::with_capacity(missing), Vec::new());
        let (n_records, n_values, _) =
            reader.read_records(missing, Some(&mut levels), None, &mut found)?;
        if n_records == 0 {
            break;
        }
        let mut found = found.iter();
        let mut records = to.iter_mut().skip(row).take(n_records);
        if n_values == n_records {
            records.zip(found).for_each(|(to, value)| *to = number(value));
        } else {
            for &of_record in &levels {
                let to = records.next();
                let value = if of_record == level { found.next() } else { None };
                if let (Some(to), Some(value)) = (to, value) {
                    *to = number(value);
                }
            }
        }
        row += n_records;
    }
    if row < to.len() {
        return Err(ParquetError::General("a column is shorter than its row group".into()));
    }
    Ok(())
}
