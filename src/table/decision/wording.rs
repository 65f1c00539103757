//! Decisions as lines of text.

use std::fmt;

use super::Decision;
use crate::rows::levels::Levels;
use crate::table::choice::{MOST_NAMES, shown, some_of};

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
            kinds => write_kinds(f, kinds),
        }
    }
}

/// Formats a decision on the kinds of columns.
fn write_kinds(f: &mut fmt::Formatter<'_>, decision: &Decision) -> fmt::Result {
    match decision {
        Decision::Categories { columns } => {
            let (list, are) = (counted(columns, "level"), are(columns));
            write!(f, "{list} {are} read as categories")
        }
        Decision::OtherLevel { column, n_texts, n_rows } => write!(
            f,
            "of the {n_texts} texts in {column:?} the most frequent {} are levels, and the others one level, {:?} ({n_rows} rows)",
            Levels::MOST,
            Levels::OTHER
        ),
        Decision::UnknownLevels { column, example, n_texts, n_rows, becomes_other } => {
            let of = match n_texts {
                1 => format!("{:?} in {column:?} is not a level", shown(example)),
                _ => format!(
                    "{n_texts} texts in {column:?}, such as {:?}, are not levels",
                    shown(example)
                ),
            };
            let taken = if *becomes_other { "the level \"other\"" } else { "missing" };
            let rows = if *n_rows == 1 { "row" } else { "rows" };
            write!(f, "{of} of the model, and taken as {taken} in {n_rows} {rows}")
        }
        Decision::Dates { columns, form, .. } => {
            write!(f, "{} {} read as dates {form}", named(columns), are(columns))
        }
        Decision::AmbiguousDates { column, is_month_first } => {
            let first = if *is_month_first { "month" } else { "day" };
            write!(
                f,
                "no date in {column:?} shows whether the day or the month is first; the {first} is taken as the first"
            )
        }
        Decision::LikelyCodes { columns } => {
            let may = if columns.len() == 1 { "holds" } else { "hold" };
            write!(
                f,
                "{} {may} few different whole numbers, which are read as numbers",
                named(columns)
            )
        }
        Decision::Signs { sign, columns } => {
            write!(f, "{sign:?} is left out of the numbers in {}", some_of(columns))
        }
        Decision::Names { columns } => {
            write!(
                f,
                "the texts of {} nearly all differ, and {} left out",
                named(columns),
                it_is(columns)
            )
        }
        Decision::NumbersAndTexts { column, words, n_rows } => write!(
            f,
            "column {column:?} holds numbers and, in {n_rows} rows, {}, and it is left out",
            some_of(words)
        ),
        Decision::ConstantColumns { columns } => {
            let has = if columns.len() == 1 { "has" } else { "have" };
            write!(
                f,
                "{} {has} the same value in every row, and {} left out",
                named(columns),
                it_is(columns)
            )
        }
        Decision::NoValues { columns } => {
            let has = if columns.len() == 1 { "has" } else { "have" };
            write!(f, "{} {has} no values, and {} left out", named(columns), it_is(columns))
        }
        Decision::MissingValues { columns } => {
            write!(f, "values are missing: {}", list_of(columns, ""))
        }
        // the others are formatted above
        _ => Ok(()),
    }
}

/// Formats names of columns with the noun.
fn named(columns: &[String]) -> String {
    let noun = if columns.len() == 1 { "column" } else { "columns" };
    format!("{noun} {}", some_of(columns))
}

fn are<T>(columns: &[T]) -> &'static str {
    if columns.len() == 1 { "is" } else { "are" }
}

fn it_is<T>(columns: &[T]) -> &'static str {
    if columns.len() == 1 { "it is" } else { "they are" }
}

/// Formats names of columns with a number of each, and the noun of the columns.
fn counted<T: fmt::Display>(columns: &[(String, T)], unit: &str) -> String {
    let noun = if columns.len() == 1 { "column" } else { "columns" };
    format!("{noun} {}", list_of(columns, unit))
}

/// Formats names of columns with a number of each.
fn list_of<T: fmt::Display>(columns: &[(String, T)], unit: &str) -> String {
    let one = |(name, count): &(String, T)| {
        let count = count.to_string();
        let unit = match unit {
            "" => String::new(),
            unit if count == "1" => format!(" {unit}"),
            unit => format!(" {unit}s"),
        };
        format!("{:?} ({count}{unit})", shown(name))
    };
    let more = columns.len().saturating_sub(MOST_NAMES);
    let more = (more > 0).then(|| format!("{more} more"));
    columns.iter().take(MOST_NAMES).map(one).chain(more).collect::<Vec<_>>().join(", ")
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
        let categories = vec![("sex".to_owned(), 2), ("port".to_owned(), 1)];
        assert_eq!(
            Decision::Categories { columns: categories }.to_string(),
            "columns \"sex\" (2 levels), \"port\" (1 level) are read as categories"
        );
        let names = Decision::Names { columns: vec!["Name".into()] }.to_string();
        assert_eq!(names, "the texts of column \"Name\" nearly all differ, and it is left out");
        let missing = Decision::MissingValues { columns: vec![("age".into(), 3)] }.to_string();
        assert_eq!(missing, "values are missing: \"age\" (3)");
    }
}
