//! Reading of fields by name, with checks of shape and range.

use ndarray::{Array, Array1, ArrayD, Dimension};

use super::fields::{Store, malformed};
use crate::error::Result;
use crate::mixture::{CovarianceSpec, Criterion};

/// A source of fields, each of which is read at most once.
pub(crate) struct Source<'a>(&'a mut dyn Store);

impl<'a> Source<'a> {
    pub(crate) fn new(store: &'a mut dyn Store) -> Self {
        Self(store)
    }

    /// Whether an optional group of fields exists: all of them, or none.
    pub(super) fn group(&self, names: &[&str]) -> Result<bool> {
        let known = self.0.names();
        let missing = names.iter().find(|name| !known.iter().any(|other| other == *name));
        match missing {
            None => Ok(true),
            Some(_) if !known.iter().any(|other| names.contains(&other.as_str())) => Ok(false),
            Some(name) => Err(malformed(format!(
                "it has no array {name:?}, which is required with {names:?}"
            ))),
        }
    }

    /// Reads the value of a field.
    pub(super) fn read<T: FieldValue>(&mut self, name: &str) -> Result<T> {
        T::read(self, name)
    }

    /// Reads an array whose name is not known beforehand, such as those of a covariance family.
    pub(super) fn get(&mut self, name: &str) -> Result<ArrayD<f64>> {
        self.0.get(name)
    }
}

/// A type that can be read from a field.
pub(super) trait FieldValue: Sized {
    fn read(source: &mut Source<'_>, name: &str) -> Result<Self>;
}

impl<D: Dimension> FieldValue for Array<f64, D> {
    fn read(source: &mut Source<'_>, name: &str) -> Result<Self> {
        let array = source.get(name)?;
        let n_dimensions = array.ndim();
        let is_row_major = array.is_standard_layout();
        let array = if is_row_major { array } else { array.as_standard_layout().into_owned() };
        array
            .into_dimensionality()
            .map_err(|_| malformed(format!("array {name:?} has {n_dimensions} dimensions")))
    }
}

impl FieldValue for f64 {
    fn read(source: &mut Source<'_>, name: &str) -> Result<Self> {
        let array = source.get(name)?;
        match array.len() {
            1 => Ok(array.sum()),
            n => Err(malformed(format!("array {name:?} has {n} numbers where 1 was expected"))),
        }
    }
}

impl FieldValue for [f64; 2] {
    fn read(source: &mut Source<'_>, name: &str) -> Result<Self> {
        let array: Array1<f64> = source.read(name)?;
        Self::try_from(array.to_vec()).map_err(|values| {
            malformed(format!("array {name:?} has {} numbers where 2 were expected", values.len()))
        })
    }
}

impl FieldValue for bool {
    fn read(source: &mut Source<'_>, name: &str) -> Result<Self> {
        let found: f64 = source.read(name)?;
        if found != 0.0 && found != 1.0 {
            return Err(malformed(format!("array {name:?} is {found}, not 0 or 1")));
        }
        Ok(found == 1.0)
    }
}

impl FieldValue for usize {
    fn read(source: &mut Source<'_>, name: &str) -> Result<Self> {
        let found = source.read(name)?;
        count(name, found)
    }
}

/// Converts the value of the field `name` to a count.
pub(super) fn count(name: &str, value: f64) -> Result<usize> {
    let is_count = value.fract() == 0.0 && (0.0..9e15).contains(&value);
    is_count
        .then_some(value as usize)
        .ok_or_else(|| malformed(format!("array {name:?} has {value} where a count was expected")))
}

impl FieldValue for Option<String> {
    fn read(source: &mut Source<'_>, name: &str) -> Result<Self> {
        source.0.find_text(name)
    }
}

impl FieldValue for String {
    fn read(source: &mut Source<'_>, name: &str) -> Result<Self> {
        let text: Option<String> = source.read(name)?;
        text.ok_or_else(|| malformed(format!("it has no array {name:?}")))
    }
}

impl FieldValue for CovarianceSpec {
    fn read(source: &mut Source<'_>, name: &str) -> Result<Self> {
        source.read::<String>(name)?.parse()
    }
}

impl FieldValue for Criterion {
    fn read(source: &mut Source<'_>, name: &str) -> Result<Self> {
        source.read::<String>(name)?.parse()
    }
}
