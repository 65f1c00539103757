//! The kinds of the columns of a table, decided by all of its values.

use super::columns::Columns;
use super::decision::Decision;
use super::kind_choice::Request;
use super::left_out::LeftOut;
use super::options::Source;
use super::raw::RawColumn;
use super::recode::{Recode, RecodedColumn};
use super::resolved::{Resolved, of_distinct, of_numbers, of_texts, words};
use super::resolved_dates::of_dates;
use super::schema::{Schema, SchemaEntry};
use super::stats::{ColumnStats, RawStats};
use crate::error::{Error, Result};
use crate::rows::kind::{DateForm, ValueKind};

/// The columns of the rows, and how they are made of the values as they are read.
#[derive(Debug, Clone)]
pub(super) struct Resolution {
    /// The columns of the rows.
    pub(super) kept: Vec<RecodedColumn>,
    /// Reason for each column that is read and left out.
    pub(super) left_out: Vec<Option<LeftOut>>,
    pub(super) schema: Schema,
    pub(super) decisions: Vec<Decision>,
}

/// Columns as they are read, and their statistics.
pub(super) struct Resolving<'a> {
    pub(super) source: &'a Source,
    pub(super) columns: &'a Columns,
    pub(super) requests: &'a [Request],
    /// The columns as they are read; empty if all are numbers.
    pub(super) raw: &'a [RawColumn],
    /// Decisions that were taken to read the table.
    pub(super) decisions: &'a [Decision],
}

impl Resolving<'_> {
    /// Statistics of these columns without rows.
    pub(super) fn stats(&self) -> RawStats {
        new_stats(self.raw, self.requests)
    }

    /// Decides the kind of each column. Columns that were `left_out` before, if any, stay so.
    ///
    /// # Errors
    /// [`Error::NoColumns`] if all columns are left out.
    pub(super) fn resolve(
        &self,
        stats: &RawStats,
        left_out: &[Option<LeftOut>],
    ) -> Result<Resolution> {
        let numbers = RawColumn::Numbers;
        let mut all = Vec::new();
        for (at, name) in self.columns.names.iter().enumerate() {
            let raw = self.raw.get(at).unwrap_or(&numbers);
            let request = &self.requests[at];
            let mut resolved = match (raw, &stats.columns[at]) {
                (RawColumn::Texts(texts), ColumnStats::Codes(codes)) => {
                    of_texts(name, request, texts, codes)
                }
                (RawColumn::Dates(dates), ColumnStats::Dates(range)) => {
                    of_dates(name, request, dates, range)
                }
                (_, ColumnStats::Distinct(numbers)) => of_distinct(name, request, numbers),
                (_, ColumnStats::Numbers(profile)) => of_numbers(name, request, profile),
                _ => unreachable!("statistics of the columns as they are read"),
            };
            let is_kept = matches!(request, Request::Plain | Request::Given { .. })
                || self.columns.image.is_some();
            // values of a single row do not differ
            let is_single = stats.columns[at].n_rows() == 1
                && resolved.left_out.is_some_and(|reason| reason != LeftOut::NoValues);
            if is_kept || is_single {
                resolved.left_out = None;
            }
            if at == 0 && self.columns.may_number_rows && numbers_rows(&stats.columns[at]) {
                resolved.left_out = Some(LeftOut::RowNumbers);
            }
            let before = left_out.get(at).copied().flatten();
            resolved.left_out = before.or(resolved.left_out);
            all.push(resolved);
        }
        self.resolution(all, stats)
    }

    fn resolution(&self, all: Vec<Resolved>, stats: &RawStats) -> Result<Resolution> {
        let decisions = self.decide(&all, stats);
        let mut entries = self.index_entries();
        let (mut kept, mut left_out) = (Vec::new(), Vec::new());
        for (at, resolved) in all.into_iter().enumerate() {
            let n_missing = stats.columns[at].n_missing();
            let Resolved { column, recode, decided_by, left_out: reason, .. } = resolved;
            left_out.push(reason);
            let name = column.name.clone();
            entries.push(match reason {
                Some(reason) => SchemaEntry::left_out(&name, n_missing, reason),
                None => SchemaEntry::kept(column, n_missing, decided_by),
            });
            if reason.is_none() {
                kept.push(RecodedColumn { at, recode, name });
            }
        }
        if kept.is_empty() {
            let reasons = left_out.iter().zip(&self.columns.names);
            let reasons =
                reasons.filter_map(|(reason, name)| Some((name.clone(), (*reason)?.to_string())));
            let path = self.source.path.clone();
            return Err(Error::NoColumns { path, left_out: reasons.collect() });
        }
        Ok(Resolution { kept, left_out, schema: Schema::new(entries), decisions })
    }

    /// Entries of the columns that identify the rows, which are not read.
    fn index_entries(&self) -> Vec<SchemaEntry> {
        let entry = |name: &String| SchemaEntry::left_out(name, 0, "identifies the rows");
        let entries = |decision: &Decision| match decision {
            Decision::RowIndex { name, .. } => vec![entry(name)],
            Decision::IndexColumns { columns } => columns.iter().map(entry).collect(),
            _ => Vec::new(),
        };
        self.decisions.iter().flat_map(entries).collect()
    }

    /// Returns the decisions that a user may want to change: one for all columns that it concerns.
    fn decide(&self, all: &[Resolved], stats: &RawStats) -> Vec<Decision> {
        let (mut decisions, mut mixed) = (Vec::new(), Vec::new());
        let names_of = |is_meant: &dyn Fn(usize, &Resolved) -> bool| -> Vec<String> {
            let meant = all.iter().enumerate().filter(|&(at, resolved)| is_meant(at, resolved));
            meant.map(|(_, resolved)| resolved.column.name.clone()).collect()
        };
        let is_detected = |at: usize| self.requests[at] == Request::Detect;
        let left_out = |is_reason: &dyn Fn(LeftOut) -> bool| {
            names_of(&|_, resolved: &Resolved| resolved.left_out.is_some_and(is_reason))
        };
        let mut push = |columns: Vec<String>, decision: &dyn Fn(Vec<String>) -> Decision| {
            if !columns.is_empty() {
                decisions.push(decision(columns));
            }
        };
        push(left_out(&|reason| reason == LeftOut::RowNumbers), &|columns| Decision::RowIndex {
            name: columns[0].clone(),
            is_named: true,
            last: self.columns.names.last().cloned().unwrap_or_default(),
        });
        push(left_out(&LeftOut::is_names), &|columns| Decision::Names { columns });
        for (at, resolved) in all.iter().enumerate() {
            let words = match (resolved.left_out, self.raw.get(at), &stats.columns[at]) {
                (
                    Some(LeftOut::NumbersAndTexts { n_rows }),
                    Some(RawColumn::Texts(texts)),
                    ColumnStats::Codes(codes),
                ) => Some((words(texts, codes), n_rows)),
                _ => None,
            };
            if let Some((words, n_rows)) = words {
                let column = resolved.column.name.clone();
                mixed.push(Decision::NumbersAndTexts { column, words, n_rows });
            }
        }
        push(left_out(&|reason| reason == LeftOut::OneValue), &|columns| {
            Decision::ConstantColumns { columns }
        });
        push(left_out(&|reason| reason == LeftOut::NoValues), &|columns| Decision::NoValues {
            columns,
        });
        decisions.append(&mut mixed);
        let kept = |at: usize, resolved: &Resolved| resolved.left_out.is_none() && is_detected(at);
        decisions.extend(categories(all.iter().enumerate().filter(|&(at, one)| kept(at, one))));
        for resolved in all.iter().filter(|resolved| resolved.left_out.is_none()) {
            decisions.extend(resolved.decisions.iter().cloned());
        }
        decisions.extend(dates(all.iter().enumerate().filter(|&(at, one)| kept(at, one))));
        let codes =
            names_of(&|at, resolved: &Resolved| resolved.may_be_codes && kept(at, resolved));
        if !codes.is_empty() && codes.len() <= MOST_CODES {
            decisions.push(Decision::LikelyCodes { columns: codes });
        }
        let n_missing = |at: usize| stats.columns[at].n_missing();
        let is_detecting = self.requests.contains(&Request::Detect);
        let missing = all.iter().enumerate().filter(|(at, resolved)| {
            is_detecting && resolved.left_out.is_none() && n_missing(*at) > 0
        });
        let columns: Vec<_> =
            missing.map(|(at, resolved)| (resolved.column.name.clone(), n_missing(at))).collect();
        if !columns.is_empty() && !self.source.options.drop_missing {
            decisions.push(Decision::MissingValues { columns });
        }
        decisions
    }
}

/// Whether the values of a column are as many whole numbers from 0 or 1 on as there are rows.
fn numbers_rows(stats: &ColumnStats) -> bool {
    let ColumnStats::Numbers(profile) = stats else { return false };
    let range = profile.column("").range.filter(|_| profile.is_whole() && profile.n_missing() == 0);
    range.is_some_and(|(low, high)| low <= 1.0 && high - low + 1.0 == profile.n_values() as f64)
}

/// Maximum number of columns that are advised to be codes: with more, the table rather holds counts.
const MOST_CODES: usize = 12;

/// Statistics of columns without rows.
pub(super) fn new_stats(raw: &[RawColumn], requests: &[Request]) -> RawStats {
    let counted: Vec<bool> = requests.iter().map(Request::is_categorical).collect();
    if raw.is_empty() {
        return RawStats::new(&vec![RawColumn::Numbers; requests.len()], &counted);
    }
    RawStats::new(raw, &counted)
}

/// Returns the decision on columns that are categories.
fn categories<'a>(columns: impl Iterator<Item = (usize, &'a Resolved)>) -> Option<Decision> {
    let levels = |(_, resolved): (usize, &Resolved)| {
        let n_levels = resolved.column.kind.levels()?.n_levels();
        Some((resolved.column.name.clone(), n_levels))
    };
    let columns: Vec<_> = columns.filter_map(levels).collect();
    (!columns.is_empty()).then_some(Decision::Categories { columns })
}

/// Returns a decision for each form of dates.
fn dates<'a>(columns: impl Iterator<Item = (usize, &'a Resolved)>) -> Vec<Decision> {
    let mut by_form: Vec<(ValueKind, Vec<String>)> = Vec::new();
    for (_, Resolved { column, .. }) in columns {
        if !matches!(column.kind, ValueKind::Date(_)) {
            continue;
        }
        match by_form.iter_mut().find(|(kind, _)| *kind == column.kind) {
            Some((_, names)) => names.push(column.name.clone()),
            None => by_form.push((column.kind.clone(), vec![column.name.clone()])),
        }
    }
    let decision = |(kind, columns): (ValueKind, Vec<String>)| {
        let (form, is_number) = match kind {
            ValueKind::Date(DateForm::Pattern(pattern)) => (pattern.to_string(), false),
            _ => ("YYYYMMDD".to_owned(), true),
        };
        Decision::Dates { columns, form, is_number }
    };
    by_form.into_iter().map(decision).collect()
}

/// The resolution of columns of numbers without missing values counted and without ranges, for pieces of a table.
pub(super) fn all_numbers(columns: &Columns, decided_by: &str) -> Resolution {
    let kept = columns.names.iter().enumerate().map(|(at, name)| RecodedColumn {
        at,
        recode: Recode::Same,
        name: name.clone(),
    });
    let entries = columns
        .names
        .iter()
        .map(|name| SchemaEntry::kept(crate::rows::schema::Column::named(name), 0, decided_by));
    Resolution {
        kept: kept.collect(),
        left_out: vec![None; columns.names.len()],
        schema: Schema::new(entries.collect()),
        decisions: Vec::new(),
    }
}
