//! Tables as people have them: text, dates, missing values, row numbers, names and codes. The schema is the same in memory, from a
//! file, on any number of threads, and for further tables.

use std::fs;
use std::path::Path;

use mixlab::table::{Decision, KindChoice, Schema, Sheet, TableReader};
use mixlab::{Column, DateForm, RowSource, ValueKind, random_rows};
use ndarray::{Array2, Axis};

fn detect() -> TableReader<'static> {
    TableReader::new().kinds(KindChoice::detect())
}

fn read(text: &str) -> Sheet {
    detect().read_from(Path::new("x.csv"), text.as_bytes()).unwrap()
}

/// Returns a line for each column: name, kind, and how it was decided.
fn lines(schema: &Schema) -> Vec<String> {
    schema.entries().iter().map(|entry| entry.to_string()).collect()
}

fn levels(column: &Column) -> Vec<&str> {
    column.kind.levels().unwrap().names().iter().map(String::as_str).collect()
}

/// A table like that of the Titanic: codes, names, tickets, cabins of few rows, ports.
fn titanic(n_rows: usize) -> String {
    let mut text = String::from("PassengerId,Pclass,Name,Sex,Age,Ticket,Cabin,Embarked\n");
    for row in 0..n_rows {
        let age = if row % 5 == 0 { String::new() } else { format!("{}.5", 18 + row * 7 % 40) };
        let ticket = if row % 3 == 0 { format!("A/5 {}", row * 7) } else { (row / 2).to_string() };
        let cabin = if row % 4 == 0 { format!("C{}", row / 5) } else { String::new() };
        let port = ["S", "C", "Q", "S"][row * row % 4];
        let sex = ["male", "female"][row * 5 % 7 % 2];
        text += &format!(
            "{},{},\"Name{row}, Mr. X\",{sex},{age},{ticket},{cabin},{port}\n",
            row + 1,
            row * 3 % 5 % 3 + 1
        );
    }
    text
}

#[test]
fn names_and_tickets_are_left_out_and_categories_are_kept() {
    let sheet = read(&titanic(400));
    assert_eq!(
        lines(&sheet.schema),
        [
            "PassengerId: left out: identifies the rows",
            "Pclass: numeric, detected: numbers",
            "Name: left out: 400 of 400 values differ",
            "Sex: categorical, detected: text",
            "Age: numeric, 80 missing, detected: numbers",
            "Ticket: left out: 266 of 400 values differ",
            "Cabin: left out: 80 of 100 values differ",
            "Embarked: categorical, detected: text",
        ]
        .map(|line| line.replace("266 of 400", &n_tickets(400)))
    );
    let columns = sheet.schema.columns();
    assert_eq!(levels(&columns[1]), ["female", "male"]);
    assert_eq!(sheet.table.feature_names(), ["Pclass", "Sex", "Age", "Embarked"]);
    assert_eq!(sheet.table.records.nrows(), 400);
    let said: Vec<String> = sheet.decisions.iter().map(Decision::to_string).collect();
    for expected in [
        "column \"PassengerId\" identifies the rows and is not used as data",
        "the texts of columns \"Name\", \"Ticket\", \"Cabin\" nearly all differ, and they are left out",
        "columns \"Sex\" (2 levels), \"Embarked\" (2 levels) are read as categories",
        "column \"Pclass\" holds few different whole numbers, which are read as numbers",
        "values are missing: \"Age\" (80)",
    ] {
        assert!(said.iter().any(|line| line == expected), "{expected}: {said:#?}");
    }
    // missing cabins drop no rows
    let complete = detect().drop_missing(true);
    let complete = complete.read_from(Path::new("x.csv"), titanic(400).as_bytes()).unwrap();
    assert_eq!((complete.table.records.nrows(), complete.n_dropped), (320, 80));
    assert!(complete.table.records.iter().all(|value| value.is_finite()));
    assert_eq!(complete.rows[0], 1);
}

/// The tickets of the table that differ, as its schema says it.
fn n_tickets(n_rows: usize) -> String {
    let tickets: std::collections::HashSet<String> = (0..n_rows)
        .map(|row| if row % 3 == 0 { format!("A/5 {}", row * 7) } else { (row / 2).to_string() })
        .collect();
    format!("{} of {n_rows}", tickets.len())
}

#[test]
fn requested_kinds_come_first() {
    let kinds = KindChoice::detect().categorical(["Pclass", "Cabin", "PassengerId"]);
    let reader = TableReader::new().kinds(kinds);
    let sheet = reader.read_from(Path::new("x.csv"), titanic(100).as_bytes()).unwrap();
    let columns = sheet.schema.columns();
    assert_eq!(sheet.table.feature_names()[..2], ["PassengerId", "Pclass"]);
    assert_eq!(levels(&columns[1]), ["1", "2", "3"]);
    assert_eq!(levels(&columns[0]).len(), 51);
    assert!(sheet.schema.entries().iter().any(|entry| entry.to_string().contains("Cabin: cat")));
    let row = &sheet.table.records.column(1);
    assert_eq!(row[1], 0.0);
    let error = detect().kinds(KindChoice::detect().numeric(["Sex"]));
    let error = error.read_from(Path::new("x.csv"), titanic(100).as_bytes()).unwrap_err();
    assert!(error.to_string().contains("column \"Sex\" holds text"), "{error}");
}

#[test]
fn semicolons_decimal_commas_dates_and_signs_are_read() {
    let mut text = String::from("Datum;Betrag;Land;Uhrzeit;Anteil;Preis\n");
    for row in 0..60 {
        let land = ["Österreich", "Schweiz"][row % 2];
        text += &format!(
            "{:02}.{:02}.2024;1.{:03},50;{land};{:02}:{:02};{},5 %;-€{}\n",
            1 + row % 28,
            1 + row % 12,
            100 + row * 7,
            row % 24,
            row % 60,
            row,
            row + 1
        );
    }
    let sheet = read(&text);
    assert_eq!(
        lines(&sheet.schema),
        [
            "Datum: date %d.%m.%Y, detected: dates %d.%m.%Y",
            "Betrag: numeric, detected: numbers",
            "Land: categorical, detected: text",
            "Uhrzeit: date %H:%M, detected: dates %H:%M",
            "Anteil: numeric, detected: numbers",
            "Preis: numeric, detected: numbers",
        ]
    );
    let row = sheet.table.records.row(1);
    assert_eq!(row.to_vec()[1..], [1107.5, 0.0, 61.0 / 1440.0, 1.5, -2.0]);
    assert_eq!(sheet.schema.columns()[0].kind.text(row[0]).unwrap(), "02.02.2024");
}

#[test]
fn row_numbers_of_r_and_pandas_are_left_out() {
    let r =
        "\"\",\"size\",\"kind\"\n\"1\",1.5,\"a\"\n\"2\",2.5,\"b\"\n\"3\",NA,\"a\"\n\"4\",1,\"b\"\n";
    let pandas = ",size,kind\n0,1.5,a\n1,2.5,b\n2,,a\n3,1,b\n";
    for text in [r, pandas] {
        let sheet = read(text);
        assert_eq!(sheet.table.feature_names(), ["size", "kind"]);
        assert_eq!(lines(&sheet.schema)[0], "x1: left out: identifies the rows");
        assert_eq!(sheet.table.records.column(1).to_vec(), [0.0, 1.0, 0.0, 1.0]);
        assert_eq!(sheet.schema.n_missing(), [1, 0]);
    }
}

#[test]
fn columns_that_tell_nothing_are_left_out_with_a_word() {
    let text = "a,empty,constant,level,b\n1,,7,x,1.5\n2,NA,7,x,2\n,null,7,x,\n4,,7,x,3\n";
    let sheet = read(text);
    assert_eq!(
        lines(&sheet.schema),
        [
            "a: numeric, 1 missing, detected: numbers",
            "empty: left out: no values",
            "constant: left out: one value",
            "level: left out: one value",
            "b: numeric, 1 missing, detected: numbers",
        ]
    );
    assert!(sheet.decisions.contains(&Decision::NoValues { columns: vec!["empty".into()] }));
    // a row in which nothing is observed stays
    assert!(sheet.table.records.row(2).iter().all(|value| value.is_nan()));
    assert_eq!(sheet.rows, [0, 1, 2, 3]);
    let nothing = detect().read_from(Path::new("x.csv"), b"a,b\n1,\n1,\n".as_slice());
    let message = nothing.unwrap_err().to_string();
    assert_eq!(message, "x.csv: no column is left to use: \"a\" (one value), \"b\" (no values)");
}

#[test]
fn rare_texts_are_one_level() {
    let mut text = String::from("x,city\n");
    for row in 0..50_000 {
        let city = if row % 2 == 0 { row % 100 } else { row % 20_000 };
        text += &format!("{},c{city:05}\n", row % 977);
    }
    let sheet = read(&text);
    let column = &sheet.schema.columns()[1];
    let names = levels(column);
    assert_eq!((names.len(), names[0], names[50]), (51, "c00000", "other"));
    assert!(names[..50].is_sorted());
    let other = sheet.table.records.column(1).iter().filter(|&&level| level == 50.0).count();
    let said = sheet.decisions.iter().find(|said| matches!(said, Decision::OtherLevel { .. }));
    let expected = format!(
        "of the 10050 texts in \"city\" the most frequent 50 are levels, and the others one level, \"other\" ({other} rows)"
    );
    assert_eq!(said.unwrap().to_string(), expected);
    // no level of their own for texts that differ in nearly every row, however many there are
    let ids: String = (0..140_000).map(|row| format!("{},id{row:x}\n", row % 7)).collect();
    let sheet = read(&format!("y,id\n{ids}"));
    assert!(lines(&sheet.schema).contains(&"id: left out: more than 131072 values differ".into()));
}

#[test]
fn a_table_of_text_only_is_a_table_of_categories() {
    let rows: String = (0..40).map(|row| format!("c{},s{}\n", row % 3, row % 4)).collect();
    let sheet = read(&format!("colour,shape\n{rows}"));
    assert_eq!(sheet.table.feature_names(), ["colour", "shape"]);
    assert_eq!(sheet.table.records.row(5).to_vec(), [2.0, 1.0]);
}

#[test]
fn truth_values_are_categories_in_the_spelling_of_the_table() {
    let column = |values: &[&str]| {
        let text: String =
            values.iter().enumerate().map(|(row, value)| format!("{row}.5,{value}\n")).collect();
        let sheet = read(&format!("x,ok\n{text}"));
        let names = levels(&sheet.schema.columns()[1]).join(" ");
        (names, sheet.table.records.column(1).to_vec())
    };
    assert_eq!(column(&["True", "False", "True"]), ("False True".into(), vec![1.0, 0.0, 1.0]));
    assert_eq!(column(&["F", "T", "T"]), ("F T".into(), vec![0.0, 1.0, 1.0]));
    assert_eq!(column(&["true", "FALSE", "TRUE"]), ("false true".into(), vec![1.0, 0.0, 1.0]));
}

#[test]
fn dates_are_days_and_their_order_is_that_of_the_whole_column() {
    let dates = |values: [&str; 3], kinds: KindChoice| {
        let rows: String =
            values.iter().enumerate().map(|(row, date)| format!("{row},{date}\n")).collect();
        let reader = TableReader::new().kinds(kinds);
        let sheet = reader.read_from(Path::new("x.csv"), format!("x,day\n{rows}").as_bytes());
        let sheet = sheet.unwrap();
        (sheet.schema.columns()[1].kind.to_string(), sheet.table.records.column(1).to_vec(), sheet)
    };
    let detect = KindChoice::detect;
    let (kind, days, _) = dates(["1/2/1970", "1/31/1970", "2/1/1970"], detect());
    assert_eq!((kind.as_str(), days), ("date %-m/%-d/%Y", vec![1.0, 30.0, 31.0]));
    let (kind, days, _) = dates(["1/2/1970", "31/1/1970", "2/1/1970"], detect());
    assert_eq!((kind.as_str(), days), ("date %-d/%-m/%Y", vec![31.0, 30.0, 1.0]));
    let ambiguous = ["1/2/1970", "3/4/1970", "5/6/1970"];
    let (_, days, sheet) = dates(ambiguous, detect());
    assert_eq!(days[0], 1.0);
    let said = Decision::AmbiguousDates { column: "day".into(), is_month_first: true };
    assert!(sheet.decisions.contains(&said));
    let (_, days, sheet) = dates(ambiguous, detect().day_first(["day"]));
    assert!(days[0] == 31.0 && !sheet.decisions.contains(&said));
    let (kind, days, _) = dates(["1 Jan 1970", "", "3 Jan 1970"], detect());
    assert_eq!((kind.as_str(), days[2]), ("date %-d %b %Y", 2.0));
    assert!(days[1].is_nan());
    let (_, days, _) = dates(["1970-01-02T06:00", "1970-01-01T12:00", "NA"], detect());
    assert_eq!(days[..2], [1.25, 0.5]);
    // numbers YYYYMMDD
    let (kind, days, _) = dates(["19700102", "19700201", "19700103"], detect());
    assert_eq!((kind.as_str(), days), ("date-yyyymmdd", vec![1.0, 31.0, 2.0]));
    let numbers = dates(["19700102", "19700201", "19700103"], detect().numeric(["day"]));
    assert_eq!(numbers.0, "numeric");
}

#[test]
fn later_rows_correct_what_the_first_rows_show() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("x.csv");
    // numbers, then codes with letters; nothing, then texts
    let mut text = String::from("x,code,note,when\n");
    for row in 0..20_000 {
        let code = if row < 5000 { (row % 9).to_string() } else { format!("A{}", row % 4) };
        // in a part of which no line is sampled
        let note = if (16_300..16_340).contains(&row) { ["yes", "no"][row % 2] } else { "" };
        let when = if row < 9000 { "2024-03-01".to_owned() } else { format!("w{}", row % 5) };
        text += &format!("{}.5,{code},{note},{when}\n", row % 100);
    }
    fs::write(&path, &text).unwrap();
    let expected = [
        "x: numeric, detected: numbers".to_owned(),
        "code: categorical, detected: text".to_owned(),
        "note: categorical, 19960 missing, detected: text".to_owned(),
        "when: categorical, detected: text".to_owned(),
    ];
    let sheet = detect().read(&path).unwrap();
    assert_eq!(lines(&sheet.schema), expected);
    assert_eq!(levels(&sheet.schema.columns()[1]).len(), 9 + 4);
    let streamed = detect().open(&path).unwrap();
    assert_eq!(lines(streamed.schema()), expected);
    // a pipe is read once
    let error = detect().read_from(Path::new("x.csv"), text.as_bytes()).unwrap_err().to_string();
    assert!(error.contains("x.csv"), "{error}");
    let requested = KindChoice::detect().categorical(["code", "note", "when"]);
    let piped = TableReader::new().kinds(requested);
    let piped = piped.read_from(Path::new("x.csv"), text.as_bytes()).unwrap();
    assert_eq!(piped.table.records.column(1), sheet.table.records.column(1));
}

/// A large table of all kinds.
fn mixed(n_rows: usize) -> String {
    let mut text = String::from("id,x,colour,day,ok,name\n");
    for row in 0..n_rows {
        let x = if row % 11 == 3 { "NA".to_owned() } else { format!("{}.25", row * 37 % 1009) };
        let colour = ["red", "blue", "green", "", "a very long name of a colour"][row * row % 5];
        text += &format!(
            "r{row},{x},{colour},{}/{}/2023,{},n{}\n",
            1 + row % 12,
            1 + row % 28,
            ["TRUE", "FALSE"][row / 7 % 2],
            row * 7919 % n_rows
        );
    }
    text
}

/// Returns the rows in an order that does not depend on theirs.
fn sorted(rows: &Array2<f64>) -> Vec<Vec<u64>> {
    let bits = |value: &f64| if value.is_nan() { u64::MAX } else { value.to_bits() };
    let mut rows: Vec<Vec<u64>> =
        rows.rows().into_iter().map(|row| row.iter().map(bits).collect()).collect();
    rows.sort_unstable();
    rows
}

#[test]
fn rows_are_the_same_in_memory_from_a_file_in_pieces_and_on_any_number_of_threads() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("x.csv");
    let text = mixed(120_000);
    fs::write(&path, &text).unwrap();
    let sheet = detect().read(&path).unwrap();
    assert_eq!(
        sheet.schema.columns().iter().map(|one| one.kind.to_string()).collect::<Vec<_>>(),
        ["numeric", "categorical", "date %-m/%-d/%Y", "categorical"]
    );
    let rows = &sheet.table.records;
    for n_threads in [1, 3] {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(n_threads).build().unwrap();
        let again = pool.install(|| detect().read(&path).unwrap());
        assert_eq!(again.schema, sheet.schema);
        assert_eq!(sorted(&again.table.records), sorted(rows));
    }
    let streamed = detect().open(&path).unwrap();
    assert_eq!(streamed.schema(), &sheet.schema);
    assert_eq!(streamed.decisions(), sheet.decisions);
    assert_eq!(streamed.backend().unwrap().n_features(), 4);
    let all = random_rows(&streamed, 120_000, 0).unwrap();
    assert_eq!(sorted(&all), sorted(rows));
    // with the kinds of a model, piece by piece
    let columns = sheet.schema.columns();
    let names: Vec<String> = columns.iter().map(|column| column.name.clone()).collect();
    let reader = TableReader::new().columns_or_in_order(&names).kinds(KindChoice::of(&columns));
    let pieces: Vec<Sheet> = reader.pieces(&path).unwrap().map(Result::unwrap).collect();
    let pieces: Vec<_> = pieces.iter().map(|piece| piece.table.records.view()).collect();
    let pieces = ndarray::concatenate(Axis(0), &pieces).unwrap();
    assert_eq!(sorted(&pieces), sorted(rows));
    assert_eq!(
        pieces.column(1).iter().filter(|level| level.is_nan()).count() as u64,
        sheet.schema.n_missing()[1]
    );
    // rows with missing values are dropped alike
    let complete = detect().drop_missing(true).read(&path).unwrap();
    let streamed = detect().drop_missing(true).open(&path).unwrap();
    assert_eq!(streamed.n_dropped(), complete.n_dropped);
    assert_eq!(streamed.schema(), &complete.schema);
    let some = random_rows(&streamed, 120_000, 0).unwrap();
    assert_eq!(sorted(&some), sorted(&complete.table.records));
    assert!(some.iter().all(|value| value.is_finite()));
}

#[test]
fn a_further_table_has_the_kinds_and_levels_of_the_first() {
    let first = read("x,colour,day\n1,red,2024-03-01\n2,blue,2024-03-02\n3,red,2024-04-01\n");
    let columns = first.schema.columns();
    let reader = TableReader::new().kinds(KindChoice::of(&columns)).carry(true);
    let more = "x,colour,day\n5,green,1 Apr 2024\n,blue,\n7,violet,2024-04-03\n8,red,2024-04-04\n";
    let sheet = reader.read_from(Path::new("y.csv"), more.as_bytes()).unwrap();
    let rows = &sheet.table.records;
    assert!(rows[[0, 1]].is_nan() && rows[[1, 0]].is_nan() && rows[[1, 2]].is_nan());
    assert_eq!((rows[[1, 1]], rows[[3, 1]]), (0.0, 1.0));
    assert_eq!(rows[[0, 2]], first.table.records[[2, 2]]);
    assert_eq!(
        sheet.decisions.last().unwrap().to_string(),
        "2 texts in \"colour\", such as \"green\", are not levels of the model, and taken as missing in 2 rows"
    );
    // texts are kept as they are in the file
    let cells = sheet.cells();
    assert!(format!("{:?}", cells[1]).contains("violet"), "{:?}", cells[1]);
    let mut pieces = reader.pieces_from(Path::new("y.csv"), more.as_bytes()).unwrap();
    assert_eq!(sorted(&pieces.next().unwrap().unwrap().table.records), sorted(rows));
    assert!(pieces.next().is_none() && pieces.decisions_on_values().len() == 1);
    // further levels come after those that are known
    let wider = TableReader::new().kinds(KindChoice::of(&columns).new_levels(true));
    let sheet = wider.read_from(Path::new("y.csv"), more.as_bytes()).unwrap();
    assert_eq!(levels(&sheet.schema.columns()[1]), ["blue", "red", "green", "violet"]);
    // the level of all others
    let others = Column {
        kind: ValueKind::Categorical(mixlab::Levels::new(["red", "other"])),
        ..columns[1].clone()
    };
    let kinds = KindChoice::of(&[columns[0].clone(), others, columns[2].clone()]);
    let sheet = TableReader::new().kinds(kinds).read_from(Path::new("y.csv"), more.as_bytes());
    assert_eq!(sheet.unwrap().table.records.column(1).to_vec(), [1.0, 1.0, 1.0, 0.0]);
    // a text that is no date
    let wrong = "x,colour,day\n1,red,2024-03-01\n2,red,soon\n";
    let error = reader.read_from(Path::new("z.csv"), wrong.as_bytes()).unwrap_err().to_string();
    assert!(error.contains("z.csv, line 3, column 3") && error.contains("soon"), "{error}");
}

#[test]
fn arrays_have_missing_values_and_requested_categories() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("x.npy");
    let mut rows = Array2::from_shape_fn((600, 3), |(i, j)| match j {
        0 => (i % 3) as f64 + 5.0,
        1 => i as f64 / 7.0,
        _ => 1.0,
    });
    (rows[[4, 0]], rows[[9, 1]]) = (f64::NAN, f64::NAN);
    ndarray_npy::write_npy(&path, &rows).unwrap();
    let reader = TableReader::new().kinds(KindChoice::detect().categorical(["x1"]));
    let sheet = reader.read(&path).unwrap();
    assert_eq!(
        lines(&sheet.schema),
        [
            "x1: categorical, 1 missing, given",
            "x2: numeric, 1 missing, detected: numbers",
            "x3: left out: one value"
        ]
    );
    let columns = sheet.schema.columns();
    assert_eq!(levels(&columns[0]), ["5", "6", "7"]);
    assert_eq!(sheet.table.records[[5, 0]], 2.0);
    let streamed = reader.open(&path).unwrap();
    assert_eq!(streamed.schema(), &sheet.schema);
    let all = random_rows(&streamed, 600, 0).unwrap();
    assert_eq!(sorted(&all), sorted(&sheet.table.records));
    let complete = reader.drop_missing(true).open(&path).unwrap();
    assert_eq!((complete.n_samples(), complete.n_dropped()), (598, 2));
    // by the kinds of a model
    let names = ["x1", "x2"].map(String::from);
    let reader = TableReader::new().columns_or_in_order(&names).kinds(KindChoice::of(&columns));
    let again = reader.read(&path).unwrap();
    assert_eq!(sorted(&again.table.records), sorted(&sheet.table.records));
}

#[test]
fn the_form_of_dates_is_kept_by_the_kind() {
    let sheet = read("x,t\n1,9:30 AM\n2,12:15 PM\n3,NA\n");
    let columns = sheet.schema.columns();
    let ValueKind::Date(DateForm::Pattern(pattern)) = &columns[1].kind else { panic!() };
    assert_eq!(pattern.to_string(), "%-I:%M %p");
    let texts: Vec<Option<String>> =
        sheet.table.records.column(1).iter().map(|&days| columns[1].kind.text(days)).collect();
    assert_eq!(texts, [Some("9:30 AM".to_owned()), Some("12:15 PM".to_owned()), None]);
}
