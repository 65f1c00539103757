//! Conditional and marginal models of a model file, by the names of its columns.

use ndarray::{Array2, Axis, concatenate};

use super::ModelFile;
use crate::error::{Error, Result};
use crate::pipeline::{GivenRange, Pipeline, UserUnits};
use crate::rows::kind::{DateForm, ValueKind};
use crate::rows::schema::Column;

/// A value of a column that is given: a number of the model, or a text as in tables, such as the name of a level or a date.
#[derive(Debug, Clone, Copy, PartialEq)]
#[non_exhaustive]
pub enum GivenValue<'a> {
    /// A number; for dates, days since 1970-01-01, and for categories, the index of the level.
    Number(f64),
    /// A text; of a number or a date also a range with both ends, `40..50`.
    Text(&'a str),
    /// A range of numbers, with both ends.
    Range(f64, f64),
}

impl From<f64> for GivenValue<'_> {
    fn from(number: f64) -> Self {
        Self::Number(number)
    }
}

impl<'a> From<&'a str> for GivenValue<'a> {
    fn from(text: &'a str) -> Self {
        Self::Text(text)
    }
}

/// A model, given the values of some of its columns: the model of the other columns, which draws complete rows as well.
#[derive(Debug, Clone)]
pub struct GivenModel<'a> {
    file: &'a ModelFile,
    values: Vec<(usize, f64)>,
    /// With rules, the row of the table that is given; NaN is not.
    row: Vec<f64>,
    kept: Vec<usize>,
    pipeline: Pipeline,
    /// Of a kept column.
    range: Option<Range>,
    log_density: f64,
}

/// A range of a kept column.
#[derive(Debug, Clone)]
struct Range {
    column: usize,
    ends: (f64, f64),
    model: GivenRange,
}

/// What is given of a column, as numbers of the model.
enum Condition {
    Value(f64),
    Range(f64, f64),
}

impl ModelFile {
    /// The model of all other columns, given the values of some columns of the table, by name; see [`Pipeline::given`]. A range of one
    /// column is given by exact truncation, see [`Pipeline::given_range`].
    ///
    /// # Errors
    /// [`Error::GivenColumn`] for a name that is no column; [`Error::GivenValue`] for a text that is no value of its column;
    /// [`Error::InvalidParam`] for ranges of several columns, whose probability has no closed form; [`Error::InvalidRule`] for values
    /// that break a rule, and for a value of a column that follows from others without theirs; errors of [`Pipeline::given`] and
    /// [`Pipeline::given_range`].
    ///
    /// # Examples
    /// ```
    /// use mixlab::{Column, ModelFile, prelude::*};
    ///
    /// let survey = datasets::survey();
    /// let pipeline = Pipeline::params().mixture(GaussianMixture::params(4)).fit(&survey)?;
    /// let columns = ["age", "income", "spending", "visits"].map(Column::named).to_vec();
    /// let model = ModelFile { columns, ..ModelFile::from(pipeline) };
    /// let at_67 = model.given(&[("age", 67.0.into()), ("visits", "6".into())])?;
    /// assert_eq!(at_67.to_file()?.column_names(), ["income", "spending"]);
    /// let thirties = model.given(&[("age", "30..40".into())])?;
    /// assert!(thirties.range().is_some());
    /// # Ok::<(), mixlab::Error>(())
    /// ```
    pub fn given(&self, values_of: &[(&str, GivenValue<'_>)]) -> Result<GivenModel<'_>> {
        let names = self.table_names();
        let of_name = |&(name, value): &(&str, GivenValue<'_>)| -> Result<_> {
            let unknown = || Error::GivenColumn { name: name.into(), known: names.join(", ") };
            let column = names.iter().position(|known| known == name).ok_or_else(unknown)?;
            Ok((column, self.condition(column, name, value)?))
        };
        let (mut values, mut ranges) = (Vec::new(), Vec::new());
        for value in values_of.iter().map(of_name) {
            match value? {
                (column, Condition::Value(number)) => values.push((column, number)),
                (column, Condition::Range(low, high)) => ranges.push((column, (low, high))),
            }
        }
        let mut row = Vec::new();
        if let Some(rules) = &self.rules {
            let given = rules.given(&values)?;
            (values, row) = (given.of_model, given.row);
            for (column, _) in &mut ranges {
                *column = rules.column_of_range(*column)?;
            }
        }
        self.check_levels(&values)?;
        let (pipeline, mut log_density) = self.pipeline.given_with_density(&values)?;
        let is_kept = |column: &usize| values.iter().all(|(given, _)| given != column);
        let kept: Vec<usize> = (0..self.pipeline.n_features()).filter(is_kept).collect();
        let range = match ranges.as_slice() {
            [] => None,
            &[(column, ends)] => {
                let place = kept.binary_search(&column).map_err(|_| {
                    Error::param("given columns", column, "each column at most once")
                })?;
                let model = pipeline.given_range(place, ends.0, ends.1)?;
                log_density += model.log_probability();
                Some(Range { column, ends, model })
            }
            _ => {
                let expected = "at most 1, the others values: the probability of several ranges has no closed form";
                return Err(Error::param("the number of given ranges", ranges.len(), expected));
            }
        };
        Ok(GivenModel { file: self, values, row, kept, pipeline, range, log_density })
    }

    /// The model of some columns of the table, by name, whatever the others are; see [`Pipeline::keep`]. They are in the order of the
    /// model.
    ///
    /// # Errors
    /// [`Error::GivenColumn`] for a name that is no column; [`Error::InvalidParam`] without names; [`Error::InvalidRule`] for a column
    /// that follows from others without these.
    pub fn keep(&self, names: &[&str]) -> Result<Self> {
        let known = self.table_names();
        if let Some(name) = names.iter().find(|name| !known.iter().any(|known| known == *name)) {
            return Err(Error::GivenColumn { name: (*name).into(), known: known.join(", ") });
        }
        let is_kept = |column: &usize| names.contains(&known[*column].as_str());
        let kept = match &self.rules {
            Some(rules) => rules.model_columns_of(names)?,
            None => (0..known.len()).filter(is_kept).collect(),
        };
        Ok(self.of_columns(self.pipeline.keep(&kept)?, &kept, |name| names.contains(&name)))
    }

    /// The file of a model of some of its columns, with the rules whose columns are wanted. Spikes and shares of values belong to the
    /// distribution of all rows, and the search to all columns.
    fn of_columns(
        &self,
        pipeline: Pipeline,
        kept: &[usize],
        wanted: impl Fn(&str) -> bool,
    ) -> Self {
        let column = |&at: &usize| Column {
            spikes: Vec::new(),
            values: Vec::new(),
            ..self.columns[at].clone()
        };
        let names = self.column_names();
        let columns = match self.columns.is_empty() {
            true if kept.len() == names.len() => Vec::new(),
            true => kept.iter().map(|&at| Column::named(&*names[at])).collect(),
            false => kept.iter().map(column).collect(),
        };
        let image = self.image.filter(|_| kept.len() == names.len());
        let rules = self.rules.as_ref();
        let rules = rules.and_then(|rules| rules.keep(kept, &self.columns, wanted));
        Self { pipeline, image, columns, rules, search: None }
    }

    /// Returns an error for a number of few values, which is a category, that is none of them.
    fn check_levels(&self, values: &[(usize, f64)]) -> Result<()> {
        for &(column, value) in values {
            let Some(levels) = self.pipeline.layout().levels(column) else { continue };
            if !levels.contains(&value) {
                let levels: Vec<String> = levels.iter().map(f64::to_string).collect();
                let (name, value) = (self.column_names()[column].clone(), value.to_string());
                let expected = format!(
                    "its values are categories, which in the data are {}; fit with --shape {:?} for others",
                    levels.join(", "),
                    format!("{name}=none")
                );
                return Err(Error::GivenValue { name, value, expected });
            }
        }
        Ok(())
    }

    /// What is given of a column.
    fn condition(&self, column: usize, name: &str, value: GivenValue<'_>) -> Result<Condition> {
        match value {
            GivenValue::Number(number) => Ok(Condition::Value(number)),
            GivenValue::Range(low, high) => Ok(Condition::Range(low, high)),
            GivenValue::Text(text) => {
                let is_category = self
                    .table_columns()
                    .get(column)
                    .is_some_and(|column| column.kind.is_categorical());
                match text.split_once("..").filter(|_| !is_category) {
                    Some((low, high)) if low.trim().is_empty() || high.trim().is_empty() => {
                        let (name, value) = (name.into(), text.into());
                        let expected = "a range has both ends, such as 40..50".into();
                        Err(Error::GivenValue { name, value, expected })
                    }
                    Some((low, high)) => Ok(Condition::Range(
                        self.number_of(column, name, low)?,
                        self.number_of(column, name, high)?,
                    )),
                    None => self.number_of(column, name, text).map(Condition::Value),
                }
            }
        }
    }

    /// The number of a value of a column.
    fn number_of(&self, column: usize, name: &str, text: &str) -> Result<f64> {
        let text = text.trim();
        let number = || text.parse::<f64>().ok().filter(|number| number.is_finite());
        let kind = self
            .table_columns()
            .get(column)
            .map_or(ValueKind::Numeric, |column| column.kind.clone());
        let (found, expected) = match &kind {
            ValueKind::Categorical(levels) => (
                levels.index_of(text).map(|index| index as f64),
                format!("its levels are {}", levels.names().join(", ")),
            ),
            ValueKind::Date(DateForm::Pattern(pattern)) => {
                (pattern.days(text), format!("its dates have the form {pattern}"))
            }
            ValueKind::Date(DateForm::YearMonthDay) => (
                number().and_then(|written| kind.encode(written)),
                "its dates have the form YYYYMMDD".into(),
            ),
            ValueKind::Numeric => (number(), "it holds numbers".into()),
        };
        let (name, value) = (name.into(), text.into());
        found.ok_or(Error::GivenValue { name, value, expected })
    }
}

impl GivenModel<'_> {
    /// The model of the other columns, in their order, given the values; a column of which a range is given is one of them.
    pub fn pipeline(&self) -> &Pipeline {
        &self.pipeline
    }

    /// The distribution of the other columns given the range of one of them, if there is one.
    pub fn range(&self) -> Option<&GivenRange> {
        self.range.as_ref().map(|range| &range.model)
    }

    /// The column of which a range is given, and the ends of the range.
    pub fn column_of_range(&self) -> Option<(usize, (f64, f64))> {
        self.range.as_ref().map(|range| (range.column, range.ends))
    }

    /// The columns of the model that are given, with their numbers; without rules, in the order of the call.
    pub fn values(&self) -> &[(usize, f64)] {
        &self.values
    }

    /// Log-density of the given values: of their marginal density, in the units of the data, times the probability of a range.
    pub fn log_density(&self) -> f64 {
        self.log_density
    }

    /// The model of the other columns as a file of its own.
    ///
    /// # Errors
    /// [`Error::InvalidParam`] if a range is given: truncated distributions are no mixture of Gaussians.
    pub fn to_file(&self) -> Result<ModelFile> {
        if self.range.is_some() {
            let expected = "a value, to write a model: truncated distributions are no Gaussians";
            return Err(Error::param("the given column", "a range", expected));
        }
        Ok(self.file_of_kept())
    }

    /// Names and kinds of the columns that are not given, with their model before a range.
    pub fn file_of_kept(&self) -> ModelFile {
        self.file.of_columns(self.pipeline.clone(), &self.kept, |_| true)
    }

    /// Draws `n_samples` rows of all columns in blocks, in the user's units, in which the given columns have their values; see
    /// [`ModelFile::sample_blocks`].
    pub fn sample_blocks(
        &self,
        n_samples: usize,
        seed: u64,
        residual: bool,
        units: UserUnits,
    ) -> impl Iterator<Item = Array2<f64>> {
        let maps = self.file.value_maps(residual, units);
        let blocks: Box<dyn Iterator<Item = _> + '_> = match &self.range {
            Some(range) => {
                let model = &range.model;
                Box::new(model.sample_blocks(n_samples, seed, residual, units.complete))
            }
            None => {
                let blocks = self.pipeline.sample_blocks(n_samples, seed, residual);
                Box::new(blocks.complete(units.complete))
            }
        };
        blocks.map(move |(rows, _)| {
            let mut rows = self.file.rounded(self.with_values(rows), &maps, units);
            // given values as they are
            for &(column, value) in &self.values {
                rows.column_mut(column).fill(value);
            }
            self.file.written(rows, &self.row, units)
        })
    }

    /// Draws `n_samples` rows at once, those of [`sample_blocks`](Self::sample_blocks).
    pub fn sample(
        &self,
        n_samples: usize,
        seed: u64,
        residual: bool,
        units: UserUnits,
    ) -> Array2<f64> {
        let blocks: Vec<_> = self.sample_blocks(n_samples, seed, residual, units).collect();
        let views: Vec<_> = blocks.iter().map(|block| block.view()).collect();
        concatenate(Axis(0), &views).expect("blocks of the same columns")
    }

    /// Rows of all columns.
    fn with_values(&self, rows: Array2<f64>) -> Array2<f64> {
        if self.values.is_empty() {
            return rows;
        }
        let mut all = Array2::zeros((rows.nrows(), self.values.len() + self.kept.len()));
        for (&column, values) in self.kept.iter().zip(rows.axis_iter(Axis(1))) {
            all.column_mut(column).assign(&values);
        }
        for &(column, value) in &self.values {
            all.column_mut(column).fill(value);
        }
        all
    }
}
