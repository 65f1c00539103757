//! The kind of one column of dates in texts.

use super::decision::Decision;
use super::interner::Interner;
use super::kind_choice::Request;
use super::left_out::LeftOut;
use super::recode::Recode;
use super::resolved::{Resolved, decided};
use super::stats::{CodeCounts, DateRange};
use crate::rows::date_column::DateColumn;
use crate::rows::kind::{DateForm, ValueKind};
use crate::rows::schema::Column;

/// A column of texts all of which are dates of one form; none if they are not, or if dates are not requested or detected.
pub(super) fn of_date_texts(
    name: &str,
    request: &Request,
    texts: &Interner,
    codes: &CodeCounts,
) -> Option<Resolved> {
    let pattern = match request {
        Request::Given { kind: ValueKind::Date(DateForm::Pattern(pattern)), .. } => *pattern,
        Request::Detect | Request::Date(_) if !texts.is_full() => {
            let mut dates = DateColumn::default();
            let mut used = texts.texts().enumerate().filter(|&(code, _)| codes.of(code) > 0);
            let order = if let Request::Date(order) = request { *order } else { None };
            used.all(|(_, text)| dates.add(text).is_some()).then(|| dates.pattern(order))??
        }
        _ => return None,
    };
    let numbers: Vec<f64> =
        texts.texts().map(|text| pattern.days(text).unwrap_or(f64::NAN)).collect();
    let used = numbers.iter().enumerate().filter(|&(code, _)| codes.of(code) > 0);
    let range = used.map(|(_, &days)| (days, days)).filter(|(days, _)| !days.is_nan());
    let range = range.reduce(|all, one| (all.0.min(one.0), all.1.max(one.1)));
    let kind = ValueKind::Date(DateForm::Pattern(pattern));
    let column = Column { range, decimals: Some(0), kind, ..Column::named(name) };
    let recode = Recode::Codes { numbers, other: f64::NAN };
    let decided_by = decided(request, &format!("dates {pattern}"));
    Some(Resolved {
        left_out: LeftOut::of_range(range),
        ..Resolved::new(column, recode, &decided_by)
    })
}

/// A column of dates in texts.
pub(super) fn of_dates(
    name: &str,
    request: &Request,
    dates: &DateColumn,
    range: &DateRange,
) -> Resolved {
    if let Request::Given { kind, .. } = request {
        let column = Column {
            range: range.get(false),
            decimals: Some(0),
            kind: kind.clone(),
            ..Column::named(name)
        };
        return Resolved::new(column, Recode::Same, "of the model");
    }
    let requested = if let Request::Date(month_first) = request { *month_first } else { None };
    let Some(pattern) = dates.pattern(requested) else {
        let resolved = Resolved::new(Column::named(name), Recode::Same, "detected: dates");
        return Resolved { left_out: Some(LeftOut::NoValues), ..resolved };
    };
    let is_month_first = DateColumn::is_month_first(&pattern);
    let range = range.get(is_month_first);
    let kind = ValueKind::Date(DateForm::Pattern(pattern));
    let column = Column { range, decimals: Some(0), kind, ..Column::named(name) };
    let recode = if is_month_first { Recode::MonthFirst } else { Recode::Same };
    let mut resolved =
        Resolved::new(column, recode, &decided(request, &format!("dates {pattern}")));
    resolved.left_out = LeftOut::of_range(range);
    if dates.is_ambiguous() && requested.is_none() {
        let column = name.to_owned();
        resolved.decisions.push(Decision::AmbiguousDates { column, is_month_first });
    }
    resolved
}
