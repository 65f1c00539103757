//! Messages on the decisions of a reader, with the options that change them.

use mixlab::table::Decision;

use crate::output::{exclude, listed, note, range};

/// Prints each decision on how data were read, unless `--quiet` is set.
pub fn report(data: &str, decisions: &[Decision]) {
    let name = if data == "-" { "standard input" } else { data };
    for decision in decisions {
        match option(decision) {
            Some(option) => note(format_args!("{name}: {decision} ({option})")),
            None => note(format_args!("{name}: {decision}")),
        }
    }
}

/// Returns the option that changes a decision.
fn option(decision: &Decision) -> Option<String> {
    let other_mark = |mark: char| if mark == ',' { '.' } else { ',' };
    match decision {
        Decision::IndexColumns { .. } => Some("--columns with its name uses it".into()),
        Decision::Images { .. } => Some("an array of two dimensions is a table of numbers".into()),
        Decision::Comments { .. } => Some("--comment '' reads them as data".into()),
        Decision::NoNames { .. } => Some("--header takes it as names".into()),
        Decision::NumericNames { .. } | Decision::NamesInComment { .. } => {
            Some("--no-header takes no names".into())
        }
        Decision::RowIndex { name, last, .. } => Some(format!("{} uses it", range(name, last))),
        Decision::CountingColumn { name } => {
            Some(format!("{} leaves it out", exclude(std::slice::from_ref(name))))
        }
        // no option changes what other numbers prove
        Decision::Thousands { mark, is_certain: false, .. } => {
            Some(format!("--decimal {mark} takes it as the decimal mark"))
        }
        Decision::AmbiguousMarks { mark, .. } => {
            Some(format!("--decimal {} takes it as a separator of thousands", other_mark(*mark)))
        }
        Decision::Booleans { columns } => Some(format!("{} leaves them out", exclude(columns))),
        Decision::Categories { columns } => {
            let names: Vec<&String> = columns.iter().map(|(name, _)| name).collect();
            Some(format!("--exclude {} leaves {} out", listed(&names), them(&names)))
        }
        Decision::Dates { columns, is_number: true, .. } => Some(format!(
            "--numeric {} keeps {} {}",
            listed(columns),
            them(columns),
            if columns.len() == 1 { "a number" } else { "numbers" }
        )),
        Decision::Dates { columns, .. } => {
            Some(format!("--categorical {} reads categories", listed(columns)))
        }
        Decision::AmbiguousDates { column, is_month_first } => {
            let (order, first) = if *is_month_first { ("dmy", "day") } else { ("mdy", "month") };
            let name = listed(&[format!("{column}={order}")]);
            Some(format!("--date {name} takes the {first}"))
        }
        Decision::LikelyCodes { columns } => {
            Some(format!("--categorical {} if they are codes", listed(columns)))
        }
        Decision::Names { columns } => {
            Some(format!("--categorical {} uses {}", listed(columns), them(columns)))
        }
        Decision::NumbersAndTexts { words, .. } => {
            Some(format!("{} reads numbers", crate::output::missing_values(words)))
        }
        Decision::MissingValues { .. } => Some("--drop-missing drops such rows".into()),
        Decision::Units { units, .. } => {
            Some(format!("{} reads it as a row", crate::output::missing_values(units)))
        }
        _ => None,
    }
}

/// The pronoun of columns.
fn them<T>(columns: &[T]) -> &'static str {
    if columns.len() == 1 { "it" } else { "them" }
}
