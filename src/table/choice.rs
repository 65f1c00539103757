//! Which columns of a table are wanted.

use std::path::Path;

use crate::error::{Error, Result};

/// Columns by name: all, those named, or all but those named.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Choice {
    /// Those wanted, in this order; all if there is no list.
    pub(crate) wanted: Option<Vec<String>>,
    /// Those left out.
    pub(crate) excluded: Vec<String>,
    /// Columns that as many are expected as, and which are wanted if there is no list: by name, or as they stand if the
    /// table has no names and as many columns. None if nobody expects any.
    pub(crate) expected: Vec<String>,
}

impl Choice {
    /// Indices of the chosen columns of a table with these names.
    ///
    /// # Errors
    /// [`Error::UnknownColumn`], [`Error::InvalidParam`] if none is left, and [`Error::UnexpectedColumns`].
    pub(crate) fn resolve(&self, path: &Path, names: &[String], named: bool) -> Result<Vec<usize>> {
        let find = |list: &[String]| -> Result<Vec<usize>> {
            let found: Result<Vec<_>> = list.iter().map(|name| find(path, names, name)).collect();
            Ok(found?.concat())
        };
        let all = || (0..names.len()).collect();
        let mut chosen = match (&self.wanted, self.expected.as_slice()) {
            (Some(wanted), _) => find(wanted)?,
            (None, []) => all(),
            (None, expected) => match find(expected) {
                Err(_) if !named && expected.len() == names.len() => all(),
                found => found?,
            },
        };
        let excluded = find(&self.excluded)?;
        chosen.retain(|column| !excluded.contains(column));
        let mut seen = vec![false; names.len()];
        chosen.retain(|&column| !std::mem::replace(&mut seen[column], true));
        if chosen.is_empty() {
            return Err(Error::param("the choice of columns", "empty", "at least one column"));
        }
        check_expected_columns(&self.expected, chosen.len())?;
        Ok(chosen)
    }
}

/// Checks that data have as many columns as are `expected`; any number if no names are.
///
/// # Errors
/// [`Error::UnexpectedColumns`].
pub fn check_expected_columns(expected: &[String], found: usize) -> Result<()> {
    if expected.is_empty() || expected.len() == found {
        return Ok(());
    }
    Err(Error::UnexpectedColumns { expected: expected.to_vec(), found })
}

/// The column of a name, or those from one name to another for `first..last`.
fn find(path: &Path, names: &[String], wanted: &str) -> Result<Vec<usize>> {
    let position = |wanted: &str| names.iter().position(|name| name == wanted);
    if let Some(column) = position(wanted) {
        return Ok(vec![column]);
    }
    let ends = wanted.split_once("..").map(|(first, last)| (position(first), position(last)));
    match ends {
        Some((Some(first), Some(last))) if first <= last => Ok((first..=last).collect()),
        _ => Err(Error::UnknownColumn {
            path: path.into(),
            name: wanted.into(),
            known: some_of(names),
        }),
    }
}

/// Most names in a message.
const MOST_NAMES: usize = 12;

/// Names between commas, the last left out if there are many.
pub(super) fn some_of(names: &[String]) -> String {
    let shown = names.iter().take(MOST_NAMES).map(|name| format!("{:?}", shown(name)));
    let more = names.len().saturating_sub(MOST_NAMES);
    let more = (more > 0).then(|| format!("{more} more"));
    shown.chain(more).collect::<Vec<_>>().join(", ")
}

/// The beginning of a field, to show in a message.
pub(super) fn shown(field: &str) -> String {
    let most = 40;
    match field.char_indices().nth(most) {
        Some((end, _)) => format!("{}...", &field[..end]),
        None => field.to_owned(),
    }
}

/// An error that these columns hold text, for instance `example` (in words, or empty).
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
            choice.resolve(Path::new("x.csv"), &names, true)
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
    fn long_fields_are_cut() {
        assert_eq!(shown("short"), "short");
        assert_eq!(shown(&"é".repeat(50)), format!("{}...", "é".repeat(40)));
    }
}
