//! `mixlab sample`

use std::path::Path;
use std::process::ExitCode;

use mixlab::{ModelFile, table};
use ndarray::Array2;

use crate::args::SampleArgs;
use crate::output::{Usage, print};

pub fn run(args: &SampleArgs) -> anyhow::Result<ExitCode> {
    let file = ModelFile::load(&args.model)?;
    let n_samples = usize::try_from(args.n)?;
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

fn write(path: &Path, rows: &Array2<f64>, file: &ModelFile) -> anyhow::Result<()> {
    let ending = path.extension().and_then(|ending| ending.to_str()).unwrap_or("");
    match ending.to_ascii_lowercase().as_str() {
        "csv" | "npy" => Ok(table::write_table(path, rows.view(), &file.feature_names)?),
        "png" | "svg" => write_grid(path, rows, file),
        _ => Err(Usage(format!(
            "{} ends in none of .csv, .npy, .png and .svg; these are what samples are written as",
            path.display()
        ))
        .into()),
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
