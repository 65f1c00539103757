//! Messages on the decisions of a reader, with the options that change them.

use mixlab::table::Decision;

use crate::output::note;

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
    match decision {
        Decision::IndexColumns { .. } => Some("--columns with its name uses it".into()),
        Decision::Images { .. } => Some("an array of two dimensions is a table of numbers".into()),
        _ => None,
    }
}
