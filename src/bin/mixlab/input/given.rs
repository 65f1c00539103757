//! Given values of columns: `NAME=VALUE`.

use std::str::FromStr;

use mixlab::{GivenModel, GivenValue, ModelFile};

use super::Names;
use crate::output::note;

/// A value of a column.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Assignment {
    name: String,
    value: String,
}

impl FromStr for Assignment {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (name, value) = text
            .split_once('=')
            .ok_or_else(|| format!("{text:?} is not a column with its value; write age=50"))?;
        let (name, value) = (name.trim().to_owned(), value.trim().to_owned());
        if name.is_empty() || value.is_empty() {
            return Err(format!("{text:?} is not a column with its value; write age=50"));
        }
        Ok(Self { name, value })
    }
}

/// Comma-separated values of columns, quoted as in a CSV file.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Assignments(pub Vec<Assignment>);

impl FromStr for Assignments {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let parts: Names = text.parse()?;
        parts.iter().map(|part| part.parse()).collect::<Result<_, _>>().map(Self)
    }
}

/// The model of the other columns, given these values. A name may contain the equals sign.
pub fn given<'a>(file: &'a ModelFile, values: &[Assignment]) -> anyhow::Result<GivenModel<'a>> {
    let values: Vec<(&str, GivenValue<'_>)> =
        values.iter().map(|one| (one.name.as_str(), one.value.as_str().into())).collect();
    let given = file.given(&values)?;
    let outside: Vec<String> =
        given.values().iter().filter_map(|&(column, value)| outside(file, column, value)).collect();
    if !outside.is_empty() {
        note(format_args!("{}; the model extrapolates", outside.join(", ")));
    }
    Ok(given)
}

/// Describes a value outside of the range of the data.
fn outside(file: &ModelFile, column: usize, value: f64) -> Option<String> {
    let column = file.columns.get(column).filter(|column| !column.kind.is_categorical())?;
    let (low, high) = column.range?;
    let text = |number: f64| column.kind.text(number).unwrap_or_else(|| number.to_string());
    (!(low..=high).contains(&value)).then(|| {
        let [value, low, high] = [value, low, high].map(text);
        format!("{} = {value} is outside of the range of the data, {low} to {high}", column.name)
    })
}
