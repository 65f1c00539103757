//! `mixlab reproduce` from end to end: every check, and the files it writes.
//!
//! The faces are not the project's to give away: their experiment is tested where `MIXLAB_DATA` names a folder that
//! holds them; elsewhere, that it is reported as not run.

use std::fs;
use std::path::PathBuf;

use assert_cmd::Command;
use serde_json::Value;
use tempfile::TempDir;

/// Checks in which ours honestly differs from the document's.
const DIFFER: [&str; 1] = ["argmin of BIC, the document's (one start)"];

const CHECKS: usize = 66;
const STILL: usize = 25;
const MOVING: usize = 1;

/// Checks and figures of the faces.
const FACES_CHECKS: usize = 9;
const FACES_STILL: usize = 9;

/// The command in a folder, without a network and with an empty cache.
fn mixlab(folder: &TempDir) -> Command {
    let mut command = Command::cargo_bin("mixlab").unwrap();
    command.current_dir(folder).env("XDG_CACHE_HOME", folder.path().join("cache"));
    // a port at which nobody answers
    command.env("ALL_PROXY", "http://127.0.0.1:1").env_remove("NO_PROXY").env_remove("no_proxy");
    command
}

#[test]
fn without_its_data_an_experiment_that_was_asked_for_is_not_run_and_fails() {
    let folder = tempfile::tempdir().unwrap();
    let words = "not run: the Olivetti faces are not on this machine and could not be downloaded";
    let remedy = "set MIXLAB_DATA to its folder";
    let assert = mixlab(&folder).args(["reproduce", "olivetti"]).env_remove("MIXLAB_DATA").assert();
    let output = assert.code(1).get_output().clone();
    let stderr = String::from_utf8(output.stderr).unwrap();
    assert!(stderr.contains(words) && stderr.contains(remedy), "{stderr}");
    let page = fs::read_to_string(folder.path().join("report/index.html")).unwrap();
    assert!(page.contains(words) && page.contains(remedy), "{page}");
}

#[test]
fn every_experiment_is_reproduced_and_reported() {
    let folder = tempfile::tempdir().unwrap();
    mixlab(&folder).args(["reproduce", "--quick"]).assert().success();
    let report = folder.path().join("report");
    let data = std::env::var_os("MIXLAB_DATA").map(PathBuf::from);
    let (checks_of_faces, still_of_faces) = match data {
        Some(data) if data.join("olivettifaces.mat").is_file() => (FACES_CHECKS, FACES_STILL),
        _ => (0, 0),
    };
    let still = STILL + still_of_faces;

    let text = fs::read_to_string(report.join("report.json")).unwrap();
    let object: Value = serde_json::from_str(&text).unwrap();
    let checks = object["checks"].as_array().unwrap();
    assert_eq!(checks.len(), CHECKS + checks_of_faces);
    for check in checks {
        let name = check["name"].as_str().unwrap();
        let expected = !DIFFER.contains(&name);
        assert_eq!(check["reproduced"], expected, "{check}");
        if !expected {
            assert!(!check["why"].as_str().unwrap().is_empty(), "{name} differs without a reason");
        }
    }
    let faces = object["experiments"].as_array().unwrap().iter().find(|e| e["name"] == "olivetti");
    assert_eq!(faces.unwrap()["not_run"].is_null(), checks_of_faces > 0);
    let number = |experiment: &str, name: &str| {
        let wanted = |check: &&Value| check["experiment"] == experiment && check["name"] == name;
        checks.iter().find(wanted).unwrap()["ours"].as_f64().unwrap()
    };
    assert_eq!(number("digits", "dimensions that hold 99 % of the variance"), 41.0);
    assert_eq!(number("moons", "argmin of BIC, scikit-learn's best of 300 starts"), 7.0);
    if checks_of_faces > 0 {
        assert_eq!(number("olivetti", "dimensions that hold 99 % of the variance"), 199.0);
    }

    let page = fs::read_to_string(report.join("index.html")).unwrap();
    let files: Vec<String> = fs::read_dir(&report)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    let of_kind = |ending: &str| files.iter().filter(|file| file.ends_with(ending)).count();
    assert_eq!((of_kind(".png"), of_kind(".svg"), of_kind(".gif")), (still, still, MOVING));
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
    assert_eq!(page.matches("<img src=\"data:image/").count(), still + MOVING);
    assert_eq!(page.matches("alt=\"").count(), still + MOVING);
    assert!(!page.contains("src=\"http") && !page.contains("href=\"http"));
}
