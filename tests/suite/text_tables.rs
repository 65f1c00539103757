//! Any table of numbers in any notation: read again, it has the same numbers and names, or it is refused in one line.

use std::fs;
use std::path::Path;

use mixlab::table::{Decision, Sheet, TableReader};
use proptest::collection::vec;
use proptest::prelude::*;

/// A number, as a program may have written it.
#[derive(Debug, Clone, Copy)]
enum Number {
    Whole(i64),
    /// With this number of decimals.
    Decimal(i64, u32),
    /// With an exponent.
    Exponent(i64, i32),
}

impl Number {
    /// Returns its digits with a decimal point.
    fn digits(self) -> String {
        match self {
            Self::Whole(number) => number.to_string(),
            Self::Decimal(number, decimals) => {
                let scale = 10_i64.pow(decimals);
                let sign = if number < 0 { "-" } else { "" };
                let (whole, fraction) = (number.abs() / scale, number.abs() % scale);
                format!("{sign}{whole}.{fraction:0width$}", width = decimals as usize)
            }
            Self::Exponent(number, exponent) => format!("{number}e{exponent}"),
        }
    }

    fn value(self) -> f64 {
        self.digits().parse().unwrap()
    }
}

/// Whether and how the rows have an index.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Index {
    None,
    /// A first column without a name that counts from this number.
    Nameless(usize),
    /// A first column of labels above which the line of names has nothing.
    RowNames,
}

/// The way in which a table is written.
#[derive(Debug, Clone)]
struct Style {
    separator: char,
    decimal_comma: bool,
    thousands: bool,
    quoted_values: bool,
    quoted_names: bool,
    header: bool,
    index: Index,
    comments: bool,
    trailing: bool,
    stated: bool,
    marker: &'static str,
    line_end: &'static str,
    encoding: usize,
    extension: &'static str,
}

/// A table: names, and rows in which a number may be missing.
#[derive(Debug, Clone)]
struct Table {
    names: Vec<String>,
    rows: Vec<Vec<Option<Number>>>,
}

fn number() -> impl Strategy<Value = Number> {
    prop_oneof![
        4 => (-2_000_000..2_000_000_i64).prop_map(Number::Whole),
        4 => (0..9_i64).prop_map(Number::Whole),
        8 => ((-999_999..999_999_i64), 1..5_u32).prop_map(|(n, d)| Number::Decimal(n, d)),
        1 => ((-9..9_i64), -12..12_i32).prop_map(|(n, e)| Number::Exponent(n, e)),
    ]
}

fn table() -> impl Strategy<Value = Table> {
    (1..6_usize, 2..25_usize).prop_flat_map(|(n_columns, n_rows)| {
        let cell = prop_oneof![12 => number().prop_map(Some), 1 => Just(None)];
        let names = prop::collection::hash_set("[a-z]{1,2}[p-w][A-Z_]{0,3}", n_columns);
        let rows = vec(vec(cell, n_columns), n_rows);
        (names, rows).prop_map(|(names, rows)| Table { names: names.into_iter().collect(), rows })
    })
}

fn style() -> impl Strategy<Value = Style> {
    let separator = prop::sample::select(vec![',', ';', '\t', ' ', '|']);
    let marker = prop::sample::select(vec!["NA", "", "-", ".", "<NA>", "#N/A", "\\N", "null"]);
    let index = prop_oneof![
        3 => Just(Index::None),
        1 => (0..2_usize).prop_map(Index::Nameless),
        1 => Just(Index::RowNames),
    ];
    let extension = prop::sample::select(vec!["csv", "tsv", "txt", "data"]);
    let line_end = prop::sample::select(vec!["\n", "\r\n", "\r"]);
    let flags = (any::<[bool; 8]>(), 0..6_usize);
    (separator, marker, index, extension, line_end, flags).prop_map(
        |(separator, marker, index, extension, line_end, (flags, encoding))| {
            let [
                decimal_comma,
                thousands,
                quoted_values,
                quoted_names,
                header,
                comments,
                trailing,
                stated,
            ] = flags;
            Style {
                separator,
                // between commas such numbers are quoted
                quoted_values: quoted_values || (separator == ',' && (decimal_comma || thousands)),
                decimal_comma,
                thousands,
                quoted_names,
                // only names can show that the first column has none
                header: header || index != Index::None,
                index,
                comments,
                trailing: trailing && separator != ' ' && index != Index::RowNames,
                stated: stated && separator != ' ',
                marker: if separator == ' ' && marker.is_empty() { "NA" } else { marker },
                line_end,
                encoding,
                extension,
            }
        },
    )
}

impl Style {
    fn number(&self, number: Number) -> String {
        let digits = number.digits();
        let (point, group) = if self.decimal_comma { (",", '.') } else { (".", ',') };
        let (whole, rest) = match digits.find(['.', 'e']) {
            Some(end) => digits.split_at(end),
            None => (digits.as_str(), ""),
        };
        let mut grouped = String::new();
        for (index, digit) in whole.chars().enumerate() {
            let left = whole.len() - index;
            if self.thousands && index > 0 && left.is_multiple_of(3) && !grouped.ends_with('-') {
                grouped.push(group);
            }
            grouped.push(digit);
        }
        grouped + &rest.replace('.', point)
    }

    fn cell(&self, cell: Option<Number>) -> String {
        let text = cell.map_or(self.marker.to_owned(), |number| self.number(number));
        if self.quoted_values { format!("\"{text}\"") } else { text }
    }

    fn bytes(&self, table: &Table) -> Vec<u8> {
        let separator = self.separator.to_string();
        let mut lines = Vec::new();
        if self.stated {
            lines.push(format!("sep={}", self.separator));
        }
        let comment = "# made by hand, from the notes of a friend; \"x".to_owned();
        if self.comments {
            lines.push(comment.clone());
            lines.push(String::new());
        }
        let end = if self.trailing { separator.as_str() } else { "" };
        if self.header {
            let name = |name: &String| {
                if self.quoted_names { format!("\"{name}\"") } else { name.clone() }
            };
            let mut names: Vec<String> = table.names.iter().map(name).collect();
            if let Index::Nameless(_) = self.index {
                names.insert(0, "\"\"".into());
            }
            lines.push(names.join(&separator) + end);
        }
        for (row, cells) in table.rows.iter().enumerate() {
            let mut cells: Vec<String> = cells.iter().map(|&cell| self.cell(cell)).collect();
            match self.index {
                Index::None => {}
                Index::Nameless(first) => cells.insert(0, (row + first).to_string()),
                Index::RowNames => cells.insert(0, format!("\"row {row}\"")),
            }
            lines.push(cells.join(&separator) + end);
            if self.comments && row == 1 {
                lines.push(comment.clone());
            }
        }
        let text = lines.join(self.line_end) + self.line_end;
        let utf16 =
            |text: &str, encode: fn(u16) -> [u8; 2]| text.encode_utf16().flat_map(encode).collect();
        match self.encoding {
            0 => format!("\u{feff}{text}").into_bytes(),
            1 => utf16(&format!("\u{feff}{text}"), u16::to_le_bytes),
            2 => utf16(&format!("\u{feff}{text}"), u16::to_be_bytes),
            3 => utf16(&text, u16::to_le_bytes),
            _ => text.into_bytes(),
        }
    }

    /// Whether the text has one meaning only.
    fn is_plain(&self) -> bool {
        !self.decimal_comma && !self.thousands && self.header
    }
}

/// Whether a decision without proof was reported, which the user may have to change.
fn is_uncertain(sheet: &Sheet) -> bool {
    sheet.decisions.iter().any(|decision| match decision {
        Decision::AmbiguousMarks { .. } | Decision::NumericNames { .. } => true,
        Decision::Thousands { is_certain, .. } => !is_certain,
        _ => false,
    })
}

fn rows_of(sheet: &Sheet) -> Vec<Vec<f64>> {
    sheet.table.records.rows().into_iter().map(|row| row.to_vec()).collect()
}

/// Reads a table in pieces: its rows and the decisions.
fn in_pieces(
    reader: &TableReader<'_>,
    path: &Path,
) -> mixlab::Result<(Vec<Vec<f64>>, Vec<Decision>)> {
    let pieces = reader.pieces(path)?;
    let decisions = pieces.decisions().to_vec();
    let mut rows = Vec::new();
    for sheet in pieces {
        rows.extend(rows_of(&sheet?));
    }
    Ok((rows, decisions))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(3000))]

    #[test]
    fn any_table_is_read_as_it_was_written_or_refused(table in table(), style in style()) {
        let n_columns = table.names.len();
        // a single column of decimal commas cannot be distinguished from two columns of whole numbers
        let single = n_columns == 1 && style.separator != ',' && (style.decimal_comma || style.thousands);
        let only_empty = n_columns == 1 && style.trailing && !style.header;
        prop_assume!(!(single || only_empty));
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join(format!("x.{}", style.extension));
        fs::write(&path, style.bytes(&table)).unwrap();
        let kept = |row: &&Vec<Option<Number>>| row.iter().all(Option::is_some);
        let expected: Vec<Vec<f64>> = table.rows.iter().filter(kept)
            .map(|row| row.iter().flatten().map(|number| number.value()).collect())
            .collect();
        let empty = (0..n_columns).any(|column| table.rows.iter().all(|row| row[column].is_none()));
        let reader = TableReader::new().drop_missing(true);
        let found = reader.read(&path);
        let in_pieces = in_pieces(&reader, &path);
        prop_assert_eq!(in_pieces.is_ok(), found.is_ok());
        match found {
            Ok(sheet) if is_uncertain(&sheet) => {}
            Ok(sheet) => {
                let rows = rows_of(&sheet);
                prop_assert_eq!(&in_pieces.unwrap(), &(rows.clone(), sheet.decisions.clone()));
                prop_assert_eq!(rows, expected, "{:?}", sheet.decisions);
                let names = sheet.table.feature_names();
                if style.header {
                    prop_assert_eq!(names, table.names);
                } else {
                    prop_assert_eq!(names[0].as_str(), "x1");
                }
            }
            Err(error) => {
                let text = error.to_string();
                prop_assert!(text.contains("x.") && !text.contains('\n'), "{}", text);
                prop_assert!(expected.is_empty() || empty || !style.is_plain(), "{}", text);
            }
        }
    }
}
