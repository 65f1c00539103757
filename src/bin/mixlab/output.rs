//! Output shared by the commands: standard output, messages, errors, exit codes.

use std::fmt::Display;
use std::io::{self, IsTerminal, Write};
use std::path::Path;
use std::process::ExitCode;
use std::sync::OnceLock;

use comfy_table::{Attribute, Cell, CellAlignment, Table, TableComponent, presets};
use mixlab::{DatasetError, Error, ImageError, TextTable, file_extension};
use serde::Serialize;

/// The computation failed.
pub const FAILED: u8 = 1;
/// The command line or the input is wrong.
pub const BAD_INPUT: u8 = 2;

/// An invalid command line or input, detected after the arguments are parsed.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct Usage(pub String);

/// Whether only errors are printed to standard error. It is global, as standard error is.
static QUIET: OnceLock<bool> = OnceLock::new();

/// Sets whether only errors are printed; called once, at the start.
pub fn set_quiet(quiet: bool) {
    let _ = QUIET.set(quiet);
}

/// Whether progress is shown: standard error is a terminal, and `--quiet` is not set.
pub fn shows_progress() -> bool {
    !is_quiet() && io::stderr().is_terminal()
}

fn is_quiet() -> bool {
    QUIET.get().copied().unwrap_or(false)
}

/// Writes to standard output; a closed pipe is not an error.
pub fn print<E: Into<anyhow::Error>>(
    write: impl FnOnce(&mut dyn Write) -> Result<(), E>,
) -> anyhow::Result<()> {
    let mut out = io::BufWriter::new(io::stdout().lock());
    let written = write(&mut out).map_err(Into::into).and_then(|()| Ok(out.flush()?));
    written.or_else(|error| if is_broken_pipe(&error) { Ok(()) } else { Err(error) })
}

fn is_broken_pipe(error: &anyhow::Error) -> bool {
    let io_error = match error.downcast_ref() {
        Some(Error::Io { source, .. }) => Some(&**source),
        _ => error.downcast_ref(),
    };
    io_error.is_some_and(|error: &io::Error| error.kind() == io::ErrorKind::BrokenPipe)
}

/// Prints an object as indented JSON.
pub fn print_json(object: &impl Serialize) -> anyhow::Result<()> {
    let text = serde_json::to_string_pretty(object)?;
    print(|out| writeln!(out, "{text}"))
}

/// Formats a table with a rule below its header and no other rules.
pub fn table(text_table: &TextTable) -> Table {
    table_with_mark(text_table, None)
}

/// Formats a table with one line in bold, if standard output is a terminal and `NO_COLOR` is not set.
pub fn table_with_mark(text_table: &TextTable, marked: Option<usize>) -> Table {
    let mut table = Table::new();
    let bold =
        io::stdout().is_terminal() && std::env::var_os("NO_COLOR").is_none_or(|v| v.is_empty());
    let lines = text_table.lines.iter().enumerate().map(|(index, line)| {
        let is_bold = bold && marked == Some(index);
        let cells = line.iter().map(move |cell| {
            let cell = Cell::new(cell);
            if is_bold { cell.add_attribute(Attribute::Bold) } else { cell }
        });
        cells.collect::<Vec<_>>()
    });
    table
        .load_preset(presets::NOTHING)
        .set_style(TableComponent::HeaderLines, '─')
        .set_style(TableComponent::MiddleHeaderIntersections, '─')
        .set_header(&text_table.header)
        .add_rows(lines);
    for (index, column) in table.column_iter_mut().enumerate() {
        if text_table.is_number(index) {
            column.set_cell_alignment(CellAlignment::Right);
        }
    }
    table
}

/// Prints a message to standard error unless `--quiet` is set; failures to print it are ignored.
pub fn note(text: impl Display) {
    if !is_quiet() {
        print_message(text);
    }
}

fn print_message(text: impl Display) {
    let _ = writeln!(io::stderr(), "mixlab: {text}");
}

/// Returns an error if a path cannot be written, before the work begins.
pub fn check_folder(path: &Path) -> Result<(), Usage> {
    match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() && !folder.is_dir() => Err(Usage(format!(
            "{} cannot be written: there is no folder {}",
            path.display(),
            folder.display()
        ))),
        _ if path.is_dir() => {
            Err(Usage(format!("{} cannot be written: it is a folder", path.display())))
        }
        // pipes and devices are written directly
        _ if path.exists() && !path.is_file() => Ok(()),
        folder => {
            let folder = or_current(folder.unwrap_or(Path::new("")));
            // a file without a name, so that an interrupt leaves nothing
            let made = tempfile::tempfile_in(folder).map(drop);
            made.map_err(|error| Usage(format!("{} cannot be written: {error}", path.display())))
        }
    }
}

/// The file of an output option; none for standard output, which can also be written as `-`.
pub fn output_file(path: Option<&Path>) -> Option<&Path> {
    path.filter(|path| *path != Path::new("-"))
}

/// Whether an output path is that of a folder.
pub fn is_folder(path: &Path) -> bool {
    path.is_dir() || path.to_string_lossy().ends_with(['/', std::path::MAIN_SEPARATOR])
}

/// Returns the folder, or the current one if its path is empty.
fn or_current(folder: &Path) -> &Path {
    if folder.as_os_str().is_empty() { Path::new(".") } else { folder }
}

/// Returns an error if an output path is one of the inputs.
pub fn check_not_input<'a>(
    path: &Path,
    inputs: impl IntoIterator<Item = &'a Path>,
) -> Result<(), Usage> {
    let written = path.canonicalize().ok();
    let folder = path.parent().map(or_current).and_then(|folder| folder.canonicalize().ok());
    let is_picture = file_extension(path) == "png";
    // the input is the file itself, or a folder of images that contains it
    let read = |input: &Path| {
        let input = input.canonicalize().ok();
        written.is_some() && (input == written || (is_picture && input == folder))
    };
    match inputs.into_iter().find(|input| read(input)) {
        Some(input) => {
            Err(Usage(format!("{} is an input; write to another path", input.display())))
        }
        None => Ok(()),
    }
}

/// Prints an error as one line and returns the exit code.
pub fn fail(error: &anyhow::Error) -> ExitCode {
    let library_error = error.downcast_ref::<Error>();
    match library_error.and_then(option) {
        Some(option) => print_message(format_args!("{error} ({option})")),
        None => print_message(error),
    }
    let usage_code = error.is::<Usage>().then_some(BAD_INPUT);
    ExitCode::from(library_error.map(code).or(usage_code).unwrap_or(FAILED))
}

/// Returns the command-line option that resolves an error.
fn option(error: &Error) -> Option<String> {
    match error {
        Error::InfiniteValue { unit: "line", value, .. } => {
            Some(format!("{} treats it as missing", missing_values(&[value.to_string()])))
        }
        Error::InfiniteValue { name, .. } => {
            Some(format!("{} leaves the column out", exclude(std::slice::from_ref(name))))
        }
        Error::IncompleteRows { .. } => Some("--drop-missing drops such rows".into()),
        Error::TextColumns { columns, .. } | Error::OtherColumns { columns, .. } => {
            Some(exclude(columns))
        }
        Error::TextValue { text, .. } if !text.ends_with("...") => {
            Some(format!("{} treats it as missing", missing_values(std::slice::from_ref(text))))
        }
        Error::AmbiguousNumber { .. } => Some("--decimal . or --decimal ,".into()),
        Error::TitleLine { n_lines, .. } => Some(format!("--skip {n_lines}")),
        Error::Image(ImageError::Sizes { .. }) => Some("--resize WIDTHxHEIGHT".into()),
        Error::Image(ImageError::Unexpected { expected: (width, height), .. }) => {
            Some(format!("--resize {width}x{height}"))
        }
        _ => None,
    }
}

/// Returns the option that leaves columns out, quoted for a shell.
pub fn exclude(columns: &[String]) -> String {
    format!("--exclude {}", listed(columns))
}

/// Returns the option that selects all columns from `first` to `last`, quoted for a shell.
pub fn range(first: &str, last: &str) -> String {
    format!("--columns {}", listed(&[format!("{first}..{last}")]))
}

/// Returns the option that declares missing values, quoted for a shell.
pub fn missing_values(texts: &[String]) -> String {
    format!("--missing-values {}", listed(texts))
}

/// A number and what it counts, in the plural unless it is one.
pub fn counted(n: usize, what: &str) -> String {
    if n == 1 { format!("1 {what}") } else { format!("{n} {what}s") }
}

/// Returns texts, such as names of columns, as a line of a CSV file, quoted for a shell.
pub fn listed(texts: &[impl AsRef<str>]) -> String {
    let in_csv = |text: &str| {
        if text.contains([',', '"']) {
            format!("\"{}\"", text.replace('"', "\"\""))
        } else {
            text.to_owned()
        }
    };
    let texts: Vec<String> = texts.iter().map(|text| in_csv(text.as_ref())).collect();
    quoted(&texts.join(","))
}

/// Quotes a word for a shell if necessary.
fn quoted(word: &str) -> String {
    let is_plain = |c: char| c.is_alphanumeric() || "_-.,:/%+@".contains(c);
    if word.chars().all(is_plain) {
        return word.to_owned();
    }
    format!("'{}'", word.replace('\'', "'\\''"))
}

/// Returns the exit code: invalid input, or a failed computation.
fn code(error: &Error) -> u8 {
    match error {
        Error::SingularCovariance { .. }
        | Error::EmptyComponent { .. }
        | Error::Cluster { .. }
        | Error::Diverged { .. }
        | Error::NoConvergence { .. }
        | Error::Dataset(DatasetError::Download { .. })
        | Error::Drawing { .. } => FAILED,
        Error::AllRestartsFailed { first, .. } | Error::AllCellsFailed { first, .. } => code(first),
        Error::Io { source, .. } => match source.kind() {
            // an invalid path, as opposed to a failing disk
            io::ErrorKind::NotFound
            | io::ErrorKind::PermissionDenied
            | io::ErrorKind::IsADirectory
            | io::ErrorKind::NotADirectory
            | io::ErrorKind::AlreadyExists
            | io::ErrorKind::InvalidInput
            // a truncated or corrupt file
            | io::ErrorKind::InvalidData
            | io::ErrorKind::UnexpectedEof => BAD_INPUT,
            _ => FAILED,
        },
        _ => BAD_INPUT,
    }
}
