//! Tests of the kinds of columns.

use std::sync::Arc;

use ::parquet::basic::{Compression, LogicalType, Repetition, TimeUnit, Type as Physical};
use ::parquet::data_type::{
    BoolType, ByteArrayType, DataType, DoubleType, FixedLenByteArray, FixedLenByteArrayType,
    Int32Type, Int64Type,
};
use ::parquet::file::metadata::KeyValue;
use ::parquet::file::properties::WriterProperties;
use ::parquet::file::writer::{SerializedFileWriter, SerializedRowGroupWriter};
use ::parquet::schema::types::{Type, TypePtr};
use ndarray::{Array2, Axis, CowArray, array};

use crate::error::Result;
use crate::table::{Decision, KindChoice, Sheet, TableReader};

type Writer<'a> = SerializedRowGroupWriter<'a, Vec<u8>>;

/// The type of a column.
fn column(name: &str, physical: Physical, logical: Option<LogicalType>) -> Type {
    let mut column = Type::primitive_type_builder(name, physical)
        .with_repetition(Repetition::OPTIONAL)
        .with_logical_type(logical.clone());
    if let Some(LogicalType::Decimal(decimal)) = logical {
        column = column.with_precision(decimal.precision).with_scale(decimal.scale);
    }
    let length = match (physical, name) {
        (Physical::FIXED_LEN_BYTE_ARRAY, "half") => 2,
        (Physical::FIXED_LEN_BYTE_ARRAY, _) => 20,
        _ => -1,
    };
    column.with_length(length).build().unwrap()
}

/// Writes values of a column, all present.
fn write<T: DataType>(group: &mut Writer<'_>, values: &[T::T]) {
    let levels = vec![1; values.len()];
    let mut column = group.next_column().unwrap().unwrap();
    column.typed::<T>().write_batch(values, Some(&levels), None).unwrap();
    column.close().unwrap();
}

/// Writes a file with a row group.
fn file(
    columns: Vec<Type>,
    pandas: Option<&str>,
    codec: Compression,
    fill: impl FnOnce(&mut Writer<'_>),
) -> Vec<u8> {
    let columns: Vec<TypePtr> = columns.into_iter().map(Arc::new).collect();
    let schema = Type::group_type_builder("schema").with_fields(columns).build().unwrap();
    let pandas = pandas.map(|text| vec![KeyValue::new("pandas".into(), text.to_owned())]);
    let properties =
        WriterProperties::builder().set_key_value_metadata(pandas).set_compression(codec).build();
    let mut file =
        SerializedFileWriter::new(Vec::new(), Arc::new(schema), Arc::new(properties)).unwrap();
    let mut group = file.next_row_group().unwrap();
    fill(&mut group);
    group.close().unwrap();
    file.into_inner().unwrap()
}

/// Reads a file at once and from an open file, with the same rows.
fn read(reader: &TableReader<'_>, bytes: &[u8]) -> Result<Sheet> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("x.parquet");
    std::fs::write(&path, bytes).unwrap();
    let sheet = reader.read(&path)?;
    let streamed = reader.open(&path)?;
    let sums = |rows: &Array2<f64>| rows.sum_axis(Axis(0));
    let rows = crate::random_rows(&streamed, streamed.n_samples(), 0)?;
    assert_eq!(sums(&rows), sums(&sheet.table.records));
    assert_eq!(streamed.decisions(), sheet.decisions);
    Ok(sheet)
}

#[test]
fn halves_and_decimals_of_every_type_are_numbers() {
    use Physical::{BYTE_ARRAY, FIXED_LEN_BYTE_ARRAY, INT32, INT64};
    let decimal = || Some(LogicalType::decimal(2, 9));
    let columns = vec![
        column("half", FIXED_LEN_BYTE_ARRAY, Some(LogicalType::Float16)),
        column("fixed", FIXED_LEN_BYTE_ARRAY, decimal()),
        column("bytes", BYTE_ARRAY, decimal()),
        column("short", INT32, decimal()),
        column("long", INT64, decimal()),
        column("flag", Physical::BOOLEAN, None),
    ];
    let bytes = file(columns, None, Compression::SNAPPY, |group| {
        let fixed = |bytes: Vec<u8>| FixedLenByteArray::from(bytes);
        write::<FixedLenByteArrayType>(group, &[fixed(vec![0, 0x3c]), fixed(vec![0, 0xc0])]);
        let wide = |integer: i128| {
            let fill = if integer < 0 { 0xff } else { 0 };
            fixed([vec![fill; 4], integer.to_be_bytes().to_vec()].concat())
        };
        write::<FixedLenByteArrayType>(group, &[wide(221), wide(-484)]);
        write::<ByteArrayType>(group, &[vec![0, 221].into(), vec![0xfe, 0x1c].into()]);
        write::<Int32Type>(group, &[221, -484]);
        write::<Int64Type>(group, &[221, -484]);
        write::<BoolType>(group, &[true, false]);
    });
    let sheet = read(&TableReader::new(), &bytes).unwrap();
    let expected =
        array![[1.0, 2.21, 2.21, 2.21, 2.21, 1.0], [-2.0, -4.84, -4.84, -4.84, -4.84, 0.0]];
    assert_eq!(sheet.table.records, expected);
}

#[test]
fn other_columns_are_refused_by_their_kind() {
    let columns = vec![
        column("x", Physical::DOUBLE, None),
        column("day", Physical::INT32, Some(LogicalType::Date)),
        column("time", Physical::INT64, Some(LogicalType::timestamp(true, TimeUnit::MICROS))),
        column("name", Physical::BYTE_ARRAY, Some(LogicalType::String)),
    ];
    let bytes = file(columns, None, Compression::UNCOMPRESSED, |group| {
        write::<DoubleType>(group, &[1.0, 2.0]);
        write::<Int32Type>(group, &[1, 2]);
        write::<Int64Type>(group, &[1, 2]);
        write::<ByteArrayType>(group, &[b"a".to_vec().into(), b"b".to_vec().into()]);
    });
    let error = read(&TableReader::new(), &bytes).unwrap_err().to_string();
    for words in ["\"day\" holds dates", "\"time\" holds timestamps", "\"name\" holds texts"] {
        assert!(error.contains(words), "{error}");
    }
    let sheet = read(&TableReader::new().exclude(["day..name"]), &bytes).unwrap();
    assert_eq!(sheet.table.records, array![[1.0], [2.0]]);
}

#[test]
fn the_index_of_a_data_frame_is_not_data() {
    let numbers = |names: &[&str], pandas: Option<&str>| {
        let columns = names.iter().map(|name| column(name, Physical::INT64, None)).collect();
        file(columns, pandas, Compression::SNAPPY, |group| {
            names.iter().for_each(|_| write::<Int64Type>(group, &[5, 7, 8]));
        })
    };
    let index = |name: &str| vec![Decision::IndexColumns { columns: vec![name.into()] }];
    let column = Array2::from_shape_vec((3, 1), vec![5.0, 7.0, 8.0]).unwrap();
    let pandas = r#"{"index_columns": ["key"]}"#;
    for (names, pandas, expected) in [
        (["a", "__index_level_0__"], None, index("__index_level_0__")),
        (["a", "key"], Some(pandas), index("key")),
        (["index", "a"], None, index("index")),
    ] {
        let bytes = numbers(&names, pandas);
        let sheet = read(&TableReader::new(), &bytes).unwrap();
        assert_eq!(sheet.table.feature_names(), ["a"]);
        assert_eq!(sheet.decisions, expected);
        assert_eq!(sheet.table.records, column);
        let named = read(&TableReader::new().columns(names), &bytes).unwrap();
        assert_eq!((named.table.records.ncols(), named.decisions.len()), (2, 0));
    }
    // a table of nothing else is that
    let alone = read(&TableReader::new(), &numbers(&["__index_level_0__"], None)).unwrap();
    assert_eq!(alone.table.records, column);
    let range = numbers(&["a", "b"], Some(r#"{"index_columns": [{"kind": "range"}]}"#));
    assert!(read(&TableReader::new(), &range).unwrap().decisions.is_empty());
}

#[test]
fn written_tables_are_read_back() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("x.parquet");
    let rows = Array2::from_shape_fn((3000, 2), |(i, j)| i as f64 / 3.0 - j as f64);
    let names = ["a", "b"].map(String::from);
    let mut blocks = rows.axis_chunks_iter(Axis(0), 700).map(CowArray::from);
    crate::table::write_blocks(&path, rows.dim(), &names, &mut blocks).unwrap();
    let sheet = TableReader::new().columns(["b", "a"]).read(&path).unwrap();
    assert_eq!(sheet.table.feature_names(), ["b", "a"]);
    assert_eq!(sheet.table.records.column(1), rows.column(0));
    // from a pipe as from a file
    let bytes = std::fs::read(&path).unwrap();
    let piped = TableReader::new().read_from("x.parquet".as_ref(), &bytes[..]).unwrap();
    assert_eq!(piped.table.records, rows);
    let streamed = TableReader::new().open_from("x.parquet".as_ref(), &bytes[..]).unwrap();
    assert_eq!((streamed.n_samples(), streamed.n_copied()), (3000, Some(bytes.len() as u64)));
    std::fs::write(&path, b"PAR1 cut off").unwrap();
    let error = TableReader::new().read(&path).unwrap_err().to_string();
    assert!(error.contains("x.parquet"), "{error}");
}

/// Writes values of a column, none of which may be present.
fn write_some<T: DataType>(group: &mut Writer<'_>, values: &[Option<T::T>]) {
    let levels: Vec<i16> = values.iter().map(|value| i16::from(value.is_some())).collect();
    let present: Vec<T::T> = values.iter().flatten().cloned().collect();
    let mut column = group.next_column().unwrap().unwrap();
    column.typed::<T>().write_batch(&present, Some(&levels), None).unwrap();
    column.close().unwrap();
}

/// A file of texts, truth values, dates, timestamps, times and numbers, with null values.
fn mixed() -> Vec<u8> {
    let timestamp = |unit| Some(LogicalType::timestamp(true, unit));
    let columns = vec![
        column("colour", Physical::BYTE_ARRAY, Some(LogicalType::String)),
        column("id", Physical::BYTE_ARRAY, Some(LogicalType::String)),
        column("written", Physical::BYTE_ARRAY, Some(LogicalType::String)),
        column("flag", Physical::BOOLEAN, None),
        column("day", Physical::INT32, Some(LogicalType::Date)),
        column("at", Physical::INT64, timestamp(TimeUnit::MICROS)),
        column("time", Physical::INT64, Some(LogicalType::time(false, TimeUnit::NANOS))),
        column("x", Physical::DOUBLE, None),
    ];
    const HOUR: i64 = 3_600_000_000;
    file(columns, None, Compression::SNAPPY, |group| {
        let text = |text: &str| Some(text.as_bytes().to_vec().into());
        let colours = [text("red"), None, text("blue"), text("red"), text("NA"), text("blue")];
        write_some::<ByteArrayType>(group, &colours);
        let ids = ["a", "b", "c", "d", "e", "f"].map(text);
        write_some::<ByteArrayType>(group, &ids);
        let days = ["1/2/1970", "31/1/1970", "3/1/1970", "4/1/1970", "3/1/1970", "4/1/1970"];
        write_some::<ByteArrayType>(group, &days.map(text));
        let flags = [Some(true), Some(false), None, Some(true), Some(true), Some(false)];
        write_some::<BoolType>(group, &flags);
        write_some::<Int32Type>(group, &[Some(1), None, Some(19_783), Some(0), Some(-1), Some(5)]);
        let times = [Some(0), Some(30 * HOUR), Some(-HOUR), None, Some(6 * HOUR), Some(1)];
        write_some::<Int64Type>(group, &times);
        let hours = [0, 6, 12, 18, 1, 2].map(|hour| Some(1000 * hour * HOUR));
        write_some::<Int64Type>(group, &hours);
        write_some::<DoubleType>(group, &[1.0, 2.0, 3.0, 4.0, 5.0, 6.0].map(Some));
    })
}

#[test]
fn texts_truth_values_and_dates_have_their_kinds() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("x.parquet");
    std::fs::write(&path, mixed()).unwrap();
    let reader = TableReader::new().kinds(KindChoice::detect());
    let sheet = reader.read(&path).unwrap();
    let lines: Vec<String> = sheet.schema.entries().iter().map(ToString::to_string).collect();
    assert_eq!(
        lines,
        [
            "colour: categorical, 2 missing, detected: text",
            "id: left out: 6 of 6 values differ",
            "written: date %-d/%-m/%Y, detected: dates %-d/%-m/%Y",
            "flag: categorical, 1 missing, detected: true or false",
            "day: date %Y-%m-%d, 1 missing, detected: dates %Y-%m-%d",
            "at: date %Y-%m-%d %H:%M:%S, 1 missing, detected: dates %Y-%m-%d %H:%M:%S",
            "time: date %H:%M:%S, detected: dates %H:%M:%S",
            "x: numeric, detected: numbers",
        ]
    );
    let columns = sheet.schema.columns();
    let rows = &sheet.table.records;
    let known =
        |at: usize| rows.column(at).iter().copied().filter(|x| !x.is_nan()).collect::<Vec<_>>();
    assert_eq!(known(0), [1.0, 0.0, 1.0, 0.0]);
    assert_eq!(known(1), [31.0, 30.0, 2.0, 3.0, 2.0, 3.0]);
    assert_eq!(known(2), [1.0, 0.0, 1.0, 1.0, 0.0]);
    assert_eq!(known(3), [1.0, 19_783.0, 0.0, -1.0, 5.0]);
    assert_eq!(columns[4].kind.text(known(4)[1]).unwrap(), "1970-01-02 06:00:00");
    assert_eq!(known(5)[..4], [0.0, 0.25, 0.5, 0.75]);
    // as a stream, and by the kinds of a model
    let streamed = reader.open(&path).unwrap();
    assert_eq!((streamed.schema(), streamed.decisions()), (&sheet.schema, &sheet.decisions[..]));
    let every = crate::random_rows(&streamed, 6, 0).unwrap();
    let bits = |rows: &Array2<f64>| {
        let mut rows: Vec<Vec<String>> =
            rows.rows().into_iter().map(|row| row.iter().map(f64::to_string).collect()).collect();
        rows.sort();
        rows
    };
    assert_eq!(bits(&every), bits(rows));
    let names: Vec<String> = columns.iter().map(|column| column.name.clone()).collect();
    let given = TableReader::new().columns_or_in_order(&names).kinds(KindChoice::of(&columns));
    assert_eq!(bits(&given.read(&path).unwrap().table.records), bits(rows));
    let pieces: Result<Vec<Sheet>> = given.pieces(&path).unwrap().collect();
    assert_eq!(bits(&pieces.unwrap()[0].table.records), bits(rows));
    // without texts the file is read directly
    let direct = TableReader::new().columns(["day", "flag"]).kinds(KindChoice::detect());
    let direct = direct.open(&path).unwrap();
    assert_eq!((direct.n_copied(), direct.schema().n_missing()), (None, vec![1, 1]));
    let complete = reader.drop_missing(true).open(&path).unwrap();
    assert_eq!((complete.n_samples(), complete.n_dropped()), (2, 4));
}
