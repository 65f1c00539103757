//! Columns that number the rows, as data frames write them.

/// Prefix and suffix of the names that pandas gives to indices without a name.
const PANDAS: (&str, &str) = ("__index_level_", "__");

/// Whether a name is reserved for an index of rows, wherever the column is: `__index_level_0__` of pandas.
fn is_reserved_name(name: &str) -> bool {
    let level = name.strip_prefix(PANDAS.0).and_then(|rest| rest.strip_suffix(PANDAS.1));
    level.is_some_and(|level| !level.is_empty() && level.bytes().all(|byte| byte.is_ascii_digit()))
}

/// Whether the name of a first column of whole numbers says that it numbers the rows, as data frames name their index when
/// they write it as a column.
fn is_index_name(name: &str) -> bool {
    let name = name.trim().to_ascii_lowercase();
    matches!(
        name.as_str(),
        "index"
            | "level_0"
            | "unnamed: 0"
            | "row_names"
            | "rownames"
            | "row.names"
            | "rowid"
            | "..1"
            | "...1"
    ) || is_reserved_name(&name)
}

/// Returns the columns that number the rows: those with a reserved name, and the first if its name says so and its values are
/// whole numbers.
pub(crate) fn index_columns<'a>(columns: impl IntoIterator<Item = (&'a str, bool)>) -> Vec<usize> {
    let is_index = |(place, (name, is_whole)): (usize, (&str, bool))| {
        let found = is_reserved_name(name) || (place == 0 && is_whole && is_index_name(name));
        found.then_some(place)
    };
    columns.into_iter().enumerate().filter_map(is_index).collect()
}

/// Returns the names of the index columns in the description that pandas adds to Parquet files; a range of numbers is not a
/// column.
#[cfg(feature = "parquet")]
pub(crate) fn index_of_pandas(description: &str) -> Vec<String> {
    let description: serde_json::Value = serde_json::from_str(description).unwrap_or_default();
    let columns = description["index_columns"].as_array();
    columns.into_iter().flatten().filter_map(|name| Some(name.as_str()?.to_owned())).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    #[cfg(feature = "parquet")]
    fn pandas_names_its_index() {
        let ranges = r#"{"index_columns": [{"kind": "range", "name": null, "start": 0}]}"#;
        assert_eq!(index_of_pandas(ranges), [""; 0]);
        let names = r#"{"columns": [], "index_columns": ["__index_level_0__", "a \"b\""]}"#;
        assert_eq!(index_of_pandas(names), ["__index_level_0__", "a \"b\""]);
        assert_eq!(index_of_pandas("{"), [""; 0]);
    }

    #[test]
    fn indices_are_recognised_by_name_type_and_place() {
        let columns =
            [("index", true), ("a", false), ("index", true), ("__index_level_12__", false)];
        assert_eq!(index_columns(columns), [0, 3]);
        assert_eq!(index_columns([("index", false), ("a", false)]), [0; 0]);
        assert_eq!(index_columns([("Unnamed: 0", true)]), [0]);
        for name in ["__index_level___", "__index_level_x__", "indices", "id", ""] {
            assert!(!is_index_name(name), "{name}");
        }
    }
}
