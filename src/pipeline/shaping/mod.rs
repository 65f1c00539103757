//! The choice of the shapes of columns: which have few values or spikes, and which map makes the others most nearly Gaussian.

mod candidates;
mod discrete;
mod rating;

use std::fmt;
use std::str::FromStr;

use ndarray::ArrayView1;
use rayon::prelude::*;

use crate::error::{Error, Result};
use crate::preprocess::columns::ColumnLayout;
use crate::preprocess::preprocessor::Preprocessor;
use crate::preprocess::shape::Shaping;
use crate::rows::backend::Backend;
use crate::rows::pass::Pass;
use crate::rows::sample::RowSample;
use crate::rows::summaries::SummariesRequest;

use candidates::fitted;
use discrete::Counts;
use rating::{Form, best};

/// Maximum number of levels of a column that is made a category on request.
const MOST_LEVELS: usize = 1000;
/// Number of rows, drawn at random, on which shapes are chosen.
const N_ROWS: usize = 5000;
/// Stream of random numbers of these rows.
const STREAM: u64 = u64::MAX;

/// The choice of the shape of a column of numbers; see [`Shape`](crate::Shape).
///
/// # Examples
/// ```
/// use mixlab::ShapeChoice;
///
/// assert_eq!("log".parse::<ShapeChoice>()?, ShapeChoice::Log);
/// assert_eq!(ShapeChoice::YeoJohnson.to_string(), "yeo-johnson");
/// # Ok::<(), mixlab::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub enum ShapeChoice {
    /// Values as they are.
    #[default]
    None,
    /// What describes the values of the column alone best, by BIC: one of the shapes, spikes, or a category.
    ///
    /// A column of at most 12 different values, each of three rows on average, becomes a category with these values. Of another, a shape is rated by a normal of the
    /// shaped values, and spikes are values that at least 5 % of the rows have, at least 10. Rounded values are rated by the
    /// probabilities of their intervals, so that shapes compare with spikes and with a category of at most 100 values. Before a PCA
    /// there are neither categories nor spikes.
    Auto,
    /// The logarithm of the value, or, if values are not positive, of its distance to a value below the smallest.
    Log,
    /// The logit: between 0 and 1 or 0 and 100 if all values are, and between values just beyond the range otherwise.
    Logit,
    /// The transform of Yeo and Johnson, with the exponent of the highest likelihood.
    YeoJohnson,
    /// Normal scores.
    Scores,
    /// A category of the different values, at most 1000.
    Levels,
}

impl ShapeChoice {
    /// The name, as it is parsed.
    pub fn name(self) -> &'static str {
        let found = Self::NAMES.iter().find(|(choice, _)| *choice == self);
        found.map_or("", |(_, name)| name)
    }

    const NAMES: [(Self, &'static str); 7] = [
        (Self::None, "none"),
        (Self::Auto, "auto"),
        (Self::Log, "log"),
        (Self::Logit, "logit"),
        (Self::YeoJohnson, "yeo-johnson"),
        (Self::Scores, "scores"),
        (Self::Levels, "levels"),
    ];
}

impl fmt::Display for ShapeChoice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

impl FromStr for ShapeChoice {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        let found = Self::NAMES.iter().find(|(_, name)| *name == text);
        found.map(|(choice, _)| *choice).ok_or_else(|| {
            Error::param("shape", text, "auto, none, log, logit, yeo-johnson, scores or levels")
        })
    }
}

/// The choice for all columns: that of a column, or the one of all others.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct ShapeChoices {
    pub(super) others: ShapeChoice,
    pub(super) of_columns: Vec<(usize, ShapeChoice)>,
}

impl ShapeChoices {
    pub(super) fn of(&self, column: usize) -> ShapeChoice {
        let found = self.of_columns.iter().rev().find(|(named, _)| *named == column);
        found.map_or(self.others, |(_, choice)| *choice)
    }

    /// Chooses the shapes of the columns that are not `categorical`, on rows drawn by `seed`.
    ///
    /// # Errors
    /// [`Error::ColumnShape`] for a column that does not exist or is a category, and for a shape that its values cannot have; any
    /// error from reading the rows.
    pub(super) fn choose(
        &self,
        backend: &mut dyn Backend,
        categorical: &[usize],
        (has_pca, seed): (bool, u64),
    ) -> Result<Shaping> {
        let n_features = backend.n_features();
        let invalid = |column: &usize| *column >= n_features || categorical.contains(column);
        if let Some(column) =
            self.of_columns.iter().map(|(column, _)| column).find(|at| invalid(at))
        {
            let (column, shape) = (*column, self.of(*column).name());
            return Err(Error::ColumnShape { column, shape, expected: "a column of numbers" });
        }
        let is_number = |column: &usize| !categorical.contains(column);
        let columns: Vec<usize> = (0..n_features).filter(is_number).collect();
        if columns.iter().all(|&column| self.of(column) == ShapeChoice::None) {
            return Ok(Shaping::default());
        }
        let sample = RowSample { seed, stream: STREAM, n_rows: N_ROWS };
        let drawn = backend.sample(&[sample])?;
        let Some(rows) = drawn.first() else { return Ok(Shaping::default()) };
        let form = |&column: &usize| decided(column, self.of(column), rows.column(column), has_pca);
        let forms: Vec<Form> = columns.par_iter().map(form).collect::<Result<_>>()?;
        let mut shaping = Shaping::default();
        for (column, form) in columns.into_iter().zip(forms) {
            match form {
                Form::Levels(values) => shaping.levels.push((column, values)),
                Form::Number(spikes, shape) => {
                    if !spikes.is_empty() {
                        shaping.spikes.push((column, spikes));
                    }
                    if !shape.is_identity() {
                        shaping.shapes.push((column, shape));
                    }
                }
            }
        }
        self.with_known_levels(backend, shaping)
    }

    /// Leaves out the levels of columns that have other values in rows that were not drawn.
    fn with_known_levels(
        &self,
        backend: &mut dyn Backend,
        mut shaping: Shaping,
    ) -> Result<Shaping> {
        if shaping.levels.is_empty() || backend.n_samples() <= N_ROWS {
            return Ok(shaping);
        }
        let n_features = backend.n_features();
        let columns: Vec<usize> = shaping.levels.iter().map(|(column, _)| *column).collect();
        let mut layout = ColumnLayout::new(n_features, columns.clone(), Vec::new())?;
        for (column, values) in &shaping.levels {
            layout = layout.with_levels(*column, values.clone())?;
        }
        let preprocessor = Preprocessor::new(None, None)?.with_layout(layout)?;
        let missing = Pass::new(SummariesRequest::default()).over(backend)?.missing;
        let coded = &mut *backend.transformed(&preprocessor)?;
        let of_codes = Pass::new(SummariesRequest::default()).over(coded)?.missing;
        let first = n_features - columns.len();
        let mut unknown = Vec::new();
        for (at, &column) in columns.iter().enumerate() {
            if of_codes[first + at].1 > missing[column].1 {
                if self.of(column) == ShapeChoice::Levels {
                    let expected = "at most 1000 values, of which 5000 rows show all";
                    let shape = ShapeChoice::Levels.name();
                    return Err(Error::ColumnShape { column, shape, expected });
                }
                unknown.push(column);
            }
        }
        shaping.levels.retain(|(column, _)| !unknown.contains(column));
        Ok(shaping)
    }
}

/// What a column with these values is, NaN for missing ones, by a choice.
///
/// # Errors
/// [`Error::ColumnShape`].
fn decided(
    column: usize,
    choice: ShapeChoice,
    values: ArrayView1<'_, f64>,
    has_pca: bool,
) -> Result<Form> {
    let mut sorted: Vec<f64> = values.iter().copied().filter(|value| !value.is_nan()).collect();
    sorted.sort_by(f64::total_cmp);
    let cannot = |expected| Error::ColumnShape { column, shape: choice.name(), expected };
    match choice {
        ShapeChoice::Levels => match Counts::of_sorted(&sorted).levels(MOST_LEVELS) {
            Some(levels) if !has_pca => Ok(Form::Levels(levels)),
            _ => Err(cannot("1 to 1000 different values, and no PCA")),
        },
        ShapeChoice::Auto => Ok(best(&sorted, has_pca)),
        ShapeChoice::None => Ok(Form::default()),
        _ => match fitted(choice, &sorted) {
            Some(shape) => Ok(Form::Number(Vec::new(), shape)),
            None => Err(cannot("different values, of which the quartiles differ as well")),
        },
    }
}
