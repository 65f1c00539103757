//! How the values of a column of a text table are read: as numbers, dates, or texts.

use super::dialect::Sampled;
use super::field::Rules;
use super::sample::{ColumnSample, bare_text, is_rare};
use crate::rows::date_column::DateColumn;
use crate::rows::date_pattern::DatePattern;
use crate::rows::kind::{DateForm, ValueKind};
use crate::table::interner::Interner;
use crate::table::kind_choice::Request;
use crate::table::raw::RawColumn;

/// How the values of a column are read.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Reading {
    Number(Rules),
    /// Dates, of a form that is known or not.
    Date(Option<DatePattern>),
    Text,
}

impl Reading {
    /// Decides how a column is read by its sample; `rules` are those of its numbers.
    pub(super) fn of(
        request: &Request,
        (sampled, column): (&Sampled<'_>, usize),
        rules: Rules,
    ) -> Self {
        let described = &sampled.described[column];
        let is_numeric = described.is_numeric();
        match request {
            Request::Plain | Request::Numeric => Self::Number(rules),
            Request::Categorical => Self::Text,
            Request::Date(_) if is_numeric => Self::Number(rules),
            Request::Date(_) => Self::Date(None),
            Request::Given { kind, .. } => match kind {
                ValueKind::Numeric => Self::Number(rules),
                ValueKind::Categorical(_) => Self::Text,
                ValueKind::Date(_) if is_numeric => Self::Number(rules),
                ValueKind::Date(DateForm::Pattern(pattern)) => Self::Date(Some(*pattern)),
                ValueKind::Date(_) => Self::Date(None),
            },
            Request::Detect if sampled.as_text.contains(&column) => Self::Text,
            Request::Detect => Self::detected(described, (sampled, column), rules),
        }
    }

    fn detected(
        described: &ColumnSample,
        (sampled, column): (&Sampled<'_>, usize),
        rules: Rules,
    ) -> Self {
        let n_others = described.n_others();
        // a few texts among numbers are rather mistakes
        let are_numbers = n_others == 0 || is_rare(n_others, described.n_numbers);
        if !described.is_boolean() && (are_numbers || described.sign().is_some()) {
            return Self::Number(rules);
        }
        if sampled.are_dates(column) { Self::Date(None) } else { Self::Text }
    }

    /// The column as it is read, without values.
    pub(super) fn raw(&self, request: &Request) -> RawColumn {
        match (self, request) {
            (Self::Number(_), _) => RawColumn::Numbers,
            (Self::Date(_), _) => RawColumn::Dates(DateColumn::default()),
            // the levels of a model are kept, however many other texts there are
            (Self::Text, Request::Given { kind: ValueKind::Categorical(levels), .. }) => {
                RawColumn::Texts(Interner::with(levels.names().iter().map(String::as_str)))
            }
            (Self::Text, _) => RawColumn::Texts(Interner::default()),
        }
    }

    /// The rules of numbers.
    pub(super) fn rules(&self) -> Option<&Rules> {
        if let Self::Number(rules) = self { Some(rules) } else { None }
    }
}

impl Sampled<'_> {
    /// Whether all values of a column that are not missing are dates of one form.
    fn are_dates(&self, column: usize) -> bool {
        let mut dates = DateColumn::default();
        let rows = self.sample.rows(self.shape.0, self.shape.1);
        let mut texts = rows.map(|row| bare_text(row.field(column)).unwrap_or("?"));
        let is_date = |text: &str| self.markers.has_text(text) || dates.add(text).is_some();
        texts.all(is_date) && dates.pattern(None).is_some()
    }
}
