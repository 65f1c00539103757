//! Notebook files: JSON of nbformat 4.

use std::fs;
use std::io::Write;
use std::path::Path;

use serde_json::ser::{PrettyFormatter, Serializer};
use serde_json::{Value, json};

use crate::error::{Error, Result};
use crate::files::atomic::write_file;

/// A notebook.
pub(super) struct Document {
    json: Value,
}

/// A code cell.
pub(super) struct Cell {
    pub source: String,
    /// Whether it has the tag `raises-exception`.
    pub must_fail: bool,
    pub outputs: Outputs,
}

/// The outputs of a cell: the text of both streams, and the displayed value in each media type.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Outputs {
    pub stdout: String,
    pub stderr: String,
    /// Media types in alphabetical order, with their contents.
    pub shown: Vec<(String, String)>,
    /// The message of a cell that evcxr could not run.
    pub error: Option<String>,
}

impl Document {
    pub(super) fn read(path: &Path) -> Result<Self> {
        let refuse = |problem: String| Error::Notebook { path: path.into(), problem };
        let text = fs::read_to_string(path).map_err(|source| Error::io(path, source))?;
        let json: Value = serde_json::from_str(&text).map_err(|error| {
            refuse(format!("it is not a notebook, since it is not JSON: {error}"))
        })?;
        if json["nbformat"] != 4 || !json["cells"].is_array() {
            let problem = "it is not a notebook of nbformat 4; save it with a newer Jupyter";
            return Err(refuse(problem.into()));
        }
        Ok(Self { json })
    }

    fn cells(&self) -> &[Value] {
        self.json["cells"].as_array().map_or(&[], Vec::as_slice)
    }

    pub(super) fn code_cells(&self) -> Vec<Cell> {
        let code = self.cells().iter().filter(|cell| is_code(cell));
        code.map(|cell| Cell {
            source: joined(&cell["source"]),
            must_fail: cell["metadata"]["tags"]
                .as_array()
                .is_some_and(|tags| tags.iter().any(|tag| tag == "raises-exception")),
            outputs: Outputs::of(&cell["outputs"]),
        })
        .collect()
    }

    /// Replaces outputs and execution counts of the code cells, in order.
    pub(super) fn set_outputs(&mut self, outputs: Vec<Outputs>) {
        let cells = self.json["cells"].as_array_mut().into_iter().flatten();
        for (index, (cell, outputs)) in cells.filter(|cell| is_code(cell)).zip(outputs).enumerate()
        {
            let count = index + 1;
            cell["outputs"] = outputs.json(count);
            cell["execution_count"] = json!(count);
        }
        self.json["nbformat_minor"] = json!(5);
        // nbformat 4.5 requires an id for every cell
        let cells = self.json["cells"].as_array_mut().into_iter().flatten();
        for (index, cell) in cells.enumerate() {
            if !cell["id"].is_string() {
                cell["id"] = json!(format!("cell-{index}"));
            }
        }
    }

    /// Writes the notebook in the format of Jupyter: sorted keys, indented by one space.
    pub(super) fn write(&mut self, path: &Path) -> Result<()> {
        self.json.sort_all_objects();
        write_file(path, |file| {
            let formatter = PrettyFormatter::with_indent(b" ");
            let mut serializer = Serializer::with_formatter(&mut *file, formatter);
            serde::Serialize::serialize(&self.json, &mut serializer)?;
            writeln!(file)
        })
    }
}

fn is_code(cell: &Value) -> bool {
    cell["cell_type"] == "code"
}

/// A text that is stored as one string or as a list of lines.
fn joined(text: &Value) -> String {
    match text {
        Value::String(text) => text.clone(),
        Value::Array(lines) => lines.iter().filter_map(Value::as_str).collect(),
        _ => String::new(),
    }
}

/// A text as a list of lines with their line ends, the format of notebooks.
fn lines(text: &str) -> Value {
    text.split_inclusive('\n').collect()
}

impl Outputs {
    fn of(outputs: &Value) -> Self {
        let mut all = Self::default();
        for output in outputs.as_array().into_iter().flatten() {
            match output["output_type"].as_str() {
                Some("stream") if output["name"] == "stderr" => {
                    all.stderr += &joined(&output["text"]);
                }
                Some("stream") => all.stdout += &joined(&output["text"]),
                Some("error") => all.error = Some(joined(&output["evalue"])),
                _ => {
                    let data = output["data"].as_object().into_iter().flatten();
                    all.shown.extend(data.map(|(kind, content)| (kind.clone(), joined(content))));
                }
            }
        }
        all.shown.sort();
        all
    }

    fn json(&self, count: usize) -> Value {
        let mut outputs = Vec::new();
        for (name, text) in [("stdout", &self.stdout), ("stderr", &self.stderr)] {
            if !text.is_empty() {
                outputs.push(json!({ "output_type": "stream", "name": name, "text": lines(text) }));
            }
        }
        if !self.shown.is_empty() {
            let mut data = json!({});
            for (kind, content) in &self.shown {
                let is_text = kind.starts_with("text/");
                data[kind] = if is_text { lines(content) } else { json!(content) };
            }
            outputs.push(json!({
                "output_type": "execute_result",
                "execution_count": count,
                "metadata": {},
                "data": data,
            }));
        }
        if let Some(message) = &self.error {
            outputs.push(json!({
                "output_type": "error",
                "ename": "Error",
                "evalue": message,
                "traceback": [message],
            }));
        }
        outputs.into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn notebook() -> Value {
        json!({
            "nbformat": 4, "nbformat_minor": 4, "metadata": { "b": 1, "a": 2 },
            "cells": [
                { "cell_type": "markdown", "metadata": {}, "source": ["# Title\n", "text"] },
                { "cell_type": "code", "metadata": { "tags": ["raises-exception"] }, "id": "x",
                  "source": ["let a = 1;\n", "a"], "execution_count": null, "outputs": [
                    { "output_type": "stream", "name": "stdout", "text": ["one\n"] },
                    { "output_type": "stream", "name": "stdout", "text": "two\n" },
                    { "output_type": "execute_result", "execution_count": 1, "metadata": {},
                      "data": { "text/plain": ["1"], "image/png": "AAAA" } },
                ] },
            ],
        })
    }

    fn written(json: &Value) -> (tempfile::TempDir, std::path::PathBuf) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.ipynb");
        fs::write(&path, json.to_string()).unwrap();
        (folder, path)
    }

    #[test]
    fn cells_are_read_with_tags_and_outputs() {
        let (_folder, path) = written(&notebook());
        let cells = Document::read(&path).unwrap().code_cells();
        assert_eq!(cells.len(), 1);
        assert_eq!(cells[0].source, "let a = 1;\na");
        assert!(cells[0].must_fail);
        assert_eq!(cells[0].outputs.stdout, "one\ntwo\n");
        let shown = [("image/png", "AAAA"), ("text/plain", "1")];
        assert_eq!(cells[0].outputs.shown, shown.map(|(a, b)| (a.to_owned(), b.to_owned())));
    }

    #[test]
    fn outputs_survive_writing_and_keys_are_sorted() {
        let (_folder, path) = written(&notebook());
        let mut document = Document::read(&path).unwrap();
        let outputs = Outputs {
            stdout: "a\nb\n".into(),
            stderr: String::new(),
            shown: vec![
                ("text/html".into(), "<b>\n</b>".into()),
                ("text/plain".into(), "x".into()),
            ],
            error: None,
        };
        document.set_outputs(vec![outputs.clone()]);
        document.write(&path).unwrap();
        let text = fs::read_to_string(&path).unwrap();
        assert!(
            text.starts_with("{\n \"cells\": [\n  {\n   \"cell_type\": \"markdown\",\n"),
            "{text}"
        );
        assert!(text.ends_with("}\n"));
        assert!(text.contains("\"nbformat_minor\": 5"));
        assert!(text.contains("\"a\": 2,\n  \"b\": 1"));
        let again = Document::read(&path).unwrap();
        assert_eq!(again.code_cells()[0].outputs, outputs);
        assert_eq!(again.cells()[1]["execution_count"], 1);
        assert_eq!(again.cells()[0]["id"], "cell-0");
        assert_eq!(again.cells()[1]["id"], "x");
    }

    #[test]
    fn other_files_are_refused() {
        for text in ["", "{", "[]", "{\"nbformat\": 3}", "{\"nbformat\": 4}"] {
            let folder = tempfile::tempdir().unwrap();
            let path = folder.path().join("a.ipynb");
            fs::write(&path, text).unwrap();
            assert!(matches!(Document::read(&path), Err(Error::Notebook { .. })), "{text}");
        }
        assert!(matches!(Document::read(Path::new("none.ipynb")), Err(Error::Io { .. })));
    }
}
