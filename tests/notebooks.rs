//! The notebook runner: the project's notebooks reproduce their outputs, and errors in small notebooks are reported.
#![cfg(unix)]

use std::fs;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use mixlab::datasets::OlivettiSource;
use serde_json::{Value, json};
use tempfile::TempDir;

/// The program without the environment variables that cargo sets for tests: build scripts would inherit them and recompile
/// crates.
fn mixlab() -> Command {
    let mut mixlab = Command::new(assert_cmd::cargo::cargo_bin("mixlab"));
    for (name, _) in std::env::vars() {
        if name.starts_with("CARGO_") && name != "CARGO_HOME" {
            mixlab.env_remove(name);
        }
    }
    mixlab
}

/// The program with a separate build folder for notebooks without dependencies, so that they do not wait for the others.
fn mixlab_with_own_cache() -> Command {
    let mut mixlab = mixlab();
    mixlab.env("XDG_CACHE_HOME", std::env::temp_dir().join("mixlab-small-notebooks"));
    mixlab
}

fn run(files: &[PathBuf], options: &[&str]) -> Output {
    mixlab_with_own_cache().args(["notebook", "run"]).args(files).args(options).output().unwrap()
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

/// The notebooks that need the faces.
const OF_FACES: [&str; 2] = ["05-clustering-faces.ipynb", "09-completing-images.ipynb"];

/// Whether the faces are on this machine; the tests download nothing.
fn faces_are_available() -> bool {
    let nowhere: [String; 0] = [];
    OlivettiSource::default().places(nowhere).load(&|_, _| {}).is_ok()
}

#[test]
fn every_notebook_reproduces_its_outputs() {
    let entries = fs::read_dir("notebooks").unwrap().map(|entry| entry.unwrap().path());
    let mut files: Vec<PathBuf> = entries
        .filter(|path| path.extension().is_some_and(|extension| extension == "ipynb"))
        .collect();
    files.sort();
    assert_eq!(files.len(), 10);
    if !faces_are_available() {
        println!(
            "not run: {}, since the faces are not available (MIXLAB_DATA)",
            OF_FACES.join(", ")
        );
        files.retain(|file| !OF_FACES.iter().any(|name| file.ends_with(name)));
    }
    for file in &files {
        assert!(fs::metadata(file).unwrap().len() < 1_000_000, "{} is too large", file.display());
    }
    let status = mixlab().args(["notebook", "run", "--check"]).args(&files).status().unwrap();
    assert!(status.success());
}

/// Writes a notebook of the given code cells, without outputs.
fn notebook(folder: &Path, name: &str, cells: &[&str]) -> PathBuf {
    let cell = |source: &&str| {
        json!({
            "cell_type": "code", "metadata": {}, "source": source, "outputs": [],
            "execution_count": null,
        })
    };
    let cells: Vec<Value> = cells.iter().map(cell).collect();
    write(folder, name, json!({"nbformat": 4, "nbformat_minor": 5, "metadata": {}, "cells": cells}))
}

fn write(folder: &Path, name: &str, json: Value) -> PathBuf {
    let path = folder.join(name);
    fs::write(&path, json.to_string()).unwrap();
    path
}

fn read(path: &Path) -> Value {
    serde_json::from_str(&fs::read_to_string(path).unwrap()).unwrap()
}

#[test]
fn errors_are_reported_with_notebook_cell_and_line_and_leave_files_unchanged() {
    let folder = TempDir::new().unwrap();
    let folder = folder.path();
    let mut must_fail = read(&notebook(folder, "tagged.ipynb", &["1 + 1"]));
    must_fail["cells"][0]["metadata"]["tags"] = json!(["raises-exception"]);
    let wrong = [
        (
            notebook(
                folder,
                "type.ipynb",
                &["let a: i32 = 1;", "let b: i32 = 2;\nlet c: i32 = a + \"x\";"],
            ),
            "type.ipynb: cell 2, line 2: cannot add `&str` to `i32`",
        ),
        (notebook(folder, "panic.ipynb", &["panic!(\"the sky falls\");"]), "panic.ipynb: cell 1: "),
        (
            notebook(folder, "error.ipynb", &["\"x\".parse::<i32>()?;", "println!(\"never\");"]),
            "error.ipynb: cell 1: invalid digit found in string",
        ),
        (notebook(folder, "exit.ipynb", &["std::process::exit(3);"]), "exit.ipynb: cell 1: "),
        (
            write(folder, "tagged.ipynb", must_fail),
            "tagged.ipynb: cell 1: it is tagged raises-exception, but did not fail",
        ),
        (
            notebook(folder, "endless.ipynb", &["loop {}"]),
            "endless.ipynb: cell 1: it ran longer than 15 s (--timeout)",
        ),
    ];
    let files: Vec<PathBuf> = wrong.iter().map(|(path, _)| path.clone()).collect();
    let before: Vec<Vec<u8>> = files.iter().map(|path| fs::read(path).unwrap()).collect();
    let output = run(&files, &["--write", "--timeout", "15"]);
    assert_eq!(output.status.code(), Some(1));
    let stderr = text(&output.stderr);
    for (_, expected) in &wrong {
        assert!(stderr.contains(expected), "{expected} is not in\n{stderr}");
    }
    assert!(stderr.contains("the sky falls"), "{stderr}");
    assert!(!text(&output.stdout).contains("never"));
    let after: Vec<Vec<u8>> = files.iter().map(|path| fs::read(path).unwrap()).collect();
    assert!(before == after);
}

#[test]
fn outputs_are_written_and_compared() {
    let folder = TempDir::new().unwrap();
    let path =
        notebook(folder.path(), "a.ipynb", &["let a: f64 = 0.5;", "println!(\"one\\ntwo\");", "a"]);
    let files = [path.clone()];
    assert!(run(&files, &["--write"]).status.success());
    let mut written = read(&path);
    let cells = written["cells"].as_array().unwrap();
    assert_eq!(cells[0]["outputs"], json!([]));
    let stream = json!({"output_type": "stream", "name": "stdout", "text": ["one\n", "two\n"]});
    assert_eq!(cells[1]["outputs"], json!([stream]));
    assert_eq!(cells[2]["outputs"][0]["data"]["text/plain"], json!(["0.5"]));
    assert_eq!(cells[2]["execution_count"], 3);
    assert!(cells.iter().all(|cell| cell["id"].is_string()));
    assert!(run(&files, &["--check"]).status.success());

    written["cells"][1]["outputs"][0]["text"] = json!(["one\n", "three\n"]);
    written["cells"][2]["outputs"] = json!([]);
    fs::write(&path, written.to_string()).unwrap();
    let output = run(&files, &["--check"]);
    assert_eq!(output.status.code(), Some(1));
    let stderr = text(&output.stderr);
    let different =
        "a.ipynb: cell 2, line 2: standard output has \"two\", the notebook has \"three\"";
    assert!(stderr.contains(different), "{stderr}");
    let missing = "a.ipynb: cell 3: shows text/plain, the notebook has nothing";
    assert!(stderr.contains(missing), "{stderr}");
    assert!(text(&output.stdout).contains("a.ipynb: 2 checks failed"));
}

#[test]
fn files_that_are_not_notebooks_are_refused() {
    let folder = TempDir::new().unwrap();
    let empty = folder.path().join("empty.ipynb");
    fs::write(&empty, "").unwrap();
    for (file, expected) in [
        (empty, "it is not a notebook, since it is not JSON"),
        (folder.path().join("none.ipynb"), "there is no file"),
        (write(folder.path(), "old.ipynb", json!({"nbformat": 3})), "not a notebook of nbformat 4"),
    ] {
        let output = run(&[file], &["--check"]);
        assert_eq!(output.status.code(), Some(2));
        assert!(text(&output.stderr).contains(expected), "{}", text(&output.stderr));
    }
}

#[test]
fn an_interrupt_leaves_the_file_untouched() {
    let folder = TempDir::new().unwrap();
    let sleep = "std::thread::sleep(std::time::Duration::from_secs(60));";
    let path = notebook(folder.path(), "a.ipynb", &["1 + 1", sleep]);
    let before = fs::read(&path).unwrap();
    let mut child = mixlab_with_own_cache()
        .args(["notebook", "run", "--write"])
        .arg(&path)
        .stderr(Stdio::piped())
        .stdout(Stdio::null())
        .spawn()
        .unwrap();
    let lines = BufReader::new(child.stderr.take().unwrap()).lines();
    let reached = lines.map(Result::unwrap).any(|line| line.contains("cell 2 of 2"));
    assert!(reached);
    let kill = Command::new("kill").args(["-INT", &child.id().to_string()]).status().unwrap();
    assert!(kill.success());
    assert!(!child.wait().unwrap().success());
    assert_eq!(fs::read(&path).unwrap(), before);
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
}
