//! Rows to ask a model about.

use std::cell::Cell;
use std::io;
use std::path::Path;

use mixlab::ModelFile;
use mixlab::table::Sheet;

use super::{DataArgs, Like, Purpose, is_table, read, reader, refuse_image_options, tell_dropped};
use crate::output::check_not_input;
use crate::progress::Terminal;

/// Rows to ask a model about: those of a table are read piece by piece, as often as they are asked for.
pub struct AskedRows<'a> {
    args: &'a DataArgs,
    names: Vec<String>,
    carry: bool,
    /// All rows, where they cannot be read piece by piece, or not twice.
    whole: Option<Sheet>,
    terminal: Terminal,
    has_told_dropped: Cell<bool>,
}

/// Pieces of rows, in their order.
pub type RowPieces<'a> = Box<dyn Iterator<Item = anyhow::Result<Sheet>> + 'a>;

impl<'a> AskedRows<'a> {
    /// Loads a model, and opens rows to ask it about, with the columns beside its own if they are to be carried. They are
    /// asked for several times if `again`. `output` must be none of the files that are read.
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
            let like = Some(Like { names: &names, image: file.image });
            let purpose = Purpose { like, carry, ..Purpose::default() };
            whole = Some(read(&args.data, &args.how, purpose)?.sheet);
        }
        let subject = args.data.first().cloned().unwrap_or_default();
        let rows = Self {
            args,
            names,
            carry,
            whole,
            terminal: Terminal::new(subject),
            has_told_dropped: Cell::new(false),
        };
        Ok((file, rows))
    }

    /// The rows, from the first one on.
    pub fn pieces(&self) -> anyhow::Result<RowPieces<'_>> {
        if let Some(whole) = &self.whole {
            return Ok(Box::new(std::iter::once(Ok(whole.clone()))));
        }
        let reader = reader(&self.args.how, &self.names, self.carry);
        let data = self.args.data[0].as_str();
        let mut pieces = if data == "-" {
            reader.pieces_from(Path::new("standard input"), io::stdin().lock())?
        } else {
            refuse_image_options(data, &self.args.how)?;
            reader.observer(&self.terminal).pieces(Path::new(data))?
        };
        let (mut n_dropped, mut n_left) = (0, 0);
        Ok(Box::new(std::iter::from_fn(move || {
            let piece = pieces.next();
            match &piece {
                Some(Ok(sheet)) => {
                    n_dropped += sheet.n_dropped;
                    n_left += sheet.rows.len();
                }
                None if !self.has_told_dropped.replace(true) => tell_dropped(n_dropped, n_left),
                _ => {}
            }
            piece.map(|sheet| Ok(sheet?))
        })))
    }
}
