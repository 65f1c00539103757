//! Conditional and marginal models: `mixlab given`, `--given`, and tables without some columns of a model.

use std::fs;

use approx::assert_abs_diff_eq;
use mixlab::ModelFile;
use mixlab::table::read_table;
use serde_json::Value;
use tempfile::TempDir;

use super::{fails, folder, json, mixlab, prints, words, write};

/// A folder with a model of people: two numbers, a category, and a date.
fn people() -> TempDir {
    let folder = folder();
    let mut rows = String::from("age,smoker,joined,cost\n");
    for i in 0..240_u32 {
        let smokes = i % 3 == 0;
        let age = 20 + (i * 7) % 50;
        let cost = 100 + 3 * age + if smokes { 400 } else { 0 } + (i * 13) % 17;
        let smoker = if smokes { "yes" } else { "no" };
        rows += &format!("{age},{smoker},2024-{:02}-{:02},{cost}\n", 1 + i % 12, 1 + i % 28);
    }
    write(&folder, "people.csv", &rows);
    mixlab(&folder)
        .args(words("fit people.csv -k 2 --covariance full --n-init 3 -o m.npz"))
        .assert()
        .success();
    folder
}

fn number(value: &Value) -> f64 {
    value.as_f64().unwrap()
}

#[test]
fn given_describes_and_writes_the_model_of_the_other_columns() {
    let folder = people();
    let text = prints(&folder, "given m.npz age=50 smoker=yes -o rest.npz");
    assert!(text.starts_with("given age = 50, smoker = yes: log-density -"), "{text}");
    assert!(text.ends_with("written to rest.npz\n"), "{text}");
    let rest = ModelFile::load(&folder.path().join("rest.npz")).unwrap();
    assert_eq!(rest.column_names(), ["joined", "cost"]);
    // the commands take it as any model, and dates are dates
    let rows = prints(&folder, "sample rest.npz -n 5");
    assert!(rows.starts_with("joined,cost\n2"), "{rows}");
    let object = json(&folder, &words("info m.npz --given age=50,smoker=yes --json"));
    let cost = number(&object["mean"][1]);
    assert_abs_diff_eq!(cost, 100.0 + 150.0 + 400.0 + 8.0, epsilon = 25.0);
    let of_given = json(&folder, &words("given m.npz age=50 smoker=yes --json"));
    assert_eq!(object, of_given);
    for key in [
        "weights",
        "component_means",
        "mean",
        "covariance",
        "probabilities",
        "log_density_of_given",
    ] {
        assert!(!object[key].is_null(), "{key}");
    }
    let object = json(&folder, &words("info m.npz --given cost=700 --json"));
    let probabilities = &object["probabilities"]["smoker"];
    assert!(number(&probabilities[1]) > 0.9, "{probabilities}");
}

#[test]
fn samples_have_the_given_values_and_all_columns() {
    let folder = people();
    let rows = prints(&folder, "sample m.npz --given age=31.5,joined=2024-05-06 -n 50");
    let mut lines = rows.lines();
    assert_eq!(lines.next(), Some("age,smoker,joined,cost"));
    assert_eq!(lines.clone().count(), 50);
    assert!(lines.all(|line| line.starts_with("31.5,") && line.contains(",2024-05-06,")), "{rows}");
    mixlab(&folder)
        .args(words("plot pairs m.npz --given smoker=yes -o pairs.png"))
        .assert()
        .success();
    fails(
        &folder,
        &words("plot pairs m.npz people.csv --given smoker=yes -o x.png"),
        2,
        &["leave DATA out"],
    );
}

#[test]
fn a_range_of_a_column_truncates_it() {
    let folder = people();
    let object = json(&folder, &words("given m.npz age=30..40 smoker=no --json"));
    // of joined, cost and age itself
    let age = number(&object["mean"][0]);
    assert!((30.0..40.0).contains(&age), "{object}");
    assert!(object["log_density_of_given"].as_f64().unwrap() < 0.0);
    let text = prints(&folder, "info m.npz --given age=30..40,smoker=no");
    assert!(text.starts_with("given smoker = no, age = 30..40: log-density -"), "{text}");
    let arguments =
        "sample m.npz --given age=30..40,smoker=no --round none --clip none -n 2000 -o s.csv";
    mixlab(&folder).args(words(arguments)).assert().success();
    let text = fs::read_to_string(folder.path().join("s.csv")).unwrap();
    let rows: Vec<Vec<&str>> = text.lines().skip(1).map(|line| line.split(',').collect()).collect();
    let ages: Vec<f64> = rows.iter().map(|row| row[0].parse().unwrap()).collect();
    assert_eq!(ages.len(), 2000);
    assert!(ages.iter().all(|age| (30.0..=40.0).contains(age)));
    assert!(rows.iter().all(|row| row[1] == "no"));
    let mean = |values: &[f64]| values.iter().sum::<f64>() / values.len() as f64;
    assert_abs_diff_eq!(mean(&ages), age, epsilon = 0.3);
    let costs: Vec<f64> = rows.iter().map(|row| row[3].parse().unwrap()).collect();
    let spread = number(&object["covariance"][2][2]).sqrt() / 2000_f64.sqrt();
    assert_abs_diff_eq!(mean(&costs), number(&object["mean"][2]), epsilon = 4.5 * spread);
    mixlab(&folder)
        .args(words("sample m.npz --given joined=2024-03-01..2024-04-01 -n 5"))
        .assert()
        .success();
}

#[test]
fn given_values_are_checked() {
    let folder = people();
    for (arguments, message) in [
        ("given m.npz height=3 -o x.npz", "no column \"height\"; it has age, smoker, joined, cost"),
        ("given m.npz smoker=maybe -o x.npz", "its levels are no, yes"),
        ("given m.npz joined=yesterday -o x.npz", "dates have the form"),
        ("given m.npz age=old -o x.npz", "it holds numbers"),
        ("given m.npz age=1 age=2 -o x.npz", "at most once"),
        ("sample m.npz --given age=1,smoker=no,joined=2024-01-01,cost=3 -o x.csv", "complete row"),
        ("given m.npz age=50 -o m.npz", "m.npz"),
        ("given m.npz age=40..50 -o x.npz", "truncated distributions are no Gaussians"),
        ("given m.npz age=40..50 cost=200..300 -o x.npz", "ranges is 2, but it must be at most 1"),
        ("given m.npz age=40.. -o x.npz", "a range has both ends"),
        ("given m.npz age=50..40 -o x.npz", "the smaller first"),
        ("given m.npz age=1e9..2e9 -o x.npz", "give a value instead"),
        ("sample m.npz --given smoker=no..yes -o x.csv", "its levels are no, yes"),
    ] {
        fails(&folder, &words(arguments), 2, &[message]);
    }
    for arguments in ["given m.npz age", "given m.npz", "info m.npz --given age"] {
        mixlab(&folder).args(words(arguments)).assert().code(2);
    }
    let extrapolates = mixlab(&folder).args(words("given m.npz age=500")).assert().success();
    let message = String::from_utf8(extrapolates.get_output().stderr.clone()).unwrap();
    assert!(
        message.contains("age = 500 is outside of the range of the data, 20 to 69"),
        "{message}"
    );
}

#[test]
fn tables_without_some_columns_are_described_by_the_marginal_model() {
    let folder = people();
    let text = fs::read_to_string(folder.path().join("people.csv")).unwrap();
    let without: String = text
        .lines()
        .map(|line| {
            let cells: Vec<&str> = line.split(',').collect();
            format!("{},{}\n", cells[3], cells[0])
        })
        .collect();
    write(&folder, "two.csv", &without);
    for command in ["predict", "score"] {
        let arguments = format!("{command} m.npz two.csv -o out.csv");
        let output = mixlab(&folder).args(words(&arguments)).assert().success();
        let message = String::from_utf8(output.get_output().stderr.clone()).unwrap();
        assert!(message.contains("are not there: smoker, joined; the marginal model"), "{message}");
    }
    let scores = read_table(&folder.path().join("out.csv")).unwrap();
    let file = ModelFile::load(&folder.path().join("m.npz")).unwrap();
    let two = file.keep(&["age", "cost"]).unwrap();
    let rows = read_table(&folder.path().join("two.csv")).unwrap();
    let rows = rows.records.select(ndarray::Axis(1), &[1, 0]);
    let expected = two.pipeline.score_samples(&rows).unwrap();
    let at = scores.feature_names().iter().position(|name| name == "log_density").unwrap();
    assert_abs_diff_eq!(scores.records.column(at).to_owned(), expected, epsilon = 1e-9);
    write(&folder, "none.csv", "a,b\n1,2\n3,4\n");
    fails(&folder, &words("score m.npz none.csv"), 2, &["no column"]);
}
