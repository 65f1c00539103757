//! Rows to which a model is applied.

use std::cell::Cell;
use std::io;
use std::path::Path;

use mixlab::table::{KindChoice, Sheet};
use mixlab::{Error, ModelFile};

use super::broken_rules::BrokenRules;
use super::{
    DataArgs, Expected, Purpose, decisions, is_table, kinds_of, names_of, read, reader,
    refuse_image_options, report_dropped,
};
use crate::output::{check_not_input, note};
use crate::progress::Terminal;

/// Rows to which a model is applied. A table is read piece by piece, in each call of [`pieces`](Self::pieces).
pub struct InputRows<'a> {
    args: &'a DataArgs,
    names: Vec<String>,
    kinds: KindChoice,
    carry: bool,
    /// Whether all columns of a text table are kept as text as well.
    texts: bool,
    /// All rows, if they cannot be read piece by piece, or not twice.
    whole: Option<Sheet>,
    terminal: Terminal,
    has_reported_dropped: Cell<bool>,
    has_reported_decisions: Cell<bool>,
    /// The model, if it has rules, which rows can break.
    ruled: Option<ModelFile>,
    has_reported_broken: Cell<bool>,
}

/// Iterator over pieces of rows, in order.
pub type RowPieces<'a> = Box<dyn Iterator<Item = anyhow::Result<Sheet>> + 'a>;

impl<'a> InputRows<'a> {
    /// Loads a model and opens rows to which it is applied. A table that lacks some of its columns is described by their marginal
    /// model, which is returned. If `carry`, columns other than those of the model are kept; if
    /// `again`, the rows are read more than once. `output` must not be one of the files that are read.
    pub fn open(
        model: &Path,
        args: &'a DataArgs,
        output: Option<&Path>,
        (carry, again): (bool, bool),
    ) -> anyhow::Result<(ModelFile, Self)> {
        Self::open_keeping(model, args, output, (carry, false, again))
    }

    /// Opens rows of which all columns are kept, and, if `texts`, those of text tables with their texts. If `again`, the rows are
    /// read more than once.
    pub fn open_with_texts(
        model: &Path,
        args: &'a DataArgs,
        (texts, again): (bool, bool),
    ) -> anyhow::Result<(ModelFile, Self)> {
        Self::open_keeping(model, args, None, (true, texts, again))
    }

    fn open_keeping(
        model: &Path,
        args: &'a DataArgs,
        output: Option<&Path>,
        (carry, texts, again): (bool, bool, bool),
    ) -> anyhow::Result<(ModelFile, Self)> {
        Self::open_with((ModelFile::load(model)?, model), args, output, (carry, texts, again))
    }

    /// Same as [`open`](Self::open), or [`open_with_texts`](Self::open_with_texts), for a model that has been loaded from this path.
    pub fn open_with(
        (file, model): (ModelFile, &Path),
        args: &'a DataArgs,
        output: Option<&Path>,
        (carry, texts, again): (bool, bool, bool),
    ) -> anyhow::Result<(ModelFile, Self)> {
        if let Some(path) = output {
            check_not_input(path, args.data.iter().map(Path::new).chain([model]))?;
        }
        let is_streamed =
            matches!(args.data.as_slice(), [one] if is_table(one) && !(again && one == "-"));
        let file = if is_streamed && args.data[0] != "-" { marginal(file, args)? } else { file };
        let kinds = kinds_of(&args.read_args, file.table_columns())?;
        let names = names_of(file.table_columns());
        let mut whole = None;
        if !is_streamed {
            let expected = Some(Expected { names: &names, image: file.image });
            let kinds = Some(file.table_columns());
            let purpose = Purpose { expected, carry, texts, kinds, ..Purpose::default() };
            whole = Some(read(&args.data, &args.read_args, purpose)?.sheet);
        }
        let subject = args.data.first().cloned().unwrap_or_default();
        let rows = Self {
            args,
            names,
            kinds,
            carry,
            texts,
            whole,
            terminal: Terminal::new(subject),
            has_reported_dropped: Cell::new(false),
            has_reported_decisions: Cell::new(false),
            ruled: file.rules.is_some().then(|| file.clone()),
            has_reported_broken: Cell::new(false),
        };
        Ok((file, rows))
    }

    /// Rules that rows can break, when the rows are first read.
    fn unreported_rules(&self) -> Option<BrokenRules<'_>> {
        let is_reported = self.has_reported_broken.replace(true);
        self.ruled.as_ref().filter(|_| !is_reported).map(BrokenRules::new)
    }

    /// Returns the name of the data in errors.
    pub fn path(&self) -> &Path {
        Path::new(&self.args.data[0])
    }

    /// Returns all rows, in pieces.
    pub fn pieces(&self) -> anyhow::Result<RowPieces<'_>> {
        if let Some(whole) = &self.whole {
            if let Some(mut broken) = self.unreported_rules() {
                broken.count(self.path(), whole)?;
                broken.report();
            }
            return Ok(Box::new(std::iter::once(Ok(whole.clone()))));
        }
        let reader =
            reader(&self.args.read_args, &self.names, self.carry).kinds(self.kinds.clone());
        let reader = reader.keep_texts(self.texts);
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
        let mut broken = self.unreported_rules();
        Ok(Box::new(std::iter::from_fn(move || {
            let piece = pieces.next();
            match &piece {
                Some(Ok(sheet)) => {
                    n_dropped += sheet.n_dropped;
                    n_left += sheet.rows.len();
                    let count = |broken: &mut BrokenRules<'_>| broken.count(self.path(), sheet);
                    if let Some(Err(error)) = broken.as_mut().map(count) {
                        return Some(Err(error.into()));
                    }
                }
                None if !self.has_reported_dropped.replace(true) => {
                    decisions::report(data, pieces.decisions_on_values());
                    report_dropped(n_dropped, n_left);
                    broken.iter().for_each(BrokenRules::report);
                }
                _ => {}
            }
            piece.map(|sheet| Ok(sheet?))
        })))
    }
}

/// The model of those of its columns that a table has; the model itself if it has all of them, or none.
fn marginal(file: ModelFile, args: &DataArgs) -> anyhow::Result<ModelFile> {
    let chooses = !args.read_args.columns.is_empty() || !args.read_args.exclude.is_empty();
    let (mut names, path) = (names_of(file.table_columns()), Path::new(&args.data[0]));
    let mut lacking = Vec::new();
    // each attempt reads the names of the columns; those of a table without names are found by position
    while !chooses
        && !names.is_empty()
        && let Err(Error::UnknownColumn { name, .. }) = reader(&args.read_args, &[], false)
            .columns(names.iter())
            .kinds(KindChoice::detect())
            .size(path)
    {
        names.retain(|known| *known != name);
        lacking.push(name);
    }
    if lacking.is_empty() || names.is_empty() {
        return Ok(file);
    }
    note(format_args!(
        "{}: columns of the model are not there: {}; the marginal model of the other columns is used",
        path.display(),
        lacking.join(", ")
    ));
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    Ok(file.keep(&names)?)
}
