//! Parquet: columns of numbers, row group by row group.

use std::fs::File;
use std::io::{self, Write};
use std::sync::Arc;

use ::parquet::basic::{ConvertedType, LogicalType, Repetition, Type as Physical};
use ::parquet::column::reader::{ColumnReader, ColumnReaderImpl};
use ::parquet::data_type::{DataType, DoubleType};
use ::parquet::errors::ParquetError;
use ::parquet::file::metadata::ParquetMetaData;
use ::parquet::file::properties::WriterProperties;
use ::parquet::file::reader::{FileReader, SerializedFileReader};
use ::parquet::file::writer::SerializedFileWriter;
use ::parquet::schema::types::{ColumnDescriptor, Type};
use bytes::Bytes;
use ndarray::{Array2, ArrayViewMut1, Axis, CowArray, Ix2, Slice};

use super::array;
use super::choice::text_columns;
use super::reader::{Source, TableReader};
use super::sheet::Sheet;
use crate::compute::memory;
use crate::error::{Error, Result};

/// The chosen columns of a file.
pub(super) struct Chosen {
    pub(super) names: Vec<String>,
    /// Their places in the file.
    pub(super) places: Vec<usize>,
    pub(super) kinds: Vec<Kind>,
    pub(super) n_rows: usize,
}

/// Number of rows and of chosen columns of a file.
pub(super) fn shape(reader: &TableReader<'_>, source: &Source<'_>) -> Result<(usize, usize)> {
    let file = File::open(source.path).map_err(|error| source.io(error))?;
    let file = SerializedFileReader::new(file);
    let file = file.map_err(|error| source.array_format(error.to_string()))?;
    let chosen = Chosen::of(reader, source, file.metadata())?;
    Ok((chosen.n_rows, chosen.names.len()))
}

impl Chosen {
    /// The columns that are wanted of a file; its row groups are checked as well.
    pub(super) fn of(
        reader: &TableReader<'_>,
        source: &Source<'_>,
        metadata: &ParquetMetaData,
    ) -> Result<Self> {
        let schema = metadata.file_metadata().schema_descr();
        let names: Vec<String> =
            schema.columns().iter().map(|column| column.path().string()).collect();
        let places = reader.choice.resolve(source.path, &names, true)?;
        let kind = |column: &usize| Kind::of(&schema.columns()[*column]);
        let texts = places.iter().filter(|column| kind(column).is_none());
        let texts: Vec<String> = texts.map(|&column| names[column].clone()).collect();
        if !texts.is_empty() {
            return Err(text_columns(source.path, texts, String::new()));
        }
        let n_rows = usize::try_from(metadata.file_metadata().num_rows()).unwrap_or(0);
        if n_rows == 0 {
            return Err(Error::EmptyTable { path: source.path.into() });
        }
        let of_groups = metadata.row_groups().iter().map(|group| group.num_rows());
        if of_groups.sum::<i64>() != metadata.file_metadata().num_rows() {
            return Err(
                source.array_format("its row groups have not as many rows as the file".into())
            );
        }
        let kinds = places.iter().filter_map(kind).collect();
        let names = places.iter().map(|&column| names[column].clone()).collect();
        Ok(Self { names, places, kinds, n_rows })
    }
}

/// Reads the chosen columns of a file; what is null becomes NaN.
pub(super) fn read(reader: &TableReader<'_>, source: &Source<'_>, bytes: Vec<u8>) -> Result<Sheet> {
    let wrong = |error: ParquetError| source.array_format(error.to_string());
    let file = SerializedFileReader::new(Bytes::from(bytes)).map_err(wrong)?;
    let chosen = Chosen::of(reader, source, file.metadata())?;
    let Chosen { names, places, kinds, n_rows } = &chosen;
    memory::check("the table", (*n_rows as u64).saturating_mul(8 * places.len() as u64))?;
    let mut records = Array2::from_elem((*n_rows, places.len()), f64::NAN);
    let mut first = 0;
    for group in 0..file.num_row_groups() {
        let group = file.get_row_group(group).map_err(wrong)?;
        let n_group = usize::try_from(group.metadata().num_rows()).unwrap_or(0);
        let end = first + n_group;
        for (at, (&column, &kind)) in places.iter().zip(kinds).enumerate() {
            let mut reader = group.get_column_reader(column).map_err(wrong)?;
            let mut to = records.column_mut(at);
            let to = to.slice_axis_mut(Axis(0), Slice::from(first..end));
            kind.read(&mut reader, to).map_err(wrong)?;
        }
        first = end;
    }
    let rest = TableReader::new().drop_missing(reader.drop_missing);
    array::sheet(&rest, source, records, names)
}

/// How the stored values of a column become numbers.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Kind {
    /// What integers are divided by: a power of ten for decimals.
    divisor: f64,
    unsigned: bool,
    /// The level of values that are not null.
    level: i16,
}

impl Kind {
    /// None if a column does not hold numbers: texts, dates, lists.
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

    /// Reads the next values of a column of a row group; what is null is left as it is in `to`.
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

/// Reads the next values of a column of a row group; those that are null are left as they are in `to`.
fn values<T: DataType>(
    reader: &mut ColumnReaderImpl<T>,
    level: i16,
    mut to: ArrayViewMut1<'_, f64>,
    number: impl Fn(&T::T) -> f64,
) -> std::result::Result<(), ParquetError> {
    let mut row = 0;
    while row < to.len() {
        let wanted = to.len() - row;
        let (mut found, mut levels) = (Vec::with_capacity(wanted), Vec::new());
        let (n_records, n_values, _) =
            reader.read_records(wanted, Some(&mut levels), None, &mut found)?;
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
    match row == to.len() {
        true => Ok(()),
        false => Err(ParquetError::General("a column is shorter than its row group".into())),
    }
}

/// Writes blocks of rows as row groups of columns of doubles.
pub(super) fn write<'a>(
    out: &mut (dyn Write + Send),
    names: &[String],
    blocks: &mut dyn Iterator<Item = CowArray<'a, f64, Ix2>>,
) -> io::Result<()> {
    let fields = names.iter().map(|name| {
        let double = Type::primitive_type_builder(name, Physical::DOUBLE);
        double.with_repetition(Repetition::REQUIRED).build().map(Arc::new)
    });
    let fields = fields.collect::<std::result::Result<Vec<_>, _>>()?;
    let schema = Type::group_type_builder("schema").with_fields(fields).build()?;
    let properties = Arc::new(WriterProperties::builder().build());
    let mut file = SerializedFileWriter::new(out, Arc::new(schema), properties)?;
    for block in blocks {
        let mut group = file.next_row_group()?;
        for column in block.columns() {
            let values = column.to_vec();
            let mut writer = group.next_column()?.expect("a writer for each column");
            writer.typed::<DoubleType>().write_batch(&values, None, None)?;
            writer.close()?;
        }
        group.close()?;
    }
    file.close()?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("x.parquet");
        let rows = Array2::from_shape_fn((3000, 2), |(i, j)| i as f64 / 3.0 - j as f64);
        let names = ["a", "b"].map(String::from);
        let mut blocks = rows.axis_chunks_iter(Axis(0), 700).map(CowArray::from);
        crate::table::write_blocks(&path, rows.dim(), &names, &mut blocks).unwrap();
        let sheet = TableReader::new().columns(["b", "a"]).read(&path).unwrap();
        assert_eq!(sheet.table.feature_names(), ["b", "a"]);
        assert_eq!(sheet.table.records.column(1), rows.column(0));
        std::fs::write(&path, b"PAR1 cut off").unwrap();
        let error = TableReader::new().read(&path).unwrap_err().to_string();
        assert!(error.contains("x.parquet"), "{error}");
    }
}
