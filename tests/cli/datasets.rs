//! `mixlab datasets` of tables with categories and missing values.

use std::fs;
use std::path::Path;

use super::{fails, folder, prints, words};

#[test]
fn tables_with_categories_are_listed_and_exported_as_they_are_embedded() {
    let folder = folder();
    let list = prints(&folder, "datasets list");
    for (name, shape) in [
        ("customers", ["400", "6"]),
        ("heart", ["270", "13"]),
        ("heart-missing", ["270", "12"]),
        ("survey", ["400", "4"]),
    ] {
        let line = list.lines().find(|line| words(line).first() == Some(&name)).unwrap();
        assert_eq!(words(line)[1..3], shape, "{line}");
        prints(&folder, &format!("datasets export {name} {name}.csv"));
        let exported = fs::read_to_string(folder.path().join(name).with_extension("csv")).unwrap();
        let embedded = Path::new("datasets").join(name).with_extension("csv");
        if name != "survey" {
            assert_eq!(exported, fs::read_to_string(embedded).unwrap(), "{name}");
        }
    }
}

#[test]
fn categories_are_not_exported_to_formats_of_numbers() {
    let folder = folder();
    prints(&folder, "datasets export heart heart.tsv");
    let text = fs::read_to_string(folder.path().join("heart.tsv")).unwrap();
    assert!(text.starts_with("age\tsex\tchest_pain\t"), "{text}");
    assert!(text.lines().nth(1).unwrap().starts_with("70\tmale\tasymptomatic\t"), "{text}");
    for file in ["heart.npy", "heart.txt"] {
        fails(&folder, &words(&format!("datasets export heart {file}")), 2, &[file, "text"]);
    }
    fails(&folder, &words("datasets export heart hearts/"), 2, &["heart is not of images"]);
}

#[test]
fn the_kinds_of_a_dataset_are_those_of_its_exported_table() {
    let folder = folder();
    prints(&folder, "datasets export heart-missing heart.csv");
    let of_file = prints(&folder, "schema heart.csv");
    assert_eq!(prints(&folder, "schema dataset:heart-missing"), of_file);
    assert!(of_file.contains("non-anginal pain"), "{of_file}");
}
