//! `mixlab reproduce` from end to end: every check, and the files it writes.

use std::fs;

use assert_cmd::Command;
use serde_json::Value;

/// Checks in which ours honestly differs from the document's.
const DIFFER: [&str; 1] = ["argmin of BIC, the document's (one start)"];

const CHECKS: usize = 66;
const STILL: usize = 25;
const MOVING: usize = 1;

#[test]
fn every_experiment_is_reproduced_and_reported() {
    let folder = tempfile::tempdir().unwrap();
    Command::cargo_bin("mixlab").unwrap().current_dir(&folder).arg("reproduce").assert().success();
    let report = folder.path().join("report");

    let text = fs::read_to_string(report.join("report.json")).unwrap();
    let object: Value = serde_json::from_str(&text).unwrap();
    let checks = object["checks"].as_array().unwrap();
    assert_eq!(checks.len(), CHECKS);
    for check in checks {
        let name = check["name"].as_str().unwrap();
        let expected = !DIFFER.contains(&name);
        assert_eq!(check["reproduced"], expected, "{check}");
        if !expected {
            assert!(!check["why"].as_str().unwrap().is_empty(), "{name} differs without a reason");
        }
    }
    let number = |name: &str| {
        let check = checks.iter().find(|check| check["name"] == name).unwrap();
        check["ours"].as_f64().unwrap()
    };
    assert_eq!(number("dimensions that hold 99 % of the variance"), 41.0);
    assert_eq!(number("argmin of BIC, scikit-learn's best of 300 starts"), 7.0);

    let page = fs::read_to_string(report.join("index.html")).unwrap();
    let files: Vec<String> = fs::read_dir(&report)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    let of_kind = |ending: &str| files.iter().filter(|file| file.ends_with(ending)).count();
    assert_eq!((of_kind(".png"), of_kind(".svg"), of_kind(".gif")), (STILL, STILL, MOVING));
    for file in &files {
        let bytes = fs::read(report.join(file)).unwrap();
        let begins = |magic: &[u8]| bytes.starts_with(magic);
        match file.rsplit('.').next().unwrap() {
            "png" => assert!(begins(b"\x89PNG"), "{file}"),
            "svg" => assert!(begins(b"<svg"), "{file}"),
            "gif" => assert!(begins(b"GIF89a"), "{file}"),
            _ => {}
        }
    }
    // pictures are inside of the page, each with words for those who cannot see it
    assert_eq!(page.matches("<img src=\"data:image/").count(), STILL + MOVING);
    assert_eq!(page.matches("alt=\"").count(), STILL + MOVING);
    assert!(!page.contains("src=\"http") && !page.contains("href=\"http"));
}
