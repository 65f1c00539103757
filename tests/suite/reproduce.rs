//! `mixlab reproduce` from end to end: every check, and the files it writes.
//!
//! The project may not distribute the faces: their experiment is tested if `MIXLAB_DATA` names a folder that holds them;
//! otherwise it must be reported as not run.

use std::fs;
use std::path::PathBuf;

use assert_cmd::Command;
use serde_json::Value;
use tempfile::TempDir;

/// Checks in which our value differs from that of the tutorial, with a reason.
const DIFFER: [&str; 1] = ["components with the lowest BIC, tutorial (one initialisation)"];

/// Numbers of checks, figures and animations without the faces.
const CHECKS: usize = 69;
const FIGURES: usize = 28;
const ANIMATIONS: usize = 1;

/// Numbers of checks and figures of the faces.
const FACES_CHECKS: usize = 12;
const FACES_FIGURES: usize = 15;

/// The command in a folder, without a network and with an empty cache.
fn mixlab(folder: &TempDir) -> Command {
    let mut command = Command::cargo_bin("mixlab").unwrap();
    command.current_dir(folder).env("XDG_CACHE_HOME", folder.path().join("cache"));
    // a port without a server
    command.env("ALL_PROXY", "http://127.0.0.1:1").env_remove("NO_PROXY").env_remove("no_proxy");
    command
}

#[test]
fn a_requested_experiment_without_its_data_is_not_run_and_fails() {
    let folder = tempfile::tempdir().unwrap();
    let reason = "not run: the Olivetti faces are not on this machine and could not be downloaded";
    let remedy = "set MIXLAB_DATA to its folder";
    let assert = mixlab(&folder).args(["reproduce", "olivetti"]).env_remove("MIXLAB_DATA").assert();
    let output = assert.code(1).get_output().clone();
    let stderr = String::from_utf8(output.stderr).unwrap();
    assert!(stderr.contains(reason) && stderr.contains(remedy), "{stderr}");
    let page = fs::read_to_string(folder.path().join("report/index.html")).unwrap();
    assert!(page.contains(reason) && page.contains(remedy), "{page}");
}

#[test]
fn every_experiment_is_reproduced_and_reported() {
    let folder = tempfile::tempdir().unwrap();
    mixlab(&folder).args(["reproduce", "--quick"]).assert().success();
    let report = folder.path().join("report");
    let data = std::env::var_os("MIXLAB_DATA").map(PathBuf::from);
    let (n_faces_checks, n_faces_figures) = match data {
        Some(data) if data.join("olivettifaces.mat").is_file() => (FACES_CHECKS, FACES_FIGURES),
        _ => (0, 0),
    };
    let n_figures = FIGURES + n_faces_figures;
    let page = fs::metadata(report.join("index.html")).unwrap();
    assert!(page.len() < 3_000_000, "a page of {} bytes is slow to open", page.len());

    let text = fs::read_to_string(report.join("report.json")).unwrap();
    let object: Value = serde_json::from_str(&text).unwrap();
    let checks = object["checks"].as_array().unwrap();
    assert_eq!(checks.len(), CHECKS + n_faces_checks);
    for check in checks {
        let name = check["name"].as_str().unwrap();
        let expected = !DIFFER.contains(&name);
        assert_eq!(check["reproduced"], expected, "{check}");
        if !expected {
            assert!(!check["why"].as_str().unwrap().is_empty(), "{name} differs without a reason");
        }
    }
    let faces = object["experiments"].as_array().unwrap().iter().find(|e| e["name"] == "olivetti");
    assert_eq!(faces.unwrap()["not_run"].is_null(), n_faces_checks > 0);
    let number = |experiment: &str, name: &str| {
        let matches = |check: &&Value| check["experiment"] == experiment && check["name"] == name;
        checks.iter().find(matches).unwrap()["ours"].as_f64().unwrap()
    };
    assert_eq!(number("digits", "principal components for 99 % of the variance"), 41.0);
    assert_eq!(
        number("moons", "components with the lowest BIC, scikit-learn's best of 300 restarts"),
        7.0
    );
    if n_faces_checks > 0 {
        assert_eq!(number("olivetti", "principal components for 99 % of the variance"), 199.0);
    }

    let page = fs::read_to_string(report.join("index.html")).unwrap();
    let files: Vec<String> = fs::read_dir(&report)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    let of_kind = |ending: &str| files.iter().filter(|file| file.ends_with(ending)).count();
    assert_eq!(
        (of_kind(".png"), of_kind(".svg"), of_kind(".gif")),
        (n_figures, n_figures, ANIMATIONS)
    );
    for file in &files {
        let bytes = fs::read(report.join(file)).unwrap();
        let starts_with = |magic: &[u8]| bytes.starts_with(magic);
        match file.rsplit('.').next().unwrap() {
            "png" => assert!(starts_with(b"\x89PNG"), "{file}"),
            "svg" => assert!(starts_with(b"<svg"), "{file}"),
            "gif" => assert!(starts_with(b"GIF89a"), "{file}"),
            _ => {}
        }
    }
    // the page embeds all pictures, each with an alternative text
    assert_eq!(page.matches("<img src=\"data:image/").count(), n_figures + ANIMATIONS);
    assert_eq!(page.matches("alt=\"").count(), n_figures + ANIMATIONS);
    assert!(!page.contains("src=\"http") && !page.contains("href=\"http"));
}
