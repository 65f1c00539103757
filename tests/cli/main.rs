//! Tests of the command-line program.

mod answers;
mod classes;
mod compare;
mod convert;
mod datasets;
mod dialects;
mod fit_and_sample;
mod formats;
mod given;
#[cfg(feature = "images")]
mod images;
mod impute;
mod manners;
mod memory;
mod mixed;
#[cfg(feature = "plot")]
mod plots;
mod readme;
mod rules;
mod samples;
mod schema;
mod shapes;
mod tables;
mod tails;

use std::fs;

use assert_cmd::Command;
use serde_json::Value;
use tempfile::TempDir;

fn mixlab(folder: &TempDir) -> Command {
    let mut command = Command::cargo_bin("mixlab").unwrap();
    command.current_dir(folder.path());
    command
}

fn folder() -> TempDir {
    tempfile::tempdir().unwrap()
}

/// Runs a command that must succeed, and parses its JSON output.
fn json(folder: &TempDir, arguments: &[&str]) -> Value {
    let output = mixlab(folder).args(arguments).assert().success().get_output().stdout.clone();
    serde_json::from_slice(&output).unwrap()
}

/// Runs a command that must fail with `code` and a one-line message that contains all of `words`, after any decisions on reading
/// the data, without creating files.
fn fails(folder: &TempDir, arguments: &[&str], code: i32, words: &[&str]) {
    let files = |folder: &TempDir| fs::read_dir(folder.path()).unwrap().count();
    let before = files(folder);
    let assert = mixlab(folder).args(arguments).assert().code(code);
    let output = assert.get_output();
    let message = String::from_utf8(output.stderr.clone()).unwrap();
    assert!(output.stdout.is_empty(), "{arguments:?} printed data");
    assert!(message.lines().all(|line| line.starts_with("mixlab: ")), "{message}");
    let error = message.lines().last().unwrap_or_default();
    for word in words {
        assert!(error.contains(word), "{arguments:?}: no {word:?} in {error}");
    }
    assert_eq!(files(folder), before, "{arguments:?} left a file");
}

/// Runs a command that must succeed, and returns its standard output.
fn prints(folder: &TempDir, arguments: &str) -> String {
    let assert = mixlab(folder).args(words(arguments)).assert().success();
    String::from_utf8(assert.get_output().stdout.clone()).unwrap()
}

/// Runs a command that must succeed, and returns its messages.
fn says(folder: &TempDir, arguments: &str) -> String {
    let assert = mixlab(folder).args(words(arguments)).assert().success();
    String::from_utf8(assert.get_output().stderr.clone()).unwrap()
}

/// The arguments of a command line; those in quotation marks may have spaces.
fn words(arguments: &str) -> Vec<&str> {
    let parts = arguments.split('"').enumerate();
    parts
        .flat_map(|(at, part)| match at % 2 {
            0 => part.split_whitespace().collect(),
            _ => vec![part],
        })
        .collect()
}

/// Creates a folder with the survey, including numbers and names of customers, and a model of it, `survey.npz`.
fn surveyed() -> TempDir {
    let folder = folder();
    let survey = mixlab::datasets::survey();
    let mut text = String::from("id,name,age,income,spending,visits\n");
    for (row, values) in survey.records.rows().into_iter().enumerate() {
        let values: Vec<String> = values.iter().map(f64::to_string).collect();
        text += &format!("{:04},\"Customer, {row}\",{}\n", row + 1, values.join(","));
    }
    write(&folder, "survey.csv", text);
    let fit = "fit survey.csv --exclude id,name --standardize -k 3..5 --n-init 3 -o survey.npz";
    prints(&folder, fit);
    folder
}

fn write(folder: &TempDir, name: &str, content: impl AsRef<[u8]>) {
    fs::write(folder.path().join(name), content).unwrap();
}
