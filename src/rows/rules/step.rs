//! Rules as steps of a computation, each after those that it builds on.

use super::Rule;
use super::combination::Combinations;
use crate::error::{Error, Result};
use crate::rows::schema::Column;

/// A rule, with places of columns instead of names.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Step {
    /// The column is at least each of the others: a model has the difference to the largest of them in its place.
    AtLeast { column: usize, lowers: Vec<usize> },
    /// The column follows from others.
    Sum { column: usize, terms: Vec<(f64, usize)>, constant: f64 },
    /// The columns are one category.
    Combinations(Combinations),
}

impl Step {
    /// Columns that the step determines.
    pub(super) fn determined(&self) -> &[usize] {
        match self {
            Self::AtLeast { column, .. } | Self::Sum { column, .. } => std::slice::from_ref(column),
            Self::Combinations(of) => &of.columns,
        }
    }

    /// Columns from which the step determines them.
    pub(super) fn sources(&self) -> Vec<usize> {
        match self {
            Self::AtLeast { lowers, .. } => lowers.clone(),
            Self::Sum { terms, .. } => terms.iter().map(|&(_, column)| column).collect(),
            Self::Combinations(_) => Vec::new(),
        }
    }

    /// The name of the column of a model that stands for the columns that the step determines; none if they follow from others.
    pub(super) fn name(&self, columns: &[Column]) -> Option<String> {
        match self {
            Self::AtLeast { column, lowers } => {
                let lower = match lowers.as_slice() {
                    [one] => columns[*one].name.clone(),
                    several => format!("max({})", names(columns, several)),
                };
                Some(format!("{} - {lower}", columns[*column].name))
            }
            Self::Sum { .. } => None,
            Self::Combinations(of) => Some(names(columns, &of.columns)),
        }
    }
}

/// The names of some of the columns, joined.
pub(super) fn names(columns: &[Column], some: &[usize]) -> String {
    some.iter().map(|&at| columns[at].name.as_str()).collect::<Vec<_>>().join(", ")
}

/// The value of a sum in a row.
pub(super) fn sum(row: &[f64], terms: &[(f64, usize)], constant: f64) -> f64 {
    terms.iter().map(|&(factor, column)| factor * row[column]).sum::<f64>() + constant
}

/// The largest value of some columns of a row; NaN if one is missing.
pub(super) fn largest(row: &[f64], columns: &[usize]) -> f64 {
    let larger = |a: f64, b: f64| if a.is_nan() || b.is_nan() { f64::NAN } else { a.max(b) };
    columns.iter().map(|&column| row[column]).fold(f64::NEG_INFINITY, larger)
}

/// Makes steps of rules, in an order in which each column is determined before others are from it.
///
/// # Errors
/// [`Error::InvalidRule`] for a column that is not there, is a category in an order or sum, is determined twice, or follows from
/// itself.
pub(super) fn steps_of(rules: &[Rule], columns: &[Column]) -> Result<Vec<Step>> {
    let mut steps: Vec<Step> = Vec::new();
    for rule in rules {
        let invalid = |problem: String| Error::InvalidRule { rule: rule.to_string(), problem };
        let places = rule.columns().into_iter().map(|name| {
            let place = columns.iter().position(|column| column.name == name);
            place.ok_or_else(|| invalid(format!("there is no column {name:?}")))
        });
        let places: Vec<usize> = places.collect::<Result<_>>()?;
        let twice = (1..places.len()).find(|&at| places[..at].contains(&places[at]));
        if let Some(at) = twice {
            let name = &columns[places[at]].name;
            return Err(invalid(format!("the column {name:?} is in it twice")));
        }
        let is_category = |&&column: &&usize| columns[column].kind.is_categorical();
        if !matches!(rule, Rule::Combination { .. })
            && let Some(&column) = places.iter().find(is_category)
        {
            let name = &columns[column].name;
            return Err(invalid(format!(
                "the column {name:?} is a category, not numbers or dates"
            )));
        }
        let step = match rule {
            Rule::AtMost { .. } => Step::AtLeast { column: places[1], lowers: vec![places[0]] },
            Rule::Sum { terms, constant, .. } => {
                let factors = terms.iter().map(|(factor, _)| *factor);
                if !(constant.is_finite()
                    && factors.clone().all(|one| one.is_finite() && one != 0.0))
                {
                    return Err(invalid("its numbers must be finite and not zero".into()));
                }
                let terms = factors.zip(places[1..].iter().copied()).collect();
                Step::Sum { column: places[0], terms, constant: *constant }
            }
            Rule::Combination { .. } => {
                Step::Combinations(Combinations { columns: places, levels: Vec::new() })
            }
        };
        add(&mut steps, step).map_err(|column| {
            let name = &columns[column].name;
            invalid(format!("the column {name:?} is in another rule that determines it"))
        })?;
    }
    ordered(steps).map_err(|column| {
        let name = &columns[column].name;
        let rule = rules.iter().find(|rule| rule.columns().contains(&name.as_str()));
        let rule = rule.map(Rule::to_string).unwrap_or_default();
        Error::InvalidRule {
            rule,
            problem: format!("the column {name:?} would follow from itself"),
        }
    })
}

/// Adds a step. Columns that one column is at least are gathered in one step. Returns a column that is determined twice.
fn add(steps: &mut Vec<Step>, step: Step) -> Result<(), usize> {
    if let Step::AtLeast { column, lowers } = &step {
        for known in steps.iter_mut() {
            if let Step::AtLeast { column: same, lowers: all } = known
                && same == column
            {
                all.extend(
                    lowers.iter().filter(|lower| !all.contains(lower)).copied().collect::<Vec<_>>(),
                );
                return Ok(());
            }
        }
    }
    match steps.iter().find_map(|known| clash(known, &step)) {
        Some(column) => Err(column),
        None => {
            steps.push(step);
            Ok(())
        }
    }
}

/// A column that two steps determine, or of a combination, which has no numbers, from which the other step would determine one.
fn clash(a: &Step, b: &Step) -> Option<usize> {
    let shared = |a: &[usize], b: &[usize]| a.iter().find(|column| b.contains(column)).copied();
    let of_combination = |combination: &Step, other: &Step| match combination {
        Step::Combinations(of) => shared(&of.columns, &other.sources()),
        _ => None,
    };
    shared(a.determined(), b.determined())
        .or_else(|| of_combination(a, b))
        .or_else(|| of_combination(b, a))
}

/// Orders steps so that each follows those that determine its sources. Returns a column of a circle.
fn ordered(mut steps: Vec<Step>) -> Result<Vec<Step>, usize> {
    let mut ordered = Vec::new();
    while !steps.is_empty() {
        let is_free = |step: &Step| {
            let sources = step.sources();
            !steps
                .iter()
                .any(|other| other.determined().iter().any(|column| sources.contains(column)))
        };
        let at = steps.iter().position(is_free).ok_or(steps[0].determined()[0])?;
        ordered.push(steps.remove(at));
    }
    Ok(ordered)
}
