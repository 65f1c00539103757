//! `mixlab compare`.

use std::fs;

use mixlab::datasets;
use mixlab::table::write_table;
use ndarray::{Array2, Axis};

use super::{fails, folder, json, mixlab, prints, surveyed, words, write};

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
    assert_eq!(page.matches("data:image/").count(), 2);
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
    for key in ["follows", "copies", "verdict", "correlation_difference"] {
        assert!(!object[key].is_null(), "{key}");
    }
    assert_eq!(object["columns"][1]["name"], "visits");
    assert_eq!(object["questions"].as_array().unwrap().len(), 5);
    for key in ["name", "auc", "interval", "p_value", "detectable"] {
        assert!(!object["classifier"][key].is_null(), "{key}");
    }
    let qualities = object["verdicts"].as_array().unwrap().iter().map(|one| &one["quality"]);
    assert!(qualities.eq(["faithful", "useful", "private"]));
    assert!(object["similarity"]["column_shapes"].as_f64().unwrap() > 0.8);
    assert!(object["similarity"]["pair_trends"].as_f64().unwrap() > 0.8);
    assert_eq!(object["usefulness"]["targets"][0]["column"], "age");
    assert_eq!(object["usefulness"]["held_out"], false);
    assert!(object["holdout"].is_null());
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
    let assert = mixlab(&folder).args(words("compare a.csv b.csv --json")).assert().success();
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
        ("compare few.csv few.csv --html few.csv", "few.csv is an input"),
        ("compare few.csv few.csv --html none/c.html", "no folder none"),
        ("compare few.csv few.csv --html c.csv", "c.csv does not end in .html"),
        ("compare few.csv few.csv --grey", "--resize and --grey are for images"),
    ] {
        fails(&folder, &words(arguments), 2, &[expected]);
    }
}

/// Writes every second row of the dataset `customers` to `odd.csv`, and the others to `even.csv`.
fn halved_customers() -> tempfile::TempDir {
    let folder = folder();
    prints(&folder, "datasets export customers customers.csv");
    let text = fs::read_to_string(folder.path().join("customers.csv")).unwrap();
    let (header, rows) = text.split_once('\n').unwrap();
    for (name, first) in [("even.csv", 0), ("odd.csv", 1)] {
        let rows: Vec<&str> = rows.lines().skip(first).step_by(2).collect();
        write(&folder, name, format!("{header}\n{}\n", rows.join("\n")));
    }
    folder
}

#[test]
fn mixed_tables_are_compared_by_the_kinds_of_the_original() {
    let folder = halved_customers();
    let text = prints(&folder, "compare even.csv odd.csv --html c.html");
    insta::assert_snapshot!("compare-mixed", text);
    let page = fs::read_to_string(folder.path().join("c.html")).unwrap();
    for part in ["differs most", "synthetic missing", "Bars of the shares of the levels"] {
        assert!(page.contains(part), "no {part:?} on the page");
    }
    // pictures of numbers, categories and pairs of numbers
    assert_eq!(page.matches("data:image/").count(), 3);
    let copies = json(&folder, &words("compare even.csv even.csv --json"));
    assert_eq!((&copies["follows"], &copies["copies"]), (&true.into(), &true.into()));
}

#[test]
fn json_of_mixed_tables_has_the_keys_of_each_kind() {
    let folder = halved_customers();
    let object = json(&folder, &words("compare even.csv odd.csv --json"));
    let column = |name: &str| {
        let columns = object["columns"].as_array().unwrap();
        columns.iter().find(|column| column["name"] == name).unwrap().clone()
    };
    let (age, income, channel) = (column("age"), column("income"), column("channel"));
    assert_eq!((&age["kind"], &channel["kind"]), (&"numeric".into(), &"categorical".into()));
    assert!(age["ks"].as_f64().is_some() && age["missing"].is_null(), "{age}");
    assert!(income["missing"]["share"][0].as_f64().unwrap() > 0.05, "{income}");
    assert!(income["missing"]["p_value"].as_f64().is_some(), "{income}");
    assert!(channel["ks"].is_null() && channel["tv"].as_f64().is_some(), "{channel}");
    let levels = channel["levels"].as_array().unwrap();
    assert_eq!(levels[2]["name"], "store");
    let total: f64 = levels.iter().map(|level| level["share"][0].as_f64().unwrap()).sum();
    assert!((total - 1.0).abs() < 1e-12);
    assert_eq!(object["questions"].as_array().unwrap().len(), 7);
    for key in ["columns", "association", "difference"] {
        assert!(!object["association"][key].is_null(), "{key}");
    }
}

#[test]
fn levels_of_one_table_are_named() {
    let folder = halved_customers();
    let odd = fs::read_to_string(folder.path().join("odd.csv")).unwrap();
    write(&folder, "new.csv", odd.replace("phone", "fax"));
    let text = prints(&folder, "compare even.csv new.csv");
    let line = text.lines().find(|line| line.contains("fax")).unwrap();
    assert_eq!(words(line), ["channel", "phone", "fax"]);
    assert!(text.contains("NO        columns differ"), "{text}");
    let object = json(&folder, &words("compare even.csv new.csv --json"));
    let channel = &object["columns"][4];
    assert_eq!(channel["original_only"], serde_json::json!(["phone"]));
    assert_eq!(channel["synthetic_only"], serde_json::json!(["fax"]));
}

#[test]
fn tables_of_text_only_are_compared() {
    let folder = folder();
    let table = |step: usize| {
        let row = |row: usize| {
            let (colour, size) =
                (["red", "blue", "green"][row * step % 7 % 3], row * step % 11 % 2);
            format!("{colour},{}\n", ["small", "large"][size])
        };
        "colour,size\n".to_owned() + &(0..60).map(row).collect::<String>()
    };
    write(&folder, "a.csv", table(1));
    write(&folder, "b.csv", table(3));
    let object = json(&folder, &words("compare a.csv b.csv --json"));
    assert_eq!(object["follows"], true, "{object}");
    let text = prints(&folder, "compare a.csv b.csv --html c.html");
    assert!(!text.contains("KS") && text.contains("TV"), "{text}");
    let page = fs::read_to_string(folder.path().join("c.html")).unwrap();
    assert_eq!(page.matches("data:image/").count(), 1);
}

#[test]
fn rows_left_out_of_a_fit_tell_whether_synthetic_rows_are_useful_and_private() {
    let folder = folder();
    prints(&folder, "datasets export customers customers.csv");
    let arguments = "fit customers.csv -k 4 --holdout 25% -o customers.npz --json";
    let fitted = json(&folder, &words(arguments));
    assert_eq!((&fitted["n_samples"], &fitted["holdout"]["n_samples"]), (&300.into(), &100.into()));
    assert!(fitted["holdout"]["score"].as_f64().unwrap() < 0.0);
    // the rows are those of the file, in its order
    let read = |name: &str| fs::read_to_string(folder.path().join(name)).unwrap();
    let (all, held_out) = (read("customers.csv"), read("customers.holdout.csv"));
    let mut lines = all.lines();
    assert_eq!(held_out.lines().count(), 101);
    assert!(held_out.lines().all(|line| lines.any(|other| other == line)), "{held_out}");

    prints(&folder, "sample customers.npz -n 300 --seed 1 -o synthetic.csv");
    let arguments = "compare customers.csv synthetic.csv --holdout customers.holdout.csv --json";
    let found = json(&folder, &words(arguments));
    assert_eq!(found["n_rows"], serde_json::json!([300, 300]));
    let holds: Vec<&serde_json::Value> =
        found["verdicts"].as_array().unwrap().iter().map(|one| &one["holds"]).collect();
    assert_eq!(holds, [true, true, true], "{found}");
    assert_eq!(found["usefulness"]["held_out"], true);
    assert_eq!(found["usefulness"]["n_test"], 100);
    assert_eq!(found["holdout"]["copies_of_training"], 0.0);
    assert!(found["holdout"]["attack_auc"].as_f64().unwrap() < 0.65, "{found}");

    let arguments = "compare customers.csv customers.csv --holdout customers.holdout.csv --target income --json";
    let copied = json(&folder, &words(arguments));
    assert_eq!(copied["verdicts"][2]["holds"], false, "{copied}");
    assert_eq!(copied["usefulness"]["targets"].as_array().unwrap().len(), 1);
    let text = prints(&folder, &arguments.replace(" --json", ""));
    for part in ["nearer to a training row", "membership attack", "predicted column"] {
        assert!(text.contains(part), "{text}");
    }
}

#[test]
fn held_out_dates_are_written_in_their_form() {
    let folder = folder();
    let row = |day: usize| format!("{},{}.5,{}\n", 20_240_101 + day, day * 7 % 11, day % 28 + 1);
    let table = String::from("date,x,other\n") + &(0..28).map(row).collect::<String>();
    let table = table.lines().map(|line| match line.rsplit_once(',') {
        Some((first, day)) if day != "other" => format!("{first},2023-03-{day:0>2}\n"),
        _ => format!("{line}\n"),
    });
    write(&folder, "dates.csv", table.collect::<String>());
    prints(&folder, "fit dates.csv -k 1 --holdout 50% -o dates.npz");
    let read = |name: &str| fs::read_to_string(folder.path().join(name)).unwrap();
    let (all, held_out) = (read("dates.csv"), read("dates.holdout.csv"));
    assert_eq!(held_out.lines().count(), 15);
    let missing: Vec<&str> = held_out.lines().filter(|line| !all.contains(line)).collect();
    assert!(missing.is_empty(), "{missing:?}");
}

#[test]
fn values_that_give_synthetic_rows_away_are_named() {
    let folder = halved_customers();
    let odd = fs::read_to_string(folder.path().join("odd.csv")).unwrap();
    // incomes with a further decimal
    let changed = odd.lines().enumerate().map(|(at, line)| {
        let mut fields: Vec<String> = line.split(',').map(str::to_owned).collect();
        if at > 0 && !fields[1].is_empty() {
            fields[1] = format!("{}5", fields[1]);
        }
        fields.join(",") + "\n"
    });
    write(&folder, "changed.csv", changed.collect::<String>());
    let text = prints(&folder, "compare even.csv changed.csv");
    let line = text.lines().find(|line| line.contains("income has more than 1 decimal")).unwrap();
    assert!(line.contains("0.0 %") && line.contains("88.2 %"), "{line}");
    assert!(text.contains("single values differ"), "{text}");
}

#[test]
fn holdouts_and_targets_that_cannot_be_used_are_errors() {
    let folder = halved_customers();
    write(&folder, "few.csv", "age,income\n1,2\n");
    write(
        &folder,
        "some.csv",
        fs::read_to_string(folder.path().join("odd.csv"))
            .unwrap()
            .lines()
            .take(9)
            .collect::<Vec<_>>()
            .join("\n"),
    );
    for (arguments, expected) in [
        ("compare even.csv odd.csv --target wage", "even.csv has no column \"wage\" to predict"),
        ("compare even.csv odd.csv --holdout none.csv", "none.csv: No such file"),
        ("compare even.csv odd.csv --holdout few.csv", "few.csv has no column \"spending\""),
        ("compare even.csv odd.csv --holdout some.csv", "8 rows are too few"),
        ("fit even.csv -k 1 --holdout 20%", "--holdout needs -o MODEL.npz"),
        ("fit even.csv -k 1 --holdout 0.1% -o m.npz", "leaves out 0 of 200 rows"),
        ("fit even.csv odd.csv -k 1 --holdout 20% -o m.npz", "--holdout is for one table"),
    ] {
        fails(&folder, &words(arguments), 2, &[expected]);
    }
    assert!(!folder.path().join("m.npz").exists());
}
