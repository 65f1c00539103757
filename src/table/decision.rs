//! Decisions that a reader takes for the user.

use std::fmt;

use super::choice::some_of;

/// A decision that the reader of a table has taken, where it differs from the plain default. Its `Display` is one line without the
/// name of the file.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Decision {
    /// The text is UTF-16, without a byte-order mark that says so.
    Utf16,
    /// Lines that begin with this text are comments.
    Comments {
        /// Beginning of the comments.
        prefix: String,
        /// The first of them, counted from 1.
        line: usize,
    },
    /// The first line is data, so the columns have no names.
    NoNames {
        /// The line, counted from 1.
        line: usize,
        /// Number of columns.
        n_columns: usize,
    },
    /// The first line holds numbers, which are names.
    NumericNames {
        /// The line, counted from 1.
        line: usize,
        /// The names.
        names: Vec<String>,
    },
    /// A comment holds the names.
    NamesInComment {
        /// The line, counted from 1.
        line: usize,
        /// The names.
        names: Vec<String>,
    },
    /// Names that occur more than once are changed.
    RenamedColumns {
        /// The names in the file and the names of the table.
        renamed: Vec<(String, String)>,
    },
    /// The line below the names holds units.
    Units {
        /// The line, counted from 1.
        line: usize,
        /// The units.
        units: Vec<String>,
    },
    /// A column identifies the rows, so it is not used as data.
    RowIndex {
        /// Name of the column in the table.
        name: String,
        /// Whether the file has a name for it.
        is_named: bool,
        /// Name of the last column, by which a range of columns can be selected.
        last: String,
    },
    /// A column that is used as data increases by one from row to row.
    CountingColumn {
        /// Name of the column.
        name: String,
    },
    /// Columns without a name and without values are ignored.
    EmptyColumns {
        /// The columns, counted from 1.
        columns: Vec<usize>,
    },
    /// The decimal mark is a comma where points are usual.
    DecimalCommas {
        /// A value.
        text: String,
    },
    /// Thousands are separated by this mark.
    Thousands {
        /// The mark.
        mark: char,
        /// Names of the columns.
        columns: Vec<String>,
        /// A value.
        text: String,
        /// The value as it is read.
        value: String,
        /// Whether the decimal mark of other values proves it.
        is_certain: bool,
    },
    /// The mark in all values such as `1,234` is taken as a decimal mark, although it could separate thousands.
    AmbiguousMarks {
        /// The mark.
        mark: char,
        /// A value.
        text: String,
    },
    /// Columns hold truth values, which are read as 1 and 0.
    Booleans {
        /// Names of the columns.
        columns: Vec<String>,
    },
    /// Columns that number the rows, as data frames write them, are not used as data.
    IndexColumns {
        /// Names of the columns.
        columns: Vec<String>,
    },
    /// An array of more than two dimensions is read as images.
    Images {
        /// Number of images.
        n_images: usize,
        /// Height, width and number of values per pixel.
        size: [usize; 3],
    },
}

impl fmt::Display for Decision {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::IndexColumns { columns } if columns.len() == 1 => {
                write!(f, "column {} numbers the rows and is not used as data", some_of(columns))
            }
            Self::IndexColumns { columns } => {
                write!(f, "columns {} number the rows and are not used as data", some_of(columns))
            }
            Self::Images { n_images, size: [height, width, channels] } => {
                let colour = if *channels == 3 { " in colour" } else { "" };
                write!(
                    f,
                    "the array is read as {n_images} images of {height} x {width} pixels{colour}"
                )
            }
            Self::Utf16 => write!(f, "the text is read as UTF-16"),
            Self::Comments { prefix, line } => {
                write!(
                    f,
                    "lines that begin with {prefix:?}, such as line {line}, are skipped as comments"
                )
            }
            Self::NoNames { line, n_columns: 1 } => {
                write!(f, "line {line} is data, not a name; the column is named x1")
            }
            Self::NoNames { line, n_columns } => {
                write!(
                    f,
                    "line {line} is data, not names; the columns are named x1 to x{n_columns}"
                )
            }
            Self::NumericNames { line, names } => {
                write!(f, "the numbers in line {line} are taken as names: {}", some_of(names))
            }
            Self::NamesInComment { line, names } => {
                write!(f, "the comment in line {line} holds the names: {}", some_of(names))
            }
            Self::RenamedColumns { renamed } => write_renamed(f, renamed),
            Self::Units { line, units } => {
                write!(f, "line {line} is skipped as units: {}", some_of(units))
            }
            Self::RowIndex { name, is_named: true, .. } => {
                write!(f, "column {name:?} identifies the rows and is not used as data")
            }
            Self::RowIndex { name, is_named: false, .. } => write!(
                f,
                "the column without a name ({name:?}) identifies the rows and is not used as data"
            ),
            Self::CountingColumn { name } => {
                write!(f, "column {name:?} increases by 1 from row to row and is used as data")
            }
            Self::EmptyColumns { columns } => write_empty(f, columns),
            Self::DecimalCommas { text } => {
                write!(f, "numbers are read with decimal commas, as in {text:?}")
            }
            Self::Thousands { mark, columns, text, value, .. } => write!(
                f,
                "{mark:?} separates thousands in {}: {text:?} is {value}",
                some_of(columns)
            ),
            Self::AmbiguousMarks { mark, text } => write!(
                f,
                "{mark:?} is taken as the decimal mark in {text:?}, although it could separate thousands"
            ),
            Self::Booleans { columns } => {
                write!(f, "true and false are read as 1 and 0 in {}", some_of(columns))
            }
        }
    }
}

fn write_renamed(f: &mut fmt::Formatter<'_>, renamed: &[(String, String)]) -> fmt::Result {
    const MOST: usize = 6;
    write!(f, "names that occur more than once are changed: ")?;
    for (index, (old, new)) in renamed.iter().take(MOST).enumerate() {
        let comma = if index > 0 { ", " } else { "" };
        write!(f, "{comma}{old:?} to {new:?}")?;
    }
    let more = renamed.len().saturating_sub(MOST);
    if more > 0 { write!(f, " and {more} more") } else { Ok(()) }
}

fn write_empty(f: &mut fmt::Formatter<'_>, columns: &[usize]) -> fmt::Result {
    match columns {
        [column] => write!(f, "column {column} has neither a name nor values and is ignored"),
        [first, .., last] => write!(
            f,
            "{} columns between column {first} and column {last} have neither names nor values and are ignored",
            columns.len()
        ),
        [] => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn decisions_are_one_line_each() {
        let index = Decision::RowIndex { name: "x1".into(), is_named: false, last: "b".into() };
        assert_eq!(
            index.to_string(),
            "the column without a name (\"x1\") identifies the rows and is not used as data"
        );
        let renamed = vec![("a".to_owned(), "a.1".to_owned()); 8];
        let renamed = Decision::RenamedColumns { renamed }.to_string();
        assert!(renamed.ends_with("\"a\" to \"a.1\" and 2 more"), "{renamed}");
        let empty = Decision::EmptyColumns { columns: vec![4, 5, 6] }.to_string();
        assert!(empty.starts_with("3 columns between column 4 and column 6 "), "{empty}");
    }
}
