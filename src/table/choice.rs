//! Selection of the columns of a table.

use std::path::Path;

use crate::error::{Error, Result};

/// A selection of columns by name.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Choice {
    /// Requested columns, in this order; none for all columns.
    pub(crate) wanted: Option<Vec<String>>,
    /// Excluded columns.
    pub(crate) excluded: Vec<String>,
    /// Expected columns, whose number must match. They are the default selection: by name, or in order if the table has no
    /// names and equally many columns. Empty if no columns are expected.
    pub(crate) expected: Vec<String>,
}

impl Choice {
    /// Returns the indices of the selected columns of a table with these names. The columns of a table without names
    /// (`named` is false) are also found by their numbers, counted from 1. The `hidden` columns are selected only if they are
    /// requested.
    ///
    /// # Errors
    /// [`Error::UnknownColumn`], [`Error::InvalidParam`] if none is left, and [`Error::UnexpectedColumns`].
    pub(crate) fn resolve(
        &self,
        path: &Path,
        names: &[String],
        named: bool,
        hidden: &[usize],
    ) -> Result<Vec<usize>> {
        let find = |list: &[String]| -> Result<Vec<usize>> {
            let found = list.iter().map(|name| find(path, names, named, name));
            Ok(found.collect::<Result<Vec<_>>>()?.concat())
        };
        let visible = || (0..names.len()).filter(|column| !hidden.contains(column));
        let mut chosen = match (&self.wanted, self.expected.as_slice()) {
            (Some(wanted), _) => find(wanted)?,
            (None, []) => visible().collect(),
            (None, expected) => match find(expected) {
                Err(_) if !named && expected.len() == visible().count() => visible().collect(),
                found => found?,
            },
        };
        let excluded = find(&self.excluded)?;
        chosen.retain(|column| !excluded.contains(column));
        let mut seen = vec![false; names.len()];
        chosen.retain(|&column| !std::mem::replace(&mut seen[column], true));
        if chosen.is_empty() {
            return Err(Error::param(
                "the choice of columns",
                "empty",
                "at least one column; keep one that holds numbers",
            ));
        }
        check_expected_columns(&self.expected, chosen.len())?;
        Ok(chosen)
    }
}

/// Checks that data have as many columns as `expected`; if that is empty, any number is accepted.
///
/// # Errors
/// [`Error::UnexpectedColumns`].
pub fn check_expected_columns(expected: &[String], found: usize) -> Result<()> {
    if expected.is_empty() || expected.len() == found {
        return Ok(());
    }
    Err(Error::UnexpectedColumns { expected: expected.to_vec(), found })
}

/// Returns the column of a name, or the columns of a range `first..last`.
pub(super) fn find(
    path: &Path,
    names: &[String],
    named: bool,
    requested: &str,
) -> Result<Vec<usize>> {
    let position = |requested: &str| {
        let number = || requested.parse().ok().filter(|number| (1..=names.len()).contains(number));
        let found = names.iter().position(|name| name == requested);
        found.or_else(|| number().filter(|_| !named).map(|number| number - 1))
    };
    if let Some(column) = position(requested) {
        return Ok(vec![column]);
    }
    let ends = requested.split_once("..").map(|(first, last)| (position(first), position(last)));
    match ends {
        Some((Some(first), Some(last))) if first <= last => Ok((first..=last).collect()),
        _ => Err(Error::UnknownColumn {
            path: path.into(),
            name: requested.into(),
            known: some_of(names),
        }),
    }
}

/// Maximum number of names in a message.
pub(super) const MOST_NAMES: usize = 12;

/// Formats names as a comma-separated list, truncated to [`MOST_NAMES`].
pub(super) fn some_of(names: &[String]) -> String {
    let shown = names.iter().take(MOST_NAMES).map(|name| format!("{:?}", shown(name)));
    let more = names.len().saturating_sub(MOST_NAMES);
    let more = (more > 0).then(|| format!("{more} more"));
    shown.chain(more).collect::<Vec<_>>().join(", ")
}

/// Truncates a field for a message.
pub(super) fn shown(field: &str) -> String {
    let most = 40;
    match field.char_indices().nth(most) {
        Some((end, _)) => format!("{}...", &field[..end]),
        None => field.to_owned(),
    }
}

/// Returns the error that columns, named with the kind of their values, do not hold numbers.
pub(crate) fn columns_of_other_kinds(path: &Path, columns: Vec<(String, String)>) -> Error {
    if columns.iter().all(|(_, kind)| kind == "texts") {
        let names = columns.into_iter().map(|(name, _)| name).collect();
        return text_columns(path, names, String::new());
    }
    let mut by_kind: Vec<(String, Vec<String>)> = Vec::new();
    for (name, kind) in &columns {
        match by_kind.iter_mut().find(|(known, _)| known == kind) {
            Some((_, names)) => names.push(name.clone()),
            None => by_kind.push((kind.clone(), vec![name.clone()])),
        }
    }
    let phrase = |(kind, names): &(String, Vec<String>)| match names.len() {
        1 => format!("column {} holds {kind}", some_of(names)),
        _ => format!("columns {} hold {kind}", some_of(names)),
    };
    let list = by_kind.iter().map(phrase).collect::<Vec<_>>().join(", ");
    Error::OtherColumns {
        path: path.into(),
        list,
        columns: columns.into_iter().map(|(name, _)| name).collect(),
    }
}

/// Returns the error that these columns hold text, with an example (which may be empty).
pub(crate) fn text_columns(path: &Path, columns: Vec<String>, example: String) -> Error {
    let names = some_of(&columns);
    let list = match columns.len() {
        1 => format!("column {names} holds"),
        _ => format!("columns {names} hold"),
    };
    Error::TextColumns { path: path.into(), list, example, columns }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_are_found_by_name_and_by_range() {
        let names = ["id", "a", "b", "c..d"].map(String::from);
        let resolve = |wanted: Option<&[&str]>, excluded: &[&str]| {
            let list = |names: &[&str]| names.iter().map(|&name| name.to_owned()).collect();
            let (wanted, excluded) = (wanted.map(list), list(excluded));
            let choice = Choice { wanted, excluded, expected: Vec::new() };
            choice.resolve(Path::new("x.csv"), &names, true, &[])
        };
        assert_eq!(resolve(None, &[]).unwrap(), [0, 1, 2, 3]);
        assert_eq!(resolve(None, &["id"]).unwrap(), [1, 2, 3]);
        assert_eq!(resolve(Some(&["b", "a", "b"]), &[]).unwrap(), [2, 1]);
        assert_eq!(resolve(Some(&["a..c..d"]), &["b"]).unwrap(), [1, 3]);
        assert_eq!(resolve(Some(&["c..d"]), &[]).unwrap(), [3]);
        assert_eq!(resolve(Some(&["id..b"]), &["a"]).unwrap(), [0, 2]);
        let error = resolve(Some(&["age"]), &[]).unwrap_err().to_string();
        assert!(error.contains("\"age\"") && error.contains("\"id\", \"a\""), "{error}");
        assert!(resolve(Some(&["b..a"]), &[]).is_err());
        assert!(resolve(Some(&["a"]), &["a"]).is_err());
    }

    #[test]
    fn hidden_columns_are_selected_by_name_only() {
        let names = ["x1", "x2", "x3"].map(String::from);
        let resolve = |wanted: Option<&[&str]>, expected: &[&str], named: bool| {
            let list = |names: &[&str]| names.iter().map(|&name| name.to_owned()).collect();
            let choice =
                Choice { wanted: wanted.map(list), excluded: Vec::new(), expected: list(expected) };
            choice.resolve(Path::new("x.csv"), &names, named, &[0]).ok()
        };
        assert_eq!(resolve(None, &[], true), Some(vec![1, 2]));
        assert_eq!(resolve(Some(&["x1..x3"]), &[], true), Some(vec![0, 1, 2]));
        assert_eq!(resolve(None, &["x1", "x2"], true), Some(vec![0, 1]));
        assert_eq!(resolve(None, &["a", "b"], false), Some(vec![1, 2]));
        // columns without names have numbers
        assert_eq!(resolve(Some(&["2..3", "1"]), &[], false), Some(vec![1, 2, 0]));
        assert_eq!(resolve(Some(&["2"]), &[], true), None);
        assert_eq!(resolve(Some(&["4"]), &[], false), None);
    }

    #[test]
    fn long_fields_are_truncated() {
        assert_eq!(shown("short"), "short");
        assert_eq!(shown(&"é".repeat(50)), format!("{}...", "é".repeat(40)));
    }
}
