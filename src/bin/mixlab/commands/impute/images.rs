//! Hidden pixels of images.

use std::path::Path;

use mixlab::{ImageShape, ModelFile, UserUnits};
use ndarray::{Array2, Axis};

use super::{ImputeArgs, mask};
use crate::images;
use crate::input::{DataArgs, InputRows, Names, ReadArgs};
use crate::output::{Usage, check_folder, check_not_input, counted, is_folder, note};
use crate::rows::{self, Format, RowBlock};

pub fn run(args: &ImputeArgs, units: UserUnits, output: Option<&Path>) -> anyhow::Result<()> {
    let inputs = args.input.data.iter().map(Path::new).chain([args.model.as_path()]);
    let inputs: Vec<&Path> = inputs.chain(args.mask.as_deref()).collect();
    for path in output.iter().copied().chain(args.deviations.as_deref()) {
        check_not_input(path, inputs.iter().copied())?;
    }
    // the pixels that are kept are no columns to read
    let read_args = ReadArgs { columns: Names::default(), ..args.input.read_args.clone() };
    let input = DataArgs { data: args.input.data.clone(), read_args };
    let (file, rows) = InputRows::open(&args.model, &input, output, (false, false))?;
    let shape = images::check(output.unwrap_or(Path::new("")), file.image, "the model")?;
    let target = Target::of(output, &args.deviations)?;
    let hidden = match &args.mask {
        Some(path) => Some(mask::of_image(path, shape)?),
        None if args.input.read_args.columns.is_empty() => None,
        None => Some(mask::of_columns(&args.input.read_args.columns, &file.column_names())?),
    };
    let mut blocks = Vec::new();
    for sheet in rows.pieces()? {
        let mut records = file.encode(rows.path(), &sheet?)?.into_owned();
        for mut row in records.rows_mut() {
            let hidden = hidden.iter().flatten();
            row.iter_mut()
                .zip(hidden)
                .filter(|(_, hidden)| **hidden)
                .for_each(|(value, _)| *value = f64::NAN);
        }
        blocks.push(records);
    }
    let views: Vec<_> = blocks.iter().map(|block| block.view()).collect();
    let records = ndarray::concatenate(Axis(0), &views)?;
    if !records.iter().any(|value| value.is_nan()) {
        let problem = "no pixel is hidden; name an image of the hidden pixels with --mask, or the pixels that are kept with --columns";
        return Err(Usage(problem.into()).into());
    }
    let completed = completed(args, &file, &records, units)?;
    if let (Some(path), Completed { deviations: Some(deviations), .. }) =
        (&args.deviations, &completed)
    {
        let block = RowBlock::of_generated(deviations, &file.column_names(), &[]);
        rows::write(Some(path), std::iter::once(Ok(block)))?;
    }
    write(&target, &completed.rows, &file, shape)?;
    report(args, &records);
    Ok(())
}

/// Destination of the images.
enum Target<'a> {
    Table(Option<&'a Path>),
    Picture(&'a Path),
    Folder(&'a Path),
}

impl<'a> Target<'a> {
    fn of(
        output: Option<&'a Path>,
        deviations: &Option<std::path::PathBuf>,
    ) -> anyhow::Result<Self> {
        if let Some(path) = deviations {
            Format::of(Some(path))?;
        }
        Ok(match output {
            Some(path) if is_folder(path) => Self::Folder(path),
            Some(path) if images::is_picture(path) => {
                check_folder(path)?;
                Self::Picture(path)
            }
            other => {
                Format::of(other)?;
                Self::Table(other)
            }
        })
    }
}

struct Completed {
    rows: Array2<f64>,
    deviations: Option<Array2<f64>>,
}

/// Completes images: one row for each, or its draws one after the other.
fn completed(
    args: &ImputeArgs,
    file: &ModelFile,
    records: &Array2<f64>,
    units: UserUnits,
) -> anyhow::Result<Completed> {
    let Some(n_draws) = args.draw else {
        let imputation = file.impute(records.view(), units)?;
        return Ok(Completed { rows: imputation.rows, deviations: Some(imputation.deviations) });
    };
    let n_draws = n_draws as usize;
    let n_values = n_draws.saturating_mul(records.len());
    if n_values > MOST {
        let most = MOST / records.len();
        let problem = format!(
            "{n_draws} draws of {} images are too many at once; draw at most {most}, each time with another --seed",
            records.nrows()
        );
        return Err(Usage(problem).into());
    }
    let settings = (args.seed, !args.no_residual, units);
    let draws = file.impute_draws_from(0, records.view(), 0..n_draws, settings)?;
    let rows =
        Array2::from_shape_fn((records.nrows() * n_draws, records.ncols()), |(row, pixel)| {
            draws[row % n_draws][[row / n_draws, pixel]]
        });
    Ok(Completed { rows, deviations: None })
}

/// Maximum number of values at once: 1 GiB.
const MOST: usize = 1 << 27;

fn write(
    target: &Target<'_>,
    rows: &Array2<f64>,
    file: &ModelFile,
    shape: ImageShape,
) -> anyhow::Result<()> {
    match *target {
        Target::Folder(path) => images::write(path, rows.view(), shape),
        Target::Picture(path) if rows.nrows() == 1 && mixlab::file_extension(path) == "png" => {
            images::write_one(path, rows.row(0), shape)
        }
        Target::Picture(path) => images::write_grid(path, rows.view(), shape),
        Target::Table(path) => {
            let block = RowBlock::of_generated(rows, &file.column_names(), &[]);
            rows::write(path, std::iter::once(Ok(block)))
        }
    }
}

fn report(args: &ImputeArgs, records: &Array2<f64>) {
    let n_hidden = records.iter().filter(|value| value.is_nan()).count() / records.nrows();
    let how = match args.draw {
        Some(n) => format!("{} each", counted(n as usize, "draw")),
        None => "by their expectations; --draw N draws them".into(),
    };
    let (n, d) = records.dim();
    let images = counted(n, "image");
    note(format_args!("{images}, {n_hidden} of {d} values hidden, completed: {how}"));
}
