//! The kind of one column, decided by what was requested and by its values.

use super::decision::Decision;
use super::interner::Interner;
use super::kind_choice::Request;
use super::left_out::LeftOut;
use super::recode::Recode;
use super::resolved_dates::of_date_texts;
use super::stats::{CodeCounts, DistinctNumbers};
use crate::rows::kind::ValueKind;
use crate::rows::levels::{Levels, truth};
use crate::rows::profile::ColumnProfile;
use crate::rows::schema::Column;

/// A column with its kind.
#[derive(Debug, Clone)]
pub(super) struct Resolved {
    pub(super) column: Column,
    pub(super) recode: Recode,
    pub(super) decided_by: String,
    /// The reason to leave it out, if there is one.
    pub(super) left_out: Option<LeftOut>,
    /// Decisions on this column alone.
    pub(super) decisions: Vec<Decision>,
    /// Whether its few whole numbers may be codes of categories.
    pub(super) may_be_codes: bool,
}

impl Resolved {
    pub(super) fn new(column: Column, recode: Recode, decided_by: &str) -> Self {
        Self {
            column,
            recode,
            decided_by: decided_by.to_owned(),
            left_out: None,
            decisions: Vec::new(),
            may_be_codes: false,
        }
    }
}

/// How a kind was decided, if not by the values.
pub(super) fn decided(request: &Request, detected: &str) -> String {
    match request {
        Request::Detect | Request::Plain => format!("detected: {detected}"),
        Request::Numeric | Request::Date(_) | Request::Categorical => "given".to_owned(),
        Request::Given { .. } => "of the model".to_owned(),
    }
}

/// Minimum number of rows of a column of codes, and for each distinct number, and maximum number of these.
const ROWS_OF_CODES: u64 = 30;
const ROWS_OF_CODE: u64 = 10;
const MOST_CODES: usize = 10;

/// A column of numbers.
pub(super) fn of_numbers(name: &str, request: &Request, profile: &ColumnProfile) -> Resolved {
    let is_date = match request {
        Request::Date(_) => true,
        Request::Given { kind, .. } => matches!(kind, ValueKind::Date(_)),
        Request::Detect => profile.looks_like_dates(),
        Request::Plain | Request::Numeric | Request::Categorical => false,
    };
    let column = match is_date {
        true => profile.column_of_kind(name, ValueKind::YEAR_MONTH_DAY),
        false => profile.column(name),
    };
    // a number that is no date has no range in days
    let left_out = LeftOut::of_range(profile.column(name).range);
    let mut resolved = if is_date {
        let mut column = column;
        if let Request::Given { kind, .. } = request {
            column.kind = kind.clone();
        }
        Resolved::new(column, Recode::YearMonthDay, &decided(request, "dates YYYYMMDD"))
    } else {
        Resolved::new(column, Recode::Same, &decided(request, "numbers"))
    };
    resolved.left_out = left_out;
    let n_distinct = profile.n_distinct().filter(|&n| (2..=MOST_CODES).contains(&n));
    resolved.may_be_codes = profile.is_whole()
        && profile.n_values() >= ROWS_OF_CODES
        && n_distinct.is_some_and(|n| profile.n_values() >= ROWS_OF_CODE * n as u64);
    resolved
}

/// A column of numbers that are categories.
pub(super) fn of_distinct(name: &str, request: &Request, numbers: &DistinctNumbers) -> Resolved {
    let sorted = numbers.sorted();
    let names: Vec<(String, u64)> = sorted.iter().map(|(x, n)| (x.to_string(), *n)).collect();
    let counts = || names.iter().map(|(name, n)| (name.as_str(), *n));
    let (levels, decisions) = match request {
        Request::Given { kind: ValueKind::Categorical(known), new_levels } => {
            with_given(name, (known, *new_levels), counts())
        }
        _ => with_counts(name, counts()),
    };
    let mut resolved = Resolved::new(
        categorical(name, levels.clone()),
        Recode::of_numbers(&levels),
        &decided(request, "numbers"),
    );
    resolved.left_out = LeftOut::of_levels(&levels);
    resolved.decisions = decisions;
    resolved
}

/// A column of texts.
pub(super) fn of_texts(
    name: &str,
    request: &Request,
    texts: &Interner,
    codes: &CodeCounts,
) -> Resolved {
    let counts = || texts.texts().enumerate().map(|(code, text)| (text, codes.of(code)));
    if let Request::Given { kind: ValueKind::Categorical(known), new_levels } = request {
        let (levels, decisions) = with_given(name, (known, *new_levels), counts());
        let recode = Recode::of_texts(texts.texts(), &levels);
        let column = categorical(name, levels);
        return Resolved { decisions, ..Resolved::new(column, recode, "of the model") };
    }
    let used = || counts().filter(|&(_, n)| n > 0);
    if let Some(resolved) = of_date_texts(name, request, texts, codes) {
        return resolved;
    }
    let n_texts = used().count() as u64;
    if let Some(levels) = truth_levels(used().map(|(text, _)| text)) {
        let recode = Recode::of_texts(texts.texts(), &levels);
        let column = categorical(name, levels.clone());
        let mut resolved = Resolved::new(column, recode, &decided(request, "true or false"));
        resolved.left_out = LeftOut::of_levels(&levels);
        return resolved;
    }
    let (levels, decisions) = with_counts(name, counts());
    let mut left_out = LeftOut::of_texts(codes.n_texts(), n_texts);
    if texts.is_full() && codes.n_not_kept > 0 {
        left_out = Some(LeftOut::TooManyTexts { n_kept: texts.texts().len() });
    }
    if left_out.is_some_and(LeftOut::is_names) || n_texts > Levels::MOST as u64 {
        left_out = numbers_and_texts(codes.n_texts(), used()).or(left_out);
    }
    // a requested category is kept, if it has more than one level
    if *request == Request::Categorical {
        left_out = LeftOut::of_levels(&levels);
    }
    let recode = Recode::of_texts(texts.texts(), &levels);
    let column = categorical(name, levels);
    let resolved = Resolved::new(column, recode, &decided(request, "text"));
    Resolved { left_out, decisions, ..resolved }
}

/// Maximum number of different texts among numbers that are rather words for missing values.
const MOST_WORDS: usize = 3;

/// Returns the reason to leave out a column of `n_values` values that are mostly numbers, and otherwise a few words.
fn numbers_and_texts<'a>(
    n_values: u64,
    counts: impl Iterator<Item = (&'a str, u64)>,
) -> Option<LeftOut> {
    let words: Vec<u64> =
        counts.filter(|(text, _)| text.parse::<f64>().is_err()).map(|(_, n)| n).collect();
    let n_rows = words.iter().sum();
    (words.len() <= MOST_WORDS && 2 * n_rows < n_values)
        .then_some(LeftOut::NumbersAndTexts { n_rows })
}

/// Returns the words among the numbers of a column.
pub(super) fn words(texts: &Interner, codes: &CodeCounts) -> Vec<String> {
    let used = texts.texts().enumerate().filter(|&(code, _)| codes.of(code) > 0);
    let words = used.filter(|(_, text)| text.parse::<f64>().is_err());
    words.map(|(_, text)| text.to_owned()).collect()
}

/// A column of categories.
fn categorical(name: &str, levels: Levels) -> Column {
    Column { kind: ValueKind::Categorical(levels), decimals: Some(0), ..Column::named(name) }
}

/// Returns the levels of texts with their numbers of rows, and the decision to join rare ones.
fn with_counts<'a>(
    name: &str,
    counts: impl Iterator<Item = (&'a str, u64)> + Clone,
) -> (Levels, Vec<Decision>) {
    let levels = Levels::of_counts(counts.clone());
    let n_texts = counts.clone().filter(|&(_, n)| n > 0).count();
    if n_texts <= Levels::MOST {
        return (levels, Vec::new());
    }
    let is_rare = |text: &str| levels.index(text).is_none_or(|at| at + 1 == levels.n_levels());
    let n_rows = counts.filter(|(text, _)| is_rare(text)).map(|(_, n)| n).sum();
    let column = name.to_owned();
    (levels.clone(), vec![Decision::OtherLevel { column, n_texts, n_rows }])
}

/// Returns the levels of a model, with new ones if they are allowed, and the decision on texts that are no levels.
fn with_given<'a>(
    name: &str,
    (known, new_levels): (&Levels, bool),
    counts: impl Iterator<Item = (&'a str, u64)>,
) -> (Levels, Vec<Decision>) {
    let is_unknown =
        |text: &str| known.index(text).is_none() && known.index_of_value(text).is_none();
    let unknown: Vec<(&str, u64)> = counts.filter(|&(text, n)| n > 0 && is_unknown(text)).collect();
    let Some(&(example, _)) = unknown.first() else { return (known.clone(), Vec::new()) };
    let becomes_other = known.names().last().is_some_and(|last| last == Levels::OTHER);
    if new_levels && !becomes_other {
        let further = Levels::of_counts(unknown);
        let names = known.names().iter().chain(further.names());
        return (Levels::new(names), Vec::new());
    }
    let decision = Decision::UnknownLevels {
        column: name.to_owned(),
        example: example.to_owned(),
        n_texts: unknown.len(),
        n_rows: unknown.iter().map(|(_, n)| n).sum(),
        becomes_other,
    };
    (known.clone(), vec![decision])
}

/// Returns the levels of truth values: as they are written, if each is written in one way, or `false` and `true`.
fn truth_levels<'a>(texts: impl Iterator<Item = &'a str>) -> Option<Levels> {
    let mut found: [Vec<&str>; 2] = Default::default();
    for text in texts {
        found[usize::from(truth(text)?)].push(text);
    }
    let names: Vec<&str> = if found.iter().all(|texts| texts.len() <= 1) {
        found.concat()
    } else {
        let is_used = |at: &usize| !found[*at].is_empty();
        (0..2).filter(is_used).map(|at| ["false", "true"][at]).collect()
    };
    (!names.is_empty()).then(|| {
        let mut names = names;
        names.sort_unstable();
        Levels::new(names)
    })
}
