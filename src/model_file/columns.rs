//! The fields of the columns of the data.

use ndarray::{Array1, Array2};

use super::described::Described;
use super::fields::{Fields, malformed};
use super::source::{Source, count};
use crate::error::Result;
use crate::rows::kind::ValueKind;
use crate::rows::schema::{Column, Spike};

/// The columns of the data; empty without names.
impl Described for Vec<Column> {
    fn fields(&self) -> Fields<'_> {
        column_fields(self, "feature")
    }

    fn from_fields(source: &mut Source<'_>) -> Result<Self> {
        read_columns(source, "feature")
    }
}

/// The fields of columns, whose names begin with `prefix`.
pub(super) fn column_fields<'f>(columns: &[Column], prefix: &str) -> Fields<'f> {
    let named = |name: &str| format!("{prefix}_{name}");
    let mut fields = Fields::default();
    if columns.is_empty() {
        return fields;
    }
    let names: Vec<_> = columns.iter().map(|column| column.name.clone()).collect();
    fields.push(named("names"), names);
    if columns.iter().any(|column| column.range.is_some() || column.decimals.is_some()) {
        let ranges = columns.iter().map(|column| column.range.unwrap_or((f64::NAN, f64::NAN)));
        let ends: Vec<_> = ranges.map(|(low, high)| [low, high]).collect();
        fields.push(named("range"), Array2::from(ends).into_dyn());
        let decimals = columns.iter().map(|column| column.decimals.map_or(-1, i64::from));
        fields.push(named("decimals"), decimals.collect::<Vec<_>>());
    }
    if columns.iter().any(|column| column.step.is_some()) {
        let steps = columns.iter().map(|column| column.step.unwrap_or(0.0));
        fields.push(named("steps"), steps.collect::<Array1<f64>>().into_dyn());
    }
    if columns.iter().any(|column| !column.kind.is_numeric()) {
        let kinds: Vec<_> = columns.iter().map(|column| column.kind.to_line()).collect();
        fields.push(named("kinds"), kinds);
    }
    let spikes: Vec<[f64; 4]> = columns.iter().enumerate().flat_map(spike_fields).collect();
    if !spikes.is_empty() {
        fields.push(named("spikes"), Array2::from(spikes).into_dyn());
    }
    let of_column = |(index, column): (usize, &Column)| -> Vec<[f64; 3]> {
        let row = |&(value, share): &(f64, f64)| [index as f64, value, share];
        column.values.iter().map(row).collect()
    };
    let values: Vec<[f64; 3]> = columns.iter().enumerate().flat_map(of_column).collect();
    if !values.is_empty() {
        fields.push(named("values"), Array2::from(values).into_dyn());
    }
    fields
}

/// Reads columns from fields whose names begin with `prefix`; none without names.
///
/// # Errors
/// [`Error::ModelFormat`](crate::Error::ModelFormat).
pub(super) fn read_columns(source: &mut Source<'_>, prefix: &str) -> Result<Vec<Column>> {
    let named = |name: &str| format!("{prefix}_{name}");
    let Some(names) = source.read::<Option<String>>(&named("names"))? else {
        return Ok(Vec::new());
    };
    let mut columns: Vec<Column> = names.split('\n').map(Column::named).collect();
    if source.group(&[&named("range"), &named("decimals")])? {
        let ranges: Array2<f64> = source.read(&named("range"))?;
        let decimals: Array1<f64> = source.read(&named("decimals"))?;
        if ranges.dim() != (columns.len(), 2) || decimals.len() != columns.len() {
            return Err(malformed("not every feature has a range and decimals".into()));
        }
        for ((column, range), decimals) in columns.iter_mut().zip(ranges.rows()).zip(decimals) {
            describe(column, [range[0], range[1]], decimals);
        }
    }
    if source.group(&[&named("steps")])? {
        let steps: Array1<f64> = source.read(&named("steps"))?;
        if steps.len() != columns.len() {
            return Err(malformed("not every feature has a step".into()));
        }
        for (column, step) in columns.iter_mut().zip(steps) {
            column.step = (step.is_finite() && step > 0.0).then_some(step);
        }
    }
    if let Some(kinds) = source.read::<Option<String>>(&named("kinds"))? {
        let kinds = kinds.split('\n').map(|kind| ValueKind::from_line(kind).map_err(malformed));
        let kinds = kinds.collect::<Result<Vec<ValueKind>>>()?;
        if kinds.len() != columns.len() {
            return Err(malformed("not every feature has a kind".into()));
        }
        columns.iter_mut().zip(kinds).for_each(|(column, kind)| column.kind = kind);
    }
    if source.group(&[&named("spikes")])? {
        let spikes: Array2<f64> = source.read(&named("spikes"))?;
        spikes.rows().into_iter().try_for_each(|row| add_spike(&mut columns, &row.to_vec()))?;
    }
    if source.group(&[&named("values")])? {
        let values: Array2<f64> = source.read(&named("values"))?;
        values.rows().into_iter().try_for_each(|row| add_value(&mut columns, &row.to_vec()))?;
    }
    Ok(columns)
}

/// Adds a row of `feature_values` to its column, in ascending order.
fn add_value(columns: &mut [Column], fields: &[f64]) -> Result<()> {
    let invalid = || malformed(format!("array \"feature_values\" has the row {fields:?}"));
    let &[index, value, share] = fields else { return Err(invalid()) };
    let column = columns.get_mut(count("feature_values", index)?).ok_or_else(invalid)?;
    column.values.push((value, share));
    if has_valid_values(column) { Ok(()) } else { Err(invalid()) }
}

/// Whether the last of the values of a column is finite and the largest, and its share is one.
pub(super) fn has_valid_values(column: &Column) -> bool {
    let Some(((value, share), others)) = column.values.split_last() else { return true };
    let is_largest = others.last().is_none_or(|(last, _)| last < value);
    is_largest && value.is_finite() && *share > 0.0 && *share <= 1.0
}

/// Adds range and number of decimals to a column; invalid values become unknown.
pub(super) fn describe(column: &mut Column, [low, high]: [f64; 2], decimals: f64) {
    let is_range = low <= high && low.is_finite() && high.is_finite();
    let is_count = (0.0..=f64::from(Column::MOST_DECIMALS)).contains(&decimals);
    column.range = is_range.then_some((low, high));
    column.decimals = is_count.then_some(decimals as u32);
}

/// Returns the rows of `feature_spikes` of a column.
fn spike_fields((index, column): (usize, &Column)) -> impl Iterator<Item = [f64; 4]> + '_ {
    column.spikes.iter().map(move |spike| [index as f64, spike.value, spike.share, spike.next])
}

/// Adds a row of `feature_spikes` to its column: at most one spike at each end.
fn add_spike(columns: &mut [Column], fields: &[f64]) -> Result<()> {
    let invalid = || malformed(format!("array \"feature_spikes\" has the row {fields:?}"));
    let &[index, value, share, next] = fields else { return Err(invalid()) };
    let spike = Spike { value, share, next };
    let column = columns.get_mut(count("feature_spikes", index)?).ok_or_else(invalid)?;
    column.spikes.push(spike);
    if has_valid_spikes(column) { Ok(()) } else { Err(invalid()) }
}

/// Whether the spikes of a column are finite, at most one at each end, and leave a share to other values.
pub(super) fn has_valid_spikes(column: &Column) -> bool {
    let is_valid = |spike: &Spike| {
        spike.value.is_finite()
            && spike.next.is_finite()
            && spike.value != spike.next
            && spike.share > 0.0
    };
    let total: f64 = column.spikes.iter().map(|spike| spike.share).sum();
    let is_low = |spike: &Spike| spike.value < spike.next;
    let is_pair = match column.spikes.as_slice() {
        [] | [_] => true,
        [low, high] => is_low(low) && !is_low(high) && low.next <= high.next,
        _ => false,
    };
    is_pair && total < 1.0 && column.spikes.iter().all(is_valid)
}
