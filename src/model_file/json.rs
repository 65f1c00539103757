//! Model files as JSON: the same arrays, as nested lists under the same names.

use std::io;
use std::path::Path;

use ndarray::{ArrayD, ArrayViewD, Axis, IxDyn};
use serde_json::{Map, Value, json};

use super::store::{Read, Write};
use crate::error::{Error, Result};

/// A JSON object that is read as a model file.
pub(super) struct Object<'a> {
    path: &'a Path,
    fields: Map<String, Value>,
}

impl<'a> Object<'a> {
    pub(super) fn parse(path: &'a Path, text: &[u8]) -> Result<Self> {
        let wrong = |problem| Error::ModelFormat { path: path.into(), problem };
        match serde_json::from_slice(text) {
            Ok(Value::Object(fields)) => Ok(Self { path, fields }),
            Ok(_) => Err(wrong("it is JSON, but no object".into())),
            Err(error) => Err(wrong(format!("it is no whole JSON: {error}"))),
        }
    }

    fn error(&self, problem: String) -> Error {
        Error::ModelFormat { path: self.path.into(), problem }
    }
}

impl Read for Object<'_> {
    fn names(&self) -> Vec<String> {
        self.fields.keys().cloned().collect()
    }

    fn get(&mut self, name: &str) -> Result<ArrayD<f64>> {
        let Some(value) = self.fields.get(name) else {
            return Err(self.error(format!("array {name:?}: it is missing")));
        };
        let mut shape = Vec::new();
        let mut at = value;
        while let Value::Array(items) = at {
            shape.push(items.len());
            match items.first() {
                Some(first) => at = first,
                None => break,
            }
        }
        let mut numbers = Vec::new();
        let whole = collect(value, &shape, &mut numbers);
        let array = whole.then(|| ArrayD::from_shape_vec(IxDyn(&shape), numbers).ok()).flatten();
        array.ok_or_else(|| {
            self.error(format!("array {name:?}: it is not lists of numbers of one length"))
        })
    }

    fn find_text(&mut self, name: &str) -> Result<Option<String>> {
        match self.fields.get(name) {
            None => Ok(None),
            Some(Value::String(text)) => Ok(Some(text.clone())),
            Some(_) => Err(self.error(format!("{name:?} is not text"))),
        }
    }
}

/// Collects the numbers of nested lists; false if they are not of this shape.
fn collect(value: &Value, shape: &[usize], numbers: &mut Vec<f64>) -> bool {
    match (value, shape) {
        (Value::Array(items), [length, inner @ ..]) if items.len() == *length => {
            items.iter().all(|item| collect(item, inner, numbers))
        }
        (Value::Number(number), []) => {
            numbers.extend(number.as_f64());
            number.as_f64().is_some()
        }
        // what is not known, which JSON cannot write as NaN
        (Value::Null, []) => {
            numbers.push(f64::NAN);
            true
        }
        _ => false,
    }
}

/// A JSON object in the making.
#[derive(Default)]
pub(super) struct ObjectWriter(Map<String, Value>);

impl ObjectWriter {
    /// The object as text.
    pub(super) fn text(self) -> String {
        format!("{}\n", Value::Object(self.0))
    }
}

impl Write for ObjectWriter {
    fn array(&mut self, name: &str, array: ArrayViewD<'_, f64>) -> io::Result<()> {
        self.0.insert(name.into(), nested(array));
        Ok(())
    }

    fn integers(&mut self, name: &str, values: &[i64]) -> io::Result<()> {
        self.0.insert(name.into(), json!(values));
        Ok(())
    }

    fn text(&mut self, name: &str, text: &str) -> io::Result<()> {
        self.0.insert(name.into(), json!(text));
        Ok(())
    }
}

fn nested(array: ArrayViewD<'_, f64>) -> Value {
    match array.ndim() {
        0 => json!(array.sum()),
        _ => array.axis_iter(Axis(0)).map(nested).collect(),
    }
}
