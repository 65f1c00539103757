//! Rows to which a model is applied.

use std::cell::Cell;
use std::io;
use std::path::Path;

use mixlab::ModelFile;
use mixlab::table::Sheet;

use super::{
    DataArgs, Expected, Purpose, decisions, is_table, read, reader, refuse_image_options,
    report_dropped,
};
use crate::output::check_not_input;
use crate::progress::Terminal;

/// Rows to which a model is applied. A table is read piece by piece, in each call of [`pieces`](Self::pieces).
pub struct InputRows<'a> {
    args: &'a DataArgs,
    names: Vec<String>,
    carry: bool,
    /// All rows, if they cannot be read piece by piece, or not twice.
    whole: Option<Sheet>,
    terminal: Terminal,
    has_reported_dropped: Cell<bool>,
    has_reported_decisions: Cell<bool>,
}

/// Iterator over pieces of rows, in order.
pub type RowPieces<'a> = Box<dyn Iterator<Item = anyhow::Result<Sheet>> + 'a>;

impl<'a> InputRows<'a> {
    /// Loads a model and opens rows to which it is applied. If `carry`, columns other than those of the model are kept; if
    /// `again`, the rows are read more than once. `output` must not be one of the files that are read.
    pub fn open(
        model: &Path,
        args: &'a DataArgs,
        output: Option<&Path>,
        (carry, again): (bool, bool),
    ) -> anyhow::Result<(ModelFile, Self)> {
        let file = ModelFile::load(model)?;
        if let Some(path) = output {
            check_not_input(path, args.data.iter().map(Path::new).chain([model]))?;
        }
        let names = file.feature_names();
        let is_streamed =
            matches!(args.data.as_slice(), [one] if is_table(one) && !(again && one == "-"));
        let mut whole = None;
        if !is_streamed {
            let expected = Some(Expected { names: &names, image: file.image });
            let purpose = Purpose { expected, carry, ..Purpose::default() };
            whole = Some(read(&args.data, &args.read_args, purpose)?.sheet);
        }
        let subject = args.data.first().cloned().unwrap_or_default();
        let rows = Self {
            args,
            names,
            carry,
            whole,
            terminal: Terminal::new(subject),
            has_reported_dropped: Cell::new(false),
            has_reported_decisions: Cell::new(false),
        };
        Ok((file, rows))
    }

    /// Returns all rows, in pieces.
    pub fn pieces(&self) -> anyhow::Result<RowPieces<'_>> {
        if let Some(whole) = &self.whole {
            return Ok(Box::new(std::iter::once(Ok(whole.clone()))));
        }
        let reader = reader(&self.args.read_args, &self.names, self.carry);
        let data = self.args.data[0].as_str();
        let mut pieces = if data == "-" {
            reader.pieces_from(Path::new("standard input"), io::stdin().lock())?
        } else {
            refuse_image_options(data, &self.args.read_args)?;
            reader.observer(&self.terminal).pieces(Path::new(data))?
        };
        if !self.has_reported_decisions.replace(true) {
            decisions::report(data, pieces.decisions());
        }
        let (mut n_dropped, mut n_left) = (0, 0);
        Ok(Box::new(std::iter::from_fn(move || {
            let piece = pieces.next();
            match &piece {
                Some(Ok(sheet)) => {
                    n_dropped += sheet.n_dropped;
                    n_left += sheet.rows.len();
                }
                None if !self.has_reported_dropped.replace(true) => {
                    report_dropped(n_dropped, n_left)
                }
                _ => {}
            }
            piece.map(|sheet| Ok(sheet?))
        })))
    }
}
