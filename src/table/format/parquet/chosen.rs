//! Selected columns of a Parquet file, and the conversion of their values to numbers.

use ::parquet::basic::{ConvertedType, LogicalType, Type as Physical};
use ::parquet::column::reader::{ColumnReader, ColumnReaderImpl};
use ::parquet::data_type::DataType;
use ::parquet::errors::ParquetError;
use ::parquet::file::metadata::ParquetMetaData;
use ::parquet::schema::types::ColumnDescriptor;
use ndarray::ArrayViewMut1;

use crate::error::{Error, Result};
use crate::table::choice::text_columns;
use crate::table::columns::Columns;
use crate::table::options::Source;

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
        let names: Vec<String> =
            schema.columns().iter().map(|column| column.path().string()).collect();
        let columns = Columns::choose(source, &names, true)?;
        let kind = |column: &usize| Kind::of(&schema.columns()[*column]);
        let texts = columns.places.iter().filter(|column| kind(column).is_none());
        let texts: Vec<String> = texts.map(|&column| names[column].clone()).collect();
        if !texts.is_empty() {
            return Err(text_columns(&source.path, texts, String::new()));
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
        let kinds = columns.places.iter().filter_map(kind).collect();
        Ok(Self { columns, kinds, n_rows })
    }
}

/// Conversion of the stored values of a column to numbers.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Kind {
    /// Divisor of integers: a power of ten for decimals.
    divisor: f64,
    unsigned: bool,
    /// Definition level of values that are not null.
    level: i16,
}

impl Kind {
    /// Returns the conversion of a column; none if it does not hold numbers (texts, dates, lists).
    fn of(column: &ColumnDescriptor) -> Option<Self> {
        let is_number = matches!(
            column.physical_type(),
            Physical::BOOLEAN
                | Physical::INT32
                | Physical::INT64
                | Physical::FLOAT
                | Physical::DOUBLE
        );
        if !is_number || column.max_rep_level() > 0 {
            return None;
        }
        use ConvertedType as C;
        let plain = Self { divisor: 1.0, unsigned: false, level: column.max_def_level() };
        match (column.logical_type_ref(), column.converted_type()) {
            (Some(LogicalType::Decimal(..)), _) | (None, C::DECIMAL) => {
                Some(Self { divisor: 10_f64.powi(column.type_scale()), ..plain })
            }
            (Some(LogicalType::Integer(..)) | None, converted) => match converted {
                C::UINT_8 | C::UINT_16 | C::UINT_32 | C::UINT_64 => {
                    Some(Self { unsigned: true, ..plain })
                }
                C::NONE | C::INT_8 | C::INT_16 | C::INT_32 | C::INT_64 => Some(plain),
                _ => None,
            },
            _ => None,
        }
    }

    /// Reads the next values of a column of a row group; null values leave `to` unchanged.
    pub(super) fn read(
        self,
        reader: &mut ColumnReader,
        to: ArrayViewMut1<'_, f64>,
    ) -> std::result::Result<(), ParquetError> {
        let Self { divisor, unsigned, level } = self;
        match reader {
            ColumnReader::BoolColumnReader(reader) => {
                values(reader, level, to, |&value| f64::from(u8::from(value)))
            }
            ColumnReader::Int32ColumnReader(reader) => values(reader, level, to, |&value| {
                if unsigned { f64::from(value as u32) } else { f64::from(value) / divisor }
            }),
            ColumnReader::Int64ColumnReader(reader) => values(reader, level, to, |&value| {
                if unsigned { value as u64 as f64 } else { value as f64 / divisor }
            }),
            ColumnReader::FloatColumnReader(reader) => {
                values(reader, level, to, |&value| f64::from(value))
            }
            ColumnReader::DoubleColumnReader(reader) => values(reader, level, to, |&value| value),
            _ => Ok(()),
        }
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
