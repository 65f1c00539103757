//! Conversion of the stored values of a column to numbers.

use ::parquet::basic::{ConvertedType, LogicalType, TimeUnit, Type as Physical};
use ::parquet::column::reader::{ColumnReader, ColumnReaderImpl};
use ::parquet::data_type::DataType;
use ::parquet::errors::ParquetError;
use ::parquet::schema::types::ColumnDescriptor;
use ndarray::ArrayViewMut1;

use super::decimal;
use crate::arrays::half;
use crate::rows::date_column::DateColumn;
use crate::rows::kind::ValueKind;
use crate::table::interner::Interner;
use crate::table::kind_choice::Request;
use crate::table::missing::is_missing_word;
use crate::table::raw::RawColumn;

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
    /// Truth values, which are categories.
    Flag,
    /// Texts.
    Text,
    /// Days since 1970-01-01.
    Day,
    /// So many units a day since 1970-01-01.
    Timestamp(f64),
    /// So many units a day since midnight.
    Time(f64),
}

impl Kind {
    /// Returns the conversion of a column of the requested kind, or what it holds if that is not of this kind.
    pub(super) fn requested(
        column: &ColumnDescriptor,
        request: &Request,
    ) -> std::result::Result<Self, &'static str> {
        if request.needs_numbers() || column.max_rep_level() > 0 {
            return Self::of(column);
        }
        Self::of_other(column).map_or_else(|| Self::of(column), Ok)
    }

    /// Returns the conversion of a column of texts, truth values, dates or times.
    fn of_other(column: &ColumnDescriptor) -> Option<Self> {
        use ConvertedType as C;
        use LogicalType as L;
        use Physical as P;
        let physical = column.physical_type();
        let number = match (column.logical_type_ref(), column.converted_type()) {
            (Some(L::String | L::Enum), _) | (None, C::UTF8 | C::ENUM)
                if physical == P::BYTE_ARRAY =>
            {
                Number::Text
            }
            (None, C::NONE) if physical == P::BOOLEAN => Number::Flag,
            (Some(L::Date), _) | (None, C::DATE) => Number::Day,
            (Some(L::Timestamp(timestamp)), _) => Number::Timestamp(per_day(timestamp.unit)),
            (None, C::TIMESTAMP_MILLIS) => Number::Timestamp(MILLISECONDS),
            (None, C::TIMESTAMP_MICROS) => Number::Timestamp(1e3 * MILLISECONDS),
            (Some(L::Time(time)), _) => Number::Time(per_day(time.unit)),
            (None, C::TIME_MILLIS) => Number::Time(MILLISECONDS),
            (None, C::TIME_MICROS) => Number::Time(1e3 * MILLISECONDS),
            _ => return None,
        };
        Some(Self { number, level: column.max_def_level() })
    }

    /// Whether values are texts, whose codes depend on the order of reading.
    pub(super) fn is_text(self) -> bool {
        self.number == Number::Text
    }

    /// The column as it is read, without values.
    pub(super) fn raw(self, request: &Request) -> RawColumn {
        let dates = |example: &str| RawColumn::Dates(DateColumn::like(example));
        match (self.number, request) {
            (Number::Text, Request::Given { kind: ValueKind::Categorical(levels), .. }) => {
                RawColumn::Texts(Interner::with(levels.names().iter().map(String::as_str)))
            }
            (Number::Text, _) => RawColumn::Texts(Interner::default()),
            (Number::Flag, _) => RawColumn::Texts(Interner::with(["false", "true"])),
            (Number::Day, _) => dates("2024-01-01"),
            (Number::Timestamp(_), _) => dates("2024-01-01 00:00:00"),
            (Number::Time(_), _) => dates("00:00:00"),
            _ => RawColumn::Numbers,
        }
    }

    /// Returns the conversion of a column, or what it holds if that is not a number.
    pub(super) fn of(column: &ColumnDescriptor) -> std::result::Result<Self, &'static str> {
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
        raw: &mut RawColumn,
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
                    Number::Timestamp(per_day) | Number::Time(per_day) => {
                        f64::from(value) / per_day
                    }
                    _ => f64::from(value),
                })
            }
            ColumnReader::Int64ColumnReader(reader) => {
                values(reader, level, to, |&value| match number {
                    Number::Unsigned => value as u64 as f64,
                    Number::Decimal(scale) => decimal::of_integer(value.into(), scale),
                    Number::Timestamp(per_day) | Number::Time(per_day) => days(value, per_day),
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
            ColumnReader::ByteArrayColumnReader(reader) if number == Number::Text => {
                values(reader, level, to, |value| code(value.data(), raw))
            }
            ColumnReader::ByteArrayColumnReader(reader) => {
                values(reader, level, to, |value| of_bytes(number, value.data()))
            }
            ColumnReader::Int96ColumnReader(_) => Ok(()),
        }
    }
}

/// Number of milliseconds of a day.
const MILLISECONDS: f64 = 86_400_000.0;

/// Returns the number of units of a day.
fn per_day(unit: TimeUnit) -> f64 {
    match unit {
        TimeUnit::MILLIS => MILLISECONDS,
        TimeUnit::MICROS => 1e3 * MILLISECONDS,
        TimeUnit::NANOS => 1e6 * MILLISECONDS,
    }
}

/// Converts units to days, exactly for whole days.
fn days(value: i64, per_day: f64) -> f64 {
    let unit = per_day as i64;
    value.div_euclid(unit) as f64 + value.rem_euclid(unit) as f64 / per_day
}

/// Returns the code of a text; what is not UTF-8 or is a word for a missing value is missing.
fn code(bytes: &[u8], raw: &mut RawColumn) -> f64 {
    let RawColumn::Texts(texts) = raw else { return f64::NAN };
    let text = std::str::from_utf8(bytes).ok().map(str::trim);
    text.filter(|text| !is_missing_word(text)).map_or(f64::NAN, |text| texts.code(text))
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
    mut number: impl FnMut(&T::T) -> f64,
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
