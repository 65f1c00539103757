//! What commands share in printing: standard output, errors, exit codes.

use std::fmt::Display;
use std::fs::{self, File};
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

/// A wrong command line that only shows once the arguments are put together.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct Usage(pub String);

/// Whether nothing but errors is to be said on standard error. It is of the process, as standard error is, and every
/// command and everything that shows progress asks it.
static QUIET: OnceLock<bool> = OnceLock::new();

/// Says so, once, before anything else.
pub fn set_quiet(quiet: bool) {
    let _ = QUIET.set(quiet);
}

/// Whether standard error has somebody who wants to see progress.
pub fn shows_progress() -> bool {
    !is_quiet() && io::stderr().is_terminal()
}

fn is_quiet() -> bool {
    QUIET.get().copied().unwrap_or(false)
}

/// Writes to standard output; a reader that has gone away is not an error.
pub fn print<E: Into<anyhow::Error>>(
    write: impl FnOnce(&mut dyn Write) -> Result<(), E>,
) -> anyhow::Result<()> {
    let mut out = io::BufWriter::new(io::stdout().lock());
    let written = write(&mut out).map_err(Into::into).and_then(|()| Ok(out.flush()?));
    written.or_else(|error| if is_broken_pipe(&error) { Ok(()) } else { Err(error) })
}

fn is_broken_pipe(error: &anyhow::Error) -> bool {
    let of_system = match error.downcast_ref() {
        Some(Error::Io { source, .. }) => Some(&**source),
        _ => error.downcast_ref(),
    };
    of_system.is_some_and(|error: &io::Error| error.kind() == io::ErrorKind::BrokenPipe)
}

/// Prints an object as indented JSON.
pub fn print_json(object: &impl Serialize) -> anyhow::Result<()> {
    let text = serde_json::to_string_pretty(object)?;
    print(|out| writeln!(out, "{text}"))
}

/// A table with a line below its header and none elsewhere.
pub fn table(text_table: &TextTable) -> Table {
    table_with_mark(text_table, None)
}

/// A table in which one line is bold, where somebody sees it and does not object.
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

/// Says something on standard error unless that should be quiet; if nobody can hear it, that is no error.
pub fn note(text: impl Display) {
    if !is_quiet() {
        say(text);
    }
}

fn say(text: impl Display) {
    let _ = writeln!(io::stderr(), "mixlab: {text}");
}

/// Refuses a path to write to whose folder does not exist, before work begins.
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
        // pipes and devices are written to directly
        _ if path.exists() && !path.is_file() => Ok(()),
        folder => {
            let folder = or_here(folder.unwrap_or(Path::new("")));
            let probe = folder.join(format!(".mixlab.{}.tmp", std::process::id()));
            let made = File::create(&probe).and_then(|_| fs::remove_file(&probe));
            made.map_err(|error| Usage(format!("{} cannot be written: {error}", path.display())))
        }
    }
}

/// Whether a path to write to is that of a folder.
pub fn is_folder(path: &Path) -> bool {
    path.is_dir() || path.to_string_lossy().ends_with(['/', std::path::MAIN_SEPARATOR])
}

/// A folder, or the present one if its path is empty.
fn or_here(folder: &Path) -> &Path {
    if folder.as_os_str().is_empty() { Path::new(".") } else { folder }
}

/// Refuses a path to write to that is one of those that are read.
pub fn check_not_input<'a>(
    path: &Path,
    inputs: impl IntoIterator<Item = &'a Path>,
) -> Result<(), Usage> {
    let written = path.canonicalize().ok();
    let folder = path.parent().map(or_here).and_then(|folder| folder.canonicalize().ok());
    let is_picture = file_extension(path) == "png";
    // the file itself, or the folder of images that it is one of
    let read = |input: &Path| {
        let input = input.canonicalize().ok();
        written.is_some() && (input == written || (is_picture && input == folder))
    };
    match inputs.into_iter().find(|input| read(input)) {
        Some(input) => {
            Err(Usage(format!("{} is what is read; write somewhere else", input.display())))
        }
        None => Ok(()),
    }
}

/// Prints an error as one line, and gives the exit code.
pub fn fail(error: &anyhow::Error) -> ExitCode {
    let of_library = error.downcast_ref::<Error>();
    match of_library.and_then(option) {
        Some(option) => say(format_args!("{error} ({option})")),
        None => say(error),
    }
    let of_usage = error.is::<Usage>().then_some(BAD_INPUT);
    ExitCode::from(of_library.map(code).or(of_usage).unwrap_or(FAILED))
}

/// The option of the command line that helps.
fn option(error: &Error) -> Option<String> {
    match error {
        Error::MissingValues { .. } => Some("--drop-missing leaves such rows out".into()),
        Error::InfiniteValue { name, .. } => {
            Some(format!("{} leaves the column out", exclude(std::slice::from_ref(name))))
        }
        Error::TextColumns { columns, .. } => Some(exclude(columns)),
        Error::RaggedTable { line: ..=2, .. } => {
            Some("--skip 1 leaves out a first line that is no part of the table".into())
        }
        Error::Image(ImageError::Sizes { .. }) => Some("--resize WIDTHxHEIGHT".into()),
        Error::Image(ImageError::Unexpected { expected: (width, height), .. }) => {
            Some(format!("--resize {width}x{height}"))
        }
        _ => None,
    }
}

/// The option that leaves columns out, as a shell takes it.
pub fn exclude(columns: &[String]) -> String {
    let in_csv = |name: &String| {
        if name.contains([',', '"']) {
            format!("\"{}\"", name.replace('"', "\"\""))
        } else {
            name.clone()
        }
    };
    let columns: Vec<String> = columns.iter().map(in_csv).collect();
    format!("--exclude {}", quoted(&columns.join(",")))
}

/// A word as a shell takes it.
fn quoted(word: &str) -> String {
    let is_plain = |c: char| c.is_alphanumeric() || "_-.,:/%+@".contains(c);
    if word.chars().all(is_plain) {
        return word.to_owned();
    }
    format!("'{}'", word.replace('\'', "'\\''"))
}

/// Whether an error lies in the input or in the computation.
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
            // a path that cannot be right, as against a disk that fails
            io::ErrorKind::NotFound
            | io::ErrorKind::PermissionDenied
            | io::ErrorKind::IsADirectory
            | io::ErrorKind::NotADirectory
            | io::ErrorKind::AlreadyExists
            | io::ErrorKind::InvalidInput
            // a file that is cut off or damaged
            | io::ErrorKind::InvalidData
            | io::ErrorKind::UnexpectedEof => BAD_INPUT,
            _ => FAILED,
        },
        _ => BAD_INPUT,
    }
}
