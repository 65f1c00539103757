//! `mixlab fit --class`, and predictions of classes.

use std::fs;

use super::{fails, folder, json, mixlab, write};

/// Two kinds of fruit of different weights; one row without its kind.
const FRUIT: &str = "kind,weight,colour\napple,150,red\napple,160,green\napple,155,red\napple,148,red\nplum,41,blue\nplum,39,red\n\
                     plum,44,blue\nplum,40,blue\n,42,blue\n";

#[test]
fn a_class_is_predicted_for_rows_with_and_without_one() {
    let folder = folder();
    write(&folder, "fruit.csv", FRUIT);
    let fit = [
        "fit",
        "fruit.csv",
        "--class",
        "kind",
        "-k",
        "1..2",
        "--folds",
        "4",
        "-o",
        "m.npz",
        "--json",
    ];
    let fitted = json(&folder, &fit);
    let classes = &fitted["classes"];
    assert_eq!((&classes["column"], &classes["n_unlabelled"]), (&"kind".into(), &1.into()));
    assert_eq!(classes["classes"][1]["class"], "plum");
    assert_eq!(classes["classes"][1]["n_samples"], 4);
    assert_eq!(classes["cross_validated"]["n_wrong"], 0);
    assert_eq!(classes["training"]["confusion"], serde_json::json!([[4, 0], [0, 4]]));

    // one is labelled wrongly, and one not at all
    write(&folder, "new.csv", "kind,weight,colour\nplum,152,green\n,43,blue\n");
    let output = mixlab(&folder).args(["predict", "m.npz", "new.csv"]).output().unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    let lines: Vec<&str> = text.lines().collect();
    assert!(lines[0].ends_with(",component,predicted_kind"), "{text}");
    assert!(lines[1].ends_with(",apple") && lines[2].ends_with(",plum"), "{text}");
    let predict = ["predict", "m.npz", "new.csv", "--proba", "-o", "out.csv"];
    let output = mixlab(&folder).args(predict).output().unwrap();
    let summary = String::from_utf8(output.stdout).unwrap();
    assert!(summary.contains("1 of 1 row with a class predicted wrongly, 100.0 %"), "{summary}");
    let written = fs::read_to_string(folder.path().join("out.csv")).unwrap();
    let header = written.lines().next().unwrap();
    assert_eq!(header, "kind,weight,colour,component,predicted_kind,p_apple,p_plum");

    // without the column, and without another
    write(&folder, "weights.csv", "weight\n152\n43\n");
    let object = json(&folder, &["predict", "m.npz", "weights.csv", "--json", "--proba"]);
    assert_eq!(object["classes"]["names"], serde_json::json!(["apple", "plum"]));
    assert_eq!(object["classes"]["predicted"], serde_json::json!([0, 1]));
    assert_eq!(object["probabilities"][0].as_array().unwrap().len(), 2);
    // the class is a category of the density as any other
    let info = mixlab(&folder).args(["info", "m.npz"]).output().unwrap();
    assert!(String::from_utf8(info.stdout).unwrap().contains("kind: plum"));
}

#[test]
fn numbers_can_be_classes_and_columns_need_not_name_them() {
    let folder = folder();
    let rows = FRUIT.replace("apple", "1").replace("plum", "2");
    write(&folder, "fruit.csv", &rows);
    let fit = "fit fruit.csv --class kind --columns weight -k 1 --class-model edda --covariance tied --folds 2 --json";
    let fitted = json(&folder, &fit.split_whitespace().collect::<Vec<_>>());
    assert_eq!((&fitted["n_features"], &fitted["n_components"]), (&2.into(), &2.into()));
    assert_eq!(fitted["classes"]["classes"][0]["class"], "1");
    assert_eq!(fitted["classes"]["model"], "edda");
}

#[test]
fn what_is_no_class_is_refused() {
    let folder = folder();
    write(&folder, "fruit.csv", FRUIT);
    let fit = |class: &'static str| ["fit", "fruit.csv", "--class", class];
    fails(&folder, &fit("sort"), 2, &["sort"]);
    write(&folder, "one.csv", "kind,weight\napple,1\napple,2\napple,4\n");
    fails(
        &folder,
        &["fit", "one.csv", "--class", "kind"],
        2,
        &["\"kind\"", "at least two classes"],
    );
    let model = ["fit", "fruit.csv", "--class", "kind", "--class-model", "lda"];
    let output = mixlab(&folder).args(model).assert().code(2);
    let message = String::from_utf8(output.get_output().stderr.clone()).unwrap();
    assert!(message.contains("auto, edda or mixtures"), "{message}");
}
