//! Missing values of tables.

use std::ops::Range;
use std::path::{Path, PathBuf};

use mixlab::table::{Sheet, SheetColumn};
use mixlab::{Column, ModelFile, UserUnits, file_extension};
use ndarray::{Array2, ArrayView2};

use super::ImputeArgs;
use crate::input::InputRows;
use crate::output::{Usage, check_folder, check_not_input, counted, note};
use crate::rows::{self, Format, RowBlock, Values};

/// The part of an output name that is the number of a draw.
const NUMBER: &str = "{}";

pub fn run(args: &ImputeArgs, units: UserUnits, output: Option<&Path>) -> anyhow::Result<()> {
    if args.mask.is_some() {
        return Err(Usage("--mask is for images, and the model is one of a table".into()).into());
    }
    let files = Files::of(args, output)?;
    let inputs = args.input.data.iter().map(Path::new).chain([args.model.as_path()]);
    let inputs: Vec<&Path> = inputs.collect();
    let mut written: Vec<PathBuf> = files.paths();
    written.extend(args.deviations.clone());
    for path in &written {
        check_not_input(path, inputs.iter().copied())?;
        Format::of(Some(path))?;
    }
    let again = written.len() > 1;
    let (file, rows) =
        InputRows::open_with_texts(&args.model, &args.input, (files.hold_texts(), again))?;
    let of = |content| Filling { args, file: &file, units, content };
    match &files {
        Files::One(path) => {
            let content = args.draw.map_or(Content::Expected, |n| Content::Draws(0..n as usize));
            of(content).write(&rows, path.as_deref(), true)?;
        }
        Files::Draws(paths) => {
            for (draw, path) in paths.iter().enumerate() {
                of(Content::Draw(draw)).write(&rows, Some(path), draw == 0)?;
            }
        }
    }
    if let Some(path) = &args.deviations {
        of(Content::Deviations).write(&rows, Some(path), false)?;
    }
    Ok(())
}

/// The files of the filled rows.
enum Files {
    /// One, or standard output.
    One(Option<PathBuf>),
    /// One for each draw.
    Draws(Vec<PathBuf>),
}

impl Files {
    fn of(args: &ImputeArgs, output: Option<&Path>) -> anyhow::Result<Self> {
        let Some(path) = output else { return Ok(Self::One(None)) };
        let name = path.to_string_lossy();
        Ok(match args.draw {
            Some(n) if name.contains(NUMBER) => {
                let width = n.to_string().len();
                let path = |draw| name.replace(NUMBER, &format!("{draw:0width$}")).into();
                Self::Draws((1..=n).map(path).collect())
            }
            _ => {
                check_folder(path)?;
                Self::One(Some(path.into()))
            }
        })
    }

    fn paths(&self) -> Vec<PathBuf> {
        match self {
            Self::One(path) => path.iter().cloned().collect(),
            Self::Draws(paths) => paths.clone(),
        }
    }

    /// Whether the files hold any text.
    fn hold_texts(&self) -> bool {
        let is_text = |path: &PathBuf| ["csv", "tsv"].contains(&file_extension(path).as_str());
        self.paths().iter().all(is_text)
    }
}

/// What is written.
enum Content {
    Expected,
    /// All of these draws, row by row.
    Draws(Range<usize>),
    /// One draw.
    Draw(usize),
    Deviations,
}

/// Filling of the rows of a table, piece by piece.
struct Filling<'a> {
    args: &'a ImputeArgs,
    file: &'a ModelFile,
    units: UserUnits,
    content: Content,
}

/// Numbers of what has been filled.
#[derive(Default)]
struct Counts {
    rows: usize,
    incomplete: usize,
    cells: usize,
    observed: usize,
}

impl Filling<'_> {
    fn write(
        &self,
        rows: &InputRows<'_>,
        path: Option<&Path>,
        reports: bool,
    ) -> anyhow::Result<()> {
        let is_npy = path.is_some_and(|path| file_extension(path) == "npy");
        let mut counts = Counts::default();
        let mut pieces = rows.pieces()?;
        let blocks = std::iter::from_fn(|| match pieces.next() {
            Some(sheet) => Some(sheet.and_then(|sheet| self.block(&sheet, &mut counts, is_npy))),
            None if counts.observed == 0 && counts.rows > 0 => {
                // an error ends the writing, so that this is returned once
                let problem = "no value is observed in any row; there is nothing to fill from";
                Some(Err(Usage(problem.into()).into()))
            }
            None => None,
        });
        rows::write(path, blocks)?;
        if reports {
            self.report(&counts);
        }
        Ok(())
    }

    fn report(&self, counts: &Counts) {
        let Counts { rows, incomplete, cells, .. } = counts;
        if *cells == 0 {
            return note(format_args!("no value is missing in {}", counted(*rows, "row")));
        }
        let how = match self.args.draw {
            Some(n) => format!("{} each", counted(n as usize, "draw")),
            None => "expected numbers and most probable categories; --draw N draws them".into(),
        };
        let (values, rows) = (counted(*cells, "value"), counted(*rows, "row"));
        let are = if *cells == 1 { "is" } else { "are" };
        note(format_args!("{values} in {incomplete} of {rows} {are} filled: {how}"));
    }

    fn block(&self, sheet: &Sheet, counts: &mut Counts, is_npy: bool) -> anyhow::Result<RowBlock> {
        let path = Path::new(&self.args.input.data[0]);
        let records = self.file.encode_table(path, sheet)?;
        let first_row = counts.rows;
        counts.add(sheet, records.view());
        let seed = (self.args.seed, !self.args.no_residual, self.units);
        let merge = |filled: &Array2<f64>| {
            if is_npy {
                RowBlock::of_generated(filled, &self.file.table_names(), &[])
            } else {
                merged(sheet, records.view(), filled, self.file.table_columns())
            }
        };
        Ok(match &self.content {
            Content::Expected => merge(&self.file.imputed_rows(records.view(), self.units)?),
            Content::Deviations => {
                let deviations = self.file.impute(records.view(), self.units)?.deviations;
                RowBlock::of_generated(&deviations, &self.file.table_names(), &[])
            }
            Content::Draw(draw) => {
                let draws = *draw..draw + 1;
                let filled = self.file.impute_draws_from(first_row, records.view(), draws, seed)?;
                merge(&filled[0])
            }
            Content::Draws(draws) => {
                let n_draws = draws.len();
                let filled =
                    self.file.impute_draws_from(first_row, records.view(), draws.clone(), seed)?;
                let mut block = RowBlock::interleaved(filled.iter().map(merge).collect());
                let numbers = (0..records.nrows()).flat_map(|_| 1..=n_draws).collect();
                block.push_front("draw", Values::Counts(numbers));
                block
            }
        })
    }
}

impl Counts {
    /// Counts the rows of a sheet. Texts that are no level are not missing, though the model does not know them.
    fn add(&mut self, sheet: &Sheet, records: ArrayView2<'_, f64>) {
        let names = sheet.table.feature_names();
        let mut is_missing = records.mapv(f64::is_nan);
        for column in &sheet.columns {
            if let SheetColumn::Text { name, values } = column
                && let Some(at) = names.iter().position(|other| other == name)
            {
                let cells = is_missing.column_mut(at).into_iter().zip(values);
                cells.filter(|(_, text)| !text.is_empty()).for_each(|(cell, _)| *cell = false);
            }
        }
        self.rows += records.nrows();
        for row in is_missing.rows() {
            let n_missing = row.iter().filter(|&&is_missing| is_missing).count();
            self.incomplete += usize::from(n_missing > 0);
            self.cells += n_missing;
            self.observed += row.len() - n_missing;
        }
    }
}

/// The columns of a sheet in the order of its file, with filled values where the text is empty or the number is missing.
fn merged(
    sheet: &Sheet,
    records: ArrayView2<'_, f64>,
    filled: &Array2<f64>,
    columns: &[Column],
) -> RowBlock {
    let names = sheet.table.feature_names();
    let has_commas = has_decimal_commas(sheet, records);
    let mut block = RowBlock::default();
    for column in &sheet.columns {
        match column {
            SheetColumn::Number(at) => {
                block.push_written(&names[*at], filled.column(*at), columns.get(*at));
            }
            SheetColumn::Text { name, values } => {
                let mut values = values.clone();
                if let Some(at) = names.iter().position(|other| other == name) {
                    let cells = values.iter_mut().zip(filled.column(at)).zip(records.column(at));
                    for ((text, &value), _) in
                        cells.filter(|((text, _), record)| text.is_empty() && record.is_nan())
                    {
                        *text = text_of(value, columns.get(at), has_commas);
                    }
                }
                block.push(name, Values::Texts(values));
            }
        }
    }
    block
}

/// A filled value as text.
fn text_of(value: f64, column: Option<&Column>, has_commas: bool) -> String {
    if let Some(column) = column.filter(|column| column.kind.is_text()) {
        return column.kind.text(value).unwrap_or_default();
    }
    let is_plain = value == 0.0 || (1e-5..1e16).contains(&value.abs());
    let text = if is_plain { value.to_string() } else { format!("{value:e}") };
    if has_commas { text.replace('.', ",") } else { text }
}

/// Whether observed numbers of a sheet are written with decimal commas.
fn has_decimal_commas(sheet: &Sheet, records: ArrayView2<'_, f64>) -> bool {
    let names = sheet.table.feature_names();
    sheet.columns.iter().any(|column| match column {
        SheetColumn::Number(_) => false,
        SheetColumn::Text { name, values } => {
            let at = names.iter().position(|other| other == name);
            at.is_some_and(|at| {
                values.iter().zip(records.column(at)).any(|(text, &number)| {
                    text.contains(',') && text.replace(',', ".").parse() == Ok(number)
                })
            })
        }
    })
}
