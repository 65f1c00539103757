//! Parquet: columns of numbers, row group by row group.

use std::io::{self, Write};
use std::sync::Arc;

use ::parquet::basic::{ConvertedType, LogicalType, Repetition, Type as Physical};
use ::parquet::column::reader::{ColumnReader, ColumnReaderImpl};
use ::parquet::data_type::{DataType, DoubleType};
use ::parquet::errors::ParquetError;
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
use crate::error::{Error, Result};
use crate::memory;

/// Reads the chosen columns of a file; what is null becomes NaN.
pub(super) fn read(reader: &TableReader<'_>, source: &Source<'_>, bytes: Vec<u8>) -> Result<Sheet> {
    let wrong = |error: ParquetError| source.array_format(error.to_string());
    let file = SerializedFileReader::new(Bytes::from(bytes)).map_err(wrong)?;
    let metadata = file.metadata();
    let schema = metadata.file_metadata().schema_descr();
    let names: Vec<String> = schema.columns().iter().map(|column| column.path().string()).collect();
    let chosen = reader.choice.resolve(source.path, &names, true)?;
    let kinds: Vec<Option<Kind>> =
        chosen.iter().map(|&column| Kind::of(&schema.columns()[column])).collect();
    let is_text = |&(_, kind): &(&usize, &Option<Kind>)| kind.is_none();
    let texts: Vec<String> = chosen
        .iter()
        .zip(&kinds)
        .filter(is_text)
        .map(|(&column, _)| names[column].clone())
        .collect();
    if !texts.is_empty() {
        return Err(text_columns(source.path, texts, String::new()));
    }
    let n_rows = usize::try_from(metadata.file_metadata().num_rows()).unwrap_or(0);
    if n_rows == 0 {
        return Err(Error::EmptyTable { path: source.path.into() });
    }
    let of_groups = metadata.row_groups().iter().map(|group| group.num_rows());
    if of_groups.sum::<i64>() != metadata.file_metadata().num_rows() {
        return Err(source.array_format("its row groups have not as many rows as the file".into()));
    }
    memory::check("the table", (n_rows as u64).saturating_mul(8 * chosen.len() as u64))?;
    let mut records = Array2::from_elem((n_rows, chosen.len()), f64::NAN);
    let mut first = 0;
    for group in 0..file.num_row_groups() {
        let group = file.get_row_group(group).map_err(wrong)?;
        let n_group = usize::try_from(group.metadata().num_rows()).unwrap_or(0);
        let end = first + n_group;
        for (at, (&column, kind)) in chosen.iter().zip(&kinds).enumerate() {
            let reader = group.get_column_reader(column).map_err(wrong)?;
            let mut to = records.column_mut(at);
            let to = to.slice_axis_mut(Axis(0), Slice::from(first..end));
            read_column(reader, &schema.columns()[column], kind.unwrap_or(Kind::PLAIN), to)
                .map_err(wrong)?;
        }
        first = end;
    }
    let names: Vec<String> = chosen.iter().map(|&column| names[column].clone()).collect();
    let rest = TableReader::new().drop_missing(reader.drop_missing);
    array::sheet(&rest, source, records, &names)
}

/// How the stored values of a column become numbers.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Kind {
    /// What integers are divided by: a power of ten for decimals.
    divisor: f64,
    unsigned: bool,
}

impl Kind {
    const PLAIN: Self = Self { divisor: 1.0, unsigned: false };

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
        match (column.logical_type_ref(), column.converted_type()) {
            (Some(LogicalType::Decimal(..)), _) | (None, C::DECIMAL) => {
                Some(Self { divisor: 10_f64.powi(column.type_scale()), ..Self::PLAIN })
            }
            (Some(LogicalType::Integer(..)) | None, converted) => match converted {
                C::UINT_8 | C::UINT_16 | C::UINT_32 | C::UINT_64 => {
                    Some(Self { unsigned: true, ..Self::PLAIN })
                }
                C::NONE | C::INT_8 | C::INT_16 | C::INT_32 | C::INT_64 => Some(Self::PLAIN),
                _ => None,
            },
            _ => None,
        }
    }
}

fn read_column(
    reader: ColumnReader,
    column: &ColumnDescriptor,
    Kind { divisor, unsigned }: Kind,
    to: ArrayViewMut1<'_, f64>,
) -> std::result::Result<(), ParquetError> {
    match reader {
        ColumnReader::BoolColumnReader(reader) => {
            values(reader, column, to, |&value| f64::from(u8::from(value)))
        }
        ColumnReader::Int32ColumnReader(reader) => values(reader, column, to, |&value| {
            if unsigned { f64::from(value as u32) } else { f64::from(value) / divisor }
        }),
        ColumnReader::Int64ColumnReader(reader) => values(reader, column, to, |&value| {
            if unsigned { value as u64 as f64 } else { value as f64 / divisor }
        }),
        ColumnReader::FloatColumnReader(reader) => {
            values(reader, column, to, |&value| f64::from(value))
        }
        ColumnReader::DoubleColumnReader(reader) => values(reader, column, to, |&value| value),
        _ => Ok(()),
    }
}

/// Reads the values of a column of a row group; those that are null are left as they are in `to`.
fn values<T: DataType>(
    mut reader: ColumnReaderImpl<T>,
    column: &ColumnDescriptor,
    mut to: ArrayViewMut1<'_, f64>,
    number: impl Fn(&T::T) -> f64,
) -> std::result::Result<(), ParquetError> {
    let mut row = 0;
    while row < to.len() {
        let (mut found, mut levels) = (Vec::new(), Vec::new());
        let wanted = to.len() - row;
        let (n_records, ..) = reader.read_records(wanted, Some(&mut levels), None, &mut found)?;
        if n_records == 0 {
            break;
        }
        let mut found = found.iter();
        for record in 0..n_records {
            // without levels every value is there
            let is_there = levels.get(record).is_none_or(|&level| level == column.max_def_level());
            if let Some(value) = is_there.then(|| found.next()).flatten() {
                to[row + record] = number(value);
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
