//! Tables from columns in memory, of numbers or texts with missing values.

use std::path::Path;

use super::columns::{Columns, Slot};
use super::finish::finish;
use super::interner::Interner;
use super::kind_choice::{KindChoice, Request};
use super::missing::{Faults, MissingMarkers};
use super::options::{ReadOptions, Source};
use super::raw::RawColumn;
use super::sheet::Sheet;
use super::stream::Piece;
use crate::error::{Error, Result};
use crate::rows::date_column::DateColumn;
use crate::rows::kind::{DateForm, ValueKind};

/// A builder of tables from columns in memory, such as those of a data frame.
///
/// Kinds of columns are detected as in a text table, unless [`kinds`](Self::kinds) are given.
///
/// # Examples
/// ```
/// use mixlab::{ModelFile, prelude::*, table::{KindChoice, TableBuilder}};
///
/// let sheet = TableBuilder::new()
///     .numbers("size", [Some(1.5), None, Some(3.5), Some(2.0)])
///     .texts("colour", [Some("red"), Some("blue"), None, Some("red")])
///     .build()?;
/// let columns = sheet.schema.columns();
/// assert_eq!(columns[1].kind.levels().unwrap().names(), ["blue", "red"]);
/// assert_eq!(sheet.table.records.column(1).to_vec()[..2], [1.0, 0.0]);
/// assert_eq!(sheet.schema.n_missing(), [1, 1]);
///
/// // further rows with the same kinds and levels
/// let more = TableBuilder::new()
///     .numbers("size", [Some(2.5)])
///     .texts("colour", [Some("green")])
///     .kinds(KindChoice::of(&columns))
///     .build()?;
/// assert!(more.table.records[[0, 1]].is_nan());
/// # Ok::<(), mixlab::Error>(())
/// ```
#[derive(Debug, Clone)]
pub struct TableBuilder {
    names: Vec<String>,
    values: Vec<Values>,
    options: ReadOptions,
}

#[derive(Debug, Clone)]
enum Values {
    Numbers(Vec<f64>),
    Texts(Vec<Option<String>>),
}

impl Values {
    fn len(&self) -> usize {
        match self {
            Self::Numbers(numbers) => numbers.len(),
            Self::Texts(texts) => texts.len(),
        }
    }
}

impl Default for TableBuilder {
    fn default() -> Self {
        let options = ReadOptions { kinds: KindChoice::detect(), ..ReadOptions::default() };
        Self { names: Vec::new(), values: Vec::new(), options }
    }
}

impl TableBuilder {
    /// A table without columns.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a column of numbers; none and NaN are missing values.
    pub fn numbers(
        mut self,
        name: impl Into<String>,
        values: impl IntoIterator<Item = impl Into<Option<f64>>>,
    ) -> Self {
        let values = values.into_iter().map(|value| value.into().unwrap_or(f64::NAN)).collect();
        self.names.push(name.into());
        self.values.push(Values::Numbers(values));
        self
    }

    /// Adds a column of texts: categories, dates, or names, which are left out. None and the words for missing values that are
    /// known in text tables, such as `NA` and the empty text, are missing values.
    pub fn texts<'a>(
        mut self,
        name: impl Into<String>,
        values: impl IntoIterator<Item = impl Into<Option<&'a str>>>,
    ) -> Self {
        let text = |value: Option<&str>| value.map(|text| text.trim().to_owned());
        let values = values.into_iter().map(|value| text(value.into())).collect();
        self.names.push(name.into());
        self.values.push(Values::Texts(values));
        self
    }

    /// Adds a column of truth values: categories `false` and `true`.
    pub fn booleans(
        self,
        name: impl Into<String>,
        values: impl IntoIterator<Item = impl Into<Option<bool>>>,
    ) -> Self {
        let text = |value: bool| if value { "true" } else { "false" };
        self.texts(name, values.into_iter().map(|value| value.into().map(text)))
    }

    /// Sets how the kinds of the columns are found: they are detected by default.
    pub fn kinds(mut self, kinds: KindChoice) -> Self {
        self.options.kinds = kinds;
        self
    }

    /// Sets texts and numbers that are missing values, in addition to the usual words.
    pub fn missing_values(mut self, texts: impl IntoIterator<Item = impl Into<String>>) -> Self {
        self.options.missing_values = texts.into_iter().map(Into::into).collect();
        self
    }

    /// Sets whether rows with missing values in columns that are kept are dropped.
    pub fn drop_missing(mut self, drop: bool) -> Self {
        self.options.drop_missing = drop;
        self
    }

    /// Returns the rows and the schema.
    ///
    /// # Errors
    /// [`Error::ShapeMismatch`] for columns of different lengths, [`Error::InfiniteValue`], [`Error::TextColumns`] for texts
    /// where numbers are requested, [`Error::UnknownColumn`], [`Error::NoColumns`], [`Error::EmptyTable`] and
    /// [`Error::InvalidDate`].
    pub fn build(self) -> Result<Sheet> {
        let source = Source::new(Path::new("the table"), &self.options);
        let n_rows = self.values.first().map_or(0, Values::len);
        if let Some(other) = self.values.iter().find(|values| values.len() != n_rows) {
            return Err(Error::shape("a column of the table", n_rows, other.len()));
        }
        if n_rows == 0 {
            return Err(source.no_rows(0));
        }
        let n_columns = self.names.len();
        let columns = Columns {
            places: (0..n_columns).collect(),
            slots: (0..n_columns).map(Slot::Number).collect(),
            names: self.names,
            image: None,
            may_number_rows: false,
            decisions: Vec::new(),
        };
        let requests = source.options.kinds.requests(&source.path, &columns.names)?;
        let markers = MissingMarkers::new(&source.options.missing_values);
        let mut numbers = vec![f64::NAN; n_rows * n_columns];
        let mut raw = Vec::new();
        for (at, (values, request)) in self.values.iter().zip(&requests).enumerate() {
            let (column, read) = match values {
                Values::Numbers(values) => (RawColumn::Numbers, in_numbers(values, &markers)),
                Values::Texts(texts) => read_texts(texts, request, &markers)
                    .ok_or_else(|| not_numbers(&source, &columns.names[at], texts))?,
            };
            raw.push(column);
            let to = numbers.iter_mut().skip(at).step_by(n_columns);
            to.zip(read).for_each(|(to, value)| *to = value);
        }
        let mut faults = Faults::default();
        for (row, values) in numbers.chunks_exact(n_columns).enumerate() {
            faults.merge(Faults::of_row(row + 1, values), 0);
        }
        faults.check(&source, &columns, "row")?;
        let mut piece = Piece { numbers, n_rows, ..Piece::default() };
        if source.options.drops_while_reading() {
            piece.drop_incomplete(n_columns);
        }
        finish(&source, &columns, (&raw, &[]), piece)
    }
}

/// Replaces numbers that are declared as missing.
fn in_numbers(values: &[f64], markers: &MissingMarkers) -> Vec<f64> {
    let read = |&value: &f64| if markers.has_number(value) { f64::NAN } else { value };
    values.iter().map(read).collect()
}

/// Reads texts as they are requested: as numbers, dates or codes; none for texts that are not.
fn read_texts(
    texts: &[Option<String>],
    request: &Request,
    markers: &MissingMarkers,
) -> Option<(RawColumn, Vec<f64>)> {
    let is_missing = |text: &str| {
        markers.has_text(text) || text.parse().is_ok_and(|number| markers.has_number(number))
    };
    let read = |text: &Option<String>, of: &mut dyn FnMut(&str) -> Option<f64>| match text {
        Some(text) if !is_missing(text) => of(text),
        _ => Some(f64::NAN),
    };
    if request.needs_numbers() {
        let mut number = |text: &str| text.parse().ok();
        let numbers: Option<Vec<f64>> = texts.iter().map(|text| read(text, &mut number)).collect();
        return Some((RawColumn::Numbers, numbers?));
    }
    if let Request::Given { kind: ValueKind::Date(DateForm::Pattern(pattern)), .. } = request {
        let mut days = |text: &str| pattern.days(text);
        let days: Option<Vec<f64>> = texts.iter().map(|text| read(text, &mut days)).collect();
        return Some((RawColumn::Dates(DateColumn::default()), days?));
    }
    let needs_dates =
        matches!(request, Request::Date(_) | Request::Given { kind: ValueKind::Date(_), .. });
    if needs_dates || *request == Request::Detect {
        let mut dates = DateColumn::default();
        let mut date = |text: &str| dates.add(text);
        let days: Option<Vec<f64>> = texts.iter().map(|text| read(text, &mut date)).collect();
        match days.filter(|_| dates.pattern(None).is_some()) {
            Some(days) => return Some((RawColumn::Dates(dates), days)),
            None if needs_dates => return None,
            None => {}
        }
    }
    let mut interner = match request {
        Request::Given { kind: ValueKind::Categorical(levels), .. } => {
            Interner::with(levels.names().iter().map(String::as_str))
        }
        _ => Interner::default(),
    };
    let mut code = |text: &str| Some(interner.code(text));
    let codes: Option<Vec<f64>> = texts.iter().map(|text| read(text, &mut code)).collect();
    Some((RawColumn::Texts(interner), codes?))
}

/// Returns the error for texts that are not of the requested kind.
fn not_numbers(source: &Source, name: &str, texts: &[Option<String>]) -> Error {
    let example = texts.iter().flatten().next().map(|text| format!(", like {text:?}"));
    let columns = vec![name.to_owned()];
    super::choice::text_columns(&source.path, columns, example.unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_of_all_types_have_their_kinds() {
        let names = ["Ada", "Bob", "Eve", "Dan"].map(Some);
        let days = [Some("2024-03-01"), None, Some("2024-03-02"), Some("")];
        let sheet = TableBuilder::new()
            .texts("name", names)
            .texts("day", days)
            .booleans("ok", [true, false, true, true])
            .numbers("x", [1.0, 2.0, f64::NAN, 4.0])
            .build()
            .unwrap();
        let kinds: Vec<String> =
            sheet.schema.columns().iter().map(|column| column.kind.to_string()).collect();
        assert_eq!(kinds, ["date %Y-%m-%d", "categorical", "numeric"]);
        assert_eq!(sheet.schema.n_missing(), [2, 0, 1]);
        assert_eq!(sheet.table.records.column(1).to_vec(), [1.0, 0.0, 1.0, 1.0]);
        assert_eq!(sheet.table.records[[2, 0]] - sheet.table.records[[0, 0]], 1.0);
        assert_eq!(sheet.schema.entries()[0].decided_by, "left out: 4 of 4 values differ");
    }

    #[test]
    fn wrong_columns_are_refused() {
        let uneven = TableBuilder::new().numbers("a", [1.0]).numbers("b", [1.0, 2.0]);
        assert!(matches!(uneven.build(), Err(Error::ShapeMismatch { .. })));
        assert!(matches!(TableBuilder::new().build(), Err(Error::EmptyTable { .. })));
        let infinite = TableBuilder::new().numbers("a", [1.0, f64::INFINITY]);
        assert!(matches!(infinite.build(), Err(Error::InfiniteValue { line: 2, .. })));
        let constant = TableBuilder::new().numbers("a", [1.0, 1.0]).texts("b", [None, Some("NA")]);
        let message = constant.build().unwrap_err().to_string();
        assert!(message.contains("\"a\" (one value), \"b\" (no values)"), "{message}");
        let texts = TableBuilder::new().texts("a", ["x", "y"]).kinds(KindChoice::numbers());
        assert!(matches!(texts.build(), Err(Error::TextColumns { .. })));
    }

    #[test]
    fn rows_without_a_value_are_kept_unless_they_are_dropped() {
        let table = TableBuilder::new()
            .numbers("a", [Some(1.0), None, Some(3.0)])
            .texts("b", [Some("u"), None, Some("v")])
            .kinds(KindChoice::detect().categorical(["b"]));
        let sheet = table.clone().build().unwrap();
        assert!(sheet.table.records.row(1).iter().all(|value| value.is_nan()));
        let complete = table.drop_missing(true).build().unwrap();
        assert_eq!((complete.rows, complete.n_dropped), (vec![0, 2], 1));
    }
}
