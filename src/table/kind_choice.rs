//! The choice of the kinds of columns: numbers, dates, or categories.

use std::path::Path;

use super::choice::find;
use crate::error::{Error, Result};
use crate::rows::kind::ValueKind;
use crate::rows::schema::Column;

/// The kinds of the columns of a table: how [`TableReader`](super::TableReader) finds them.
///
/// | choice | |
/// | --- | --- |
/// | [`numbers`](Self::numbers), the default | all columns are numbers; text is an error |
/// | [`detect`](Self::detect) | kinds are detected by all values |
/// | [`of`](Self::of) | the kinds of columns that are known, such as those of a model |
///
/// # Detection
/// | values | kind |
/// | --- | --- |
/// | numbers; also with a percent or currency sign in every value, which is left out (12.5 for `12.5%`) | numeric |
/// | at least three different numbers of the form YYYYMMDD, all of them dates of the years 1800 to 2200 | date |
/// | dates and times of one form: `2024-03-01`, `2024-03-01T12:30:00Z`, `01.03.2024`, `3/1/2024`, `1 Mar 2024`, `Mar 1, 2024`, `2024-03`, `12:30` | date: days since 1970-01-01, times as fractions of days |
/// | truth values, and other texts | categorical: the index of the [level](crate::Levels); of more than 50, the most frequent 50 are levels and the others are one more, `other` |
///
/// A column of dates such as `3/1/2024` has the day or the month first, whichever all values allow. If they allow both, the
/// month is first between slashes, and the day otherwise.
///
/// Columns are left out if they tell nothing about rows: without values, with one value, and texts that nearly all differ, as
/// names, tickets and identifiers do. These are texts of which more than half differ, if more than 20 do; and more than three
/// quarters, if fewer do. Categories repeat their levels: with 20 levels or fewer, each level has more than one row on average in
/// a table of a few dozen rows, and a column of 700 rows with 400 texts is a list of names of which some repeat.
/// [`categorical`](Self::categorical) keeps such a column.
///
/// # Examples
/// ```
/// use mixlab::table::{KindChoice, TableReader};
///
/// let text = "day,colour\n2024-02-28,red\n2024-03-01,blue\n2023-12-31,red\n";
/// let reader = TableReader::new().kinds(KindChoice::detect());
/// let sheet = reader.read_from("x.csv".as_ref(), text.as_bytes())?;
/// let columns = sheet.schema.columns();
/// assert_eq!(columns[1].kind.levels().unwrap().names(), ["blue", "red"]);
/// let rows = &sheet.table.records;
/// assert_eq!(rows[[1, 0]] - rows[[0, 0]], 2.0);
/// assert_eq!(columns[0].kind.text(rows[[2, 0]]).unwrap(), "2023-12-31");
///
/// // another table, with the same kinds and levels
/// let more = "day,colour\n2024-05-01,green\n2024-05-02,red\n";
/// let reader = TableReader::new().kinds(KindChoice::of(&columns));
/// let rows = reader.read_from("y.csv".as_ref(), more.as_bytes())?.table.records.clone();
/// assert!(rows[[0, 1]].is_nan() && rows[[1, 1]] == 1.0);
/// # Ok::<(), mixlab::Error>(())
/// ```
#[derive(Debug, Clone, Default, PartialEq)]
pub struct KindChoice {
    detect: bool,
    numeric: Vec<String>,
    dates: Vec<String>,
    day_first: Vec<String>,
    month_first: Vec<String>,
    categorical: Vec<String>,
    /// The columns by position, if they are known.
    given: Vec<Column>,
    new_levels: bool,
}

/// The requested kind of a column.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Request {
    /// Numbers, without detection.
    Plain,
    Detect,
    Numeric,
    /// Dates; whether the month is first, if it is known.
    Date(Option<bool>),
    Categorical,
    /// The kind of this column; none of its levels may be new unless `new_levels`.
    Given {
        kind: ValueKind,
        new_levels: bool,
    },
}

impl KindChoice {
    /// All columns are numbers.
    pub fn numbers() -> Self {
        Self::default()
    }

    /// Kinds are detected, and columns that tell nothing about rows are left out.
    pub fn detect() -> Self {
        Self { detect: true, ..Self::default() }
    }

    /// The kinds of these columns, in their order, such as those of a model. A text that is not a level is the level `other`, if
    /// there is one, and a missing value otherwise.
    pub fn of(columns: &[Column]) -> Self {
        Self { given: columns.to_vec(), ..Self::default() }
    }

    /// With the levels of columns that are known, sets whether other texts become further levels, after them.
    pub fn new_levels(mut self, new_levels: bool) -> Self {
        self.new_levels = new_levels;
        self
    }

    /// Reads these columns as numbers; `first..last` is a range of columns.
    pub fn numeric(mut self, names: impl IntoIterator<Item = impl Into<String>>) -> Self {
        self.numeric = names.into_iter().map(Into::into).collect();
        self
    }

    /// Reads these columns as dates of any year from 1 to 9999; `first..last` is a range of columns.
    pub fn dates(mut self, names: impl IntoIterator<Item = impl Into<String>>) -> Self {
        self.dates = names.into_iter().map(Into::into).collect();
        self
    }

    /// Reads these columns as dates with the day before the month.
    pub fn day_first(mut self, names: impl IntoIterator<Item = impl Into<String>>) -> Self {
        self.day_first = names.into_iter().map(Into::into).collect();
        self
    }

    /// Reads these columns as dates with the month before the day.
    pub fn month_first(mut self, names: impl IntoIterator<Item = impl Into<String>>) -> Self {
        self.month_first = names.into_iter().map(Into::into).collect();
        self
    }

    /// Reads these columns as categories, whatever they hold; `first..last` is a range of columns.
    pub fn categorical(mut self, names: impl IntoIterator<Item = impl Into<String>>) -> Self {
        self.categorical = names.into_iter().map(Into::into).collect();
        self
    }

    /// Whether columns may be left out, so that all rows must be read before any can be returned.
    pub(super) fn detects(&self) -> bool {
        self.given.is_empty() && (self.detect || !self.categorical.is_empty() || self.names_dates())
    }

    fn names_dates(&self) -> bool {
        [&self.dates, &self.day_first, &self.month_first].into_iter().any(|names| !names.is_empty())
    }

    /// Whether a column is named.
    pub(super) fn has(&self, name: &str) -> bool {
        let lists =
            [&self.numeric, &self.dates, &self.day_first, &self.month_first, &self.categorical];
        lists.into_iter().flatten().any(|known| known == name)
    }

    /// Returns the requested kinds of columns with these names.
    ///
    /// # Errors
    /// [`Error::UnknownColumn`]; [`Error::ShapeMismatch`] if another number of columns is known.
    pub(super) fn requests(&self, path: &Path, names: &[String]) -> Result<Vec<Request>> {
        if !self.given.is_empty() {
            if self.given.len() != names.len() {
                return Err(Error::shape("the kinds", names.len(), self.given.len()));
            }
            let new_levels = self.new_levels;
            let given = self.given.iter().map(|column| column.kind.clone());
            return Ok(given.map(|kind| Request::Given { kind, new_levels }).collect());
        }
        let plain = if self.detect { Request::Detect } else { Request::Plain };
        let mut requests = vec![plain; names.len()];
        for (list, request) in [
            (&self.dates, Request::Date(None)),
            (&self.day_first, Request::Date(Some(false))),
            (&self.month_first, Request::Date(Some(true))),
            (&self.categorical, Request::Categorical),
            (&self.numeric, Request::Numeric),
        ] {
            for name in list {
                let found = find(path, names, true, name)?;
                found.into_iter().for_each(|column| requests[column] = request.clone());
            }
        }
        Ok(requests)
    }
}

impl Request {
    /// Whether numbers are to be counted as categories.
    pub(super) fn is_categorical(&self) -> bool {
        match self {
            Self::Categorical => true,
            Self::Given { kind, .. } => kind.is_categorical(),
            _ => false,
        }
    }

    /// Whether texts are an error.
    pub(super) fn needs_numbers(&self) -> bool {
        match self {
            Self::Plain | Self::Numeric => true,
            Self::Given { kind, .. } => kind.is_numeric(),
            _ => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn named_columns_have_the_requested_kind() {
        let names = ["a", "b", "c", "d"].map(String::from);
        let choice = KindChoice::detect().categorical(["b..c"]).numeric(["c"]).month_first(["d"]);
        let requests = choice.requests(Path::new("x.csv"), &names).unwrap();
        let expected =
            [Request::Detect, Request::Categorical, Request::Numeric, Request::Date(Some(true))];
        assert_eq!(requests, expected);
        let error = KindChoice::detect().dates(["e"]).requests(Path::new("x.csv"), &names);
        assert!(matches!(error, Err(Error::UnknownColumn { .. })));
        let given = KindChoice::of(&[Column::named("a")]);
        assert!(given.requests(Path::new("x.csv"), &names).is_err() && !given.detects());
    }
}
