//! `mixlab compare`.

use std::fs;

use mixlab::datasets;
use mixlab::table::write_table;
use ndarray::{Array2, Axis};

use super::{fails, folder, json, prints, surveyed, words, write};

/// Writes the rows `which` as a table.
fn write_rows(folder: &tempfile::TempDir, name: &str, rows: &Array2<f64>, which: &[usize]) {
    let path = folder.path().join(name);
    write_table(&path, rows.select(Axis(0), which).view(), &[]).unwrap();
}

#[test]
fn halves_of_a_table_pass_and_shuffled_columns_fail() {
    let folder = folder();
    for (rows, n) in [(datasets::survey().records, 400), (datasets::digits().records, 1797)] {
        // every second row against the other rows
        let odd: Vec<usize> = (0..n).filter(|row| row % 2 == 1).collect();
        let even: Vec<usize> = (0..n).filter(|row| row % 2 == 0).collect();
        write_rows(&folder, "odd.csv", &rows, &odd);
        write_rows(&folder, "even.csv", &rows, &even);
        let fair = json(&folder, &words("compare odd.csv even.csv --json"));
        assert_eq!((&fair["follows"], &fair["copies"]), (&true.into(), &false.into()), "{fair}");

        let mut shuffled = rows.clone();
        for (column, mut values) in shuffled.columns_mut().into_iter().enumerate() {
            // a step coprime to the number of rows reaches every row
            let step = [1, 7, 11, 13][column % 4];
            let copy = values.to_owned();
            values.iter_mut().enumerate().for_each(|(row, v)| *v = copy[(row * step + column) % n]);
        }
        let all: Vec<usize> = (0..n).collect();
        write_rows(&folder, "all.csv", &rows, &all);
        write_rows(&folder, "shuffled.csv", &shuffled, &all);
        let unfair = json(&folder, &words("compare all.csv shuffled.csv --json"));
        assert_eq!(unfair["follows"], false, "{unfair}");
        let copies = json(&folder, &words("compare all.csv all.csv --json"));
        assert_eq!((&copies["follows"], &copies["copies"]), (&true.into(), &true.into()));
    }
}

#[test]
fn a_generated_survey_follows_the_distribution_and_is_new() {
    let folder = surveyed();
    prints(&folder, "sample survey.npz -n 1000 --clip --seed 3 -o synthetic.csv");
    let text = prints(&folder, "compare survey.csv synthetic.csv --exclude id,name --html c.html");
    insta::assert_snapshot!("compare", text);
    let page = fs::read_to_string(folder.path().join("c.html")).unwrap();
    assert!(
        page.contains("The synthetic rows follow the original distribution."),
        "no verdict on the page"
    );
    // a picture of the columns and one of their pairs
    assert_eq!(page.matches("data:image/png;base64").count(), 2);
    let again = prints(&folder, "compare survey.csv synthetic.csv --exclude id,name");
    assert_eq!(again, text);
}

#[test]
fn json_has_the_documented_keys() {
    let folder = surveyed();
    prints(&folder, "sample survey.npz -n 100 -o synthetic.csv");
    let arguments = "compare survey.csv synthetic.csv --columns age,visits --rows 80 --json";
    let object = json(&folder, &words(arguments));
    assert_eq!(object["n_rows"], serde_json::json!([400, 100]));
    assert_eq!(object["n_compared"], serde_json::json!([80, 80]));
    for key in ["follows", "copies", "verdict", "correlation_difference", "accuracy"] {
        assert!(!object[key].is_null(), "{key}");
    }
    assert_eq!(object["columns"][1]["name"], "visits");
    assert_eq!(object["questions"].as_array().unwrap().len(), 4);
    for key in ["question", "found", "p_value", "passes"] {
        assert!(!object["questions"][0][key].is_null(), "{key}");
    }
    for key in [
        "original",
        "synthetic",
        "original_duplicates",
        "synthetic_duplicates",
        "duplicates_p_value",
        "distances_p_value",
    ] {
        assert!(object["nearest"][key].as_f64().is_some(), "{key}");
    }
    assert!(object["ndb"]["n_bins"].as_u64().unwrap() > 1);
}

#[test]
fn honest_tables_of_few_values_are_no_copies_and_few_rows_are_mentioned() {
    let folder = folder();
    // the classes of two tables of 40 rows, in different proportions
    let table = |step: usize| {
        let rows = (0..40).map(|row| format!("{},{}\n", row * step % 7 % 4, row * step % 3));
        String::from("a,b\n") + &rows.collect::<String>()
    };
    write(&folder, "a.csv", table(1));
    write(&folder, "b.csv", table(2));
    let assert =
        super::mixlab(&folder).args(words("compare a.csv b.csv --json")).assert().success();
    let output = assert.get_output();
    let object: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(object["copies"], false, "{object}");
    assert_eq!(object["nearest"]["synthetic_duplicates"], 1.0);
    let message = String::from_utf8(output.stderr.clone()).unwrap();
    assert_eq!(
        message.matches("fewer than 8 copied rows (20 %) look like chance").count(),
        1,
        "{message}"
    );
}

#[test]
fn tables_that_cannot_be_compared_are_errors() {
    let folder = surveyed();
    write(&folder, "few.csv", "age,income\n1,2\n3,4\n");
    write(&folder, "wide.csv", "1,2,3\n3,4,5\n");
    for (arguments, expected) in [
        ("compare few.csv few.csv", "2 rows are too few"),
        ("compare few.csv none.csv", "none.csv: No such file"),
        ("compare survey.csv few.csv --exclude id,name", "few.csv has no column \"spending\""),
        ("compare few.csv wide.csv", "wide.csv has no column \"age\""),
        ("compare survey.csv few.csv", "column \"name\" holds text"),
        ("compare few.csv few.csv --html few.csv", "few.csv is an input"),
        ("compare few.csv few.csv --html none/c.html", "no folder none"),
        ("compare few.csv few.csv --html c.csv", "c.csv does not end in .html"),
        ("compare few.csv few.csv --grey", "--resize and --grey are for images"),
    ] {
        fails(&folder, &words(arguments), 2, &[expected]);
    }
}
