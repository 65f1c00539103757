//! Tables with categories, dates and missing values: `fit`, `info`, `sample`, `predict`, `score`, `convert`.

use mixlab::table::{KindChoice, TableReader};
use mixlab::{ModelFile, ValueKind};
use tempfile::TempDir;

use super::*;

/// Creates a folder with a table of customers of two groups, `customers.csv`: a plan, an age, an income that is missing mostly in
/// one group, and a date.
fn with_table() -> TempDir {
    let folder = folder();
    let mut state = 7_u64;
    let mut uniform = move || {
        state =
            state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 11) as f64 / (1_u64 << 53) as f64
    };
    let mut text = String::from("plan,age,income,since\n");
    for _ in 0..300 {
        let is_basic = uniform() < 0.5;
        let normal =
            |uniform: &mut dyn FnMut() -> f64| (0..12).map(|_| uniform()).sum::<f64>() - 6.0;
        let age = (if is_basic { 30.0 } else { 60.0 } + 5.0 * normal(&mut uniform)).round();
        let income = 20.0 + 0.8 * age + 3.0 * normal(&mut uniform);
        let plan = match uniform() {
            share if share < 0.03 => "",
            share if share < 0.2 => "plus, trial",
            _ if is_basic => "basic",
            _ => "gold",
        };
        let is_missing = uniform() < if is_basic { 0.02 } else { 0.4 };
        let income = if is_missing { String::new() } else { format!("{income:.1}") };
        let day = 1 + (28.0 * uniform()) as u32;
        text +=
            &format!("\"{plan}\",{age},{income},2024-0{}-{day:02}\n", if is_basic { 1 } else { 3 });
    }
    write(&folder, "customers.csv", text);
    folder
}

/// Creates the folder with a model of the table, `m.npz`.
fn with_model() -> TempDir {
    let folder = with_table();
    prints(&folder, "fit customers.csv -k 2 --covariance full --standardize -o m.npz");
    folder
}

#[test]
fn a_table_is_fitted_as_it_is() {
    let folder = with_table();
    let object = json(&folder, &words("fit customers.csv -k 2 --covariance diag -o m.json --json"));
    assert_eq!((&object["n_samples"], &object["n_features"]), (&300.into(), &4.into()));
    let schema = object["schema"].as_array().unwrap();
    let keys = |entry: &Value| (entry["name"].as_str().unwrap().to_owned(), entry["kind"].clone());
    let kinds: Vec<_> = schema.iter().map(keys).collect();
    let expected =
        [("plan", "categorical"), ("age", "numeric"), ("income", "numeric"), ("since", "date")];
    assert_eq!(kinds, expected.map(|(name, kind)| (name.to_owned(), kind.into())));
    assert_eq!(schema[0]["levels"], serde_json::json!(["basic", "gold", "plus, trial"]));
    assert!(schema[2]["n_missing"].as_u64().unwrap() > 30);
    assert!(schema[3]["min"].as_str().unwrap().starts_with("2024-01-"));
    // weights, means and variances of 3 numbers, shares of 3 levels, and 2 indicators
    assert_eq!(object["n_parameters"], 1 + 2 * 6 + 2 * 2 + 2 * 2);
    // without indicators, and the same values by the library
    let arguments = "fit customers.csv -k 2 --covariance diag --missing at-random --smoothing 0 --json -o r.npz";
    let at_random = json(&folder, &words(arguments));
    assert_eq!(at_random["n_parameters"], 1 + 2 * 6 + 2 * 2);
    let file = ModelFile::load(&folder.path().join("r.npz")).unwrap();
    let reader = TableReader::new().kinds(KindChoice::of(&file.columns));
    let rows = reader.read(&folder.path().join("customers.csv")).unwrap().table;
    let criteria = file.pipeline.criteria(&rows).unwrap();
    assert_eq!(at_random["log_likelihood"], criteria.log_likelihood);
    assert!(object["log_likelihood"].as_f64() < at_random["log_likelihood"].as_f64());
}

#[test]
fn samples_are_written_as_the_table_is() {
    let folder = with_model();
    let text = prints(&folder, "sample m.npz -n 2000 --seed 3");
    let mut csv = csv::Reader::from_reader(text.as_bytes());
    assert_eq!(csv.headers().unwrap(), vec!["plan", "age", "income", "since"]);
    let rows: Vec<csv::StringRecord> = csv.records().map(Result::unwrap).collect();
    assert_eq!(rows.len(), 2000);
    for row in &rows {
        assert!(["", "basic", "gold", "plus, trial"].contains(&&row[0]), "{row:?}");
        assert!(row[1].parse::<u32>().is_ok(), "{row:?}");
        assert!(row[2].is_empty() || row[2].parse::<f64>().is_ok(), "{row:?}");
        assert!(row[3].starts_with("202") && row[3].len() == 10, "{row:?}");
    }
    let n_missing = |column: usize| rows.iter().filter(|row| row[column].is_empty()).count();
    // 15 % by the model
    assert!((250..350).contains(&n_missing(2)), "{}", n_missing(2));
    assert!((20..120).contains(&n_missing(0)) && n_missing(1) == 0 && n_missing(3) == 0);
    // the sample is a table of the same kind
    prints(&folder, "sample m.npz -n 500 -o new.csv");
    let scored = prints(&folder, "score m.npz new.csv --only");
    assert_eq!(scored.lines().count(), 501);
    let complete = prints(&folder, "sample m.npz -n 500 --complete");
    let mut csv = csv::Reader::from_reader(complete.as_bytes());
    assert!(csv.records().all(|row| row.unwrap().iter().all(|field| !field.is_empty())));
    // numbers alone have no place for texts
    fails(&folder, &words("sample m.npz -n 5 -o new.npy"), 2, &["new.npy", "text"]);
}

#[test]
fn rows_with_missing_values_and_texts_are_predicted_and_scored() {
    let folder = with_model();
    let text = prints(&folder, "predict m.npz customers.csv --proba");
    let original = std::fs::read_to_string(folder.path().join("customers.csv")).unwrap();
    assert_eq!(text.lines().count(), original.lines().count());
    assert_eq!(text.lines().next().unwrap(), "plan,age,income,since,component,p0,p1");
    // the columns of the data are written as they were
    let mut written = csv::Reader::from_reader(text.as_bytes());
    let mut read = csv::Reader::from_reader(original.as_bytes());
    for (written, read) in written.records().zip(read.records()) {
        let (written, read) = (written.unwrap(), read.unwrap());
        for column in [0, 3] {
            assert_eq!(written[column], read[column]);
        }
        let number = |text: &str| text.parse::<f64>().ok();
        assert_eq!([1, 2].map(|at| number(&written[at])), [1, 2].map(|at| number(&read[at])));
    }
    // a young customer with gold, and one without an income
    write(
        &folder,
        "new.csv",
        "plan,age,income,since\ngold,28,43,2024-01-10\nbasic,,,2024-01-15\nbasic,30,,2024-01-15\n",
    );
    let text = prints(&folder, "score m.npz new.csv --anomalies 100%");
    let gold = text.lines().find(|line| line.contains("gold")).unwrap();
    assert!(gold.contains("plan: ") && gold.contains(" % expected"), "{text}");
    assert!(
        text.contains("age missing: <0.1 % expected") || text.contains("income missing: "),
        "{text}"
    );
    let object = json(&folder, &words("score m.npz new.csv --anomalies 100% --json"));
    let columns: Vec<&Value> = object["anomalies"]
        .as_array()
        .unwrap()
        .iter()
        .flat_map(|row| row["anomalous_columns"].as_array().unwrap())
        .collect();
    let plan = columns.iter().find(|column| column["name"] == "plan").unwrap();
    assert_eq!(plan["value"], "gold");
    assert!(plan["expected"].as_f64().unwrap() < 0.05 && plan["deviation"].is_null());
    let income = columns.iter().find(|column| column["name"] == "income").unwrap();
    assert!(income["value"].is_null() && income["missing"] == true);
}

#[test]
fn a_new_level_is_a_missing_value() {
    let folder = with_model();
    write(
        &folder,
        "new.csv",
        "plan,age,income,since\nplatinum,28,43,2024-01-10\n,28,43,2024-01-10\n",
    );
    let assert = mixlab(&folder).args(words("score m.npz new.csv --only")).assert().success();
    let output = assert.get_output();
    let scores: Vec<&str> = std::str::from_utf8(&output.stdout).unwrap().lines().skip(1).collect();
    assert_eq!(scores.len(), 2);
    assert_eq!(scores[0], scores[1]);
    assert!(String::from_utf8_lossy(&output.stderr).contains("platinum"));
}

#[test]
fn a_model_lists_the_shares_of_levels_and_of_missing_values() {
    let folder = with_model();
    insta::assert_snapshot!("info-mixed", prints(&folder, "info m.npz"));
    let object = json(&folder, &words("info m.npz --json"));
    assert!(object["means"][0][0].is_null() && object["means"][0][1].is_number());
    let category = &object["categories"][0];
    assert_eq!(category["name"], "plan");
    let shares =
        category["shares"][1].as_array().unwrap().iter().map(|share| share.as_f64().unwrap());
    assert!((shares.sum::<f64>() - 1.0).abs() < 1e-12);
    let missing: Vec<&str> = object["missing"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| one["name"].as_str().unwrap())
        .collect();
    assert_eq!(missing, ["plan", "income"]);
    assert_eq!(object["features"][0]["kind"], "categorical");
    assert!(object["features"][3]["range"][0].as_str().unwrap().starts_with("2024-01"));
}

#[test]
fn a_model_of_a_mixed_table_is_converted_but_not_for_scikit_learn() {
    let folder = with_model();
    prints(&folder, "convert m.npz m.json");
    prints(&folder, "convert m.json again.npz");
    let [first, again] =
        ["m.npz", "again.npz"].map(|name| std::fs::read(folder.path().join(name)).unwrap());
    assert!(first == again);
    let file = ModelFile::load(&folder.path().join("m.json")).unwrap();
    assert!(matches!(file.columns[0].kind, ValueKind::Categorical(_)));
    let message = ["1 categorical column and 2 indicators", "scikit-learn"];
    fails(&folder, &words("convert m.npz s.npz --sklearn"), 2, &message);
}

#[test]
fn a_pca_of_missing_numbers_is_refused_with_remedies() {
    let folder = with_table();
    let remedies = ["\"income\"", "--drop-missing", "--exclude income", "--pca"];
    fails(&folder, &words("fit customers.csv --pca 2 -o m.npz --quiet"), 2, &remedies);
    prints(&folder, "fit customers.csv --pca 2 --standardize --drop-missing -k 2 -o m.npz");
    fails(&folder, &words("score m.npz customers.csv --quiet"), 2, &["PCA", "--drop-missing"]);
    let text = prints(&folder, "score m.npz customers.csv --drop-missing --only");
    assert!(text.lines().count() > 100);
}

#[test]
fn a_table_of_texts_alone_is_fitted() {
    let folder = with_table();
    let arguments = "fit customers.csv --columns plan -k 1..2 --missing at-random -o m.npz --json";
    let object = json(&folder, &words(arguments));
    assert_eq!(object["n_components"], 1);
    assert_eq!(object["n_parameters"], 2);
    let text = prints(&folder, "sample m.npz -n 50");
    assert_eq!(text.lines().next(), Some("plan"));
    assert!(text.lines().skip(1).all(|line| ["basic", "gold", "\"plus, trial\""].contains(&line)));
    let text = prints(&folder, "info m.npz");
    assert!(text.contains("plan: basic") && !text.contains('±'), "{text}");
    prints(&folder, "predict m.npz customers.csv");
}

#[test]
fn options_of_mixed_tables_are_checked() {
    let folder = with_table();
    fails(
        &folder,
        &words("fit customers.csv --smoothing=-1 -o m.npz --quiet"),
        2,
        &["smoothing", "-1"],
    );
    mixlab(&folder).args(words("fit customers.csv --missing never")).assert().code(2);
    let model = "fit customers.csv -k 2 --covariance full -o m.npz";
    prints(&folder, model);
    prints(&folder, "fit customers.csv --start m.npz -o again.npz");
    let [first, again] =
        ["m.npz", "again.npz"].map(|name| ModelFile::load(&folder.path().join(name)).unwrap());
    assert_eq!(first.pipeline.layout(), again.pipeline.layout());
    assert_eq!(first.columns, again.columns);
}
