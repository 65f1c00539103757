//! `mixlab schema`

use clap::Parser;
use mixlab::table::SchemaEntry;
use mixlab::{TextTable, ValueKind};
use serde::Serialize;

use crate::input::{self, DataArgs, Purpose};
use crate::output::{print, print_json, table};

/// Show how a table is read: the kind of each column, its levels or range, and missing values.
///
/// Columns are numeric, dates or categories, as `mixlab fit` would read them, or they are left out since they tell nothing about
/// rows. All values are read.
#[derive(Parser)]
#[command(after_help = "Examples:\n  \
    mixlab schema customers.csv\n  \
    mixlab schema customers.csv --categorical plan --date since=dmy --exclude note\n  \
    mixlab schema customers.csv --json")]
pub struct SchemaArgs {
    /// Print one JSON object instead of a table.
    #[arg(long)]
    pub json: bool,

    #[command(flatten)]
    pub input: DataArgs,
}

/// JSON output.
#[derive(Serialize)]
struct SchemaOutput<'a> {
    n_rows: usize,
    n_dropped: usize,
    schema: Vec<EntryOutput<'a>>,
}

/// A column in JSON output.
#[derive(Serialize)]
pub struct EntryOutput<'a> {
    name: &'a str,
    /// `numeric`, `categorical`, `date` or `left out`.
    kind: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    levels: Option<&'a [String]>,
    #[serde(skip_serializing_if = "Option::is_none")]
    min: Option<Limit>,
    #[serde(skip_serializing_if = "Option::is_none")]
    max: Option<Limit>,
    n_missing: u64,
    decided_by: &'a str,
}

/// An end of a range: a number, or a date in its form.
#[derive(Serialize)]
#[serde(untagged)]
enum Limit {
    Number(f64),
    Date(String),
}

pub fn run(args: &SchemaArgs) -> anyhow::Result<()> {
    let input = input::read(&args.input.data, &args.input.read_args, Purpose::default())?;
    let sheet = &input.sheet;
    let entries = sheet.schema.entries();
    if args.json {
        let schema = entries.iter().map(EntryOutput::from).collect();
        let (n_rows, n_dropped) = (sheet.rows.len(), sheet.n_dropped);
        return print_json(&SchemaOutput { n_rows, n_dropped, schema });
    }
    let text_table = TextTable::new(["column", "kind", "levels or range", "missing", "why"])
        .lines(entries.iter().map(line));
    print(|out| {
        writeln!(out, "{}", table(&text_table).trim_fmt())?;
        let n_rows = sheet.rows.len();
        writeln!(out, "{n_rows} {}", if n_rows == 1 { "row" } else { "rows" })
    })
}

/// Returns the cells of a column.
fn line(entry: &SchemaEntry) -> Vec<String> {
    let values = match &entry.column {
        None => String::new(),
        Some(column) => match (&column.kind, limits(entry)) {
            (ValueKind::Categorical(levels), _) => some_levels(levels.names()),
            (_, Some((low, high))) => format!("{low} to {high}"),
            _ => String::new(),
        },
    };
    let n_missing = if entry.n_missing == 0 { String::new() } else { entry.n_missing.to_string() };
    let why = entry.decided_by.strip_prefix("left out: ").unwrap_or(&entry.decided_by);
    vec![entry.name.clone(), kind(entry).to_owned(), values, n_missing, why.to_owned()]
}

fn kind(entry: &SchemaEntry) -> &'static str {
    match entry.column.as_ref().map(|column| &column.kind) {
        None => "left out",
        Some(ValueKind::Numeric) => "numeric",
        Some(ValueKind::Categorical(_)) => "categorical",
        Some(_) => "date",
    }
}

/// Returns the range of a column of numbers or dates.
fn limits(entry: &SchemaEntry) -> Option<(Limit, Limit)> {
    let column = entry.column.as_ref()?;
    let limit = |value: f64| column.kind.text(value).map_or(Limit::Number(value), Limit::Date);
    column.range.map(|(low, high)| (limit(low), limit(high)))
}

/// Formats a number of the first levels, with the number of levels if there are more.
fn some_levels(names: &[String]) -> String {
    const MOST: usize = 4;
    let shown = names.iter().take(MOST).map(String::as_str).collect::<Vec<_>>().join(", ");
    if names.len() > MOST { format!("{} levels: {shown}, ...", names.len()) } else { shown }
}

impl std::fmt::Display for Limit {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Number(number) => write!(f, "{number}"),
            Self::Date(date) => write!(f, "{date}"),
        }
    }
}

impl<'a> From<&'a SchemaEntry> for EntryOutput<'a> {
    fn from(entry: &'a SchemaEntry) -> Self {
        let levels = entry.column.as_ref().and_then(|column| column.kind.levels());
        let (min, max) = limits(entry).unzip();
        Self {
            name: &entry.name,
            kind: kind(entry),
            levels: levels.map(|levels| levels.names()),
            min,
            max,
            n_missing: entry.n_missing,
            decided_by: &entry.decided_by,
        }
    }
}
