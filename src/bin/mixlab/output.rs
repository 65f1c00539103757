//! What commands share in printing: standard output, errors, exit codes.

use std::fmt::Display;
use std::io::{self, Write};
use std::path::Path;
use std::process::ExitCode;

use comfy_table::{CellAlignment, Table, TableComponent, presets};
use mixlab::{Error, Listing};

/// The computation failed.
pub const FAILED: u8 = 1;
/// The command line or the input is wrong.
pub const BAD_INPUT: u8 = 2;

/// A wrong command line that only shows once the arguments are put together.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct Usage(pub String);

/// Writes to standard output; a reader that has gone away is not an error.
pub fn print(write: impl FnOnce(&mut dyn Write) -> io::Result<()>) -> anyhow::Result<()> {
    let mut out = io::BufWriter::new(io::stdout().lock());
    match write(&mut out).and_then(|()| out.flush()) {
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
        other => Ok(other?),
    }
}

/// A table with a line below its header and none elsewhere.
pub fn table(listing: &Listing) -> Table {
    let mut table = Table::new();
    table
        .load_preset(presets::NOTHING)
        .set_style(TableComponent::HeaderLines, '─')
        .set_style(TableComponent::MiddleHeaderIntersections, '─')
        .set_header(&listing.header)
        .add_rows(&listing.lines);
    for (index, column) in table.column_iter_mut().enumerate() {
        if listing.is_number(index) {
            column.set_cell_alignment(CellAlignment::Right);
        }
    }
    table
}

/// Says something on standard error; if nobody can hear it, that is no error.
pub fn note(text: impl Display) {
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
        _ => Ok(()),
    }
}

/// Prints an error as one line, and gives the exit code.
pub fn fail(error: &anyhow::Error) -> ExitCode {
    note(error);
    let of_library = error.downcast_ref::<Error>().map(code);
    let of_usage = error.is::<Usage>().then_some(BAD_INPUT);
    ExitCode::from(of_library.or(of_usage).unwrap_or(FAILED))
}

/// Whether an error lies in the input or in the computation.
fn code(error: &Error) -> u8 {
    match error {
        Error::SingularCovariance { .. }
        | Error::EmptyComponent { .. }
        | Error::Diverged { .. }
        | Error::NoConvergence { .. }
        | Error::Download { .. }
        | Error::Drawing { .. } => FAILED,
        Error::AllRestartsFailed { first, .. } | Error::AllCellsFailed { first, .. } => code(first),
        Error::Io { source, .. } => match source.kind() {
            // a path that cannot be right, as against a disk that fails
            io::ErrorKind::NotFound
            | io::ErrorKind::PermissionDenied
            | io::ErrorKind::IsADirectory
            | io::ErrorKind::NotADirectory
            | io::ErrorKind::AlreadyExists
            | io::ErrorKind::InvalidInput => BAD_INPUT,
            _ => FAILED,
        },
        _ => BAD_INPUT,
    }
}
