//! `mixlab sample`

use std::path::Path;
use std::process::ExitCode;

use mixlab::{Feature, ModelFile, ending, rounded, table};
use ndarray::{Array2, CowArray};

use crate::args::{Rounding, SampleArgs};
use crate::images;
use crate::output::{Usage, check_folder, check_not_input, is_folder, print};
use crate::progress;

/// Where rows go.
enum Target<'a> {
    /// Standard output, as text between commas.
    Out,
    Table(&'a Path),
    Grid(&'a Path),
    /// A folder, for an image each.
    Images(&'a Path),
}

pub fn run(args: &SampleArgs) -> anyhow::Result<ExitCode> {
    let target = Target::of(args.output.as_deref())?;
    let file = ModelFile::load(&args.model)?;
    if let Some(path) = &args.output {
        check_not_input(path, [args.model.as_path()])?;
    }
    let n_samples = check_size(args.n, file.pipeline.n_features(), &target)?;
    match target {
        Target::Grid(path) => {
            let shape = images::check(path, file.image, "the model")?;
            images::write_grid(path, whole(args, &file, n_samples).view(), shape)?;
        }
        Target::Images(folder) => {
            let shape = images::check(folder, file.image, "the model")?;
            images::write(folder, whole(args, &file, n_samples).view(), shape)?;
        }
        Target::Out => {
            let names = file.column_names();
            let mut blocks = blocks(args, &file, n_samples);
            print(|out| table::write_csv(out, &names, &mut blocks))?;
        }
        Target::Table(path) => {
            let shape = (n_samples, file.pipeline.n_features());
            let bar = progress::rows(args.n);
            let mut blocks = blocks(args, &file, n_samples).map(|block| {
                bar.inc(block.nrows() as u64);
                CowArray::from(block)
            });
            table::write_blocks(path, shape, &file.column_names(), &mut blocks)?;
            bar.finish_and_clear();
        }
    }
    Ok(ExitCode::SUCCESS)
}

impl<'a> Target<'a> {
    fn of(output: Option<&'a Path>) -> anyhow::Result<Self> {
        let Some(path) = output else { return Ok(Self::Out) };
        if is_folder(path) {
            return Ok(Self::Images(path));
        }
        check_folder(path)?;
        match ending(path).as_str() {
            "png" | "svg" => Ok(Self::Grid(path)),
            _ => {
                table::check_format(path)?;
                Ok(Self::Table(path))
            }
        }
    }
}

/// Most numbers drawn at once, for images: 1 GiB of them.
const MOST: u64 = 1 << 27;
/// Most rows of a table, so that no count overflows.
const MOST_ROWS: u64 = 1_000_000_000_000;
/// Most images of a grid.
const MOST_IMAGES: u64 = 10_000;

fn check_size(n: u64, n_features: usize, target: &Target<'_>) -> Result<usize, Usage> {
    let most = match target {
        Target::Out | Target::Table(_) => MOST_ROWS,
        Target::Images(_) => MOST / n_features as u64,
        Target::Grid(_) => MOST_IMAGES.min(MOST / n_features as u64),
    };
    match usize::try_from(n) {
        Ok(n_samples) if n <= most => Ok(n_samples),
        _ => Err(Usage(format!(
            "{n} rows are too many for that; draw at most {most} at a time, each with another --seed"
        ))),
    }
}

/// Rows for a table, block by block, rounded and clipped as asked for.
fn blocks<'a>(
    args: &'a SampleArgs,
    file: &'a ModelFile,
    n_samples: usize,
) -> impl Iterator<Item = Array2<f64>> + 'a {
    let blocks = file.pipeline.sample_blocks(n_samples, args.seed, !args.no_residual);
    blocks.map(|(mut rows, _)| {
        finish(&mut rows, &file.features, args.round, args.clip);
        rows
    })
}

fn finish(rows: &mut Array2<f64>, features: &[Feature], round: Rounding, clip: bool) {
    if let Rounding::Decimals(decimals) = round {
        rows.par_mapv_inplace(|value| rounded(value, decimals));
        if clip {
            // ends of ranges can have more decimals: the last value of so many within them
            let step = 10_f64.powi(-(decimals as i32));
            for mut row in rows.rows_mut() {
                for (value, feature) in row.iter_mut().zip(features) {
                    let clipped = rounded(feature.clip(*value), decimals);
                    *value = match feature.range {
                        Some((_, high)) if clipped > high => rounded(clipped - step, decimals),
                        Some((low, _)) if clipped < low => rounded(clipped + step, decimals),
                        _ => clipped,
                    };
                }
            }
        }
        return;
    }
    let rounds = round == Rounding::Auto && features.iter().any(|f| f.decimals.is_some());
    if !(rounds || clip) {
        return;
    }
    for mut row in rows.rows_mut() {
        for (value, feature) in row.iter_mut().zip(features) {
            if rounds {
                *value = feature.round(*value);
            }
            if clip {
                *value = feature.clip(*value);
            }
        }
    }
}

/// All rows at once, for images.
fn whole(args: &SampleArgs, file: &ModelFile, n_samples: usize) -> Array2<f64> {
    let (rows, _) = match args.no_residual {
        true => file.pipeline.sample_on_subspace(n_samples, args.seed),
        false => file.pipeline.sample(n_samples, args.seed),
    };
    rows
}
