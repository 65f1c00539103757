//! `mixlab sample`

use std::path::Path;
use std::process::ExitCode;

use mixlab::{ModelFile, table};
use ndarray::Array2;

use crate::args::SampleArgs;
use crate::output::{Usage, check_folder, print};

pub fn run(args: &SampleArgs) -> anyhow::Result<ExitCode> {
    let file = ModelFile::load(&args.model)?;
    if let Some(path) = &args.output {
        check_folder(path)?;
    }
    let n_samples = check_size(args.n, file.pipeline.n_features())?;
    let (rows, _) = match args.no_residual {
        true => file.pipeline.sample_on_subspace(n_samples, args.seed),
        false => file.pipeline.sample(n_samples, args.seed),
    };
    match &args.output {
        None => print(|out| table::write_csv(out, rows.view(), &file.feature_names))?,
        Some(path) => write(path, &rows, &file)?,
    }
    Ok(ExitCode::SUCCESS)
}

/// Most numbers drawn at once: 8 GiB of them.
const MOST: usize = 1 << 30;

fn check_size(n: u64, n_features: usize) -> Result<usize, Usage> {
    let n_samples = usize::try_from(n).ok();
    let fits = |&n: &usize| n.checked_mul(n_features).is_some_and(|numbers| numbers <= MOST);
    n_samples.filter(fits).ok_or_else(|| {
        Usage(format!(
            "{n} rows of {n_features} columns do not fit into memory; draw at most {} at a time, each with \
             another --seed",
            MOST / n_features
        ))
    })
}

fn write(path: &Path, rows: &Array2<f64>, file: &ModelFile) -> anyhow::Result<()> {
    let ending = path.extension().and_then(|ending| ending.to_str()).unwrap_or("");
    match ending.to_ascii_lowercase().as_str() {
        "png" | "svg" => write_grid(path, rows, file),
        _ => Ok(table::write_table(path, rows.view(), &file.feature_names)?),
    }
}

#[cfg(feature = "plot")]
fn write_grid(path: &Path, rows: &Array2<f64>, file: &ModelFile) -> anyhow::Result<()> {
    use mixlab::plot::{Figure, ImageGrid};

    let Some(shape) = file.image else {
        return Err(Usage(format!(
            "the model was not fitted to images, so {} cannot show its rows; write .csv or .npy",
            path.display()
        ))
        .into());
    };
    let grid = ImageGrid::new("", rows.view(), shape)?;
    Ok(Figure::new().panel(grid).save(path)?)
}

#[cfg(not(feature = "plot"))]
fn write_grid(path: &Path, _: &Array2<f64>, _: &ModelFile) -> anyhow::Result<()> {
    let problem = format!("{} needs a mixlab built with the feature \"plot\"", path.display());
    Err(Usage(problem).into())
}
