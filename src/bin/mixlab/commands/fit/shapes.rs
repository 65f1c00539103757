//! The shapes of columns: the option, and what was chosen.

use std::str::FromStr;

use mixlab::{Pipeline, PipelineParams, ShapeChoice};

use crate::commands::shapes::described;
use crate::input::{Names, names_of};
use crate::output::{Usage, listed, note};
use crate::source::Source;

/// The shape of all columns, and those of named ones.
#[derive(Debug, Clone, PartialEq)]
pub struct ShapeList {
    others: ShapeChoice,
    of_columns: Vec<(String, ShapeChoice)>,
}

impl FromStr for ShapeList {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let mut list = Self::all(ShapeChoice::None);
        let choice =
            |text: &str| text.trim().parse::<ShapeChoice>().map_err(|error| error.to_string());
        if text.trim().is_empty() {
            return Err("it names no shape".into());
        }
        for (at, part) in text.parse::<Names>()?.iter().enumerate() {
            match part.rsplit_once('=') {
                Some((name, shape)) => list.of_columns.push((name.trim().into(), choice(shape)?)),
                None if at == 0 => list.others = choice(part)?,
                None => return Err(format!("{part:?} is not COLUMN=SHAPE")),
            }
        }
        Ok(list)
    }
}

impl ShapeList {
    /// The same shape for all columns.
    pub fn all(shape: ShapeChoice) -> Self {
        Self { others: shape, of_columns: Vec::new() }
    }

    /// Whether no column has a shape, so that rows are not transformed.
    pub fn is_none(&self) -> bool {
        self.others == ShapeChoice::None && self.of_columns.is_empty()
    }

    /// Sets the shapes of a pipeline of these columns.
    pub fn set(
        &self,
        mut params: PipelineParams,
        source: &Source,
    ) -> Result<PipelineParams, Usage> {
        params = params.shape(self.others);
        for (name, shape) in &self.of_columns {
            let columns = source.columns();
            let Some(at) = columns.iter().position(|column| column.name == *name) else {
                return Err(Usage(format!(
                    "--shape names the column {name:?}, and the table has {}",
                    listed(&names_of(columns))
                )));
            };
            if columns[at].kind.is_categorical() {
                return Err(Usage(format!(
                    "--shape is for columns of numbers, and {name:?} is a category"
                )));
            }
            params = params.shape_of(at, *shape);
        }
        Ok(params)
    }

    /// Says which shapes were chosen automatically.
    pub fn report(&self, pipeline: &Pipeline, source: &Source) {
        let is_auto = self.others == ShapeChoice::Auto
            || self.of_columns.iter().any(|(_, shape)| *shape == ShapeChoice::Auto);
        if is_auto {
            let chosen =
                described(pipeline, &names_of(source.columns())).unwrap_or_else(|| "none".into());
            note(format_args!(
                "shapes of columns: {chosen} (--shape auto,COLUMN=none keeps a column as it is)"
            ));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shapes_are_for_all_columns_or_named_ones() {
        let parsed = |text: &str| text.parse::<ShapeList>();
        assert_eq!(parsed("auto").unwrap().others, ShapeChoice::Auto);
        let list = parsed("auto,income=log,\"a, b\"=levels").unwrap();
        assert_eq!(list.others, ShapeChoice::Auto);
        let expected = [("income".into(), ShapeChoice::Log), ("a, b".into(), ShapeChoice::Levels)];
        assert_eq!(list.of_columns, expected);
        for bad in ["", "x", "x=", "log,none", "x=sqrt"] {
            assert!(parsed(bad).is_err(), "{bad}");
        }
    }
}
