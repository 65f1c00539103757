//! Fields: named arrays, integers and texts, and stores from which they are read.

use std::borrow::Cow;
use std::io;
use std::path::PathBuf;

use ndarray::{Array1, ArrayD, ArrayView1, ArrayView2, CowArray, IxDyn, arr0, array};

use crate::arrays::{Archive, ArchiveWriter};
use crate::error::{Error, Result};

/// The content of a field.
#[derive(Debug, Clone)]
#[allow(dead_code, reason = "some variants are used by optional features only")]
pub(crate) enum Value<'a> {
    /// Array of numbers.
    Array(CowArray<'a, f64, IxDyn>),
    /// List of integers.
    Integers(Vec<i64>),
    /// One integer.
    Integer(i64),
    /// Text.
    Text(Cow<'a, str>),
    /// Another value: an error if it is requested, ignored otherwise.
    Other,
}

/// Implements conversions to field values.
macro_rules! values {
    ($($Given:ty: $given:ident => $value:expr),+ $(,)?) => {
        $(impl<'a> From<$Given> for Value<'a> {
            fn from($given: $Given) -> Self {
                $value
            }
        })+
    };
}

values! {
    ArrayView1<'a, f64>: given => Self::Array(given.into_dyn().into()),
    ArrayView2<'a, f64>: given => Self::Array(given.into_dyn().into()),
    ArrayD<f64>: given => Self::Array(given.into()),
    f64: given => array![given].into_dyn().into(),
    [f64; 2]: given => Array1::from(given.to_vec()).into_dyn().into(),
    Vec<i64>: given => Self::Integers(given),
    bool: given => vec![i64::from(given)].into(),
    usize: given => vec![given as i64].into(),
    String: given => Self::Text(given.into()),
    &'static str: given => Self::Text(given.into()),
    // one per line
    Vec<String>: given => given.join("\n").into(),
}

/// Fields in a fixed order.
#[derive(Debug, Clone, Default)]
pub(crate) struct Fields<'a>(Vec<(Cow<'a, str>, Value<'a>)>);

impl<'a> Fields<'a> {
    pub(crate) fn push(&mut self, name: impl Into<Cow<'a, str>>, value: impl Into<Value<'a>>) {
        self.0.push((name.into(), value.into()));
    }

    /// Pushes a field in place of one of the same name.
    pub(super) fn replace(&mut self, name: &'static str, value: impl Into<Value<'a>>) {
        self.take(name);
        self.push(name, value);
    }

    pub(super) fn extend(&mut self, more: Fields<'a>) {
        self.0.extend(more.0);
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = (&str, &Value<'a>)> {
        self.0.iter().map(|(name, value)| (name.as_ref(), value))
    }

    /// Adds the fields to an archive, with `suffix` appended to the names of arrays of floats.
    pub(super) fn write(&self, archive: &mut ArchiveWriter, suffix: &str) -> io::Result<()> {
        self.iter().try_for_each(|(name, value)| match value {
            Value::Array(array) => archive.array(&format!("{name}{suffix}"), array),
            Value::Integers(integers) => archive.integers(name, integers),
            Value::Integer(integer) => archive.integers(name, &[*integer]),
            Value::Text(text) => archive.text(name, text),
            Value::Other => Ok(()),
        })
    }

    /// Removes and returns the value of a name; the last one if there are several.
    pub(super) fn take(&mut self, name: &str) -> Option<Value<'a>> {
        let at = self.0.iter().rposition(|(known, _)| known == name)?;
        Some(self.0.remove(at).1)
    }
}

/// A store of fields by name.
pub(crate) trait Store {
    /// Returns all names.
    fn names(&self) -> Vec<String>;

    /// Returns the numbers of a name. Called at most once per name.
    fn get(&mut self, name: &str) -> Result<ArrayD<f64>>;

    /// Returns the text of a name, if it exists. Called at most once per name.
    fn find_text(&mut self, name: &str) -> Result<Option<String>>;
}

impl Store for Archive {
    fn names(&self) -> Vec<String> {
        self.names()
    }

    fn get(&mut self, name: &str) -> Result<ArrayD<f64>> {
        self.get(name)
    }

    fn find_text(&mut self, name: &str) -> Result<Option<String>> {
        self.find_text(name)
    }
}

impl Store for Fields<'_> {
    fn names(&self) -> Vec<String> {
        self.iter().map(|(name, _)| name.to_owned()).collect()
    }

    fn get(&mut self, name: &str) -> Result<ArrayD<f64>> {
        match self.take(name) {
            Some(Value::Array(array)) => Ok(array.into_owned()),
            Some(Value::Integers(integers)) => {
                Ok(integers.iter().map(|&integer| integer as f64).collect::<Array1<_>>().into_dyn())
            }
            Some(Value::Integer(integer)) => Ok(arr0(integer as f64).into_dyn()),
            Some(Value::Text(_) | Value::Other) => Err(malformed(format!(
                "array {name:?}: it is not lists of numbers of equal length"
            ))),
            None => Err(malformed(format!("array {name:?}: it is missing"))),
        }
    }

    fn find_text(&mut self, name: &str) -> Result<Option<String>> {
        match self.take(name) {
            None => Ok(None),
            Some(Value::Text(text)) => Ok(Some(text.into_owned())),
            Some(_) => Err(malformed(format!("{name:?} is not text"))),
        }
    }
}

/// Returns an error without a path, which the caller adds if it is known.
pub(super) fn malformed(problem: String) -> Error {
    Error::ModelFormat { path: PathBuf::new(), problem }
}
