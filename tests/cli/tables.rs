//! Tables of every format as input and output.

use std::fs;
use std::io::Write;

use mixlab::ModelFile;
use mixlab::datasets;
use mixlab::table::{read_table, write_table};

use super::{fails, folder, json, mixlab, prints, surveyed, words, write};

#[test]
fn every_way_to_write_a_table_gives_the_same_fit() {
    let folder = folder();
    let survey = datasets::survey();
    let path = |name: &str| folder.path().join(name);
    write_table(&path("s.csv"), survey.records.view(), survey.feature_names()).unwrap();
    write_table(&path("s.npy"), survey.records.view(), &[]).unwrap();
    let csv = fs::read_to_string(path("s.csv")).unwrap();
    write(&folder, "semicolon.csv", csv.replace(',', ";").replace('.', ","));
    write(&folder, "tab.csv", csv.replace(',', "\t"));
    write(&folder, "bar.txt", csv.replace(',', "|"));
    write(&folder, "windows.csv", csv.replace('\n', "\r\n"));
    write(
        &folder,
        "blanks.csv",
        csv.lines().skip(1).collect::<Vec<_>>().join("\n").replace(',', "  "),
    );
    write(&folder, "skipped.csv", format!("made by hand\n\n{csv}"));
    write(&folder, "marked.csv", format!("\u{feff}{csv}"));
    let quoted = csv.lines().map(|line| format!("\"{}\"\n", line.replace(',', "\",\"")));
    write(&folder, "quoted.csv", quoted.collect::<String>());
    let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    gzip.write_all(csv.as_bytes()).unwrap();
    write(&folder, "s.csv.gz", gzip.finish().unwrap());
    let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    gzip.write_all(&fs::read(path("s.npy")).unwrap()).unwrap();
    write(&folder, "s.npy.gz", gzip.finish().unwrap());

    let fit = |data: &str| {
        let arguments = format!("fit {data} -k 2 --covariance full --n-init 1 --json");
        json(&folder, &words(&arguments))["bic"].clone()
    };
    let expected = fit("s.csv");
    for data in [
        "s.npy",
        "semicolon.csv",
        "tab.csv",
        "bar.txt",
        "windows.csv",
        "blanks.csv",
        "marked.csv",
        "quoted.csv",
        "s.csv.gz",
        "s.npy.gz",
        "skipped.csv --skip 2",
    ] {
        assert_eq!(fit(data), expected, "{data}");
    }
    for data in ["s.csv", "s.csv.gz", "s.npy"] {
        let input = fs::read(path(data)).unwrap();
        let arguments = words("fit - -k 2 --covariance full --n-init 1 --json");
        let assert = mixlab(&folder).args(arguments).write_stdin(input).assert().success();
        let object: serde_json::Value =
            serde_json::from_slice(&assert.get_output().stdout).unwrap();
        assert_eq!(object["bic"], expected, "{data} from standard input");
    }
    mixlab(&folder).args(["fit", "-"]).write_stdin("").assert().code(2);
}

#[test]
fn thousands_of_columns_are_read_and_selected_by_range() {
    let folder = folder();
    let names: Vec<String> = (0..3000).map(|column| format!("c{column}")).collect();
    let mut text = names.join(",") + "\n";
    for row in 0..30_usize {
        let values = (0..3000).map(|column| ((row * 7919 + column * 104_729) % 1000).to_string());
        text += &(values.collect::<Vec<_>>().join(",") + "\n");
    }
    write(&folder, "wide.csv", text);
    let arguments = "fit wide.csv --columns c10..c13,c2999 --exclude c11 -k 1 -o m.npz";
    prints(&folder, arguments);
    let file = ModelFile::load(&folder.path().join("m.npz")).unwrap();
    assert_eq!(file.feature_names(), ["c10", "c12", "c13", "c2999"]);
}

#[test]
fn samples_are_rounded_and_clipped_like_the_data() {
    let folder = folder();
    let mut text = String::from("children,price,size\n");
    for row in 0..300_u32 {
        let size = f64::from(row * 7919 % 1000) / 3.0;
        text += &format!("{},{:.2},{size}\n", row % 4, f64::from(row % 97) * 1.25);
    }
    write(&folder, "sales.csv", text);
    prints(&folder, "fit sales.csv -k 2 --covariance full -o m.npz");
    let decimals = |text: &str, column: usize| {
        let fields =
            text.lines().skip(1).map(|line| line.split(',').nth(column).unwrap().to_owned());
        fields.map(|field| field.split_once('.').map_or(0, |(_, d)| d.len())).max().unwrap()
    };
    let text = prints(&folder, "sample m.npz -n 500");
    assert_eq!((decimals(&text, 0), decimals(&text, 1)), (0, 2));
    assert!(decimals(&text, 2) > 6 && !text.contains("-0\n"));
    let text = prints(&folder, "sample m.npz -n 500 --round none");
    assert!(decimals(&text, 0) > 6);
    let text = prints(&folder, "sample m.npz -n 500 --round 1");
    assert_eq!((0..3).map(|column| decimals(&text, column)).max(), Some(1));
    let outside = |arguments: &str| {
        let text = prints(&folder, arguments);
        let children = text.lines().skip(1).map(|line| line.split(',').next().unwrap().to_owned());
        children.filter(|n| !(0.0..=3.0).contains(&n.parse::<f64>().unwrap())).count()
    };
    assert!(outside("sample m.npz -n 2000 --clip none") > 0);
    // values that recur are those of the data
    assert_eq!(outside("sample m.npz -n 2000"), 0);
    assert_eq!(outside("sample m.npz -n 2000 --clip"), 0);
    // the last whole number within the range
    let text = prints(&folder, "sample m.npz -n 2000 --clip --round 0");
    let sizes = text.lines().skip(1).map(|line| line.rsplit(',').next().unwrap().parse::<f64>());
    let largest = sizes.map(Result::unwrap).fold(0.0, f64::max);
    assert!(largest <= 999.0 / 3.0 && largest.fract() == 0.0, "{largest}");
}

#[test]
fn samples_are_the_same_in_every_format() {
    let folder = surveyed();
    let sample = |name: &str| {
        prints(&folder, &format!("sample survey.npz -n 3000 --seed 5 -o {name}"));
        read_table(&folder.path().join(name)).unwrap().records
    };
    let csv = sample("s.csv");
    for name in ["s.tsv", "s.txt", "s.npy"] {
        assert_eq!(sample(name), csv, "{name}");
    }
    assert_eq!(prints(&folder, "sample survey.npz -n 3000 --seed 5").lines().count(), 3001);
    let names = read_table(&folder.path().join("s.csv")).unwrap();
    assert_eq!(names.feature_names(), ["age", "income", "spending", "visits"]);
    fails(&folder, &words("sample survey.npz -o rows.npz"), 2, &["rows.npz", ".csv"]);
    fails(&folder, &words("sample survey.npz -n 20000 -o g.png"), 2, &["draw at most 10000"]);
}

#[test]
#[cfg(feature = "parquet")]
fn parquet_is_read_and_written() {
    let folder = surveyed();
    prints(&folder, "sample survey.npz -n 3000 -o s.parquet");
    prints(&folder, "sample survey.npz -n 3000 -o s.csv");
    let read = |name: &str| read_table(&folder.path().join(name)).unwrap();
    assert_eq!(read("s.parquet").records, read("s.csv").records);
    assert_eq!(read("s.parquet").feature_names(), read("s.csv").feature_names());
    prints(&folder, "predict survey.npz s.parquet --only");
}

#[test]
#[cfg(feature = "parquet")]
fn mixed_parquet_is_fitted_like_the_same_text_table() {
    let folder = folder();
    prints(&folder, "datasets export customers customers.csv");
    prints(&folder, "fit customers.csv -k 2 -o customers.npz");
    for synthetic in ["synthetic.parquet", "synthetic.csv"] {
        prints(&folder, &format!("sample customers.npz -n 300 --seed 3 -o {synthetic}"));
    }
    let fit = |data: &str| {
        let object = json(&folder, &["fit", data, "-k", "2", "--json"]);
        (object["log_likelihood"].clone(), object["columns"].clone())
    };
    let fitted = fit("synthetic.parquet");
    assert_eq!(fitted, fit("synthetic.csv"));
    assert!(fitted.0.is_f64(), "{fitted:?}");
}

#[test]
#[cfg(not(feature = "parquet"))]
fn parquet_without_the_feature_is_an_error() {
    let folder = surveyed();
    write(&folder, "s.parquet", "PAR1 and so on");
    fails(&folder, &words("fit s.parquet"), 2, &["s.parquet", "feature \"parquet\""]);
    fails(&folder, &words("sample survey.npz -o s.parquet"), 2, &["feature \"parquet\""]);
}

#[test]
fn duplicate_column_names_and_names_with_commas_can_be_used() {
    let folder = folder();
    let mut text = String::from("\"name, first\",a,a,\n");
    for row in 0..60_u32 {
        text += &format!("x,{},{},{}\n", row % 7, row * 37 % 11, row * row % 13);
    }
    write(&folder, "names.csv", text);
    // a column with one value is left out
    let assert = mixlab(&folder).args(words("schema names.csv")).assert().success();
    let said = String::from_utf8(assert.get_output().stderr.clone()).unwrap();
    assert!(said.contains("\"name, first\" has the same value in every row"), "{said}");
    let fit = ["fit", "names.csv", "-k", "2", "--exclude", "\"name, first\"", "-o", "m.npz"];
    mixlab(&folder).args(fit).assert().success();
    let file = ModelFile::load(&folder.path().join("m.npz")).unwrap();
    assert_eq!(file.feature_names(), ["a", "a.1", "x4"]);
    let labels = prints(&folder, "predict m.npz names.csv");
    assert!(labels.starts_with("\"name, first\",a,a.1,x4,component\n"), "{labels}");
    prints(&folder, "sample m.npz -n 60 -o s.csv");
    let compare = ["compare", "names.csv", "s.csv", "--exclude", "\"name, first\"", "--json"];
    mixlab(&folder).args(compare).assert().success();
}

#[test]
fn a_continued_fit_uses_the_columns_of_its_start() {
    let folder = surveyed();
    let rows = datasets::survey().records;
    let line =
        |row: ndarray::ArrayView1<'_, f64>| format!("{},{},{},{}", row[3], row[2], row[1], row[0]);
    let lines: Vec<String> = rows.rows().into_iter().map(line).collect();
    write(&folder, "turned.csv", format!("visits,spending,income,age\n{}\n", lines.join("\n")));
    let fit = |data: &str| {
        json(&folder, &words(&format!("fit {data} --start survey.npz --json")))["bic"].clone()
    };
    assert_eq!(fit("turned.csv"), fit("survey.csv"));
}

#[test]
fn rows_with_missing_values_are_dropped_on_request_and_rows_keep_their_numbers() {
    let folder = surveyed();
    let csv = fs::read_to_string(folder.path().join("survey.csv")).unwrap();
    let mut lines: Vec<String> = csv.lines().map(str::to_owned).collect();
    lines[1] = "0001,Unknown,,1,2,3".into();
    lines[7] = "0007,Unknown,1,NA,,3".into();
    write(&folder, "gaps.csv", lines.join("\n"));
    let assert = mixlab(&folder)
        .args(words("predict survey.npz gaps.csv --drop-missing --json"))
        .assert()
        .success();
    let note = String::from_utf8(assert.get_output().stderr.clone()).unwrap();
    assert_eq!(note, "mixlab: 2 of 400 rows have missing values and are dropped\n");
    let object: serde_json::Value = serde_json::from_slice(&assert.get_output().stdout).unwrap();
    assert_eq!(object["rows"].as_array().unwrap().len(), 398);
    assert_eq!((&object["rows"][0], &object["rows"][5]), (&2.into(), &8.into()));
}
