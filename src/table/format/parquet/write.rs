//! Writing Parquet files, one row group at a time.

use std::io;
use std::sync::Arc;

use ::parquet::basic::{LogicalType, Repetition, Type as Physical};
use ::parquet::data_type::{ByteArray, ByteArrayType, DoubleType, Int64Type};
use ::parquet::errors::ParquetError;
use ::parquet::file::properties::WriterProperties;
use ::parquet::file::writer::{SerializedColumnWriter, SerializedFileWriter};
use ::parquet::schema::types::Type;

use crate::table::cells::{BlockWriter, Cells, ColumnKind};
use crate::table::format::file_format::Output;

type ParquetResult<T> = std::result::Result<T, ParquetError>;

/// Writes each block of rows as a row group.
pub(super) struct RowGroups<'a> {
    file: SerializedFileWriter<&'a mut dyn Output>,
}

impl<'a> RowGroups<'a> {
    /// Starts a file with columns of doubles, 64-bit integers and texts.
    pub(super) fn begin(
        out: &'a mut dyn Output,
        columns: &[(String, ColumnKind)],
    ) -> ParquetResult<Self> {
        let fields = columns.iter().map(|(name, kind)| {
            let physical = match kind {
                ColumnKind::Number => Physical::DOUBLE,
                ColumnKind::Count => Physical::INT64,
                ColumnKind::Text => Physical::BYTE_ARRAY,
            };
            let text = (*kind == ColumnKind::Text).then_some(LogicalType::String);
            let column = Type::primitive_type_builder(name, physical).with_logical_type(text);
            column.with_repetition(Repetition::REQUIRED).build().map(Arc::new)
        });
        let fields = fields.collect::<ParquetResult<Vec<_>>>()?;
        let schema = Type::group_type_builder("schema").with_fields(fields).build()?;
        let properties = Arc::new(WriterProperties::builder().build());
        Ok(Self { file: SerializedFileWriter::new(out, Arc::new(schema), properties)? })
    }
}

impl BlockWriter for RowGroups<'_> {
    fn write(&mut self, block: &[Cells<'_>], _: usize) -> io::Result<()> {
        let mut group = self.file.next_row_group()?;
        for cells in block {
            let mut column = group.next_column()?.expect("a writer for each column");
            write_column(&mut column, cells)?;
            column.close()?;
        }
        group.close()?;
        Ok(())
    }

    fn finish(self: Box<Self>, _: usize) -> io::Result<()> {
        self.file.close()?;
        Ok(())
    }
}

fn write_column(
    column: &mut SerializedColumnWriter<'_>,
    cells: &Cells<'_>,
) -> ParquetResult<usize> {
    match cells {
        Cells::Numbers(numbers) => {
            column.typed::<DoubleType>().write_batch(&numbers.to_vec(), None, None)
        }
        Cells::Counts(counts) => {
            let counts: Vec<i64> = counts.iter().map(|&count| count as i64).collect();
            column.typed::<Int64Type>().write_batch(&counts, None, None)
        }
        Cells::Texts(texts) => {
            let texts: Vec<ByteArray> = texts.iter().map(|text| text.as_str().into()).collect();
            column.typed::<ByteArrayType>().write_batch(&texts, None, None)
        }
    }
}
