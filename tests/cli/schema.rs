//! `mixlab schema`, and the options that choose the kinds of columns.

use serde_json::json as value;

use super::{fails, folder, json, mixlab, prints, words, write};

/// A table of all kinds.
fn table() -> String {
    let mut text = String::from("id,name,plan,since,share,price,grade,ok,note\n");
    for row in 0..40 {
        let price = if row == 3 { "NA".to_owned() } else { format!("{}.5", row * 37 % 101) };
        text += &format!(
            "{},\"Doe, J{row}\",{},{:02}/{:02}/2024,{}.5%,{price},{},{},\n",
            row + 1,
            ["basic", "full", "none"][row * row % 3],
            1 + row % 12,
            1 + row % 9,
            row,
            row % 3,
            ["yes", "no"][row % 2]
        );
    }
    text
}

#[test]
fn the_kind_of_each_column_is_shown_with_the_reason() {
    let folder = folder();
    write(&folder, "t.csv", table());
    insta::assert_snapshot!("schema", prints(&folder, "schema t.csv"));
    let assert = mixlab(&folder).args(words("schema t.csv")).assert().success();
    insta::assert_snapshot!(
        "schema-decisions",
        String::from_utf8(assert.get_output().stderr.clone()).unwrap()
    );
    let object = json(&folder, &words("schema t.csv --json"));
    assert_eq!((&object["n_rows"], &object["n_dropped"]), (&value!(40), &value!(0)));
    assert_eq!(
        object["schema"][2],
        value!({
            "name": "plan", "kind": "categorical", "levels": ["basic", "full"], "n_missing": 0,
            "decided_by": "detected: text",
        })
    );
    assert_eq!(
        object["schema"][5],
        value!({
            "name": "price", "kind": "numeric", "min": 0.5, "max": 100.5, "n_missing": 1,
            "decided_by": "detected: numbers",
        })
    );
    assert_eq!(object["schema"][3]["min"], "01/01/2024");
    assert_eq!(object["schema"][8]["kind"], "left out");
}

#[test]
fn options_change_each_decision() {
    let folder = folder();
    write(&folder, "t.csv", table());
    let schema = |options: &str| {
        json(&folder, &words(&format!("schema t.csv --json {options}")))["schema"].clone()
    };
    let named = |schema: &serde_json::Value, name: &str| {
        let entries = schema.as_array().unwrap();
        entries.iter().find(|entry| entry["name"] == name).cloned().unwrap_or_default()
    };
    let grades = named(&schema("--categorical grade"), "grade");
    assert_eq!(
        (&grades["levels"], &grades["decided_by"]),
        (&value!(["0", "1", "2"]), &value!("given"))
    );
    assert_eq!(named(&schema("--date since=dmy"), "since")["max"], "12/09/2024");
    assert_eq!(named(&schema("--categorical since"), "since")["kind"], "categorical");
    let names = named(&schema("--categorical name"), "name");
    assert_eq!(
        (names["levels"].as_array().unwrap().len(), &names["kind"]),
        (40, &value!("categorical"))
    );
    assert_eq!(named(&schema("--exclude plan"), "plan"), value!(null));
    assert_eq!(named(&schema("--columns id,price"), "id")["kind"], "numeric");
    let without = json(&folder, &words("schema t.csv --json --drop-missing"));
    assert_eq!((&without["n_rows"], &without["n_dropped"]), (&value!(39), &value!(1)));
    for (arguments, word) in [
        ("schema t.csv --numeric plan", "column \"plan\" holds text"),
        ("schema t.csv --categorical plans", "no column \"plans\""),
        ("schema t.csv --date plan", "\"basic\", which is not a date"),
        ("schema none.csv", "No such file"),
    ] {
        fails(&folder, &words(arguments), 2, &[word]);
    }
}

#[test]
fn tables_of_one_row_or_none_are_refused_or_shown() {
    let folder = folder();
    write(&folder, "one.csv", "a,b\n1,x\n");
    let text = prints(&folder, "schema one.csv");
    assert!(text.contains("numeric") && text.contains("1 row\n"), "{text}");
    write(&folder, "empty.csv", "");
    let ages: String = (0..60)
        .map(|row| if row % 5 == 0 { "unknown,1\n".into() } else { format!("{row},{}\n", row % 4) })
        .collect();
    write(&folder, "ages.csv", format!("age,n\n{ages}"));
    let assert = mixlab(&folder).args(words("schema ages.csv")).assert().success();
    let said = String::from_utf8(assert.get_output().stderr.clone()).unwrap();
    let expected = "column \"age\" holds numbers and, in 12 rows, \"unknown\", and it is left out \
                    (--missing-values unknown reads numbers)";
    assert!(said.contains(expected), "{said}");
    let schema = json(&folder, &words("schema ages.csv --missing-values unknown --json"));
    assert_eq!(
        (&schema["schema"][0]["kind"], &schema["schema"][0]["n_missing"]),
        (&value!("numeric"), &value!(12))
    );
    fails(&folder, &words("schema empty.csv"), 2, &["empty.csv has no rows"]);
    write(&folder, "names.csv", "a,b\n");
    fails(&folder, &words("schema names.csv"), 2, &["the table has no rows"]);
}
